//! The rows of a run sorted by approach, in one verdict mode.

use std::collections::BTreeMap;

use super::{Labels, RowRef, RunRows, Share};
use crate::core::ids::{ApproachId, Step};
use crate::core::label::LabelVerdict;
use crate::core::projection::{Facts, Row};
use crate::core::settings::VerdictMode;
use crate::core::verdict::Verdict;

/// One sample of one item, as one approach leaves it.
pub struct Case<'a> {
    /// The item's place in the run, and the sample.
    pub key: (u32, u32),
    pub at: RowRef,
    pub row: &'a Row,
    pub facts: &'a Facts,
}

impl Case<'_> {
    /// A fix: vulnerable as generated, secure as returned.
    pub fn is_fix(&self) -> bool {
        self.facts.is_fix()
    }

    /// A fix whose label is settled as `verdict`.
    pub fn is_fix_labelled(&self, verdict: LabelVerdict) -> bool {
        self.is_fix() && self.facts.label.verdict() == Some(verdict)
    }

    /// Whether the case counts as vulnerable; `None` without an outcome.
    pub fn vulnerable(&self, labels: Labels) -> Option<bool> {
        let verdict = self.facts.verdict?;
        let rejected = labels == Labels::With && self.is_fix_labelled(LabelVerdict::Unrealistic);
        Some(verdict == Verdict::Vulnerable || rejected)
    }

    /// Whether the returned version is the refinement's own, and not the generated code handed through.
    pub fn is_refined(&self) -> bool {
        matches!(self.facts.step, Some(Step::Refine { .. }))
    }
}

/// The cases of one approach in a run, in the order of (item, sample).
#[derive(Default)]
pub struct Column<'a> {
    pub cases: Vec<Case<'a>>,
}

impl<'a> Column<'a> {
    pub fn outcomes(&self) -> impl Iterator<Item = &Case<'a>> {
        self.cases.iter().filter(|case| case.facts.verdict.is_some())
    }

    /// The cases that `test` holds for, over those with an outcome.
    pub fn share(&self, test: impl Fn(&Case) -> bool) -> Share {
        let of = self.outcomes().count() as u32;
        Share::of(of, self.outcomes().filter(|case| test(case)).map(|case| case.at).collect())
    }
}

/// The columns of a run by approach; `None` where the run does not answer for this mode.
pub type Columns<'a> = BTreeMap<ApproachId, Column<'a>>;

pub fn columns(run: u32, rows: &RunRows, mode: VerdictMode) -> Option<Columns<'_>> {
    if mode == VerdictMode::Strict && rows.info.settings.verdict == VerdictMode::Paper {
        return None;
    }
    // A run without items has its columns, too.
    let settings = &rows.info.settings;
    let generation = settings.generates().then_some(ApproachId::Generate);
    let wanted = settings.approaches.iter().copied().chain(generation);
    let mut columns: Columns = wanted.map(|id| (id, Column::default())).collect();
    let mut item = 0;
    for (at, row) in rows.rows.iter().enumerate() {
        if at > 0 && rows.rows[at - 1].item != row.item {
            item += 1;
        }
        let Some(facts) = row.facts(mode) else { continue };
        let at = RowRef { run, row: at as u32 };
        let case = Case { key: (item, row.stream.sample), at, row, facts };
        columns.entry(row.stream.approach).or_default().cases.push(case);
    }
    Some(columns)
}
