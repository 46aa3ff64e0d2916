//! The review of a large study: 100,000 fixes in 20,000 items, without labels and with 100,000.
//!
//! The stores are built once, under `target/`; delete `target/bench-review` to build them anew.

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/support/mod.rs"]
mod support;

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use fdsp::core::event::{Event, StopReason};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::desk::{Desk, Order};
use fdsp::review::queue::{self, Wish};
use fdsp::store::Store;
use fdsp::tui::app::message::{Effect, Message as Told};
use fdsp::tui::app::model::Screen;
use fdsp::tui::app::{self, App, Start};
use fdsp::tui::bench::run::answer;
use fdsp::tui::bench::{self, Bench, Message};
use fdsp::tui::loading::load_run;
use fdsp::tui::style::{ColourDepth, Theme};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;
use support::fdsp::Fdsp;
use support::stored::{GENERATE, items, refine, run_info, stopped, version};
use support::terminal::Pty;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const RUN: &str = "study";
const ITEMS: usize = 20_000;
const FIXES: usize = ITEMS * 5;
/// Items of which `ANNOTATOR` has labelled nothing yet.
const LEFT: usize = 200;
/// Items in one transaction of the building.
const BATCH: usize = 100;
const ANNOTATOR: &str = "ann";
const SIZE: (u16, u16) = (200, 60);
const KEY_MS: f64 = 16.0;
const NEXT_MS: f64 = 20.0;
const OPEN_MS: f64 = 300.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match runtime.block_on(all()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn all() -> Outcome<bool> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-review");
    if !folder.join("store").exists() {
        let part = folder.join("part");
        if part.exists() {
            std::fs::remove_dir_all(&part)?;
        }
        let start = Instant::now();
        fixes(&part.join("fixes.db")).await?;
        std::fs::copy(part.join("fixes.db"), part.join("labelled.db"))?;
        labels(&part.join("labelled.db")).await?;
        std::fs::rename(part, folder.join("store"))?;
        println!("built in {:.1} s", start.elapsed().as_secs_f64());
    }
    let mut met = true;
    for name in ["fixes", "labelled"] {
        // Labels are given to a copy, so that every run of this finds the same.
        let used = folder.join(format!("{name}-used.db"));
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(folder.join(format!("{name}-used.db{end}")));
        }
        std::fs::copy(folder.join(format!("store/{name}.db")), &used)?;
        println!("{FIXES} fixes, {}", if name == "fixes" { "no label" } else { "100,000 labels" });
        met &= review(&used).await?;
        met &= workbench(&used).await?;
        met &= program(&used);
    }
    Ok(met)
}

fn judge(what: &str, value: f64, limit: f64) -> bool {
    let met = value < limit;
    println!("  {what:<60} {value:>9.2} ms limit {limit:>5} {}", if met { "met" } else { "MISSED" });
    met
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}

/// Judges the p99 and tells the median.
fn judge_all(what: &str, mut times: Vec<f64>, limit: f64) -> bool {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    judge(&format!("{what}, p99 (median {:.2})", at(0.5)), at(0.99), limit)
}

fn code(item: usize, number: usize) -> String {
    let line = |n: usize| format!("    value = query(table, {item}, {}, {n})  # an ordinary line\n", (number * n) % 3);
    format!("def handle(table):\n{}    return value\n", (0..24).map(line).collect::<String>())
}

fn step_of(approach: ApproachId) -> Step {
    if approach == ApproachId::Fdsp { refine(1, 1) } else { Step::Refine { solution: None, iteration: 1 } }
}

/// Code, syntax and scan; requests and answers are not what is read here.
fn short_version(step: Step, code: &str, vulnerable: bool) -> impl Iterator<Item = Event> {
    version(step, code, vulnerable).into_iter().skip(2)
}

fn events(item: usize) -> Vec<(String, StreamId, Event)> {
    let mut events = Vec::new();
    let mut add = |stream: StreamId, event: Event| events.push((format!("item-{item}"), stream, event));
    short_version(Step::Generate, &code(item, 0), true).for_each(|event| add(GENERATE, event));
    add(GENERATE, stopped(StopReason::Generated));
    for (number, approach) in (1..).zip(ApproachId::REFINEMENTS) {
        let stream = StreamId::new(approach, 0);
        short_version(step_of(approach), &code(item, number), false).for_each(|event| add(stream, event));
        add(stream, stopped(StopReason::Fixed));
    }
    events
}

async fn fixes(path: &Path) -> Outcome<()> {
    let store = Store::open(path).await?;
    let mut info = run_info(RUN);
    info.settings.approaches = ApproachId::REFINEMENTS.to_vec();
    store.create_run(&info, &items(ITEMS)).await?;
    for first in (0..ITEMS).step_by(BATCH) {
        store.append_all(RUN, (first..first + BATCH).flat_map(events).collect()).await?;
    }
    Ok(())
}

