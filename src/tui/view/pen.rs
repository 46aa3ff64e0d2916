//! Drawing of plain text by role. Everything goes through the visible-escape gate, whoever wrote it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

use crate::core::escape;
use crate::tui::style::{Role, Signs, Theme};

pub struct Pen<'a> {
    pub buf: &'a mut Buffer,
    pub theme: &'a Theme,
}

impl<'a> Pen<'a> {
    pub fn new(buf: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buf, theme }
    }

    pub fn signs(&self) -> Signs {
        self.theme.signs
    }

    /// Writes up to `max` columns and returns the column after the last.
    pub fn put(&mut self, x: u16, y: u16, max: u16, text: &str, role: Role) -> u16 {
        if !self.buf.area.contains((x, y).into()) || max == 0 {
            return x;
        }
        let max = max.min(self.buf.area.right() - x);
        let text = clip(&escape::line(text, escape::TAB), max as usize, self.theme.signs.ellipsis);
        let (end, _) = self.buf.set_stringn(x, y, text, max as usize, self.ink(role));
        end
    }

    /// A role's look on whatever ground is there: the screen's own ground would cut a hole into a selection.
    fn ink(&self, role: Role) -> Style {
        let style = self.theme.style(role);
        if role == Role::Text { Style { bg: None, ..style } } else { style }
    }

    /// Writes so that the text ends before `right`.
    pub fn put_right(&mut self, right: u16, y: u16, max: u16, text: &str, role: Role) -> u16 {
        let wide = columns(text).min(max);
        let x = right.saturating_sub(wide);
        self.put(x, y, wide, text, role);
        x
    }

    /// Pieces one after the other, within `max` columns.
    pub fn spans(&mut self, x: u16, y: u16, max: u16, spans: &[(Role, String)]) -> u16 {
        let end = x.saturating_add(max);
        spans.iter().fold(x, |at, (role, text)| self.put(at, y, end.saturating_sub(at), text, *role))
    }

    pub fn ground(&mut self, area: Rect, role: Role) {
        self.buf.set_style(area.intersection(self.buf.area), self.theme.style(role));
    }

    pub fn horizontal(&mut self, x: u16, y: u16, width: u16) {
        for x in x..x.saturating_add(width) {
            self.cell(x, y, self.theme.signs.horizontal);
        }
    }

    pub fn vertical(&mut self, x: u16, y: u16, height: u16) {
        for y in y..y.saturating_add(height) {
            self.cell(x, y, self.theme.signs.vertical);
        }
    }

    pub fn cell(&mut self, x: u16, y: u16, sign: &str) {
        let style = self.theme.style(Role::Rule);
        if let Some(cell) = self.buf.cell_mut((x, y)) {
            cell.set_symbol(sign).set_style(style);
        }
    }

    /// Marks a list's row: a bar and a ground, stronger where the focus is.
    pub fn select(&mut self, area: Rect, focused: bool) {
        self.ground(area, if focused { Role::Selection } else { Role::SelectionIdle });
        let bar = self.theme.signs.bar;
        self.put(area.x, area.y, 1, bar, if focused { Role::Accent } else { Role::Muted });
    }
}

pub fn columns(text: &str) -> u16 {
    u16::try_from(escape::width(text, 0, escape::TAB)).unwrap_or(u16::MAX)
}

/// Cuts at the right end.
pub fn clip(text: &str, width: usize, ellipsis: &str) -> String {
    if escape::columns(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(escape::columns(ellipsis));
    let mut kept = String::new();
    let mut wide = 0;
    for grapheme in text.graphemes(true) {
        let next = escape::columns(grapheme);
        if wide + next > room {
            break;
        }
        wide += next;
        kept.push_str(grapheme);
    }
    if width > 0 {
        kept.push_str(ellipsis);
    }
    kept
}

/// Cuts in the middle, so that the end that tells ids apart stays.
pub fn clip_middle(text: &str, width: usize, ellipsis: &str) -> String {
    let text = escape::line(text, escape::TAB);
    if escape::columns(&text) <= width {
        return text;
    }
    let room = width.saturating_sub(escape::columns(ellipsis));
    let graphemes: Vec<&str> = text.graphemes(true).collect();
    let (mut head, mut tail) = (0, graphemes.len());
    let (mut wide_head, mut wide_tail) = (0, 0);
    loop {
        let from_head = wide_head <= wide_tail;
        let grapheme = if from_head { graphemes[head] } else { graphemes[tail - 1] };
        let wide = escape::columns(grapheme);
        if wide_head + wide_tail + wide > room {
            break;
        }
        if from_head {
            head += 1;
            wide_head += wide;
        } else {
            tail -= 1;
            wide_tail += wide;
        }
    }
    format!("{}{ellipsis}{}", graphemes[..head].concat(), graphemes[tail..].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_by_columns() {
        for (text, width, right, middle) in [
            ("short", 5, "short", "short"),
            ("sql-row-count", 9, "sql-row-…", "sql-…ount"),
            ("漢字漢字", 5, "漢字…", "漢…字"),
            ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…", "e\u{301}…"),
        ] {
            assert_eq!(clip(text, width, "…"), right);
            assert_eq!(clip_middle(text, width, "…"), middle);
        }
    }
}
