//! One author's labels over a run: what stands, what undo takes back next, what redo puts back.
//! Built from the stored history alone, so undo reaches over restarts.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::core::event::{Entry, Event};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict, Probe};

/// One label as the history tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    pub item: Arc<str>,
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

/// In the order of their beginnings. What an action is found by lies beside it: a history may be long.
#[derive(Debug, Clone, Default)]
struct Actions {
    all: BTreeMap<u64, Action>,
    bulks: HashMap<String, u64>,
    next: u64,
}

#[derive(Debug, Clone, Default)]
pub struct LabelBook {
    pub author: String,
    done: Actions,
    undone: Actions,
    items: HashMap<Arc<str>, OfItem>,
}

#[derive(Debug, Clone, Default)]
struct OfItem {
    standing: Vec<Mark>,
    /// Event numbers already taken in, ascending, for history may be told twice; labels with the action that holds them,
    /// if it is there still.
    seen: Vec<(u32, u64)>,
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
}

impl LabelBook {
    pub fn new(author: &str, history: impl IntoIterator<Item = (String, Entry)>) -> Self {
        let mut book = Self { author: author.to_owned(), ..Self::default() };
        for (item, Entry { seq, stream, event, .. }) in history {
            book.enter(&item, seq, stream, Cow::Owned(event));
        }
        book
    }

    /// Takes a stored label event in; events of other authors change nothing.
    pub fn apply(&mut self, item: &str, entry: &Entry) {
        self.enter(item, entry.seq, entry.stream, Cow::Borrowed(&entry.event));
    }

    fn enter(&mut self, item: &str, seq: u32, stream: StreamId, event: Cow<'_, Event>) {
        if event.author() != Some(&self.author) {
            return;
        }
        let item = match self.items.get_key_value(item) {
            Some((known, _)) => known.clone(),
            None => Arc::from(item),
        };
        let of_item = self.items.entry(item.clone()).or_default();
        let Err(place) = of_item.seen.binary_search_by_key(&seq, |(seq, _)| *seq) else { return };
        of_item.seen.insert(place, (seq, 0));
        match event {
            Cow::Borrowed(Event::Labelled(label)) => self.label(item, seq, stream, label.clone()),
            Cow::Owned(Event::Labelled(label)) => self.label(item, seq, stream, label),
            event => match &*event {
                Event::LabelUndone(turn) => {
                    if let Some(mark) = of_item.leave(&mut self.done, &item, turn.label) {
                        of_item.standing.retain(|other| other.seq != mark.seq);
                        of_item.join(&mut self.undone, mark);
                    }
                }
                Event::LabelRedone(turn) => {
                    if let Some(mark) = of_item.leave(&mut self.undone, &item, turn.label) {
                        of_item.standing.push(mark.clone());
                        of_item.standing.sort_by_key(|mark| mark.seq);
                        of_item.join(&mut self.done, mark);
                    }
                }
                _ => {}
            },
        }
    }

    fn label(&mut self, item: Arc<str>, seq: u32, stream: StreamId, label: Label) {
        let mark = Mark { item: item.clone(), stream, seq, label: Arc::new(label) };
        let of_item = self.items.entry(item).or_default();
        of_item.standing.push(mark.clone());
        of_item.join(&mut self.done, mark);
        self.undone.clear();
    }

    /// What one undo takes back: one label, or what is left of a bulk; the latest last.
    pub fn next_undo(&self) -> &[Mark] {
        self.done.last()
    }

    pub fn next_redo(&self) -> &[Mark] {
        self.undone.last()
    }

    /// What is left of one bulk to take back, or to put back.
    pub fn bulk(&self, bulk: &str, undone: bool) -> &[Mark] {
        let actions = if undone { &self.undone } else { &self.done };
        let found = actions.bulks.get(bulk).and_then(|number| actions.all.get(number));
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
        let marks = || self.standing(item).filter(|mark| mark.stream == stream);
        let flagged = |mark: &Mark| mark.label.flag == Some(true);
        marks().any(|mark| flagged(mark) && self.is_flagged(item, stream, mark.label.step))
    }

