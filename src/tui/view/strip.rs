//! Findings and hints of the selected version, in a line or two that are always there.

use ratatui::layout::Rect;

use super::pen::{Pen, columns};
use crate::core::execution::TestResult;
use crate::core::hint::HintKind;
use crate::review::Hint;
use crate::review::findings::{Change, Compared};
use crate::tui::app::App;
use crate::tui::app::layout::is_single;
use crate::tui::app::pages::hint_role;
use crate::tui::app::test_page::summary;
use crate::tui::style::Role;

pub fn draw(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let Some(item) = &app.item else { return };
    let compared = item.compared_with().is_some();
    let findings: Vec<(Role, String)> = item.findings().iter().map(|one| finding(one, compared)).collect();
    let hint = |hint: &Hint| (hint_role(hint), hint.to_string());
    if is_single(app) {
        let hints: Vec<(Role, String)> = app.shown.hints.iter().map(hint).collect();
        single(pen, area, &hints, &findings, passed(app).as_ref());
        return;
    }
    // What the test says has a row of its own here.
    let others = app.shown.hints.iter().filter(|hint| hint.kind != HintKind::TestFails);
    let hints: Vec<(Role, String)> = others.map(hint).collect();
    let scanned = item.selected().is_some_and(|(_, version)| version.scan.is_some());
    let none = match (item.selected(), scanned) {
        (None, _) => "no version of the code on this line",
        (Some(_), true) => "none",
        (Some(_), false) => "not scanned yet",
    };
    row(pen, area, 0, "Findings", &findings, (Role::Muted, none));
    let none = if item.selected().is_some() { "none" } else { "" };
    row(pen, area, 1, "Hints", &hints, (Role::Muted, none));
    if area.height > 2 {
        row(pen, area, 2, "Test", &summary(item, pen.signs()), (Role::Muted, ""));
    }
}

/// That the test passes, where there is one line for everything.
fn passed(app: &App) -> Option<(Role, String)> {
    let item = app.item.as_ref()?;
    let execution = item.selected()?.1.execution.as_ref()?;
    let parts = summary(item, app.theme.signs);
    let words: Vec<&str> = parts.iter().map(|(_, text)| text.as_str()).collect();
    (execution.result == TestResult::Pass).then(|| (Role::Good, format!("test: {}", words.join(" · "))))
}

pub(super) fn row(pen: &mut Pen<'_>, area: Rect, row: u16, name: &str, notes: &[(Role, String)], none: (Role, &str)) {
    let y = area.y + row;
    if row >= area.height {
        return;
    }
    pen.put(area.x + 1, y, 9, name, Role::Title);
    let mut x = area.x + 11;
    let right = area.right().saturating_sub(1);
    if notes.is_empty() {
        pen.put(x, y, right.saturating_sub(x), none.1, none.0);
    }
    for (index, (role, text)) in notes.iter().enumerate() {
        let left = notes.len() - index;
        let more = if left > 1 { format!("  +{}", left - 1) } else { String::new() };
        let room = right.saturating_sub(x);
        if columns(text) + columns(&more) > room && index > 0 {
            pen.put(x, y, room, &format!("+{left}"), Role::Muted);
            return;
        }
        x = pen.put(x, y, room, text, *role) + 3;
    }
}

/// One line for all: hints first, for they are what the scanner is silent on; last that the test passes.
fn single(
    pen: &mut Pen<'_>,
    area: Rect,
    hints: &[(Role, String)],
    findings: &[(Role, String)],
    passed: Option<&(Role, String)>,
) {
    let notes: Vec<&(Role, String)> = hints.iter().chain(findings).chain(passed).collect();
    let Some(((role, text), rest)) = notes.split_first() else { return };
    let sign = if hints.is_empty() { "" } else { pen.signs().invalid };
    let mut x = area.x + 1;
    if !sign.is_empty() {
        x = pen.put(x, area.y, 1, sign, *role) + 1;
    }
    let right = area.right().saturating_sub(1);
    let count = if rest.is_empty() { String::new() } else { format!("1 of {}", notes.len()) };
    let end = pen.put_right(right, area.y, 10, &count, Role::Muted).saturating_sub(2);
    pen.put(x, area.y, end.saturating_sub(x), text, *role);
}

fn finding(one: &Compared, compared: bool) -> (Role, String) {
    let finding = &one.finding;
    let cwe = finding.cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
    let weight = match (finding.severity, finding.confidence) {
        (Some(severity), Some(confidence)) => format!(" {severity}/{confidence}"),
        _ => String::new(),
    };
    let change = if compared { format!(" {}", one.change.as_str()) } else { String::new() };
    let role = if one.change == Change::Gone { Role::Good } else { Role::Danger };
    (role, format!("{}{cwe}{weight} line {}{change}", finding.rule, finding.line))
}
