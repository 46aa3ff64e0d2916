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

fn script(home: &Fdsp, body: &str) -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = home.home().join("editor");
    std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).expect("the script is written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("it may run");
    path.to_str().expect("a path").to_owned()
}

#[test]
fn the_editor_has_the_keyboard_and_the_screen_to_itself() {
    let home = seeded();
    let kept = home.home().to_str().expect("a path").to_owned();
    let body = format!(
        "cp \"$1\" {kept}/shown; echo the editor is here; read typed; echo \"$typed\" > {kept}/typed; \
         test -w \"$1\" && echo ' and more' >> \"$1\"; exit 0"
    );
    let editor = script(&home, &body);
    let mut pty = Pty::open_with(&home, &open("sql-row-count"), (100, 30), &[("EDITOR", &editor)]);
    pty.sees(&["S2·k1", "r realistic"]);
    // `q`, `n` and `U` would act if the workbench read them.
    pty.keys("1").sees(&["10 lines"]);
    pty.keys("e").sees(&["the editor is here"]);
    pty.keys("qnU q\n").sees(&["10 lines", "r realistic"]);
    let read = |name: &str| std::fs::read_to_string(home.home().join(name)).expect("the editor wrote it");
    assert_eq!(read("typed").trim(), "qnU q");
    assert!(read("shown").starts_with("import sqlite3\n"), "{}", read("shown"));
    // A comment goes out and comes back, and is kept by enter alone.
    pty.keys("c").sees(&["comment", "enter store"]);
    pty.keys("quotes it").sees(&["quotes it"]);
    pty.keys("\x05").sees(&["the editor is here"]);
    pty.keys("\n").sees(&["quotes it and more"]);
    pty.keys("\r").sees(&["U undoes"]);
    pty.keys("3").sees(&["Your label", "quotes it and more"]);
    pty.quits();
}

#[test]
fn an_editor_that_fails_is_told() {
    let home = seeded();
    for (editor, told) in [("/nowhere/vim", "does not start"), ("false", "ended with code 1"), ("", "no editor is set")]
    {
        let mut pty = Pty::open_with(&home, &open("sql-row-count"), (120, 30), &[("EDITOR", editor)]);
        pty.sees(&["S2·k1", "r realistic"]);
        pty.keys("e").sees(&[told, "r realistic"]);
        pty.quits();
    }
}

/// The ground of the themes as 256 colours show them.
fn is_light(colour: vt100::Color) -> bool {
    matches!(colour, vt100::Color::Idx(index) if index == 15 || index > 250 || (225..=231).contains(&index))
}

#[test]
fn the_terminal_says_whether_it_is_light_whenever_it_likes() {
    let light = "\x1b]11;rgb:fafa/fbfb/fcfc\x1b\\";
    let pieces: Vec<String> = light.chars().map(String::from).collect();
    let answers: [(&str, Vec<&str>, bool); 5] = [
        ("late, in one piece", vec![light], true),
        ("with a bell", vec!["\x1b]11;#fafbfc\x07"], true),
        ("dark", vec!["\x1b]11;rgb:0000/0000/0000\x1b\\"], false),
        ("letter by letter", pieces.iter().map(String::as_str).collect(), true),
        ("rubbish, then an answer", vec!["\x1b]11;rgb:1/2\x07", "\x1b]4;2;nonsense\x1b\\", light], true),
    ];
    for (name, pieces, wanted) in answers {
        let home = seeded();
        let mut pty = Pty::open(&home, &open("sql-row-count"), (100, 30));
        pty.sees(&["S2·k1 against generated", "r realistic"]);
        assert!(!is_light(pty.ground()), "{name}: the first frame waits for nobody");
        for piece in pieces {
            pty.keys(piece);
            std::thread::sleep(Duration::from_millis(8));
        }
        if wanted {
            pty.until(name, |screen| screen.cell(0, 0).is_some_and(|cell| is_light(cell.bgcolor())));
        }
        // None of its letters was a key: the diff is still shown, nothing is labelled, and keys work.
        pty.keys("j").sees(&["S2·k1 against generated", "not labelled"]);
        assert_eq!(is_light(pty.ground()), wanted, "{name}");
        pty.keys("1").sees(&["10 lines"]);
        pty.quits();
    }
}

#[test]
fn a_theme_that_was_named_stays_and_escape_is_a_key() {
    let home = seeded();
    let mut pty = Pty::open(&home, &[&open("sql-row-count")[..], &["--theme", "dark"]].concat(), (100, 30));
    pty.sees(&["S2·k1 against generated", "r realistic"]);
    pty.keys("?").sees(&["Take the last label back", "j k scroll"]);
    pty.keys("\x1b").sees(&["r realistic"]);
    pty.quits();
    // A terminal that never answers: escape works all the same.
    let mut pty = Pty::open(&home, &open("sql-row-count"), (100, 30));
    pty.sees(&["S2·k1 against generated", "r realistic"]);
    pty.keys("?").sees(&["Take the last label back", "j k scroll"]);
    pty.keys("\x1b").sees(&["r realistic"]);
    pty.keys("\x1b").sees(&["Items  8"]);
    pty.quits();
}

#[test]
fn it_opens_again_where_it_was_left() {
    let home = seeded();
    let mut pty = Pty::open(&home, &open("pickle-cache"), (160, 50));
    pty.sees(&["S1·k1 against generated", "r realistic"]);
    pty.keys("1}").sees(&["6 lines"]);
    pty.quits();
    let mut pty = Pty::open(&home, &[], (160, 50));
    pty.sees(&["6 lines", "S1·k1", "r realistic"]);
    pty.quits();
    let kept: Vec<_> = walkdir::WalkDir::new(home.home().join(".local/state/fdsp/places"))
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .collect();
    assert_eq!(kept.len(), 1);
    let text = std::fs::read_to_string(kept[0].path()).expect("the place");
    assert!(text.contains("pickle-cache") && !text.contains("json"), "{text}");
    // What it cannot read it puts aside.
    std::fs::write(kept[0].path(), "version = 1\nrun = 7\n").expect("written");
    let mut pty = Pty::open(&home, &[], (160, 50));
    pty.sees(&["where you were is not known"]);
    pty.quits();
}

#[test]
fn the_mouse_is_reported_only_when_it_is_on() {
    let home = seeded();
    let mut pty = Pty::open(&home, &open("sql-row-count"), (160, 50));
    pty.sees(&["S2·k1 against generated", "r realistic"]);
    let off = |screen: &vt100::Screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None;
    pty.until("no mouse", off);
    pty.keys("M").until("the mouse", |screen| !off(screen));
    // The third line of the items' pane, in the terminal's own words.
    pty.keys("\x1b[<0;5;6M\x1b[<0;5;6m").sees(&["S1·k1 against generated"]);
    pty.keys("M").until("no mouse", off);
    pty.quits();
}
