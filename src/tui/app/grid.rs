//! The lattice of the open item: which cell the cursor is on, which one is marked, and the way from a cell to its diff.

use super::App;
use super::command::Cmd;
use super::item::Landing;
use super::message::Effect;
use super::model::{Pane, Screen, Tab};
use super::timeline::Node;
use crate::core::ids::{Step, StreamId};
use crate::review::lattice::{Cell, Lattice, Row, Wanted};

/// What the lattice was made of.
#[derive(Debug, Clone, PartialEq)]
struct Key {
    run: String,
    item: String,
    sample: u32,
    /// How far the replay has come, of how many events, with how many of the labels.
    events: (usize, usize, usize),
}

#[derive(Debug, Default)]
pub struct Grid {
    key: Option<Key>,
    pub lattice: Lattice,
    /// Row and column.
    pub cursor: (usize, usize),
    /// A version to compare another one with.
    pub marked: Option<(StreamId, Step)>,
    /// The screen that led here.
    from: Option<Screen>,
    /// The way back from the steps, as it was before a cell led there.
    led: Option<Screen>,
}

impl Grid {
    pub fn current(&self) -> Option<(&Row, &Cell)> {
        let (row, column) = self.cursor;
        self.lattice.rows.get(row).zip(self.lattice.cell(row, column))
    }

    fn clamp(&mut self) {
        let (row, column) = &mut self.cursor;
        *row = (*row).min(self.lattice.rows.len().saturating_sub(1));
        let cells = self.lattice.rows.get(*row).map_or(0, |row| row.cells.len());
        *column = (*column).min(cells.saturating_sub(1));
    }
}

impl App {
    pub(super) fn open_lattice(&mut self, effects: &mut Vec<Effect>) {
        if self.list.as_ref().is_none_or(|list| list.current().is_none()) {
            effects.push(self.tell("there is no item to show", false));
            return;
        }
        self.pause_replay(effects);
        self.grid.key = None;
        self.grid.from = Some(self.screen);
        if self.screen == Screen::Items {
            self.load_item(Landing::Fix, effects);
        }
        self.screen = Screen::Lattice;
    }

    pub(super) fn leave_lattice(&mut self) {
        if self.grid.marked.take().is_some() {
            return;
        }
        if self.came_from == Some(Screen::Lattice) {
            self.came_from = self.grid.led.take();
        }
        self.screen = self.grid.from.take().unwrap_or(Screen::Steps);
    }

    /// Whether this reader is to see hints and what other annotators say: the one switch for both.
    pub(super) fn sees_opinions(&self) -> bool {
        true
    }

    /// Makes the lattice again where the item has another one than before.
    pub(super) fn prepare_lattice(&mut self) {
        if self.screen != Screen::Lattice {
            return;
        }
        let Some(item) = &self.item else { return };
        let key = Key {
            run: item.run.clone(),
            item: item.item.id.clone(),
            sample: item.stream.sample,
            events: (item.replay.pos(), item.replay.entries().len(), item.labels().len()),
        };
        if self.grid.key.as_ref() == Some(&key) {
            return;
        }
        let settings = self.list.as_ref().map(|list| &list.info.settings);
        let wanted = Wanted {
            mode: item.mode,
            solutions: settings.map_or(0, |settings| settings.solutions),
            iterations: settings.map_or(0, |settings| settings.iterations),
            opinions: self.sees_opinions(),
        };
        let lattice = Lattice::of(&item.state, &item.streams, wanted);
        let same = |known: &Key| (&known.run, &known.item, known.sample) == (&key.run, &key.item, key.sample);
        if !self.grid.key.as_ref().is_some_and(same) {
            let selected = item.selected().and_then(|(owner, version)| lattice.find(item.stream, owner, version.step));
            let own = || lattice.rows.iter().position(|row| row.stream == item.stream).map(|row| (row, 0));
            self.grid.cursor = selected.or_else(own).unwrap_or_default();
            self.grid.marked = None;
        }
        self.grid.lattice = lattice;
        self.grid.key = Some(key);
        self.grid.clamp();
    }

    pub(super) fn move_cell(&mut self, down: isize, right: isize) {
        let moved = |at: usize, by: isize| at.saturating_add_signed(by);
        let (row, column) = self.grid.cursor;
        self.grid.cursor = (moved(row, down), moved(column, right));
        self.grid.clamp();
    }

    pub(super) fn mark_cell(&mut self, effects: &mut Vec<Effect>) {
        let seen = self.grid.current().and_then(|(_, cell)| cell.seen()).map(|seen| (seen.stream, seen.step));
        let Some(version) = seen else {
            effects.push(self.tell("there is no version here to mark", false));
            return;
        };
        let before = self.grid.marked.take();
        self.grid.marked = Some(version).filter(|_| before != Some(version));
        let Some(item) = &self.item else { return };
        let name = |(stream, step): (StreamId, Step)| item.name_of(stream, step);
        let open = self.key_of(Cmd::Open);
        let words = match before {
            None => format!("{} marked · {open} on another cell compares the two", name(version)),
            Some(before) if before == version => format!("{} is marked no more", name(version)),
            Some(before) => format!("{} is marked now, {} no more", name(version), name(before)),
        };
        effects.push(self.tell(words, true));
    }

    /// Opens the cell's version in the diff: against the one that is marked, else against what its row starts from.
    pub(super) fn open_cell(&mut self, effects: &mut Vec<Effect>) {
        let Some((row, cell)) = self.grid.current() else { return };
        let Some(seen) = cell.seen() else {
            let words = match cell {
                Cell::NotNeeded => "this try was not needed",
                Cell::Asked(_) => "asked, and there is no version",
                _ => "this try is still to come",
            };
            effects.push(self.tell(words, false));
            return;
        };
        let (stream, version) = (row.stream, (seen.stream, seen.step));
        let base = self.grid.marked.filter(|marked| *marked != version);
        let Some(item) = &mut self.item else { return };
        if item.stream != stream {
            item.show(stream);
        }
        item.base = base;
        item.land(Landing::Node(Node::Step(version.0, version.1)));
        if self.came_from != Some(Screen::Lattice) {
            self.grid.led = self.came_from.take();
        }
        self.came_from = Some(Screen::Lattice);
        (self.screen, self.pane, self.tab) = (Screen::Steps, Pane::Main, Tab::Diff);
        self.scroll = (0, 0);
    }
}
