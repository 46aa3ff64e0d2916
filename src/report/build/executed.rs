//! What tests say: pass@k by approach, and tests against the scanner.

use super::run;
use crate::core::verdict::Verdict;
use crate::metrics::Study;
use crate::metrics::executed::{Executed, Pass};
use crate::report::cell::{Cell, Place};
use crate::report::document::{Chart, Table, TableId};
use crate::report::words;

pub fn tables(study: &Study, out: &mut Vec<Table>) {
    if study.executed.is_empty() {
        return;
    }
    out.push(pass(study));
    out.push(confusion(study));
}

/// The heads of [`each`]'s first columns; the table of one run names it above.
pub fn heads(study: &Study, of: &'static str) -> Vec<(&'static str, bool)> {
    match study.runs.len() {
        1 => vec![(of, false)],
        _ => vec![("model", false), ("run", false), (of, false)],
    }
}

/// The run's lines with the run's own words above them, once for each run.
pub fn each(study: &Study, table: &mut Table, row: impl Fn(&Executed, &Place) -> Vec<Vec<Cell>>) {
    let mut before = None;
    for line in &study.executed {
        let Some(run) = run(study, line.run) else { continue };
        let place = Place::of(run).mode(run.settings.verdict).approach(line.approach);
        let mut head =
            vec![Cell::text(&run.model.model), Cell::text(&run.id), Cell::text(words::approach(line.approach))];
        head.drain(..if study.runs.len() == 1 { 2 } else { 0 });
        let rows = row(line, &place);
        if before != Some(line.run) && !rows.is_empty() {
            table.about(words::about(run));
            before = Some(line.run);
        }
        for cells in rows {
            table.rows.push(head.iter().cloned().chain(cells).collect());
        }
    }
}

/// The heads over [`pass_cells`].
pub const PASS: [(&str, bool); 8] = [
    ("items", true),
    ("samples", true),
    ("pass@1", true),
    ("95 % interval", true),
    ("pass@3", true),
    ("pass@5", true),
    ("pass@7", true),
    ("pass@10", true),
];

/// Items, samples, and pass@k; `part` names the items in the measure.
pub fn pass_cells(place: &Place, pass: &Pass, part: &str) -> Vec<Cell> {
    let samples = if pass.items == 0 { "–".to_owned() } else { pass.samples.to_string() };
    let mut cells = vec![Cell::text(pass.items.to_string()), Cell::text(samples)];
    for at in &pass.at_k {
        cells.push(place.estimate(&format!("pass@{}{part}", at.k), at.value, pass.items, at.interval));
        if at.k == 1 {
            cells.push(Cell::text(at.interval.map_or_else(|| "–".to_owned(), words::interval)));
        }
    }
    cells
}

/// What the numbers of these tables are.
pub const PASS_NOTE: &str = "pass@k: 1 - C(n - c, k) / C(n, k), the mean over items (Chen et al. 2021, Eqn 1); n is the samples of an item \
     that were tested, and no value stands where an item has fewer than k. Intervals: percentile bootstrap over items.";

fn pass(study: &Study) -> Table {
    let mut columns = heads(study, "approach");
    let first = columns.len();
    columns.extend(PASS);
    columns.extend([("false secure", true), ("sound", true)]);
    let mut table = Table::new(TableId::PassAtK, "pass@k: code judged by its items' tests", &columns);
    each(study, &mut table, |line, place| {
        let mut cells = pass_cells(place, &line.all, "");
        cells.push(place.share("false secure", &line.false_secure));
        cells.push(place.share("secure, passes and realistic", &line.sound));
        vec![cells]
    });
    let mut chart = Chart::new("pass@1 in per cent, with 95 % intervals", 100.0);
    for (line, cells) in study.executed.iter().zip(&table.rows) {
        let label = cells[..first].iter().skip(1).map(|cell| cell.text.as_str()).collect::<Vec<_>>().join(" ");
        let label = if label.is_empty() { words::approach(line.approach) } else { &label };
        // After the heads stand items and samples.
        if let Some(cell) = cells.get(first + 2) {
            chart.percent(label, cell);
        }
    }
    table.charts.push(chart);
    table.note(PASS_NOTE);
    table.note(
        "False secure: samples whose test fails, of those that the scanner takes for secure. Sound: secure, passes, and \
         labelled realistic, of all samples that were tested.",
    );
    let refused: u32 = study.executed.iter().map(|line| line.refused).sum();
    if refused > 0 {
        table.note(format!("{refused} samples were refused by the sandbox and are not counted."));
    }
    table
}

fn confusion(study: &Study) -> Table {
    let mut columns = heads(study, "approach");
    columns.extend([("scanner says", false), ("passes", true), ("fails", true), ("other", true)]);
    let mut table = Table::new(TableId::Confusion, "Scanner against tests", &columns);
    each(study, &mut table, |line, place| {
        let row = |cell: &crate::metrics::executed::Confusion| {
            let says = cell.verdict.map_or("failed", Verdict::as_str);
            let count = |what: &str, rows: usize| place.number(&format!("{says}, {what}"), rows as u32);
            vec![
                Cell::text(says),
                count("passes", cell.pass.len()),
                count("fails", cell.fail.len()),
                count("other", cell.other.len()),
            ]
        };
        line.confusion.iter().map(row).collect()
    });
    table.note("Samples of the final code. Other: the test stopped at an error, ran out of time, or was killed.");
    table
}
