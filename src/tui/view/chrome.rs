//! Header and footer: where am I, what judges; what can I do here.

use ratatui::layout::Rect;

use super::pen::{Pen, columns};
use super::words;
use crate::core::event::Event;
use crate::core::settings::RunInfo;
use crate::tui::app::input::Input;
use crate::tui::app::item::OpenItem;
use crate::tui::app::layout::{bench, body, is_single, panes};
use crate::tui::app::list::ItemList;
use crate::tui::app::model::{Overlay, Screen};
use crate::tui::app::{App, command};
use crate::tui::style::{Role, Signs};

pub fn header(app: &App, pen: &mut Pen<'_>) {
    let width = app.size.0;
    let right = right_side(app);
    let room = width.saturating_sub(2);
    let least = crumbs(app).last().map_or(0, |last| columns(last)) + 4;
    let shown = fit(&right, room.saturating_sub(least.min(room / 2)));
    let mut at = width.saturating_sub(1);
    for (role, text) in shown.iter().rev() {
        at = pen.put_right(at, 0, room, text, *role);
    }
    left_side(app, pen, at.saturating_sub(2));
    let help = matches!(app.overlay, Some(Overlay::Help { .. }));
    let rule = if app.screen == Screen::Steps && is_single(app) && !help { 2 } else { 1 };
    pen.horizontal(0, rule, width);
    if app.screen == Screen::Steps && !help {
        let signs = pen.signs();
        for x in panes(app).lines.into_iter().flatten() {
            pen.cell(x, rule, signs.tee_down);
        }
    }
    if let Some(x) = beside(app).filter(|_| !help) {
        pen.cell(x, rule, pen.signs().tee_down);
    }
}

/// The line between the versions and their labels.
fn beside(app: &App) -> Option<u16> {
    (app.screen == Screen::Adjudication).then(|| bench(app).line)?
}

fn left_side(app: &App, pen: &mut Pen<'_>, end: u16) {
    let crumbs = crumbs(app);
    let crumb = format!(" {} ", pen.signs().crumb);
    let total: u16 = crumbs.iter().map(|text| columns(text) + 3).sum();
    // Where not all of it fits, the last part says where one is.
    let skip = if total > end {
        crumbs.len().saturating_sub(2).max(usize::from(crumbs.len() > 1 && total > end + 8))
    } else {
        0
    };
    let mut x = 1;
    for (index, text) in crumbs.iter().enumerate().skip(skip.min(crumbs.len().saturating_sub(1))) {
        if x > 1 {
            x = pen.put(x, 0, end.saturating_sub(x), &crumb, Role::Muted);
        }
        let role = if index + 1 == crumbs.len() { Role::Title } else { Role::Text };
        x = pen.put(x, 0, end.saturating_sub(x), text, role);
    }
}

fn crumbs(app: &App) -> Vec<String> {
    let run = |info: &RunInfo| vec![info.dataset.clone(), info.model.name.clone(), approaches(info)];
    let sample = |list: &ItemList, item: &OpenItem| {
        let number = item.stream.sample + 1;
        list.several_samples().then(|| format!("sample {number} of {}", list.samples()))
    };
    let single = is_single(app);
    match app.screen {
        Screen::Runs => vec!["fdsp".to_owned(), "runs".to_owned()],
        Screen::Form => vec!["fdsp".to_owned(), "new run".to_owned()],
        Screen::Report | Screen::Scanners => super::report::crumbs(app),
        Screen::Adjudication => {
            let list = app.list.as_ref();
            let about = list.map(|list| vec![list.info.dataset.clone(), list.info.model.name.clone()]);
            about.unwrap_or_default().into_iter().chain(["adjudication".to_owned()]).collect()
        }
        Screen::Live => match app.live.as_ref().and_then(|live| live.info.as_ref()) {
            Some(info) => run(info),
            None => vec!["fdsp".to_owned(), "board".to_owned()],
        },
        Screen::Lattice => match (&app.list, &app.item) {
            (Some(list), Some(item)) => [list.info.dataset.clone(), item.item.id.clone()]
                .into_iter()
                .chain(sample(list, item))
                .chain(["lattice".to_owned()])
                .collect(),
            _ => vec!["fdsp".to_owned(), "lattice".to_owned()],
        },
        Screen::Items | Screen::Steps => match (&app.list, &app.item) {
            (None, _) => {
                vec!["fdsp".to_owned(), if app.trouble.is_some() { "no store" } else { "opening…" }.to_owned()]
            }
            (Some(list), Some(item)) if single && app.screen == Screen::Steps => {
                let approach = item.several_approaches().then(|| item.stream.approach.to_string());
                let sample = sample(list, item);
                [list.info.dataset.clone(), item.item.id.clone()].into_iter().chain(approach).chain(sample).collect()
            }
            (Some(list), Some(item)) if app.screen == Screen::Steps => {
                run(&list.info).into_iter().chain(sample(list, item)).collect()
            }
            (Some(list), _) => run(&list.info),
        },
    }
}

