use std::sync::{Arc, LazyLock};

use insta::assert_snapshot;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use ratatui::widgets::Widget;

use super::*;
use crate::core::diff::{Diff, Options, Source};
use crate::core::escape;
use crate::core::finding::{Finding, Level};
use crate::core::text::Text;
use crate::tui::style::syntax::Lines;
use crate::tui::style::{ColourDepth, Role, Signs, Syntax, Theme};
use crate::tui::svg;

mod rows;

const OLD: &str = include_str!("tests/old.py.txt");
const NEW: &str = include_str!("tests/new.py.txt");

fn spans(text: &str) -> Arc<Lines> {
    static SYNTAX: LazyLock<Syntax> = LazyLock::new(Syntax::inline);
    SYNTAX.lines(&Text::from(text)).unwrap()
}

fn finding(rule: &str, cwe: u32, lines: (u32, u32)) -> Finding {
    Finding {
        rule: rule.into(),
        name: String::new(),
        cwe: Some(cwe),
        severity: Some(Level::Medium),
        confidence: None,
        line: lines.0,
        end_line: lines.1,
        column: 1,
        message: String::new(),
        suppressed: None,
    }
}

fn theme(name: &str) -> Theme {
    Theme::resolve(name, ColourDepth::True).unwrap()
}

fn code(text: &str, findings: &[Finding], theme: &Theme, size: (u16, u16), left: usize) -> Buffer {
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    CodeView {
        source: &Source::new(text),
        spans: Some(&spans(text)),
        marks: &Marks::new(findings),
        top: 0,
        left,
        selected: Some(4),
        theme,
    }
    .render(buffer.area, &mut buffer);
    buffer
}

fn diff(texts: (&str, &str), layout: Layout, theme: &Theme, size: (u16, u16), left: usize) -> Buffer {
    let diff = Diff::between(texts.0, texts.1, &Options::default());
    let rows = if layout == Layout::Split { diff.split(2) } else { diff.unified(2) };
    let (was, is) = (spans(texts.0), spans(texts.1));
    let (before, after) = (Marks::new(&[finding("B608", 89, (14, 14))]), Marks::new(&[finding("B608", 89, (16, 16))]));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    DiffView {
        diff: &diff,
        rows: &rows,
        layout,
        wrap: None,
        old: Ink { spans: Some(&was), marks: &before },
        new: Ink { spans: Some(&is), marks: &after },
        top: 0,
        left,
        current: Some(0),
        theme,
    }
    .render(buffer.area, &mut buffer);
    buffer
}

fn findings() -> [Finding; 4] {
    let mut hidden = finding("B404", 78, (2, 2));
    hidden.suppressed = Some("nosec".into());
    [hidden, finding("B608", 89, (14, 15)), finding("B101", 703, (14, 14)), finding("B999", 1, (4_000_000, u32::MAX))]
}

#[test]
fn code_at_several_sizes() {
    let theme = theme("dark");
    for (name, size, left) in [("code_80", (80, 18), 0), ("code_40_scrolled", (40, 18), 6), ("code_tiny", (6, 3), 0)] {
        assert_snapshot!(name, svg::to_text(&code(OLD, &findings(), &theme, size, left)));
    }
}

#[test]
fn diff_at_several_sizes() {
    let theme = theme("dark");
    for (name, layout, size, left) in [
        ("unified_80", Layout::Unified, (80, 14), 0),
        ("unified_40", Layout::Unified, (40, 14), 0),
        ("split_130", Layout::Split, (130, 14), 0),
        ("split_80_scrolled", Layout::Split, (80, 14), 8),
        ("split_tiny", Layout::Split, (5, 4), 0),
    ] {
        assert_snapshot!(name, svg::to_text(&diff((OLD, NEW), layout, &theme, size, left)));
    }
}

#[test]
fn ascii_signs_leave_ascii() {
    let theme = theme("dark").with_signs(Signs::ASCII);
    let text = svg::to_text(&diff((OLD, NEW), Layout::Unified, &theme, (40, 14), 0));
    assert!(text.is_ascii(), "{text}");
}

/// Look at these when they change: convert them to a picture.
#[test]
fn pictures_in_every_theme() {
    for name in Theme::names() {
        let theme = theme(name);
        let buffer = diff((OLD, NEW), Layout::Split, &theme, (110, 12), 0);
        assert_snapshot!(format!("picture_{name}"), svg::to_svg(&buffer, &theme));
        assert_eq!(svg::to_svg(&buffer, &theme), svg::to_svg(&buffer.clone(), &theme));
    }
}

#[test]
fn changed_words_stand_out_even_without_colour() {
    let theme = Theme::resolve("dark", ColourDepth::Mono).unwrap();
    let buffer = diff(("a = first(b)\n", "a = second(b)\n"), Layout::Unified, &theme, (30, 2), 0);
    let row = |y: u16| -> String {
        let marked = |x: u16| buffer[(x, y)].modifier.contains(Modifier::UNDERLINED);
        (6..30).filter(|x| marked(*x)).map(|x| buffer[(x, y)].symbol()).collect()
    };
    assert_eq!((row(0).as_str(), row(1).as_str()), ("first", "second"));
    assert_eq!((buffer[(0, 0)].symbol(), buffer[(0, 1)].symbol()), ("-", "+"));
}

