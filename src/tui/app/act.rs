//! What each command does. Moving, looking, replaying; labels are next door.

use super::App;
use super::command::Cmd;
use super::filter::FALSE_SECURE;
use super::form::Form;
use super::input::Input;
use super::item::Landing;
use super::layout;
use super::message::Effect;
use super::model::{Overlay, Pane, Screen, Tab};
use crate::core::label::LabelVerdict;
use crate::tui::style::Theme;

impl App {
    pub(super) fn act(&mut self, id: Cmd, effects: &mut Vec<Effect>) {
        match id {
            Cmd::Up => self.move_by(-1, effects),
            Cmd::Down => self.move_by(1, effects),
            Cmd::PageUp => self.page_by(-1, effects),
            Cmd::PageDown => self.page_by(1, effects),
            Cmd::Top => self.move_by(isize::MIN / 2, effects),
            Cmd::Bottom => self.move_by(isize::MAX / 2, effects),
            Cmd::Left => self.scroll.1 = self.scroll.1.saturating_sub(8),
            Cmd::Right => self.scroll.1 += 8,
            Cmd::Open => self.open(effects),
            Cmd::Back => self.back(effects),
            Cmd::NextPane => self.turn_pane(1),
            Cmd::PrevPane => self.turn_pane(-1),
            Cmd::NextItem => self.move_item(1, effects),
            Cmd::PrevItem => self.move_item(-1, effects),
            Cmd::NextFix => self.typed_ahead(id, effects, |app, effects| app.next_fix(effects)),
            Cmd::NextApproach => self.turn_approach(1, effects),
            Cmd::PrevApproach => self.turn_approach(-1, effects),
            Cmd::ShowFix => self.show_fix(),
            Cmd::ShowCode => self.show(Tab::Code),
            Cmd::ShowDiff => self.show_diff(),
            Cmd::ShowFindings => self.show(Tab::Findings),
            Cmd::ShowPrompt => self.show(Tab::Prompt),
            Cmd::ShowAnswer => self.show(Tab::Answer),
            Cmd::ShowTest => self.show(Tab::Test),
            Cmd::FalseSecure => self.only_false_secure(effects),
            Cmd::Versions => self.choose_version(effects),
            Cmd::NextChange => self.go_to_change(1),
            Cmd::PrevChange => self.go_to_change(-1),
            Cmd::Words => self.diff_style.words = !self.diff_style.words,
            Cmd::Fold => self.diff_style.fold = !self.diff_style.fold,
            Cmd::Copy => self.copy(effects),
            Cmd::Filter => {
                let query = self.list.as_ref().map_or(String::new(), |list| list.query.clone());
                self.overlay = Some(Overlay::Find(Input::of(query)));
            }
            Cmd::Sort => self.sort(false, effects),
            Cmd::Reverse => self.sort(true, effects),
            Cmd::Play => self.play(effects),
            Cmd::StepBack => self.seek(effects, |replay| replay.back()),
            Cmd::StepForward => self.seek(effects, |replay| replay.forward()),
            Cmd::EventBack => self.seek(effects, |replay| replay.seek(replay.pos().saturating_sub(1))),
            Cmd::EventForward => self.seek(effects, |replay| replay.seek(replay.pos() + 1)),
            Cmd::SeekStart => self.seek(effects, |replay| replay.seek(0)),
            Cmd::SeekEnd => self.seek(effects, |replay| replay.seek(usize::MAX)),
            Cmd::Seek => self.overlay = Some(Overlay::Seek(Input::default())),
            Cmd::Slower => self.change_speed(effects, |replay| replay.slower()),
            Cmd::Faster => self.change_speed(effects, |replay| replay.faster()),
            Cmd::Realistic => self.label_key(id, LabelVerdict::Realistic, effects),
            Cmd::Unrealistic => self.label_key(id, LabelVerdict::Unrealistic, effects),
            Cmd::Unsure => self.label_key(id, LabelVerdict::Unsure, effects),
            Cmd::Comment => self.typed_ahead(id, effects, App::write_comment),
            Cmd::Undo => self.undo(effects),
            Cmd::Redo => self.redo(effects),
            Cmd::NewRun => {
                let run = match self.screen {
                    Screen::Runs => self.runs.as_ref().and_then(|runs| runs.get(self.runs_cursor)).map(|run| &run.info),
                    _ => self.list.as_ref().map(|list| &list.info),
                };
                let run = run.map_or("", |info| info.id.as_str());
                self.form = Some(Box::new(Form::new(&self.defaults, run)));
                self.screen = Screen::Form;
            }
            Cmd::Board => self.screen = Screen::Live,
            Cmd::Report => self.open_report(Screen::Report, effects),
            Cmd::Scanners => self.open_report(Screen::Scanners, effects),
            Cmd::NextPage
            | Cmd::PrevPage
            | Cmd::CellLeft
            | Cmd::CellRight
            | Cmd::Verdict
            | Cmd::WithLabels
            | Cmd::Figure4Of
            | Cmd::RunsBeside
            | Cmd::OnlyApart => self.report_act(id, effects),
            Cmd::Pause => self.pause(effects),
            Cmd::Stop => self.confirm(id, |app| app.live.as_ref().is_some_and(|live| live.working())),
            Cmd::Resume => self.resume(effects),
            Cmd::TestConnection => self.probe(effects),
            Cmd::Start => self.start_run(effects),
            Cmd::Theme => self.next_theme(),
            Cmd::Palette => self.overlay = Some(Overlay::Palette { input: Input::default(), cursor: 0 }),
            Cmd::Help => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Cmd::Suspend => effects.push(Effect::Suspend),
            Cmd::Quit => self.quit(effects),
        }
    }

