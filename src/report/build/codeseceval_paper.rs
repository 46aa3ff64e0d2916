//! CodeSecEval's published values beside ours, the counts behind them, and what does not fit.

use super::codeseceval::{SETS, stats_row};
use super::run;
use crate::metrics::codeseceval::{Part, Published, PublishedSet, Setting};
use crate::metrics::executed::{Executed, Pass};
use crate::metrics::paper::{Candidate, Printed};
use crate::report::cell::{Cell, Fact, Place};
use crate::report::document::{Table, TableId};
use crate::report::{self, Source, words};

/// Not beside runs that have nothing to do with that study, unless it is asked for.
pub fn wanted(source: &Source) -> bool {
    let ours = || !source.study.executed.is_empty() || source.rows.iter().any(|run| run.is_codeseceval());
    source.part == report::Part::CodeSecEval || (source.part == report::Part::All && ours())
}

pub fn tables(source: &Source, published: &Published, out: &mut Vec<Table>) {
    out.push(sets(source, published));
    out.extend(published.settings.iter().map(|setting| beside(source, published, setting)));
    out.push(counts(published));
    out.push(remarks(published));
}

fn place(dataset: &str, model: &str) -> Place {
    Place { run: "published".to_owned(), dataset: words::gate(dataset), model: words::gate(model), ..Place::default() }
}

/// As printed, decimals and all.
fn printed(place: &Place, measure: String, printed: Option<&Printed>) -> Cell {
    let Some(printed) = printed else { return Cell::text("–") };
    let fact = Fact {
        place: place.clone(),
        measure: words::gate(&measure),
        value: printed.value(),
        n: None,
        low: None,
        high: None,
    };
    Cell { text: words::gate(&printed.to_string()), fact: Some(fact) }
}

fn sets(source: &Source, published: &Published) -> Table {
    let columns = &SETS[..7];
    let mut table = Table::new(TableId::CodeSecEvalPaper, "CodeSecEval, Table 1: published and ours", columns);
    for set in &published.table1 {
        let PublishedSet { name, size, problem_words, insecure_lines, secure_lines, test_cases, cwe_types } = set;
        let place = place(name, "");
        let average =
            |measure: &str, value: &Option<Printed>| printed(&place, format!("published {measure}"), value.as_ref());
        table.rows.push(vec![
            Cell::text(name),
            place.number("published items", *size),
            average("problem words", problem_words),
            average("insecure lines", insecure_lines),
            average("secure lines", secure_lines),
            average("test cases", test_cases),
            cwe_types.map_or_else(|| Cell::text("–"), |types| place.number("published CWE types", types)),
        ]);
    }
    for set in source.sets {
        for (part, stats) in &set.parts {
            let cells = stats_row(&format!("ours: {}", set.dataset), part.as_deref(), stats).into_iter();
            // The numbers themselves stand in the table of ours.
            table.rows.push(cells.take(columns.len()).map(|cell| Cell::text(cell.text)).collect());
        }
    }
    table.about(source_line(published));
    table
}

fn source_line(published: &Published) -> String {
    format!("Published: {}, section {}", published.title, published.section)
}

