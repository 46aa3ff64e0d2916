//! Moving: along lists, from pane to pane, into screens and back out.

use super::command::Cmd;
use super::filter::FALSE_SECURE;
use super::item::Landing;
use super::message::Effect;
use super::model::{Pane, Screen};
use super::{App, layout};

impl App {
    pub(super) fn move_by(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let moved = |at: usize, count: usize| at.saturating_add_signed(by).min(count.saturating_sub(1));
        match (self.screen, self.pane) {
            (Screen::Runs, _) => self.runs_cursor = moved(self.runs_cursor, self.runs.as_ref().map_or(0, Vec::len)),
            (Screen::Items, _) => {
                if let Some(list) = &mut self.list {
                    list.cursor = moved(list.cursor, list.visible.len());
                }
            }
            (Screen::Steps, Pane::Items) => self.move_item(by, effects),
            (Screen::Steps, Pane::Steps) => {
                if let Some(item) = &mut self.item {
                    item.cursor = moved(item.cursor, item.lines.len());
                    self.scroll = (0, 0);
                }
            }
            (Screen::Steps, Pane::Main) => self.scroll.0 = self.scroll.0.saturating_add_signed(by).min(usize::MAX / 4),
            (Screen::Live, _) => {
                if let Some(live) = &mut self.live {
                    live.cursor = moved(live.cursor, live.slots.len());
                }
            }
            (Screen::Form, _) => {
                if let Some(form) = &mut self.form {
                    form.move_by(by.signum());
                }
            }
            (Screen::Report | Screen::Scanners, _) => self.move_report(by, effects),
            (Screen::Adjudication, _) => self.move_case(by, effects),
            (Screen::Lattice, _) => self.move_cell(by, 0),
        }
    }

    pub(super) fn page_by(&mut self, direction: isize, effects: &mut Vec<Effect>) {
        let by = direction * layout::page(self) as isize;
        let beside = self.screen == Screen::Steps && self.pane == Pane::Steps;
        if beside || self.screen == Screen::Adjudication {
            self.scroll.0 = self.scroll.0.saturating_add_signed(by);
        } else {
            self.move_by(by, effects);
        }
    }

    pub(super) fn move_item(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        let at = list.cursor.saturating_add_signed(by).min(list.visible.len().saturating_sub(1));
        if at != list.cursor {
            list.cursor = at;
            self.load_item(Landing::Fix, effects);
        }
    }

    /// What the scanner accepts and the test does not; a second time, everything.
    pub(super) fn only_false_secure(&mut self, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        let query = if list.query == FALSE_SECURE { "" } else { FALSE_SECURE };
        list.set_query(query);
        if self.screen == Screen::Steps {
            self.load_item(Landing::Fix, effects);
        }
    }

    pub(super) fn turn_approach(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        list.turn_approach(by);
        if self.screen == Screen::Steps {
            self.load_item(Landing::Fix, effects);
        }
    }

    /// The next sample of the same item that the filter keeps, on the line that stands for the same.
    pub(super) fn turn_sample(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        let Some(here) = list.here() else { return };
        let samples = list.samples_of(&list.lines[here].item.id);
        let all = samples.len();
        let kept: Vec<usize> = samples.filter(|line| list.visible.contains(line)).collect();
        let at = kept.iter().position(|line| *line == here).unwrap_or(0) as isize;
        let next = kept[(at + by).rem_euclid(kept.len() as isize) as usize];
        if next == here {
            let words = match all {
                1 => "this item has one sample so far".to_owned(),
                _ => "the filter hides the other samples: clear it among the items".to_owned(),
            };
            effects.push(self.tell(words, false));
            return;
        }
        let sample = list.lines[next].sample;
        list.cursor = list.visible.iter().position(|line| *line == next).unwrap_or(list.cursor);
        let node = self.item.as_ref().and_then(|item| item.node());
        self.load_item(node.map_or(Landing::Fix, |node| Landing::Node(node.in_sample(sample))), effects);
    }

    pub(super) fn open(&mut self, effects: &mut Vec<Effect>) {
        match self.screen {
            Screen::Runs => {
                let run = self.runs.as_ref().and_then(|runs| runs.get(self.runs_cursor));
                if let Some(id) = run.map(|run| run.info.id.clone()) {
                    self.open_run(&id, effects);
                }
            }
            Screen::Items => self.open_steps(effects),
            Screen::Steps if self.pane != Pane::Main => self.turn_pane(1),
            Screen::Steps => {}
            Screen::Live => self.open_slot(effects),
            Screen::Form => {}
            Screen::Report | Screen::Scanners => self.open_from_report(effects),
            Screen::Adjudication => self.open_steps_of_case(effects),
            Screen::Lattice => self.open_cell(effects),
        }
    }

