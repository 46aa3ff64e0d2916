use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::line::{self, Label, Line};
use super::marks::{Mark, Marks};
use super::wrap::Wrap;
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
    /// How `rows` stand where long lines are wrapped, for this width; else they are cut.
    pub wrap: Option<&'a Wrap>,
    /// First visible row, or screen row where lines are wrapped, from 0.
    pub top: usize,
    /// Columns scrolled out on the left, on both sides; nothing where lines are wrapped.
    pub left: usize,
    /// The change the reader is at; its numbers stand out.
    pub current: Option<usize>,
    pub theme: &'a Theme,
}

/// How one side of a row is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Same,
    /// Same but for what is hidden.
    Near,
    Removed,
    Added,
}

/// Both texts of a diff with what stands beside their lines.
#[derive(Clone, Copy)]
pub(crate) struct Sides<'a> {
    pub(super) diff: &'a Diff,
    /// Of the old and the new text.
    pub(super) marks: (&'a Marks, &'a Marks),
}

impl<'a> Sides<'a> {
    /// The lines that a row draws, with whether each is of the old text. A unified row that is no change shows its new line.
    pub fn drawn(row: &Row, layout: Layout) -> impl Iterator<Item = (bool, usize)> {
        let (old, new) = match (layout, row.kind) {
            (_, Kind::Fold { .. }) => (None, None),
            (Layout::Unified, _) if row.new.is_some() => (None, row.new),
            _ => (row.old, row.new),
        };
        old.map(|line| (true, line)).into_iter().chain(new.map(|line| (false, line)))
    }

    fn source(&self, of_old: bool) -> &'a Source {
        if of_old { &self.diff.old } else { &self.diff.new }
    }

    fn mark(&self, of_old: bool, line: usize) -> Option<&'a Mark> {
        if of_old { self.marks.0.at(line) } else { self.marks.1.at(line) }
    }

    /// What stands at a line's right end: its findings, where its run of lines went or came from, a newline that is missing.
    pub(super) fn label(&self, of_old: bool, index: usize) -> Option<Label<'a>> {
        let source = self.source(of_old);
        let moved = source.moved(index).filter(|moved| moved.here.start == index);
        // Where a run went says more of its line than a hint.
        let gives_way = |mark: &Mark| mark.hint && moved.is_some();
        let says = |mark: &&Mark| !mark.label.is_empty() && !gives_way(mark);
        let mark = self.mark(of_old, index).filter(says);
        let moved = moved.map(|moved| {
            let (way, there) = (if of_old { "to" } else { "from" }, &moved.there);
            (format!("moved {way} {}-{}", there.start + 1, there.end), format!("{way} {}", there.start + 1))
        });
        let (full, short): (Cow<str>, Cow<str>) = match (mark, moved) {
            (Some(mark), Some((full, _))) => (format!("{}, {full}", mark.label).into(), mark.short.as_str().into()),
            (Some(mark), None) => (mark.label.as_str().into(), mark.short.as_str().into()),
            (None, Some((full, short))) => (full.into(), short.into()),
            (None, None) => {
                let last = index + 1 == source.len();
                let ends = source.ends_in_newline() || !self.source(!of_old).ends_in_newline();
                return (last && !ends).then(|| Label {
                    full: "no newline at end".into(),
                    short: "".into(),
                    role: Role::Muted,
                    yields: false,
                });
            }
        };
        Some(Label {
            full,
            short,
            role: mark.map_or(Role::Muted, line::label_role),
            yields: mark.is_some_and(|mark| mark.hint),
        })
    }
}

