//! One author's labels over a run: what stands, what undo takes back next, what redo puts back.
//! Built from the stored history alone, so undo reaches over restarts.

use std::collections::{HashMap, HashSet};

use crate::core::event::{Entry, Event};
use crate::core::ids::{Step, StreamId};
use crate::core::label::LabelVerdict;

/// One label as the history tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub item: String,
    pub stream: StreamId,
    pub step: Step,
    /// The number of the label's event inside its item.
    pub seq: u32,
    pub verdict: Option<LabelVerdict>,
    pub comment: Option<String>,
    /// It settles what others differ on, and is no label of the author's own.
    pub adjudicates: bool,
}

#[derive(Debug, Clone, Default)]
pub struct LabelBook {
    pub author: String,
    done: Vec<Mark>,
    undone: Vec<Mark>,
    standing: HashMap<String, Vec<Mark>>,
    /// Items and event numbers already taken in: history may be told twice.
    seen: HashSet<(String, u32)>,
}

/// How many fixes carry which label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    pub realistic: u32,
    pub unrealistic: u32,
    pub unsure: u32,
}

impl Counts {
    pub fn all(self) -> u32 {
        self.realistic + self.unrealistic + self.unsure
    }

    pub fn add(&mut self, verdict: LabelVerdict) {
        match verdict {
            LabelVerdict::Realistic => self.realistic += 1,
            LabelVerdict::Unrealistic => self.unrealistic += 1,
            LabelVerdict::Unsure => self.unsure += 1,
        }
    }
}

impl LabelBook {
    pub fn new(author: &str, history: impl IntoIterator<Item = (String, Entry)>) -> Self {
        let mut book = Self { author: author.to_owned(), ..Self::default() };
        for (item, entry) in history {
            book.apply(&item, &entry);
        }
        book
    }

    /// Takes a stored label event in; events of other authors change nothing.
    pub fn apply(&mut self, item: &str, entry: &Entry) {
        if !self.seen.insert((item.to_owned(), entry.seq)) {
            return;
        }
        match &entry.event {
            Event::Labelled(label) if label.author == self.author => {
                let mark = Mark {
                    item: item.to_owned(),
                    stream: entry.stream,
                    step: label.step,
                    seq: entry.seq,
                    verdict: label.verdict,
                    comment: label.comment.clone(),
                    adjudicates: label.adjudicates,
                };
                self.standing.entry(item.to_owned()).or_default().push(mark.clone());
                self.done.push(mark);
                self.undone.clear();
            }
            Event::LabelUndone(turn) if turn.author == self.author => {
                if let Some(at) = self.done.iter().rposition(|mark| mark.item == item && mark.seq == turn.label) {
                    let mark = self.done.remove(at);
                    if let Some(standing) = self.standing.get_mut(item) {
                        standing.retain(|other| other.seq != mark.seq);
                    }
                    self.undone.push(mark);
                }
            }
            Event::LabelRedone(turn) if turn.author == self.author => {
                if let Some(at) = self.undone.iter().rposition(|mark| mark.item == item && mark.seq == turn.label) {
                    let mark = self.undone.remove(at);
                    let standing = self.standing.entry(item.to_owned()).or_default();
                    standing.push(mark.clone());
                    standing.sort_by_key(|mark| mark.seq);
                    self.done.push(mark);
                }
            }
            _ => {}
        }
    }

    pub fn next_undo(&self) -> Option<&Mark> {
        self.done.last()
    }

    pub fn next_redo(&self) -> Option<&Mark> {
        self.undone.last()
    }

    /// The latest verdict that stands on a version.
    pub fn verdict(&self, item: &str, stream: StreamId, step: Step) -> Option<LabelVerdict> {
        self.marks(item, stream, step).rev().find_map(|mark| mark.verdict)
    }

    pub fn comment(&self, item: &str, stream: StreamId, step: Step) -> Option<&str> {
        self.marks(item, stream, step).rev().find_map(|mark| mark.comment.as_deref())
    }

    fn marks(&self, item: &str, stream: StreamId, step: Step) -> impl DoubleEndedIterator<Item = &Mark> {
        self.standing
            .get(item)
            .into_iter()
            .flatten()
            .filter(move |mark| mark.stream == stream && mark.step == step && !mark.adjudicates)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::LabelTurn;
    use crate::core::ids::ApproachId;
    use crate::core::label::Label;

    const FIX: Step = Step::Refine { solution: Some(1), iteration: 1 };

    fn stream() -> StreamId {
        StreamId::new(ApproachId::Fdsp, 0)
    }

    fn entry(seq: u32, event: Event) -> Entry {
        Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream: stream(), event }
    }

    fn label(seq: u32, author: &str, verdict: LabelVerdict) -> Entry {
        let label = Label { verdict: Some(verdict), seconds: 1.0, ..Label::on(author, FIX, "") };
        entry(seq, Event::Labelled(label))
    }

    fn undone(seq: u32, label: u32) -> Entry {
        entry(seq, Event::LabelUndone(LabelTurn::of("me", label)))
    }

    #[test]
    fn undo_gives_the_label_before_back_and_redo_puts_it_on_again() {
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Realistic))]);
        book.apply("a", &label(2, "me", LabelVerdict::Unrealistic));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Unrealistic));
        book.apply("a", &undone(3, 2));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Realistic));
        assert_eq!(book.next_redo().map(|mark| mark.seq), Some(2));
        book.apply("a", &entry(4, Event::LabelRedone(LabelTurn::of("me", 2))));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Unrealistic));
        assert!(book.next_redo().is_none());
    }

    #[test]
    fn a_new_label_ends_what_could_be_put_back() {
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Realistic))]);
        book.apply("a", &undone(2, 1));
        book.apply("b", &label(1, "me", LabelVerdict::Unsure));
        assert!(book.next_redo().is_none());
        assert_eq!(book.next_undo().map(|mark| mark.item.as_str()), Some("b"));
    }

    #[test]
    fn history_told_twice_changes_nothing() {
        let history = [
            ("a".to_owned(), label(1, "me", LabelVerdict::Realistic)),
            ("a".to_owned(), undone(2, 1)),
            ("a".to_owned(), entry(3, Event::LabelRedone(LabelTurn::of("me", 1)))),
        ];
        let mut book = LabelBook::new("me", history.clone());
        for (item, entry) in &history {
            book.apply(item, entry);
        }
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Realistic));
        assert_eq!((book.done.len(), book.undone.len()), (1, 0));
    }

    #[test]
    fn labels_of_others_are_not_mine_to_undo() {
        let book = LabelBook::new("me", [("a".to_owned(), label(1, "you", LabelVerdict::Realistic))]);
        assert!(book.next_undo().is_none());
        assert_eq!(book.verdict("a", stream(), FIX), None);
    }
}
