//! What the screens show, drawn by the real views over the fixture.

use std::collections::BTreeMap;
use std::fmt::Write;

use fdsp::runner::update::{Doing, SlotState, Update};
use fdsp::tui::app::message::{Message, RunData};
use fdsp::tui::app::{Start, command};
use fdsp::tui::style::{ColourDepth, Theme};
use ratatui::buffer::Buffer;
use ratatui::style::Style;

use crate::support::bench::Bench;
use crate::support::fixture;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

#[test]
fn runs_and_items() {
    for size in SIZES {
        let mut bench = Bench::new(Start::Runs, size);
        snapshot("runs", &bench);
        bench.keys("enter");
        snapshot("items", &bench);
        bench.keys(r#"/ "vulnerable_!fixed""#);
        snapshot("items-filtered", &bench);
    }
}

#[test]
fn steps_of_a_fix_that_does_not_run() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        snapshot("diff", &bench);
        for (keys, name) in [("d", "diff-other"), ("1", "code"), ("3", "findings"), ("4", "prompt"), ("5", "answer")] {
            bench.keys(keys);
            snapshot(name, &bench);
        }
        bench.keys("r");
        snapshot("labelled", &bench);
        bench.keys("v");
        snapshot("versions", &bench);
        bench.keys(r#"esc : "unre""#);
        snapshot("palette", &bench);
        bench.keys("esc ?");
        snapshot("help", &bench);
    }
}

#[test]
fn a_diff_says_what_it_hides_and_wraps() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        for (keys, name) in [("_ # W + +", "diff-hides"), ("# - - - - - d", "diff-hides-less")] {
            bench.keys(keys);
            snapshot(name, &bench);
        }
    }
}

#[test]
fn steps_of_every_other_shape() {
    for item in ["ssh-run-command", "tmp-report", "broken-parser", "broken-line", "never-begun"] {
        let mut bench = Bench::on(item, (160, 24));
        snapshot(item, &bench);
        bench.resize((80, 24)).keys("shift-tab shift-tab");
    }
}

#[test]
fn wide_and_hostile_text_keeps_its_columns() {
    for size in SIZES {
        let bench = Bench::on("yaml-読む-with-a-very-long-name-indeed", size);
        snapshot("hostile", &bench);
        let screen = bench.screen();
        let hidden = |c: char| c != '\n' && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{200b}'));
        assert!(!screen.contains(hidden), "something acts that should be shown");
    }
}

pub fn board(size: (u16, u16)) -> Bench {
    let mut bench = Bench::new(Start::Runs, size);
    let items = bench.items.iter().map(|(item, _)| item.clone()).collect();
    let data =
        RunData { info: bench.info.clone(), items, rows: Vec::new(), history: Vec::new(), guidelines: Vec::new() };
    bench.send(Message::Begun(Ok(Box::new(data))));
    bench.app.wall = jiff::Timestamp::UNIX_EPOCH;
    let later = |seconds: i64| jiff::Timestamp::from_second(seconds).expect("a time");
    let busy = |item: &str, step, doing| SlotState::Busy { item: item.to_owned(), stream: fixture::FDSP, step, doing };
    let doing = [
        busy(
            "sql-row-count",
            fixture::refine(2, 3),
            Doing::Receiving { tokens: 41, tail: "x\n  if table not in ALLOWED:".into() },
        ),
        busy("ssh-run-command", fixture::refine(1, 1), Doing::Waiting { since: later(-2) }),
        busy(
            "pickle-cache",
            fixture::refine(1, 2),
            Doing::Retrying { until: later(14), attempt: 3, of: 6, reason: "429".into() },
        ),
        busy("yaml-読む-with-a-very-long-name-indeed", fixture::refine(1, 2), Doing::Scanning),
        busy("tmp-report", fixture::refine(1, 2), Doing::Paused),
        SlotState::Idle,
    ];
    let mut updates: Vec<Update> =
        doing.into_iter().enumerate().map(|(slot, state)| Update::Slot { slot, state }).collect();
    let (item, entries) = bench.items[0].clone();
    updates.push(Update::Entries { item: item.id, entries });
    bench.send(Message::Live(updates));
    bench
}

#[test]
fn live_board_and_form() {
    for size in SIZES {
        let mut bench = board(size);
        snapshot("board", &bench);
        bench.keys("esc n");
        snapshot("form", &bench);
        bench.keys("right tab tab ctrl-s");
        snapshot("form-problem", &bench);
    }
}

#[test]
fn a_tiny_terminal_is_told_so() {
    for size in [(0, 0), (1, 1), (20, 5), (59, 40), (200, 14)] {
        let bench = Bench::on("sql-row-count", size);
        let screen = bench.screen();
        assert!(size.0 < 20 || screen.contains("this terminal is"), "{size:?}: {screen}");
    }
}

#[test]
fn every_size_draws() {
    let mut bench = Bench::on("yaml-読む-with-a-very-long-name-indeed", (60, 15));
    for width in (60..=220).step_by(7) {
        for height in [15, 20, 33, 60] {
            bench.resize((width, height));
            for keys in ["1", "2", "3", "esc", "enter"] {
                bench.keys(keys);
                assert_eq!(bench.buffer().area.width, width);
            }
        }
    }
}

/// Letters for looks: one row of letters under each row of text, and what each letter stands for.
pub fn styled(buffer: &Buffer) -> String {
    let mut looks: BTreeMap<String, char> = BTreeMap::new();
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let (mut text, mut letters) = (String::new(), String::new());
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            text.push_str(cell.symbol());
            let style: Style = cell.style();
            let look = format!("{:?} on {:?} {:?}", style.fg, style.bg, style.add_modifier);
            let next = char::from(b'a' + (looks.len() % 26) as u8);
            letters.push(*looks.entry(look).or_insert(next));
        }
        let _ = writeln!(out, "{}\n{}", text.trim_end(), letters);
    }
    for (look, letter) in looks {
        let _ = writeln!(out, "{letter} = {look}");
    }
    out
}

#[test]
fn themes() {
    for (name, depth) in [("dark", ColourDepth::True), ("light", ColourDepth::True), ("ansi16", ColourDepth::Ansi16)] {
        let theme = Theme::resolve(name, depth).expect("a theme");
        let start = Start::Run { run: fixture::RUN.to_owned(), item: Some("sql-row-count".to_owned()) };
        let bench = Bench::with(start, (100, 20), theme, depth);
        insta::assert_snapshot!(format!("theme-{name}"), styled(&bench.buffer()));
    }
}

#[test]
fn the_readme_lists_the_keys_of_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let Ok(readme) = std::fs::read_to_string(path) else {
        panic!("there is no README.md");
    };
    let between = readme.split_once("<!-- keys -->").and_then(|(_, rest)| rest.split_once("<!-- /keys -->"));
    let Some((keys, _)) = between else { panic!("README.md has no <!-- keys --> … <!-- /keys -->") };
    let wanted = command::readme_keys();
    assert_eq!(
        keys.trim(),
        wanted.trim(),
        "README.md differs from the table; write this between the markers:\n{wanted}"
    );
}
