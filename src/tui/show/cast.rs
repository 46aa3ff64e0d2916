//! Frames as an asciicast, version 2: one header, then what changed on the screen, and when. The same frames give the
//! same bytes.

use std::fmt::Write;
use std::time::Duration;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use serde_json::json;

use crate::core::escape;

/// Before the first frame: no cursor, an empty screen.
const BEGIN: &str = "\x1b[?25l\x1b[0m\x1b[2J";
const END: &str = "\x1b[0m\x1b[?25h";

pub struct Cast {
    text: String,
    before: Buffer,
    begun: bool,
}

impl Cast {
    pub fn new(size: (u16, u16), title: &str) -> Self {
        let header = json!({
            "version": 2, "width": size.0, "height": size.1, "title": escape::visible(title), "env": { "TERM": "xterm-256color" },
        });
        Self { text: format!("{header}\n"), before: Buffer::empty(Rect::new(0, 0, size.0, size.1)), begun: false }
    }

    /// A frame of the size that was said, to be seen from `at` on; no event where nothing changed.
    pub fn frame(&mut self, at: Duration, frame: &Buffer) {
        let changed = changes(&self.before, frame);
        let begin = if std::mem::replace(&mut self.begun, true) { "" } else { BEGIN };
        if !changed.is_empty() || !begin.is_empty() {
            self.event(at, &format!("{begin}{changed}"));
        }
        self.before = frame.clone();
    }

    /// The whole file.
    pub fn finish(mut self, at: Duration) -> String {
        self.event(at, END);
        self.text
    }

    fn event(&mut self, at: Duration, data: &str) {
        let (seconds, data) = (at.as_secs(), serde_json::Value::from(data));
        let _ = writeln!(self.text, "[{seconds}.{:06}, \"o\", {data}]", at.subsec_micros());
    }
}

/// What turns one screen into the other: moves of the cursor, looks, and letters that have passed the gate.
fn changes(before: &Buffer, after: &Buffer) -> String {
    let mut out = String::new();
    let mut look: Option<(Color, Color, Modifier)> = None;
    let mut cursor = None;
    for (x, y, cell) in before.diff(after) {
        if cursor != Some((x, y)) {
            let _ = write!(out, "\x1b[{};{}H", y + 1, x + 1);
        }
        let wanted = (cell.fg, cell.bg, cell.modifier);
        if look != Some(wanted) {
            out.push_str(&sgr(cell));
            look = Some(wanted);
        }
        out.extend(letters(cell.symbol()));
        // Terminals disagree about anything else: its place is said again.
        let plain = cell.symbol().chars().count() == 1 && escape::columns(cell.symbol()) == 1;
        cursor = plain.then_some((x + 1, y));
    }
    out
}

/// The views gate every text; should one not, what acts on a terminal stays out all the same.
fn letters(symbol: &str) -> impl Iterator<Item = char> {
    symbol.chars().map(|c| if escape::is_hidden(c) { '\u{fffd}' } else { c })
}

fn sgr(cell: &Cell) -> String {
    const MODIFIERS: [(Modifier, &str); 6] = [
        (Modifier::BOLD, ";1"),
        (Modifier::DIM, ";2"),
        (Modifier::ITALIC, ";3"),
        (Modifier::UNDERLINED, ";4"),
        (Modifier::REVERSED, ";7"),
        (Modifier::CROSSED_OUT, ";9"),
    ];
    let mut out = "\x1b[0".to_owned();
    out.extend(MODIFIERS.iter().filter(|(modifier, _)| cell.modifier.contains(*modifier)).map(|(_, code)| *code));
    for (colour, ground) in [(cell.fg, 0), (cell.bg, 10)] {
        let _ = match colour {
            Color::Reset => Ok(()),
            Color::Rgb(r, g, b) => write!(out, ";{};2;{r};{g};{b}", 38 + ground),
            Color::Indexed(index) => write!(out, ";{};5;{index}", 38 + ground),
            named => write!(out, ";{}", named_code(named) + ground),
        };
    }
    out.push('m');
    out
}

/// The foreground's code of one of the sixteen.
fn named_code(colour: Color) -> u16 {
    const DARK: [Color; 8] =
        [Color::Black, Color::Red, Color::Green, Color::Yellow, Color::Blue, Color::Magenta, Color::Cyan, Color::Gray];
    const BRIGHT: [Color; 8] = [
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    let at = |of: &[Color; 8]| of.iter().position(|known| *known == colour).map(|at| at as u16);
    at(&DARK).map(|at| 30 + at).or(at(&BRIGHT).map(|at| 90 + at)).unwrap_or(39)
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn only_what_changed_is_written_and_nothing_acts() {
        let area = Rect::new(0, 0, 6, 2);
        let (empty, mut one) = (Buffer::empty(area), Buffer::empty(area));
        one.set_string(1, 1, "ab漢", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::LightRed));
        let red = "\x1b[0;38;2;1;2;3;101m";
        assert_eq!(changes(&empty, &one), format!("\x1b[2;2H{red}ab漢"));
        assert_eq!(changes(&one, &one), "");
        let mut two = one.clone();
        two[(1, 1)].set_symbol("\u{202e}");
        two[(0, 0)].set_style(Style::new().fg(Color::Indexed(7)).add_modifier(Modifier::BOLD | Modifier::REVERSED));
        assert_eq!(changes(&one, &two), format!("\x1b[1;1H\x1b[0;1;7;38;5;7m \x1b[2;2H{red}\u{fffd}"));
        assert_eq!(letters("a\u{1b}]0;\u{7}\u{9b}").collect::<String>(), "a\u{fffd}]0;\u{fffd}\u{fffd}");
    }

    #[test]
    fn a_file_is_a_header_and_one_event_a_change() {
        let area = Rect::new(0, 0, 2, 1);
        let frame = |text: &str| {
            let mut buffer = Buffer::empty(area);
            buffer.set_string(0, 0, text, Style::new());
            buffer
        };
        let mut cast = Cast::new((2, 1), "a\u{1b}b");
        for (at, text) in [(0, "a"), (1_500, "a"), (2_250, "b\"")] {
            cast.frame(Duration::from_millis(at), &frame(text));
        }
        let lines: Vec<serde_json::Value> = cast
            .finish(Duration::from_secs(3))
            .lines()
            .map(|line| serde_json::from_str(line).unwrap_or_default())
            .collect();
        assert_eq!(lines.len(), 4);
        assert_eq!((&lines[0]["version"], &lines[0]["title"]), (&json!(2), &json!("a␛b")));
        assert_eq!(lines[1][2], json!("\x1b[?25l\x1b[0m\x1b[2J\x1b[1;1H\x1b[0ma"));
        assert_eq!(lines[2], json!([2.25, "o", "\x1b[1;1H\x1b[0mb\""]));
        assert_eq!(lines[3], json!([3.0, "o", "\x1b[0m\x1b[?25h"]));
    }
}
