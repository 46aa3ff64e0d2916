//! The rows of a diff as a screen shows them.

use super::Diff;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The same line on both sides.
    Same,
    /// Only `old` is set (unified), or the left side of a split row.
    Removed,
    Added,
    /// Split only: an old line beside a new one.
    Changed,
    /// Stands for this many hidden lines, which begin at `old` and `new`.
    Fold(usize),
}

/// Line indices from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Row {
    pub kind: Kind,
    pub old: Option<usize>,
    pub new: Option<usize>,
    /// The change this row belongs to.
    pub change: Option<usize>,
}

impl Diff {
    /// One column: the removed lines of a change, then its added ones. `context` same lines stay around a change;
    /// `usize::MAX` folds nothing.
    pub fn unified(&self, context: usize) -> Vec<Row> {
        self.rows(context, |index, rows| {
            let change = &self.changes[index];
            let row = |kind, old, new| Row { kind, old, new, change: Some(index) };
            rows.extend(change.old.clone().map(|line| row(Kind::Removed, Some(line), None)));
            rows.extend(change.new.clone().map(|line| row(Kind::Added, None, Some(line))));
        })
    }

    /// Two columns: paired lines stand beside each other, and so do the lines between two pairs, in order.
    pub fn split(&self, context: usize) -> Vec<Row> {
        self.rows(context, |index, rows| {
            let change = &self.changes[index];
            let (mut was, mut is) = (change.old.start, change.new.start);
            for (old, new) in change.pairs.iter().copied().chain([(change.old.end, change.new.end)]) {
                for step in 0..(old - was).max(new - is) {
                    let old = Some(was + step).filter(|line| *line < old);
                    let new = Some(is + step).filter(|line| *line < new);
                    let kind = match (old, new) {
                        (Some(_), Some(_)) => Kind::Changed,
                        (Some(_), None) => Kind::Removed,
                        _ => Kind::Added,
                    };
                    rows.push(Row { kind, old, new, change: Some(index) });
                }
                if old < change.old.end && new < change.new.end {
                    rows.push(Row { kind: Kind::Changed, old: Some(old), new: Some(new), change: Some(index) });
                    (was, is) = (old + 1, new + 1);
                }
            }
        })
    }

    fn rows(&self, context: usize, change: impl Fn(usize, &mut Vec<Row>)) -> Vec<Row> {
        let mut rows = Vec::new();
        let (mut old, mut new) = (0, 0);
        for index in 0..=self.changes.len() {
            let (first, last) = (index == 0, index == self.changes.len());
            let end = self.changes.get(index).map_or(self.old.len(), |change| change.old.start);
            let before = if first { 0 } else { context };
            let after = if last { 0 } else { context };
            same(&mut rows, old, new, end - old, before, after);
            if let Some(at) = self.changes.get(index) {
                change(index, &mut rows);
                (old, new) = (at.old.end, at.new.end);
            }
        }
        rows
    }
}

/// `count` same lines, of which `before` at the start and `after` at the end stay. One line is never folded: the fold
/// would take as much room.
fn same(rows: &mut Vec<Row>, old: usize, new: usize, count: usize, before: usize, after: usize) {
    let row = |kind, step| Row { kind, old: Some(old + step), new: Some(new + step), change: None };
    let kept = before.saturating_add(after);
    if count <= kept.saturating_add(1) {
        rows.extend((0..count).map(|step| row(Kind::Same, step)));
        return;
    }
    rows.extend((0..before).map(|step| row(Kind::Same, step)));
    rows.push(row(Kind::Fold(count - kept), before));
    rows.extend((count - after..count).map(|step| row(Kind::Same, step)));
}