    /// The latest label with a comment, or with lines.
    pub fn remark(&self, item: &str, stream: StreamId, step: Step) -> Option<&Label> {
        self.labels(item, stream, step).rev().find(|label| label.comment.is_some() || label.lines.is_some())
    }

    /// Another pair of numbers whenever what stands on a version is another.
    pub fn revision(&self, item: &str, stream: StreamId, step: Step) -> (usize, u32) {
        let marks = self.standing(item);
        let marks = marks.filter(|mark| mark.stream == stream && mark.label.step == step);
        marks.fold((0, 0), |(count, _), mark| (count + 1, mark.seq))
    }

    fn standing(&self, item: &str) -> impl DoubleEndedIterator<Item = &Mark> {
        self.items.get(item).into_iter().flat_map(|of_item| &of_item.standing)
    }

    fn labels(&self, item: &str, stream: StreamId, step: Step) -> impl DoubleEndedIterator<Item = &Label> {
        let marks = self.standing(item);
        // A repeated item measures the annotator, and changes nothing.
        // An adjudication settles what others differ on, and is no label of the author's own.
        let counts = move |mark: &&Mark| {
            let label = &mark.label;
            mark.stream == stream && label.step == step && label.probe != Some(Probe::Repeat) && !label.adjudicates
        };
        marks.filter(counts).map(|mark| &*mark.label)
    }
}

impl OfItem {
    fn join(&mut self, actions: &mut Actions, mark: Mark) {
        let seq = mark.seq;
        let number = actions.put(mark);
        if let Ok(place) = self.seen.binary_search_by_key(&seq, |(seq, _)| *seq) {
            self.seen[place].1 = number;
        }
    }

    /// Takes a label of the item out of its action.
    fn leave(&self, actions: &mut Actions, item: &str, seq: u32) -> Option<Mark> {
        let place = self.seen.binary_search_by_key(&seq, |(seq, _)| *seq).ok()?;
        actions.take(self.seen[place].1, item, seq)
    }
}

impl Actions {
    /// A label of a bulk joins the others of the same bulk: where stores were merged, other labels may lie between them.
    /// The number of the action.
    fn put(&mut self, mark: Mark) -> u64 {
        let bulk = mark.label.bulk.clone();
        if let Some(number) = bulk.as_ref().and_then(|bulk| self.bulks.get(bulk))
            && let Some(action) = self.all.get_mut(number)
        {
            action.marks.push(mark);
            return *number;
        }
        self.next += 1;
        if let Some(bulk) = &bulk {
            self.bulks.insert(bulk.clone(), self.next);
        }
        self.all.insert(self.next, Action { bulk, marks: vec![mark] });
        self.next
    }

    fn take(&mut self, number: u64, item: &str, seq: u32) -> Option<Mark> {
        let action = self.all.get_mut(&number)?;
        let at = action.marks.iter().rposition(|mark| mark.seq == seq && *mark.item == *item)?;
        let mark = action.marks.remove(at);
        if action.marks.is_empty()
            && let Some(bulk) = self.all.remove(&number).and_then(|action| action.bulk)
        {
            self.bulks.remove(&bulk);
        }
        Some(mark)
    }

    fn last(&self) -> &[Mark] {
        self.all.last_key_value().map_or(&[], |(_, action)| &action.marks)
    }

    fn clear(&mut self) {
        self.all.clear();
        self.bulks.clear();
    }
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
        assert_eq!(&*book.next_undo()[0].item, "b");
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
        assert_eq!((book.done.all.len(), book.undone.all.len()), (1, 0));
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
        let items = |marks: &[Mark]| marks.iter().map(|mark| mark.item.to_string()).collect::<Vec<_>>();
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
