//! The reducer: one message in, the state after it and the effects it asks for out.

use std::sync::Arc;
use std::time::Duration;

use super::item::{Landing, OpenItem};
use super::list::ItemList;
use super::message::{Effect, Message, Record, RunData, Timer};
use super::model::{Ahead, Overlay, Pane, Screen, Tab, Toast};
use super::report::Touch;
use super::watch::Watch;
use super::{App, Start};
use crate::core::projection::RunSummary;
use crate::review::book::LabelBook;

pub fn update(app: &mut App, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    let touch = Touch::of(&message);
    let before = (app.screen, app.toast.clone());
    match message {
        Message::Key(chord) => {
            if let Some(item) = &mut app.item {
                item.watch.key(app.now);
            }
            if !app.key_ahead(chord) {
                app.press(chord, &mut effects);
            }
        }
        Message::Paste(text) => app.paste(&text),
        Message::Resized(width, height) => app.size = (width, height),
        Message::Mouse(mouse) => app.point(mouse, &mut effects),
        Message::Edited(result) => app.take_edited(result, &mut effects),
        Message::Woke(timer, generation) => app.woke(timer, generation, &mut effects),
        Message::Runs(generation, result) => {
            if generation == app.runs_generation {
                app.take_runs(result, &mut effects);
            }
        }
        Message::Run(generation, result) => {
            if app.loading.as_ref().is_some_and(|(wanted, _)| *wanted == generation) {
                app.loading = None;
                app.take_run(result, &mut effects);
                app.catch_up(&mut effects);
            }
        }
        Message::Record(generation, result) => {
            if app.loading.as_ref().is_some_and(|(wanted, _)| *wanted == generation) {
                app.loading = None;
                app.take_record(result, &mut effects);
                app.catch_up(&mut effects);
            }
        }
        Message::Stored(ticket, result) => app.take_stored(ticket, result, &mut effects),
        Message::Live(updates) => app.take_live(updates, &mut effects),
        Message::Begun(result) => app.take_begun(result, &mut effects),
        Message::Ended(trouble) => app.take_ended(trouble, &mut effects),
        Message::Probed(generation, result) => app.take_probe(generation, result),
        Message::Counted(generation, result) => app.take_counted(generation, result, &mut effects),
        Message::LookedUp(generation, result) => app.take_looked_up(generation, result, &mut effects),
        Message::Cases(generation, result) => app.take_cases(generation, result, &mut effects),
        Message::Imported(result) => app.take_imported(result, &mut effects),
        Message::Ground { light } => app.take_ground(light),
        Message::Changed => app.reload(&mut effects),
        Message::Told(text) => {
            let effect = app.tell(text, false);
            effects.push(effect);
        }
    }
    app.forget_toast(before);
    app.follow_report(touch, &mut effects);
    app.follow_adjudication(touch, &mut effects);
    app.settle(&mut effects);
    effects
}

impl App {
    /// Effects that fill the first screen.
    pub fn begin(&mut self) -> Vec<Effect> {
        let mut effects = Vec::new();
        self.load_runs(&mut effects);
        self.importing = true;
        effects.push(Effect::Import);
        effects
    }

    /// What was done on a screen is no news on the next one; what went wrong is, until it was read.
    fn forget_toast(&mut self, (screen, toast): (Screen, Option<Toast>)) {
        if self.screen != screen && self.toast == toast && toast.is_some_and(|toast| toast.good) {
            self.toast = None;
        }
    }

    /// What the program was to open on may have come with it.
    fn take_imported(&mut self, result: Result<bool, String>, effects: &mut Vec<Effect>) {
        self.importing = false;
        if self.screen != Screen::Runs && self.runs.is_some() {
            // The reader went on meanwhile.
            self.start = self.start.take().filter(|_| self.loading.is_some());
        }
        let new = result.unwrap_or_else(|trouble| {
            effects.push(self.tell(trouble, false));
            false
        });
        if new || (self.start.is_some() && self.runs.is_some() && self.loading.is_none()) {
            self.load_runs(effects);
        }
    }

