//! Labels on many items in one transaction: all or none, and what a killed process left is undone as one.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fdsp::core::event::{Event, LabelTurn};
use fdsp::core::ids::StreamId;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::text::sha256_hex;
use fdsp::review::book::LabelBook;
use fdsp::store::{Store, StoreError};

use super::Outcome;
use crate::support::stored::{FDSP, fixed, items, label, refine, run_info};

/// Labels in one store call of the writing process, and items that it may label.
const CALL: usize = 5;
const ITEMS: usize = 400;

/// The store of the writing process.
const TASK: &str = "FDSP_TEST_BULK_WRITER";

fn bulk_label(bulk: &str) -> Event {
    let verdict = Some(LabelVerdict::Realistic);
    Event::Labelled(Label { verdict, bulk: Some(bulk.to_owned()), ..Label::on("ann", refine(1, 1), "") })
}

async fn prepared(path: &Path, count: usize) -> Result<Store, StoreError> {
    let store = Store::open(path).await?;
    store.create_run(&run_info("r"), &items(count)).await?;
    let events = (0..count)
        .flat_map(|at| fixed("x", 1).into_iter().map(move |(stream, event)| (format!("item-{at}"), stream, event)));
    store.append_all("r", events.collect()).await?;
    Ok(store)
}

async fn book(store: &Store) -> Result<LabelBook, StoreError> {
    Ok(LabelBook::new("ann", store.label_history("r", "ann").await?))
}

#[tokio::test]
async fn many_items_are_labelled_in_one_transaction_or_none_is() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = prepared(&folder.path().join("store.db"), 3).await?;
    let on = |at: usize, event: Event| -> (String, StreamId, Event) { (format!("item-{at}"), FDSP, event) };
    let before = store.label_history("r", "ann").await?;
    for (wrong, said) in [
        (on(2, Event::LabelUndone(LabelTurn::of("ann", 9))), "no label number 9"),
        (on(7, bulk_label("b")), "has no item `item-7`"),
    ] {
        let refused = store.append_all("r", vec![on(0, bulk_label("b")), on(1, bulk_label("b")), wrong]).await;
        let words = refused.expect_err("one of them cannot be").to_string();
        assert!(words.contains(said), "{words}");
        assert_eq!(store.label_history("r", "ann").await?, before);
    }
    // The writer's own state is as before, too.
    let told = store.append_all("r", (0..3).map(|at| on(at, bulk_label("b"))).collect()).await?;
    assert_eq!(told.iter().map(|(item, _)| item.as_str()).collect::<Vec<_>>(), ["item-0", "item-1", "item-2"]);
    let mut prev = None;
    for (_, entry) in &told {
        let Event::Labelled(label) = &entry.event else { panic!("no label") };
        assert_eq!(label.code, sha256_hex("x = 'try 1'"), "the store knows the code");
        let link = label.link.as_ref().ok_or("no link")?;
        assert_eq!(link.prev, prev);
        prev = Some(link.id.clone());
    }
    let rows = store.rows("r").await?;
    assert_eq!(rows.iter().filter(|row| row.label == Some(LabelVerdict::Realistic)).count(), 3);
    assert!(store.append_all("r", Vec::new()).await?.is_empty());
    // Another store's process wrote in between: the next call sees it.
    let other = Store::open(&folder.path().join("store.db")).await?;
    other.append("r", "item-1", vec![(FDSP, label("bob", refine(1, 1), LabelVerdict::Unsure))]).await?;
    let undone = book(&store).await?.next_undo().iter().rev().cloned().collect::<Vec<_>>();
    let turns = undone
        .iter()
        .map(|mark| (mark.item.to_string(), mark.stream, Event::LabelUndone(LabelTurn::of("ann", mark.seq))));
    store.append_all("r", turns.collect()).await?;
    assert!(book(&store).await?.next_undo().is_empty());
    assert_eq!(store.guidelines("r").await?, []);
    Ok(())
}

#[test]
#[ignore = "the writing process of the other test"]
fn writer() {
    let Ok(path) = std::env::var(TASK) else {
        println!("skipped: {TASK} is not set, so nobody asked for this writer");
        return;
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(Path::new(&path)).await.expect("the store");
        for call in 0..ITEMS / CALL {
            let of = call * CALL..(call + 1) * CALL;
            let events = of.map(|at| (format!("item-{at}"), FDSP, bulk_label("one"))).collect();
            store.append_all("r", events).await.expect("appended");
            println!("\nwritten {}", (call + 1) * CALL);
        }
    });
}

fn spawn(path: &Path) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["--exact", "store::bulk::writer", "--ignored", "--nocapture"])
        .env(TASK, path)
        .stdout(Stdio::piped())
        .spawn()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_undo_takes_back_what_a_killed_process_left_of_a_bulk() -> Outcome {
    let folder = tempfile::tempdir()?;
    for wanted in [1, 4, 11] {
        let path = folder.path().join(format!("{wanted}.db"));
        let store = prepared(&path, ITEMS).await?;
        store.append("r", "item-0", vec![(FDSP, label("ann", refine(1, 1), LabelVerdict::Unsure))]).await?;
        let mut child = spawn(&path)?;
        let out = child.stdout.take().ok_or("not piped")?;
        let mut written = BufReader::new(out)
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.strip_prefix("written ")?.parse::<usize>().ok());
        let seen = written.by_ref().take(wanted).last().unwrap_or(0);
        child.kill()?;
        let acknowledged = written.last().unwrap_or(seen);
        child.wait()?;
        let left = book(&store).await?;
        let marks = left.next_undo();
        assert!(marks.len() >= acknowledged, "an acknowledged label is gone");
        assert!(marks.len().is_multiple_of(CALL), "half a call was left");
        let turns = marks
            .iter()
            .rev()
            .map(|mark| (mark.item.to_string(), mark.stream, Event::LabelUndone(LabelTurn::of("ann", mark.seq))));
        store.append_all("r", turns.collect()).await?;
        let after = book(&store).await?;
        assert_eq!(after.verdict("item-0", FDSP, refine(1, 1)), Some(LabelVerdict::Unsure), "what stood before");
        assert_eq!((after.next_undo().len(), after.next_redo().len()), (1, marks.len()));
        let counted = store.rows("r").await?.iter().filter(|row| row.labelled > 0).count();
        assert_eq!(counted, 1);
    }
    Ok(())
}
