//! Search in what is shown: every match of a text, in the order in which a reader comes to it.

use std::collections::HashMap;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::shown::Body;
use super::text::Page;
use crate::core::diff::Kind;
use crate::tui::widgets::{Layout, Sides};

/// Matches that are counted at most, and bytes that are looked at: no text freezes a key.
pub const MOST: usize = 9_999;
const MOST_BYTES: usize = 16 << 20;

/// A text that is looked for, as it stands; without a capital letter it matches either case.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    pub fn new(query: &str) -> Option<Self> {
        let exact = query.chars().any(char::is_uppercase);
        let regex = RegexBuilder::new(&regex::escape(query)).case_insensitive(!exact).build();
        regex.ok().filter(|_| !query.is_empty()).map(Self)
    }

    /// Bytes of each match.
    pub fn find<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.0.find_iter(text).map(|found| found.range())
    }
}

/// Where a match begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// In the old text of a diff.
    pub of_old: bool,
    /// From 0: of code, of a page's screen rows, of the steps.
    pub line: usize,
    pub bytes: Range<usize>,
}

/// Bytes of a line that belong to a match, and the number of the match.
pub type Part = (Range<usize>, usize);

/// Every match, and what of them stands on each line, of the old text (`true`) or the new one.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    pub all: Vec<Hit>,
    pub on: HashMap<(bool, usize), Vec<Part>>,
    /// There are more than were counted.
    pub more: bool,
    looked_at: usize,
}

impl Hits {
    fn is_full(&mut self, bytes: usize) -> bool {
        self.looked_at += bytes;
        self.more |= self.all.len() >= MOST || self.looked_at > MOST_BYTES;
        self.more
    }

    /// A line; `mirror` is a line of the old text that shows the same beside it.
    pub(super) fn line(&mut self, pattern: &Pattern, of_old: bool, line: usize, text: &str, mirror: Option<usize>) {
        if self.is_full(text.len()) {
            return;
        }
        for bytes in pattern.find(text) {
            if self.is_full(0) {
                return;
            }
            let number = self.all.len();
            for place in [Some((of_old, line)), mirror.map(|line| (true, line))].into_iter().flatten() {
                self.on.entry(place).or_default().push((bytes.clone(), number));
            }
            self.all.push(Hit { of_old, line, bytes });
        }
    }

    /// A page, whose wrapped lines are searched whole.
    fn page(&mut self, pattern: &Pattern, page: &Page) {
        let mut at = 0;
        while at < page.lines.len() {
            let (text, pieces, next) = page.unwrapped(at);
            if self.is_full(text.len()) {
                return;
            }
            for found in pattern.find(&text) {
                if self.is_full(0) {
                    return;
                }
                let number = self.all.len();
                let mut first = None;
                for piece in &pieces {
                    let start = found.start.max(piece.at);
                    let end = found.end.min(piece.at + piece.bytes.len());
                    if start < end {
                        let bytes = piece.bytes.start + start - piece.at..piece.bytes.start + end - piece.at;
                        first.get_or_insert_with(|| Hit { of_old: false, line: piece.row, bytes: bytes.clone() });
                        self.on.entry((false, piece.row)).or_default().push((bytes, number));
                    }
                }
                self.all.extend(first);
            }
            at = next;
        }
    }
}

pub fn find(body: &Body, pattern: &Pattern) -> Hits {
    let mut hits = Hits::default();
    match body {
        Body::Nothing => {}
        Body::Code(doc) => {
            (0..doc.source.len()).for_each(|line| hits.line(pattern, false, line, doc.source.line(line), None));
        }
        Body::Diff(doc) => {
            // What is folded away counts too.
            let rows = match doc.layout {
                Layout::Unified => doc.diff.unified(usize::MAX),
                Layout::Split => doc.diff.split(usize::MAX),
            };
            for row in &rows {
                for (of_old, line) in Sides::drawn(row, doc.layout) {
                    let same = row.kind == Kind::Same;
                    let source = if of_old { &doc.diff.old } else { &doc.diff.new };
                    if !(of_old && same) {
                        hits.line(pattern, of_old, line, source.line(line), row.old.filter(|_| same && !of_old));
                    }
                }
            }
        }
        Body::Text(page) => hits.page(pattern, page),
    }
    hits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::style::Role;

    fn found(query: &str, text: &str) -> Vec<Range<usize>> {
        Pattern::new(query).map(|pattern| pattern.find(text).collect()).unwrap_or_default()
    }

    #[test]
    fn case_counts_where_a_capital_is_typed() {
        assert_eq!(found("sql", "SQL sql").len(), 2);
        assert_eq!(found("Sql", "SQL sql Sql"), vec![8..11; 1]);
        assert_eq!(found("", "anything").len(), 0);
        assert_eq!(found("a.c", "abc a.c"), vec![4..7; 1], "no letter is special");
        assert_eq!(found("é", "É é"), [0..2, 3..5]);
    }

    #[test]
    fn a_match_over_the_break_of_a_wrapped_line_is_one() {
        let mut page = Page::new(12);
        page.indented(Role::Text, 2, "one two three four");
        assert!(page.lines.len() > 1);
        let hits = find(&Body::Text(page), &Pattern::new("two three").unwrap());
        assert_eq!(hits.all.len(), 1);
        assert_eq!(hits.on.keys().map(|(_, row)| *row).collect::<std::collections::BTreeSet<_>>().len(), 2);
        let mut page = Page::new(9);
        page.text(Role::Text, "abcdefghijklmno");
        assert_eq!(find(&Body::Text(page), &Pattern::new("hijk").unwrap()).all.len(), 1);
    }

    #[test]
    fn the_work_is_bounded_and_says_so() {
        let mut page = Page::new(80);
        (0..3 * MOST).for_each(|_| page.text(Role::Text, "x"));
        let hits = find(&Body::Text(page), &Pattern::new("x").unwrap());
        assert!(hits.more && hits.all.len() == MOST);
        let mut hits = Hits::default();
        hits.line(&Pattern::new("x").unwrap(), false, 0, &"x".repeat(3 * MOST), None);
        assert!(hits.more && hits.all.len() == MOST, "on one line too");
    }
}
