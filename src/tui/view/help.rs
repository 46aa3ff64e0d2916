//! What lies over the screen: help, palette, choice of versions. All of it from the table of commands.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, columns};
use super::steps::first_row;
use super::words;
use crate::core::verdict::judge;
use crate::tui::app::App;
use crate::tui::app::command::{COMMANDS, Command, Group};
use crate::tui::app::input::Input;
use crate::tui::app::layout::{is_single, panes};
use crate::tui::app::model::Screen;
use crate::tui::app::palette;
use crate::tui::app::takeout::Take;
use crate::tui::app::tested::Told;
use crate::tui::app::timeline::undefined;
use crate::tui::style::Role;

/// Every command that can be given here, under its heading; the whole body, so that nothing is squeezed.
pub fn help(app: &App, scroll: usize, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    clear(pen, body);
    let groups: Vec<(&str, Vec<&Command>)> = Group::EVERY
        .into_iter()
        .map(|group| {
            let of = |command: &&Command| command.group == group && (command.when)(app);
            (group.title(), COMMANDS.iter().filter(of).collect())
        })
        .filter(|(_, commands): &(_, Vec<&Command>)| !commands.is_empty())
        .collect();
    let height = body.height as usize;
    let tested = app.list.as_ref().is_some_and(|list| list.tests.any());
    let notes = match app.screen {
        Screen::Items | Screen::Steps if tested => {
            let numbers = ("Numbers of the header", header_numbers());
            vec![("Words of the filter", filter_words()), ("Signs of tests", signs(pen)), numbers]
        }
        Screen::Items | Screen::Steps => {
            vec![("Words of the filter", filter_words()), ("Numbers of the header", header_numbers())]
        }
        _ => Vec::new(),
    };
    let sections = groups
        .into_iter()
        .map(|(title, commands)| (title, commands.into_iter().map(HelpRow::Command).collect::<Vec<_>>()))
        .chain(notes);
    let sections: Vec<(&str, Vec<HelpRow<'_>>)> = sections.collect();
    let all: usize = sections.iter().map(|(_, rows)| rows.len() + 2).sum();
    let (columns, width) = if body.width >= 150 && all > height { (2, body.width / 2) } else { (1, body.width) };
    let mut rows: Vec<HelpRow<'_>> = Vec::new();
    for (title, section) in sections {
        // A section that the column cuts begins in the next one, where it fits there.
        let left = height - rows.len() % height;
        if columns > 1 && section.len() + 1 > left && section.len() < height {
            rows.resize(rows.len() + left, HelpRow::Blank);
        } else if !rows.len().is_multiple_of(height) {
            rows.push(HelpRow::Blank);
        }
        rows.push(HelpRow::Title(title));
        rows.extend(section);
    }
    let top = scroll.min(rows.len().saturating_sub(height * columns));
    for (at, row) in rows.iter().skip(top).take(height * columns).enumerate() {
        let x = body.x + if at >= height { width } else { 0 };
        let y = body.y + (at % height) as u16;
        match row {
            HelpRow::Blank => {}
            HelpRow::Title(title) => {
                pen.put(x + 1, y, width, title, Role::Title);
            }
            HelpRow::Command(command) => {
                pen.put(x + 2, y, 14, &command.keys.join(" "), Role::Accent);
                pen.put(x + 17, y, width.saturating_sub(18), command.help, Role::Text);
            }
            HelpRow::Note(word, what) => {
                pen.put(x + 2, y, 19, word, Role::Accent);
                pen.put(x + 22, y, width.saturating_sub(23), what, Role::Text);
            }
        }
    }
    if top + height * columns < rows.len() {
        let more = format!("{} more below", rows.len() - top - height * columns);
        pen.put_right(body.right() - 1, body.bottom() - 1, 20, &more, Role::Muted);
    }
}

#[derive(Clone)]
enum HelpRow<'a> {
    Blank,
    Title(&'a str),
    Command(&'a Command),
    Note(&'static str, &'static str),
}

fn filter_words<'a>() -> Vec<HelpRow<'a>> {
    FILTER_WORDS.iter().map(|(word, what)| HelpRow::Note(word, what)).collect()
}

/// What stands at the right of the header, in the words of the metrics.
fn header_numbers<'a>() -> Vec<HelpRow<'a>> {
    let words = crate::metrics::words::HEADER_LABELLED;
    vec![HelpRow::Note("12 of 24 labelled", words.what), HelpRow::Note("R 7  U 4  ? 1", words.formula)]
}

fn signs<'a>(pen: &Pen<'_>) -> Vec<HelpRow<'a>> {
    let signs = pen.signs();
    let each = Told::EVERY.into_iter().map(|told| HelpRow::Note(told.sign(signs).0, told.sentence()));
    each.chain([HelpRow::Note(signs.flag, "false-secure: the scanner is silent and the test fails")]).collect()
}

