//! What the main pane shows, prepared once per selection so that drawing touches visible lines alone.

use super::App;
use super::layout;
use super::model::{Screen, Tab};
use super::text::TextLine;
use super::timeline::Node;
use crate::core::diff::{Diff, Options, Row, Source};
use crate::core::fold::Version;
use crate::core::ids::{Step, StreamId};
use crate::core::label::LabelVerdict;
use crate::core::text::Text;
use crate::review::Hint;
use crate::tui::widgets::Marks;

/// Unchanged lines shown round a change.
const CONTEXT: usize = 3;

/// A version's code with what is drawn beside it.
#[derive(Debug, Clone)]
pub struct CodeDoc {
    pub code: Text,
    pub source: Source,
    /// Findings, undefined names and the syntax error, by line.
    pub marks: Marks,
}

#[derive(Debug, Clone)]
pub struct DiffDoc {
    pub diff: Diff,
    pub unified: Vec<Row>,
    pub split: Vec<Row>,
    pub old: CodeDoc,
    pub new: CodeDoc,
}

#[derive(Debug, Clone, Default)]
pub enum Body {
    #[default]
    Nothing,
    Code(Box<CodeDoc>),
    Diff(Box<DiffDoc>),
    Text(Vec<TextLine>),
}

#[derive(Debug, Clone, PartialEq)]
struct Key {
    item: String,
    run: String,
    node: Option<Node>,
    stream: StreamId,
    base: Option<(StreamId, Step)>,
    pos: usize,
    tab: Tab,
    width: u16,
    words: bool,
    fold: bool,
    /// Length of what streams in.
    streamed: usize,
    /// The own label on what is shown, and its comment.
    label: Option<(Option<LabelVerdict>, usize)>,
}

#[derive(Debug, Default)]
pub struct Shown {
    key: Option<Key>,
    pub body: Body,
    /// What makes one doubt the selected version.
    pub hints: Vec<Hint>,
    /// Rows of the body where a test fails.
    stops: Vec<usize>,
}

impl Shown {
    /// Rows of the body.
    pub fn rows(&self, split: bool) -> usize {
        match &self.body {
            Body::Nothing => 0,
            Body::Code(doc) => doc.source.len(),
            Body::Diff(doc) => doc.rows(split).len(),
            Body::Text(lines) => lines.len(),
        }
    }

    /// The change that the reader is at: the first that is not above the screen.
    pub fn current_change(&self, top: usize, split: bool) -> Option<usize> {
        let Body::Diff(doc) = &self.body else { return None };
        doc.rows(split).iter().skip(top).find_map(|row| row.change)
    }

    /// The row to scroll to for a failure below what is in sight (`by` 1) or above it (-1).
    pub fn failure_from(&self, top: usize, height: usize, by: isize) -> Option<usize> {
        let last = self.rows(false).saturating_sub(height);
        let to = |row: &usize| row.saturating_sub(2).min(last);
        // What was asserted, with its message, takes some rows.
        let below = |row: &&usize| **row + 4 > top + height && to(row) > top;
        match by > 0 {
            true => self.stops.iter().find(below).map(to),
            false => self.stops.iter().rev().find(|row| **row < top).map(to),
        }
    }

    /// The row to scroll to for the next change (`by` 1) or the one before (-1), seen from row `at`.
    pub fn change_from(&self, at: usize, by: isize, split: bool) -> Option<usize> {
        let Body::Diff(doc) = &self.body else { return None };
        let starts = doc.starts(split);
        // A change is shown with the lines before it, so it begins below the first row shown.
        let here = at + CONTEXT.min(at);
        let found = if by > 0 {
            starts.iter().find(|start| **start > here && **start > at + CONTEXT)
        } else {
            starts.iter().rev().find(|start| start.saturating_sub(CONTEXT) < at)
        };
        found.map(|start| start.saturating_sub(CONTEXT))
    }
}

impl DiffDoc {
    pub fn rows(&self, split: bool) -> &[Row] {
        if split { &self.split } else { &self.unified }
    }

    /// Rows at which a change begins.
    pub fn starts(&self, split: bool) -> Vec<usize> {
        let rows = self.rows(split);
        let mut last = None;
        let mut starts = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            if row.change.is_some() && row.change != last {
                starts.push(at);
            }
            last = row.change;
        }
        starts
    }
}