fn approaches(info: &RunInfo) -> String {
    let settings = &info.settings;
    let temperature = settings.sampling.temperature.map(|t| format!(" T{t}")).unwrap_or_default();
    format!("{}{}{temperature}", words::approaches(settings), settings.tries())
}

/// The right side, most important last: what does not fit is left out from the front.
fn right_side(app: &App) -> Vec<(Role, String)> {
    let mut parts = Vec::new();
    if let Some(live) = app.live.as_ref().filter(|live| live.working() && app.screen != Screen::Live) {
        let mark = if live.paused { app.theme.signs.pause } else { app.theme.signs.play };
        parts.push((Role::Accent, format!("{mark} run {} of {}", live.totals.done, live.items)));
    }
    if app.screen == Screen::Live {
        return super::live::header(app);
    }
    if app.screen == Screen::Adjudication {
        parts.extend(super::adjudicate::header(app));
        return parts;
    }
    if matches!(app.screen, Screen::Report | Screen::Scanners) {
        parts.extend(super::report::header(app));
        return parts;
    }
    let Some(list) =
        app.list.as_ref().filter(|_| matches!(app.screen, Screen::Items | Screen::Steps | Screen::Lattice))
    else {
        return parts;
    };
    if list.info.recorded {
        parts.push((Role::Accent, format!("recorded {}", words::day(list.info.started))));
    }
    if app.screen == Screen::Steps && app.sizes.zoom && !is_single(app) {
        parts.push((Role::Accent, "zoom".to_owned()));
    }
    if let Some(from) = &list.info.settings.from {
        parts.push((Role::Muted, format!("code of {from}")));
    }
    if !list.info.settings.templates.is_empty() {
        parts.push((Role::Accent, words::own_templates(&list.info.settings)));
    }
    parts.push((Role::Text, format!("{} · {}", scanner(app, &list.info), list.info.settings.verdict)));
    let counts = list.counts;
    if is_single(app) {
        parts.push((Role::Text, format!("{}/{}", counts.all(), list.fixes)));
    } else {
        parts.push((Role::Text, format!("{} of {} labelled", counts.all(), list.fixes)));
        let all = [
            ("R", Role::Good, counts.realistic),
            ("U", Role::Danger, counts.unrealistic),
            ("?", Role::Warn, counts.unsure),
        ];
        for (sign, role, count) in all {
            parts.push((role, format!("{sign} {count}")));
        }
    }
    // What an annotator put aside, where there is any.
    let aside =
        [(app.theme.signs.skip, Role::Muted, counts.skipped), (app.theme.signs.flagged, Role::Warn, counts.flagged)];
    for (sign, role, count) in aside.into_iter().filter(|(.., count)| *count > 0) {
        parts.push((role, format!("{sign} {count}")));
    }
    if let Some(item) = app.item.as_ref().filter(|_| matches!(app.screen, Screen::Steps | Screen::Lattice))
        && (item.replay.playing || !item.replay.at_end())
    {
        let sign = if item.replay.playing { app.theme.signs.play } else { app.theme.signs.pause };
        let speed = format!("{:.2}", item.replay.speed()).trim_end_matches('0').trim_end_matches('.').to_owned();
        let place =
            format!("{sign} {}/{} {speed}{}", item.replay.pos(), item.replay.entries().len(), app.theme.signs.times);
        parts.push((Role::Accent, place));
    }
    parts
}

