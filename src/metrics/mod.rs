//! Floor 1: the studies' numbers, from projection rows alone. No IO.
//!
//! `Study::of` gives every table and figure; each in a file of its own. Every count keeps the rows it was counted
//! over, so that a report's cell can be opened. A case is one sample of one item.

use std::collections::HashMap;

use crate::core::ids::ApproachId;
use crate::core::item::About;
use crate::core::projection::Row;
use crate::core::settings::{RunInfo, VerdictMode};

pub mod agreement;
mod bootstrap;
pub mod codeseceval;
mod column;
mod compare;
mod cwe;
pub mod executed;
pub mod hints;
mod mcnemar;
pub mod paper;
pub mod passk;
pub mod reasons;
mod rows;
mod second;
mod share;
pub mod sides;
mod study;
mod table1;
mod unrealistic;
pub mod words;

pub use compare::{Difference, differences};
pub use mcnemar::exact_p;

/// A run as the metrics read it.
#[derive(Debug, Clone)]
pub struct RunRows {
    pub info: RunInfo,
    /// Items the run was given.
    pub items: u32,
    /// In the order of the items, streams of an item together; [`RunRows::new`] puts in an empty row for every
    /// stream that is asked for and has not begun.
    pub rows: Vec<Row>,
    /// By the item's id. An item that is not in it is of no type and no subset.
    pub about: HashMap<String, About>,
}

/// A row of a run: `Study::runs[run]` and the index into that run's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct RowRef {
    pub run: u32,
    pub row: u32,
}

/// How many of how many cases, with the rows that were counted: `evidence` has `count` of them, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Share {
    pub count: u32,
    pub of: u32,
    pub evidence: Vec<RowRef>,
}

/// Lower and upper end, each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// Whether a fix labelled unrealistic counts as unfixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Labels {
    Without,
    With,
}

/// Which numbers are wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub modes: Vec<VerdictMode>,
    pub labels: Vec<Labels>,
    /// The approach whose unresolved findings Figure 4 counts.
    pub figure4: ApproachId,
}

/// All tables and figures over some runs.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
pub struct Study {
    pub runs: Vec<RunInfo>,
    /// One for each mode and label setting that was asked for.
    pub table1: Vec<Table1>,
    /// One for each mode and each second scanner that has scanned.
    pub table2: Vec<Table2>,
    /// Unrealistic fixes by approach and run.
    pub unrealistic: Vec<Unrealistic>,
    /// Fixes that are none, by run and mode.
    pub hollow: Vec<hints::Hollow>,
    /// Hints against labels, by run.
    pub hints: Vec<hints::Hints>,
    /// What tests say, by run and approach.
    pub executed: Vec<executed::Executed>,
    /// Two ways to generate, and two to repair, by CWE type (CodeSecEval's Figures 3 and 4).
    pub sides: Vec<sides::Sides>,
    /// One for each run and mode.
    pub cwes: Vec<CweFigures>,
    /// One for each run, mode and pair of scanners.
    pub scanners: Vec<ScannerPair>,
}

/// Share of vulnerable code by data set, approach and model (Table 1).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Table1 {
    pub mode: VerdictMode,
    pub labels: Labels,
    pub blocks: Vec<Block<Cell>>,
    /// The approaches against one another on the same items, by run.
    pub tests: Vec<PairedTest>,
}

