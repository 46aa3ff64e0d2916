//! What the main pane shows, prepared once per selection so that drawing touches visible lines alone.

use super::App;
use super::layout;
use super::model::{DiffStyle, Screen, Tab};
use super::text::Page;
use super::timeline::Node;
use crate::core::diff::{Diff, Kind, Options, Row, Source};
use crate::core::fold::Version;
use crate::core::ids::{Step, StreamId};
use crate::core::text::Text;
use crate::review::Hint;
use crate::tui::widgets::{Layout, Marks, Wrap};

/// Lines that stay in sight above a change that is gone to.
const LEAD: usize = 3;

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
    /// Of the layout that is shown.
    pub rows: Vec<Row>,
    pub layout: Layout,
    /// How the rows stand where long lines are wrapped.
    pub wrap: Option<Wrap>,
    pub old: CodeDoc,
    pub new: CodeDoc,
}

#[derive(Debug, Clone, Default)]
pub enum Body {
    #[default]
    Nothing,
    Code(Box<CodeDoc>),
    Diff(Box<DiffDoc>),
    Text(Page),
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
    split: bool,
    style: DiffStyle,
    unfolded: Vec<(bool, usize)>,
    /// Length of what streams in.
    streamed: usize,
    /// What the own labels on what is shown come to.
    label: Option<(usize, u32)>,
}

impl Key {
    /// Whether both stand for the same thing, drawn in whatever way.
    fn is_of(&self, other: &Self) -> bool {
        let Self { width, split, style, .. } = *other;
        let unfolded = other.unfolded.clone();
        Self { width, split, style, unfolded, label: other.label, streamed: other.streamed, ..self.clone() } == *other
    }
}

#[derive(Debug, Default)]
pub struct Shown {
    key: Option<Key>,
    pub body: Body,
    /// What makes one doubt the selected version.
    pub hints: Vec<Hint>,
    /// Rows of the body where a test fails.
    stops: Vec<usize>,
    /// Counts the bodies: another number, another text.
    pub(super) edition: u64,
    /// Lines of the old (`true`) or new text whose fold is opened.
    pub(super) unfolded: Vec<(bool, usize)>,
}

impl Shown {
    pub fn of(body: Body) -> Self {
        Self { body, ..Self::default() }
    }

    /// Rows of the body on the screen.
    pub fn rows(&self) -> usize {
        match &self.body {
            Body::Nothing => 0,
            Body::Code(doc) => doc.source.len(),
            Body::Diff(doc) => doc.screen_rows(),
            Body::Text(page) => page.lines.len(),
        }
    }

    /// The change that the reader is at: the first that is not above the screen.
    pub fn current_change(&self, top: usize) -> Option<usize> {
        let Body::Diff(doc) = &self.body else { return None };
        doc.rows.get(doc.row_at(top)..)?.iter().find_map(|row| row.change)
    }

    /// The row to scroll to for a failure below what is in sight (`by` 1) or above it (-1).
    pub fn failure_from(&self, top: usize, height: usize, by: isize) -> Option<usize> {
        let last = self.rows().saturating_sub(height);
        let to = |row: &usize| row.saturating_sub(2).min(last);
        // What was asserted, with its message, takes some rows.
        let below = |row: &&usize| **row + 4 > top + height && to(row) > top;
        match by > 0 {
            true => self.stops.iter().find(below).map(to),
            false => self.stops.iter().rev().find(|row| **row < top).map(to),
        }
    }

    /// The row to scroll to for the next change (`by` 1) or the one before (-1), seen from row `at`.
    pub fn change_from(&self, at: usize, by: isize) -> Option<usize> {
        let Body::Diff(doc) = &self.body else { return None };
        let starts = doc.starts();
        // A change is shown with the lines before it, so it begins below the first row shown.
        let here = at + LEAD.min(at);
        let found = if by > 0 {
            starts.iter().find(|start| **start > here && **start > at + LEAD)
        } else {
            starts.iter().rev().find(|start| start.saturating_sub(LEAD) < at)
        };
        found.map(|start| start.saturating_sub(LEAD))
    }
}

impl DiffDoc {
    /// For a pane of `width` columns.
    pub fn between(old: CodeDoc, new: CodeDoc, style: &DiffStyle, split: bool, width: u16) -> Self {
        Self::opened(old, new, style, split, width, &[])
    }

