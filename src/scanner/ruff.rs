//! Ruff's S rules in Bandit's words.

use super::nosec::Nosec;
use super::{decode, failed, table};
use crate::core::finding::{Finding, ScanError, ScannerId};
use crate::python::{RawFinding, Security, SecurityError, ruff_version, security_async};

/// The newest Python that ruff parses: whether code runs on an older one is for the syntax check to say.
const TARGET: &str = "3.14";

pub fn id() -> ScannerId {
    ScannerId { name: "ruff".to_owned(), version: ruff_version().to_owned() }
}

pub async fn scan(code: &[u8]) -> Result<Vec<Finding>, ScanError> {
    let text = decode::decode(code)?;
    match security_async(&text, TARGET).await {
        Ok(Security { findings, nosec }) => {
            let nosec = Nosec::of(&nosec);
            Ok(findings.into_iter().map(|raw| finding(raw, &nosec)).collect())
        }
        Err(SecurityError::Syntax(problem)) => {
            Err(ScanError { line: Some(problem.line), message: problem.message, failed: false })
        }
        Err(SecurityError::Broken(broken)) => Err(failed(broken.to_string())),
    }
}

fn finding(raw: RawFinding, nosec: &Nosec) -> Finding {
    let known = table::by_code(&raw.code);
    let rule = known.map_or_else(|| raw.code.clone(), |rule| rule.id.to_owned());
    let suppressed = match (nosec.hides(&rule, raw.line, raw.end_line), raw.hidden) {
        (true, _) => Some("nosec".to_owned()),
        (false, true) => Some("noqa".to_owned()),
        (false, false) => None,
    };
    Finding {
        name: known.map_or_else(String::new, |rule| rule.name.to_owned()),
        cwe: known.map(|rule| rule.cwe),
        severity: known.and_then(|rule| rule.severity),
        confidence: known.and_then(|rule| rule.confidence),
        line: raw.line,
        end_line: raw.end_line,
        column: raw.column,
        message: raw.message,
        rule,
        suppressed,
    }
}
