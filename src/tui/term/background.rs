//! Asks the terminal for the colour of its ground (OSC 11) and takes the answer out of the keys, whenever it comes.
//!
//! A terminal's answers come in where keys come in, and the reader of keys, which knows no OSC, tells them as keys: alt-]
//! and letters, then ctrl-g or alt-\. No command is a key with alt, so what follows alt-] is held to be an answer as long
//! as one is awaited: up to its end, or until nothing more comes.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// How long an escape waits for what may follow it, while an answer is awaited.
const ESCAPE: Duration = Duration::from_millis(50);
/// How long a begun answer waits for its next piece.
const PIECE: Duration = Duration::from_millis(500);
/// No answer is longer; rubbish that is goes on being taken, but says nothing.
const LONGEST: usize = 64;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ground {
    Dark,
    Light,
}

pub fn ask(out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\x1b]11;?\x1b\\")?;
    out.flush()
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Off,
    Waiting,
    /// An escape that may be a key.
    Escape(KeyEvent, Instant),
    Answer {
        text: String,
        /// An escape came: a backslash after it ends the answer.
        escaped: bool,
        until: Instant,
    },
}

/// What a key turned out to be.
#[derive(Debug, PartialEq, Eq)]
pub enum Sorted {
    /// These are keys.
    Keys(Vec<KeyEvent>),
    Ground(Ground),
}

/// Parts the terminal's answer from keys.
#[derive(Debug, Default)]
pub struct Listener(State);

impl Listener {
    /// From now on an answer may come.
    pub fn listen(&mut self) {
        self.0 = State::Waiting;
    }

    pub fn is_waiting(&self) -> bool {
        !matches!(self.0, State::Off)
    }

