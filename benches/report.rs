//! Both studies' numbers over 1,000,000 events: 5,000 items with tests, all five approaches, labels and second opinions.
//!
//! The store is built once, under `target/`; delete `target/bench-report-tested` to build it anew.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::time::Instant;

use fdsp::core::event::{Event, Executed, Scanned, StopReason};
use fdsp::core::finding::ScannerId;
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::{Item, Suite};
use fdsp::core::label::LabelVerdict;
use fdsp::core::text::sha256_hex;
use fdsp::metrics::{Study, Wanted};
use fdsp::store::Store;

#[allow(dead_code, reason = "the tests use the rest")]
#[path = "../tests/it/support/stored.rs"]
mod stored;

use stored::{FDSP, GENERATE, execution, items, label, refine, run_info, stopped, version};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const ITEMS: usize = 5_000;
const EVENTS_PER_ITEM: usize = 200;
const IN_FLIGHT: usize = 64;
const LIMIT_SECONDS: f64 = 2.0;
const LIMIT_MB: f64 = 200.0;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench-report-tested");
    let building = std::env::args().any(|word| word == "build");
    let done = runtime.block_on(async {
        if building {
            return build(&folder.join("part")).await;
        }
        if !folder.join("store").exists() {
            in_a_child_process()?;
            std::fs::rename(folder.join("part"), folder.join("store"))?;
        }
        report(&folder.join("store/store.db")).await
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
    if !Command::new(std::env::current_exe()?).arg("build").status()?.success() {
        return Err("the store could not be built".into());
    }
    println!("built in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

fn code(item: usize, number: u32) -> String {
    let line = format!("    value = query(table, {item}, {number})  # a line of ordinary length\n");
    format!("def handle(table):\n{}    return value\n", line.repeat(8))
}

/// A version, and what a second scanner says of it.
fn scanned_twice(step: Step, code: &str, vulnerable: bool, second: bool) -> Vec<Event> {
    let mut events = version(step, code, vulnerable);
    if let Some(Event::Scanned(Scanned { mut scan, .. })) = version(step, code, second).pop() {
        scan.scanner = ScannerId { name: "semgrep".to_owned(), version: "1".to_owned() };
        events.push(Event::Rescanned(Scanned { step, scan }));
    }
    events
}

fn events(item: usize) -> Vec<(StreamId, Event)> {
    let mut events = Vec::new();
    let mut add = |stream, all: Vec<Event>| events.extend(all.into_iter().map(|event| (stream, event)));
    add(GENERATE, scanned_twice(Step::Generate, &code(item, 0), true, item.is_multiple_of(3)));
    add(GENERATE, vec![stopped(StopReason::Generated), tested(Step::Generate, item.is_multiple_of(4))]);
    let step = Step::Refine { solution: None, iteration: 1 };
    for (number, approach) in (1_u32..).zip(&ApproachId::REFINEMENTS[..4]) {
        let stream = StreamId::new(*approach, 0);
        let vulnerable = !(item + number as usize).is_multiple_of(4);
        add(stream, scanned_twice(step, &code(item, number), vulnerable, item.is_multiple_of(5)));
        add(stream, vec![stopped(if vulnerable { StopReason::Exhausted } else { StopReason::Fixed })]);
        if item.is_multiple_of(7) {
            let Event::Labelled(mut word) = label("ann", step, LabelVerdict::Unrealistic) else { continue };
            word.code = sha256_hex(code(item, number));
            add(stream, vec![Event::Labelled(word)]);
        }
    }
    let tries = ((EVENTS_PER_ITEM - events.len() - 2) / 6) as u32;
    let mut add = |stream, all: Vec<Event>| events.extend(all.into_iter().map(|event| (stream, event)));
    for number in 1..=tries {
        let vulnerable = number < tries || item.is_multiple_of(2);
        let step = refine(number.div_ceil(3), (number - 1) % 3 + 1);
        add(FDSP, scanned_twice(step, &code(item, 10 + number), vulnerable, item.is_multiple_of(6)));
    }
    while events.len() < EVENTS_PER_ITEM - 2 {
        events.push((FDSP, Event::Failed(fdsp::core::event::Failed { message: "tried again".to_owned() })));
    }
    events.push((FDSP, stopped(if item.is_multiple_of(2) { StopReason::Exhausted } else { StopReason::Fixed })));
    // Where nothing was accepted the generated code is returned, with its test.
    events.push((FDSP, tested(refine(tries.div_ceil(3), (tries - 1) % 3 + 1), item.is_multiple_of(3))));
    events
}

fn tested(step: Step, pass: bool) -> Event {
    Event::Executed(Box::new(Executed { step, execution: execution(pass) }))
}

/// Items of two subsets and forty types, half of them with steps.
fn with_tests() -> Vec<Item> {
    let item = |(at, item): (usize, Item)| {
        let suite = Suite {
            subset: Some(["SecEvalBase", "SecEvalPlus"][at % 2].to_owned()),
            steps: Some(at % 4 < 2),
            ..Suite::default()
        };
        Item { cwe: vec![20 + (at % 40) as u32], suite: Some(Box::new(suite)), ..item }
    };
    items(ITEMS).into_iter().enumerate().map(item).collect()
}

async fn build(folder: &Path) -> Outcome {
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    let store = Store::open(&folder.join("store.db")).await?;
    let mut info = run_info("big");
    info.settings.approaches = ApproachId::REFINEMENTS.to_vec();
    info.settings.scanner = "bandit".to_owned();
    store.create_run(&info, &with_tests()).await?;
    let mut tasks = tokio::task::JoinSet::new();
    for item in 0..ITEMS {
        if tasks.len() >= IN_FLIGHT
            && let Some(done) = tasks.join_next().await
        {
            done??;
        }
        let store = store.clone();
        tasks.spawn(async move {
            // A second opinion is on a version that is stored.
            let (second, first): (Vec<_>, Vec<_>) =
                events(item).into_iter().partition(|(_, event)| matches!(event, Event::Rescanned(_)));
            store.append("big", &format!("item-{item}"), first).await?;
            store.append("big", &format!("item-{item}"), second).await.map(drop)
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    Ok(())
}

fn says(what: &str, value: f64, limit: f64, unit: &str) {
    let word = if value <= limit { "ok" } else { "MISSED" };
    println!("{what:<44} {value:>9.2} {unit:<3} limit {limit:>5} {word}");
}

/// The most memory that was ever resident, in MB, where the system tells.
fn most_resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok()).map_or(0.0, |kb| kb / 1024.0)
}

async fn report(path: &Path) -> Outcome {
    let bytes = std::fs::metadata(path)?.len() >> 20;
    println!("1,000,000 events in 5,000 items, five approaches, {bytes} MB on disk");
    let start = Instant::now();
    let store = Store::open(path).await?;
    let opened = start.elapsed().as_secs_f64();
    assert_eq!(store.last_event().await?, (ITEMS * EVENTS_PER_ITEM) as i64);
    let start = Instant::now();
    let rows = store.study_rows("big").await?;
    let read = start.elapsed().as_secs_f64();
    assert_eq!(rows.rows.len(), 6 * ITEMS);
    let start = Instant::now();
    let study = Study::of(&[rows], &Wanted::default());
    let counted = start.elapsed().as_secs_f64();
    let generated = study.table1[0].blocks[0].rows[0].cells[0].as_ref();
    assert_eq!(generated.map(|cell| cell.vulnerable.count), Some(ITEMS as u32));
    let tested: Vec<(ApproachId, u32)> = study.executed.iter().map(|line| (line.approach, line.all.items)).collect();
    assert_eq!(tested, [(ApproachId::Generate, ITEMS as u32), (ApproachId::Fdsp, ITEMS as u32)]);
    println!("open {:.1} ms, rows {:.1} ms, numbers {:.1} ms", opened * 1e3, read * 1e3, counted * 1e3);
    says("rows read and all numbers", read + counted, LIMIT_SECONDS, "s");
    says("most memory, both together", most_resident(), LIMIT_MB, "MB");
    Ok(())
}
