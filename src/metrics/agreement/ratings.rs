//! Ratings as numbers: which annotator put which unit into which category of a nominal scale.

use std::collections::BTreeMap;

use super::coefficients::{Coefficients, Figure, Sums, Undefined};
use crate::metrics::bootstrap::Kinds;

/// A category of a nominal scale, from 0.
pub type Category = u8;

/// Units by annotators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Ratings {
    /// q, how many categories the scale has, whether anyone used them or not.
    pub categories: Category,
    pub units: Vec<Unit>,
}

/// What is rated once by each annotator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Units of a cluster are drawn together by the bootstrap.
    pub cluster: u32,
    /// A place for each annotator, alike in all units; `None` is missing, and so is a category off the scale.
    pub ratings: Vec<Option<Category>>,
}

impl Ratings {
    pub fn coefficients(&self) -> Coefficients {
        let raters = self.raters();
        let mut clusters: BTreeMap<u32, Vec<Vec<Option<Category>>>> = BTreeMap::new();
        let mut all = Sums::new(self.categories);
        let (mut single, mut paired_clusters) = (0, Vec::new());
        for unit in &self.units {
            let ratings = self.of(unit, &raters);
            let count = ratings.iter().flatten().count();
            if count == 0 {
                continue;
            }
            all.add(&Sums::of(self.categories, &ratings), 1.0);
            single += u32::from(count == 1);
            if count > 1 {
                paired_clusters.push(unit.cluster);
            }
            clusters.entry(unit.cluster).or_default().push(ratings);
        }
        paired_clusters.sort_unstable();
        let versions = paired_clusters.len() as u32;
        paired_clusters.dedup();

        for units in clusters.values_mut() {
            units.sort_unstable();
        }
        let kinds = Kinds::of(clusters.into_values());
        let sums: Vec<Sums> = kinds.kinds.iter().map(|units| Sums::over(self.categories, units)).collect();
        let values = all.values(raters.len());
        let drawn = |counts: &[u32]| {
            let mut drawn = Sums::new(self.categories);
            for (sums, count) in sums.iter().zip(counts).filter(|(_, count)| **count > 0) {
                drawn.add(sums, f64::from(*count));
            }
            drawn.values(raters.len()).map(Result::ok)
        };
        // A single cluster can only be drawn again as it is.
        let wanted = paired_clusters.len() > 1 && values.iter().any(Result::is_ok);
        let intervals = if wanted { kinds.bootstrap(drawn) } else { [None; 5] };
        let figure = |at: usize| {
            let value: Result<f64, Undefined> = values[at];
            Figure { value: value.ok(), undefined: value.err(), interval: value.ok().and(intervals[at]) }
        };
        Coefficients {
            annotators: raters.len() as u32,
            versions,
            items: paired_clusters.len() as u32,
            single,
            observed: figure(0),
            cohen: figure(1),
            fleiss: figure(2),
            alpha: figure(3),
            ac1: figure(4),
        }
    }

    /// The annotators that rated anything, by their place.
    fn raters(&self) -> Vec<usize> {
        let places = self.units.iter().map(|unit| unit.ratings.len()).max().unwrap_or(0);
        let rated = |place: &usize| self.units.iter().any(|unit| self.at(unit, *place).is_some());
        (0..places).filter(rated).collect()
    }

    fn of(&self, unit: &Unit, raters: &[usize]) -> Vec<Option<Category>> {
        raters.iter().map(|rater| self.at(unit, *rater)).collect()
    }

    fn at(&self, unit: &Unit, place: usize) -> Option<Category> {
        unit.ratings.get(place).copied().flatten().filter(|category| *category < self.categories)
    }
}
