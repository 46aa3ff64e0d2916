//! The one table of commands. Keys, footer, help, palette and the README's key list all come from it.

use super::App;
use super::keys::Chord;
use super::layout;
use super::model::{Pane, Screen, Tab};
use super::report::Page;

/// What a key, a palette line or a test can ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cmd {
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    Open,
    Back,
    NextPane,
    PrevPane,
    NextItem,
    PrevItem,
    NextFix,
    NextApproach,
    PrevApproach,
    ShowFix,
    ShowCode,
    ShowDiff,
    ShowFindings,
    ShowPrompt,
    ShowAnswer,
    ShowTest,
    FalseSecure,
    Versions,
    NextChange,
    PrevChange,
    Words,
    Fold,
    Copy,
    Filter,
    Sort,
    Reverse,
    Play,
    StepBack,
    StepForward,
    EventBack,
    EventForward,
    SeekStart,
    SeekEnd,
    Seek,
    Slower,
    Faster,
    Realistic,
    Unrealistic,
    Unsure,
    Comment,
    Undo,
    Redo,
    NewRun,
    Board,
    Pause,
    Stop,
    Resume,
    TestConnection,
    Start,
    Report,
    Scanners,
    NextPage,
    PrevPage,
    CellLeft,
    CellRight,
    Verdict,
    WithLabels,
    Figure4Of,
    RunsBeside,
    OnlyApart,
    Theme,
    Palette,
    Help,
    Suspend,
    Quit,
}

/// Headings of the help and of the README's key list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Group {
    Labels,
    Replay,
    Code,
    Items,
    Runs,
    Report,
    Moving,
    Everywhere,
}

impl Group {
    pub const EVERY: [Group; 8] =
        [Self::Labels, Self::Replay, Self::Code, Self::Items, Self::Runs, Self::Report, Self::Moving, Self::Everywhere];

    pub fn title(self) -> &'static str {
        match self {
            Self::Labels => "Labels",
            Self::Replay => "Replay",
            Self::Code => "Code and diff",
            Self::Items => "Items",
            Self::Runs => "Runs",
            Self::Report => "Report and scanners",
            Self::Moving => "Moving",
            Self::Everywhere => "Everywhere",
        }
    }
}

pub struct Command {
    pub id: Cmd,
    /// The name in the palette.
    pub name: &'static str,
    pub keys: &'static [&'static str],
    pub group: Group,
    /// The word in the footer; empty keeps it out.
    pub footer: &'static str,
    /// A command that shares the footer's entry, e.g. `← → step`.
    pub beside: Option<Cmd>,
    pub help: &'static str,
    pub when: fn(&App) -> bool,
}

impl Command {
    pub fn chords(&self) -> impl Iterator<Item = Chord> {
        self.keys.iter().filter_map(|key| Chord::parse(key))
    }
}

fn any(_: &App) -> bool {
    true
}
fn runs(app: &App) -> bool {
    app.screen == Screen::Runs
}
fn items(app: &App) -> bool {
    matches!(app.screen, Screen::Items | Screen::Steps)
}
fn list(app: &App) -> bool {
    app.screen == Screen::Items || (app.screen == Screen::Steps && app.pane == Pane::Items)
}
fn several(app: &App) -> bool {
    items(app) && app.list.as_ref().is_some_and(|list| list.several_approaches())
}
fn steps(app: &App) -> bool {
    app.screen == Screen::Steps
}
fn diff(app: &App) -> bool {
    app.screen == Screen::Steps && app.tab == Tab::Diff
}
/// `n` goes to the next change where a diff is shown, and begins a run everywhere else.
fn may_begin(app: &App) -> bool {
    match app.screen {
        Screen::Runs | Screen::Items => true,
        Screen::Steps => app.tab != Tab::Diff,
        Screen::Live => app.live.as_ref().is_none_or(|live| !live.working()),
        Screen::Form | Screen::Report | Screen::Scanners => false,
    }
}
fn parted(app: &App) -> bool {
    matches!(app.screen, Screen::Steps | Screen::Form)
}
fn off_board(app: &App) -> bool {
    live(app) && app.screen != Screen::Live
}
fn live(app: &App) -> bool {
    app.live.is_some()
}
fn form(app: &App) -> bool {
    app.screen == Screen::Form
}
fn report(app: &App) -> bool {
    app.screen == Screen::Report
}
fn numbers(app: &App) -> bool {
    app.screen == Screen::Scanners || labelled(app)
}
fn labelled(app: &App) -> bool {
    report(app) && app.report.as_ref().is_some_and(|report| report.has_ways())
}
fn cells(app: &App) -> bool {
    report(app) && app.report.as_ref().is_some_and(|report| report.evidence.is_none())
}
fn figure4(app: &App) -> bool {
    cells(app) && app.report.as_ref().is_some_and(|report| report.page == Page::Figure4)
}
fn scanners(app: &App) -> bool {
    app.screen == Screen::Scanners
}
fn off_report(app: &App) -> bool {
    !matches!(app.screen, Screen::Form | Screen::Report)
}
fn off_scanners(app: &App) -> bool {
    !matches!(app.screen, Screen::Form | Screen::Scanners)
}
fn tested(app: &App) -> bool {
    steps(app) && app.item.as_ref().is_some_and(|item| item.has_test())
}
fn judged(app: &App) -> bool {
    items(app) && app.list.as_ref().is_some_and(|list| list.is_tested())
}
fn lists(app: &App) -> bool {
    app.screen != Screen::Form
}
fn inside(app: &App) -> bool {
    app.screen != Screen::Runs
}

