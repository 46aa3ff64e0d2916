//! What lies over the screen: help and the choice of versions.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, columns};
use super::steps::first_row;
use super::window::{clear, frame, window};
use super::words;
use crate::core::verdict::judge;
use crate::tui::app::App;
use crate::tui::app::help::{HelpRow, Sheet};
use crate::tui::app::takeout::Take;
use crate::tui::app::timeline::undefined;
use crate::tui::style::Role;

/// The help over the whole body, so that nothing is squeezed.
pub fn help(app: &App, scroll: usize, find: &str, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    clear(pen, body);
    let sheet = Sheet::of(app, find);
    if sheet.rows.is_empty() {
        pen.put(body.x + 1, body.y, body.width, "no command says this; esc shows all again", Role::Muted);
    }
    let (height, shown) = (body.height as usize, sheet.shown());
    let top = scroll.min(sheet.last());
    for (at, row) in sheet.rows.iter().skip(top).take(shown).enumerate() {
        let x = body.x + if at >= height { sheet.width } else { 0 };
        draw(row, pen, x, body.y + (at % height) as u16, sheet.width);
    }
    if top < sheet.last() {
        let more = format!(" {} more below", sheet.last() - top);
        pen.put_right(body.right() - 1, body.bottom() - 1, 24, &more, Role::Muted);
    }
}

fn draw(row: &HelpRow, pen: &mut Pen<'_>, x: u16, y: u16, width: u16) {
    match row {
        HelpRow::Blank => {}
        HelpRow::Title(title) => {
            pen.put(x + 1, y, width, title, Role::Title);
        }
        HelpRow::Command(command, keys, bar) => {
            pen.put(x + 2, y, 14, keys, if bar.is_some() { Role::Muted } else { Role::Accent });
            let room = width.saturating_sub(18);
            let end = pen.put(x + 17, y, room, command.help, Role::Text) + 2;
            let left = (x + 17 + room).saturating_sub(end);
            let Some(reason) = bar.map(|bar| bar.reason()) else { return };
            // Before the colon stands what is missing.
            let brief = reason.split(':').next().unwrap_or(reason);
            if let Some(words) = [reason, brief].into_iter().find(|words| columns(words) <= left) {
                pen.put(end, y, left, words, Role::Muted);
            }
        }
        HelpRow::Note(word, what) => {
            pen.put(x + 2, y, 19, word, Role::Accent);
            pen.put(x + 22, y, width.saturating_sub(23), what, Role::Text);
        }
    }
}

/// The number under the report's cursor in words.
pub fn explain(app: &App, pen: &mut Pen<'_>) {
    let width = 92.min(chrome::inner(app).width.saturating_sub(6));
    let Some(page) = app.report.as_ref().and_then(|report| report.explained(width as usize - 2)) else { return };
    let area = window(app, width, page.lines.len() as u16);
    frame(pen, area);
    for (y, line) in (area.top()..area.bottom()).zip(&page.lines) {
        pen.spans(area.x + 1, y, area.width - 2, line);
    }
}

/// What can be copied, each with its letter.
pub fn copy(app: &App, pen: &mut Pen<'_>) {
    let area = window(app, 62, Take::EVERY.len() as u16 + 1);
    frame(pen, area);
    pen.put(area.x + 1, area.y, area.width - 2, "Copy", Role::TitleFocused);
    pen.put_right(area.right() - 1, area.y, 20, "esc leaves", Role::Muted);
    for (y, (letter, _, what)) in (area.y + 1..area.bottom()).zip(Take::EVERY) {
        pen.put(area.x + 2, y, 1, &letter.to_string(), Role::Accent);
        pen.put(area.x + 5, y, area.width.saturating_sub(6), what, Role::Text);
    }
}

/// Which version the diff starts from.
pub fn versions(app: &App, cursor: usize, pen: &mut Pen<'_>) {
    let Some(item) = &app.item else { return };
    let versions = item.versions();
    let area = window(app, 60, versions.len().min(16) as u16 + 1);
    frame(pen, area);
    let title = format!("{} is compared with", item.title());
    let x = pen.put(area.x + 1, area.y, area.width - 2, &title, Role::TitleFocused);
    let hint = "enter chooses, esc leaves";
    if columns(hint) + 2 < area.right().saturating_sub(x) {
        pen.put_right(area.right() - 1, area.y, 30, hint, Role::Muted);
    }
    let rows = area.height as usize - 1;
    let top = first_row(cursor, versions.len(), rows);
    let names = if item.several_approaches() { 15 } else { 12 };
    for (row, (stream, version)) in versions.iter().enumerate().skip(top).take(rows) {
        let at = Rect::new(area.x, area.y + 1 + (row - top) as u16, area.width, 1);
        if row == cursor {
            pen.select(at, true);
        }
        let verdict = judge(item.mode, version);
        let (sign, role) = words::verdict(pen.signs(), verdict);
        pen.put(at.x + 2, at.y, names, &item.name_of(*stream, version.step), Role::Text);
        let x = pen.put(at.x + 3 + names, at.y, 1, sign, role) + 1;
        let found = version.scan.iter().flat_map(|scan| &scan.findings).map(|finding| finding.rule.as_str());
        let mut said = found.collect::<Vec<_>>().join(" ");
        if said.is_empty() {
            said = verdict.map_or("not scanned", |verdict| verdict.as_str()).to_owned();
        }
        let x = pen.put(x, at.y, 24, &said, role) + 2;
        let names = undefined(version);
        if names > 0 {
            let words = if names == 1 { "1 undefined name".to_owned() } else { format!("{names} undefined names") };
            pen.put(x, at.y, at.right().saturating_sub(x + 1), &words, Role::Warn);
        }
    }
}
