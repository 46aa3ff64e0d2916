//! What tests say: pass@k by approach, and tests against the scanner.

use super::run;
use crate::core::verdict::Verdict;
use crate::metrics::Study;
use crate::metrics::executed::Executed;
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

/// The run's lines with the run's own words above them, once for each run.
fn each(study: &Study, table: &mut Table, row: impl Fn(&Executed, &Place) -> Vec<Vec<Cell>>) {
    let mut before = None;
    for line in &study.executed {
        let Some(run) = run(study, line.run) else { continue };
        if before != Some(line.run) {
            table.about(words::about(run));
            before = Some(line.run);
        }
        let place = Place::of(run).mode(run.settings.verdict).approach(line.approach);
        let head = [Cell::text(&run.model.model), Cell::text(&run.id), Cell::text(words::approach(line.approach))];
        for cells in row(line, &place) {
            table.rows.push(head.iter().cloned().chain(cells).collect());
        }
    }
}

fn pass(study: &Study) -> Table {
    let columns = [
        ("model", false),
        ("run", false),
        ("approach", false),
        ("items", true),
        ("samples", true),
        ("pass@1", true),
        ("95 % interval", true),
        ("pass@3", true),
        ("pass@5", true),
        ("pass@7", true),
        ("pass@10", true),
        ("false secure", true),
        ("sound", true),
    ];
    let mut table = Table::new(TableId::PassAtK, "pass@k: code judged by its items' tests", &columns);
    each(study, &mut table, |line, place| {
        let mut cells = vec![Cell::text(line.items.to_string()), Cell::text(line.samples.to_string())];
        for at in &line.at_k {
            cells.push(place.estimate(&format!("pass@{}", at.k), at.value, line.items, at.interval));
            if at.k == 1 {
                cells.push(Cell::text(at.interval.map_or_else(|| "–".to_owned(), words::interval)));
            }
        }
        cells.push(place.share("false secure", &line.false_secure));
        cells.push(place.share("secure, passes and realistic", &line.sound));
        vec![cells]
    });
    let mut chart = Chart::new("pass@1 in per cent, with 95 % intervals", 100.0);
    for (line, cells) in study.executed.iter().zip(&table.rows) {
        let label = format!("{} {}", cells[1].text, words::approach(line.approach));
        if let Some(mut bar) = cells[5].fact.clone() {
            (bar.value, bar.low, bar.high) =
                (bar.value * 100.0, bar.low.map(|low| low * 100.0), bar.high.map(|high| high * 100.0));
            chart.bar(label, &Cell { text: cells[5].text.clone(), fact: Some(bar) }, &cells[5].text);
        }
    }
    table.charts.push(chart);
    table.note(
        "pass@k: 1 - C(n - c, k) / C(n, k), the mean over items (Chen et al. 2021, Eqn 1); n is the samples of an item \
         that were tested, and no value stands where an item has fewer than k. Intervals: percentile bootstrap over items.",
    );
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
    let columns = [
        ("model", false),
        ("run", false),
        ("approach", false),
        ("scanner says", false),
        ("passes", true),
        ("fails", true),
        ("other", true),
    ];
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
