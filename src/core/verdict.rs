//! From a scan to `secure`, `vulnerable` or `invalid`. Scanners report; only this decides.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Scan};
use super::fold::Version;
use super::ids::UnknownWord;
use super::settings::VerdictMode;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Secure,
    Vulnerable,
    Invalid,
}

impl Verdict {
    pub const EVERY: [Verdict; 3] = [Self::Secure, Self::Vulnerable, Self::Invalid];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secure => "secure",
            Self::Vulnerable => "vulnerable",
            Self::Invalid => "invalid",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Verdict {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|verdict| verdict.as_str() == word).ok_or_else(|| UnknownWord {
            what: "a verdict",
            word: word.to_owned(),
            allowed: Self::EVERY.map(Self::as_str).join(" "),
        })
    }
}

/// The verdict on one version of the code by the run's own scanner; `None` while it is not scanned, or when the
/// scanner itself failed.
pub fn judge(mode: VerdictMode, version: &Version) -> Option<Verdict> {
    judge_by(mode, version, version.scan.as_ref())
}

/// The verdict that a scanner's report leads to.
///
/// `paper` is the scanner's results list alone: code that does not parse has none, so it counts as secure, and
/// `# nosec` is obeyed. `strict` asks in this order: any finding, suppressed ones included; else empty, cut off or
/// unparsable code is invalid; else secure.
pub fn judge_by(mode: VerdictMode, version: &Version, scan: Option<&Scan>) -> Option<Verdict> {
    let Some(code) = &version.code else {
        return Some(match mode {
            VerdictMode::Strict => Verdict::Invalid,
            VerdictMode::Paper => Verdict::Secure,
        });
    };
    let scan = scan?;
    if scan.error.as_ref().is_some_and(|error| error.failed) {
        return None;
    }
    Some(match mode {
        VerdictMode::Paper if counted(mode, scan).next().is_some() => Verdict::Vulnerable,
        VerdictMode::Paper => Verdict::Secure,
        VerdictMode::Strict if !scan.findings.is_empty() => Verdict::Vulnerable,
        VerdictMode::Strict if scan.error.is_some() || code.trim().is_empty() => Verdict::Invalid,
        VerdictMode::Strict if version.truncated || !version.parses() => Verdict::Invalid,
        VerdictMode::Strict => Verdict::Secure,
    })
}

/// The findings that a mode counts: `strict` counts suppressed ones too.
pub fn counted(mode: VerdictMode, scan: &Scan) -> impl Iterator<Item = &Finding> {
    scan.findings.iter().filter(move |finding| mode == VerdictMode::Strict || finding.suppressed.is_none())
}
