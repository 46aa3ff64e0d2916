//! Which removed line became which added line.

use std::ops::Range;

use super::words::tokens;
use super::{Source, hash};

/// Likeness from which two lines are versions of one line, in thousandths.
const ALIKE: u32 = 400;
/// Old lines times new lines of one block up to which the best pairing is searched.
const EXACT: usize = 1 << 12;
/// Words of a line that are looked at.
const WORDS: usize = 200;
/// What cutting a line into words costs, a word, where comparing two words costs 1.
const CUT: usize = 16;

/// Comparisons of words left for the whole diff.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(1 << 21)
    }
}

impl Budget {
    fn spend(&mut self, work: usize) -> bool {
        let enough = work <= self.0;
        self.0 = self.0.saturating_sub(work);
        enough
    }
}

/// Pairs ascending in both, those of most likeness in all; moved lines have their own counterpart and stay out. A block
/// too large for that search pairs the lines of equal position where they are alike. Where the budget is spent, lines
/// stay alone.
pub(super) fn pair(
    old: &Source,
    was: &Range<usize>,
    new: &Source,
    is: &Range<usize>,
    budget: &mut Budget,
) -> Vec<(usize, usize)> {
    if was.is_empty() || is.is_empty() {
        return Vec::new();
    }
    if was.len().saturating_mul(is.len()) > EXACT {
        let both = was.clone().zip(is.clone()).filter(|(a, b)| old.moved(*a).is_none() && new.moved(*b).is_none());
        return both.filter(|(a, b)| alike(old.line(*a), new.line(*b), budget)).collect();
    }
    let bags = |side: &Source, lines: &Range<usize>| -> Vec<Bag> {
        let stays = |line: usize| if side.moved(line).is_none() { side.line(line) } else { "" };
        lines.clone().map(|line| Bag::of(stays(line))).collect()
    };
    let cut = |side: &Source, lines: &Range<usize>| lines.clone().map(|line| cut(side.line(line))).sum::<usize>();
    if !budget.spend(cut(old, was) + cut(new, is)) {
        return Vec::new();
    }
    let (olds, news) = (bags(old, was), bags(new, is));
    let size = |bags: &[Bag]| bags.iter().map(|bag| bag.words.len()).sum::<usize>();
    let (a, b) = (size(&olds), size(&news));
    if !budget.spend(a * news.len() + b * olds.len()) {
        return Vec::new();
    }
    let width = news.len() + 1;
    let mut best = vec![0u32; (olds.len() + 1) * width];
    let mut alike = vec![0u32; olds.len() * news.len()];
    // From the end, so that of two equally good pairings the one that pairs earlier lines is read off first.
    for a in (0..olds.len()).rev() {
        for b in (0..news.len()).rev() {
            let stay = old.moved(was.start + a).is_none() && new.moved(is.start + b).is_none();
            let like = if stay { olds[a].likeness(&news[b]) } else { 0 };
            let like = if like >= ALIKE { like } else { 0 };
            alike[a * news.len() + b] = like;
            let paired = if like > 0 { like + best[(a + 1) * width + b + 1] } else { 0 };
            best[a * width + b] = paired.max(best[(a + 1) * width + b]).max(best[a * width + b + 1]);
        }
    }
    let (mut a, mut b, mut pairs) = (0, 0, Vec::new());
    while a < olds.len() && b < news.len() {
        let here = best[a * width + b];
        let like = alike[a * news.len() + b];
        if like > 0 && here == like + best[(a + 1) * width + b + 1] {
            pairs.push((was.start + a, is.start + b));
            (a, b) = (a + 1, b + 1);
        } else if here == best[(a + 1) * width + b] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

/// Whether two lines are versions of one; lines that mostly begin and end alike need no closer look.
fn alike(old: &str, new: &str, budget: &mut Budget) -> bool {
    let (a, b) = (old.trim().as_bytes(), new.trim().as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    if 4 * (head + tail) >= 3 * a.len().max(b.len()) {
        return true;
    }
    budget.spend(cut(old) + cut(new)) && Bag::of(old).likeness(&Bag::of(new)) >= ALIKE
}

/// What cutting a line into words costs: of code, at most every other byte begins a word.
fn cut(line: &str) -> usize {
    CUT * line.len().div_ceil(2).min(WORDS)
}

/// A line's words without white space, which says nothing about likeness; sorted. Only the line's start is looked at.
struct Bag {
    /// A hash with the number of characters in its lowest byte.
    words: Vec<u64>,
    /// Characters in all.
    weight: u64,
}

impl Bag {
    fn of(line: &str) -> Self {
        let words = tokens(line).filter(|word| !word.trim().is_empty()).take(WORDS);
        let mut words: Vec<u64> = words.map(|word| hash(word) & !0xff | word.chars().count().min(255) as u64).collect();
        words.sort_unstable();
        let weight = words.iter().map(|word| word & 0xff).sum();
        Self { words, weight }
    }

    /// The share of characters in words that stand on both sides, in thousandths; 1000 for two blank lines.
    fn likeness(&self, other: &Self) -> u32 {
        let all = self.weight + other.weight;
        if all == 0 {
            return 1000;
        }
        let (mut a, mut b, mut common) = (0, 0, 0);
        while let (Some(left), Some(right)) = (self.words.get(a), other.words.get(b)) {
            match left.cmp(right) {
                std::cmp::Ordering::Less => a += 1,
                std::cmp::Ordering::Greater => b += 1,
                std::cmp::Ordering::Equal => {
                    common += 2 * (left & 0xff);
                    (a, b) = (a + 1, b + 1);
                }
            }
        }
        u32::try_from(common * 1000 / all).unwrap_or(0)
    }
}
