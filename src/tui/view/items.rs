//! The list of items, as a screen of its own and as the left pane of the steps screen.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, clip_middle, columns};
use super::steps::first_row;
use super::words;
use crate::core::ids::ApproachId;
use crate::core::verdict::Verdict;
use crate::tui::app::App;
use crate::tui::app::list::{Cell, ItemList, ListLine, Order};
use crate::tui::app::text::wrap;
use crate::tui::app::timeline::version_name;
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
                head(list, pen, left + at as u16 * 2, area.y, *approach, words::letter(*approach));
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

/// The head of an approach's column; the one that is looked at is marked.
fn head(list: &ItemList, pen: &mut Pen<'_>, x: u16, y: u16, approach: ApproachId, word: &str) -> u16 {
    let here = approach == list.approach;
    pen.put(x, y, 12, word, if here { Role::TitleFocused } else { Role::Muted })
}

/// Where the approaches' cells of two columns each begin in the narrow list.
fn cells_at(list: &ItemList, area: Rect) -> u16 {
    (area.right() - 1).saturating_sub(list.approaches.len() as u16 * 2)
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
            Order::Outcome | Order::Label if list.several_approaches() => format!(" of {}", list.approach),
            _ => String::new(),
        };
        let reversed = if list.reversed { ", reversed" } else { "" };
        said.push_str(&format!(" · by {}{of}{reversed}", list.order.as_str()));
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

/// The item's id; from the second sample on with its number.
fn line_name(line: &ListLine) -> String {
    match line.sample {
        0 => line.item.id.clone(),
        sample => format!("{} #{}", line.item.id, sample + 1),
    }
}

fn short_line(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) {
    let y = at.y;
    let left =
        if list.several_approaches() { short_cells(list, pen, at, line) } else { short_outcome(list, pen, at, line) };
    let (sign, role) = words::verdict(pen.signs(), line.row().and_then(|row| row.generated));
    pen.put(left - 2, y, 1, sign, role);
    let room = (left - 3).saturating_sub(at.x + 1);
    let name = clip_middle(&line_name(line), room as usize, pen.signs().ellipsis);
    pen.put(at.x + 1, y, room, &name, Role::Text);
}

/// CWE, outcome and label of the one approach; returns where they begin.
fn short_outcome(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) -> u16 {
    let (y, right) = (at.y, at.right().saturating_sub(1));
    let row = line.row_of(list.approach);
    if let Some(label) = line.cell(list.approach).and_then(|cell| cell.label) {
        let (letter, role) = words::label(label);
        pen.put(right - 1, y, 1, letter, role);
    }
    let (sign, role, broken) = words::ending(pen.signs(), row.filter(|row| !row.failed));
    pen.put(right - 3, y, 1, sign, role);
    if broken {
        pen.put(right - 2, y, 1, pen.signs().invalid, Role::Warn);
    }
    pen.put(right - 12, y, 8, &words::cwe(row), Role::Muted);
    right - 12
}

