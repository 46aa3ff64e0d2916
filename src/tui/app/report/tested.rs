//! The pages of CodeSecEval's study: what the items' tests say, by the run's own verdict mode.

use super::Counted;
use super::numbers::{approach, fraction, percent, range, run_name};
use super::pages::{alarming, group};
use super::sheet::{Bar, Bars, GridCell, Sheet, SheetLine};
use crate::core::settings::RunInfo;
use crate::core::verdict::Verdict;
use crate::metrics::executed::{Executed, Pass};
use crate::metrics::passk::{AtK, KS};
use crate::metrics::sides::Sides;
use crate::metrics::{RowRef, Study};
use crate::tui::style::Role;

const ALL: &str = "all items";
const HEADS: [(&str, u16); 5] = [("k=1", 7), ("k=3", 7), ("k=5", 7), ("k=7", 7), ("k=10", 7)];

/// Why a page about tests is empty, and what would fill it.
pub fn nothing(counted: &Counted) -> String {
    match counted.runs.iter().any(|run| run.has_tests()) {
        true => {
            "No code of this run was tested. `fdsp test RUN` runs its items' tests in the sandbox, without a model \
                 call; `fdsp run --test` does it during the run."
                .to_owned()
        }
        false => "The items of this run have no tests. CodeSecEval's have: `fdsp run --dataset codeseceval --approach \
                  experiments --samples 10`; `fdsp test RUN --dataset NAME` takes those of a data set that has them."
            .to_owned(),
    }
}

pub fn nothing_of_types(counted: &Counted) -> String {
    match counted.study.executed.is_empty() {
        true => nothing(counted),
        false => "No tested code of generate, generate-aware, repair or repair-explained: `fdsp run --approach \
                  experiments` does all four."
            .to_owned(),
    }
}

pub fn nothing_of_steps(counted: &Counted) -> String {
    match counted.study.executed.is_empty() {
        true => nothing(counted),
        false => "No item of this run has a vulnerability-aware problem, with steps or without.".to_owned(),
    }
}

/// The run behind a line, named where there are several.
fn run_words(study: &Study, run: u32) -> Option<String> {
    study.runs.get(run as usize).filter(|_| study.runs.len() > 1).map(run_name)
}

fn section(name: &str, run: Option<String>) -> String {
    run.map_or_else(|| name.to_owned(), |run| format!("{name} · {run}"))
}

fn in_percent(at: Option<&AtK>) -> String {
    let value = at.and_then(|at| at.value);
    value.map_or_else(|| "-".to_owned(), |value| format!("{:.1}", value * 100.0))
}

/// `pass@5 61.2 % [55.0, 67.1] over 113 items`.
fn in_full(at: &AtK, pass: &Pass) -> String {
    match (at.value, at.interval) {
        (Some(value), Some(interval)) => {
            format!("pass@{} {:.1} % {} over {} items", at.k, value * 100.0, range(interval), pass.items)
        }
        _ => format!("pass@{}: an item has {} tested samples, fewer than {}", at.k, pass.samples, at.k),
    }
}

/// What stands below every cell of a line.
fn counts(pass: &Pass) -> String {
    let missing = match pass.tested.of - pass.tested.count {
        0 => String::new(),
        some => format!(" · {some} not tested"),
    };
    format!("{} samples pass · {} items solved by one{missing}", fraction(&pass.pass), fraction(&pass.solved))
}

/// One cell for each k; the tested samples stand behind it.
fn at_each_k(name: &str, pass: &Pass) -> Vec<GridCell> {
    let cell = |at: &AtK| {
        let what = format!("{name}: pass@{}", at.k);
        GridCell::new(in_percent(Some(at)), &what, pass.tested.evidence.clone())
            .detail(&[in_full(at, pass), counts(pass)])
    };
    pass.at_k.iter().map(cell).collect()
}

