use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use super::{SECURE, VULNERABLE, told, write};
use crate::support::fdsp::Fdsp;
use crate::support::venv;

/// A run with a hostile id, labels, versions that stay vulnerable and code that does not parse.
fn hostile(fdsp: &Fdsp) -> Vec<&'static str> {
    let map = "id=id,generated=gen,approach=how,code=out,label=l,annotator=who,comment=note";
    let row = |id: &str, how: &str, out: &str, label: Value| {
        let mut row = json!({"id": id, "gen": VULNERABLE, "how": how, "out": out});
        row.as_object_mut().expect("an object").extend(label.as_object().expect("an object").clone());
        row
    };
    let rows = [
        row(
            "=cmd()|' /C calc'!A0",
            "direct",
            SECURE,
            json!({"l": "realistic", "who": "@ann", "note": "\u{1b}]0;x\u{7}"}),
        ),
        row("../../etc/x", "fdsp", VULNERABLE, json!({"l": "unrealistic", "who": "bob"})),
        row("../../etc/x", "direct", &format!("{SECURE}\nexec(input())\n"), json!({"l": "unsure", "who": "bob"})),
        row("plain", "direct", "def (:\n", json!({})),
    ];
    write(fdsp.home(), "h.jsonl", rows.iter().map(|row| format!("{row}\n")).collect::<String>());
    told(fdsp, &["import", "jsonl", "h.jsonl", "--map", map, "--scanner", "ruff", "--name", "h", "--json"]);
    vec!["=cmd()|' /C calc'!A0", "../../etc/x", "plain"]
}

fn csv(fdsp: &Fdsp, arguments: &[&str]) -> Vec<BTreeMap<String, String>> {
    let output = fdsp.output(arguments);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let mut reader = csv::Reader::from_reader(output.stdout.as_bytes());
    reader.deserialize().map(|row| row.expect("a row")).collect()
}

#[test]
fn what_is_exported_is_imported_alike() {
    let (here, there) = (Fdsp::new(), Fdsp::new());
    hostile(&here);
    for (labels, file) in [(&["--labels"][..], "with.jsonl"), (&[], "without.jsonl.gz")] {
        let there = Fdsp::new();
        let path = there.home().join(file).to_string_lossy().into_owned();
        let first = here.output(&[&["export", "h", "--output", &path][..], labels].concat());
        assert_eq!(first.code, Some(0), "{}", first.stderr);
        assert_eq!(there.output(&["import", "run", &path]).stdout, "h\n");
        let (before, after) = ([&["export", "h"][..], labels].concat(), [&["export", "h"][..], labels].concat());
        assert_eq!(here.output(&before).stdout, there.output(&after).stdout);
        if file == "with.jsonl" {
            for format in ["csv", "sarif"] {
                let write = ["export", "h", "--format", format, "--versions"];
                assert_eq!(here.output(&write).stdout, there.output(&write).stdout, "{format}");
            }
        }
    }
    let refused = there.output(&["export", "h", "--versions"]);
    assert!(refused.code == Some(2) && refused.stderr.contains("--format csv or sarif"), "{}", refused.stderr);
}

#[test]
fn csv_holds_streams_and_versions_and_no_formula() {
    let fdsp = Fdsp::new();
    let ids = hostile(&fdsp);
    let streams = csv(&fdsp, &["export", "h", "--format", "csv"]);
    assert_eq!(streams.len(), 9);
    let of = |item: &str, approach: &str| {
        streams.iter().find(|row| row["item"] == item && row["approach"] == approach).expect("a row")
    };
    let formula = format!("'{}", ids[0]);
    let fixed = of(&formula, "direct");
    for (column, value) in [
        ("stopped", "fixed"),
        ("verdict_strict", "secure"),
        ("step_strict", "k1"),
        ("iteration", "1"),
        ("calls", "0"),
        ("generated_strict", "vulnerable"),
        ("generated_cwes_strict", "502:2"),
        ("final_cwes_strict", ""),
        ("standing_strict", "agreed"),
        ("label_strict", "realistic"),
        ("verdict_paper", "secure"),
        ("code_sha256", &fdsp::core::text::sha256_hex(SECURE)),
    ] {
        assert_eq!(fixed[column], value, "{column}");
    }
    assert_eq!(of("plain", "direct")["verdict_strict"], "invalid");
    assert_eq!(of("plain", "direct")["verdict_paper"], "secure");
    assert_eq!((of("plain", "fdsp")["failed"].as_str(), of("plain", "fdsp")["code_sha256"].as_str()), ("true", ""));

    let versions = csv(&fdsp, &["export", "h", "--format", "csv", "--versions"]);
    assert_eq!(versions.len(), 7);
    let labelled = versions.iter().find(|row| row["item"] == formula && row["step"] == "k1").expect("a row");
    assert_eq!((labelled["annotators"].as_str(), labelled["label"].as_str()), ("'@ann:realistic", "realistic"));
    let broken = versions.iter().find(|row| row["parses"] == "false").expect("a row");
    assert!(broken["syntax_error"].starts_with("line 1: ") && broken["returned_strict"] == "direct", "{broken:?}");
    let kept = versions.iter().find(|row| row["item"] == "../../etc/x" && row["step"] == "generate").expect("a row");
    assert_eq!((kept["returned_strict"].as_str(), kept["rules"].as_str()), ("fdsp", "B301 B403"));
    for row in streams.iter().chain(&versions) {
        for (column, cell) in row {
            assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']), "{column}: {cell}");
        }
    }
}

