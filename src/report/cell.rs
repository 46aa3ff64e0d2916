//! One cell: what it shows, and the number behind it, made together so that they cannot part.

use super::words::{self, gate};
use crate::core::ids::ApproachId;
use crate::core::settings::{RunInfo, VerdictMode};
use crate::metrics::agreement::Figure;
use crate::metrics::{Interval, Labels, Share};

/// What a table shows at one place.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    pub text: String,
    /// The number of this cell; `None` for names and for a second view of a number that stands beside it.
    pub fact: Option<Fact>,
}

/// A number with all that says what it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Fact {
    pub place: Place,
    pub measure: String,
    pub value: f64,
    /// What it was counted over.
    pub n: Option<u32>,
    pub low: Option<f64>,
    pub high: Option<f64>,
}

/// Where a number belongs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Place {
    pub run: String,
    pub dataset: String,
    pub model: String,
    pub mode: Option<VerdictMode>,
    pub labels: Option<Labels>,
    /// As on the command line, e.g. `self-debug`; two for a test.
    pub approach: String,
}

impl Place {
    pub fn of(run: &RunInfo) -> Self {
        Self { run: gate(&run.id), dataset: gate(&run.dataset), model: gate(&run.model.model), ..Self::default() }
    }

    /// Several runs together.
    pub fn over(runs: &[RunInfo]) -> Self {
        let of = |name: fn(&RunInfo) -> &str| {
            let mut names: Vec<&str> = Vec::new();
            for name in runs.iter().map(name) {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            gate(&names.join(" "))
        };
        let (run, dataset, model) = (of(|run| &run.id), of(|run| &run.dataset), of(|run| &run.model.model));
        Self { run, dataset, model, ..Self::default() }
    }

    pub fn mode(mut self, mode: VerdictMode) -> Self {
        self.mode = Some(mode);
        self
    }

    pub fn labels(mut self, labels: Labels) -> Self {
        self.labels = Some(labels);
        self
    }

    pub fn approach(mut self, approach: ApproachId) -> Self {
        self.approach = approach.as_str().to_owned();
        self
    }

    pub fn approaches(mut self, first: ApproachId, second: ApproachId) -> Self {
        self.approach = format!("{first} {second}");
        self
    }

    fn fact(&self, measure: &str, value: f64) -> Fact {
        Fact { place: self.clone(), measure: gate(measure), value, n: None, low: None, high: None }
    }

    /// `12/42`, with the share and its interval as the fact.
    pub fn share(&self, measure: &str, share: &Share) -> Cell {
        let interval = share.interval();
        let fact = share.value().map(|value| Fact {
            n: Some(share.of),
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
            ..self.fact(measure, value)
        });
        Cell { text: words::count(share), fact }
    }

    /// `5/12` of what does not come from independent trials: without an interval.
    pub fn part(&self, measure: &str, count: u32, of: u32) -> Cell {
        let value = part(count, of);
        let fact = value.map(|value| Fact { n: Some(of), ..self.fact(measure, value) });
        Cell { text: format!("{count}/{of}"), fact }
    }

    /// A count of its own.
    pub fn number(&self, measure: &str, count: u32) -> Cell {
        Cell { text: count.to_string(), fact: Some(self.fact(measure, f64::from(count))) }
    }

    /// Points from 0 to 100.
    pub fn points(&self, measure: &str, points: Option<f64>) -> Cell {
        self.optional(measure, points, words::decimal)
    }

    /// A part of 1, shown as per cent.
    pub fn ratio(&self, measure: &str, ratio: Option<f64>) -> Cell {
        self.optional(measure, ratio, |ratio| format!("{} %", words::decimal(ratio * 100.0)))
    }

    /// An average of counts, with two decimals as the papers print them.
    pub fn average(&self, measure: &str, average: Option<f64>) -> Cell {
        self.optional(measure, average, |average| format!("{average:.2}"))
    }

    pub fn probability(&self, measure: &str, p: f64) -> Cell {
        self.optional(measure, Some(p), words::probability)
    }

    pub fn kappa(&self, measure: &str, kappa: Option<f64>) -> Cell {
        self.optional(measure, kappa, |kappa| words::signed(kappa, 3))
    }

    /// A coefficient of agreement with its interval; `n` is the versions behind it.
    pub fn coefficient(&self, measure: &str, figure: &Figure, n: u32) -> Cell {
        let cell = self.kappa(measure, figure.value);
        let ends = figure.interval;
        let fact =
            cell.fact.map(|fact| Fact { n: Some(n), low: ends.map(|it| it.low), high: ends.map(|it| it.high), ..fact });
        Cell { fact, ..cell }
    }

    /// An estimate from 0 to 1 with its interval, shown as per cent; `n` is what it is the mean over.
    pub fn estimate(&self, measure: &str, value: Option<f64>, n: u32, interval: Option<Interval>) -> Cell {
        let cell = self.ratio(measure, value);
        let fact = cell.fact.map(|fact| Fact {
            n: Some(n),
            low: interval.map(|ends| ends.low),
            high: interval.map(|ends| ends.high),
            ..fact
        });
        Cell { fact, ..cell }
    }

    fn optional(&self, measure: &str, value: Option<f64>, shown: impl Fn(f64) -> String) -> Cell {
        match value {
            Some(value) => Cell { text: shown(value), fact: Some(self.fact(measure, value)) },
            None => Cell::text("–"),
        }
    }
}

fn part(count: u32, of: u32) -> Option<f64> {
    (of > 0).then(|| f64::from(count) / f64::from(of))
}

impl Cell {
    /// A name or a remark; whatever it holds, it is shown on one line.
    pub fn text(text: impl AsRef<str>) -> Self {
        Self { text: gate(text.as_ref()), fact: None }
    }

    /// What the run cannot answer.
    pub fn missing() -> Self {
        Self::text(words::MISSING)
    }

    /// [`Place::part`] as per cent, beside its count.
    pub fn part_percent(count: u32, of: u32) -> Self {
        Self::text(part(count, of).map_or_else(|| "–".to_owned(), words::percent))
    }

    /// The share as per cent, beside its count.
    pub fn percent(share: &Share) -> Self {
        Self::text(share.value().map_or_else(|| "–".to_owned(), words::percent))
    }

    /// Both ends of the share's 95 % interval, beside its count.
    pub fn interval(share: &Share) -> Self {
        Self::text(share.interval().map_or_else(|| "–".to_owned(), words::interval))
    }
}
