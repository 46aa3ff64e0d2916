//! pass@k: the share of items that k samples solve, estimated without bias from n samples of each (Chen et al.,
//! "Evaluating Large Language Models Trained on Code", 2021, Eqn 1; used by CodeSecEval, section 3.4).

use super::Interval;

/// The k of CodeSecEval's tables.
pub const KS: [u32; 5] = [1, 3, 5, 7, 10];

/// Of n samples of an item, how many passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
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

/// Resamples that an interval rests on.
const RESAMPLES: usize = 2000;

/// The mean over items for every k of [`KS`]. The interval is the percentile bootstrap's, items drawn with their samples
/// together (a cluster each), from a fixed seed: the same samples give the same ends.
pub fn pass_at_ks(items: &[Samples]) -> Vec<AtK> {
    KS.into_iter()
        .map(|k| {
            let each: Option<Vec<f64>> = items.iter().map(|item| pass_at_k(item.n, item.passed, k)).collect();
            let each = each.filter(|each| !each.is_empty());
            AtK { k, value: each.as_deref().map(mean), interval: each.as_deref().map(bootstrap) }
        })
        .collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn bootstrap(each: &[f64]) -> Interval {
    let mut random = fastrand::Rng::with_seed(20240);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..each.len()).map(|_| each[random.usize(..each.len())]).sum::<f64>() / each.len() as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[((RESAMPLES - 1) as f64 * share).round() as usize];
    Interval { low: at(0.025), high: at(0.975) }
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
