//! Where the panes stand: geometry alone, shared by the views and by what must know how tall a pane is.

use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::App;
use super::adjudicate::panel;
use super::model::{Pane, Screen, Tab};
use super::report::Page;

/// Below this nothing can be read; the screen says so.
pub const SMALLEST: (u16, u16) = (60, 15);
const THREE_PANES: u16 = 140;
const TWO_PANES: u16 = 100;

/// Columns of a pane beside the main one, and of the main one, at least.
const NARROWEST: u16 = 20;
const MAIN_LEAST: u16 = 50;

/// How wide the reader has made the panes beside the main one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    /// Where three panes stand side by side.
    pub items: u16,
    pub steps: u16,
    /// The one beside the main pane, where two stand side by side.
    pub side: u16,
    /// The focused pane has the body for itself.
    pub zoom: bool,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { items: 33, steps: 34, side: 34, zoom: false }
    }
}

/// A list as it is drawn: its lines' area, how many there are, and the cursor that is kept in sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rows {
    pub area: Rect,
    pub count: usize,
    pub cursor: usize,
}

/// The steps screen; what does not fit is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Panes {
    /// The strip of tabs, where one pane is shown at a time.
    pub tabs: Option<Rect>,
    pub items: Option<Rect>,
    pub steps: Option<Rect>,
    pub main: Option<Rect>,
    /// Findings, hints and test of what is selected.
    pub strip: Rect,
    /// The rule above the strip.
    pub strip_rule: Rect,
    /// Columns of the thin lines between panes.
    pub lines: [Option<u16>; 2],
}

/// The rows between the header's rule and the footer's.
pub fn body(size: (u16, u16)) -> Rect {
    Rect::new(0, 2, size.0, size.1.saturating_sub(4))
}

/// The screen of adjudication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bench {
    /// The versions, with a title row.
    pub list: Rect,
    /// What was said of one.
    pub labels: Rect,
    pub main: Rect,
    /// Where list and code stand side by side, the column between.
    pub line: Option<u16>,
}

pub fn bench(app: &App) -> Bench {
    let body = body(app.size);
    let case = app.adjudication.as_ref().and_then(|open| open.current());
    let whole = app.adjudication.as_ref().is_some_and(|open| open.whole);
    let rows = |width: u16| case.map_or(1, |case| panel(case, width.saturating_sub(2) as usize).len()) as u16;
    if app.size.0 >= TWO_PANES {
        let left = if app.size.0 >= THREE_PANES { 54 } else { 42 };
        let right = Rect { x: left + 1, width: body.width - left - 1, ..body };
        let said = if whole { body.height - 1 } else { rows(right.width).clamp(1, body.height / 3) };
        return Bench {
            list: Rect { width: left, ..body },
            labels: Rect { height: said, ..right },
            main: Rect { y: body.y + said + 1, height: body.height.saturating_sub(said + 1), ..right },
            line: Some(left),
        };
    }
    let listed = app.adjudication.as_ref().map_or(1, |open| open.shown.len()).clamp(2, 4) as u16 + 1;
    let room = body.height.saturating_sub(listed + 1);
    let said = if whole { room } else { rows(body.width).clamp(1, 6).min(room / 2) };
    let above = listed + 1 + said + 1;
    Bench {
        list: Rect { height: listed, ..body },
        labels: Rect { y: body.y + listed + 1, height: said, ..body },
        main: Rect { y: body.y + above, height: body.height.saturating_sub(above), ..body },
        line: None,
    }
}

/// The first row shown of a list, so that the cursor is in sight and the list does not jump.
pub fn first_row(cursor: usize, count: usize, height: usize) -> usize {
    if count <= height { 0 } else { cursor.saturating_sub(height / 2).min(count - height) }
}

pub fn has_three(app: &App) -> bool {
    app.size.0 >= THREE_PANES
}

/// The widths as the screen has room for them.
pub fn fitted(app: &App) -> Sizes {
    let Sizes { items, steps, side, zoom } = app.sizes;
    let most = |others: u16| app.size.0.saturating_sub(MAIN_LEAST + 2 + others).max(NARROWEST);
    let items = items.clamp(NARROWEST, most(NARROWEST));
    Sizes { items, steps: steps.clamp(NARROWEST, most(items)), side: side.clamp(NARROWEST, most(0)), zoom }
}

