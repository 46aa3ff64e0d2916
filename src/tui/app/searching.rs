//! A search that is on: what is typed, going from match to match, and keeping in step with what is shown.

use std::collections::HashMap;

use super::App;
use super::input::Input;
use super::layout;
use super::model::{Overlay, Pane, Screen};
use super::report::sheet::Place;
use super::search::{Hit, Hits, Pattern, find};
use super::shown::Body;
use crate::core::diff::Kind;
use crate::core::escape;
use crate::tui::widgets::Layout;

/// Lines that stay in sight above a match that is gone to.
const LEAD: usize = 3;

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The main pane, whatever it shows.
    Main,
    /// The timeline.
    Steps,
    /// The numbers of a page of the report, and their lines' names.
    Numbers,
}

/// A search that is on.
#[derive(Debug, Clone)]
pub struct Search {
    pub target: Target,
    pub query: String,
    pub pattern: Option<Pattern>,
    pub hits: Hits,
    /// The match that the reader is at.
    pub at: usize,
    /// Where each match stands among the numbers.
    places: Vec<Place>,
    /// What was searched.
    edition: u64,
    from: From,
}

/// Where the reader was before.
#[derive(Debug, Clone, Copy, Default)]
struct From {
    scroll: (usize, usize),
    /// The line of the timeline.
    cursor: usize,
    /// The number.
    place: Place,
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
    /// The search of what is shown, where it is of this kind.
    pub fn search_in(&self, target: Target) -> Option<&Search> {
        self.search.as_deref().filter(|search| search.target == target && self.is_searching())
    }

    /// A search is on, and what it searches is shown.
    pub fn is_searching(&self) -> bool {
        self.search.as_ref().is_some_and(|search| match search.target {
            Target::Numbers => self.screen == Screen::Report,
            Target::Main | Target::Steps => self.screen == Screen::Steps,
        })
    }

    pub(super) fn open_search(&mut self) {
        let target = match (self.screen, self.pane) {
            (Screen::Report, _) => Target::Numbers,
            (_, Pane::Steps) => Target::Steps,
            _ => Target::Main,
        };
        let from = From {
            scroll: self.scroll,
            cursor: self.item.as_ref().map_or(0, |item| item.cursor),
            place: self.report.as_ref().and_then(|report| report.place()).unwrap_or_default(),
        };
        let search = Search {
            target,
            query: String::new(),
            pattern: None,
            hits: Hits::default(),
            at: 0,
            places: Vec::new(),
            edition: 0,
            from,
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
        let (target, from) = (search.target, search.from);
        self.go_back_to(target, from);
        self.find_all();
        let row = match target {
            Target::Main => from.scroll.0,
            Target::Steps => from.cursor,
            Target::Numbers => from.place.line,
        };
        self.go_to_hit(self.first_hit_from(row).unwrap_or(0));
    }

    fn go_back_to(&mut self, target: Target, from: From) {
        match target {
            Target::Main => self.scroll = from.scroll,
            Target::Steps => {
                self.scroll = from.scroll;
                if let Some(item) = &mut self.item {
                    item.cursor = from.cursor.min(item.lines.len().saturating_sub(1));
                }
            }
            Target::Numbers => {
                if let Some(report) = &mut self.report {
                    report.set_place(from.place);
                }
            }
        }
    }

    /// Leaves the search and goes back to where it began.
    pub(super) fn drop_search(&mut self) {
        if let Some((target, from)) = self.search.as_ref().map(|search| (search.target, search.from)) {
            self.go_back_to(target, from);
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
        let Some(search) = self.search.as_ref().filter(|_| self.is_searching()) else { return };
        if search.target == Target::Main && search.edition == self.shown.edition {
            return;
        }
        let before = search.here().cloned();
        self.find_all();
        let Some(search) = &self.search else { return };
        let same = before.and_then(|before| search.hits.all.iter().position(|hit| *hit == before));
        let from = if search.target == Target::Main { self.scroll.0 } else { 0 };
        let at = same.or_else(|| self.first_hit_from(from)).unwrap_or(0);
        self.set_hit(at);
    }

    fn find_all(&mut self) {
        let Some(search) = &mut self.search else { return };
        search.edition = self.shown.edition;
        search.places.clear();
        search.hits = match (&search.pattern, search.target) {
            (None, _) => Hits::default(),
            (Some(pattern), Target::Numbers) => {
                let mut hits = Hits::default();
                let sheet = self.report.as_ref().map(|report| &report.sheet);
                for (at, line) in sheet.iter().flat_map(|sheet| &sheet.lines).enumerate() {
                    // The name stands for the line's first number.
                    let first = line.cells.iter().position(|cell| cell.evidence.is_some());
                    let texts = std::iter::once((first, line.name.as_str()))
                        .chain(line.cells.iter().enumerate().map(|(column, cell)| (Some(column), cell.text.as_str())));
                    for (column, text) in texts {
                        let Some(column) = column else { continue };
                        hits.line(pattern, false, at, text, None);
                        search.places.resize(hits.all.len(), Place { line: at, column });
                    }
                }
                hits
            }
            (Some(pattern), Target::Steps) => {
                let mut hits = Hits::default();
                for (line, step) in self.item.iter().flat_map(|item| &item.lines).enumerate() {
                    hits.line(pattern, false, line, &format!("{} {}", step.head, step.tail), None);
                }
                hits
            }
            (Some(pattern), _) => find(&self.shown.body, pattern),
        };
        search.at = search.at.min(search.hits.all.len().saturating_sub(1));
        self.shown.mark_hits(self.search.as_deref().filter(|search| search.target == Target::Main));
    }

    /// The first match at this row or below it.
    fn first_hit_from(&self, row: usize) -> Option<usize> {
        let search = self.search.as_ref()?;
        if search.target != Target::Main {
            return search.hits.all.iter().position(|hit| hit.line >= row);
        }
        let rows = self.shown.rows_of(&search.hits.all);
        rows.into_iter().position(|at| at.is_some_and(|at| at >= row))
    }

    fn set_hit(&mut self, at: usize) {
        if let Some(search) = &mut self.search {
            search.at = at.min(search.hits.all.len().saturating_sub(1));
        }
        self.shown.mark_hits(self.search.as_deref().filter(|search| search.target == Target::Main));
    }

    /// Goes to a match, out of a fold where it is in one.
    fn go_to_hit(&mut self, at: usize) {
        self.set_hit(at);
        let Some(search) = &self.search else { return };
        let Some(hit) = search.here().cloned() else { return };
        if search.target == Target::Numbers {
            if let (Some(place), Some(report)) = (search.places.get(search.at), &mut self.report) {
                report.set_place(*place);
            }
            return;
        }
        if search.target == Target::Steps {
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
