//! Label keys: which version a label goes to, and what it says.

use crossterm::event::KeyCode;

use super::App;
use super::bulk_acts::Given;
use super::command::Cmd;
use super::item::Landing;
use super::keys::Chord;
use super::label_jobs::{Turns, Work};
use super::list::{Cell, ListLine};
use super::message::{Edit, Effect, Purpose};
use super::model::{About, Overlay, Pane};
use super::reasons::{Outcome, Panel, Said};
use super::shown::Body;
use crate::core::escape;
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict};

/// The version that a label goes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub item: String,
    pub stream: StreamId,
    pub step: Step,
    /// The hash of its code, and how many lines this has.
    pub code: String,
    pub length: usize,
    /// The version that the scanner accepts: a label on it goes on to the next.
    pub fix: bool,
}

impl App {
    /// Labels the version shown; from a fix it goes on to the next one without a label.
    pub(super) fn label(&mut self, verdict: LabelVerdict, effects: &mut Vec<Effect>) {
        let Some(target) = self.label_target(effects) else { return };
        let label = Label { verdict: Some(verdict), ..self.blank(&target) };
        self.store_label(target, label, effects);
    }

    pub(super) fn skip(&mut self, effects: &mut Vec<Effect>) {
        let Some(target) = self.label_target(effects) else { return };
        let label = Label { skip: true, ..self.blank(&target) };
        self.store_label(target, label, effects);
    }

    /// Sets the mark "look at this again", or lifts it; the reader stays.
    pub(super) fn flag(&mut self, effects: &mut Vec<Effect>) {
        let Some(target) = self.label_target(effects) else { return };
        let place = (target.item.as_str(), target.stream, target.step);
        let stored = || self.list.as_ref().is_some_and(|list| list.book.is_flagged(place.0, place.1, place.2));
        let flagged = self.on_its_way(place, |label| label.flag).unwrap_or_else(stored);
        let label = Label { flag: Some(!flagged), ..self.blank(&target) };
        self.push_job(Work::Set { item: target.item, stream: target.stream, label: Box::new(label) }, effects);
    }

    /// Asks why the version is unrealistic; where the guideline has no reasons there is nothing to ask.
    pub(super) fn ask_reasons(&mut self, effects: &mut Vec<Effect>) {
        if self.guideline.reasons.is_empty() {
            self.label(LabelVerdict::Unrealistic, effects);
            return;
        }
        let Some(target) = self.label_target(effects) else { return };
        self.open_panel(Some(LabelVerdict::Unrealistic), target);
    }

    pub(super) fn write_comment(&mut self, effects: &mut Vec<Effect>) {
        let Some(target) = self.label_target(effects) else { return };
        self.open_panel(None, target);
    }

    fn open_panel(&mut self, verdict: Option<LabelVerdict>, target: Target) {
        let mut said = self.remarked(&target);
        if let Some(list) = self.list.as_ref().filter(|_| verdict.is_some())
            && let Some(label) = list.book.settled(&target.item, target.stream, target.step)
            && label.verdict == verdict
        {
            said.reasons.clone_from(&label.reasons);
        }
        let panel = Panel::new(verdict, said, target.length);
        self.overlay = Some(Overlay::Say(Box::new(panel), About::Version(target)));
    }

    /// The comment that stands on a version, with its lines.
    fn remarked(&self, target: &Target) -> Said {
        let list = self.list.as_ref();
        let remark = list.and_then(|list| list.book.remark(&target.item, target.stream, target.step));
        remark.map_or_else(Said::default, |label| Said {
            comment: label.comment.clone(),
            lines: label.lines,
            ..Said::default()
        })
    }

    pub(super) fn say_key(
        &mut self,
        chord: Chord,
        mut panel: Box<Panel>,
        about: About,
        effects: &mut Vec<Effect>,
    ) -> Option<Overlay> {
        if chord.ctrl && chord.code == KeyCode::Char('e') {
            let text = escape::portable(panel.comment.text()).into_owned();
            effects.push(Effect::Edit(Box::new(Edit { text, suffix: ".txt", purpose: Purpose::Comment })));
            return Some(Overlay::Say(panel, about));
        }
        match panel.key(chord, &self.guideline, self.lines_in_sight()) {
            Outcome::Stay => {}
            Outcome::Unused => self.look_around(chord, effects),
            Outcome::Cancel => return None,
            Outcome::Store(said) => {
                match about {
                    About::Version(target) => self.store_said(panel.verdict, said, target, effects),
                    About::Bulk(bulk) => return Some(bulk.with(Given::Verdict(LabelVerdict::Unrealistic), said)),
                }
                return None;
            }
        }
        Some(Overlay::Say(panel, about))
    }