/// The scanner that really ran, with its version, where it is known.
fn scanner(app: &App, info: &RunInfo) -> String {
    let item = app.item.as_ref().filter(|item| item.run == info.id);
    let scanned = item.into_iter().flat_map(|item| item.replay.entries()).find_map(|entry| match &entry.event {
        Event::Scanned(scanned) => Some(&scanned.scan),
        _ => None,
    });
    scanned.map_or_else(|| info.settings.scanner.clone(), |scan| scan.scanner.to_string())
}

fn fit(parts: &[(Role, String)], room: u16) -> Vec<(Role, String)> {
    let mut kept: Vec<(Role, String)> = Vec::new();
    let mut used = 0;
    for (role, text) in parts.iter().rev() {
        // Labels stand close together, everything else is parted by a dot.
        let close = text.starts_with("U ") || text.starts_with("? ");
        let gap = match (kept.is_empty(), close) {
            (true, _) => "",
            (false, true) => "  ",
            (false, false) if kept.last().is_some_and(|(_, next)| next.starts_with("U ")) => "  ",
            (false, false) => " · ",
        };
        let wide = columns(text) + columns(gap);
        if used + wide > room {
            break;
        }
        used += wide;
        if !gap.is_empty() {
            kept.push((Role::Muted, gap.to_owned()));
        }
        kept.push((*role, text.clone()));
    }
    kept.reverse();
    kept
}

pub fn footer(app: &App, pen: &mut Pen<'_>) {
    let (width, height) = app.size;
    let y = height.saturating_sub(1);
    let help = matches!(app.overlay, Some(Overlay::Help { .. }));
    let single_steps = app.screen == Screen::Steps && is_single(app) && !help;
    let rule = if single_steps { height.saturating_sub(3) } else { height.saturating_sub(2) };
    pen.horizontal(0, rule, width);
    if app.screen == Screen::Steps && !single_steps && !help {
        joints(app, pen, rule);
    }
    if let Some(x) = beside(app).filter(|_| !help) {
        pen.cell(x, rule, pen.signs().tee_up);
    }
    let from = toast(app, pen, rule);
    label_target(app, pen, rule, from);
    match &app.overlay {
        Some(Overlay::Find(input)) => {
            let several = app.list.as_ref().is_some_and(|list| list.several_approaches());
            let tested = app.list.as_ref().is_some_and(|list| list.tests.any());
            let hint = match (several, tested) {
                (true, false) => {
                    "words: fixed unlabelled undefined cwe-89 !fixed direct:fixed approach:direct".to_owned()
                }
                (false, false) => "words: vulnerable fixed unlabelled undefined cwe-89 !fixed".to_owned(),
                (_, true) => {
                    let name = app.list.as_ref().map_or("fdsp", |list| list.approach.as_str());
                    format!("words: pass security functional error false-secure !pass {name}:pass fixed cwe-89")
                }
            };
            line(pen, y, width, "find", input, &hint);
        }
        Some(Overlay::Why { input, verdict }) => {
            line(pen, y, width, &format!("{verdict}, why"), input, "enter decides, esc does not");
        }
        Some(Overlay::Search(input)) => {
            let words = app.search.as_ref().map(|search| search.words()).unwrap_or_default();
            line(pen, y, width, "search", input, &words);
        }
        Some(Overlay::Bulk(bulk)) => {
            let (question, keys) = (bulk.question(), bulk.keys());
            let wide: u16 = keys.iter().map(|(keys, word)| columns(keys) + columns(word) + 3).sum();
            let one = columns(&question) + wide + 4 <= width;
            let above = if one { y } else { y.saturating_sub(1) };
            pen.put(0, above, width, &" ".repeat(width as usize), Role::Text);
            let x = pen.put(1, above, width - 2, &question, Role::Warn);
            let x = if one { x + 3 } else { 1 };
            keys.into_iter().fold(x, |x, (keys, word)| key(pen, x, y, &(keys.to_owned(), &word)) + 2);
        }
        Some(Overlay::Seek(input)) => line(pen, y, width, "seek to %", input, "0 to 100"),
        Some(Overlay::Confirm(id)) => {
            let what = match id {
                command::Cmd::Quit => "a run is working: stop it and leave? what is answered is kept",
                _ => "stop the run? what is answered is kept, resume goes on from there",
            };
            let x = pen.put(1, y, width - 2, what, Role::Warn);
            pen.put(x + 3, y, width.saturating_sub(x + 4), "y yes   esc no", Role::Accent);
        }
        Some(Overlay::Explain) => {
            let all = [("h j k l", "another number"), ("?", "every key"), ("esc", "close")];
            all.into_iter().fold(1, |x, (keys, word)| key(pen, x, y, &(keys.to_owned(), word)) + 3);
        }
        Some(Overlay::Help { .. }) => {
            let all = [("j k", "scroll"), (":", "commands"), ("esc", "close")];
            all.into_iter().fold(1, |x, (keys, word)| key(pen, x, y, &(keys.to_owned(), word)) + 3);
        }
        _ => keys(app, pen, y),
    }
}

