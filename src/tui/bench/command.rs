//! What the bench can do: keys, footer and help come from this table.

use super::{Bench, Tab};
use crate::tui::app::keys::Chord;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cmd {
    Realistic,
    Unrealistic,
    Unsure,
    Skip,
    Flag,
    Comment,
    Undo,
    Redo,
    NextTab,
    PrevTab,
    ShowDiff,
    ShowPrompt,
    ShowBefore,
    ShowAfter,
    Reveal,
    NextChange,
    PrevChange,
    Up,
    Down,
    PageUp,
    PageDown,
    Top,
    Bottom,
    Left,
    Right,
    Words,
    Fold,
    MoreContext,
    LessContext,
    Wrap,
    HideSpace,
    HideComments,
    Copy,
    Again,
    Theme,
    Help,
    Suspend,
    Quit,
}

pub struct Command {
    pub id: Cmd,
    pub keys: &'static [&'static str],
    /// The word in the footer; empty keeps it out.
    pub footer: &'static str,
    pub help: &'static str,
    pub when: fn(&Bench) -> bool,
}

impl Command {
    pub fn chords(&self) -> impl Iterator<Item = Chord> {
        self.keys.iter().filter_map(|key| Chord::parse(key))
    }
}

fn any(_: &Bench) -> bool {
    true
}
fn card(bench: &Bench) -> bool {
    bench.card.is_some()
}
fn diff(bench: &Bench) -> bool {
    card(bench) && bench.tab == Tab::Diff
}
fn hidden(bench: &Bench) -> bool {
    bench.blind && bench.card.as_ref().is_some_and(|card| card.context().is_none())
}
fn ended(bench: &Bench) -> bool {
    bench.card.is_none()
}

macro_rules! commands {
    ($($id:ident $keys:tt $footer:literal $help:literal $when:ident;)+) => {
        pub static COMMANDS: &[Command] = &[$(Command {
            id: Cmd::$id, keys: &$keys, footer: $footer, help: $help, when: $when,
        }),+];
    };
}

commands! {
    Realistic ["r"] "realistic" "The fix is realistic; on to the next" card;
    Unrealistic ["u"] "unrealistic" "The fix is unrealistic, and why; on to the next" card;
    Unsure ["x"] "unsure" "Cannot be said; on to the next" card;
    Skip ["i", "s"] "skip" "No judgement by you; on to the next" card;
    Comment ["c"] "comment" "Write a comment, with the lines it is about" card;
    Undo ["U"] "undo" "Take your last label back; its code comes again" any;
    NextTab ["tab"] "pane" "Next of diff, prompt, before and after" card;
    Flag ["F"] "flag" "Mark it to be looked at again, or lift the mark" card;
    Redo ["ctrl-r"] "" "Put back the label taken back last" any;
    NextChange ["n"] "change" "Go to the next change" diff;
    PrevChange ["N"] "" "Go to the change before" diff;
    Reveal ["V"] "reveal" "Show what is hidden; the label will say so" hidden;
    Again ["enter"] "look again" "See whether another annotator gave something back" ended;
    PrevTab ["shift-tab"] "" "The pane before" card;
    ShowDiff ["d", "1"] "" "Show the diff; again: unified or side by side" card;
    ShowPrompt ["p", "2"] "" "Show the prompt" card;
    ShowBefore ["b", "3"] "" "Show the code before" card;
    ShowAfter ["a", "4"] "" "Show the code after" card;
    Down ["j", "down"] "" "Scroll down" card;
    Up ["k", "up"] "" "Scroll up" card;
    PageDown ["pgdn", "ctrl-d", "space"] "" "Half a page down" card;
    PageUp ["pgup", "ctrl-u"] "" "Half a page up" card;
    Top ["g", "home"] "" "To the top" card;
    Bottom ["G", "end"] "" "To the end" card;
    Left ["h", "left"] "" "Scroll left" card;
    Right ["l", "right"] "" "Scroll right" card;
    Words ["w"] "" "Mark changed words, or lines alone" diff;
    Fold ["z"] "" "Fold unchanged lines, or show all" diff;
    MoreContext ["+", "="] "" "More unchanged lines round a change" diff;
    LessContext ["-"] "" "Fewer unchanged lines round a change" diff;
    Wrap ["W"] "" "Wrap long lines on both sides in step, or cut them" diff;
    HideSpace ["_"] "" "Hide changes of white space" diff;
    HideComments ["#"] "" "Hide changes of comments" diff;
    Copy ["y"] "" "Copy the code after to the clipboard" card;
    Theme ["T"] "" "Next theme" any;
    Help ["?"] "help" "This list" any;
    Suspend ["ctrl-z"] "" "Suspend" any;
    Quit ["q", "ctrl-c"] "quit" "End the sitting; it goes on here next time" any;
}

/// The command that a chord means here.
pub fn find(bench: &Bench, chord: Chord) -> Option<Cmd> {
    let means = |command: &&Command| command.chords().any(|key| key == chord) && (command.when)(bench);
    COMMANDS.iter().find(means).map(|command| command.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_one_and_means_one_thing() {
        let mut taken = std::collections::HashSet::new();
        for command in COMMANDS {
            assert_eq!(command.chords().count(), command.keys.len(), "{:?}", command.id);
            assert!(command.help.len() <= 64, "{:?}", command.id);
            for key in command.keys {
                assert!(taken.insert(*key), "{key} stands twice");
            }
        }
        assert_eq!(Cmd::Quit as usize + 1, COMMANDS.len());
    }
}