macro_rules! commands {
    ($($id:ident $name:literal $keys:tt $group:ident $footer:literal $beside:expr, $help:literal, $when:ident;)+) => {
        pub static COMMANDS: &[Command] = &[$(Command {
            id: Cmd::$id, name: $name, keys: &$keys, group: Group::$group, footer: $footer,
            beside: $beside, help: $help, when: $when,
        }),+];
    };
}

// Order is priority: the footer takes entries from the top until the line is full, and the first match takes a key.
commands! {
    Realistic "realistic" ["r"] Labels "realistic" None, "Label the version shown realistic; from a fix on to the next", steps;
    Unrealistic "unrealistic" ["u"] Labels "unrealistic" None, "Label the version shown unrealistic; from a fix on", steps;
    Unsure "unsure" ["x"] Labels "unsure" None, "Label the version shown unsure; from a fix on", steps;
    Comment "comment" ["c"] Labels "comment" None, "Write a comment on the version shown", steps;
    Undo "undo" ["U"] Labels "undo" None, "Take the last label back; without limit, over restarts too", items;
    Redo "redo" ["ctrl-r"] Labels "" None, "Put back the label taken back last", items;
    NextFix "next-fix" ["L"] Labels "next fix" None, "Go to the next fix without a label, by any approach", items;
    NextApproach "next-approach" ["a"] Items "approach" Some(Cmd::PrevApproach), "Next approach: its steps, its column to sort by", several;
    PrevApproach "previous-approach" ["A"] Items "" None, "Approach before", several;

    TestConnection "test-connection" ["ctrl-t"] Runs "test the connection" None, "Ask the model's server whether it is there", form;
    Start "start" ["ctrl-s"] Runs "start" None, "Start the run as the form says", form;

    StepForward "step-forward" ["right"] Replay "step" Some(Cmd::StepBack), "Replay: one step forward", steps;
    StepBack "step-back" ["left"] Replay "" None, "Replay: one step back", steps;
    Play "play" ["space"] Replay "play" None, "Replay: play or pause; answers arrive as they were recorded", steps;
    ShowDiff "diff" ["d", "2"] Code "diff" None, "Show the diff; again: unified or side by side", steps;
    Versions "versions" ["v"] Code "versions" None, "Choose the version that the diff starts from", steps;
    NextChange "next-change" ["n"] Code "change" Some(Cmd::PrevChange), "Go to the next change", diff;
    PrevChange "previous-change" ["N"] Code "" None, "Go to the change before", diff;
    ShowFix "fix" ["f"] Code "" None, "Go to the version that the scanner accepts, else to the last", steps;
    ShowCode "code" ["1"] Code "" None, "Show the code", steps;
    ShowFindings "findings" ["3"] Code "" None, "Show the findings before and after, and the hints", steps;
    ShowPrompt "prompt" ["4"] Code "" None, "Show the item's prompt and what was sent for this step", steps;
    ShowAnswer "answer" ["5"] Code "" None, "Show the answer as it came", steps;
    ShowTest "test" ["6"] Code "test" None, "Show what the item's test says of this version", tested;
    Words "words" ["w"] Code "" None, "Mark changed words inside changed lines, or not", steps;
    Fold "fold" ["z"] Code "" None, "Fold unchanged lines away, or show all", steps;
    Copy "copy" ["y"] Code "" None, "Copy the code shown to the clipboard", steps;
    EventForward "event-forward" ["]"] Replay "" None, "Replay: one event forward", steps;
    EventBack "event-back" ["["] Replay "" None, "Replay: one event back", steps;
    SeekStart "seek-start" ["home"] Replay "" None, "Replay: to the first event", steps;
    SeekEnd "seek-end" ["end"] Replay "" None, "Replay: to the last event", steps;
    Seek "seek" ["%"] Replay "" None, "Replay: to a percentage", steps;
    Slower "slower" ["<"] Replay "" None, "Replay: half the speed", steps;
    Faster "faster" [">"] Replay "" None, "Replay: twice the speed", steps;

    Open "open" ["enter"] Moving "open" None, "Open what the cursor is on", lists;
    Filter "filter" ["/"] Items "find" None, "Filter by id, prompt, outcome, label, CWE, approach", items;
    FalseSecure "false-secure" ["!"] Items "false secure" None, "Only what the scanner accepts and its test fails; again: all", judged;
    Sort "sort" ["s"] Items "sort" None, "Sort by the next column", list;
    Reverse "reverse" ["S"] Items "" None, "Turn the order round", list;
    NextItem "next-item" ["J"] Items "" None, "Next item, from any pane", steps;
    PrevItem "previous-item" ["K"] Items "" None, "Item before, from any pane", steps;

    NewRun "new-run" ["n"] Runs "new run" None, "Run a data set, a prompt or a file of your own", may_begin;
    Pause "pause" ["p"] Runs "pause, go on" None, "Pause the run, or go on with it", live;
    Stop "stop" ["ctrl-x"] Runs "stop" None, "Stop the run; what is answered is kept", live;
    Board "board" ["b"] Runs "board" None, "Show what every slot of the run is doing", off_board;
    Resume "resume" ["R"] Runs "resume" None, "Go on with a run that was stopped", runs;

    NextPage "next-page" ["tab"] Report "page" None, "Report: next table or figure", cells;
    PrevPage "previous-page" ["shift-tab"] Report "" None, "Report: table or figure before", cells;
    CellRight "cell-right" ["l", "right"] Report "" None, "Report: one cell to the right", cells;
    CellLeft "cell-left" ["h", "left"] Report "" None, "Report: one cell to the left", cells;
    Verdict "verdict" ["v"] Report "verdict" None, "Report: the strict verdict, or the paper's", numbers;
    WithLabels "with-labels" ["w"] Report "labels" None, "Report: with the labels counted, or without", labelled;
    Figure4Of "figure-4-of" ["a"] Report "approach" None, "Figure 4: of the next approach", figure4;
    RunsBeside "runs-beside" ["B"] Report "runs beside" None, "Report: the data set's other runs beside this one, or not", cells;
    OnlyApart "only-apart" ["f"] Report "differing" None, "Scanners: only where they differ, or all", scanners;
    Report "report" ["m"] Report "report" None, "Report: the study's numbers, each with its items", off_report;
    Scanners "scanners" ["o"] Report "scanners" None, "What each scanner says, item by item", off_scanners;

    NextPane "next-pane" ["tab"] Moving "pane" None, "Next pane, or next field of the form", parted;
    PrevPane "previous-pane" ["shift-tab"] Moving "" None, "Pane before", parted;
    Down "down" ["j", "down"] Moving "" None, "Down", any;
    Up "up" ["k", "up"] Moving "" None, "Up", any;
    PageDown "page-down" ["ctrl-d", "pgdn"] Moving "" None, "Half a page down", any;
    PageUp "page-up" ["ctrl-u", "pgup"] Moving "" None, "Half a page up", any;
    Top "top" ["g"] Moving "" None, "To the first line", any;
    Bottom "bottom" ["G"] Moving "" None, "To the last line", any;
    Left "scroll-left" ["h"] Moving "" None, "Show what is further left", steps;
    Right "scroll-right" ["l"] Moving "" None, "Show what is further right", steps;
    Back "back" ["esc", "backspace"] Moving "back" None, "Close, clear the filter, or go one screen up", inside;

    Palette "commands" [":"] Everywhere "commands" None, "Find a command by its name", any;
    Help "help" ["?"] Everywhere "help" None, "Show every key of this screen", any;
    Theme "theme" ["T"] Everywhere "" None, "Next theme", any;
    Suspend "suspend" ["ctrl-z"] Everywhere "" None, "Back to the shell; fg returns", any;
    Quit "quit" ["q", "ctrl-c"] Everywhere "quit" None, "Leave; every label is on disk already", any;
}

