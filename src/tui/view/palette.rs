//! The palette: commands, runs and items in one list, each line with the sign of its kind.

use ratatui::layout::Rect;
use unicode_segmentation::UnicodeSegmentation;

use super::chrome;
use super::pen::{Pen, columns};
use super::steps::first_row;
use super::window::{frame, window};
use super::words;
use crate::tui::app::App;
use crate::tui::app::command::{COMMANDS, Command};
use crate::tui::app::finder::{Found, Kind, Palette};
use crate::tui::app::keys::Keys;
use crate::tui::style::Role;

/// Columns of a name, before what is said of it.
const NAME: u16 = 19;
/// Columns of an item's CWEs and of how it ended.
const CWES: u16 = 16;
const OUTCOME: u16 = 11;

pub fn palette(app: &App, palette: &Palette, pen: &mut Pen<'_>) {
    let width = if app.size.0 >= 120 { 108 } else { 76 };
    let area = window(app, width, palette.shown().clamp(1, 14) as u16 + 1);
    frame(pen, area);
    let x = pen.put(area.x + 1, area.y, 1, ":", Role::Accent) + 1;
    let end = chrome::typed(pen, x, area.y, area.width.saturating_sub(3), &palette.input);
    let hint = match (palette.input.text().is_empty(), palette.shown() < palette.count()) {
        (true, _) => "> commands  @ items  # runs".to_owned(),
        (false, false) => format!("{} found", palette.count()),
        (false, true) => format!("{} found, the best {}", palette.count(), palette.shown()),
    };
    if end + columns(&hint) + 2 < area.right() {
        pen.put_right(area.right() - 1, area.y, 40, &hint, Role::Muted);
    }
    if palette.shown() == 0 {
        let words = match palette.input.text().chars().next() {
            Some('@') if app.list.is_none() => "no run is open: its items are found here once one is",
            _ => "no command, item or run is called that",
        };
        pen.put(area.x + 1, area.y + 1, area.width, words, Role::Muted);
    }
    let rows = area.height as usize - 1;
    let top = first_row(palette.cursor, palette.shown(), rows);
    for row in top..palette.shown().min(top + rows) {
        let at = Rect::new(area.x, area.y + 1 + (row - top) as u16, area.width, 1);
        if row == palette.cursor {
            pen.select(at, true);
        }
        let Some(found) = palette.line(row) else { continue };
        let letters = palette.letters(row);
        match found.kind {
            Kind::Command => command(app, &COMMANDS[found.at], &letters, at, pen),
            Kind::Run => run(app, found, &letters, at, pen),
            Kind::Item => item(app, found, &letters, at, pen),
        }
    }
}

fn command(app: &App, command: &Command, letters: &[Vec<usize>; 2], at: Rect, pen: &mut Pen<'_>) {
    let bar = command.bar(app);
    let role = if bar.is_some() { Role::Muted } else { Role::Text };
    pen.put(at.x + 1, at.y, 1, ":", Role::Muted);
    marked(pen, at.x + 3, at.y, NAME - 1, command.name, &letters[0], role);
    let (x, right) = (at.x + 3 + NAME, at.right() - 1);
    if let Some(bar) = bar {
        pen.put(x, at.y, right.saturating_sub(x), bar.reason(), Role::Muted);
        return;
    }
    let keys = app.keymap.first(command.id).map(Keys::to_string).unwrap_or_default();
    let left = pen.put_right(right, at.y, 10, &keys, Role::Accent).min(right - 6);
    let left = pen.put_right(left - 1, at.y, 12, command.group.word(), Role::Muted).min(left - 10);
    marked(pen, x, at.y, left.saturating_sub(x + 1), command.help, &letters[1], Role::Muted);
}

fn item(app: &App, found: Found<'_>, letters: &[Vec<usize>; 2], at: Rect, pen: &mut Pen<'_>) {
    let list = app.list.as_ref();
    let line = list.and_then(|list| list.lines.get(found.at)).filter(|line| line.item.id == found.title);
    let row = list.zip(line).and_then(|(list, line)| line.row_of(list.approach));
    let (sign, role, _) = words::ending(pen.signs(), row);
    pen.put(at.x + 1, at.y, 1, Kind::Item.prefix().encode_utf8(&mut [0; 4]), Role::Muted);
    pen.put(at.x + 3, at.y, 1, sign, role);
    // Columns of their own: nothing moves from line to line.
    let word = at.right().saturating_sub(OUTCOME);
    let cwe = word.saturating_sub(CWES + 1);
    marked(pen, at.x + 5, at.y, cwe.saturating_sub(at.x + 6), found.title, &letters[0], Role::Text);
    marked(pen, cwe, at.y, CWES, found.detail, &letters[1], Role::Muted);
    pen.put(word, at.y, OUTCOME - 1, row.map_or("waiting", words::outcome), Role::Muted);
}

fn run(app: &App, found: Found<'_>, letters: &[Vec<usize>; 2], at: Rect, pen: &mut Pen<'_>) {
    let open = app.list.as_ref().is_some_and(|list| list.info.id == found.title);
    pen.put(at.x + 1, at.y, 1, Kind::Run.prefix().encode_utf8(&mut [0; 4]), Role::Muted);
    let room = at.width.saturating_sub(5);
    let title = columns(found.title).clamp(NAME, (room / 2).max(NAME));
    marked(pen, at.x + 3, at.y, title, found.title, &letters[0], Role::Text);
    let x = at.x + 5 + title;
    let mut right = at.right() - 1;
    if open {
        right = pen.put_right(right, at.y, 4, "open", Role::Accent);
    }
    marked(pen, x, at.y, right.saturating_sub(x + 1), found.detail, &letters[1], Role::Muted);
}

/// A text with the letters at `marks` emphasised.
fn marked(pen: &mut Pen<'_>, x: u16, y: u16, max: u16, text: &str, marks: &[usize], role: Role) -> u16 {
    let mut spans: Vec<(Role, String)> = Vec::new();
    // What is cut is cut as one text; marks beyond the cut have no letter to stand on.
    let text = super::pen::clip(text, max as usize, pen.signs().ellipsis);
    for (at, grapheme) in text.graphemes(true).enumerate() {
        let role = if marks.contains(&at) { Role::Match } else { role };
        match spans.last_mut() {
            Some((last, text)) if *last == role => text.push_str(grapheme),
            _ => spans.push((role, grapheme.to_owned())),
        }
    }
    pen.spans(x, y, max, &spans)
}
