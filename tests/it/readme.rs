//! The README's results are what its command prints for the recorded run.

use std::path::Path;

use crate::support::fdsp::Fdsp;

/// The tables whose headings begin with `wanted`, each under its heading in bold.
fn results(report: &str, wanted: &str) -> String {
    let mut kept = String::new();
    let mut inside = false;
    for line in report.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            inside = heading.starts_with(wanted);
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
fn the_results_are_those_of_the_recorded_runs() {
    let fdsp = Fdsp::new();
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("a README");
    let share = "Table 1, starter: share";
    for (mark, command, wanted, lines) in [
        ("results", &["report", "starter-all", "--table", "1", "--labels", "without"][..], "Table 1", 16),
        ("labelled", &["report", "starter-all", "--table", "1", "--verdict", "strict", "--labels", "with"], share, 8),
        ("tests", &["report", "starter-all", "--study", "codeseceval", "--labels", "with"], "pass\\@k", 8),
        ("samples", &["report", "starter-tests", "--study", "codeseceval", "--labels", "without"], "pass\\@k", 4),
    ] {
        let report = fdsp.output(&[command, &["--format", "markdown"]].concat());
        assert_eq!(report.code, Some(0), "{}", report.stderr);
        let expected = results(&report.stdout, wanted);
        assert_eq!(expected.lines().filter(|line| line.starts_with('|')).count(), lines, "{expected}");
        let (begin, end) = (format!("<!-- {mark} -->\n"), format!("<!-- /{mark} -->"));
        let block = readme.split(&begin).nth(1).and_then(|rest| rest.split(&end).next());
        assert_eq!(block.map(str::trim), Some(expected.trim()), "README.md, between the marks `{mark}`");
    }
}
