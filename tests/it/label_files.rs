//! Labels out and in on the command line.

use std::path::Path;

use fdsp::core::event::Event;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::text::sha256_hex;
use fdsp::store::Store;
use serde_json::Value;

use crate::support::fdsp::{Fdsp, json};
use crate::support::stored::{FDSP, fixed, items, refine, run_info};

type Outcome = Result<(), Box<dyn std::error::Error>>;

/// Two people's homes with the same run.
async fn homes() -> Result<[Fdsp; 2], Box<dyn std::error::Error>> {
    let homes = [Fdsp::new(), Fdsp::new()];
    let first = Store::open(&homes[0].db()).await?;
    first.create_run(&run_info("alpha"), &items(3)).await?;
    for at in 0..3 {
        first.append("alpha", &format!("item-{at}"), fixed(&format!("x{at}"), 1)).await?;
    }
    let file = homes[0].home().join("run.jsonl");
    let out = homes[0].output(&["export", "alpha", "-o", path(&file)]);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    assert_eq!(homes[1].output(&["import", "run", path(&file)]).code, Some(0));
    Ok(homes)
}

fn path(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

async fn say(home: &Fdsp, author: &str, at: usize, verdict: LabelVerdict, comment: Option<&str>) -> Outcome {
    let code = sha256_hex(format!("x{at} = 'try 1'"));
    let label = Label {
        verdict: Some(verdict),
        comment: comment.map(str::to_owned),
        seconds: 3.5,
        ..Label::on(author, refine(1, 1), &code)
    };
    let store = Store::open(&home.db()).await?;
    store.append("alpha", &format!("item-{at}"), vec![(FDSP, Event::Labelled(label))]).await?;
    Ok(())
}

/// Labels of ann here and of bob there, who differ on one version, each exported to a file.
async fn labelled() -> Result<([Fdsp; 2], [std::path::PathBuf; 2]), Box<dyn std::error::Error>> {
    let homes = homes().await?;
    for at in 0..3 {
        say(&homes[0], "ann", at, LabelVerdict::Realistic, None).await?;
        let bob = if at == 1 { LabelVerdict::Unrealistic } else { LabelVerdict::Realistic };
        say(&homes[1], "bob", at, bob, Some("=1+1\u{1b}[31m")).await?;
    }
    let files = [homes[0].home().join("ann.jsonl"), homes[1].home().join("bob.jsonl")];
    for (home, file) in homes.iter().zip(&files) {
        let out = home.output(&["labels", "export", "alpha", "-o", path(file)]);
        assert!(out.code == Some(0) && out.stderr.ends_with(": 3 label events\n"), "{}", out.stderr);
    }
    Ok((homes, files))
}

#[tokio::test]
async fn two_stores_come_to_the_same_by_exchanging_files() -> Outcome {
    let (homes, files) = labelled().await?;
    let dry = homes[0].output(&["labels", "import", "--dry-run", path(&files[1])]);
    assert!(dry.stdout.starts_with("3 label events would be added, 0 are here already\n"), "{}", dry.stdout);
    let into = homes[0].output(&["labels", "import", path(&files[1])]);
    assert_eq!(
        (into.code, into.stdout.as_str()),
        (
            Some(0),
            "3 label events added, 0 are here already\nrun `alpha`: 1 version waits for adjudication\n  \
             item-1 fdsp s1.k1: ann realistic, bob unrealistic\n"
        )
    );
    // Both files at once, one of them known.
    let both = homes[1].output(&["labels", "import", path(&files[0]), path(&files[1]), "--json"]);
    let told = json(&both.stdout);
    assert_eq!((&told["added"], &told["known"]), (&3.into(), &3.into()), "{told}");
    assert_eq!(told["disputed"][0]["versions"], 1);
    let whole = homes.each_ref().map(|home| home.output(&["labels", "export", "alpha"]).stdout);
    assert_eq!(whole[0], whole[1]);
    let agree = homes.each_ref().map(|home| home.output(&["labels", "agreement", "alpha", "--json"]).stdout);
    assert_eq!(agree[0], agree[1]);
    let again = homes[0].output(&["labels", "import", path(&files[0]), path(&files[1])]).stdout;
    assert!(again.starts_with("0 label events added, 6 are here already\n"), "{again}");
    let one = homes[0].output(&["labels", "export", "alpha", "--annotator", "bob"]).stdout;
    assert_eq!(one, std::fs::read_to_string(&files[1])?);
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_not_whole_is_refused_with_every_fault() -> Outcome {
    let (homes, files) = labelled().await?;
    let text = std::fs::read_to_string(&files[1])?;
    let bad = homes[0].home().join("bad.jsonl");
    let edited = text.replacen("\"unrealistic\"", "\"realistic\"", 1).replacen("\"seconds\":3.5", "\"seconds\":4.0", 1);
    std::fs::write(&bad, edited)?;
    let out = homes[0].output(&["labels", "import", path(&bad)]);
    assert_eq!(out.code, Some(1), "{}", out.stderr);
    for said in
        ["bad.jsonl:2: bob, labelled on item `item-0`", "bad.jsonl:3: bob", "Refused, nothing was imported: 2 faults."]
    {
        assert!(out.stdout.contains(said), "{said}: {}", out.stdout);
    }
    assert!(!out.stdout.contains("--accept-gaps"), "{}", out.stdout);
    let kept: Vec<&str> = text.lines().take(3).collect();
    std::fs::write(&bad, kept.join("\n") + "\n")?;
    let out = homes[0].output(&["labels", "import", path(&bad)]);
    assert!(out.code == Some(1) && out.stdout.contains("--accept-gaps"), "{}", out.stdout);
    assert!(out.stdout.contains("bad.jsonl: the chain of bob over run `alpha` ends with"), "{}", out.stdout);
    assert_eq!(homes[0].output(&["labels", "import", "--accept-gaps", path(&bad)]).code, Some(0));
    let verify = homes[0].output(&["labels", "verify", "alpha"]);
    assert!(
        verify.code == Some(0) && verify.stdout.starts_with("alpha: whole\n  ann: 3 events, ends with "),
        "{}",
        verify.stdout
    );
    // What is missing at the end shows against the whole file alone.
    let against = homes[0].output(&["labels", "verify", "alpha", "--against", path(&files[1])]);
    assert!(against.code == Some(1) && against.stdout.contains("is not here: it was taken away"), "{}", against.stdout);
    for (text, why) in [("{}\n", "neither what `fdsp labels export` writes"), ("[1", "no array of tasks")] {
        std::fs::write(&bad, text)?;
        let out = homes[0].output(&["labels", "import", path(&bad)]);
        assert!(out.code == Some(2) && out.stderr.contains(why), "{}", out.stderr);
    }
    Ok(())
}

#[tokio::test]
async fn tables_and_tasks_for_other_tools() -> Outcome {
    let (homes, _) = labelled().await?;
    let table = homes[1].output(&["labels", "export", "alpha", "--format", "csv"]).stdout;
    let mut rows = csv::Reader::from_reader(table.as_bytes());
    let head = rows.headers()?.clone();
    let rows: Vec<csv::StringRecord> = rows.records().collect::<Result<_, _>>()?;
    let cell = |row: usize, name: &str| -> &str {
        let at = head.iter().position(|known| known == name).expect("a column");
        rows[row].get(at).expect("a cell")
    };
    assert_eq!((rows.len(), cell(1, "verdict"), cell(1, "annotator")), (3, "unrealistic", "bob"));
    assert!(cell(1, "comment").starts_with("'=1+1"), "{}", cell(1, "comment"));
    assert_eq!((cell(1, "seconds"), cell(1, "step")), ("3.5", "s1.k1"));

    let tasks = json(&homes[1].output(&["labels", "export", "alpha", "--format", "label-studio"]).stdout);
    let task = &tasks[1];
    assert_eq!((tasks.as_array().map(Vec::len), &task["data"]["after"]), (Some(3), &"x1 = 'try 1'".into()));
    assert_eq!((&task["data"]["before"], &task["data"]["item"]), (&"x1 = 'generated'".into(), &"item-1".into()));
    let results = task["annotations"][0]["result"].as_array().expect("results");
    let named = |name: &str| results.iter().find(|result| result["from_name"] == name).expect("a result");
    assert_eq!(named("verdict")["value"]["choices"], serde_json::json!(["unrealistic"]));
    assert_eq!((&named("verdict")["type"], &named("comment")["type"]), (&"choices".into(), &"textarea".into()));
    assert_eq!(named("annotator")["value"]["text"], serde_json::json!(["bob"]));
    let interface = homes[1].output(&["labels", "export", "alpha", "--format", "label-studio", "--interface"]).stdout;
    for result in results {
        let name = format!(
            "name=\"{}\" toName=\"{}\"",
            result["from_name"].as_str().unwrap(),
            result["to_name"].as_str().unwrap()
        );
        assert!(interface.contains(&name), "{name}: {interface}");
    }
    let answers = homes[1].output(&["labels", "export", "alpha", "--format", "prodigy"]).stdout;
    let answers: Vec<Value> = answers.lines().map(json).collect();
    assert_eq!((answers.len(), &answers[1]["accept"]), (3, &serde_json::json!(["unrealistic"])));
    assert_eq!((&answers[1]["answer"], &answers[1]["_annotator_id"]), (&"accept".into(), &"bob".into()));

    // Given in the tool: another verdict by bob, and one of somebody without a name.
    let mut given = tasks.clone();
    given[0]["annotations"][0]["result"][0]["value"]["choices"] = serde_json::json!(["unsure"]);
    let nameless = serde_json::json!({"result": [{"from_name": "verdict", "to_name": "after", "type": "choices",
        "value": {"choices": ["realistic"]}}], "completed_by": 7, "lead_time": 8.25});
    given[2]["annotations"].as_array_mut().expect("annotations").push(nameless);
    let file = homes[0].home().join("studio.json");
    std::fs::write(&file, given.to_string())?;
    let out = homes[1].output(&["labels", "import", path(&file)]);
    assert_eq!(out.code, Some(0), "{}", out.stderr);
    for said in
        ["1 label event added, 2 are here already", "quarantined, not imported: 1", "task 2 field `completed_by`"]
    {
        assert!(out.stdout.contains(said), "{said}: {}", out.stdout);
    }
    let named = homes[1].output(&["labels", "import", path(&file), "--annotator", "gus"]);
    assert!(named.stdout.starts_with("1 label event added, 3 are here already\n"), "{}", named.stdout);
    let whole = homes[1].output(&["labels", "verify", "alpha"]).stdout;
    assert!(whole.starts_with("alpha: whole\n  bob: 4 events") && whole.contains("gus: 1 event,"), "{whole}");
    Ok(())
}
