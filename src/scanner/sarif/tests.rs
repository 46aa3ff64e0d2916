use serde_json::json;

use super::*;
use crate::core::finding::ScannerId;
use crate::scanner::sarif::{File, log};

fn one(run: Value) -> Tool {
    let text = json!({ "version": "2.1.0", "runs": [run] }).to_string();
    let mut tools = parse("x.sarif", text.as_bytes()).expect("a log");
    assert_eq!(tools.len(), 1);
    tools.remove(0)
}

fn found(run: Value) -> Vec<Finding> {
    one(run).findings.into_iter().map(|placed| placed.finding).collect()
}

fn problem(text: &str) -> String {
    parse("x.sarif", text.as_bytes()).expect_err("it is malformed").to_string()
}

#[test]
fn what_we_write_we_read() {
    let finding = |suppressed: Option<&str>| Finding {
        rule: "B608".to_owned(),
        name: "hardcoded_sql_expressions".to_owned(),
        cwe: Some(89),
        severity: Some(Level::Low),
        confidence: Some(Level::High),
        line: 7,
        end_line: 9,
        column: 3,
        message: "SQL [not a link](x) {0}".to_owned(),
        suppressed: suppressed.map(str::to_owned),
    };
    let findings = [finding(None), finding(Some("nosec")), finding(Some("noqa"))];
    let error = ScanError { line: Some(2), message: "bad syntax".to_owned(), failed: false };
    let files = [
        File { path: "a b/é.py".as_ref(), error: None, findings: findings.iter().collect() },
        File { path: "c.py".as_ref(), error: Some(&error), findings: Vec::new() },
    ];
    let scanner = ScannerId { name: "bandit".to_owned(), version: "1.9.4".to_owned() };
    let text = serde_json::to_vec(&log(&scanner, &files)).expect("a log is JSON");
    let tools = parse("x.sarif", &text).expect("our own log");
    let placed = |finding: &Finding| Placed { path: Some("a b/é.py".to_owned()), finding: finding.clone() };
    assert_eq!(tools[0].findings, findings.iter().map(placed).collect::<Vec<_>>());
    assert_eq!(tools[0].failures, [Failure { path: Some("c.py".to_owned()), error, fatal: true }]);
    assert_eq!((tools[0].name.as_str(), tools[0].version.as_str()), ("bandit", "1.9.4"));
}

#[test]
fn rules_in_extensions_by_index_and_by_id() {
    let run = |result: Value| {
        json!({
            "tool": {
                "driver": { "name": "d", "rules": [{ "id": "D0", "properties": { "tags": ["CWE-1"] } }] },
                "extensions": [
                    { "name": "e0", "rules": [{ "id": "E0", "properties": { "tags": ["CWE-2"] } }] },
                    { "name": "e1", "guid": "g", "rules": [
                        { "id": "E1", "name": "first", "properties": { "tags": ["CWE-3"] } },
                        { "id": "E2", "properties": { "name": "second", "tags": ["CWE-4"] } } ] },
                ],
            },
            "results": [result],
        })
    };
    let cwe = |result: Value| found(run(result))[0].cwe;
    assert_eq!(cwe(json!({ "ruleIndex": 0 })), Some(1));
    assert_eq!(cwe(json!({ "ruleId": "E0", "ruleIndex": 0 })), Some(2));
    assert_eq!(cwe(json!({ "ruleId": "E2" })), Some(4));
    assert_eq!(cwe(json!({ "ruleId": "E2/sub/way" })), Some(4));
    assert_eq!(cwe(json!({ "rule": { "index": 1, "toolComponent": { "index": 1 } } })), Some(4));
    assert_eq!(cwe(json!({ "rule": { "index": 0, "toolComponent": { "guid": "g" } } })), Some(3));
    assert_eq!(cwe(json!({ "rule": { "index": 0, "toolComponent": { "name": "e0" } } })), Some(2));
    assert_eq!(cwe(json!({ "ruleId": "unheard of", "ruleIndex": -1 })), None);
    let named = found(run(json!({ "rule": { "index": 1, "toolComponent": { "index": 1 } } }))).remove(0);
    assert_eq!((named.rule.as_str(), named.name.as_str()), ("E2", "second"));
}

#[test]
fn severity_by_score_words_and_level() {
    let severity = |result: Value, rule: Value| {
        let run = json!({ "tool": { "driver": { "rules": [rule] } }, "results": [result] });
        found(run)[0].severity
    };
    let rule = || json!({ "id": "r" });
    assert_eq!(severity(json!({ "level": "error" }), rule()), Some(Level::High));
    assert_eq!(severity(json!({}), rule()), Some(Level::Medium));
    let by_default = json!({ "id": "r", "defaultConfiguration": { "level": "note" } });
    assert_eq!(severity(json!({ "ruleIndex": 0 }), by_default), Some(Level::Low));
    for (score, level) in [
        ("9.8", Level::High),
        ("7.0", Level::High),
        ("6.9", Level::Medium),
        ("3.9", Level::Low),
        ("0.0", Level::Undefined),
    ] {
        let scored = json!({ "id": "r", "properties": { "security-severity": score } });
        assert_eq!(severity(json!({ "ruleId": "r", "level": "note" }), scored), Some(level), "{score}");
    }
    let said = json!({ "properties": { "issue_severity": "LOW" }, "level": "error" });
    assert_eq!(severity(said, rule()), Some(Level::Low));
}

