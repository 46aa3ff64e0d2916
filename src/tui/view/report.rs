//! The report's pages: a grid of numbers with a cursor, their bars, and the cell under the cursor in full.

use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::behind;
use super::chrome;
use super::pen::{Pen, clip_middle, columns};
use super::steps::{first_row, found_on};
use crate::metrics::{Interval, Labels};
use crate::tui::app::App;
use crate::tui::app::layout;
use crate::tui::app::model::Screen;
use crate::tui::app::report::sheet::{Bars, Place, Sheet, SheetLine};
use crate::tui::app::report::{Page, Report};
use crate::tui::app::searching::{Search, Target};
use crate::tui::app::text::wrap;
use crate::tui::style::Role;

/// Lines of the cell in full.
const DETAILS: u16 = 2;
/// Beyond this a bar says no more.
const LONGEST: u16 = 72;
const CHART: u16 = 100;

pub fn crumbs(app: &App) -> Vec<String> {
    let Some(report) = &app.report else { return vec!["fdsp".to_owned()] };
    let what = if app.screen == Screen::Report { "report" } else { "scanners" };
    let runs = report.counted.as_ref().map_or(&[][..], |counted| &counted.runs);
    match runs {
        [] => vec![report.run.clone(), what.to_owned()],
        [one, ..] if runs.len() == 1 || app.screen == Screen::Scanners => {
            vec![one.info.dataset.clone(), one.info.model.name.clone(), what.to_owned()]
        }
        [one, ..] => vec![one.info.dataset.clone(), format!("{} runs", runs.len()), what.to_owned()],
    }
}

/// The header's right side on the report and on the scanners' screen.
pub fn header(app: &App) -> Vec<(Role, String)> {
    let Some(report) = &app.report else { return Vec::new() };
    let mut parts = Vec::new();
    if report.is_stale() && report.counted.is_some() {
        parts.push((Role::Warn, "counting again…".to_owned()));
    }
    if app.screen == Screen::Report && report.page.of_labels() {
        return parts;
    }
    if app.screen == Screen::Report && !report.has_ways() {
        parts.push((Role::Text, "the run's own verdict".to_owned()));
        return parts;
    }
    if app.screen == Screen::Report {
        let labels = if report.way.labels == Labels::With { "with labels" } else { "without labels" };
        parts.push((Role::Text, labels.to_owned()));
    }
    parts.push((Role::Text, format!("{} verdict", report.mode())));
    parts
}

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(report) = &app.report else { return };
    tabs(report, pen, Rect { height: 1, ..body });
    let below = Rect { y: body.y + 1, height: body.height - 1, ..body };
    if let Some(cursor) = report.evidence {
        behind::draw(report, pen, below, cursor);
        return;
    }
    let x = pen.put(1, below.y, below.width - 2, &report.sheet.caption, Role::Muted);
    let search = app.search_in(Target::Numbers).filter(|search| !search.query.is_empty());
    if let Some(search) = search {
        let room = below.right().saturating_sub(x + 3);
        let words = if columns(&search.title()) <= room { search.title() } else { search.words() };
        pen.put_right(below.right() - 1, below.y, room, &words, Role::Accent);
    }
    let area = Rect { y: below.y + 1, height: below.height.saturating_sub(2 + DETAILS), ..below };
    if waits(report, pen, area) {
        return;
    }
    let sheet = &report.sheet;
    if let Some(words) = &sheet.empty {
        paragraph(pen, Rect { y: area.y + 1, ..area }, words);
        return;
    }
    let Some(at) = report.place() else { return };
    // A tall screen has room for air.
    let air = u16::from(area.height >= 30);
    let area = Rect { y: area.y + air, height: area.height - air, ..area };
    let grid = Grid { search, ..Grid::fit(sheet, area, at) };
    let used = grid.draw(pen, at);
    if sheet.bars == Bars::Below {
        let rest = Rect { y: area.y + used + 1, height: area.height.saturating_sub(used + 1), ..area };
        chart(sheet, pen, rest, at);
    }
    detail(report, pen, Rect { y: below.bottom().saturating_sub(DETAILS + 1), height: DETAILS + 1, ..below }, at);
}

/// Says what is being waited for, or what went wrong; true when nothing else can be drawn.
pub fn waits(report: &Report, pen: &mut Pen<'_>, area: Rect) -> bool {
    if let Some(trouble) = &report.trouble {
        let words = format!("{} the numbers could not be read: {trouble}", pen.signs().danger);
        pen.put(1, area.y, area.width - 2, &words, Role::Danger);
    } else if report.counted.is_none() {
        pen.put(1, area.y, area.width - 2, "counting…", Role::Muted);
    }
    report.counted.is_none()
}

