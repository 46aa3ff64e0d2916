//! The steps screen: items, timeline and the main pane, as many side by side as there is room for.

use ratatui::layout::Rect;

use super::items;
use super::main_pane;
use super::pen::{Pen, columns};
use super::strip;
use super::words;
use crate::tui::app::App;
use crate::tui::app::item::OpenItem;
pub use crate::tui::app::layout::first_row;
use crate::tui::app::layout::{self, panes};
use crate::tui::app::list::ItemList;
use crate::tui::app::model::{Pane, Tab};
use crate::tui::app::searching::{Search, Target};
use crate::tui::app::tested::Told;
use crate::tui::app::timeline::{Mark, Node, TimelineLine};
use crate::tui::style::Role;
use crate::tui::widgets::found;

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let panes = panes(app);
    if let Some(area) = panes.tabs {
        tabs(app, pen, area);
    }
    for (x, area) in panes.lines.into_iter().zip([panes.items.or(panes.steps), panes.steps]) {
        if let (Some(x), Some(area)) = (x, area) {
            pen.vertical(x, area.y, area.height);
        }
    }
    if let Some(area) = panes.items {
        items::pane(app, pen, area, app.pane == Pane::Items, panes.tabs.is_none());
    }
    if let Some(area) = panes.steps {
        timeline(app, pen, area, panes.tabs.is_none());
    }
    if let Some(area) = panes.main {
        main_pane::draw(app, pen, area, panes.tabs.is_none());
    }
    strip::draw(app, pen, panes.strip);
}

/// The strip of panes on a narrow screen, with what is compared at its right end.
fn tabs(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let here = layout::tab_of(app.pane, app.effective_tab());
    let mut x = area.x;
    for (index, (at, name)) in layout::tabs(app).into_iter().enumerate() {
        let (text, role) = match index == here {
            true => (format!("[{name}]"), Role::TitleFocused),
            false => (format!(" {name} "), Role::Muted),
        };
        x = pen.put(area.x + at, area.y, area.width, &text, role) + 1;
    }
    let Some(item) = &app.item else { return };
    let target = if app.pane == Pane::Steps { Target::Steps } else { Target::Main };
    let search = app.search_in(target).filter(|search| app.pane != Pane::Items && !search.query.is_empty());
    if let Some(search) = search {
        let (title, room) = (search.title(), (area.right() - 1).saturating_sub(x));
        let words = if columns(&title) <= room { title } else { search.words() };
        pen.put_right(area.right() - 1, area.y, room, &words, Role::Accent);
        return;
    }
    let mut titles = vec![item.title()];
    if let Some((of, base)) = item.compared_with().filter(|_| app.effective_tab() == Tab::Diff) {
        titles.insert(0, format!("{} : {}", item.title(), item.name_of(of, base.step)));
        if let Some(hides) = app.diff_style.hides() {
            // That something is hidden must be seen; what, where there is room.
            titles.insert(0, format!("{} · {hides}", titles[0]));
            titles.insert(1, format!("{} · {hides}", item.title()));
            titles.insert(2, format!("{} {}", item.title(), pen.signs().near));
            titles.truncate(3);
        }
    }
    let room = (area.right() - 1).saturating_sub(x);
    let title = titles.iter().find(|title| columns(title) <= room).or(titles.last());
    if let Some(title) = title {
        pen.put_right(area.right() - 1, area.y, room, title, Role::Text);
    }
}

