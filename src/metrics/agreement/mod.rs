//! How well annotators agree on the versions that they labelled, overall, by approach and by reason.
//!
//! `Ratings` holds the statistics over any nominal scale; `Agreement` is what labels come to. A version is rated by an
//! author's latest label on it; adjudications are not ratings and are only counted.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;

use super::RunInfo;
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::label::{Label, LabelVerdict};

mod coefficients;
mod cohen;
mod ratings;

pub use coefficients::{Coefficients, Figure, Undefined};
pub use cohen::cohen_kappa;
pub use ratings::{Category, Ratings, Unit};

/// The version of the code that a label is on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    pub run: String,
    pub item: String,
    #[serde(flatten)]
    pub stream: StreamId,
    pub step: Step,
    /// The code's hash.
    pub code: String,
}

/// An author's word on a version.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Rated {
    pub place: Place,
    pub author: String,
    pub verdict: LabelVerdict,
    pub reasons: Vec<String>,
    /// Given without sight of other labels.
    pub blind: bool,
}

/// The labels that count: for each version the latest of every author, and the adjudicated one.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Labelled {
    pub rated: Vec<Rated>,
    pub adjudicated: Vec<Rated>,
}

impl Labelled {
    /// Those of an item: each author's latest, and the adjudicated one. What was taken back, comments alone and labels on
    /// other code are left out.
    pub fn of_item(run: &str, item: &str, state: &ItemState) -> Self {
        let mut labels = Self::default();
        for (stream, step) in state.labelled_versions() {
            let rated = |(verdict, label): (LabelVerdict, &Label)| {
                let place =
                    Place { run: run.to_owned(), item: item.to_owned(), stream, step, code: label.code.clone() };
                let (author, reasons, blind) = (label.author.clone(), label.reasons.clone(), label.blind);
                Rated { place, author, verdict, reasons, blind }
            };
            let counted = state.counted(stream, step);
            labels.rated.extend(counted.latest.into_values().map(rated));
            labels.adjudicated.extend(counted.adjudicated.map(rated));
        }
        labels
    }

    /// Puts those of another run behind.
    pub fn extend(&mut self, other: Self) {
        self.rated.extend(other.rated);
        self.adjudicated.extend(other.adjudicated);
    }
}

/// How well annotators agree.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Agreement {
    /// By name.
    pub annotators: Vec<Annotator>,
    /// Versions with an adjudicated label.
    pub adjudicated: u32,
    pub overall: Coefficients,
    /// Every two annotators with a common version.
    pub pairs: Vec<Pair>,
    pub approaches: Vec<ByApproach>,
    pub reasons: Vec<ByReason>,
    /// Every version with a label.
    pub versions: Vec<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Annotator {
    pub name: String,
    /// Versions that they labelled, and how many of these blind.
    pub labels: u32,
    pub blind: u32,
}

/// Two annotators.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pair {
    pub first: String,
    pub second: String,
    pub coefficients: Coefficients,
    /// All labels of the first by all labels of the second, the first's one after the other.
    pub confusion: Vec<ConfusionCell>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConfusionCell {
    pub first: LabelVerdict,
    pub second: LabelVerdict,
    /// Indices into [`Agreement::versions`].
    pub versions: Vec<u32>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByApproach {
    pub approach: ApproachId,
    pub coefficients: Coefficients,
}

/// Whether a reason was given: a label that does not name it says no, whatever its verdict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ByReason {
    pub reason: String,
    /// Labels that name it.
    pub given: u32,
    pub coefficients: Coefficients,
}

/// A version and its labels, a place for each annotator.
struct Row<'a> {
    place: &'a Place,
    cluster: u32,
    labels: Vec<Option<&'a Rated>>,
}

impl Agreement {
    /// `runs` tell which items are one benchmark item: those of one data set with the same id.
    pub fn of(runs: &[RunInfo], labels: &Labelled) -> Self {
        let names: Vec<&str> = distinct(labels.rated.iter().map(|rated| rated.author.as_str()));
        let rows = rows(runs, &labels.rated, &names);
        let adjudicated: BTreeSet<&Place> = labels.adjudicated.iter().map(|rated| &rated.place).collect();
        let reasons = distinct(rows.iter().flat_map(Row::given).flat_map(|label| &label.reasons).map(String::as_str));
        let approaches = distinct(rows.iter().map(|row| row.place.stream.approach));
        Self {
            annotators: (0..).zip(&names).map(|(at, name)| annotator(at, name, &rows)).collect(),
            adjudicated: adjudicated.len() as u32,
            overall: coefficients(&rows, VERDICTS, verdict),
            pairs: pairs(&rows, &names),
            approaches: approaches
                .into_iter()
                .map(|approach| ByApproach {
                    approach,
                    coefficients: coefficients(
                        rows.iter().filter(|row| row.place.stream.approach == approach),
                        VERDICTS,
                        verdict,
                    ),
                })
                .collect(),
            reasons: reasons.into_iter().map(|reason| by_reason(reason, &rows)).collect(),
            versions: rows.iter().map(|row| row.place.clone()).collect(),
        }
    }

