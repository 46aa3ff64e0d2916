use std::fs;
use std::path::Path;

use serde_json::json;

use super::{BROKEN, SECURE, VULNERABLE, row, told, write};
use crate::support::bandit;
use crate::support::fdsp::Fdsp;
use crate::support::server::{Reply, Server};

/// Six items that are read and three that are not.
fn folders(root: &Path) {
    write(root, "2/generate_code.py", VULNERABLE);
    write(root, "2/Direct_prompting.py", SECURE.replace('\n', "\r\n"));
    write(root, "2/Self_Debug.py", VULNERABLE);
    write(root, "2/Directly_giving_bandit_feedback.py", "");
    write(root, "2/Verbalization.py", b"x = '\xff'\n");
    write(root, "2/strategies.py", SECURE);
    write(root, "2/notes.txt", "mine");
    write(root, "10/generate_code.py", SECURE);
    write(root, "1/generate_code.py", "");
    write(root, "9/generate_code.py", BROKEN);
    write(root, "9/text.txt", "Load it.");
    write(root, "11/generate_code.py", SECURE);
    write(root, "11/strategies.py", VULNERABLE);
    write(root, "12/generate_code.py", VULNERABLE);
    write(root, "12/strategies.py", VULNERABLE);
    write(root, "13/Self_Debug.py", SECURE);
    write(root, "14/generate_code.py", b"\xff\xfe");
    write(root, "README.md", "about");
    write(root, ".git/generate_code.py", SECURE);
    write(root, "2/__pycache__/x.pyc", "x");
}

