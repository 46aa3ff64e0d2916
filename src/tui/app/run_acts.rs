//! Runs that work: beginning, watching, pausing, stopping, and leaving while one works.

use super::App;
use super::command::Cmd;
use super::form::Probe;
use super::list::ItemList;
use super::live::Live;
use super::message::{Effect, RunData};
use super::model::{Overlay, Screen};
use crate::review::book::LabelBook;
use crate::runner::update::Update;

impl App {
    pub(super) fn pause(&mut self, effects: &mut Vec<Effect>) {
        if let Some(live) = self.live.as_mut().filter(|live| live.working()) {
            live.paused = !live.paused;
            effects.push(Effect::Pause(live.paused));
        }
    }

    pub(super) fn resume(&mut self, effects: &mut Vec<Effect>) {
        if self.live.as_ref().is_some_and(|live| live.working()) {
            let words = format!("a run is working already ({}: its board)", self.key_of(Cmd::Board));
            effects.push(self.tell(words, false));
            return;
        }
        let Some(run) = self.runs.as_ref().and_then(|runs| runs.get(self.runs_cursor)) else { return };
        if run.info.recorded {
            let key = self.key_of(Cmd::NewRun);
            let words = format!("this run came with fdsp and is kept as it is ({key}: a run of your own)");
            effects.push(self.tell(words, false));
        } else if run.done >= run.items {
            effects.push(self.tell("every item of this run has come to its end", true));
        } else {
            effects.push(Effect::Resume(run.info.id.clone()));
        }
    }

    pub(super) fn probe(&mut self, effects: &mut Vec<Effect>) {
        let generation = self.next_generation();
        if let Some(form) = &mut self.form {
            form.probe = Probe::Asking;
            let (model, base_url) = form.model();
            self.probe_generation = generation;
            effects.push(Effect::Probe { generation, model, base_url });
        }
    }

    pub(super) fn start_run(&mut self, effects: &mut Vec<Effect>) {
        let working = self.live.as_ref().is_some_and(|live| live.working());
        let Some(form) = self.form.as_mut().filter(|form| !form.starting) else { return };
        if working {
            form.problem = Some((form.field(), "a run is working already; stop it or wait for its end".to_owned()));
            return;
        }
        match form.plan() {
            Ok(plan) => {
                form.problem = None;
                form.starting = true;
                effects.push(Effect::Begin(Box::new(plan)));
            }
            Err((field, problem)) => {
                form.at = field as usize;
                form.problem = Some((field, problem));
            }
        }
    }

    pub(super) fn confirm(&mut self, id: Cmd, needed: impl Fn(&Self) -> bool) {
        if needed(self) {
            self.overlay = Some(Overlay::Confirm(id));
        }
    }

    /// The run that is open, or the one under the cursor in the list of runs.
    pub(super) fn reviewed_run(&self) -> Option<&str> {
        match self.screen {
            Screen::Runs => self.runs.as_ref()?.get(self.runs_cursor).map(|run| run.info.id.as_str()),
            _ => self.list.as_ref().map(|list| list.info.id.as_str()),
        }
    }

    /// Leaves for the review bench, as soon as no label is on its way.
    pub(super) fn review(&mut self, blind: bool, effects: &mut Vec<Effect>) {
        let Some(run) = self.reviewed_run().map(str::to_owned) else { return };
        if self.owes_the_disk() {
            effects.push(self.tell("a label is on its way to the disk: once more", false));
        } else {
            effects.push(Effect::Review { run, blind });
        }
    }

    pub(super) fn quit(&mut self, effects: &mut Vec<Effect>) {
        if self.live.as_ref().is_some_and(|live| live.working()) && !self.quitting {
            self.overlay = Some(Overlay::Confirm(Cmd::Quit));
        } else if self.owes_the_disk() {
            self.quitting = true;
        } else {
            effects.push(Effect::Quit);
        }
    }

    /// The second press of a key that asks first.
    pub(super) fn confirmed(&mut self, id: Cmd, effects: &mut Vec<Effect>) {
        if let Some(live) = self.live.as_mut().filter(|live| live.working()) {
            live.stopping = true;
            effects.push(Effect::Stop);
        }
        if id == Cmd::Quit {
            // A run that hangs must not keep the program from ending: quitting again ends it at once.
            if self.quitting {
                effects.push(Effect::Quit);
            }
            self.quitting = true;
        }
    }

    pub(super) fn take_begun(&mut self, result: Result<Box<RunData>, String>, effects: &mut Vec<Effect>) {
        match result {
            Ok(data) => {
                let data = *data;
                self.form = None;
                let mut live = Live::new(data.info.clone(), data.items.len(), &data.rows);
                let priced = self.defaults.prices.iter().find(|(name, _)| *name == data.info.model.name);
                live.prices = priced.map(|(_, prices)| *prices);
                self.live = Some(Box::new(live));
                let book = LabelBook::new(&self.author, data.history);
                self.list = Some(Box::new(ItemList::new(data.info, data.items, data.rows, book)));
                self.item = None;
                self.loading = None;
                self.screen = Screen::Live;
                self.load_runs(effects);
            }
            Err(trouble) => {
                if let Some(form) = &mut self.form {
                    form.starting = false;
                    form.problem = Some((form.field(), trouble));
                } else {
                    effects.push(self.tell(trouble, false));
                }
            }
        }
    }

    pub(super) fn take_ended(&mut self, trouble: String, effects: &mut Vec<Effect>) {
        if let Some(live) = &mut self.live {
            live.broke_off();
        }
        effects.push(self.tell(format!("the run broke off: {trouble}"), false));
        self.load_runs(effects);
        if self.quitting {
            effects.push(Effect::Quit);
        }
    }

    pub(super) fn take_probe(&mut self, generation: u64, result: Result<Vec<String>, String>) {
        if generation == self.probe_generation
            && let Some(form) = &mut self.form
        {
            form.probe = match result {
                Ok(models) => Probe::There(models),
                Err(advice) => Probe::Missing(advice),
            };
        }
    }

    pub(super) fn take_live(&mut self, updates: Vec<Update>, effects: &mut Vec<Effect>) {
        let watched = self.watches_live();
        let Some(live) = &mut self.live else { return };
        let mut touched = false;
        let mut ended = None;
        for update in updates {
            if let Update::Entries { item: id, entries } = &update
                && let Some(item) = self.item.as_mut().filter(|item| item.item.id == *id)
                && Some(item.run.as_str()) == live.run()
            {
                item.take_live(entries);
            }
            if let Update::Finished(summary) = &update {
                ended = Some(summary.clone());
            }
            if let Some((id, rows)) = live.apply(&update)
                && watched
                && let Some(list) = &mut self.list
            {
                list.set_item_rows(&id, rows);
                touched = true;
            }
        }
        let stale = live.stale;
        if stale && self.loading.is_none() {
            self.reload(effects);
        }
        if touched && let Some(list) = &mut self.list {
            list.settle();
        }
        if let Some(summary) = ended {
            let text = format!(
                "the run is over: {} items, {} vulnerable, {} fixed, {} failed",
                summary.items, summary.vulnerable, summary.fixed, summary.failed
            );
            effects.push(self.tell(text, summary.failed == 0));
            self.load_runs(effects);
            if self.quitting {
                effects.push(Effect::Quit);
            }
        }
    }
}
