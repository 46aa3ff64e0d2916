//! The one gate between text from a model or a file and a screen.
//!
//! Characters that act on a terminal or cannot be seen are shown, never emitted:
//! - C0 controls and DEL as their control pictures (`␀`…`␟`, `␡`);
//! - everything else that is hidden as its code point in white brackets, `⟦U+202E⟧`: C1, bidi controls, zero-width and
//!   other default-ignorable characters, tag characters, line and paragraph separators, noncharacters, halfwidth sound
//!   marks, a combining mark with nothing to combine with, more than [`MARKS`] marks on one character, a character that
//!   is narrower in its cluster than alone, such as a skin tone (terminals disagree about its width);
//! - the signs used for that (U+2400…U+2426 and `⟦`) as code points too, so that what is shown can be read back one way.
//!
//! A backslash is nothing special: `"\n"` in Python source stays as it is.

use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns from one tab stop to the next.
pub const TAB: usize = 4;
/// Zero-width characters one visible character may carry before the rest is shown.
pub const MARKS: usize = 8;

/// A grapheme or one shown character, ready for the screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Bytes of the source text.
    pub source: Range<usize>,
    pub text: Cow<'a, str>,
    /// Columns; never 0.
    pub width: usize,
    /// Stands for something that could not be seen.
    pub shown: bool,
}

/// Whether `c` is shown rather than emitted.
pub fn is_hidden(c: char) -> bool {
    match c as u32 {
        0..=0x1f | 0x7f..=0x9f => true,
        0x20..=0x7e => false,
        0xad | 0x34f | 0x61c | 0x115f | 0x1160 | 0x17b4 | 0x17b5 | 0x3164 | 0xfeff | 0xffa0 => true,
        0x180b..=0x180f | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f => true,
        0xfe00..=0xfe0f | 0xfff0..=0xfffb | 0x1bca0..=0x1bca3 | 0x1d173..=0x1d17a | 0xe0000..=0xe0fff => true,
        // Halfwidth sound marks: libraries and terminals disagree about their width.
        0xff9e | 0xff9f => true,
        0xfdd0..=0xfdef => true,
        // U+xxFFFE and U+xxFFFF are noncharacters in every plane.
        point => point & 0xfffe == 0xfffe,
    }
}

fn is_sign(c: char) -> bool {
    matches!(c, '\u{2400}'..='\u{2426}' | '⟦')
}

fn is_special(c: char) -> bool {
    is_hidden(c) || is_sign(c)
}

/// Appends what is shown for one character.
fn show(c: char, out: &mut String) {
    match c {
        '\0'..='\x1f' => out.extend(char::from_u32(0x2400 + c as u32)),
        '\x7f' => out.push('\u{2421}'),
        _ => {
            let _ = write!(out, "⟦U+{:04X}⟧", c as u32);
        }
    }
}

/// Columns of a text without controls.
pub fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// The pieces of `text`, drawn from column `start` on, with tab stops every `tab` columns. A newline is shown.
pub fn pieces(text: &str, start: usize, tab: usize) -> Pieces<'_> {
    Pieces { text, at: 0, run_end: 0, excess: 0, column: start, tab: tab.max(1) }
}

/// See [`pieces`].
#[derive(Debug, Clone)]
pub struct Pieces<'a> {
    text: &'a str,
    at: usize,
    /// Up to here the text holds no special character.
    run_end: usize,
    /// Up to here every character is shown for itself: the marks past [`MARKS`] of one grapheme.
    excess: usize,
    column: usize,
    tab: usize,
}

