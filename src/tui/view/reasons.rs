//! The panel of reasons, comment and lines, wherever it stands.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::chrome::typed;
use super::pen::{Pen, columns};
use crate::core::label::LabelVerdict;
use crate::review::guideline::{Guideline, Reason};
use crate::tui::app::input::Input;
use crate::tui::app::reasons::{Focus, Panel};
use crate::tui::style::{Role, Theme};

/// From here on each reason stands on a line of its own, with what it means.
const WIDE: u16 = 120;
/// Sign, key and the spaces round them.
const MARGIN: u16 = 6;

/// Rows that the panel needs, the rule above it included.
pub fn height(panel: &Panel, guideline: &Guideline, width: u16) -> u16 {
    let around = 4;
    if !panel.has_reasons(guideline) {
        return around;
    }
    let (_, rows) = grid(panel, guideline, width);
    around + rows + u16::from(width < WIDE)
}

/// Draws into the foot of `area`, over what is there. Where it is too low the reasons at the end are left out.
pub fn draw(panel: &Panel, guideline: &Guideline, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let height = height(panel, guideline, area.width).min(area.height);
    let area = Rect { y: area.bottom() - height, height, ..area }.intersection(buf.area);
    if area.height < 4 || area.width < 20 {
        return;
    }
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
    let mut pen = Pen::new(buf, theme);
    pen.ground(area, Role::Text);
    pen.horizontal(area.x, area.y, area.width);
    title(panel, guideline, &mut pen, area);
    if panel.has_reasons(guideline) {
        let meaning = u16::from(area.width < WIDE);
        let inner = Rect { y: area.y + 2, height: area.height - 4, ..area };
        reasons(panel, guideline, &mut pen, Rect { height: inner.height.saturating_sub(meaning), ..inner });
        if meaning > 0 && inner.height > 0 {
            means(panel, guideline, &mut pen, inner.bottom() - 1, inner);
        }
    }
    let y = area.bottom() - 2;
    let (x, right) = (area.x + 1, area.right().saturating_sub(1));
    field(&mut pen, (x, y), right, "comment", &panel.comment, panel.focus == Focus::Comment);
    let end = field(&mut pen, (x, y + 1), right, "lines", &panel.lines, panel.focus == Focus::Lines);
    if let Some(fault) = &panel.fault {
        pen.put(end + 2, y + 1, right.saturating_sub(end + 2), fault, Role::Warn);
    }
}

fn title(panel: &Panel, guideline: &Guideline, pen: &mut Pen<'_>, area: Rect) {
    let has_reasons = panel.has_reasons(guideline);
    let (words, role) = match panel.verdict {
        Some(LabelVerdict::Unrealistic) => ("Unrealistic: why?", Role::Danger),
        Some(LabelVerdict::Realistic) => ("Realistic", Role::Good),
        Some(LabelVerdict::Unsure) => ("Unsure", Role::Warn),
        None => ("Comment", Role::TitleFocused),
    };
    let y = area.y + 1;
    let right = area.right().saturating_sub(1);
    let x = pen.put(area.x + 1, y, area.width, words, role);
    let letters = panel.focus == Focus::Reasons && has_reasons;
    let (comment, lines) = if letters { ("c", "l") } else { ("tab", "ctrl-l") };
    let keys: &[(&str, &str)] =
        &[("enter", "store"), ("esc", "leave"), (lines, "lines in sight"), (comment, "comment")];
    let next = if letters { "comment" } else { "next field" };
    let mut at = right;
    for (key, word) in keys.iter() {
        let word = if *word == "comment" { next } else { word };
        let wide = columns(key) + 1 + columns(word);
        if at < x + 2 + wide {
            break;
        }
        at -= wide;
        let end = pen.put(at, y, wide, key, Role::Accent);
        pen.put(end + 1, y, wide, word, Role::Muted);
        at = at.saturating_sub(2);
    }
}

/// Columns and rows of the reasons.
fn grid(panel: &Panel, guideline: &Guideline, width: u16) -> (u16, u16) {
    let count = entries(panel, guideline).count() as u16;
    if width >= WIDE {
        return (1, count);
    }
    let longest = entries(panel, guideline).map(|(_, name)| columns(name)).max().unwrap_or(0);
    let across = (width.saturating_sub(1) / (longest + MARGIN)).clamp(1, count.max(1));
    (across, count.div_ceil(across))
}

/// The guideline's reasons, then those of another guideline that are chosen.
fn entries<'a>(panel: &'a Panel, guideline: &'a Guideline) -> impl Iterator<Item = (Option<&'a Reason>, &'a str)> {
    let known = guideline.reasons.iter().map(|reason| (Some(reason), reason.name.as_str()));
    let others = panel.chosen.iter().filter(|id| guideline.reason(id).is_none());
    known.chain(others.map(|id| (None, id.as_str())))
}

fn reasons(panel: &Panel, guideline: &Guideline, pen: &mut Pen<'_>, area: Rect) {
    let (across, rows) = grid(panel, guideline, area.width);
    let wide = area.width.saturating_sub(1) / across;
    let longest = entries(panel, guideline).map(|(_, name)| columns(name)).max().unwrap_or(0);
    for (at, (reason, name)) in entries(panel, guideline).enumerate() {
        let (column, row) = (at as u16 / rows, at as u16 % rows);
        if row >= area.height {
            continue;
        }
        let (x, y) = (area.x + 1 + column * wide, area.y + row);
        let chosen = reason.is_none_or(|reason| panel.chosen.contains(&reason.id));
        if chosen {
            pen.put(x, y, 1, pen.signs().good, Role::Danger);
        }
        let key = reason.map_or_else(String::new, |reason| reason.key.to_string());
        pen.put(x + 2, y, 1, &key, Role::Accent);
        let end = pen.put(x + 4, y, wide.saturating_sub(5), name, if chosen { Role::Title } else { Role::Text });
        if let Some(reason) = reason.filter(|_| area.width >= WIDE) {
            let from = (x + 4 + longest + 3).max(end);
            pen.put(from, y, area.right().saturating_sub(from + 1), &meaning(reason), Role::Muted);
        }
    }
}

fn meaning(reason: &Reason) -> String {
    match &reason.example {
        Some(example) => format!("{} E.g. {}", reason.meaning.trim(), example.trim()),
        None => reason.meaning.trim().to_owned(),
    }
}

/// What the reason pressed last means, where there is no room for all of them.
fn means(panel: &Panel, guideline: &Guideline, pen: &mut Pen<'_>, y: u16, area: Rect) {
    let room = area.width.saturating_sub(2);
    match panel.last.as_ref().and_then(|id| guideline.reason(id)) {
        Some(reason) => pen.put(area.x + 1, y, room, reason.meaning.trim(), Role::Muted),
        None => pen.put(area.x + 1, y, room, guideline.verdicts.of(LabelVerdict::Unrealistic).trim(), Role::Muted),
    };
}

/// Returns the column after what is written.
fn field(pen: &mut Pen<'_>, (x, y): (u16, u16), right: u16, name: &str, input: &Input, focused: bool) -> u16 {
    pen.put(x, y, 8, name, if focused { Role::Accent } else { Role::Muted });
    let x = x + 9;
    let room = right.saturating_sub(x);
    match (focused, input.text()) {
        (true, _) => typed(pen, x, y, room, input),
        (false, "") => pen.put(x, y, room, pen.signs().idle, Role::Muted),
        (false, text) => pen.put(x, y, room, text, Role::Text),
    }
}
