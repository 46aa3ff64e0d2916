//! All versions of one item as a lattice: a row for each solution or baseline, a column for the code that it starts from
//! and for each iteration; and what became of every finding along a row.

use super::{Context, Hint, hints};
use crate::core::fold::{ItemState, Stream, Version};
use crate::core::hint::HintKind;
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::label::Standing;
use crate::core::projection::TestFact;
use crate::core::settings::VerdictMode;
use crate::core::verdict::{Verdict, judge};

mod tracks;

pub use tracks::{Changes, Mark, Track};

/// What a lattice is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub mode: VerdictMode,
    /// J and K of the run; 0 where nobody knows them.
    pub solutions: u32,
    pub iterations: u32,
    /// Hints, and what other annotators say.
    pub opinions: bool,
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lattice {
    pub rows: Vec<Row>,
    /// The most iterations of a row.
    pub iterations: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub stream: StreamId,
    /// From 1; `None` for a baseline, and for FDSP before there are solutions.
    pub solution: Option<u32>,
    /// The solution's title; empty where there is none.
    pub title: String,
    /// The code that the refinements start from, then iteration 1, 2 …
    pub cells: Vec<Cell>,
    /// In the order in which the findings came up.
    pub tracks: Vec<Track>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Version(Box<Seen>),
    /// Asked, and there is no version: why, where the call failed.
    Asked(Option<String>),
    ToCome,
    /// The stream stopped before.
    NotNeeded,
}

impl Cell {
    pub fn seen(&self) -> Option<&Seen> {
        match self {
            Self::Version(seen) => Some(seen),
            _ => None,
        }
    }
}

/// One version of the code.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The stream that owns the version: the generation's for the first column.
    pub stream: StreamId,
    pub step: Step,
    pub verdict: Option<Verdict>,
    /// Findings that the verdict counts; `None` where no scanner could read the code.
    pub findings: Option<usize>,
    /// Against the version before it in the row; `None` where there is none, or no report on both.
    pub changes: Option<Changes>,
    pub test: Option<TestFact>,
    /// Without what the test says.
    pub hints: Vec<Hint>,
    pub standing: Standing,
    /// The fix that the stream returns.
    pub fix: bool,
}

impl Lattice {
    /// The streams must be of one sample; what they start from may be shared.
    pub fn of(state: &ItemState, streams: &[StreamId], wanted: Wanted) -> Self {
        let rows: Vec<Row> = streams.iter().flat_map(|id| rows(state, *id, wanted)).collect();
        let iterations = rows.iter().map(|row| row.cells.len().saturating_sub(1)).max().unwrap_or(0);
        Self { rows, iterations }
    }

    pub fn cell(&self, row: usize, column: usize) -> Option<&Cell> {
        self.rows.get(row)?.cells.get(column)
    }

    /// Row and column of a version; of several rows that share it the first of `stream`, else the first of all.
    pub fn find(&self, stream: StreamId, owner: StreamId, step: Step) -> Option<(usize, usize)> {
        let at = |row: &Row| {
            let is = |cell: &Cell| cell.seen().is_some_and(|seen| (seen.stream, seen.step) == (owner, step));
            row.cells.iter().position(is)
        };
        let found = |own: bool| {
            let rows = self.rows.iter().enumerate().filter(|(_, row)| !own || row.stream == stream);
            rows.filter_map(|(index, row)| Some((index, at(row)?))).next()
        };
        found(true).or_else(|| found(false))
    }
}

fn rows(state: &ItemState, id: StreamId, wanted: Wanted) -> Vec<Row> {
    let empty = Stream::default();
    let stream = state.stream(id).unwrap_or(&empty);
    if id.approach != ApproachId::Fdsp {
        let last = if id.approach.generates() { 0 } else { last_iteration(stream, None).max(1) };
        return vec![row(state, id, stream, None, last, wanted)];
    }
    let proposed = stream.proposed.as_ref().map(|proposed| proposed.solutions.len() as u32);
    let tried = stream.versions.iter().filter_map(|version| solution(version.step)).max().unwrap_or(0);
    let to_come = if stream.stopped.is_some() { 0 } else { wanted.solutions };
    let solutions = proposed.unwrap_or(to_come).max(tried);
    if solutions == 0 {
        return vec![row(state, id, stream, None, 0, wanted)];
    }
    let row = |j| {
        let last = last_iteration(stream, Some(j)).max(wanted.iterations).max(1);
        row(state, id, stream, Some(j), last, wanted)
    };
    (1..=solutions).map(row).collect()
}

