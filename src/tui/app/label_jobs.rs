//! Labels on their way to the disk: one store call at a time, in the order of the keys; the screen says what is stored,
//! never what is hoped for.

use std::time::Duration;

use super::App;
use super::command::Cmd;
use super::item::Landing;

use super::message::{Effect, Timer};
use super::timeline::{Node, version_name};
use crate::core::event::{Entry, Event, LabelTurn};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict};
use crate::review::book::{LabelBook, Mark};

/// Labels in one store call at most: what it takes must not keep other keys waiting for long.
pub const BATCH: usize = 250;

/// A label operation on a run.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelJob {
    pub run: String,
    pub what: Work,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    Set {
        item: String,
        stream: StreamId,
        label: Box<Label>,
    },
    /// Many at once, and how many of them are stored.
    Bulk {
        labels: Vec<(String, StreamId, Label)>,
        stored: usize,
    },
    Undo(Turns),
    Redo(Turns),
}

/// An undo or a redo: of one label, or of a bulk in several store calls.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Turns {
    begun: bool,
    bulk: Option<String>,
    turned: usize,
    all: usize,
}

/// The store call that is on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct InFlight {
    ticket: u64,
    /// What it takes back or puts back.
    marks: Vec<Mark>,
}

impl Turns {
    /// What the next store call is about, the latest first.
    fn next(&mut self, book: &LabelBook, redo: bool) -> Vec<Mark> {
        let marks = match (&self.bulk, self.begun) {
            (_, false) if redo => book.next_redo(),
            (_, false) => book.next_undo(),
            (Some(bulk), true) => book.bulk(bulk, redo),
            (None, true) => &[],
        };
        if !self.begun {
            self.begun = true;
            self.all = marks.len();
            self.bulk = marks.last().and_then(|mark| mark.label.bulk.clone());
        }
        marks.iter().rev().take(BATCH).cloned().collect()
    }

    fn is_over(&self, book: &LabelBook, redo: bool) -> bool {
        self.bulk.as_ref().is_none_or(|bulk| book.bulk(bulk, redo).is_empty())
    }
}

impl Work {
    /// The label that it would put on a version.
    pub fn label_on(&self, item: &str, stream: StreamId, step: Step) -> Option<&Label> {
        let on = |of: &str, on: StreamId, label: &Label| of == item && on == stream && label.step == step;
        match self {
            Self::Set { item, stream, label } => Some(&**label).filter(|label| on(item, *stream, label)),
            Self::Bulk { labels, .. } => {
                labels.iter().find(|(item, stream, label)| on(item, *stream, label)).map(|(_, _, label)| label)
            }
            Self::Undo(_) | Self::Redo(_) => None,
        }
    }
}

impl App {
    pub(super) fn push_job(&mut self, what: Work, effects: &mut Vec<Effect>) {
        let Some(list) = &self.list else { return };
        self.jobs.push_back(LabelJob { run: list.info.id.clone(), what });
        self.start_job(effects);
    }

    /// What stands on a version once everything on its way is stored, as far as `says` tells.
    pub(super) fn on_its_way<T>(
        &self,
        (item, stream, step): (&str, StreamId, Step),
        says: impl Fn(&Label) -> Option<T>,
    ) -> Option<T> {
        let list = self.list.as_ref()?;
        let jobs = self.jobs.iter().rev().filter(|job| job.run == list.info.id);
        jobs.filter_map(|job| job.what.label_on(item, stream, step)).find_map(says)
    }

    /// Sends the next store call; only one is on its way at a time.
    fn start_job(&mut self, effects: &mut Vec<Effect>) {
        while self.in_flight.is_none()
            && let Some(job) = self.jobs.front_mut()
        {
            let labelled = |label: &Label| Event::Labelled(label.clone());
            let book = self.list.as_ref().filter(|list| list.info.id == job.run).map(|list| &list.book);
            let mut marks = Vec::new();
            let events: Vec<(String, StreamId, Event)> = match (&mut job.what, book) {
                (Work::Set { item, stream, label }, _) => vec![(item.clone(), *stream, labelled(label))],
                (Work::Bulk { labels, stored }, _) => {
                    let next = labels[*stored..].iter().take(BATCH);
                    next.map(|(item, stream, label)| (item.clone(), *stream, labelled(label))).collect()
                }
                (Work::Undo(turns), Some(book)) => {
                    marks = turns.next(book, false);
                    let event = |mark: &Mark| Event::LabelUndone(LabelTurn::of(&book.author, mark.seq));
                    marks.iter().map(|mark| (mark.item.to_string(), mark.stream, event(mark))).collect()
                }
                (Work::Redo(turns), Some(book)) => {
                    marks = turns.next(book, true);
                    let event = |mark: &Mark| Event::LabelRedone(LabelTurn::of(&book.author, mark.seq));
                    marks.iter().map(|mark| (mark.item.to_string(), mark.stream, event(mark))).collect()
                }
                // The run was left: what was not begun is not wanted there any more.
                (Work::Undo(_) | Work::Redo(_), None) => Vec::new(),
            };
            let run = job.run.clone();
            if events.is_empty() {
                let job = self.jobs.pop_front();
                let words = match job.map(|job| job.what) {
                    Some(Work::Undo(_)) => "nothing to undo",
                    Some(Work::Redo(_)) => "nothing to redo",
                    _ => continue,
                };
                effects.push(self.tell(words, false));
                continue;
            }
            let ticket = self.next_generation();
            self.in_flight = Some(InFlight { ticket, marks });
            effects.push(Effect::Append { ticket, run, events });
            if !self.saving && self.timers[Timer::Saving as usize].is_none() {
                effects.push(self.wake(Timer::Saving, Duration::from_millis(300)));
            }
        }
    }

