//! CodeSecEval's tables and figures over our runs: data sets, generation, steps, repair, and pass@k by CWE type.

use super::executed::{PASS, PASS_NOTE, each, heads, pass_cells};
use super::run;
use crate::core::ids::ApproachId;
use crate::dataset::stats::Stats;
use crate::metrics::executed::{Executed, Pass};
use crate::metrics::sides::{Sides, TypeSides};
use crate::metrics::{RunRows, Study};
use crate::report::cell::{Cell, Place};
use crate::report::document::{Chart, Table, TableId};
use crate::report::{SetStats, Source, words};

/// What the whole of a run's items is called beside its subsets.
const ALL: &str = "all items";

pub fn tables(source: &Source, out: &mut Vec<Table>) {
    let study = source.study;
    if !source.sets.is_empty() {
        out.push(sets(source.sets));
    }
    let generation =
        setting(study, TableId::CodeSecEval2, "CodeSecEval, Table 2: code generation", ApproachId::generates);
    let repair = setting(study, TableId::CodeSecEval4, "CodeSecEval, Table 4: code repair", ApproachId::repairs);
    out.extend(generation);
    out.extend(steps(source));
    out.extend(repair);
    out.extend(study.sides.iter().filter_map(|sides| figure(study, sides)));
}

/// Table 1: a line for each set and each of its subsets.
fn sets(sets: &[SetStats]) -> Table {
    let mut table = Table::new(TableId::CodeSecEval1, "CodeSecEval, Table 1: the data sets of these runs", &SETS);
    for set in sets {
        for (part, stats) in &set.parts {
            table.rows.push(stats_row(&set.dataset, part.as_deref(), stats));
        }
    }
    table.note(
        "Averages over the items that have the thing. Words: \\b\\w+\\b; lines without blank ones, comments and \
         docstrings; test cases: assert statements of a test. An item about several CWEs is of one type.",
    );
    table
}

/// The heads of Table 1.
pub const SETS: [(&str, bool); 9] = [
    ("data set", false),
    ("size", true),
    ("problem words", true),
    ("insecure lines", true),
    ("secure lines", true),
    ("test cases", true),
    ("CWE types", true),
    ("with steps", true),
    ("without", true),
];

pub fn stats_row(dataset: &str, part: Option<&str>, stats: &Stats) -> Vec<Cell> {
    let name = part.map_or_else(|| dataset.to_owned(), |part| format!("{dataset}, {part}"));
    let place = Place { dataset: words::gate(&name), ..Place::default() };
    let count = |measure: &str, count: usize| place.number(measure, u32::try_from(count).unwrap_or(u32::MAX));
    vec![
        Cell::text(&name),
        count("items", stats.size),
        place.average("problem words", stats.problem_words),
        place.average("insecure lines", stats.insecure_lines),
        place.average("secure lines", stats.secure_lines),
        place.average("test cases", stats.test_cases),
        count("CWE types", stats.cwe_types),
        count("items with steps", stats.with_steps),
        count("items without steps", stats.without_steps),
    ]
}

/// Tables 2 and 4: each model and setting, over all items and by subset.
fn setting(study: &Study, id: TableId, title: &str, of: impl Fn(ApproachId) -> bool) -> Option<Table> {
    let mut columns = heads(study, "setting");
    columns.push(("items of", false));
    columns.extend(PASS);
    let mut table = Table::new(id, format!("{title}, pass@k"), &columns);
    let row = |place: &Place, name: &str, pass: &Pass| {
        let cells = pass_cells(place, pass, &format!(", {name}"));
        std::iter::once(Cell::text(name)).chain(cells).collect::<Vec<Cell>>()
    };
    each(study, &mut table, |line, place| {
        if !of(line.approach) {
            return Vec::new();
        }
        let mut rows = vec![row(place, ALL, &line.all)];
        rows.extend(line.subsets.iter().map(|subset| row(place, &subset.name, &subset.pass)));
        rows
    });
    untested(study, &mut table, of);
    table.note(PASS_NOTE);
    (!table.rows.is_empty()).then_some(table)
}

/// Says how many samples are still missing.
fn untested(study: &Study, table: &mut Table, of: impl Fn(ApproachId) -> bool) {
    let lines = study.executed.iter().filter(|line| of(line.approach) && line.all.tested.count < line.all.tested.of);
    for line in lines {
        let Some(run) = run(study, line.run) else { continue };
        let (name, share) = (words::approach(line.approach), words::count(&line.all.tested));
        table.note(format!("{}, {name}: {share} samples are tested; the others are not counted.", run.id));
    }
}

