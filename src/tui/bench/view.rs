//! The bench's screen: one header, the code, one footer.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::command::COMMANDS;
use super::layout::panes;
use super::{Bench, Overlay, about, prepare};
use crate::review::figures::{CLASSES, Figures};
use crate::tui::app::layout::SMALLEST;
use crate::tui::app::shown::Body;
use crate::tui::app::timeline::version_name;
use crate::tui::style::Role;
use crate::tui::view::main_pane::code;
use crate::tui::view::pen::{Pen, clip, columns};
use crate::tui::view::reasons;
use crate::tui::widgets::Layout;

/// Draws the whole screen. The buffer's area is the terminal's.
pub fn draw(bench: &Bench, buf: &mut Buffer) {
    let area = buf.area;
    buf.reset();
    let mut pen = Pen::new(buf, &bench.theme);
    pen.ground(area, Role::Text);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text = format!("fdsp needs {} x {} here", SMALLEST.0, SMALLEST.1);
        pen.put(0, 0, area.width, &text, Role::Warn);
        return;
    }
    header(bench, &mut pen);
    match (&bench.trouble, bench.ended) {
        (Some(trouble), _) => words(&mut pen, 3, &[(Role::Danger, trouble.clone())]),
        (None, Some(held)) => end(bench, &mut pen, held),
        (None, None) => card(bench, &mut pen),
    }
    footer(bench, &mut pen);
    if let Some(Overlay::Help { scroll }) = bench.overlay {
        help(bench, &mut pen, scroll);
    }
}

fn header(bench: &Bench, pen: &mut Pen<'_>) {
    let width = bench.size.0;
    let kind = if bench.blind { "blind review" } else { "review" };
    let mut x = pen.put(1, 0, width, kind, Role::Title);
    x = pen.put(x, 0, width, &format!(" {} {}", pen.signs().crumb, bench.author), Role::Text);
    if let Some(context) = bench.card.as_ref().and_then(|card| card.context()) {
        let at = &context.target;
        let place = format!(" {} {} · {} {}", pen.signs().crumb, at.item, at.stream.approach, version_name(at.step));
        // What is done and how fast is worth more than the place.
        let room = width.saturating_sub(x + 30);
        x = pen.put(x, 0, room, &place, Role::Muted);
    }
    let progress = &bench.progress;
    let sitting = &progress.sitting;
    let mut parts = vec![(Role::Text, format!("{} of {} done", progress.done, progress.total))];
    if sitting.labels > 0 {
        parts.push((Role::Muted, " · now".to_owned()));
    }
    for (role, sign, count) in [
        (Role::Good, "R", sitting.realistic),
        (Role::Danger, "U", sitting.unrealistic),
        (Role::Warn, "?", sitting.unsure),
        (Role::Muted, pen.signs().skip, sitting.skipped),
    ] {
        if count > 0 {
            parts.push((role, format!(" {sign} {count}")));
        }
    }
    if let Some(median) = sitting.median_seconds {
        parts.push((Role::Muted, format!(" · median {median:.0} s")));
    }
    if let Some(rate) = sitting.per_hour {
        parts.push((Role::Muted, format!(" · {rate:.0} an hour")));
    }
    // What does not fit is left out from the end.
    while parts.iter().map(|(_, text)| columns(text)).sum::<u16>() + x + 3 > width && parts.len() > 1 {
        parts.pop();
    }
    let wide: u16 = parts.iter().map(|(_, text)| columns(text)).sum();
    pen.spans(width.saturating_sub(wide + 1), 0, wide, &parts);
    pen.horizontal(0, 1, width);
}

fn card(bench: &Bench, pen: &mut Pen<'_>) {
    let panes = panes(bench);
    let Some(card) = &bench.card else {
        pen.put(1, 3, bench.size.0, "the first card is on its way…", Role::Muted);
        return;
    };
    if let Some(side) = panes.side {
        pen.put(side.x + 1, side.y, side.width - 2, "Prompt", Role::Title);
        let mut lines = prepare::prompt(&card.card.sheet().prompt, side.width - 2).lines;
        if let Some(context) = card.context() {
            lines.push(Vec::new());
            lines.extend(about::page(context, &bench.theme, side.width).lines);
        }
        for (row, line) in lines.iter().take(side.height.saturating_sub(1) as usize).enumerate() {
            pen.spans(side.x + 1, side.y + 1 + row as u16, side.width - 2, line);
        }
        pen.vertical(side.right(), side.y, side.height);
        pen.cell(side.right(), 1, pen.signs().tee_down);
    }
    for (row, line) in above(bench).into_iter().enumerate() {
        pen.spans(1, 2 + row as u16, bench.size.0 - 2, &line);
    }
    tabs(bench, pen, panes.tabs);
    body(bench, pen, panes.main);
}

