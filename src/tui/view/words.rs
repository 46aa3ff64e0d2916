//! Signs and words for verdicts, labels and times, alike on every screen.

use crate::core::ids::ApproachId;
use crate::core::label::{Label, LabelVerdict};
use crate::core::projection::Row;
use crate::core::settings::Settings;
use crate::core::verdict::Verdict;
use crate::tui::app::list::Cell;
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

/// A label that settles a version, in one column.
pub fn label_sign(signs: Signs, said: &Label) -> Option<(&'static str, Role)> {
    said.verdict.map(label).or(said.skip.then_some((signs.skip, Role::Muted)))
}

/// What the annotator says of a fix, in one column: the label, else that it was skipped.
pub fn own(signs: Signs, cell: &Cell) -> Option<(&'static str, Role)> {
    cell.label.map(label).or(cell.skipped.then_some((signs.skip, Role::Muted)))
}

/// An approach's letter, where there is no room for its name.
pub fn letter(approach: ApproachId) -> &'static str {
    match approach {
        ApproachId::Generate => "G",
        ApproachId::Direct => "D",
        ApproachId::SelfDebug => "S",
        ApproachId::Feedback => "F",
        ApproachId::Verbalize => "V",
        ApproachId::Fdsp => "P",
        ApproachId::GenerateAware => "A",
        ApproachId::Repair => "R",
        ApproachId::RepairExplained => "E",
    }
}

/// An approach's name where a column is a little too narrow for the whole.
pub fn short_name(approach: ApproachId) -> &'static str {
    match approach {
        ApproachId::GenerateAware => "gen-aware",
        ApproachId::RepairExplained => "repair-expl.",
        other => other.as_str(),
    }
}

/// The sign of how an approach ended on an item, and whether its fix does not run.
pub fn ending(signs: Signs, row: Option<&Row>) -> (&'static str, Role, bool) {
    let (sign, role) = match row {
        Some(row) if row.failed => (signs.invalid, Role::Warn),
        row => verdict(signs, row.and_then(|row| row.verdict)),
    };
    // A fix that does not run is no fix to be glad of, nor is silence of the scanner where the test fails.
    let broken = row.is_some_and(|row| (row.is_fix() && row.undefined > 0) || row.is_false_secure());
    (sign, if broken { Role::Warn } else { role }, broken)
}

/// The first CWE, `+` where there are more.
pub fn cwe(cwes: &[u32]) -> String {
    match cwes {
        [one] => format!("CWE-{one}"),
        [first, ..] => format!("CWE-{first}+"),
        [] => String::new(),
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

/// The approaches of a run, in a word where they are all.
pub fn approaches(settings: &Settings) -> String {
    match settings.approaches.as_slice() {
        every if every == ApproachId::REFINEMENTS => "all".to_owned(),
        every if every == ApproachId::EXPERIMENTS => "experiments".to_owned(),
        some => some.iter().map(|id| id.as_str()).collect::<Vec<_>>().join("+"),
    }
}

pub fn own_templates(settings: &Settings) -> String {
    let names: Vec<&str> = settings.templates.keys().map(String::as_str).collect();
    format!("own templates: {}", names.join(" "))
}

pub fn day(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d").to_string()
}
