use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::line::{self, Label, Line};
use super::marks::Marks;
use crate::core::diff::{Diff, Kind, Row, Source};
use crate::tui::style::{Role, Theme, syntax::Lines};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Unified,
    Split,
}

/// What one side of a diff carries besides its text.
#[derive(Clone, Copy)]
pub struct Ink<'a> {
    pub spans: Option<&'a Lines>,
    pub marks: &'a Marks,
}

/// Rows of a diff. Unified rows are drawn in one column, split rows in two.
pub struct DiffView<'a> {
    pub diff: &'a Diff,
    /// From [`Diff::unified`] or [`Diff::split`], as `layout` says.
    pub rows: &'a [Row],
    pub layout: Layout,
    pub old: Ink<'a>,
    pub new: Ink<'a>,
    /// First visible row, from 0.
    pub top: usize,
    /// Columns scrolled out on the left, on both sides.
    pub left: usize,
    /// The change the reader is at; its numbers stand out.
    pub current: Option<usize>,
    pub theme: &'a Theme,
}

/// How one side of a row is drawn.
#[derive(Clone, Copy)]
enum Look {
    Same,
    Removed,
    Added,
}

impl Widget for DiffView<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        line::fill(buf, area, self.theme.style(Role::Text));
        let digits = line::digits(self.diff.old.len().max(self.diff.new.len()));
        for (row, y) in self.rows.iter().skip(self.top).zip(area.rows()) {
            match (row.kind, self.layout) {
                (Kind::Fold(count), _) => self.fold(buf, y, count, digits),
                (_, Layout::Unified) => self.unified(buf, y, row, digits),
                (_, Layout::Split) => self.split(buf, y, row, digits),
            }
        }
    }
}

impl DiffView<'_> {
    fn fold(&self, buf: &mut Buffer, area: Rect, count: usize, digits: u16) {
        let style = self.theme.style(Role::Fold);
        line::fill(buf, area, self.theme.style(Role::Text).patch(style));
        let gutter = (digits + 3).min(area.width);
        let at = Rect { x: area.x + gutter, width: area.width - gutter, ..area };
        line::put(buf, at, &format!("{} {count} lines", self.theme.signs.fold), style);
    }

    fn unified(&self, buf: &mut Buffer, area: Rect, row: &Row, digits: u16) {
        match (row.kind, row.old, row.new) {
            (Kind::Removed, Some(index), _) => self.side(buf, area, row, index, Look::Removed, digits),
            (Kind::Added, _, Some(index)) => self.side(buf, area, row, index, Look::Added, digits),
            (_, _, Some(index)) => self.side(buf, area, row, index, Look::Same, digits),
            _ => {}
        }
    }

    fn split(&self, buf: &mut Buffer, area: Rect, row: &Row, digits: u16) {
        let half = area.width.saturating_sub(1) / 2;
        let left = Rect { width: half, ..area };
        let right =
            Rect { x: area.x + half + 1, width: area.width.saturating_sub(half + 1), ..area }.intersection(area);
        let same = row.kind == Kind::Same;
        for (area, index, look) in [
            (left, row.old, if same { Look::Same } else { Look::Removed }),
            (right, row.new, if same { Look::Same } else { Look::Added }),
        ] {
            match index {
                // The old text of a row that is the same on both sides is drawn with the old side's marks.
                Some(index) if same && area == left => self.line(buf, area, row, index, look, digits, true),
                Some(index) => self.side(buf, area, row, index, look, digits),
                None => line::fill(buf, area, self.theme.style(Role::Text).patch(self.theme.style(Role::Void))),
            }
        }
    }

    fn side(&self, buf: &mut Buffer, area: Rect, row: &Row, index: usize, look: Look, digits: u16) {
        self.line(buf, area, row, index, look, digits, matches!(look, Look::Removed));
    }

    #[allow(clippy::too_many_arguments)]
    fn line(&self, buf: &mut Buffer, area: Rect, row: &Row, index: usize, look: Look, digits: u16, old: bool) {
        let theme = self.theme;
        let (source, other, ink) =
            if old { (&self.diff.old, &self.diff.new, self.old) } else { (&self.diff.new, &self.diff.old, self.new) };
        let mark = ink.marks.at(index);
        let (sign, sign_role, ground, word) = match look {
            Look::Same if mark.is_some() => (" ", Role::Number, Role::FindingLine, Role::Text),
            Look::Same => (" ", Role::Number, Role::Text, Role::Text),
            Look::Removed => ("-", Role::RemovedSign, Role::Removed, Role::RemovedWord),
            Look::Added => ("+", Role::AddedSign, Role::Added, Role::AddedWord),
        };
        let ground = theme.style(Role::Text).patch(theme.style(ground));
        line::fill(buf, area, ground);
        let sign_style = theme.style(sign_role);
        let at = |x: u16, width: u16| Rect { x: area.x.saturating_add(x), width, ..area }.intersection(area);
        line::put(buf, at(0, 1), sign, sign_style);
        let number = format!("{:>width$}", index + 1, width = usize::from(digits));
        let current = row.change.is_some() && row.change == self.current;
        let number_style = if current { theme.style(Role::Accent) } else { sign_style };
        line::put(buf, at(1, digits), &number, number_style);
        line::bar(buf, at(digits + 2, 1), mark, theme);
        let line = Line {
            text: source.line(index),
            spans: ink.spans.and_then(|spans| spans.get(index)).map_or(&[], Vec::as_slice),
            words: if matches!(look, Look::Same) { &[] } else { source.words(index) },
            word: theme.style(word),
            ground,
            label: line::label(mark, theme).or_else(|| unended(source, other, index, theme)),
            left: self.left,
        };
        line::draw(buf, at(digits + 3, u16::MAX), &line, theme);
    }
}

/// Says of a last line that its newline is missing, where the other side has one.
fn unended(source: &Source, other: &Source, index: usize, theme: &Theme) -> Option<Label<'static>> {
    let last = index + 1 == source.len();
    (last && !source.ends_in_newline() && other.ends_in_newline()).then(|| Label {
        full: "no newline at end",
        short: "",
        style: theme.style(Role::Muted),
    })
}