/// One experiment: the paper's models, then our runs over the same items.
fn beside(source: &Source, published: &Published, setting: &Setting) -> Table {
    let heads: Vec<String> = published.ks.iter().map(|k| format!("pass@{k}")).collect();
    let mut columns = vec![("", false), ("model", false), ("items of", false), ("items", true)];
    columns.extend(heads.iter().map(|head| (head.as_str(), true)));
    let title = format!("CodeSecEval, Table {}, {}: published and ours", setting.table, setting.name);
    let mut table = Table::new(TableId::CodeSecEvalPaper, title, &columns);
    table.about(source_line(published));
    for model in &published.models {
        for (part, values) in setting.row(model) {
            let place = place(&part.name, model).approach(setting.approach);
            let mut row = vec![
                Cell::text("published"),
                Cell::text(model),
                Cell::text(&part.name),
                Cell::text(part.items.to_string()),
            ];
            let cells = published.ks.iter().zip(values).map(|(k, value)| {
                printed(&place, format!("published pass@{k} in percent, Table {}", setting.table), Some(value))
            });
            row.extend(cells);
            table.rows.push(row);
        }
    }
    let lines = source.study.executed.iter().filter(|line| line.approach == setting.approach);
    for line in lines {
        let of_set = source.rows.get(line.run as usize).is_some_and(|rows| rows.is_codeseceval());
        let Some(run) = run(source.study, line.run).filter(|_| of_set) else { continue };
        let found: Vec<(&Part, &Pass)> =
            setting.columns.iter().filter_map(|part| Some((part, same_items(line, part)?))).collect();
        if !found.is_empty() {
            table.about(words::about(run));
        }
        for (part, pass) in found {
            let mut row = vec![
                Cell::text(format!("ours: {}", run.id)),
                Cell::text(&run.model.model),
                Cell::text(&part.name),
                Cell::text(pass.items.to_string()),
            ];
            row.extend(published.ks.iter().map(|k| {
                let value = pass.at(*k).and_then(|at| at.value);
                Cell::text(value.map_or_else(|| "–".to_owned(), |value| format!("{:.2}", value * 100.0)))
            }));
            table.rows.push(row);
        }
    }
    table.note(format!(
        "pass@k in per cent. Published: {} samples of each item, as the values imply; temperature and limits are not \
         stated. Ours are the values of the tables above, to two decimals.",
        published.samples
    ));
    for misfit in published.misfits() {
        if misfit.table == setting.table && misfit.approach == setting.approach {
            table.note(format!("{}: {}.", misfit.place(), misfit.words()));
        }
    }
    table
}

/// Our numbers over the items that a published column is about.
fn same_items<'a>(line: &'a Executed, part: &Part) -> Option<&'a Pass> {
    if let Some(steps) = line.steps.as_ref().filter(|_| part.name.ends_with("steps")) {
        return Some(if part.name.starts_with("with ") { &steps.with } else { &steps.without });
    }
    match line.subsets.iter().find(|subset| subset.name == part.name) {
        Some(subset) => Some(&subset.pass),
        // The whole set is there where both of its subsets are.
        None => (part.name == "CodeSecEval" && line.subsets.len() == 2).then_some(&line.all),
    }
}

/// Which counts print as pass@1 and pass@n.
fn counts(published: &Published) -> Table {
    let columns = [
        ("table", false),
        ("setting", false),
        ("model", false),
        ("items of", false),
        ("pass@1", true),
        ("samples that pass", true),
        ("pass@10", true),
        ("items solved", true),
    ];
    let mut table =
        Table::new(TableId::CodeSecEvalPaperCounts, "CodeSecEval: the counts behind the published values", &columns);
    table.about(source_line(published));
    let (mut values, mut whole) = (0, 0);
    for setting in &published.settings {
        for model in &published.models {
            for (part, row) in setting.row(model) {
                let mut cells = vec![
                    Cell::text(setting.table.to_string()),
                    Cell::text(setting.approach.as_str()),
                    Cell::text(model),
                    Cell::text(&part.name),
                ];
                for wanted in [1, published.samples] {
                    let Some(value) = published.ks.iter().position(|k| *k == wanted).and_then(|at| row.get(at)) else {
                        continue;
                    };
                    let found = published.counts(part, wanted, value);
                    values += 1;
                    whole += usize::from(!found.is_empty());
                    cells.extend([Cell::text(value.to_string()), Cell::text(candidates(&found))]);
                }
                table.rows.push(cells);
            }
        }
    }
    table.note(format!(
        "{whole} of {values} values are counts: pass@1 of {} samples of each item, pass@{} of the items.",
        published.samples, published.samples
    ));
    table
}

fn candidates(found: &[Candidate]) -> String {
    match found {
        [] => "none".to_owned(),
        found => found.iter().map(|one| format!("{}/{}", one.count, one.of)).collect::<Vec<_>>().join("; "),
    }
}

fn remarks(published: &Published) -> Table {
    let title = "CodeSecEval: what is printed and does not agree with itself, or is not printed";
    let mut table = Table::new(TableId::CodeSecEvalPaper, title, &[]);
    table.about(format!("Published: {}", published.title));
    for note in &published.notes {
        table.note(format!("{}: {}", note.place, note.text));
    }
    table
}
