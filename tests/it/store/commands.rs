use std::path::Path;
use std::process::{Command, Output};

use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::store::Store;
use serde_json::{Value, json};

use super::Outcome;
use crate::support::stored::{FDSP, asked, fixed, items, run_info, stopped, version};

fn fdsp(db: &Path, args: &[&str]) -> std::io::Result<Output> {
    Command::new(env!("CARGO_BIN_EXE_fdsp")).arg("--db").arg(db).args(args).output()
}

fn json(output: &Output) -> Result<Value, serde_json::Error> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout)
}

#[tokio::test]
async fn runs_and_items_are_shown() -> Outcome {
    let folder = tempfile::tempdir()?;
    let db = folder.path().join("store.db");
    let store = Store::open(&db).await?;
    let mut info = run_info("alpha-1");
    info.settings.approaches = vec![ApproachId::Direct, ApproachId::Fdsp];
    store.create_run(&info, &items(2)).await?;
    store.create_run(&run_info("alpha-2"), &items(1)).await?;
    store.append("alpha-1", "item-0", fixed("x", 2)).await?;

    let runs = json(&fdsp(&db, &["runs", "--json"])?)?;
    assert_eq!(runs.as_array().map(Vec::len), Some(2));
    assert_eq!((&runs[0]["id"], &runs[0]["fixed"], &runs[0]["calls"]), (&json!("alpha-1"), &json!(1), &json!(4)));

    let one = json(&fdsp(&db, &["show", "alpha-1", "item-0", "--json"])?)?;
    let outcome =
        json!({"approach": "fdsp", "sample": 0, "verdict": "secure", "solution": 1, "iteration": 2, "calls": 3});
    assert_eq!(one["prompt"], "Write function number 0.");
    assert_eq!(one["generation_calls"], 1);
    assert_eq!(one["events"].as_array().map(Vec::len), Some(fixed("x", 2).len()));
    assert_eq!(one["events"][0]["kind"], "asked");
    assert_eq!(one["outcomes"], json!([outcome]));
    assert_eq!(one["outcome"], outcome);

    let direct = StreamId::new(ApproachId::Direct, 0);
    let step = Step::Refine { solution: None, iteration: 1 };
    let mut events: Vec<_> = version(step, "y", true).into_iter().map(|event| (direct, event)).collect();
    events.push((direct, stopped(fdsp::core::event::StopReason::Exhausted)));
    store.append("alpha-1", "item-0", events).await?;
    let two = json(&fdsp(&db, &["show", "alpha-1", "item-0", "--json"])?)?;
    let direct = json!({"approach": "direct", "sample": 0, "verdict": "vulnerable", "solution": null, "iteration": 1, "calls": 1});
    assert_eq!(two["outcomes"], json!([direct, outcome]));
    assert_eq!(two.get("outcome"), None);

    let run = json(&fdsp(&db, &["show", "alpha-1", "--json"])?)?;
    assert_eq!((&run["done"], &run["rows"][2]["solution"]), (&json!(1), &json!(1)));

    for (args, words) in [
        (["show", "alpha"].as_slice(), "alpha-1, alpha-2"),
        (&["show", "beta"], "no run `beta`"),
        (&["show", "alpha-1", "item-7"], "no item `item-7`"),
    ] {
        let output = fdsp(&db, args)?;
        let error = String::from_utf8(output.stderr)?;
        assert!(output.status.code() == Some(2) && error.contains(words), "{args:?}: {error}");
    }
    Ok(())
}

#[tokio::test]
async fn text_from_a_model_cannot_reach_the_terminal() -> Outcome {
    let folder = tempfile::tempdir()?;
    let db = folder.path().join("store.db");
    let store = Store::open(&db).await?;
    let mut item = items(1).remove(0);
    item.prompt = "red \u{1b}[31m and \u{202e}back".into();
    store.create_run(&run_info("r"), std::slice::from_ref(&item)).await?;
    let evil = fdsp::core::event::Event::Failed(fdsp::core::event::Failed { message: "\u{9b}2J\u{7}".to_owned() });
    store.append("r", &item.id, vec![(FDSP, asked(Step::Solutions, "x")), (FDSP, evil)]).await?;
    for args in [["show", "r", "item-0"].as_slice(), &["show", "r"], &["runs"]] {
        let output = fdsp(&db, args)?;
        let text = String::from_utf8(output.stdout)?;
        assert!(output.status.success() && text.contains('r'), "{args:?}");
        assert!(!text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{args:?}: {text:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_exported_file_is_whole_and_can_be_read_again() -> Outcome {
    let folder = tempfile::tempdir()?;
    let db = folder.path().join("store.db");
    let store = Store::open(&db).await?;
    store.create_run(&run_info("r"), &items(1)).await?;
    store.append("r", "item-0", fixed("x", 1)).await?;
    let plain = fdsp(&db, &["export", "r"])?;
    assert!(plain.status.success());
    let file = folder.path().join("r.jsonl.gz");
    let output = fdsp(&db, &["export", "r", "--output", &file.to_string_lossy()])?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bytes = std::fs::read(&file)?;
    assert!(bytes.starts_with(&[0x1f, 0x8b]));
    for (number, bytes) in [bytes, plain.stdout].iter().enumerate() {
        let other = Store::open(&folder.path().join(format!("{number}.db"))).await?;
        other.import(bytes).await?;
        assert_eq!(other.record("r", "item-0").await?.entries, store.record("r", "item-0").await?.entries);
    }
    let refused = fdsp(&db, &["export", "r", "--output", &folder.path().join("no/such/r.gz").to_string_lossy()])?;
    assert!(String::from_utf8(refused.stderr)?.contains("no/such/r.gz"));
    assert_eq!(refused.status.code(), Some(2));
    Ok(())
}

#[tokio::test]
async fn a_newer_store_is_refused_and_a_new_folder_is_private() -> Outcome {
    let folder = tempfile::tempdir()?;
    let db = folder.path().join("mine/store.db");
    drop(Store::open(&db).await?);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join("mine"))?.permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'later', 1, x'00', 0)";
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&db);
    let mut connection = sqlx::ConnectOptions::connect(&options).await?;
    sqlx::query(later).execute(&mut connection).await?;
    let error = Store::open(&db).await.map(drop).expect_err("a newer store was opened").to_string();
    assert!(error.contains("newer fdsp") && error.contains("9999") && error.contains("store.db"), "{error}");
    std::fs::write(folder.path().join("text.db"), "this is not a database, and long enough to be looked at")?;
    let error = Store::open(&folder.path().join("text.db")).await.map(drop).expect_err("text was opened").to_string();
    assert!(error.contains("text.db"), "{error}");
    Ok(())
}