/// The prompt's beginning, where there is no room for it beside the code.
fn above(bench: &Bench) -> Vec<crate::tui::app::text::TextLine> {
    let room = panes(bench).above as usize;
    let Some(card) = bench.card.as_ref().filter(|_| room > 0) else { return Vec::new() };
    let mut lines = prepare::prompt(&card.card.sheet().prompt, bench.size.0 - 2).lines;
    if lines.len() > room {
        lines.truncate(room);
        if let Some((_, text)) = lines.last_mut().and_then(|line| line.last_mut()) {
            let ellipsis = bench.theme.signs.ellipsis;
            *text = clip(&format!("{text} {ellipsis}"), usize::from(bench.size.0) - 2, ellipsis);
        }
    }
    lines
}

fn tabs(bench: &Bench, pen: &mut Pen<'_>, area: Rect) {
    let mut x = area.x + 1;
    for tab in bench.tabs() {
        let here = *tab == bench.tab;
        let text = if here { format!("[{}]", tab.as_str()) } else { format!(" {} ", tab.as_str()) };
        x = pen.put(
            x,
            area.y,
            area.right().saturating_sub(x),
            &text,
            if here { Role::TitleFocused } else { Role::Muted },
        );
    }
    let Some(card) = &bench.card else { return };
    let mut notes = Vec::new();
    if card.taken_back {
        notes.push((Role::Warn, "taken back".to_owned()));
    }
    if card.flagged {
        notes.push((Role::Warn, "flagged".to_owned()));
    }
    if card.commented {
        notes.push((Role::Accent, "commented".to_owned()));
    }
    if card.revealed.is_some() {
        notes.push((Role::Warn, "revealed".to_owned()));
    }
    if let Body::Diff(doc) = &bench.shown.body {
        let count = doc.diff.changes.len();
        let changes = if count == 1 { "1 change".to_owned() } else { format!("{count} changes") };
        let way = if doc.layout == Layout::Split { "split" } else { "unified" };
        notes.push((Role::Muted, format!("{way} · {changes}")));
    }
    let mut right = area.right().saturating_sub(1);
    for (role, text) in notes.iter().rev() {
        let room = right.saturating_sub(x + 1);
        if columns(text) > room {
            break;
        }
        right = pen.put_right(right, area.y, room, text, *role).saturating_sub(2);
    }
}

fn body(bench: &Bench, pen: &mut Pen<'_>, area: Rect) {
    match &bench.shown.body {
        Body::Nothing => {}
        Body::Text(page) => {
            for (row, line) in page.lines.iter().skip(bench.scroll.0).take(area.height as usize).enumerate() {
                pen.spans(area.x + 1, area.y + row as u16, area.width.saturating_sub(2), line);
            }
        }
        Body::Code(_) | Body::Diff(_) => code(&bench.shown, bench.scroll, bench.syntax.as_deref(), pen, area),
    }
}

/// How much stands below what is in sight, on the rule.
fn more(bench: &Bench, pen: &mut Pen<'_>) {
    let area = panes(bench).main;
    let below = bench.shown.rows().saturating_sub(bench.scroll.0 + area.height as usize);
    if below > 0 && bench.card.is_some() {
        let more = format!(" {below} more {} ", pen.signs().down);
        pen.put_right(area.right().saturating_sub(1), area.bottom(), area.width, &more, Role::Muted);
    }
}

fn words(pen: &mut Pen<'_>, top: u16, lines: &[(Role, String)]) {
    let width = pen.buf.area.width;
    let mut y = top;
    for (role, text) in lines {
        for line in crate::tui::app::text::wrap(text, usize::from(width.saturating_sub(4))) {
            pen.put(2, y, width.saturating_sub(4), &line, *role);
            y += 1;
        }
    }
}

fn end(bench: &Bench, pen: &mut Pen<'_>, held: usize) {
    let mut lines = vec![match held {
        0 => (Role::Good, "Nothing is left in this queue.".to_owned()),
        1 => (Role::Good, "One version is left; another annotator has it in hand.".to_owned()),
        held => (Role::Good, format!("{held} versions are left; other annotators have them in hand.")),
    }];
    lines.push((Role::Text, String::new()));
    lines.extend(figures("This sitting", &bench.progress.sitting));
    lines.push((Role::Text, String::new()));
    lines.extend(figures("Today", &bench.progress.today));
    if let Some(drift) = bench.drift.filter(|drift| drift.repeats + drift.gold > 0) {
        lines.push((Role::Text, String::new()));
        let words = format!(
            "Said the same again on {} of {} repeats, and what was settled on {} of {} gold versions.",
            drift.repeats_same, drift.repeats, drift.gold_same, drift.gold
        );
        lines.push((Role::Text, words));
    }
    words(pen, 3, &lines);
}

/// Figures in sentences, as the end of a sitting and the plain mode say them.
pub fn figures(name: &str, figures: &Figures) -> Vec<(Role, String)> {
    let Figures { labels, realistic, unrealistic, unsure, skipped, .. } = figures;
    let mut lines = vec![(
        Role::Text,
        format!(
            "{name}: {labels} labels: {realistic} realistic, {unrealistic} unrealistic, {unsure} unsure, {skipped} skipped."
        ),
    )];
    if let (Some(rate), Some(median)) = (figures.per_hour, figures.median_seconds) {
        lines.push((Role::Text, format!("{rate:.0} an hour, {median:.1} seconds in the median.")));
    }
    if *labels > 0 {
        let ends = CLASSES.iter().map(|end| format!("up to {end:.0} s")).chain([format!("above {:.0} s", CLASSES[5])]);
        let classes = ends.zip(figures.distribution).filter(|(_, count)| *count > 0);
        let classes: Vec<String> = classes.map(|(name, count)| format!("{count} {name}")).collect();
        lines.push((Role::Muted, classes.join(" · ")));
    }
    lines
}