pub fn code_doc(version: &Version) -> Option<CodeDoc> {
    let code = version.code.clone()?;
    let mut marks = Marks::new(version.scan.iter().flat_map(|scan| &scan.findings));
    if let Some(checked) = &version.checked {
        for name in &checked.undefined {
            marks.note(name.line, &format!("{} is not defined", name.name), "undefined");
        }
        if let Some(error) = &checked.error {
            marks.note(error.line, &error.message, "syntax");
        }
    }
    Some(CodeDoc { source: Source::new(&code), code, marks })
}

impl App {
    /// Prepares what the main pane shows, when that is another thing than before.
    pub(super) fn prepare(&mut self) {
        if self.screen != Screen::Steps {
            return;
        }
        let key = self.key();
        if key == self.shown.key {
            return;
        }
        self.shown.key = key;
        self.shown.hints = self.item.as_ref().map(|item| item.hints()).unwrap_or_default();
        (self.shown.body, self.shown.stops) = match (&self.item, self.effective_tab()) {
            (Some(item), Tab::Test) => {
                let width = layout::main_body(self).width.saturating_sub(2) as usize;
                let page = super::test_page::test(item, self.theme.signs, width);
                (Body::Text(page.lines), page.stops)
            }
            _ => (self.body(), Vec::new()),
        };
    }

    fn key(&self) -> Option<Key> {
        let item = self.item.as_ref()?;
        let streamed = match item.streaming() {
            Some(streaming) => streaming.text.len() + 1,
            None => self.live_tail().map_or(0, |tail| tail.len() + 1),
        };
        Some(Key {
            item: item.item.id.clone(),
            run: item.run.clone(),
            node: item.node(),
            stream: item.stream,
            base: item.base,
            pos: item.replay.pos(),
            tab: self.effective_tab(),
            width: layout::main_body(self).width,
            words: self.diff_style.words,
            fold: self.diff_style.fold,
            streamed,
            label: item.selected().zip(self.list.as_ref()).map(|((stream, version), list)| {
                let comment = list.book.comment(&item.item.id, stream, version.step);
                (list.book.verdict(&item.item.id, stream, version.step), comment.map_or(0, str::len))
            }),
        })
    }

    /// What has come of the answer that a live slot is receiving for the selected step.
    pub fn live_tail(&self) -> Option<&str> {
        use crate::runner::update::Doing;
        let item = self.item.as_ref()?;
        let live = self.live.as_ref().filter(|live| live.working() && live.run() == Some(item.run.as_str()))?;
        let (stream, step, doing) = live.doing(&item.item.id)?;
        match doing {
            Doing::Receiving { tail, .. } if item.node() == Some(Node::Step(stream, step)) => Some(tail),
            _ => None,
        }
    }

    fn body(&self) -> Body {
        let Some(item) = &self.item else { return Body::Nothing };
        let width = layout::main_body(self).width.saturating_sub(2) as usize;
        match self.effective_tab() {
            Tab::Prompt => Body::Text(super::pages::prompt(item, self.list.as_deref(), width)),
            Tab::Answer => Body::Text(super::pages::answer(item, self.live_tail(), width)),
            Tab::Findings => Body::Text(super::pages::findings(item, self.list.as_deref(), &self.shown.hints, width)),
            tab => {
                if let Some(lines) = super::pages::instead_of_code(item, self.live_tail(), width) {
                    return Body::Text(lines);
                }
                let Some((_, version)) = item.selected() else { return Body::Nothing };
                let Some(new) = code_doc(version) else {
                    return Body::Text(super::pages::no_code(version, width));
                };
                let old = item.compared_with().and_then(|(_, base)| code_doc(base)).filter(|_| tab == Tab::Diff);
                match old {
                    Some(old) => Body::Diff(Box::new(self.diff(old, new))),
                    None => Body::Code(Box::new(new)),
                }
            }
        }
    }

    fn diff(&self, old: CodeDoc, new: CodeDoc) -> DiffDoc {
        let options = Options { words: self.diff_style.words, ..Options::default() };
        let diff = Diff::between(&old.code, &new.code, &options);
        let context = if self.diff_style.fold { CONTEXT } else { usize::MAX };
        DiffDoc { unified: diff.unified(context), split: diff.split(context), diff, old, new }
    }

    pub(super) fn clamp_scroll(&mut self) {
        let rows = self.shown.rows(layout::is_split(self));
        let height = layout::main_body(self).height as usize;
        self.scroll.0 = self.scroll.0.min(rows.saturating_sub(height));
        self.scroll.1 = self.scroll.1.min(400);
    }
}
