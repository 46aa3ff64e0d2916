//! Reasons, skips, flags and lines where labels are told: show, CSV, report, agreement.

use fdsp::core::event::Event;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::text::sha256_hex;
use fdsp::review::guideline::Guideline;
use fdsp::store::Store;

use crate::support::fdsp::{Fdsp, json};
use crate::support::stored::{FDSP, fixed, items, refine, run_info};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn labelled(fdsp: &Fdsp) -> Result<Store, Box<dyn std::error::Error>> {
    let store = Store::open(&fdsp.db()).await?;
    store.create_run(&run_info("alpha"), &items(3)).await?;
    for at in 0..3 {
        store.append("alpha", &format!("item-{at}"), fixed("x", 1)).await?;
    }
    let guideline = Guideline::builtin();
    let on = |author: &str| Label {
        guideline: Some(guideline.version),
        guideline_hash: Some(guideline.hash.clone()),
        ..Label::on(author, refine(1, 1), &sha256_hex("x = 'try 1'"))
    };
    let verdict = Some(LabelVerdict::Unrealistic);
    let reasons = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    let said = [
        (0, Label { verdict, reasons: reasons(&["stub", "moved"]), lines: Some((1, 1)), ..on("ann") }),
        (0, Label { verdict, reasons: reasons(&["stub"]), comment: Some("=cmd()".to_owned()), ..on("bob") }),
        (0, Label { flag: Some(true), ..on("ann") }),
        (1, Label { verdict, ..on("ann") }),
        (1, Label { verdict: Some(LabelVerdict::Realistic), ..on("bob") }),
        (2, Label { verdict, ..on("ann") }),
        (2, Label { skip: true, comment: Some("not now".to_owned()), ..on("ann") }),
        (2, Label { flag: Some(true), ..on("bob") }),
        (2, Label { flag: Some(false), ..on("bob") }),
    ];
    for (at, label) in said {
        store.append("alpha", &format!("item-{at}"), vec![(FDSP, Event::Labelled(label))]).await?;
    }
    Ok(store)
}

#[tokio::test]
async fn what_labels_say_is_told_wherever_they_are() -> Outcome {
    let fdsp = Fdsp::new();
    labelled(&fdsp).await?;
    let shown = fdsp.output(&["show", "alpha", "item-0"]).stdout;
    for words in ["unrealistic by ann (stub, moved), line 1", "unrealistic by bob (stub): =cmd()", "flagged by ann"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let shown = fdsp.output(&["show", "alpha", "item-2"]).stdout;
    assert!(shown.contains("skipped by ann not now") && shown.contains("no longer flagged by bob"), "{shown}");

    let csv = fdsp.output(&["export", "alpha", "--format", "csv", "--versions"]).stdout;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let head = reader.headers()?.clone();
    let rows: Vec<csv::StringRecord> = reader.records().collect::<Result<_, _>>()?;
    let cell = |item: &str, column: &str| {
        let at = head.iter().position(|name| name == column).expect("a column");
        let row = rows.iter().find(|row| &row[3] == item && &row[4] == "fdsp").expect("a row");
        row[at].to_owned()
    };
    for (item, column, value) in [
        ("item-0", "skipped", ""),
        ("item-0", "flagged", "ann"),
        ("item-0", "reasons", "ann:stub,moved bob:stub"),
        ("item-0", "comments", "ann: line 1\nbob: =cmd()"),
        ("item-1", "reasons", ""),
        ("item-2", "skipped", "ann"),
        ("item-2", "flagged", ""),
        ("item-2", "comments", "ann: not now"),
        ("item-2", "label", ""),
    ] {
        assert_eq!(cell(item, column), value, "{item} {column}");
    }

    let report = json(&fdsp.output(&["report", "alpha", "--table", "1", "--format", "json"]).stdout);
    assert_eq!(report["reasons"][0]["versions"], 2);
    assert_eq!(report["reasons"][0]["without"], 1);
    assert_eq!(report["reasons"][0]["reasons"][1]["reason"], "stub");
    assert_eq!(report["reasons"][0]["reasons"][1]["labels"], 2);
    let text = fdsp.output(&["report", "alpha", "--table", "1"]).stdout;
    let from = text.find("Reasons for unrealistic").ok_or("no table of reasons")?;
    let table = text[from..].split("Agreement of annotators").next().unwrap_or_default();
    insta::assert_snapshot!("reasons", table);
    Ok(())
}

#[tokio::test]
async fn agreement_says_that_a_guideline_was_edited() -> Outcome {
    let fdsp = Fdsp::new();
    labelled(&fdsp).await?;
    let agreement = |more: &[&str]| fdsp.output(&[&["labels", "agreement", "alpha"], more].concat()).stdout;
    assert!(!agreement(&[]).contains("several texts"));
    let hash = Guideline::builtin().hash.clone();
    assert_eq!(json(&agreement(&["--json"]))["guidelines"], serde_json::json!([{ "version": 1, "hash": hash }]));
    std::fs::write(fdsp.home().join("guideline.toml"), "version = 1\ntitle = 'ours'")?;
    let other = Guideline::parse("g", "version = 1\ntitle = 'ours'")?.hash;
    let said = agreement(&[]);
    assert!(said.contains("Guideline version 1 has several texts"), "{said}");
    assert!(said.contains(&hash) && said.contains(&other), "{said}");
    std::fs::write(fdsp.home().join("guideline.toml"), "version = 2\ntitle = 'ours'")?;
    assert!(!agreement(&[]).contains("several texts"));
    Ok(())
}
