//! Real Bandit in a virtual environment under `target/`, set up once, and the benchmarks' code to try it on.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const VERSION: &str = "1.9.4";

/// The `bandit` command. Builds its environment on the first call of the first process; the others wait.
///
/// # Panics
/// Without a `python3` that can make virtual environments, or when Bandit cannot be installed.
pub fn path() -> PathBuf {
    static PATH: LazyLock<PathBuf> = LazyLock::new(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("cargo's folder for tests lies in target");
        let lock = File::create(target.join("test-venv.lock")).expect("target is writable");
        lock.lock().expect("the file system has locks");
        let venv = target.join("test-venv");
        let bandit = venv.join("bin/bandit");
        if !works(&bandit) {
            let _ = fs::remove_dir_all(&venv);
            run(Command::new("python3").args(["-m", "venv"]).arg(&venv), "python3 with its `venv` module is needed");
            let mut pip = Command::new(venv.join("bin/python"));
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
            run(pip.arg(format!("bandit=={VERSION}")), "Bandit could not be installed");
            assert!(works(&bandit), "{} does not run", bandit.display());
        }
        bandit
    });
    PATH.clone()
}

/// The Python that has this Bandit.
pub fn python() -> PathBuf {
    path().with_file_name("python")
}

fn works(bandit: &Path) -> bool {
    let output = Command::new(bandit).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(VERSION))
}

fn run(command: &mut Command, need: &str) {
    let output = command.output().unwrap_or_else(|error| panic!("{need}: {command:?}: {error}"));
    assert!(output.status.success(), "{need}: {command:?}: {}", String::from_utf8_lossy(&output.stderr));
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
