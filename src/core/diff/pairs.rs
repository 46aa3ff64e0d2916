//! Which removed line became which added line.

use std::ops::Range;

use super::Source;
use super::words::tokens;

/// Likeness from which two lines are versions of one line, in thousandths.
const ALIKE: u32 = 400;
/// Old lines times new lines of one block up to which the best pairing is searched.
const EXACT: usize = 1 << 12;

/// Comparisons of lines left for the whole diff.
pub(super) struct Budget(usize);

impl Default for Budget {
    fn default() -> Self {
        Self(1 << 15)
    }
}

/// Pairs ascending in both, those of most likeness in all. A block too large for that search pairs the lines of
/// equal position where they are alike.
pub(super) fn pair(
    old: &Source,
    was: &Range<usize>,
    new: &Source,
    is: &Range<usize>,
    budget: &mut Budget,
) -> Vec<(usize, usize)> {
    let work = was.len().saturating_mul(is.len());
    if work == 0 {
        return Vec::new();
    }
    let exact = work <= EXACT && work <= budget.0;
    let steps = if exact { work } else { was.len().min(is.len()) };
    if steps > budget.0 {
        return Vec::new();
    }
    budget.0 -= steps;
    if !exact {
        let both = was.clone().zip(is.clone());
        return both.filter(|(a, b)| alike(old.line(*a), new.line(*b))).collect();
    }
    let olds: Vec<_> = was.clone().map(|line| bag(old.line(line))).collect();
    let news: Vec<_> = is.clone().map(|line| bag(new.line(line))).collect();
    let width = news.len() + 1;
    let mut best = vec![0u32; (olds.len() + 1) * width];
    let mut alike = vec![0u32; olds.len() * news.len()];
    // From the end, so that of two equally good pairings the one that pairs earlier lines is read off first.
    for a in (0..olds.len()).rev() {
        for b in (0..news.len()).rev() {
            let like = likeness(&olds[a], &news[b]);
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
fn alike(old: &str, new: &str) -> bool {
    let (a, b) = (old.trim().as_bytes(), new.trim().as_bytes());
    let head = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    4 * (head + tail) >= 3 * a.len().max(b.len()) || likeness(&bag(old), &bag(new)) >= ALIKE
}

/// A line's words, sorted; white space says nothing about likeness. Only the line's start is looked at.
fn bag(line: &str) -> Vec<&str> {
    let mut words: Vec<&str> = tokens(line).filter(|word| !word.trim().is_empty()).take(200).collect();
    words.sort_unstable();
    words
}

/// The share of characters in words that stand on both sides, in thousandths; 1000 for two blank lines.
fn likeness(old: &[&str], new: &[&str]) -> u32 {
    let weight = |words: &[&str]| words.iter().map(|word| word.chars().count()).sum::<usize>();
    let all = weight(old) + weight(new);
    if all == 0 {
        return 1000;
    }
    let (mut a, mut b, mut common) = (0, 0, 0);
    while a < old.len() && b < new.len() {
        match old[a].cmp(new[b]) {
            std::cmp::Ordering::Less => a += 1,
            std::cmp::Ordering::Greater => b += 1,
            std::cmp::Ordering::Equal => {
                common += 2 * old[a].chars().count();
                (a, b) = (a + 1, b + 1);
            }
        }
    }
    u32::try_from(common * 1000 / all).unwrap_or(0)
}
