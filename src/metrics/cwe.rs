//! Figures 3, 4 and 5: findings by CWE.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::column::{Case, Column};
use super::study::View;
use super::{CweBar, CweFigures, RowRef, Share};
use crate::core::ids::ApproachId;
use crate::core::projection::CweCount;

const MOST: usize = 10;
const MOST_BY_APPROACH: usize = 5;

/// Findings of each CWE, and the rows that hold them.
type Counts = BTreeMap<Option<u32>, (u32, Vec<RowRef>)>;

/// For each run that answers for the mode; `unresolved_by` is whose final code Figure 4 looks at.
pub fn figures(view: &View, unresolved_by: ApproachId) -> Vec<CweFigures> {
    let figures = view.answering().map(|(run, _, columns)| {
        let refined = columns.iter().filter(|(id, _)| **id != ApproachId::Generate);
        CweFigures {
            run,
            mode: view.mode,
            generated: columns.get(&ApproachId::Generate).map_or_else(Vec::new, |it| frequent(it, MOST)),
            unresolved: columns.get(&unresolved_by).map_or_else(Vec::new, unresolved),
            unresolved_by,
            by_approach: refined.map(|(id, column)| (*id, frequent(column, MOST_BY_APPROACH))).collect(),
        }
    });
    figures.collect()
}

fn count<'a>(column: &'a Column, found: impl Fn(&'a Case<'a>) -> &'a [CweCount]) -> Counts {
    let mut counts = Counts::new();
    for case in column.outcomes() {
        for CweCount { cwe, findings } in found(case) {
            let known = counts.entry(*cwe).or_default();
            known.0 += findings;
            known.1.push(case.at);
        }
    }
    counts
}

/// The most frequent CWEs of the returned code, by findings, then by number.
fn frequent(column: &Column, most: usize) -> Vec<CweBar> {
    let counts = count(column, |case| &case.facts.final_cwes);
    let all = counts.values().map(|(findings, _)| findings).sum();
    bars(column, counts, most, |_| all)
}

/// Findings in returned code against those in the generated code of the same cases (Figure 4).
fn unresolved(column: &Column) -> Vec<CweBar> {
    let before = count(column, |case| &case.facts.generated_cwes);
    let after = count(column, |case| &case.facts.final_cwes);
    bars(column, after, MOST, |cwe| before.get(&cwe).map_or(0, |(findings, _)| *findings))
}

fn bars(column: &Column, counts: Counts, most: usize, of: impl Fn(Option<u32>) -> u32) -> Vec<CweBar> {
    let looked_at = column.outcomes().count() as u32;
    let bar = |(cwe, (findings, rows)): (Option<u32>, (u32, Vec<RowRef>))| CweBar {
        cwe,
        findings,
        of: of(cwe),
        items: Share::of(looked_at, rows),
    };
    let mut bars: Vec<CweBar> = counts.into_iter().map(bar).collect();
    bars.sort_by_key(|bar| (Reverse(bar.findings), bar.cwe.is_none(), bar.cwe));
    bars.truncate(most);
    bars
}
