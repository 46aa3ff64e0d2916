//! Floor 1: the studies' numbers, from projection rows alone. No IO.
//!
//! Every count keeps the rows it was counted over, so that a report's cell can be opened.

use crate::core::ids::ApproachId;
use crate::core::projection::Row;
use crate::core::settings::{RunInfo, VerdictMode};

/// A run as the metrics read it.
#[derive(Debug, Clone)]
pub struct RunRows {
    pub info: RunInfo,
    /// Items the run was given; some may have no row yet.
    pub items: u32,
    /// In the order of the items, streams of an item together.
    pub rows: Vec<Row>,
}

/// A row of a run: `Study::runs[run]` and the index into that run's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct RowRef {
    pub run: u32,
    pub row: u32,
}

/// How many of how many, with the rows that were counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
#[derive(Debug, Clone)]
pub struct Study {
    pub runs: Vec<RunInfo>,
    /// One for each mode and label setting that was asked for.
    pub table1: Vec<Table1>,
    /// One for each mode and each second scanner that has scanned.
    pub table2: Vec<Table2>,
    /// Unrealistic fixes by approach and run.
    pub unrealistic: Vec<Unrealistic>,
    /// One for each run and mode.
    pub cwes: Vec<CweFigures>,
    /// One for each run, mode and pair of scanners.
    pub scanners: Vec<ScannerPair>,
}

/// Share of vulnerable code by data set, approach and model (Table 1).
#[derive(Debug, Clone)]
pub struct Table1 {
    pub mode: VerdictMode,
    pub labels: Labels,
    pub blocks: Vec<Block<Cell>>,
    /// The approaches against one another on the same items, by run.
    pub tests: Vec<PairedTest>,
}

/// The rows of one data set: a column for each of its runs.
#[derive(Debug, Clone)]
pub struct Block<T> {
    pub dataset: String,
    /// Indices into `Study::runs`.
    pub runs: Vec<u32>,
    pub rows: Vec<Line<T>>,
}

#[derive(Debug, Clone)]
pub struct Line<T> {
    /// `Generate` for the code as generated.
    pub approach: ApproachId,
    /// One for each of the block's runs; `None` where the run does not answer for this (an approach it did not
    /// do, or `strict` for a paper run).
    pub cells: Vec<Option<T>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// Vulnerable over all items that have an outcome.
    pub vulnerable: Share,
    pub invalid: Share,
    /// Items without an outcome: not reached yet, or failed.
    pub pending: Share,
    /// Generated share minus this share, in points (0 to 100), from the counts.
    pub drop: Option<f64>,
    /// The drop as a part of the generated share, 0 to 1.
    pub relative_drop: Option<f64>,
    /// With labels: what the fixes rest on.
    pub labels: Option<LabelBounds>,
}

/// What the labels behind a cell say, and how far they could move it.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelBounds {
    /// Fixes whose label is settled (adjudicated or agreed) as realistic or unrealistic, over all fixes.
    pub labelled: Share,
    pub unrealistic: Share,
    pub disputed: Share,
    /// Vulnerable if every fix without a settled label is realistic, and if none is.
    pub best: Share,
    pub worst: Share,
}

/// Exact McNemar test of two approaches on the same items.
#[derive(Debug, Clone, PartialEq)]
pub struct PairedTest {
    pub run: u32,
    pub first: ApproachId,
    pub second: ApproachId,
    /// Items that both have an outcome for.
    pub items: u32,
    /// Vulnerable after the first only, and after the second only.
    pub first_only: Share,
    pub second_only: Share,
    pub p: f64,
}

/// Share of vulnerable code by a second scanner, over the versions as the first scanner chose them (Table 2).
#[derive(Debug, Clone)]
pub struct Table2 {
    pub mode: VerdictMode,
    pub scanner: String,
    pub blocks: Vec<Block<Share>>,
}

/// Unrealistic fixes of one approach in one run.
#[derive(Debug, Clone)]
pub struct Unrealistic {
    pub run: u32,
    pub approach: ApproachId,
    /// Of the fixes (in the run's own mode).
    pub fixes: Share,
    /// Refined versions labelled unrealistic, fixes or not.
    pub versions: u32,
}

/// Findings by CWE in one run (Figures 3, 4 and 5).
#[derive(Debug, Clone)]
pub struct CweFigures {
    pub run: u32,
    pub mode: VerdictMode,
    /// The most frequent in generated code, at most ten.
    pub generated: Vec<CweBar>,
    /// The same approach's unresolved ones: findings in final code over findings in generated code.
    pub unresolved: Vec<CweBar>,
    pub unresolved_by: ApproachId,
    /// The five most frequent in each approach's final code.
    pub by_approach: Vec<(ApproachId, Vec<CweBar>)>,
}

/// A CWE's findings; `of` is what the figure compares with (all findings, or those in generated code).
#[derive(Debug, Clone, PartialEq)]
pub struct CweBar {
    /// `None`: rules that have no CWE.
    pub cwe: Option<u32>,
    pub findings: Share,
    /// Items that hold at least one.
    pub items: u32,
}

/// Two scanners on the same final versions.
#[derive(Debug, Clone)]
pub struct ScannerPair {
    pub run: u32,
    pub mode: VerdictMode,
    pub first: String,
    pub second: String,
    /// Versions that both have a verdict on, by who calls them vulnerable.
    pub both: Share,
    pub first_only: Share,
    pub second_only: Share,
    pub neither: Share,
    /// Cohen's kappa; `None` where chance alone would agree on everything.
    pub kappa: Option<f64>,
    pub by_cwe: Vec<CweAgreement>,
}

/// Versions in which each scanner reports a CWE.
#[derive(Debug, Clone)]
pub struct CweAgreement {
    pub cwe: Option<u32>,
    pub both: Share,
    pub first_only: Share,
    pub second_only: Share,
}
