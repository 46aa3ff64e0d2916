//! A warm scanner against a fresh `bandit -f json` process for each file, and a rescan of 10,000 stored versions:
//! `cargo bench --bench scanners`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fdsp::core::event::{Event, StopReason};
use fdsp::core::finding::Finding;
use fdsp::core::ids::{Step, StreamId};
use fdsp::core::text::Text;
use fdsp::runner::rescan::{Rescan, Source};
use fdsp::scanner::{Options, Scanner};
use fdsp::store::Store;
use serde_json::Value;
use stored::{FDSP, GENERATE};

#[path = "../tests/it/support/bandit.rs"]
mod bandit;
#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/support/stored.rs"]
mod stored;
#[path = "../tests/it/support/venv.rs"]
mod venv;

/// Files that also go through a fresh process.
const FRESH: usize = 30;
const ROUNDS: u32 = 5;
/// Items of a stored run, and versions of the code in each, no two alike.
const ITEMS: usize = 1_000;
const VERSIONS: usize = 10;
/// Items of the run that Bandit scans again.
const BANDIT_ITEMS: usize = 100;
/// For the whole rescan by ruff: reading, scanning, appending, until all of it is durable.
const RESCAN: Duration = Duration::from_secs(3);

fn main() {
    let code = bandit::benchmark_code().unwrap_or_else(own_code);
    // Spread over all of the sets.
    let code: Vec<Text> =
        code.iter().step_by((code.len() / FRESH).max(1)).map(|(_, text)| text.as_str().into()).collect();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("code.py");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");

    let fresh = Instant::now();
    let expected: Vec<Vec<String>> = code.iter().map(|code| by_fresh_process(&file, code)).collect();
    let fresh = fresh.elapsed() / count(&code);

    let options = Options { bandit: Some(bandit::python()), ..Options::default() };
    let warm = runtime.block_on(Scanner::open_with("bandit", options)).expect("Bandit is set up");
    let found: Vec<Vec<String>> = code.iter().map(|code| runtime.block_on(by(&warm, code))).collect();
    assert_eq!(found, expected, "the warm worker must find what a fresh process finds");
    let worker = timed(&runtime, &warm, &code);
    let ruff = runtime.block_on(Scanner::open("ruff")).expect("ruff is built in");
    let in_process = timed(&runtime, &ruff, &code);

    println!("{} files, {} findings; a fresh bandit process: {fresh:.1?} a file", code.len(), expected.concat().len());
    let mut missed = false;
    for (name, took, least) in [("bandit, warm worker", worker, 50.0), ("ruff, in process", in_process, 500.0)] {
        let ratio = fresh.as_secs_f64() / took.as_secs_f64();
        missed |= ratio < least;
        println!("{}: {name}: {took:.1?} a file, {ratio:.0} times faster (at least {least})", ok(ratio >= least));
    }
    let store = runtime.block_on(Store::open(&folder.path().join("store.db"))).expect("a store");
    runtime.block_on(build(&store, "by-bandit", "bandit", ITEMS, &code));
    runtime.block_on(build(&store, "by-ruff", "ruff", BANDIT_ITEMS, &code));
    let took = runtime.block_on(rescan(&store, "by-bandit", ruff, ITEMS * VERSIONS));
    missed |= took > RESCAN;
    println!(
        "{}: rescan of {} versions by ruff: {took:.2?} (at most {RESCAN:?})",
        ok(took <= RESCAN),
        ITEMS * VERSIONS
    );
    let count = BANDIT_ITEMS * VERSIONS;
    let took = runtime.block_on(rescan(&store, "by-ruff", warm, count));
    let ratio = fresh.as_secs_f64() * count as f64 / took.as_secs_f64();
    missed |= ratio < 30.0;
    println!(
        "{}: rescan of {count} versions by bandit: {took:.2?}, {ratio:.0} times faster than a process each (at least 30)",
        ok(ratio >= 30.0)
    );
    std::process::exit(i32::from(missed));
}

