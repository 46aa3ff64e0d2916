//! The warm worker against the real thing: equal findings, and nothing lost or mixed up when it dies or hangs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fdsp::core::finding::{Level, Scan};
use fdsp::core::text::Text;
use fdsp::scanner::{Options, Scanner};
use futures::StreamExt;

use crate::support::bandit;

/// A file named as a Python is, that runs `script` with the shell.
fn python_of(folder: &Path, script: &str) -> PathBuf {
    let file = folder.join("python-of-a-test");
    fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("the folder is ours");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).expect("the file is ours");
    file
}

/// Speaks the worker's protocol and does as the code says.
const ACTOR: &str = r#"
import base64, json, os, sys, time
print(json.dumps({"bandit": "0.0", "python": "3.11"}), flush=True)
for line in sys.stdin:
    request = json.loads(line)
    code = base64.b64decode(request["code"]).decode()
    once = os.path.join(sys.argv[1], code.split()[-1])
    first = code.startswith("first") and not os.path.exists(once)
    if first:
        open(once, "w").close()
        code = code[len("first "):]
    if code.startswith("die"):
        os._exit(1)
    if code.startswith("hang"):
        time.sleep(1000)
    if code.startswith("rubbish"):
        print("eval(x)", flush=True)
        continue
    number = request["id"] - 1 if code.startswith("stale") else request["id"]
    finding = {"rule": "B102", "name": "exec_used", "cwe": None, "severity": "low", "confidence": "undefined",
               "line": 1, "end_line": 1, "column": 1, "message": code, "hidden": False}
    print(json.dumps({"id": number, "error": None, "findings": [finding]}), flush=True)
"#;

async fn actor(folder: &Path, deadline: Duration) -> Scanner {
    fs::write(folder.join("actor.py"), ACTOR).expect("the folder is ours");
    let folder_name = folder.display();
    let python = python_of(folder, &format!("exec python3 '{folder_name}/actor.py' '{folder_name}'"));
    let options = Options { bandit: Some(python), deadline, ..Options::default() };
    Scanner::open_with("bandit", options).await.expect("python3 is installed")
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime")
}

fn message(scan: &Scan) -> Result<&str, &str> {
    match &scan.error {
        Some(error) => {
            assert!(error.failed && scan.findings.is_empty());
            Err(&error.message)
        }
        None => Ok(&scan.findings[0].message),
    }
}

#[test]
fn a_file_that_costs_two_workers_fails_alone() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let scanner = actor(folder.path(), Duration::from_secs(3)).await;
        assert_eq!(scanner.id().to_string(), "bandit 0.0");
        assert_eq!(scanner.python_version(), Some("3.11"));
        let codes = ["a", "die", "b", "rubbish", "stale", "c", "hang", "d", "first die x", "first hang y", "e"];
        let scans: Vec<Scan> = futures::stream::iter(codes)
            .map(|code| {
                let scanner = scanner.clone();
                async move { scanner.scan(&Text::from(code)).await }
            })
            .buffered(codes.len())
            .collect()
            .await;
        for (code, scan) in codes.iter().zip(&scans) {
            match *code {
                "die" => assert!(message(scan).is_err_and(|why| why.contains("ended, 2 times"))),
                "hang" => assert!(message(scan).is_err_and(|why| why.contains("did not answer"))),
                "rubbish" | "stale" => assert!(message(scan).is_err_and(|why| why.contains("something else"))),
                code => assert_eq!(message(scan), Ok(code)),
            }
        }
        scanner.close().await;
        assert_eq!(message(&scanner.scan(&Text::from("late")).await), Err("the scanner is closed"));
    });
}

#[test]
fn a_worker_that_cannot_start_says_why() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let python = python_of(folder.path(), "echo 'No module named bandit' >&2; exit 1");
        for choice in ["bandit", "auto"] {
            let options = Options { bandit: Some(python.clone()), ..Options::default() };
            let error = Scanner::open_with(choice, options).await.expect_err("it ends at once").to_string();
            assert!(error.contains("No module named bandit") && error.contains("FDSP_BANDIT"), "{error}");
        }
        assert!(Scanner::open("pylint").await.is_err_and(|error| error.to_string().contains("pylint")));
    });
}

/// Every start of the real worker leaves its process id in the file `starts`.
async fn recorded(folder: &Path) -> Scanner {
    let (starts, python) = (folder.join("starts"), bandit::python());
    let script = format!("echo $$ >> '{}'\nexec '{}' \"$@\"", starts.display(), python.display());
    let options = Options { bandit: Some(python_of(folder, &script)), ..Options::default() };
    Scanner::open_with("bandit", options).await.expect("Bandit is set up")
}

fn starts(folder: &Path) -> Vec<i32> {
    let text = fs::read_to_string(folder.join("starts")).unwrap_or_default();
    text.lines().filter_map(|line| line.parse().ok()).collect()
}

