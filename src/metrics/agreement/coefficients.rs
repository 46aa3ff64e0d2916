//! Five coefficients of agreement on a nominal scale, from sums over units.

use super::cohen::cohen_kappa;
use super::ratings::Category;
use crate::metrics::Interval;

/// A coefficient with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct Figure {
    /// At most 1.
    pub value: Option<f64>,
    /// Why there is no value.
    pub undefined: Option<Undefined>,
    /// Percentile bootstrap over items. `None` without a value, where fewer than two items have two labels, and where
    /// more than one resample in twenty has no value.
    pub interval: Option<Interval>,
}

/// Why a coefficient has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Undefined {
    FewAnnotators,
    NoPair,
    /// Chance agreement is 1.
    OneCategory,
    /// Cohen's kappa of more than two annotators.
    NotTwo,
}

impl Undefined {
    pub fn words(self) -> &'static str {
        match self {
            Self::FewAnnotators => "there are fewer than two annotators",
            Self::NoPair => "no version has labels of two annotators",
            Self::OneCategory => "all ratings are of one category, so chance alone would agree on everything",
            Self::NotTwo => "it is for two annotators; see the pairs",
        }
    }
}

/// How well annotators agree on some versions.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Coefficients {
    /// Those that rated any of the versions.
    pub annotators: u32,
    /// Versions with the labels of two or more annotators, and the benchmark items that these are of.
    pub versions: u32,
    pub items: u32,
    /// Versions with one label: they tell of chance agreement (Fleiss' kappa, AC1), not of agreement.
    pub single: u32,
    /// Share of the pairs of labels that agree, the mean over versions with two or more (Fleiss 1971, Eqn 2; Gwet,
    /// "Handbook of Inter-Rater Reliability", 4th edition, 2014, chapter 2).
    pub observed: Figure,
    /// Over the versions that both of two annotators labelled.
    pub cohen: Figure,
    /// Fleiss' kappa for unequal numbers of labels, as irrCAC's `fleiss.kappa.raw` computes it: observed agreement as in
    /// `observed`, chance by Σ π². With equal numbers it is that of Fleiss ("Measuring nominal scale agreement among many
    /// raters", Psychological Bulletin 76, 1971).
    pub fleiss: Figure,
    /// Krippendorff's alpha for nominal data from the coincidence matrix ("Computing Krippendorff's alpha-reliability",
    /// 2011, section C); only versions with two labels or more.
    pub alpha: Figure,
    /// Gwet's AC1 (Gwet 2014, chapter 2; irrCAC's `gwet.ac1.raw` with identity weights): chance by Σ π (1 - π) / (q - 1),
    /// q all categories of the scale. It has a value where all labels are of one category, too: 1.
    pub ac1: Figure,
}

impl Coefficients {
    /// Each with its name, in the order of a report.
    pub fn named(&self) -> [(&'static str, &Figure); 5] {
        [
            ("observed agreement", &self.observed),
            ("Cohen's kappa", &self.cohen),
            ("Fleiss' kappa", &self.fleiss),
            ("Krippendorff's alpha", &self.alpha),
            ("Gwet's AC1", &self.ac1),
        ]
    }
}

/// What every coefficient follows from. Those of several units are the units' sums.
#[derive(Debug, Clone, PartialEq)]
pub struct Sums {
    /// Units with a rating, and with two or more.
    rated: f64,
    paired: f64,
    /// Over paired units: the share of their pairs of ratings that agree.
    agreed: f64,
    /// Over rated units, by category: its share of the unit's ratings.
    shares: Vec<f64>,
    /// Over paired units, by category: its ratings (the margin of the coincidence matrix).
    pairable: Vec<f64>,
    /// The diagonal of the coincidence matrix.
    coincident: f64,
    /// By the category of the first annotator and of the second, row after row; zeros unless there are two.
    square: Vec<f64>,
}

impl Sums {
    pub fn new(categories: Category) -> Self {
        let side = usize::from(categories);
        let (shares, pairable) = (vec![0.0; side], vec![0.0; side]);
        Self { rated: 0.0, paired: 0.0, agreed: 0.0, shares, pairable, coincident: 0.0, square: vec![0.0; side * side] }
    }

