//! The difference of two texts as one model from which the unified and the side-by-side rows both come: changed blocks,
//! runs of lines that moved, lines paired by likeness, the words that differ inside a pair. Pure: the same texts always
//! give the same diff, and work is bounded by counting, never by a clock.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

mod blocks;
mod keys;
mod lcs;
mod moves;
mod pairs;
mod patch;
mod rows;
mod slide;
mod words;

pub use moves::Moved;
pub use rows::{Kind, Row};

type Block = (Range<usize>, Range<usize>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Mark the words that differ inside paired lines.
    pub words: bool,
    /// Hide changes of white space: lines that differ in nothing else are the same, and a blank line that came or went
    /// is no change. White space inside a string literal counts; indentation does not.
    pub ignore_space: bool,
    /// Hide changes of Python comments, by lines as `ignore_space` does. A comment that speaks to a scanner
    /// (`# nosec`, `# noqa`) counts.
    pub ignore_comments: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { words: true, ignore_space: false, ignore_comments: false }
    }
}

/// One text by lines, which end at `\n` only; a `\r` stays part of its line.
#[derive(Debug, Clone)]
pub struct Source {
    text: Arc<str>,
    lines: Vec<Range<usize>>,
    /// Bytes of each line that differ from its pair, ascending, apart from each other.
    words: HashMap<usize, Vec<Range<usize>>>,
    /// Ascending, apart from each other.
    moves: Vec<Moved>,
}

impl Source {
    pub fn new(text: &str) -> Self {
        let mut lines = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            lines.push(at..at + line.trim_end_matches('\n').len());
            at += line.len();
        }
        Self { text: text.into(), lines, words: HashMap::new(), moves: Vec::new() }
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

    /// The run of moved lines that a line belongs to.
    pub fn moved(&self, index: usize) -> Option<&Moved> {
        let after = self.moves.partition_point(|moved| moved.here.start <= index);
        self.moves[..after].last().filter(|moved| moved.here.contains(&index))
    }

    /// Every run of lines that also stands in the other text, elsewhere; ascending.
    pub fn moves(&self) -> &[Moved] {
        &self.moves
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
    pub old: Source,
    pub new: Source,
    /// Ascending; between two changes the lines are the same, but for what the options hide.
    pub changes: Vec<Change>,
    /// Lines that stand on one side only and that the options hide; ascending, each between two changes.
    quiet: Vec<Block>,
    /// Rows outside of the changes that are not the same on both sides; 0 where the options hide nothing.
    pub hidden: usize,
}

impl Diff {
    /// A missing newline at the very end is no change of its last line: see [`Source::ends_in_newline`].
    pub fn between(old: &str, new: &str, options: &Options) -> Self {
        let (mut old, mut new) = (Source::new(old), Source::new(new));
        let keys = keys::Keys::of(&old, &new, options);
        let found = blocks::blocks(&keys);
        let found = slide::slide(found, (&old, &keys.old), (&new, &keys.new));
        let (loud, quiet) = keys.part(found);
        moves::mark(&mut old, &mut new, &loud);
        let mut budget = pairs::Budget::default();
        let changes = loud
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
        let mut diff = Self { old, new, changes, quiet, hidden: 0 };
        if options.ignore_space || options.ignore_comments {
            diff.hidden = diff.unified(usize::MAX).iter().filter(|row| row.kind == Kind::Near).count();
        }
        diff
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

/// A fixed hash of a short text, the same on every machine; whoever compares by it alone must bear a collision.
fn hash(text: &str) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut chunks = text.as_bytes().chunks_exact(8);
    let mut sum = text.len() as u64;
    let mut add = |word: u64| sum = (sum ^ word).wrapping_mul(FACTOR).rotate_left(29);
    for chunk in &mut chunks {
        add(chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    add(chunks.remainder().iter().fold(0, |word, byte| word << 8 | u64::from(*byte)));
    add(FACTOR);
    sum
}

#[cfg(test)]
mod tests;
