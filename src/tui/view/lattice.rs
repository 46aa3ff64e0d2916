//! Every version of one item: solutions and baselines as rows, iterations as columns, findings along each row.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, columns};
use super::{strip, words};
use crate::core::label::{LabelVerdict, Standing};
use crate::core::verdict::Verdict;
use crate::review::lattice::{Cell, Changes, Lattice, Mark, Row, Seen};
use crate::tui::app::App;
use crate::tui::app::grid::Grid;
use crate::tui::app::item::OpenItem;
use crate::tui::app::pages::hint_role;
use crate::tui::app::tested::Told;
use crate::tui::style::{Role, Signs};

/// Rows below the lattice for the cell under the cursor, with their rule.
const DETAILS: u16 = 5;
/// Columns from which a cell has room for words.
const WORDS: u16 = 22;

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(item) = &app.item else {
        pen.put(1, body.y, body.width, "loading…", Role::Muted);
        return;
    };
    let lattice = &app.grid.lattice;
    let signs = pen.signs();
    let x = pen.put(1, body.y, body.width, "Lattice", Role::TitleFocused) + 2;
    let legend = format!("findings: + new  - gone  {} moved  {} back again", signs.right, signs.back);
    let room = body.width.saturating_sub(x + 1);
    if columns(&legend) <= room {
        pen.put_right(body.right() - 1, body.y, room, &legend, Role::Muted);
    }
    let area = Rect { y: body.y + 1, height: body.height.saturating_sub(1 + DETAILS), ..body };
    if lattice.rows.is_empty() {
        pen.put(1, area.y, area.width - 1, "nothing has happened yet", Role::Muted);
        return;
    }
    let plan = Plan::new(&app.grid, area);
    heads(lattice, &plan, pen, area);
    let mut y = area.y + 1;
    for (index, row) in lattice.rows.iter().enumerate().skip(plan.first_row) {
        let height = plan.height(row);
        if y + plan.lines > area.bottom() {
            pen.put_right(body.right() - 1, area.y, 1, signs.down, Role::Muted);
            break;
        }
        let at = Rect { y, height: height.min(area.bottom() - y), ..area };
        Line { app, item, row, index, plan: &plan }.draw(pen, at);
        y += height;
    }
    pen.horizontal(0, area.bottom(), body.width);
    details(app, item, pen, Rect { y: area.bottom() + 1, height: DETAILS - 1, ..body });
}

/// How the rows and columns stand.
struct Plan {
    head: u16,
    cell: u16,
    /// Rows of a cell.
    lines: u16,
    tracks: bool,
    first_row: usize,
    first_column: usize,
    columns: usize,
}

impl Plan {
    fn new(grid: &Grid, area: Rect) -> Self {
        let lattice = &grid.lattice;
        let all = lattice.iterations as u16 + 1;
        let head = if area.width >= 120 { 36 } else { 20 };
        let room = area.width.saturating_sub(head);
        let cell = (room / all).clamp(13, 30);
        let shown = usize::from((room / cell).max(1)).min(usize::from(all));
        let height = area.height.saturating_sub(1);
        let need = |lines: u16, tracks: bool| {
            let of = |row: &Row| lines + if tracks { row.tracks.len() as u16 } else { 0 };
            lattice.rows.iter().map(of).fold(0, u16::saturating_add)
        };
        let (lines, tracks) = match () {
            () if need(2, true) <= height => (2, true),
            () if need(2, false) <= height => (2, false),
            () => (1, false),
        };
        let mut plan = Self { head, cell, lines, tracks, first_row: 0, first_column: 0, columns: shown };
        let fits = usize::from(height / lines.max(1)).max(1);
        if need(lines, tracks) > height {
            plan.first_row = super::steps::first_row(grid.cursor.0, lattice.rows.len(), fits);
        }
        plan.first_column = (grid.cursor.1 + 1).saturating_sub(shown);
        plan
    }

