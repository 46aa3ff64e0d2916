//! Key chords, sequences of them, and how both are spelt.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key with its modifiers, in one normal form: a capital letter carries no shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Chord {
    pub code: KeyCode,
    pub ctrl: bool,
    pub alt: bool,
}

const NAMES: [(&str, KeyCode); 28] = [
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
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("f1", KeyCode::F(1)),
    ("f2", KeyCode::F(2)),
    ("f3", KeyCode::F(3)),
    ("f4", KeyCode::F(4)),
    ("f5", KeyCode::F(5)),
    ("f6", KeyCode::F(6)),
    ("f7", KeyCode::F(7)),
    ("f8", KeyCode::F(8)),
    ("f9", KeyCode::F(9)),
    ("f10", KeyCode::F(10)),
    ("f11", KeyCode::F(11)),
    ("f12", KeyCode::F(12)),
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

    /// Reads `r`, `G`, `ctrl-r`, `alt-x`, `shift-tab`, `left`, `f5`; `None` for anything else.
    pub fn parse(word: &str) -> Option<Self> {
        let (mut ctrl, mut alt, mut rest) = (false, false, word);
        loop {
            // What follows a modifier is a key, so that `ctrl-` alone is none.
            if let Some(after) = rest.strip_prefix("ctrl-").filter(|after| !ctrl && !after.is_empty()) {
                (ctrl, rest) = (true, after);
            } else if let Some(after) = rest.strip_prefix("alt-").filter(|after| !alt && !after.is_empty()) {
                (alt, rest) = (true, after);
            } else {
                break;
            }
        }
        if let Some((_, code)) = NAMES.iter().find(|(name, _)| *name == rest) {
            return Some(Self { code: *code, ctrl, alt });
        }
        let mut letters = rest.chars();
        match (letters.next(), letters.next()) {
            (Some(letter), None) if !letter.is_whitespace() && !letter.is_control() => {
                Some(Self { code: KeyCode::Char(letter), ctrl, alt })
            }
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
            _ if self.ctrl || self.alt => return self.to_string(),
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
        if self.ctrl {
            f.write_str("ctrl-")?;
        }
        if self.alt {
            f.write_str("alt-")?;
        }
        match (NAMES.iter().find(|(_, code)| *code == self.code), self.code) {
            (Some((name, _)), _) => f.write_str(name),
            (None, KeyCode::Char(letter)) => write!(f, "{letter}"),
            (None, code) => write!(f, "{code}"),
        }
    }
}

/// One key, or several one after the other: `r`, `g g`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keys(Vec<Chord>);

impl Keys {
    /// Reads keys parted by spaces; `None` where one of them is none, or there is none.
    pub fn parse(text: &str) -> Option<Self> {
        let chords: Vec<Chord> = text.split_whitespace().map(Chord::parse).collect::<Option<_>>()?;
        (!chords.is_empty()).then_some(Self(chords))
    }

    /// `None` for no key at all.
    pub fn of(chords: &[Chord]) -> Option<Self> {
        (!chords.is_empty()).then(|| Self(chords.to_vec()))
    }

    pub fn chords(&self) -> &[Chord] {
        &self.0
    }

    /// What is left to press after `typed`; `None` where this does not begin so.
    pub fn after(&self, typed: &[Chord]) -> Option<&[Chord]> {
        self.0.strip_prefix(typed)
    }

    /// The shortest way to write them in a footer.
    pub fn short(&self) -> String {
        self.0.iter().map(|chord| chord.short()).collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&spell(&self.0))
    }
}

/// Chords as they are written in the table and in `keys.toml`.
pub fn spell(chords: &[Chord]) -> String {
    chords.iter().map(Chord::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chords_survive_their_spelling() {
        for word in [
            "r",
            "G",
            "?",
            "ctrl-r",
            "shift-tab",
            "left",
            "space",
            "%",
            "[",
            "alt-x",
            "ctrl-left",
            "f10",
            "-",
            "ctrl--",
        ] {
            assert_eq!(Chord::parse(word).map(|chord| chord.to_string()).as_deref(), Some(word));
        }
        for wrong in ["", "rr", "hyper-r", "ctrl-", " ", "f13", "ctrl-ctrl-x"] {
            assert_eq!(Chord::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sequences_are_read_and_say_what_is_left() {
        let keys = Keys::parse(" g  ctrl-x ").expect("two keys");
        assert_eq!(keys.to_string(), "g ctrl-x");
        let left = |typed: &str| keys.after(Keys::parse(typed).expect("keys").chords()).map(spell);
        assert_eq!(left("g").as_deref(), Some("ctrl-x"));
        assert_eq!((left("g ctrl-x").as_deref(), left("x"), left("g ctrl-x g")), (Some(""), None, None));
        assert_eq!((Keys::parse("  "), Keys::parse("g rr")), (None, None));
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
