//! `keys.toml`: the user's own keys. Every error names file, line and column, and what to write instead.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Keymap;
use super::places::{self, Clash};
use crate::tui::app::command::{self, COMMANDS, Cmd};
use crate::tui::app::input::Input;
use crate::tui::app::keys::{Chord, Keys};
use crossterm::event::KeyCode;

pub const FILE_NAME: &str = "keys.toml";

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeymapError {
    #[error("cannot read {}: {message}", path.display())]
    Read { path: PathBuf, message: String },
    #[error("{}:{line}:{column}: {message}", path.display())]
    Wrong { path: PathBuf, line: usize, column: usize, message: String },
}

/// The table's keys with those of a file in their place.
///
/// # Errors
/// When the file cannot be read; when a command is unknown, a key is none, or two commands would share one.
pub fn read(path: &Path) -> Result<Keymap, KeymapError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| KeymapError::Read { path: path.to_owned(), message: error.to_string() })?;
    parse(path, &text)
}

/// # Errors
/// As [`read`]; `path` is only named.
pub fn parse(path: &Path, text: &str) -> Result<Keymap, KeymapError> {
    let source = Source { path, text };
    let table = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        source.wrong(&span, error.message().lines().collect::<Vec<_>>().join("; "))
    })?;
    let mut keymap = Keymap::default();
    let mut written: Vec<Written> = Vec::new();
    for (name, value) in in_order(table.get_ref()) {
        let Some(keys) = value.get_ref().as_table().filter(|_| name.get_ref() == "keys") else {
            let message = format!("`{}` is not known here; {FILE_NAME} has one table, [keys]", name.get_ref());
            return Err(source.wrong(&name.span(), message));
        };
        for (name, value) in in_order(keys) {
            written.extend(source.binding(name, value)?);
        }
    }
    for binding in &written {
        keymap.set(binding.id, binding.keys.iter().map(|(keys, _)| keys.clone()).collect());
    }
    source.check_clashes(&keymap, &written)?;
    let unreachable = |id: Cmd| keymap.of(id).is_empty();
    if let Some(last) = written.iter().rfind(|it| matches!(it.id, Cmd::Quit | Cmd::Palette))
        && unreachable(Cmd::Quit)
        && unreachable(Cmd::Palette)
    {
        let message = "neither `quit` nor `commands` has a key: leave one of them one".to_owned();
        return Err(source.wrong(&last.name, message));
    }
    Ok(keymap)
}

/// A command with the keys that the file gives it, each with its place.
struct Written {
    id: Cmd,
    name: Range<usize>,
    keys: Vec<(Keys, Range<usize>)>,
}

/// Entries from top to bottom; the table itself sorts them by name.
fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a Spanned<std::borrow::Cow<'i, str>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

struct Source<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Source<'_> {
    fn line(&self, span: &Range<usize>) -> usize {
        self.text.get(..span.start).unwrap_or_default().matches('\n').count() + 1
    }

    fn wrong(&self, span: &Range<usize>, message: String) -> KeymapError {
        let before = self.text.get(..span.start).unwrap_or_default();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        KeymapError::Wrong { path: self.path.to_owned(), line: self.line(span), column, message }
    }

    fn binding(
        &self,
        name: &Spanned<std::borrow::Cow<'_, str>>,
        value: &Spanned<DeValue<'_>>,
    ) -> Result<Option<Written>, KeymapError> {
        let Some(command) = command::named(name.get_ref()) else {
            let nearest = nearest(name.get_ref());
            let message = format!(
                "there is no command `{}`; the nearest is `{nearest}` (fdsp keys lists them all)",
                name.get_ref()
            );
            return Err(self.wrong(&name.span(), message));
        };
        let texts: Vec<(&str, Range<usize>)> = match value.get_ref() {
            DeValue::String(text) => vec![(text, value.span())],
            DeValue::Array(texts) => {
                let mut all = Vec::new();
                for one in texts.iter() {
                    let text = one.get_ref().as_str().ok_or_else(|| self.wrong(&one.span(), shape(command.name)))?;
                    all.push((text, one.span()));
                }
                all
            }
            _ => return Err(self.wrong(&value.span(), shape(command.name))),
        };
        let mut keys = Vec::new();
        for (text, span) in texts {
            keys.push((self.keys(command.id, text, &span)?, span));
        }
        Ok(Some(Written { id: command.id, name: name.span(), keys }))
    }

    fn keys(&self, id: Cmd, text: &str, span: &Range<usize>) -> Result<Keys, KeymapError> {
        let Some(keys) = Keys::parse(text) else {
            let word = text.split_whitespace().find(|word| Chord::parse(word).is_none()).unwrap_or(text);
            let message = format!("`{word}` is no key; write r, G, ctrl-r, alt-x, enter, f5, space, or several: g g");
            return Err(self.wrong(span, message));
        };
        if let Some((chord, sent)) = keys.chords().iter().find_map(|chord| Some((chord, sent_as(*chord)?))) {
            return Err(self.wrong(span, format!("a terminal sends {chord} as {sent}: write {sent}")));
        }
        if keys.chords().len() > 1 && keys.chords().iter().any(|chord| chord.code == KeyCode::Esc) {
            return Err(self.wrong(span, "esc leaves a sequence and cannot stand in one".to_owned()));
        }
        let first = keys.chords()[0];
        if matches!(id, Cmd::Start | Cmd::TestConnection) && form_takes(first) {
            let message = format!("in the form {first} goes into its field; take a key such as ctrl-g or f5");
            return Err(self.wrong(span, message));
        }
        Ok(keys)
    }

    /// Two commands on one key in a place, where the file has a hand in it; what is wrong furthest down is told.
    fn check_clashes(&self, keymap: &Keymap, written: &[Written]) -> Result<(), KeymapError> {
        for clash in places::clashes(keymap) {
            let of = |(id, keys): &(Cmd, Keys)| {
                let binding = written.iter().find(|binding| binding.id == *id)?;
                binding.keys.iter().rev().find(|(known, _)| known == keys).map(|(_, span)| span.clone())
            };
            let (one, other) = (of(&clash.one), of(&clash.other));
            // The table's own pairs are its own affair: states part them, and a test holds them.
            let (here, there, span, line) = match (one, other) {
                (None, None) => continue,
                (Some(span), None) => (&clash.one, &clash.other, span, None),
                (None, Some(span)) => (&clash.other, &clash.one, span, None),
                (Some(one), Some(other)) if one.start > other.start => {
                    (&clash.one, &clash.other, one, Some(self.line(&other)))
                }
                (Some(one), Some(other)) => (&clash.other, &clash.one, other, Some(self.line(&one))),
            };
            return Err(self.wrong(&span, clash_words(&clash, here, there, line)));
        }
        Ok(())
    }
}

