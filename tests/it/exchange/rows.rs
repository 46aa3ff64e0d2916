use serde_json::{Value, json};

use super::{SECURE, VULNERABLE, row, told, write};
use crate::support::fdsp::Fdsp;

const WIDE: &str = "id=task.id,prompt=task.text,generated=out.code,direct=out.fixed,fdsp=out.fdsp,cwe=weakness";

fn lines(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

#[test]
fn a_row_per_item_with_nested_fields() {
    let fdsp = Fdsp::new();
    let good = json!({"task": {"id": "../x", "text": "Load.", "level": 2}, "out": {"code": VULNERABLE, "fixed": SECURE, "fdsp": null},
        "weakness": "CWE-502", "seed": 7});
    let twice = json!({"task": {"id": "../x"}, "out": {"code": SECURE}});
    let bare = json!({"task": {"id": 5}, "out": {"fixed": SECURE}});
    let text = format!("{good}\nnot json\n{}", lines(&[twice, bare]));
    write(fdsp.home(), "theirs.jsonl", text);
    let report =
        told(&fdsp, &["import", "jsonl", "theirs.jsonl", "--map", WIDE, "--scanner", "ruff", "--model", "m", "--json"]);
    assert_eq!(report["runs"][0]["run"], "theirs-m-imported");
    let places: Vec<(&Value, String)> = report["quarantined"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| (&row["line"], row["reason"].as_str().expect("words").to_owned()))
        .collect();
    assert_eq!(places.len(), 3, "{places:?}");
    for ((line, reason), (at, words)) in places.iter().zip([
        (2, "not valid JSON"),
        (3, "taken by theirs.jsonl:1"),
        (4, "no row of the item has its generated code"),
    ]) {
        assert!(**line == at && reason.contains(words), "{line} {reason}");
    }
    let run = told(&fdsp, &["show", "theirs-m-imported", "--json"]);
    assert_eq!(
        (&run["items"], &run["quarantined"], &run["vulnerable"], &run["fixed"]),
        (&json!(1), &json!(3), &json!(1), &json!(1))
    );
    assert_eq!(row(&run, "../x", "direct")["stopped"], "fixed");
    let item = told(&fdsp, &["show", "theirs-m-imported", "../x", "--json"]);
    assert_eq!((&item["prompt"], &item["cwe"]), (&json!("Load."), &json!([502])));
    assert_eq!(item["fields"], json!({"task": {"level": 2}, "seed": 7}));
    let first = &item["events"][0];
    assert_eq!((&first["why"], &first["code"]), (&json!("read from theirs.jsonl:1"), &json!(VULNERABLE)));
}

#[test]
fn a_row_per_version_and_annotator() {
    let fdsp = Fdsp::new();
    let map = "id=key,generated=gen,approach=how,code=out,solution=j,iteration=k,model=llm,label=l,annotator=who,reasons=why,comment=note";
    let base = |how: &str, out: &str, more: Value| {
        let mut row = json!({"key": "a", "gen": VULNERABLE, "how": how, "out": out, "llm": "one"});
        row.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        row
    };
    let rows = [
        base("fdsp", SECURE, json!({"j": 2, "k": 1, "ms": 5})),
        base("FDSP", VULNERABLE, json!({"j": 1, "k": 2})),
        base("fdsp", VULNERABLE, json!({"j": 1, "k": 1})),
        base(
            "fdsp",
            SECURE,
            json!({"j": 2, "k": 1, "l": "Realistic", "who": "ann", "why": ["keeps-function"], "note": "=good"}),
        ),
        base("fdsp", SECURE, json!({"j": 2, "k": 1, "l": "unrealistic", "who": "bob"})),
        base("Direct_prompting", SECURE, json!({})),
        base("direct", VULNERABLE, json!({})),
        base("direct", SECURE, json!({"gen": SECURE})),
        json!({"key": "a", "how": "generate", "out": SECURE, "llm": "two"}),
        base("fdsp", VULNERABLE, json!({"j": 1, "k": 2, "llm": "three"})),
        base("fdsp", SECURE, json!({"j": 2, "k": 1, "llm": "three"})),
    ];
    write(fdsp.home(), "long.json", Value::from_iter(rows).to_string());
    let report =
        told(&fdsp, &["import", "jsonl", "long.json", "--map", map, "--scanner", "ruff", "--name", "n", "--json"]);
    let runs: Vec<&Value> = report["runs"].as_array().expect("runs").iter().map(|run| &run["run"]).collect();
    assert_eq!(runs, ["n-one", "n-three", "n-two"]);
    let reasons: Vec<&str> = report["quarantined"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["reason"].as_str().expect("words"))
        .collect();
    assert_eq!(reasons.len(), 2, "{reasons:?}");
    assert!(reasons[0].contains("direct has another k1 already"), "{reasons:?}");
    assert!(reasons[1].contains("the generated code differs"), "{reasons:?}");

    let run = told(&fdsp, &["show", "n-one", "--json"]);
    assert_eq!((&run["model"]["name"], &run["quarantined"]), (&json!("one"), &json!(2)));
    let fdsp_row = row(&run, "a", "fdsp");
    assert_eq!(
        (&fdsp_row["solution"], &fdsp_row["iteration"], &fdsp_row["versions"]),
        (&json!(2), &json!(1), &json!(3))
    );
    assert_eq!((&fdsp_row["strict"]["label"], &fdsp_row["labelled"]), (&json!("disputed"), &json!(1)));
    let item = told(&fdsp, &["show", "n-one", "a", "--json"]);
    let events = item["events"].as_array().expect("events");
    let steps: Vec<&Value> = events
        .iter()
        .filter(|event| event["approach"] == "fdsp" && event["kind"] == "extracted")
        .map(|event| &event["step"])
        .collect();
    assert_eq!(steps, ["s1.k1", "s1.k2", "s2.k1"]);
    let label = events.iter().find(|event| event["kind"] == "labelled").expect("a label");
    assert_eq!(
        (&label["author"], &label["verdict"], &label["comment"]),
        (&json!("ann"), &json!("realistic"), &json!("=good"))
    );
    assert_eq!(item["fields"], json!({"ms": 5}));

    let output = fdsp.output(&["render", "--screen", "steps", "--run", "n-three", "--item", "a", "--out", "steps.txt"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let screen = std::fs::read_to_string(fdsp.home().join("steps.txt")).expect("the picture");
    for words in ["S1", "S2", "words not known", "k2", "fixed by S2·k1"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn csv_rows_and_wrong_maps() {
    let fdsp = Fdsp::new();
    write(fdsp.home(), "theirs.csv", format!("id,y,fix\na,\"{VULNERABLE}\",\nb,\"{VULNERABLE}\",\"{SECURE}\"\n"));
    let report = told(
        &fdsp,
        &["import", "jsonl", "theirs.csv", "--map", "generated=y,direct=fix", "--scanner", "ruff", "--json"],
    );
    assert_eq!(report["runs"][0]["approaches"]["direct"]["missing"], 1);
    assert_eq!(report["runs"][0]["approaches"]["direct"]["refined"], 1);
    assert_eq!(report["empty"], json!([]), "an empty cell is no code");
    for (map, words) in
        [("generated=nope", "no row can be used"), ("code=y", "--map"), ("generated=y,foo=z", "FIELD=NAME")]
    {
        let output = fdsp.output(&["import", "jsonl", "theirs.csv", "--map", map, "--scanner", "ruff"]);
        assert!(output.code == Some(2) && output.stderr.contains(words), "{map}: {}", output.stderr);
    }
}
