//! Item by item, what each scanner says of the same code; beside it how far they agree, below it the rules.

use ratatui::layout::Rect;

use super::behind::{cwes, finding};
use super::chrome;
use super::pen::{Pen, clip_middle, columns};
use super::report::{paragraph, waits};
use super::steps::first_row;
use super::words;
use crate::core::finding::Scan;
use crate::core::ids::ApproachId;
use crate::core::projection::Row;
use crate::metrics::ScannerPair;
use crate::tui::app::App;
use crate::tui::app::report::numbers::{cwe, percent};
use crate::tui::app::report::{Report, opinion};
use crate::tui::style::Role;

/// Rows for the rules below the matrix, with their rule.
const RULES: u16 = 5;
const SIDE: u16 = 58;

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(report) = &app.report else { return };
    if waits(report, pen, body) {
        return;
    }
    if report.matrix.scanners.len() < 2 {
        let words = "Only one scanner has read this code. `fdsp rescan RUN --scanner NAME` asks another one, without a model call.";
        paragraph(pen, body, words);
        return;
    }
    let upper = Rect { height: body.height.saturating_sub(RULES), ..body };
    let side = body.width >= 130;
    let left = Rect { width: if side { body.width - SIDE - 1 } else { body.width }, ..upper };
    let top = title(report, pen, left, !side);
    matrix(report, pen, Rect { y: left.y + top, height: left.height.saturating_sub(top), ..left });
    let rule = upper.bottom();
    if side {
        pen.vertical(left.right(), upper.y, upper.height);
        agreement(report, pen, Rect { x: left.right() + 1, width: SIDE, ..upper });
    }
    pen.horizontal(0, rule, body.width);
    if side {
        let signs = pen.signs();
        pen.cell(left.right(), rule, signs.tee_up);
        pen.cell(left.right(), body.y - 1, signs.tee_down);
    }
    rules(report, pen, Rect { y: rule + 1, height: RULES - 1, ..body });
}

fn pairs(report: &Report) -> impl Iterator<Item = &ScannerPair> {
    let study = report.counted.as_ref().map(|counted| &counted.study);
    study.into_iter().flat_map(|study| &study.scanners).filter(|pair| {
        let run = report.counted.as_ref().and_then(|counted| counted.study.runs.get(pair.run as usize));
        pair.mode == report.mode() && run.is_some_and(|info| info.id == report.run)
    })
}

fn kappa(pair: &ScannerPair) -> String {
    pair.kappa.map_or_else(|| "kappa -".to_owned(), |kappa| format!("kappa {kappa:.2}"))
}

/// The heading of the matrix, and on a narrow screen the agreement in a line. Returns the rows used.
fn title(report: &Report, pen: &mut Pen<'_>, area: Rect, narrow: bool) -> u16 {
    let matrix = &report.matrix;
    let x = pen.put(1, area.y, area.width, "Versions", Role::TitleFocused) + 2;
    let said = match matrix.apart {
        true => format!("{} of {} on which scanners differ", matrix.lines.len(), matrix.all),
        false => format!("{} · the generated code, and what each approach returns", matrix.all),
    };
    pen.put(x, area.y, area.right().saturating_sub(x + 1), &said, Role::Muted);
    let Some(pair) = pairs(report).next().filter(|_| narrow) else { return 1 };
    let said = format!(
        "both {} · only {} {} · only {} {} · neither {} · {}",
        pair.both.count,
        pair.first,
        pair.first_only.count,
        pair.second,
        pair.second_only.count,
        pair.neither.count,
        kappa(pair)
    );
    pen.put(1, area.y + 1, area.width.saturating_sub(2), &said, Role::Text);
    2
}

fn matrix(report: &Report, pen: &mut Pen<'_>, area: Rect) {
    let Some(counted) = &report.counted else { return };
    let matrix = &report.matrix;
    let names = &matrix.scanners;
    let scanner = ((area.width.saturating_sub(40)) / names.len() as u16).clamp(10, 24);
    let approach = area.width.saturating_sub(scanner * names.len() as u16 + 13).max(20);
    let scanner_x = |index: usize| approach + 12 + scanner * index as u16;
    pen.put(1, area.y, 10, "item", Role::Muted);
    pen.put(approach, area.y, 11, "code", Role::Muted);
    for (index, name) in names.iter().enumerate() {
        let x = scanner_x(index);
        if x < area.right() {
            pen.put(x, area.y, (scanner - 1).min(area.right() - x), name, Role::Title);
        }
    }
    let list = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    if matrix.lines.is_empty() {
        let words = match matrix.apart {
            true => "The scanners agree on all of it (f: all again).",
            false => "Nothing has come to its end yet.",
        };
        paragraph(pen, list, words);
    }
    let top = first_row(matrix.cursor, matrix.lines.len(), list.height as usize);
    for (index, at) in matrix.lines.iter().enumerate().skip(top).take(list.height as usize) {
        let y = list.y + (index - top) as u16;
        if index == matrix.cursor {
            pen.select(Rect::new(list.x, y, list.width, 1), true);
        }
        let Some(row) = counted.row(*at) else { continue };
        let id = clip_middle(&row.item, approach as usize - 2, pen.signs().ellipsis);
        let again = index > top && counted.row(matrix.lines[index - 1]).is_some_and(|before| before.item == row.item);
        pen.put(1, y, approach - 1, &id, if again { Role::Muted } else { Role::Text });
        pen.put(approach, y, 11, code_name(row), Role::Text);
        let Some(facts) = row.facts(report.mode()) else { continue };
        for index in 0..names.len() {
            let x = scanner_x(index);
            let room = (scanner - 1).min(area.right().saturating_sub(x));
            let Some((verdict, counts)) = opinion(facts, index, names) else {
                pen.put(x, y, room.min(1), pen.signs().idle, Role::Muted);
                continue;
            };
            let (sign, role) = words::verdict(pen.signs(), verdict);
            let end = pen.put(x, y, room.min(1), sign, role) + 1;
            pen.put(end, y, room.saturating_sub(2), &cwes(counts), Role::Muted);
        }
    }
}

