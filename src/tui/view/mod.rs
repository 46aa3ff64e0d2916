//! The views: one file per pane. They read the state and draw; they change nothing and load nothing.

mod adjudicate;
mod behind;
pub mod chrome;
mod form;
mod help;
mod items;
mod items_table;
mod lattice;
mod live;
pub mod main_pane;
mod palette;
pub mod pen;
pub mod reasons;
mod report;
mod runs;
mod scanners;
mod steps;
mod strip;
mod which_key;
mod window;
pub mod words;

use ratatui::buffer::Buffer;

use super::app::layout::SMALLEST;
use super::app::model::{Overlay, Screen};
use super::app::{App, command};
use super::style::Role;
use pen::Pen;

/// Draws the whole screen. The buffer's area is the terminal's.
pub fn draw(app: &App, buf: &mut Buffer) {
    let area = buf.area;
    buf.reset();
    let mut pen = Pen::new(buf, &app.theme);
    pen.ground(area, Role::Text);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&mut pen);
        return;
    }
    match app.screen {
        Screen::Runs => runs::draw(app, &mut pen),
        Screen::Items => items::draw(app, &mut pen),
        Screen::Steps => steps::draw(app, &mut pen),
        Screen::Live => live::draw(app, &mut pen),
        Screen::Form => form::draw(app, &mut pen),
        Screen::Report => report::draw(app, &mut pen),
        Screen::Scanners => scanners::draw(app, &mut pen),
        Screen::Adjudication => adjudicate::draw(app, &mut pen),
        Screen::Lattice => lattice::draw(app, &mut pen),
    }
    chrome::header(app, &mut pen);
    chrome::footer(app, &mut pen);
    match &app.overlay {
        Some(Overlay::Help { scroll, find, .. }) => help::help(app, *scroll, find.text(), &mut pen),
        Some(Overlay::Palette(found)) => palette::palette(app, found, &mut pen),
        Some(Overlay::Versions { cursor }) => help::versions(app, *cursor, &mut pen),
        Some(Overlay::Explain) => help::explain(app, &mut pen),
        Some(Overlay::Copy) => help::copy(app, &mut pen),
        Some(Overlay::Say(panel, _)) => reasons::draw(panel, &app.guideline, &app.theme, area, pen.buf),
        None if !app.pending.is_empty() => which_key::which_key(app, &mut pen),
        _ => {}
    }
}

/// One row of words in the place of the footer, with keys at its right end.
pub fn caption(app: &App, buf: &mut Buffer, words: &str, keys: &str) {
    let y = buf.area.bottom().saturating_sub(1);
    let row = ratatui::layout::Rect { y, height: 1, ..buf.area }.intersection(buf.area);
    for position in row.positions() {
        buf[position].reset();
    }
    let mut pen = Pen::new(buf, &app.theme);
    pen.ground(row, Role::Text);
    let playing = app.item.as_ref().is_some_and(|item| item.replay.playing);
    let sign = if playing { app.theme.signs.play } else { app.theme.signs.pause };
    let x = pen.put(1, y, 2, sign, Role::Accent) + 1;
    let end = pen.put(x, y, row.width.saturating_sub(x + 1), words, Role::TitleFocused);
    let room = row.right().saturating_sub(end + 3);
    if !keys.is_empty() && pen::columns(keys) <= room {
        pen.put_right(row.right() - 1, y, room, keys, Role::Muted);
    }
}

fn too_small(pen: &mut Pen<'_>) {
    let area = pen.buf.area;
    let (width, height) = SMALLEST;
    let text = format!("this terminal is {} x {}; fdsp needs {width} x {height}", area.width, area.height);
    for (row, line) in super::app::text::wrap(&text, area.width.max(1) as usize).iter().enumerate() {
        pen.put(0, row as u16, area.width, line, Role::Warn);
    }
}

/// What the footer says, for tests and for whoever documents it.
pub fn footer_words(app: &App) -> Vec<(String, &'static str)> {
    command::footer(app)
}
