//! The list of items: one line per item with the outcome of every approach, filtered and sorted.

use std::sync::Arc;

use super::filter::{Filter, Haystack};
use super::order::Order;
use super::tested::{Share, Tests, Told};
use crate::core::ids::{ApproachId, StreamId};
use crate::core::item::Item;
use crate::core::label::LabelVerdict;
use crate::core::projection::Row;
use crate::core::settings::RunInfo;
use crate::review::book::{Counts, LabelBook};

/// What one approach made of an item.
#[derive(Debug, Clone)]
pub struct Cell {
    pub row: Row,
    /// The own label on the fix.
    pub label: Option<LabelVerdict>,
    /// The annotator does not judge the fix.
    pub skipped: bool,
    /// The fix or another version of it is to be looked at again.
    pub flagged: bool,
}

impl Cell {
    pub fn new(row: Row) -> Self {
        Self { row, label: None, skipped: false, flagged: false }
    }

    /// Adds what the cell counts for, or takes it away.
    fn count(&self, counts: &mut Counts, by: impl Fn(u32, u32) -> u32) {
        let change = |count: &mut u32, this: bool| *count = by(*count, u32::from(this));
        change(&mut counts.skipped, self.skipped);
        change(&mut counts.flagged, self.flagged);
        change(&mut counts.realistic, self.label == Some(LabelVerdict::Realistic));
        change(&mut counts.unrealistic, self.label == Some(LabelVerdict::Unrealistic));
        change(&mut counts.unsure, self.label == Some(LabelVerdict::Unsure));
    }

    pub fn waits_for_label(&self) -> bool {
        self.row.is_fix() && self.label.is_none() && !self.skipped
    }
}

/// One line: an item with the outcome of every approach of one sample.
#[derive(Debug, Clone)]
pub struct ListLine {
    pub item: Arc<Item>,
    pub sample: u32,
    /// The generation's row; `None` until something has happened to the item.
    pub generation: Option<Row>,
    /// The refinements that have begun, in the order of the approaches.
    pub cells: Vec<Cell>,
    /// How many of the item's samples pass, for each approach of the run.
    pub shares: Vec<Share>,
    haystack: Haystack,
}

impl ListLine {
    /// Sets what the book says of its fixes, and what it can be found by; `wanted` approaches make an item that is done.
    fn relabel(&mut self, book: &LabelBook, wanted: usize) {
        for cell in &mut self.cells {
            let row = &cell.row;
            let step = row.final_step().filter(|_| row.is_fix());
            let label = step.and_then(|step| book.settled(&self.item.id, row.stream, step));
            cell.label = label.and_then(|label| label.verdict);
            cell.skipped = label.is_some_and(|label| label.skip);
            cell.flagged = book.has_flag(&self.item.id, row.stream);
        }
        self.haystack.tag(&self.item, self.generation.as_ref(), &self.cells, wanted);
    }

    /// Any row: all of them tell the same of the generated code.
    pub fn row(&self) -> Option<&Row> {
        self.cells.first().map(|cell| &cell.row).or(self.generation.as_ref())
    }

    pub fn cell(&self, approach: ApproachId) -> Option<&Cell> {
        self.cells.iter().find(|cell| cell.row.stream.approach == approach)
    }

    /// The approach's row; before any refinement has begun, the generation's.
    pub fn row_of(&self, approach: ApproachId) -> Option<&Row> {
        let generation = self.generation.as_ref().filter(|_| self.cells.is_empty());
        self.cell(approach).map(|cell| &cell.row).or(generation)
    }

    /// The row of this very approach, the generation included where it is one.
    fn own_row(&self, approach: ApproachId) -> Option<&Row> {
        self.row_of(approach).filter(|row| row.stream.approach == approach)
    }

    /// What the test says of what the approach returned.
    pub fn told(&self, approach: ApproachId) -> Option<Told> {
        self.own_row(approach)?.test.as_ref().map(Told::of)
    }

    pub fn is_false_secure(&self, approach: ApproachId) -> bool {
        self.own_row(approach).is_some_and(Row::is_false_secure)
    }

    /// Answered requests of every refinement; while there is none, the generation's.
    pub fn calls(&self) -> u32 {
        match self.cells.as_slice() {
            [] => self.generation.as_ref().map_or(0, |row| row.calls),
            cells => cells.iter().map(|cell| cell.row.calls).sum(),
        }
    }
}

