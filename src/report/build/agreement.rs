//! How well annotators agree: figures, the confusion of every two, and where they differ.

use crate::core::label::LabelVerdict;
use crate::core::settings::RunInfo;
use crate::metrics::agreement::{Agreement, Coefficients, Figure, Pair};
use crate::report::cell::{Cell, Place};
use crate::report::document::{Table, TableId};
use crate::report::words;

/// Versions on which two annotators differ that a document lists; JSON has all of them.
const LISTED: usize = 40;

pub fn tables(runs: &[RunInfo], agreement: &Agreement, out: &mut Vec<Table>) {
    if !agreement.comparable() {
        return;
    }
    let place = Place::over(runs);
    let all = [overall(agreement, &place), by_approach(agreement, &place), pairs(agreement, &place)];
    out.extend(all.into_iter().flatten());
    out.extend(agreement.pairs.iter().map(|pair| confusion(pair, &place)));
    out.extend(agreement.pairs.iter().filter_map(|pair| by_item(agreement, pair, runs.len() > 1)));
    out.extend(by_reason(agreement, &place));
    let first = out.iter_mut().find(|table| table.id == TableId::Agreement);
    if let Some(table) = first {
        for run in runs {
            table.about(words::about(run));
        }
    }
}

/// The heads over [`figures`].
const FIGURES: [(&str, bool); 6] = [
    ("coefficient", false),
    ("value", true),
    ("95 % interval", true),
    ("versions", true),
    ("items", true),
    ("annotators", true),
];

/// A row for each coefficient; `part` names the labels in the measure.
fn figures(place: &Place, found: &Coefficients, part: &str) -> Vec<Vec<Cell>> {
    let row = |(name, figure): (&str, &Figure)| {
        let ends = figure.interval.map_or_else(|| "–".to_owned(), words::ends);
        vec![
            Cell::text(name),
            place.coefficient(&format!("{name}{part}"), figure, found.versions),
            Cell::text(ends),
            Cell::text(found.versions.to_string()),
            Cell::text(found.items.to_string()),
            Cell::text(found.annotators.to_string()),
        ]
    };
    found.named().into_iter().map(row).collect()
}

/// The figures of several groups, each with its name in front.
fn grouped<'a>(table: &mut Table, groups: impl Iterator<Item = (String, Place, &'a Coefficients, String)>) {
    let mut all = Vec::new();
    for (name, place, found, part) in groups {
        for mut row in figures(&place, found, &part) {
            row.insert(0, Cell::text(&name));
            table.rows.push(row);
        }
        all.push(found);
    }
    missing(table, &all);
}

fn heads(of: &'static str) -> Vec<(&'static str, bool)> {
    std::iter::once((of, false)).chain(FIGURES).collect()
}

/// Why a coefficient has no value, each reason once, and why one that has a value has no interval.
fn missing(table: &mut Table, all: &[&Coefficients]) {
    for at in 0..5 {
        let mut reasons = Vec::new();
        for found in all {
            let (name, figure) = found.named()[at];
            let Some(reason) = figure.undefined.filter(|reason| !reasons.contains(reason)) else { continue };
            reasons.push(reason);
            table.note(format!("– for {name}: {}.", reason.words()));
        }
    }
    let unsure = |figure: &Figure| figure.value.is_some() && figure.interval.is_none();
    if all.iter().any(|found| found.named().into_iter().any(|(_, figure)| unsure(figure))) {
        table.note("No interval: too few items, or more than one resample in twenty has no value.");
    }
}

fn overall(agreement: &Agreement, place: &Place) -> Option<Table> {
    let mut table = Table::new(TableId::Agreement, "Agreement of annotators", &FIGURES);
    let found = &agreement.overall;
    table.rows = figures(place, found, "");
    let annotators = agreement.annotators.iter().map(|it| match it.blind {
        0 => format!("{} {}", it.name, it.labels),
        blind => format!("{} {} ({blind} blind)", it.name, it.labels),
    });
    table.note(format!("Labels: {}.", annotators.collect::<Vec<_>>().join(", ")));
    table.note(format!(
        "Versions: those with labels of two annotators or more; {} with one label count for chance agreement in Fleiss' \
         kappa and AC1 alone. A label is an annotator's latest on the version; {} adjudicated versions count by the labels \
         before.",
        found.single, agreement.adjudicated
    ));
    table.note(
        "Observed: share of the pairs of labels that agree, the mean over versions. Cohen 1960; Fleiss 1971, for unequal \
         numbers of labels as irrCAC; Krippendorff's alpha, nominal; Gwet's AC1 over realistic, unrealistic and unsure, \
         used or not. Intervals: percentile bootstrap over items.",
    );
    missing(&mut table, &[found]);
    Some(table)
}