/// Table 3.
fn steps(source: &Source) -> Option<Table> {
    let mut columns = heads(source.study, "setting");
    columns.push(("problem", false));
    columns.extend(PASS);
    let title = "CodeSecEval, Table 3: vulnerability-aware problems with and without steps, pass@k";
    let mut table = Table::new(TableId::CodeSecEval3, title, &columns);
    let row = |place: &Place, name: &str, pass: &Pass| {
        let cells = pass_cells(place, pass, &format!(", {name}"));
        std::iter::once(Cell::text(name)).chain(cells).collect::<Vec<Cell>>()
    };
    let told = |line: &Executed| line.approach == ApproachId::GenerateAware && line.steps.is_some();
    if !source.study.executed.iter().any(told) {
        return None;
    }
    each(source.study, &mut table, |line, place| match &line.steps {
        Some(steps) if line.approach.generates() => {
            vec![row(place, "with steps", &steps.with), row(place, "without steps", &steps.without)]
        }
        _ => Vec::new(),
    });
    table.note(
        "Only generate-aware is shown the steps: what differs between the two lines of generate differs by the items \
         alone.",
    );
    for note in steps_notes(source.rows) {
        table.note(note);
    }
    table.note(PASS_NOTE);
    Some(table)
}

/// Where the items are CodeSecEval's: what counts as steps, since its files do not say.
fn steps_notes(rows: &[RunRows]) -> Vec<String> {
    let mut notes = Vec::new();
    for run in rows.iter().filter(|run| run.is_codeseceval()) {
        let count = |steps| run.about.values().filter(|about| about.steps == Some(steps)).count();
        let note = format!(
            "{}: CodeSecEval does not mark steps; a line that begins with 1. counts as steps. That gives {} with and {} \
             without here, 86 and 94 over the whole set, where its authors counted 85 and 95 by hand.",
            run.info.dataset,
            count(true),
            count(false)
        );
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}

/// Figures 3 and 4.
fn figure(study: &Study, sides: &Sides) -> Option<Table> {
    let run = run(study, sides.run)?;
    let (id, title) = match sides.settings.0.generates() {
        true => (TableId::CodeSecEvalFigure3, "CodeSecEval, Figure 3: code generation"),
        false => (TableId::CodeSecEvalFigure4, "CodeSecEval, Figure 4: code repair"),
    };
    let items = sides.subset.as_deref().unwrap_or(ALL);
    let names = [sides.settings.0, sides.settings.1].map(words::approach);
    let columns = [
        ("CWE type", false),
        ("items", true),
        (names[0], true),
        ("95 % interval", true),
        (names[1], true),
        ("95 % interval", true),
        ("gain in points", true),
    ];
    let mut table = Table::new(id, format!("{title}, pass@{} by CWE type, {items}", sides.k), &columns);
    table.about(words::about(run));
    let mut chart = Chart::new(format!("pass@{} in per cent", sides.k), 100.0);
    for line in &sides.types {
        let name = words::cwe_type(&line.cwe);
        let mut row = vec![Cell::text(&name), Cell::text(most_items(line).to_string())];
        for (approach, pass) in [(sides.settings.0, &line.sides.0), (sides.settings.1, &line.sides.1)] {
            let place = Place::of(run).mode(run.settings.verdict).approach(approach);
            let at = pass.as_ref().and_then(|pass| Some((pass.items, pass.at(sides.k)?)));
            let Some((items, at)) = at else {
                row.extend([Cell::text("–"), Cell::text("–")]);
                continue;
            };
            let cell = place.estimate(&format!("pass@{}, {name}", sides.k), at.value, items, at.interval);
            chart.percent(format!("{name} {}", words::approach(approach)), &cell);
            row.push(cell);
            row.push(Cell::text(at.interval.map_or_else(|| "–".to_owned(), words::interval)));
        }
        let place = Place::of(run).mode(run.settings.verdict).approaches(sides.settings.0, sides.settings.1);
        row.push(place.points(&format!("gain in points, {name}"), line.gain));
        table.rows.push(row);
    }
    table.charts.push(chart);
    if sides.k < 5 {
        table.note(format!(
            "pass@{}, not pass@5 as published: an item here has fewer than 5 tested samples (`fdsp run --samples 10`).",
            sides.k
        ));
    }
    for (approach, missing) in [
        (sides.settings.0, sides.types.iter().all(|line| line.sides.0.is_none())),
        (sides.settings.1, sides.types.iter().all(|line| line.sides.1.is_none())),
    ] {
        if missing {
            table.note(format!("This run has no tested code of {}.", words::approach(approach)));
        }
    }
    table.note("Types are small: read a gain together with the intervals, which are bootstraps over the type's items.");
    Some(table)
}

fn most_items(line: &TypeSides) -> u32 {
    [&line.sides.0, &line.sides.1].into_iter().flatten().map(|pass| pass.items).max().unwrap_or(0)
}
