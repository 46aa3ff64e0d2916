//! Table 1: the share of vulnerable code by approach, what its labels say, and the tests between approaches.

use super::{did, headings, run, unanswerable};
use crate::core::ids::ApproachId;
use crate::core::settings::{RunInfo, VerdictMode};
use crate::metrics::{Block, Labels, Study, Table1};
use crate::report::cell::{Cell, Place};
use crate::report::document::{Chart, Table, TableId};
use crate::report::words;

type Value = crate::metrics::Cell;

pub fn tables(study: &Study, table: &Table1, out: &mut Vec<Table>) {
    for block in &table.blocks {
        if block.runs.len() > 1 {
            out.push(overview(study, table, block));
        }
        for (column, &at) in block.runs.iter().enumerate() {
            let Some(run) = run(study, at) else { continue };
            out.push(detail(table, block, column, run));
            if table.labels == Labels::With && !unanswerable(run, table.mode) {
                out.push(rests_on(table, block, column, run));
            }
        }
    }
    out.extend(tests(study, table));
}

fn title(table: &Table1, block: &Block<Value>, of: &str) -> String {
    format!("Table 1, {}: {of} ({}, {})", block.dataset, words::mode(table.mode), words::labels(table.labels))
}

/// As the paper has it: approaches down, models across.
fn overview(study: &Study, table: &Table1, block: &Block<Value>) -> Table {
    let headings = headings(study, &block.runs);
    let mut columns = vec![("approach", false)];
    columns.extend(headings.iter().map(|heading| (heading.as_str(), true)));
    let mut out = Table::new(TableId::Overview, title(table, block, "share of vulnerable code by model"), &columns);
    for line in &block.rows {
        let mut row = vec![Cell::text(words::approach(line.approach))];
        for (cell, &at) in line.cells.iter().zip(&block.runs) {
            let Some(run) = run(study, at) else { continue };
            row.push(match cell {
                Some(cell) => brief(cell),
                None => absent(run, table.mode, line.approach),
            });
        }
        out.rows.push(row);
    }
    for &at in &block.runs {
        out.about(run(study, at).map_or_else(String::new, words::about));
    }
    out.note("Vulnerable of all items with an outcome, and the drop against the generated code in points.");
    out
}

pub fn brief(cell: &Value) -> Cell {
    let share = &cell.vulnerable;
    let percent = Cell::percent(share).text;
    let drop = cell.drop.map_or_else(String::new, |drop| format!(" (↓ {})", words::decimal(drop)));
    Cell::text(format!("{} {percent}{drop}", words::count(share)))
}

pub fn absent(run: &RunInfo, mode: VerdictMode, approach: ApproachId) -> Cell {
    match did(run, approach) || unanswerable(run, mode) {
        true => Cell::missing(),
        false => Cell::text("not run"),
    }
}

/// One run with everything that a reader needs to judge each share.
fn detail(table: &Table1, block: &Block<Value>, column: usize, run: &RunInfo) -> Table {
    let columns = [
        ("approach", false),
        ("vulnerable", true),
        ("share", true),
        ("95 % interval", true),
        ("drop in points", true),
        ("relative", true),
        ("invalid", true),
        ("pending", true),
    ];
    let mut out = Table::new(TableId::Table1, title(table, block, "share of vulnerable code"), &columns);
    out.about(words::about(run));
    let mut chart = Chart::new(format!("Share vulnerable, {}", run.model.model), 1.0);
    for line in &block.rows {
        let name = words::approach(line.approach);
        let place = place(run, table, line.approach);
        let Some(Some(cell)) = line.cells.get(column) else {
            let mut row = vec![Cell::text(name), absent(run, table.mode, line.approach)];
            row.resize(columns.len(), Cell::text(""));
            out.rows.push(row);
            continue;
        };
        let vulnerable = place.share("vulnerable", &cell.vulnerable);
        let percent = Cell::percent(&cell.vulnerable);
        chart.bar(name, &vulnerable, format!("{} ({})", percent.text, vulnerable.text));
        out.rows.push(vec![
            Cell::text(name),
            vulnerable,
            percent,
            Cell::interval(&cell.vulnerable),
            place.points("drop in points", cell.drop),
            place.ratio("relative drop", cell.relative_drop),
            place.share("invalid", &cell.invalid),
            place.share("pending", &cell.pending),
        ]);
    }
    if !chart.bars.is_empty() {
        out.charts.push(chart);
    }
    remarks(table, run, &mut out);
    out
}

