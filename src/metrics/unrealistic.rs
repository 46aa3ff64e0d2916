use super::column::{Case, columns};
use super::{RunRows, Share, Unrealistic};
use crate::core::ids::ApproachId;
use crate::core::label::LabelVerdict;

/// Unrealistic fixes of the labelled ones by run and approach (section 5.1, where every fix was labelled), in each run's
/// own verdict mode.
pub fn unrealistic(runs: &[RunRows]) -> Vec<Unrealistic> {
    let mut counts = Vec::new();
    for (at, run) in (0..).zip(runs) {
        for (approach, column) in columns(at, run, run.info.settings.verdict).unwrap_or_default() {
            if approach == ApproachId::Generate {
                continue;
            }
            let fixes = column.cases.iter().filter(|case| case.is_fix()).count() as u32;
            let settled = |verdicts: &[LabelVerdict]| {
                let among = |case: &&Case| verdicts.iter().any(|verdict| case.is_fix_labelled(*verdict));
                column.cases.iter().filter(among).map(|case| case.at).collect()
            };
            let labelled = Share::of(fixes, settled(&[LabelVerdict::Realistic, LabelVerdict::Unrealistic]));
            counts.push(Unrealistic {
                run: at,
                approach,
                unrealistic: Share::of(labelled.count, settled(&[LabelVerdict::Unrealistic])),
                labelled,
                versions: column.cases.iter().map(|case| case.row.unrealistic).sum(),
            });
        }
    }
    counts
}
