//! Pictures of a screen: a buffer as text or as a self-contained SVG with the same bytes each time.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use crate::core::escape;
use crate::tui::style::{Role, Theme, colour};

/// Pixels of one cell.
const WIDTH: f32 = 8.4;
const HEIGHT: u32 = 18;
const FONT_SIZE: u32 = 14;
/// From a row's top to the letters' feet.
const BASELINE: u32 = 13;
const MARGIN: u32 = 10;

/// Rows with their trailing blanks cut, a newline after each.
pub fn to_text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let row: String = cells(buffer, y).map(|(_, _, cell)| cell.symbol()).collect();
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Column, width and cell; the columns a wide character covers are left out.
fn cells(buffer: &Buffer, y: u16) -> impl Iterator<Item = (u16, u16, &Cell)> {
    let area = buffer.area;
    let mut next = area.left();
    (area.left()..area.right()).filter_map(move |x| {
        if x < next {
            return None;
        }
        let cell = &buffer[(x, y)];
        let width = u16::try_from(escape::columns(cell.symbol())).unwrap_or(1).clamp(1, area.right() - x);
        next = x + width;
        Some((x - area.left(), width, cell))
    })
}

/// What is drawn with one `<text>`.
#[derive(Clone, Copy, PartialEq)]
struct Ink {
    fg: [u8; 3],
    bg: [u8; 3],
    modifier: Modifier,
}

struct Run {
    ink: Ink,
    x: u16,
    width: u16,
    text: String,
}

/// The screen as SVG. Each run of one look stands at its own column with its length fixed, so that no font moves a
/// column; a wide character is a run of its own.
pub fn to_svg(buffer: &Buffer, theme: &Theme) -> String {
    let text = theme.style(Role::Text);
    let fallback = (
        text.fg.and_then(colour::rgb).unwrap_or([0xc8, 0xcd, 0xd5]),
        text.bg.and_then(colour::rgb).unwrap_or([0x15, 0x17, 0x1b]),
    );
    let width = f32::from(buffer.area.width) * WIDTH + 2.0 * MARGIN as f32;
    let height = u32::from(buffer.area.height) * HEIGHT + 2 * MARGIN;
    let mut out = String::new();
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height}\" viewBox=\"0 0 {width:.1} {height}\" \
         font-family=\"'DejaVu Sans Mono','Menlo','Consolas',monospace\" font-size=\"{FONT_SIZE}\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{}\"/>",
        hex(fallback.1)
    );
    for y in 0..buffer.area.height {
        let runs = runs(buffer, y, fallback);
        let top = MARGIN + u32::from(y) * HEIGHT;
        for run in runs.iter().filter(|run| run.ink.bg != fallback.1) {
            let _ = writeln!(
                out,
                "<rect x=\"{:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{HEIGHT}\" fill=\"{}\"/>",
                x(run.x),
                f32::from(run.width) * WIDTH,
                hex(run.ink.bg)
            );
        }
        for run in runs.iter().filter(|run| !run.text.trim().is_empty()) {
            letters(&mut out, run, top + BASELINE);
        }
    }
    out.push_str("</svg>\n");
    out
}

fn x(column: u16) -> f32 {
    MARGIN as f32 + f32::from(column) * WIDTH
}

fn runs(buffer: &Buffer, y: u16, fallback: ([u8; 3], [u8; 3])) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (x, width, cell) in cells(buffer, buffer.area.top() + y) {
        let ink = ink(cell, fallback);
        // Block elements and wide characters alone: fonts differ in how wide they draw them.
        let alone = width > 1 || cell.symbol().chars().count() > 1;
        match runs.last_mut() {
            Some(run) if run.ink == ink && !alone && run.width as usize == run.text.chars().count() => {
                run.width += width;
                run.text.push_str(cell.symbol());
            }
            _ => runs.push(Run { ink, x, width, text: cell.symbol().to_owned() }),
        }
    }
    runs
}

fn ink(cell: &Cell, fallback: ([u8; 3], [u8; 3])) -> Ink {
    let of = |colour: Color, or: [u8; 3]| if colour == Color::Reset { or } else { colour::rgb(colour).unwrap_or(or) };
    let (mut fg, mut bg) = (of(cell.fg, fallback.0), of(cell.bg, fallback.1));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if cell.modifier.contains(Modifier::DIM) {
        for (ink, ground) in fg.iter_mut().zip(bg) {
            *ink = ((u16::from(*ink) * 2 + u16::from(ground)) / 3) as u8;
        }
    }
    let shown = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT;
    Ink { fg, bg, modifier: cell.modifier & shown }
}

fn letters(out: &mut String, run: &Run, baseline: u32) {
    let text = run.text.trim_end_matches(' ');
    let lead = text.len() - text.trim_start_matches(' ').len();
    let text = &text[lead..];
    let start = run.x + lead as u16;
    let width =
        if run.text.chars().count() == usize::from(run.width) { text.chars().count() as u16 } else { run.width };
    let _ = write!(
        out,
        "<text x=\"{:.1}\" y=\"{baseline}\" textLength=\"{:.1}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"",
        x(start),
        f32::from(width) * WIDTH,
        hex(run.ink.fg)
    );
    let modifier = run.ink.modifier;
    if modifier.contains(Modifier::BOLD) {
        out.push_str(" font-weight=\"bold\"");
    }
    if modifier.contains(Modifier::ITALIC) {
        out.push_str(" font-style=\"italic\"");
    }
    if modifier.contains(Modifier::UNDERLINED) {
        out.push_str(" text-decoration=\"underline\"");
    } else if modifier.contains(Modifier::CROSSED_OUT) {
        out.push_str(" text-decoration=\"line-through\"");
    }
    out.push_str(" xml:space=\"preserve\">");
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            c if escape::is_hidden(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out.push_str("</text>\n");
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    use super::*;
    use crate::tui::style::ColourDepth;

    fn theme() -> Theme {
        Theme::resolve("dark", ColourDepth::True).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn every_run_stands_at_its_own_column() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "a<漢e\u{301}b", Style::new());
        buffer.set_string(7, 0, "x y", Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED));
        let svg = to_svg(&buffer, &theme());
        let texts: Vec<&str> = svg.lines().filter(|line| line.starts_with("<text")).collect();
        assert_eq!(texts.len(), 5, "{svg}");
        assert!(texts[0].contains("x=\"10.0\"") && texts[0].contains(">a&lt;<"), "{svg}");
        // A wide character spans two columns, the cluster after it one, and the next text follows them.
        assert!(texts[1].contains("x=\"26.8\"") && texts[1].contains("textLength=\"16.8\""), "{svg}");
        assert!(texts[2].contains("x=\"43.6\"") && texts[2].contains("textLength=\"8.4\""), "{svg}");
        assert!(texts[3].contains("x=\"52.0\""), "{svg}");
        assert!(texts[4].contains("x=\"68.8\"") && texts[4].contains("font-weight=\"bold\""), "{svg}");
        assert!(svg.contains("<rect x=\"68.8\" y=\"10\" width=\"25.2\" height=\"18\" fill=\"#c8cdd5\"/>"), "{svg}");
        assert_eq!(to_text(&buffer), "a<漢e\u{301}b x y\n");
    }

    #[test]
    fn a_control_never_reaches_the_file() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer[(0, 0)].set_symbol("\u{1b}");
        assert!(!to_svg(&buffer, &theme()).contains('\u{1b}'));
    }
}
