//! Hints against labels: which kinds of hint the annotators bear out, and the order in which fixes would best be read.

use super::column::{Case, columns};
use super::{RowRef, RunRows, Share};
use crate::core::hint::HintKind;
use crate::core::ids::ApproachId;
use crate::core::label::{LabelVerdict, Standing};
use crate::core::settings::VerdictMode;

/// Fixes that are empty, cut off, silenced or stubs, of all fixes of a run in one verdict mode.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Hollow {
    /// Index into `Study::runs`.
    pub run: u32,
    pub mode: VerdictMode,
    pub fixes: Share,
}

/// The hints on a run's fixes, in the run's own verdict mode.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Hints {
    /// Index into `Study::runs`.
    pub run: u32,
    /// Fixes labelled unrealistic, of those whose label is settled as realistic or unrealistic.
    pub unrealistic: Share,
    /// A hint of any kind.
    pub any: Kind,
    /// The kinds that a fix has, the one to be read first first.
    pub kinds: Vec<Kind>,
    /// Fixes without a label, of all fixes; the most doubtful first.
    pub queue: Share,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Kind {
    /// `None`: any kind.
    pub kind: Option<HintKind>,
    /// Fixes with this hint, of all fixes.
    pub fixes: Share,
    /// Labelled unrealistic, of the fixes with this hint whose label is settled.
    pub precision: Share,
    /// With this hint, of the fixes labelled unrealistic.
    pub recall: Share,
}

/// One for each run and each mode that it answers for.
pub fn hollow(runs: &[RunRows], modes: &[VerdictMode]) -> Vec<Hollow> {
    let mut all = Vec::new();
    for (at, run) in (0..).zip(runs) {
        for mode in modes {
            let Some(columns) = columns(at, run, *mode) else { continue };
            let cases: Vec<&Case> = columns.values().flat_map(|column| &column.cases).collect();
            let fixes = cases.iter().filter(|case| case.is_fix()).count() as u32;
            let mut hollow: Vec<RowRef> =
                cases.iter().filter(|case| case.facts.is_hollow()).map(|case| case.at).collect();
            hollow.sort_unstable();
            all.push(Hollow { run: at, mode: *mode, fixes: Share::of(fixes, hollow) });
        }
    }
    all
}

/// One for each run.
pub fn hints(runs: &[RunRows]) -> Vec<Hints> {
    (0..).zip(runs).filter_map(|(at, run)| of(at, run)).collect()
}

fn of(at: u32, run: &RunRows) -> Option<Hints> {
    let columns = columns(at, run, run.info.settings.verdict)?;
    let refined = columns.iter().filter(|(approach, _)| **approach != ApproachId::Generate);
    let mut fixes: Vec<&Case> = refined.flat_map(|(_, column)| &column.cases).filter(|case| case.is_fix()).collect();
    fixes.sort_by_key(|case| case.at);
    let unrealistic = share(&fixes, is_settled, is_unrealistic);
    let mut kinds: Vec<Kind> =
        HintKind::EVERY.into_iter().map(|kind| line(Some(kind), &fixes)).filter(|line| line.fixes.count > 0).collect();
    // A kind that no label speaks of weighs as much as a fix does; then the graver comes first.
    let low = |share: &Share| share.interval().map(|ends| ends.low);
    let base = low(&unrealistic).unwrap_or(0.0);
    let weight = |line: &Kind| low(&line.precision).unwrap_or(base);
    kinds.sort_by(|one, other| weight(other).total_cmp(&weight(one)).then_with(|| one.kind.cmp(&other.kind)));
    let rank = |case: &Case| {
        let places = kinds.iter().position(|line| line.kind.is_some_and(|kind| case.facts.hints.contains(&kind)));
        (places.unwrap_or(kinds.len()), std::cmp::Reverse(case.facts.hints.len()), case.at)
    };
    let mut queue: Vec<&&Case> = fixes.iter().filter(|case| case.facts.label == Standing::Unlabelled).collect();
    queue.sort_by_key(|case| rank(case));
    let queue = Share::of(fixes.len() as u32, queue.into_iter().map(|case| case.at).collect());
    Some(Hints { run: at, unrealistic, any: line(None, &fixes), kinds, queue })
}

fn is_settled(case: &Case) -> bool {
    matches!(case.facts.label.verdict(), Some(LabelVerdict::Realistic | LabelVerdict::Unrealistic))
}

fn is_unrealistic(case: &Case) -> bool {
    case.facts.label.verdict() == Some(LabelVerdict::Unrealistic)
}

/// The cases that both hold for, of those that the first holds for.
fn share(cases: &[&Case], among: impl Fn(&Case) -> bool, counted: impl Fn(&Case) -> bool) -> Share {
    let among: Vec<&&Case> = cases.iter().filter(|case| among(case)).collect();
    let found = among.iter().filter(|case| counted(case)).map(|case| case.at).collect();
    Share::of(among.len() as u32, found)
}

