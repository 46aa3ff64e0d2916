//! The README's results are what its command prints for the recorded run.

use std::path::Path;

use crate::support::fdsp::Fdsp;

/// The tables of Table 1, each under its heading in bold.
fn results(report: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in report.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            inside = heading.starts_with("Table 1");
            if inside {
                kept.push_str(&format!("**{heading}**\n\n"));
            }
        } else if inside && line.starts_with('|') {
            kept.push_str(&format!("{line}\n"));
        } else if inside && kept.ends_with("|\n") {
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn the_results_are_those_of_the_recorded_run() {
    let fdsp = Fdsp::new();
    let report = fdsp.output(&["report", "starter-all", "--table", "1", "--labels", "without", "--format", "markdown"]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    let expected = results(&report.stdout);
    assert_eq!(expected.matches("| FDSP |").count(), 2, "both verdict modes");
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let block = readme.split("<!-- results -->\n").nth(1).and_then(|rest| rest.split("<!-- /results -->").next());
    assert_eq!(block.map(str::trim), Some(expected.trim()), "README.md, between the marks `results`");
}
