//! The published values beside ours, the counts that could stand behind them, and where print disagrees with itself.

use super::{headings, run};
use crate::core::ids::ApproachId;
use crate::metrics::paper::{Paper, PaperSet, Printed, Printing, Reproduced};
use crate::metrics::{Block, Study, Table1};
use crate::report::cell::{Cell, Fact, Place};
use crate::report::document::{Table, TableId};
use crate::report::words;

type Value = crate::metrics::Cell;

pub fn tables(study: &Study, paper: &Paper, out: &mut Vec<Table>) {
    for table in &study.table1 {
        for block in &table.blocks {
            if let Some(set) = paper.set(&block.dataset) {
                out.push(beside(study, paper, set, table, block));
            }
        }
    }
    let sets = sets(study, paper);
    out.extend(sets.iter().map(|set| counts(paper, set)));
    out.extend(unresolved(study, paper));
    out.push(unrealistic(paper));
    out.push(remarks(study, paper));
}

/// The published sets that our runs are over; all of them where there is none.
pub fn sets<'a>(study: &Study, paper: &'a Paper) -> Vec<&'a PaperSet> {
    let ours = |set: &&PaperSet| study.runs.iter().any(|run| is(paper, &run.dataset, set));
    let found: Vec<&PaperSet> = paper.sets.iter().filter(ours).collect();
    if found.is_empty() { paper.sets.iter().collect() } else { found }
}

fn is(paper: &Paper, dataset: &str, set: &PaperSet) -> bool {
    paper.set(dataset).is_some_and(|found| found.name == set.name)
}

fn published(set: &str, model: &str, approach: ApproachId) -> Place {
    let place = Place { run: "published".to_owned(), ..Place::default() };
    Place { dataset: words::gate(set), model: words::gate(model), ..place }.approach(approach)
}

/// As printed, decimals and all.
fn printed(place: &Place, measure: &str, printed: &Printed) -> Cell {
    let fact = Fact {
        place: place.clone(),
        measure: words::gate(measure),
        value: printed.value(),
        n: None,
        low: None,
        high: None,
    };
    Cell { text: words::gate(&printed.to_string()), fact: Some(fact) }
}

fn share_and_drop(set: &PaperSet, paper: &Paper, approach: ApproachId, model: usize) -> [Cell; 2] {
    let place = published(&set.name, &paper.models[model], approach);
    let Some(cell) = set.table1.get(&approach).and_then(|cells| cells.get(model)) else {
        return [Cell::missing(), Cell::text("")];
    };
    let drop = cell.drop.as_ref().map(|drop| printed(&place, "published drop in points", drop));
    [printed(&place, "published share in percent", &cell.share), drop.unwrap_or_else(|| Cell::text("–"))]
}

/// Table 1 as printed, and our runs over the same data set in further columns.
fn beside(study: &Study, paper: &Paper, set: &PaperSet, table: &Table1, block: &Block<Value>) -> Table {
    let ours: Vec<String> = headings(study, &block.runs).iter().map(|name| format!("ours: {name}")).collect();
    let mut columns = vec![("approach", false)];
    for model in &paper.models {
        columns.extend([(model.as_str(), true), ("drop", true)]);
    }
    columns.extend(ours.iter().map(|name| (name.as_str(), true)));
    let (mode, labels) = (words::mode(table.mode), words::labels(table.labels));
    let title = format!("Table 1, {}: published and ours ({mode}, {labels})", set.name);
    let mut out = Table::new(TableId::Paper, title, &columns);
    for line in &block.rows {
        let mut row = vec![Cell::text(words::approach(line.approach))];
        for model in 0..paper.models.len() {
            row.extend(share_and_drop(set, paper, line.approach, model));
        }
        for (cell, &at) in line.cells.iter().zip(&block.runs) {
            let Some(run) = run(study, at) else { continue };
            row.push(match cell {
                Some(cell) => super::table1::brief(cell),
                None => super::table1::absent(run, table.mode, line.approach),
            });
        }
        out.rows.push(row);
    }
    out.about(format!("Published: {}, section {}", paper.title, paper.section));
    for &at in &block.runs {
        out.about(run(study, at).map_or_else(String::new, words::about));
    }
    out.note(
        "Published: per cent of all items, by the scanner's results list, with fixes judged unrealistic counted as \
         vulnerable; K, temperature and the scanner's version are not stated. Drops are in points.",
    );
    out
}

