/// Cohen's kappa of two raters with two categories ("A coefficient of agreement for nominal scales", Educational and
/// Psychological Measurement 20, 1960): (observed - expected) / (1 - expected) agreement. `None` of nothing, and where
/// chance alone would agree on everything.
pub fn cohen_kappa(both: u32, first_only: u32, second_only: u32, neither: u32) -> Option<f64> {
    let [a, b, c, d] = [both, first_only, second_only, neither].map(f64::from);
    let n = a + b + c + d;
    // Both sides times n²: whole numbers, so that equality with 1 is exact.
    let expected = (a + b) * (a + c) + (c + d) * (b + d);
    (n > 0.0 && expected < n * n).then(|| ((a + d) * n - expected) / (n * n - expected))
}