#[test]
fn wide_and_combining_characters_keep_their_columns() {
    let theme = theme("dark");
    let text = "漢字漢字 e\u{301}x\ny\n";
    for (left, width, row) in [
        (0, 16, "  1  漢字漢字 e\u{301}x"),
        (0, 12, "  1  漢字漢…"),
        // The sign takes the right half of the third, which then cannot be drawn.
        (0, 11, "  1  漢字 …"),
        (1, 17, "  1  …字漢字 e\u{301}x"),
        (3, 17, "  1  …漢字 e\u{301}x"),
    ] {
        let drawn = svg::to_text(&code(text, &[], &theme, (width, 1), left));
        assert_eq!(drawn.trim_end(), row, "left {left} width {width}");
    }
}

#[test]
fn what_hides_is_shown_in_its_own_look() {
    let theme = theme("dark");
    let buffer = code("a\u{202e}b\x1b[31m\tc\n", &[], &theme, (40, 1), 0);
    assert_eq!(svg::to_text(&buffer), "  1  a⟦U+202E⟧b␛[31m c\n");
    assert_eq!(buffer[(6, 0)].fg, theme.style(Role::Hidden).fg.unwrap());
    assert_eq!(buffer[(6, 0)].bg, theme.style(Role::Hidden).bg.unwrap());
}

/// Relative luminance contrast as WCAG 2 defines it.
fn contrast(a: Color, b: Color) -> f64 {
    let luminance = |colour: Color| {
        let rgb = crate::tui::style::colour::rgb(colour).unwrap();
        let linear = rgb.map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    };
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Letters stay readable on every ground they can stand on.
#[test]
fn contrast_holds() {
    let signs = [Role::AddedSign, Role::RemovedSign, Role::FindingRule];
    let syntax = Role::ALL.into_iter().filter(|role| *role >= Role::Syntax).chain(signs);
    for (name, least) in [("dark", 4.5), ("light", 4.5), ("high-contrast", 7.0)] {
        let theme = theme(name);
        let text = theme.style(Role::Text);
        let grounds = [
            Role::Text,
            Role::Added,
            Role::AddedWord,
            Role::Removed,
            Role::RemovedWord,
            Role::FindingLine,
            Role::Moved,
            Role::SelectionIdle,
        ];
        for role in syntax.clone() {
            for ground in grounds {
                let fg = theme.style(role).fg.or(text.fg).unwrap();
                let bg = theme.style(ground).bg.or(text.bg).unwrap();
                let found = contrast(fg, bg);
                // The changed words' ground is the strongest; letters on it stay large-print readable at least.
                let word = matches!(ground, Role::AddedWord | Role::RemovedWord);
                if word && signs.contains(&role) {
                    continue;
                }
                let least = if word { least - 0.5 } else { least };
                assert!(found >= least, "{name}: {role:?} on {ground:?}: {found:.2}");
            }
        }
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let sharp = prop::sample::select(vec![
        "\x1b]52;c;eA==\x07",
        "\u{9b}31m",
        "\u{202e}",
        "\u{200d}",
        "\u{301}",
        "\t",
        "\r",
        "\n",
        "漢",
        "👩",
        "\u{e0041}",
        "\u{ff9e}",
        "def f():",
        "'''",
        "x = 1",
    ]);
    prop::collection::vec(prop_oneof![any::<char>().prop_map(String::from), sharp.prop_map(String::from)], 0..30)
        .prop_map(|parts| parts.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_breaks_a_cell(old in hostile(), new in hostile(), width in 0u16..60, left in 0usize..20) {
        let theme = theme("dark");
        let diff = Diff::between(&old, &new, &Options::default());
        let marks = Marks::new(&findings());
        let ink = Ink { spans: None, marks: &marks };
        let (split, unified) = ((Layout::Split, diff.split(1)), (Layout::Unified, diff.unified(1)));
        for ((layout, rows), wraps) in [(&split, false), (&split, true), (&unified, false), (&unified, true)] {
            let wrap = wraps.then(|| Wrap::new(&diff, (&marks, &marks), rows, *layout, width));
            let (layout, wrap) = (*layout, wrap.as_ref());
            let mut buffer = Buffer::empty(Rect::new(0, 0, width, 8));
            let view = DiffView { diff: &diff, rows, layout, wrap, old: ink, new: ink, top: 0, left, current: None, theme: &theme };
            view.render(buffer.area, &mut buffer);
            for y in 0..8 {
                let mut x = 0;
                while x < width {
                    let symbol = buffer[(x, y)].symbol();
                    prop_assert!(!symbol.chars().any(escape::is_hidden), "{:?}", symbol);
                    let columns = escape::columns(symbol) as u16;
                    prop_assert!(columns >= 1 && x + columns <= width, "{:?} at {}", symbol, x);
                    for covered in x + 1..x + columns {
                        prop_assert_eq!(buffer[(covered, y)].symbol(), " ");
                    }
                    x += columns;
                }
            }
        }
    }
}
