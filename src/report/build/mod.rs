//! From the study's numbers to tables: what stands in which column, and the words around it.

mod agreement;
mod codeseceval;
pub(super) mod codeseceval_paper;
mod executed;
mod figures;
mod hints;
pub(super) mod paper;
mod reasons;
mod runs;
mod scanners;
mod table1;
mod table2;
mod unrealistic;

use super::Source;
use super::document::Document;
use crate::core::ids::ApproachId;
use crate::core::settings::{RunInfo, VerdictMode};
use crate::metrics::agreement::Agreement;
use crate::metrics::{RunRows, Study};

/// Every table that was asked for.
pub fn build(source: &Source) -> Document {
    let study = source.study;
    let mut tables = vec![runs::table(source)];
    tables.extend(hints::hollow(study));
    if source.part == super::Part::Hints {
        hints::tables(source, &mut tables);
    }
    if source.part.table1() {
        for table in &study.table1 {
            table1::tables(study, table, &mut tables);
        }
        tables.extend(unrealistic::table(study));
        tables.extend(reasons::table(&study.runs, source.why));
    }
    if let Some(agreement) = source.agreement.filter(|_| source.part.table1()) {
        agreement::tables(&study.runs, agreement, &mut tables);
    }
    if source.part.tests() {
        executed::tables(study, &mut tables);
    }
    if source.part.codeseceval() {
        codeseceval::tables(source, &mut tables);
    }
    if source.part.figures() {
        for cwes in &study.cwes {
            figures::tables(study, cwes, &mut tables);
        }
    }
    if source.part.table2() {
        for table in &study.table2 {
            table2::tables(study, table, &mut tables);
        }
        for pair in &study.scanners {
            scanners::tables(source, pair, &mut tables);
        }
    }
    if let Some((fdsp, codeseceval)) = source.paper {
        if source.part != super::Part::CodeSecEval {
            paper::tables(study, fdsp, &mut tables);
        }
        if codeseceval_paper::wanted(source) {
            codeseceval_paper::tables(source, codeseceval, &mut tables);
        }
    }
    Document { title: "Report of fdsp".to_owned(), lead: lead(source), tables }
}

/// Only how well annotators agree; no table where there is nothing to compare.
pub fn agreement(runs: &[RunInfo], agreement: &Agreement) -> Document {
    let mut tables = Vec::new();
    agreement::tables(runs, agreement, &mut tables);
    Document { title: "Agreement on these runs".to_owned(), lead: Vec::new(), tables }
}

fn lead(source: &Source) -> Vec<String> {
    let mut lead = vec![
        "Shares are of all items that have an outcome; each stands beside its count, and its interval is Wilson's \
         at 95 %."
            .to_owned(),
    ];
    let study = source.study;
    if source.part == super::Part::Table2 && study.table2.is_empty() && study.scanners.is_empty() {
        lead.push("No second scanner has scanned these runs: `fdsp rescan RUN --scanner NAME`.".to_owned());
    }
    if source.part == super::Part::CodeSecEval && study.executed.is_empty() {
        lead.push(match source.rows.iter().any(RunRows::has_tests) {
            true => "No code of these runs was tested: `fdsp test RUN` runs the items' tests.".to_owned(),
            false => {
                "The items of these runs have no tests. CodeSecEval's have: `fdsp run --dataset codeseceval --approach \
                      experiments --samples 10`."
                    .to_owned()
            }
        });
    }
    lead
}

/// The run behind an index of the study.
fn run(study: &Study, at: u32) -> Option<&RunInfo> {
    study.runs.get(at as usize)
}

/// A run that stopped by the paper's rule has no strict answer.
fn unanswerable(run: &RunInfo, mode: VerdictMode) -> bool {
    mode == VerdictMode::Strict && run.settings.verdict == VerdictMode::Paper
}

/// Whether the run did this approach at all.
fn did(run: &RunInfo, approach: ApproachId) -> bool {
    (approach == ApproachId::Generate && run.settings.generates()) || run.settings.approaches.contains(&approach)
}

/// A heading for each run: the model's name, with the run's where two runs used the same model.
fn headings(study: &Study, runs: &[u32]) -> Vec<String> {
    let found: Vec<&RunInfo> = runs.iter().filter_map(|&at| run(study, at)).collect();
    let same = |name: &str| found.iter().filter(|run| run.model.model == name).count() > 1;
    found
        .iter()
        .map(|run| match same(&run.model.model) {
            true => format!("{} ({})", run.model.model, run.id),
            false => run.model.model.clone(),
        })
        .collect()
}
