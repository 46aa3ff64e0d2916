//! Which blocks of lines changed.

use std::ops::Range;

use super::keys::Keys;
use super::{Block, lcs};

/// Words of 64 cells, old lines times new lines, up to which a block is searched for its shortest difference.
const EXACT: usize = 1 << 20;
/// The same over all blocks of one diff; past it a block is replaced as a whole.
const TOTAL: usize = 1 << 21;
/// How often a block is cut at the lines that stand once on each side.
const DEPTH: usize = 8;
/// Lines of the pieces into which a block is cut that is too large and has no such line.
const PIECE: usize = 1 << 10;

/// Blocks that differ, ascending.
pub(super) fn blocks(keys: &Keys) -> Vec<Block> {
    let Some(loud) = keys.loud() else {
        return search(&keys.old, &keys.new, keys.count, Vec::new());
    };
    // Lines that count are matched first; comments and blank lines then find theirs between them.
    let number = |side: &[u32], lines: &[usize]| lines.iter().map(|line| side[*line]).collect::<Vec<_>>();
    let found = search(&number(&keys.old, &loud.0), &number(&keys.new, &loud.1), keys.count, Vec::new());
    let (mut was, mut is, mut same) = (0, 0, Vec::with_capacity(loud.0.len()));
    for (old, new) in found.into_iter().chain([(loud.0.len()..loud.0.len(), loud.1.len()..loud.1.len())]) {
        same.extend((was..old.start).zip(is..).map(|(a, b)| (loud.0[a], loud.1[b])));
        (was, is) = (old.end, new.end);
    }
    search(&keys.old, &keys.new, keys.count, same)
}

/// Blocks of lines known by numbers below `count`; those of `same` are known to be the same.
fn search(old: &[u32], new: &[u32], count: usize, same: Vec<(usize, usize)>) -> Vec<Block> {
    let seen = vec![Seen::default(); count];
    let mut search = Search { old, new, left: TOTAL, found: Vec::new(), seen };
    let rest = |search: &mut Search<'_>, old, new| search.range(old, new, DEPTH);
    search.between(0..old.len(), 0..new.len(), same.into_iter(), rest);
    merge(search.found)
}

/// Where a line stands in the block at hand, and how often.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    old: (u32, u32),
    new: (u32, u32),
}

struct Search<'a> {
    old: &'a [u32],
    new: &'a [u32],
    left: usize,
    found: Vec<Block>,
    /// By line number; blank between two calls of `shared`.
    seen: Vec<Seen>,
}

/// What both sides of a block share.
struct Shared {
    /// Lines that stand on the other side too.
    old: Vec<usize>,
    new: Vec<usize>,
    /// Lines that stand exactly once on each side, ascending in old.
    once: Vec<(usize, usize)>,
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
        if old.is_empty() || new.is_empty() {
            self.found.push((old, new));
            return;
        }
        let shared = self.shared(&old, &new);
        let work = shared.old.len() * shared.new.len().div_ceil(64);
        if work <= EXACT && work <= self.left {
            self.left -= work;
            let number = |side: &[u32], lines: &[usize]| lines.iter().map(|line| side[*line]).collect::<Vec<_>>();
            let pairs = lcs::common(&number(self.old, &shared.old), &number(self.new, &shared.new));
            let pairs = pairs.into_iter().map(|(a, b)| (shared.old[a], shared.new[b]));
            self.between(old, new, pairs, |search, old, new| search.found.push((old, new)));
            return;
        }
        let anchors = if depth > 0 { longest(&shared.once) } else { Vec::new() };
        let pieces = old.len().max(new.len()).div_ceil(PIECE);
        if !anchors.is_empty() {
            self.between(old, new, anchors.into_iter(), |search, old, new| search.range(old, new, depth - 1));
        } else if pieces > 1 && pieces * PIECE.div_ceil(64) * PIECE <= self.left {
            let cut = |range: &Range<usize>, at: usize| range.start + range.len() * at / pieces;
            for at in 0..pieces {
                self.range(cut(&old, at)..cut(&old, at + 1), cut(&new, at)..cut(&new, at + 1), 0);
            }
        } else {
            self.found.push((old, new));
        }
    }

    /// Does `rest` with what stands between pairs of equal lines, if there is anything.
    fn between(
        &mut self,
        old: Range<usize>,
        new: Range<usize>,
        pairs: impl Iterator<Item = (usize, usize)>,
        mut rest: impl FnMut(&mut Self, Range<usize>, Range<usize>),
    ) {
        let (mut was, mut is) = (old.start, new.start);
        for (a, b) in pairs.chain([(old.end, new.end)]) {
            if was < a || is < b {
                rest(self, was..a, is..b);
            }
            (was, is) = (a + 1, b + 1);
        }
    }

    fn shared(&mut self, old: &Range<usize>, new: &Range<usize>) -> Shared {
        for index in old.clone() {
            let entry = &mut self.seen[self.old[index] as usize].old;
            *entry = (index as u32, entry.1 + 1);
        }
        for index in new.clone() {
            let entry = &mut self.seen[self.new[index] as usize].new;
            *entry = (index as u32, entry.1 + 1);
        }
        let seen = |side: &[u32], line: usize| self.seen[side[line] as usize];
        let olds: Vec<usize> = old.clone().filter(|line| seen(self.old, *line).new.1 > 0).collect();
        let news: Vec<usize> = new.clone().filter(|line| seen(self.new, *line).old.1 > 0).collect();
        let alone = olds.iter().map(|line| seen(self.old, *line)).filter(|at| at.old.1 == 1 && at.new.1 == 1);
        let once = alone.map(|at| (at.old.0 as usize, at.new.0 as usize)).collect();
        for line in self.old[old.clone()].iter().chain(&self.new[new.clone()]) {
            self.seen[*line as usize] = Seen::default();
        }
        Shared { old: olds, new: news, once }
    }
}

/// The longest run of pairs that ascends in both.
fn longest(once: &[(usize, usize)]) -> Vec<(usize, usize)> {
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

/// Blocks that touch on both sides are one change; empty ones are none.
pub(super) fn merge(found: Vec<Block>) -> Vec<Block> {
    let mut merged: Vec<Block> = Vec::with_capacity(found.len());
    for (old, new) in found {
        match merged.last_mut() {
            _ if old.is_empty() && new.is_empty() => {}
            Some((was, is)) if was.end == old.start && is.end == new.start => {
                was.end = old.end;
                is.end = new.end;
            }
            _ => merged.push((old, new)),
        }
    }
    merged
}
