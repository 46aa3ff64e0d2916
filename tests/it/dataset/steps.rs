//! Which vulnerability-aware problems hold steps, as a file says it.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use super::{fdsp, stderr, stdout};

#[test]
fn steps_are_what_a_file_says_over_what_the_loader_takes_them_for() {
    let home = TempDir::new().unwrap();
    let row = json!([{"ID": "CWE-89_01", "Problem": "p", "Insecure Code": "i", "Test": "t", "Entry_Point": "f"}]);
    let rows = home.path().join("SecEvalPlus.json");
    fs::write(&rows, row.to_string()).unwrap();
    let notes = json!([{"ID": "CWE-89_01", "Vulnerability-aware Information": "Do it.\n1. First.\n"}]);
    let file = home.path().join("Vulnerability-Aware Problem_Insecure Code Explanation_Annotation.json");
    fs::write(file, notes.to_string()).unwrap();
    let steps = home.path().join("steps.txt");
    let stats = |more: &[&str]| {
        let args = [&["dataset", "stats", rows.to_str().unwrap()], more].concat();
        fdsp(&home, &args)
    };
    let said = stdout(&stats(&[]));
    let wanted =
        "aware problems: 1 with steps, 0 without (a line beginning `1.`; the authors counted 85 and 95 by hand";
    assert!(said.contains(wanted), "{said}");
    fs::write(&steps, "CWE-89_01 false\n").unwrap();
    let said = stdout(&stats(&["--steps", steps.to_str().unwrap()]));
    assert!(said.contains("aware problems: 0 with steps, 1 without (--steps FILE"), "{said}");
    fs::write(&steps, "CWE-89_01 false\nCWE-89_02 true\n").unwrap();
    let output = stats(&["--steps", steps.to_str().unwrap()]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(2), String::new()));
    assert!(
        stderr(&output).contains("steps.txt: line 2: no loaded item has the id `CWE-89_02`"),
        "{}",
        stderr(&output)
    );
}
