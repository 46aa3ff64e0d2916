//! What came of running a version of the code against its item's test, in the sandbox.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::UnknownWord;
use super::text::Text;

/// How a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TestResult {
    Pass,
    /// An assertion of the test did not hold.
    Fail,
    /// The program or its test stopped at another exception, or ended before the test did.
    Error,
    /// The wall clock or the processor time ran out.
    Timeout,
    /// Another limit was hit (memory, processes, disk), or a signal ended it.
    Killed,
    /// It was not run: no interpreter, or a sandbox below the level that the run requires.
    Refused,
}

impl TestResult {
    pub const EVERY: [TestResult; 6] =
        [Self::Pass, Self::Fail, Self::Error, Self::Timeout, Self::Killed, Self::Refused];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Killed => "killed",
            Self::Refused => "refused",
        }
    }
}

/// What an assertion is about, told by its message: `security: …` or nothing of the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AssertionClass {
    Functional,
    Security,
}

impl AssertionClass {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Functional => "functional",
            Self::Security => "security",
        }
    }
}

/// How well the sandbox held back what ran in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    None,
    Partial,
    Full,
}

impl Level {
    pub const EVERY: [Level; 3] = [Self::None, Self::Partial, Self::Full];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Partial => "partial",
            Self::Full => "full",
        }
    }
}

macro_rules! word {
    ($kind:ty, $what:literal) => {
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }
        impl FromStr for $kind {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::EVERY.into_iter().find(|known| known.as_str() == word).ok_or_else(|| UnknownWord {
                    what: $what,
                    word: word.to_owned(),
                    allowed: Self::EVERY.map(Self::as_str).join(" "),
                })
            }
        }
    };
}

word!(TestResult, "a test's result");
word!(Level, "a sandbox level");

/// One assert statement of the test, as often as it was reached; of a `unittest` module one case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assertion {
    /// The line in the test, from 1; of a case that did not pass the line at which it ended.
    pub line: u32,
    /// The statement as the test has it; of a case its class and method, `TestLogin.test_wrong_password`.
    pub source: String,
    pub class: AssertionClass,
    /// How often it held.
    pub held: u32,
    /// Whether it failed. A statement that failed is the last that was reached; the cases after a failed one run.
    pub failed: bool,
    /// The values of its operands when it failed, else when it last held: an expression's source and its `repr`, cut.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<(String, String)>,
    /// The message of the failed assertion; of a case why it did not pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What stopped the program, where it was no assertion of the test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fault {
    /// The exception's class, a signal's name, or the limit that was hit.
    pub kind: String,
    pub message: String,
    /// `prelude`, `code`, `test` or a file's name; with the line in it, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
}

/// A stream's output as it was kept.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Captured {
    /// Bytes that are not UTF-8 are replaced; escape sequences are as they came.
    pub text: Text,
    /// How many bytes the program wrote; more than were kept where it was cut.
    pub bytes: u64,
    #[serde(default)]
    pub cut: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    pub result: TestResult,
    /// The asserts that were reached, in the order of their lines; the cases in the order in which they ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assertions: Vec<Assertion>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    pub seconds: f64,
    pub cpu_seconds: f64,
    /// Bytes, of the whole process tree.
    pub peak_memory: u64,
    #[serde(default)]
    pub stdout: Captured,
    #[serde(default)]
    pub stderr: Captured,
    pub level: Level,
    /// What the sandbox lacks below `full`, in words; `unsandboxed` where it was switched off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The interpreter's version, e.g. `3.11.7`.
    pub python: String,
    /// SHA-256 of the test's text: which test this was.
    pub test: String,
    /// The environment was repaired: missing folders, common imports, missing files of the item.
    #[serde(default)]
    pub repaired: bool,
}

impl Execution {
    pub fn failed(&self) -> Option<&Assertion> {
        self.assertions.iter().find(|assertion| assertion.failed)
    }

    /// Ended by an assertion about security: what it is asked to do, it does.
    pub fn is_insecure(&self) -> bool {
        self.result == TestResult::Fail
            && self.failed().is_some_and(|assertion| assertion.class == AssertionClass::Security)
    }

    /// Why it ended as it did, in one line.
    pub fn cause(&self) -> String {
        let result = self.result;
        let source = |failed: &Assertion| failed.source.lines().next().unwrap_or_default().to_owned();
        match (self.failed(), &self.fault) {
            (Some(failed), None) => format!("{result}, line {} of the test: {}", failed.line, source(failed)),
            (None, None) => result.to_string(),
            (failed, Some(fault)) => {
                let case = failed.map(|failed| format!(" in {}", source(failed))).unwrap_or_default();
                let place = match (&fault.part, fault.line) {
                    (Some(part), Some(line)) => format!(", line {line} of the {part}"),
                    _ => String::new(),
                };
                format!("{result}{case}{place}: {}: {}", fault.kind, fault.message)
            }
        }
    }

    /// The module whose absence ended it: `flask` for `No module named 'flask.testing'`.
    pub fn lacking(&self) -> Option<&str> {
        let fault = self.fault.as_ref().filter(|fault| fault.kind == "ModuleNotFoundError")?;
        let (_, rest) = fault.message.split_once("No module named '")?;
        rest.split(['.', '\'']).next().filter(|name| !name.is_empty())
    }
}