    /// Whether two annotators labelled the same version.
    pub fn comparable(&self) -> bool {
        self.overall.versions > 0
    }
}

const VERDICTS: Category = LabelVerdict::EVERY.len() as Category;

fn verdict(label: &Rated) -> Category {
    label.verdict as Category
}

fn distinct<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    all.collect::<BTreeSet<T>>().into_iter().collect()
}

impl<'a> Row<'a> {
    fn given(&self) -> impl Iterator<Item = &'a Rated> {
        self.labels.iter().copied().flatten()
    }
}

fn rows<'a>(runs: &[RunInfo], rated: &'a [Rated], names: &[&str]) -> Vec<Row<'a>> {
    let sets: HashMap<&str, &str> = runs.iter().map(|run| (run.id.as_str(), run.dataset_hash.as_str())).collect();
    let mut by_place: BTreeMap<&Place, Vec<Option<&Rated>>> = BTreeMap::new();
    for label in rated {
        let places = by_place.entry(&label.place).or_insert_with(|| vec![None; names.len()]);
        if let Ok(at) = names.binary_search(&label.author.as_str()) {
            places[at] = Some(label);
        }
    }
    let mut clusters: HashMap<(&str, &str), u32> = HashMap::new();
    let row = |(place, labels): (&'a Place, Vec<Option<&'a Rated>>)| {
        let next = clusters.len() as u32;
        let set = sets.get(place.run.as_str()).copied().unwrap_or(place.run.as_str());
        let cluster = *clusters.entry((set, place.item.as_str())).or_insert(next);
        Row { place, cluster, labels }
    };
    by_place.into_iter().map(row).collect()
}

fn coefficients<'r, 'a: 'r>(
    rows: impl IntoIterator<Item = &'r Row<'a>>,
    categories: Category,
    category: impl Fn(&Rated) -> Category,
) -> Coefficients {
    let unit = |row: &Row| Unit {
        cluster: row.cluster,
        ratings: row.labels.iter().map(|label| label.map(&category)).collect(),
    };
    Ratings { categories, units: rows.into_iter().map(unit).collect() }.coefficients()
}

fn annotator(at: usize, name: &str, rows: &[Row]) -> Annotator {
    let labels = || rows.iter().filter_map(|row| row.labels[at]);
    Annotator {
        name: name.to_owned(),
        labels: labels().count() as u32,
        blind: labels().filter(|label| label.blind).count() as u32,
    }
}

fn pairs(rows: &[Row], names: &[&str]) -> Vec<Pair> {
    let all = (0..names.len()).flat_map(|first| (first + 1..names.len()).map(move |second| (first, second)));
    all.filter_map(|(first, second)| {
        let of_two: Vec<Row> =
            rows.iter().map(|row| Row { labels: vec![row.labels[first], row.labels[second]], ..*row }).collect();
        let confusion = confusion(&of_two);
        let common = confusion.iter().any(|cell| !cell.versions.is_empty());
        common.then(|| Pair {
            first: names[first].to_owned(),
            second: names[second].to_owned(),
            coefficients: coefficients(&of_two, VERDICTS, verdict),
            confusion,
        })
    })
    .collect()
}

fn confusion(of_two: &[Row]) -> Vec<ConfusionCell> {
    let cell = |first, second| {
        let says = |label: Option<&Rated>, verdict| label.is_some_and(|label| label.verdict == verdict);
        let here = |row: &Row| says(row.labels[0], first) && says(row.labels[1], second);
        let versions = (0..).zip(of_two).filter(|(_, row)| here(row)).map(|(at, _)| at).collect();
        ConfusionCell { first, second, versions }
    };
    let every = LabelVerdict::EVERY;
    every.iter().flat_map(|first| every.map(|second| cell(*first, second))).collect()
}

fn by_reason(reason: &str, rows: &[Row]) -> ByReason {
    let named = |label: &Rated| label.reasons.iter().any(|given| given == reason);
    ByReason {
        reason: reason.to_owned(),
        given: rows.iter().flat_map(Row::given).filter(|label| named(label)).count() as u32,
        coefficients: coefficients(rows, 2, |label| Category::from(named(label))),
    }
}

#[cfg(test)]
mod tests;