/// How many items, and the fewest samples of one.
fn sizes(name: &str, pass: &Pass) -> [GridCell; 2] {
    let details = [format!("{} items, each with {} tested samples or more", pass.items, pass.samples), counts(pass)];
    let cell = |text: u32| {
        GridCell::new(text.to_string(), &format!("{name}: tested"), pass.tested.evidence.clone()).detail(&details)
    };
    [cell(pass.items), cell(pass.samples).role(Role::Muted)]
}

fn bar(at: Option<&AtK>) -> Option<Bar> {
    let at = at?;
    let text = format!("{} %  {}", in_percent(Some(at)), at.interval.map(range).unwrap_or_default());
    at.value.map(|share| Bar { share, interval: at.interval, text })
}

/// Tables 2 and 4: the settings against one another, over all items and by subset.
pub fn pass_at_k(study: &Study) -> Sheet {
    let mut sheet = Sheet {
        caption: "pass@k in per cent: items that k samples solve, by their tests".to_owned(),
        stub: "code",
        bars: Bars::Below,
        chart: "pass@1, and its 95 % bootstrap interval over items".to_owned(),
        tone: Some(Role::Good),
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("items", 7), ("n", 4), ("pass", 10)]);
    group(&mut sheet, "", &HEADS);
    for (run, lines) in by_run(study) {
        let mut parts = vec![ALL.to_owned()];
        for subset in lines.iter().flat_map(|line| &line.subsets) {
            if !parts.contains(&subset.name) {
                parts.push(subset.name.clone());
            }
        }
        for part in parts {
            let heading = section(&part, run_words(study, run));
            sheet.section(&heading);
            for line in &lines {
                let subset = line.subsets.iter().find(|subset| subset.name == part);
                let pass = if part == ALL { Some(&line.all) } else { subset.map(|subset| &subset.pass) };
                let Some(pass) = pass else { continue };
                let name = approach(line.approach);
                let what = format!("{name}, {part}");
                let passing = GridCell::new(
                    fraction(&pass.pass),
                    &format!("{what}: samples that pass"),
                    pass.pass.evidence.clone(),
                )
                .detail(&[super::numbers::in_full(&pass.pass, "samples pass"), counts(pass)]);
                let mut cells: Vec<GridCell> = sizes(&what, pass).into_iter().chain([passing]).collect();
                cells.extend(at_each_k(&what, pass));
                sheet.lines.push(SheetLine { name, section: heading.clone(), cells, bars: vec![bar(pass.at(1))] });
            }
        }
    }
    sheet
}

/// The lines of each run, in order.
fn by_run(study: &Study) -> Vec<(u32, Vec<&Executed>)> {
    let mut runs: Vec<(u32, Vec<&Executed>)> = Vec::new();
    for line in &study.executed {
        match runs.last_mut().filter(|(run, _)| *run == line.run) {
            Some((_, lines)) => lines.push(line),
            None => runs.push((line.run, vec![line])),
        }
    }
    runs
}

/// pass@k as k grows, a group of bars for each setting.
pub fn curve(study: &Study) -> Sheet {
    let mut sheet = Sheet {
        caption: "pass@k as k grows, over all items; the whole width is 100 %".to_owned(),
        stub: "samples",
        bars: Bars::Inline,
        tone: Some(Role::Good),
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("pass@k", 9), ("95 %", 15)]);
    for line in &study.executed {
        let name = approach(line.approach);
        let heading = section(&name, run_words(study, line.run));
        sheet.section(&heading);
        for at in &line.all.at_k {
            let what = format!("{name}: pass@{}", at.k);
            let details = [in_full(at, &line.all), counts(&line.all)];
            let cell = |text: String| GridCell::new(text, &what, line.all.tested.evidence.clone()).detail(&details);
            let cells = vec![
                cell(in_percent(Some(at))),
                cell(at.interval.map_or_else(|| "-".to_owned(), range)).role(Role::Muted),
            ];
            let bars = vec![bar(Some(at))];
            sheet.lines.push(SheetLine { name: format!("k = {}", at.k), section: heading.clone(), cells, bars });
        }
    }
    sheet
}