pub fn paragraph(pen: &mut Pen<'_>, area: Rect, words: &str) {
    for (row, line) in wrap(words, area.width.saturating_sub(2) as usize).iter().enumerate() {
        pen.put(1, area.y + row as u16, area.width - 2, line, Role::Muted);
    }
}

fn tabs(report: &Report, pen: &mut Pen<'_>, area: Rect) {
    let shown = layout::report_tabs(report.page, area.width);
    let signs = pen.signs();
    if shown.first().is_some_and(|(_, page, _)| *page != Page::EVERY[0]) {
        pen.put(area.x, area.y, 1, signs.left, Role::Accent);
    }
    if shown.last().is_some_and(|(_, page, _)| Some(page) != Page::EVERY.last()) {
        pen.put(area.right() - 1, area.y, 1, signs.right, Role::Accent);
    }
    for (x, page, name) in shown {
        let (text, role) = match page == report.page {
            true => (format!("[{name}]"), Role::TitleFocused),
            false => (format!(" {name} "), Role::Muted),
        };
        pen.put(area.x + x, area.y, area.width, &text, role);
    }
}

/// The table as far as it can be seen.
struct Grid<'a> {
    sheet: &'a Sheet,
    area: Rect,
    /// Columns of the lines' names.
    stub: u16,
    /// The first column shown and the one after the last.
    from: usize,
    to: usize,
    grouped: bool,
    search: Option<&'a Search>,
}

impl<'a> Grid<'a> {
    fn fit(sheet: &'a Sheet, area: Rect, at: Place) -> Self {
        let longest = |line: &SheetLine| if line.cells.is_empty() { 0 } else { columns(&line.name) };
        let stub = sheet.lines.iter().map(longest).max().unwrap_or(0).clamp(columns(sheet.stub).max(11), 26) + 2;
        let room = area.width.saturating_sub(stub + 1);
        let width = |from: usize, to: usize| sheet.columns[from..to].iter().map(|column| column.width).sum::<u16>();
        let own = sheet.columns.iter().position(|column| column.group == sheet.columns[at.column].group);
        let starts = [0, own.unwrap_or(0)].into_iter().chain(0..=at.column);
        let from = starts.clone().find(|from| width(*from, at.column + 1) <= room).unwrap_or(at.column);
        let to = (from + 1..=sheet.columns.len()).rev().find(|to| width(from, *to) <= room).unwrap_or(from + 1);
        let grouped = sheet.columns.iter().any(|column| !column.group.is_empty());
        Self { sheet, area, stub, from, to, grouped, search: None }
    }

    /// Where each shown column ends.
    fn ends(&self) -> Vec<u16> {
        let mut x = self.area.x + self.stub;
        let shown = self.sheet.columns[self.from..self.to].iter();
        shown
            .map(|column| {
                x += column.width;
                x
            })
            .collect()
    }

    /// Draws as many lines as there is room for and returns the rows used.
    fn draw(&self, pen: &mut Pen<'_>, at: Place) -> u16 {
        let area = self.area;
        let ends = self.ends();
        let mut y = area.y;
        if self.grouped {
            self.groups(pen, y, &ends, at);
            y += 1;
        }
        pen.put(area.x + 1, y, self.stub, self.sheet.stub, Role::Muted);
        for (index, end) in ends.iter().enumerate() {
            let column = self.from + index;
            let role = if column == at.column { Role::Title } else { Role::Muted };
            pen.put_right(*end, y, 20, &self.sheet.columns[column].head, role);
        }
        let signs = pen.signs();
        if self.from > 0 {
            pen.put(area.x + self.stub, y, 1, signs.left, Role::Accent);
        }
        if self.to < self.sheet.columns.len() {
            pen.put(area.right() - 1, y, 1, signs.right, Role::Accent);
        }
        y += 1;
        let rows = self.rows();
        let here = rows.iter().position(|row| *row == Some(at.line)).unwrap_or(0);
        let height = area.bottom().saturating_sub(y) as usize;
        let top = first_row(here, rows.len(), height);
        for row in rows.iter().skip(top).take(height) {
            if let Some(line) = row {
                self.line(pen, y, *line, &ends, at);
                if let Some(search) = self.search {
                    let width = ends.last().map_or(area.width, |end| end - area.x).min(area.width);
                    found_on(pen, Rect::new(area.x, y, width, 1), search, false);
                }
            }
            y += 1;
        }
        y - area.y
    }

