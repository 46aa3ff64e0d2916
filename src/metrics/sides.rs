//! Two settings of one experiment side by side, by CWE type (CodeSecEval, section 4, Figures 3 and 4).

use super::executed::{Executed, Pass, TypePass};
use super::passk::KS;
use crate::core::ids::ApproachId;

/// The k of the published figures.
const WANTED: u32 = 5;
/// The subset that the published figures show.
const SUBSET: &str = "SecEvalPlus";

/// Without and with what helps: the vulnerability-aware problem (Figure 3), the explanation (Figure 4).
pub const PAIRS: [(ApproachId, ApproachId); 2] =
    [(ApproachId::Generate, ApproachId::GenerateAware), (ApproachId::Repair, ApproachId::RepairExplained)];

/// One figure of one run.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Sides {
    /// Index into `Study::runs`.
    pub run: u32,
    pub settings: (ApproachId, ApproachId),
    /// SecEvalPlus, where the items have that subset; `None`: all items.
    pub subset: Option<String>,
    /// 5, or the largest k of the tables below it that every item has samples for.
    pub k: u32,
    pub types: Vec<TypeSides>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct TypeSides {
    pub cwe: Vec<u32>,
    /// `None`: no sample of this type was tested in this setting.
    pub sides: (Option<Pass>, Option<Pass>),
    /// The second pass@k minus the first, in points.
    pub gain: Option<f64>,
}

/// Both figures of each run that has tested one of their settings.
pub fn sides(executed: &[Executed]) -> Vec<Sides> {
    let mut runs: Vec<u32> = executed.iter().map(|line| line.run).collect();
    runs.dedup();
    let figures = runs.into_iter().flat_map(|run| PAIRS.map(|pair| (run, pair)));
    figures.filter_map(|(run, pair)| figure(executed, run, pair)).collect()
}

fn figure(executed: &[Executed], run: u32, settings: (ApproachId, ApproachId)) -> Option<Sides> {
    let find = |approach| executed.iter().find(|line| line.run == run && line.approach == approach);
    let both = [find(settings.0), find(settings.1)];
    let has_subset = both.iter().flatten().any(|line| line.subsets.iter().any(|subset| subset.name == SUBSET));
    let types = both.map(|line| line.map_or(&[][..], |line| of_items(line, has_subset)));
    let samples = types.iter().flat_map(|types| types.iter()).map(|found| found.pass.samples).min()?;
    let k = KS.into_iter().rev().find(|k| *k <= WANTED.min(samples))?;
    let mut names: Vec<&[u32]> = types.iter().flat_map(|types| types.iter()).map(|found| &found.cwe[..]).collect();
    names.sort_unstable();
    names.dedup();
    let side = |types: &[TypePass], cwe: &[u32]| types.iter().find(|found| found.cwe == cwe).map(|it| it.pass.clone());
    let line = |cwe: &[u32]| {
        let sides = (side(types[0], cwe), side(types[1], cwe));
        let value = |pass: &Option<Pass>| pass.as_ref()?.at(k)?.value;
        let gain = value(&sides.0).zip(value(&sides.1)).map(|(first, second)| (second - first) * 100.0);
        TypeSides { cwe: cwe.to_vec(), sides, gain }
    };
    let types = names.into_iter().map(line).collect();
    Some(Sides { run, settings, subset: has_subset.then(|| SUBSET.to_owned()), k, types })
}

fn of_items(line: &Executed, in_subset: bool) -> &[TypePass] {
    if !in_subset {
        return &line.types;
    }
    line.subsets.iter().find(|subset| subset.name == SUBSET).map_or(&[], |subset| &subset.types)
}
