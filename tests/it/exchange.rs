//! Other people's outputs in, runs out: the artifact's folders, rows, CSV and SARIF.

mod artifact;
mod rows;
mod written;

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::fdsp::{Fdsp, json};

const VULNERABLE: &str = "import pickle\n\n\ndef load(data):\n    return pickle.loads(data)\n";
const SECURE: &str = "import json\n\n\ndef load(data):\n    return json.loads(data)\n";
const BROKEN: &str = "def load(data:\n    return\n";

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder is ours");
    fs::write(path, text).expect("the folder is ours");
}

/// Runs `fdsp`, which must succeed, and reads its output as JSON.
fn told(fdsp: &Fdsp, arguments: &[&str]) -> Value {
    let output = fdsp.output(arguments);
    assert_eq!(output.code, Some(0), "{arguments:?}: {}", output.stderr);
    json(&output.stdout)
}

/// The row of `show RUN --json` for an item and approach.
fn row<'a>(run: &'a Value, item: &str, approach: &str) -> &'a Value {
    let rows = run["rows"].as_array().expect("rows");
    let found = rows.iter().find(|row| row["item"] == item && row["approach"] == approach);
    found.unwrap_or_else(|| panic!("no {approach} of {item} in {run}"))
}