    /// The lines with a blank before every heading but the first.
    fn rows(&self) -> Vec<Option<usize>> {
        let mut rows = Vec::new();
        for (at, line) in self.sheet.lines.iter().enumerate() {
            if at > 0 && line.cells.is_empty() {
                rows.push(None);
            }
            rows.push(Some(at));
        }
        rows
    }

    fn groups(&self, pen: &mut Pen<'_>, y: u16, ends: &[u16], at: Place) {
        let group = |index: usize| &self.sheet.columns[self.from + index].group;
        let mut index = 0;
        while index < ends.len() {
            let first = index;
            while index + 1 < ends.len() && group(index + 1) == group(first) {
                index += 1;
            }
            let left = if first == 0 { self.area.x + self.stub } else { ends[first - 1] } + 2;
            let room = ends[index].saturating_sub(left);
            let name = clip_middle(group(first), room as usize, pen.signs().ellipsis);
            let own = self.sheet.columns[at.column].group == *group(first);
            pen.put_right(ends[index], y, room, &name, if own { Role::TitleFocused } else { Role::Title });
            index += 1;
        }
    }

    fn line(&self, pen: &mut Pen<'_>, y: u16, index: usize, ends: &[u16], at: Place) {
        let line = &self.sheet.lines[index];
        let area = self.area;
        if line.cells.is_empty() {
            pen.put(area.x + 1, y, area.width - 2, &line.name, Role::Title);
            return;
        }
        let here = index == at.line;
        if here {
            pen.ground(Rect::new(area.x, y, area.width, 1), Role::SelectionIdle);
            pen.put(area.x, y, 1, pen.signs().bar, Role::Accent);
        }
        let name = clip_middle(&line.name, self.stub as usize - 2, pen.signs().ellipsis);
        pen.put(area.x + 1, y, self.stub - 1, &name, Role::Text);
        for (shown, end) in ends.iter().enumerate() {
            let column = self.from + shown;
            let Some(cell) = line.cells.get(column) else { continue };
            let wide = columns(&cell.text).max(1);
            if here && column == at.column {
                let ground = Rect::new(end.saturating_sub(wide + 1), y, wide + 2, 1);
                pen.ground(ground.intersection(area), Role::Selection);
            }
            let text = if cell.evidence.is_some() { cell.text.as_str() } else { pen.signs().idle };
            let role = if cell.evidence.is_some() { cell.role.unwrap_or(Role::Text) } else { Role::Muted };
            pen.put_right(*end, y, self.sheet.columns[column].width - 1, text, role);
        }
        let x = ends.last().copied().unwrap_or(area.x) + 3;
        let role = if here { self.sheet.tone.unwrap_or(Role::Danger) } else { Role::Muted };
        let room = area.right().saturating_sub(x + 1);
        match self.sheet.bars {
            Bars::Inline => self.bars(pen, line, (x, y), room.min(LONGEST), role),
            Bars::Beside => self.bars(pen, line, (x, y), (room.saturating_sub(1) / 2).min(LONGEST), role),
            Bars::None | Bars::Below => {}
        }
    }

    /// The line's bars one behind the other, each `width` wide at most.
    fn bars(&self, pen: &mut Pen<'_>, line: &SheetLine, (x, y): (u16, u16), width: u16, role: Role) {
        for (at, drawn) in (0..).zip(&line.bars) {
            let Some(drawn) = drawn else { continue };
            let x = x + at * (width + 1);
            bar(pen, x, y, width, drawn.share, role);
            // On a short bar the ends would hide the bar.
            if let Some(interval) = drawn.interval.filter(|_| width >= 20) {
                whisker(pen, Rect::new(x, y, width, 1), drawn.share, interval, role);
            }
        }
    }
}

/// A bar of eighths of a column; something that is not nothing is never drawn as nothing.
fn bar(pen: &mut Pen<'_>, x: u16, y: u16, width: u16, share: f64, role: Role) {
    let signs = pen.signs();
    let eighths = (share.clamp(0.0, 1.0) * f64::from(width) * 8.0).round() as u32;
    let eighths = if share > 0.0 { eighths.max(1) } else { eighths };
    let full = (eighths / 8) as usize;
    let x = pen.put(x, y, width, &signs.full.repeat(full), role);
    if !eighths.is_multiple_of(8) {
        let part = signs.eighths[(eighths % 8) as usize - 1];
        // The stand-ins round: a bar too short for them is a dot.
        let part = if part.is_empty() && full == 0 { signs.idle } else { part };
        pen.put(x, y, 1, part, role);
    }
}

