//! The workbench as a user feels it: key to frame under load, first frame, memory, item to item, an idle screen.
//!
//! The real binary runs in a pseudo-terminal. The big store is the one that `cargo bench --bench store` builds; without
//! it that part is left out and says so.

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fdsp::core::event::{Entry, StopReason};
use fdsp::core::ids::Step;
use fdsp::core::item::Item;
use fdsp::runner::update::{Doing, SlotState, Update};
use fdsp::tui::app::Start;
use fdsp::tui::app::message::Message;
use fdsp::tui::app::model::Screen;
use fdsp::tui::style::syntax::Syntax;
use fdsp::tui::style::{ColourDepth, Theme};
use fdsp::tui::view;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use support::bench::Bench;
use support::fdsp::Fdsp;
use support::fixture;
use support::stored::{FDSP, GENERATE, refine, stopped, version};
use support::terminal::Pty;

const LINES: usize = 5_000;
const SLOTS: usize = 64;
/// Items that the palette searches.
const ENTRIES: usize = 100_000;

fn main() -> ExitCode {
    let mut met = keys_under_load();
    met &= palette();
    met &= recorded_run();
    let big = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-store/store/store.db");
    if big.exists() {
        met &= big_store(big);
    } else {
        println!("big store: left out, `cargo bench --bench store` builds it");
        met = false;
    }
    if met { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn judge(what: &str, value: f64, limit: f64, unit: &str) -> bool {
    let met = value < limit;
    println!("{what:<58} {value:>9.2} {unit:<3} limit {limit:>5} {}", if met { "met" } else { "MISSED" });
    met
}

/// An item whose two versions differ in every third of their lines.
fn long_item() -> (Item, Vec<Entry>) {
    let code = |changed: &str| -> String {
        (0..LINES)
            .map(|n| match n % 3 {
                0 => format!("    row_{n} = cursor.{changed}(\"SELECT {n} FROM a WHERE b = ?\", ({n},))\n"),
                1 => format!("    # line {n} says what the next one does\n"),
                _ => format!("    total += compute(row_{n}, weight={n}, label='n{n}')\n"),
            })
            .collect()
    };
    let first = refine(1, 1);
    let generation = version(Step::Generate, &code("execute"), true).into_iter().map(|event| (GENERATE, event));
    let refined = version(first, &code("fetch"), false).into_iter().map(|event| (FDSP, event));
    let events = generation
        .chain([(GENERATE, stopped(StopReason::Generated))])
        .chain(refined)
        .chain([(FDSP, stopped(StopReason::Fixed))]);
    let entries = events
        .zip(1..)
        .map(|((stream, event), seq)| Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event })
        .collect();
    (Item::new("long", "Write it."), entries)
}

fn streaming(turn: usize) -> Message {
    let busy = |slot| Update::Slot {
        slot,
        state: SlotState::Busy {
            item: format!("item-{slot}"),
            stream: FDSP,
            step: refine(1, 1),
            doing: Doing::Receiving { tokens: turn as u32, tail: format!("    value_{turn} = compute({slot})") },
        },
    };
    Message::Live((0..SLOTS).map(busy).collect())
}

/// From a key to the last byte of its frame, behind what 64 slots told since the frame before.
fn keys_under_load() -> bool {
    let theme = Theme::resolve("dark", ColourDepth::True).expect("a built-in theme");
    let run = fixture::RUN.to_owned();
    let start = Start::Run { run, item: Some("long".to_owned()) };
    let mut bench = Bench::holding(vec![long_item()], start.clone(), (200, 60), theme, ColourDepth::True);
    bench.app.syntax = Some(Arc::new(Syntax::start(|| ())));
    let data = bench.data();
    bench.send(Message::Begun(Ok(Box::new(data))));
    bench.app.screen = Screen::Items;
    bench.keys("enter");
    assert_eq!(bench.app.screen, Screen::Steps, "the item is open");
    let mut terminal = Terminal::new(CrosstermBackend::new(io::BufWriter::new(Sink))).expect("a terminal");
    terminal.resize(ratatui::layout::Rect::new(0, 0, 200, 60)).expect("a size");
    let keys = ["j", "j", "j", "ctrl-d", "n", "n", "k", "ctrl-u", "N", "d"];
    let mut times = Vec::new();
    for turn in 0..2_000 {
        let begun = Instant::now();
        bench.send(streaming(turn));
        bench.keys(keys[turn % keys.len()]);
        terminal.draw(|frame| view::draw(&bench.app, frame.buffer_mut())).expect("a frame");
        times.push(begun.elapsed().as_secs_f64() * 1000.0);
    }
    times.sort_by(f64::total_cmp);
    println!("key to frame, 200x60, {LINES} lines, {SLOTS} slots: median {:.2} ms", times[times.len() / 2]);
    judge("key to frame, p99", times[times.len() * 99 / 100], 16.0, "ms")
}

/// From a letter typed into the palette to its frame, over a run of many items; what opens it counts too.
fn palette() -> bool {
    let theme = Theme::resolve("dark", ColourDepth::True).expect("a built-in theme");
    let words = ["sql", "path", "pickle", "yaml", "shell", "upload", "token", "cache"];
    let name = |n: usize| format!("{}-{}-{n}", words[n % words.len()], words[n / 7 % words.len()]);
    let items = (0..ENTRIES).map(|n| (Item::new(name(n), "Write it."), Vec::new())).collect();
    let start = Start::Run { run: fixture::RUN.to_owned(), item: None };
    let mut bench = Bench::holding(items, start, (200, 60), theme, ColourDepth::True);
    assert_eq!(bench.app.screen, Screen::Items, "the run is open");
    let mut terminal = Terminal::new(CrosstermBackend::new(io::BufWriter::new(Sink))).expect("a terminal");
    terminal.resize(ratatui::layout::Rect::new(0, 0, 200, 60)).expect("a size");
    let mut times = Vec::new();
    for query in ["sqlcache", "@shell 99", "upto1", ">help", "zzzz"] {
        let letters = query.chars().map(|letter| if letter == ' ' { "space".to_owned() } else { letter.to_string() });
        let back = std::iter::repeat_n("backspace".to_owned(), query.chars().count());
        for key in std::iter::once(":".to_owned()).chain(letters).chain(back) {
            let begun = Instant::now();
            bench.keys(&key);
            terminal.draw(|frame| view::draw(&bench.app, frame.buffer_mut())).expect("a frame");
            times.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
        bench.keys("esc");
    }
    times.sort_by(f64::total_cmp);
    println!("palette over {ENTRIES} items, a key to its frame: median {:.2} ms", times[times.len() / 2]);
    judge("palette, slowest key", times[times.len() - 1], 20.0, "ms")
}

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn first_frame(home: &Fdsp, arguments: &[&str], texts: &[&str]) -> (Pty, f64) {
    let begun = Instant::now();
    let mut pty = Pty::open(home, arguments, (160, 45));
    pty.sees(texts);
    (pty, begun.elapsed().as_secs_f64() * 1000.0)
}

fn recorded_run() -> bool {
    let home = Fdsp::new();
    let texts = ["Steps", "Findings", "secure"];
    // The list of runs comes first; the recorded run opens once it is imported.
    let begun = Instant::now();
    let (mut pty, fresh) = first_frame(&home, &[], &["? help"]);
    pty.sees(&texts);
    println!(
        "first start: the recorded run is imported and open after {:.2} ms",
        begun.elapsed().as_secs_f64() * 1000.0
    );
    pty.quits();
    let mut again: Vec<f64> = (0..9)
        .map(|_| {
            let (pty, time) = first_frame(&home, &[], &texts);
            pty.quits();
            time
        })
        .collect();
    again.sort_by(f64::total_cmp);
    let mut met = judge("first frame, first start (the run is imported behind it)", fresh, 100.0, "ms");
    met &= judge("first frame, recorded run, median of later starts", again[again.len() / 2], 100.0, "ms");

    let (mut pty, _) = first_frame(&home, &[], &texts);
    for _ in 0..60 {
        pty.keys("J");
        std::thread::sleep(Duration::from_millis(30));
    }
    met &= judge("resident while browsing it", pty.resident_mib(), 60.0, "MiB");
    std::thread::sleep(Duration::from_secs(1));
    let (bytes, ticks) = (pty.bytes(), pty.cpu_ticks());
    std::thread::sleep(Duration::from_secs(5));
    let (drawn, worked) = (pty.bytes() - bytes, pty.cpu_ticks() - ticks);
    println!("idle for 5 s: {drawn} bytes drawn, {worked} clock ticks of CPU");
    met &= drawn == 0;
    pty.quits();
    met
}

fn big_store(db: PathBuf) -> bool {
    let home = Fdsp::with_db(db);
    let shown = |n: usize| format!("item-{n}");
    let arguments = ["open", "--run", "big", "--item", "item-7"];
    let (mut pty, first) = first_frame(&home, &arguments, &["Steps", "Findings", &shown(7)]);
    let mut met = judge("first frame, 1,000,000 events", first, 300.0, "ms");
    let mut times: Vec<f64> = (8..40)
        .map(|n| {
            let code = format!("query(table, {n}, ");
            let begun = Instant::now();
            pty.keys("J").sees(&[&code]);
            begun.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    met &= judge("item to item, median", times[times.len() / 2], 30.0, "ms");
    let begun = Instant::now();
    pty.keys("m").sees(&["[Table 1]"]);
    met &= judge("report, first frame", begun.elapsed().as_secs_f64() * 1000.0, 200.0, "ms");
    pty.sees(&["Wilson"]);
    met &= judge("report, numbers over 1,000,000 events", begun.elapsed().as_secs_f64() * 1000.0, 2000.0, "ms");
    met &= judge("resident", pty.resident_mib(), 150.0, "MiB");
    pty.quits();
    met
}
