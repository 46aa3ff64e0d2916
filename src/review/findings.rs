//! Findings before and after: which are gone, new, or still there.

use crate::core::finding::Finding;
use crate::core::fold::Version;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    New,
    Still,
    Gone,
}

impl Change {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Still => "still",
            Self::Gone => "gone",
        }
    }
}

/// A finding of the later version, or, when gone, of the earlier one.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    pub change: Change,
    pub finding: Finding,
    /// For one that is still there: its line before.
    pub line_before: Option<u32>,
}

/// Pairs the findings of two versions: first the same rule on the same text, then the same rule anywhere.
/// A rule that only moved to rewritten code is thus still there, not one gone and one new.
pub fn compare(before: Option<&Version>, after: &Version) -> Vec<Compared> {
    let mut old: Vec<(&Finding, &str)> = before.map(findings).unwrap_or_default();
    let new = findings(after);
    let mut pairs: Vec<Option<&Finding>> = vec![None; new.len()];
    for same_text in [true, false] {
        for (at, (finding, text)) in new.iter().enumerate().filter(|(at, _)| *at < new.len()) {
            if pairs[at].is_some() {
                continue;
            }
            let found = old
                .iter()
                .position(|(other, other_text)| other.rule == finding.rule && (!same_text || other_text == text));
            if let Some(found) = found {
                pairs[at] = Some(old.remove(found).0);
            }
        }
    }
    let mut all: Vec<Compared> = new
        .iter()
        .zip(pairs)
        .map(|((finding, _), pair)| Compared {
            change: if pair.is_some() { Change::Still } else { Change::New },
            finding: (*finding).clone(),
            line_before: pair.map(|pair| pair.line),
        })
        .collect();
    all.extend(old.into_iter().map(|(finding, _)| Compared {
        change: Change::Gone,
        finding: finding.clone(),
        line_before: Some(finding.line),
    }));
    all.sort_by_key(|compared| (compared.change, compared.finding.line));
    all
}

/// The findings of a version, each with the text of its line: with the rule the part that survives a shift of lines.
pub(super) fn findings(version: &Version) -> Vec<(&Finding, &str)> {
    let code = version.code.as_ref().map_or("", |code| code.as_str());
    let lines: Vec<&str> = code.lines().collect();
    let text = |line: u32| lines.get((line as usize).wrapping_sub(1)).map_or("", |line| line.trim());
    version.scan.iter().flat_map(|scan| &scan.findings).map(|finding| (finding, text(finding.line))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::finding::{Scan, ScannerId};
    use crate::core::ids::Step;

    fn version(code: &str, found: &[(&str, u32)]) -> Version {
        let findings = found
            .iter()
            .map(|(rule, line)| Finding {
                rule: (*rule).to_owned(),
                name: String::new(),
                cwe: None,
                severity: None,
                confidence: None,
                line: *line,
                end_line: *line,
                column: 1,
                message: String::new(),
                suppressed: None,
            })
            .collect();
        let scanner = ScannerId { name: "bandit".to_owned(), version: "1".to_owned() };
        Version {
            step: Step::Generate,
            code: Some(code.to_owned().into()),
            why: String::new(),
            truncated: false,
            checked: None,
            scan: Some(Scan { scanner, error: None, findings }),

            opinions: Vec::new(),
            execution: None,
        }
    }

    #[test]
    fn findings_are_paired_by_text_first_and_by_rule_then() {
        let before = version("a()\nb()\nc()\n", &[("B1", 1), ("B1", 2), ("B2", 3)]);
        let after = version("x\nb()\nz()\n", &[("B1", 2), ("B1", 3), ("B3", 3)]);
        let compared = compare(Some(&before), &after);
        let told: Vec<_> = compared
            .iter()
            .map(|c| (c.change.as_str(), c.finding.rule.as_str(), c.finding.line, c.line_before))
            .collect();
        assert_eq!(
            told,
            [
                ("new", "B3", 3, None),
                ("still", "B1", 2, Some(2)),
                ("still", "B1", 3, Some(1)),
                ("gone", "B2", 3, Some(3)),
            ]
        );
    }

    #[test]
    fn without_a_version_before_everything_is_new() {
        let after = version("a()\n", &[("B1", 1)]);
        assert_eq!(compare(None, &after)[0].change, Change::New);
    }
}