#[test]
fn messages_by_id_with_arguments_and_links() {
    let message = |message: Value| {
        let rule = json!({ "id": "r", "messageStrings": { "default": { "text": "{0} of {{1}} at {1}, {7} {" } } });
        let driver = json!({ "rules": [rule], "globalMessageStrings": { "all": { "text": "for {0}" } } });
        let run = json!({ "tool": { "driver": driver }, "results": [{ "ruleId": "r", "message": message }] });
        found(run).remove(0).message
    };
    assert_eq!(message(json!({ "id": "default", "arguments": ["a", "b"] })), "a of {1} at b, {7} {");
    assert_eq!(message(json!({ "id": "all", "arguments": ["{0}"] })), "for {0}");
    assert_eq!(message(json!({ "text": "f({}) {0}" })), "f({}) {0}");
    assert_eq!(
        message(json!({ "text": "from [a value](1) and [b](22), not [c](x) [" })),
        "from a value and b, not [c](x) ["
    );
    assert_eq!(message(json!({ "markdown": "only this" })), "only this");
}

#[test]
fn suppressions_that_count() {
    let mark =
        |suppressions: Value| found(json!({ "results": [{ "suppressions": suppressions }] }))[0].suppressed.clone();
    assert_eq!(mark(json!([])), None);
    assert_eq!(mark(json!([{ "kind": "inSource" }])).as_deref(), Some("inSource"));
    assert_eq!(mark(json!([{ "kind": "external", "status": "accepted" }])).as_deref(), Some("external"));
    assert_eq!(mark(json!([{ "kind": "external", "status": "rejected" }])), None);
    assert_eq!(mark(json!([{ "kind": "inSource" }, { "kind": "external", "status": "underReview" }])), None);
}

#[test]
fn results_that_are_no_findings() {
    let results = json!([
        { "ruleId": "a", "kind": "pass" }, { "ruleId": "b", "kind": "notApplicable" },
        { "ruleId": "c", "baselineState": "absent" }, { "ruleId": "d", "kind": "review" }, { "ruleId": "e" },
        { "ruleId": "invalid-syntax", "message": { "text": "Expected `)`" },
          "locations": [{ "physicalLocation": { "artifactLocation": { "uri": "x.py" }, "region": { "startLine": 3 } } }] },
    ]);
    let tool = one(json!({ "results": results }));
    let rules: Vec<&str> = tool.findings.iter().map(|placed| placed.finding.rule.as_str()).collect();
    assert_eq!(rules, ["d", "e"]);
    let error = ScanError { line: Some(3), message: "Expected `)`".to_owned(), failed: false };
    assert_eq!(tool.failures, [Failure { path: Some("x.py".to_owned()), error, fatal: false }]);
}

#[test]
fn executions_that_failed() {
    let failures = |invocation: Value| one(json!({ "invocations": [invocation] })).failures;
    let on = |uri: &str| json!([{ "physicalLocation": { "artifactLocation": { "uri": uri } } }]);
    assert_eq!(failures(json!({ "executionSuccessful": true })), []);
    // A rule that was switched off is no failure of the scan.
    let note = json!({ "level": "error", "message": { "text": "rule disabled" } });
    assert_eq!(failures(json!({ "executionSuccessful": true, "toolExecutionNotifications": [note] })), []);
    let whole = failures(json!({ "executionSuccessful": false, "exitCode": 3 }));
    assert!(whole[0].path.is_none() && whole[0].fatal && whole[0].error.failed, "{whole:?}");
    assert!(whole[0].error.message.contains("exit code 3"));
    let note =
        json!({ "level": "error", "message": { "text": "syntax error while parsing" }, "locations": on("b%20b.py") });
    let parse = failures(json!({ "executionSuccessful": true, "toolConfigurationNotifications": [note] }));
    assert_eq!(parse[0].path.as_deref(), Some("b b.py"));
    assert!(!parse[0].error.failed, "what does not parse was looked at");
    let note = json!({ "level": "error", "message": { "text": "ran out of memory" }, "locations": on("b.py") });
    let broke = failures(json!({ "executionSuccessful": false, "toolExecutionNotifications": [note] }));
    assert_eq!(broke.len(), 1);
    assert!(broke[0].error.failed);
}

#[test]
fn malformed_logs_are_told_with_their_place() {
    assert!(problem("").contains("x.sarif: empty"));
    assert!(problem("Scanning 3 files…\n{}").contains("line 1 column 1"));
    assert!(problem("{\"version\": \"2.1.0\", \"runs\": [{\n \"results\": [{\"ruleId\"").contains("line 2"));
    let wrong = problem("{\"version\": \"2.1.0\",\n\"runs\": [{}, {\"results\": [{\"message\": {\"text\": 7}}]}]}");
    assert!(wrong.contains("runs[1].results[0].message.text: ") && wrong.contains("at line 2"), "{wrong}");
    assert!(problem(r#"{"version": "2.0.0", "runs": []}"#).contains("`2.0.0`"));
    assert!(problem(r#"{"runs": []}"#).contains("version: missing"));
    assert!(problem(r#"{"version": "2.1.0", "runs": null}"#).contains("runs: missing or null"));
    assert!(problem("[]").contains("SARIF 2.1.0 log is expected"));
    assert!(problem(r#"{"version": "2.1.0", "runs": []} {}"#).contains("one JSON object"));
    assert!(problem(&"[".repeat(100_000)).contains("x.sarif: "));
    assert_eq!(parse("x.sarif", b"\xef\xbb\xbf{\"version\": \"2.1.0\", \"runs\": []}"), Ok(Vec::new()));
}