    /// The items of a run, read where they are not there yet.
    pub(super) fn open_run(&mut self, id: &str, effects: &mut Vec<Effect>) {
        self.pause_replay(effects);
        self.came_from = None;
        if let Some(at) = self.runs.as_ref().and_then(|runs| runs.iter().position(|run| run.info.id == id)) {
            self.runs_cursor = at;
        }
        if self.list.as_ref().is_some_and(|list| list.info.id == id) {
            self.screen = Screen::Items;
        } else {
            self.load_run(id, effects);
        }
    }

    pub(super) fn open_steps(&mut self, effects: &mut Vec<Effect>) {
        if self.list.as_ref().is_some_and(|list| list.current().is_some()) {
            self.screen = Screen::Steps;
            self.came_from = None;
            self.pane = if layout::is_single(self) { Pane::Steps } else { Pane::Main };
            self.load_item(Landing::Fix, effects);
        }
    }

    /// From the board to the item that the slot under the cursor works on, else to the items of the run.
    pub(super) fn open_slot(&mut self, effects: &mut Vec<Effect>) {
        let Some(live) = &self.live else { return };
        let run = live.run().map(str::to_owned);
        let item = match live.slots.get(live.cursor) {
            Some(crate::runner::update::SlotState::Busy { item, .. }) => Some(item.clone()),
            _ => None,
        };
        let Some(run) = run else { return };
        if self.list.as_ref().is_none_or(|list| list.info.id != run) {
            self.start = Some(super::Start::Run { run: run.clone(), item });
            self.load_run(&run, effects);
            return;
        }
        if let (Some(list), Some(item)) = (&mut self.list, item) {
            list.set_query("");
            list.go_to(&item, None);
            self.open_steps(effects);
        } else {
            self.screen = Screen::Items;
        }
    }

    pub(super) fn back(&mut self, effects: &mut Vec<Effect>) {
        if self.toast.as_ref().is_some_and(|toast| !toast.good) {
            self.toast = None;
            return;
        }
        if self.is_searching()
            && self.report.as_ref().is_none_or(|it| self.screen != Screen::Report || it.evidence.is_none())
        {
            self.end_search();
            return;
        }
        match self.screen {
            Screen::Runs => {}
            // Elsewhere the filter is out of sight, and what it found is what one goes back to.
            Screen::Items if self.list.as_ref().is_some_and(|list| !list.query.is_empty()) => {
                self.set_filter("");
            }
            Screen::Steps => {
                self.pause_replay(effects);
                self.screen = self.came_from.take().unwrap_or(Screen::Items);
            }
            Screen::Items | Screen::Live => {
                self.screen = Screen::Runs;
                self.load_runs(effects);
            }
            Screen::Report | Screen::Scanners => self.leave_report(effects),
            Screen::Adjudication => self.leave_adjudication(),
            Screen::Lattice => self.leave_lattice(),
            Screen::Form => {
                self.form = None;
                self.screen = if self.list.is_some() { Screen::Items } else { Screen::Runs };
            }
        }
    }

    /// Straight to a list, from wherever.
    pub(super) fn go_to_screen(&mut self, id: Cmd, effects: &mut Vec<Effect>) {
        self.pause_replay(effects);
        self.came_from = None;
        if id == Cmd::GoRuns {
            self.screen = Screen::Runs;
            self.load_runs(effects);
        } else {
            self.screen = Screen::Items;
        }
    }

    pub(super) fn turn_pane(&mut self, by: isize) {
        match self.screen {
            Screen::Form => {
                if let Some(form) = &mut self.form {
                    form.move_by(by);
                }
            }
            Screen::Adjudication => self.turn_labels(),
            Screen::Steps if layout::is_single(self) => {
                let tabs = self.tabs();
                let count = 2 + tabs.len() as isize;
                let here = layout::tab_of(self.pane, self.tab) as isize;
                match (here + by).rem_euclid(count) {
                    0 => self.pane = Pane::Items,
                    1 => self.pane = Pane::Steps,
                    n => {
                        self.pane = Pane::Main;
                        self.tab = tabs[n as usize - 2];
                        self.scroll = (0, 0);
                    }
                }
            }
            Screen::Steps => {
                let panes = [Pane::Items, Pane::Steps, Pane::Main];
                let here = self.pane as isize;
                self.pane = panes[(here + by).rem_euclid(3) as usize];
            }
            _ => {}
        }
    }

    pub(super) fn sort(&mut self, reverse: bool, _: &mut [Effect]) {
        if let Some(list) = &mut self.list {
            if reverse {
                list.set_order(list.order, !list.reversed);
            } else {
                let order = list.order.next(list);
                list.set_order(order, false);
            }
        }
    }
}
