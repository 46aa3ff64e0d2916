//! What two lines must share to be the same line: all of it, or what the options leave of it.
//!
//! The options read Python by its tokens alone, so that code that does not parse is read too. Strings with their prefixes,
//! triple quotes and lines joined by a backslash are followed from line to line; inside a string, fields of an f-string
//! included, nothing is hidden.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{Block, Options, Source};

/// Words in comments that scanners and linters obey.
const SPOKEN: [&str; 6] = ["nosec", "noqa", "ruff:", "nosemgrep", "lgtm", "codeql["];

/// A number per line, from 0, equal where lines count as the same: comparing numbers is what makes large diffs fast.
pub(super) struct Keys {
    pub old: Vec<u32>,
    pub new: Vec<u32>,
    /// Different numbers.
    pub count: usize,
    /// Lines that the options hide as a whole; empty where they hide nothing.
    quiet: (Vec<bool>, Vec<bool>),
}

impl Keys {
    pub fn of(old: &Source, new: &Source, options: &Options) -> Self {
        let mut known: HashMap<Cow<'_, [u8]>, u32> = HashMap::with_capacity(old.len() + new.len());
        let mut number = |key| {
            let next = u32::try_from(known.len()).unwrap_or(u32::MAX);
            *known.entry(key).or_insert(next)
        };
        if !options.ignore_space && !options.ignore_comments {
            let olds = (0..old.len()).map(|line| number(Cow::Borrowed(old.line(line).as_bytes()))).collect();
            let news = (0..new.len()).map(|line| number(Cow::Borrowed(new.line(line).as_bytes()))).collect();
            return Self { old: olds, new: news, count: known.len(), quiet: (Vec::new(), Vec::new()) };
        }
        let mut numbers = |side: &Source| -> (Vec<u32>, Vec<bool>) {
            let mut reader = Reader { options, inside: Vec::new() };
            let read = |line| reader.line(side.line(line), line);
            (0..side.len()).map(read).map(|(key, quiet)| (number(Cow::Owned(key)), quiet)).unzip()
        };
        let ((old, quiet_old), (new, quiet_new)) = (numbers(old), numbers(new));
        Self { old, new, count: known.len(), quiet: (quiet_old, quiet_new) }
    }

    /// Lines that the options do not hide, where there is a difference.
    pub fn loud(&self) -> Option<(Vec<usize>, Vec<usize>)> {
        let some = self.quiet.0.iter().chain(&self.quiet.1).any(|quiet| *quiet);
        let loud =
            |quiet: &[bool]| quiet.iter().enumerate().filter(|(_, quiet)| !**quiet).map(|(line, _)| line).collect();
        some.then(|| (loud(&self.quiet.0), loud(&self.quiet.1)))
    }

    /// Blocks that count, and those that hold nothing but hidden lines. Hidden lines at either end of a block that
    /// counts are taken from it.
    pub fn part(&self, blocks: Vec<Block>) -> (Vec<Block>, Vec<Block>) {
        if self.quiet.0.is_empty() && self.quiet.1.is_empty() {
            return (blocks, Vec::new());
        }
        let (mut loud, mut quiet) = (Vec::new(), Vec::new());
        for (old, new) in blocks {
            let (mut was, mut is) = (old.clone(), new.clone());
            for (range, hidden) in [(&mut was, &self.quiet.0), (&mut is, &self.quiet.1)] {
                while range.start < range.end && hidden[range.start] {
                    range.start += 1;
                }
                while range.start < range.end && hidden[range.end - 1] {
                    range.end -= 1;
                }
            }
            let before = (old.start..was.start, new.start..is.start);
            let after = (was.end..old.end, is.end..new.end);
            for block in [before, after] {
                if !block.0.is_empty() || !block.1.is_empty() {
                    quiet.push(block);
                }
            }
            if !was.is_empty() || !is.is_empty() {
                loud.push((was, is));
            }
        }
        (loud, quiet)
    }
}

/// What a place in the text is inside of; nothing is plain code.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Text {
        quote: u8,
        triple: bool,
        fields: bool,
    },
    /// The code between the braces of an f-string, with the brackets open in it.
    Field(usize),
    /// What stands behind a field's colon.
    Spec,
}

