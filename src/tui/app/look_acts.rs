//! Looking: which version, which tab, how the diff stands.

use super::item::Landing;
use super::message::Effect;
use super::model::{Overlay, Pane, Tab};
use super::{App, layout};

impl App {
    pub(super) fn show(&mut self, tab: Tab) {
        self.pane = Pane::Main;
        if self.tab != tab {
            self.tab = tab;
            self.scroll = (0, 0);
        }
    }

    /// Shows the diff; where it is shown already, turns it from unified to side by side and back.
    pub(super) fn show_diff(&mut self) {
        if self.tab == Tab::Diff && (self.pane == Pane::Main || !layout::is_single(self)) {
            self.diff_style.split = Some(!layout::is_split(self));
            self.scroll.1 = 0;
        }
        self.show(Tab::Diff);
    }

    pub(super) fn show_fix(&mut self) {
        if let Some(item) = &mut self.item {
            item.replay.playing = false;
            item.replay.seek(usize::MAX);
            item.refold();
            item.land(Landing::Fix);
            self.scroll = (0, 0);
        }
    }

    pub(super) fn choose_version(&mut self, effects: &mut Vec<Effect>) {
        let Some(item) = &self.item else { return };
        let versions = item.versions();
        if versions.len() < 2 {
            effects.push(self.tell("there is one version of the code so far", false));
            return;
        }
        let base = item.compared_with().map(|(stream, version)| (stream, version.step));
        let cursor = versions.iter().position(|(stream, version)| Some((*stream, version.step)) == base).unwrap_or(0);
        self.overlay = Some(Overlay::Versions { cursor });
    }

    pub(super) fn go_to_change(&mut self, by: isize) {
        if let Some(row) = self.shown.change_from(self.scroll.0, by) {
            self.scroll.0 = row;
        }
    }

    /// To what fails on the page, as long as it is out of sight; then to the next version whose test fails.
    pub(super) fn go_to_failure(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let height = layout::main_body(self).height as usize;
        if let Some(row) = self.shown.failure_from(self.scroll.0, height, by) {
            self.scroll.0 = row;
            return;
        }
        let Some(item) = &mut self.item else { return };
        let Some(line) = item.failure_from(by) else {
            effects.push(self.tell("no other version on this side fails its test", true));
            return;
        };
        item.cursor = line;
        self.scroll = (0, 0);
        self.prepare();
        let height = layout::main_body(self).height as usize;
        self.scroll.0 = self.shown.failure_from(0, height, 1).unwrap_or(0);
    }
}