fn remarks(table: &Table1, run: &RunInfo, out: &mut Table) {
    if unanswerable(run, table.mode) {
        out.note(
            "Strict verdicts are not available for a run under paper verdicts: its refinements stopped by another rule.",
        );
        return;
    }
    out.note(
        "Drop: the generated share minus this share, in points, from the counts; relative: the drop as a part of the \
         generated share. The paper's caption calls its drop relative, but what it prints is in points.",
    );
    out.note(match table.mode {
        VerdictMode::Strict => {
            "Strict: code with any finding, suppressed ones included, is vulnerable; else code that is empty, cut off \
             or does not parse is invalid."
        }
        VerdictMode::Paper => {
            "Paper: the scanner's results list alone decides; code that does not parse counts as secure, and `# nosec` \
             is obeyed."
        }
    });
    if table.labels == Labels::With {
        out.note("A fix whose label is settled as unrealistic counts as vulnerable.");
    }
}

/// How many labels the table above rests on, and how far the missing ones could move it.
fn rests_on(table: &Table1, block: &Block<Value>, column: usize, run: &RunInfo) -> Table {
    let columns = [
        ("approach", false),
        ("labelled", true),
        ("unrealistic", true),
        ("unsure", true),
        ("disputed", true),
        ("best case", true),
        ("share", true),
        ("worst case", true),
        ("share", true),
    ];
    let mut out = Table::new(TableId::Labels, title(table, block, "the labels it rests on"), &columns);
    out.about(words::about(run));
    for line in &block.rows {
        let place = place(run, table, line.approach);
        let Some(Some(cell)) = line.cells.get(column) else { continue };
        let Some(labels) = &cell.labels else { continue };
        out.rows.push(vec![
            Cell::text(words::approach(line.approach)),
            place.share("fixes with a settled label", &labels.labelled),
            place.share("fixes labelled unrealistic", &labels.unrealistic),
            place.share("fixes labelled unsure", &labels.unsure),
            place.share("fixes with disputed labels", &labels.disputed),
            place.share("vulnerable, best case", &labels.best),
            Cell::percent(&labels.best),
            place.share("vulnerable, worst case", &labels.worst),
            Cell::percent(&labels.worst),
        ]);
    }
    out.note(
        "All but the cases are of the fixes. A label is settled when it was adjudicated, or when the annotators' latest labels agree, as realistic or \
         unrealistic. Disputed, unsure, skipped and unlabelled fixes count as fixed. Best case: every fix without a \
         settled label is realistic; worst case: none is.",
    );
    out
}

fn place(run: &RunInfo, table: &Table1, approach: ApproachId) -> Place {
    Place::of(run).mode(table.mode).labels(table.labels).approach(approach)
}

/// The approaches against one another on the same items.
fn tests(study: &Study, table: &Table1) -> Option<Table> {
    if table.tests.is_empty() {
        return None;
    }
    let columns = [
        ("run", false),
        ("first", false),
        ("second", false),
        ("items", true),
        ("only first", true),
        ("only second", true),
        ("p", true),
    ];
    let title = format!("McNemar's exact test ({}, {})", words::mode(table.mode), words::labels(table.labels));
    let mut out = Table::new(TableId::Mcnemar, title, &columns);
    let mut before = None;
    for test in &table.tests {
        let Some(run) = run(study, test.run) else { continue };
        if before != Some(test.run) {
            out.about(words::about(run));
            before = Some(test.run);
        }
        let place = Place::of(run).mode(table.mode).labels(table.labels).approaches(test.first, test.second);
        out.rows.push(vec![
            Cell::text(&run.id),
            Cell::text(words::approach(test.first)),
            Cell::text(words::approach(test.second)),
            place.number("items of both", test.items),
            place.part("vulnerable after the first only", test.first_only.count, test.first_only.of),
            place.part("vulnerable after the second only", test.second_only.count, test.second_only.of),
            place.probability("McNemar p", test.p),
        ]);
    }
    out.note(
        "Only first: items that are vulnerable after the first approach and not after the second. Two-sided, exact \
         binomial; not corrected for the number of tests.",
    );
    Some(out)
}
