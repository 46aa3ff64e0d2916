use statrs::distribution::{ContinuousCDF, Normal};

use super::{Interval, RowRef, Share};

impl Share {
    /// The cases among `of` that `evidence` names.
    pub fn of(of: u32, evidence: Vec<RowRef>) -> Self {
        Self { count: evidence.len() as u32, of, evidence }
    }

    /// From 0 to 1; `None` of nothing.
    pub fn value(&self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.count) / f64::from(self.of))
    }

    /// The 95 % score interval without continuity correction (Wilson, "Probable inference, the law of succession, and
    /// statistical inference", JASA 22, 1927); `None` of nothing.
    pub fn interval(&self) -> Option<Interval> {
        wilson(self.count, self.of, 0.95)
    }
}

/// Wilson's score interval at a confidence between 0 and 1: the p that solve |p̂ - p| = z √(p (1 - p) / n).
fn wilson(count: u32, of: u32, confidence: f64) -> Option<Interval> {
    let p = (of > 0).then(|| f64::from(count) / f64::from(of))?;
    let n = f64::from(of);
    let z = Normal::standard().inverse_cdf(0.5 + confidence / 2.0);
    let scale = 1.0 + z * z / n;
    let middle = (p + z * z / (2.0 * n)) / scale;
    let half = z / scale * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    // At none and all the formula gives 0 and 1 but for the last digit.
    let low = if count == 0 { 0.0 } else { (middle - half).max(0.0) };
    let high = if count == of { 1.0 } else { (middle + half).min(1.0) };
    Some(Interval { low, high })
}
