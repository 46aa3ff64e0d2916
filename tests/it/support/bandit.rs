//! Real Bandit in a virtual environment under `target/`, set up once, and the benchmarks' code to try it on.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The `bandit` command.
pub fn path() -> PathBuf {
    python().with_file_name("bandit")
}

/// The Python that has this Bandit.
pub fn python() -> PathBuf {
    static PYTHON: LazyLock<PathBuf> = LazyLock::new(|| super::venv::python("bandit", &["bandit==1.9.4"]));
    PYTHON.clone()
}

/// `(file name, code)` of every code field of SecurityEval and CodeSecEval; `None`, said aloud, where they are absent.
pub fn benchmark_code() -> Option<Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets");
    let read = |path: &str| fs::read_to_string(folder.join(path));
    let Ok(security) = read("securityeval/dataset.jsonl") else {
        eprintln!("skipped: no benchmarks in {}", folder.display());
        return None;
    };
    let mut rows: Vec<(&str, serde_json::Value)> =
        security.lines().map(|line| ("securityeval", serde_json::from_str(line).expect("JSON Lines"))).collect();
    for (set, path) in [
        ("base", "codeseceval/CodeSecEval/SecEvalBase/SecEvalBase.json"),
        ("plus", "codeseceval/CodeSecEval/SecEvalPlus/SecEvalPlus.json"),
    ] {
        let text = read(path).expect("CodeSecEval lies beside SecurityEval");
        let items: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a JSON array");
        rows.extend(items.into_iter().map(|item| (set, item)));
    }
    let mut code = Vec::new();
    for (set, row) in &rows {
        let id = row["ID"].as_str().expect("every row has an id").trim_end_matches(".py").replace('/', "_");
        for field in ["Prompt", "Insecure_code", "Insecure Code", "Secure Code"] {
            if let Some(text) = row[field].as_str() {
                code.push((format!("{set}-{id}-{}.py", field.replace(' ', "_")), text.to_owned()));
            }
        }
    }
    assert_eq!(code.len(), 121 * 2 + 180 * 2);
    Some(code)
}
