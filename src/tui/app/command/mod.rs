//! The one table of commands. Keys, footer, help, palette and the README's key list all come from it; the user's own
//! keys (`keymap`) take the place of the table's.

mod table;
mod when;

use super::App;
use super::layout;
use super::model::Screen;
pub use table::COMMANDS;
pub use when::{Bar, Here};

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
    NextSample,
    PrevSample,
    Search,
    NextMatch,
    PrevMatch,
    NextFailure,
    PrevFailure,
    NextChange,
    PrevChange,
    Words,
    Fold,
    MoreContext,
    LessContext,
    Wrap,
    HideSpace,
    HideComments,
    Copy,
    Editor,
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
    Skip,
    Flag,
    LabelAll,
    Comment,
    Review,
    ReviewBlind,
    Adjudicate,
    WhichCases,
    Undo,
    Redo,
    NewRun,
    Board,
    Pause,
    Stop,
    Resume,
    GoRuns,
    GoItems,
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
    NextPair,
    RunsBeside,
    OnlyApart,
    Lattice,
    MarkCell,
    Narrower,
    Wider,
    Zoom,
    Mouse,
    Theme,
    Explain,
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

    /// The same where there is room for one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Replay => "replay",
            Self::Code => "code",
            Self::Items => "items",
            Self::Runs => "runs",
            Self::Report => "report",
            Self::Moving => "moving",
            Self::Everywhere => "",
        }
    }
}

pub struct Command {
    pub id: Cmd,
    /// The name in the palette and in `keys.toml`.
    pub name: &'static str,
    /// As they are without the user's own; `"g g"` is a sequence.
    pub keys: &'static [&'static str],
    pub group: Group,
    /// The word in the footer; empty keeps it out.
    pub footer: &'static str,
    /// A command that shares the footer's entry, e.g. `← → step`.
    pub beside: Option<Cmd>,
    pub help: &'static str,
    pub when: fn(&App) -> Here,
}

impl Command {
    pub fn bar(&self, app: &App) -> Option<Bar> {
        (self.when)(app).err()
    }

    pub fn can(&self, app: &App) -> bool {
        (self.when)(app).is_ok()
    }
}

pub fn named(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
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
        let several = when::several(app).is_ok() || when::samples(app).is_ok();
        let rank = |id: Cmd| match id {
            Cmd::Realistic | Cmd::Unrealistic | Cmd::Unsure => 0,
            Cmd::NextMatch => 0,
            Cmd::Comment if !several => 0,
            Cmd::NextPane => 1,
            Cmd::NextApproach | Cmd::NextSample => 2,
            Cmd::ShowDiff => 3,
            _ => 4,
        };
        commands.sort_by_key(|command| rank(command.id));
    }
    let mut entries: Vec<(String, &'static str)> = commands
        .into_iter()
        .filter(|command| !command.footer.is_empty() && command.can(app))
        .map(|command| {
            let first = |id: Cmd| app.keymap.first(id).map(|keys| keys.short()).unwrap_or_default();
            let keys = match command.beside {
                Some(other) if command.id == Cmd::StepForward => format!("{} {}", first(other), first(command.id)),
                Some(other) => format!("{} {}", first(command.id), first(other)),
                None => first(command.id),
            };
            (keys.trim().to_owned(), word(command, app))
        })
        .filter(|(keys, _)| !keys.is_empty())
        .collect();
    if app.screen == Screen::Lattice {
        let all =
            [Cmd::CellLeft, Cmd::Down, Cmd::Up, Cmd::CellRight].map(|id| app.keymap.first(id).map(|it| it.short()));
        let keys = all.into_iter().flatten().collect::<Vec<_>>().join(" ");
        entries.insert(0, (keys, "move"));
    }
    entries
}

/// The footer's word for a command here.
fn word(command: &Command, app: &App) -> &'static str {
    let marked = app.screen == Screen::Lattice && app.grid.marked.is_some();
    if marked && command.id == Cmd::Open { "compare" } else { command.footer }
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
    use crate::tui::app::keymap::{Keymap, places};

    #[test]
    fn every_command_has_a_name_and_keys_of_its_own() {
        let mut names: Vec<&str> = COMMANDS.iter().map(|command| command.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        let ids: std::collections::HashSet<Cmd> = COMMANDS.iter().map(|command| command.id).collect();
        assert_eq!(ids.len(), COMMANDS.len());
        assert_eq!(Cmd::Quit as usize + 1, COMMANDS.len(), "a command is missing in the table");
        let keymap = Keymap::default();
        for command in COMMANDS {
            assert_eq!(keymap.of(command.id).len(), command.keys.len(), "{} has a key that is not one", command.name);
            assert!(!command.keys.is_empty() && command.help.len() <= 62, "{}", command.name);
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place_nor_hides_a_sequence() {
        let keymap = Keymap::default();
        let told = |clash: &places::Clash| {
            let (one, other) = (get(clash.one.0).name, get(clash.other.0).name);
            format!("{}: `{}` is {one}, `{}` is {other}", clash.place, clash.one.1, clash.other.1)
        };
        assert_eq!(places::clashes(&keymap).iter().map(told).collect::<Vec<_>>(), Vec::<String>::new());
    }

    #[test]
    fn every_command_can_be_given_somewhere_and_says_why_not_elsewhere() {
        let mut app = App::for_tests();
        for command in COMMANDS {
            let mut found = false;
            for place in places::every() {
                place.stand(&mut app);
                match command.bar(&app) {
                    None => found = true,
                    Some(bar) => {
                        found |= matches!(bar, Bar::Now(_));
                        let reason = bar.reason();
                        assert!(!reason.is_empty() && reason.len() <= 60, "{}: {reason}", command.name);
                    }
                }
            }
            assert!(found, "{} belongs to no place", command.name);
        }
    }
}