/// The interval over its bar: a line from end to end, cut out of the bar as far as that goes, with a cross where the
/// bar ends.
fn whisker(pen: &mut Pen<'_>, at: Rect, share: f64, interval: Interval, role: Role) {
    let signs = pen.signs();
    let column = |part: f64| ((part * f64::from(at.width)) as u16).min(at.width.saturating_sub(1));
    let (low, high, end) = (column(interval.low), column(interval.high), share * f64::from(at.width));
    let last = (end.round() as u16).saturating_sub(1);
    for offset in low..=high {
        let sign = match offset {
            _ if low == high => signs.vertical,
            _ if offset == low => signs.tee_right,
            _ if offset == high => signs.tee_left,
            _ if offset == last => signs.cross,
            _ => signs.horizontal,
        };
        let x = at.x + offset;
        pen.put(x, at.y, 1, sign, role);
        if f64::from(offset) + 0.5 < end {
            let cell = Rect::new(x, at.y, 1, 1).intersection(pen.buf.area);
            pen.buf.set_style(cell, Style::new().add_modifier(Modifier::REVERSED));
        }
    }
}

/// The shares of the group under the cursor side by side, each with its Wilson interval.
fn chart(sheet: &Sheet, pen: &mut Pen<'_>, area: Rect, at: Place) {
    let group = sheet.group_of(at.column);
    let section = &sheet.lines[at.line].section;
    let lines: Vec<&SheetLine> =
        sheet.lines.iter().filter(|line| line.section == *section && !line.cells.is_empty()).collect();
    let rows = lines.len() as u16;
    if rows == 0 || area.height < rows {
        return;
    }
    let gap = if area.height > rows * 2 + 1 { 2 } else { 1 };
    let title = u16::from(area.height > rows);
    if title > 0 {
        let shares = "the share, and its 95 % Wilson interval";
        let words = if sheet.chart.is_empty() { shares } else { sheet.chart.as_str() };
        pen.put(area.x + 1, area.y, area.width - 2, words, Role::Muted);
    }
    let names = lines.iter().map(|line| columns(&line.name)).max().unwrap_or(0).min(18);
    let texts = lines.iter().filter_map(|line| line.bars.get(group)?.as_ref()).map(|bar| columns(&bar.text));
    let texts = texts.max().unwrap_or(0);
    let left = area.x + names + 3;
    let width = area.right().saturating_sub(left + texts + 4).min(CHART);
    for (row, line) in lines.iter().enumerate() {
        let y = area.y + title + u16::from(gap > 1) + row as u16 * gap;
        let own = sheet.lines[at.line].name == line.name;
        pen.put(area.x + 1, y, names, &line.name, if own { Role::Title } else { Role::Muted });
        match line.bars.get(group).and_then(Option::as_ref) {
            Some(drawn) => {
                let role = if own { sheet.tone.unwrap_or(Role::Danger) } else { Role::Muted };
                bar(pen, left, y, width, drawn.share, role);
                if let Some(interval) = drawn.interval {
                    whisker(pen, Rect::new(left, y, width, 1), drawn.share, interval, role);
                }
                pen.put_right(left + width + 2 + texts, y, texts, &drawn.text, Role::Text);
            }
            None => {
                pen.put(left, y, 1, pen.signs().idle, Role::Muted);
            }
        }
    }
}

/// The cell under the cursor, in words, with its sample size and interval.
fn detail(report: &Report, pen: &mut Pen<'_>, area: Rect, at: Place) {
    pen.horizontal(area.x, area.y, area.width);
    let Some(cell) = report.sheet.cell(at) else { return };
    let mut end = 0;
    for (row, text) in (1..=DETAILS).zip(&cell.detail) {
        end = end.max(pen.put(area.x + 1, area.y + row, area.width - 2, text, Role::Text));
    }
    let count = report.behind().len();
    let hint = match count {
        0 => return,
        1 => format!("enter: the {} behind it", report.page.of_rows()),
        count => format!("enter: the {count} {}s behind it", report.page.of_rows()),
    };
    if end + 3 + columns(&hint) < area.right() {
        pen.put_right(area.right() - 1, area.y + 1, 40, &hint, Role::Accent);
    }
}
