//! Why a fix is unrealistic, and what else is said of a version: a panel of one-letter keys, a comment, and the lines
//! that it is about. Knows nothing of the screen it stands on.

use crossterm::event::KeyCode;

use super::input::Input;
use super::keys::Chord;
use crate::core::label::LabelVerdict;
use crate::review::guideline::Guideline;

/// What takes the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Focus {
    #[default]
    Reasons,
    Comment,
    Lines,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    /// What will be stored with it; `None` for a comment alone, which has no reasons.
    pub verdict: Option<LabelVerdict>,
    /// Ids, in the order of the guideline.
    pub chosen: Vec<String>,
    /// The id of the reason whose key was pressed last: what it means is worth a line.
    pub last: Option<String>,
    pub comment: Input,
    /// First and last line as typed, e.g. `12-18`.
    pub lines: Input,
    pub focus: Focus,
    /// Why the last key did nothing.
    pub fault: Option<String>,
    /// Lines of the version.
    length: u32,
}

/// What a label says beside its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Said {
    pub reasons: Vec<String>,
    pub comment: Option<String>,
    pub lines: Option<(u32, u32)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The panel stays, changed or not.
    Stay,
    /// A key that the panel has no use for: the screen below may scroll by it.
    Unused,
    Cancel,
    Store(Said),
}

impl Panel {
    /// `said` is what the label says so far; `length` is how many lines the version has. Where there are no reasons to
    /// choose the panel begins in the comment.
    pub fn new(verdict: Option<LabelVerdict>, said: Said, length: usize) -> Self {
        Self {
            verdict,
            chosen: said.reasons,
            last: None,
            comment: Input::of(said.comment.unwrap_or_default()),
            lines: Input::of(said.lines.map(range).unwrap_or_default()),
            focus: if verdict == Some(LabelVerdict::Unrealistic) { Focus::Reasons } else { Focus::Comment },
            fault: None,
            length: u32::try_from(length).unwrap_or(u32::MAX),
        }
    }

    /// Whether reasons can be chosen.
    pub fn has_reasons(&self, guideline: &Guideline) -> bool {
        self.verdict == Some(LabelVerdict::Unrealistic) && !guideline.reasons.is_empty()
    }

    /// `in_sight` are the lines of the version that the screen shows as the current change, from 1.
    pub fn key(&mut self, chord: Chord, guideline: &Guideline, in_sight: Option<(u32, u32)>) -> Outcome {
        self.fault = None;
        match chord.code {
            KeyCode::Esc => return Outcome::Cancel,
            KeyCode::Char('c') if chord.ctrl => return Outcome::Cancel,
            KeyCode::Enter => return self.store(guideline),
            KeyCode::Char('l') if chord.ctrl => {
                self.take_lines(in_sight);
                return Outcome::Stay;
            }
            KeyCode::Tab | KeyCode::BackTab => {
                self.turn(chord.code == KeyCode::Tab);
                return Outcome::Stay;
            }
            _ => {}
        }
        let taken = match self.focus {
            Focus::Comment => self.comment.key(chord),
            Focus::Lines => {
                // A letter that is part of no range goes nowhere.
                let fits = |letter: char| letter.is_ascii_digit() || "-– ".contains(letter);
                let room = self.lines.text().len() < 24;
                match chord.typed() {
                    Some(letter) if !fits(letter) || !room => true,
                    _ => self.lines.key(chord),
                }
            }
            Focus::Reasons => match chord.typed() {
                Some('c') => {
                    self.focus = Focus::Comment;
                    true
                }
                Some('l') => {
                    self.take_lines(in_sight);
                    true
                }
                Some(letter) => self.toggle(letter, guideline),
                None => false,
            },
        };
        if taken { Outcome::Stay } else { Outcome::Unused }
    }

    /// Text that was pasted goes where letters are typed.
    pub fn paste(&mut self, text: &str) {
        match self.focus {
            Focus::Comment => self.comment.insert(text),
            Focus::Lines if text.chars().all(|letter| letter.is_ascii_digit() || letter == '-') && text.len() < 24 => {
                self.lines.insert(text);
            }
            Focus::Lines | Focus::Reasons => {}
        }
    }

