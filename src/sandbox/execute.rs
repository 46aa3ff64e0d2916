//! From a version of the code and an item's suite to what came of the test.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::{
    Captured, End, File, Interpreter, InterpreterError, Job, Layers, Limits, Outcome, Reason, Sandbox, SandboxError,
};
use crate::core::execution::{self, Assertion, Execution, Fault, Level, TestResult};
use crate::core::item::{Resource, Suite, SuiteKind};
use crate::core::settings::Testing;
use crate::core::text::Text;

const HARNESS: &str = include_str!("harness.py");

/// What `--repair-environment` runs before the code: names that tests and codes use without importing them.
pub const PRELUDE: &str = "import os, json, re, sys, time, random, threading, tempfile, subprocess\n";

/// What it runs besides before a `unittest` module: published ones use these without importing them.
pub const UNITTEST_PRELUDE: &str = "import unittest\nfrom unittest import mock\nfrom unittest.mock import ANY, \
    DEFAULT, AsyncMock, MagicMock, Mock, PropertyMock, call, mock_open, patch, sentinel\n";

#[derive(Debug, thiserror::Error)]
pub enum TesterError {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Interpreter(#[from] InterpreterError),
    #[error("the interpreter could not be asked: {0}")]
    Worker(String),
}

/// A sandbox with an interpreter in it; clones share both.
#[derive(Debug, Clone)]
pub struct Tester {
    sandbox: Sandbox,
    interpreter: Interpreter,
    testing: Testing,
}

/// What the harness is told on its standard input.
#[derive(Serialize)]
struct Told<'a> {
    kind: &'a str,
    prelude: Option<String>,
    code: &'a str,
    test: &'a str,
    entry_point: &'a str,
    token: &'a str,
}

/// What it answers.
#[derive(Deserialize)]
struct Record {
    token: String,
    result: TestResult,
    assertions: Vec<Assertion>,
    fault: Option<Fault>,
}

impl Tester {
    /// Starts `supervisor`, this program itself. Refuses a sandbox below the level that `testing` requires. Where
    /// `testing` names no Python it is that of the data set's environment, else the machine's.
    pub async fn start(supervisor: &Path, testing: &Testing, dataset: &str) -> Result<Self, TesterError> {
        let told = (!testing.python.is_empty()).then(|| PathBuf::from(&testing.python));
        let named = told
            .or_else(|| std::env::var_os("FDSP_PYTHON").map(PathBuf::from))
            .or_else(|| super::environment::python_of(dataset));
        let find = move || Interpreter::find(named.as_deref());
        let interpreter =
            tokio::task::spawn_blocking(find).await.map_err(|error| TesterError::Worker(error.to_string()))??;
        let layers = if testing.unsandboxed { Layers::UNSANDBOXED } else { Layers::ALL };
        let sandbox = Sandbox::start(supervisor, layers).await?;
        if !testing.unsandboxed {
            sandbox.require(testing.level)?;
        }
        let testing = Testing { python: interpreter.program.display().to_string(), ..testing.clone() };
        Ok(Self { sandbox, interpreter, testing })
    }

    /// The settings with the interpreter that was found.
    pub fn testing(&self) -> &Testing {
        &self.testing
    }

    pub fn level(&self) -> Level {
        self.sandbox.level()
    }

    pub fn interpreter(&self) -> &Interpreter {
        &self.interpreter
    }

    /// Runs the suite's test on `code`. Whatever the program does, there is an execution.
    pub async fn run(&self, suite: &Suite, code: &str) -> Execution {
        let repair = self.testing.repair_environment;
        let supplied = match suite.kind {
            SuiteKind::Check => PRELUDE.to_owned(),
            SuiteKind::Unittest => format!("{PRELUDE}{UNITTEST_PRELUDE}"),
        };
        let prelude = match (&suite.prelude, repair) {
            (Some(own), true) => Some(format!("{supplied}{}", &**own)),
            (Some(own), false) => Some(own.to_string()),
            (None, true) => Some(supplied),
            (None, false) => None,
        };
        let kind = match suite.kind {
            SuiteKind::Check => "check",
            SuiteKind::Unittest => "unittest",
        };
        let supplied = suite.missing.iter().filter(|_| repair);
        let files = suite.files.iter().chain(supplied).map(file).collect();
        let token = token();
        let told = Told { kind, prelude, code, test: &suite.test, entry_point: &suite.entry_point, token: &token };
        let ran = self.sandbox.run(&self.job(&told, files)).await;
        Execution { test: suite.test.hash(), repaired: repair, ..self.execution(ran, &token) }
    }

