//! The published figures of the CodeSecEval study, to set beside ours, and where no count or no mean explains them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::paper::{Candidate, Note, PaperError, Printed, Printing};
use crate::core::ids::ApproachId;

const FILE: &str = "datasets/paper/codeseceval.toml";
const PUBLISHED: &str = include_str!("../../datasets/paper/codeseceval.toml");
/// How many items fewer than stated are tried where no count of the stated ones fits.
const FEWER: u32 = 5;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    pub title: String,
    /// Where in the paper the figures stand.
    pub section: String,
    pub models: Vec<String>,
    pub ks: Vec<u32>,
    /// n: samples of each item, as the values imply.
    pub samples: u32,
    pub table1: Vec<PublishedSet>,
    /// Tables 2 to 4.
    pub settings: Vec<Setting>,
    /// What in print does not agree with itself or with the data, or is not in print.
    pub notes: Vec<Note>,
}

/// A line of Table 1; averages over the items.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedSet {
    pub name: String,
    pub size: u32,
    pub problem_words: Option<Printed>,
    pub insecure_lines: Option<Printed>,
    pub secure_lines: Option<Printed>,
    pub test_cases: Option<Printed>,
    pub cwe_types: Option<u32>,
}

/// One experiment of a table: pass@k in percent for each model, column and k.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    pub table: u32,
    pub name: String,
    pub approach: ApproachId,
    pub columns: Vec<Part>,
    /// By model: for each column a value for each k.
    rows: BTreeMap<String, Vec<Vec<Printed>>>,
}

/// The items that a column is about.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub name: String,
    pub items: u32,
}

/// Values that no counts explain.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Misfit {
    pub table: u32,
    pub approach: ApproachId,
    pub model: String,
    /// The column; `None` where columns do not agree.
    pub part: Option<String>,
    /// `None` where it is about all of them.
    pub k: Option<u32>,
    pub fault: Fault,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// No count of the items (k = n), or of their samples (k = 1), prints so; `sizes` of a few items fewer do.
    NoCount { printed: String, of: u32, sizes: Vec<u32> },
    /// pass@k cannot fall as k grows.
    Falls { values: Vec<String> },
    /// The first column is not the mean of the others over their items, however they were rounded.
    Mean { printed: String, mean: f64 },
}

impl Published {
    /// The figures that come with the program.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn load() -> Result<Self, PaperError> {
        let published: Self = toml::from_str(PUBLISHED).map_err(|error| PaperError::new(FILE, error))?;
        for setting in &published.settings {
            for model in &published.models {
                let row = setting.rows.get(model);
                let whole = row.is_some_and(|row| {
                    row.len() == setting.columns.len() && row.iter().all(|values| values.len() == published.ks.len())
                });
                if !whole {
                    let words = format!("{}: {model} needs a value for each column and k", setting.name);
                    return Err(PaperError::new(FILE, words));
                }
            }
        }
        Ok(published)
    }

    /// Every value that no count explains, in the order of the tables.
    pub fn misfits(&self) -> Vec<Misfit> {
        let mut found = Vec::new();
        for setting in &self.settings {
            for model in &self.models {
                self.of_row(setting, model, &mut found);
            }
        }
        found
    }

    fn of_row(&self, setting: &Setting, model: &str, found: &mut Vec<Misfit>) {
        let mut push = |part: Option<&str>, k, fault| {
            found.push(Misfit {
                table: setting.table,
                approach: setting.approach,
                model: model.to_owned(),
                part: part.map(str::to_owned),
                k,
                fault,
            });
        };
        for (part, values) in setting.row(model) {
            if values.windows(2).any(|two| two[1].value() < two[0].value()) {
                push(Some(&part.name), None, Fault::Falls { values: values.iter().map(Printed::to_string).collect() });
            }
            for (k, printed) in self.ks.iter().zip(values) {
                if self.of_items(*k).is_some() && self.counts(part, *k, printed).is_empty() {
                    let sizes = (part.items.saturating_sub(FEWER)..part.items)
                        .filter(|items| !self.counts(&Part { items: *items, ..part.clone() }, *k, printed).is_empty());
                    let fault = Fault::NoCount { printed: printed.to_string(), of: part.items, sizes: sizes.collect() };
                    push(Some(&part.name), Some(*k), fault);
                }
            }
        }
        for (at, k) in self.ks.iter().enumerate() {
            if let Some(fault) = setting.mean(model, at) {
                push(None, Some(*k), fault);
            }
        }
    }

    /// How many things one item adds to the counts of pass@k; `None` where the estimate is no plain count.
    fn of_items(&self, k: u32) -> Option<u32> {
        match k {
            1 => Some(self.samples),
            k if k == self.samples => Some(1),
            _ => None,
        }
    }

    /// Every count that prints as the value: of samples for pass@1, of items for pass@n; none for another k.
    pub fn counts(&self, part: &Part, k: u32, printed: &Printed) -> Vec<Candidate> {
        let Some(each) = self.of_items(k) else { return Vec::new() };
        // Every value of these tables is rounded.
        printed.counts(part.items * each).filter(|found| found.printing == Printing::Rounded).collect()
    }
}

impl Setting {
    /// A model's values by column.
    pub fn row(&self, model: &str) -> impl Iterator<Item = (&Part, &[Printed])> {
        let row = self.rows.get(model).map_or(&[][..], Vec::as_slice);
        self.columns.iter().zip(row.iter().map(Vec::as_slice))
    }

    /// In a table of a set and its subsets: whether the mean over the items of these can print as the set's value.
    fn mean(&self, model: &str, k: usize) -> Option<Fault> {
        let row: Vec<(&Part, &Printed)> = self.row(model).filter_map(|(part, row)| Some((part, row.get(k)?))).collect();
        let ((whole, printed), parts) = row.split_first()?;
        if parts.iter().map(|(part, _)| part.items).sum::<u32>() != whole.items {
            return None;
        }
        // In hundredths of a percent, so that the bound is exact: each value is off by half of one at most.
        let hundredths =
            |(part, printed): &(&Part, &Printed)| (printed.value() * 100.0).round() as i64 * i64::from(part.items);
        let sum: i64 = parts.iter().map(hundredths).sum();
        let apart = (hundredths(&(whole, printed)) - sum).abs();
        (apart > i64::from(whole.items))
            .then(|| Fault::Mean { printed: printed.to_string(), mean: sum as f64 / 100.0 / f64::from(whole.items) })
    }
}

impl Misfit {
    /// Such as `Table 4, repair, CodeGen, SecEvalBase`.
    pub fn place(&self) -> String {
        let part = self.part.as_ref().map(|part| format!(", {part}")).unwrap_or_default();
        format!("Table {}, {}, {}{part}", self.table, self.approach, self.model)
    }

    pub fn words(&self) -> String {
        let k = self.k.map_or_else(|| "pass@k".to_owned(), |k| format!("pass@{k}"));
        match &self.fault {
            Fault::NoCount { printed, of, sizes } => {
                let fits = match &sizes[..] {
                    [] => String::new(),
                    sizes => {
                        let sizes: Vec<String> = sizes.iter().map(u32::to_string).collect();
                        format!("; one of {} items does", sizes.join(" or "))
                    }
                };
                format!("no count of {of} items prints as {k} {printed}{fits}")
            }
            Fault::Falls { values } => {
                format!("{k} cannot fall as k grows, but it is printed as {}", values.join(", "))
            }
            Fault::Mean { printed, mean } => {
                format!("{k} of all items is printed as {printed}; the subsets give {mean:.2}")
            }
        }
    }
}
