/// Cohen's kappa of two raters ("A coefficient of agreement for nominal scales", Educational and Psychological Measurement
/// 20, 1960): (observed - expected) / (1 - expected) agreement.
///
/// `square` holds `side` rows, one after the other: how many units the first rater puts into the row's category and the
/// second into the column's. `None` of nothing, of a square that is none, and where chance alone would agree on everything.
pub fn cohen_kappa(side: usize, square: &[f64]) -> Option<f64> {
    if side == 0 || square.len() != side * side {
        return None;
    }
    let row = |at: usize| square[at * side..(at + 1) * side].iter().sum::<f64>();
    let column = |at: usize| square.iter().skip(at).step_by(side).sum::<f64>();
    let n: f64 = square.iter().sum();
    let agreed: f64 = square.iter().step_by(side + 1).sum();
    // Both sides times n²: whole numbers, so that equality with 1 is exact.
    let expected: f64 = (0..side).map(|at| row(at) * column(at)).sum();
    (n > 0.0 && expected < n * n).then(|| (agreed * n - expected) / (n * n - expected))
}
