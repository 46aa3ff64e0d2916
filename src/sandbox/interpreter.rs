//! The Python that runs tests: found once, its shims resolved, so that it can be bound read-only.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

#[derive(Debug, thiserror::Error)]
pub enum InterpreterError {
    #[error("no Python to run tests with: install python3, or name one with --python or FDSP_PYTHON")]
    Missing,
    #[error("{}: {reason}; name a working Python with --python or FDSP_PYTHON", path.display())]
    Broken { path: PathBuf, reason: String },
}

/// A working interpreter, as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interpreter {
    /// `sys.executable`: behind every shim, in front of the links of a virtual environment, which it needs.
    pub program: PathBuf,
    /// E.g. `3.11.7`.
    pub version: String,
    /// What it must be able to read; links resolved too.
    pub readonly: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Described {
    executable: PathBuf,
    version: String,
    paths: Vec<PathBuf>,
}

const DESCRIBE: &str = r#"
import json, os, sys, sysconfig
paths = {sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix}
paths |= {p for p in sysconfig.get_paths().values() if os.path.isdir(p)}
paths |= {p for p in sys.path if p and os.path.exists(p)}
link = sys.executable
while os.path.islink(link):
    paths.add(os.path.dirname(link))
    link = os.path.join(os.path.dirname(link), os.readlink(link))
paths.add(os.path.dirname(link))
version = "%d.%d.%d" % sys.version_info[:3]
print(json.dumps({"executable": sys.executable, "version": version, "paths": sorted(paths)}))
"#;

impl Interpreter {
    /// The one that is named, else `FDSP_PYTHON`, else `python3` on PATH.
    pub fn find(named: Option<&Path>) -> Result<Self, InterpreterError> {
        let told = named.map(Path::to_owned).or_else(|| std::env::var_os("FDSP_PYTHON").map(PathBuf::from));
        match told {
            Some(path) => Self::describe(&path),
            None => match Self::describe(Path::new("python3")) {
                Err(InterpreterError::Broken { reason, .. }) if reason.contains("No such file") => {
                    Err(InterpreterError::Missing)
                }
                found => found,
            },
        }
    }

    /// Asks the interpreter itself; `-I` keeps the caller's environment and folder out of the answer.
    fn describe(path: &Path) -> Result<Self, InterpreterError> {
        let broken = |reason: String| InterpreterError::Broken { path: path.to_owned(), reason };
        let output = Command::new(path).args(["-I", "-c", DESCRIBE]).output();
        let output = output.map_err(|error| broken(error.to_string()))?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(broken(said.trim().lines().last().unwrap_or("it failed without a word").to_owned()));
        }
        let described: Described = serde_json::from_slice(&output.stdout)
            .map_err(|error| broken(format!("it does not answer as Python does ({error})")))?;
        let mut readonly = Vec::new();
        for path in described.paths {
            readonly.extend(path.canonicalize().ok().filter(|real| *real != path));
            readonly.push(path);
        }
        readonly.sort();
        readonly.dedup();
        // A folder brings what is below it.
        let all = readonly.clone();
        readonly.retain(|path| !all.iter().any(|other| other != path && path.starts_with(other)));
        Ok(Self { program: described.executable, version: described.version, readonly })
    }
}
