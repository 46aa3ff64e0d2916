//! The list of items, as a screen of its own and as the left pane of the steps screen.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, clip_middle};
use super::steps::first_row;
use super::words;
use crate::core::verdict::Verdict;
use crate::tui::app::App;
use crate::tui::app::list::{ItemList, ListLine, Order};
use crate::tui::app::text::wrap;
use crate::tui::app::timeline::version_name;
use crate::tui::style::Role;

/// The left pane: id, verdicts before and after, CWE, label.
pub fn pane(app: &App, pen: &mut Pen<'_>, area: Rect, focused: bool, titled: bool) {
    let mut area = area;
    if titled {
        title(app, pen, area, focused);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    let Some(list) = &app.list else {
        pen.put(area.x + 1, area.y, area.width.saturating_sub(2), "loading…", Role::Muted);
        return;
    };
    if empty(list, pen, area) {
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

/// How many, of how many, found and ordered how.
fn said(list: &ItemList) -> String {
    let mut said = if list.query.is_empty() {
        format!("{}", list.lines.len())
    } else {
        format!("{} of {} · {}", list.visible.len(), list.lines.len(), list.query)
    };
    if list.order != Order::Dataset || list.reversed {
        said.push_str(&format!(" · by {}{}", list.order.as_str(), if list.reversed { ", reversed" } else { "" }));
    }
    said
}

fn empty(list: &ItemList, pen: &mut Pen<'_>, area: Rect) -> bool {
    if !list.visible.is_empty() {
        return false;
    }
    let words = if list.lines.is_empty() { "this run has no items" } else { "nothing fits the filter; esc clears it" };
    for (row, line) in wrap(words, area.width.saturating_sub(2) as usize).iter().enumerate() {
        pen.put(area.x + 1, area.y + row as u16, area.width.saturating_sub(2), line, Role::Muted);
    }
    true
}

fn short_line(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) {
    let y = at.y;
    let right = at.right().saturating_sub(1);
    let row = line.row.as_ref();
    if let Some(label) = line.label {
        let (letter, role) = words::label(label);
        pen.put(right - 1, y, 1, letter, role);
    }
    let (sign, role) = words::verdict(pen.signs(), row.and_then(|row| row.verdict));
    // A fix that does not run is no fix to be glad of.
    let broken = row.is_some_and(|row| row.is_fix() && row.undefined > 0);
    let role = if broken { Role::Warn } else { role };
    pen.put(right - 3, y, 1, sign, role);
    if broken {
        pen.put(right - 2, y, 1, pen.signs().invalid, Role::Warn);
    }
    pen.put(right - 12, y, 8, &words::cwe(row), Role::Muted);
    let (sign, role) = words::verdict(pen.signs(), row.and_then(|row| row.generated));
    pen.put(right - 14, y, 1, sign, role);
    let room = (right - 15).saturating_sub(at.x + 1);
    let mut name = line.item.id.clone();
    if let Some(row) = row.filter(|_| list.several_approaches()) {
        name = format!("{name} {}", row.stream.approach);
    }
    let name = clip_middle(&name, room as usize, pen.signs().ellipsis);
    pen.put(at.x + 1, y, room, &name, Role::Text);
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
    let columns = Columns::fit(table.width);
    let x = pen.put(1, table.y, table.width, "Items", Role::TitleFocused) + 2;
    pen.put(x, table.y, table.width.saturating_sub(x + 1), &said(list), Role::Muted);
    columns.head(pen, table.y + 1);
    let rows = Rect { y: table.y + 2, height: table.height.saturating_sub(2), ..table };
    if !empty(list, pen, rows) {
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

/// Left edges of the columns; `None` where there is no room.
struct Columns {
    id: u16,
    area: Option<u16>,
    generated: u16,
    cwe: u16,
    outcome: u16,
    undefined: u16,
    calls: u16,
    label: u16,
    prompt: Option<u16>,
}

impl Columns {
    fn fit(width: u16) -> Self {
        let wide = width >= 110;
        let id = if wide { 30 } else { width.saturating_sub(56).clamp(14, 30) };
        let area = wide.then_some(id + 2);
        let generated = id + if wide { 14 } else { 2 };
        let cwe = generated + 13;
        let outcome = cwe + 9;
        let undefined = outcome + 16;
        let calls = undefined + 5;
        let label = calls + 6;
        Self { id, area, generated, cwe, outcome, undefined, calls, label, prompt: wide.then_some(label + 14) }
    }

    fn head(&self, pen: &mut Pen<'_>, y: u16) {
        let mut put = |x: u16, text: &str| pen.put(x, y, 30, text, Role::Muted);
        put(1, "item");
        if let Some(x) = self.area {
            put(x, "area");
        }
        put(self.generated, "generated");
        put(self.cwe, "CWE");
        put(self.outcome, "outcome");
        put(self.undefined, "undef");
        put(self.calls + 1, "calls");
        put(self.label + 1, if self.prompt.is_some() { "label" } else { "" });
        if let Some(x) = self.prompt {
            put(x, "prompt");
        }
    }

    fn line(&self, list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) {
        let (y, signs) = (at.y, pen.signs());
        let mut name = line.item.id.clone();
        if let Some(row) = line.row.as_ref().filter(|_| list.several_approaches()) {
            name = format!("{name} {}", row.stream.approach);
        }
        let name = clip_middle(&name, self.id as usize - 1, signs.ellipsis);
        pen.put(1, y, self.id, &name, Role::Text);
        if let (Some(x), Some(area)) = (self.area, &line.item.area) {
            pen.put(x, y, 11, area, Role::Muted);
        }
        if let Some(x) = self.prompt {
            let text = line.item.prompt.replace('\n', " ");
            pen.put(x, y, at.right().saturating_sub(x + 1), &text, Role::Muted);
        }
        let Some(row) = &line.row else {
            pen.put(self.generated, y, 12, "not begun", Role::Muted);
            return;
        };
        let (sign, role) = words::verdict(signs, row.generated);
        let x = pen.put(self.generated, y, 1, sign, role) + 1;
        pen.put(x, y, 10, row.generated.map_or("running", Verdict::as_str), role);
        pen.put(self.cwe, y, 8, &words::cwe(Some(row)), Role::Text);
        let (sign, role) = if row.failed { (signs.invalid, Role::Warn) } else { words::verdict(signs, row.verdict) };
        let x = pen.put(self.outcome, y, 1, sign, role) + 1;
        let by = row.final_step().map(|step| format!(" {}", version_name(step))).unwrap_or_default();
        pen.put(x, y, 14, &format!("{}{by}", words::outcome(row)), role);
        if row.undefined > 0 {
            pen.put_right(self.undefined + 5, y, 5, &row.undefined.to_string(), Role::Warn);
        }
        pen.put_right(self.calls + 6, y, 5, &row.calls.to_string(), Role::Text);
        if let Some(label) = line.label {
            let (letter, role) = words::label(label);
            let x = pen.put(self.label + 1, y, 1, letter, role) + 1;
            if self.prompt.is_some() {
                pen.put(x, y, 11, label.as_str(), role);
            }
        } else if line.is_fix() && self.prompt.is_some() {
            pen.put(self.label + 1, y, 12, "to label", Role::Muted);
        } else if line.is_fix() {
            pen.put(self.label + 1, y, 1, signs.idle, Role::Muted);
        }
    }
}