fn footer(bench: &Bench, pen: &mut Pen<'_>) {
    let (width, height) = bench.size;
    let (rule, y) = (height - 2, height - 1);
    pen.horizontal(0, rule, width);
    more(bench, pen);
    if let Some(toast) = &bench.toast {
        let text = format!(" {} ", toast.text);
        pen.put(1, rule, width.saturating_sub(2), &text, if toast.good { Role::Good } else { Role::Warn });
    }
    match &bench.overlay {
        Some(Overlay::Say(panel)) => {
            reasons::draw(panel, &bench.guideline, &bench.theme, Rect::new(0, 0, width, height), pen.buf);
        }
        Some(Overlay::Reveal) => {
            let ask = "show where this comes from? your label will say that you saw it";
            let x = pen.put(1, y, width, ask, Role::Warn);
            pen.put(x + 2, y, width.saturating_sub(x + 2), "y yes   esc no", Role::Accent);
        }
        Some(Overlay::Help { .. }) => {
            pen.put(1, y, width, "j k move, space ctrl-d page, g G ends, any other key closes", Role::Muted);
        }
        None => keys(bench, pen, y),
    }
}

fn keys(bench: &Bench, pen: &mut Pen<'_>, y: u16) {
    let width = bench.size.0;
    let shown = COMMANDS.iter().filter(|command| !command.footer.is_empty() && (command.when)(bench));
    let entries: Vec<(String, &str)> =
        shown.filter_map(|command| Some((command.chords().next()?.short(), command.footer))).collect();
    let wide = |(keys, word): &(String, &str)| columns(keys) + 1 + columns(word) + 2;
    // The ways out and to the rest are always there.
    let is_door = |word: &str| matches!(word, "quit" | "help");
    let doors = || entries.iter().filter(|(_, word)| is_door(word));
    let kept: u16 = doors().map(wide).sum();
    let mut x = 1;
    let mut put = |entry: &(String, &str), x: u16| {
        let next = pen.put(x, y, columns(&entry.0), &entry.0, Role::Accent);
        pen.put(next + 1, y, columns(entry.1), entry.1, Role::Muted) + 2
    };
    for entry in entries.iter().filter(|(_, word)| !is_door(word)) {
        if x + wide(entry) + kept <= width + 1 {
            x = put(entry, x);
        }
    }
    for entry in doors() {
        x = put(entry, x);
    }
}

fn help(bench: &Bench, pen: &mut Pen<'_>, scroll: usize) {
    let area = Rect::new(0, 2, bench.size.0, bench.size.1.saturating_sub(4));
    for position in area.positions() {
        if let Some(cell) = pen.buf.cell_mut(position) {
            cell.reset();
        }
    }
    pen.ground(area, Role::Text);
    let lines = help_lines(bench);
    let rows = area.height as usize;
    let scroll = scroll.min(lines.len().saturating_sub(rows));
    for (y, (role, keys, help)) in (area.y..area.bottom()).zip(lines.iter().skip(scroll)) {
        let x = if keys.is_empty() { 2 } else { pen.put(2, y, 16, keys, Role::Accent).max(18) };
        pen.put(x, y, area.width.saturating_sub(x + 1), help, *role);
    }
    if lines.len() > scroll + rows {
        let more = format!(" {} more {} ", lines.len() - scroll - rows, pen.signs().down);
        pen.put_right(area.right() - 1, area.bottom(), area.width, &more, Role::Muted);
    } else {
        pen.horizontal(0, area.bottom(), area.width);
    }
}

/// How far the help can be scrolled.
pub fn help_end(bench: &Bench) -> usize {
    help_lines(bench).len().saturating_sub(usize::from(bench.size.1.saturating_sub(4)))
}

fn help_lines(bench: &Bench) -> Vec<(Role, String, String)> {
    let intro = match bench.blind {
        true => {
            "Is the code after still the program that the prompt asks for, without the weakness? Nothing else is shown."
        }
        false => "Is the code after still the program that the prompt asks for, with the weakness really gone?",
    };
    let mut lines: Vec<(Role, String, String)> = crate::tui::app::text::wrap(intro, usize::from(bench.size.0) - 4)
        .into_iter()
        .map(|line| (Role::Title, String::new(), line))
        .collect();
    lines.push((Role::Text, String::new(), String::new()));
    for command in COMMANDS {
        let keys: Vec<String> = command.chords().map(|chord| chord.short()).collect();
        let role = if (command.when)(bench) { Role::Text } else { Role::Muted };
        lines.push((role, keys.join(" "), command.help.to_owned()));
    }
    lines
}
