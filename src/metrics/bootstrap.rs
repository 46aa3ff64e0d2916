//! The percentile bootstrap over clusters (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, section 13.3),
//! from a fixed seed: the same data give the same ends.

use std::collections::HashMap;
use std::hash::Hash;

use super::Interval;

/// Resamples that an interval rests on.
pub const RESAMPLES: usize = 2000;
const SEED: u64 = 20240;
/// An interval needs a value in this share of the resamples.
const DEFINED: f64 = 0.95;

/// Clusters by kind: those that are alike add the same to a statistic, and there are few kinds.
pub struct Kinds<T> {
    /// In the order of their first cluster.
    pub kinds: Vec<T>,
    /// How many clusters a kind has.
    pub sizes: Vec<u32>,
    of_cluster: Vec<u32>,
}

impl<T: Eq + Hash + Clone> Kinds<T> {
    pub fn of(clusters: impl IntoIterator<Item = T>) -> Self {
        let mut found = Self { kinds: Vec::new(), sizes: Vec::new(), of_cluster: Vec::new() };
        let mut known: HashMap<T, u32> = HashMap::new();
        for cluster in clusters {
            let next = found.kinds.len() as u32;
            let kind = *known.entry(cluster).or_insert_with_key(|cluster| {
                found.kinds.push(cluster.clone());
                found.sizes.push(0);
                next
            });
            found.sizes[kind as usize] += 1;
            found.of_cluster.push(kind);
        }
        found
    }
}

impl<T> Kinds<T> {
    pub fn clusters(&self) -> usize {
        self.of_cluster.len()
    }

    /// The 95 % interval of each of `N` statistics, all from the same draws. `statistics` is told how often each kind
    /// was drawn. A resample without a value is left out; `None` where more than one in twenty has none.
    pub fn bootstrap<const N: usize>(&self, statistics: impl Fn(&[u32]) -> [Option<f64>; N]) -> [Option<Interval>; N] {
        if self.of_cluster.is_empty() {
            return [None; N];
        }
        let mut random = fastrand::Rng::with_seed(SEED);
        let mut values: [Vec<f64>; N] = std::array::from_fn(|_| Vec::with_capacity(RESAMPLES));
        let mut counts = vec![0; self.kinds.len()];
        for _ in 0..RESAMPLES {
            counts.fill(0);
            for _ in 0..self.of_cluster.len() {
                counts[self.of_cluster[random.usize(..self.of_cluster.len())] as usize] += 1;
            }
            for (values, value) in values.iter_mut().zip(statistics(&counts)) {
                values.extend(value);
            }
        }
        values.map(ends)
    }
}

fn ends(mut values: Vec<f64>) -> Option<Interval> {
    if (values.len() as f64) < RESAMPLES as f64 * DEFINED {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values.get(((values.len() - 1) as f64 * share).round() as usize).copied();
    Some(Interval { low: at(0.025)?, high: at(0.975)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statistic_that_is_seldom_defined_has_no_interval() {
        let kinds = Kinds::of([1, 1, 2, 3]);
        assert_eq!(
            (kinds.kinds.as_slice(), kinds.sizes.as_slice(), kinds.clusters()),
            (&[1, 2, 3][..], &[2, 1, 1][..], 4)
        );
        // A kind of one cluster in four is missing from (3/4)^4 = 32 % of the resamples.
        let [always, often] = kinds.bootstrap(|counts| {
            assert_eq!(counts.iter().sum::<u32>(), 4);
            [Some(f64::from(counts[0])), (counts[1] > 0).then_some(1.0)]
        });
        assert_eq!((always, often), (Some(Interval { low: 0.0, high: 4.0 }), None));
        assert_eq!(Kinds::of(Vec::<u8>::new()).bootstrap(|_| [Some(1.0)]), [None]);
    }
}