    pub(super) fn load_runs(&mut self, effects: &mut Vec<Effect>) {
        let generation = self.next_generation();
        self.runs_generation = generation;
        effects.push(Effect::LoadRuns(generation));
    }

    pub(super) fn load_run(&mut self, run: &str, effects: &mut Vec<Effect>) {
        let generation = self.next_generation();
        self.loading = Some((generation, run.to_owned()));
        effects.push(Effect::LoadRun(generation, run.to_owned()));
    }

    /// Opens the item under the cursor of the list, unless it is open already.
    pub(super) fn load_item(&mut self, landing: Landing, effects: &mut Vec<Effect>) {
        let Some(list) = &self.list else { return };
        let Some(line) = list.current() else { return };
        let stream = list.stream_of(line);
        let known = |item: &&mut Box<OpenItem>| item.item.id == line.item.id && item.run == list.info.id;
        if let Some(item) = self.item.as_mut().filter(known)
            && item.stream.sample == stream.sample
            && self.loading.is_none()
        {
            let other = item.stream != stream;
            if other {
                item.show(stream);
                item.watch = Watch::new(self.now);
            }
            if other || landing != Landing::Fix {
                item.land(landing);
                self.scroll = (0, 0);
            }
            return;
        }
        let (run, item) = (list.info.id.clone(), line.item.id.clone());
        // An item that is wanted now comes before a reload, which follows.
        self.changed |= std::mem::take(&mut self.reloading);
        self.landing = landing;
        let generation = self.next_generation();
        self.loading = Some((generation, item.clone()));
        effects.push(Effect::LoadRecord { generation, run, item });
    }

    fn take_runs(&mut self, result: Result<Vec<RunSummary>, String>, effects: &mut Vec<Effect>) {
        let runs = match result {
            Ok(runs) => runs,
            Err(trouble) => {
                self.trouble = Some(trouble);
                return;
            }
        };
        self.trouble = None;
        let wanted = match self.start.take() {
            None | Some(Start::Runs) => None,
            Some(Start::Recorded) => {
                // The one that has most to look at and to label.
                let recorded = runs.iter().filter(|run| run.info.recorded).max_by_key(|run| run.fixes);
                let id = recorded.map(|run| run.info.id.clone());
                self.start = (id.is_some() || self.importing).then_some(Start::Recorded);
                id
            }
            Some(Start::Run { run, item }) => {
                let found: Vec<&RunSummary> = runs.iter().filter(|known| known.info.id.starts_with(&run)).collect();
                let exact = found.iter().find(|known| known.info.id == run).or(match found.as_slice() {
                    [one] => Some(one),
                    _ => None,
                });
                let id = exact.map(|known| known.info.id.clone());
                match &id {
                    Some(id) => self.start = Some(Start::Run { run: id.clone(), item }),
                    None if self.importing => self.start = Some(Start::Run { run, item }),
                    None => effects.push(self.tell(format!("there is no run `{run}` here; these are"), false)),
                }
                id
            }
        };
        self.runs_cursor = self.runs_cursor.min(runs.len().saturating_sub(1));
        if let Some(id) = &wanted {
            self.runs_cursor = runs.iter().position(|run| run.info.id == *id).unwrap_or(0);
        }
        self.runs = Some(runs);
        match wanted {
            Some(id) => self.load_run(&id, effects),
            None if self.list.is_none() && self.screen != Screen::Form && self.live.is_none() => {
                self.screen = Screen::Runs;
            }
            None => {}
        }
    }

