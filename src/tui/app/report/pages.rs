//! The pages: which numbers of the study stand where.

use std::collections::HashSet;

use super::agreement::{agreement, confusion};
use super::figures::{figure3, figure4, figure5};
use super::numbers::{approach, fraction, in_full, of_hundred, percent, probability, range, run_name};
use super::opinions::{scanners, table2};
use super::sheet::{Bar, Bars, Column, GridCell, Sheet, SheetLine};
use super::{Counted, Page, tested};
use crate::core::ids::ApproachId;
use crate::core::projection::{Facts, Row};
use crate::core::settings::VerdictMode;
use crate::core::verdict::Verdict;
use crate::metrics::{Cell, Labels, RowRef, Share};
use crate::tui::style::Role;

/// What a page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    pub mode: VerdictMode,
    pub labels: Labels,
    /// The two annotators whose confusion is shown, by their number.
    pub pair: usize,
}

pub fn sheet(page: Page, counted: &Counted, way: Way) -> Sheet {
    let mut sheet = match page {
        Page::Table1 => table1(counted, way),
        Page::McNemar => mcnemar(counted, way),
        Page::Unrealistic => unrealistic(counted),
        Page::Agreement => agreement(counted),
        Page::Confusion => confusion(counted, way.pair),
        Page::Figure3 => figure3(&counted.study, way.mode),
        Page::Figure4 => figure4(&counted.study, way.mode),
        Page::Figure5 => figure5(&counted.study, way.mode),
        Page::Table2 => table2(counted, way.mode),
        Page::Scanners => scanners(counted, way.mode),
        Page::PassAtK => tested::pass_at_k(&counted.study),
        Page::Curve => tested::curve(&counted.study),
        Page::Types => tested::types(&counted.study),
        Page::Steps => tested::steps(counted),
        Page::Tests => tested::against(&counted.study),
    };
    sheet.fit();
    if sheet.empty.is_none() && sheet.rest(Default::default()).is_none() {
        sheet.empty = Some(nothing(page, counted, way.mode));
    }
    sheet
}

fn nothing(page: Page, counted: &Counted, mode: VerdictMode) -> String {
    match page {
        Page::Table1 => format!("Nothing here has a {mode} verdict yet. A run with the verdict `paper` has no strict one (v: the other)."),
        Page::McNemar => "Fewer than two of the approaches have an outcome. `fdsp run --approach all` does all five on the same generated code.".to_owned(),
        Page::Agreement | Page::Confusion => "No version has labels of two annotators. `fdsp labels import FILE` brings in what others labelled.".to_owned(),
        Page::Unrealistic => "No approach has refined anything yet.".to_owned(),
        Page::Figure3 => "The scanner found nothing in the generated code.".to_owned(),
        Page::Figure4 | Page::Figure5 => "No refined code holds a finding, or nothing is refined yet.".to_owned(),
        Page::Table2 | Page::Scanners => "Only one scanner has read this code. `fdsp rescan RUN --scanner NAME` asks another one, without a model call.".to_owned(),
        Page::PassAtK | Page::Curve | Page::Tests => tested::nothing(counted),
        Page::Types => tested::nothing_of_types(counted),
        Page::Steps => tested::nothing_of_steps(counted),
    }
}

/// Rows of an approach in a run that a test on what they come to keeps.
pub(super) fn rows_where(
    counted: &Counted,
    (run, of): (u32, ApproachId),
    mode: VerdictMode,
    keeps: impl Fn(&Row, &Facts) -> bool,
) -> Vec<RowRef> {
    let kept = counted.rows_of(run, of).filter(|(_, row)| row.facts(mode).is_some_and(|facts| keeps(row, facts)));
    kept.map(|(at, _)| at).collect()
}

pub(super) fn group(sheet: &mut Sheet, name: &str, heads: &[(&str, u16)]) {
    let column =
        |(head, width): &(&str, u16)| Column { group: name.to_owned(), head: (*head).to_owned(), width: *width };
    sheet.columns.extend(heads.iter().map(column));
}

pub(super) fn bar(share: &Share) -> Option<Bar> {
    let text = format!("{}  {}", percent(share), share.interval().map(range).unwrap_or_default());
    share.value().map(|part| Bar { share: part, interval: share.interval(), text })
}

/// A share that is bad news where it is not nothing.
pub(super) fn alarming(share: &Share) -> Role {
    if share.count > 0 { Role::Danger } else { Role::Text }
}

