//! A run against a scripted server of 100 ms latency, on SQLite with every event durable, as a share of the ideal
//! (calls x 0.1 s / slots). Exits 1 below 85 % with ruff at 64 slots, or 90 % with Bandit at 16.

#[path = "../tests/it/support/server.rs"]
mod server;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use fdsp::core::settings::Settings;
use fdsp::llm::Config;
use fdsp::runner::plan::{Plan, Source, Under, prepare};
use fdsp::scanner::Scanner;
use fdsp::store::Store;
use serde_json::Value;
use server::{Reply, Server};

const LATENCY: Duration = Duration::from_millis(100);
/// One generation, one solutions call, 3 x 3 refinements that fix nothing.
const CALLS: usize = 11;
const ANSWER: &str = "```python\nimport os\n\n\ndef go(command):\n    os.system(command)\n```\n";

fn answer(request: &Value, _: usize) -> Reply {
    let solutions = server::prompt(request).contains("different solutions");
    Reply::text(if solutions { "1. Quote it\n2. Use a list\n3. Refuse it" } else { ANSWER }).latency(LATENCY)
}

async fn share(scanner: &str, slots: usize, items: usize) -> color_eyre::Result<f64> {
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("items.jsonl");
    let rows: String = (0..items).map(|n| format!("{{\"id\": \"item-{n}\", \"prompt\": \"Write {n}.\"}}\n")).collect();
    std::fs::write(&data, rows)?;
    let server = Server::start(answer);
    let store = Store::open(&folder.path().join("store.db")).await?;
    let spec = data.to_string_lossy().into_owned();
    let source = Source::Dataset(Under::named(&spec));
    let plan = Plan {
        base_url: Some(server.url()),
        concurrency: slots,
        settings: Settings { scanner: scanner.to_owned(), ..Settings::default() },
        ..Plan::new(source, "scripted")
    };
    let runner = prepare(plan, &store, &Config::default()).await?;
    let begun = Instant::now();
    let mut handle = runner.start();
    while handle.updates.recv().await.is_some() {}
    let summary = handle.finish().await?;
    let seconds = begun.elapsed().as_secs_f64();
    let calls = summary.calls as usize;
    assert_eq!((calls, server.count(), summary.failed), (items * CALLS, items * CALLS, 0));
    let ideal = calls as f64 * LATENCY.as_secs_f64() / slots as f64;
    println!(
        "{scanner:<7} {slots:>2} slots  {calls} calls in {seconds:.2} s, ideal {ideal:.2} s: {:.1} %",
        100.0 * ideal / seconds
    );
    Ok(ideal / seconds)
}

fn main() -> color_eyre::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let ruff = share("ruff", 64, 640).await?;
        let bandit = match Scanner::open("bandit").await {
            Ok(_) => share("bandit", 16, 582).await?,
            Err(error) => {
                eprintln!("bandit is left out: {error}");
                return Ok(ExitCode::FAILURE);
            }
        };
        Ok(if ruff >= 0.85 && bandit >= 0.9 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}
