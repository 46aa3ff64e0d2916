//! Live and replay are the same path: what a run tells as it happens folds to what the store gives back.

use std::collections::BTreeMap;

use fdsp::core::event::Entry;
use fdsp::core::execution::Level;
use fdsp::core::fold::ItemState;
use fdsp::core::projection::Row;
use fdsp::core::settings::{Settings, VerdictMode};
use fdsp::llm::Config;
use fdsp::review::rows;
use fdsp::runner::plan::{Plan, Source, Under, prepare};
use fdsp::runner::update::Update;
use fdsp::store::{RECORDED, Store};

use crate::support::server::{Reply, Server, prompt};

/// Folding entry by entry gives, at every prefix, what folding the prefix from nothing gives.
fn equal_at_every_prefix(live: &[Entry], stored: &[Entry], item: &str) {
    assert_eq!(live.len(), stored.len(), "{item}");
    let mut state = ItemState::default();
    for (index, entry) in live.iter().enumerate() {
        state.apply(entry);
        let replayed = ItemState::of(&stored[..=index]);
        assert_eq!(state, replayed, "{item}, event {}", entry.seq);
        for mode in [VerdictMode::Strict, VerdictMode::Paper] {
            assert_eq!(rows(item, &state, mode), rows(item, &replayed, mode), "{item}, event {}", entry.seq);
        }
    }
}

#[test]
fn a_live_run_folds_to_what_the_store_replays() {
    let server = Server::start(|request, _| {
        let prompt = prompt(request);
        Reply::text(match prompt {
            _ if prompt.contains("different solutions") => "1. Quote\n2. List\n3. Refuse",
            _ if prompt.contains("2. List") => "```python\nprint(listed)\n```",
            _ if prompt.contains("does not compile") => "```python\nimport os\nos.system(x)\n```",
            _ if prompt.contains("1. Quote") => "```python\nos.system(quoted)\nimport os\n```",
            _ => "```python\nimport os\nos.system(x\n```",
        })
    });
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&folder.path().join("store.db")).await.expect("the store opens");
        let plan = Plan {
            base_url: Some(server.url()),
            limit: Some(6),
            settings: Settings { scanner: "ruff".to_owned(), ..Settings::default() },
            ..Plan::new(Source::Dataset(Under::named("starter")), "scripted")
        };
        let runner = prepare(plan, &store, &Config::default()).await.expect("the plan is good");
        let run = runner.info.id.clone();
        let mut handle = runner.start();
        let mut live: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        while let Some(update) = handle.updates.recv().await {
            if let Update::Entries { item, entries } = update {
                live.entry(item).or_default().extend(entries);
            }
        }
        handle.finish().await.expect("the run ends");
        assert_eq!(live.len(), 6);
        for (item, entries) in &live {
            let record = store.record(&run, item).await.expect("the item is stored");
            assert!(entries.iter().map(|entry| entry.event.kind()).any(|kind| kind == "proposed"), "{item}");
            equal_at_every_prefix(entries, &record.entries, item);
        }
    });
}

#[test]
fn every_recorded_item_replays_alike_at_every_prefix() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let first = Store::open(&folder.path().join("first.db")).await.expect("the store opens");
        let second = Store::open(&folder.path().join("second.db")).await.expect("the store opens");
        for bytes in RECORDED {
            let run = first.import_recorded(bytes).await.expect("the recorded run is whole");
            second.import_recorded(bytes).await.expect("the recorded run is whole");
            let items = first.items(&run).await.expect("its items are there");
            assert!(items.len() >= 40, "the whole starter set");
            for item in items {
                let once = first.record(&run, &item.id).await.expect("the item is there");
                let again = second.record(&run, &item.id).await.expect("the item is there");
                assert!(once.entries.len() > 5, "{} has events", item.id);
                equal_at_every_prefix(&once.entries, &again.entries, &item.id);
            }
        }
    });
}

#[test]
fn the_recorded_runs_hold_what_the_workbench_opens_on_and_what_the_tests_say() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&folder.path().join("store.db")).await.expect("the store opens");
        let mut openers = Vec::new();
        for bytes in RECORDED {
            let run = store.import_recorded(bytes).await.expect("the recorded run is whole");
            let summary = store.summary(&run).await.expect("it is listed");
            assert!(summary.info.recorded);
            assert_eq!((summary.done, summary.failed), (summary.items, 0));
            let all = store.rows(&run).await.expect("it has rows");
            let level = |row: &Row| row.test.map(|test| (test.level, test.repaired));
            let tested = all.iter().filter(|row| level(row) == Some((Level::Full, false))).count();
            assert_eq!(tested, all.len(), "{run}: every sample is judged, in a whole sandbox");
            openers.push((summary.fixes > 0, all.iter().any(|row| row.is_fix() && row.undefined > 0)));
        }
        // The one with fixes is opened: on one that the scanner accepts and that does not run.
        assert_eq!(openers, [(true, true), (false, false)]);
    });
}
