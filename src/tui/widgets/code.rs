use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::line::{self, Line};
use super::marks::Marks;
use crate::core::diff::Source;
use crate::tui::style::{Role, Theme, syntax::Lines};

/// Code with the numbers of its lines, a bar in the gutter where a finding is and the finding's rule at the right end.
pub struct CodeView<'a> {
    pub source: &'a Source,
    /// Plain text until they are there.
    pub spans: Option<&'a Lines>,
    pub marks: &'a Marks,
    /// First visible line, from 0.
    pub top: usize,
    /// Columns scrolled out on the left.
    pub left: usize,
    /// The line with the cursor, from 0.
    pub selected: Option<usize>,
    pub theme: &'a Theme,
}

impl CodeView<'_> {
    /// Columns left of the code.
    pub fn gutter(source: &Source) -> u16 {
        line::digits(source.len()) + 2
    }
}

impl Widget for CodeView<'_> {
    fn render(self, area: Rect, buf: &mut Buffer) {
        let theme = self.theme;
        let text = theme.style(Role::Text);
        line::fill(buf, area, text);
        let digits = line::digits(self.source.len());
        for (index, y) in (self.top..self.source.len()).zip(area.rows()) {
            let mark = self.marks.at(index);
            let selected = self.selected == Some(index);
            let ground = match (selected, mark) {
                (true, _) => text.patch(theme.style(Role::SelectionIdle)),
                (false, Some(mark)) if !mark.hint => text.patch(theme.style(Role::FindingLine)),
                (false, _) => text,
            };
            line::fill(buf, y, ground);
            let number = format!("{:>width$}", index + 1, width = usize::from(digits));
            let role = if selected { Role::Accent } else { Role::Number };
            line::put(buf, Rect { width: digits.min(y.width), ..y }, &number, theme.style(role));
            let at = |x: u16, width: u16| Rect { x: y.x.saturating_add(x), width, ..y }.intersection(y);
            line::bar(buf, at(digits + 1, 1), mark, theme);
            let line = Line {
                text: self.source.line(index),
                spans: self.spans.and_then(|spans| spans.get(index)).map_or(&[], Vec::as_slice),
                words: &[],
                word: text,
                ground,
                label: line::label(mark),
                left: self.left,
                part: None,
                hits: self.marks.hits(index).collect(),
            };
            line::draw(buf, at(digits + 2, u16::MAX), &line, theme);
        }
    }
}