    /// When [`Listener::late`] is to be called, unless a key comes before.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.0 {
            State::Escape(_, until) | State::Answer { until, .. } => Some(*until),
            State::Off | State::Waiting => None,
        }
    }

    /// Nothing followed: what was held back is a key after all.
    pub fn late(&mut self) -> Vec<KeyEvent> {
        match std::mem::replace(&mut self.0, State::Waiting) {
            State::Escape(key, _) => vec![key],
            State::Off => {
                self.0 = State::Off;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub fn sort(&mut self, key: KeyEvent, now: Instant) -> Sorted {
        let letter = match key.code {
            KeyCode::Char(letter) => Some(letter),
            _ => None,
        };
        let plain = !key.modifiers.intersects(KeyModifiers::ALT | KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        let begun = |escaped| State::Answer { text: String::new(), escaped, until: now + PIECE };
        match std::mem::replace(&mut self.0, State::Waiting) {
            State::Off => {
                self.0 = State::Off;
                Sorted::Keys(vec![key])
            }
            State::Waiting => {
                if alt && letter == Some(']') {
                    self.0 = begun(false);
                } else if key.code == KeyCode::Esc {
                    self.0 = State::Escape(key, now + ESCAPE);
                } else {
                    return Sorted::Keys(vec![key]);
                }
                Sorted::Keys(Vec::new())
            }
            State::Escape(held, _) => {
                if plain && letter == Some(']') {
                    self.0 = begun(false);
                    return Sorted::Keys(Vec::new());
                }
                if key.code == KeyCode::Esc {
                    self.0 = State::Escape(key, now + ESCAPE);
                    return Sorted::Keys(vec![held]);
                }
                match self.sort(key, now) {
                    Sorted::Keys(keys) => Sorted::Keys(std::iter::once(held).chain(keys).collect()),
                    other => other,
                }
            }
            State::Answer { mut text, escaped, .. } => {
                let bell = key.modifiers.contains(KeyModifiers::CONTROL) && letter == Some('g');
                let end = bell || letter == Some('\u{9c}') || (letter == Some('\\') && (alt || escaped));
                if end {
                    let Some(ground) = ground(&text) else { return Sorted::Keys(Vec::new()) };
                    self.0 = State::Off;
                    return Sorted::Ground(ground);
                }
                match letter {
                    Some(letter) if plain && !escaped => {
                        if text.len() < LONGEST {
                            text.push(letter);
                        }
                        self.0 = State::Answer { text, escaped: false, until: now + PIECE };
                    }
                    // Another answer begins in the middle of this one.
                    Some(']') if alt || escaped => self.0 = begun(false),
                    _ if key.code == KeyCode::Esc && !escaped => {
                        self.0 = State::Answer { text, escaped: true, until: now + PIECE };
                    }
                    // Cut off: nothing of a terminal's answer is such a key.
                    _ => return Sorted::Keys(vec![key]),
                }
                Sorted::Keys(Vec::new())
            }
        }
    }
}

/// What `11;rgb:ffff/ffff/ffff` says: light where its luma (ITU-R BT.601) is more than half.
fn ground(text: &str) -> Option<Ground> {
    let colour = text.strip_prefix("11;")?;
    let part = |digits: &str| {
        let most = 16u32.checked_pow(u32::try_from(digits.len()).ok()?)?.checked_sub(1).filter(|most| *most > 0)?;
        let value = u32::from_str_radix(digits, 16).ok().filter(|_| digits.len() <= 4)?;
        Some(f64::from(value) / f64::from(most))
    };
    let parts: Vec<f64> = match colour.split_once(':') {
        Some(("rgb" | "rgba", rest)) => rest.split('/').take(3).map(part).collect::<Option<_>>()?,
        _ => {
            let digits = colour.strip_prefix('#').filter(|digits| digits.is_ascii() && digits.len() % 3 == 0)?;
            let wide = (digits.len() / 3).max(1);
            digits.as_bytes().chunks(wide).map(|chunk| part(std::str::from_utf8(chunk).ok()?)).collect::<Option<_>>()?
        }
    };
    let [red, green, blue] = parts.try_into().ok()?;
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    Some(if luma > 0.5 { Ground::Light } else { Ground::Dark })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reader of keys makes of bytes that come in one piece.
    fn keys(bytes: &str) -> Vec<KeyEvent> {
        let mut keys = Vec::new();
        let mut chars = bytes.chars().peekable();
        while let Some(c) = chars.next() {
            keys.push(match c {
                '\x1b' if chars.peek().is_some() => {
                    KeyEvent::new(KeyCode::Char(chars.next().unwrap()), KeyModifiers::ALT)
                }
                '\x1b' => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
                '\x07' => KeyEvent::new(KeyCode::Char('g'), KeyModifiers::CONTROL),
                c => KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
            });
        }
        keys
    }

    /// Feeds pieces that come `gap` apart; what reached the reader, and what was learnt.
    fn fed(pieces: &[&str], gap: Duration) -> (String, Option<Ground>) {
        let mut listener = Listener::default();
        listener.listen();
        let (mut now, mut told, mut found) = (Instant::now(), Vec::new(), None);
        for piece in pieces {
            if listener.deadline().is_some_and(|until| until <= now) {
                told.extend(listener.late());
            }
            for key in keys(piece) {
                match listener.sort(key, now) {
                    Sorted::Keys(keys) => told.extend(keys),
                    Sorted::Ground(ground) => found = Some(ground),
                }
            }
            now += gap;
        }
        told.extend(listener.late());
        let word = |key: &KeyEvent| match key.code {
            KeyCode::Char(letter) => letter,
            _ => '^',
        };
        (told.iter().map(word).collect(), found)
    }

    const SOON: Duration = Duration::from_millis(10);

    #[test]
    fn an_answer_is_taken_out_in_any_pieces() {
        let answer = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\";
        for cut in 1..answer.len() {
            let (before, after) = answer.split_at(cut);
            let told = fed(&["j", before, after, "k"], SOON);
            assert_eq!(told, ("jk".to_owned(), Some(Ground::Light)), "cut at {cut}");
        }
        let single: Vec<String> = answer.chars().map(String::from).collect();
        let single: Vec<&str> = single.iter().map(String::as_str).collect();
        assert_eq!(fed(&single, SOON), (String::new(), Some(Ground::Light)));
        assert_eq!(fed(&["\x1b]11;rgb:1515/1717/1b1b\x07q"], SOON), ("q".to_owned(), Some(Ground::Dark)));
    }

    #[test]
    fn rubbish_is_swallowed_and_keys_are_not() {
        for rubbish in ["\x1b]11;\x07", "\x1b]11;rgb:zz\x1b\\", "\x1b]10;rgb:0/0/0\x07", "\x1b]\x07"] {
            assert_eq!(fed(&["a", rubbish, "b"], SOON), ("ab".to_owned(), None), "{rubbish:?}");
        }
        let long = format!("\x1b]11;{}\x07", "x".repeat(10_000));
        assert_eq!(fed(&[&long, "j"], SOON), ("j".to_owned(), None));
        // Never ended: keys come through again after a while.
        assert_eq!(fed(&["\x1b]11;rgb:", "j"], PIECE * 2), ("j".to_owned(), None));
        // A good answer after a bad one.
        let (told, found) = fed(&["\x1b]11;?\x07", "\x1b]11;rgb:0/0/0\x07"], SOON);
        assert_eq!((told.as_str(), found), ("", Some(Ground::Dark)));
    }

    #[test]
    fn an_escape_key_is_late_and_never_lost() {
        assert_eq!(fed(&["\x1b", "j"], SOON).0, "^j");
        assert_eq!(fed(&["\x1b", "\x1b", "]"], ESCAPE * 2).0, "^^]");
        assert_eq!(fed(&["\x1b"], SOON).0, "^");
    }

    #[test]
    fn colours_are_read_in_every_form() {
        for (text, wanted) in [
            ("11;rgb:ffff/ffff/ffff", Some(Ground::Light)),
            ("11;rgb:f/f/f", Some(Ground::Light)),
            ("11;rgb:00/2b/36", Some(Ground::Dark)),
            ("11;rgba:fdfd/f6f6/e3e3/ffff", Some(Ground::Light)),
            ("11;#fdf6e3", Some(Ground::Light)),
            ("11;#15171b", Some(Ground::Dark)),
            ("11;rgb:ff/ff", None),
            ("11;rgb://", None),
            ("11;rgb:fffff/0/0", None),
            ("11;#", None),
            ("11;white", None),
            ("4;rgb:0/0/0", None),
        ] {
            assert_eq!(ground(text), wanted, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_is_read_without_harm(text in "[\x1b\x07\\]\\\\rgb:/#0-9;]{0,40}") {
            let (told, _) = fed(&[&text], SOON);
            proptest::prop_assert!(told.chars().count() <= text.chars().count());
        }
    }
}
