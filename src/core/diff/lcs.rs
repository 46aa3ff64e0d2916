//! A longest common subsequence by bits, 64 cells of the table at a time.

/// Pairs of equal entries, ascending in both, as many as there can be; of several ways the one that pairs earlier
/// entries. Time and memory: `a.len() * b.len() / 64` words, after Hyyrö, "Bit-Parallel LCS-length Computation
/// Revisited" (2004), with every row kept so that the pairs can be read off.
pub(super) fn common(a: &[u32], b: &[u32]) -> Vec<(usize, usize)> {
    let (rows, columns) = (a.len(), b.len());
    let width = columns.div_ceil(64);
    if rows == 0 || columns == 0 {
        return Vec::new();
    }
    // Rows and columns are counted from the end, so that the pairs come out from the start.
    let mut places: Vec<(u32, usize)> = b.iter().rev().copied().zip(0..).collect();
    places.sort_unstable();
    // A bit is 0 where the length grows by one from the column before.
    let mut bits = vec![u64::MAX; (rows + 1) * width];
    for (row, entry) in a.iter().rev().enumerate() {
        let (done, rest) = bits.split_at_mut((row + 1) * width);
        let here = &mut rest[..width];
        here.copy_from_slice(&done[row * width..]);
        let from = places.partition_point(|(known, _)| known < entry);
        let mut at = places[from..].iter().take_while(|(known, _)| known == entry).map(|(_, at)| *at).peekable();
        let (mut word, mut carry) = (0, false);
        while let Some(next) = at.peek().map(|at| at / 64).filter(|_| !carry).or(carry.then_some(word)) {
            word = next;
            if word == width {
                break;
            }
            let mut mask = 0;
            while let Some(at) = at.next_if(|at| at / 64 == word) {
                mask |= 1u64 << (at % 64);
            }
            let value = here[word];
            let (sum, over) = value.overflowing_add(value & mask);
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            here[word] = sum | (value & !mask);
            carry = over || again;
            word += 1;
        }
    }
    let (mut row, mut column, mut pairs) = (rows, columns, Vec::new());
    while row > 0 && column > 0 {
        let (here, there) = (rows - row, columns - column);
        if a[here] == b[there] {
            pairs.push((here, there));
            (row, column) = (row - 1, column - 1);
        } else if bits[row * width + (column - 1) / 64] >> ((column - 1) % 64) & 1 == 1 {
            column -= 1;
        } else {
            row -= 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The length by the textbook's table.
    fn length(a: &[u32], b: &[u32]) -> usize {
        let mut best = vec![vec![0; b.len() + 1]; a.len() + 1];
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                best[i + 1][j + 1] = if x == y { best[i][j] + 1 } else { best[i][j + 1].max(best[i + 1][j]) };
            }
        }
        best[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn as_long_as_can_be(kinds in 1u32..40, a in prop::collection::vec(0u32..40, 0..200), b in prop::collection::vec(0u32..40, 0..200)) {
            let of = |list: &[u32]| list.iter().map(|entry| entry % kinds).collect::<Vec<_>>();
            let (a, b) = (of(&a), of(&b));
            let pairs = common(&a, &b);
            prop_assert_eq!(pairs.len(), length(&a, &b));
            prop_assert!(pairs.iter().all(|(i, j)| a[*i] == b[*j]));
            prop_assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
        }
    }
}
