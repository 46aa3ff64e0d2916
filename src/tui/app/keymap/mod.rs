//! Which keys give which command: the table's, or the user's own from `keys.toml`.

mod file;
pub mod places;
mod print;
#[cfg(test)]
mod tests;

use super::App;
use super::command::{Bar, COMMANDS, Cmd, Command};
use super::keys::{Chord, Keys};
pub use file::{FILE_NAME, KeymapError, read};
pub use print::{defaults, table};

/// The keys of every command, in the order of the table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keymap {
    bindings: Vec<(Cmd, Vec<Keys>)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let keys = |command: &Command| command.keys.iter().filter_map(|text| Keys::parse(text)).collect();
        Self { bindings: COMMANDS.iter().map(|command| (command.id, keys(command))).collect() }
    }
}

/// What the keys typed so far mean in a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    Command(Cmd),
    /// A longer sequence begins so.
    Prefix,
    /// A command that cannot be given here.
    Barred(Cmd, Bar),
    Nothing,
}

impl Keymap {
    pub fn of(&self, id: Cmd) -> &[Keys] {
        self.bindings.iter().find(|(known, _)| *known == id).map_or(&[], |(_, keys)| keys)
    }

    pub fn first(&self, id: Cmd) -> Option<&Keys> {
        self.of(id).first()
    }

    fn set(&mut self, id: Cmd, keys: Vec<Keys>) {
        if let Some((_, known)) = self.bindings.iter_mut().find(|(known, _)| *known == id) {
            *known = keys;
        }
    }

    /// Every command with its keys.
    fn commands(&self) -> impl Iterator<Item = (&'static Command, &Vec<Keys>)> {
        COMMANDS.iter().zip(&self.bindings).map(|(command, (_, keys))| (command, keys))
    }

    /// The command that one key alone means here, if it can be given.
    pub fn single(&self, app: &App, chord: Chord) -> Option<Cmd> {
        match self.meaning(app, &[chord]) {
            Meaning::Command(id) => Some(id),
            _ => None,
        }
    }

    pub fn meaning(&self, app: &App, typed: &[Chord]) -> Meaning {
        let mut longer = false;
        let mut barred: Option<(Cmd, Bar)> = None;
        for (command, keys) in self.commands() {
            for left in keys.iter().filter_map(|keys| keys.after(typed)) {
                match command.bar(app) {
                    None if left.is_empty() => return Meaning::Command(command.id),
                    None => longer = true,
                    // What is missing says more than that one is somewhere else.
                    Some(bar @ Bar::Now(_)) if !matches!(barred, Some((_, Bar::Now(_)))) => {
                        barred = Some((command.id, bar));
                    }
                    Some(bar) => barred = barred.or(Some((command.id, bar))),
                }
            }
        }
        match barred {
            _ if longer => Meaning::Prefix,
            Some((id, bar)) => Meaning::Barred(id, bar),
            None => Meaning::Nothing,
        }
    }

    /// What may follow `typed` in this place: the keys left, the command, and what bars it now.
    pub fn following(&self, app: &App, typed: &[Chord]) -> Vec<(Keys, &'static Command, Option<Bar>)> {
        let mut found = Vec::new();
        for (command, keys) in self.commands() {
            let bar = command.bar(app);
            if matches!(bar, Some(Bar::Elsewhere(_))) {
                continue;
            }
            let left = keys.iter().filter_map(|keys| keys.after(typed)).filter_map(Keys::of);
            found.extend(left.map(|left| (left, command, bar)));
        }
        found
    }
}

impl App {
    /// The key of a command as a sentence names it; without one, its name in the palette.
    pub fn key_of(&self, id: Cmd) -> String {
        match self.keymap.first(id) {
            Some(keys) => keys.to_string(),
            None => format!(":{}", super::command::get(id).name),
        }
    }
}
