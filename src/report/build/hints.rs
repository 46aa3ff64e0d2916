//! Fixes that are none; hints against labels; the fixes that wait for a label, most doubtful first.

use super::{run, unanswerable};
use crate::core::settings::RunInfo;
use crate::metrics::Study;
use crate::metrics::hints::{Hints, Kind};
use crate::report::Source;
use crate::report::cell::{Cell, Place};
use crate::report::document::{Table, TableId};
use crate::report::words;

/// One line for each run and mode.
pub fn hollow(study: &Study) -> Option<Table> {
    if study.hollow.is_empty() {
        return None;
    }
    let columns = [("run", false), ("verdicts", false), ("fixes", true), ("share", true), ("95 % interval", true)];
    let title = "Fixes that are empty, cut off, silenced or stubs";
    let mut table = Table::new(TableId::Hollow, title, &columns);
    for line in &study.hollow {
        let Some(run) = run(study, line.run).filter(|run| !unanswerable(run, line.mode)) else { continue };
        let place = Place::of(run).mode(line.mode);
        table.rows.push(vec![
            Cell::text(&run.id),
            Cell::text(line.mode.to_string()),
            place.share("fixes that are empty, cut off, silenced or stubs", &line.fixes),
            Cell::percent(&line.fixes),
            Cell::interval(&line.fixes),
        ]);
    }
    table.note(
        "Of all fixes: the scanner is silent, and the code is empty, does not parse, was cut off, holds a new comment \
         that silences a scanner, or has a body that does nothing where there was work.",
    );
    Some(table)
}

pub fn tables(source: &Source, out: &mut Vec<Table>) {
    for hints in &source.study.hints {
        let Some(run) = run(source.study, hints.run) else { continue };
        out.push(kinds(run, hints));
        out.push(queue(source, run, hints));
    }
}

fn kinds(run: &RunInfo, hints: &Hints) -> Table {
    let columns = [
        ("hint", false),
        ("fixes", true),
        ("precision", true),
        ("share", true),
        ("95 % interval", true),
        ("recall", true),
        ("share", true),
    ];
    let mut table = Table::new(TableId::Hints, format!("Hints against labels, run {}", run.id), &columns);
    table.about(words::about(run));
    let place = Place::of(run).mode(run.settings.verdict);
    let mut line = |name: &str, line: &Kind| {
        table.rows.push(vec![
            Cell::text(name),
            place.share(&format!("fixes with {name}"), &line.fixes),
            place.share(&format!("precision of {name}"), &line.precision),
            Cell::percent(&line.precision),
            Cell::interval(&line.precision),
            place.share(&format!("recall of {name}"), &line.recall),
            Cell::percent(&line.recall),
        ]);
    };
    for kind in &hints.kinds {
        line(kind.kind.map_or("any", |kind| kind.as_str()), kind);
    }
    line("any hint", &hints.any);
    table.note(format!(
        "Unrealistic: {} of the fixes labelled realistic or unrealistic. Precision: of these fixes with the hint, those \
         labelled unrealistic. Recall: of the fixes labelled unrealistic, those with the hint.",
        words::count(&hints.unrealistic)
    ));
    table.note(
        "In the order in which fixes would best be read: by the lower end of the precision's interval, where no label \
         speaks of a hint by that of all fixes, then by how grave a hint is.",
    );
    table
}

fn queue(source: &Source, run: &RunInfo, hints: &Hints) -> Table {
    let columns = [("item", false), ("approach", false), ("sample", true), ("hints", false)];
    let title = format!("Fixes that wait for a label, most doubtful first, run {}", run.id);
    let mut table = Table::new(TableId::Queue, title, &columns);
    for at in &hints.queue.evidence {
        let row = source.rows.get(at.run as usize).and_then(|rows| rows.rows.get(at.row as usize));
        let Some((row, facts)) = row.and_then(|row| Some((row, row.facts(run.settings.verdict)?))) else { continue };
        let kinds: Vec<&str> = facts.hints.iter().map(|kind| kind.as_str()).collect();
        table.rows.push(vec![
            Cell::text(&row.item),
            Cell::text(row.stream.approach.as_str()),
            Cell::text(row.stream.sample.to_string()),
            Cell::text(if kinds.is_empty() { "–".to_owned() } else { kinds.join(" ") }),
        ]);
    }
    if table.rows.is_empty() {
        table.note("Every fix of this run has a label.");
    }
    table
}
