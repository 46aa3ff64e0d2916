//! Several processes on one file. The writing process is this test binary again, asked for one ignored test.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fdsp::core::event::Event;
use fdsp::core::ids::{Step, StreamId};
use fdsp::core::label::LabelVerdict;
use fdsp::store::{Store, StoreError};

use super::Outcome;
use crate::support::stored::{FDSP, GENERATE, answered, asked, items, label, refine, run_info};

/// Events in one batch of the writing process.
const BATCH: u32 = 4;

/// `FILE WRITER COUNT`: the store, who writes, and how many batches.
const TASK: &str = "FDSP_TEST_WRITER";

fn batch(writer: &str, number: u32) -> Vec<(StreamId, Event)> {
    let step = Step::Refine { solution: writer.parse().ok(), iteration: number };
    let verdict = LabelVerdict::Unsure;
    vec![
        (FDSP, asked(step, writer)),
        (FDSP, answered(step, &format!("{writer} says {number}"))),
        (FDSP, label(writer, step, verdict)),
        (GENERATE, label(writer, step, verdict)),
    ]
}

#[test]
#[ignore = "the writing process of the other tests"]
fn writer() {
    let Ok(task) = std::env::var(TASK) else {
        println!("skipped: {TASK} is not set, so nobody asked for this writer");
        return;
    };
    let words: Vec<&str> = task.split('\n').collect();
    let [path, writer, count] = words[..] else { panic!("{TASK} must hold three lines") };
    let count: u32 = count.parse().expect("a count");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(Path::new(path)).await.expect("the store");
        let _lock = store.drive(&format!("run-{writer}")).await.expect("the lock");
        for number in 1..=count {
            let entries = store.append("r", "item-0", batch(writer, number)).await.expect("appended");
            println!("\nwritten {number} {}", entries[0].seq);
        }
    });
}

fn spawn(path: &Path, writer: &str, count: u32) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["--exact", "store::processes::writer", "--ignored", "--nocapture"])
        .env(TASK, format!("{}\n{writer}\n{count}", path.display()))
        .stdout(Stdio::piped())
        .spawn()
}

/// The batches that the process says are written: number and first seq.
fn written(child: &mut Child) -> impl Iterator<Item = (u32, u32)> + use<> {
    let out = child.stdout.take().expect("piped");
    BufReader::new(out).lines().map_while(Result::ok).filter_map(|line| {
        let mut words = line.strip_prefix("written ")?.split(' ').map(str::parse);
        Some((words.next()?.ok()?, words.next()?.ok()?))
    })
}

async fn prepared(path: &Path) -> Result<Store, StoreError> {
    let store = Store::open(path).await?;
    store.create_run(&run_info("r"), &items(1)).await?;
    for writer in ["1", "2"] {
        store.create_run(&run_info(&format!("run-{writer}")), &items(1)).await?;
    }
    Ok(store)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_lose_nothing_of_each_other() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    let store = prepared(&path).await?;
    let version = store.data_version().await?;
    let count = 60;
    let mut children = [spawn(&path, "1", count)?, spawn(&path, "2", count)?];
    // This process writes to the same item at the same time.
    for number in 1..=count {
        store.append("r", "item-0", vec![(FDSP, label("here", refine(9, number), LabelVerdict::Realistic))]).await?;
    }
    let mut told: HashMap<u32, String> = HashMap::new();
    for (child, writer) in children.iter_mut().zip(["1", "2"]) {
        let batches: Vec<(u32, u32)> = written(child).collect();
        assert!(child.wait()?.success());
        assert_eq!(batches.len() as u32, count);
        for (number, seq) in batches {
            let twice = told.insert(seq, format!("{writer} says {number}"));
            assert_eq!(twice, None, "event {seq} was given out twice");
        }
    }
    let entries = store.record("r", "item-0").await?.entries;
    assert_eq!(entries.len() as u32, (2 * BATCH + 1) * count);
    assert!((1..).zip(&entries).all(|(seq, entry)| entry.seq == seq));
    for (seq, text) in told {
        let Event::Answered(answer) = &entries[seq as usize].event else { panic!("event {} is no answer", seq + 1) };
        assert_eq!(*answer.text, *text);
    }
    assert_ne!(store.data_version().await?, version);
    let row = store.rows("r").await?.into_iter().find(|row| row.stream == FDSP).expect("a row");
    assert_eq!(row.calls, 2 * count);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_process_leaves_whole_batches_and_no_lock() -> Outcome {
    let folder = tempfile::tempdir()?;
    for wanted in [1, 7, 20] {
        let path = folder.path().join(format!("{wanted}.db"));
        let store = prepared(&path).await?;
        let mut child = spawn(&path, "1", u32::MAX)?;
        let mut batches = written(&mut child);
        let seen = batches.by_ref().take(wanted).last().map_or(0, |(number, _)| number);
        assert!(
            matches!(store.drive("run-1").await, Err(StoreError::Driven { holder, .. }) if holder.contains(&child.id().to_string()))
        );
        child.kill()?;
        let last = batches.last().map_or(seen, |(number, _)| number);
        child.wait()?;
        drop(store.drive("run-1").await?);
        let entries = store.record("r", "item-0").await?.entries;
        assert!((1..).zip(&entries).all(|(seq, entry)| entry.seq == seq));
        assert_eq!(entries.len() as u32 % BATCH, 0, "half a batch was left");
        assert!(entries.len() as u32 / BATCH >= last, "an acknowledged batch is gone");
    }
    Ok(())
}