fn table1(counted: &Counted, way: Way) -> Sheet {
    let mut sheet = Sheet {
        caption: "Share of code that is vulnerable, by approach".to_owned(),
        stub: "code",
        bars: Bars::Below,
        ..Sheet::default()
    };
    let study = &counted.study;
    let table = study.table1.iter().find(|table| table.mode == way.mode && table.labels == way.labels);
    let Some(block) = table.and_then(|table| table.blocks.first()) else { return sheet };
    let mut heads = vec![("vulnerable", 12), ("of all", 9), ("invalid", 9), ("pending", 9), ("drop", 8)];
    if way.labels == Labels::With {
        heads.extend([("unrealistic", 13), ("labelled", 10), ("best", 9), ("worst", 9)]);
    }
    for run in &block.runs {
        group(&mut sheet, &study.runs.get(*run as usize).map(run_name).unwrap_or_default(), &heads);
    }
    for line in &block.rows {
        let mut shown = SheetLine { name: approach(line.approach), ..SheetLine::default() };
        for (run, cell) in block.runs.iter().zip(&line.cells) {
            shown.bars.push(cell.as_ref().and_then(|cell| bar(&cell.vulnerable)));
            match cell {
                Some(cell) => shown.cells.extend(table1_cells(counted, (*run, line.approach), way, cell)),
                None => shown.cells.extend(heads.iter().map(|_| GridCell::default())),
            }
        }
        sheet.lines.push(shown);
    }
    sheet
}

fn table1_cells(counted: &Counted, of: (u32, ApproachId), way: Way, cell: &Cell) -> Vec<GridCell> {
    let name = approach(of.1);
    let share = &cell.vulnerable;
    let mut first = in_full(share, "vulnerable");
    first.push_str(&format!(" · {} invalid · {} pending", cell.invalid.count, cell.pending.count));
    let mut second = match (cell.drop, cell.relative_drop) {
        (Some(drop), Some(relative)) => {
            format!("drop {drop:.1} points ({} of the generated share)", of_hundred(relative))
        }
        (Some(drop), None) => format!("drop {drop:.1} points"),
        _ => String::new(),
    };
    if let Some(bounds) = &cell.labels {
        let disputed = match bounds.disputed.count {
            0 => String::new(),
            count => format!(", {count} disputed"),
        };
        second = second.replace(" of the generated share", "");
        second.push_str(&format!(
            "{}{} fixes labelled: {} to {} ({} unrealistic{disputed})",
            if second.is_empty() { "" } else { " · " },
            fraction(&bounds.labelled),
            percent(&bounds.best).trim_end_matches(" %"),
            percent(&bounds.worst),
            bounds.unrealistic.count,
        ));
    }
    let vulnerable: HashSet<RowRef> = share.evidence.iter().copied().collect();
    let judged = rows_where(counted, of, way.mode, |_, facts| facts.verdict.is_some());
    let gone = rows_where(counted, of, way.mode, |_, facts| {
        facts.generated == Some(Verdict::Vulnerable) && facts.verdict.is_some()
    });
    let gone = gone.into_iter().filter(|at| !vulnerable.contains(at)).collect();
    let count = |share: &Share, what: &str| GridCell::new(share.count.to_string(), what, share.evidence.clone());
    let warn = |share: &Share| if share.count > 0 { Role::Warn } else { Role::Muted };
    let drop = match cell.drop {
        Some(drop) => GridCell::new(format!("{drop:.1}"), &format!("{name}: no longer vulnerable"), gone),
        None => GridCell::default(),
    };
    let mut cells = vec![
        GridCell::new(percent(share), &format!("{name}: vulnerable"), share.evidence.clone()).role(alarming(share)),
        GridCell::new(fraction(share), &format!("{name}: all with an outcome"), judged),
        count(&cell.invalid, &format!("{name}: invalid")).role(warn(&cell.invalid)),
        count(&cell.pending, &format!("{name}: without an outcome")).role(warn(&cell.pending)),
        drop,
    ];
    match (&cell.labels, way.labels) {
        (Some(bounds), _) => cells.extend([
            count(&bounds.unrealistic, &format!("{name}: fixes labelled unrealistic"))
                .role(alarming(&bounds.unrealistic)),
            GridCell::new(
                fraction(&bounds.labelled),
                &format!("{name}: fixes with a settled label"),
                bounds.labelled.evidence.clone(),
            ),
            GridCell::new(percent(&bounds.best), &format!("{name}: vulnerable at best"), bounds.best.evidence.clone()),
            GridCell::new(
                percent(&bounds.worst),
                &format!("{name}: vulnerable at worst"),
                bounds.worst.evidence.clone(),
            ),
        ]),
        (None, Labels::With) => cells.resize_with(cells.len() + 4, GridCell::default),
        (None, Labels::Without) => {}
    }
    cells.into_iter().map(|cell| cell.detail(&[first.clone(), second.clone()])).collect()
}

