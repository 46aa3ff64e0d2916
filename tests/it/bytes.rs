//! What really goes to the terminal: frames drawn through the crossterm backend, read back by a terminal emulator.

use std::num::NonZero;

use fdsp::core::diff::{Diff, Options, Source};
use fdsp::core::finding::Finding;
use fdsp::tui::style::{ColourDepth, Theme};
use fdsp::tui::widgets::{CodeView, DiffView, Ink, Layout, Marks, Wrap};
use proptest::prelude::*;
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::widgets::Widget;

const SIZE: Rect = Rect { x: 0, y: 0, width: 70, height: 12 };

/// Sequences that would do harm if they got through: each must be shown instead.
pub const HOSTILE: [&str; 14] = [
    "\x1b]52;c;ZXZpbA==\x07",
    "\x1b]52;c;ZXZpbA==",
    "\x1b]0;title\x1b\\",
    "\x1b[2J\x1b[H",
    "\x1b[?1049l",
    "\x1b[6n",
    "\x1bP+q544e\x1b\\",
    "\x1b",
    "\u{9b}31m",
    "\u{9d}0;title\u{9c}",
    "\u{202e}evil\u{2066}\u{2069}",
    "zero\u{200b}width\u{feff}",
    "\r\x08\x0c\x7f",
    "\u{e0041}\u{e007f}\u{2028}",
];

/// Counts what a terminal would do besides drawing.
#[derive(Default)]
pub struct Deeds(pub Vec<String>);

impl vt100::Callbacks for Deeds {
    fn audible_bell(&mut self, _: &mut vt100::Screen) {
        self.0.push("bell".into());
    }
    fn set_window_title(&mut self, _: &mut vt100::Screen, title: &[u8]) {
        self.0.push(format!("title {title:?}"));
    }
    fn copy_to_clipboard(&mut self, _: &mut vt100::Screen, _: &[u8], data: &[u8]) {
        self.0.push(format!("clipboard {data:?}"));
    }
    fn unhandled_control(&mut self, _: &mut vt100::Screen, byte: u8) {
        self.0.push(format!("control {byte:#x}"));
    }
    fn unhandled_csi(
        &mut self,
        _: &mut vt100::Screen,
        first: Option<u8>,
        second: Option<u8>,
        params: &[&[u16]],
        last: char,
    ) {
        // The emulator does not know the underline's colour, which crossterm resets with the other two.
        if last == 'm' && params == [[59].as_slice()] {
            return;
        }
        self.0.push(format!("csi {first:?} {second:?} {params:?} {last}"));
    }
    fn unhandled_osc(&mut self, _: &mut vt100::Screen, params: &[&[u8]]) {
        self.0.push(format!("osc {params:?}"));
    }
}

fn theme() -> Theme {
    Theme::resolve("dark", ColourDepth::True).unwrap()
}

fn finding() -> Finding {
    Finding {
        rule: "B608\x1b[31m".into(),
        name: String::new(),
        cwe: Some(89),
        severity: None,
        confidence: None,
        line: 1,
        end_line: 1,
        column: 1,
        message: String::new(),
        suppressed: Some("no\u{202e}sec".into()),
    }
}

fn draw(old: &str, new: &str) -> [Buffer; 5] {
    let theme = theme();
    let diff = Diff::between(old, new, &Options::default());
    let marks = Marks::new(&[finding()]);
    let ink = Ink { spans: None, marks: &marks };
    let view = |layout, rows: &[_], wraps: bool| {
        let mut buffer = Buffer::empty(SIZE);
        let wrap = wraps.then(|| Wrap::new(&diff, (&marks, &marks), rows, layout, SIZE.width));
        let wrap = wrap.as_ref();
        DiffView { diff: &diff, rows, layout, wrap, old: ink, new: ink, top: 0, left: 0, current: None, theme: &theme }
            .render(SIZE, &mut buffer);
        buffer
    };
    let mut code = Buffer::empty(SIZE);
    let source = Source::new(new);
    CodeView { source: &source, spans: None, marks: &marks, top: 0, left: 0, selected: None, theme: &theme }
        .render(SIZE, &mut code);
    let (unified, split) = (diff.unified(2), diff.split(2));
    let [one, two] = [false, true].map(|wraps| view(Layout::Unified, &unified, wraps));
    let [three, four] = [false, true].map(|wraps| view(Layout::Split, &split, wraps));
    [one, two, three, four, code]
}