    /// Of one unit; every category is below `categories`.
    pub fn of(categories: Category, ratings: &[Option<Category>]) -> Self {
        let mut sums = Self::new(categories);
        let mut counts = vec![0.0; usize::from(categories)];
        for category in ratings.iter().flatten() {
            counts[usize::from(*category)] += 1.0;
        }
        let m: f64 = counts.iter().sum();
        if m > 0.0 {
            sums.rated = 1.0;
            sums.shares = counts.iter().map(|count| count / m).collect();
        }
        if m > 1.0 {
            let pairs: f64 = counts.iter().map(|count| count * (count - 1.0)).sum();
            sums.paired = 1.0;
            sums.agreed = pairs / (m * (m - 1.0));
            sums.coincident = pairs / (m - 1.0);
            sums.pairable = counts;
        }
        if let [Some(first), Some(second)] = ratings {
            sums.square[usize::from(*first) * usize::from(categories) + usize::from(*second)] = 1.0;
        }
        sums
    }

    pub fn over(categories: Category, units: &[Vec<Option<Category>>]) -> Self {
        let mut sums = Self::new(categories);
        for unit in units {
            sums.add(&Self::of(categories, unit), 1.0);
        }
        sums
    }

    pub fn add(&mut self, other: &Self, times: f64) {
        self.rated += other.rated * times;
        self.paired += other.paired * times;
        self.agreed += other.agreed * times;
        self.coincident += other.coincident * times;
        for (mine, others) in [
            (&mut self.shares, &other.shares),
            (&mut self.pairable, &other.pairable),
            (&mut self.square, &other.square),
        ] {
            for (value, other) in mine.iter_mut().zip(others) {
                *value += other * times;
            }
        }
    }

    /// In the order of [`Coefficients::named`].
    pub fn values(&self, raters: usize) -> [Result<f64, Undefined>; 5] {
        if raters < 2 {
            return [Err(Undefined::FewAnnotators); 5];
        }
        let cohen = if raters == 2 { self.cohen() } else { Err(Undefined::NotTwo) };
        if self.paired == 0.0 {
            return [
                Err(Undefined::NoPair),
                cohen,
                Err(Undefined::NoPair),
                Err(Undefined::NoPair),
                Err(Undefined::NoPair),
            ];
        }
        [Ok(self.observed()), cohen, self.fleiss(), self.alpha(), self.ac1()]
    }

    fn observed(&self) -> f64 {
        self.agreed / self.paired
    }

    fn cohen(&self) -> Result<f64, Undefined> {
        let missing = if self.paired == 0.0 { Undefined::NoPair } else { Undefined::OneCategory };
        cohen_kappa(self.shares.len(), &self.square).ok_or(missing)
    }

    /// π of every category.
    fn prevalence(&self) -> impl Iterator<Item = f64> {
        self.shares.iter().map(|share| share / self.rated)
    }

    fn fleiss(&self) -> Result<f64, Undefined> {
        if self.shares.iter().filter(|share| **share > 0.0).count() < 2 {
            return Err(Undefined::OneCategory);
        }
        Ok(beyond(self.observed(), self.prevalence().map(|p| p * p).sum()))
    }

    fn ac1(&self) -> Result<f64, Undefined> {
        match self.shares.len() {
            0 | 1 => Err(Undefined::OneCategory),
            q => Ok(beyond(self.observed(), self.prevalence().map(|p| p * (1.0 - p)).sum::<f64>() / (q - 1) as f64)),
        }
    }

    fn alpha(&self) -> Result<f64, Undefined> {
        if self.pairable.iter().filter(|count| **count > 0.0).count() < 2 {
            return Err(Undefined::OneCategory);
        }
        let n: f64 = self.pairable.iter().sum();
        let expected = n * n - self.pairable.iter().map(|count| count * count).sum::<f64>();
        Ok(1.0 - (n - 1.0) * (n - self.coincident) / expected)
    }
}

/// Agreement beyond chance, as a part of what there can be.
fn beyond(observed: f64, chance: f64) -> f64 {
    (observed - chance) / (1.0 - chance)
}
