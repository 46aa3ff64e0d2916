//! Findings along a row of versions. A finding is known again by its rule and the text of its line, so lines may shift;
//! where its line was rewritten by its rule, and where another rule of the same role stands in its place, by that.

use super::super::findings::findings;
use super::super::rules::same_role;
use crate::core::finding::Finding;
use crate::core::fold::Version;
use crate::core::settings::VerdictMode;
use crate::core::verdict::counted;

/// What a version did to the findings of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    pub born: u32,
    pub fixed: u32,
    /// Still there, on a rewritten line or under another rule of the same role.
    pub moved: u32,
    /// Was gone in a version before.
    pub back: u32,
}

/// One finding along a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// The rules it went by, each once, in their order.
    pub rules: Vec<String>,
    pub cwe: Option<u32>,
    /// One for each version of the row.
    pub marks: Vec<Mark>,
}

/// A finding in one version; lines count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Not there yet.
    Before,
    New(u32),
    Still(u32),
    Moved(u32),
    Gone,
    Back(u32),
    /// No scanner could read this version.
    Unread,
    /// There is no version.
    Nothing,
}

impl Mark {
    /// Its line, where it is there.
    pub fn line(self) -> Option<u32> {
        match self {
            Self::New(line) | Self::Still(line) | Self::Moved(line) | Self::Back(line) => Some(line),
            _ => None,
        }
    }
}

/// The findings that a mode counts, each with the text of its line; `None` where there is no report.
pub(super) fn report(version: &Version, mode: VerdictMode) -> Option<Vec<(&Finding, &str)>> {
    let scan = version.scan.as_ref()?;
    if scan.findings.is_empty() && !version.parses() {
        return None;
    }
    let counts: Vec<&Finding> = counted(mode, scan).collect();
    let mut found = findings(version);
    found.retain(|(finding, _)| counts.iter().any(|it| std::ptr::eq(*it, *finding)));
    found.sort_by_key(|(finding, _)| (finding.line, finding.column));
    Some(found)
}

/// A track with what it was last.
struct Known<'a> {
    track: Track,
    last: &'a Finding,
    text: &'a str,
    here: bool,
}

pub(super) fn tracks(versions: &[Option<&Version>], mode: VerdictMode) -> (Vec<Track>, Vec<Option<Changes>>) {
    let mut known: Vec<Known> = Vec::new();
    let mut read = false;
    let mut all = Vec::new();
    for (column, version) in versions.iter().enumerate() {
        let found = version.and_then(|version| report(version, mode));
        let Some(found) = found else {
            let mark = if version.is_some() { Mark::Unread } else { Mark::Nothing };
            known.iter_mut().for_each(|one| one.track.marks.push(mark));
            all.push(None);
            continue;
        };
        let changes = step(&mut known, &found, column, versions);
        all.push(std::mem::replace(&mut read, true).then_some(changes));
    }
    (known.into_iter().map(|one| one.track).collect(), all)
}

/// Pairs the findings of one version with those that are known.
fn step<'a>(
    known: &mut Vec<Known<'a>>,
    found: &[(&'a Finding, &'a str)],
    column: usize,
    versions: &[Option<&Version>],
) -> Changes {
    type Fits<'a> = fn(&Known<'a>, &Finding, &str) -> bool;
    let ways: [Fits; 5] = [
        |one, finding, text| one.here && one.last.rule == finding.rule && one.text == text,
        |one, finding, text| !one.here && one.last.rule == finding.rule && one.text == text,
        |one, finding, _| one.here && one.last.rule == finding.rule,
        |one, finding, _| !one.here && one.last.rule == finding.rule,
        |one, finding, _| one.here && same_role(one.last, finding),
    ];
    let mut of: Vec<Option<usize>> = vec![None; found.len()];
    for way in ways {
        for (at, (finding, text)) in found.iter().enumerate() {
            if of[at].is_none() {
                of[at] = (0..known.len()).find(|one| !of.contains(&Some(*one)) && way(&known[*one], finding, text));
            }
        }
    }
    let mut changes = Changes::default();
    for (index, one) in known.iter_mut().enumerate() {
        let Some(at) = of.iter().position(|paired| *paired == Some(index)) else {
            changes.fixed += u32::from(one.here);
            one.here = false;
            one.track.marks.push(Mark::Gone);
            continue;
        };
        let (finding, text) = found[at];
        let stays = one.last.rule == finding.rule && one.text == text;
        one.track.marks.push(match (one.here, stays) {
            (true, true) => Mark::Still(finding.line),
            (true, false) => {
                changes.moved += 1;
                Mark::Moved(finding.line)
            }
            (false, _) => {
                changes.back += 1;
                Mark::Back(finding.line)
            }
        });
        if !one.track.rules.contains(&finding.rule) {
            one.track.rules.push(finding.rule.clone());
        }
        (one.last, one.text, one.here) = (finding, text, true);
    }
    for ((finding, text), _) in found.iter().zip(&of).filter(|(_, paired)| paired.is_none()) {
        changes.born += 1;
        let before = |version: &Option<&Version>| if version.is_some() { Mark::Before } else { Mark::Nothing };
        let mut marks: Vec<Mark> = versions[..column].iter().map(before).collect();
        marks.push(Mark::New(finding.line));
        let track = Track { rules: vec![finding.rule.clone()], cwe: finding.cwe, marks };
        known.push(Known { track, last: finding, text, here: true });
    }
    changes
}