    fn turn(&mut self, forward: bool) {
        let stops = [Focus::Reasons, Focus::Comment, Focus::Lines];
        let stops = if self.verdict == Some(LabelVerdict::Unrealistic) { &stops[..] } else { &stops[1..] };
        let here = stops.iter().position(|stop| *stop == self.focus).unwrap_or(0);
        let by = if forward { 1 } else { stops.len() - 1 };
        self.focus = stops[(here + by) % stops.len()];
    }

    /// The change in sight; once it is taken, or where there is none, the range is typed.
    fn take_lines(&mut self, in_sight: Option<(u32, u32)>) {
        match in_sight.map(range).filter(|range| range != self.lines.text()) {
            Some(range) => self.lines = Input::of(range),
            None => self.focus = Focus::Lines,
        }
    }

    fn toggle(&mut self, letter: char, guideline: &Guideline) -> bool {
        if !self.has_reasons(guideline) {
            return false;
        }
        let Some(reason) = guideline.reasons.iter().find(|reason| reason.key == letter) else { return false };
        match self.chosen.iter().position(|id| *id == reason.id) {
            Some(at) => drop(self.chosen.remove(at)),
            None => {
                self.chosen.push(reason.id.clone());
                let place = |id: &String| guideline.reasons.iter().position(|reason| reason.id == *id);
                // Ids of an older guideline stay, at the end.
                self.chosen.sort_by_key(|id| place(id).unwrap_or(usize::MAX));
            }
        }
        self.last = Some(reason.id.clone());
        true
    }

    fn store(&mut self, guideline: &Guideline) -> Outcome {
        if self.has_reasons(guideline) && guideline.require_reason && self.chosen.is_empty() {
            self.focus = Focus::Reasons;
            self.fault = Some("the guideline wants a reason: press its letter".to_owned());
            return Outcome::Stay;
        }
        let lines = match parse_range(self.lines.text(), self.length) {
            Ok(lines) => lines,
            Err(fault) => {
                self.focus = Focus::Lines;
                self.fault = Some(fault);
                return Outcome::Stay;
            }
        };
        let comment = Some(self.comment.text().trim()).filter(|text| !text.is_empty()).map(str::to_owned);
        if self.verdict.is_none() && comment.is_none() && lines.is_none() {
            return Outcome::Cancel;
        }
        let reasons = if self.verdict == Some(LabelVerdict::Unrealistic) { self.chosen.clone() } else { Vec::new() };
        Outcome::Store(Said { reasons, comment, lines })
    }
}

/// `12-18`, or `12` for one line.
pub fn range((first, last): (u32, u32)) -> String {
    if first == last { first.to_string() } else { format!("{first}-{last}") }
}