fn ok(kept: bool) -> &'static str {
    if kept { "ok" } else { "MISSED" }
}

/// A run of `items`, each with [`VERSIONS`] versions of the benchmark's code, no two of them alike.
async fn build(store: &Store, run: &str, scanner: &str, items: usize, code: &[Text]) {
    let mut info = stored::run_info(run);
    info.settings.scanner = scanner.to_owned();
    store.create_run(&info, &stored::items(items)).await.expect("a new run");
    let version = |item: usize, number: usize, step: Step, stream: StreamId| {
        let text = format!("{}\n# {item} {number}\n", code[(item * VERSIONS + number) % code.len()].as_str());
        stored::version(step, &text, true).into_iter().map(move |event| (stream, event))
    };
    let append = |item: usize| {
        let mut events: Vec<(StreamId, Event)> = version(item, 0, Step::Generate, GENERATE).collect();
        events.push((GENERATE, stored::stopped(StopReason::Generated)));
        for number in 1..VERSIONS {
            let step = stored::refine((number as u32).div_ceil(3), (number as u32 - 1) % 3 + 1);
            events.extend(version(item, number, step, FDSP));
        }
        events.push((FDSP, stored::stopped(StopReason::Exhausted)));
        async move { store.append(run, &format!("item-{item}"), events).await.expect("a new item") }
    };
    futures::future::join_all((0..items).map(append)).await;
}

async fn rescan(store: &Store, run: &str, scanner: Scanner, versions: usize) -> Duration {
    // A second handle, as a new process has it: nothing is held in memory.
    let store = Store::open(store.path()).await.expect("the store is there");
    let run = store.run(run).await.expect("the run is there");
    let rescan = Rescan { store, run, source: Source::Scanner(scanner), again: false };
    let start = Instant::now();
    let report = rescan.perform(|_| ()).await.expect("a rescan");
    let took = start.elapsed();
    assert_eq!((report.scanned, report.distinct, report.failed), (versions, versions, 0));
    took
}

fn count(code: &[Text]) -> u32 {
    u32::try_from(code.len()).expect("a few files")
}

fn timed(runtime: &tokio::runtime::Runtime, scanner: &Scanner, code: &[Text]) -> Duration {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        for code in code {
            runtime.block_on(scanner.scan(code));
        }
    }
    start.elapsed() / (ROUNDS * count(code))
}

async fn by(scanner: &Scanner, code: &Text) -> Vec<String> {
    let line = |f: &Finding| format!("{}:{}:{:?}:{:?}", f.rule, f.line, f.severity, f.confidence).to_lowercase();
    scanner.scan(code).await.reported().map(line).collect()
}

fn by_fresh_process(file: &Path, code: &Text) -> Vec<String> {
    std::fs::write(file, code.as_bytes()).expect("the folder is ours");
    let output = Command::new(bandit::path()).args(["-q", "-f", "json"]).arg(file).output().expect("bandit runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("bandit writes JSON");
    let level = |value: &Value| format!("some({})", value.as_str().unwrap_or_default());
    let line = |f: &Value| {
        let (severity, confidence) = (level(&f["issue_severity"]), level(&f["issue_confidence"]));
        let rule = f["test_id"].as_str().unwrap_or_default();
        format!("{rule}:{}:{severity}:{confidence}", f["line_number"]).to_lowercase()
    };
    report["results"].as_array().expect("a list").iter().map(line).collect()
}

/// Where the benchmarks are absent.
fn own_code() -> Vec<(String, String)> {
    let one = |n: usize| {
        let function = "def show(request, cursor):\n    name = request.args['name']\n    os.system('ls ' + name)\n    \
                        return cursor.execute(f\"SELECT * FROM users WHERE name = '{name}'\")\n\n\n";
        (format!("{n}.py"), format!("import os\nimport pickle\n\n\n{}", function.repeat(1 + n % 7)))
    };
    (0..FRESH).map(one).collect()
}
