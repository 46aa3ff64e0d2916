mod bulk;
mod chain;
mod commands;
mod files;
mod merge;
mod processes;
mod properties;

use fdsp::core::fold::ItemState;
use fdsp::core::ids::Step;
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::VerdictMode;
use fdsp::review::rows;
use fdsp::store::{Store, StoreError};

use crate::support::stored::{FDSP, GENERATE, answered, asked, fixed, items, label, refine, run_info};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test]
async fn what_is_appended_is_read_back_and_counted() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("deep/store.db");
    let store = Store::open(&path).await?;
    let info = run_info("r1");
    store.create_run(&info, &items(3)).await?;
    assert_eq!(store.run("r1").await?, info);
    assert_eq!(store.items("r1").await?, items(3));

    let mut told = Vec::new();
    for (n, piece) in fixed("x", 2).chunks(4).enumerate() {
        let entries = store.append("r1", "item-1", piece.to_vec()).await?;
        assert_eq!(entries[0].seq as usize, 4 * n + 1);
        told.extend(entries);
    }
    told.extend(store.append("r1", "item-1", vec![(FDSP, label("ann", refine(1, 2), LabelVerdict::Realistic))]).await?);

    let again = Store::open(&path).await?;
    let record = again.record("r1", "item-1").await?;
    assert_eq!(record.item, items(3)[1]);
    assert_eq!(record.entries, told);
    assert_eq!(again.rows("r1").await?, rows("item-1", &ItemState::of(&told), VerdictMode::Strict));

    let summary = &again.runs().await?[0];
    assert_eq!((summary.items, summary.vulnerable, summary.fixed, summary.fixes), (3, 1, 1, 1));
    assert_eq!((summary.labelled, summary.failed, summary.done, summary.calls), (1, 0, 1, 4));
    assert_eq!(again.label_history("r1", "ann").await?, vec![("item-1".to_owned(), told[told.len() - 1].clone())]);
    assert!(again.label_history("r1", "bob").await?.is_empty());
    let changed = vec![("r1".to_owned(), "item-1".to_owned())];
    assert_eq!(again.changed_since(0).await?, (told.len() as i64, changed));
    assert_eq!(again.changed_since(told.len() as i64).await?.1, Vec::new());
    Ok(())
}

#[tokio::test]
async fn a_paid_answer_cannot_be_asked_for_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    store.create_run(&run_info("r"), &items(2)).await?;
    let one = |event| vec![(GENERATE, event)];
    let step = Step::Generate;

    let refused = store.append("r", "item-0", one(answered(step, "a"))).await;
    assert!(matches!(refused, Err(StoreError::NotAsked { .. })), "{refused:?}");
    store.append("r", "item-0", one(asked(step, "x"))).await?;
    store.append("r", "item-0", one(answered(step, "a"))).await?;
    for event in [answered(step, "b"), asked(step, "y")] {
        let refused = store.append("r", "item-0", one(event)).await;
        assert!(matches!(refused, Err(StoreError::AnsweredAlready { .. })), "{refused:?}");
    }
    let twice = vec![asked(step, "x"), answered(step, "a"), answered(step, "b")];
    let refused = store.append("r", "item-1", twice.into_iter().map(|event| (GENERATE, event)).collect()).await;
    assert!(matches!(refused, Err(StoreError::AnsweredAlready { .. })), "{refused:?}");
    assert!(store.record("r", "item-1").await?.entries.is_empty());
    assert_eq!(store.record("r", "item-0").await?.entries.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_stopped_stream_takes_labels_only() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    store.create_run(&run_info("r"), &items(1)).await?;
    store.append("r", "item-0", fixed("x", 1)).await?;
    let refused = store.append("r", "item-0", vec![(FDSP, asked(refine(2, 1), "x"))]).await;
    assert!(matches!(refused, Err(StoreError::StreamStopped { .. })), "{refused:?}");
    store.append("r", "item-0", vec![(FDSP, label("ann", refine(1, 1), LabelVerdict::Unsure))]).await?;
    Ok(())
}

#[tokio::test]
async fn one_process_drives_a_run() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    store.create_run(&run_info("r"), &items(1)).await?;
    let lock = store.drive("r").await?;
    let Err(StoreError::Driven { holder, .. }) = store.drive("r").await else { panic!("driven twice") };
    assert!(holder.contains(&std::process::id().to_string()), "{holder}");
    drop(lock);
    store.drive("r").await?;
    assert!(matches!(store.drive("s").await, Err(StoreError::NoSuchRun { .. })));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn many_may_open_a_new_store_at_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    let opening: Vec<_> = (0..8)
        .map(|number| {
            let path = path.clone();
            tokio::spawn(async move {
                let store = Store::open(&path).await?;
                store.create_run(&run_info(&format!("r{number}")), &items(1)).await
            })
        })
        .collect();
    for one in opening {
        one.await??;
    }
    assert_eq!(Store::open(&path).await?.runs().await?.len(), 8);
    Ok(())
}

#[tokio::test]
async fn a_projection_of_another_fold_is_thrown_away() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    let store = Store::open(&path).await?;
    store.create_run(&run_info("r"), &items(2)).await?;
    store.append("r", "item-1", fixed("x", 2)).await?;
    let (rows, runs) = (store.rows("r").await?, store.runs().await?);
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut other = sqlx::ConnectOptions::connect(&options).await?;
    sqlx::query("UPDATE projection SET fold = 0, verdict = 'invalid', calls = 99, data = '{}'")
        .execute(&mut other)
        .await?;
    assert!(store.rows("r").await.is_err());
    let again = Store::open(&path).await?;
    assert_eq!((again.rows("r").await?, again.runs().await?), (rows.clone(), runs.clone()));
    sqlx::query("DELETE FROM projection").execute(&mut other).await?;
    again.rebuild("r").await?;
    assert_eq!((again.rows("r").await?, again.runs().await?), (rows, runs));
    Ok(())
}

#[tokio::test]
async fn a_write_waits_for_that_of_another_process() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    let store = Store::open(&path).await?;
    store.create_run(&run_info("r"), &items(1)).await?;
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&path);
    let mut other = sqlx::ConnectOptions::connect(&options).await?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut other).await?;
    let waiting = {
        let store = store.clone();
        tokio::spawn(async move { store.append("r", "item-0", vec![(GENERATE, asked(Step::Generate, "x"))]).await })
    };
    tokio::task::yield_now().await;
    assert!(store.record("r", "item-0").await?.entries.is_empty(), "readers do not wait");
    sqlx::query("UPDATE item SET position = 5").execute(&mut other).await?;
    sqlx::query("COMMIT").execute(&mut other).await?;
    assert_eq!(waiting.await??.len(), 1);
    Ok(())
}

/// The workbench and the runner call the store from spawned tasks.
#[tokio::test]
async fn every_call_may_be_spawned() -> Outcome {
    fn send<T: Send>(_: &T) {}
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    let mut out = Vec::new();
    send(&store.drive("r"));
    send(&store.runs());
    send(&store.run("r"));
    send(&store.find_run("r"));
    send(&store.items("r"));
    send(&store.item("r", "i"));
    send(&store.record("r", "i"));
    send(&store.rows("r"));
    send(&store.rebuild("r"));
    send(&store.append("r", "i", Vec::new()));
    send(&store.changed_since(0));
    send(&store.label_history("r", "a"));
    send(&store.import(b""));
    send(&store.import_recorded(b""));
    send(&store.export("r", true, &mut out));
    Ok(())
}
