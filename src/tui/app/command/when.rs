//! Where each command can be given, and what stands in the way where it cannot.

use crate::tui::app::App;
use crate::tui::app::model::{Pane, Screen, Tab};
use crate::tui::app::report::Page;

/// What keeps a command from being given, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bar {
    /// Not in this place, whatever is open: its keys may mean something else here.
    Elsewhere(&'static str),
    /// In this place, but not as things are.
    Now(&'static str),
}

impl Bar {
    pub fn reason(self) -> &'static str {
        match self {
            Self::Elsewhere(reason) | Self::Now(reason) => reason,
        }
    }
}

/// Whether a command can be given. A place is told by screen, pane and tab alone, and is asked for first: what can be
/// pressed in one place is known without any data (`keymap::places`).
pub type Here = Result<(), Bar>;

fn at(place: bool, reason: &'static str) -> Here {
    if place { Ok(()) } else { Err(Bar::Elsewhere(reason)) }
}

fn has(state: bool, reason: &'static str) -> Here {
    if state { Ok(()) } else { Err(Bar::Now(reason)) }
}

pub fn any(_: &App) -> Here {
    Ok(())
}
pub fn runs(app: &App) -> Here {
    at(app.screen == Screen::Runs, "only in the list of runs")
}
pub fn items(app: &App) -> Here {
    at(matches!(app.screen, Screen::Items | Screen::Steps), "only in the items and the steps of a run")
}
/// A run is open or under the cursor, and leaving the workbench for a while stops nothing.
pub fn reviewable(app: &App) -> Here {
    let place = matches!(app.screen, Screen::Runs | Screen::Items | Screen::Steps | Screen::Lattice);
    at(place, "only in the runs, the items and an item")?;
    has(app.reviewed_run().is_some(), "needs a run: none is open")?;
    let works = app.live.as_ref().is_some_and(|live| live.working());
    has(!works, "a run is working here: use fdsp review elsewhere")
}
pub fn list(app: &App) -> Here {
    let listed = app.screen == Screen::Items || (app.screen == Screen::Steps && app.pane == Pane::Items);
    at(listed, "only in the list of items")
}
pub fn several(app: &App) -> Here {
    items(app)?;
    let several = app.list.as_ref().is_some_and(|list| list.several_approaches());
    has(several, "needs several approaches: this run has one")
}
pub fn steps(app: &App) -> Here {
    at(app.screen == Screen::Steps, "only in the steps of an item")
}
/// Where a verdict can be given.
pub fn judges(app: &App) -> Here {
    at(matches!(app.screen, Screen::Steps | Screen::Adjudication), "only in the steps of an item")
}
pub fn cases(app: &App) -> Here {
    at(app.screen == Screen::Adjudication, "only in the adjudication")
}
/// Where a label can be taken back.
pub fn turns(app: &App) -> Here {
    if app.screen == Screen::Adjudication { Ok(()) } else { items(app) }
}
pub fn lattice(app: &App) -> Here {
    at(app.screen == Screen::Lattice, "only in the lattice of an item")
}
/// Where one item is open.
pub fn item(app: &App) -> Here {
    at(matches!(app.screen, Screen::Steps | Screen::Lattice), "only in an item")
}
/// Panes stand side by side.
pub fn beside(app: &App) -> Here {
    steps(app)?;
    has(!crate::tui::app::layout::is_single(app), "needs a wider terminal: one pane is shown at a time")
}
/// Until the item is there nothing is known of it, and keys wait for it.
pub fn tried(app: &App) -> Here {
    steps(app)?;
    let Some(item) = app.item.as_ref().filter(|_| app.loading.is_none()) else { return Ok(()) };
    let secure = item.replay.at_end() && item.versions().len() == 1 && item.is_secure_as_generated();
    has(!secure, "needs a fix: this item was secure from the start")
}
pub fn versions(app: &App) -> Here {
    steps(app)?;
    let several = app.item.as_ref().is_none_or(|item| item.versions().len() > 1);
    has(several, "needs two versions: there is one of the code so far")
}
/// What is shown can be compared with something.
pub fn compared(app: &App) -> Here {
    judges(app)?;
    let item = app.item.as_ref().filter(|item| item.selected().is_some() && app.screen == Screen::Steps);
    let alone = item.is_some_and(|item| item.compared_with().is_none());
    has(!alone, "needs two versions: nothing comes before the one shown")
}
pub fn diff(app: &App) -> Here {
    let compared = app.screen == Screen::Steps && app.tab == Tab::Diff;
    at(compared || app.screen == Screen::Adjudication, "only in the diff")
}
/// What is searched with the keys of the items' filter.
pub fn texts(app: &App) -> Here {
    let text = app.screen == Screen::Steps && app.pane != Pane::Items;
    at(text || app.screen == Screen::Report, "only in a pane of text and in the report")?;
    if text { Ok(()) } else { cells(app) }
}
pub fn searching(app: &App) -> Here {
    at(matches!(app.screen, Screen::Steps | Screen::Report), "only in the steps and the report")?;
    has(app.is_searching(), "needs a search: nothing is searched for")
}
fn unsearched(app: &App) -> Here {
    has(!app.is_searching(), "a search is on: end it first")
}
pub fn changes(app: &App) -> Here {
    diff(app)?;
    unsearched(app)
}
pub fn failures(app: &App) -> Here {
    test(app)?;
    unsearched(app)
}
/// `n` goes to the next match, change or failure where there are such, and begins a run everywhere else.
pub fn may_begin(app: &App) -> Here {
    let compared = app.screen == Screen::Steps && matches!(app.tab, Tab::Diff | Tab::Test);
    at(!compared, "not beside a diff or a test")?;
    let lists = matches!(app.screen, Screen::Runs | Screen::Items | Screen::Steps | Screen::Live);
    at(lists, "only in the runs, the items and on the board")?;
    if app.screen == Screen::Steps {
        unsearched(app)?;
    }
    let works = app.screen == Screen::Live && app.live.as_ref().is_some_and(|live| live.working());
    has(!works, "a run is working: stop it or wait for its end")
}
pub fn parted(app: &App) -> Here {
    at(
        matches!(app.screen, Screen::Steps | Screen::Form | Screen::Adjudication),
        "only where there are panes or fields",
    )
}
pub fn off_board(app: &App) -> Here {
    at(app.screen != Screen::Live, "this is the board")?;
    live(app)
}
pub fn live(app: &App) -> Here {
    has(app.live.is_some(), "needs a run that works: none was begun or resumed here")
}
pub fn form(app: &App) -> Here {
    at(app.screen == Screen::Form, "only in the form of a new run")
}
pub fn report(app: &App) -> Here {
    at(app.screen == Screen::Report, "only in the report")
}
pub fn numbers(app: &App) -> Here {
    if app.screen == Screen::Scanners { Ok(()) } else { labelled(app) }
}
pub fn labelled(app: &App) -> Here {
    report(app)?;
    let ways = app.report.as_ref().is_some_and(|report| report.has_ways());
    has(ways, "numbers of tests are counted one way")
}
pub fn cells(app: &App) -> Here {
    report(app)?;
    let cells = app.report.as_ref().is_some_and(|report| report.evidence.is_none());
    has(cells, "the items behind a number are shown: close them first")
}
pub fn grid(app: &App) -> Here {
    if app.screen == Screen::Lattice { Ok(()) } else { cells(app) }
}
/// A number is under the cursor.
pub fn numbered(app: &App) -> Here {
    cells(app)?;
    has(app.report.as_ref().is_some_and(|report| report.place().is_some()), "needs a number under the cursor")
}
/// Where `?` does not explain a number.
pub fn helped(app: &App) -> Here {
    has(numbered(app).is_err(), "a number is under the cursor: explain it, then once more")
}
pub fn figure4(app: &App) -> Here {
    cells(app)?;
    has(app.report.as_ref().is_some_and(|report| report.page == Page::Figure4), "only on figure 4")
}
pub fn pairs(app: &App) -> Here {
    cells(app)?;
    has(app.report.as_ref().is_some_and(|report| report.page == Page::Confusion), "only in the confusion of annotators")
}
pub fn scanners(app: &App) -> Here {
    at(app.screen == Screen::Scanners, "only among the scanners")
}
pub fn off_report(app: &App) -> Here {
    at(app.screen != Screen::Form, "not from the form")?;
    at(app.screen != Screen::Report, "this is the report")
}
pub fn off_scanners(app: &App) -> Here {
    at(app.screen != Screen::Form, "not from the form")?;
    at(app.screen != Screen::Scanners, "these are the scanners")
}
pub fn off_runs(app: &App) -> Here {
    at(app.screen != Screen::Form, "not from the form")?;
    at(app.screen != Screen::Runs, "this is the list of runs")
}
pub fn off_items(app: &App) -> Here {
    at(app.screen != Screen::Form, "not from the form")?;
    at(app.screen != Screen::Items, "these are the items")?;
    has(app.list.is_some(), "needs a run: none is open")
}
pub fn tested(app: &App) -> Here {
    steps(app)?;
    has(app.item.as_ref().is_some_and(|item| item.has_test()), "needs a test: this item has none")
}
pub fn test(app: &App) -> Here {
    at(app.screen == Screen::Steps && app.tab == Tab::Test, "only in the test of a version")
}
pub fn samples(app: &App) -> Here {
    item(app)?;
    let several = app.list.as_ref().is_some_and(|list| list.several_samples());
    has(several, "needs several samples: this run has one of each item")
}
pub fn judged(app: &App) -> Here {
    items(app)?;
    let tested = app.list.as_ref().is_some_and(|list| list.tests.any());
    has(tested, "needs tests: nothing in this run was tested (fdsp test)")
}
pub fn lists(app: &App) -> Here {
    at(app.screen != Screen::Form, "not in the form")
}
pub fn inside(app: &App) -> Here {
    at(app.screen != Screen::Runs, "this is the first screen")
}
