//! Table 2 and the page of scanners: what others say of the same code.

use super::Counted;
use super::numbers::{approach, cwe, fraction, in_full, percent, run_name};
use super::pages::{alarming, bar, group, rows_where};
use super::sheet::{Bars, GridCell, Sheet, SheetLine};
use crate::core::settings::VerdictMode;
use crate::metrics::{Labels, RowRef, Share};
use crate::tui::style::Role;

pub fn table2(counted: &Counted, mode: VerdictMode) -> Sheet {
    let mut sheet = Sheet {
        caption: "Table 2 · share vulnerable by a second scanner, nothing refined again".to_owned(),
        stub: "code",
        bars: Bars::Below,
        ..Sheet::default()
    };
    let study = &counted.study;
    const HEADS: [(&str, u16); 3] = [("vulnerable", 12), ("of all", 9), ("by the first", 14)];
    let first = study.table1.iter().find(|table| table.mode == mode && table.labels == Labels::Without);
    let mut columns: Vec<u32> = Vec::new();
    for block in study.table2.iter().filter(|table| table.mode == mode).flat_map(|table| table.blocks.first()) {
        for run in &block.runs {
            if !columns.contains(run) {
                columns.push(*run);
                group(&mut sheet, &study.runs.get(*run as usize).map(run_name).unwrap_or_default(), &HEADS);
            }
        }
    }
    for table in study.table2.iter().filter(|table| table.mode == mode) {
        let Some(block) = table.blocks.first() else { continue };
        sheet.section(&table.scanner);
        for line in &block.rows {
            let name = approach(line.approach);
            let mut shown = SheetLine { name: name.clone(), section: table.scanner.clone(), ..SheetLine::default() };
            for run in &columns {
                let at = block.runs.iter().position(|known| known == run);
                let cell = at.and_then(|at| line.cells.get(at)?.as_ref());
                shown.bars.push(cell.and_then(bar));
                let Some(share) = cell else {
                    shown.cells.extend(HEADS.map(|_| GridCell::default()));
                    continue;
                };
                let by_first = first.and_then(|table| {
                    let block = table.blocks.iter().find(|block| block.runs.contains(run))?;
                    let at = block.runs.iter().position(|known| known == run)?;
                    block.rows.iter().find(|known| known.approach == line.approach)?.cells.get(at)?.as_ref()
                });
                let read = rows_where(counted, (*run, line.approach), mode, |_, facts| {
                    facts.opinions.iter().any(|opinion| opinion.scanner == table.scanner && opinion.verdict.is_some())
                });
                let what = format!("{name}: vulnerable by {}", table.scanner);
                let details = [
                    in_full(share, &format!("vulnerable by {}", table.scanner)),
                    by_first
                        .map(|cell| format!("by the first scanner {}", in_full(&cell.vulnerable, "vulnerable")))
                        .unwrap_or_default(),
                ];
                let own = by_first.map_or_else(GridCell::default, |cell| {
                    let share = &cell.vulnerable;
                    GridCell::new(
                        percent(share),
                        &format!("{name}: vulnerable by the first scanner"),
                        share.evidence.clone(),
                    )
                    .role(Role::Muted)
                });
                let cells = [
                    GridCell::new(percent(share), &what, share.evidence.clone()).role(alarming(share)),
                    GridCell::new(fraction(share), &format!("{name}: read by {}", table.scanner), read),
                    own,
                ];
                shown.cells.extend(cells.map(|cell| cell.detail(&details)));
            }
            sheet.lines.push(shown);
        }
    }
    sheet
}

pub fn scanners(counted: &Counted, mode: VerdictMode) -> Sheet {
    let mut sheet = Sheet {
        caption: "Two scanners on the same versions of the code (o: item by item)".to_owned(),
        stub: "CWE",
        ..Sheet::default()
    };
    let study = &counted.study;
    let pairs: Vec<_> = study.scanners.iter().filter(|pair| pair.mode == mode).collect();
    let names = |of: fn(&crate::metrics::ScannerPair) -> &String, otherwise: &str| match pairs.split_first() {
        Some((one, rest)) if rest.iter().all(|pair| of(pair) == of(one)) => format!("only {}", of(one)),
        _ => otherwise.to_owned(),
    };
    let (first, second) = (names(|pair| &pair.first, "only first"), names(|pair| &pair.second, "only second"));
    let wide = |name: &str| (name.chars().count() as u16 + 3).max(12);
    let heads = [
        ("both", 8),
        (first.as_str(), wide(&first)),
        (second.as_str(), wide(&second)),
        ("neither", 10),
        ("alike", 9),
        ("kappa", 8),
    ];
    group(&mut sheet, "", &heads);
    for pair in pairs {
        let run = study.runs.get(pair.run as usize).filter(|_| study.runs.len() > 1);
        let run = run.map(|info| format!(" · {}", run_name(info))).unwrap_or_default();
        let section = format!("{} and {}{run}", pair.first, pair.second);
        sheet.section(&section);
        let (one, two) = (&pair.first, &pair.second);
        let count = |share: &Share, what: String| GridCell::new(share.count.to_string(), &what, share.evidence.clone());
        let alike = pair.both.count + pair.neither.count;
        let apart: Vec<RowRef> = pair.first_only.evidence.iter().chain(&pair.second_only.evidence).copied().collect();
        let kappa = pair.kappa.map_or_else(|| "-".to_owned(), |kappa| format!("{kappa:.2}"));
        let same = Share { count: alike, of: pair.both.of, evidence: Vec::new() };
        let details = [
            format!("{alike} of {} versions judged alike: {} · Cohen's kappa {kappa}", pair.both.of, percent(&same)),
            format!("{} flagged by {one} alone, {} by {two} alone", pair.first_only.count, pair.second_only.count),
        ];
        let agree = pair.both.evidence.iter().chain(&pair.neither.evidence).copied().collect();
        let cells = vec![
            count(&pair.both, format!("vulnerable by {one} and by {two}")),
            count(&pair.first_only, format!("vulnerable by {one} alone")),
            count(&pair.second_only, format!("vulnerable by {two} alone")),
            count(&pair.neither, format!("vulnerable by neither {one} nor {two}")),
            GridCell::new(percent(&same), &format!("{one} and {two} agree"), agree),
            GridCell::new(kappa, &format!("{one} and {two} differ"), apart),
        ];
        sheet.lines.push(SheetLine {
            name: "any".to_owned(),
            section: section.clone(),
            cells: cells.into_iter().map(|cell| cell.detail(&details)).collect(),
            bars: Vec::new(),
        });
        for found in &pair.by_cwe {
            let name = cwe(found.cwe);
            let details = [format!(
                "{name}: both report it in {} versions, {one} alone in {}, {two} alone in {}",
                found.both.count, found.first_only.count, found.second_only.count
            )];
            let mut cells = vec![
                count(&found.both, format!("{name} by {one} and by {two}")),
                count(&found.first_only, format!("{name} by {one} alone")),
                count(&found.second_only, format!("{name} by {two} alone")),
            ];
            cells = cells.into_iter().map(|cell| cell.detail(&details)).collect();
            cells.resize_with(heads.len(), GridCell::default);
            sheet.lines.push(SheetLine { name, section: section.clone(), cells, bars: Vec::new() });
        }
    }
    sheet
}
