//! What the items' tests say of each approach, and where they contradict the scanner.

use std::collections::BTreeMap;

use super::passk::{AtK, Samples, pass_at_ks};
use super::{RowRef, RunRows, Share};
use crate::core::execution::TestResult;
use crate::core::ids::ApproachId;
use crate::core::item::About;
use crate::core::label::LabelVerdict;
use crate::core::projection::Row;
use crate::core::verdict::Verdict;

/// One approach of one run, in the run's own verdict mode. A refused test is no sample.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Executed {
    /// Index into `Study::runs`.
    pub run: u32,
    pub approach: ApproachId,
    /// Over all items.
    pub all: Pass,
    /// The same by CWE type, types in the order of their numbers.
    pub types: Vec<TypePass>,
    /// Each subset that the data set names, in the order of the names.
    pub subsets: Vec<SubsetPass>,
    /// By whether the vulnerability-aware problem holds detailed steps; `None` where no item tells.
    pub steps: Option<StepsPass>,
    /// Samples whose test was refused.
    pub refused: u32,
    /// Samples that the scanner takes for secure and the test fails, of those that it takes for secure.
    pub false_secure: Share,
    /// Secure, passes, and labelled realistic, of all samples that were tested.
    pub sound: Share,
    pub confusion: Vec<Confusion>,
}

/// pass@k over some items.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Pass {
    /// Items with a sample that was tested.
    pub items: u32,
    /// The fewest tested samples of one of these: pass@k is answered up to this k.
    pub samples: u32,
    /// Tested samples of all that the run is to have of these items: what pass@k is counted over.
    pub tested: Share,
    /// Samples that pass, of those.
    pub pass: Share,
    /// Items that a sample passes for, each by its first one that does, of the items.
    pub solved: Share,
    pub at_k: Vec<AtK>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TypePass {
    /// Several numbers are one type, as in CodeSecEval (section 3.1); none: items that no CWE is told of.
    pub cwe: Vec<u32>,
    pub pass: Pass,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SubsetPass {
    pub name: String,
    pub pass: Pass,
    pub types: Vec<TypePass>,
}

/// CodeSecEval's Table 3.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct StepsPass {
    pub with: Pass,
    pub without: Pass,
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

impl Pass {
    pub fn at(&self, k: u32) -> Option<&AtK> {
        self.at_k.iter().find(|at| at.k == k)
    }

    /// Of some rows of a run, streams of an item together.
    fn of<'a>(cases: impl Iterator<Item = Case<'a>>) -> Self {
        let mut items: Vec<(&str, Samples)> = Vec::new();
        let (mut all, mut tested, mut pass, mut solved) = (0, Vec::new(), Vec::new(), Vec::new());
        for case in cases {
            all += 1;
            let Some(result) = case.result else { continue };
            if items.last().is_none_or(|(item, _)| *item != case.row.item) {
                items.push((&case.row.item, Samples { n: 0, passed: 0 }));
            }
            let Some((_, samples)) = items.last_mut() else { continue };
            samples.n += 1;
            tested.push(case.at);
            if result == TestResult::Pass {
                if samples.passed == 0 {
                    solved.push(case.at);
                }
                samples.passed += 1;
                pass.push(case.at);
            }
        }
        let samples: Vec<Samples> = items.into_iter().map(|(_, samples)| samples).collect();
        Self {
            items: samples.len() as u32,
            samples: samples.iter().map(|item| item.n).min().unwrap_or(0),
            pass: Share::of(tested.len() as u32, pass),
            tested: Share::of(all, tested),
            solved: Share::of(samples.len() as u32, solved),
            at_k: pass_at_ks(&samples),
        }
    }
}

/// One sample of one item.
#[derive(Clone, Copy)]
struct Case<'a> {
    at: RowRef,
    row: &'a Row,
    about: &'a About,
    /// `None`: not tested, or refused.
    result: Option<TestResult>,
}

