//! Names as the paper has them, and how numbers are written.

use crate::core::escape;
use crate::core::ids::ApproachId;
use crate::core::settings::{RunInfo, VerdictMode};
use crate::metrics::{Interval, Labels, Share};

/// For what a run cannot answer, such as `strict` over a run that stopped by the paper's rule.
pub const MISSING: &str = "not available";

/// One line in which nothing is hidden.
pub fn gate(text: &str) -> String {
    escape::line(text, escape::TAB)
}

/// The approach as the paper calls it.
pub fn approach(id: ApproachId) -> &'static str {
    match id {
        ApproachId::Generate => "Generated code",
        ApproachId::Direct => "Direct prompting",
        ApproachId::SelfDebug => "Self-debugging",
        ApproachId::Feedback => "Scanner feedback",
        ApproachId::Verbalize => "Verbalization",
        ApproachId::Fdsp => "FDSP",
        other => other.as_str(),
    }
}

pub fn mode(mode: VerdictMode) -> &'static str {
    match mode {
        VerdictMode::Strict => "strict verdicts",
        VerdictMode::Paper => "paper verdicts",
    }
}

pub fn labels(labels: Labels) -> &'static str {
    match labels {
        Labels::Without => "without labels",
        Labels::With => "with labels",
    }
}

pub fn labels_word(labels: Labels) -> &'static str {
    match labels {
        Labels::Without => "without",
        Labels::With => "with",
    }
}

/// A line that says where a run's numbers come from.
pub fn about(run: &RunInfo) -> String {
    let settings = &run.settings;
    let refines = settings.approaches.iter().any(|id| id.refines());
    let tries = match refines {
        true => format!("; J = {}, K = {}", settings.solutions, settings.iterations),
        false => String::new(),
    };
    let samples = if settings.samples > 1 { format!("; n = {}", settings.samples) } else { String::new() };
    format!(
        "Data set {}; model {}; run {}; scanner {}; run under {}{tries}{samples}",
        run.dataset,
        run.model.model,
        run.id,
        settings.scanner,
        mode(settings.verdict),
    )
}

pub fn cwe(cwe: Option<u32>) -> String {
    cwe.map_or_else(|| "no CWE".to_owned(), |number| format!("CWE-{number}"))
}

/// A CWE type of one number or several.
pub fn cwe_type(numbers: &[u32]) -> String {
    match numbers.split_first() {
        None => cwe(None),
        Some((first, rest)) => rest.iter().fold(format!("CWE-{first}"), |name, number| format!("{name}/{number}")),
    }
}

pub fn count(share: &Share) -> String {
    format!("{}/{}", share.count, share.of)
}

/// One decimal, never a negative zero.
pub fn decimal(value: f64) -> String {
    signed(value, 1)
}

/// A part of 1 as per cent.
pub fn percent(value: f64) -> String {
    format!("{} %", decimal(value * 100.0))
}

/// In per cent.
pub fn interval(ends: Interval) -> String {
    format!("{}–{}", decimal(ends.low * 100.0), decimal(ends.high * 100.0))
}

/// Of a coefficient, which may be negative.
pub fn ends(ends: Interval) -> String {
    format!("{} to {}", signed(ends.low, 2), signed(ends.high, 2))
}

/// Never a negative zero.
pub fn signed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.chars().all(|c| matches!(c, '0' | '.')) => digits.to_owned(),
        _ => text,
    }
}

pub fn probability(p: f64) -> String {
    if p < 0.0001 { "< 0.0001".to_owned() } else { format!("{p:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_one_way() {
        assert_eq!(decimal(-0.04), "0.0");
        assert_eq!(decimal(-3.13), "-3.1");
        assert_eq!(ends(Interval { low: -0.001, high: 0.731 }), "0.00 to 0.73");
        assert_eq!((signed(-0.0004, 3), signed(-0.02, 2)), ("0.000".to_owned(), "-0.02".to_owned()));
        assert_eq!(percent(57.0 / 149.0), "38.3 %");
        assert_eq!(interval(Interval { low: 0.1, high: 0.256 }), "10.0–25.6");
        assert_eq!(probability(0.00001), "< 0.0001");
        assert_eq!(probability(0.03125), "0.0312");
        assert_eq!(cwe(None), "no CWE");
        assert_eq!(cwe_type(&[287, 306, 862, 863]), "CWE-287/306/862/863");
        assert_eq!((cwe_type(&[89]), cwe_type(&[])), ("CWE-89".to_owned(), "no CWE".to_owned()));
    }
}
