//! One author's labels over a run: what stands, what undo takes back next, what redo puts back.
//! Built from the stored history alone, so undo reaches over restarts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::core::event::{Entry, Event};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict, Probe};

/// One label as the history tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub item: String,
    pub stream: StreamId,
    /// The number of the label's event inside its item.
    pub seq: u32,
    pub label: Arc<Label>,
}

/// What one key did: a label, or all labels of one bulk; never empty.
#[derive(Debug, Clone, PartialEq)]
struct Action {
    bulk: Option<String>,
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Default)]
pub struct LabelBook {
    pub author: String,
    done: Vec<Action>,
    undone: Vec<Action>,
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
    pub skipped: u32,
    /// Fixes and other versions that are to be looked at again, whatever their label.
    pub flagged: u32,
}

impl Counts {
    /// Fixes with a verdict.
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
                let label = Arc::new(label.clone());
                let mark = Mark { item: item.to_owned(), stream: entry.stream, seq: entry.seq, label };
                self.standing.entry(item.to_owned()).or_default().push(mark.clone());
                put(&mut self.done, mark);
                self.undone.clear();
            }
            Event::LabelUndone(turn) if turn.author == self.author => {
                if let Some(mark) = take(&mut self.done, item, turn.label) {
                    if let Some(standing) = self.standing.get_mut(item) {
                        standing.retain(|other| other.seq != mark.seq);
                    }
                    put(&mut self.undone, mark);
                }
            }
            Event::LabelRedone(turn) if turn.author == self.author => {
                if let Some(mark) = take(&mut self.undone, item, turn.label) {
                    let standing = self.standing.entry(item.to_owned()).or_default();
                    standing.push(mark.clone());
                    standing.sort_by_key(|mark| mark.seq);
                    put(&mut self.done, mark);
                }
            }
            _ => {}
        }
    }

    /// What one undo takes back: one label, or what is left of a bulk; the latest last.
    pub fn next_undo(&self) -> &[Mark] {
        self.done.last().map_or(&[], |action| &action.marks)
    }

    pub fn next_redo(&self) -> &[Mark] {
        self.undone.last().map_or(&[], |action| &action.marks)
    }

    /// What is left of one bulk to take back, or to put back.
    pub fn bulk(&self, bulk: &str, undone: bool) -> &[Mark] {
        let actions = if undone { &self.undone } else { &self.done };
        let found = actions.iter().rev().find(|action| action.bulk.as_deref() == Some(bulk));
        found.map_or(&[], |action| &action.marks)
    }

    /// The latest label that stands on a version and says what is thought of it, or that nothing is.
    pub fn settled(&self, item: &str, stream: StreamId, step: Step) -> Option<&Label> {
        self.labels(item, stream, step).rev().find(|label| label.settles())
    }

    pub fn verdict(&self, item: &str, stream: StreamId, step: Step) -> Option<LabelVerdict> {
        self.settled(item, stream, step)?.verdict
    }

    pub fn is_skipped(&self, item: &str, stream: StreamId, step: Step) -> bool {
        self.settled(item, stream, step).is_some_and(|label| label.skip)
    }

    pub fn is_flagged(&self, item: &str, stream: StreamId, step: Step) -> bool {
        self.labels(item, stream, step).rev().find_map(|label| label.flag) == Some(true)
    }

    /// Whether any version of a stream is flagged.
    pub fn has_flag(&self, item: &str, stream: StreamId) -> bool {
        let marks = || self.standing.get(item).into_iter().flatten().filter(|mark| mark.stream == stream);
        let flagged = |mark: &Mark| mark.label.flag == Some(true);
        marks().any(|mark| flagged(mark) && self.is_flagged(item, stream, mark.label.step))
    }

    /// The latest label with a comment, or with lines.
    pub fn remark(&self, item: &str, stream: StreamId, step: Step) -> Option<&Label> {
        self.labels(item, stream, step).rev().find(|label| label.comment.is_some() || label.lines.is_some())
    }

    /// Another pair of numbers whenever what stands on a version is another.
    pub fn revision(&self, item: &str, stream: StreamId, step: Step) -> (usize, u32) {
        let marks = self.standing.get(item).into_iter().flatten();
        let marks = marks.filter(|mark| mark.stream == stream && mark.label.step == step);
        marks.fold((0, 0), |(count, _), mark| (count + 1, mark.seq))
    }

    fn labels(&self, item: &str, stream: StreamId, step: Step) -> impl DoubleEndedIterator<Item = &Label> {
        let marks = self.standing.get(item).into_iter().flatten();
        // A repeated item measures the annotator, and changes nothing.
        // An adjudication settles what others differ on, and is no label of the author's own.
        let counts = move |mark: &&Mark| {
            let label = &mark.label;
            mark.stream == stream && label.step == step && label.probe != Some(Probe::Repeat) && !label.adjudicates
        };
        marks.filter(counts).map(|mark| &*mark.label)
    }
}

/// A label of a bulk joins the others of the same bulk: where stores were merged, other labels may lie between them.
fn put(actions: &mut Vec<Action>, mark: Mark) {
    let bulk = mark.label.bulk.clone();
    let same = |action: &&mut Action| bulk.is_some() && action.bulk == bulk;
    match actions.iter_mut().rev().find(same) {
        Some(action) => action.marks.push(mark),
        None => actions.push(Action { bulk, marks: vec![mark] }),
    }
}