pub fn panes(app: &App) -> Panes {
    let (width, height) = app.size;
    if app.screen == Screen::Adjudication {
        return Panes { main: Some(bench(app).main), ..Panes::default() };
    }
    let body = body(app.size);
    if width < TWO_PANES {
        // One pane: the tabs take the place of the header's rule, the rule comes below them.
        let strip = Rect::new(0, height.saturating_sub(2), width, 1);
        let top = 3;
        let area = Rect::new(0, top, width, height.saturating_sub(top + 3));
        let mut panes = Panes {
            tabs: Some(Rect::new(0, 1, width, 1)),
            strip,
            strip_rule: Rect::new(0, height.saturating_sub(3), width, 1),
            ..Panes::default()
        };
        match app.pane {
            Pane::Items => panes.items = Some(area),
            Pane::Steps => panes.steps = Some(area),
            Pane::Main => panes.main = Some(area),
        }
        return panes;
    }
    if app.sizes.zoom {
        let mut panes = Panes::default();
        match app.pane {
            Pane::Items => panes.items = Some(body),
            Pane::Steps => panes.steps = Some(body),
            Pane::Main => panes.main = Some(body),
        }
        return panes;
    }
    let sizes = fitted(app);
    let tested = app.list.as_ref().is_some_and(|list| list.tests.any());
    let has_test = app.item.as_ref().is_some_and(|item| item.has_test());
    let strip_height = if tested || has_test { 3 } else { 2 };
    let upper = body.height.saturating_sub(strip_height + 1);
    let column = |x: u16, width: u16, height: u16| Rect::new(x, body.y, width, height);
    if width < THREE_PANES {
        let left = sizes.side;
        let main = column(left + 1, width - left - 1, upper);
        let side = column(0, left, upper);
        let strip = Rect::new(0, body.y + upper + 1, width, strip_height);
        let mut panes = Panes {
            main: Some(main),
            strip,
            strip_rule: Rect::new(0, body.y + upper, width, 1),
            lines: [Some(left), None],
            ..Panes::default()
        };
        if app.pane == Pane::Items {
            panes.items = Some(side);
        } else {
            panes.steps = Some(side);
        }
        return panes;
    }
    let Sizes { items, steps, .. } = sizes;
    let right = items + 1;
    let main = right + steps + 1;
    Panes {
        tabs: None,
        items: Some(column(0, items, body.height)),
        steps: Some(column(right, steps, upper)),
        main: Some(column(main, width - main, upper)),
        strip: Rect::new(right, body.y + upper + 1, width - right, strip_height),
        strip_rule: Rect::new(right, body.y + upper, width - right, 1),
        lines: [Some(items), Some(right + steps)],
    }
}

/// The main pane without its title row.
pub fn main_body(app: &App) -> Rect {
    let panes = panes(app);
    let Some(main) = panes.main else { return Rect::ZERO };
    // The strip of tabs names the pane already.
    if panes.tabs.is_some() { main } else { Rect { y: main.y + 1, height: main.height.saturating_sub(1), ..main } }
}

/// Rows that half a page means where the cursor is.
pub fn page(app: &App) -> usize {
    let rows = match app.screen {
        Screen::Steps | Screen::Adjudication => panes(app).main.map_or(body(app.size).height, |main| main.height),
        _ => body(app.size).height,
    };
    (rows as usize / 2).max(1)
}

/// Whether the diff stands side by side: where it was not said, when each side has room for code.
pub fn is_split(app: &App) -> bool {
    let width = panes(app).main.map_or(0, |main| main.width);
    match app.diff_style.split {
        Some(split) => split && width >= 60,
        None => width >= 84,
    }
}

pub fn is_single(app: &App) -> bool {
    app.size.0 < TWO_PANES
}

/// The words of the strip of tabs on a narrow screen, each with the column where it begins.
pub fn tabs(app: &App) -> Vec<(u16, &'static str)> {
    let names = ["Items", "Steps"].into_iter().chain(app.tabs().iter().map(|tab| tab.as_str()));
    let mut x = 0;
    names
        .map(|name| {
            let at = x;
            // A bracket or a space on each side, and a space between two.
            x += name.len() as u16 + 3;
            (at, name)
        })
        .collect()
}

/// The tab of the narrow screen that is drawn there.
pub fn tab_at(app: &App, (x, y): (u16, u16)) -> Option<usize> {
    panes(app).tabs.filter(|area| area.y == y)?;
    tabs(app).into_iter().position(|(from, name)| (from..from + name.len() as u16 + 2).contains(&x))
}