    pub(super) fn take_stored(
        &mut self,
        ticket: u64,
        result: Result<Vec<(String, Entry)>, String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(flight) = self.in_flight.take_if(|flight| flight.ticket == ticket) else { return };
        let Some(job) = self.jobs.pop_front() else { return };
        match result {
            Ok(entries) => self.take_entries(job, &flight.marks, &entries, effects),
            Err(trouble) => {
                // What follows would undo or replace a label that does not exist.
                self.jobs.clear();
                self.doubt_cases();
                let part = match job.what {
                    Work::Bulk { labels, stored } if stored > 0 => {
                        format!("; {stored} of {} are, {} takes them back", labels.len(), self.key_of(Cmd::Undo))
                    }
                    _ => String::new(),
                };
                effects.push(self.tell(format!("not saved: {trouble}{part}"), false));
            }
        }
        self.start_job(effects);
        if self.in_flight.is_none() {
            self.saving = false;
            self.timers[Timer::Saving as usize] = None;
            if self.quitting {
                effects.push(Effect::Quit);
            }
        }
    }

    fn take_entries(
        &mut self,
        mut job: LabelJob,
        marks: &[Mark],
        entries: &[(String, Entry)],
        effects: &mut Vec<Effect>,
    ) {
        let mut over = true;
        let mut here = false;
        if let Some(list) = self.list.as_mut().filter(|list| list.info.id == job.run) {
            here = true;
            for (item, entry) in entries {
                list.book.apply(item, entry);
            }
            if let Some(item) = self.item.as_mut().filter(|item| item.run == job.run) {
                let of_item = entries.iter().filter(|(id, _)| *id == item.item.id);
                item.take_labels(&of_item.map(|(_, entry)| entry.clone()).collect::<Vec<_>>());
            }
            match entries {
                [(item, _)] => list.settle_item(item),
                _ => list.settle(),
            }
            match &mut job.what {
                Work::Undo(turns) => over = turns.is_over(&list.book, false),
                Work::Redo(turns) => over = turns.is_over(&list.book, true),
                Work::Set { .. } | Work::Bulk { .. } => {}
            }
        }
        match &mut job.what {
            Work::Bulk { labels, stored } => {
                *stored += entries.len();
                over = *stored >= labels.len() || entries.is_empty();
            }
            Work::Undo(turns) | Work::Redo(turns) => turns.turned += entries.len(),
            Work::Set { .. } => {}
        }
        if !over {
            self.jobs.push_front(job);
            return;
        }
        let told = self.told(&job, marks);
        if here && let (Work::Undo(_) | Work::Redo(_), [mark]) = (&job.what, marks) {
            // The screen goes to what changed, so that nothing changes out of sight.
            let node = Node::Step(mark.stream, mark.label.step);
            self.seek_case(&mark.item, node);
            if self.list.as_mut().is_some_and(|list| list.go_to(&mark.item, Some(mark.stream))) {
                self.load_item(Landing::Node(node), effects);
            }
        }
        effects.push(self.tell(told, true));
    }

    /// What was done, and which key undoes it.
    fn told(&self, job: &LabelJob, marks: &[Mark]) -> String {
        let several = self.list.as_ref().is_some_and(|list| list.several_approaches());
        let one = |item: &str, stream: StreamId, label: &Label| {
            let by = if several { format!(" {}", stream.approach) } else { String::new() };
            format!("{item}{by} {} {}", version_name(label.step), said(label))
        };
        let turned = |turns: &Turns| match marks {
            [mark] if turns.all < 2 => one(&mark.item, mark.stream, &mark.label),
            marks => {
                let word = marks.first().map_or_else(String::new, |mark| given(&mark.label));
                format!("{} {word}", fixes(turns.turned))
            }
        };
        let (undo, redo) = (self.key_of(Cmd::Undo), self.key_of(Cmd::Redo));
        match &job.what {
            Work::Set { item, stream, label } => {
                let how = if label.adjudicates { "adjudicated: " } else { "" };
                format!("{how}{} · {undo} undoes", one(item, *stream, label))
            }
            Work::Bulk { labels, stored } => {
                let word = labels.first().map_or_else(String::new, |(_, _, label)| given(label));
                format!("{} {word} · {undo} takes all of them back", fixes(*stored))
            }
            Work::Undo(turns) => {
                let them = if turns.all > 1 { "them" } else { "it" };
                format!("taken back: {} · {redo} puts {them} back", turned(turns))
            }
            Work::Redo(turns) => format!("put back: {} · {undo} undoes", turned(turns)),
        }
    }

    /// How far a job of several store calls has come.
    pub fn progress(&self) -> Option<(usize, usize)> {
        match &self.jobs.front()?.what {
            Work::Bulk { labels, stored } => Some((*stored, labels.len())),
            Work::Undo(turns) | Work::Redo(turns) => Some((turns.turned, turns.all)).filter(|(_, all)| *all > 1),
            Work::Set { .. } => None,
        }
    }

    /// Whether something is still on its way to the disk.
    pub(super) fn owes_the_disk(&self) -> bool {
        self.in_flight.is_some()
    }
}

/// `1 fix`, `23 fixes`.
pub fn fixes(count: usize) -> String {
    if count == 1 { "1 fix".to_owned() } else { format!("{count} fixes") }
}

/// What fixes of a bulk were given: `labelled unsure`, `skipped`.
fn given(label: &Label) -> String {
    label.verdict.map_or_else(|| label.word().to_owned(), |verdict| format!("labelled {verdict}"))
}

/// A label with its reasons.
fn said(label: &Label) -> String {
    let reasons = label.reasons.join(", ");
    match label.verdict {
        Some(LabelVerdict::Unrealistic) if !reasons.is_empty() => format!("unrealistic ({reasons})"),
        _ => label.word().to_owned(),
    }
}
