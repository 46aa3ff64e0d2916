//! Which blocks of lines changed.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::Source;

/// Old lines times new lines up to which a block is searched for its shortest difference.
const EXACT: usize = 1 << 20;
/// The same over all blocks of one diff; past it a block is replaced as a whole.
const TOTAL: usize = 1 << 22;
/// How often a block is cut at the lines that stand once on each side.
const DEPTH: usize = 8;

type Block = (Range<usize>, Range<usize>);

pub(super) fn blocks(old: &Source, new: &Source, ignore_space: bool) -> Vec<Block> {
    let mut names = Names { known: HashMap::with_capacity(old.len() + new.len()), ignore_space };
    let olds: Vec<u32> = (0..old.len()).map(|index| names.of(old.line(index))).collect();
    let news: Vec<u32> = (0..new.len()).map(|index| names.of(new.line(index))).collect();
    let seen = vec![Seen::default(); names.known.len()];
    let mut search = Search { old: &olds, new: &news, left: TOTAL, found: Vec::new(), seen };
    search.range(0..old.len(), 0..new.len(), DEPTH);
    merge(search.found)
}

struct Names<'a> {
    known: HashMap<Cow<'a, str>, u32>,
    ignore_space: bool,
}

impl<'a> Names<'a> {
    /// A number per distinct line, from 0: comparing numbers is what makes large diffs fast.
    fn of(&mut self, line: &'a str) -> u32 {
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let key = if self.ignore_space {
            Cow::Owned(line.split_whitespace().collect::<Vec<_>>().join(" "))
        } else {
            Cow::Borrowed(line)
        };
        *self.known.entry(key).or_insert(next)
    }
}

/// Where a line stands in the block at hand, and how often.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    old: (usize, u32),
    new: (usize, u32),
}

struct Search<'a> {
    old: &'a [u32],
    new: &'a [u32],
    left: usize,
    found: Vec<Block>,
    /// By line number; blank between two calls of `anchors`.
    seen: Vec<Seen>,
}

impl Search<'_> {
    fn range(&mut self, mut old: Range<usize>, mut new: Range<usize>, depth: usize) {
        while !old.is_empty() && !new.is_empty() && self.old[old.start] == self.new[new.start] {
            old.start += 1;
            new.start += 1;
        }
        while !old.is_empty() && !new.is_empty() && self.old[old.end - 1] == self.new[new.end - 1] {
            old.end -= 1;
            new.end -= 1;
        }
        let work = old.len().saturating_mul(new.len());
        if work == 0 {
            if old.len() + new.len() > 0 {
                self.found.push((old, new));
            }
        } else if work <= EXACT && work <= self.left {
            self.left -= work;
            self.exact(old, new);
        } else {
            let anchors = if depth > 0 { self.anchors(&old, &new) } else { Vec::new() };
            if anchors.is_empty() {
                self.found.push((old, new));
                return;
            }
            let (mut was, mut is) = (old.start, new.start);
            for (a, b) in anchors {
                self.range(was..a, is..b, depth - 1);
                (was, is) = (a + 1, b + 1);
            }
            self.range(was..old.end, is..new.end, depth - 1);
        }
    }

    fn exact(&mut self, old: Range<usize>, new: Range<usize>) {
        for op in capture_diff_slices(Algorithm::Myers, &self.old[old.clone()], &self.new[new.clone()]) {
            if op.tag() != DiffTag::Equal {
                let (was, is) = (op.old_range(), op.new_range());
                self.found.push((old.start + was.start..old.start + was.end, new.start + is.start..new.start + is.end));
            }
        }
    }

    /// The longest ascending run of lines that stand exactly once on each side.
    fn anchors(&mut self, old: &Range<usize>, new: &Range<usize>) -> Vec<(usize, usize)> {
        for index in old.clone() {
            let entry = &mut self.seen[self.old[index] as usize].old;
            *entry = (index, entry.1 + 1);
        }
        for index in new.clone() {
            let entry = &mut self.seen[self.new[index] as usize].new;
            *entry = (index, entry.1 + 1);
        }
        let mut once = Vec::new();
        for index in old.clone() {
            let at = std::mem::take(&mut self.seen[self.old[index] as usize]);
            if at.old.1 == 1 && at.new.1 == 1 {
                once.push((at.old.0, at.new.0));
            }
        }
        for index in new.clone() {
            self.seen[self.new[index] as usize] = Seen::default();
        }
        // Patience: the top of each pile, and for every card the one below it on the pile to the left.
        let mut tops: Vec<usize> = Vec::new();
        let mut below: Vec<Option<usize>> = Vec::with_capacity(once.len());
        for (card, (_, at)) in once.iter().enumerate() {
            let pile = tops.partition_point(|top| once[*top].1 < *at);
            below.push(pile.checked_sub(1).map(|left| tops[left]));
            if pile == tops.len() { tops.push(card) } else { tops[pile] = card }
        }
        let mut chain = Vec::with_capacity(tops.len());
        let mut card = tops.last().copied();
        while let Some(at) = card {
            chain.push(once[at]);
            card = below[at];
        }
        chain.reverse();
        chain
    }
}

/// Blocks that touch on both sides are one change.
fn merge(found: Vec<Block>) -> Vec<Block> {
    let mut merged: Vec<Block> = Vec::with_capacity(found.len());
    for (old, new) in found {
        match merged.last_mut() {
            Some((was, is)) if was.end == old.start && is.end == new.start => {
                was.end = old.end;
                is.end = new.end;
            }
            _ => merged.push((old, new)),
        }
    }
    merged
}
