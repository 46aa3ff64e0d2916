use super::column::columns;
use super::{RunRows, Share, Unrealistic};
use crate::core::ids::ApproachId;
use crate::core::label::LabelVerdict;

/// Counts of unrealistic fixes by run and approach (section 5.1), in each run's own verdict mode.
pub fn unrealistic(runs: &[RunRows]) -> Vec<Unrealistic> {
    let mut counts = Vec::new();
    for (at, run) in (0..).zip(runs) {
        for (approach, column) in columns(at, run, run.info.settings.verdict).unwrap_or_default() {
            if approach == ApproachId::Generate {
                continue;
            }
            let fixes = column.cases.iter().filter(|case| case.is_fix()).count() as u32;
            let rejected = column.cases.iter().filter(|case| case.is_fix_labelled(LabelVerdict::Unrealistic));
            counts.push(Unrealistic {
                run: at,
                approach,
                fixes: Share::of(fixes, rejected.map(|case| case.at).collect()),
                versions: column.cases.iter().map(|case| case.row.unrealistic).sum(),
            });
        }
    }
    counts
}
