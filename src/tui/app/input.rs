//! One line of typed text. The cursor stands between graphemes, so accents and wide letters move as one.

use crossterm::event::KeyCode;
use unicode_segmentation::UnicodeSegmentation;

use super::keys::Chord;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    text: String,
    /// A byte offset on a grapheme boundary.
    cursor: usize,
}

impl Input {
    pub fn of(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { cursor: text.len(), text }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and from it on.
    pub fn split(&self) -> (&str, &str) {
        self.text.split_at(self.cursor)
    }

    pub fn insert(&mut self, text: &str) {
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        // A combining mark joins what stands before it: step to the end of the joined grapheme.
        if !self.text.grapheme_indices(true).any(|(at, _)| at == self.cursor) && self.cursor != self.text.len() {
            self.cursor = self.next();
        }
    }

    /// Takes a key; false when the key is not one that edits.
    pub fn key(&mut self, chord: Chord) -> bool {
        if let Some(letter) = chord.typed() {
            self.insert(letter.encode_utf8(&mut [0; 4]));
            return true;
        }
        match chord.code {
            KeyCode::Backspace => {
                let from = self.before();
                self.text.replace_range(from..self.cursor, "");
                self.cursor = from;
            }
            KeyCode::Delete => {
                let to = self.next();
                self.text.replace_range(self.cursor..to, "");
            }
            KeyCode::Left => self.cursor = self.before(),
            KeyCode::Right => self.cursor = self.next(),
            KeyCode::Home => self.cursor = 0,
            KeyCode::End => self.cursor = self.text.len(),
            KeyCode::Char('a') if chord.ctrl => self.cursor = 0,
            KeyCode::Char('e') if chord.ctrl => self.cursor = self.text.len(),
            KeyCode::Char('u') if chord.ctrl => {
                self.text.replace_range(..self.cursor, "");
                self.cursor = 0;
            }
            KeyCode::Char('w') if chord.ctrl => {
                let (before, _) = self.split();
                let kept = before
                    .trim_end()
                    .rfind(char::is_whitespace)
                    .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
                self.text.replace_range(kept..self.cursor, "");
                self.cursor = kept;
            }
            _ => return false,
        }
        true
    }

    fn before(&self) -> usize {
        self.text.grapheme_indices(true).map(|(at, _)| at).take_while(|at| *at < self.cursor).last().unwrap_or(0)
    }

    fn next(&self) -> usize {
        self.text.grapheme_indices(true).map(|(at, _)| at).find(|at| *at > self.cursor).unwrap_or(self.text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn press(input: &mut Input, keys: &str) {
        for key in keys.split(' ') {
            let code = match key {
                "<bs>" => KeyCode::Backspace,
                "<del>" => KeyCode::Delete,
                "<left>" => KeyCode::Left,
                "<right>" => KeyCode::Right,
                "<home>" => KeyCode::Home,
                letter => KeyCode::Char(letter.chars().next().unwrap_or('?')),
            };
            input.key(Chord { code, ctrl: false, alt: false });
        }
    }

    #[test]
    fn graphemes_move_and_vanish_whole() {
        let mut input = Input::of("ae\u{301}漢");
        press(&mut input, "<left> <left>");
        assert_eq!(input.split(), ("a", "e\u{301}漢"));
        press(&mut input, "<del>");
        assert_eq!(input.text(), "a漢");
        press(&mut input, "<right> <bs> <bs> <bs>");
        assert_eq!(input.text(), "");
    }

    #[test]
    fn ctrl_w_takes_a_word() {
        let mut input = Input::of("cwe-89 fixed ");
        input.key(Chord { code: KeyCode::Char('w'), ctrl: true, alt: false });
        assert_eq!(input.text(), "cwe-89 ");
        input.key(Chord { code: KeyCode::Char('u'), ctrl: true, alt: false });
        assert_eq!(input.text(), "");
    }

    proptest::proptest! {
        #[test]
        fn the_cursor_stays_on_a_boundary(texts in proptest::collection::vec("\\PC{0,3}", 0..8), moves in proptest::collection::vec(0..5u8, 0..20)) {
            let mut input = Input::default();
            for text in texts {
                input.insert(&text);
                let _ = input.split();
            }
            for code in moves {
                let code = [KeyCode::Left, KeyCode::Right, KeyCode::Backspace, KeyCode::Delete, KeyCode::Home][code as usize];
                input.key(Chord { code, ctrl: false, alt: false });
                let _ = input.split();
            }
        }
    }
}