/// `line` is that of the other in the file; without one it is a default.
fn clash_words(clash: &Clash, here: &(Cmd, Keys), there: &(Cmd, Keys), line: Option<usize>) -> String {
    let name = |id: Cmd| command::get(id).name;
    let (mine, other, place) = (name(here.0), name(there.0), clash.place);
    let of = line.map_or_else(|| "by default".to_owned(), |line| format!("in line {line}"));
    let advice = match line {
        Some(_) => "change one of them".to_owned(),
        None => format!("take another key, or give `{other}` one ({other} = [] for none)"),
    };
    if here.0 == there.0 && here.1 == there.1 {
        return format!("`{}` is written twice for `{mine}`", here.1);
    }
    if here.1 == there.1 {
        return format!("`{}` is also `{other}` {of}, both in {place}; {advice}", here.1);
    }
    if here.1.chords().len() < there.1.chords().len() {
        return format!("`{}` hides `{}`, which is `{other}` {of}, both in {place}; {advice}", here.1, there.1);
    }
    format!("`{}` is hidden by `{}`, which is `{other}` {of}, both in {place}; {advice}", here.1, there.1)
}

fn shape(name: &str) -> String {
    format!("the keys of `{name}` are a text or a list of texts: \"g g\", [\"G\", \"end\"], or [] for none")
}

/// Keys that terminals cannot tell from others.
fn sent_as(chord: Chord) -> Option<String> {
    match chord.code {
        KeyCode::Char('i') if chord.ctrl => Some("tab".to_owned()),
        KeyCode::Char('m') if chord.ctrl => Some("enter".to_owned()),
        KeyCode::Char('[') if chord.ctrl => Some("esc".to_owned()),
        KeyCode::Char(letter) if chord.ctrl && letter.is_uppercase() => {
            Some(Chord { code: KeyCode::Char(letter.to_lowercase().next()?), ..chord }.to_string())
        }
        _ => None,
    }
}

/// What the form does with a key before any command gets it.
fn form_takes(chord: Chord) -> bool {
    let moves = matches!(
        chord.code,
        KeyCode::Enter | KeyCode::Up | KeyCode::Down | KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab
    );
    moves || Input::default().key(chord)
}

fn nearest(name: &str) -> &'static str {
    let names = COMMANDS.iter().map(|command| command.name);
    names.min_by_key(|known| distance(name, known)).unwrap_or_default()
}

/// Insertions, deletions, replacements and swaps of neighbours between two names: optimal string alignment.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().take(64).collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (at, letter) in one.iter().enumerate() {
        let mut row = vec![at + 1];
        for (to, wanted) in other.iter().enumerate() {
            let replaced = rows[at][to] + usize::from(letter != wanted);
            let mut least = replaced.min(row[to] + 1).min(rows[at][to + 1] + 1);
            if at > 0 && to > 0 && *letter == other[to - 1] && one[at - 1] == *wanted {
                least = least.min(rows[at - 1][to - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}