fn take(actions: &mut Vec<Action>, item: &str, seq: u32) -> Option<Mark> {
    let of = |action: &Action| action.marks.iter().rposition(|mark| mark.item == item && mark.seq == seq);
    let (at, inside) = (0..actions.len()).rev().find_map(|at| Some((at, of(&actions[at])?)))?;
    let mark = actions[at].marks.remove(inside);
    if actions[at].marks.is_empty() {
        actions.remove(at);
    }
    Some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::LabelTurn;
    use crate::core::ids::ApproachId;

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

    fn seqs(marks: &[Mark]) -> Vec<u32> {
        marks.iter().map(|mark| mark.seq).collect()
    }

    fn said(seq: u32, label: Label) -> Entry {
        entry(seq, Event::Labelled(label))
    }

    #[test]
    fn undo_gives_the_label_before_back_and_redo_puts_it_on_again() {
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Realistic))]);
        book.apply("a", &label(2, "me", LabelVerdict::Unrealistic));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Unrealistic));
        book.apply("a", &undone(3, 2));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Realistic));
        assert_eq!(seqs(book.next_redo()), [2]);
        book.apply("a", &entry(4, Event::LabelRedone(LabelTurn::of("me", 2))));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Unrealistic));
        assert!(book.next_redo().is_empty());
    }

    #[test]
    fn a_new_label_ends_what_could_be_put_back() {
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Realistic))]);
        book.apply("a", &undone(2, 1));
        book.apply("b", &label(1, "me", LabelVerdict::Unsure));
        assert!(book.next_redo().is_empty());
        assert_eq!(book.next_undo()[0].item, "b");
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
        assert!(book.next_undo().is_empty());
        assert_eq!(book.verdict("a", stream(), FIX), None);
    }

    #[test]
    fn a_skip_takes_the_verdict_back_and_a_flag_leaves_it() {
        let skip = Label { skip: true, ..Label::on("me", FIX, "") };
        let flag = |on| Label { flag: Some(on), ..Label::on("me", FIX, "") };
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Realistic))]);
        let state = |book: &LabelBook| {
            let flags = (book.is_flagged("a", stream(), FIX), book.has_flag("a", stream()));
            assert_eq!(flags.0, flags.1);
            (book.verdict("a", stream(), FIX), book.is_skipped("a", stream(), FIX), flags.0)
        };
        let realistic = Some(LabelVerdict::Realistic);
        let mut seen = vec![book.revision("a", stream(), FIX)];
        for (event, expected) in [
            (said(2, flag(true)), (realistic, false, true)),
            (said(3, skip.clone()), (None, true, true)),
            (said(4, flag(false)), (None, true, false)),
            (undone(5, 4), (None, true, true)),
            (undone(6, 3), (realistic, false, true)),
            (undone(7, 2), (realistic, false, false)),
        ] {
            book.apply("a", &event);
            assert_eq!(state(&book), expected, "{event:?}");
            seen.push(book.revision("a", stream(), FIX));
            assert_ne!(seen[seen.len() - 1], seen[seen.len() - 2]);
        }
        book.apply("a", &said(8, skip));
        book.apply("a", &label(9, "me", LabelVerdict::Unsure));
        assert_eq!(state(&book), (Some(LabelVerdict::Unsure), false, false));
    }

    #[test]
    fn a_bulk_is_one_undo_and_what_is_left_of_it_one_more() {
        let bulk = |seq, bulk: &str| {
            let label = Label {
                verdict: Some(LabelVerdict::Realistic),
                bulk: Some(bulk.to_owned()),
                ..Label::on("me", FIX, "")
            };
            entry(seq, Event::Labelled(label))
        };
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Unsure))]);
        for (item, entry) in
            [("a", bulk(2, "x")), ("b", bulk(1, "x")), ("c", label(1, "me", LabelVerdict::Unsure)), ("d", bulk(1, "x"))]
        {
            book.apply(item, &entry);
        }
        assert_eq!(book.next_undo().len(), 1, "the label in between came after the bulk began");
        book.apply("c", &undone(2, 1));
        let items = |marks: &[Mark]| marks.iter().map(|mark| mark.item.clone()).collect::<Vec<_>>();
        assert_eq!(items(book.next_undo()), ["a", "b", "d"]);
        book.apply("d", &undone(2, 1));
        book.apply("b", &undone(2, 1));
        assert_eq!(
            (items(book.next_undo()), items(book.next_redo())),
            (vec!["a".to_owned()], vec!["d".to_owned(), "b".to_owned()])
        );
        assert_eq!((book.bulk("x", false).len(), book.bulk("x", true).len(), book.bulk("y", true).len()), (1, 2, 0));
        book.apply("a", &undone(3, 2));
        assert_eq!(items(book.next_redo()), ["d", "b", "a"]);
        for (item, seq, label) in [("a", 4, 2), ("b", 3, 1), ("d", 3, 1)] {
            book.apply(item, &entry(seq, Event::LabelRedone(LabelTurn::of("me", label))));
        }
        assert_eq!(items(book.next_undo()), ["a", "b", "d"]);
        assert_eq!(items(book.next_redo()), ["c"]);
    }

    #[test]
    fn a_repeated_item_changes_no_label() {
        let mut book = LabelBook::new("me", [("a".to_owned(), label(1, "me", LabelVerdict::Realistic))]);
        let again =
            Label { verdict: Some(LabelVerdict::Unsure), probe: Some(Probe::Repeat), ..Label::on("me", FIX, "") };
        book.apply("a", &said(2, again));
        assert_eq!(book.verdict("a", stream(), FIX), Some(LabelVerdict::Realistic));
        assert_eq!(seqs(book.next_undo()), [2]);
    }
}
