//! The list of items: one line per item and approach, filtered and sorted.

use std::cmp::Reverse;
use std::sync::Arc;

use super::filter::{Filter, Haystack};
use super::labels::{Counts, LabelBook};
use crate::core::ids::{ApproachId, StreamId};
use crate::core::item::Item;
use crate::core::label::LabelVerdict;
use crate::core::projection::Row;
use crate::core::settings::RunInfo;

/// What the list is ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    #[default]
    Dataset,
    Id,
    Outcome,
    Label,
    Cwe,
    Calls,
}

impl Order {
    pub fn next(self) -> Self {
        match self {
            Self::Dataset => Self::Id,
            Self::Id => Self::Outcome,
            Self::Outcome => Self::Label,
            Self::Label => Self::Cwe,
            Self::Cwe => Self::Calls,
            Self::Calls => Self::Dataset,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "as loaded",
            Self::Id => "id",
            Self::Outcome => "outcome",
            Self::Label => "label",
            Self::Cwe => "CWE",
            Self::Calls => "calls",
        }
    }
}

/// One line: an item, and the stream of it that the line is about.
#[derive(Debug, Clone)]
pub struct ListLine {
    pub item: Arc<Item>,
    /// `None` until something has happened to the item.
    pub row: Option<Row>,
    /// The own label on the fix.
    pub label: Option<LabelVerdict>,
    haystack: Haystack,
}

impl ListLine {
    pub fn stream(&self) -> Option<StreamId> {
        self.row.as_ref().map(|row| row.stream)
    }

    pub fn is_fix(&self) -> bool {
        self.row.as_ref().is_some_and(Row::is_fix)
    }

    pub fn waits_for_label(&self) -> bool {
        self.is_fix() && self.label.is_none()
    }
}

/// A run with its lines, as far as the screen knows it.
#[derive(Debug, Clone)]
pub struct ItemList {
    pub info: RunInfo,
    pub items: Vec<Arc<Item>>,
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
    anchor: Option<usize>,
}