/// A run with its lines, as far as the screen knows it.
#[derive(Debug, Clone)]
pub struct ItemList {
    pub info: RunInfo,
    pub items: Vec<Arc<Item>>,
    /// What the run does with generated code, in its order; the generation alone where it does nothing more.
    pub approaches: Vec<ApproachId>,
    /// The approach that is looked at: what opens, and what outcome and label are ordered by.
    pub approach: ApproachId,
    pub lines: Vec<ListLine>,
    /// Indices into `lines`, filtered and sorted.
    pub visible: Vec<usize>,
    /// An index into `visible`.
    pub cursor: usize,
    pub query: String,
    pub order: Order,
    pub reversed: bool,
    pub book: LabelBook,
    pub counts: Counts,
    pub fixes: u32,
    pub tests: Tests,
    anchor: Option<usize>,
}

impl ItemList {
    pub fn new(info: RunInfo, items: Vec<Item>, rows: Vec<Row>, book: LabelBook) -> Self {
        let approaches = info.settings.requested();
        let fdsp = approaches.iter().find(|id| **id == ApproachId::Fdsp);
        let mut list = Self {
            info,
            approach: *fdsp.unwrap_or(&approaches[0]),
            approaches,
            items: items.into_iter().map(Arc::new).collect(),
            lines: Vec::new(),
            visible: Vec::new(),
            cursor: 0,
            query: String::new(),
            order: Order::default(),
            reversed: false,
            book,
            counts: Counts::default(),
            fixes: 0,
            tests: Tests::default(),
            anchor: None,
        };
        list.set_rows(rows);
        list
    }

    /// Takes a new projection in; the cursor stays on its item.
    pub fn set_rows(&mut self, rows: Vec<Row>) {
        let mut by_item: std::collections::HashMap<String, Vec<Row>> = std::collections::HashMap::new();
        for row in rows {
            by_item.entry(row.item.clone()).or_default().push(row);
        }
        let kept = self.identity();
        let mut old: std::collections::HashMap<String, Haystack> =
            self.lines.drain(..).map(|line| (line.item.id.clone(), line.haystack)).collect();
        let generates_beside = self.generates_beside();
        for item in &self.items {
            let haystack = old.remove(&item.id).unwrap_or_else(|| Haystack::of(item));
            let rows = by_item.remove(&item.id).unwrap_or_default();
            self.lines.extend(lines_of(item, rows, &haystack, generates_beside));
        }
        self.relabel();
        self.refresh(self.find(kept));
    }

    /// Replaces the lines of one item; [`ItemList::settle`] follows once all are in.
    pub fn set_item_rows(&mut self, id: &str, rows: Vec<Row>) {
        let range = self.samples_of(id);
        let Some(first) = range.clone().next() else { return };
        let (item, haystack) = (self.lines[first].item.clone(), self.lines[first].haystack.clone());
        let kept = self.identity();
        let generates_beside = self.generates_beside();
        self.lines.splice(range, lines_of(&item, rows, &haystack, generates_beside));
        if let Some(at) = self.find(kept) {
            self.anchor = Some(at);
        }
    }

    /// Labels, filter and order again, after [`ItemList::set_item_rows`].
    pub fn settle(&mut self) {
        let at = self.anchor.take().or_else(|| self.here());
        self.relabel();
        self.refresh(at);
    }

    /// Whether direct generation is one of several things that the run compares.
    fn generates_beside(&self) -> bool {
        self.several_approaches() && self.approaches.contains(&ApproachId::Generate)
    }

    fn identity(&self) -> Option<(String, u32)> {
        self.current().map(|line| (line.item.id.clone(), line.sample))
    }

    fn find(&self, kept: Option<(String, u32)>) -> Option<usize> {
        let (id, sample) = kept?;
        let same = self.lines.iter().position(|line| line.item.id == id && line.sample == sample);
        same.or_else(|| self.lines.iter().position(|line| line.item.id == id))
    }

    /// Applies the book to every line, after a label was stored.
    pub fn relabel(&mut self) {
        (self.counts, self.fixes) = (Counts::default(), 0);
        for line in &mut self.lines {
            line.relabel(&self.book, self.approaches.len());
            line.cells.iter().for_each(|cell| cell.count(&mut self.counts, u32::wrapping_add));
            self.fixes += line.cells.iter().filter(|cell| cell.row.is_fix()).count() as u32;
        }
        self.tests = Tests::count(&mut self.lines, &self.approaches);
    }

