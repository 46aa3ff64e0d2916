//! The real binary in a pseudo-terminal, read by a real terminal parser.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use fdsp::store::Store;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

use crate::support::fdsp::Fdsp;
use crate::support::fixture;

/// Long enough for a busy machine; only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<(Mutex<Seen>, Condvar)>,
}

struct Seen {
    parser: vt100::Parser,
    over: bool,
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a screen with cells")
}

impl Pty {
    fn open(home: &Fdsp, arguments: &[&str], (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_fdsp"));
        command.args(arguments);
        command.cwd(home.home());
        for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("LC_ALL", "C.UTF-8")] {
            command.env(name, value);
        }
        command.env("HOME", home.home());
        command.env("FDSP_DATA_DIR", home.home());
        command.env("FDSP_DB", home.db());
        for name in ["NO_COLOR", "FDSP_CONFIG", "FDSP_THEME", "FDSP_ANNOTATOR", "XDG_CONFIG_HOME", "XDG_DATA_HOME"] {
            command.env_remove(name);
        }
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let seen = Seen { parser: vt100::Parser::new(cells(rows), cells(columns), 0), over: false };
        let shared = Arc::new((Mutex::new(seen), Condvar::new()));
        let told = shared.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 1 << 14];
            loop {
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut seen = told.0.lock().expect("the lock");
                seen.parser.process(&bytes[..read]);
                seen.over = read == 0;
                told.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { master: pair.master, writer, child, shared }
    }

    fn keys(&mut self, keys: &str) -> &mut Self {
        self.writer.write_all(keys.as_bytes()).expect("the keys are taken");
        self.writer.flush().expect("the keys are taken");
        self
    }

    /// Waits until every one of the texts is on the screen.
    fn sees(&mut self, texts: &[&str]) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.shared.0.lock().expect("the lock");
        loop {
            let screen = seen.parser.screen().contents();
            if texts.iter().all(|text| screen.contains(text)) {
                break;
            }
            assert!(!seen.over && Instant::now() < until, "{texts:?} is not on the screen:\n{screen}");
            seen = self.shared.1.wait_timeout(seen, Duration::from_millis(200)).expect("the lock").0;
        }
        drop(seen);
        self
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        self.shared.0.lock().expect("the lock").parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("the size is taken");
    }

    /// Leaves the workbench; the terminal must be as it was before.
    fn quits(mut self) {
        self.keys("q");
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the child's state") {
                break status;
            }
            assert!(Instant::now() < until, "the workbench does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        assert!(status.success(), "{status:?}");
        let mut seen = self.shared.0.lock().expect("the lock");
        while !seen.over && Instant::now() < until {
            seen = self.shared.1.wait_timeout(seen, Duration::from_millis(200)).expect("the lock").0;
        }
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left on");
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is left on");
    }
}

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
    pty.sees(&["S2·k1", "ALLOWED_TABLES is not defined"]);
    // Back to the generated code, step by step, and forward again.
    pty.keys("\x1b[D").sees(&["24/30"]);
    pty.keys("\x1b[H").sees(&["0/30"]);
    pty.keys("\x1b[F").sees(&["S2·k1"]);
    pty.keys("u").sees(&["sql-row-count S2·k1 unrealistic"]);
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
        assert!(svg.starts_with("<svg") && svg.contains("small-coder"), "{screen}: {}", &svg[..svg.len().min(300)]);
    }
}
