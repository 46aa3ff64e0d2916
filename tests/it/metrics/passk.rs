//! pass@k against exact fractions.

use std::io::Write;
use std::process::{Command, Stdio};

use fdsp::metrics::passk::pass_at_k;

const EXACT: &str = "
import sys
from fractions import Fraction
from math import comb
for line in sys.stdin:
    n, c, k = map(int, line.split())
    print(repr(float(1 - Fraction(comb(n - c, k), comb(n, k)))))
";

#[test]
fn ten_thousand_random_samples_equal_exact_fractions() {
    let mut random = fastrand::Rng::with_seed(7);
    let cases: Vec<(u32, u32, u32)> = (0..10_000)
        .map(|at| {
            let n = random.u32(1..=if at % 10 == 0 { 5000 } else { 200 });
            (n, random.u32(0..=n), random.u32(1..=n))
        })
        .collect();
    let mut python = Command::new("python3")
        .args(["-I", "-c", EXACT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the tests need python3");
    let input: String = cases.iter().map(|(n, c, k)| format!("{n} {c} {k}\n")).collect();
    let mut stdin = python.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = python.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("it reads");
    let exact: Vec<f64> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| line.parse().expect("a number")).collect();
    assert_eq!(exact.len(), cases.len());
    for ((n, c, k), exact) in cases.into_iter().zip(exact) {
        let ours = pass_at_k(n, c, k).expect("k is at most n");
        assert!((ours - exact).abs() < 1e-9, "pass@{k} of {c} in {n}: {ours}, exactly {exact}");
    }
}