impl ItemList {
    pub fn new(info: RunInfo, items: Vec<Item>, rows: Vec<Row>, book: LabelBook) -> Self {
        let mut list = Self {
            info,
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
        for item in &self.items {
            let haystack = old.remove(&item.id).unwrap_or_else(|| Haystack::of(item));
            self.lines.extend(lines_of(item, by_item.remove(&item.id).unwrap_or_default(), &haystack));
        }
        self.relabel();
        self.refresh(self.find(kept));
    }

    /// Replaces the lines of one item; [`ItemList::settle`] follows once all are in.
    pub fn set_item_rows(&mut self, id: &str, rows: Vec<Row>) {
        let Some(first) = self.lines.iter().position(|line| line.item.id == id) else { return };
        let count = self.lines[first..].iter().take_while(|line| line.item.id == id).count();
        let (item, haystack) = (self.lines[first].item.clone(), self.lines[first].haystack.clone());
        let kept = self.identity();
        self.lines.splice(first..first + count, lines_of(&item, rows, &haystack));
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

    fn identity(&self) -> Option<(String, Option<StreamId>)> {
        self.current().map(|line| (line.item.id.clone(), line.stream()))
    }

    fn find(&self, kept: Option<(String, Option<StreamId>)>) -> Option<usize> {
        let (id, stream) = kept?;
        let of_item = |line: &&ListLine| line.item.id == id;
        let same = self.lines.iter().position(|line| of_item(&line) && line.stream() == stream);
        same.or_else(|| self.lines.iter().position(|line| of_item(&line)))
    }

    /// Applies the book to every line, after a label was stored.
    pub fn relabel(&mut self) {
        (self.counts, self.fixes) = (Counts::default(), 0);
        for line in &mut self.lines {
            let row = line.row.as_ref();
            line.label = row
                .filter(|row| row.is_fix())
                .and_then(|row| self.book.verdict(&line.item.id, row.stream, row.final_step()?));
            line.haystack.tag(&line.item, row, line.label);
            if row.is_some_and(Row::is_fix) {
                self.fixes += 1;
            }
            if let Some(label) = line.label {
                self.counts.add(label);
            }
        }
    }

    pub fn set_query(&mut self, query: &str) {
        self.query = query.to_owned();
        let at = self.here();
        self.refresh(at);
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
        let lines = &self.lines;
        match self.order {
            Order::Dataset => {}
            Order::Id => visible.sort_by(|a, b| lines[*a].item.id.cmp(&lines[*b].item.id)),
            Order::Outcome => visible.sort_by_key(|index| outcome_rank(&lines[*index])),
            Order::Label => visible.sort_by_key(|index| {
                let line = &lines[*index];
                (!line.waits_for_label(), line.label.is_none(), line.label)
            }),
            Order::Cwe => visible.sort_by_key(|index| {
                let row = lines[*index].row.as_ref();
                row.and_then(|row| row.cwes.first()).copied().unwrap_or(u32::MAX)
            }),
            Order::Calls => visible.sort_by_key(|index| Reverse(lines[*index].row.as_ref().map_or(0, |row| row.calls))),
        }
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

    /// The next visible fix without a label after the cursor, round the end; lines in `busy` count as labelled.
    pub fn next_fix(&self, busy: impl Fn(&ListLine) -> bool) -> Option<usize> {
        let count = self.visible.len();
        (1..=count).map(|step| (self.cursor + step) % count).find(|at| {
            let line = &self.lines[self.visible[*at]];
            *at != self.cursor && line.waits_for_label() && !busy(line)
        })
    }

    /// Puts the cursor on an item's line; false when the filter hides it.
    pub fn go_to(&mut self, item: &str, stream: Option<StreamId>) -> bool {
        let lines = &self.lines;
        let found = self.visible.iter().position(|index| {
            let line = &lines[*index];
            line.item.id == item && (stream.is_none() || line.stream() == stream)
        });
        if let Some(at) = found {
            self.cursor = at;
        }
        found.is_some()
    }

    /// The line to open on, before any filter: the case that the workbench exists for, a fix that the scanner accepts
    /// and that does not run; else any fix, else the first item.
    pub fn opening(&self) -> usize {
        let by = |wanted: &dyn Fn(&ListLine) -> bool| self.lines.iter().position(wanted);
        let broken = by(&|line| line.is_fix() && line.row.as_ref().is_some_and(|row| row.undefined > 0));
        broken.or_else(|| by(&ListLine::is_fix)).unwrap_or(0)
    }

    /// The stream that a line opens: while only its generation has begun, the refinement that will follow it.
    pub fn stream_of(&self, line: &ListLine) -> StreamId {
        let wanted = self.info.settings.approaches.iter().find(|id| **id != ApproachId::Generate);
        match (line.stream(), wanted) {
            (Some(stream), Some(wanted)) if stream.approach == ApproachId::Generate => {
                StreamId::new(*wanted, stream.sample)
            }
            (Some(stream), _) => stream,
            (None, wanted) => StreamId::new(wanted.copied().unwrap_or(ApproachId::Generate), 0),
        }
    }

    pub fn several_approaches(&self) -> bool {
        self.info.settings.approaches.len() > 1
    }
}

fn lines_of(item: &Arc<Item>, rows: Vec<Row>, haystack: &Haystack) -> Vec<ListLine> {
    let refined = rows.iter().any(|row| row.stream.approach != ApproachId::Generate);
    let line = |row: Option<Row>| ListLine { item: item.clone(), row, label: None, haystack: haystack.clone() };
    let lines: Vec<ListLine> = rows
        .into_iter()
        .filter(|row| !refined || row.stream.approach != ApproachId::Generate)
        .map(|row| line(Some(row)))
        .collect();
    if lines.is_empty() { vec![line(None)] } else { lines }
}

/// Fixes first, then what stayed vulnerable, invalid, secure from the start, failed, unfinished.
fn outcome_rank(line: &ListLine) -> u8 {
    use crate::core::verdict::Verdict::{Invalid, Secure, Vulnerable};
    match &line.row {
        None => 6,
        Some(row) if row.failed => 4,
        Some(row) => match (row.generated, row.verdict) {
            (Some(Vulnerable), Some(Secure)) => 0,
            (_, Some(Vulnerable)) => 1,
            (_, Some(Invalid)) => 2,
            (_, Some(Secure)) => 3,
            (_, None) => 5,
        },
    }
}