/// Reads what [`range`] writes; the ends may be in either order.
fn parse_range(text: &str, length: u32) -> Result<Option<(u32, u32)>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let number = |word: &str| word.trim().parse::<u32>().ok();
    let ends = match text.split_once(['-', '–']) {
        Some((first, last)) => number(first).zip(number(last)),
        None => number(text).map(|line| (line, line)),
    };
    let Some((first, last)) = ends.map(|(a, b)| (a.min(b), a.max(b))) else {
        return Err(format!("`{text}` are no lines: write 12-18, or 12"));
    };
    if first == 0 || last > length {
        return Err(format!("lines {text}: the version has lines 1 to {length}"));
    }
    Ok(Some((first, last)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chord(key: &str) -> Chord {
        Chord::parse(key).expect("a key")
    }

    fn press(panel: &mut Panel, keys: &str, in_sight: Option<(u32, u32)>) -> Outcome {
        let guideline = Guideline::builtin();
        let mut outcome = Outcome::Stay;
        for key in keys.split(' ') {
            outcome = panel.key(chord(key), &guideline, in_sight);
        }
        outcome
    }

    fn unrealistic() -> Panel {
        Panel::new(Some(LabelVerdict::Unrealistic), Said::default(), 30)
    }

    fn said(reasons: &[&str], comment: Option<&str>, lines: Option<(u32, u32)>) -> Outcome {
        let reasons = reasons.iter().map(|id| (*id).to_owned()).collect();
        Outcome::Store(Said { reasons, comment: comment.map(str::to_owned), lines })
    }

    #[test]
    fn keys_and_what_comes_of_them() {
        for (keys, in_sight, outcome) in [
            ("enter", None, said(&[], None, None)),
            ("p enter", None, said(&["stub"], None, None)),
            ("m f enter", None, said(&["functionality", "moved"], None, None)),
            ("m f m enter", None, said(&["functionality"], None, None)),
            ("p l enter", Some((4, 6)), said(&["stub"], None, Some((4, 6)))),
            ("l 7 enter", None, said(&[], None, Some((7, 7)))),
            ("l l backspace 9 enter", Some((4, 6)), said(&[], None, Some((4, 9)))),
            ("p c n o enter", None, said(&["stub"], Some("no"), None)),
            ("p c l o w ctrl-l enter", Some((4, 4)), said(&["stub"], Some("low"), Some((4, 4)))),
            ("tab x tab 1 - 2 tab f enter", None, said(&["functionality"], Some("x"), Some((1, 2)))),
            ("shift-tab 8 - 3 enter", None, said(&[], None, Some((3, 8)))),
            ("p esc", None, Outcome::Cancel),
            ("p ctrl-c", None, Outcome::Cancel),
            ("n", None, Outcome::Unused),
            ("z", None, Outcome::Unused),
            ("down", None, Outcome::Unused),
        ] {
            assert_eq!(press(&mut unrealistic(), keys, in_sight), outcome, "{keys}");
        }
    }

    #[test]
    fn lines_that_are_not_there_keep_the_panel_open() {
        for keys in ["l 3 1 enter", "l 0 enter", "l - enter", "l 4 - enter", "l 9 9 9 9 9 9 9 9 9 9 9 enter"] {
            let mut panel = unrealistic();
            assert_eq!(press(&mut panel, keys, None), Outcome::Stay, "{keys}");
            assert!(panel.fault.is_some() && panel.focus == Focus::Lines, "{keys}");
            press(&mut panel, "backspace", None);
            assert_eq!(panel.fault, None);
        }
    }

    #[test]
    fn a_guideline_that_wants_a_reason_gets_one() {
        let text = "version = 1\ntitle = 'T'\nrequire_reason = true\n[[reason]]\nid = 'a'\nkey = 'a'\nname = 'A'";
        let guideline = Guideline::parse("g", text).expect("it is whole");
        let mut panel = unrealistic();
        assert_eq!(panel.key(chord("enter"), &guideline, None), Outcome::Stay);
        assert!(panel.fault.is_some());
        panel.key(chord("a"), &guideline, None);
        assert_eq!(panel.key(chord("enter"), &guideline, None), said(&["a"], None, None));
        let mut comment = Panel::new(None, Said::default(), 3);
        comment.comment = Input::of("hm");
        assert_eq!(comment.key(chord("enter"), &guideline, None), said(&[], Some("hm"), None));
    }

    #[test]
    fn a_comment_alone_has_no_reasons_and_its_letters_are_text() {
        let mut panel = Panel::new(None, Said::default(), 30);
        assert_eq!(press(&mut panel, "f c l enter", Some((2, 3))), said(&[], Some("fcl"), None));
        let mut panel = Panel::new(None, Said::default(), 30);
        assert_eq!(
            press(&mut panel, "o ctrl-l tab backspace 5 tab k enter", Some((2, 3))),
            said(&[], Some("ok"), Some((2, 5)))
        );
        assert_eq!(press(&mut Panel::new(None, Said::default(), 30), "enter", None), Outcome::Cancel);
    }

    #[test]
    fn what_was_said_before_can_be_changed() {
        let before = Said {
            reasons: vec!["stub".to_owned(), "gone".to_owned()],
            comment: Some("a".to_owned()),
            lines: Some((2, 2)),
        };
        let mut panel = Panel::new(Some(LabelVerdict::Unrealistic), before, 30);
        assert_eq!(
            press(&mut panel, "p f c b enter", None),
            said(&["functionality", "gone"], Some("ab"), Some((2, 2)))
        );
    }

    proptest::proptest! {
        #[test]
        fn stored_lines_lie_in_the_version(typed in "[0-9 –-]{0,9}", length in 0..40u32) {
            if let Ok(Some((first, last))) = parse_range(&typed, length) {
                proptest::prop_assert!(1 <= first && first <= last && last <= length);
            }
        }
    }
}