    /// Runs code by itself. `None`: it came to its end.
    pub async fn alone(&self, code: &str) -> Option<Fault> {
        let token = token();
        let told = Told { kind: "alone", prelude: None, code, test: "", entry_point: "", token: &token };
        let execution = self.execution(self.sandbox.run(&self.job(&told, Vec::new())).await, &token);
        match (execution.result, execution.fault) {
            (TestResult::Pass, _) => None,
            (_, Some(fault)) => Some(fault),
            (result, None) => Some(Fault { kind: result.to_string(), message: String::new(), part: None, line: None }),
        }
    }

    fn job(&self, told: &Told<'_>, files: Vec<File>) -> Job {
        let wall = Duration::from_secs(self.testing.seconds.max(1).into());
        let folder = self.interpreter.program.parent().map(|folder| folder.display().to_string()).unwrap_or_default();
        let env = [
            ("PATH", format!("{folder}:/usr/bin:/bin").as_str()),
            ("HOME", "/work"),
            ("LANG", "C.UTF-8"),
            ("TMPDIR", "/tmp"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Job {
            program: self.interpreter.program.clone(),
            args: ["-I", "-B", "-c", HARNESS].map(str::to_owned).to_vec(),
            stdin: serde_json::to_vec(told).unwrap_or_default(),
            env: env.to_vec(),
            files,
            readonly: self.interpreter.readonly.clone(),
            limits: Limits { wall, cpu: wall, ..Limits::default() },
        }
    }

    fn execution(&self, ran: Result<Outcome, SandboxError>, token: &str) -> Execution {
        let outcome = match ran {
            Ok(outcome) => outcome,
            Err(error) => return self.refused(error.to_string()),
        };
        let record =
            serde_json::from_slice::<Record>(&outcome.result.bytes).ok().filter(|record| record.token == token);
        let fault = |kind: &str, message: &str| {
            Some(Fault { kind: kind.to_owned(), message: message.to_owned(), part: None, line: None })
        };
        let (result, assertions, fault) = match (outcome.end, record) {
            (End::Killed(reason), _) => {
                let timeout = matches!(reason, Reason::Wall | Reason::Cpu);
                let result = if timeout { TestResult::Timeout } else { TestResult::Killed };
                (result, Vec::new(), fault(reason.as_str(), "this limit was hit"))
            }
            (_, Some(record)) => (record.result, record.assertions, record.fault),
            (End::Signalled(signal), None) => (TestResult::Killed, Vec::new(), fault("signal", &signal_name(signal))),
            (End::Exited(code), None) => {
                let message = format!("the program ended with exit code {code} before its test did");
                (TestResult::Error, Vec::new(), fault("exit", &message))
            }
        };
        let mut missing = outcome.missing;
        if self.testing.unsandboxed {
            missing.insert(0, "unsandboxed".to_owned());
        }
        Execution {
            result,
            assertions,
            fault,
            seconds: outcome.seconds,
            cpu_seconds: outcome.cpu_seconds,
            peak_memory: outcome.peak_memory,
            stdout: captured(outcome.stdout),
            stderr: captured(outcome.stderr),
            level: outcome.level,
            missing,
            python: self.interpreter.version.clone(),
            test: String::new(),
            repaired: false,
        }
    }

    fn refused(&self, message: String) -> Execution {
        Execution {
            result: TestResult::Refused,
            assertions: Vec::new(),
            fault: Some(Fault { kind: "sandbox".to_owned(), message, part: None, line: None }),
            seconds: 0.0,
            cpu_seconds: 0.0,
            peak_memory: 0,
            stdout: execution::Captured::default(),
            stderr: execution::Captured::default(),
            level: self.sandbox.level(),
            missing: self.sandbox.report().missing(),
            python: self.interpreter.version.clone(),
            test: String::new(),
            repaired: false,
        }
    }
}

/// Proves that a record is the harness's; unlike for every run, so that no code can know it beforehand.
fn token() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}

fn file(resource: &Resource) -> File {
    let bytes = match (&resource.text, &resource.base64) {
        (Some(text), _) => text.as_bytes().to_vec(),
        (None, Some(coded)) => STANDARD.decode(coded.as_bytes()).unwrap_or_default(),
        (None, None) => Vec::new(),
    };
    File { path: resource.path.clone(), bytes }
}

fn captured(captured: Captured) -> execution::Captured {
    execution::Captured {
        text: Text::from(String::from_utf8_lossy(&captured.bytes).into_owned()),
        bytes: captured.total,
        cut: captured.total > captured.bytes.len() as u64,
    }
}

#[cfg(unix)]
fn signal_name(signal: i32) -> String {
    rustix::process::Signal::from_named_raw(signal).map_or_else(|| signal.to_string(), |name| format!("{name:?}"))
}

#[cfg(not(unix))]
fn signal_name(signal: i32) -> String {
    signal.to_string()
}
