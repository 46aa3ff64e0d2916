//! What the runs were told: every number that could explain a difference between two columns.

use crate::core::settings::{RefineFrom, RunInfo};
use crate::report::Source;
use crate::report::cell::Cell;
use crate::report::document::{Table, TableId};
use crate::report::words;

pub fn table(source: &Source) -> Table {
    let runs = &source.study.runs;
    let mut columns = vec![("", false)];
    columns.extend(runs.iter().map(|run| (run.id.as_str(), false)));
    let mut table = Table::new(TableId::Runs, "The runs", &columns);
    let mut row = |name: &str, of: &dyn Fn(&RunInfo) -> String| {
        let mut cells = vec![Cell::text(name)];
        cells.extend(runs.iter().map(|run| Cell::text(of(run))));
        table.rows.push(cells);
    };
    row("data set", &|run| run.dataset.clone());
    row("content hash", &|run| run.dataset_hash.chars().take(12).collect());
    row("items", &|run| {
        let items = source.rows.iter().find(|rows| rows.info.id == run.id).map(|rows| rows.items);
        let items = items.map_or_else(|| words::MISSING.to_owned(), |items| items.to_string());
        if run.quarantined > 0 { format!("{items}, {} not loaded", run.quarantined) } else { items }
    });
    row("model", &|run| run.model.model.clone());
    row("wire format", &|run| run.model.api.clone());
    row("approaches", &|run| run.settings.approaches.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" "));
    row("J solutions", &|run| run.settings.solutions.to_string());
    row("K iterations", &|run| run.settings.iterations.to_string());
    row("samples", &|run| run.settings.samples.to_string());
    row("refines from", &|run| {
        let word = match run.settings.refine_from {
            RefineFrom::Previous => "the refinement before (Eqn 5)",
            RefineFrom::Original => "the generated code (Algorithm 1)",
        };
        word.to_owned()
    });
    row("temperature", &|run| {
        run.settings.sampling.temperature.map_or_else(|| "server's".to_owned(), |t| t.to_string())
    });
    row("most tokens", &|run| {
        let sampling = &run.settings.sampling;
        format!("{} generating, {} after", sampling.max_tokens_generate, sampling.max_tokens)
    });
    row("scanner", &|run| run.settings.scanner.clone());
    row("verdicts", &|run| run.settings.verdict.to_string());
    row("began", &|run| run.started.strftime("%Y-%m-%d").to_string());
    if runs.iter().any(|run| run.settings.from.is_some()) {
        row("code from run", &|run| run.settings.from.clone().unwrap_or_else(|| "–".to_owned()));
    }
    if runs.iter().any(|run| !run.settings.templates.is_empty()) {
        row("own templates", &|run| match run.settings.templates.is_empty() {
            true => "–".to_owned(),
            false => run.settings.templates.keys().cloned().collect::<Vec<_>>().join(" "),
        });
    }
    table
}