fn line(kind: Option<HintKind>, fixes: &[&Case]) -> Kind {
    let hinted = |case: &Case| match kind {
        Some(kind) => case.facts.hints.contains(&kind),
        None => !case.facts.hints.is_empty(),
    };
    Kind {
        kind,
        fixes: share(fixes, |_| true, hinted),
        precision: share(fixes, |case| hinted(case) && is_settled(case), is_unrealistic),
        recall: share(fixes, is_unrealistic, hinted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::{Step, StreamId};
    use crate::core::projection::Facts;
    use crate::core::settings::{ModelInfo, RunInfo, Settings};
    use crate::core::verdict::Verdict;

    type Fix<'a> = (&'a [HintKind], Option<LabelVerdict>);

    fn run(fixes: &[Fix]) -> RunRows {
        let info = RunInfo {
            id: "r".to_owned(),
            dataset: "d".to_owned(),
            dataset_hash: String::new(),
            quarantined: 0,
            model: ModelInfo {
                name: "m".to_owned(),
                api: String::new(),
                base_url: String::new(),
                model: String::new(),
            },
            settings: Settings { approaches: vec![ApproachId::Direct], ..Settings::default() },
            started: jiff::Timestamp::UNIX_EPOCH,
            recorded: false,
        };
        let items: Vec<String> = (0..fixes.len()).map(|n| format!("item-{n}")).collect();
        let rows = items.iter().zip(fixes).map(|(item, (hints, label))| {
            let stream = StreamId::new(ApproachId::Direct, 0);
            let mut row = super::super::rows::not_begun(item, stream, VerdictMode::Strict);
            row.strict = Some(Facts {
                generated: Some(Verdict::Vulnerable),
                verdict: Some(Verdict::Secure),
                step: Some(Step::Refine { solution: None, iteration: 1 }),
                label: label.map_or(Standing::Unlabelled, Standing::Agreed),
                hints: hints.to_vec(),
                ..Facts::default()
            });
            row
        });
        RunRows::new(info, &items, rows.collect())
    }

    const REAL: Option<LabelVerdict> = Some(LabelVerdict::Realistic);
    const NOT: Option<LabelVerdict> = Some(LabelVerdict::Unrealistic);

    #[test]
    fn precision_recall_and_the_queue_by_hand() {
        use HintKind::{BoundName, InterfaceChanged, Placeholder, Stub};
        let run = run(&[
            (&[Stub], NOT),
            (&[Stub, InterfaceChanged], NOT),
            (&[InterfaceChanged], REAL),
            (&[InterfaceChanged], Some(LabelVerdict::Unsure)),
            (&[], REAL),
            (&[], NOT),
            (&[], None),
            (&[InterfaceChanged], None),
            (&[Stub], None),
            (&[BoundName, InterfaceChanged], None),
            (&[Placeholder, Stub], None),
        ]);
        let runs = [run];
        let [hints] = &hints(&runs)[..] else { panic!("one run") };
        let counts = |share: &Share| (share.count, share.of);
        assert_eq!(counts(&hints.unrealistic), (3, 5));
        let told: Vec<_> = std::iter::once(&hints.any)
            .chain(&hints.kinds)
            .map(|it| (it.kind, counts(&it.fixes), counts(&it.precision), counts(&it.recall)))
            .collect();
        // Lower ends of Wilson's interval: 2/2 0.342, 3/5 0.231 for kinds without labels, 1/2 0.095.
        assert_eq!(
            told,
            [
                (None, (8, 11), (2, 3), (2, 3)),
                (Some(Stub), (4, 11), (2, 2), (2, 3)),
                (Some(BoundName), (1, 11), (0, 0), (0, 3)),
                (Some(Placeholder), (1, 11), (0, 0), (0, 3)),
                (Some(InterfaceChanged), (5, 11), (1, 2), (1, 3)),
            ]
        );
        let order: Vec<&str> =
            hints.queue.evidence.iter().map(|at| runs[0].rows[at.row as usize].item.as_str()).collect();
        assert_eq!(order, ["item-10", "item-8", "item-9", "item-7", "item-6"]);
        let hollow = hollow(&runs, &[VerdictMode::Strict, VerdictMode::Paper]);
        assert_eq!(
            hollow.iter().map(|it| (it.mode, counts(&it.fixes))).collect::<Vec<_>>(),
            [(VerdictMode::Strict, (4, 11)), (VerdictMode::Paper, (0, 0)),]
        );
    }

    #[test]
    fn without_labels_the_graver_comes_first() {
        use HintKind::{InterfaceChanged, Stub};
        let runs = [run(&[(&[InterfaceChanged], None), (&[], None), (&[Stub], None)])];
        let hints = &hints(&runs)[0];
        assert_eq!(hints.kinds.iter().filter_map(|it| it.kind).collect::<Vec<_>>(), [Stub, InterfaceChanged]);
        let items: Vec<&str> =
            hints.queue.evidence.iter().map(|at| runs[0].rows[at.row as usize].item.as_str()).collect();
        assert_eq!(items, ["item-2", "item-0", "item-1"]);
        assert_eq!(hints.unrealistic.of, 0);
    }
}
