//! Labels: one key, one event, stored before the screen says so; undo and redo in the order of the history.

use std::time::Duration;

use super::App;
use super::command::Cmd;
use super::item::Landing;
use super::list::{Cell, ListLine};
use super::message::{Effect, Timer};
use super::model::LabelJob;
use super::timeline::{Node, version_name};
use crate::core::event::{Entry, Event, LabelTurn};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict};

impl App {
    /// Labels the version shown; from a fix it goes on to the next one without a label.
    pub(super) fn label(&mut self, verdict: LabelVerdict, effects: &mut Vec<Effect>) {
        let Some((step, code)) = self.label_target(effects) else { return };
        let is_fix = self.item.as_ref().and_then(|item| item.fix()) == Some(step);
        self.push_label(step, code, Some(verdict), None, effects);
        if is_fix {
            self.next_fix(effects);
        }
    }

    pub(super) fn push_label(
        &mut self,
        step: Step,
        code: String,
        verdict: Option<LabelVerdict>,
        comment: Option<String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(item) = &self.item else { return };
        let seconds = self.now.saturating_sub(item.opened).as_secs_f64();
        let (id, stream) = (item.item.id.clone(), item.stream);
        self.jobs.push_back(LabelJob::Set { item: id, stream, step, code, verdict, comment, seconds });
        self.start_job(effects);
    }

    /// The version that a label key is about, or a word on why there is none.
    pub(super) fn label_target(&mut self, effects: &mut Vec<Effect>) -> Option<(Step, String)> {
        let item = self.item.as_ref()?;
        let target = item.label_target();
        if target.is_none() {
            let way = match item.fix() {
                Some(_) => format!("{}: the fix", self.key_of(Cmd::ShowFix)),
                None => format!("{}: the next fix", self.key_of(Cmd::NextFix)),
            };
            let words = format!("nothing to label here: only refined code takes a label ({way})");
            effects.push(self.tell(words, false));
        }
        target
    }

    /// Whether a label for this fix is on its way to the disk.
    fn is_on_its_way(&self, line: &ListLine, cell: &Cell) -> bool {
        self.jobs.iter().any(|job| match job {
            LabelJob::Set { item, stream, step, verdict, .. } => {
                let same = *item == line.item.id && *stream == cell.row.stream && Some(*step) == cell.row.final_step();
                verdict.is_some() && same
            }
            LabelJob::Adjudicate { .. } | LabelJob::Undo | LabelJob::Redo => false,
        })
    }

    pub(super) fn next_fix(&mut self, effects: &mut Vec<Effect>) {
        let Some(list) = &self.list else { return };
        match list.next_fix(|line, cell| self.is_on_its_way(line, cell)) {
            Some((at, approach)) => {
                if let Some(list) = &mut self.list {
                    list.cursor = at;
                    list.look_at(approach);
                }
                self.load_item(Landing::Fix, effects);
            }
            None if list.next_fix(|_, _| false).is_none() || self.jobs.is_empty() => {
                let words = match list.query.is_empty() {
                    true => "no other fix waits for a label in this run",
                    false => "no other fix waits for a label in this list (esc: clear the filter)",
                };
                effects.push(self.tell(words, true));
            }
            None => {}
        }
    }

    pub(super) fn undo(&mut self, effects: &mut Vec<Effect>) {
        self.jobs.push_back(LabelJob::Undo);
        self.start_job(effects);
    }

    pub(super) fn redo(&mut self, effects: &mut Vec<Effect>) {
        self.jobs.push_back(LabelJob::Redo);
        self.start_job(effects);
    }