    fn height(&self, row: &Row) -> u16 {
        self.lines + if self.tracks { row.tracks.len() as u16 } else { 0 }
    }

    /// Where a column begins; `None` out of sight.
    fn x(&self, column: usize) -> Option<u16> {
        let at = column.checked_sub(self.first_column).filter(|at| *at < self.columns)?;
        Some(self.head + at as u16 * self.cell)
    }

    fn wordy(&self) -> bool {
        self.cell >= WORDS
    }
}

fn heads(lattice: &Lattice, plan: &Plan, pen: &mut Pen<'_>, area: Rect) {
    pen.put(1, area.y, plan.head - 2, "solution", Role::Muted);
    for column in 0..=lattice.iterations {
        if let Some(x) = plan.x(column) {
            let name = if column == 0 { "generated".to_owned() } else { format!("k{column}") };
            pen.put(x + 1, area.y, plan.cell - 1, &name, Role::Muted);
        }
    }
}

/// One row of the lattice on the screen.
struct Line<'a> {
    app: &'a App,
    item: &'a OpenItem,
    row: &'a Row,
    index: usize,
    plan: &'a Plan,
}

impl Line<'_> {
    fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        let (plan, grid) = (self.plan, &self.app.grid);
        let room = plan.head - 2;
        let (name, below) = head(self.row, self.item.several_approaches());
        pen.put(1, area.y, room, &name, if grid.cursor.0 == self.index { Role::Title } else { Role::Text });
        if plan.lines > 1 {
            pen.put(1, area.y + 1, room, &below, Role::Muted);
        }
        for (column, cell) in self.row.cells.iter().enumerate() {
            let Some(x) = plan.x(column) else { continue };
            let at = Rect { x, width: plan.cell.min(area.right() - x), height: plan.lines, ..area };
            self.cell(pen, at, column, cell);
        }
        if plan.tracks {
            for (row, track) in self.row.tracks.iter().enumerate() {
                let y = area.y + plan.lines + row as u16;
                let cwe = track.cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
                let rules = track.rules.join(&format!(" {} ", pen.signs().right));
                pen.put(3, y, room - 2, &format!("{rules}{cwe}"), Role::Muted);
                self.marks(pen, y, &track.marks);
            }
        }
    }

    /// The same code as in the row above.
    fn repeats(&self, column: usize) -> bool {
        let rows = &self.app.grid.lattice.rows;
        let above = self.index.checked_sub(1).filter(|_| column == 0).and_then(|above| rows.get(above));
        above.is_some_and(|above| above.stream.generation() == self.row.stream.generation())
    }

    fn cell(&self, pen: &mut Pen<'_>, at: Rect, column: usize, cell: &Cell) {
        let (plan, grid, signs) = (self.plan, &self.app.grid, pen.signs());
        let here = grid.cursor == (self.index, column);
        if here {
            pen.ground(at, Role::Selection);
            pen.put(at.x, at.y, 1, signs.bar, Role::Accent);
        }
        let seen = match cell {
            Cell::Version(seen) => seen,
            other => {
                let (role, words) = match other {
                    Cell::Asked(Some(why)) => (Role::Warn, format!("{} {why}", signs.invalid)),
                    Cell::Asked(None) => (Role::Warn, "asked".to_owned()),
                    Cell::NotNeeded => (Role::Muted, format!("{} not needed", signs.idle)),
                    _ => (Role::Muted, format!("{} to come", signs.idle)),
                };
                pen.put(at.x + 1, at.y, at.width - 1, &words, role);
                return;
            }
        };
        if grid.marked == Some((seen.stream, seen.step)) {
            pen.put(at.x, at.y, 1, signs.closed, Role::Accent);
        }
        if self.repeats(column) {
            let (sign, role) = words::verdict(signs, seen.verdict);
            pen.spans(at.x + 1, at.y, at.width - 2, &[(role, sign.to_owned()), (Role::Muted, " as above".to_owned())]);
            return;
        }
        let own = self.own(seen);
        let (mut first, second) = match plan.wordy() {
            true => (verdict_words(seen, signs), judged_words(seen, own, signs)),
            false => (verdict_signs(seen, signs), judged_signs(seen, own, signs)),
        };
        if plan.lines == 1 {
            first.extend(second);
            parts(pen, at.x + 1, at.y, at.width - 2, &first);
        } else {
            parts(pen, at.x + 1, at.y, at.width - 2, &first);
            parts(pen, at.x + 1, at.y + 1, at.width - 2, &second);
        }
    }

    fn own(&self, seen: &Seen) -> Option<LabelVerdict> {
        let list = self.app.list.as_ref()?;
        list.book.verdict(&self.item.item.id, seen.stream, seen.step)
    }

    /// What became of one finding: a sign in each column, a line as long as it stays.
    fn marks(&self, pen: &mut Pen<'_>, y: u16, marks: &[Mark]) {
        let (plan, signs) = (self.plan, pen.signs());
        for (column, mark) in marks.iter().enumerate() {
            let Some(x) = plan.x(column) else { continue };
            let (sign, role, word) = match mark {
                Mark::Before | Mark::Nothing => continue,
                Mark::New(_) | Mark::Still(_) => (signs.here, Role::Danger, ""),
                Mark::Moved(_) => (signs.here, Role::Danger, " moved"),
                Mark::Back(_) => (signs.back, Role::Danger, " back"),
                Mark::Gone => (signs.gone, Role::Good, " gone"),
                Mark::Unread => (signs.unsure, Role::Warn, " not read"),
            };
            let room = plan.cell - 2;
            let mut end = pen.put(x + 1, y, 1, sign, role);
            if let Some(line) = mark.line() {
                let line = if plan.wordy() { format!("{word} line {line}") } else { format!(" {line}{word}") };
                end = pen.put(end, y, room - 1, &line, Role::Muted);
            } else if !matches!(marks.get(column.wrapping_sub(1)), Some(Mark::Gone)) || *mark != Mark::Gone {
                pen.put(end, y, room - 1, word, Role::Muted);
            }
            let stays = marks.get(column + 1).is_some_and(|next| next.line().is_some() || *next == Mark::Unread);
            if let Some(next) = plan.x(column + 1).filter(|_| stays && mark.line().is_some()) {
                pen.horizontal(end + 1, y, (next).saturating_sub(end + 1));
            }
        }
    }
}

