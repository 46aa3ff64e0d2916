//! The rows of a diff as a screen shows them.

use super::Diff;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The same line on both sides.
    Same,
    /// No change as far as the options go; `old` or `new` may be missing.
    Near,
    /// Only `old` is set (unified), or the left side of a split row.
    Removed,
    Added,
    /// Split only: an old line beside a new one.
    Changed,
    /// Stands for this many hidden lines of each side, which begin at the row's `old` and `new`.
    Fold {
        old: usize,
        new: usize,
    },
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

impl Row {
    /// Whether the row shows, or hides in a fold, a line of the old (`true`) or the new text.
    pub fn holds(&self, of_old: bool, line: usize) -> bool {
        let (first, folded) = match (of_old, self.kind) {
            (true, Kind::Fold { old, .. }) => (self.old, old),
            (false, Kind::Fold { new, .. }) => (self.new, new),
            (true, _) => (self.old, 1),
            (false, _) => (self.new, 1),
        };
        first.is_some_and(|first| (first..first + folded).contains(&line))
    }
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
        let (mut rows, mut same) = (Vec::new(), Vec::new());
        let mut quiet = self.quiet.iter().peekable();
        let (mut old, mut new) = (0, 0);
        for index in 0..=self.changes.len() {
            let (first, last) = (index == 0, index == self.changes.len());
            let at = self.changes.get(index);
            let end = at.map_or((self.old.len(), self.new.len()), |change| (change.old.start, change.new.start));
            same.clear();
            while let Some((was, is)) = quiet.next_if(|(was, is)| was.end <= end.0 && is.end <= end.1) {
                self.alike(&mut same, (old, new), was.start);
                let row = |old, new| Row { kind: Kind::Near, old, new, change: None };
                same.extend(was.clone().map(|line| row(Some(line), None)));
                same.extend(is.clone().map(|line| row(None, Some(line))));
                (old, new) = (was.end, is.end);
            }
            self.alike(&mut same, (old, new), end.0);
            // Where nothing is folded, two texts that are the same stand whole too.
            let edge = if context == usize::MAX { context } else { 0 };
            fold(&mut rows, &same, if first { edge } else { context }, if last { edge } else { context });
            if let Some(at) = at {
                change(index, &mut rows);
                (old, new) = (at.old.end, at.new.end);
            }
        }
        rows
    }

    /// Lines that count as the same, from `old` and `new` on up to old line `end`.
    fn alike(&self, rows: &mut Vec<Row>, (old, new): (usize, usize), end: usize) {
        rows.extend((old..end).zip(new..).map(|(old, new)| {
            let kind = if self.old.line(old) == self.new.line(new) { Kind::Same } else { Kind::Near };
            Row { kind, old: Some(old), new: Some(new), change: None }
        }));
    }
}

/// Rows between two changes, of which `before` at the start and `after` at the end stay. One line is never folded: the
/// fold would take as much room.
fn fold(rows: &mut Vec<Row>, same: &[Row], before: usize, after: usize) {
    let kept = before.saturating_add(after);
    if same.len() <= kept.saturating_add(1) {
        rows.extend_from_slice(same);
        return;
    }
    let (head, rest) = same.split_at(before);
    let (hidden, tail) = rest.split_at(rest.len() - after);
    let old = hidden.iter().filter(|row| row.old.is_some()).count();
    let new = hidden.iter().filter(|row| row.new.is_some()).count();
    rows.extend_from_slice(head);
    rows.push(Row {
        kind: Kind::Fold { old, new },
        old: hidden.iter().find_map(|row| row.old),
        new: hidden.iter().find_map(|row| row.new),
        change: None,
    });
    rows.extend_from_slice(tail);
}
