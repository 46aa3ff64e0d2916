//! What the list of items is ordered by.

use serde::{Deserialize, Serialize};

use super::list::{Cell, ItemList, ListLine};
use super::tested::Told;
use crate::core::ids::ApproachId;
use crate::core::projection::Row;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Order {
    #[default]
    Dataset,
    Id,
    Outcome,
    /// What the test says, false-secure first.
    Test,
    /// The share of samples that pass, the smallest first.
    Passed,
    Label,
    Cwe,
    Calls,
}

impl Order {
    const EVERY: [Order; 8] =
        [Self::Dataset, Self::Id, Self::Outcome, Self::Test, Self::Passed, Self::Label, Self::Cwe, Self::Calls];

    /// The next that says anything of this list.
    pub fn next(self, list: &ItemList) -> Self {
        let here = self as usize;
        let says = |order: &Order| match order {
            Self::Test => list.tests.any(),
            Self::Passed => list.tests.any() && list.several_samples(),
            _ => true,
        };
        Self::EVERY.into_iter().cycle().skip(here + 1).find(says).unwrap_or_default()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "as loaded",
            Self::Id => "id",
            Self::Outcome => "outcome",
            Self::Test => "test",
            Self::Passed => "passed",
            Self::Label => "label",
            Self::Cwe => "CWE",
            Self::Calls => "calls",
        }
    }

    /// Whether it asks the approach that is looked at.
    pub fn asks_approach(self) -> bool {
        matches!(self, Self::Outcome | Self::Test | Self::Passed | Self::Label)
    }

    /// Sorts indices into `lines`; what is alike keeps its order.
    pub fn sort(self, visible: &mut [usize], list: &ItemList) {
        let approach = list.approach;
        let line = |index: &usize| &list.lines[*index];
        match self {
            Self::Dataset => {}
            Self::Id => visible.sort_by(|a, b| line(a).item.id.cmp(&line(b).item.id)),
            Self::Outcome => visible.sort_by_key(|index| outcome_rank(line(index).row_of(approach))),
            Self::Test => visible.sort_by_key(|index| test_rank(line(index), approach)),
            Self::Passed => visible.sort_by_key(|index| list.share(line(index)).rank()),
            Self::Label => visible.sort_by_key(|index| {
                let cell = line(index).cell(approach);
                let label = cell.and_then(|cell| cell.label);
                (!cell.is_some_and(Cell::waits_for_label), label.is_none(), label)
            }),
            Self::Cwe => visible.sort_by_key(|index| list.cwes(line(index)).first().copied().unwrap_or(u32::MAX)),
            Self::Calls => visible.sort_by_key(|index| std::cmp::Reverse(line(index).calls())),
        }
    }
}

/// Fixes first, then what stayed vulnerable, invalid, secure from the start, failed, unfinished.
fn outcome_rank(row: Option<&Row>) -> u8 {
    use crate::core::verdict::Verdict::{Invalid, Secure, Vulnerable};
    match row {
        None => 6,
        Some(row) if row.failed => 4,
        Some(row) => match (row.generated, row.verdict) {
            (Some(Vulnerable), Some(Secure)) => 0,
            (_, Some(Vulnerable)) => 1,
            (_, Some(Invalid)) => 2,
            (_, Some(Secure)) => 3,
            (_, None) => 5,
        },
    }
}

/// What the scanner and the test disagree on first, then what fails, then what passes, then what has no test.
fn test_rank(line: &ListLine, approach: ApproachId) -> (bool, bool, Option<Told>) {
    let told = line.told(approach);
    (told.is_none(), !line.is_false_secure(approach), told)
}
