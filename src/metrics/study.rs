use std::collections::BTreeSet;

use super::column::{Columns, columns};
use super::{Block, Labels, Line, RunRows, Study, Wanted, cwe, executed, hints, second, sides, table1, unrealistic};
use crate::core::ids::ApproachId;
use crate::core::settings::{RunInfo, VerdictMode};

impl Default for Wanted {
    /// Both verdict modes, without and with labels, Figure 4 by FDSP.
    fn default() -> Self {
        Self {
            modes: vec![VerdictMode::Strict, VerdictMode::Paper],
            labels: vec![Labels::Without, Labels::With],
            figure4: ApproachId::Fdsp,
        }
    }
}

impl Study {
    /// All numbers over `runs`; a [`super::RowRef`]'s `run` is the place in that slice.
    pub fn of(runs: &[RunRows], wanted: &Wanted) -> Self {
        let infos: Vec<RunInfo> = runs.iter().map(|run| run.info.clone()).collect();
        let mut study = Self { runs: infos, ..Self::default() };
        for mode in &wanted.modes {
            let view = View { mode: *mode, runs, columns: seen(runs, *mode) };
            study.table1.extend(wanted.labels.iter().map(|labels| table1::table1(&view, *labels)));
            study.table2.extend(second::table2(&view));
            study.cwes.extend(cwe::figures(&view, wanted.figure4));
            study.scanners.extend(second::pairs(&view));
        }
        study.hollow = hints::hollow(runs, &wanted.modes);
        study.hints = hints::hints(runs);
        study.executed = executed::executed(runs);
        study.sides = sides::sides(&study.executed);
        study.unrealistic = unrealistic::unrealistic(runs);
        study
    }
}

fn seen(runs: &[RunRows], mode: VerdictMode) -> Vec<Option<Columns<'_>>> {
    (0..).zip(runs).map(|(at, run)| columns(at, run, mode)).collect()
}

/// All runs as one verdict mode sees them.
pub struct View<'a> {
    pub mode: VerdictMode,
    pub runs: &'a [RunRows],
    pub columns: Vec<Option<Columns<'a>>>,
}

impl<'a> View<'a> {
    /// The runs that answer for this mode.
    pub fn answering(&self) -> impl Iterator<Item = (u32, &'a RunRows, &Columns<'a>)> {
        let all = (0..).zip(self.runs).zip(&self.columns);
        all.filter_map(|((at, run), columns)| Some((at, run, columns.as_ref()?)))
    }

    /// A table's blocks, one for each data set in the order of the runs; `cell` fills in a run and an approach.
    pub fn blocks<T>(&self, cell: impl Fn(u32, &Columns<'a>, ApproachId) -> Option<T>) -> Vec<Block<T>> {
        let mut blocks: Vec<Block<T>> = Vec::new();
        for (at, run) in (0..).zip(self.runs) {
            match blocks.iter_mut().find(|block| block.dataset == run.info.dataset) {
                Some(block) => block.runs.push(at),
                None => {
                    let dataset = run.info.dataset.clone();
                    blocks.push(Block { dataset, runs: vec![at], rows: Vec::new() });
                }
            }
        }
        for block in &mut blocks {
            let approaches: BTreeSet<ApproachId> =
                block.runs.iter().flat_map(|at| approaches(&self.runs[*at as usize])).collect();
            for approach in approaches {
                let cells = block.runs.iter().map(|at| {
                    let columns = self.columns[*at as usize].as_ref()?;
                    columns.get(&approach).and_then(|_| cell(*at, columns, approach))
                });
                block.rows.push(Line { approach, cells: cells.collect() });
            }
        }
        blocks
    }
}

/// Generation, and what the run was asked to refine or has refined.
fn approaches(run: &RunRows) -> impl Iterator<Item = ApproachId> {
    let settings = &run.info.settings;
    let generation = settings.generates().then_some(ApproachId::Generate);
    generation
        .into_iter()
        .chain(settings.approaches.iter().copied())
        .chain(run.rows.iter().map(|row| row.stream.approach))
}