    fn take_run(&mut self, result: Result<Box<RunData>, String>, effects: &mut Vec<Effect>) {
        self.reloading = false;
        let data = match result {
            Ok(data) => *data,
            Err(trouble) => {
                self.typed_ahead.clear();
                self.start = None;
                self.wanted = None;
                if self.list.is_none() {
                    self.screen = Screen::Runs;
                }
                effects.push(self.tell(trouble, false));
                return;
            }
        };
        let again = self.list.as_ref().is_some_and(|list| list.info.id == data.info.id);
        if let Some(live) = self.live.as_mut().filter(|live| live.run() == Some(data.info.id.as_str())) {
            live.recount(&data.rows);
        }
        if let (true, Some(list)) = (again, &mut self.list) {
            // What was stored since this was read stays: the book takes in what it does not know.
            for (item, entry) in &data.history {
                list.book.apply(item, entry);
            }
            list.set_rows(data.rows);
            self.reload_item(effects);
            return;
        }
        self.check_guideline(&data.info.id, &data.guidelines, effects);
        let book = LabelBook::new(&self.author, data.history);
        let mut list = ItemList::new(data.info, data.items, data.rows, book);
        self.item = None;
        let start = self.start.take();
        let restored = self.restored.take().filter(|place| place.run == list.info.id);
        if let Some(place) = restored {
            let landing = self.return_to(&place, &mut list);
            self.list = Some(Box::new(list));
            self.screen = if landing.is_some() { Screen::Steps } else { Screen::Items };
            if let Some(landing) = landing {
                self.load_item(landing, effects);
            }
            return;
        }
        let first = match &start {
            Some(Start::Run { item: Some(item), .. }) => {
                let stream = self.wanted.map(|(stream, _)| stream);
                if !list.go_to(item, stream) && !list.go_to(item, None) {
                    effects.push(self.tell(format!("the run has no item `{item}`"), false));
                }
                true
            }
            Some(Start::Recorded) => {
                list.go_to_opening();
                true
            }
            _ => false,
        };
        self.list = Some(Box::new(list));
        if first {
            self.screen = Screen::Steps;
            self.pane = Pane::Main;
            self.tab = Tab::Diff;
            let landing = self.wanted.take().map_or(Landing::Fix, |(_, landing)| landing);
            self.load_item(landing, effects);
        } else {
            self.screen = Screen::Items;
        }
    }

    fn take_record(&mut self, result: Result<Box<Record>, String>, effects: &mut Vec<Effect>) {
        let record = match result {
            Ok(record) => *record,
            Err(trouble) => {
                self.typed_ahead.clear();
                effects.push(self.tell(trouble, false));
                return;
            }
        };
        let Some(list) = &self.list else { return };
        let known = || list.lines.iter().find(|line| line.item.id == record.item.id);
        let Some(line) = list.current().filter(|line| line.item.id == record.item.id).or_else(known) else { return };
        let stream = list.stream_of(line);
        let mode = list.info.settings.verdict;
        let same = self
            .item
            .as_ref()
            .is_some_and(|item| item.item.id == record.item.id && item.run == record.run && item.stream == stream);
        let approaches = &list.approaches;
        if same {
            // A reload: what is looked at stays.
            if let Some(item) = &mut self.item {
                item.take_labels(&record.entries);
                if item.replay.append(record.entries) {
                    item.refold();
                }
            }
        } else {
            let entries = record.entries;
            let mut open =
                OpenItem::new(&record.run, Arc::new(record.item), stream, approaches, mode, entries, self.now);
            open.land(self.landing);
            if self.watches_live() {
                open.follow();
            }
            self.item = Some(Box::new(open));
            self.scroll = (0, 0);
            self.timers[Timer::Replay as usize] = None;
        }
    }

    /// Rows, labels and the open item again, after another process wrote.
    pub(super) fn reload(&mut self, effects: &mut Vec<Effect>) {
        self.load_runs(effects);
        let told = self.watches_live() && self.live.as_ref().is_some_and(|live| !live.stale);
        if told {
            return;
        }
        self.changed = self.loading.is_some();
        if let Some(id) = self.list.as_ref().map(|list| list.info.id.clone()).filter(|_| !self.changed) {
            self.load_run(&id, effects);
            self.reloading = true;
        }
    }

