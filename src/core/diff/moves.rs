//! Runs of lines that went in one place and came in another.

use std::ops::Range;

use super::{Block, Source, hash};

/// Lines of the shortest run.
const LINES: usize = 3;
/// Letters and digits that a run holds at least: brackets, `else:` and `pass` stand everywhere.
const LETTERS: usize = 20;
/// Places that are tried for one run; the longest run wins.
const TRIES: usize = 8;
/// Bits of the sieve through which most lines fall.
const SIEVE: u32 = 20;

/// A run of lines of one text that stands in the other text too, elsewhere and perhaps at another depth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub here: Range<usize>,
    /// As many lines of the other text.
    pub there: Range<usize>,
}

/// `LINES` lines that follow each other inside of one change.
#[derive(Clone, Copy)]
struct Start {
    key: u64,
    line: usize,
    change: usize,
}

/// Marks every moved run in both texts. A line belongs to one run at most. Linear in the changed lines: each try is
/// paid for by the lines that the longest one takes.
pub(super) fn mark(old: &mut Source, new: &mut Source, changes: &[Block]) {
    let olds = starts(old, changes.iter().map(|change| &change.0));
    let mut news = starts(new, changes.iter().map(|change| &change.1));
    let sieve = Sieve::of(&news);
    let gone: Vec<Start> = olds.into_iter().filter(|start| sieve.holds(start.key)).collect();
    let sieve = Sieve::of(&gone);
    news.retain(|start| sieve.holds(start.key));
    news.sort_unstable_by_key(|start| (start.key, start.line));
    // By the first place of a key in `news`: its first place that is still free.
    let mut free: Vec<usize> = (0..news.len()).collect();
    let mut taken = vec![false; if news.is_empty() { 0 } else { new.len() }];
    let mut next = 0;
    let mut found: Vec<Moved> = Vec::new();
    for start in gone {
        if start.line < next {
            continue;
        }
        let first = news.partition_point(|place| place.key < start.key);
        let same = |at: &usize| news.get(*at).is_some_and(|place| place.key == start.key);
        if !same(&first) {
            continue;
        }
        while same(&free[first]) && taken[news[free[first]].line] {
            free[first] += 1;
        }
        let end = changes[start.change].0.end;
        let mut best = 0..0;
        for place in (free[first]..).take_while(same).take(TRIES).map(|at| news[at]) {
            let length = (start.line..end)
                .zip(place.line..changes[place.change].1.end)
                .take_while(|(was, is)| {
                    let (a, b) = (old.line(*was), new.line(*is));
                    // Inside of one change a run at another depth was indented where it stood.
                    !taken[*is] && if start.change == place.change { a == b } else { a.trim() == b.trim() }
                })
                .count();
            if length > best.len() {
                best = place.line..place.line + length;
            }
        }
        let here = start.line..start.line + best.len();
        let blank = |line: &usize| old.line(*line).trim().is_empty();
        let (head, tail) = (here.clone().take_while(blank).count(), here.clone().rev().take_while(blank).count());
        if here.len() < LINES + head + tail || letters(old, &here) < LETTERS {
            // What is too little from here is too little from inside too.
            next = here.end.saturating_sub(LINES - 1);
            continue;
        }
        next = here.end;
        taken[best.clone()].fill(true);
        found.push(Moved { here: here.start + head..here.end - tail, there: best.start + head..best.end - tail });
    }
    new.moves = found.iter().map(|moved| Moved { here: moved.there.clone(), there: moved.here.clone() }).collect();
    new.moves.sort_unstable_by_key(|moved| moved.here.start);
    old.moves = found;
}

fn starts<'a>(source: &Source, ranges: impl Iterator<Item = &'a Range<usize>>) -> Vec<Start> {
    let mut starts = Vec::new();
    let mut keys: Vec<u64> = Vec::new();
    for (change, range) in ranges.enumerate().filter(|(_, range)| range.len() >= LINES) {
        keys.clear();
        keys.extend(range.clone().map(|line| hash(source.line(line).trim())));
        let sum = |three: &[u64]| three.iter().fold(0u64, |sum, key| (sum ^ key).wrapping_mul(0x9e37_79b9_7f4a_7c15));
        starts.extend(keys.windows(LINES).map(sum).zip(range.start..).map(|(key, line)| Start { key, line, change }));
    }
    starts
}

fn letters(source: &Source, lines: &Range<usize>) -> usize {
    let every = lines.clone().flat_map(|line| source.line(line).chars());
    every.filter(|letter| letter.is_alphanumeric()).take(LETTERS).count()
}

/// Which keys there may be; it never says no of one that is there.
struct Sieve(Vec<u64>);

impl Sieve {
    fn of(starts: &[Start]) -> Self {
        if starts.is_empty() {
            return Self(Vec::new());
        }
        let mut bits = vec![0u64; 1 << (SIEVE - 6)];
        for start in starts {
            let at = start.key >> (64 - SIEVE);
            bits[(at >> 6) as usize] |= 1 << (at & 63);
        }
        Self(bits)
    }

    fn holds(&self, key: u64) -> bool {
        let at = key >> (64 - SIEVE);
        self.0.get((at >> 6) as usize).is_some_and(|word| word >> (at & 63) & 1 == 1)
    }
}