fn joints(app: &App, pen: &mut Pen<'_>, rule: u16) {
    let signs = pen.signs();
    let panes = panes(app);
    let [first, second] = panes.lines;
    let up = |pen: &mut Pen<'_>, x: u16| pen.cell(x, rule, signs.tee_up);
    if let Some(x) = first.filter(|x| panes.strip_rule.x > *x) {
        up(pen, x);
    }
    let y = panes.strip_rule.y;
    pen.horizontal(panes.strip_rule.x, y, panes.strip_rule.width);
    if let Some(x) = first {
        let sign = if panes.strip_rule.x > x { signs.tee_right } else { signs.tee_up };
        pen.cell(x, y, sign);
    }
    if let Some(x) = second {
        pen.cell(x, y, signs.tee_up);
    }
}

fn saving(app: &App) -> String {
    match app.progress() {
        Some((done, all)) => format!("saving… {done} of {all}"),
        None => "saving…".to_owned(),
    }
}

/// Returns the column after what it says.
fn toast(app: &App, pen: &mut Pen<'_>, y: u16) -> u16 {
    let width = app.size.0;
    let signs = pen.signs();
    let said = match (&app.toast, app.saving, &app.trouble) {
        (_, true, _) => Some((Role::Warn, signs.spinner[0], saving(app))),
        (Some(toast), ..) if toast.good => Some((Role::Good, signs.good, toast.text.clone())),
        (Some(toast), ..) => Some((Role::Warn, signs.invalid, toast.text.clone())),
        (None, _, Some(trouble)) => Some((Role::Danger, signs.danger, trouble.clone())),
        _ => None,
    };
    if let Some((role, sign, text)) = said {
        let x = pen.put(2, y, 2, " ", Role::Text);
        let x = pen.put(x, y, width - x, sign, role);
        let x = pen.put(x, y, 1, " ", Role::Text);
        let x = pen.put(x, y, width.saturating_sub(x + 3), &text, Role::Text);
        return pen.put(x, y, 1, " ", Role::Text);
    }
    0
}

/// Which version a label would go to, at the right end of the rule.
fn label_target(app: &App, pen: &mut Pen<'_>, y: u16, from: u16) {
    let (Some(item), Some(list)) = (&app.item, &app.list) else { return };
    if app.screen != Screen::Steps || app.overlay.is_some() {
        return;
    }
    let right = app.size.0.saturating_sub(2);
    let parts = match item.label_target() {
        None => vec![(Role::Muted, "nothing to label on this line".to_owned())],
        Some((step, _)) => {
            let row = list.current().filter(|line| line.item.id == item.item.id);
            let row = row.and_then(|line| line.row_of(item.stream.approach));
            let fix = row.is_some_and(|row| row.is_fix() && row.final_step() == Some(step));
            let what = if fix { ", the fix" } else { ", not the fix" };
            let label = match list.book.settled(&item.item.id, item.stream, step) {
                Some(label) if label.skip => (Role::Muted, "skipped".to_owned()),
                Some(label) => (
                    label.verdict.map_or(Role::Muted, |verdict| words::label(verdict).1),
                    label.verdict.map_or_else(String::new, |verdict| verdict.to_string()) + &reasons(&label.reasons),
                ),
                None => (Role::Muted, "not labelled".to_owned()),
            };
            let name = (Role::Text, item.name_of(item.stream, step));
            let flag = list.book.is_flagged(&item.item.id, item.stream, step);
            let flag = flag.then(|| (Role::Warn, format!(" {}", pen.signs().flagged)));
            [(Role::Muted, "label ".to_owned()), name, (Role::Muted, format!("{what}: ")), label]
                .into_iter()
                .chain(flag)
                .collect()
        }
    };
    let wide: u16 = parts.iter().map(|(_, text)| columns(text)).sum();
    let x = right.saturating_sub(wide);
    if x > from + 2 {
        pen.put(x - 1, y, 1, " ", Role::Text);
        let end = pen.spans(x, y, wide, &parts);
        pen.put(end, y, 1, " ", Role::Text);
    }
}