struct Reader<'a> {
    options: &'a Options,
    inside: Vec<Inside>,
}

impl Reader<'_> {
    /// What counts of a line, and whether the line is hidden as a whole.
    fn line(&mut self, line: &str, index: usize) -> (Vec<u8>, bool) {
        let bytes = line.as_bytes();
        let plain = self.inside.is_empty();
        let mut key = Vec::with_capacity(bytes.len());
        let (mut at, mut spaced, mut commented, mut joined) = (0, false, false, false);
        while let Some(byte) = bytes.get(at).copied() {
            let length = if self.inside.is_empty() {
                if byte == b'#' {
                    commented = self.options.ignore_comments && !speaks(&line[at..], index);
                    if !commented {
                        key.extend_from_slice(&bytes[at..]);
                    } else if key.iter().all(u8::is_ascii_whitespace) {
                        // Where a whole-line comment stands says nothing.
                        key.clear();
                    } else {
                        key.truncate(key.trim_ascii_end().len());
                    }
                    break;
                }
                if self.options.ignore_space && is_space(byte) {
                    (at, spaced) = (at + 1, true);
                    continue;
                }
                // `not x` is another thing than `notx`.
                if spaced && key.last().copied().is_some_and(joins) && joins(byte) {
                    key.push(b' ');
                }
                self.code(bytes, at)
            } else {
                self.step(bytes, at)
            };
            spaced = false;
            let end = (at + length).min(bytes.len());
            joined = byte == b'\\' && at + 1 >= bytes.len();
            key.extend_from_slice(&bytes[at..end]);
            at = end;
        }
        if !joined {
            // A string of one line ends with it, and all that is open inside of it.
            let ends = |inside: &Inside| matches!(inside, Inside::Text { triple: false, .. });
            if let Some(first) = self.inside.iter().position(ends) {
                self.inside.truncate(first);
            }
        }
        let blank = self.options.ignore_space && line.bytes().all(is_space);
        let quiet = plain && key.is_empty() && (commented || blank);
        (key, quiet)
    }

    /// Bytes of the next token in code; opens a string where one begins.
    fn code(&mut self, bytes: &[u8], at: usize) -> usize {
        let quote = bytes[at];
        if !matches!(quote, b'"' | b'\'') {
            return 1;
        }
        let triple = bytes[at..].starts_with(&[quote; 3]);
        let before = bytes[..at].iter().rev().take_while(|byte| joins(**byte) && !matches!(**byte, b'"' | b'\''));
        let prefix: Vec<u8> = before.take(3).map(u8::to_ascii_lowercase).collect();
        let fields = matches!(prefix.as_slice(), b"f" | b"t" | b"rf" | b"fr" | b"rt" | b"tr");
        self.inside.push(Inside::Text { quote, triple, fields });
        if triple { 3 } else { 1 }
    }

    /// Bytes of the next step inside a string.
    fn step(&mut self, bytes: &[u8], at: usize) -> usize {
        let byte = bytes[at];
        match self.inside.last().copied() {
            Some(Inside::Text { quote, triple, fields }) => {
                let closes = byte == quote && (!triple || bytes[at..].starts_with(&[quote; 3]));
                if byte == b'\\' {
                    return 2;
                } else if closes {
                    self.inside.pop();
                    return if triple { 3 } else { 1 };
                } else if fields && byte == b'{' {
                    if bytes.get(at + 1) == Some(&b'{') {
                        return 2;
                    }
                    self.inside.push(Inside::Field(0));
                }
                1
            }
            Some(Inside::Field(depth)) => {
                let top = self.inside.len() - 1;
                match byte {
                    b'(' | b'[' | b'{' => self.inside[top] = Inside::Field(depth + 1),
                    b'}' if depth == 0 => self.inside.truncate(top),
                    b')' | b']' | b'}' => self.inside[top] = Inside::Field(depth.saturating_sub(1)),
                    b':' if depth == 0 => self.inside[top] = Inside::Spec,
                    b'"' | b'\'' => return self.code(bytes, at),
                    _ => {}
                }
                1
            }
            _ => {
                // A format ends at its brace, or with its string.
                let text = self.inside.iter().rposition(|inside| matches!(inside, Inside::Text { .. }));
                let closing =
                    text.is_some_and(|text| matches!(self.inside[text], Inside::Text { quote, .. } if quote == byte));
                match byte {
                    b'}' => {
                        self.inside.pop();
                    }
                    b'{' => self.inside.push(Inside::Field(0)),
                    _ if closing => {
                        self.inside.truncate(text.map_or(0, |text| text + 1));
                        return self.step(bytes, at);
                    }
                    _ => {}
                }
                1
            }
        }
    }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\x0c')
}