/// Draws the frames one after the other on one terminal, as the program does, and compares the screen after each.
pub fn check(frames: &[Buffer]) {
    let Some(screen) = frames.first().map(|frame| frame.area) else { return };
    let size = |n: u16| NonZero::new(n).unwrap();
    let mut parser = vt100::Parser::new_with_callbacks(size(screen.height), size(screen.width), 0, Deeds::default());
    let mut before = Buffer::empty(screen);
    for frame in frames {
        let mut bytes = Vec::new();
        CrosstermBackend::new(&mut bytes).draw(before.diff(frame).into_iter()).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        harmless(&text);
        parser.process(text.as_bytes());
        assert_eq!(parser.callbacks().0, Vec::<String>::new());
        for y in 0..screen.height {
            let row: String = parser.screen().contents_between(y, 0, y, screen.width);
            let drawn = fdsp::tui::svg::to_text(&row_of(frame, y));
            assert_eq!(row.trim_end(), drawn.trim_end_matches(['\n', ' ']), "row {y}");
        }
        before = frame.clone();
    }
}

fn row_of(frame: &Buffer, y: u16) -> Buffer {
    let area = Rect { y, height: 1, ..frame.area };
    let mut row = Buffer::empty(area);
    for x in 0..area.width {
        row[(x, y)] = frame[(x, y)].clone();
    }
    row
}

/// The bytes hold no control but those of cursor moves and looks.
pub fn harmless(text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(fdsp::core::escape::is_hidden) {
        let sequence = &rest[at..];
        let body = sequence.strip_prefix("\x1b[").unwrap_or_else(|| panic!("a control got through: {sequence:?}"));
        let end = body.find(|c: char| !matches!(c, '0'..='9' | ';' | ':')).unwrap_or(body.len());
        assert!(matches!(body[end..].chars().next(), Some('H' | 'm')), "not a move and not a look: {sequence:?}");
        rest = &body[end + 1..];
    }
}

#[test]
fn the_terminal_shows_what_the_buffer_holds() {
    let old = "import os\n\n\ndef f(x):\n\treturn os.popen('漢字' + x)\n";
    let new = "import os\n\n\ndef f(x):\n\treturn os.popen('漢' + x + 'e\u{301}👩')\n";
    let mut frames = draw(old, new).to_vec();
    frames.extend(draw(new, "x\n"));
    check(&frames);
}

#[test]
fn hostile_text_is_shown_and_does_nothing() {
    for evil in HOSTILE {
        let old = format!("x = 1\n{evil}y = 2\n# {evil}");
        let new = format!("{evil}\nx = '{evil}{evil}'\n");
        check(&draw(&old, &new));
        let shown = fdsp::tui::svg::to_text(&draw("", &new)[2]);
        assert!(shown.contains(['⟦', '␛', '␍']), "{evil:?} is not shown: {shown}");
    }
}

/// The check itself must notice: the same frames without the gate are found out.
#[test]
#[should_panic(expected = "a control got through")]
fn a_hole_in_the_gate_is_noticed() {
    let mut buffer = Buffer::empty(SIZE);
    buffer[(0, 0)].set_symbol("\x1b]0;x\x07");
    check(&[buffer]);
}

fn hostile() -> impl Strategy<Value = String> {
    let sharp = prop::sample::select(HOSTILE.to_vec()).prop_map(String::from);
    let plain =
        prop::sample::select(vec!["x = 1", "\n", "漢字", "e\u{301}", "\t", "'''", "👩🏽", "é"]).prop_map(String::from);
    prop::collection::vec(prop_oneof![sharp, plain, "[ -~]{0,8}"], 0..16).prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_two_texts_draw_exactly(old in hostile(), new in hostile()) {
        check(&draw(&old, &new));
    }
}
