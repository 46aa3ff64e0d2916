use fdsp::core::fold::ItemState;
use fdsp::core::label::LabelVerdict;
use fdsp::store::{Imported, Store, StoreError};

use super::Outcome;
use crate::support::stored::{FDSP, asked, fixed, items, label, refine, run_info};

async fn filled(path: &std::path::Path) -> Result<Store, StoreError> {
    let store = Store::open(path).await?;
    store.create_run(&run_info("r"), &items(3)).await?;
    // Two items that share texts, one without events; labels between the run's events.
    for item in ["item-0", "item-2"] {
        let events = fixed("x", 3);
        let (first, rest) = events.split_at(12);
        store.append("r", item, first.to_vec()).await?;
        store.append("r", item, vec![(FDSP, label("ann", refine(1, 1), LabelVerdict::Unsure))]).await?;
        store.append("r", item, rest.to_vec()).await?;
    }
    Ok(store)
}

async fn lines(store: &Store, labels: bool) -> Result<String, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    store.export("r", labels, &mut bytes).await?;
    Ok(String::from_utf8(bytes)?)
}

#[tokio::test]
async fn a_run_survives_its_file() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = filled(&folder.path().join("a.db")).await?;
    for labels in [true, false] {
        let file = lines(&store, labels).await?;
        let other = Store::open(&folder.path().join(format!("{labels}.db"))).await?;
        let done = other.import(file.as_bytes()).await?;
        assert_eq!(done, Imported { run: "r".to_owned(), known: false });
        assert_eq!(lines(&other, labels).await?, file);
        assert_eq!(other.run("r").await?, store.run("r").await?);
        for item in items(3) {
            let here = store.record("r", &item.id).await?;
            let mut there = other.record("r", &item.id).await?;
            assert_eq!(here.item, there.item);
            let expected: Vec<_> = here.entries.into_iter().filter(|entry| labels || !entry.event.is_label()).collect();
            for (entry, expected) in there.entries.iter_mut().zip(&expected) {
                if !labels {
                    entry.seq = expected.seq;
                }
            }
            assert_eq!(there.entries, expected);
        }
        let rows = other.rows("r").await?;
        other.rebuild("r").await?;
        assert_eq!(rows, other.rows("r").await?);
        // Again is no error, neither here nor where it came from.
        assert!(other.import(file.as_bytes()).await?.known);
        assert!(store.import(file.as_bytes()).await?.known);
    }
    let history = store.label_history("r", "ann").await?;
    let other = Store::open(&folder.path().join("true.db")).await?;
    assert_eq!(other.label_history("r", "ann").await?, history);
    Ok(())
}

#[tokio::test]
async fn the_same_name_for_another_run_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = filled(&folder.path().join("a.db")).await?;
    let file = lines(&store, false).await?;
    let other = Store::open(&folder.path().join("b.db")).await?;
    other.create_run(&run_info("r"), &items(3)).await?;
    let refused = other.import(file.as_bytes()).await.map(drop).expect_err("imported over another run").to_string();
    assert!(refused.contains("already") && refused.contains("item-0"), "{refused}");
    assert!(other.record("r", "item-0").await?.entries.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_damaged_file_is_refused_with_its_line() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = lines(&filled(&folder.path().join("a.db")).await?, true).await?;
    let all: Vec<&str> = file.lines().collect();
    let blob = all.iter().position(|line| line.starts_with(r#"{"blob""#)).expect("a text");
    let event = all.iter().position(|line| line.starts_with(r#"{"event""#)).expect("an event");
    let without = |at: usize| [&all[..at], &all[at + 1..]].concat().join("\n");
    let with = |at: usize, new: &str| [&all[..at], &[new], &all[at + 1..]].concat().join("\n");
    let cases = [
        (all[..all.len() - 1].join("\n"), all.len(), "cut off"),
        (file[..file.len() - 20].to_owned(), all.len(), "cannot be read"),
        (without(event + 1), event + 2, "missing or moved"),
        (without(blob), event, "missing"),
        (with(blob, &all[blob].replace("template", "templates")), blob + 1, "changed"),
        (with(event, &all[event].replace("item-0", "item-9")), event + 1, "item-9"),
        (with(event, &all[event].replace(r#""kind":"asked""#, r#""kind":"begged""#)), event + 1, "begged"),
        (without(1), event, "item-0"),
        (with(0, &all[0].replace(r#""labels":true"#, r#""labels":false"#)), event + 13, "label"),
        (with(0, &all[0].replace(r#""fdsp":1"#, r#""fdsp":2"#)), 1, "newer"),
        (format!("{file}{{}}\n"), all.len() + 1, "follows"),
        ("hello\n".to_owned(), 1, "not a run"),
        (String::new(), 1, "not a run"),
    ];
    for (number, (text, line, words)) in cases.into_iter().enumerate() {
        let store = Store::open(&folder.path().join(format!("{number}.db"))).await?;
        let error = store.import(text.as_bytes()).await.map(drop).expect_err("a damaged file was taken");
        assert!(matches!(error, StoreError::Import { line: at, .. } if at == line), "case {number}: {error}");
        assert!(error.to_string().contains(words), "case {number}: {error}");
        assert!(store.runs().await?.is_empty());
    }
    Ok(())
}

#[tokio::test]
async fn a_recorded_run_is_frozen_and_takes_labels() -> Outcome {
    let folder = tempfile::tempdir()?;
    let file = lines(&filled(&folder.path().join("a.db")).await?, false).await?;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packed, file.as_bytes())?;
    let packed = packed.finish()?;
    let store = Store::open(&folder.path().join("b.db")).await?;
    for _ in 0..2 {
        assert_eq!(store.import_recorded(&packed).await?, "r");
    }
    assert!(store.run("r").await?.recorded);
    let refused = store.append("r", "item-1", vec![(FDSP, asked(refine(1, 1), "x"))]).await;
    assert!(matches!(refused, Err(StoreError::Frozen { .. })), "{refused:?}");
    store.append("r", "item-0", vec![(FDSP, label("ann", refine(1, 3), LabelVerdict::Realistic))]).await?;
    assert_eq!(store.runs().await?[0].labelled, 1);
    // Exported without its labels it is the file that it came from.
    assert_eq!(lines(&store, false).await?, file);

    let half = store.import_recorded(&packed[..packed.len() / 2]).await;
    assert_eq!(half?, "r", "what is there already is not read again");
    let empty = Store::open(&folder.path().join("c.db")).await?;
    assert!(matches!(empty.import_recorded(&packed[..packed.len() / 2]).await, Err(StoreError::Import { .. })));
    let state = ItemState::of(&store.record("r", "item-0").await?.entries);
    assert_eq!(state.labels.len(), 1);
    Ok(())
}