fn reasons(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!(" ({})", ids.join(", ")) }
}

/// An input line with its cursor; the hint goes where there is room.
fn line(pen: &mut Pen<'_>, y: u16, width: u16, name: &str, input: &Input, hint: &str) {
    let x = pen.put(1, y, width, name, Role::Accent) + 2;
    let x = typed(pen, x, y, width.saturating_sub(x + 1), input);
    let rest = width.saturating_sub(x + 4);
    if columns(hint) <= rest {
        pen.put_right(width - 1, y, rest, hint, Role::Muted);
    }
}

/// An input's text around its cursor; what is too long is cut at the left, so that the cursor stays in sight.
pub fn typed(pen: &mut Pen<'_>, x: u16, y: u16, max: u16, input: &Input) -> u16 {
    let (before, after) = input.split();
    let room = max.saturating_sub(2);
    let mut start = 0;
    while columns(&before[start..]) > room {
        start += before[start..].chars().next().map_or(1, char::len_utf8);
    }
    let end = x.saturating_add(max);
    let x = pen.put(x, y, max, &before[start..], Role::Text);
    let mut rest = unicode_segmentation::UnicodeSegmentation::graphemes(after, true);
    let under = rest.next().unwrap_or(" ");
    let next = pen.put(x, y, end.saturating_sub(x).max(1), under, Role::Text);
    let cursor = Rect::new(x, y, next.saturating_sub(x).max(1), 1).intersection(pen.buf.area);
    pen.buf.set_style(cursor, ratatui::style::Style::new().add_modifier(ratatui::style::Modifier::REVERSED));
    pen.put(next, y, end.saturating_sub(next), rest.as_str(), Role::Text)
}

fn keys(app: &App, pen: &mut Pen<'_>, y: u16) {
    let width = app.size.0;
    let gap = if width >= 120 { 3 } else { 2 };
    let all = command::footer(app);
    // The doors to everything else are always there; on a narrow screen help alone, which leads on.
    let is_door = |word: &str| matches!(word, "help" | "explain") || (word == "commands" && width >= 100);
    let doors: Vec<&(String, &str)> = all.iter().filter(|(_, word)| is_door(word)).collect();
    let wide = |(keys, word): &(String, &str)| columns(keys) + 1 + columns(word) + gap;
    let kept: u16 = doors.iter().map(|entry| wide(entry)).sum();
    let mut x = 1;
    for entry in all.iter().filter(|(_, word)| !is_door(word)) {
        if x + wide(entry) + kept > width + gap - 1 {
            continue;
        }
        x = key(pen, x, y, entry) + gap;
    }
    for entry in doors {
        x = key(pen, x, y, entry) + gap;
    }
}

fn key(pen: &mut Pen<'_>, x: u16, y: u16, (keys, word): &(String, &str)) -> u16 {
    let keys = if pen.signs().ascii { in_ascii(keys, pen.signs()) } else { keys.clone() };
    let x = pen.put(x, y, columns(&keys), &keys, Role::Accent);
    pen.put(x + 1, y, columns(word), word, Role::Muted)
}

fn in_ascii(keys: &str, signs: Signs) -> String {
    keys.replace('←', signs.left).replace('→', signs.right).replace('↑', signs.up).replace('↓', signs.down)
}

/// The rows that a screen without panes has for itself.
pub fn inner(app: &App) -> Rect {
    body(app.size)
}