impl<'a> Pieces<'a> {
    fn piece(&mut self, end: usize, text: Cow<'a, str>, width: usize, shown: bool) -> Piece<'a> {
        let source = self.at..end;
        self.at = end;
        self.column += width;
        Piece { source, text, width, shown }
    }

    fn shown(&mut self, c: char) -> Piece<'a> {
        let mut text = String::new();
        show(c, &mut text);
        let width = columns(&text);
        self.piece(self.at + c.len_utf8(), text.into(), width, true)
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let rest = &self.text[self.at..];
        let first = rest.chars().next()?;
        if first == '\t' {
            let width = self.tab - self.column % self.tab;
            return Some(self.piece(self.at + 1, " ".repeat(width).into(), width, false));
        }
        if is_special(first) || self.at < self.excess {
            return Some(self.shown(first));
        }
        // Most code is ASCII, where a byte is a grapheme unless a mark follows.
        let bytes = rest.as_bytes();
        if bytes[0].is_ascii() && bytes.get(1).is_none_or(u8::is_ascii) {
            return Some(self.piece(self.at + 1, Cow::Borrowed(&rest[..1]), 1, false));
        }
        if self.run_end <= self.at {
            self.run_end = rest.find(is_special).map_or(self.text.len(), |length| self.at + length);
        }
        let grapheme = self.text[self.at..self.run_end].graphemes(true).next()?;
        let mut kept = grapheme;
        let (mut marks, mut sum) = (0, 0);
        for (offset, c) in grapheme.char_indices() {
            let width = c.width().unwrap_or(0);
            sum += width;
            marks += usize::from(width == 0 && offset > 0);
            let end = offset + c.len_utf8();
            if offset > 0 && (marks > MARKS || columns(&grapheme[..end]) != sum) {
                kept = &grapheme[..offset];
                self.excess = self.at + grapheme.len();
                break;
            }
        }
        match columns(kept) {
            0 => {
                self.excess = self.excess.max(self.at + grapheme.len());
                Some(self.shown(first))
            }
            width => Some(self.piece(self.at + kept.len(), kept.into(), width, false)),
        }
    }
}

/// Any text made safe for a terminal; newlines stay, tabs become spaces up to the next stop of [`TAB`] columns.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b'\n' | 0x20..=0x7e)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (index, row) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        out.extend(pieces(row, 0, TAB).map(|piece| piece.text));
    }
    Cow::Owned(out)
}

/// Any text made safe to leave the program as text: newlines and tabs stay, `\r\n` becomes a newline, everything else
/// that acts or hides is shown.
pub fn portable(text: &str) -> Cow<'_, str> {
    if text.bytes().all(|byte| matches!(byte, b'\n' | b'\t' | 0x20..=0x7e)) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for (index, row) in text.split('\n').enumerate() {
        if index > 0 {
            out.push('\n');
        }
        let row = row.strip_suffix('\r').unwrap_or(row);
        for (part, cell) in row.split('\t').enumerate() {
            if part > 0 {
                out.push('\t');
            }
            out.extend(pieces(cell, 0, TAB).map(|piece| piece.text));
        }
    }
    Cow::Owned(out)
}

/// JSON, as a serializer wrote it, in whose strings everything that acts or hides is escaped: the values stay the same.
pub fn json(text: &str) -> Cow<'_, str> {
    let acts = |c: char| is_hidden(c) && c != '\n';
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for c in text.chars() {
        if !acts(c) {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            let _ = write!(out, "\\u{unit:04x}");
        }
    }
    Cow::Owned(out)
}

/// One screen line: as [`visible`], with newlines shown too and tab stops every `tab` columns.
pub fn line(text: &str, tab: usize) -> String {
    expand(text, 0, tab)
}

/// As [`line`], for a text that begins at column `start`.
pub fn expand(text: &str, start: usize, tab: usize) -> String {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return text.to_owned();
    }
    pieces(text, start, tab).map(|piece| piece.text).collect()
}

