//! Cuts a stream into rows without ever holding more than one row, nor more of it than the limit.

use std::io::{self, BufRead};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// JSON Lines: a row a line; lines of white space are no rows.
    Lines,
    /// A JSON array: a row an element.
    Array,
    /// Comma-separated values (RFC 4180): a row a record, which may span lines; blank lines are no rows.
    Csv,
}

/// What is wrong with a row before it is looked into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    TooLong,
    /// The stream ends inside the row.
    Unfinished,
    /// Nothing stands between two commas of an array.
    Nothing,
    /// The stream ends after the row's place, but the array was never closed.
    Unclosed,
    /// Text after the end of the array.
    Trailing,
    /// The stream does not begin with `[`.
    NoArray,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRow {
    /// The line on which it begins, from 1.
    pub line: u64,
    pub bytes: Vec<u8>,
    pub cut: Option<Cut>,
}

#[derive(Debug, Default)]
struct Bounded {
    bytes: Vec<u8>,
    over: bool,
}

impl Bounded {
    fn push(&mut self, bytes: &[u8], limit: usize) {
        if self.over || self.bytes.len() + bytes.len() > limit {
            self.over = true;
            self.bytes = Vec::new();
        } else {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn row(&mut self, line: u64, cut: Option<Cut>) -> RawRow {
        let Bounded { bytes, over } = std::mem::take(self);
        RawRow { line, bytes, cut: if over { Some(Cut::TooLong) } else { cut } }
    }

    fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.over
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    // CSV: where in a field the last byte was.
    FieldStart,
    Plain,
    Quoted,
    QuoteSeen,
    // JSON array.
    Before,
    Element,
    Text,
    Escape,
    After,
    End,
}

pub struct Splitter {
    layout: Layout,
    limit: usize,
    /// The line of the next byte, from 1.
    line: u64,
    state: State,
    depth: usize,
    after_comma: bool,
    /// The last byte was a carriage return that ended a line.
    returned: bool,
    row: Bounded,
    row_line: u64,
}

impl Splitter {
    pub fn new(layout: Layout, limit: usize) -> Self {
        let state = if layout == Layout::Array { State::Before } else { State::FieldStart };
        Self {
            layout,
            limit,
            line: 1,
            state,
            depth: 0,
            after_comma: false,
            returned: false,
            row: Bounded::default(),
            row_line: 1,
        }
    }

    /// The next row; `None` at the end.
    pub fn next(&mut self, source: &mut impl BufRead) -> io::Result<Option<RawRow>> {
        loop {
            let chunk = source.fill_buf()?;
            if chunk.is_empty() {
                return Ok(self.end());
            }
            let (used, row) = match self.layout {
                Layout::Lines => self.lines(chunk),
                Layout::Array => self.bytes(chunk, Self::array),
                Layout::Csv => self.bytes(chunk, Self::csv),
            };
            source.consume(used);
            if row.is_some() {
                return Ok(row);
            }
        }
    }

    fn lines(&mut self, chunk: &[u8]) -> (usize, Option<RawRow>) {
        let Some(end) = chunk.iter().position(|byte| *byte == b'\n') else {
            self.row.push(chunk, self.limit);
            return (chunk.len(), None);
        };
        self.row.push(&chunk[..end], self.limit);
        let row = self.row.row(self.line, None);
        self.line += 1;
        (end + 1, (row.cut.is_some() || !blank(&row.bytes)).then_some(row))
    }

    fn bytes(&mut self, chunk: &[u8], step: fn(&mut Self, u8) -> Option<RawRow>) -> (usize, Option<RawRow>) {
        for (at, byte) in chunk.iter().enumerate() {
            let row = step(self, *byte);
            if row.is_some() {
                return (at + 1, row);
            }
        }
        (chunk.len(), None)
    }

    fn keep(&mut self, byte: u8) {
        if self.row.is_empty() {
            self.row_line = self.line;
        }
        self.row.push(&[byte], self.limit);
    }

    fn csv(&mut self, byte: u8) -> Option<RawRow> {
        let second_of_pair = byte == b'\n' && self.returned;
        let ends_line = matches!(byte, b'\n' | b'\r');
        if self.state == State::Quoted || !ends_line {
            self.keep(byte);
            self.state = match (self.state, byte) {
                (State::Quoted, b'"') => State::QuoteSeen,
                (State::Quoted, _) | (State::FieldStart | State::QuoteSeen, b'"') => State::Quoted,
                (_, b',') => State::FieldStart,
                _ => State::Plain,
            };
            self.returned = byte == b'\r';
            self.line += u64::from(ends_line && !second_of_pair);
            return None;
        }
        self.returned = byte == b'\r';
        self.state = State::FieldStart;
        let row = (!second_of_pair && !self.row.is_empty()).then(|| self.row.row(self.row_line, None));
        self.line += u64::from(!second_of_pair);
        row.filter(|row| row.cut.is_some() || !blank(&row.bytes))
    }

    fn array(&mut self, byte: u8) -> Option<RawRow> {
        let row = self.array_byte(byte);
        self.line += u64::from(byte == b'\n');
        row
    }

    fn array_byte(&mut self, byte: u8) -> Option<RawRow> {
        match (self.state, byte) {
            (State::End, _) => {}
            (State::Before | State::After, b) if b.is_ascii_whitespace() && self.row.is_empty() => {}
            (State::Before, b'[') => self.state = State::Element,
            (State::Before, _) => {
                self.state = State::End;
                return Some(RawRow { line: self.line, bytes: Vec::new(), cut: Some(Cut::NoArray) });
            }
            (State::After, b) => self.keep(b),
            (State::Escape, b) => {
                self.keep(b);
                self.state = State::Text;
            }
            (State::Text, b) => {
                self.keep(b);
                self.state = match b {
                    b'\\' => State::Escape,
                    b'"' => State::Element,
                    _ => State::Text,
                };
            }
            (_, b',') if self.depth == 0 => {
                self.after_comma = true;
                return Some(self.element());
            }
            (_, b']') if self.depth == 0 => {
                self.state = State::After;
                return (self.after_comma || !self.row.is_empty()).then(|| self.element());
            }
            (_, b) if b.is_ascii_whitespace() && self.row.is_empty() => {}
            (_, b) => {
                self.keep(b);
                match b {
                    b'"' => self.state = State::Text,
                    b'{' | b'[' => self.depth += 1,
                    b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                    _ => {}
                }
            }
        }
        None
    }

    fn element(&mut self) -> RawRow {
        if self.row.is_empty() {
            return RawRow { line: self.line, bytes: Vec::new(), cut: Some(Cut::Nothing) };
        }
        self.row.row(self.row_line, None)
    }

    fn end(&mut self) -> Option<RawRow> {
        let cut = match (self.layout, self.state) {
            (Layout::Lines, _) => None,
            (Layout::Csv, State::Quoted) => Some(Cut::Unfinished),
            (Layout::Csv, _) | (_, State::End) => None,
            (_, State::Before) => Some(Cut::NoArray),
            (_, State::After) => Some(Cut::Trailing),
            (_, _) if self.row.is_empty() => Some(Cut::Unclosed),
            (_, _) => Some(Cut::Unfinished),
        };
        self.state = if self.layout == Layout::Array { State::End } else { State::FieldStart };
        if self.row.is_empty() {
            let row = RawRow { line: self.line, bytes: Vec::new(), cut };
            return matches!(cut, Some(Cut::Unclosed | Cut::NoArray)).then_some(row);
        }
        let line = if self.layout == Layout::Lines { self.line } else { self.row_line };
        let row = self.row.row(line, cut);
        (row.cut.is_some() || !blank(&row.bytes)).then_some(row)
    }
}

fn blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(layout: Layout, text: &str) -> Vec<(u64, String, Option<Cut>)> {
        // One byte at a time: no row may depend on where a chunk ends.
        let mut source = io::BufReader::with_capacity(1, text.as_bytes());
        let mut splitter = Splitter::new(layout, 12);
        let mut rows = Vec::new();
        while let Some(row) = splitter.next(&mut source).unwrap() {
            rows.push((row.line, String::from_utf8(row.bytes).unwrap(), row.cut));
        }
        rows
    }

    fn row(line: u64, text: &str) -> (u64, String, Option<Cut>) {
        (line, text.to_owned(), None)
    }

    fn cut(line: u64, text: &str, cut: Cut) -> (u64, String, Option<Cut>) {
        (line, text.to_owned(), Some(cut))
    }

    #[test]
    fn lines() {
        let rows = split(Layout::Lines, "{}\r\n\n  \n1234567890123\nlast");
        assert_eq!(rows, [row(1, "{}\r"), cut(4, "", Cut::TooLong), row(5, "last")]);
    }

    #[test]
    fn csv_records_span_lines_and_know_where_they_begin() {
        let rows = split(Layout::Csv, "a,b\r\n\r\n\"x\ny\",1\r\n5\" z,2\n\"q\"\"\n\",3\rlast,\"n");
        let expected = [
            row(1, "a,b"),
            row(3, "\"x\ny\",1"),
            row(5, "5\" z,2"),
            row(6, "\"q\"\"\n\",3"),
            cut(8, "last,\"n", Cut::Unfinished),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn array_elements() {
        let rows = split(Layout::Array, " [\n{\"a\":\"],\"},\n [1,2] , \"\\\"\"\n,,3] \n x y");
        let expected = [
            row(2, "{\"a\":\"],\"}"),
            row(3, "[1,2] "),
            row(3, "\"\\\"\"\n"),
            cut(4, "", Cut::Nothing),
            row(4, "3"),
            cut(5, "x y", Cut::Trailing),
        ];
        assert_eq!(rows, expected);
    }

    #[test]
    fn arrays_that_end_early() {
        assert_eq!(split(Layout::Array, "[1,\n{\"a"), [row(1, "1"), cut(2, "{\"a", Cut::Unfinished)]);
        assert_eq!(split(Layout::Array, "[1,\n"), [row(1, "1"), cut(2, "", Cut::Unclosed)]);
        assert_eq!(split(Layout::Array, "x"), [cut(1, "", Cut::NoArray)]);
        assert_eq!(split(Layout::Array, ""), [cut(1, "", Cut::NoArray)]);
        assert_eq!(split(Layout::Array, "[]"), []);
    }
}
