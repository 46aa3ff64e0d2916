//! A key pressed: what lies over the screen takes it first, then the form, then the keymap, key by key of a sequence.

use crossterm::event::KeyCode;

use super::App;
use super::command;
use super::keymap::Meaning;
use super::keys::{Chord, spell};
use super::message::Effect;

impl App {
    pub(super) fn press(&mut self, chord: Chord, effects: &mut Vec<Effect>) {
        if self.toast.as_ref().is_some_and(|toast| toast.passing) {
            self.toast = None;
        }
        let waits = !self.pending.is_empty();
        if !waits && (self.overlay_key(chord, effects) || self.form_key(chord, effects)) {
            return;
        }
        if waits && chord.code == KeyCode::Esc {
            let typed = std::mem::take(&mut self.pending);
            self.remark(format!("{} taken back", spell(&typed)), effects);
            return;
        }
        self.pending.push(chord);
        let meaning = self.keymap.meaning(self, &self.pending);
        if meaning == Meaning::Prefix {
            return;
        }
        let typed = std::mem::take(&mut self.pending);
        match meaning {
            Meaning::Command(id) => self.act(id, effects),
            Meaning::Barred(id, bar) => self.refuse(id, bar, effects),
            Meaning::Nothing if waits => self.remark(format!("{} means nothing here", spell(&typed)), effects),
            Meaning::Nothing | Meaning::Prefix => {}
        }
    }

    /// Says why a command cannot be given.
    pub(super) fn refuse(&mut self, id: command::Cmd, bar: command::Bar, effects: &mut Vec<Effect>) {
        self.remark(format!("{}: {}", command::get(id).name, bar.reason()), effects);
    }

    /// A word that goes with the next key.
    fn remark(&mut self, text: String, effects: &mut Vec<Effect>) {
        effects.push(self.tell(text, false));
        if let Some(toast) = &mut self.toast {
            toast.passing = true;
        }
    }
}
