//! The mouse: a click focuses and selects, the wheel moves what is under the pointer.

use super::App;
use super::help::Sheet;
use super::layout::{self, Rows};
use super::message::{Effect, Mouse, MouseKind};
use super::model::{Overlay, Pane, Screen};

/// Lines of text that a step of the wheel moves.
const WHEEL: isize = 3;

impl App {
    pub(super) fn point(&mut self, mouse: Mouse, effects: &mut Vec<Effect>) {
        if !self.mouse {
            return;
        }
        let by = match mouse.kind {
            MouseKind::Click => 0,
            MouseKind::WheelUp => -1,
            MouseKind::WheelDown => 1,
        };
        // Whoever takes the mouse is done with the keys.
        self.pending.clear();
        match &mut self.overlay {
            None if by == 0 => self.click(mouse.at, effects),
            None => self.wheel(mouse.at, by, effects),
            Some(Overlay::Help { scroll, find, .. }) => {
                let (at, find) = (*scroll, find.text().to_owned());
                let last = Sheet::of(self, &find).last();
                if let Some(Overlay::Help { scroll, .. }) = &mut self.overlay {
                    *scroll = at.min(last).saturating_add_signed(by * WHEEL).min(last);
                }
            }
            // Whatever else lies over the screen is answered by keys.
            Some(_) => {}
        }
    }

    fn click(&mut self, at: (u16, u16), effects: &mut Vec<Effect>) {
        if self.screen == Screen::Form {
            return;
        }
        if self.screen == Screen::Steps {
            if let Some(tab) = layout::tab_at(self, at) {
                match tab {
                    0 => self.pane = Pane::Items,
                    1 => self.pane = Pane::Steps,
                    n => {
                        if let Some(tab) = self.tabs().get(n - 2).copied() {
                            self.show(tab);
                        }
                    }
                }
                return;
            }
            let Some(pane) = layout::pane_at(self, at) else { return };
            self.pane = pane;
        }
        if let Some(page) = layout::report_tab_at(self, at) {
            if let Some(report) = &mut self.report {
                report.turn_to(page);
            }
            return;
        }
        if let Some(row) = layout::rows(self, self.pane).and_then(|rows| rows.at(at)) {
            self.select(row, effects);
        }
    }

    /// Puts the cursor of the screen's list, or of the focused pane's, on a row.
    fn select(&mut self, row: usize, effects: &mut Vec<Effect>) {
        match self.screen {
            Screen::Runs => self.runs_cursor = row,
            Screen::Live => {
                if let Some(live) = &mut self.live {
                    live.cursor = row;
                }
            }
            Screen::Report => {
                if let Some(report) = &mut self.report {
                    report.evidence = report.evidence.map(|_| row);
                }
            }
            _ => {
                let cursor = match (self.screen, self.pane) {
                    (Screen::Steps, Pane::Steps) => self.item.as_ref().map(|item| item.cursor),
                    _ => self.list.as_ref().map(|list| list.cursor),
                };
                let by = cursor.map_or(0, |cursor| row as isize - cursor as isize);
                if by != 0 {
                    self.move_by(by, effects);
                }
            }
        }
    }

    fn wheel(&mut self, at: (u16, u16), by: isize, effects: &mut Vec<Effect>) {
        if self.screen != Screen::Steps {
            self.move_by(by, effects);
            return;
        }
        match layout::pane_at(self, at) {
            Some(Pane::Main) => self.scroll.0 = self.scroll.0.saturating_add_signed(by * WHEEL),
            Some(Pane::Items) => self.move_item(by, effects),
            Some(Pane::Steps) => {
                let focused = std::mem::replace(&mut self.pane, Pane::Steps);
                self.move_by(by, effects);
                self.pane = focused;
            }
            None => {}
        }
    }

    /// Gives the focused pane some columns, or takes them from it.
    pub(super) fn resize_pane(&mut self, by: i32, effects: &mut Vec<Effect>) {
        const STEP: i32 = 4;
        if self.sizes.zoom {
            effects.push(self.tell("the pane has the whole screen (Z puts it back)", false));
            return;
        }
        let mut sizes = layout::fitted(self);
        let three = layout::has_three(self);
        let (width, by) = match (self.pane, three) {
            (Pane::Items, true) => (&mut sizes.items, by),
            (Pane::Steps, true) => (&mut sizes.steps, by),
            (Pane::Main, true) => (&mut sizes.steps, -by),
            (Pane::Main, false) => (&mut sizes.side, -by),
            (_, false) => (&mut sizes.side, by),
        };
        *width = u16::try_from(i32::from(*width) + by * STEP).unwrap_or(0);
        self.sizes = sizes;
        self.sizes = layout::fitted(self);
    }
}

impl Rows {
    /// The line that is drawn there.
    pub fn at(&self, (x, y): (u16, u16)) -> Option<usize> {
        if !self.area.contains((x, y).into()) {
            return None;
        }
        let line = layout::first_row(self.cursor, self.count, self.area.height as usize) + (y - self.area.y) as usize;
        (line < self.count).then_some(line)
    }
}
