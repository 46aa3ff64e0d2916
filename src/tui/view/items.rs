//! The list of items, as a screen of its own and as the left pane of the steps screen.

use ratatui::layout::Rect;

use super::chrome;
use super::items_table::{Columns, legend, tallies};
use super::pen::{Pen, clip_middle};
use super::steps::first_row;
use super::words;
use crate::core::ids::ApproachId;
use crate::tui::app::App;
use crate::tui::app::list::{ItemList, ListLine};
use crate::tui::app::order::Order;
use crate::tui::app::text::wrap;
use crate::tui::style::Role;

/// The left pane: id, verdicts before and after, CWE, label.
pub fn pane(app: &App, pen: &mut Pen<'_>, area: Rect, focused: bool, titled: bool) {
    let mut area = area;
    let several = app.list.as_ref().filter(|list| list.several_approaches());
    if titled || several.is_some() {
        let mut room = area;
        if let Some(list) = several {
            let left = cells_at(list, area);
            room.width = left.saturating_sub(area.x);
            for (at, approach) in list.approaches.iter().enumerate() {
                head(
                    list,
                    pen,
                    left + at as u16 * cell_width(list, area.width),
                    area.y,
                    *approach,
                    words::letter(*approach),
                );
            }
        }
        if titled {
            title(app, pen, room, focused);
        }
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    let Some(list) = &app.list else {
        pen.put(area.x + 1, area.y, area.width.saturating_sub(2), "loading…", Role::Muted);
        return;
    };
    if empty(list, pen, area, false) {
        return;
    }
    let top = first_row(list.cursor, list.visible.len(), area.height as usize);
    for row in 0..(area.height as usize).min(list.visible.len() - top) {
        let line = &list.lines[list.visible[top + row]];
        let at = Rect::new(area.x, area.y + row as u16, area.width, 1);
        if top + row == list.cursor {
            pen.select(at, focused);
        }
        short_line(list, pen, at, line);
    }
}

fn title(app: &App, pen: &mut Pen<'_>, area: Rect, focused: bool) {
    let role = if focused { Role::TitleFocused } else { Role::Title };
    let x = pen.put(area.x + 1, area.y, area.width, "Items", role) + 2;
    if let Some(list) = &app.list {
        pen.put(x, area.y, area.right().saturating_sub(x + 1), &said(list), Role::Muted);
    }
}

/// The head of an approach's column; the one that is looked at is marked.
pub(super) fn head(list: &ItemList, pen: &mut Pen<'_>, x: u16, y: u16, approach: ApproachId, word: &str) -> u16 {
    let here = approach == list.approach;
    pen.put(x, y, 16, word, if here { Role::TitleFocused } else { Role::Muted })
}

/// Columns of an approach in the narrow list: what the scanner says, what the test says, the label or the flag, and a
/// space. Where they leave too little for the items' names, the label stands in the place of what the test says, and at
/// last in the place of both.
fn cell_width(list: &ItemList, room: u16) -> u16 {
    let wanted: &[u16] = if list.tests.any() { &[4, 3] } else { &[3] };
    let fits = |each: &u16| list.approaches.len() as u16 * each + NAMES <= room;
    wanted.iter().copied().find(fits).unwrap_or(2)
}

/// Columns that the names keep, with the signs beside them.
const NAMES: u16 = 16;

/// Where the approaches' cells begin in the narrow list.
fn cells_at(list: &ItemList, area: Rect) -> u16 {
    (area.right() - 1).saturating_sub(list.approaches.len() as u16 * cell_width(list, area.width))
}

/// How many, of how many, found and ordered how.
fn said(list: &ItemList) -> String {
    let mut said = if list.query.is_empty() {
        format!("{}", list.lines.len())
    } else {
        format!("{} of {} · {}", list.visible.len(), list.lines.len(), list.query)
    };
    if list.order != Order::Dataset || list.reversed {
        let of = match list.order {
            order if order.asks_approach() && list.several_approaches() => format!(" of {}", list.approach),
            _ => String::new(),
        };
        let reversed = if list.reversed { ", reversed" } else { "" };
        said.push_str(&format!(" · by {}{of}{reversed}", list.order.as_str()));
    }
    said
}

/// `alone`: as the screen of its own, where esc clears the filter.
fn empty(list: &ItemList, pen: &mut Pen<'_>, area: Rect, alone: bool) -> bool {
    if !list.visible.is_empty() {
        return false;
    }
    let words = match () {
        () if list.lines.is_empty() => "this run has no items",
        () if alone => "nothing fits the filter; esc clears it",
        () => "nothing fits the filter; it is cleared among the items",
    };
    for (row, line) in wrap(words, area.width.saturating_sub(2) as usize).iter().enumerate() {
        pen.put(area.x + 1, area.y + row as u16, area.width.saturating_sub(2), line, Role::Muted);
    }
    true
}

/// The item's id; from the second sample on with its number.
pub(super) fn line_name(line: &ListLine) -> String {
    match line.sample {
        0 => line.item.id.clone(),
        sample => format!("{} #{}", line.item.id, sample + 1),
    }
}

fn short_line(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) {
    let y = at.y;
    let left =
        if list.several_approaches() { short_cells(list, pen, at, line) } else { short_outcome(list, pen, at, line) };
    let mut left = left.max(at.x + 4);
    if list.refines() {
        let (sign, role) = words::verdict(pen.signs(), line.row().and_then(|row| row.generated));
        pen.put(left - 2, y, 1, sign, role);
    } else {
        left += 1;
    }
    flagged(pen, line, at.right() - 1, y);
    let room = (left - 3).saturating_sub(at.x + 1);
    let name = clip_middle(&line_name(line), room as usize, pen.signs().ellipsis);
    pen.put(at.x + 1, y, room, &name, Role::Text);
}

/// That a version of the item, by any approach, is to be looked at again.
pub(super) fn flagged(pen: &mut Pen<'_>, line: &ListLine, x: u16, y: u16) {
    if line.cells.iter().any(|cell| cell.flagged) {
        pen.put(x, y, 1, pen.signs().flagged, Role::Warn);
    }
}

/// CWE, outcome and label of the one approach; returns where they begin.
fn short_outcome(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) -> u16 {
    let (y, right) = (at.y, at.right().saturating_sub(1));
    let row = line.row_of(list.approach);
    if let Some((letter, role)) = line.cell(list.approach).and_then(|cell| words::own(pen.signs(), cell)) {
        pen.put(right - 1, y, 1, letter, role);
    }
    let (sign, role, broken) = words::ending(pen.signs(), row.filter(|row| !row.failed));
    pen.put(right - 3, y, 1, sign, role);
    if let Some(told) = line.told(list.approach) {
        let (sign, role) = told.sign(pen.signs());
        pen.put(right - 2, y, 1, sign, role);
        if line.is_false_secure(list.approach) {
            pen.put(right - 4, y, 1, pen.signs().flag, Role::Danger);
        }
    } else if broken {
        pen.put(right - 2, y, 1, pen.signs().invalid, Role::Warn);
    }
    pen.put(right - 12, y, 8, &words::cwe(list.cwes(line)), Role::Muted);
    right - 12
}

/// A sign for every approach, beside it what its test says, then the label or what is wrong; returns where they begin.
fn short_cells(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) -> u16 {
    let (left, each) = (cells_at(list, at), cell_width(list, at.width));
    for (index, approach) in list.approaches.iter().enumerate() {
        let x = left + index as u16 * each;
        let Some(cell) = line.cell(*approach) else {
            pen.put(x, at.y, 1, pen.signs().idle, Role::Muted);
            continue;
        };
        let (sign, role, broken) = words::ending(pen.signs(), Some(&cell.row));
        let told = line.told(*approach).map(|told| told.sign(pen.signs()));
        let own = words::own(pen.signs(), cell);
        let wrong = match () {
            // Beside the test's sign the two say it already.
            () if cell.row.is_false_secure() => (each > 3).then_some((pen.signs().flag, Role::Danger)),
            () => broken.then_some((pen.signs().invalid, Role::Warn)),
        };
        let mut signs = vec![Some((sign, role))];
        match each {
            4 => signs.extend([told, own.or(wrong)]),
            3 => signs.push(own.or(told).or(wrong)),
            _ => signs = vec![own.or(Some((sign, role)))],
        }
        for (x, sign) in (x..).zip(signs) {
            if let Some((sign, role)) = sign {
                pen.put(x, at.y, 1, sign, role);
            }
        }
    }
    left
}

/// The screen of its own, with every column that has room and the prompt of the selected item below.
pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(list) = &app.list else {
        pen.put(1, body.y, body.width, "loading…", Role::Muted);
        return;
    };
    let preview = if body.height >= 16 { 5 } else { 0 };
    let table = Rect { height: body.height - preview, ..body };
    let columns = Columns::fit(list, table.width);
    let x = pen.put(1, table.y, table.width, "Items", Role::TitleFocused) + 2;
    let x = pen.put(x, table.y, table.width.saturating_sub(x + 1), &said(list), Role::Muted);
    if columns.is_short() {
        legend(list, pen, table, x + 2);
    }
    columns.head(list, pen, table.y + 1);
    let rows = Rect { y: table.y + 2, height: table.height.saturating_sub(2), ..table };
    if !empty(list, pen, rows, true) {
        let top = first_row(list.cursor, list.visible.len(), rows.height as usize);
        for row in 0..(rows.height as usize).min(list.visible.len() - top) {
            let at = Rect::new(rows.x, rows.y + row as u16, rows.width, 1);
            if top + row == list.cursor {
                pen.select(at, true);
            }
            columns.line(list, pen, at, &list.lines[list.visible[top + row]]);
        }
    }
    if preview > 0 {
        prompt(list, pen, Rect { y: table.bottom(), height: preview, ..body });
    }
}

fn prompt(list: &ItemList, pen: &mut Pen<'_>, area: Rect) {
    pen.horizontal(area.x, area.y, area.width);
    tallies(list, pen, area);
    let Some(line) = list.current() else { return };
    let mut text = wrap(
        &crate::core::escape::line(&line.item.prompt.replace('\n', " "), crate::core::escape::TAB),
        area.width.saturating_sub(2) as usize,
    );
    let room = area.height.saturating_sub(1) as usize;
    if text.len() > room
        && let Some(last) = text.get_mut(room - 1)
    {
        last.push_str(pen.signs().ellipsis);
    }
    for (row, text) in text.iter().take(room).enumerate() {
        pen.put(1, area.y + 1 + row as u16, area.width.saturating_sub(2), text, Role::Text);
    }
}