/// Every approach that has a tested sample, run by run.
pub fn executed(runs: &[RunRows]) -> Vec<Executed> {
    let unknown = About::default();
    let mut all = Vec::new();
    for (run, rows) in (0..).zip(runs) {
        let mut by_approach: BTreeMap<ApproachId, Vec<Case>> = BTreeMap::new();
        for (row, number) in rows.rows.iter().zip(0..) {
            let result = row.test.as_ref().map(|test| test.result).filter(|result| *result != TestResult::Refused);
            let about = rows.about.get(&row.item).unwrap_or(&unknown);
            let case = Case { at: RowRef { run, row: number }, row, about, result };
            by_approach.entry(row.stream.approach).or_default().push(case);
        }
        let tested = by_approach.into_iter().filter(|(_, cases)| cases.iter().any(|case| case.row.test.is_some()));
        all.extend(tested.map(|(approach, cases)| of(run, approach, &cases)));
    }
    all
}

fn of(run: u32, approach: ApproachId, cases: &[Case]) -> Executed {
    let mut cells: BTreeMap<Option<Verdict>, Confusion> = BTreeMap::new();
    let (mut secure, mut false_secure, mut sound) = (0, Vec::new(), Vec::new());
    for Case { at, row, result, .. } in cases {
        let Some(result) = result else { continue };
        let empty = || Confusion { verdict: row.verdict, pass: Vec::new(), fail: Vec::new(), other: Vec::new() };
        let cell = cells.entry(row.verdict).or_insert_with(empty);
        match result {
            TestResult::Pass => cell.pass.push(*at),
            TestResult::Fail => cell.fail.push(*at),
            _ => cell.other.push(*at),
        }
        if row.verdict == Some(Verdict::Secure) {
            secure += 1;
            if *result != TestResult::Pass {
                false_secure.push(*at);
            } else if row.label == Some(LabelVerdict::Realistic) {
                sound.push(*at);
            }
        }
    }
    let refused = |case: &&Case| case.row.test.as_ref().is_some_and(|test| test.result == TestResult::Refused);
    let all = Pass::of(cases.iter().copied());
    Executed {
        run,
        approach,
        types: types(cases.iter().copied()),
        subsets: subsets(cases),
        steps: steps(cases),
        refused: cases.iter().filter(refused).count() as u32,
        false_secure: Share::of(secure, false_secure),
        sound: Share::of(all.tested.count, sound),
        all,
        confusion: cells.into_values().collect(),
    }
}

fn types<'a>(cases: impl Iterator<Item = Case<'a>>) -> Vec<TypePass> {
    let mut by_type: BTreeMap<&[u32], Vec<Case>> = BTreeMap::new();
    for case in cases {
        by_type.entry(&case.about.cwe).or_default().push(case);
    }
    let of = |(cwe, cases): (&[u32], Vec<Case>)| TypePass { cwe: cwe.to_vec(), pass: Pass::of(cases.into_iter()) };
    by_type.into_iter().map(of).filter(|found| found.pass.items > 0).collect()
}

fn subsets(cases: &[Case]) -> Vec<SubsetPass> {
    let mut by_name: BTreeMap<&str, Vec<Case>> = BTreeMap::new();
    for case in cases {
        if let Some(name) = &case.about.subset {
            by_name.entry(name).or_default().push(*case);
        }
    }
    let of = |(name, cases): (&str, Vec<Case>)| SubsetPass {
        name: name.to_owned(),
        pass: Pass::of(cases.iter().copied()),
        types: types(cases.into_iter()),
    };
    by_name.into_iter().map(of).collect()
}

fn steps(cases: &[Case]) -> Option<StepsPass> {
    let told = cases.iter().any(|case| case.about.steps.is_some());
    let of = |with| Pass::of(cases.iter().copied().filter(|case| case.about.steps == Some(with)));
    told.then(|| StepsPass { with: of(true), without: of(false) })
}

#[cfg(test)]
mod tests;
