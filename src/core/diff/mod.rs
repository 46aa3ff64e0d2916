//! The difference of two texts as one model from which the unified and the side-by-side rows both come: changed blocks,
//! their lines paired by likeness, the words that differ inside a pair. Pure: the same texts always give the same diff,
//! and work is bounded by counting, never by a clock.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

mod blocks;
mod pairs;
mod rows;
mod words;

pub use rows::{Kind, Row};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Mark the words that differ inside paired lines.
    pub words: bool,
    /// Lines that differ in white space only are the same.
    pub ignore_space: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { words: true, ignore_space: false }
    }
}

/// One text by lines, which end at `\n` only; a `\r` stays part of its line.
#[derive(Debug, Clone)]
pub struct Side {
    text: Arc<str>,
    lines: Vec<Range<usize>>,
    /// Bytes of each line that differ from its pair, ascending, apart from each other.
    words: HashMap<usize, Vec<Range<usize>>>,
}

impl Side {
    fn new(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            lines.push(at..at + line.trim_end_matches('\n').len());
            at += line.len();
        }
        Self { text: text.into(), lines, words: HashMap::new() }
    }

    /// Number of lines.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// A line without its newline, by index from 0; empty past the end.
    pub fn line(&self, index: usize) -> &str {
        self.lines.get(index).map_or("", |range| &self.text[range.clone()])
    }

    /// Bytes of a line that differ from the line it is paired with.
    pub fn words(&self, index: usize) -> &[Range<usize>] {
        self.words.get(&index).map_or(&[], Vec::as_slice)
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the last line ends in a newline; an empty text counts as ended.
    pub fn ends_in_newline(&self) -> bool {
        self.text.is_empty() || self.text.ends_with('\n')
    }
}

/// Lines `old` of the old text became lines `new` of the new one. Indices from 0; either range may be empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub old: Range<usize>,
    pub new: Range<usize>,
    /// Old and new line that are versions of one line, ascending in both.
    pub pairs: Vec<(usize, usize)>,
}

#[derive(Debug, Clone)]
pub struct Diff {
    pub old: Side,
    pub new: Side,
    /// Ascending; between two changes the lines are the same.
    pub changes: Vec<Change>,
}

impl Diff {
    /// A missing newline at the very end is no change of its last line: see [`Side::ends_in_newline`].
    pub fn between(old: &str, new: &str, options: &Options) -> Self {
        let (mut old, mut new) = (Side::new(old), Side::new(new));
        let mut budget = pairs::Budget::default();
        let changes = blocks::blocks(&old, &new, options.ignore_space)
            .into_iter()
            .map(|(was, is)| Change { pairs: pairs::pair(&old, &was, &new, &is, &mut budget), old: was, new: is })
            .collect::<Vec<_>>();
        if options.words {
            let mut budget = words::BUDGET;
            for (was, is) in changes.iter().flat_map(|change| &change.pairs) {
                let (gone, come) = words::differ(old.line(*was), new.line(*is), &mut budget);
                if !gone.is_empty() {
                    old.words.insert(*was, gone);
                }
                if !come.is_empty() {
                    new.words.insert(*is, come);
                }
            }
        }
        Self { old, new, changes }
    }

    pub fn is_same(&self) -> bool {
        self.changes.is_empty()
    }

    /// Lines added and removed.
    pub fn counts(&self) -> (usize, usize) {
        self.changes
            .iter()
            .fold((0, 0), |(added, removed), change| (added + change.new.len(), removed + change.old.len()))
    }
}

#[cfg(test)]
mod tests;
