//! A store of 1,000,000 events in 5,000 items, and 64 items written to at once.
//!
//! The big store is built once, under `target/`; delete `target/bench-store` to build it anew.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use fdsp::core::event::{Event, StopReason};
use fdsp::core::ids::{Step, StreamId};
use fdsp::store::Store;

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/support/stored.rs"]
mod stored;

use stored::{FDSP, GENERATE, items, refine, run_info, stopped, version};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ITEMS: usize = 5_000;
const EVENTS_PER_ITEM: usize = 200;
const IN_FLIGHT: u32 = 64;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-store");
    let building = std::env::args().any(|word| word == "build");
    let done = runtime.block_on(async {
        if building {
            return build(&folder.join("part")).await;
        }
        if !folder.join("store").exists() {
            in_a_child_process()?;
            std::fs::rename(folder.join("part"), folder.join("store"))?;
        }
        read(&folder.join("store/store.db")).await?;
        write(&folder).await?;
        import(&folder).await
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// So that the memory of the building does not count as that of the reading.
fn in_a_child_process() -> Outcome {
    let start = Instant::now();
    let status = Command::new(std::env::current_exe()?).arg("build").status()?;
    if !status.success() {
        return Err("the store could not be built".into());
    }
    println!("built in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Code as long as what a small model writes.
fn code(item: usize, number: u32) -> String {
    let line = format!("    value = query(table, {item}, {number})  # a line of ordinary length\n");
    format!("def handle(table):\n{}    return value\n", line.repeat(8))
}

fn events(item: usize) -> Vec<(StreamId, Event)> {
    let mut events: Vec<(StreamId, Event)> =
        version(Step::Generate, &code(item, 0), true).into_iter().map(|event| (GENERATE, event)).collect();
    events.push((GENERATE, stopped(StopReason::Generated)));
    let tries = ((EVENTS_PER_ITEM - events.len()) / 5) as u32;
    for number in 1..=tries {
        let step = refine(number.div_ceil(3), (number - 1) % 3 + 1);
        let vulnerable = number < tries || item.is_multiple_of(2);
        events.extend(version(step, &code(item, number), vulnerable).into_iter().map(|event| (FDSP, event)));
    }
    while events.len() < EVENTS_PER_ITEM - 1 {
        events.push((FDSP, Event::Failed(fdsp::core::event::Failed { message: "tried again".to_owned() })));
    }
    events.push((FDSP, stopped(if item.is_multiple_of(2) { StopReason::Exhausted } else { StopReason::Fixed })));
    events
}

async fn build(folder: &PathBuf) -> Outcome {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let store = Store::open(&folder.join("store.db")).await?;
    store.create_run(&run_info("big"), &items(ITEMS)).await?;
    let mut tasks = tokio::task::JoinSet::new();
    for item in 0..ITEMS {
        if tasks.len() >= IN_FLIGHT as usize
            && let Some(done) = tasks.join_next().await
        {
            done??;
        }
        let store = store.clone();
        tasks.spawn(async move { store.append("big", &format!("item-{item}"), events(item)).await.map(drop) });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

async fn timed<T>(what: &str, work: impl Future<Output = T>) -> T {
    let start = Instant::now();
    let value = work.await;
    println!("{what:<44} {:>9.2} ms   {:>4} MB", start.elapsed().as_secs_f64() * 1e3, resident());
    value
}

/// Resident memory in MB, where the system tells.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).map_or(0, |kb| kb / 1024)
}

async fn read(path: &Path) -> Outcome {
    println!("1,000,000 events in 5,000 items, {} MB on disk", std::fs::metadata(path)?.len() >> 20);
    let store = timed("open", Store::open(path)).await?;
    let runs = timed("runs", store.runs()).await?;
    let first = &runs[0];
    assert_eq!((first.items, first.fixed, first.done), (ITEMS as u32, ITEMS as u32 / 2, ITEMS as u32));
    let rows = timed("rows", store.rows("big")).await?;
    assert_eq!(rows.len(), 2 * ITEMS);
    drop(rows);
    timed("items", store.items("big")).await?;
    for at in [0, 2_500, 4_999] {
        let record = timed(&format!("record of item-{at}"), store.record("big", &format!("item-{at}"))).await?;
        assert_eq!(record.entries.len(), EVENTS_PER_ITEM);
    }
    let last = store.last_event().await?;
    timed("changed_since the last event", store.changed_since(last)).await?;
    timed("label history", store.label_history("big", "ann")).await?;
    Ok(())
}

/// Calls a second with every event durable, two appends to a call, and how long an append takes.
async fn write(folder: &Path) -> Outcome {
    const CALLS: u32 = 40;
    let folder = folder.join("writing");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    let store = Store::open(&folder.join("store.db")).await?;
    store.create_run(&run_info("live"), &items(IN_FLIGHT as usize)).await?;
    let start = Instant::now();
    let tasks: Vec<_> = (0..IN_FLIGHT as usize)
        .map(|item| {
            let store = store.clone();
            tokio::spawn(async move {
                let name = format!("item-{item}");
                let mut waits = Vec::new();
                for number in 1..=CALLS {
                    let mut asked: Vec<_> = version(refine(1, number), &code(item, number), true)
                        .into_iter()
                        .map(|event| (FDSP, event))
                        .collect();
                    let rest = asked.split_off(1);
                    for batch in [asked, rest] {
                        let start = Instant::now();
                        store.append("live", &name, batch).await?;
                        waits.push(start.elapsed());
                    }
                }
                Ok::<_, fdsp::store::StoreError>(waits)
            })
        })
        .collect();
    let mut waits: Vec<Duration> = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    let rate = f64::from(IN_FLIGHT * CALLS) / start.elapsed().as_secs_f64();
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{IN_FLIGHT} items at once: {rate:.0} calls a second, append p50 {:.1} ms, p99 {:.1} ms",
        at(0.5),
        at(0.99)
    );
    Ok(())
}

/// A file as large as the recorded run that comes with the program.
async fn import(folder: &Path) -> Outcome {
    const RUN: usize = 14;
    let folder = folder.join("writing");
    let source = Store::open(&folder.join("source.db")).await?;
    source.create_run(&run_info("small"), &items(RUN)).await?;
    for item in 0..RUN {
        source.append("small", &format!("item-{item}"), events(item)).await?;
    }
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let counts = source.export("small", false, &mut packed).await?;
    let bytes = packed.finish()?;
    let store = Store::open(&folder.join("target.db")).await?;
    let what = format!("import of {} events, {} KB", counts.events, bytes.len() / 1024);
    timed(&what, store.import_recorded(&bytes)).await?;
    timed("import again", store.import_recorded(&bytes)).await?;
    Ok(())
}