fn code_name(row: &Row) -> &'static str {
    if row.stream.approach == ApproachId::Generate { "generated" } else { row.stream.approach.as_str() }
}

/// Each pair of scanners: who flags what, and by CWE.
fn agreement(report: &Report, pen: &mut Pen<'_>, area: Rect) {
    let mut y = area.y;
    let x = area.x + 1;
    for pair in pairs(report) {
        if y + 4 > area.bottom() {
            return;
        }
        let end = pen.put(x, y, area.width - 2, &format!("{} and {}", pair.first, pair.second), Role::Title);
        let alike = crate::metrics::Share {
            count: pair.both.count + pair.neither.count,
            of: pair.both.of,
            evidence: Vec::new(),
        };
        let said = format!("{} · {} alike of {}", kappa(pair), percent(&alike), alike.of);
        pen.put_right(area.right() - 1, y, area.right().saturating_sub(end + 3), &said, Role::Text);
        y += 1;
        let ends = [26, 39, 52].map(|end| area.x + end);
        let heads = ["both".to_owned(), format!("only {}", pair.first), format!("only {}", pair.second)];
        for (end, head) in ends.iter().zip(&heads) {
            pen.put_right(*end, y, 13, head, Role::Muted);
        }
        let mut line = |name: &str, counts: [u32; 3], role: Role| {
            y += 1;
            if y >= area.bottom() {
                return;
            }
            pen.put(x, y, 13, name, role);
            for ((end, count), of) in ends.iter().zip(counts).zip(0..) {
                let role = if of > 0 && count > 0 { Role::Warn } else { Role::Text };
                pen.put_right(*end, y, 10, &count.to_string(), role);
            }
        };
        line("vulnerable", [pair.both.count, pair.first_only.count, pair.second_only.count], Role::Text);
        for found in &pair.by_cwe {
            let counts = [found.both.count, found.first_only.count, found.second_only.count];
            line(&cwe(found.cwe), counts, Role::Muted);
        }
        y += 2;
    }
}

/// The rules that each scanner names in the code under the cursor.
fn rules(report: &Report, pen: &mut Pen<'_>, area: Rect) {
    let Some(row) = report.matrix.current().and_then(|at| report.counted.as_ref()?.row(at)) else { return };
    let Some(scans) = report.matrix.scans(row, report.mode()) else {
        pen.put(1, area.y, area.width - 2, "reading its findings…", Role::Muted);
        return;
    };
    let names = scans.iter().map(|scan| columns(&scan.scanner.to_string())).max().unwrap_or(0).min(24);
    for (at, scan) in scans.iter().enumerate().take(area.height as usize) {
        let y = area.y + at as u16;
        pen.put(1, y, names, &scan.scanner.to_string(), Role::Title);
        said(scan, pen, Rect::new(names + 3, y, area.width.saturating_sub(names + 4), 1));
    }
}

fn said(scan: &Scan, pen: &mut Pen<'_>, area: Rect) {
    if let Some(error) = &scan.error {
        pen.put(area.x, area.y, area.width, &format!("{} {}", pen.signs().invalid, error.message), Role::Warn);
        return;
    }
    if scan.findings.is_empty() {
        pen.put(area.x, area.y, area.width, "none", Role::Muted);
        return;
    }
    let mut x = area.x;
    for (at, one) in scan.findings.iter().enumerate() {
        let left = scan.findings.len() - at;
        let text = finding(one, pen.signs());
        let more = if left > 1 { format!("  +{}", left - 1) } else { String::new() };
        let room = area.right().saturating_sub(x);
        if at > 0 && columns(&text) + columns(&more) > room {
            pen.put(x, area.y, room, &format!("+{left}"), Role::Muted);
            return;
        }
        x = pen.put(x, area.y, room, &text, Role::Danger) + 3;
    }
}
