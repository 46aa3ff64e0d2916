//! What the sandbox costs over a bare process, tests a second, and what many runs leave behind:
//! `cargo bench --bench sandbox`; `FDSP_BENCH_RUNS=10000` for the whole endurance run (default 1,000).

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use fdsp::core::execution::{Level, TestResult};
use fdsp::core::item::Suite;
use fdsp::core::settings::Testing;
use fdsp::sandbox::{Interpreter, Job, Layers, Limits, Sandbox, Tester};
use futures::{StreamExt, stream};

const PAIRS: usize = 60;
const TESTS: usize = 300;
/// Over `python3 -c pass`.
const OVERHEAD: Duration = Duration::from_millis(10);
const PER_SECOND: f64 = 30.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let missed = runtime.block_on(bench());
    ExitCode::from(u8::from(missed))
}

async fn bench() -> bool {
    let program = Path::new(env!("CARGO_BIN_EXE_fdsp"));
    let interpreter = Interpreter::find(None).expect("python3");
    let sandbox = Sandbox::start(program, Layers::ALL).await.expect("the sandbox starts");
    assert_eq!(sandbox.level(), Level::Full, "{:?}", sandbox.report().missing());
    let job = Job {
        program: interpreter.program.clone(),
        args: vec!["-c".to_owned(), "pass".to_owned()],
        stdin: Vec::new(),
        env: Vec::new(),
        files: Vec::new(),
        readonly: interpreter.readonly.clone(),
        limits: Limits::default(),
    };
    let (mut bare, mut boxed) = (Vec::new(), Vec::new());
    for _ in 0..PAIRS {
        let began = Instant::now();
        Command::new(&interpreter.program).args(["-c", "pass"]).env_clear().status().expect("python3");
        bare.push(began.elapsed());
        let began = Instant::now();
        sandbox.run(&job).await.expect("it runs");
        boxed.push(began.elapsed());
    }
    let (bare, boxed) = (median(bare), median(boxed));
    let over = boxed.saturating_sub(bare);
    let slow = over > OVERHEAD;
    println!(
        "python3 -c pass: {bare:.1?} bare, {boxed:.1?} in the sandbox: {over:.1?} more (at most {OVERHEAD:?}) {}",
        said(slow)
    );

    let testing = Testing {
        level: Level::Full,
        unsandboxed: false,
        repair_environment: false,
        seconds: 10,
        python: String::new(),
    };
    let tester = Tester::start(program, &testing, "none").await.expect("the tester starts");
    let suite = Suite {
        test: "def check(candidate):\n    assert candidate(1) == 2\n    assert candidate(2) == 3\n".into(),
        entry_point: "f".to_owned(),
        ..Suite::default()
    };
    let began = Instant::now();
    let passed = stream::iter(0..TESTS)
        .map(|_| tester.run(&suite, "def f(x): return x + 1"))
        .buffer_unordered(2)
        .filter(|execution| std::future::ready(execution.result == TestResult::Pass))
        .count()
        .await;
    assert_eq!(passed, TESTS);
    let rate = TESTS as f64 / began.elapsed().as_secs_f64();
    println!("tests that only assert: {rate:.0} a second (at least {PER_SECOND}) {}", said(rate < PER_SECOND));

    let runs = std::env::var("FDSP_BENCH_RUNS").ok().and_then(|runs| runs.parse().ok()).unwrap_or(1_000);
    let before = Left::now();
    stream::iter(0..runs)
        .map(|_| sandbox.run(&job))
        .buffer_unordered(2)
        .for_each(|outcome| {
            outcome.expect("it runs");
            std::future::ready(())
        })
        .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let after = Left::now();
    let kept = after.exceeds(&before);
    println!("after {runs} runs: {after:?}, before {before:?} {}", said(kept));
    slow || rate < PER_SECOND || kept
}

fn said(missed: bool) -> &'static str {
    if missed { "MISSED" } else { "ok" }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// What a run could leave behind.
#[derive(Debug)]
struct Left {
    /// Processes below this one.
    children: usize,
    mounts: usize,
    /// Network namespaces of any process.
    namespaces: usize,
    /// Entries of the folder for temporary files.
    files: usize,
}

impl Left {
    fn now() -> Self {
        let processes = || fs::read_dir("/proc").into_iter().flatten().flatten().map(|entry| entry.path());
        let own = std::process::id().to_string();
        let parent = |path: &Path| {
            let stat = fs::read_to_string(path.join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1).map(str::to_owned))
        };
        let namespaces: BTreeSet<_> = processes().filter_map(|path| fs::read_link(path.join("ns/net")).ok()).collect();
        Self {
            children: processes().filter(|path| parent(path).as_deref() == Some(&own)).count(),
            mounts: fs::read_to_string("/proc/self/mounts").unwrap_or_default().lines().count(),
            namespaces: namespaces.len(),
            files: fs::read_dir(std::env::temp_dir()).into_iter().flatten().count(),
        }
    }

    fn exceeds(&self, before: &Self) -> bool {
        self.children > before.children
            || self.mounts > before.mounts
            || self.namespaces > before.namespaces
            || self.files > before.files
    }
}
