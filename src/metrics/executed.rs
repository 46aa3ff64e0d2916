//! What the items' tests say of each approach, and where they contradict the scanner.

use std::collections::BTreeMap;

use super::passk::{AtK, Samples, pass_at_ks};
use super::{RowRef, RunRows, Share};
use crate::core::execution::TestResult;
use crate::core::ids::ApproachId;
use crate::core::label::LabelVerdict;
use crate::core::verdict::Verdict;

/// One approach of one run, in the run's own verdict mode. A refused test is no sample.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Executed {
    /// Index into `Study::runs`.
    pub run: u32,
    pub approach: ApproachId,
    /// Items with a sample that was tested.
    pub items: u32,
    /// The fewest samples of an item: pass@k is answered up to this k.
    pub samples: u32,
    /// Samples whose test was refused.
    pub refused: u32,
    pub pass: Share,
    pub at_k: Vec<AtK>,
    /// Samples that the scanner takes for secure and the test fails, of those that it takes for secure.
    pub false_secure: Share,
    /// Secure, passes, and labelled realistic, of all samples that were tested.
    pub sound: Share,
    pub confusion: Vec<Confusion>,
}

/// What the test says of the samples of one verdict.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Confusion {
    /// `None`: the scanner failed on them.
    pub verdict: Option<Verdict>,
    pub pass: Vec<RowRef>,
    pub fail: Vec<RowRef>,
    /// Error, timeout or killed.
    pub other: Vec<RowRef>,
}

/// Every approach that has a tested sample, run by run.
pub fn executed(runs: &[RunRows]) -> Vec<Executed> {
    let mut all = Vec::new();
    for (at, run) in (0..).zip(runs) {
        let mut by_approach: BTreeMap<ApproachId, Vec<u32>> = BTreeMap::new();
        for (row, number) in run.rows.iter().zip(0..) {
            if row.test.is_some() {
                by_approach.entry(row.stream.approach).or_default().push(number);
            }
        }
        all.extend(by_approach.into_iter().map(|(approach, rows)| of(at, run, approach, &rows)));
    }
    all
}

fn of(at: u32, run: &RunRows, approach: ApproachId, rows: &[u32]) -> Executed {
    let mut items: BTreeMap<&str, Samples> = BTreeMap::new();
    let mut cells: BTreeMap<Option<Verdict>, Confusion> = BTreeMap::new();
    let (mut refused, mut secure) = (0, 0);
    let (mut pass, mut false_secure, mut sound) = (Vec::new(), Vec::new(), Vec::new());
    for number in rows {
        let row = &run.rows[*number as usize];
        let Some(test) = &row.test else { continue };
        let place = RowRef { run: at, row: *number };
        if test.result == TestResult::Refused {
            refused += 1;
            continue;
        }
        let passed = test.result == TestResult::Pass;
        let samples = items.entry(&row.item).or_insert(Samples { n: 0, passed: 0 });
        samples.n += 1;
        samples.passed += u32::from(passed);
        let empty = || Confusion { verdict: row.verdict, pass: Vec::new(), fail: Vec::new(), other: Vec::new() };
        let cell = cells.entry(row.verdict).or_insert_with(empty);
        match test.result {
            TestResult::Pass => cell.pass.push(place),
            TestResult::Fail => cell.fail.push(place),
            _ => cell.other.push(place),
        }
        if row.verdict == Some(Verdict::Secure) {
            secure += 1;
            if !passed {
                false_secure.push(place);
            } else if row.label == Some(LabelVerdict::Realistic) {
                sound.push(place);
            }
        }
        if passed {
            pass.push(place);
        }
    }
    let samples: Vec<Samples> = items.into_values().collect();
    let tested: u32 = samples.iter().map(|item| item.n).sum();
    Executed {
        run: at,
        approach,
        items: samples.len() as u32,
        samples: samples.iter().map(|item| item.n).min().unwrap_or(0),
        refused,
        pass: Share::of(tested, pass),
        at_k: pass_at_ks(&samples),
        false_secure: Share::of(secure, false_secure),
        sound: Share::of(tested, sound),
        confusion: cells.into_values().collect(),
    }
}
