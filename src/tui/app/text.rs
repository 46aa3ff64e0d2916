//! Running text as lines of the screen: gated, wrapped, each piece with its meaning.

use unicode_segmentation::UnicodeSegmentation;

use crate::core::escape;
use crate::tui::style::Role;

/// One screen line, ready to draw.
pub type TextLine = Vec<(Role, String)>;

/// A text document being put together for a pane of a certain width.
#[derive(Debug, Default)]
pub struct Page {
    pub lines: Vec<TextLine>,
    width: usize,
}

impl Page {
    pub fn new(width: usize) -> Self {
        Self { lines: Vec::new(), width: width.max(8) }
    }

    /// Columns of the pane.
    pub fn width(&self) -> usize {
        self.width
    }

    pub fn blank(&mut self) {
        if !self.lines.is_empty() {
            self.lines.push(Vec::new());
        }
    }

    /// A heading, with what is known about it beside it.
    pub fn heading(&mut self, title: &str, beside: &str) {
        self.blank();
        let mut line = vec![(Role::Title, escape::line(title, escape::TAB))];
        if !beside.is_empty() {
            line.push((Role::Muted, format!("  {}", escape::line(beside, escape::TAB))));
        }
        self.lines.push(line);
    }

    pub fn text(&mut self, role: Role, text: &str) {
        self.indented(role, 0, text);
    }

    pub fn indented(&mut self, role: Role, indent: usize, text: &str) {
        let width = self.width.saturating_sub(indent).max(8);
        for line in text.lines() {
            for piece in wrap(&escape::line(line, escape::TAB), width) {
                self.lines.push(vec![(role, format!("{:indent$}{piece}", ""))]);
            }
        }
    }

    pub fn line(&mut self, line: TextLine) {
        self.lines.push(line.into_iter().map(|(role, text)| (role, escape::line(&text, escape::TAB))).collect());
    }
}

/// Breaks a gated line at spaces, inside a word only when the word alone is too long. Nothing is lost but the spaces
/// at the breaks.
pub fn wrap(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    let mut columns = 0;
    let mut space_at: Option<(usize, usize)> = None;
    for grapheme in line.graphemes(true) {
        let wide = escape::columns(grapheme);
        if columns + wide > width && !current.is_empty() {
            match space_at.take().filter(|_| grapheme != " ") {
                Some((bytes, at)) => {
                    let rest = current.split_off(bytes);
                    lines.push(current.trim_end().to_owned());
                    current = rest;
                    columns -= at;
                }
                None => {
                    lines.push(current.trim_end().to_owned());
                    current = String::new();
                    columns = 0;
                    if grapheme == " " {
                        continue;
                    }
                }
            }
        }
        current.push_str(grapheme);
        columns += wide;
        // An indent is no place to break.
        if grapheme == " " && !current.trim_start().is_empty() {
            space_at = Some((current.len(), columns));
        }
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_long_words_anywhere() {
        for (line, width, wrapped) in [
            ("", 8, vec![""]),
            ("one two three", 8, vec!["one two", "three"]),
            ("onetwothree", 5, vec!["onetw", "othre", "e"]),
            ("    indented text", 12, vec!["    indented", "text"]),
            ("漢字漢字", 5, vec!["漢字", "漢字"]),
            ("ab cd", 5, vec!["ab cd"]),
            ("ab cd ef", 5, vec!["ab cd", "ef"]),
        ] {
            assert_eq!(wrap(line, width), wrapped, "{line:?} at {width}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_but_spaces_is_lost(line in "[a-z漢é ]{0,40}", width in 2..20usize) {
            let lines = wrap(&line, width);
            for line in &lines {
                proptest::prop_assert!(escape::columns(line) <= width);
            }
            let squeezed = |text: &str| text.replace(' ', "");
            proptest::prop_assert_eq!(squeezed(&lines.concat()), squeezed(&line));
        }
    }
}
