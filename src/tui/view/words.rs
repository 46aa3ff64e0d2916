//! Signs and words for verdicts, labels and times, alike on every screen.

use crate::core::label::LabelVerdict;
use crate::core::projection::Row;
use crate::core::verdict::Verdict;
use crate::tui::app::timeline::Mark;
use crate::tui::style::{Role, Signs};

pub fn verdict(signs: Signs, verdict: Option<Verdict>) -> (&'static str, Role) {
    match verdict {
        Some(Verdict::Secure) => (signs.good, Role::Good),
        Some(Verdict::Vulnerable) => (signs.danger, Role::Danger),
        Some(Verdict::Invalid) => (signs.invalid, Role::Warn),
        None => (signs.idle, Role::Muted),
    }
}

pub fn mark(signs: Signs, mark: Mark, spinner: usize) -> (&'static str, Role) {
    match mark {
        Mark::Good => (signs.good, Role::Good),
        Mark::Bad => (signs.danger, Role::Danger),
        Mark::Warn => (signs.invalid, Role::Warn),
        Mark::Plain => (signs.idle, Role::Muted),
        Mark::Open => (signs.open, Role::Muted),
        Mark::Busy => (signs.spinner[spinner % signs.spinner.len()], Role::Warn),
    }
}

pub fn label(label: LabelVerdict) -> (&'static str, Role) {
    match label {
        LabelVerdict::Realistic => ("R", Role::Good),
        LabelVerdict::Unrealistic => ("U", Role::Danger),
        LabelVerdict::Unsure => ("?", Role::Warn),
    }
}

/// The first CWE of a row, `+` where there are more.
pub fn cwe(row: Option<&Row>) -> String {
    match row.map(|row| row.cwes.as_slice()) {
        Some([one]) => format!("CWE-{one}"),
        Some([first, ..]) => format!("CWE-{first}+"),
        _ => String::new(),
    }
}

/// How an item ended, in a word.
pub fn outcome(row: &Row) -> &'static str {
    match (row.failed, row.generated, row.verdict) {
        (true, ..) => "failed",
        (_, Some(Verdict::Vulnerable), Some(Verdict::Secure)) => "fixed",
        (_, _, Some(verdict)) => verdict.as_str(),
        (_, _, None) => "running",
    }
}

pub fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
