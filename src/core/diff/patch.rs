//! A diff as text that `patch` and `git apply` take.

use std::fmt::Write;

use super::{Diff, Kind};

/// A line of a patch: kept, taken or put.
#[derive(Clone, Copy)]
enum Op {
    Keep { new: usize },
    Take { old: usize },
    Put { new: usize },
}

impl Diff {
    /// The unified format with `context` unchanged lines round a change, under the two names. Made of what the texts
    /// hold: use a diff whose options hide nothing.
    pub fn patch(&self, old: &str, new: &str, context: usize) -> String {
        let ops = self.ops();
        let changes = |op: &Op| !matches!(op, Op::Keep { .. });
        if !ops.iter().any(changes) {
            return String::new();
        }
        let mut shown = vec![false; ops.len()];
        for (at, _) in ops.iter().enumerate().filter(|(_, op)| changes(op)) {
            let last = at.saturating_add(context).min(ops.len() - 1);
            shown[at.saturating_sub(context)..=last].fill(true);
        }
        let mut text = format!("--- {old}\n+++ {new}\n");
        let (mut at, mut done) = (0, (0, 0));
        for same in shown.chunk_by(|a, b| a == b) {
            let part = &ops[at..at + same.len()];
            at += same.len();
            let olds = part.iter().filter(|op| !matches!(op, Op::Put { .. })).count();
            let news = part.iter().filter(|op| !matches!(op, Op::Take { .. })).count();
            if same[0] {
                // A side without lines is placed behind the line before it.
                let first = |done: usize, lines: usize| done + usize::from(lines > 0);
                let (from, to) = (first(done.0, olds), first(done.1, news));
                let _ = writeln!(text, "@@ -{from},{olds} +{to},{news} @@");
                part.iter().for_each(|op| self.write(*op, &mut text));
            }
            done = (done.0 + olds, done.1 + news);
        }
        text
    }

    /// All lines in their order. A line that ends in a newline on one side alone is changed.
    fn ops(&self) -> Vec<Op> {
        let mut ops = Vec::new();
        let pair = |old, new| match self.ends(true, old) == self.ends(false, new) {
            true => vec![Op::Keep { new }],
            false => vec![Op::Take { old }, Op::Put { new }],
        };
        for row in self.unified(usize::MAX) {
            match (row.kind, row.old, row.new) {
                (Kind::Removed, Some(old), _) => ops.push(Op::Take { old }),
                (Kind::Added, _, Some(new)) => ops.push(Op::Put { new }),
                // Two texts without a change are one fold.
                (Kind::Fold { old: count, .. }, Some(old), Some(new)) => {
                    ops.extend((0..count).flat_map(|at| pair(old + at, new + at)));
                }
                (_, Some(old), Some(new)) => ops.extend(pair(old, new)),
                (_, None, Some(new)) => ops.push(Op::Put { new }),
                (_, Some(old), None) => ops.push(Op::Take { old }),
                (_, None, None) => {}
            }
        }
        ops
    }

    fn ends(&self, of_old: bool, line: usize) -> bool {
        let source = if of_old { &self.old } else { &self.new };
        source.ends_in_newline() || line + 1 < source.len()
    }

    fn write(&self, op: Op, text: &mut String) {
        let (sign, of_old, line) = match op {
            Op::Keep { new } => (' ', false, new),
            Op::Take { old } => ('-', true, old),
            Op::Put { new } => ('+', false, new),
        };
        let source = if of_old { &self.old } else { &self.new };
        let _ = writeln!(text, "{sign}{}", source.line(line));
        if !self.ends(of_old, line) {
            text.push_str("\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Diff, Options};

    /// What a patch makes of a text, read by its own rules.
    fn apply(old: &str, patch: &str) -> String {
        let lines: Vec<&str> = old.split_inclusive('\n').collect();
        let (mut out, mut at) = (String::new(), 0);
        let rows: Vec<&str> = patch.lines().skip(2).collect();
        for (index, row) in rows.iter().enumerate() {
            let ended = rows.get(index + 1).is_none_or(|next| !next.starts_with('\\'));
            let newline = if ended { "\n" } else { "" };
            match row.split_at(1) {
                ("@", rest) => {
                    let from: Vec<usize> = rest
                        .split(' ')
                        .find_map(|word| word.strip_prefix('-'))
                        .unwrap_or_default()
                        .split(',')
                        .map(|number| number.parse().unwrap())
                        .collect();
                    let start = if from[1] > 0 { from[0] - 1 } else { from[0] };
                    out.extend(lines[at..start].iter().copied());
                    at = start;
                }
                ("-", rest) => {
                    assert_eq!(lines[at], format!("{rest}{newline}"));
                    at += 1;
                }
                ("+", rest) => out.push_str(&format!("{rest}{newline}")),
                (" ", rest) => {
                    assert_eq!(lines[at], format!("{rest}{newline}"));
                    out.push_str(lines[at]);
                    at += 1;
                }
                _ => {}
            }
        }
        out.extend(lines[at..].iter().copied());
        out
    }

    #[test]
    fn a_patch_names_files_and_lines() {
        let diff = Diff::between("a\nb\nc\n", "a\nx\nc", &Options::default());
        let patch = diff.patch("a/f.py", "b/f.py", 1);
        let wanted = "--- a/f.py\n+++ b/f.py\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n-c\n+c\n\\ No newline at end of file\n";
        assert_eq!(patch, wanted);
        assert_eq!(Diff::between("same\n", "same\n", &Options::default()).patch("a", "b", 3), "");
    }

    proptest! {
        #[test]
        fn a_patch_makes_the_new_text_of_the_old(
            old in prop::collection::vec("[abc]{0,2}", 0..14),
            new in prop::collection::vec("[abc]{0,2}", 0..14),
            ends in prop::collection::vec(any::<bool>(), 2),
            context in 0usize..4,
        ) {
            let text = |lines: Vec<String>, ended: bool| {
                let mut text = lines.join("\n");
                if ended && !text.is_empty() { text.push('\n') }
                text
            };
            let (old, new) = (text(old, ends[0]), text(new, ends[1]));
            let diff = Diff::between(&old, &new, &Options::default());
            let patch = diff.patch("a", "b", context);
            let made = if patch.is_empty() { old.clone() } else { apply(&old, &patch) };
            prop_assert_eq!(made, new, "{}", patch);
        }
    }
}