/// Which counts print as the published shares, and whether the published drops follow from them.
fn counts(paper: &Paper, set: &PaperSet) -> Table {
    let columns = [
        ("approach", false),
        ("model", false),
        ("share", true),
        ("counts that print so", false),
        ("drop", true),
        ("from the counts", false),
    ];
    let title = format!("Table 1, {}: the counts behind the published values", set.name);
    let mut out = Table::new(TableId::PaperCounts, title, &columns);
    let items: Vec<String> = set.items.iter().map(u32::to_string).collect();
    out.about(format!("Published: {}; {} items", paper.title, items.join(" or ")));
    let (mut cells, mut came) = (0, 0);
    for &approach in set.table1.keys() {
        for (at, model) in paper.models.iter().enumerate() {
            let Some(reproduced) = set.reproduced(approach, at) else { continue };
            let [share, drop] = share_and_drop(set, paper, approach, at);
            let verdict = from_counts(&reproduced, drop.fact.is_some());
            // The values themselves stand in the table beside ours; here they are the heads of a line.
            let [share, drop] = [share, drop].map(|cell| Cell::text(cell.text));
            let name = words::approach(approach);
            out.rows.push(vec![
                Cell::text(name),
                Cell::text(model),
                share,
                Cell::text(candidates(&reproduced)),
                drop,
                Cell::text(verdict),
            ]);
            cells += 1;
            match &reproduced.words {
                Some(why) => out.note(format!("{name}, {model}: {why}.")),
                None => came += 1,
            }
        }
    }
    out.notes.insert(0, format!("{came} of {cells} cells come out whole: a count of the stated items prints as the share, and the drop follows."));
    out
}

fn candidates(reproduced: &Reproduced) -> String {
    if reproduced.counts.is_empty() {
        return "none".to_owned();
    }
    let one =
        |found: &crate::metrics::paper::Candidate| format!("{}/{} {}", found.count, found.of, printing(found.printing));
    reproduced.counts.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn printing(printing: Printing) -> &'static str {
    match printing {
        Printing::Rounded => "rounded",
        Printing::Truncated => "cut off",
    }
}

fn from_counts(reproduced: &Reproduced, has_drop: bool) -> &'static str {
    match (reproduced.drop, has_drop) {
        (Some(found), _) => printing(found),
        (None, true) => "does not follow",
        (None, false) => "–",
    }
}

/// What the text says of Figure 4, beside our runs over the same set.
fn unresolved(study: &Study, paper: &Paper) -> Option<Table> {
    let figures: Vec<_> = study
        .cwes
        .iter()
        .filter(|figures| figures.unresolved_by == ApproachId::Fdsp)
        .filter_map(|figures| Some((figures, run(study, figures.run)?)))
        .filter(|(_, run)| {
            paper.unresolved.iter().any(|line| paper.set(&run.dataset).is_some_and(|set| set.name == line.set))
        })
        .collect();
    let heads: Vec<String> =
        figures.iter().map(|(figures, run)| format!("ours: {} ({})", run.id, figures.mode)).collect();
    let mut columns = vec![("CWE", false), ("model", false), ("published", true)];
    columns.extend(heads.iter().map(|head| (head.as_str(), true)));
    let mut out = Table::new(TableId::Paper, "Figure 4: published shares of unresolved findings, FDSP", &columns);
    for line in &paper.unresolved {
        let place = published(&line.set, &line.model, ApproachId::Fdsp);
        let measure = format!("published unresolved share of {} in percent", words::cwe(Some(line.cwe)));
        let mut row = vec![
            Cell::text(words::cwe(Some(line.cwe))),
            Cell::text(&line.model),
            printed(&place, &measure, &line.share),
        ];
        row.extend(figures.iter().map(|(figures, _)| {
            let bar = figures.unresolved.iter().find(|bar| bar.cwe == Some(line.cwe));
            bar.map_or_else(
                || Cell::text("–"),
                |bar| {
                    Cell::text(format!("{}/{} {}", bar.findings, bar.of, Cell::part_percent(bar.findings, bar.of).text))
                },
            )
        }));
        out.rows.push(row);
    }
    out.about(format!("Published: {}, section {}", paper.title, paper.section));
    (!out.rows.is_empty()).then_some(out)
}

fn unrealistic(paper: &Paper) -> Table {
    let columns = [("data set", false), ("model", false), ("all approaches", true), ("FDSP", true)];
    let mut out = Table::new(TableId::Paper, "Published counts of unrealistic refined code", &columns);
    for line in &paper.unrealistic {
        let all = Place { approach: "all".to_owned(), ..published(&line.set, &line.model, ApproachId::Fdsp) };
        let mut count = all.number("published unrealistic versions", line.all);
        if line.about {
            count.text = format!("about {}", count.text);
        }
        let fdsp =
            published(&line.set, &line.model, ApproachId::Fdsp).number("published unrealistic versions", line.fdsp);
        out.rows.push(vec![Cell::text(&line.set), Cell::text(&line.model), count, fdsp]);
    }
    out.about(format!("Published: {}, section {}", paper.title, paper.section));
    out
}

fn remarks(study: &Study, paper: &Paper) -> Table {
    let mut out = Table::new(TableId::Paper, "What is printed and does not agree with itself, or is not printed", &[]);
    out.about(format!("Published: {}", paper.title));
    let mut told: Vec<&str> = Vec::new();
    for run in study.runs.iter().filter(|run| paper.set(&run.dataset).is_none()) {
        if !told.contains(&run.dataset.as_str()) {
            out.note(format!("The paper has no values for the data set {}.", run.dataset));
            told.push(&run.dataset);
        }
    }
    for note in &paper.notes {
        out.note(format!("{}: {}", note.place, note.text));
    }
    out
}
