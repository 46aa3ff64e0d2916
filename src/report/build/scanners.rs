//! Two scanners on the same code: what both flag, what one alone does, and how far they agree beyond chance.

use super::{run, unanswerable};
use crate::metrics::{RowRef, ScannerPair, Share};
use crate::report::Source;
use crate::report::cell::{Cell, Place};
use crate::report::document::{Chart, Table, TableId};
use crate::report::words;

/// Items on which the scanners differ that a document lists; JSON has all of them.
const LISTED: usize = 40;

pub fn tables(source: &Source, pair: &ScannerPair, out: &mut Vec<Table>) {
    let Some(run) = run(source.study, pair.run).filter(|run| !unanswerable(run, pair.mode)) else { return };
    let place = Place::of(run).mode(pair.mode);
    let mode = words::mode(pair.mode);
    for mut table in [agreement(pair, &place, mode), by_cwe(pair, &place, mode), by_item(source, pair, mode)] {
        table.about(words::about(run));
        if !table.rows.is_empty() {
            out.push(table);
        }
    }
}

fn names(pair: &ScannerPair) -> (String, String) {
    (format!("only {}", pair.first), format!("only {}", pair.second))
}

fn agreement(pair: &ScannerPair, place: &Place, mode: &str) -> Table {
    let columns = [("called vulnerable by", false), ("versions", true), ("share", true), ("95 % interval", true)];
    let title = format!("Scanners: {} and {} on the same code ({mode})", pair.first, pair.second);
    let mut table = Table::new(TableId::Scanners, title, &columns);
    let (first, second) = names(pair);
    let against = format!("{} and {}", pair.first, pair.second);
    let mut chart = Chart::new(format!("Called vulnerable by {against}"), 1.0);
    let counts =
        [("both", &pair.both), (&first, &pair.first_only), (&second, &pair.second_only), ("neither", &pair.neither)];
    for (name, share) in counts {
        let cell = place.share(&format!("{against}: {name}"), share);
        let percent = Cell::percent(share);
        chart.bar(name, &cell, format!("{} ({})", percent.text, cell.text));
        table.rows.push(vec![Cell::text(name), cell, percent, Cell::interval(share)]);
    }
    let kappa = place.kappa(&format!("{against}: Cohen's kappa"), pair.kappa);
    table.rows.push(vec![Cell::text("Cohen's kappa"), kappa, Cell::text(""), Cell::text("")]);
    if !chart.bars.is_empty() {
        table.charts.push(chart);
    }
    table.note(
        "Versions: the generated code and every returned refinement, each once, where both scanners have a verdict.",
    );
    table
        .note("Kappa: 1 is full agreement, 0 what chance alone would give; – where chance alone agrees on everything.");
    table
}

fn by_cwe(pair: &ScannerPair, place: &Place, mode: &str) -> Table {
    let (first, second) = names(pair);
    let columns = [("CWE", false), ("both", true), (first.as_str(), true), (second.as_str(), true)];
    let title = format!("Scanners by CWE: versions in which {} and {} report it ({mode})", pair.first, pair.second);
    let mut table = Table::new(TableId::ScannersByCwe, title, &columns);
    let against = format!("{} and {}", pair.first, pair.second);
    for line in &pair.by_cwe {
        let cwe = words::cwe(line.cwe);
        let cell = |name: &str, share: &Share| place.number(&format!("{against}: {cwe} {name}"), share.count);
        table.rows.push(vec![
            Cell::text(&cwe),
            cell("both", &line.both),
            cell(&first, &line.first_only),
            cell(&second, &line.second_only),
        ]);
    }
    table
}

/// The items behind the disagreement.
fn by_item(source: &Source, pair: &ScannerPair, mode: &str) -> Table {
    let columns = [("item", false), ("code of", false), (pair.first.as_str(), false), (pair.second.as_str(), false)];
    let title = format!("Scanners by item: where {} and {} differ ({mode})", pair.first, pair.second);
    let mut table = Table::new(TableId::ScannersByItem, title, &columns);
    let flags = |found: bool| Cell::text(if found { "vulnerable" } else { "not" });
    let mut differ: Vec<(RowRef, bool)> = Vec::new();
    differ.extend(pair.first_only.evidence.iter().map(|&at| (at, true)));
    differ.extend(pair.second_only.evidence.iter().map(|&at| (at, false)));
    differ.sort_unstable();
    for &(at, first) in differ.iter().take(LISTED) {
        let Some(row) = source.rows.get(at.run as usize).and_then(|rows| rows.rows.get(at.row as usize)) else {
            continue;
        };
        table.rows.push(vec![
            Cell::text(&row.item),
            Cell::text(words::approach(row.stream.approach)),
            flags(first),
            flags(!first),
        ]);
    }
    if differ.len() > LISTED {
        table.note(format!("{LISTED} of {} are listed; --format json has all of them.", differ.len()));
    }
    table
}