    /// The same, with the folds opened that hide one of the lines (of the old text where `true`).
    fn opened(
        old: CodeDoc,
        new: CodeDoc,
        style: &DiffStyle,
        split: bool,
        width: u16,
        unfolded: &[(bool, usize)],
    ) -> Self {
        let options =
            Options { words: style.words, ignore_space: style.hide_space, ignore_comments: style.hide_comments };
        let diff = Diff::between(&old.code, &new.code, &options);
        let context = if style.fold { style.context } else { usize::MAX };
        let layout = if split { Layout::Split } else { Layout::Unified };
        let rows = |context| if split { diff.split(context) } else { diff.unified(context) };
        let rows = match unfolded {
            [] => rows(context),
            unfolded => open_folds(rows(context), &rows(usize::MAX), unfolded),
        };
        let wrap = style.wrap.then(|| Wrap::new(&diff, (&old.marks, &new.marks), &rows, layout, width));
        Self { diff, rows, layout, wrap, old, new }
    }

    /// Rows on the screen in all.
    pub fn screen_rows(&self) -> usize {
        self.wrap.as_ref().map_or(self.rows.len(), Wrap::len)
    }

    /// The row that a screen row shows.
    fn row_at(&self, screen: usize) -> usize {
        self.wrap.as_ref().map_or(screen, |wrap| wrap.at(screen).map_or(self.rows.len(), |(row, _)| row))
    }

    /// The screen row at which a row begins.
    pub(super) fn screen_of(&self, row: usize) -> usize {
        self.wrap.as_ref().map_or(row, |wrap| wrap.first(row))
    }

    /// Lines of the new text that a change stands on, from 1; `None` where it only takes away.
    pub fn lines_of(&self, change: usize) -> Option<(u32, u32)> {
        let new = &self.diff.changes.get(change)?.new;
        let line = |at: usize| u32::try_from(at).ok();
        (!new.is_empty()).then_some((line(new.start + 1)?, line(new.end)?))
    }

    /// Screen rows at which a change begins.
    pub fn starts(&self) -> Vec<usize> {
        let mut last = None;
        let mut starts = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            if row.change.is_some() && row.change != last {
                starts.push(self.screen_of(at));
            }
            last = row.change;
        }
        starts
    }

    /// A line in sight, of the old text (`true`) or the new one, and how far below the top it stands: of the first change
    /// in sight, else of the first row.
    fn place(&self, top: usize, height: usize) -> Option<(bool, usize, usize)> {
        let first = self.row_at(top);
        let seen = (first..self.rows.len()).take_while(|row| self.screen_of(*row) < top + height);
        let at = seen.clone().find(|row| self.rows[*row].change.is_some()).or(Some(first))?;
        let row = self.rows.get(at)?;
        let below = self.screen_of(at).saturating_sub(top);
        row.new.map(|line| (false, line)).or(row.old.map(|line| (true, line))).map(|(old, line)| (old, line, below))
    }

    /// The top at which that line stands there again.
    fn top_for(&self, (of_old, line, below): (bool, usize, usize)) -> Option<usize> {
        let row = self.rows.iter().position(|row| row.holds(of_old, line))?;
        Some(self.screen_of(row).saturating_sub(below))
    }
}

impl CodeDoc {
    /// A text with nothing beside it.
    pub fn plain(code: Text) -> Self {
        Self { source: Source::new(&code), code, marks: Marks::default() }
    }
}

/// `rows` with the folds opened that hide one of the lines; `all` is the same with nothing folded.
fn open_folds(rows: Vec<Row>, all: &[Row], lines: &[(bool, usize)]) -> Vec<Row> {
    let mut opened = Vec::new();
    let mut at = 0;
    for (index, row) in rows.iter().enumerate() {
        if !matches!(row.kind, Kind::Fold { .. }) {
            opened.push(*row);
            at += 1;
            continue;
        }
        let next = rows.get(index + 1);
        let end =
            next.and_then(|next| all[at..].iter().position(|row| row == next)).map_or(all.len(), |more| at + more);
        if lines.iter().any(|(of_old, line)| row.holds(*of_old, *line)) {
            opened.extend_from_slice(&all[at..end]);
        } else {
            opened.push(*row);
        }
        at = end;
    }
    opened
}

