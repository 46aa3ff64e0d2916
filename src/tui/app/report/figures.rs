//! Figures 3 to 5: findings by CWE.

use super::numbers::{approach, cwe, fraction, in_full, of_hundred, run_name};
use super::pages::group;
use super::sheet::{Bar, Bars, GridCell, Sheet, SheetLine};
use crate::core::settings::VerdictMode;
use crate::metrics::{CweBar, Study};
use crate::tui::style::Role;

/// Lines of bars; the longest of them is as wide as there is room.
fn bars(sheet: &mut Sheet, section: &str, bars: &[CweBar], words: &str, compared: &str, by_share: bool) {
    let most = bars.iter().map(|one| one.findings).max().unwrap_or(0).max(1);
    for one in bars {
        let name = cwe(one.cwe);
        let what = format!("{words}: {name}");
        // Refining may bring new findings: more than were there before, so this is no share of anything.
        let part = (one.of > 0).then(|| f64::from(one.findings) / f64::from(one.of));
        let part_words = part.map_or_else(|| "new".to_owned(), of_hundred);
        let details = [
            format!("{} of {} {compared}: {part_words}", one.findings, one.of),
            format!("{name} in {}", in_full(&one.items, "items")),
        ];
        let cell = |text: String| GridCell::new(text, &what, one.items.evidence.clone()).detail(&details);
        let cells = vec![
            cell(one.findings.to_string()),
            cell(one.of.to_string()).role(Role::Muted),
            cell(part_words.clone()),
            cell(fraction(&one.items)),
        ];
        let share = if by_share { part.unwrap_or(1.0).min(1.0) } else { f64::from(one.findings) / f64::from(most) };
        sheet.lines.push(SheetLine {
            name,
            section: section.to_owned(),
            cells,
            bars: vec![Some(Bar { share, interval: None, text: String::new() })],
        });
    }
}

fn figures(study: &Study, mode: VerdictMode) -> impl Iterator<Item = (String, &crate::metrics::CweFigures)> {
    let several = study.runs.len() > 1;
    study.cwes.iter().filter(move |figures| figures.mode == mode).map(move |figures| {
        let info = study.runs.get(figures.run as usize).filter(|_| several);
        (info.map(run_name).unwrap_or_default(), figures)
    })
}

pub fn figure3(study: &Study, mode: VerdictMode) -> Sheet {
    let mut sheet = Sheet {
        caption: "Figure 3 · the most frequent CWEs in generated code".to_owned(),
        stub: "CWE",
        bars: Bars::Inline,
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("findings", 10), ("of all", 8), ("share", 9), ("items", 10)]);
    for (name, figures) in figures(study, mode) {
        if !name.is_empty() {
            sheet.section(&name);
        }
        bars(&mut sheet, &name, &figures.generated, "findings in generated code", "findings", false);
    }
    sheet
}

pub fn figure4(study: &Study, mode: VerdictMode) -> Sheet {
    let by = study.cwes.first().map(|figures| approach(figures.unresolved_by)).unwrap_or_default();
    let mut sheet = Sheet {
        caption: format!("Figure 4 · findings that {by} leaves, of those in generated code"),
        stub: "CWE",
        bars: Bars::Inline,
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("left", 8), ("of", 7), ("share", 10), ("items", 10)]);
    for (name, figures) in figures(study, mode) {
        if !name.is_empty() {
            sheet.section(&name);
        }
        let words = format!("left by {}", approach(figures.unresolved_by));
        bars(&mut sheet, &name, &figures.unresolved, &words, "findings in generated code", true);
    }
    sheet
}

pub fn figure5(study: &Study, mode: VerdictMode) -> Sheet {
    let mut sheet = Sheet {
        caption: "Figure 5 · the five most frequent CWEs that each approach leaves".to_owned(),
        stub: "CWE",
        bars: Bars::Inline,
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("findings", 10), ("of all", 8), ("share", 9), ("items", 10)]);
    for (run, figures) in figures(study, mode) {
        for (id, found) in &figures.by_approach {
            let name = approach(*id);
            let section = if run.is_empty() { name.clone() } else { format!("{name} · {run}") };
            if !found.is_empty() {
                sheet.section(&section);
            }
            bars(&mut sheet, &section, found, &format!("left by {name}"), "findings", false);
        }
    }
    sheet
}