/// A sign for every approach, beside it the label or that the fix does not run; returns where they begin.
fn short_cells(list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) -> u16 {
    let left = cells_at(list, at);
    for (index, approach) in list.approaches.iter().enumerate() {
        let x = left + index as u16 * 2;
        let Some(cell) = line.cell(*approach) else {
            pen.put(x, at.y, 1, pen.signs().idle, Role::Muted);
            continue;
        };
        let (sign, role, broken) = words::ending(pen.signs(), Some(&cell.row));
        pen.put(x, at.y, 1, sign, role);
        if let Some(label) = cell.label {
            let (letter, role) = words::label(label);
            pen.put(x + 1, at.y, 1, letter, role);
        } else if broken {
            pen.put(x + 1, at.y, 1, pen.signs().invalid, Role::Warn);
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
    if columns.each == SHORT {
        legend(list, pen, table, x + 2);
    }
    columns.head(list, pen, table.y + 1);
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

/// What the letters stand for, where there is room.
fn legend(list: &ItemList, pen: &mut Pen<'_>, table: Rect, from: u16) {
    let names: Vec<String> = list.approaches.iter().map(|id| format!("{} {id}", words::letter(*id))).collect();
    let text = names.join("  ");
    let room = table.right().saturating_sub(from + 1);
    if list.several_approaches() && columns(&text) <= room {
        pen.put_right(table.right() - 1, table.y, room, &text, Role::Muted);
    }
}

/// Columns of an approach's cell: a sign, what is wrong with the fix, the label; with more room also a word.
const SHORT: u16 = 4;
const LONG: u16 = 13;

/// Left edges of the columns; `None` where there is no room. Where the run has several approaches, `each` is the
/// width of their cells, which stand from `outcome` on.
struct Columns {
    id: u16,
    area: Option<u16>,
    generated: u16,
    cwe: u16,
    outcome: u16,
    each: u16,
    undefined: u16,
    calls: u16,
    label: u16,
    prompt: Option<u16>,
}

impl Columns {
    fn fit(list: &ItemList, width: u16) -> Self {
        let count = list.approaches.len() as u16;
        let several = list.several_approaches();
        let each = if !several {
            0
        } else if 84 + count * LONG <= width {
            LONG
        } else {
            SHORT
        };
        let wide = width >= 110;
        let others = if several { 32 + count * each } else { 56 };
        let id = if wide { 30 } else { width.saturating_sub(others).clamp(14, 30) };
        let area = wide.then_some(id + 2);
        let generated = id + if wide { 14 } else { 2 };
        let cwe = generated + 13;
        let outcome = cwe + 9;
        if several {
            let calls = outcome + count * each;
            let prompt = (calls + 24 <= width).then_some(calls + 9);
            return Self { id, area, generated, cwe, outcome, each, undefined: 0, calls, label: 0, prompt };
        }
        let undefined = outcome + 16;
        let calls = undefined + 5;
        let label = calls + 6;
        Self { id, area, generated, cwe, outcome, each, undefined, calls, label, prompt: wide.then_some(label + 14) }
    }

    fn head(&self, list: &ItemList, pen: &mut Pen<'_>, y: u16) {
        for (at, approach) in list.approaches.iter().enumerate().filter(|_| self.each > 0) {
            let x = self.outcome + at as u16 * self.each;
            let word = if self.each == SHORT { words::letter(*approach) } else { approach.as_str() };
            let end = head(list, pen, x, y, *approach, word);
            if *approach == list.approach {
                pen.put(end, y, 1, pen.signs().down, Role::Accent);
            }
        }
        let mut put = |x: u16, text: &str| pen.put(x, y, 30, text, Role::Muted);
        put(1, "item");
        if let Some(x) = self.area {
            put(x, "area");
        }
        put(self.generated, "generated");
        put(self.cwe, "CWE");
        put(self.calls + 1, "calls");
        if self.each == 0 {
            put(self.outcome, "outcome");
            put(self.undefined, "undef");
            put(self.label + 1, if self.prompt.is_some() { "label" } else { "" });
        }
        if let Some(x) = self.prompt {
            put(x, "prompt");
        }
    }

    fn line(&self, list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) {
        let (y, signs) = (at.y, pen.signs());
        let name = clip_middle(&line_name(line), self.id as usize - 1, signs.ellipsis);
        pen.put(1, y, self.id, &name, Role::Text);
        if let (Some(x), Some(area)) = (self.area, &line.item.area) {
            pen.put(x, y, 11, area, Role::Muted);
        }
        if let Some(x) = self.prompt {
            let text = line.item.prompt.replace('\n', " ");
            pen.put(x, y, at.right().saturating_sub(x + 1), &text, Role::Muted);
        }
        let Some(row) = line.row() else {
            pen.put(self.generated, y, 12, "not begun", Role::Muted);
            return;
        };
        let (sign, role) = words::verdict(signs, row.generated);
        let x = pen.put(self.generated, y, 1, sign, role) + 1;
        pen.put(x, y, 10, row.generated.map_or("running", Verdict::as_str), role);
        pen.put(self.cwe, y, 8, &words::cwe(Some(row)), Role::Text);
        pen.put_right(self.calls + 6, y, 5, &line.calls().to_string(), Role::Text);
        if self.each == 0 {
            self.outcome(list, pen, y, line);
        } else {
            for (index, approach) in list.approaches.iter().enumerate() {
                self.cell(pen, self.outcome + index as u16 * self.each, y, line.cell(*approach));
            }
        }
    }

    /// The one approach: outcome, undefined names and label.
    fn outcome(&self, list: &ItemList, pen: &mut Pen<'_>, y: u16, line: &ListLine) {
        let signs = pen.signs();
        let Some(row) = line.row_of(list.approach) else { return };
        let (sign, role) = if row.failed { (signs.invalid, Role::Warn) } else { words::verdict(signs, row.verdict) };
        let x = pen.put(self.outcome, y, 1, sign, role) + 1;
        let by = row.final_step().map(|step| format!(" {}", version_name(step))).unwrap_or_default();
        pen.put(x, y, 14, &format!("{}{by}", words::outcome(row)), role);
        if row.undefined > 0 {
            pen.put_right(self.undefined + 5, y, 5, &row.undefined.to_string(), Role::Warn);
        }
        let Some(cell) = line.cell(list.approach) else { return };
        if let Some(label) = cell.label {
            let (letter, role) = words::label(label);
            let x = pen.put(self.label + 1, y, 1, letter, role) + 1;
            if self.prompt.is_some() {
                pen.put(x, y, 11, label.as_str(), role);
            }
        } else if row.is_fix() && self.prompt.is_some() {
            pen.put(self.label + 1, y, 12, "to label", Role::Muted);
        } else if row.is_fix() {
            pen.put(self.label + 1, y, 1, signs.idle, Role::Muted);
        }
    }

    /// One approach among several: sign, word where there is room, `!` on a fix that does not run, label.
    fn cell(&self, pen: &mut Pen<'_>, x: u16, y: u16, cell: Option<&Cell>) {
        let signs = pen.signs();
        let Some(cell) = cell else {
            pen.put(x, y, 1, signs.idle, Role::Muted);
            return;
        };
        let (sign, role, broken) = words::ending(signs, Some(&cell.row));
        let mut x = pen.put(x, y, 1, sign, role);
        if self.each == LONG {
            x = pen.put(x + 1, y, 10, words::outcome(&cell.row), role) + 1;
        }
        if broken {
            x = pen.put(x, y, 1, signs.invalid, Role::Warn);
        }
        if let Some(label) = cell.label {
            let (letter, role) = words::label(label);
            pen.put(x, y, 1, letter, role);
        } else if cell.row.is_fix() && (self.each == LONG || !broken) {
            pen.put(x, y, 1, signs.idle, Role::Muted);
        }
    }
}