/// A version's code; `opinions` with the names that are not defined, which are hints as well.
pub fn code_doc(version: &Version, opinions: bool) -> Option<CodeDoc> {
    let code = version.code.clone()?;
    let mut marks = Marks::new(version.scan.iter().flat_map(|scan| &scan.findings));
    if let Some(checked) = &version.checked {
        for name in checked.undefined.iter().filter(|_| opinions) {
            marks.note(name.line, &format!("{} is not defined", name.name), "undefined");
        }
        if let Some(error) = &checked.error {
            marks.note(error.line, &error.message, "syntax");
        }
    }
    Some(CodeDoc { source: Source::new(&code), code, marks })
}

/// Puts hints into the gutter: of the text they started from (`old`), or of the version itself.
fn hinted(mut doc: CodeDoc, hints: &[Hint], old: bool) -> CodeDoc {
    for hint in hints {
        if let Some(lines) = if old { hint.before } else { hint.after } {
            let role = super::pages::hint_role(hint);
            doc.marks.hint(lines.first, lines.last, &hint.text, &hint.kind.short(), role);
        }
    }
    doc
}

impl App {
    /// Prepares what the main pane shows, when that is another thing than before.
    pub(super) fn prepare(&mut self) {
        if !matches!(self.screen, Screen::Steps | Screen::Adjudication) {
            return;
        }
        let mut key = self.key();
        if key == self.shown.key {
            return;
        }
        let height = layout::main_body(self).height as usize;
        let stays = matches!((&key, &self.shown.key), (Some(key), Some(before)) if key.is_of(before));
        let place = match &self.shown.body {
            Body::Diff(doc) if stays && self.scroll.0 > 0 => doc.place(self.scroll.0, height),
            _ => None,
        };
        if !stays && let Some(key) = &mut key {
            key.unfolded.clear();
            self.shown.unfolded.clear();
        }
        self.shown.key = key;
        self.shown.edition += 1;
        // Another look at the same two versions has the same hints, and long code takes a while to be read for them.
        if !stays {
            let sees = self.sees_opinions();
            self.shown.hints = self.item.as_ref().filter(|_| sees).map(|item| item.hints()).unwrap_or_default();
        }
        (self.shown.body, self.shown.stops) = match (&self.item, self.effective_tab()) {
            (Some(item), Tab::Test) => {
                let width = layout::main_body(self).width.saturating_sub(2) as usize;
                let page = super::test_page::test(item, self.theme.signs, width);
                (Body::Text(page.page), page.stops)
            }
            _ => (self.body(), Vec::new()),
        };
        if let (Some(place), Body::Diff(doc)) = (place, &self.shown.body) {
            self.scroll.0 = doc.top_for(place).unwrap_or(self.scroll.0);
        }
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
            split: layout::is_split(self),
            style: self.diff_style,
            unfolded: self.shown.unfolded.clone(),
            streamed,
            label: item
                .selected()
                .zip(self.list.as_ref())
                .map(|((stream, version), list)| list.book.revision(&item.item.id, stream, version.step)),
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
        let sees = self.sees_opinions();
        match self.effective_tab() {
            Tab::Prompt => Body::Text(super::pages::prompt(item, self.list.as_deref(), width)),
            Tab::Answer => Body::Text(super::pages::answer(item, self.live_tail(), width)),
            Tab::Findings => Body::Text(super::pages::findings(self, item, width)),
            tab => {
                if let Some(lines) = super::pages::instead_of_code(item, self.live_tail(), width) {
                    return Body::Text(lines);
                }
                let Some((_, version)) = item.selected() else { return Body::Nothing };
                let Some(new) = code_doc(version, sees) else {
                    return Body::Text(super::pages::no_code(version, width));
                };
                let new = hinted(new, &self.shown.hints, false);
                let old = item.compared_with().and_then(|(_, base)| code_doc(base, sees)).filter(|_| tab == Tab::Diff);
                let old = old.map(|old| hinted(old, &self.shown.hints, true));
                match old {
                    Some(old) => Body::Diff(Box::new(self.diff(old, new))),
                    None => Body::Code(Box::new(new)),
                }
            }
        }
    }

    fn diff(&self, old: CodeDoc, new: CodeDoc) -> DiffDoc {
        let unfolded = self.shown.unfolded.as_slice();
        DiffDoc::opened(old, new, &self.diff_style, layout::is_split(self), layout::main_body(self).width, unfolded)
    }

