//! Which words differ inside a pair of lines.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Tokens of one line times tokens of the other, after what is common at both ends.
const EXACT: usize = 1 << 14;
/// The same over all pairs of one diff.
pub(super) const BUDGET: usize = 1 << 21;

/// Identifiers and numbers, runs of white space, and single graphemes else.
pub(super) fn tokens(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        // A combining mark belongs to the word it stands in.
        let word = |c: char| c.is_alphanumeric() || c == '_' || (!c.is_ascii() && c.width() == Some(0));
        let length = if let Some(length) = ascii(rest.as_bytes()) {
            length
        } else if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else if first.is_whitespace() {
            rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len())
        } else if rest.as_bytes().get(1).is_none_or(u8::is_ascii) && first.is_ascii() {
            1
        } else {
            rest.graphemes(true).next().map_or(rest.len(), str::len)
        };
        let (token, tail) = rest.split_at(length);
        rest = tail;
        Some(token)
    })
}

/// Bytes of the first token where it and the byte behind it are ASCII, as in most code.
fn ascii(line: &[u8]) -> Option<usize> {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let space = |byte: &u8| matches!(byte, b'\t'..=b'\r' | b' ');
    let first = line.first().filter(|byte| byte.is_ascii())?;
    let length = if word(first) {
        line.iter().take_while(|byte| word(byte)).count()
    } else if space(first) {
        line.iter().take_while(|byte| space(byte)).count()
    } else {
        1
    };
    line.get(length).is_none_or(u8::is_ascii).then_some(length)
}

/// Bytes that differ on each side. Both empty where the lines are the same, or have nothing in common, or are past
/// the bound on work: then the line is marked as a whole and no word is.
pub(super) fn differ(old: &str, new: &str, budget: &mut usize) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    let (start, end) = common_ends(old, new);
    let middle = |line: &str| start..line.len() - end;
    let (olds, news): (Vec<_>, Vec<_>) = (tokens(&old[middle(old)]).collect(), tokens(&new[middle(new)]).collect());
    let head = olds.iter().zip(&news).take_while(|(a, b)| a == b).count();
    let tail = olds[head..].iter().rev().zip(news[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&olds[head..olds.len() - tail], &news[head..news.len() - tail]);
    let work = a.len() * b.len();
    if work > EXACT || work > *budget {
        return (Vec::new(), Vec::new());
    }
    *budget -= work;
    let (kept_old, kept_new) = common(a, b);
    let mark = |tokens: &[&str], kept: &[bool]| {
        let at = start + tokens[..head].iter().map(|token| token.len()).sum::<usize>();
        ranges(&tokens[head..tokens.len() - tail], kept, at)
    };
    (mark(&olds, &kept_old), mark(&news, &kept_new))
}

/// Bytes at both ends that are the same and end and begin at ASCII punctuation, which is a token of its own: most of a
/// changed line, which then need not be cut into tokens.
fn common_ends(old: &str, new: &str) -> (usize, usize) {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let ascii = |line: &[u8], at: usize| line.get(at).is_none_or(u8::is_ascii);
    let mark = |byte: u8| byte.is_ascii_punctuation() && byte != b'_';
    let head = (1..=same).rev().find(|at| mark(a[at - 1]) && ascii(a, *at) && ascii(b, *at)).unwrap_or(0);
    let same = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(a, b)| a == b).count();
    let tail = (1..=same).rev().find(|length| mark(a[a.len() - length])).unwrap_or(0);
    (head, tail)
}

/// Which tokens belong to a longest common subsequence, weighed by length so that a long word beats a comma.
fn common(a: &[&str], b: &[&str]) -> (Vec<bool>, Vec<bool>) {
    let (mut kept_a, mut kept_b) = (vec![false; a.len()], vec![false; b.len()]);
    if a.is_empty() || b.is_empty() {
        return (kept_a, kept_b);
    }
    let width = b.len() + 1;
    let mut best = vec![0usize; (a.len() + 1) * width];
    let weight = |token: &str| if token.trim().is_empty() { 1 } else { 2 * token.len() };
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let skip = best[(i + 1) * width + j].max(best[i * width + j + 1]);
            let take = if a[i] == b[j] { weight(a[i]) + best[(i + 1) * width + j + 1] } else { 0 };
            best[i * width + j] = skip.max(take);
        }
    }
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i] == b[j] && best[i * width + j] == weight(a[i]) + best[(i + 1) * width + j + 1] {
            (kept_a[i], kept_b[j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if best[i * width + j] == best[(i + 1) * width + j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    (kept_a, kept_b)
}

/// The bytes of what is not kept. White space between two changed words is changed with them: one mark, not two.
fn ranges(tokens: &[&str], kept: &[bool], start: usize) -> Vec<Range<usize>> {
    let mut at = start;
    let mut marks: Vec<Range<usize>> = Vec::new();
    let mut blank_since = None;
    for (token, kept) in tokens.iter().zip(kept) {
        let end = at + token.len();
        if !kept {
            match marks.last_mut() {
                Some(last) if last.end == at || blank_since == Some(last.end) => last.end = end,
                _ => marks.push(at..end),
            }
            blank_since = None;
        } else if token.trim().is_empty() {
            blank_since = Some(at);
        } else {
            blank_since = None;
        }
        at = end;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_of_every_kind() {
        let cut = |line| tokens(line).collect::<Vec<_>>();
        assert_eq!(cut("a_1 = f(é2,\t\u{b} x)"), ["a_1", " ", "=", " ", "f", "(", "é2", ",", "\t\u{b} ", "x", ")"]);
        assert_eq!(cut("xé y\u{301}\u{a0} z"), ["xé", " ", "y\u{301}", "\u{a0} ", "z"]);
        assert_eq!(cut("a+\u{301}b\0漢字👩"), ["a", "+\u{301}", "b", "\0", "漢字", "👩"]);
    }
}
