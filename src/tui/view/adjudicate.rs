//! Adjudication: the versions in dispute, what was said of the one under the cursor, and its diff.

use ratatui::layout::Rect;

use super::main_pane;
use super::pen::{Pen, clip_middle, columns};
use super::report::paragraph;
use super::steps::first_row;
use super::words;
use crate::core::label::Standing;
use crate::review::adjudication::{Case, Said};
use crate::tui::app::App;
use crate::tui::app::adjudicate::{Adjudication, Which, name, panel};
use crate::tui::app::layout::{Bench, bench};
use crate::tui::style::Role;

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let Some(open) = &app.adjudication else { return };
    let Bench { list, labels, main, line } = bench(app);
    let title = format!("{} · {}", open.shown.len(), open.which.words());
    let x = pen.put(list.x + 1, list.y, list.width, "Versions", Role::TitleFocused) + 2;
    pen.put(x, list.y, list.right().saturating_sub(x + 1), &title, Role::Muted);
    let rows = Rect { y: list.y + 1, height: list.height.saturating_sub(1), ..list };
    match (&open.trouble, &open.cases) {
        (Some(trouble), _) => {
            let words = format!("{} the labels could not be read: {trouble}", pen.signs().danger);
            pen.put(rows.x + 1, rows.y, rows.width.saturating_sub(2), &words, Role::Danger);
        }
        (None, None) => {
            pen.put(rows.x + 1, rows.y, rows.width.saturating_sub(2), "reading…", Role::Muted);
        }
        (None, Some(_)) if open.shown.is_empty() => paragraph(pen, rows, nothing(open)),
        _ => versions(open, pen, rows),
    }
    if let Some(x) = line {
        pen.vertical(x, list.y, list.height);
    } else {
        pen.horizontal(0, labels.y.saturating_sub(1), app.size.0);
    }
    let Some(case) = open.current() else { return };
    let room = labels.width.saturating_sub(2);
    let all = panel(case, room as usize);
    for (row, text) in (0..labels.height).zip(&all) {
        pen.spans(labels.x + 1, labels.y + row, room, text);
    }
    let hidden = all.len().saturating_sub(labels.height as usize);
    if hidden > 0 {
        let words = format!(" +{hidden} more, tab ");
        pen.put_right(labels.right() - 1, labels.bottom().saturating_sub(1), room, &words, Role::Accent);
    }
    if open.whole {
        return;
    }
    pen.horizontal(main.x, main.y.saturating_sub(1), main.width);
    if let Some(x) = line {
        pen.cell(x, main.y.saturating_sub(1), pen.signs().tee_right);
    }
    if app.shows_case() {
        main_pane::draw(app, pen, main, true);
    } else {
        let words = if app.is_loading() { "loading…" } else { "the code that was labelled is not in this store" };
        pen.put(main.x + 1, main.y, main.width.saturating_sub(2), words, Role::Muted);
    }
}

/// What would fill the list.
fn nothing(open: &Adjudication) -> &'static str {
    match open.which {
        _ if open.cases.as_ref().is_some_and(Vec::is_empty) => {
            "No version has labels of two annotators yet. `fdsp labels import FILE` brings in what others labelled."
        }
        Which::Waiting => "Nothing waits: the annotators agree, or it is settled (f: all with two labels).",
        Which::All => "No version has labels of two annotators (f: adjudicated).",
        Which::Settled => "Nothing is adjudicated yet (f: waiting).",
    }
}

fn versions(open: &Adjudication, pen: &mut Pen<'_>, area: Rect) {
    let Some(cases) = &open.cases else { return };
    let top = first_row(open.cursor, open.shown.len(), area.height as usize);
    let labels = open.shown.iter().map(|at| opinions(&cases[*at]).count()).max().unwrap_or(0).min(MOST);
    for (row, (index, at)) in open.shown.iter().enumerate().skip(top).take(area.height as usize).enumerate() {
        let y = area.y + row as u16;
        if index == open.cursor {
            pen.select(Rect::new(area.x, y, area.width, 1), true);
        }
        version(&cases[*at], pen, Rect::new(area.x, y, area.width, 1), labels as u16);
    }
}

/// Labels shown as letters at most.
const MOST: usize = 6;

fn opinions(case: &Case) -> impl Iterator<Item = &Said> {
    case.labels.iter().filter(|said| !said.adjudicates)
}

/// Item and version at the left; at the right the labels as letters, what they come to, and how far they agree.
fn version(case: &Case, pen: &mut Pen<'_>, area: Rect, labels: u16) {
    let mut right = area.right().saturating_sub(1);
    let agreement = case.agreement().map_or_else(|| "-".to_owned(), |part| format!("{:.0} %", part * 100.0));
    pen.put_right(right, area.y, 5, &agreement, Role::Muted);
    right = right.saturating_sub(6);
    let standing = match case.standing {
        Standing::Adjudicated(verdict) => Some(words::label(verdict)),
        _ => None,
    };
    if let Some((letter, role)) = standing {
        right = pen.put_right(right, area.y, 1, letter, role);
        right = pen.put_right(right.saturating_sub(1), area.y, 1, pen.signs().crumb, Role::Muted);
    } else {
        right = right.saturating_sub(3);
    }
    right = right.saturating_sub(1 + labels);
    for (x, said) in (right..).zip(opinions(case).take(MOST)) {
        let (letter, role) = said.verdict.map_or(("-", Role::Muted), words::label);
        pen.put(x, area.y, 1, letter, role);
    }
    let version = name(case);
    let room = right.saturating_sub(area.x + 2);
    let wide = columns(&version).min(room / 2 + 4);
    let at = pen.put_right(right.saturating_sub(1), area.y, wide, &version, Role::Muted);
    let item = clip_middle(&case.item, at.saturating_sub(area.x + 2) as usize, pen.signs().ellipsis);
    pen.put(area.x + 1, area.y, at.saturating_sub(area.x + 2), &item, Role::Text);
}

/// The header's right side.
pub fn header(app: &App) -> Vec<(Role, String)> {
    let Some(open) = &app.adjudication else { return Vec::new() };
    let waiting = open.count(Which::Waiting);
    let role = if waiting > 0 { Role::Warn } else { Role::Text };
    vec![
        (role, format!("{waiting} {}", if waiting == 1 { "waits" } else { "wait" })),
        (Role::Text, format!("{} adjudicated", open.count(Which::Settled))),
        (Role::Text, format!("{} with two labels", open.count(Which::All))),
    ]
}