/// One label on every fix, of the last items by somebody else.
async fn labels(path: &Path) -> Outcome<()> {
    let store = Store::open(path).await?;
    for first in (0..ITEMS).step_by(BATCH) {
        let of_item = |item: usize| {
            ApproachId::REFINEMENTS.into_iter().zip(0..).map(move |(approach, at)| {
                let verdict = LabelVerdict::EVERY[(item + at) % 3];
                let author = if item < ITEMS - LEFT { ANNOTATOR } else { "bea" };
                let label = Label {
                    verdict: Some(verdict),
                    reasons: vec!["breaks-function".to_owned()],
                    seconds: 5.0 + ((item * 7 + at) % 90) as f64,
                    guideline: Some(1),
                    guideline_hash: Some("0123456789abcdef".to_owned()),
                    ..Label::on(author, step_of(approach), "")
                };
                (format!("item-{item}"), StreamId::new(approach, 0), Event::Labelled(label))
            })
        };
        store.append_all(RUN, (first..first + BATCH).flat_map(of_item).collect()).await?;
    }
    Ok(())
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

type Screenless = Terminal<CrosstermBackend<io::BufWriter<Sink>>>;

fn terminal() -> Outcome<Screenless> {
    let mut terminal = Terminal::new(CrosstermBackend::new(io::BufWriter::new(Sink)))?;
    terminal.resize(Rect::new(0, 0, SIZE.0, SIZE.1))?;
    Ok(terminal)
}

fn theme() -> Theme {
    Theme::resolve("dark", ColourDepth::True).expect("a built-in theme")
}

fn key(key: &str) -> app::keys::Chord {
    app::keys::Chord::parse(key).unwrap_or_else(|| panic!("{key} is no key"))
}

/// The review bench over the real desk.
async fn review(path: &Path) -> Outcome<bool> {
    let store = Store::open(path).await?;
    let mut met = true;
    for (name, order, blind) in [("run order", queue::Order::Run, false), ("blind", queue::Order::Shuffled, true)] {
        let begun = Instant::now();
        let wish = Wish { runs: vec![RUN.to_owned()], order, blind, overlap: 2, ..Wish::default() };
        let order = Order { author: ANNOTATOR.to_owned(), wish, anew: false, guideline: None };
        let mut desk = Desk::open(store.clone(), order).await?;
        println!("  {:<60} {:>9.2} ms", format!("review opened, {name}"), milliseconds(begun));
        let mut bench = Bench::new(theme(), ColourDepth::True, ANNOTATOR, blind);
        bench.size = SIZE;
        let mut terminal = terminal()?;
        let effects = bench.begin();
        settle(&mut bench, effects, &mut desk).await;
        assert!(bench.card.is_some(), "a card has come");
        terminal.draw(|frame| bench::view::draw(&bench, frame.buffer_mut()))?;

        let keys =
            ["j", "pgdn", "n", "tab", "j", "G", "tab", "k", "tab", "d", "d", "w", "z", "+", "W", "pgup", "?", "esc"];
        let mut times = Vec::new();
        let mut labelled = Vec::new();
        for turn in 0..60 {
            for name in keys {
                let begun = Instant::now();
                bench::update(&mut bench, Message::Key(key(name)));
                terminal.draw(|frame| bench::view::draw(&bench, frame.buffer_mut()))?;
                times.push(milliseconds(begun));
            }
            // While the card is read the desk fetches the next.
            desk.prepare().await?;
            let before = bench.progress.done;
            let begun = Instant::now();
            let effects = bench::update(&mut bench, Message::Key(key(["r", "u", "x"][turn % 3])));
            settle(&mut bench, effects, &mut desk).await;
            terminal.draw(|frame| bench::view::draw(&bench, frame.buffer_mut()))?;
            labelled.push(milliseconds(begun));
            assert_eq!(bench.progress.done, before + 1, "the label is stored");
        }
        met &= judge_all(&format!("key to frame, {name}"), times, KEY_MS);
        met &= judge_all(&format!("label to next card on screen, {name}"), labelled, NEXT_MS);
        let mut hurried = Vec::new();
        for _ in 0..40 {
            let begun = Instant::now();
            let effects = bench::update(&mut bench, Message::Key(key("r")));
            settle(&mut bench, effects, &mut desk).await;
            terminal.draw(|frame| bench::view::draw(&bench, frame.buffer_mut()))?;
            hurried.push(milliseconds(begun));
        }
        met &= judge_all(&format!("the same, nothing fetched before, {name}"), hurried, NEXT_MS);
        let mut undone = Vec::new();
        for _ in 0..40 {
            let begun = Instant::now();
            let effects = bench::update(&mut bench, Message::Key(key("U")));
            settle(&mut bench, effects, &mut desk).await;
            terminal.draw(|frame| bench::view::draw(&bench, frame.buffer_mut()))?;
            undone.push(milliseconds(begun));
        }
        met &= judge_all(&format!("undo to its card on screen, {name}"), undone, NEXT_MS);
        desk.close().await?;
    }
    Ok(met)
}

/// Asks the desk what the bench asks, as its loop does.
async fn settle(bench: &mut Bench, effects: Vec<bench::Effect>, desk: &mut Desk) {
    let mut effects = effects;
    while let Some(effect) = effects.pop() {
        if let bench::Effect::Ask(ask) = effect {
            let told = answer(desk, ask).await.map_err(|error| error.to_string());
            if let Err(trouble) = &told {
                panic!("{trouble}");
            }
            effects.extend(bench::update(bench, Message::Answered(told, Box::new(desk.progress()))));
        }
    }
}

/// The workbench's reducer over the real store.
struct Driver {
    app: App,
    store: Store,
    terminal: Screenless,
}

impl Driver {
    async fn send(&mut self, message: Told) -> Outcome<()> {
        let mut messages = vec![message];
        while let Some(message) = messages.pop() {
            for effect in app::update(&mut self.app, message) {
                messages.extend(self.perform(effect).await?);
            }
        }
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Outcome<Option<Told>> {
        Ok(match effect {
            Effect::LoadRun(generation, run) => {
                let data = load_run(&self.store, &run, ANNOTATOR).await?;
                Some(Told::Run(generation, Ok(Box::new(data))))
            }
            Effect::LoadRuns(generation) => Some(Told::Runs(generation, Ok(self.store.runs().await?))),
            Effect::Import => Some(Told::Imported(Ok(false))),
            Effect::LoadRecord { generation, run, item } => {
                let found = self.store.record(&run, &item).await?;
                let record = app::message::Record { run, item: found.item, entries: found.entries };
                Some(Told::Record(generation, Ok(Box::new(record))))
            }
            Effect::Append { ticket, run, events } => {
                Some(Told::Stored(ticket, Ok(self.store.append_all(&run, events).await?)))
            }
            _ => None,
        })
    }

    async fn keys(&mut self, keys: &[&str]) -> Outcome<f64> {
        let begun = Instant::now();
        for name in keys {
            self.send(Told::Key(key(name))).await?;
        }
        self.draw()?;
        Ok(milliseconds(begun))
    }

    fn draw(&mut self) -> Outcome<()> {
        self.terminal.draw(|frame| fdsp::tui::view::draw(&self.app, frame.buffer_mut()))?;
        Ok(())
    }
}

async fn workbench(path: &Path) -> Outcome<bool> {
    let store = Store::open(path).await?;
    let mut met = true;
    let mut opened = Vec::new();
    let mut last = None;
    for _ in 0..7 {
        drop(last.take());
        let mut app = App::new(theme(), ColourDepth::True, ANNOTATOR, Start::Run { run: RUN.to_owned(), item: None });
        app.size = SIZE;
        let mut driver = Driver { app, store: store.clone(), terminal: terminal()? };
        let loading = driver.app.begin();
        let mut messages = Vec::new();
        for effect in loading {
            messages.extend(driver.perform(effect).await?);
        }
        let begun = Instant::now();
        for message in messages {
            driver.send(message).await?;
        }
        driver.draw()?;
        opened.push(milliseconds(begun));
        assert_eq!(driver.app.screen, Screen::Items, "the run is open");
        last = Some(driver);
    }
    opened.sort_by(f64::total_cmp);
    met &= judge("run opened in the workbench, median", opened[opened.len() / 2], OPEN_MS);
    let Some(mut driver) = last else { return Ok(false) };
    let mut times = Vec::new();
    for _ in 0..40 {
        for name in ["j", "j", "pgdn", "k", "pgup", "G", "k", "g g", "tab"] {
            times.push(driver.keys(&name.split(' ').collect::<Vec<_>>()).await?);
        }
    }
    met &= judge_all("key to frame, list of 20,000 items", times, KEY_MS);
    let mut times = Vec::new();
    driver.keys(&["/"]).await?;
    for query in ["sql", "fixed !direct:realistic", "item-19", "nowhere"] {
        for letter in query.chars() {
            let letter = if letter == ' ' { "space".to_owned() } else { letter.to_string() };
            times.push(driver.keys(&[&letter]).await?);
        }
        for _ in query.chars() {
            times.push(driver.keys(&["backspace"]).await?);
        }
    }
    driver.keys(&["esc"]).await?;
    met &= judge_all("key to frame, filter over 20,000 items", times, NEXT_MS);
    driver.keys(&["g", "g"]).await?;
    driver.keys(&["enter"]).await?;
    assert_eq!(driver.app.screen, Screen::Steps, "an item is open");
    let mut times = Vec::new();
    for name in ["r", "x"].iter().cycle().take(60) {
        times.push(driver.keys(&[name]).await?);
    }
    met &= judge_all("label to next fix on screen, workbench", times, NEXT_MS);
    Ok(met)
}

/// The real program, from its start.
fn program(path: &Path) -> bool {
    let home = Fdsp::with_db(path.to_owned());
    let mut times: Vec<f64> = (0..5)
        .map(|_| {
            let begun = Instant::now();
            let mut pty = Pty::open_with(&home, &["open", "--run", RUN], (160, 45), &[("FDSP_ANNOTATOR", ANNOTATOR)]);
            pty.sees(&["item-7 "]);
            let time = milliseconds(begun);
            pty.quits();
            time
        })
        .collect();
    times.sort_by(f64::total_cmp);
    judge("program started and the run open, median", times[times.len() / 2], OPEN_MS)
}