impl Widget for DiffView<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        line::fill(buf, area, self.theme.style(Role::Text));
        let digits = line::digits(self.diff.old.len().max(self.diff.new.len()));
        for (screen, y) in (self.top..).zip(area.rows()) {
            let at = self.wrap.map_or(Some((screen, 0)), |wrap| wrap.at(screen));
            let Some((row, part)) = at.and_then(|(row, part)| Some((self.rows.get(row)?, part))) else { break };
            match (row.kind, self.layout) {
                (Kind::Fold { old, new }, _) => self.fold(buf, y, old.max(new), digits),
                (_, Layout::Unified) => {
                    for (of_old, line) in Sides::drawn(row, self.layout) {
                        self.line(buf, y, row, (of_old, line, part), digits);
                    }
                }
                (_, Layout::Split) => self.split(buf, y, row, part, digits),
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

    fn split(&self, buf: &mut Buffer, area: Rect, row: &Row, part: usize, digits: u16) {
        let half = area.width.saturating_sub(1) / 2;
        let left = Rect { width: half, ..area };
        let right =
            Rect { x: area.x + half + 1, width: area.width.saturating_sub(half + 1), ..area }.intersection(area);
        for (area, index, of_old) in [(left, row.old, true), (right, row.new, false)] {
            match index {
                Some(index) => self.line(buf, area, row, (of_old, index, part), digits),
                None => line::fill(buf, area, self.theme.style(Role::Text).patch(self.theme.style(Role::Void))),
            }
        }
    }

    /// One part of a line of the old or the new text.
    fn line(&self, buf: &mut Buffer, area: Rect, row: &Row, (of_old, index, part): (bool, usize, usize), digits: u16) {
        let theme = self.theme;
        let sides = Sides { diff: self.diff, marks: (self.old.marks, self.new.marks) };
        let (source, ink) = (sides.source(of_old), if of_old { self.old } else { self.new });
        let mark = sides.mark(of_old, index);
        let moved = source.moved(index);
        let look = match (row.kind, of_old) {
            (Kind::Same, _) => Look::Same,
            (Kind::Near, _) => Look::Near,
            (_, true) => Look::Removed,
            (_, false) => Look::Added,
        };
        let (sign, sign_role, ground, word) = match look {
            Look::Same => (" ", Role::Number, Role::Text, Role::Text),
            Look::Near => (theme.signs.near, Role::Number, Role::Text, Role::Text),
            Look::Removed => ("-", Role::RemovedSign, Role::Removed, Role::RemovedWord),
            Look::Added => ("+", Role::AddedSign, Role::Added, Role::AddedWord),
        };
        let changed = matches!(look, Look::Removed | Look::Added);
        let ground = match (changed, mark) {
            (true, _) if moved.is_some() => Role::Moved,
            (false, Some(mark)) if !mark.hint => Role::FindingLine,
            _ => ground,
        };
        let ground = theme.style(Role::Text).patch(theme.style(ground));
        line::fill(buf, area, ground);
        let sign_style = theme.style(sign_role);
        let at = |x: u16, width: u16| Rect { x: area.x.saturating_add(x), width, ..area }.intersection(area);
        if part == 0 {
            line::put(buf, at(0, 1), sign, sign_style);
            let number = format!("{:>width$}", index + 1, width = usize::from(digits));
            let current = row.change.is_some() && row.change == self.current;
            let number_style = if current { theme.style(Role::Accent) } else { sign_style };
            line::put(buf, at(1, digits), &number, number_style);
            if let Some(moved) = moved.filter(|_| changed) {
                // Towards the other place, by the lines' numbers.
                let up = moved.there.start < moved.here.start;
                line::put(buf, at(digits + 1, 1), if up { theme.signs.up } else { theme.signs.down }, sign_style);
            }
        }
        line::bar(buf, at(digits + 2, 1), mark, theme);
        let parts = self.wrap.map_or(&[][..], |wrap| wrap.parts(of_old, index));
        if part > 0 && part >= parts.len() {
            return;
        }
        let line = Line {
            text: source.line(index),
            spans: ink.spans.and_then(|spans| spans.get(index)).map_or(&[], Vec::as_slice),
            words: if changed { source.words(index) } else { &[] },
            word: theme.style(word),
            ground,
            label: sides.label(of_old, index).filter(|_| part == 0),
            left: if self.wrap.is_some() { 0 } else { self.left },
            part: parts.get(part),
            hits: ink.marks.hits(index).collect(),
        };
        line::draw(buf, at(digits + 3, u16::MAX), &line, theme);
    }
}