/// A row's name, and how it went.
fn head(row: &Row, several: bool) -> (String, String) {
    let fixed = row.cells.iter().position(|cell| cell.seen().is_some_and(|seen| seen.fix));
    let tries = row.cells.get(1..).unwrap_or_default();
    let all = |wanted: fn(&Cell) -> bool| tries.iter().all(wanted);
    let ending = match fixed {
        _ if tries.is_empty() && !row.stream.approach.generates() => "nothing refined".to_owned(),
        _ if tries.is_empty() => String::new(),
        Some(iteration) => format!("fixed by k{iteration}"),
        None if all(|cell| *cell == Cell::NotNeeded) => "not needed".to_owned(),
        None if all(|cell| *cell == Cell::ToCome) => "to come".to_owned(),
        None if all(|cell| cell.seen().is_some()) => "not fixed".to_owned(),
        None => String::new(),
    };
    match row.solution {
        Some(j) if several => (format!("S{j} {}", row.title), join(&[row.stream.approach.as_str(), &ending])),
        Some(j) => (format!("S{j} {}", row.title), ending),
        None => (row.stream.approach.to_string(), ending),
    }
}

fn join(words: &[&str]) -> String {
    words.iter().copied().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" · ")
}

type Parts = Vec<(Role, String)>;

/// Puts what fits, whole words only.
fn parts(pen: &mut Pen<'_>, x: u16, y: u16, room: u16, parts: &Parts) {
    let mut at = x;
    for (role, text) in parts {
        let gap = u16::from(at > x);
        if at + gap + columns(text) > x + room {
            continue;
        }
        at = pen.put(at + gap, y, room, text, *role);
    }
}

