//! Logs that real producers wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fdsp::core::finding::{Finding, Level};
use fdsp::scanner::sarif::{Tool, parse};

/// `None`, said aloud, where the files are absent.
fn read(name: &str) -> Option<Vec<Tool>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/sarif").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        eprintln!("skipped: no {}", path.display());
        return None;
    };
    Some(parse(name, &bytes).expect("a producer's own log can be read"))
}

fn by_rule(tool: &Tool) -> BTreeMap<&str, Vec<&Finding>> {
    let mut rules: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for placed in &tool.findings {
        rules.entry(&placed.finding.rule).or_default().push(&placed.finding);
    }
    rules
}

#[test]
fn codeql_over_python() {
    let Some(tools) = read("codeQL-output.sarif") else { return };
    assert_eq!(tools.len(), 1);
    assert_eq!((tools[0].name.as_str(), tools[0].version.as_str()), ("CodeQL", "2.5.4"));
    assert_eq!(tools[0].findings.len(), 72);
    assert_eq!(tools[0].failures, []);
    let rules = by_rule(&tools[0]);
    let counts: Vec<(&str, usize)> = rules.iter().map(|(rule, found)| (*rule, found.len())).collect();
    for known in [("py/unused-import", 40), ("py/empty-except", 7), ("py/flask-debug", 4), ("py/sql-injection", 2)] {
        assert!(counts.contains(&known), "{counts:?}");
    }
    let sql = rules["py/sql-injection"][0];
    assert_eq!((sql.cwe, sql.severity, sql.confidence), (Some(89), Some(Level::High), Some(Level::High)));
    assert_eq!(sql.name, "SQL query built from user-controlled sources");
    let path = rules["py/path-injection"][0];
    assert_eq!((path.cwe, path.line, path.end_line, path.column), (Some(22), 22, 22, 5));
    assert!(path.message.starts_with("This path depends on a user-provided value."), "{}", path.message);
    assert!(path.message.contains("(data flow: ") && path.message.ends_with(" from line 32)"), "{}", path.message);
    let flows = tools[0].findings.iter().filter(|placed| placed.finding.message.contains("(data flow: ")).count();
    assert_eq!(flows, 5);
    let files: BTreeSet<&str> = tools[0].findings.iter().filter_map(|placed| placed.path.as_deref()).collect();
    assert_eq!(files.len(), 37);
    assert!(files.contains("good/db_init.py"));
}

#[test]
fn a_taint_analyser_and_semgrep() {
    let Some(tools) = read("taint-python-report.sarif") else { return };
    assert_eq!((tools[0].name.as_str(), tools[0].version.as_str()), ("Python Security Analysis", "1.0.0-scan"));
    assert_eq!(tools[0].findings.len(), 11);
    let rules = by_rule(&tools[0]);
    assert_eq!(rules["taint-xmli"].len(), 7);
    assert!(rules["taint-xmli"].iter().all(|found| found.cwe == Some(91) && found.severity == Some(Level::High)));
    assert_eq!(rules["taint-xmli"][0].name, "XML Injection");
    assert!(tools[0].findings.iter().all(|found| found.path.as_ref().is_some_and(|path| path.starts_with('/'))));

    let Some(tools) = read("semgrepowasp-benchmark-sample.sarif") else { return };
    assert_eq!((tools[0].name.as_str(), tools[0].version.as_str()), ("semgrep", "0.17.0"));
    assert_eq!(tools[0].findings.len(), 1_768);
    let files: BTreeSet<_> = tools[0].findings.iter().filter_map(|placed| placed.path.as_deref()).collect();
    assert_eq!(files.len(), 893);
}

#[test]
fn the_specifications_example_suppressions_and_an_empty_log() {
    let Some(tools) = read("appendix_k.sarif") else { return };
    let [tool] = &tools[..] else { panic!("one run") };
    let [placed] = &tool.findings[..] else { panic!("one result") };
    let finding = &placed.finding;
    assert_eq!((finding.rule.as_str(), finding.line, finding.column), ("C2001", 15, 9));
    assert!(finding.message.starts_with("Variable \"ptr\" was used without being initialized. It was declared here."));
    assert_eq!(finding.suppressed.as_deref(), Some("external"));
    // The bases stand on one another, and the file's URI names a host.
    assert!(placed.path.as_deref().is_some_and(|path| path.ends_with("src/collections/list.h")), "{:?}", placed.path);
    assert!(tool.failures.iter().all(|failure| !failure.fatal));

    let Some(tools) = read("suppression_test.sarif") else { return };
    let marks: Vec<_> = tools[0].findings.iter().map(|placed| placed.finding.suppressed.as_deref()).collect();
    assert_eq!(marks, [Some("external"), Some("external"), Some("inSource"), None, None]);
    assert_eq!(tools[0].findings[0].path.as_deref(), Some("C:/code/file1.c"));

    assert_eq!(read("no_runs.sarif"), Some(Vec::new()));
}