    /// The same for the lines of one item, then filter and order: a label must not cost what a large run does.
    pub fn settle_item(&mut self, id: &str) {
        let range = self.samples_of(id);
        for line in &mut self.lines[range] {
            line.cells.iter().for_each(|cell| cell.count(&mut self.counts, u32::wrapping_sub));
            line.relabel(&self.book, self.approaches.len());
            line.cells.iter().for_each(|cell| cell.count(&mut self.counts, u32::wrapping_add));
        }
        let at = self.here();
        self.refresh(at);
    }

    pub fn set_query(&mut self, query: &str) {
        self.query = query.to_owned();
        let at = self.here();
        self.refresh(at);
    }

    /// Looks at the next approach (`by` 1) or the one before (-1), round the end.
    pub fn turn_approach(&mut self, by: isize) {
        let here = self.approaches.iter().position(|id| *id == self.approach).unwrap_or(0) as isize;
        let at = (here + by).rem_euclid(self.approaches.len() as isize) as usize;
        self.look_at(self.approaches[at]);
    }

    pub fn look_at(&mut self, approach: ApproachId) {
        if self.approach != approach && self.approaches.contains(&approach) {
            self.approach = approach;
            if self.order.asks_approach() {
                let at = self.here();
                self.refresh(at);
            }
        }
    }

    pub fn set_order(&mut self, order: Order, reversed: bool) {
        (self.order, self.reversed) = (order, reversed);
        let at = self.here();
        self.refresh(at);
    }

    pub fn here(&self) -> Option<usize> {
        self.visible.get(self.cursor).copied()
    }

    pub fn current(&self) -> Option<&ListLine> {
        self.lines.get(self.here()?)
    }

    /// Filters and sorts again; `at` is the line that the cursor should stay on.
    pub fn refresh(&mut self, at: Option<usize>) {
        let filter = Filter::parse(&self.query);
        let mut visible: Vec<usize> =
            (0..self.lines.len()).filter(|index| filter.keeps(&self.lines[*index].haystack)).collect();
        self.order.sort(&mut visible, self);
        if self.reversed {
            visible.reverse();
        }
        self.cursor = match at {
            // A line that the filter took away leaves the cursor where its follower comes to stand.
            Some(line) => visible.iter().position(|index| *index == line).unwrap_or(self.cursor),
            None => 0,
        };
        self.cursor = self.cursor.min(visible.len().saturating_sub(1));
        self.visible = visible;
    }

    /// The next visible fix without a label: first in the approaches that follow, then in the lines below, round the
    /// end. A filter that names approaches keeps to these; what is `busy` counts as labelled.
    pub fn next_fix(&self, busy: impl Fn(&ListLine, &Cell) -> bool) -> Option<(usize, ApproachId)> {
        let named = Filter::parse(&self.query).approaches();
        let width = self.approaches.len();
        let here = self.approaches.iter().position(|id| *id == self.approach).unwrap_or(0);
        let (from, count) = (self.cursor * width + here, self.visible.len() * width);
        (1..count).map(|step| (from + step) % count).map(|at| (at / width, self.approaches[at % width])).find(
            |(at, approach)| {
                let line = &self.lines[self.visible[*at]];
                let wanted = named.is_empty() || named.contains(approach);
                wanted && line.cell(*approach).is_some_and(|cell| cell.waits_for_label() && !busy(line, cell))
            },
        )
    }

    /// Every fix that the filter is about: of the lines in sight, by the approaches that it names, else by those for which
    /// all its words hold.
    pub fn shown_fixes(&self) -> impl Iterator<Item = (&ListLine, &Cell)> {
        let filter = Filter::parse(&self.query);
        let named = filter.approaches();
        let cells = self
            .visible
            .iter()
            .map(|at| &self.lines[*at])
            .flat_map(|line| line.cells.iter().map(move |cell| (line, cell)));
        cells.filter(move |(line, cell)| {
            let approach = cell.row.stream.approach;
            let wanted = named.is_empty() || named.contains(&approach);
            cell.row.is_fix() && wanted && filter.keeps_of(&line.haystack, approach)
        })
    }