/// A version that the scanner accepts and whose test fails is no reason to be glad.
fn verdict_sign(seen: &Seen, signs: Signs) -> (&'static str, Role) {
    let (sign, role) = words::verdict(signs, seen.verdict);
    let fails = seen.test.as_ref().is_some_and(|test| Told::of(test).fails());
    if seen.verdict == Some(Verdict::Secure) && fails { (sign, Role::Warn) } else { (sign, role) }
}

fn changes(changes: Option<Changes>, signs: Signs) -> Option<(Role, String)> {
    let it = changes?;
    let kinds = [("+", it.born), ("-", it.fixed), (signs.right, it.moved), (signs.back, it.back)];
    let words: Vec<String> =
        kinds.iter().filter(|(_, count)| *count > 0).map(|(sign, count)| format!("{sign}{count}")).collect();
    let worse = it.born + it.back > 0;
    (!words.is_empty()).then(|| (if worse { Role::Danger } else { Role::Text }, words.join(" ")))
}

fn verdict_words(seen: &Seen, signs: Signs) -> Parts {
    let (sign, role) = verdict_sign(seen, signs);
    let word = match (seen.verdict, seen.findings) {
        (Some(Verdict::Vulnerable), Some(1)) => "1 finding".to_owned(),
        (Some(Verdict::Vulnerable), Some(count)) => format!("{count} findings"),
        (Some(verdict), _) => verdict.to_string(),
        (None, _) => "not judged".to_owned(),
    };
    let word = if seen.fix { format!("{word}, fix") } else { word };
    let mut parts = vec![(role, format!("{sign} {word}"))];
    parts.extend(changes(seen.changes, signs));
    parts
}

fn judged_words(seen: &Seen, own: Option<LabelVerdict>, signs: Signs) -> Parts {
    let mut parts = Vec::new();
    if let Some(told) = seen.test.as_ref().map(Told::of) {
        let (sign, role) = told.sign(signs);
        parts.push((role, format!("{sign} {}", told.as_str())));
    }
    parts.extend(label(seen, own, signs));
    match seen.hints.len() {
        0 => {}
        1 => parts.push((hint_role(&seen.hints[0]), "1 hint".to_owned())),
        count => parts.push((hint_role(&seen.hints[0]), format!("{count} hints"))),
    }
    parts
}

fn verdict_signs(seen: &Seen, signs: Signs) -> Parts {
    let (sign, role) = verdict_sign(seen, signs);
    let count = seen.findings.filter(|count| *count > 0).map(|count| count.to_string()).unwrap_or_default();
    let mut parts = vec![(role, format!("{sign}{count}"))];
    parts.extend(changes(seen.changes, signs).map(|(role, words)| (role, words.replace(' ', ""))));
    parts
}

fn judged_signs(seen: &Seen, own: Option<LabelVerdict>, signs: Signs) -> Parts {
    let mut parts = Vec::new();
    parts.extend(label(seen, own, signs));
    if let Some((sign, role)) = seen.test.as_ref().map(|test| Told::of(test).sign(signs)) {
        parts.push((role, format!("t{sign}")));
    }
    if let Some(first) = seen.hints.first() {
        parts.push((hint_role(first), format!("h{}", seen.hints.len())));
    }
    parts
}

/// The own label, and in brackets what all labels come to where that is something else.
fn label(seen: &Seen, own: Option<LabelVerdict>, signs: Signs) -> Option<(Role, String)> {
    let letter = |verdict| words::label(verdict).0;
    let all = match seen.standing {
        Standing::Unlabelled => None,
        Standing::Agreed(verdict) if own == Some(verdict) => None,
        Standing::Agreed(verdict) => Some(letter(verdict).to_owned()),
        Standing::Adjudicated(verdict) => Some(format!("{}{}", letter(verdict), signs.good)),
        Standing::Disputed => Some(signs.wrong.to_owned()),
    };
    let role = own.or(seen.standing.verdict()).map_or(Role::Warn, |verdict| words::label(verdict).1);
    let text = match (own, all) {
        (None, None) => return None,
        (Some(own), None) => letter(own).to_owned(),
        (own, Some(all)) => format!("{}[{all}]", own.map_or("", letter)),
    };
    Some((role, text))
}