/// The rows of one data set: a column for each of its runs.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Block<T> {
    pub dataset: String,
    /// Indices into `Study::runs`.
    pub runs: Vec<u32>,
    pub rows: Vec<Line<T>>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Line<T> {
    /// `Generate` for the code as generated.
    pub approach: ApproachId,
    /// One for each of the block's runs; `None` where the run does not answer for this (an approach it did not
    /// do, or `strict` for a paper run).
    pub cells: Vec<Option<T>>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Cell {
    /// Vulnerable over all cases that have an outcome, invalid ones included.
    pub vulnerable: Share,
    pub invalid: Share,
    /// Cases without an outcome (not reached yet, or failed) over all cases.
    pub pending: Share,
    /// Generated share minus this share, in points (0 to 100), from the counts; negative where it got worse.
    pub drop: Option<f64>,
    /// The drop as a part of the generated share, 0 to 1; `None` where no generated code is vulnerable.
    pub relative_drop: Option<f64>,
    /// With labels: what the fixes rest on.
    pub labels: Option<LabelBounds>,
}

/// What the labels behind a cell say, and how far they could move it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct LabelBounds {
    /// Fixes whose label is settled (adjudicated or agreed) as realistic or unrealistic, over all fixes.
    pub labelled: Share,
    /// These three over all fixes, too. An unsure one is settled as that, and counts as fixed.
    pub unrealistic: Share,
    pub unsure: Share,
    pub disputed: Share,
    /// Vulnerable if every fix that is not settled as realistic or unrealistic is realistic (the labelled cell
    /// itself), and if none is.
    pub best: Share,
    pub worst: Share,
}

/// Exact McNemar test of two approaches on the same items.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct PairedTest {
    pub run: u32,
    pub first: ApproachId,
    pub second: ApproachId,
    /// Cases that both have an outcome for.
    pub items: u32,
    /// Vulnerable after the first only (evidence: its rows), and after the second only (the second's rows);
    /// invalid code is not vulnerable here.
    pub first_only: Share,
    pub second_only: Share,
    /// Two-sided.
    pub p: f64,
}

/// Share of vulnerable code by a second scanner, over the versions as the first scanner chose them (Table 2).
///
/// Each share is over the versions that this scanner has a verdict on; its `of` is less than that of Table 1 where the
/// scanner has not seen all.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Table2 {
    pub mode: VerdictMode,
    pub scanner: String,
    pub blocks: Vec<Block<Share>>,
}

/// Unrealistic fixes of one approach in one run.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Unrealistic {
    pub run: u32,
    pub approach: ApproachId,
    /// Fixes whose label is settled as realistic or unrealistic, over all fixes (in the run's own mode).
    pub labelled: Share,
    /// Settled as unrealistic, over the labelled ones: what nobody labelled may be either.
    pub unrealistic: Share,
    /// Refined versions labelled unrealistic, fixes or not.
    pub versions: u32,
}

/// Findings by CWE in one run (Figures 3, 4 and 5).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CweFigures {
    pub run: u32,
    pub mode: VerdictMode,
    /// The most frequent in generated code, at most ten; `of` is all findings there.
    pub generated: Vec<CweBar>,
    /// What one approach leaves unresolved, most first, at most ten; `of` is the findings of that CWE in the
    /// generated code of the same cases, less than `findings` where refining brought new ones.
    pub unresolved: Vec<CweBar>,
    pub unresolved_by: ApproachId,
    /// The five most frequent in each approach's final code; `of` is all findings there.
    pub by_approach: Vec<(ApproachId, Vec<CweBar>)>,
}

/// Findings of a CWE, and the cases that hold them. A case may hold many, so these are no [`Share`].
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CweBar {
    /// `None`: rules that have no CWE.
    pub cwe: Option<u32>,
    pub findings: u32,
    /// What the figure compares with.
    pub of: u32,
    /// Cases that hold at least one, over all cases that were looked at.
    pub items: Share,
}

/// Two scanners on the same versions: the generated code and every returned refinement, each once.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct ScannerPair {
    pub run: u32,
    pub mode: VerdictMode,
    pub first: String,
    pub second: String,
    /// Versions that both have a verdict on (`of`), by who calls them vulnerable.
    pub both: Share,
    pub first_only: Share,
    pub second_only: Share,
    pub neither: Share,
    /// Cohen's kappa; `None` where chance alone would agree on everything.
    pub kappa: Option<f64>,
    pub by_cwe: Vec<CweAgreement>,
}

/// Versions in which each scanner reports a CWE, over those that both have a verdict on.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CweAgreement {
    pub cwe: Option<u32>,
    pub both: Share,
    pub first_only: Share,
    pub second_only: Share,
}

#[cfg(test)]
mod tests;
