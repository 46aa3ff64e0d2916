//! Where each command can be given.

use crate::tui::app::App;
use crate::tui::app::model::{Pane, Screen, Tab};
use crate::tui::app::report::Page;

pub fn any(_: &App) -> bool {
    true
}
pub fn runs(app: &App) -> bool {
    app.screen == Screen::Runs
}
pub fn items(app: &App) -> bool {
    matches!(app.screen, Screen::Items | Screen::Steps)
}
pub fn list(app: &App) -> bool {
    app.screen == Screen::Items || (app.screen == Screen::Steps && app.pane == Pane::Items)
}
pub fn several(app: &App) -> bool {
    items(app) && app.list.as_ref().is_some_and(|list| list.several_approaches())
}
pub fn steps(app: &App) -> bool {
    app.screen == Screen::Steps
}
/// Where a verdict can be given.
pub fn judges(app: &App) -> bool {
    steps(app) || cases(app)
}
pub fn cases(app: &App) -> bool {
    app.screen == Screen::Adjudication
}
/// Where a label can be taken back.
pub fn turns(app: &App) -> bool {
    items(app) || cases(app)
}
pub fn lattice(app: &App) -> bool {
    app.screen == Screen::Lattice
}
/// Where one item is open.
pub fn item(app: &App) -> bool {
    steps(app) || lattice(app)
}
pub fn grid(app: &App) -> bool {
    cells(app) || lattice(app)
}
/// Panes stand side by side.
pub fn beside(app: &App) -> bool {
    steps(app) && !crate::tui::app::layout::is_single(app)
}
pub fn diff(app: &App) -> bool {
    cases(app) || (app.screen == Screen::Steps && app.tab == Tab::Diff)
}
/// What is searched with the keys of the items' filter.
pub fn texts(app: &App) -> bool {
    cells(app) || (steps(app) && app.pane != Pane::Items)
}
pub fn searching(app: &App) -> bool {
    app.is_searching()
}
pub fn changes(app: &App) -> bool {
    diff(app) && !searching(app)
}
pub fn failures(app: &App) -> bool {
    test(app) && !searching(app)
}
/// `n` goes to the next match, change or failure where there are such, and begins a run everywhere else.
pub fn may_begin(app: &App) -> bool {
    match app.screen {
        Screen::Runs | Screen::Items => true,
        Screen::Steps => !searching(app) && !matches!(app.tab, Tab::Diff | Tab::Test),
        Screen::Live => app.live.as_ref().is_none_or(|live| !live.working()),
        Screen::Form | Screen::Report | Screen::Scanners | Screen::Lattice | Screen::Adjudication => false,
    }
}
pub fn parted(app: &App) -> bool {
    matches!(app.screen, Screen::Steps | Screen::Form | Screen::Adjudication)
}
pub fn off_board(app: &App) -> bool {
    live(app) && app.screen != Screen::Live
}
pub fn live(app: &App) -> bool {
    app.live.is_some()
}
pub fn form(app: &App) -> bool {
    app.screen == Screen::Form
}
pub fn report(app: &App) -> bool {
    app.screen == Screen::Report
}
pub fn numbers(app: &App) -> bool {
    app.screen == Screen::Scanners || labelled(app)
}

pub fn labelled(app: &App) -> bool {
    report(app) && app.report.as_ref().is_some_and(|report| report.has_ways())
}
pub fn cells(app: &App) -> bool {
    report(app) && app.report.as_ref().is_some_and(|report| report.evidence.is_none())
}
/// A number is under the cursor.
pub fn numbered(app: &App) -> bool {
    cells(app) && app.report.as_ref().is_some_and(|report| report.place().is_some())
}
/// Where `?` does not explain a number.
pub fn helped(app: &App) -> bool {
    !numbered(app)
}
pub fn figure4(app: &App) -> bool {
    cells(app) && app.report.as_ref().is_some_and(|report| report.page == Page::Figure4)
}
pub fn pairs(app: &App) -> bool {
    cells(app) && app.report.as_ref().is_some_and(|report| report.page == Page::Confusion)
}
pub fn scanners(app: &App) -> bool {
    app.screen == Screen::Scanners
}
pub fn off_report(app: &App) -> bool {
    !matches!(app.screen, Screen::Form | Screen::Report)
}
pub fn off_scanners(app: &App) -> bool {
    !matches!(app.screen, Screen::Form | Screen::Scanners)
}
pub fn tested(app: &App) -> bool {
    steps(app) && app.item.as_ref().is_some_and(|item| item.has_test())
}
pub fn test(app: &App) -> bool {
    steps(app) && app.tab == Tab::Test
}
pub fn samples(app: &App) -> bool {
    item(app) && app.list.as_ref().is_some_and(|list| list.several_samples())
}
pub fn judged(app: &App) -> bool {
    items(app) && app.list.as_ref().is_some_and(|list| list.tests.any())
}
pub fn lists(app: &App) -> bool {
    app.screen != Screen::Form
}
pub fn inside(app: &App) -> bool {
    app.screen != Screen::Runs
}
