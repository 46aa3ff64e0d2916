//! The real binary in a pseudo-terminal, read by a real terminal parser.

#![allow(dead_code, reason = "tests and benches use a part each")]

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

use super::fdsp::Fdsp;

/// Long enough for a busy machine; only a failing test waits this long.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Pty {
    master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    shared: Arc<(Mutex<Seen>, Condvar)>,
}

struct Seen {
    parser: vt100::Parser,
    bytes: usize,
    over: bool,
}

fn cells(count: u16) -> NonZero<u16> {
    NonZero::new(count).expect("a screen with cells")
}

impl Pty {
    pub fn open(home: &Fdsp, arguments: &[&str], size: (u16, u16)) -> Self {
        Self::open_with(home, arguments, size, &[])
    }

    /// With some more of an environment.
    pub fn open_with(home: &Fdsp, arguments: &[&str], size: (u16, u16), more: &[(&str, &str)]) -> Self {
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
        for name in ["FDSP_STATE_DIR", "FDSP_COLOUR", "FDSP_MOUSE", "XDG_STATE_HOME", "VISUAL", "EDITOR", "COLORTERM"] {
            command.env_remove(name);
        }
        more.iter().for_each(|(name, value)| command.env(name, value));
        Self::spawn(command, size)
    }

    pub fn spawn(command: CommandBuilder, (columns, rows): (u16, u16)) -> Self {
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let child = pair.slave.spawn_command(command).expect("the binary starts");
        let mut reader = pair.master.try_clone_reader().expect("a reader");
        let writer = pair.master.take_writer().expect("a writer");
        let seen = Seen { parser: vt100::Parser::new(cells(rows), cells(columns), 0), bytes: 0, over: false };
        let shared = Arc::new((Mutex::new(seen), Condvar::new()));
        let told = shared.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 1 << 14];
            loop {
                let read = reader.read(&mut bytes).unwrap_or(0);
                let mut seen = told.0.lock().expect("the lock");
                seen.parser.process(&bytes[..read]);
                seen.bytes += read;
                seen.over = read == 0;
                told.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        Self { master: pair.master, writer, child, shared }
    }

    pub fn keys(&mut self, keys: &str) -> &mut Self {
        self.writer.write_all(keys.as_bytes()).expect("the keys are taken");
        self.writer.flush().expect("the keys are taken");
        self
    }

    /// Waits until every one of the texts is on the screen.
    pub fn sees(&mut self, texts: &[&str]) -> &mut Self {
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

    /// Waits until the screen passes a test, which is named.
    pub fn until(&mut self, what: &str, test: impl Fn(&vt100::Screen) -> bool) -> &mut Self {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.shared.0.lock().expect("the lock");
        while !test(seen.parser.screen()) {
            let screen = seen.parser.screen().contents();
            assert!(!seen.over && Instant::now() < until, "{what} does not come:\n{screen}");
            seen = self.shared.1.wait_timeout(seen, Duration::from_millis(200)).expect("the lock").0;
        }
        drop(seen);
        self
    }

    /// The colour of the ground in the upper left corner.
    pub fn ground(&self) -> vt100::Color {
        let seen = self.shared.0.lock().expect("the lock");
        seen.parser.screen().cell(0, 0).map_or(vt100::Color::Default, vt100::Cell::bgcolor)
    }

    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.shared.0.lock().expect("the lock").parser.screen_mut().set_size(cells(rows), cells(columns));
        let size = PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 };
        self.master.resize(size).expect("the size is taken");
    }

    /// Leaves the workbench.
    pub fn quits(mut self) {
        self.keys("q");
        assert!(self.ends().success());
    }

    /// The system asks it to end.
    pub fn terminated(self) {
        let id = self.child.process_id().expect("a running child").to_string();
        let sent = std::process::Command::new("kill").args(["-TERM", &id]).status().expect("kill is there");
        assert!(sent.success());
        assert!(self.ends().success());
    }

    /// Ends it at once: nothing of it runs on.
    pub fn killed(mut self) {
        let id = self.child.process_id().expect("a running child").to_string();
        let sent = std::process::Command::new("kill").args(["-KILL", &id]).status().expect("kill is there");
        assert!(sent.success());
        assert!(!self.child.wait().expect("the child's state").success());
    }

    /// Waits for the end; the terminal must be as it was before.
    pub fn ends(mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().expect("the child's state") {
                break status;
            }
            assert!(Instant::now() < until, "the workbench does not end");
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut seen = self.shared.0.lock().expect("the lock");
        while !seen.over && Instant::now() < until {
            seen = self.shared.1.wait_timeout(seen, Duration::from_millis(200)).expect("the lock").0;
        }
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left on");
        assert!(!screen.hide_cursor(), "the cursor is left hidden");
        assert!(!screen.bracketed_paste(), "bracketed paste is left on");
        drop(seen);
        status
    }

    /// Bytes that the program has written so far.
    pub fn bytes(&self) -> usize {
        self.shared.0.lock().expect("the lock").bytes
    }

    fn proc(&self, file: &str) -> String {
        let id = self.child.process_id().expect("a running child");
        std::fs::read_to_string(format!("/proc/{id}/{file}")).expect("Linux tells of its processes")
    }

    pub fn resident_mib(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a resident size");
        let kib: f64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number");
        kib / 1024.0
    }

    /// User and system time, in the kernel's clock ticks.
    pub fn cpu_ticks(&self) -> u64 {
        let stat = self.proc("stat");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        fields[11..13].iter().map(|word| word.parse::<u64>().expect("a number")).sum()
    }
}
