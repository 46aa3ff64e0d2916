//! A diff as text that `patch` and `git apply` take.

use std::fmt::Write;

use super::{Diff, Kind, Row};

impl Diff {
    /// The unified format with `context` unchanged lines round a change, under the two names. Made of what the texts
    /// hold: use a diff whose options hide nothing.
    pub fn patch(&self, old: &str, new: &str, context: usize) -> String {
        if self.is_same() && self.old.ends_in_newline() == self.new.ends_in_newline() {
            return String::new();
        }
        let mut text = format!("--- {old}\n+++ {new}\n");
        let rows = self.unified(context);
        let mut done = (0, 0);
        for hunk in rows.split(|row| matches!(row.kind, Kind::Fold { .. })).filter(|hunk| !hunk.is_empty()) {
            let count = |side: fn(&Row) -> Option<usize>| hunk.iter().filter(|row| side(row).is_some()).count();
            let (olds, news) = (count(|row| row.old), count(|row| row.new));
            // A side without lines is placed behind the line before it.
            let first = |side: fn(&Row) -> Option<usize>, done: usize, lines: usize| {
                hunk.iter().find_map(side).unwrap_or(done) + usize::from(lines > 0)
            };
            let (from, to) = (first(|row| row.old, done.0, olds), first(|row| row.new, done.1, news));
            let _ = writeln!(text, "@@ -{from},{olds} +{to},{news} @@");
            for row in hunk {
                self.patch_row(row, &mut text);
                done = (row.old.map_or(done.0, |line| line + 1), row.new.map_or(done.1, |line| line + 1));
            }
        }
        text
    }

    fn patch_row(&self, row: &Row, text: &mut String) {
        let ends = |old: bool, line: usize| {
            let source = if old { &self.old } else { &self.new };
            source.ends_in_newline() || line + 1 < source.len()
        };
        let mut put = |sign: char, old: bool, line: usize| {
            let source = if old { &self.old } else { &self.new };
            let _ = writeln!(text, "{sign}{}", source.line(line));
            if !ends(old, line) {
                text.push_str("\\ No newline at end of file\n");
            }
        };
        match (row.kind, row.old, row.new) {
            (Kind::Removed, Some(old), _) => put('-', true, old),
            (Kind::Added, _, Some(new)) => put('+', false, new),
            // The same words, but one of the texts ends without a newline.
            (_, Some(old), Some(new)) if ends(true, old) != ends(false, new) => {
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
