//! Table 2: the share of vulnerable code by a second scanner.

use super::{did, run, unanswerable};
use crate::metrics::{Study, Table2};
use crate::report::cell::{Cell, Place};
use crate::report::document::{Chart, Table, TableId};
use crate::report::words;

pub fn tables(study: &Study, table: &Table2, out: &mut Vec<Table>) {
    for block in &table.blocks {
        for (column, &at) in block.runs.iter().enumerate() {
            let Some(run) = run(study, at).filter(|run| !unanswerable(run, table.mode)) else { continue };
            let columns = [("approach", false), ("vulnerable", true), ("share", true), ("95 % interval", true)];
            let mode = words::mode(table.mode);
            let title = format!("Table 2, {}: share of vulnerable code by {} ({mode})", block.dataset, table.scanner);
            let mut one = Table::new(TableId::Table2, title, &columns);
            one.about(words::about(run));
            let mut chart = Chart::new(format!("Share vulnerable by {}, {}", table.scanner, run.model.model), 1.0);
            for line in block.rows.iter().filter(|line| did(run, line.approach)) {
                let name = words::approach(line.approach);
                let Some(Some(share)) = line.cells.get(column) else {
                    one.rows.push(vec![Cell::text(name), Cell::missing(), Cell::text(""), Cell::text("")]);
                    continue;
                };
                let place = Place::of(run).mode(table.mode).approach(line.approach);
                let cell = place.share(&format!("vulnerable by {}", table.scanner), share);
                let percent = Cell::percent(share);
                chart.bar(name, &cell, format!("{} ({})", percent.text, cell.text));
                one.rows.push(vec![Cell::text(name), cell, percent, Cell::interval(share)]);
            }
            if !chart.bars.is_empty() {
                one.charts.push(chart);
            }
            one.note(format!(
                "The final code as {} chose it, scanned again by {} and not refined by its findings; without labels.",
                run.settings.scanner, table.scanner
            ));
            out.push(one);
        }
    }
}