    /// What lies below a panel may be scrolled: to the change that the comment is about, for one.
    fn look_around(&mut self, chord: Chord, effects: &mut Vec<Effect>) {
        let scrolls = |id: &Cmd| match id {
            Cmd::NextChange | Cmd::PrevChange | Cmd::MoreContext | Cmd::LessContext => true,
            Cmd::Up | Cmd::Down | Cmd::PageUp | Cmd::PageDown => self.pane == Pane::Main,
            _ => false,
        };
        if let Some(id) = self.keymap.single(self, chord).filter(scrolls) {
            self.act(id, effects);
        }
    }

    fn store_said(&mut self, verdict: Option<LabelVerdict>, said: Said, target: Target, effects: &mut Vec<Effect>) {
        if verdict.is_none() && said == self.remarked(&target) {
            return;
        }
        let Said { reasons, comment, lines } = said;
        let label = Label { verdict, reasons, comment, lines, ..self.blank(&target) };
        self.store_label(target, label, effects);
    }

    /// From a fix that a label settles on to the next.
    fn store_label(&mut self, target: Target, label: Label, effects: &mut Vec<Effect>) {
        let moves_on = target.fix && label.settles();
        self.push_job(Work::Set { item: target.item, stream: target.stream, label: Box::new(label) }, effects);
        if moves_on {
            self.next_fix(effects);
        }
    }

    /// A label by this annotator, now, under this guideline, that says nothing yet.
    fn blank(&self, target: &Target) -> Label {
        let item = self.item.as_ref().filter(|item| item.item.id == target.item);
        let seconds = item.map_or(0.0, |item| item.watch.seconds());
        Label { seconds, ..self.label_on(target.step, &target.code) }
    }

    pub(super) fn label_on(&self, step: Step, code: &str) -> Label {
        let author = self.list.as_ref().map_or(&self.author, |list| &list.book.author);
        Label {
            guideline: Some(self.guideline.version),
            guideline_hash: Some(self.guideline.hash.clone()),
            ..Label::on(author, step, code)
        }
    }

    /// The version that a label key is about, or a word on why there is none.
    fn label_target(&mut self, effects: &mut Vec<Effect>) -> Option<Target> {
        let item = self.item.as_ref()?;
        let fix = item.fix();
        let Some((step, code)) = item.label_target() else {
            let way = match fix {
                Some(_) => format!("{}: the fix", self.key_of(Cmd::ShowFix)),
                None => format!("{}: the next fix", self.key_of(Cmd::NextFix)),
            };
            let words = format!("nothing to label here: only refined code takes a label ({way})");
            effects.push(self.tell(words, false));
            return None;
        };
        let length =
            item.selected().and_then(|(_, version)| version.code.as_ref()).map_or(0, |code| code.lines().count());
        let (id, stream) = (item.item.id.clone(), item.stream);
        Some(Target { item: id, stream, step, code, length, fix: fix == Some(step) })
    }

    /// Lines of the version that the diff's current change stands on, from 1.
    fn lines_in_sight(&self) -> Option<(u32, u32)> {
        let Body::Diff(doc) = &self.shown.body else { return None };
        doc.lines_of(self.shown.current_change(self.scroll.0)?)
    }

    /// Whether a label that settles this fix is on its way to the disk.
    pub(super) fn is_settled_soon(&self, line: &ListLine, cell: &Cell) -> bool {
        let Some(step) = cell.row.final_step() else { return false };
        self.on_its_way((&line.item.id, cell.row.stream, step), |label| label.settles().then_some(())).is_some()
    }

    pub(super) fn next_fix(&mut self, effects: &mut Vec<Effect>) {
        let Some(list) = &self.list else { return };
        match list.next_fix(|line, cell| self.is_settled_soon(line, cell)) {
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

    /// Says once for a run that labels in it were given under another text of the same version.
    pub(super) fn check_guideline(&mut self, run: &str, given: &[(u32, String)], effects: &mut Vec<Effect>) {
        let other = given.iter().any(|(version, hash)| self.guideline.differs_from(Some(*version), Some(hash)));
        if other && !self.guideline_told.iter().any(|told| told == run) {
            self.guideline_told.push(run.to_owned());
            let words = format!(
                "labels of this run go by another text of guideline version {}; if you edited it, raise its version",
                self.guideline.version
            );
            effects.push(self.tell(words, false));
        }
    }

    pub(super) fn undo(&mut self, effects: &mut Vec<Effect>) {
        self.push_job(Work::Undo(Turns::default()), effects);
    }

    pub(super) fn redo(&mut self, effects: &mut Vec<Effect>) {
        self.push_job(Work::Redo(Turns::default()), effects);
    }
}
