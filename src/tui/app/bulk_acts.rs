//! Many labels at once: every fix that the filter shows, asked for with their count, stored and undone as one.

use crossterm::event::KeyCode;

use super::App;
use super::command::{self, Cmd};
use super::keys::Chord;
use super::label_jobs::{Work, fixes};
use super::message::Effect;
use super::model::{About, Overlay};
use super::reasons::{Panel, Said};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict};
use crate::core::text::sha256_hex;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given {
    Verdict(LabelVerdict),
    Skip,
}

/// The question, as far as it is answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Bulk {
    pub given: Option<Given>,
    /// Fixes that have a label of the annotator too.
    pub all: bool,
    /// Fixes that the filter shows and that wait for a label, and all that it shows, as of the question.
    pub waiting: usize,
    pub shown: usize,
    pub said: Said,
}

impl Bulk {
    pub fn count(&self) -> usize {
        if self.all { self.shown } else { self.waiting }
    }

    pub(super) fn with(self, given: Given, said: Said) -> Overlay {
        Overlay::Bulk(Box::new(Self { given: Some(given), said, ..self }))
    }

    /// The question in words.
    pub fn question(&self) -> String {
        let of = match (self.all, self.shown > self.waiting) {
            (true, true) => ", those with a label of yours too",
            (false, true) => " without a label of yours",
            _ => "",
        };
        let which = format!("{}{of}", fixes(self.count()));
        let reasons = self.said.reasons.join(", ");
        match self.given {
            None => format!("all that the list shows: {which}"),
            Some(Given::Skip) => format!("skip {which}?"),
            Some(Given::Verdict(verdict)) if reasons.is_empty() => format!("label {which} {verdict}?"),
            Some(Given::Verdict(verdict)) => format!("label {which} {verdict} ({reasons})?"),
        }
    }

    /// The keys that answer it, each with its word.
    pub fn keys(&self) -> Vec<(&'static str, String)> {
        let others = if self.all { format!("only {}", self.waiting) } else { format!("all {}", self.shown) };
        let mut keys: Vec<(&str, String)> = match self.given {
            None => [Cmd::Realistic, Cmd::Unrealistic, Cmd::Unsure, Cmd::Skip]
                .map(command::get)
                .map(|command| (command.keys[0], command.name.to_owned()))
                .to_vec(),
            Some(_) => vec![("y", "yes".to_owned())],
        };
        if self.shown > self.waiting {
            keys.push(("tab", others));
        }
        keys.push(("esc", if self.given.is_some() { "no" } else { "leave" }.to_owned()));
        keys
    }
}

impl App {
    /// Asks what every fix that the filter shows is to be labelled.
    pub(super) fn ask_bulk(&mut self, effects: &mut Vec<Effect>) {
        let (waiting, shown) = (self.bulk_fixes(false).len(), self.bulk_fixes(true).len());
        if shown == 0 {
            effects.push(self.tell("the list shows no fix that could be labelled", false));
            return;
        }
        let bulk = Bulk { given: None, all: waiting == 0, waiting, shown, said: Said::default() };
        self.overlay = Some(Overlay::Bulk(Box::new(bulk)));
    }

    /// Fixes of the lines shown, by the approaches that the filter is about.
    fn bulk_fixes(&self, all: bool) -> Vec<(String, StreamId, Step)> {
        let Some(list) = &self.list else { return Vec::new() };
        let wanted = list
            .shown_fixes()
            .filter(|(line, cell)| all || (cell.waits_for_label() && !self.is_settled_soon(line, cell)));
        wanted
            .filter_map(|(line, cell)| Some((line.item.id.clone(), cell.row.stream, cell.row.final_step()?)))
            .collect()
    }

    pub(super) fn bulk_key(&mut self, chord: Chord, mut bulk: Box<Bulk>, effects: &mut Vec<Effect>) -> Option<Overlay> {
        if matches!(chord.code, KeyCode::Tab | KeyCode::BackTab) {
            bulk.all = bulk.waiting == 0 || !bulk.all;
            return Some(Overlay::Bulk(bulk));
        }
        if bulk.given.is_some() {
            // Enter, which ends the panel of reasons, must not answer this too.
            if chord.typed() == Some('y') {
                self.store_bulk(*bulk, effects);
                return None;
            }
            return Some(Overlay::Bulk(bulk));
        }
        // The keys that label one version, on whatever screen.
        let is = |id: Cmd| command::get(id).chords().any(|key| key == chord);
        if is(Cmd::Unrealistic) && !self.guideline.reasons.is_empty() {
            // Many versions have no lines in common.
            let panel = Panel::new(Some(LabelVerdict::Unrealistic), Said::default(), 0);
            return Some(Overlay::Say(Box::new(panel), About::Bulk(bulk)));
        }
        let verdicts = [
            (Cmd::Realistic, LabelVerdict::Realistic),
            (Cmd::Unrealistic, LabelVerdict::Unrealistic),
            (Cmd::Unsure, LabelVerdict::Unsure),
        ];
        if let Some((_, verdict)) = verdicts.into_iter().find(|(id, _)| is(*id)) {
            bulk.given = Some(Given::Verdict(verdict));
        } else if is(Cmd::Skip) {
            bulk.given = Some(Given::Skip);
        }
        Some(Overlay::Bulk(bulk))
    }

    fn store_bulk(&mut self, bulk: Bulk, effects: &mut Vec<Effect>) {
        let Some(run) = self.list.as_ref().map(|list| list.info.id.clone()) else { return };
        let wanted = self.bulk_fixes(bulk.all);
        let (verdict, skip) = match bulk.given {
            Some(Given::Verdict(verdict)) => (Some(verdict), false),
            Some(Given::Skip) => (None, true),
            None => return,
        };
        if wanted.is_empty() {
            effects.push(self.tell("no fix is left to label", false));
            return;
        }
        let number = self.next_generation();
        let seed = format!("{} {run} {} {number}", self.author, self.wall.as_microsecond());
        let id = sha256_hex(seed).chars().take(16).collect::<String>();
        let labels = wanted.into_iter().map(|(item, stream, step)| {
            // The store knows the code of each, and nobody looked at one alone.
            let label = Label {
                verdict,
                skip,
                reasons: bulk.said.reasons.clone(),
                comment: bulk.said.comment.clone(),
                bulk: Some(id.clone()),
                ..self.label_on(step, "")
            };
            (item, stream, label)
        });
        let labels = labels.collect();
        self.push_job(Work::Bulk { labels, stored: 0 }, effects);
    }
}
