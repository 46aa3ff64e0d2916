//! Figures 3, 4 and 5: findings by CWE, as tables with bars.

use super::{run, unanswerable};
use crate::core::ids::ApproachId;
use crate::metrics::{CweBar, CweFigures, Study};
use crate::report::cell::{Cell, Place};
use crate::report::document::{Chart, Table, TableId};
use crate::report::words;

pub fn tables(study: &Study, figures: &CweFigures, out: &mut Vec<Table>) {
    let Some(run) = run(study, figures.run).filter(|run| !unanswerable(run, figures.mode)) else { return };
    let about = words::about(run);
    let place = Place::of(run).mode(figures.mode);
    let mode = words::mode(figures.mode);
    let mut push = |mut table: Table| {
        table.about(&about);
        if table.rows.is_empty() {
            table.note("No findings.");
        }
        out.push(table);
    };
    push(generated(figures, &place, &format!("Figure 3: the most frequent CWEs in generated code ({mode})")));
    let by = figures.unresolved_by;
    push(unresolved(
        figures,
        &place,
        &format!("Figure 4: unresolved findings by CWE, {} ({mode})", words::approach(by)),
    ));
    push(by_approach(figures, &place, &format!("Figure 5: the most frequent CWEs in final code by approach ({mode})")));
}

fn measure(what: &str, bar: &CweBar) -> String {
    format!("{what} {}", words::cwe(bar.cwe))
}

fn generated(figures: &CweFigures, place: &Place, title: &str) -> Table {
    let columns = [("CWE", false), ("findings", true), ("of all", true), ("items", true)];
    let mut table = Table::new(TableId::Figure3, title, &columns);
    let place = place.clone().approach(ApproachId::Generate);
    let mut chart = Chart::new("Findings in generated code", most(&figures.generated));
    for bar in &figures.generated {
        let findings = place.part(&measure("findings", bar), bar.findings, bar.of);
        counted(&mut chart, words::cwe(bar.cwe), &place, bar);
        table.rows.push(vec![
            Cell::text(words::cwe(bar.cwe)),
            findings,
            Cell::part_percent(bar.findings, bar.of),
            place.share(&measure("items with", bar), &bar.items),
        ]);
    }
    push(&mut table, chart);
    table.note("Findings of one item are not independent, so their shares have no interval.");
    table
}

fn unresolved(figures: &CweFigures, place: &Place, title: &str) -> Table {
    let columns = [("CWE", false), ("unresolved", true), ("share", true), ("items", true)];
    let mut table = Table::new(TableId::Figure4, title, &columns);
    let place = place.clone().approach(figures.unresolved_by);
    let mut bars = Vec::new();
    for bar in &figures.unresolved {
        let cell = place.part(&measure("unresolved", bar), bar.findings, bar.of);
        let percent = Cell::part_percent(bar.findings, bar.of);
        bars.push((words::cwe(bar.cwe), cell.clone(), format!("{} ({})", percent.text, cell.text)));
        table.rows.push(vec![
            Cell::text(words::cwe(bar.cwe)),
            cell,
            percent,
            place.share(&measure("items still with", bar), &bar.items),
        ]);
    }
    let longest = bars.iter().filter_map(|(_, cell, _)| cell.fact.as_ref()).map(|fact| fact.value).fold(1.0, f64::max);
    let mut chart = Chart::new("Unresolved share by CWE", longest);
    for (label, cell, shown) in &bars {
        chart.bar(label, cell, shown);
    }
    push(&mut table, chart);
    table.note(
        "Unresolved: findings in final code over findings in generated code; above 100 % where a refinement brought \
         new ones.",
    );
    table
}

fn by_approach(figures: &CweFigures, place: &Place, title: &str) -> Table {
    let columns = [("approach", false), ("CWE", false), ("findings", true), ("items", true)];
    let mut table = Table::new(TableId::Figure5, title, &columns);
    let full = figures.by_approach.iter().map(|(_, bars)| most(bars)).fold(0.0, f64::max);
    for (approach, bars) in &figures.by_approach {
        let place = place.clone().approach(*approach);
        let name = words::approach(*approach);
        let mut chart = Chart::new(name, full);
        for bar in bars {
            counted(&mut chart, words::cwe(bar.cwe), &place, bar);
            table.rows.push(vec![
                Cell::text(name),
                Cell::text(words::cwe(bar.cwe)),
                place.number(&measure("findings", bar), bar.findings),
                place.share(&measure("items with", bar), &bar.items),
            ]);
        }
        push(&mut table, chart);
    }
    table
}

/// A bar as long as the number of findings.
fn counted(chart: &mut Chart, label: String, place: &Place, bar: &CweBar) {
    let cell = place.number("findings", bar.findings);
    chart.bar(label, &cell, &cell.text);
}

fn most(bars: &[CweBar]) -> f64 {
    bars.iter().map(|bar| f64::from(bar.findings)).fold(0.0, f64::max)
}

fn push(table: &mut Table, chart: Chart) {
    if !chart.bars.is_empty() {
        table.charts.push(chart);
    }
}