/// Bytes between which white space parts two tokens.
fn joins(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'"' | b'\'') || !byte.is_ascii()
}

/// Whether a comment does more than tell a reader something.
fn speaks(comment: &str, line: usize) -> bool {
    let comment = comment.to_ascii_lowercase();
    let encoding = line < 2 && (comment.contains("coding:") || comment.contains("coding="));
    encoding || SPOKEN.iter().any(|word| comment.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What counts of each line; a line hidden as a whole is `~`.
    fn read(text: &str, options: &Options) -> Vec<String> {
        let source = Source::new(text);
        let mut reader = Reader { options, inside: Vec::new() };
        let shown = |(key, quiet): (Vec<u8>, bool)| if quiet { "~".into() } else { String::from_utf8(key).unwrap() };
        (0..source.len()).map(|line| shown(reader.line(source.line(line), line))).collect()
    }

    const COMMENTS: Options = Options { words: false, ignore_space: false, ignore_comments: true };
    const SPACE: Options = Options { words: false, ignore_space: true, ignore_comments: false };

    #[test]
    fn comments_stand_outside_of_strings() {
        for (line, counts) in [
            ("x = 1  # one", "x = 1"),
            ("    # alone", "~"),
            ("x = '#' # a", "x = '#'"),
            ("x = 'it\\'s #' # a", "x = 'it\\'s #'"),
            ("x = r'\\' #' # a", "x = r'\\' #'"),
            ("x = f'{a:#x}' # a", "x = f'{a:#x}'"),
            ("x = f'{d[\"#\"]}' # a", "x = f'{d[\"#\"]}'"),
            ("x = f\"{d[\"#\"]}\" # a", "x = f\"{d[\"#\"]}\""),
            ("x = f'{a:\"^9}#' # a", "x = f'{a:\"^9}#'"),
            ("x = f'{{#' # a", "x = f'{{#'"),
            ("x = '{' # a", "x = '{'"),
            ("x = \"\"\"#\"\"\" # a", "x = \"\"\"#\"\"\""),
            ("x = 'open # a", "x = 'open # a"),
            ("run(x)  # nosec B602", "run(x)  # nosec B602"),
            ("import os  # NOQA", "import os  # NOQA"),
            ("# -*- coding: latin-1 -*-", "# -*- coding: latin-1 -*-"),
            ("é = '漢#' # 字", "é = '漢#'"),
        ] {
            assert_eq!(read(line, &COMMENTS), [counts], "{line}");
        }
    }

    #[test]
    fn strings_go_on_from_line_to_line() {
        let text = "a = '''\n# text\n'''  # comment\nb = 'x\\\n# text' # comment\nc = 'open\n# comment\n";
        let counts = ["a = '''", "# text", "'''", "b = 'x\\", "# text'", "c = 'open", "~"];
        assert_eq!(read(text, &COMMENTS), counts);
        let text = "a = f'''{\n  x # text\n} # text''' # comment\n\n";
        assert_eq!(read(text, &COMMENTS), ["a = f'''{", "  x # text", "} # text'''", ""]);
    }

    #[test]
    fn white_space_counts_between_words_and_in_strings() {
        for (line, counts) in [
            ("\tif  not x :\r", "if not x:"),
            ("f( a,b )  # a  b", "f(a,b)# a  b"),
            ("x = ' a  b '", "x=' a  b '"),
            ("return 'x'", "return 'x'"),
            (" \t", "~"),
        ] {
            assert_eq!(read(line, &SPACE), [counts], "{line}");
        }
        assert_eq!(read("'''\n  a  b\n\n'''\n", &SPACE), ["'''", "  a  b", "", "'''"]);
    }
}
