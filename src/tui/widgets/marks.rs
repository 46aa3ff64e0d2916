use std::collections::HashMap;
use std::ops::Range;

use crate::core::finding::Finding;
use crate::tui::style::Role;

/// A finding covers no more lines than this in the gutter: a scanner may report a whole file.
const MOST_LINES: u32 = 500;

/// What stands beside the lines of one text, by index from 0: findings, and what a search found.
#[derive(Debug, Clone, Default)]
pub struct Marks {
    lines: HashMap<usize, Mark>,
    /// What a search found, by line: bytes, and the number of the match.
    hits: HashMap<usize, Vec<(Range<usize>, usize)>>,
    /// The match that the reader is at.
    here: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    pub role: Role,
    /// The rules that begin on this line, each with its CWE: `B608 CWE-89`.
    pub label: String,
    /// The rules alone, for where the code needs the room.
    pub short: String,
    /// Not a finding: a hint, with a sign and no ground, whose words give way to the code.
    pub hint: bool,
}

impl Marks {
    pub fn new<'a>(findings: impl IntoIterator<Item = &'a Finding>) -> Self {
        let mut marks: HashMap<usize, Mark> = HashMap::new();
        for finding in findings {
            let role = if finding.suppressed.is_some() { Role::Warn } else { Role::FindingBar };
            let first = finding.line.max(1);
            let last = finding.end_line.max(first).min(first.saturating_add(MOST_LINES));
            for line in first..=last {
                let mark = marks.entry(line as usize - 1).or_insert_with(|| Mark {
                    role,
                    label: String::new(),
                    short: String::new(),
                    hint: false,
                });
                if role == Role::FindingBar {
                    mark.role = role;
                }
                if line == first {
                    label(mark, finding);
                }
            }
        }
        Self { lines: marks, ..Self::default() }
    }

    /// Says something else of a line (from 1) that a careful reader should see; a finding's bar stays above it.
    /// `short` stands where the code needs the room.
    pub fn note(&mut self, line: u32, words: &str, short: &str) {
        let mark = self.lines.entry(line.max(1) as usize - 1);
        let plain = || Mark { role: Role::Warn, label: String::new(), short: String::new(), hint: false };
        let mark = mark.or_insert_with(plain);
        for (text, words) in [(&mut mark.label, words), (&mut mark.short, short)] {
            if text.split(", ").any(|said| said == words) {
                continue;
            }
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(words);
        }
    }

    /// A hint on lines `first` to `last` (from 1); its words stand at the first. A line that a finding is on stays the
    /// finding's.
    pub fn hint(&mut self, first: u32, last: u32, words: &str, short: &str, role: Role) {
        let first = first.max(1);
        for line in first..=last.clamp(first, first.saturating_add(MOST_LINES)) {
            let plain = || Mark { role, label: String::new(), short: String::new(), hint: true };
            let mark = self.lines.entry(line as usize - 1).or_insert_with(plain);
            if !mark.hint || line != first {
                continue;
            }
            for (text, words) in [(&mut mark.label, words), (&mut mark.short, short)] {
                if !text.is_empty() {
                    text.push_str(", ");
                }
                text.push_str(words);
            }
        }
    }

    pub fn at(&self, line: usize) -> Option<&Mark> {
        self.lines.get(&line)
    }

    /// Takes what a search found on each line, ascending; nothing takes it away.
    pub fn set_hits(&mut self, hits: HashMap<usize, Vec<(Range<usize>, usize)>>, here: Option<usize>) {
        (self.hits, self.here) = (hits, here);
    }

    /// Bytes that a search found on a line, and whether the reader is there.
    pub(super) fn hits(&self, line: usize) -> impl Iterator<Item = (&Range<usize>, bool)> {
        let hits = self.hits.get(&line).map_or(&[][..], Vec::as_slice);
        hits.iter().map(|(bytes, number)| (bytes, Some(*number) == self.here))
    }
}

fn label(mark: &mut Mark, finding: &Finding) {
    for text in [&mut mark.label, &mut mark.short] {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&finding.rule);
    }
    if let Some(cwe) = finding.cwe {
        mark.label.push_str(&format!(" CWE-{cwe}"));
    }
    if let Some(by) = &finding.suppressed {
        mark.label.push_str(&format!(" {by}"));
    }
}