fn mcnemar(counted: &Counted, way: Way) -> Sheet {
    let mut sheet = Sheet {
        caption: "Exact McNemar test of two approaches on the same items".to_owned(),
        stub: "first / second",
        ..Sheet::default()
    };
    let study = &counted.study;
    let Some(table) = study.table1.iter().find(|table| table.mode == way.mode && table.labels == way.labels) else {
        return sheet;
    };
    group(&mut sheet, "", &[("items", 8), ("only first", 13), ("only second", 14), ("p", 11)]);
    let mut run = None;
    for test in &table.tests {
        let info = study.runs.get(test.run as usize);
        if run != Some(test.run) && study.runs.len() > 1 {
            sheet.section(&info.map(run_name).unwrap_or_default());
        }
        run = Some(test.run);
        let (first, second) = (approach(test.first), approach(test.second));
        let judged = |row: &Row| row.facts(way.mode).is_some_and(|facts| facts.verdict.is_some());
        let both = counted
            .rows_of(test.run, test.first)
            .filter(|(at, row)| judged(row) && counted.beside(*at, test.second).is_some_and(judged));
        let both = both.map(|(at, _)| at).collect();
        let apart = test.first_only.evidence.iter().chain(&test.second_only.evidence).copied().collect();
        let details = [
            format!(
                "vulnerable after {first} only: {} · after {second} only: {}",
                test.first_only.count, test.second_only.count
            ),
            format!("exact two-sided McNemar over {} items: p = {}", test.items, probability(test.p))
                .replace("= <", "<"),
        ];
        let clear = if test.p < 0.05 { Role::Text } else { Role::Muted };
        let cells = vec![
            GridCell::new(test.items.to_string(), &format!("{first} and {second}: both have an outcome"), both),
            GridCell::new(
                test.first_only.count.to_string(),
                &format!("vulnerable after {first}, not after {second}"),
                test.first_only.evidence.clone(),
            ),
            GridCell::new(
                test.second_only.count.to_string(),
                &format!("vulnerable after {second}, not after {first}"),
                test.second_only.evidence.clone(),
            ),
            GridCell::new(probability(test.p), &format!("{first} and {second} differ"), apart).role(clear),
        ];
        sheet.lines.push(SheetLine {
            name: format!("{first} / {second}"),
            section: info.map(run_name).unwrap_or_default(),
            cells: cells.into_iter().map(|cell| cell.detail(&details)).collect(),
            bars: Vec::new(),
        });
    }
    sheet
}

fn unrealistic(counted: &Counted) -> Sheet {
    let mut sheet = Sheet {
        caption: "Unrealistic fixes of the labelled ones; the paper's authors labelled all".to_owned(),
        stub: "approach",
        bars: Bars::Below,
        ..Sheet::default()
    };
    let study = &counted.study;
    const HEADS: [(&str, u16); 5] =
        [("unrealistic", 13), ("of labelled", 13), ("labelled", 10), ("fixes", 7), ("versions", 10)];
    for info in &study.runs {
        group(&mut sheet, &run_name(info), &HEADS);
    }
    let mut approaches: Vec<ApproachId> = study.unrealistic.iter().map(|one| one.approach).collect();
    approaches.sort_unstable();
    approaches.dedup();
    for id in approaches {
        let name = approach(id);
        let mut line = SheetLine { name: name.clone(), ..SheetLine::default() };
        for (run, info) in (0..).zip(&study.runs) {
            let Some(one) = study.unrealistic.iter().find(|one| one.run == run && one.approach == id) else {
                line.bars.push(None);
                line.cells.extend(HEADS.map(|_| GridCell::default()));
                continue;
            };
            let mode = info.settings.verdict;
            let fixes = rows_where(counted, (run, id), mode, |row, _| row.is_fix());
            let versions = rows_where(counted, (run, id), mode, |row, _| row.unrealistic > 0);
            let details = [
                format!(
                    "{} fixes labelled; {}",
                    fraction(&one.labelled),
                    in_full(&one.unrealistic, "of these unrealistic")
                ),
                format!("{} refined versions labelled unrealistic, fixes or not", one.versions),
            ];
            line.bars.push(bar(&one.unrealistic));
            let (what, of) = (format!("{name}: fixes labelled unrealistic"), one.unrealistic.evidence.clone());
            let labelled = format!("{name}: fixes with a settled label");
            let cells = [
                GridCell::new(one.unrealistic.count.to_string(), &what, of.clone()).role(alarming(&one.unrealistic)),
                GridCell::new(percent(&one.unrealistic), &what, of),
                GridCell::new(one.labelled.count.to_string(), &labelled, one.labelled.evidence.clone()),
                GridCell::new(one.labelled.of.to_string(), &format!("{name}: fixes"), fixes),
                GridCell::new(one.versions.to_string(), &format!("{name}: versions labelled unrealistic"), versions),
            ];
            line.cells.extend(cells.map(|cell| cell.detail(&details)));
        }
        sheet.lines.push(line);
    }
    sheet
}
