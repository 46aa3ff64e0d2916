use fdsp::core::ids::{ApproachId, StreamId};
use fdsp::core::label::LabelVerdict;
use fdsp::store::Store;
use sqlx::Connection as _;

use super::Outcome;
use crate::support::fdsp::{Fdsp, json};
use crate::support::stored::{FDSP, fixed, items, label, refine, run_info};

async fn stored(fdsp: &Fdsp) -> Outcome {
    let store = Store::open(&fdsp.db()).await?;
    let mut info = run_info("clean");
    info.settings.approaches = vec![ApproachId::Direct, ApproachId::Fdsp];
    store.create_run(&info, &items(3)).await?;
    store.append("clean", "item-0", fixed("x", 2)).await?;
    store.append("clean", "item-1", fixed("y", 1)).await?;
    let direct = StreamId::new(ApproachId::Direct, 0);
    let failed = fdsp::core::event::Failed { message: "no answer".to_owned() };
    store.append("clean", "item-1", vec![(direct, fdsp::core::event::Event::Failed(failed))]).await?;
    store.append("clean", "item-0", vec![(FDSP, label("ann", refine(1, 2), LabelVerdict::Realistic))]).await?;
    Ok(())
}

async fn damage(fdsp: &Fdsp, sql: &'static str) -> Outcome {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(fdsp.db());
    let mut db = sqlx::SqliteConnection::connect_with(&options).await?;
    let done = sqlx::query(sql).execute(&mut db).await?;
    assert_eq!(done.rows_affected(), 1, "{sql}");
    db.close().await?;
    Ok(())
}

#[tokio::test]
async fn a_clean_run_passes() -> Outcome {
    let fdsp = Fdsp::new();
    stored(&fdsp).await?;
    let output = fdsp.output(&["recompute", "cle"]);
    assert_eq!(output.code, Some(0), "{}{}", output.stdout, output.stderr);
    assert!(output.stdout.starts_with("clean: 3 items, "), "{}", output.stdout);
    assert!(output.stdout.ends_with("all equal\n"), "{}", output.stdout);
    let view = json(&fdsp.output(&["recompute", "clean", "--json"]).stdout);
    assert_eq!((view["items"].as_u64(), view["rows"].as_u64()), (Some(3), Some(5)));
    assert_eq!(view["events"].as_u64(), Some((fixed("x", 2).len() + fixed("y", 1).len() + 2) as u64));
    assert!(view["numbers"].as_u64().is_some_and(|numbers| numbers > 100), "{view}");
    assert_eq!(fdsp.output(&["recompute", "nobody"]).code, Some(2));
    Ok(())
}

/// A value inside a row, a column that the list of runs counts, a row that is gone, one too many, and rubbish.
#[tokio::test]
async fn damage_is_found_and_named() -> Outcome {
    let cases: [(&str, &str, bool); 5] = [
        (
            "UPDATE projection SET data = json_set(data, '$.strict.verdict', 'vulnerable') \
             WHERE approach = 'fdsp' AND item = (SELECT key FROM item WHERE id = 'item-0')",
            "clean item-0 fdsp sample 0 row.strict.verdict: stored \"vulnerable\", from the events \"secure\"",
            true,
        ),
        (
            "UPDATE projection SET labelled = 0 WHERE labelled = 1",
            "clean item-0 fdsp sample 0 column.labelled: stored 0, from the events 1",
            false,
        ),
        (
            "DELETE FROM projection WHERE approach = 'generate' AND item = (SELECT key FROM item WHERE id = 'item-1')",
            "clean item-1 generate sample 0 row: stored nothing, from the events {",
            true,
        ),
        (
            "INSERT INTO projection SELECT item, 'feedback', 0, run, fold, requested, stopped, failed, generated, verdict, \
             labelled, calls, json_set(data, '$.approach', 'feedback') FROM projection \
             WHERE approach = 'fdsp' AND item = (SELECT key FROM item WHERE id = 'item-1')",
            "clean item-1 feedback sample 0 row: stored {",
            true,
        ),
        (
            "UPDATE projection SET data = 'rubbish' WHERE approach = 'direct'",
            "clean item-1 direct sample 0 row: stored \"rubbish\", from the events nothing",
            false,
        ),
    ];
    for (sql, words, numbers) in cases {
        let fdsp = Fdsp::new();
        stored(&fdsp).await?;
        damage(&fdsp, sql).await?;
        let output = fdsp.output(&["recompute", "clean"]);
        assert_eq!(output.code, Some(1), "{sql}: {}{}", output.stdout, output.stderr);
        assert!(output.stdout.contains(words), "{sql}: {}", output.stdout);
        let view = json(&fdsp.output(&["recompute", "clean", "--json"]).stdout);
        assert_eq!(!view["number_differences"].as_array().expect("a list").is_empty(), numbers, "{sql}: {view}");

        assert_eq!(fdsp.output(&["recompute", "clean", "--rebuild"]).code, Some(1));
        let output = fdsp.output(&["recompute", "clean"]);
        assert_eq!(output.code, Some(0), "{sql}: {}", output.stdout);
    }
    Ok(())
}
