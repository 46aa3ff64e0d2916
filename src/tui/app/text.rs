//! Running text as lines of the screen: gated, wrapped, each piece with its meaning.

use std::collections::HashMap;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::core::escape;
use crate::tui::style::Role;

/// One screen line, ready to draw.
pub type TextLine = Vec<(Role, String)>;

/// A text document being put together for a pane of a certain width.
#[derive(Debug, Clone, Default)]
pub struct Page {
    pub lines: Vec<TextLine>,
    width: usize,
    /// The lines that go on with the one before.
    joints: HashMap<usize, Joint>,
}

/// How a screen line goes on with the one before.
#[derive(Debug, Clone, Copy)]
struct Joint {
    /// Bytes of indent.
    indent: usize,
    /// Spaces that the break took.
    spaces: usize,
}

/// Bytes of a screen line, and where they stand in the line before it was wrapped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    pub row: usize,
    pub bytes: Range<usize>,
    pub at: usize,
}

impl Page {
    pub fn new(width: usize) -> Self {
        Self { lines: Vec::new(), width: width.max(8), joints: HashMap::new() }
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
        for line in text.lines() {
            self.wrapped(vec![(role, " ".repeat(indent))], indent, role, line);
        }
    }

    /// One line of text behind `head`; what is too long goes on below, `indent` columns in.
    pub fn wrapped(&mut self, head: TextLine, indent: usize, role: Role, line: &str) {
        let line = escape::line(line, escape::TAB);
        let width = self.width.saturating_sub(indent).max(8);
        let (mut start, mut rest) = (head, line.as_str());
        for (at, piece) in wrap(&line, width).into_iter().enumerate() {
            let spaces = rest.find(&piece).unwrap_or(0);
            rest = rest.get(spaces + piece.len()..).unwrap_or_default();
            if at > 0 {
                self.joints.insert(self.lines.len(), Joint { indent, spaces });
            }
            match start.last_mut() {
                Some((before, text)) if *before == role => text.push_str(&piece),
                _ => start.push((role, piece)),
            }
            self.lines.push(std::mem::replace(&mut start, vec![(role, " ".repeat(indent))]));
        }
    }

    /// The line that begins at a row, as it was before it was wrapped, its segments, and the row after it.
    pub fn unwrapped(&self, row: usize) -> (String, Vec<Segment>, usize) {
        let (mut text, mut segments) = (String::new(), Vec::new());
        let mut at = row;
        while let Some(line) = self.lines.get(at) {
            let joint = self.joints.get(&at).filter(|_| at > row);
            if at > row && joint.is_none() {
                break;
            }
            let joint = joint.copied().unwrap_or(Joint { indent: 0, spaces: 0 });
            text.extend(std::iter::repeat_n(' ', joint.spaces));
            let whole: String = line.iter().map(|(_, text)| text.as_str()).collect();
            let bytes = joint.indent.min(whole.len())..whole.len();
            segments.push(Segment { row: at, bytes: bytes.clone(), at: text.len() });
            text.push_str(&whole[bytes]);
            at += 1;
        }
        (text, segments, at)
    }

    /// The whole page as text, its lines as they were before they were wrapped.
    pub fn plain(&self) -> String {
        let (mut text, mut row) = (String::new(), 0);
        while row < self.lines.len() {
            let (line, _, next) = self.unwrapped(row);
            text.push_str(line.trim_end());
            text.push('\n');
            row = next;
        }
        text
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

    #[test]
    fn a_page_reads_back_as_it_was_written() {
        let text = "one two  three four\n\n    indented and long enough to be cut\nabcdefghijklmnopqrstuvwxyz";
        let mut page = Page::new(12);
        page.text(Role::Text, text);
        assert!(page.lines.len() > 8);
        assert_eq!(page.plain().trim_end(), text);
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
