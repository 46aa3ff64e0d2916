//! Search in what is shown: every match of a text, in the order in which a reader comes to it.

use std::collections::HashMap;
use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::App;
use super::input::Input;
use super::layout;
use super::model::{Overlay, Pane, Screen};
use super::shown::Body;
use super::text::Page;
use crate::core::diff::Kind;
use crate::core::escape;
use crate::tui::widgets::{Layout, Sides};

/// Matches that are counted at most, and bytes that are looked at: no text freezes a key.
pub const MOST: usize = 9_999;
const MOST_BYTES: usize = 16 << 20;
/// Lines that stay in sight above a match that is gone to.
const LEAD: usize = 3;

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

/// Every match, and what of it stands on each line: bytes, and the number of the match.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    pub all: Vec<Hit>,
    pub on: HashMap<(bool, usize), Vec<(Range<usize>, usize)>>,
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
    fn line(&mut self, pattern: &Pattern, of_old: bool, line: usize, text: &str, mirror: Option<usize>) {
        if self.is_full(text.len()) {
            return;
        }
        for bytes in pattern.find(text) {
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

/// A search that is on.
#[derive(Debug, Clone)]
pub struct Search {
    /// The timeline, or the main pane with whatever it shows.
    pub pane: Pane,
    pub query: String,
    pub pattern: Option<Pattern>,
    pub hits: Hits,
    /// The match that the reader is at.
    pub at: usize,
    /// What was searched.
    edition: u64,
    /// Where the reader was before: scroll and line of the timeline.
    from: ((usize, usize), usize),
}

impl Search {
    /// `3 of 17`.
    pub fn words(&self) -> String {
        let more = if self.hits.more { "+" } else { "" };
        match self.hits.all.len() {
            0 if self.query.is_empty() => String::new(),
            0 => format!("no match{}", if self.hits.more { " in the first part" } else { "" }),
            count => format!("{} of {count}{more}", self.at + 1),
        }
    }

    /// What is searched for, and how often it is there.
    pub fn title(&self) -> String {
        format!("/{}  {}", self.query, self.words())
    }

    fn here(&self) -> Option<&Hit> {
        self.hits.all.get(self.at)
    }
}

impl App {
    /// The search of the pane, as long as the steps are shown.
    pub fn search_in(&self, pane: Pane) -> Option<&Search> {
        self.search.as_deref().filter(|search| self.screen == Screen::Steps && search.pane == pane)
    }

    pub(super) fn open_search(&mut self) {
        let pane = if self.pane == Pane::Steps { Pane::Steps } else { Pane::Main };
        let cursor = self.item.as_ref().map_or(0, |item| item.cursor);
        let search = Search {
            pane,
            query: String::new(),
            pattern: None,
            hits: Hits::default(),
            at: 0,
            edition: 0,
            from: (self.scroll, cursor),
        };
        self.end_search();
        self.search = Some(Box::new(search));
        self.overlay = Some(Overlay::Search(Input::default()));
    }

    /// Searches for what is typed so far, from where the search began.
    pub(super) fn set_search(&mut self, query: &str) {
        let Some(search) = &mut self.search else { return };
        search.query = query.to_owned();
        search.pattern = Pattern::new(query);
        let (scroll, cursor) = search.from;
        self.go_back_to(scroll, cursor);
        self.find_all();
        let Some(search) = &self.search else { return };
        let from = if search.pane == Pane::Steps { cursor } else { scroll.0 };
        self.go_to_hit(self.first_hit_from(from).unwrap_or(0));
    }

    fn go_back_to(&mut self, scroll: (usize, usize), cursor: usize) {
        self.scroll = scroll;
        if let (Some(Pane::Steps), Some(item)) = (self.search.as_ref().map(|search| search.pane), &mut self.item) {
            item.cursor = cursor.min(item.lines.len().saturating_sub(1));
        }
    }

    /// Leaves the search and goes back to where it began.
    pub(super) fn drop_search(&mut self) {
        if let Some((scroll, cursor)) = self.search.as_ref().map(|search| search.from) {
            self.go_back_to(scroll, cursor);
        }
        self.end_search();
    }

    pub(super) fn end_search(&mut self) {
        self.search = None;
        self.shown.mark_hits(None);
    }

    pub(super) fn go_to_match(&mut self, by: isize) {
        let Some(search) = &self.search else { return };
        let count = search.hits.all.len() as isize;
        if count > 0 {
            self.go_to_hit((search.at as isize + by).rem_euclid(count) as usize);
        }
    }

    /// Matches again where what is shown has changed; called after every message.
    pub(super) fn keep_search(&mut self) {
        let Some(search) = self.search.as_ref().filter(|_| self.screen == Screen::Steps) else { return };
        if search.pane == Pane::Main && search.edition == self.shown.edition {
            return;
        }
        let before = search.here().cloned();
        self.find_all();
        let Some(search) = &self.search else { return };
        let same = before.and_then(|before| search.hits.all.iter().position(|hit| *hit == before));
        let from = if search.pane == Pane::Steps { 0 } else { self.scroll.0 };
        let at = same.or_else(|| self.first_hit_from(from)).unwrap_or(0);
        self.set_hit(at);
    }

    fn find_all(&mut self) {
        let Some(search) = &mut self.search else { return };
        search.edition = self.shown.edition;
        search.hits = match (&search.pattern, search.pane) {
            (None, _) => Hits::default(),
            (Some(pattern), Pane::Steps) => {
                let mut hits = Hits::default();
                for (line, step) in self.item.iter().flat_map(|item| &item.lines).enumerate() {
                    hits.line(pattern, false, line, &format!("{} {}", step.head, step.tail), None);
                }
                hits
            }
            (Some(pattern), _) => find(&self.shown.body, pattern),
        };
        search.at = search.at.min(search.hits.all.len().saturating_sub(1));
        self.shown.mark_hits(self.search.as_deref().filter(|search| search.pane == Pane::Main));
    }

    /// The first match at this row or below it.
    fn first_hit_from(&self, row: usize) -> Option<usize> {
        let search = self.search.as_ref()?;
        if search.pane == Pane::Steps {
            return search.hits.all.iter().position(|hit| hit.line >= row);
        }
        let rows = self.shown.rows_of(&search.hits.all);
        rows.into_iter().position(|at| at.is_some_and(|at| at >= row))
    }

    fn set_hit(&mut self, at: usize) {
        if let Some(search) = &mut self.search {
            search.at = at.min(search.hits.all.len().saturating_sub(1));
        }
        self.shown.mark_hits(self.search.as_deref().filter(|search| search.pane == Pane::Main));
    }

    /// Goes to a match, out of a fold where it is in one.
    fn go_to_hit(&mut self, at: usize) {
        self.set_hit(at);
        let Some((pane, hit)) = self.search.as_ref().and_then(|search| Some((search.pane, search.here()?.clone())))
        else {
            return;
        };
        if pane == Pane::Steps {
            if let Some(item) = &mut self.item
                && item.cursor != hit.line
            {
                item.cursor = hit.line.min(item.lines.len().saturating_sub(1));
                self.scroll = (0, 0);
            }
            return;
        }
        if self.shown.is_folded(&hit) {
            self.shown.unfolded.push((hit.of_old, hit.line));
            self.prepare();
            self.keep_search();
        }
        let Some(row) = self.shown.row_of(&hit) else { return };
        let area = layout::main_body(self);
        let height = area.height as usize;
        if row < self.scroll.0 || row >= self.scroll.0 + height {
            self.scroll.0 = row.saturating_sub(LEAD.min(height / 2));
        }
        if let Some((column, width, room)) = self.shown.columns_of(&hit, area.width as usize) {
            let out = column < self.scroll.1 || column + width > self.scroll.1 + room;
            self.scroll.1 = match out {
                true if column + width <= room => 0,
                true => column.saturating_sub(room / 3),
                false => self.scroll.1,
            };
        }
    }
}

impl super::shown::Shown {
    pub fn is_folded(&self, hit: &Hit) -> bool {
        let Body::Diff(doc) = &self.body else { return false };
        let row = doc.rows.iter().find(|row| row.holds(hit.of_old, hit.line));
        row.is_some_and(|row| matches!(row.kind, Kind::Fold { .. }))
    }

    /// The screen row that a match begins on; for one in a fold, that of the fold.
    pub fn row_of(&self, hit: &Hit) -> Option<usize> {
        self.rows_of(std::slice::from_ref(hit)).pop().flatten()
    }

    fn rows_of(&self, hits: &[Hit]) -> Vec<Option<usize>> {
        let Body::Diff(doc) = &self.body else { return hits.iter().map(|hit| Some(hit.line)).collect() };
        // One walk over the rows for all matches.
        let mut wanted: HashMap<(bool, usize), Option<usize>> =
            hits.iter().map(|hit| ((hit.of_old, hit.line), None)).collect();
        for (at, row) in doc.rows.iter().enumerate() {
            let (old, new) = match row.kind {
                Kind::Fold { old, new } => (old, new),
                _ => (1, 1),
            };
            for (of_old, first, count) in [(true, row.old, old), (false, row.new, new)] {
                let Some(first) = first else { continue };
                for line in first..first + count {
                    if let Some(place) = wanted.get_mut(&(of_old, line)) {
                        place.get_or_insert(at);
                    }
                }
            }
        }
        let screen = |hit: &Hit| {
            let row = wanted.get(&(hit.of_old, hit.line)).copied().flatten()?;
            let part = doc.wrap.as_ref().map_or(0, |wrap| wrap.part_of(hit.of_old, hit.line, hit.bytes.start));
            let folded = matches!(doc.rows[row].kind, Kind::Fold { .. });
            Some(doc.screen_of(row) + if folded { 0 } else { part })
        };
        hits.iter().map(screen).collect()
    }

    /// Column and columns of a match, and the columns in sight; `None` where nothing is scrolled sideways.
    fn columns_of(&self, hit: &Hit, width: usize) -> Option<(usize, usize, usize)> {
        let (source, room) = match &self.body {
            Body::Code(doc) => (&doc.source, width),
            Body::Diff(doc) if doc.wrap.is_none() => {
                let source = if hit.of_old { &doc.diff.old } else { &doc.diff.new };
                (source, if doc.layout == Layout::Split { width.saturating_sub(1) / 2 } else { width })
            }
            _ => return None,
        };
        let digits = (source.len().max(1).ilog10() as usize + 1).max(3);
        let line = source.line(hit.line);
        let column = escape::width(&line[..hit.bytes.start], 0, escape::TAB);
        let wide = escape::width(&line[hit.bytes.clone()], column, escape::TAB);
        // The sign of what is cut off takes a column at each end.
        Some((column, wide + 1, room.saturating_sub(digits + 4).max(1)))
    }

    /// Puts the matches beside the code that they are in, or takes them away.
    fn mark_hits(&mut self, search: Option<&Search>) {
        let of = |old: bool| {
            let on = search.map(|search| search.hits.on.iter().filter(|((of_old, _), _)| *of_old == old));
            on.into_iter().flatten().map(|((_, line), ranges)| (*line, ranges.clone())).collect::<HashMap<_, _>>()
        };
        let here = search.map(|search| search.at);
        match &mut self.body {
            Body::Code(doc) => doc.marks.set_hits(of(false), here),
            Body::Diff(doc) => {
                doc.old.marks.set_hits(of(true), here);
                doc.new.marks.set_hits(of(false), here);
            }
            _ => {}
        }
    }
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
        assert_eq!(found("Sql", "SQL sql Sql"), [8..11]);
        assert_eq!(found("", "anything").len(), 0);
        assert_eq!(found("a.c", "abc a.c"), [4..7], "no letter is special");
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
    }
}
