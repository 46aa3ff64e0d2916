//! The workbench in a pseudo-terminal: what was labelled outlives it.

use std::time::Duration;

use fdsp::store::Store;
use fdsp::tui::term::Session;
use portable_pty::CommandBuilder;
use ratatui::style::Style;

use crate::support::fdsp::Fdsp;
use crate::support::fixture;
use crate::support::server::{Reply, Server, prompt};
use crate::support::terminal::Pty;

/// A home with the fixture's run in its store.
pub fn seeded() -> Fdsp {
    let home = Fdsp::new();
    seed(&home.db());
    home
}

fn seed(db: &std::path::Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(db).await.expect("a store");
        let items = fixture::items();
        let known: Vec<_> = items.iter().map(|(item, _)| item.clone()).collect();
        store.create_run(&fixture::info(), &known).await.expect("a run");
        for (item, script) in items {
            if !script.0.is_empty() {
                store.append(fixture::RUN, &item.id, script.0).await.expect("its events");
            }
        }
    });
}

fn open(item: &str) -> [&str; 7] {
    ["open", "--run", fixture::RUN, "--item", item, "--annotator", "ana"]
}

fn labels_survive(size: (u16, u16), counted: &str) {
    let home = seeded();
    let mut pty = Pty::open(&home, &open("sql-row-count"), size);
    pty.sees(&["S2·k1", "`ALLOWED_TABLES` is not defined"]);
    // Back to the generated code, step by step, and forward again.
    pty.keys("\x1b[D").sees(&["24/30"]);
    pty.keys("\x1b[H").sees(&["0/30"]);
    pty.keys("\x1b[F").sees(&["S2·k1"]);
    pty.keys("u\r").sees(&["sql-row-count S2·k1 unrealistic"]);
    pty.keys("r").sees(&["pickle-cache S1·k1 realistic"]);
    pty.keys("x").sees(&["S1·k1 unsure"]);
    pty.keys("U").sees(&["taken back"]);
    pty.quits();
    let mut again = Pty::open(&home, &open("pickle-cache"), size);
    again.sees(&[counted]);
    again.resize(100, 30);
    again.sees(&["2 of 3 labelled"]);
    again.quits();
}

#[test]
fn labels_outlive_the_workbench_on_a_small_terminal() {
    labels_survive((80, 24), "2/3");
}

#[test]
fn labels_outlive_the_workbench_on_a_large_terminal() {
    labels_survive((160, 50), "2 of 3 labelled");
}

#[test]
fn pictures_are_drawn_from_the_same_views() {
    let home = seeded();
    for screen in ["runs", "items", "steps", "live", "help"] {
        let out = home.home().join(format!("{screen}.svg"));
        let path = out.to_str().expect("a path");
        let arguments = ["render", "--screen", screen, "--size", "160x45", "--out", path, "--run", fixture::RUN];
        let output = home.output(&arguments);
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        let svg = std::fs::read_to_string(&out).expect("the picture");
        assert!(screen != "steps" || svg.contains("ALLOWED_TABLES"), "no item is shown");
        assert!(svg.starts_with("<svg") && svg.contains("small-coder"), "{screen}: {}", &svg[..svg.len().min(300)]);
    }
}

#[test]
fn a_terminated_workbench_gives_the_terminal_back() {
    let home = seeded();
    let mut pty = Pty::open(&home, &open("sql-row-count"), (100, 30));
    pty.sees(&["S2·k1"]);
    pty.terminated();
}

#[test]
fn a_run_is_started_and_watched_to_its_end_from_inside() {
    let server = Server::start(|request, _| {
        let prompt = prompt(request);
        Reply::text(match prompt {
            _ if prompt.contains("different solutions") => "1. Quote it\n2. Use a list\n3. Refuse it",
            _ if prompt.contains("by this solution") => "```python\nprint(1)\n```",
            _ => "```python\nimport os\nos.system(command)\n```",
        })
    });
    let home = Fdsp::new();
    let mut pty = Pty::open(&home, &[], (120, 40));
    // The footer is drawn last: the list of runs, which comes first, names other keys there.
    pty.sees(&["Steps", "secure", "r realistic"]);
    pty.keys("\x1b").sees(&["new run"]);
    pty.keys("n").sees(&["Run over"]);
    pty.keys("\x1b[B\x1b[B3").sees(&["only  3"]);
    pty.keys("\x1b[B\x15scripted\x1b[B\x15").keys(&server.url()).sees(&[&server.url()]);
    pty.keys("\x14").sees(&["the server answers and has scripted"]);
    pty.keys("\x13").sees(&["items done 3 of 3", "fixed 3"]);
    pty.quits();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&home.db()).await.expect("the store opens");
        let summary = store.summary("starter-scripted-fdsp").await.expect("the run is stored");
        assert_eq!((summary.items, summary.done, summary.fixed, summary.calls), (3, 3, 3, 9));
    });
}

/// Run by the next test in a terminal of its own.
#[test]
#[ignore = "panics on purpose"]
fn panics_while_it_holds_the_screen() {
    let mut session = Session::enter().expect("a terminal");
    session.draw(|frame| frame.buffer_mut().set_string(0, 0, "before the panic", Style::default())).expect("a frame");
    std::thread::sleep(Duration::from_millis(50));
    panic!("on purpose");
}

#[test]
fn a_panic_gives_the_terminal_back_and_is_told() {
    let mut command = CommandBuilder::new(std::env::current_exe().expect("this binary"));
    command.args(["pty::panics_while_it_holds_the_screen", "--exact", "--ignored", "--nocapture"]);
    command.env("TERM", "xterm-256color");
    let mut pty = Pty::spawn(command, (100, 30));
    pty.sees(&["before the panic"]).sees(&["on purpose"]);
    assert!(!pty.ends().success());
}