    /// Sends the next label operation to the disk; only one is on its way at a time.
    pub(super) fn start_job(&mut self, effects: &mut Vec<Effect>) {
        while self.in_flight.is_none()
            && let Some(job) = self.jobs.front().cloned()
        {
            let Some(list) = &self.list else {
                self.jobs.clear();
                return;
            };
            let author = list.book.author.clone();
            let turn = |label| LabelTurn::of(&author, label);
            let event = match &job {
                LabelJob::Set { item, stream, step, code, verdict, comment, seconds } => {
                    let label = Label {
                        verdict: *verdict,
                        comment: comment.clone(),
                        seconds: *seconds,
                        ..Label::on(&author, *step, code)
                    };
                    Some((item.clone(), *stream, Event::Labelled(label)))
                }
                LabelJob::Adjudicate { item, stream, step, code, verdict, comment, seconds } => {
                    let label = Label {
                        verdict: Some(*verdict),
                        comment: comment.clone(),
                        seconds: *seconds,
                        adjudicates: true,
                        ..Label::on(&author, *step, code)
                    };
                    Some((item.clone(), *stream, Event::Labelled(label)))
                }
                LabelJob::Undo => list
                    .book
                    .next_undo()
                    .map(|mark| (mark.item.clone(), mark.stream, Event::LabelUndone(turn(mark.seq)))),
                LabelJob::Redo => list
                    .book
                    .next_redo()
                    .map(|mark| (mark.item.clone(), mark.stream, Event::LabelRedone(turn(mark.seq)))),
            };
            match event {
                Some((item, stream, event)) => {
                    let run = list.info.id.clone();
                    let ticket = self.next_generation();
                    self.in_flight = Some(ticket);
                    effects.push(Effect::Append { ticket, run, item, stream, event: Box::new(event) });
                    effects.push(self.wake(Timer::Saving, Duration::from_millis(300)));
                }
                None => {
                    self.jobs.pop_front();
                    let words = if job == LabelJob::Undo { "nothing to undo" } else { "nothing to redo" };
                    effects.push(self.tell(words, false));
                }
            }
        }
    }

    pub(super) fn take_stored(&mut self, ticket: u64, result: Result<Vec<Entry>, String>, effects: &mut Vec<Effect>) {
        if self.in_flight != Some(ticket) {
            return;
        }
        self.in_flight = None;
        self.saving = false;
        self.timers[Timer::Saving as usize] = None;
        let Some(job) = self.jobs.pop_front() else { return };
        match result {
            Ok(entries) => {
                let told = self.apply_stored(&job, &entries, effects);
                effects.push(self.tell(told, true));
            }
            Err(trouble) => {
                // What follows would undo or replace a label that does not exist.
                self.jobs.clear();
                self.doubt_cases();
                effects.push(self.tell(format!("not saved: {trouble}"), false));
            }
        }
        self.start_job(effects);
        if self.quitting && self.in_flight.is_none() {
            effects.push(Effect::Quit);
        }
    }

    fn apply_stored(&mut self, job: &LabelJob, entries: &[Entry], effects: &mut Vec<Effect>) -> String {
        let (undo, redo) = (self.key_of(Cmd::Undo), self.key_of(Cmd::Redo));
        let Some(list) = &mut self.list else { return String::new() };
        let turned = match job {
            LabelJob::Undo => list.book.next_undo().cloned(),
            LabelJob::Redo => list.book.next_redo().cloned(),
            LabelJob::Set { .. } | LabelJob::Adjudicate { .. } => None,
        };
        let id = match (&turned, job) {
            (Some(mark), _) => mark.item.clone(),
            (None, LabelJob::Set { item, .. } | LabelJob::Adjudicate { item, .. }) => item.clone(),
            _ => return String::new(),
        };
        for entry in entries {
            list.book.apply(&id, entry);
        }
        if let Some(item) = self.item.as_mut().filter(|item| item.run == list.info.id && item.item.id == id) {
            item.take_labels(entries);
        }
        list.settle();
        let what = |stream: StreamId, step: Step, verdict: Option<LabelVerdict>| {
            let word = verdict.map_or("comment", LabelVerdict::as_str);
            let by = if list.several_approaches() { format!(" {}", stream.approach) } else { String::new() };
            format!("{id}{by} {} {word}", version_name(step))
        };
        match (job, turned) {
            (LabelJob::Set { stream, step, verdict, .. }, _) => {
                format!("{} · {undo} undoes", what(*stream, *step, *verdict))
            }
            (LabelJob::Adjudicate { stream, step, verdict, .. }, _) => {
                format!("adjudicated: {} · U undoes", what(*stream, *step, Some(*verdict)))
            }
            (_, Some(mark)) => {
                let told = what(mark.stream, mark.step, mark.verdict);
                // The screen goes to what changed, so that nothing changes out of sight.
                self.seek_case(&id, Node::Step(mark.stream, mark.step));
                let Some(list) = &mut self.list else { return told };
                if list.go_to(&id, Some(mark.stream)) {
                    self.load_item(Landing::Node(Node::Step(mark.stream, mark.step)), effects);
                }
                match job {
                    LabelJob::Undo => format!("taken back: {told} · {redo} puts it back"),
                    _ => format!("put back: {told} · {undo} undoes"),
                }
            }
            _ => String::new(),
        }
    }

    /// Whether something is still on its way to the disk.
    pub(super) fn owes_the_disk(&self) -> bool {
        self.in_flight.is_some()
    }
}
