//! The live board: what every slot of the run is doing.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, clip_middle, columns};
use super::steps::first_row;
use super::words;
use crate::core::ids::{ApproachId, Step};
use crate::runner::update::{Doing, SlotState};
use crate::tui::app::App;
use crate::tui::app::live::Live;
use crate::tui::app::timeline::version_name;
use crate::tui::style::Role;

/// The header's right side on this screen.
pub fn header(app: &App) -> Vec<(Role, String)> {
    let Some(live) = &app.live else { return Vec::new() };
    let mut parts = vec![
        (Role::Text, if live.slots.len() == 1 { "1 slot".to_owned() } else { format!("{} slots", live.slots.len()) }),
        (Role::Text, format!("{} of {} items", live.totals.done, live.items)),
    ];
    if let Some(left) = live.seconds_left() {
        parts.push((Role::Text, format!("{} left", span(left))));
    }
    let (role, word) = match () {
        () if live.finished.is_some() => (Role::Good, "over"),
        () if live.stopping => (Role::Warn, "stopping"),
        () if live.paused => (Role::Warn, "paused"),
        () => (Role::Accent, "running"),
    };
    parts.push((role, word.to_owned()));
    parts
}

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(live) = &app.live else {
        pen.put(1, body.y, body.width, "No run is working. n starts one.", Role::Muted);
        return;
    };
    let rows = Rect { height: body.height.saturating_sub(2), ..body };
    let top = first_row(live.cursor, live.slots.len(), rows.height as usize);
    for (row, slot) in live.slots.iter().enumerate().skip(top).take(rows.height as usize) {
        let at = Rect::new(rows.x, rows.y + (row - top) as u16, rows.width, 1);
        if row == live.cursor {
            pen.select(at, true);
        }
        line(app, live, pen, at, row, slot);
    }
    if live.slots.is_empty() {
        let words = if live.finished.is_some() { "The run is over." } else { "The run is about to begin…" };
        pen.put(1, rows.y, rows.width, words, Role::Muted);
    }
    totals(live, pen, Rect { y: rows.bottom(), height: 2, ..body });
}

fn line(app: &App, live: &Live, pen: &mut Pen<'_>, at: Rect, slot: usize, state: &SlotState) {
    let (y, signs) = (at.y, pen.signs());
    pen.put_right(4, y, 3, &(slot + 1).to_string(), Role::Muted);
    let SlotState::Busy { item, stream, step, doing } = state else {
        let said = if live.finished.is_some() { "done" } else { "idle" };
        pen.put(6, y, 20, said, Role::Muted);
        return;
    };
    let wide = at.width >= 110;
    let id_width = if wide { 30 } else { 18 };
    let id = clip_middle(item, id_width, signs.ellipsis);
    pen.put(6, y, id_width as u16, &id, Role::Text);
    let x = 6 + id_width as u16 + 1;
    let step_words = match step {
        Step::Refine { .. } => version_name(*step),
        other => other.to_string(),
    };
    let generation = stream.approach == ApproachId::Generate;
    let several = live.info.as_ref().is_some_and(|info| info.settings.approaches.len() > 1);
    let what = match (wide, several) {
        _ if generation => step_words,
        (true, _) => format!("{} {step_words}", stream.approach),
        (false, true) => format!("{} {step_words}", words::letter(stream.approach)),
        (false, false) => step_words,
    };
    let what_width = if wide { 20 } else { 10 };
    pen.put(x, y, what_width, &what, Role::Accent);
    let x = x + what_width + 1;
    let room = at.right().saturating_sub(x + 3);
    let spin = signs.spinner[app.spinner.wrapping_add(slot) % signs.spinner.len()];
    let (sign, role, text) = match doing {
        Doing::Waiting { since } => {
            let seconds = app.wall.duration_since(*since).as_secs_f64().max(0.0);
            (spin, Role::Muted, format!("waiting for the first token {seconds:.1} s"))
        }
        Doing::Receiving { tokens, tail } => {
            let x = pen.put(x, y, 1, spin, Role::Accent) + 1;
            pen.put_right(x + 9, y, 9, &format!("{tokens} tok"), Role::Text);
            let x = x + 11;
            let tail = last_columns(tail, at.right().saturating_sub(x + 1));
            pen.put(x, y, at.right().saturating_sub(x + 1), &tail, Role::Muted);
            return;
        }
        Doing::Retrying { until, attempt, of, reason } => {
            let seconds = until.duration_since(app.wall).as_secs_f64().ceil().max(0.0);
            (signs.invalid, Role::Warn, format!("{reason}, again in {seconds:.0} s (try {attempt} of {of})"))
        }
        Doing::Scanning => (spin, Role::Accent, "scanning".to_owned()),
        Doing::Testing => (spin, Role::Accent, "testing".to_owned()),
        Doing::Paused => (signs.pause, Role::Warn, "paused".to_owned()),
    };
    let x = pen.put(x, y, 1, sign, role) + 1;
    pen.put(x, y, room, &text, role);
}

/// The end of the last line that holds anything: what is being written right now.
fn last_columns(tail: &str, width: u16) -> String {
    let line = tail.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("");
    let line = crate::core::escape::line(line.trim_start(), crate::core::escape::TAB);
    let mut start = 0;
    while super::pen::columns(&line[start..]) > width {
        start += line[start..].chars().next().map_or(1, char::len_utf8);
    }
    line[start..].to_owned()
}

fn totals(live: &Live, pen: &mut Pen<'_>, area: Rect) {
    pen.horizontal(area.x, area.y, area.width);
    let totals = live.totals;
    let y = area.y + 1;
    let mut x = 1;
    for (name, value, role) in [
        ("items done", format!("{} of {}", totals.done, live.items), Role::Text),
        ("vulnerable", totals.vulnerable.to_string(), Role::Danger),
        ("fixed", totals.fixed.to_string(), Role::Good),
        ("answered", totals.calls.to_string(), Role::Text),
        ("failed", totals.failed.to_string(), if totals.failed > 0 { Role::Warn } else { Role::Text }),
    ] {
        x = pen.put(x, y, area.width.saturating_sub(x), name, Role::Muted) + 1;
        x = pen.put(x, y, area.width.saturating_sub(x), &value, role) + 3;
    }
    let right = area.right().saturating_sub(1);
    for words in spent(live) {
        if x + columns(&words) <= right {
            pen.put_right(right, y, right - x, &words, Role::Text);
            break;
        }
    }
}

/// Tokens and price of this sitting, the longest wording first.
fn spent(live: &Live) -> Vec<String> {
    let spent = live.spent;
    if spent.answers == 0 {
        return Vec::new();
    }
    if spent.untold == spent.answers {
        return vec!["no usage reported".to_owned()];
    }
    let untold = if spent.untold > 0 { format!(" ({} answers without usage)", spent.untold) } else { String::new() };
    let price = live.prices.map(|prices| format!("price {:.2}", spent.price(prices)));
    let tokens = format!("{} tokens in, {} out{untold}", thousands(spent.input), thousands(spent.output));
    let all = [Some(tokens), price.clone()].into_iter().flatten().collect::<Vec<_>>().join("   ");
    let brief = format!("{} tok", thousands(spent.input + spent.output));
    [Some(all), price, Some(brief)].into_iter().flatten().collect()
}

fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A stretch of time in its two largest units.
fn span(seconds: f64) -> String {
    let seconds = seconds.round().min(1e9) as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, _) => format!("{m} min"),
        (h, m, _) => format!("{h} h {m:02} min"),
    }
}