/// Columns that [`expand`]'s result takes.
pub fn width(text: &str, start: usize, tab: usize) -> usize {
    if text.bytes().all(|byte| matches!(byte, 0x20..=0x7e)) {
        return text.len();
    }
    pieces(text, start, tab).map(|piece| piece.width).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn json_says_the_same_and_does_nothing() {
        let value = serde_json::json!({ "a\u{9b}": ["\x1b]0;\x07", "\u{202e}\u{e0041}\n\t\u{7f}", "漢字 é"] });
        for text in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
            let safe = json(&text);
            assert!(!safe.contains(|c| is_hidden(c) && c != '\n'), "{safe}");
            assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), value);
            assert!(safe.contains("漢字 é"));
        }
    }

    #[test]
    fn shows_what_acts_or_hides() {
        for (text, shown) in [
            ("plain \\n \"\\x1b\" text", "plain \\n \"\\x1b\" text"),
            ("a\x1b]52;c;eA==\x07b", "a␛]52;c;eA==␇b"),
            ("\u{9b}31m", "⟦U+009B⟧31m"),
            ("user\u{202e}nimda", "user⟦U+202E⟧nimda"),
            ("a\u{200b}b\u{feff}", "a⟦U+200B⟧b⟦U+FEFF⟧"),
            ("x\u{e0041}", "x⟦U+E0041⟧"),
            ("a\u{2028}b\u{2029}c", "a⟦U+2028⟧b⟦U+2029⟧c"),
            ("a\r\nb\n", "a␍\nb\n"),
            ("␛ ⟦", "⟦U+241B⟧ ⟦U+27E6⟧"),
            ("e\u{301} 漢 é", "e\u{301} 漢 é"),
            ("\u{301}a", "⟦U+0301⟧a"),
            ("👩\u{200d}🚀", "👩⟦U+200D⟧🚀"),
            ("👩🏽🇺🇸", "👩⟦U+1F3FD⟧🇺🇸"),
            ("\u{7f}\0", "␡␀"),
            ("\ta\tbc\tdefg\th", "    a   bc  defg    h"),
            ("漢\t|", "漢  |"),
        ] {
            assert_eq!(visible(text), shown, "{text:?}");
        }
        assert_eq!(line("a\nb", 4), "a␊b");
        assert_eq!(expand("\tx", 3, 4), " x");
        assert_eq!(expand("\tx", 4, 8), "    x");
    }

    #[test]
    fn what_leaves_keeps_its_tabs_and_lines() {
        for (text, left) in [
            ("a\tb\n\tc\n", "a\tb\n\tc\n"),
            ("a\r\nb\r\n", "a\nb\n"),
            ("a\x1b[31m\tb\rc", "a␛[31m\tb␍c"),
            ("é\t漢\u{202e}", "é\t漢⟦U+202E⟧"),
        ] {
            assert_eq!(portable(text), left, "{text:?}");
        }
    }

    #[test]
    fn borrows_what_is_already_plain() {
        assert!(matches!(visible("def f():\n    return 1\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_tower_of_marks_is_cut_and_shown() {
        let text = format!("a{}b", "\u{301}".repeat(MARKS + 2));
        let shown = line(&text, 4);
        assert!(shown.ends_with("⟦U+0301⟧⟦U+0301⟧b"), "{shown}");
    }

    fn hostile() -> impl Strategy<Value = String> {
        let sharp = prop::sample::select(vec![
            '\x1b',
            '\u{9b}',
            '\u{202e}',
            '\u{200d}',
            '\u{301}',
            '\u{fe0f}',
            '\t',
            '\n',
            '\r',
            '漢',
            '👩',
            '⟦',
            '\u{e0041}',
            '\u{1f1fa}',
            '\u{1f1f8}',
            '\u{1f3fd}',
            '\u{1100}',
            '\u{1161}',
            '\u{64}',
            '\u{5d}',
        ]);
        prop::collection::vec(prop_oneof![any::<char>(), sharp], 0..40).prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn nothing_hidden_passes(text in hostile()) {
            let shown = visible(&text);
            prop_assert!(shown.chars().all(|c| c == '\n' || !is_hidden(c) && !c.is_control()), "{:?}", shown);
            prop_assert!(!line(&text, 4).chars().any(is_hidden));
        }

        #[test]
        fn pieces_cover_the_text_and_their_widths_are_exact(text in hostile(), start in 0usize..9) {
            let mut at = 0;
            let mut column = start;
            for piece in pieces(&text, start, TAB) {
                prop_assert_eq!(piece.source.start, at);
                prop_assert!(piece.width > 0);
                prop_assert_eq!(piece.width, columns(&piece.text));
                if !piece.shown && &text[piece.source.clone()] != "\t" {
                    prop_assert_eq!(&*piece.text, &text[piece.source.clone()]);
                }
                at = piece.source.end;
                column += piece.width;
            }
            prop_assert_eq!(at, text.len());
            prop_assert_eq!(column - start, width(&text, start, TAB));
        }

        #[test]
        fn what_is_shown_reads_back_one_way(a in hostile(), b in hostile()) {
            let plain = |text: &str| text.replace('\t', " ");
            let (a, b) = (plain(&a), plain(&b));
            prop_assert_eq!(a == b, line(&a, 1) == line(&b, 1));
        }

        #[test]
        fn printable_text_is_untouched(text in "[ -~äöüß漢字]{0,60}") {
            prop_assert_eq!(&*visible(&text), text.as_str());
        }
    }
}
