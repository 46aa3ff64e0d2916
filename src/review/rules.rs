//! Findings that moved to another rule, came back, or are new.

use super::findings::{Change, Compared, compare};
use super::{Context, Hint, Lines, Pair};
use crate::core::finding::Finding;
use crate::core::hint::HintKind;

/// Bandit's rules about statements of one role: a finding may move inside a family without anything being repaired.
const FAMILIES: [&[&str]; 9] = [
    &["B105", "B106", "B107"],
    &["B102", "B307"],
    &["B602", "B603", "B604", "B605", "B606", "B607", "B609"],
    &["B108", "B306", "B325"],
    &["B301", "B302", "B506"],
    &["B303", "B304", "B305", "B324"],
    &["B313", "B314", "B315", "B316", "B317", "B318", "B319", "B320"],
    &["B501", "B502", "B503", "B504", "B323"],
    &["B608", "B610", "B611"],
];

/// B602 to B603, a shell less: a step of a repair.
fn is_milder(then: &Finding, now: &Finding) -> bool {
    then.severity.zip(now.severity).is_some_and(|(then, now)| now < then)
}

/// Whether `now` does what `then` did.
pub(super) fn same_role(then: &Finding, now: &Finding) -> bool {
    // Bandit's rules about imports alone: no statement plays their role.
    let imports = |finding: &Finding| finding.rule.starts_with("B40") || finding.rule.starts_with("B41");
    let both = |family: &&[&str]| family.contains(&then.rule.as_str()) && family.contains(&now.rule.as_str());
    let alike = FAMILIES.iter().any(both) || (then.cwe.is_some() && then.cwe == now.cwe);
    then.rule != now.rule && alike && !imports(then) && !imports(now)
}

fn lines(finding: &Finding) -> Lines {
    Lines { first: finding.line, last: finding.end_line.max(finding.line) }
}

pub fn hints(pair: &Pair, context: &Context, hints: &mut Vec<Hint>) {
    let Some(before) = &pair.before else { return };
    // Without a report on both sides nothing is gone and nothing new.
    let scanned = |side: &super::Side| side.version.scan.as_ref().is_some_and(|scan| scan.error.is_none());
    if !scanned(before) || !scanned(&pair.after) {
        return;
    }
    let compared = compare(Some(before.version), pair.after.version);
    let of = |change: Change| compared.iter().filter(move |it: &&Compared| it.change == change).map(|it| &it.finding);
    let mut gone: Vec<&Finding> = of(Change::Gone).collect();
    for finding in of(Change::New) {
        let words = match gone.iter().position(|other| same_role(other, finding)) {
            Some(at) => {
                let old = gone.remove(at);
                if is_milder(old, finding) {
                    continue;
                }
                let words = format!("{} is gone and {} stands in its place", old.rule, finding.rule);
                hints.push(Hint::new(HintKind::FindingMoved, words).before(lines(old)).after(lines(finding)));
                continue;
            }
            None => format!("{} is new", finding.rule),
        };
        hints.push(Hint::new(HintKind::NewFinding, words).after(lines(finding)));
    }
    let mut back: Vec<&Finding> = Vec::new();
    for finding in of(Change::Still) {
        let absent = context.between.iter().any(|version| {
            version.scan.as_ref().is_some_and(|scan| {
                scan.error.is_none() && scan.findings.iter().all(|other| other.rule != finding.rule)
            })
        });
        if absent && back.iter().all(|other| other.rule != finding.rule) {
            back.push(finding);
        }
    }
    for finding in back {
        let words = format!("{} was gone in between and is back", finding.rule);
        hints.push(Hint::new(HintKind::FindingBack, words).after(lines(finding)));
    }
}
