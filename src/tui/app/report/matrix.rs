//! Item by item: what each scanner says of the code that a stream returns.

use std::collections::BTreeSet;

use super::Counted;
use crate::core::finding::Scan;
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, Step};
use crate::core::projection::{CweCount, Facts, Row};
use crate::core::settings::VerdictMode;
use crate::core::verdict::Verdict;
use crate::metrics::RowRef;

#[derive(Debug, Clone, Default)]
pub struct Matrix {
    /// The run's own scanner first.
    pub scanners: Vec<String>,
    pub lines: Vec<RowRef>,
    pub cursor: usize,
    /// Only where two scanners differ.
    pub apart: bool,
    /// Rows that have any verdict, differing or not.
    pub all: usize,
    /// The item whose findings are shown below, folded.
    pub found: Option<(String, ItemState)>,
    /// Nothing was counted again since then.
    pub(super) fresh: bool,
    pub(super) waits: Option<(u64, String)>,
}

/// What one scanner says of a row's code: a verdict, and the CWEs of its findings. `None`: it has not read it.
pub fn opinion<'a>(facts: &'a Facts, scanner: usize, names: &[String]) -> Option<(Option<Verdict>, &'a [CweCount])> {
    if scanner == 0 {
        return Some((facts.verdict, &facts.final_cwes));
    }
    let name = names.get(scanner)?;
    facts.opinions.iter().find(|opinion| opinion.scanner == *name).map(|one| (one.verdict, one.cwes.as_slice()))
}

impl Matrix {
    pub(super) fn fill(&mut self, counted: &Counted, run: &str, mode: VerdictMode) {
        let kept = self.current().and_then(|at| counted.row(at)).map(|row| (row.item.clone(), row.stream));
        let Some((run, rows)) = (0..).zip(counted.runs.iter()).find(|(_, rows)| rows.info.id == run) else { return };
        let facts = || rows.rows.iter().filter_map(|row| row.facts(mode));
        let others: BTreeSet<&str> =
            facts().flat_map(|facts| &facts.opinions).map(|opinion| opinion.scanner.as_str()).collect();
        self.scanners = vec![rows.info.settings.scanner.clone()];
        let others = others.into_iter().filter(|name| *name != rows.info.settings.scanner);
        self.scanners.extend(others.map(str::to_owned));
        // What an approach hands through stands in the generation's line already.
        let judged = |row: &Row| {
            let of_its_own = |facts: &Facts| matches!(facts.step, Some(Step::Refine { .. }));
            let generated = row.stream.approach == ApproachId::Generate;
            row.facts(mode).is_some_and(|facts| facts.verdict.is_some() && (generated || of_its_own(facts)))
        };
        let lines: Vec<RowRef> =
            (0..).zip(&rows.rows).filter(|(_, row)| judged(row)).map(|(row, _)| RowRef { run, row }).collect();
        self.all = lines.len();
        let apart = |at: &RowRef| counted.row(*at).is_some_and(|row| differ(row, mode));
        self.lines = lines.into_iter().filter(|at| !self.apart || apart(at)).collect();
        let found = kept.and_then(|(item, stream)| {
            let same = |row: &Row| row.stream == stream && row.item == item;
            self.lines.iter().position(|at| counted.row(*at).is_some_and(same))
        });
        self.cursor = found.unwrap_or(self.cursor).min(self.lines.len().saturating_sub(1));
    }

    pub fn current(&self) -> Option<RowRef> {
        self.lines.get(self.cursor).copied()
    }

    /// The reports of every scanner on the code of a row, the run's own first, once the item was read.
    pub fn scans(&self, row: &Row, mode: VerdictMode) -> Option<Vec<&Scan>> {
        let (item, state) = self.found.as_ref()?;
        if *item != row.item {
            return None;
        }
        let version = state.final_version(row.stream, mode)?;
        Some(version.scan.iter().chain(&version.opinions).collect())
    }
}

/// Whether a scanner flags what another one does not.
pub fn differ(row: &Row, mode: VerdictMode) -> bool {
    let Some(facts) = row.facts(mode) else { return false };
    let flagged = |verdict: Option<Verdict>| verdict.map(|verdict| verdict == Verdict::Vulnerable);
    let mut said = facts.opinions.iter().filter_map(|opinion| flagged(opinion.verdict)).chain(flagged(facts.verdict));
    said.next().is_some_and(|first| said.any(|other| other != first))
}