/// The command that a chord means here.
pub fn find(app: &App, chord: Chord) -> Option<Cmd> {
    COMMANDS
        .iter()
        .find(|command| command.chords().any(|key| key == chord) && (command.when)(app))
        .map(|command| command.id)
}

pub fn get(id: Cmd) -> &'static Command {
    // Every variant stands in the table; a test counts them.
    COMMANDS.iter().find(|command| command.id == id).unwrap_or(&COMMANDS[0])
}

/// The footer here: keys and word, most useful first; `? help` is for the view to keep.
pub fn footer(app: &App) -> Vec<(String, &'static str)> {
    let mut commands: Vec<&Command> = COMMANDS.iter().collect();
    if app.screen == Screen::Steps && layout::is_single(app) {
        // With one pane in sight the way to the others is worth more than undo.
        let several = several(app);
        let rank = |id: Cmd| match id {
            Cmd::Realistic | Cmd::Unrealistic | Cmd::Unsure => 0,
            Cmd::Comment if !several => 0,
            Cmd::NextPane => 1,
            Cmd::NextApproach => 2,
            Cmd::ShowDiff => 3,
            _ => 4,
        };
        commands.sort_by_key(|command| rank(command.id));
    }
    commands
        .into_iter()
        .filter(|command| !command.footer.is_empty() && (command.when)(app))
        .map(|command| {
            let first = |id: Cmd| get(id).chords().next().map(Chord::short).unwrap_or_default();
            let keys = match command.beside {
                Some(other) if command.id == Cmd::StepForward => format!("{} {}", first(other), first(command.id)),
                Some(other) => format!("{} {}", first(command.id), first(other)),
                None => first(command.id),
            };
            (keys, command.footer)
        })
        .collect()
}