    /// Keys pressed and changes told while something was loading.
    fn catch_up(&mut self, effects: &mut Vec<Effect>) {
        while self.loading.is_none()
            && let Some(ahead) = self.typed_ahead.pop_front()
        {
            match ahead {
                Ahead::Command(id) => self.act(id, effects),
                Ahead::Key(chord) => self.press(chord, effects),
            }
        }
        if self.changed && self.loading.is_none() {
            self.reload(effects);
        }
    }

    /// The open item may have gone on in another process; what has come to its end cannot.
    fn reload_item(&mut self, effects: &mut Vec<Effect>) {
        let Some(item) = &self.item else { return };
        let stopped = |id| item.state.stream(id).is_some_and(|stream| stream.stopped.is_some());
        let over = item.streams.iter().all(|id| stopped(*id));
        if self.list.as_ref().is_some_and(|list| list.info.id == item.run) && !over && item.replay.at_end() {
            let (run, id) = (item.run.clone(), item.item.id.clone());
            let generation = self.next_generation();
            self.loading = Some((generation, id.clone()));
            effects.push(Effect::LoadRecord { generation, run, item: id });
        }
    }

    fn woke(&mut self, timer: Timer, generation: u64, effects: &mut Vec<Effect>) {
        if self.timers[timer as usize] != Some(generation) {
            return;
        }
        self.timers[timer as usize] = None;
        match timer {
            Timer::Toast => self.toast = None,
            Timer::Saving => self.saving = self.in_flight.is_some(),
            Timer::Spinner => self.spinner = self.spinner.wrapping_add(usize::from(!self.reduced_motion)),
            Timer::Replay => self.tick(effects),
        }
    }

    fn tick(&mut self, effects: &mut Vec<Effect>) {
        let passed = self.now.saturating_sub(self.replayed_at);
        self.replayed_at = self.now;
        if let Some(item) = &mut self.item {
            if item.replay.advance(passed.as_secs_f64() * 1000.0) {
                item.refold();
                item.follow();
                self.scroll = (0, 0);
            }
            if let Some(streaming) = item.replay.streaming() {
                item.refold();
                let node = super::timeline::Node::Step(streaming.stream, streaming.step);
                item.cursor = item.lines.iter().position(|line| line.node == node).unwrap_or(item.cursor);
            }
        }
        self.schedule_replay(effects);
    }

    pub(super) fn schedule_replay(&mut self, effects: &mut Vec<Effect>) {
        let next = self.item.as_ref().and_then(|item| item.replay.until_next());
        match next {
            Some(ms) => effects.push(self.wake(Timer::Replay, Duration::from_secs_f64(ms.min(1000.0) / 1000.0))),
            None => self.timers[Timer::Replay as usize] = None,
        }
    }

    /// In the steps the list looks at the approach that is shown: a replay and a live run go from one to the next.
    fn keep_approach(&mut self) {
        if self.screen == Screen::Steps
            && self.loading.is_none()
            && let (Some(list), Some(item)) = (&mut self.list, &self.item)
            && list.current().is_some_and(|line| line.item.id == item.item.id)
        {
            list.look_at(item.stream.approach);
        }
    }

    /// What must hold after every message: prepared texts, scroll within bounds, a spinner while something works.
    fn settle(&mut self, effects: &mut Vec<Effect>) {
        self.keep_approach();
        if let Some(item) = &mut self.item {
            item.watch.in_sight(self.screen == Screen::Steps, self.now);
        }
        self.prepare();
        self.prepare_lattice();
        self.keep_search();
        self.clamp_scroll();
        if self.spins() && self.timers[Timer::Spinner as usize].is_none() {
            let after = if self.reduced_motion { 1000 } else { 120 };
            effects.push(self.wake(Timer::Spinner, Duration::from_millis(after)));
        }
        if let Some(Overlay::Versions { cursor }) = &mut self.overlay {
            let count = self.item.as_ref().map_or(0, |item| item.versions().len());
            *cursor = (*cursor).min(count.saturating_sub(1));
        }
    }
}