    pub(super) fn clamp_scroll(&mut self) {
        let rows = self.shown.rows();
        let height = layout::main_body(self).height as usize;
        self.scroll.0 = self.scroll.0.min(rows.saturating_sub(height));
        // A match may stand further right than anybody reads.
        self.scroll.1 = self.scroll.1.min(if self.search.is_some() { usize::MAX / 4 } else { 400 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doc(options: &Options, context: usize, layout: Layout, wrap: bool) -> DiffDoc {
        let text = |word: &str, space: &str| -> String {
            let long = "a_long_word ".repeat(12);
            let line = |line: usize| match line {
                20 | 60 => format!("{word} {line}\n"),
                40 => format!("x ={space}1\n"),
                _ => format!("line {line} {long}\n"),
            };
            (0..80).map(line).collect()
        };
        let side = |text: String| CodeDoc::plain(text.as_str().into());
        let (old, new) = (side(text("old", "")), side(text("new", " ")));
        let diff = Diff::between(&old.code, &new.code, options);
        let rows = if layout == Layout::Split { diff.split(context) } else { diff.unified(context) };
        let wrap = wrap.then(|| Wrap::new(&diff, (&old.marks, &new.marks), &rows, layout, 60));
        DiffDoc { diff, rows, layout, wrap, old, new }
    }

    #[test]
    fn the_change_in_sight_stays_where_it_stands() {
        let hide = Options { ignore_space: true, ..Options::default() };
        let plain = Options::default();
        let before = doc(&plain, 3, Layout::Unified, false);
        let start = before.starts()[2];
        let place = before.place(start - 2, 20).unwrap();
        assert_eq!((place.0, place.2), (true, 2));
        for after in [
            doc(&plain, 12, Layout::Unified, false),
            doc(&plain, usize::MAX, Layout::Split, false),
            doc(&plain, 3, Layout::Unified, true),
            doc(&hide, 3, Layout::Split, true),
        ] {
            let top = after.top_for(place).unwrap();
            assert_eq!(Some(&(top + 2)), after.starts().last());
        }
        // A line that is folded away is found in its fold.
        let all = doc(&plain, usize::MAX, Layout::Unified, false);
        let fold = doc(&plain, 0, Layout::Unified, false).top_for(all.place(5, 3).unwrap());
        assert_eq!(fold, Some(0));
    }

    #[test]
    fn a_fold_opens_alone_where_a_line_in_it_is_wanted() {
        for layout in [Layout::Unified, Layout::Split] {
            let doc = doc(&Options::default(), 3, layout, false);
            let all = if layout == Layout::Split { doc.diff.split(usize::MAX) } else { doc.diff.unified(usize::MAX) };
            let folds = |rows: &[Row]| rows.iter().filter(|row| matches!(row.kind, Kind::Fold { .. })).count();
            let opened = open_folds(doc.rows.clone(), &all, &[(false, 50)]);
            assert_eq!(folds(&opened) + 1, folds(&doc.rows));
            assert!(opened.iter().any(|row| row.new == Some(50) && row.kind == Kind::Same));
            let every: Vec<_> = (0..80).map(|line| (false, line)).collect();
            assert_eq!(open_folds(doc.rows.clone(), &all, &every), all);
            assert_eq!(open_folds(doc.rows.clone(), &all, &[]), doc.rows);
        }
    }

    #[test]
    fn n_goes_to_every_change_wrapped_or_not() {
        for wrap in [false, true] {
            let doc = doc(&Options::default(), 3, Layout::Split, wrap);
            let starts = doc.starts();
            let shown = Shown { body: Body::Diff(Box::new(doc)), ..Shown::default() };
            let mut tops = vec![0];
            while let Some(top) = shown.change_from(tops[tops.len() - 1], 1) {
                tops.push(top);
            }
            assert_eq!(tops[1..], starts.iter().map(|start| start - LEAD).collect::<Vec<_>>());
            assert_eq!(shown.change_from(tops[3], -1), Some(tops[2]));
            assert_eq!(
                tops[1..].iter().map(|top| shown.current_change(*top)).collect::<Vec<_>>(),
                [Some(0), Some(1), Some(2)]
            );
        }
    }
}