/// Figures 3 and 4: two settings side by side for each CWE type.
pub fn types(study: &Study) -> Sheet {
    let mut sheet = Sheet {
        caption: "pass@k by CWE type in per cent, two settings side by side; a whole bar is 100 %".to_owned(),
        stub: "CWE type",
        bars: Bars::Beside,
        tone: Some(Role::Good),
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("items", 7), ("first", 8), ("second", 8), ("gain", 8)]);
    for sides in &study.sides {
        let heading = section(&sides_words(sides), run_words(study, sides.run));
        sheet.section(&heading);
        let names = [approach(sides.settings.0), approach(sides.settings.1)];
        for line in &sides.types {
            let name = type_name(&line.cwe);
            let both = [&line.sides.0, &line.sides.1];
            let details: Vec<String> = names
                .iter()
                .zip(both)
                .map(|(setting, pass)| match pass.as_ref().and_then(|pass| Some((pass.at(sides.k)?, pass))) {
                    Some((at, pass)) => format!("{setting} {name}: {}", in_full(at, pass)),
                    None => format!("{setting} {name}: not tested"),
                })
                .collect();
            let rows = |pass: &Option<Pass>| -> Vec<RowRef> {
                pass.as_ref().map_or_else(Vec::new, |pass| pass.tested.evidence.clone())
            };
            let side = |at: usize| match both[at] {
                Some(pass) => GridCell::new(
                    in_percent(pass.at(sides.k)),
                    &format!("{} {name}: pass@{}", names[at], sides.k),
                    rows(both[at]),
                ),
                None => GridCell::default(),
            };
            let every = both.into_iter().flat_map(&rows).collect();
            let items = both.into_iter().flatten().map(|pass| pass.items).max().unwrap_or(0);
            let gain = match line.gain {
                Some(gain) => GridCell::new(format!("{gain:+.1}"), &format!("{name}: both settings"), rows_of(both))
                    .role(if gain < 0.0 { Role::Danger } else { Role::Text }),
                None => GridCell::default(),
            };
            let cells = [
                GridCell::new(items.to_string(), &format!("{name}: tested"), every).role(Role::Muted),
                side(0),
                side(1),
                gain,
            ];
            sheet.lines.push(SheetLine {
                name,
                section: heading.clone(),
                cells: cells.map(|cell| cell.detail(&details)).into(),
                bars: both.map(|pass| pass.as_ref().and_then(|pass| bar(pass.at(sides.k)))).into(),
            });
        }
    }
    sheet
}

fn rows_of(both: [&Option<Pass>; 2]) -> Vec<RowRef> {
    both.into_iter().flatten().flat_map(|pass| pass.tested.evidence.iter().copied()).collect()
}

/// `generate and generate-aware · pass@3 (n allows no 5) · SecEvalPlus`.
fn sides_words(sides: &Sides) -> String {
    let (first, second) = (approach(sides.settings.0), approach(sides.settings.1));
    let k = if sides.k < 5 { format!("{} (too few samples for 5)", sides.k) } else { sides.k.to_string() };
    format!("{first} and {second} · pass@{k} · {}", sides.subset.as_deref().unwrap_or(ALL))
}

fn type_name(numbers: &[u32]) -> String {
    match numbers {
        [] => "no CWE".to_owned(),
        [first, rest @ ..] => rest.iter().fold(format!("CWE-{first}"), |name, number| format!("{name}/{number}")),
    }
}