    /// Puts the cursor on an item's line and looks at the stream's approach; false when the filter hides it.
    pub fn go_to(&mut self, item: &str, stream: Option<StreamId>) -> bool {
        let lines = &self.lines;
        let found = self.visible.iter().position(|index| {
            let line = &lines[*index];
            line.item.id == item && stream.is_none_or(|stream| line.sample == stream.sample)
        });
        let Some(at) = found else { return false };
        self.cursor = at;
        if let Some(stream) = stream {
            self.look_at(stream.approach);
        }
        true
    }

    /// Goes to what to open on, before any filter: the case that the workbench exists for, a fix that the scanner
    /// accepts and that does not run, by FDSP if there is one; else any fix, else the first item.
    pub fn go_to_opening(&mut self) {
        let by = |wanted: &dyn Fn(&Cell) -> bool| {
            let cells =
                self.lines.iter().enumerate().flat_map(|(at, line)| line.cells.iter().map(move |cell| (at, cell)));
            cells
                .filter(|(_, cell)| cell.row.is_fix() && wanted(cell))
                .map(|(at, cell)| (at, cell.row.stream.approach))
                .next()
        };
        let fdsp = |cell: &Cell| cell.row.stream.approach == ApproachId::Fdsp;
        let broken = |cell: &Cell| cell.row.undefined > 0;
        let found = by(&|cell| broken(cell) && fdsp(cell))
            .or_else(|| by(&broken))
            .or_else(|| by(&fdsp))
            .or_else(|| by(&|_| true));
        self.cursor = found.map_or(0, |(at, _)| at);
        if let Some((_, approach)) = found {
            self.look_at(approach);
        }
    }

    /// The stream that a line opens.
    pub fn stream_of(&self, line: &ListLine) -> StreamId {
        StreamId::new(self.approach, line.sample)
    }

    /// How many of the line's item's samples pass, by the approach that is looked at.
    pub fn share(&self, line: &ListLine) -> Share {
        let at = self.approaches.iter().position(|id| *id == self.approach);
        at.and_then(|at| line.shares.get(at)).copied().unwrap_or_default()
    }

    /// The CWEs that a line is about: of what was found in the generated code; of the item itself where nothing
    /// starts from generated code.
    pub fn cwes<'a>(&self, line: &'a ListLine) -> &'a [u32] {
        match line.row() {
            _ if !self.refines() && !line.item.cwe.is_empty() => &line.item.cwe,
            row => row.map_or(&[], |row| &row.cwes),
        }
    }

    /// Whether any approach starts from generated code, so that this has an outcome of its own.
    pub fn refines(&self) -> bool {
        self.approaches.iter().any(|id| id.refines())
    }

    /// The lines of one item, as indices: its samples.
    pub fn samples_of(&self, item: &str) -> std::ops::Range<usize> {
        let first = self.lines.iter().position(|line| line.item.id == item).unwrap_or(self.lines.len());
        let count = self.lines[first..].iter().take_while(|line| line.item.id == item).count();
        first..first + count
    }

    /// Samples of every item, as the run was told or as it holds them.
    pub fn samples(&self) -> u32 {
        self.info.settings.samples.max(self.tests.samples)
    }

    pub fn several_samples(&self) -> bool {
        self.samples() > 1
    }

    pub fn several_approaches(&self) -> bool {
        self.approaches.len() > 1
    }
}

/// A line for each sample that has begun, else one that waits.
fn lines_of(item: &Arc<Item>, rows: Vec<Row>, haystack: &Haystack, generates_beside: bool) -> Vec<ListLine> {
    let line = |sample| ListLine {
        item: item.clone(),
        sample,
        generation: None,
        cells: Vec::new(),
        shares: Vec::new(),
        haystack: haystack.clone(),
    };
    let mut lines: Vec<ListLine> = Vec::new();
    for row in rows {
        let sample = row.stream.sample;
        let at = lines.iter().position(|line| line.sample == sample).unwrap_or_else(|| {
            lines.push(line(sample));
            lines.len() - 1
        });
        match row.stream.approach {
            ApproachId::Generate if !generates_beside => lines[at].generation = Some(row),
            _ => lines[at].cells.push(Cell::new(row)),
        }
    }
    if lines.is_empty() {
        lines.push(line(0));
    }
    lines
}
