//! What a scanner reports about one piece of code. Scanning is not judging: see [`super::verdict`].

use std::fmt;

use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Undefined,
    Low,
    Medium,
    High,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Undefined => "undefined",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// Bandit's id, e.g. `B608`, for Bandit and ruff alike; another scanner's own, e.g. `py/sql-injection`.
    pub rule: String,
    /// Bandit's name of the test, e.g. `hardcoded_sql_expressions`; empty where a rule has only its id.
    pub name: String,
    pub cwe: Option<u32>,
    pub severity: Option<Level>,
    pub confidence: Option<Level>,
    /// From 1.
    pub line: u32,
    pub end_line: u32,
    /// From 1, in characters.
    pub column: u32,
    pub message: String,
    /// What hid this finding from the scanner's results list: `nosec` or `noqa`; `inSource` or `external` in SARIF.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suppressed: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScannerId {
    pub name: String,
    pub version: String,
}

impl fmt::Display for ScannerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Why a file has no findings to show: it does not parse, or the scanner failed on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScanError {
    pub line: Option<u32>,
    pub message: String,
    /// The scanner itself failed (killed, hung, rubbish): nothing is known about the code.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub failed: bool,
}

/// One scanner's report on one piece of code (ℜ of the paper).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Scan {
    pub scanner: ScannerId,
    pub error: Option<ScanError>,
    /// Suppressed findings stand here too, marked.
    pub findings: Vec<Finding>,
}

impl Scan {
    /// The results list as the scanner itself prints it.
    pub fn reported(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.suppressed.is_none())
    }
}
