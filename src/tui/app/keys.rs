//! Key chords and their spelling in the table of commands.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, in one normal form: a capital letter carries no shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
}

const NAMES: [(&str, KeyCode); 14] = [
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("shift-tab", KeyCode::BackTab),
    ("space", KeyCode::Char(' ')),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("home", KeyCode::Home),
    ("end", KeyCode::End),
    ("pgup", KeyCode::PageUp),
    ("pgdn", KeyCode::PageDown),
    ("backspace", KeyCode::Backspace),
];

impl Chord {
    pub fn of(event: &KeyEvent) -> Self {
        let shift = event.modifiers.contains(KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::Tab if shift => KeyCode::BackTab,
            KeyCode::Char(letter) if shift => KeyCode::Char(letter.to_uppercase().next().unwrap_or(letter)),
            code => code,
        };
        Self {
            code,
            ctrl: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }

    /// Reads `r`, `G`, `ctrl-r`, `shift-tab`, `left`; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == word) {
            return Some(Self { code: *code, ctrl: false, alt: false });
        }
        let (ctrl, rest) = match word.strip_prefix("ctrl-") {
            Some(rest) => (true, rest),
            None => (false, word),
        };
        let mut letters = rest.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) => Some(Self { code: KeyCode::Char(letter), ctrl, alt: false }),
            _ => None,
        }
    }

    /// The letter that this chord types into an input line.
    pub fn typed(self) -> Option<char> {
        match self.code {
            KeyCode::Char(letter) if !self.ctrl && !self.alt => Some(letter),
            _ => None,
        }
    }

    /// The shortest way to write it in a footer.
    pub fn short(self) -> String {
        let arrow = match self.code {
            KeyCode::Left => "←",
            KeyCode::Right => "→",
            KeyCode::Up => "↑",
            KeyCode::Down => "↓",
            _ => return self.to_string(),
        };
        arrow.to_owned()
    }
}

impl fmt::Display for Chord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, _)) = NAMES.iter().find(|(_, code)| *code == self.code && !self.ctrl) {
            return f.write_str(name);
        }
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        match self.code {
            KeyCode::Char(letter) => write!(f, "{letter}"),
            code => write!(f, "{code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_survive_their_spelling() {
        for word in ["r", "G", "?", "ctrl-r", "shift-tab", "left", "space", "%", "["] {
            assert_eq!(Chord::parse(word).map(|chord| chord.to_string()).as_deref(), Some(word));
        }
        for wrong in ["", "rr", "hyper-r", "ctrl-"] {
            assert_eq!(Chord::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn terminals_that_report_shift_and_those_that_do_not_agree() {
        let plain = Chord::of(&KeyEvent::new(KeyCode::Char('G'), KeyModifiers::NONE));
        assert_eq!(Chord::of(&KeyEvent::new(KeyCode::Char('G'), KeyModifiers::SHIFT)), plain);
        assert_eq!(Chord::of(&KeyEvent::new(KeyCode::Char('g'), KeyModifiers::SHIFT)), plain);
        let back = Chord::of(&KeyEvent::new(KeyCode::Tab, KeyModifiers::SHIFT));
        assert_eq!(back, Chord::of(&KeyEvent::new(KeyCode::BackTab, KeyModifiers::SHIFT)));
    }
}