    /// Runs `act` now, or once the item on its way is there: no key is lost to a load, none hits the wrong item.
    fn typed_ahead(&mut self, id: Cmd, effects: &mut Vec<Effect>, act: impl FnOnce(&mut Self, &mut Vec<Effect>)) {
        if self.loading.is_some() {
            self.typed_ahead.push_back(id);
        } else {
            act(self, effects);
        }
    }

    fn label_key(&mut self, id: Cmd, verdict: LabelVerdict, effects: &mut Vec<Effect>) {
        self.typed_ahead(id, effects, |app, effects| app.label(verdict, effects));
    }

    fn write_comment(&mut self, effects: &mut Vec<Effect>) {
        let Some((step, code)) = self.label_target(effects) else { return };
        let written = match (&self.list, &self.item) {
            (Some(list), Some(item)) => list.book.comment(&item.item.id, item.stream, step),
            _ => None,
        };
        let input = Input::of(written.unwrap_or_default());
        self.overlay = Some(Overlay::Comment { input, step, code });
    }

    fn move_by(&mut self, by: isize, effects: &mut Vec<Effect>) {
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
        }
    }

    fn page_by(&mut self, direction: isize, effects: &mut Vec<Effect>) {
        let by = direction * layout::page(self) as isize;
        if self.screen == Screen::Steps && self.pane == Pane::Steps {
            self.scroll.0 = self.scroll.0.saturating_add_signed(by);
        } else {
            self.move_by(by, effects);
        }
    }

    fn move_item(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        let at = list.cursor.saturating_add_signed(by).min(list.visible.len().saturating_sub(1));
        if at != list.cursor {
            list.cursor = at;
            self.load_item(Landing::Fix, effects);
        }
    }

    /// What the scanner accepts and the test does not; a second time, everything.
    fn only_false_secure(&mut self, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        let query = if list.query == FALSE_SECURE { "" } else { FALSE_SECURE };
        list.set_query(query);
        if self.screen == Screen::Steps {
            self.load_item(Landing::Fix, effects);
        }
    }

    fn turn_approach(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        list.turn_approach(by);
        if self.screen == Screen::Steps {
            self.load_item(Landing::Fix, effects);
        }
    }

    fn open(&mut self, effects: &mut Vec<Effect>) {
        match self.screen {
            Screen::Runs => {
                if let Some(run) = self.runs.as_ref().and_then(|runs| runs.get(self.runs_cursor)) {
                    let id = run.info.id.clone();
                    if self.list.as_ref().is_some_and(|list| list.info.id == id) {
                        self.screen = Screen::Items;
                    } else {
                        self.load_run(&id, effects);
                    }
                }
            }
            Screen::Items => self.open_steps(effects),
            Screen::Steps if self.pane != Pane::Main => self.turn_pane(1),
            Screen::Steps => {}
            Screen::Live => self.open_slot(effects),
            Screen::Form => {}
            Screen::Report | Screen::Scanners => self.open_from_report(effects),
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
    fn open_slot(&mut self, effects: &mut Vec<Effect>) {
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

    fn back(&mut self, effects: &mut Vec<Effect>) {
        if self.toast.as_ref().is_some_and(|toast| !toast.good) {
            self.toast = None;
            return;
        }
        match self.screen {
            Screen::Runs => {}
            Screen::Items | Screen::Steps if self.list.as_ref().is_some_and(|list| !list.query.is_empty()) => {
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
            Screen::Form => {
                self.form = None;
                self.screen = if self.list.is_some() { Screen::Items } else { Screen::Runs };
            }
        }
    }

    fn turn_pane(&mut self, by: isize) {
        match self.screen {
            Screen::Form => {
                if let Some(form) = &mut self.form {
                    form.move_by(by);
                }
            }
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

    fn show(&mut self, tab: Tab) {
        self.pane = Pane::Main;
        if self.tab != tab {
            self.tab = tab;
            self.scroll = (0, 0);
        }
    }

    /// Shows the diff; where it is shown already, turns it from unified to side by side and back.
    fn show_diff(&mut self) {
        if self.tab == Tab::Diff && (self.pane == Pane::Main || !layout::is_single(self)) {
            self.diff_style.split = Some(!layout::is_split(self));
            self.scroll = (0, 0);
        }
        self.show(Tab::Diff);
    }

    fn show_fix(&mut self) {
        if let Some(item) = &mut self.item {
            item.replay.playing = false;
            item.replay.seek(usize::MAX);
            item.refold();
            item.land(Landing::Fix);
            self.scroll = (0, 0);
        }
    }

    fn choose_version(&mut self, effects: &mut Vec<Effect>) {
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

    fn go_to_change(&mut self, by: isize) {
        if let Some(row) = self.shown.change_from(self.scroll.0, by, layout::is_split(self)) {
            self.scroll.0 = row;
        }
    }

    fn copy(&mut self, effects: &mut Vec<Effect>) {
        let code = self.item.as_ref().and_then(|item| item.selected()).and_then(|(_, version)| version.code.clone());
        let told = match code {
            Some(code) => {
                let lines = code.lines().count();
                effects.push(Effect::Copy(code.to_string()));
                self.tell(format!("{lines} lines sent to the clipboard"), true)
            }
            None => self.tell("there is no code to copy here", false),
        };
        effects.push(told);
    }

    fn sort(&mut self, reverse: bool, _: &mut [Effect]) {
        if let Some(list) = &mut self.list {
            if reverse {
                list.set_order(list.order, !list.reversed);
            } else {
                list.set_order(list.order.next(), false);
            }
        }
    }

    fn play(&mut self, effects: &mut Vec<Effect>) {
        let Some(item) = &mut self.item else { return };
        if item.replay.playing {
            item.replay.playing = false;
            item.refold();
        } else {
            item.replay.play();
            item.refold();
            item.follow();
            self.replayed_at = self.now;
            self.scroll = (0, 0);
        }
        self.schedule_replay(effects);
    }

    fn pause_replay(&mut self, effects: &mut Vec<Effect>) {
        if let Some(item) = &mut self.item {
            item.replay.playing = false;
        }
        self.schedule_replay(effects);
    }

    pub(super) fn seek(&mut self, effects: &mut Vec<Effect>, to: impl FnOnce(&mut super::replay::Replay)) {
        let Some(item) = &mut self.item else { return };
        let from = item.replay.pos();
        item.replay.playing = false;
        to(&mut item.replay);
        item.refold();
        if item.replay.pos() != from {
            item.follow();
            self.scroll = (0, 0);
        }
        self.schedule_replay(effects);
    }

    fn change_speed(&mut self, effects: &mut Vec<Effect>, change: impl FnOnce(&mut super::replay::Replay)) {
        if let Some(item) = &mut self.item {
            change(&mut item.replay);
            let speed = item.replay.speed();
            let told = format!("replay at {speed} {} the recorded speed", self.theme.signs.times);
            effects.push(self.tell(told, true));
        }
        self.schedule_replay(effects);
    }

    fn next_theme(&mut self) {
        let names = Theme::names();
        let here = names.iter().position(|name| *name == self.theme.name).map_or(0, |at| at + 1);
        if let Ok(theme) = Theme::resolve(names[here % names.len()], self.depth) {
            self.theme = theme.with_signs(self.theme.signs);
        }
    }
}