/// What can be written into the filter.
const FILTER_WORDS: &[(&str, &str)] = &[
    ("sql row", "id, area or prompt hold every word"),
    ("cwe-89  cwe", "findings or item of this CWE; any CWE"),
    ("vulnerable secure", "as generated; also: invalid"),
    ("fixed unfixed", "by any approach; also: failed running done pending"),
    ("labelled unlabelled", "fixes; also: realistic unrealistic unsure skipped"),
    ("flagged", "a version is to be looked at again"),
    ("undefined", "final code uses names that it never defines"),
    ("hinted hollow", "any hint or one kind; empty, cut off, silenced, stub"),
    ("pass fail", "what the test says; also: error timeout killed refused"),
    ("security functional", "fails on an assertion of this kind"),
    ("false-secure", "the scanner is silent and the test fails"),
    ("tested nopass", "has a result of a test; has one other than pass"),
    ("!fixed", "what the word does not hold for"),
    ("direct:fixed", "one approach, any of the words above"),
    ("approach:direct", "every word asks this approach, L keeps to it"),
];

pub fn palette(app: &App, input: &Input, cursor: usize, pen: &mut Pen<'_>) {
    let found = palette::palette(app, input.text());
    let area = window(app, 76, found.len().clamp(1, 14) as u16 + 1);
    frame(pen, area);
    let x = pen.put(area.x + 1, area.y, 1, ":", Role::Accent) + 1;
    chrome::typed(pen, x, area.y, area.width.saturating_sub(3), input);
    if found.is_empty() {
        pen.put(area.x + 1, area.y + 1, area.width, "no command is called that here", Role::Muted);
    }
    let rows = area.height as usize - 1;
    let top = first_row(cursor, found.len(), rows);
    for (row, command) in found.iter().enumerate().skip(top).take(rows) {
        let at = Rect::new(area.x, area.y + 1 + (row - top) as u16, area.width, 1);
        if row == cursor {
            pen.select(at, true);
        }
        let keys = command.keys.first().copied().unwrap_or_default();
        let right = at.right() - 1;
        let left = pen.put_right(right, at.y, 10, keys, Role::Accent);
        pen.put(at.x + 1, at.y, 18, command.name, Role::Text);
        pen.put(at.x + 20, at.y, left.saturating_sub(at.x + 22), command.help, Role::Muted);
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

/// A window at the foot of the body, where the eye is for keys anyway.
fn window(app: &App, width: u16, height: u16) -> Rect {
    let body = chrome::inner(app);
    let width = width.min(body.width.saturating_sub(4));
    let height = height.min(body.height.saturating_sub(2));
    // What the selected version is known for stays in sight below the window.
    let foot = if app.screen == Screen::Steps && !is_single(app) { panes(app).strip.height + 1 } else { 0 };
    let bottom = body.bottom() - foot.min(body.height - height - 1);
    Rect::new((body.width - width) / 2, bottom - height, width, height)
}

/// Space round a window instead of a box; one rule above parts it from what lies below.
fn frame(pen: &mut Pen<'_>, area: Rect) {
    let outer = Rect::new(area.x.saturating_sub(2), area.y.saturating_sub(1), area.width + 4, area.height + 1);
    clear(pen, outer.intersection(pen.buf.area));
    pen.horizontal(outer.x, outer.y, outer.width);
    for x in [outer.x, outer.right() - 1] {
        pen.vertical(x, area.y, area.height);
    }
}

fn clear(pen: &mut Pen<'_>, area: Rect) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = pen.buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
    pen.ground(area, Role::Text);
}