/// The pages of the report that its strip of tabs has room for, the page that is looked at among them: the column where
/// each begins, and its name.
pub fn report_tabs(here: Page, width: u16) -> Vec<(u16, Page, &'static str)> {
    let all = Page::EVERY.map(Page::names);
    let columns = |name: &str| name.len() as u16;
    let wide = all.iter().map(|(name, _)| columns(name) + 3).sum::<u16>() <= width;
    let gap = u16::from(wide);
    let name = |at: usize| if wide { all[at].0 } else { all[at].1 };
    let sum = |from: usize, to: usize| (from..to).map(|at| columns(name(at)) + 2 + gap).sum::<u16>();
    // Arrows stand for the others.
    let here = Page::EVERY.iter().position(|page| *page == here).unwrap_or(0);
    let arrows = |from: usize, to: usize| 2 * u16::from(from > 0) + 2 * u16::from(to < all.len());
    let fits = |from: usize, to: usize| sum(from, to) + arrows(from, to) <= width;
    let from = (0..=here).find(|from| fits(*from, here + 1)).unwrap_or(here);
    let to = (here + 1..=all.len()).rev().find(|to| fits(from, *to)).unwrap_or(here + 1);
    let mut x = 2 * u16::from(from > 0);
    let tab = |at: usize| {
        let begins = x;
        x += columns(name(at)) + 2 + gap;
        (begins, Page::EVERY[at], name(at))
    };
    (from..to).map(tab).collect()
}

/// The page of the report whose tab is drawn there.
pub fn report_tab_at(app: &App, (x, y): (u16, u16)) -> Option<Page> {
    let report = app.report.as_ref().filter(|_| app.screen == Screen::Report && y == body(app.size).y)?;
    let tabs = report_tabs(report.page, app.size.0);
    tabs.into_iter().find(|(from, _, name)| (*from..from + name.len() as u16 + 2).contains(&x)).map(|(_, page, _)| page)
}

/// The pane of the steps screen that is drawn there.
pub fn pane_at(app: &App, at: (u16, u16)) -> Option<Pane> {
    let panes = panes(app);
    let all = [(Pane::Items, panes.items), (Pane::Steps, panes.steps), (Pane::Main, panes.main)];
    all.into_iter().find(|(_, area)| area.is_some_and(|area| area.contains(at.into()))).map(|(pane, _)| pane)
}

/// The list that a screen, or a pane of the steps, shows; the report has one where the items behind a number are listed.
pub fn rows(app: &App, pane: Pane) -> Option<Rows> {
    let below = |area: Rect, head: u16, foot: u16| Rect {
        y: area.y + head,
        height: area.height.saturating_sub(head + foot),
        ..area
    };
    let body = body(app.size);
    let panes = panes(app);
    let title = u16::from(panes.tabs.is_none());
    let (area, count, cursor) = match (app.screen, pane) {
        (Screen::Runs, _) => (below(body, 1, 0), app.runs.as_ref().map_or(0, Vec::len), app.runs_cursor),
        (Screen::Items, _) => {
            let list = app.list.as_ref()?;
            let preview = if body.height >= 16 { 5 } else { 0 };
            (below(body, 2, preview), list.visible.len(), list.cursor)
        }
        (Screen::Steps, Pane::Items) => {
            let list = app.list.as_ref()?;
            let head = if list.several_approaches() { 1 } else { title };
            (below(panes.items?, head, 0), list.visible.len(), list.cursor)
        }
        (Screen::Steps, Pane::Steps) => {
            let item = app.item.as_ref()?;
            let samples = app.list.as_ref().is_some_and(|list| list.several_samples());
            let head = title + u16::from(item.several_approaches()) + u16::from(samples);
            (below(panes.steps?, head, 0), item.lines.len(), item.cursor)
        }
        (Screen::Live, _) => {
            let live = app.live.as_ref()?;
            (below(body, 0, 2), live.slots.len(), live.cursor)
        }
        (Screen::Report, _) => {
            let report = app.report.as_ref()?;
            (below(body, 3, 0), report.behind().len(), report.evidence?)
        }
        _ => return None,
    };
    Some(Rows { area, count, cursor })
}

/// What the tabs of the narrow screen are, in their order.
pub fn tab_of(pane: Pane, tab: Tab) -> usize {
    match pane {
        Pane::Items => 0,
        Pane::Steps => 1,
        Pane::Main => 2 + tab as usize,
    }
}
