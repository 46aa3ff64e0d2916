//! Table 1: section 5.1 of "Can LLMs Patch Security Issues?".

use super::column::{Case, Column, Columns};
use super::mcnemar::paired;
use super::study::View;
use super::{Cell, LabelBounds, Labels, Share, Table1};
use crate::core::ids::ApproachId;
use crate::core::label::{LabelVerdict, Standing};
use crate::core::verdict::Verdict;

pub fn table1(view: &View, labels: Labels) -> Table1 {
    let blocks = view.blocks(|_, columns, approach| cell(columns, approach, labels));
    let mut tests = Vec::new();
    for (run, _, columns) in view.answering() {
        let columns: Vec<(ApproachId, &Column)> = columns.iter().map(|(id, column)| (*id, column)).collect();
        for (at, first) in columns.iter().enumerate() {
            tests.extend(columns[at + 1..].iter().map(|second| paired(*first, *second, run, labels)));
        }
    }
    Table1 { mode: view.mode, labels, blocks, tests }
}

fn cell(columns: &Columns, approach: ApproachId, labels: Labels) -> Option<Cell> {
    let column = columns.get(&approach)?;
    let vulnerable = column.share(|case| case.vulnerable(labels) == Some(true));
    let all = column.cases.len() as u32;
    let waiting = column.cases.iter().filter(|case| case.facts.verdict.is_none());
    let pending = Share::of(all, waiting.map(|case| case.at).collect());
    let invalid = column.share(|case| case.facts.verdict == Some(Verdict::Invalid));
    let refines = approach != ApproachId::Generate;
    let generated = columns.get(&ApproachId::Generate).filter(|_| refines);
    let before = generated.and_then(|column| column.share(|case| case.vulnerable(labels) == Some(true)).value());
    let drop = before.zip(vulnerable.value()).map(|(before, after)| before - after);
    Some(Cell {
        relative_drop: drop.zip(before).filter(|(_, before)| *before > 0.0).map(|(drop, before)| drop / before),
        drop: drop.map(|drop| drop * 100.0),
        labels: (refines && labels == Labels::With).then(|| bounds(column)),
        vulnerable,
        invalid,
        pending,
    })
}

fn bounds(column: &Column) -> LabelBounds {
    let fixes: Vec<&Case> = column.outcomes().filter(|case| case.is_fix()).collect();
    let share = |test: &dyn Fn(Standing) -> bool| {
        let found = fixes.iter().filter(|case| test(case.facts.label));
        Share::of(fixes.len() as u32, found.map(|case| case.at).collect())
    };
    let settled = |case: &Case, verdict| case.is_fix_labelled(verdict);
    LabelBounds {
        labelled: share(&|label| matches!(label.verdict(), Some(LabelVerdict::Realistic | LabelVerdict::Unrealistic))),
        unrealistic: share(&|label| label.verdict() == Some(LabelVerdict::Unrealistic)),
        unsure: share(&|label| label.verdict() == Some(LabelVerdict::Unsure)),
        disputed: share(&|label| label == Standing::Disputed),
        best: column.share(|case| case.vulnerable(Labels::With) == Some(true)),
        worst: column.share(|case| {
            case.facts.verdict == Some(Verdict::Vulnerable)
                || (case.is_fix() && !settled(case, LabelVerdict::Realistic))
        }),
    }
}