fn solution(step: Step) -> Option<u32> {
    match step {
        Step::Refine { solution, .. } => solution,
        _ => None,
    }
}

fn last_iteration(stream: &Stream, wanted: Option<u32>) -> u32 {
    let of = |step: Step| match step {
        Step::Refine { solution, iteration } if solution == wanted => Some(iteration),
        _ => None,
    };
    let asked = stream.exchanges.iter().map(|exchange| exchange.step);
    asked.chain(stream.versions.iter().map(|version| version.step)).filter_map(of).max().unwrap_or(0)
}

fn row(state: &ItemState, id: StreamId, stream: &Stream, j: Option<u32>, last: u32, wanted: Wanted) -> Row {
    let steps: Vec<Step> = (1..=last).map(|iteration| Step::Refine { solution: j, iteration }).collect();
    let versions: Vec<Option<&Version>> =
        std::iter::once(state.generated(id)).chain(steps.iter().map(|step| stream.version(*step))).collect();
    let (tracks, mut changes) = tracks::tracks(&versions, wanted.mode);
    let mut cells = Vec::with_capacity(versions.len());
    for (column, version) in versions.iter().enumerate() {
        let changes = changes[column].take();
        cells.push(match version {
            Some(version) => Cell::Version(Box::new(seen(state, id, version, column == 0, changes, wanted))),
            None => absent(state, id, stream, column.checked_sub(1).map(|at| steps[at])),
        });
    }
    let proposed = stream.proposed.as_ref().zip(j).and_then(|(proposed, j)| proposed.solutions.get(j as usize - 1));
    Row { stream: id, solution: j, title: proposed.map_or(String::new(), |it| it.title.clone()), cells, tracks }
}

fn absent(state: &ItemState, id: StreamId, stream: &Stream, step: Option<Step>) -> Cell {
    let (stream, step) = match step {
        Some(step) => (Some(stream), step),
        None => (state.stream(id.generation()), Step::Generate),
    };
    let asked = stream.and_then(|stream| stream.exchanges.iter().rev().find(|exchange| exchange.step == step));
    match asked {
        Some(exchange) => Cell::Asked(exchange.failure.as_ref().map(|failure| failure.reason.clone())),
        None if stream.is_some_and(|stream| stream.stopped.is_some()) => Cell::NotNeeded,
        None => Cell::ToCome,
    }
}

fn seen(
    state: &ItemState,
    id: StreamId,
    version: &Version,
    first: bool,
    changes: Option<Changes>,
    wanted: Wanted,
) -> Seen {
    let owner = if first { id.generation() } else { id };
    // A repaired generation is compared with what did not compile, as everywhere.
    let before = match first {
        true => state.stream(owner).and_then(|stream| stream.versions.first()).filter(|it| it.step != version.step),
        false => state.generated(id),
    };
    let all =
        if wanted.opinions { hints(before, version, &Context::of(state, owner, version.step)) } else { Vec::new() };
    let stopped = state.stream(id).is_some_and(|stream| stream.stopped.is_some());
    let returned = stopped.then(|| state.final_version(id, wanted.mode)).flatten();
    let verdict = judge(wanted.mode, version);
    let vulnerable = state.generated(id).and_then(|it| judge(wanted.mode, it)) == Some(Verdict::Vulnerable);
    Seen {
        stream: owner,
        step: version.step,
        verdict,
        findings: tracks::report(version, wanted.mode).map(|report| report.len()),
        changes,
        test: TestFact::of(version),
        hints: all.into_iter().filter(|hint| hint.kind != HintKind::TestFails).collect(),
        standing: if wanted.opinions { state.standing(owner, version.step) } else { Standing::Unlabelled },
        fix: !first
            && vulnerable
            && verdict == Some(Verdict::Secure)
            && returned.is_some_and(|it| it.step == version.step),
    }
}

#[cfg(test)]
mod tests;
