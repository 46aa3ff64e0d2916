//! The one table of commands. Keys, footer, help, palette and the README's key list all come from it.

mod table;
mod when;

use super::App;
use super::keys::Chord;
use super::layout;
use super::model::Screen;
pub use table::COMMANDS;

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
    Adjudicate,
    WhichCases,
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
        let several = when::several(app) || when::samples(app);
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
    use crate::tui::app::model::Tab;

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
        for screen in [
            Screen::Runs,
            Screen::Items,
            Screen::Steps,
            Screen::Live,
            Screen::Form,
            Screen::Report,
            Screen::Scanners,
            Screen::Adjudication,
            Screen::Lattice,
        ] {
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