#[test]
fn the_authors_folders_become_a_run() {
    let fdsp = Fdsp::new();
    let root = fdsp.home().join("artifact");
    folders(&root);
    let report = told(
        &fdsp,
        &["import", "fdsp-artifact", "artifact", "--scanner", "ruff", "--model", "gpt-4", "--name", "theirs", "--json"],
    );
    let run = &report["runs"][0];
    assert_eq!((&run["run"], &run["items"], &run["vulnerable"]), (&json!("theirs"), &json!(6), &json!(2)));
    let counts = |refined: u32, secure: u32, invalid: u32, needless: u32, missing: u32| json!({"refined": refined, "secure_from_start": secure, "invalid": invalid, "needless": needless, "missing": missing});
    assert_eq!(
        run["approaches"],
        json!({
            "direct": counts(1, 2, 2, 0, 1),
            "self-debug": counts(1, 2, 2, 0, 1),
            "feedback": counts(1, 2, 2, 0, 1),
            "verbalize": counts(0, 2, 2, 0, 2),
            "fdsp": counts(2, 1, 2, 1, 0),
        })
    );
    let files = |what: &str| -> Vec<String> {
        let rows = report[what].as_array().expect("a list");
        rows.iter().map(|row| row["file"].as_str().expect("a file").to_owned()).collect()
    };
    assert_eq!(files("quarantined"), ["13", "14/generate_code.py", "README.md"]);
    assert_eq!(files("set_aside"), ["2/notes.txt", "2/Verbalization.py"]);
    assert!(report["set_aside"][1]["reason"].as_str().expect("words").contains("UTF-8 after 5 bytes"));
    assert_eq!(report["empty"], json!(["1/generate_code.py", "2/Directly_giving_bandit_feedback.py"]));

    let shown = told(&fdsp, &["show", "theirs", "--json"]);
    assert_eq!(
        (&shown["quarantined"], &shown["calls"], &shown["model"]["name"]),
        (&json!(3), &json!(0), &json!("gpt-4"))
    );
    let items: Vec<&str> = shown["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .filter(|row| row["approach"] == "generate")
        .map(|row| row["item"].as_str().expect("an id"))
        .collect();
    assert_eq!(items, ["1", "2", "9", "10", "11", "12"], "in natural order");
    for (item, approach, stopped, strict, paper) in [
        ("2", "direct", json!("fixed"), "secure", "secure"),
        ("2", "self-debug", json!("exhausted"), "vulnerable", "vulnerable"),
        ("2", "feedback", json!("exhausted"), "invalid", "secure"),
        ("2", "fdsp", json!("fixed"), "secure", "secure"),
        ("10", "fdsp", json!("secure-from-start"), "secure", "secure"),
        ("1", "direct", json!("invalid"), "invalid", "secure"),
        ("9", "direct", json!("invalid"), "invalid", "secure"),
        ("11", "fdsp", json!("secure-from-start"), "secure", "secure"),
        ("12", "fdsp", json!("exhausted"), "vulnerable", "vulnerable"),
    ] {
        let row = row(&shown, item, approach);
        assert_eq!((&row["stopped"], &row["failed"]), (&stopped, &json!(false)), "{row}");
        assert_eq!((&row["strict"]["verdict"], &row["paper"]["verdict"]), (&json!(strict), &json!(paper)), "{row}");
    }
    let lost = row(&shown, "2", "verbalize");
    assert_eq!((&lost["failed"], &lost["stopped"], &lost["verdict"]), (&json!(true), &json!(null), &json!(null)));

    let item = told(&fdsp, &["show", "theirs", "2", "--json"]);
    let events = item["events"].as_array().expect("events");
    let direct: Vec<&str> = events
        .iter()
        .filter(|event| event["approach"] == "direct")
        .map(|event| event["kind"].as_str().expect("a kind"))
        .collect();
    assert_eq!(direct, ["extracted", "checked", "scanned", "stopped"]);
    let extracted = events.iter().find(|event| event["approach"] == "direct").expect("an event");
    assert_eq!((&extracted["why"], &extracted["step"]), (&json!("read from 2/Direct_prompting.py"), &json!("k1")));
    assert_eq!(extracted["code"], SECURE, "line ends are those of data sets");
    assert_eq!(told(&fdsp, &["show", "theirs", "9", "--json"])["prompt"], "Load it.");

    let refused = fdsp.output(&["resume", "theirs"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("was imported"), "{}", refused.stderr);
}

#[test]
fn verdicts_are_those_of_real_bandit_and_prompts_come_from_a_data_set() {
    let fdsp = Fdsp::new();
    folders(&fdsp.home().join("artifact"));
    let prompts = "{\"id\": \"2\", \"prompt\": \"Read it.\", \"cwe\": 502, \"origin\": \"so\"}\n{\"id\": \"3\", \"prompt\": \"x\"}\n";
    write(fdsp.home(), "prompts.jsonl", prompts);
    let command = ["import", "fdsp-artifact", "artifact", "--verdict", "paper", "--prompts", "prompts.jsonl"];
    let output = fdsp
        .command(&command)
        .args(["--scanner", "bandit"])
        .env("FDSP_BANDIT", bandit::path())
        .output()
        .expect("fdsp runs");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!((output.status.code(), &*stdout), (Some(0), "artifact-unknown-imported\n"), "{stderr}");
    for words in [
        "6 items, 2 vulnerable",
        "5 without a prompt",
        "quarantined (no part of any item): 3",
        "13: the folder has no generate_code.py",
    ] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    let run = told(&fdsp, &["show", "artifact-unknown-imported", "--json"]);
    assert_eq!((&run["settings"]["scanner"], &run["dataset"]), (&json!("bandit"), &json!("prompts")));
    // The paper's evaluation takes an empty file and one that does not parse for secure.
    assert_eq!(row(&run, "1", "direct")["stopped"], "secure-from-start");
    assert_eq!(row(&run, "2", "feedback")["verdict"], "secure");
    assert_eq!(row(&run, "2", "generate")["cwes"], json!([502]));
    let item = told(&fdsp, &["show", "artifact-unknown-imported", "2", "--json"]);
    assert_eq!(
        (&item["prompt"], &item["cwe"], &item["fields"]),
        (&json!("Read it."), &json!([502]), &json!({"origin": "so"}))
    );
    assert_eq!(told(&fdsp, &["show", "artifact-unknown-imported", "10", "--json"])["prompt"], "");
}

#[test]
fn an_imported_item_is_shown_with_its_steps() {
    let fdsp = Fdsp::new();
    folders(&fdsp.home().join("artifact"));
    told(&fdsp, &["import", "fdsp-artifact", "artifact", "--scanner", "ruff", "--name", "theirs", "--json"]);
    let output = fdsp.output(&["render", "--screen", "steps", "--run", "theirs", "--item", "2", "--out", "steps.txt"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let screen = fs::read_to_string(fdsp.home().join("steps.txt")).expect("the picture");
    for words in ["generated", "B301", "k1", "fixed by k1", "0 calls", "json.loads"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn folders_that_are_no_artifact_are_refused_with_a_hint() {
    let fdsp = Fdsp::new();
    write(fdsp.home(), "gpt4/sets/1/generate_code.py", SECURE);
    write(fdsp.home(), "none/x/y.py", SECURE);
    for (folder, words) in [
        ("gpt4/sets/1", "the folder of one item"),
        ("gpt4", "seem to lie in gpt4/sets"),
        ("none", "no folder in it holds a readable generate_code.py"),
        ("absent", "absent: No such file"),
    ] {
        let output = fdsp.output(&["import", "fdsp-artifact", folder, "--scanner", "ruff"]);
        assert!(output.code == Some(2) && output.stderr.contains(words), "{folder}: {}", output.stderr);
        assert_eq!(output.stdout, "");
    }
    assert_eq!(told(&fdsp, &["runs", "--json"]).as_array().map(Vec::len), Some(0), "nothing half-made is left");
}

#[cfg(unix)]
#[test]
fn names_and_links_from_others_do_no_harm() {
    let fdsp = Fdsp::new();
    let root = fdsp.home().join("artifact");
    write(&root, "a\u{202e}b/generate_code.py", VULNERABLE);
    write(&root, "new\nline/generate_code.py", VULNERABLE);
    write(&root, "=cmd()/generate_code.py", VULNERABLE);
    write(&root, "=cmd()/\u{1b}[31m.py", VULNERABLE);
    write(fdsp.home(), "secret", SECURE);
    fs::create_dir(root.join("link")).expect("the folder is ours");
    std::os::unix::fs::symlink("../../secret", root.join("link/generate_code.py")).expect("links can be made");
    let output = fdsp.output(&["import", "fdsp-artifact", "artifact", "--scanner", "ruff", "--name", "theirs"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    for words in ["new␊line", "a symbolic link", "␛[31m.py: no file of this layout"] {
        assert!(output.stderr.contains(words), "{words}: {}", output.stderr);
    }
    assert!(!output.stderr.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{}", output.stderr);
    let run = told(&fdsp, &["show", "theirs", "--json"]);
    assert_eq!(run["items"], 2);
    assert_eq!(row(&run, "=cmd()", "generate")["verdict"], "vulnerable");
}

#[test]
fn imported_code_can_be_refined_anew() {
    let fdsp = Fdsp::new();
    folders(&fdsp.home().join("artifact"));
    let import =
        ["import", "fdsp-artifact", "artifact", "--scanner", "ruff", "--model", "m", "--name", "theirs", "--json"];
    told(&fdsp, &import);
    let server = Server::start(|_, _| Reply::text(format!("```python\n{SECURE}```")));
    let url = server.url();
    let run = [
        "run",
        "--from",
        "theirs",
        "--approach",
        "direct,feedback",
        "--model",
        "m",
        "--base-url",
        &url,
        "--name",
        "ours",
    ];
    let output = fdsp.output(&run);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    // Two items are vulnerable; nobody else's refinement is taken for one of this model.
    assert_eq!(server.count(), 4);
    let run = told(&fdsp, &["show", "ours", "--json"]);
    assert_eq!((&run["vulnerable"], &run["fixed"], &run["calls"]), (&json!(2), &json!(2), &json!(4)));
    assert_eq!(row(&run, "2", "feedback")["verdict"], "secure");
}
