//! A warm scanner against a fresh `bandit -f json` process for each file, in one run: `cargo bench --bench scanners`.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use fdsp::core::finding::Finding;
use fdsp::core::text::Text;
use fdsp::scanner::{Options, Scanner};
use serde_json::Value;

#[path = "../tests/it/support/bandit.rs"]
mod bandit;
#[path = "../tests/it/support/venv.rs"]
mod venv;

/// Files that also go through a fresh process.
const FRESH: usize = 30;
const ROUNDS: u32 = 5;

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
        println!("{name}: {took:.1?} a file, {ratio:.0} times faster (at least {least})");
    }
    std::process::exit(i32::from(missed));
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
