//! A diff as text that `patch` and `git apply` take.

use std::fmt::Write;
use std::ops::Range;

use super::{Diff, Kind, Row};

impl Diff {
    /// The unified format with `context` unchanged lines round a change, under the two names. Made of what the texts
    /// hold: use a diff whose options hide nothing.
    pub fn patch(&self, old: &str, new: &str, context: usize) -> String {
        if self.is_same() && self.old.ends_in_newline() == self.new.ends_in_newline() {
            return String::new();
        }
        let rows = self.unified(usize::MAX);
        let changed = |row: &Row| row.change.is_some() || self.ends_apart(row);
        // The rows near a change, by hunks: what lies between two of them is left out.
        let mut hunks: Vec<Range<usize>> = Vec::new();
        for at in (0..rows.len()).filter(|at| changed(&rows[*at])) {
            let (from, to) = (at.saturating_sub(context), at.saturating_add(context + 1).min(rows.len()));
            match hunks.last_mut() {
                Some(last) if last.end >= from => last.end = to,
                _ => hunks.push(from..to),
            }
        }
        let mut text = format!("--- {old}\n+++ {new}\n");
        for hunk in hunks {
            let (before, hunk) = (&rows[..hunk.start], &rows[hunk]);
            let done = |side: fn(&Row) -> Option<usize>| before.iter().rev().find_map(side).map_or(0, |line| line + 1);
            let done = (done(|row| row.old), done(|row| row.new));
            let count = |side: fn(&Row) -> Option<usize>| hunk.iter().filter(|row| side(row).is_some()).count();
            let (olds, news) = (count(|row| row.old), count(|row| row.new));
            // A side without lines is placed behind the line before it.
            let first = |side: fn(&Row) -> Option<usize>, done: usize, lines: usize| {
                hunk.iter().find_map(side).unwrap_or(done) + usize::from(lines > 0)
            };
            let (from, to) = (first(|row| row.old, done.0, olds), first(|row| row.new, done.1, news));
            let _ = writeln!(text, "@@ -{from},{olds} +{to},{news} @@");
            hunk.iter().for_each(|row| self.patch_row(row, &mut text));
        }
        text
    }

    /// Whether a line ends in a newline.
    fn ends(&self, old: bool, line: usize) -> bool {
        let source = if old { &self.old } else { &self.new };
        source.ends_in_newline() || line + 1 < source.len()
    }

    /// The same words, but a newline after them in one of the texts only.
    fn ends_apart(&self, row: &Row) -> bool {
        row.old.zip(row.new).is_some_and(|(old, new)| self.ends(true, old) != self.ends(false, new))
    }

    fn patch_row(&self, row: &Row, text: &mut String) {
        let mut put = |sign: char, old: bool, line: usize| {
            let source = if old { &self.old } else { &self.new };
            let _ = writeln!(text, "{sign}{}", source.line(line));
            if !self.ends(old, line) {
                text.push_str("\\ No newline at end of file\n");
            }
        };
        match (row.kind, row.old, row.new) {
            (Kind::Removed, Some(old), _) => put('-', true, old),
            (Kind::Added, _, Some(new)) => put('+', false, new),
            (_, Some(old), Some(new)) if self.ends_apart(row) => {
                put('-', true, old);
                put('+', false, new);
            }
            (_, _, Some(new)) => put(' ', false, new),
            _ => {}
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
