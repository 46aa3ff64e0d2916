//! pass@k: the share of items that k samples solve, estimated without bias from n samples of each (Chen et al.,
//! "Evaluating Large Language Models Trained on Code", 2021, Eqn 1; used by CodeSecEval, section 3.4).

use super::Interval;
use super::bootstrap::Kinds;

/// The k of CodeSecEval's tables.
pub const KS: [u32; 5] = [1, 3, 5, 7, 10];

/// Of n samples of an item, how many passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
pub struct Samples {
    pub n: u32,
    pub passed: u32,
}

/// One estimate, with its 95 % interval from a bootstrap over items.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct AtK {
    pub k: u32,
    /// `None` where an item has fewer than k samples.
    pub value: Option<f64>,
    pub interval: Option<Interval>,
}

/// 1 - C(n - c, k) / C(n, k); `None` for k > n, k = 0 or c > n. The product keeps every factor between 0 and 1, so no
/// binomial is ever formed and large n lose nothing.
pub fn pass_at_k(n: u32, c: u32, k: u32) -> Option<f64> {
    if k == 0 || k > n || c > n {
        return None;
    }
    if n - c < k {
        return Some(1.0);
    }
    let none: f64 = ((n - c + 1)..=n).map(|i| 1.0 - f64::from(k) / f64::from(i)).product();
    Some(1.0 - none)
}

/// The mean over items for every k of [`KS`]. The interval is the percentile bootstrap's, items drawn with their samples
/// together (a cluster each).
pub fn pass_at_ks(items: &[Samples]) -> Vec<AtK> {
    let kinds = Kinds::of(items.iter().copied());
    let each = KS.map(|k| estimates(&kinds, k));
    let means = |counts: &[u32]| std::array::from_fn(|at| mean(&kinds, each[at].as_ref()?, counts));
    let values: [Option<f64>; KS.len()] = means(&kinds.sizes);
    let all = KS.into_iter().zip(values).zip(kinds.bootstrap(means));
    all.map(|((k, value), interval)| AtK { k, value, interval }).collect()
}

/// For each kind of item; `None` without items, and where an item has fewer than k samples.
fn estimates(kinds: &Kinds<Samples>, k: u32) -> Option<Vec<f64>> {
    let each: Option<Vec<f64>> = kinds.kinds.iter().map(|kind| pass_at_k(kind.n, kind.passed, k)).collect();
    each.filter(|each| !each.is_empty())
}

fn mean(kinds: &Kinds<Samples>, each: &[f64], counts: &[u32]) -> Option<f64> {
    let sum: f64 = each.iter().zip(counts).map(|(value, count)| value * f64::from(*count)).sum();
    Some(sum / kinds.clusters() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        for (n, c, k, value) in [
            (10, 0, 5, Some(0.0)),
            (10, 10, 1, Some(1.0)),
            (10, 3, 1, Some(0.3)),
            (10, 1, 10, Some(1.0)),
            (5, 2, 3, Some(0.9)),
            (2, 1, 3, None),
            (2, 3, 1, None),
            (2, 1, 0, None),
        ] {
            let found = pass_at_k(n, c, k);
            let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
            assert!(found.zip(value).map_or(found == value, |(a, b)| near(a, b)), "{n} {c} {k}: {found:?}");
        }
        assert!(pass_at_k(1_000_000, 10, 1).is_some_and(|value| (value - 1e-5).abs() < 1e-12));
    }

    #[test]
    fn the_interval_holds_the_mean_and_is_the_same_each_time() {
        let items: Vec<Samples> = (0..50).map(|at| Samples { n: 10, passed: at % 11 }).collect();
        let (first, second) = (pass_at_ks(&items), pass_at_ks(&items));
        assert_eq!(first, second);
        for at in &first {
            let (value, ends) = (at.value.expect("n is 10"), at.interval.expect("n is 10"));
            assert!(ends.low < value && value < ends.high, "{at:?}");
        }
        let few = pass_at_ks(&[Samples { n: 3, passed: 1 }]);
        assert_eq!(few.iter().map(|at| at.value.is_some()).collect::<Vec<_>>(), [true, true, false, false, false]);
        assert!(pass_at_ks(&[]).iter().all(|at| at.value.is_none() && at.interval.is_none()));
    }
}