fn timeline(app: &App, pen: &mut Pen<'_>, area: Rect, titled: bool) {
    let focused = app.pane == Pane::Steps;
    let mut area = area;
    if titled {
        let role = if focused { Role::TitleFocused } else { Role::Title };
        let x = pen.put(area.x + 1, area.y, area.width, "Steps", role);
        let search = app.search_in(Target::Steps).filter(|search| !search.query.is_empty());
        if let Some(search) = search {
            pen.put_right(area.right() - 1, area.y, area.right().saturating_sub(x + 2), &search.words(), Role::Accent);
        } else if let (Some(list), Some(item)) = (&app.list, &app.item)
            && list.several_approaches()
        {
            pen.put(x + 2, area.y, area.right().saturating_sub(x + 3), item.stream.approach.as_str(), Role::Muted);
        }
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    let Some(item) = &app.item else {
        pen.put(area.x + 1, area.y, area.width.saturating_sub(2), "loading…", Role::Muted);
        return;
    };
    if item.several_approaches() {
        approaches(item, pen, area);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    if let Some(list) = app.list.as_ref().filter(|list| list.several_samples()) {
        samples(list, item, pen, area);
        area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    }
    if item.lines.is_empty() {
        let words =
            if item.replay.entries().is_empty() { "nothing has happened yet" } else { "before the first event" };
        pen.put(area.x + 1, area.y, area.width.saturating_sub(2), words, Role::Muted);
        return;
    }
    let top = first_row(item.cursor, item.lines.len(), area.height as usize);
    for (row, (index, line)) in item.lines.iter().enumerate().skip(top).take(area.height as usize).enumerate() {
        let area = Rect::new(area.x, area.y + row as u16, area.width, 1);
        if index == item.cursor {
            pen.select(area, focused);
        }
        timeline_line(app, pen, area, line);
        if let Some(search) = app.search_in(Target::Steps) {
            let here = search.hits.all.get(search.at).is_some_and(|hit| hit.line == index);
            found_on(pen, area, search, here);
        }
    }
}

/// Marks what a search finds on a row as it is drawn.
pub(super) fn found_on(pen: &mut Pen<'_>, area: Rect, search: &Search, here: bool) {
    let Some(pattern) = &search.pattern else { return };
    let (mut text, mut places) = (String::new(), Vec::new());
    for x in area.left()..area.right() {
        let symbol = pen.buf[(x, area.y)].symbol();
        places.extend(std::iter::repeat_n(x, symbol.len()));
        text.push_str(symbol);
    }
    for bytes in pattern.find(&text) {
        let (first, last) = (places[bytes.start], places[bytes.end - 1]);
        pen.buf.set_style(Rect::new(first, area.y, last - first + 1, 1), found(pen.theme, here));
    }
}

/// A tab for each approach with the signs of its outcome and of its test, as far as the replay has come; names where there is room.
fn approaches(item: &OpenItem, pen: &mut Pen<'_>, area: Rect) {
    let names = area.width >= 70;
    let mut x = area.x;
    for stream in &item.streams {
        let here = *stream == item.stream;
        let state = item.state.stream(*stream);
        let (sign, role) = match item.state.outcome(*stream, item.mode) {
            _ if state.is_some_and(|state| state.failed.is_some()) => (pen.signs().invalid, Role::Warn),
            outcome => words::verdict(pen.signs(), outcome.map(|outcome| outcome.verdict)),
        };
        let word = if names { stream.approach.as_str() } else { words::letter(stream.approach) };
        let title = if here { Role::TitleFocused } else { Role::Muted };
        x = pen.put(x, area.y, 1, if here { "[" } else { " " }, title);
        x = pen.put(x, area.y, 12, word, title) + u16::from(names);
        x = pen.put(x, area.y, 1, sign, role);
        let returned = state.filter(|state| state.stopped.is_some()).and(item.state.final_version(*stream, item.mode));
        if let Some(execution) = returned.and_then(|version| version.execution.as_ref()) {
            let (sign, role) = Told::by(execution).sign(pen.signs());
            x = pen.put(x, area.y, 1, sign, role);
        }
        x = pen.put(x, area.y, 1, if here { "]" } else { " " }, title) + 1;
    }
}

/// Which sample of the item this is, and a sign for each: what its test says of the approach shown, else its scanner.
fn samples(list: &ItemList, item: &OpenItem, pen: &mut Pen<'_>, area: Rect) {
    let (signs, approach) = (pen.signs(), item.stream.approach);
    let (here, count) = (item.stream.sample, list.samples());
    let lines = &list.lines[list.samples_of(&item.item.id)];
    let x = pen.put(area.x + 1, area.y, 20, &format!("sample {} of {count}", here + 1), Role::Muted) + 1;
    let room = u32::from(area.right().saturating_sub(x + 1));
    // Two columns for the brackets, and two for what is cut off at the ends.
    let shown = if count + 2 <= room { count } else { room.saturating_sub(4).max(1) };
    let first = here.saturating_sub(shown / 2).min(count.saturating_sub(shown));
    let mut x = if first > 0 { pen.put(x, area.y, 1, signs.ellipsis, Role::Muted) } else { x };
    for sample in first..(first + shown).min(count) {
        let line = lines.iter().find(|line| line.sample == sample);
        let (sign, role) = match line.and_then(|line| line.told(approach)) {
            Some(told) => told.sign(signs),
            None => {
                let (sign, role, _) = words::ending(signs, line.and_then(|line| line.row_of(approach)));
                (sign, role)
            }
        };
        if sample == here {
            x = pen.put(x, area.y, 1, "[", Role::TitleFocused);
            x = pen.put(x, area.y, 1, sign, role);
            x = pen.put(x, area.y, 1, "]", Role::TitleFocused);
        } else {
            x = pen.put(x, area.y, 1, sign, role);
        }
    }
    if first + shown < count {
        pen.put(x, area.y, 1, signs.ellipsis, Role::Muted);
    }
}

fn timeline_line(app: &App, pen: &mut Pen<'_>, area: Rect, line: &TimelineLine) {
    let (sign, role) = words::mark(pen.signs(), line.mark, app.spinner);
    let version = line.node.step().filter(|_| matches!(line.node, Node::Step(..)));
    let mut right = area.right().saturating_sub(1);
    if let (Some(item), Some(list), Some((stream, step))) = (&app.item, &app.list, version) {
        if list.book.is_flagged(&item.item.id, stream, step) {
            pen.put(right, area.y, 1, pen.signs().flagged, Role::Warn);
        }
        let label = list.book.settled(&item.item.id, stream, step);
        if let Some((letter, role)) = label.and_then(|label| words::label_sign(pen.signs(), label)) {
            right = pen.put_right(right, area.y, 1, letter, role).saturating_sub(1);
        }
    }
    let x = area.x + 1;
    let attempt = matches!(line.node, Node::Step(_, crate::core::ids::Step::Refine { .. }));
    if attempt {
        let x = x + 1 + u16::from(line.depth) * 2;
        let x = pen.put(x, area.y, 4, &line.head, Role::Text) + 1;
        let x = pen.put(x, area.y, 1, sign, role) + 1;
        let role = match line.mark {
            _ if line.caution => Role::Warn,
            Mark::Good | Mark::Bad => role,
            _ => Role::Text,
        };
        pen.put(x, area.y, right.saturating_sub(x), &line.tail, role);
        return;
    }
    let x = pen.put(x, area.y, 1, sign, role) + 1;
    let tail = columns(&line.tail).min(right.saturating_sub(x + 6));
    let tail_at = pen.put_right(right, area.y, tail, &line.tail, Role::Muted);
    let head =
        if matches!(line.node, Node::Solution(..)) && line.mark == Mark::Plain { Role::Muted } else { Role::Text };
    pen.put(x, area.y, tail_at.saturating_sub(x + 1), &line.head, head);
}