fn by_approach(agreement: &Agreement, place: &Place) -> Option<Table> {
    if agreement.approaches.len() < 2 {
        return None;
    }
    let mut table = Table::new(TableId::AgreementByApproach, "Agreement by approach", &heads("approach"));
    grouped(
        &mut table,
        agreement.approaches.iter().map(|line| {
            let name = words::approach(line.approach).to_owned();
            (name, place.clone().approach(line.approach), &line.coefficients, String::new())
        }),
    );
    Some(table)
}

fn by_reason(agreement: &Agreement, place: &Place) -> Option<Table> {
    if agreement.reasons.is_empty() {
        return None;
    }
    let mut table = Table::new(TableId::AgreementByReason, "Agreement by reason", &heads("reason"));
    grouped(
        &mut table,
        agreement.reasons.iter().map(|line| {
            let name = format!("{} ({})", line.reason, line.given);
            (name, place.clone(), &line.coefficients, format!(", reason {}", line.reason))
        }),
    );
    table.note(
        "Behind each reason: labels that name it. Any other label says no to it, whatever its verdict; where a reason is \
         rare, read AC1 beside kappa.",
    );
    Some(table)
}

/// Where there are more annotators than two: every two of them.
fn pairs(agreement: &Agreement, place: &Place) -> Option<Table> {
    if agreement.annotators.len() < 3 {
        return None;
    }
    let mut table = Table::new(TableId::AgreementPairs, "Agreement of every two annotators", &heads("two annotators"));
    grouped(
        &mut table,
        agreement.pairs.iter().map(|pair| {
            let name = format!("{} and {}", pair.first, pair.second);
            (name.clone(), place.clone(), &pair.coefficients, format!(", {name}"))
        }),
    );
    Some(table)
}

fn confusion(pair: &Pair, place: &Place) -> Table {
    let title = format!("Labels of {} by labels of {}", pair.first, pair.second);
    let head = format!("{} says", pair.first);
    let across: Vec<String> = LabelVerdict::EVERY.iter().map(|verdict| format!("{}: {verdict}", pair.second)).collect();
    let mut columns = vec![(head.as_str(), false)];
    columns.extend(across.iter().map(|name| (name.as_str(), true)));
    let mut table = Table::new(TableId::AgreementConfusion, title, &columns);
    for cells in pair.confusion.chunks(LabelVerdict::EVERY.len()) {
        let mut row: Vec<Cell> = cells.iter().take(1).map(|cell| Cell::text(cell.first.as_str())).collect();
        row.extend(cells.iter().map(|cell| {
            let measure = format!("{} {}, {} {}", pair.first, cell.first, pair.second, cell.second);
            place.number(&measure, cell.versions.len() as u32)
        }));
        table.rows.push(row);
    }
    table.note("Versions that both labelled; JSON names those behind each number.");
    table
}

/// The versions behind the disagreement of two.
fn by_item(agreement: &Agreement, pair: &Pair, with_run: bool) -> Option<Table> {
    let title = format!("Where {} and {} differ", pair.first, pair.second);
    let columns = [
        ("run", false),
        ("item", false),
        ("code of", false),
        ("version", false),
        (pair.first.as_str(), false),
        (pair.second.as_str(), false),
    ];
    let mut table = Table::new(TableId::AgreementByItem, title, &columns[usize::from(!with_run)..]);
    let mut differ: Vec<(u32, LabelVerdict, LabelVerdict)> = Vec::new();
    for cell in pair.confusion.iter().filter(|cell| cell.first != cell.second) {
        differ.extend(cell.versions.iter().map(|&at| (at, cell.first, cell.second)));
    }
    differ.sort_unstable();
    for (at, first, second) in differ.iter().take(LISTED) {
        let Some(version) = agreement.versions.get(*at as usize) else { continue };
        let mut row = vec![
            Cell::text(&version.run),
            Cell::text(&version.item),
            Cell::text(words::approach(version.stream.approach)),
            Cell::text(version.step.to_string()),
            Cell::text(first.as_str()),
            Cell::text(second.as_str()),
        ];
        row.drain(..usize::from(!with_run));
        table.rows.push(row);
    }
    if differ.len() > LISTED {
        table.note(format!("{LISTED} of {} are listed; JSON has all of them.", differ.len()));
    }
    (!table.rows.is_empty()).then_some(table)
}