fn kill(process: i32) {
    let process = rustix::process::Pid::from_raw(process).expect("a process id");
    // It may have ended by itself.
    let _ = rustix::process::kill_process(process, rustix::process::Signal::KILL);
}

async fn is_gone(process: i32) -> bool {
    for _ in 0..600 {
        if !Path::new(&format!("/proc/{process}")).exists() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[test]
fn killed_again_and_again_it_loses_and_mixes_up_nothing() {
    const FILES: usize = 300;
    const KILLS: usize = 3;
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let scanner = recorded(folder.path()).await;
        let done = AtomicUsize::new(0);
        // File n has its one finding on line n + 1.
        let all = futures::stream::iter(0..FILES)
            .map(|n| {
                let (scanner, done) = (scanner.clone(), &done);
                async move {
                    let scan = scanner.scan(&Text::from(format!("{}eval(x)\n", "\n".repeat(n)))).await;
                    done.fetch_add(1, Ordering::SeqCst);
                    (n, scan)
                }
            })
            .buffer_unordered(32)
            .collect::<Vec<(usize, Scan)>>();
        let killer = async {
            for kills in 0..KILLS {
                let seen = done.load(Ordering::SeqCst);
                // After some progress another file is being scanned, so none dies twice.
                while starts(folder.path()).len() <= kills || done.load(Ordering::SeqCst) < seen + 10 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
                kill(starts(folder.path())[kills]);
            }
        };
        let (scans, ()) = futures::join!(all, killer);
        assert_eq!(scans.len(), FILES);
        for (n, scan) in scans {
            assert_eq!(scan.error, None, "file {n}");
            let found: Vec<(&str, usize)> = scan.findings.iter().map(|f| (f.rule.as_str(), f.line as usize)).collect();
            assert_eq!(found, [("B307", n + 1)]);
        }
        let processes = starts(folder.path());
        assert_eq!(processes.len(), KILLS + 1);
        scanner.close().await;
        assert!(is_gone(processes[KILLS]).await);
    });
}

#[test]
fn the_worker_dies_with_the_last_handle() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = runtime();
    let dropped = runtime.block_on(async {
        let scanner = recorded(folder.path()).await;
        let clone = scanner.clone();
        drop(scanner);
        assert_eq!(clone.scan(&Text::from("x = 1\n")).await.error, None);
        starts(folder.path())[0]
    });
    assert!(runtime.block_on(is_gone(dropped)));
    let kept = runtime.block_on(recorded(folder.path()));
    let process = starts(folder.path())[1];
    drop(runtime);
    assert!(self::runtime().block_on(is_gone(process)));
    drop(kept);
}

#[test]
fn suppressed_findings_are_kept_and_marked() {
    runtime().block_on(async {
        let options = Options { bandit: Some(bandit::path()), ..Options::default() };
        let scanner = Scanner::open_with("bandit", options).await.expect("Bandit is set up");
        let code =
            "import os\nos.system('é' + x); eval(x)  # nosec B307\nassert x  # nosec\nexec(\n    x,  # nosec\n)\n";
        for scanner in [scanner, Scanner::open("ruff").await.expect("ruff is built in")] {
            let scan = scanner.scan(&Text::from(code)).await;
            let found = scan.findings.iter();
            let found = found.map(|f| (f.rule.as_str(), f.line, f.column, f.suppressed.as_deref()));
            let nosec = Some("nosec");
            let expected = [("B605", 2, 1, None), ("B307", 2, 21, nosec), ("B101", 3, 1, nosec), ("B102", 4, 1, nosec)];
            assert_eq!(found.collect::<Vec<_>>(), expected, "{}", scanner.id());
            assert_eq!(scan.reported().count(), 1);
            assert_eq!(scan.findings[1].severity, Some(Level::Medium));
        }
    });
}

#[test]
fn the_worker_dies_with_a_killed_fdsp() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (starts_file, python) = (folder.path().join("starts"), bandit::python());
    let script = format!("echo $$ >> '{}'\nexec '{}' \"$@\"", starts_file.display(), python.display());
    let slow = folder.path().join("slow.py");
    fs::write(&slow, "eval(x); exec(y)\n".repeat(200_000)).expect("the folder is ours");
    let mut fdsp = std::process::Command::new(env!("CARGO_BIN_EXE_fdsp"))
        .env("FDSP_BANDIT", python_of(folder.path(), &script))
        .args(["scan", "--scanner", "bandit"])
        .arg(&slow)
        .stdout(std::process::Stdio::null())
        .spawn()
        .expect("fdsp runs");
    let process = loop {
        match starts(folder.path()).first() {
            Some(&process) => break process,
            None => std::thread::sleep(Duration::from_millis(10)),
        }
    };
    // Long enough for the scan to have begun, and far too short for its end; either way the worker must go.
    std::thread::sleep(Duration::from_secs(1));
    fdsp.kill().expect("fdsp is ours");
    fdsp.wait().expect("fdsp is ours");
    assert!(runtime().block_on(is_gone(process)));
}
