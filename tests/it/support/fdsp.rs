//! The real binary with a home and a store of its own.

#![allow(dead_code, reason = "tests and benches use a part each")]

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub struct Fdsp {
    home: tempfile::TempDir,
    db: PathBuf,
}

pub struct Output {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Fdsp {
    pub fn new() -> Self {
        let home = tempfile::tempdir().expect("a temporary folder");
        Self { db: home.path().join("store.db"), home }
    }

    /// A home of its own, a store that is there already.
    pub fn with_db(db: PathBuf) -> Self {
        Self { db, ..Self::new() }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    pub fn db(&self) -> PathBuf {
        self.db.clone()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fdsp"));
        command
            .args(arguments)
            .current_dir(self.home())
            .env("HOME", self.home())
            .env("FDSP_DB", self.db())
            .env("FDSP_DATA_DIR", self.home())
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("XDG_DATA_HOME")
            .env_remove("FDSP_CONFIG")
            .env_remove("FDSP_KEYS")
            .env_remove("NO_COLOR");
        command
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output().expect("the binary starts");
        Output {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

pub fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON ({error}): {text}"))
}