/// The schema as the crate that writes our SARIF ships it.
fn schema() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // Crates for other platforms were never downloaded.
    let said = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let output = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--offline", "--filter-platform", host, "--manifest-path"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo tells JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let sarif = packages.iter().find(|package| package["name"] == "serde-sarif").expect("a dependency of ours");
    PathBuf::from(sarif["manifest_path"].as_str().expect("a path")).with_file_name("src").join("schema.json")
}

const VALIDATE: &str = "
import json, sys, jsonschema
schema, *logs = [json.load(open(path)) for path in sys.argv[1:]]
validator = jsonschema.validators.validator_for(schema)
validator.check_schema(schema)
faults = [f'{e.json_path}: {e.message[:200]}' for log in logs for e in validator(schema).iter_errors(log)]
print(chr(10).join(faults))
sys.exit(bool(faults))
";

#[test]
fn sarif_is_valid_and_carries_labels_as_suppressions() {
    let fdsp = Fdsp::new();
    let ids = hostile(&fdsp);
    let mut files = Vec::new();
    for (name, more) in [("final.sarif", &[][..]), ("every.sarif", &["--versions"])] {
        let path = fdsp.home().join(name);
        let file = path.to_string_lossy();
        let arguments = [&["export", "h", "--format", "sarif", "--output", &file][..], more].concat();
        let output = fdsp.output(&arguments);
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        files.push(path);
    }
    let python = venv::python("jsonschema", &["jsonschema==4.25.1"]);
    let check = Command::new(python).args(["-c", VALIDATE]).arg(schema()).args(&files).output().expect("python runs");
    let (faults, trouble) = (String::from_utf8_lossy(&check.stdout), String::from_utf8_lossy(&check.stderr));
    assert!(check.status.success(), "{faults}{trouble}");

    let text = std::fs::read_to_string(&files[0]).expect("the log");
    let log: Value = serde_json::from_str(&text).expect("JSON");
    let typed: serde_sarif::sarif::Sarif = serde_json::from_str(&text).expect("a log to serde-sarif too");
    assert_eq!(serde_json::to_value(&typed).expect("JSON"), log);
    let run = &log["runs"][0];
    assert_eq!((&run["tool"]["driver"]["name"], &run["automationDetails"]["id"]), (&json!("ruff"), &json!("fdsp/h/")));
    let results = run["results"].as_array().expect("results");
    let of = |item: &str, approach: &str| -> Vec<&Value> {
        results
            .iter()
            .filter(|it| it["properties"]["item"] == item && it["properties"]["approach"] == approach)
            .collect()
    };
    // The fix removed both findings; the label on it settles them.
    let gone = of(ids[0], "direct");
    assert_eq!(gone.len(), 2);
    for result in &gone {
        assert_eq!(result["baselineState"], "absent");
        let suppression = &result["suppressions"][0];
        assert_eq!((&suppression["kind"], &suppression["status"]), (&json!("external"), &json!("accepted")));
        assert_eq!(suppression["justification"], "realistic, by @ann; comment: \u{1b}]0;x\u{7}");
    }
    // FDSP found no fix: the generated code is returned. The version with a label is listed all the same.
    let labelled = of(ids[1], "fdsp");
    assert!(labelled.len() == 2 && labelled.iter().all(|it| it["suppressions"][0]["status"] == "rejected"));
    assert!(labelled.iter().all(|it| it["properties"].get("returnedBy").is_none()));
    let kept = of(ids[1], "generate");
    assert_eq!(
        kept.iter()
            .map(|it| (&it["baselineState"], &it["properties"]["returnedBy"], it.get("suppressions")))
            .collect::<Vec<_>>(),
        vec![(&json!("unchanged"), &json!(["fdsp"]), None); 2]
    );
    let unsure = of(ids[1], "direct");
    let states: Vec<(&Value, &Value)> = unsure.iter().map(|it| (&it["ruleId"], &it["baselineState"])).collect();
    assert_eq!(
        states,
        [(&json!("B102"), &json!("new")), (&json!("B403"), &json!("absent")), (&json!("B301"), &json!("absent"))]
    );
    assert!(unsure.iter().all(|it| it["suppressions"][0]["status"] == "underReview"));
    for result in results {
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a URI");
        assert!(uri.chars().all(|c| c.is_ascii_alphanumeric() || "._-~/".contains(c)), "{uri}");
        assert!(
            uri.split('/').count() == 3 && uri.split('/').all(|segment| segment != ".." && segment != "."),
            "{uri}"
        );
        let known = run["artifacts"].as_array().expect("artifacts").iter().find(|it| it["location"]["uri"] == uri);
        assert!(known.is_some_and(|it| it["hashes"]["sha-256"].is_string()), "{uri}");
        assert_eq!(result["partialFingerprints"]["fdspRuleAndLine/v1"].as_str().map(str::len), Some(64));
    }
    assert_eq!(
        run["invocations"][0]["toolExecutionNotifications"].as_array().map(Vec::len),
        Some(1),
        "one does not parse"
    );

    let every: Value = serde_json::from_slice(&std::fs::read(&files[1]).expect("the log")).expect("JSON");
    let every = every["runs"][0]["results"].as_array().expect("results");
    let rejected: Vec<&Value> = every.iter().filter(|it| it["suppressions"][0]["status"] == "rejected").collect();
    assert_eq!(rejected.len(), 2, "an unrealistic fix leaves its findings open");
    assert!(rejected.iter().all(|it| it["properties"]["step"] == "k1" && it["baselineState"] == "unchanged"));
}