/// Table 3.
pub fn steps(counted: &Counted) -> Sheet {
    let study = &counted.study;
    let codeseceval = counted.runs.iter().any(|run| run.is_codeseceval());
    let mut sheet = Sheet {
        caption: match codeseceval {
            true => "pass@k by steps: a line that begins with 1. (by hand the authors found 85/95)",
            false => "pass@k by whether the vulnerability-aware problem holds detailed steps",
        }
        .to_owned(),
        stub: "code",
        bars: Bars::Below,
        chart: "pass@1, and its 95 % bootstrap interval over items".to_owned(),
        tone: Some(Role::Good),
        ..Sheet::default()
    };
    for name in ["with steps", "without"] {
        group(&mut sheet, name, &[("items", 7), ("n", 4)]);
        group(&mut sheet, name, &HEADS);
    }
    for (run, lines) in by_run(study) {
        let heading = run_words(study, run);
        let told: Vec<_> = lines.iter().filter_map(|line| Some((line, line.steps.as_ref()?))).collect();
        if let Some(heading) = heading.as_ref().filter(|_| !told.is_empty()) {
            sheet.section(heading);
        }
        for (line, steps) in told {
            let name = approach(line.approach);
            let mut shown =
                SheetLine { name: name.clone(), section: heading.clone().unwrap_or_default(), ..SheetLine::default() };
            for (words, pass) in [("with steps", &steps.with), ("without steps", &steps.without)] {
                let what = format!("{name}, {words}");
                shown.cells.extend(sizes(&what, pass));
                shown.cells.extend(at_each_k(&what, pass));
                shown.bars.push(bar(pass.at(KS[0])));
            }
            sheet.lines.push(shown);
        }
    }
    sheet
}

/// Scanner against tests.
pub fn against(study: &Study) -> Sheet {
    let mut sheet = Sheet {
        caption: "What the scanner says of returned code, and what its item's test says".to_owned(),
        stub: "scanner",
        ..Sheet::default()
    };
    group(&mut sheet, "", &[("passes", 10), ("fails", 10), ("other", 10), ("tested", 10)]);
    for line in &study.executed {
        let name = approach(line.approach);
        let heading = section(&name, run_words(study, line.run));
        sheet.section(&heading);
        let wrong = format!(
            "{} that the scanner calls secure fail their test: {}",
            fraction(&line.false_secure),
            percent(&line.false_secure)
        );
        let sound = format!("{} secure, passing and labelled realistic", fraction(&line.sound));
        for found in &line.confusion {
            let said = found.verdict.map_or("failed", Verdict::as_str);
            let secure = found.verdict == Some(Verdict::Secure);
            let all: Vec<RowRef> = [&found.pass, &found.fail, &found.other].into_iter().flatten().copied().collect();
            let cell = |rows: &[RowRef], words: &str| {
                let what = format!("{name}: scanner says {said}, test {words}");
                GridCell::new(rows.len().to_string(), &what, rows.to_vec())
            };
            let bad = |cell: GridCell, rows: &[RowRef]| match secure && !rows.is_empty() {
                true => cell.role(Role::Danger),
                false => cell,
            };
            let cells = [
                cell(&found.pass, "passes"),
                bad(cell(&found.fail, "fails"), &found.fail),
                bad(cell(&found.other, "stops, is killed or takes too long"), &found.other),
                cell(&all, "of any outcome").role(Role::Muted),
            ];
            sheet.lines.push(SheetLine {
                name: said.to_owned(),
                section: heading.clone(),
                cells: cells.map(|cell| cell.detail(&[wrong.clone(), sound.clone()])).into(),
                bars: Vec::new(),
            });
        }
        if line.false_secure.of > 0 {
            let share = &line.false_secure;
            let cell = GridCell::new(
                percent(share),
                &format!("{name}: secure by the scanner, and the test does not pass"),
                share.evidence.clone(),
            )
            .role(alarming(share))
            .detail(&[wrong, sound]);
            let cells = vec![GridCell::default(), cell, GridCell::default(), GridCell::default()];
            sheet.lines.push(SheetLine { name: "false secure".to_owned(), section: heading, cells, bars: Vec::new() });
        }
    }
    sheet
}

/// A run that refines nothing is about its tests.
pub fn is_about_tests(info: &RunInfo, study: &Study) -> bool {
    !study.executed.is_empty() && !info.settings.approaches.iter().any(|id| id.refines())
}
