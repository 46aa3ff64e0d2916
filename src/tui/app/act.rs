//! What each command does: which function of the `*_acts` next door it calls.

use crossterm::event::KeyCode;

use super::App;
use super::command::Cmd;
use super::finder::Palette;
use super::form::Form;
use super::input::Input;
use super::keys::Chord;
use super::message::Effect;
use super::model::{Ahead, Overlay, Screen, Tab};
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
            Cmd::NextSample => self.turn_sample(1, effects),
            Cmd::PrevSample => self.turn_sample(-1, effects),
            Cmd::NextFailure => self.go_to_failure(1, effects),
            Cmd::PrevFailure => self.go_to_failure(-1, effects),
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
            Cmd::Fold => {
                self.diff_style.fold = !self.diff_style.fold;
                self.shown.unfolded.clear();
            }
            Cmd::Search => self.open_search(),
            Cmd::NextMatch => self.go_to_match(1),
            Cmd::PrevMatch => self.go_to_match(-1),
            Cmd::MoreContext => self.diff_style.grow(true),
            Cmd::LessContext => self.diff_style.grow(false),
            Cmd::Wrap => self.diff_style.wrap = !self.diff_style.wrap,
            Cmd::HideSpace => self.diff_style.hide_space = !self.diff_style.hide_space,
            Cmd::HideComments => self.diff_style.hide_comments = !self.diff_style.hide_comments,
            Cmd::Copy => self.overlay = Some(Overlay::Copy),
            Cmd::Editor => self.view_in_editor(effects),
            Cmd::Narrower => self.resize_pane(-1, effects),
            Cmd::Wider => self.resize_pane(1, effects),
            Cmd::Zoom => self.sizes.zoom = !self.sizes.zoom,
            Cmd::Mouse => {
                self.mouse = !self.mouse;
                effects.push(Effect::Mouse(self.mouse));
                let words = match self.mouse {
                    true => "mouse on: click, wheel; most terminals select with shift held",
                    false => "mouse off: the terminal selects as ever",
                };
                effects.push(self.tell(words, true));
            }
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
            Cmd::Unrealistic if self.screen == Screen::Adjudication => {
                self.label_key(id, LabelVerdict::Unrealistic, effects);
            }
            Cmd::Unrealistic => self.typed_ahead(id, effects, App::ask_reasons),
            Cmd::Unsure => self.label_key(id, LabelVerdict::Unsure, effects),
            Cmd::Review => self.review(false, effects),
            Cmd::ReviewBlind => self.review(true, effects),
            Cmd::Adjudicate => self.open_adjudication(effects),
            Cmd::WhichCases => self.turn_which(effects),
            Cmd::Skip => self.typed_ahead(id, effects, App::skip),
            Cmd::Flag => self.typed_ahead(id, effects, App::flag),
            Cmd::LabelAll => self.ask_bulk(effects),
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
            Cmd::GoRuns | Cmd::GoItems => self.go_to_screen(id, effects),
            Cmd::Report => self.open_report(Screen::Report, effects),
            Cmd::Scanners => self.open_report(Screen::Scanners, effects),
            Cmd::CellLeft if self.screen == Screen::Lattice => self.move_cell(0, -1),
            Cmd::CellRight if self.screen == Screen::Lattice => self.move_cell(0, 1),
            Cmd::NextPage
            | Cmd::PrevPage
            | Cmd::CellLeft
            | Cmd::CellRight
            | Cmd::Verdict
            | Cmd::WithLabels
            | Cmd::Figure4Of
            | Cmd::NextPair
            | Cmd::RunsBeside
            | Cmd::OnlyApart => self.report_act(id, effects),
            Cmd::Lattice => self.open_lattice(effects),
            Cmd::MarkCell => self.mark_cell(effects),
            Cmd::Pause => self.pause(effects),
            Cmd::Stop => self.confirm(id, |app| app.live.as_ref().is_some_and(|live| live.working())),
            Cmd::Resume => self.resume(effects),
            Cmd::TestConnection => self.probe(effects),
            Cmd::Start => self.start_run(effects),
            Cmd::Theme => self.next_theme(),
            Cmd::Palette => self.overlay = Some(Overlay::Palette(Box::new(Palette::new(self)))),
            Cmd::Help => self.overlay = Some(Overlay::help()),
            Cmd::Explain => self.overlay = Some(Overlay::Explain),
            Cmd::Suspend => effects.push(Effect::Suspend),
            Cmd::Quit => self.quit(effects),
        }
    }

    /// Runs `act` now, or once the item on its way is there: no key is lost to a load, none hits the wrong item.
    fn typed_ahead(&mut self, id: Cmd, effects: &mut Vec<Effect>, act: impl FnOnce(&mut Self, &mut Vec<Effect>)) {
        if self.loading.is_some() {
            self.typed_ahead.push_back(Ahead::Command(id));
        } else {
            act(self, effects);
        }
    }

    fn label_key(&mut self, id: Cmd, verdict: LabelVerdict, effects: &mut Vec<Effect>) {
        self.typed_ahead(id, effects, |app, effects| match app.screen {
            Screen::Adjudication => app.decide(verdict, effects),
            _ => app.label(verdict, effects),
        });
    }

    /// Keeps a key that is meant for a panel which waits for its item; true when it was kept. Esc drops all of it.
    pub(super) fn key_ahead(&mut self, chord: Chord) -> bool {
        let asks = |ahead: &Ahead| matches!(ahead, Ahead::Key(_) | Ahead::Command(Cmd::Unrealistic | Cmd::Comment));
        if self.loading.is_none() || !self.typed_ahead.iter().any(asks) {
            return false;
        }
        match chord.code {
            KeyCode::Esc => self.typed_ahead.clear(),
            KeyCode::Char('c') if chord.ctrl => self.typed_ahead.clear(),
            _ => self.typed_ahead.push_back(Ahead::Key(chord)),
        }
        true
    }

    fn next_theme(&mut self) {
        let names = Theme::names();
        let here = names.iter().position(|name| *name == self.theme.name).map_or(0, |at| at + 1);
        if let Ok(theme) = Theme::resolve(names[here % names.len()], self.depth) {
            self.theme = theme.with_signs(self.theme.signs);
            (self.theme_chosen, self.theme_picked) = (true, true);
        }
    }

    /// Light or dark as the terminal is, unless the user chose.
    pub(super) fn take_ground(&mut self, light: bool) {
        let name = if light { "light" } else { "dark" };
        if !self.theme_chosen
            && let Ok(theme) = Theme::resolve(name, self.depth)
        {
            self.theme = theme.with_signs(self.theme.signs);
        }
    }
}