/// The README's key list, between its markers.
pub fn readme_keys() -> String {
    use std::fmt::Write;
    let mut text = String::new();
    for group in Group::EVERY {
        let _ = writeln!(text, "\n**{}**\n\n| key | what it does |\n|---|---|", group.title());
        for command in COMMANDS.iter().filter(|command| command.group == group) {
            let keys: Vec<String> = command.keys.iter().map(|key| format!("`{key}`")).collect();
            let _ = writeln!(text, "| {} | {} |", keys.join(" "), command.help);
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_name_and_keys_of_its_own() {
        let mut names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        let ids: std::collections::HashSet<Cmd> = COMMANDS.iter().map(|command| command.id).collect();
        assert_eq!(ids.len(), COMMANDS.len());
        assert_eq!(Cmd::Quit as usize + 1, COMMANDS.len(), "a command is missing in the table");
        for command in COMMANDS {
            assert_eq!(command.chords().count(), command.keys.len(), "{} has a key that is not one", command.name);
            assert!(!command.keys.is_empty() && command.help.len() <= 62, "{}", command.name);
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        for screen in
            [Screen::Runs, Screen::Items, Screen::Steps, Screen::Live, Screen::Form, Screen::Report, Screen::Scanners]
        {
            for tab in Tab::EVERY {
                let mut app = App::for_tests();
                (app.screen, app.tab) = (screen, tab);
                app.live = Some(Box::default());
                let mut taken = std::collections::HashMap::new();
                for command in COMMANDS.iter().filter(|command| (command.when)(&app)) {
                    for chord in command.chords() {
                        if let Some(other) = taken.insert(chord, command.name) {
                            panic!("{screen:?}: `{chord}` is {other} and {}", command.name);
                        }
                    }
                }
            }
        }
    }
}
