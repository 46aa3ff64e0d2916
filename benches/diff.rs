//! The diff of the review bench: words of a pair of 1,000 lines, and 50,000 lines of every kind that is slow to compare.

use std::process::ExitCode;
use std::time::Instant;

use fdsp::core::diff::{Diff, Options};

const LINES: usize = 50_000;
const RUNS: usize = 9;
const PAIR_MS: f64 = 2.0;
const WORST_MS: f64 = 50.0;

/// The same numbers on every machine.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

fn shuffled(seed: u64, word: &str) -> String {
    let mut numbers = Numbers(seed);
    let mut order: Vec<usize> = (0..LINES).collect();
    for at in (1..LINES).rev() {
        order.swap(at, numbers.below(at + 1));
    }
    order.iter().map(|number| format!("{word} {number}\n")).collect()
}

fn drawn_of(seed: u64, kinds: usize) -> String {
    let mut numbers = Numbers(seed);
    (0..LINES).map(|_| format!("line {}\n", numbers.below(kinds))).collect()
}

/// Calls as code has them; every `every`th has another function and another argument.
fn calls(lines: usize, every: usize) -> String {
    let names = |line: usize| if line.is_multiple_of(every) { ("derive", "other") } else { ("compute", "second") };
    let call =
        |(line, (name, word))| format!("    value_{line} = {name}(first_{line}, {word}_{}, {})\n", line * 7, line % 13);
    (0..lines).map(|line| (line, names(line))).map(call).collect()
}

fn blocks(lines: usize) -> (String, String) {
    let all: Vec<String> = (0..LINES).map(|line| format!("statement number {line}\n")).collect();
    (all.concat(), all.chunks(lines).rev().map(<[String]>::concat).collect())
}

fn main() -> ExitCode {
    let plain = |lines| calls(lines, usize::MAX);
    let alternating = "a\nb\n".repeat(LINES / 2);
    let half = |word: &str| (0..LINES / 2).map(|line| format!("common {line}\n{word} {line}\n")).collect::<String>();
    let (few, many) = (blocks(5), blocks(500));
    let cases: [(&str, f64, String, String); 15] = [
        ("1,000 lines, every 20th changed", PAIR_MS, plain(1_000), calls(1_000, 20)),
        ("1,000 lines, every 5th changed", PAIR_MS, plain(1_000), calls(1_000, 5)),
        ("1,000 lines, every one changed", PAIR_MS, plain(1_000), calls(1_000, 1)),
        ("shuffled, each line once", WORST_MS, shuffled(1, "line"), shuffled(2, "line")),
        ("no line in common", WORST_MS, shuffled(1, "line"), shuffled(2, "other")),
        ("every line changed", WORST_MS, plain(LINES), calls(LINES, 1)),
        ("every other line changed", WORST_MS, half("old"), half("new")),
        ("drawn of 2 lines", WORST_MS, drawn_of(1, 2), drawn_of(2, 2)),
        ("drawn of 50 lines", WORST_MS, drawn_of(1, 50), drawn_of(2, 50)),
        ("drawn of 20,000 lines", WORST_MS, drawn_of(1, 20_000), drawn_of(2, 20_000)),
        ("all the same, one more", WORST_MS, "a\n".repeat(LINES), "a\n".repeat(LINES + 1)),
        ("alternating and all the same", WORST_MS, alternating, "a\n".repeat(LINES)),
        ("one line of 1 MB", WORST_MS, "ab, cd(".repeat(150_000), "ab, ce(".repeat(150_000)),
        ("blocks of 5 in reverse", WORST_MS, few.0, few.1),
        ("blocks of 500 in reverse", WORST_MS, many.0, many.1),
    ];
    let mut missed = false;
    for (name, limit, old, new) in &cases {
        let mut times: Vec<f64> = Vec::with_capacity(RUNS);
        let mut found = (0, (0, 0), 0);
        for _ in 0..RUNS {
            let start = Instant::now();
            let diff = Diff::between(old, new, &Options::default());
            times.push(start.elapsed().as_secs_f64() * 1e3);
            found = (diff.changes.len(), diff.counts(), diff.old.moves().len());
        }
        times.sort_unstable_by(f64::total_cmp);
        let (changes, (added, removed), moved) = found;
        println!(
            "{name}: median {:.2} ms, least {:.2}, asked {limit:.0}; {changes} changes, +{added} -{removed}, {moved} moved",
            times[RUNS / 2],
            times[0]
        );
        missed |= times[RUNS / 2] > *limit;
    }
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