/// What is known of the cell under the cursor, in words.
fn details(app: &App, item: &OpenItem, pen: &mut Pen<'_>, area: Rect) {
    let Some((row, cell)) = app.grid.current() else { return };
    let Some(seen) = cell.seen() else {
        let words = match cell {
            Cell::NotNeeded => "no version: the stop condition held before this try",
            Cell::Asked(_) => "asked, and no version came of it",
            _ => "no version yet",
        };
        pen.put(1, area.y, area.width - 1, words, Role::Muted);
        return;
    };
    let signs = pen.signs();
    let (sign, role) = verdict_sign(seen, signs);
    let verdict = seen.verdict.map_or("not judged", Verdict::as_str);
    let name = item.name_of(seen.stream, seen.step);
    let mut version =
        vec![(Role::Text, name), (role, format!("{sign} {verdict}{}", if seen.fix { ", the fix" } else { "" }))];
    if let Some(marked) = app.grid.marked {
        let words = match marked == (seen.stream, seen.step) {
            true => "marked".to_owned(),
            false => format!("enter compares with {}", item.name_of(marked.0, marked.1)),
        };
        version.push((Role::Accent, words));
    }
    strip::row(pen, area, 0, "Version", &version, (Role::Muted, ""));
    let column = app.grid.cursor.1;
    let findings: Parts =
        row.tracks.iter().filter_map(|track| finding(&track.rules, track.cwe, track.marks.get(column)?)).collect();
    let none = if seen.findings.is_some() { "none" } else { "no scanner could read this version" };
    strip::row(pen, area, 1, "Findings", &findings, (Role::Muted, none));
    let hints: Parts = seen.hints.iter().map(|hint| (hint_role(hint), hint.to_string())).collect();
    strip::row(pen, area, 2, "Hints", &hints, (Role::Muted, "none"));
    let list = app.list.as_ref();
    let own = list.and_then(|list| list.book.verdict(&item.item.id, seen.stream, seen.step));
    let mut judged = Vec::new();
    if let Some(told) = seen.test.as_ref().map(Told::of) {
        let (sign, role) = told.sign(signs);
        judged.push((role, format!("{sign} test {}", told.sentence())));
    }
    judged.push(match own {
        Some(own) => (words::label(own).1, format!("your label: {own}")),
        None => (Role::Muted, "no label of yours".to_owned()),
    });
    match seen.standing {
        Standing::Unlabelled => {}
        Standing::Disputed => judged.push((Role::Warn, "all labels: in dispute".to_owned())),
        Standing::Agreed(all) => judged.push((words::label(all).1, format!("all labels: {all}"))),
        Standing::Adjudicated(all) => judged.push((words::label(all).1, format!("settled: {all}"))),
    }
    strip::row(pen, area, 3, "Judged", &judged, (Role::Muted, ""));
}

fn finding(rules: &[String], cwe: Option<u32>, mark: &Mark) -> Option<(Role, String)> {
    let (role, change) = match mark {
        Mark::New(_) => (Role::Danger, "new"),
        Mark::Still(_) => (Role::Danger, "still"),
        Mark::Moved(_) => (Role::Danger, "moved"),
        Mark::Back(_) => (Role::Danger, "back again"),
        Mark::Gone => (Role::Good, "gone"),
        _ => return None,
    };
    let cwe = cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
    let line = mark.line().map(|line| format!(" line {line}")).unwrap_or_default();
    Some((role, format!("{}{cwe}{line} {change}", rules.last()?)))
}
