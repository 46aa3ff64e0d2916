//! The published figures of the FDSP study, to set beside ours, and whether counts can be found that print so.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::Cell;
use crate::core::ids::ApproachId;

const FILE: &str = "datasets/paper/patch-security.toml";
const PUBLISHED: &str = include_str!("../../datasets/paper/patch-security.toml");

/// The published figures that come with the program cannot be read.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{file}: {message}; this program is broken, install it anew")]
pub struct PaperError {
    file: &'static str,
    message: String,
}

impl PaperError {
    pub(super) fn new(file: &'static str, message: impl fmt::Display) -> Self {
        Self { file, message: message.to_string() }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    pub title: String,
    /// Where in the paper the figures stand.
    pub section: String,
    /// The columns of Table 1.
    pub models: Vec<String>,
    pub sets: Vec<PaperSet>,
    pub unrealistic: Vec<PaperUnrealistic>,
    pub unresolved: Vec<PaperUnresolved>,
    /// What in print does not agree with itself, or is not in print.
    pub notes: Vec<Note>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperSet {
    pub name: String,
    /// How many items the set may have had: as stated first.
    pub items: Vec<u32>,
    /// A cell for each model.
    pub table1: BTreeMap<ApproachId, Vec<PaperCell>>,
}

/// A cell of Table 1: share vulnerable in percent and the drop in points, which generated code does not have.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Vec<Printed>")]
pub struct PaperCell {
    pub share: Printed,
    pub drop: Option<Printed>,
}

/// Unrealistic refined code of a model: over all approaches, and FDSP's part of it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperUnrealistic {
    pub set: String,
    pub model: String,
    pub all: u32,
    /// The paper gives `all` as about so many.
    #[serde(default)]
    pub about: bool,
    pub fdsp: u32,
}

/// Share of a CWE's findings that stay unresolved, in percent (Figure 4).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperUnresolved {
    pub set: String,
    pub model: String,
    pub cwe: u32,
    pub share: Printed,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub place: String,
    pub text: String,
}

/// A number as printed: its decimals say how exact it is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Printed {
    text: String,
    /// The digits without the point.
    digits: u64,
    /// Ten to the number of decimals.
    scale: u64,
}

/// How a value becomes the printed one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Printing {
    Rounded,
    Truncated,
}

/// A count that prints as a published share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Candidate {
    pub count: u32,
    pub of: u32,
    pub printing: Printing,
}

/// Whether counts can be found behind a published cell.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Reproduced {
    /// Every count that prints as the share; none: the share cannot be reproduced.
    pub counts: Vec<Candidate>,
    /// How the drop, from one of these counts and one that prints as the generated share, prints as published.
    pub drop: Option<Printing>,
    /// What does not come out, in words; `None` where the share, and the drop if one is printed, do.
    pub words: Option<String>,
}

/// A published cell beside one of ours.
#[derive(Debug, Clone)]
pub struct Beside<'a> {
    pub model: &'a str,
    pub published: &'a PaperCell,
    pub reproduced: Reproduced,
    /// Our share minus the published one, in points; `None` where ours has no outcome yet.
    pub points: Option<f64>,
}

impl Paper {
    /// The figures that come with the program.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn load() -> Result<Self, PaperError> {
        let paper: Self = toml::from_str(PUBLISHED).map_err(|error| PaperError::new(FILE, error))?;
        for set in &paper.sets {
            for (approach, cells) in &set.table1 {
                if cells.len() != paper.models.len() {
                    let (found, wanted) = (cells.len(), paper.models.len());
                    let name = &set.name;
                    let words = format!("{name}: {approach} has {found} cells for {wanted} models");
                    return Err(PaperError::new(FILE, words));
                }
            }
        }
        Ok(paper)
    }

    /// The data set of that name, whatever its case and dashes.
    pub fn set(&self, name: &str) -> Option<&PaperSet> {
        self.sets.iter().find(|set| plain(&set.name) == plain(name))
    }

    /// Our cell beside the published ones of the same data set and approach, one for each of the paper's models.
    pub fn beside(&self, dataset: &str, approach: ApproachId, ours: &Cell) -> Option<Vec<Beside<'_>>> {
        let set = self.set(dataset)?;
        let cells = set.table1.get(&approach)?;
        let share = ours.vulnerable.value();
        let beside = self.models.iter().zip(cells).enumerate().map(|(at, (model, published))| {
            Some(Beside {
                model,
                published,
                reproduced: set.reproduced(approach, at)?,
                points: share.map(|share| share * 100.0 - published.share.value()),
            })
        });
        beside.collect()
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl PaperSet {
    /// Whether counts can be found behind the cell of an approach and the model in column `model`.
    pub fn reproduced(&self, approach: ApproachId, model: usize) -> Option<Reproduced> {
        let cell = self.table1.get(&approach)?.get(model)?;
        let counts = self.counts(&cell.share);
        let (drop, words) = match &cell.drop {
            _ if counts.is_empty() => (None, Some(self.no_count(&cell.share))),
            None => (None, self.other_size(&cell.share, &counts)),
            Some(drop) => {
                let generated = &self.table1.get(&ApproachId::Generate)?.get(model)?.share;
                match self.fit(drop, &counts, &self.counts(generated)) {
                    Some(printing) => (Some(printing), None),
                    None => (None, Some(drop_words(drop, generated, &counts))),
                }
            }
        };
        Some(Reproduced { counts, drop, words })
    }

    fn counts(&self, share: &Printed) -> Vec<Candidate> {
        self.items.iter().flat_map(|of| share.counts(*of)).collect()
    }

    /// The difference of two counts of the same size that prints as `drop`.
    fn fit(&self, drop: &Printed, after: &[Candidate], before: &[Candidate]) -> Option<Printing> {
        let pairs = before.iter().flat_map(|before| after.iter().map(move |after| (before, after)));
        pairs.filter(|(before, after)| before.of == after.of).find_map(|(before, after)| {
            let points = before.count.checked_sub(after.count)?;
            drop.prints(points, before.of)
        })
    }

    fn no_count(&self, share: &Printed) -> String {
        let sizes: Vec<String> = self.items.iter().map(u32::to_string).collect();
        format!("no count of {} items prints as {share}", sizes.join(" or "))
    }

    /// A share that fits another number of items than the paper states.
    fn other_size(&self, share: &Printed, counts: &[Candidate]) -> Option<String> {
        let stated = self.items.first()?;
        let fits = counts.first().filter(|_| counts.iter().all(|count| count.of != *stated))?;
        Some(format!("{share} is {} of {} items; no count of the stated {stated} prints so", fits.count, fits.of))
    }
}

fn drop_words(drop: &Printed, generated: &Printed, after: &[Candidate]) -> String {
    let mut words = format!("the drop of {drop} follows from no count that prints the generated share of {generated}");
    let would = after.iter().find_map(|after| {
        let before = (after.count..=after.of).find(|before| drop.prints(before - after.count, after.of).is_some())?;
        Some((before, after))
    });
    if let Some((before, Candidate { count, of, .. })) = would {
        let share = f64::from(before) * 100.0 / f64::from(*of);
        words.push_str(&format!("; it is {before} to {count} of {of}, and {before} of {of} prints as {share:.1}"));
    }
    words
}

impl Printed {
    /// In percent or points.
    pub fn value(&self) -> f64 {
        self.digits as f64 / self.scale as f64
    }

    /// Whether `count` of `of`, in percent, prints as this; rounded half up comes before cut off.
    pub fn prints(&self, count: u32, of: u32) -> Option<Printing> {
        let (scaled, of) = (u64::from(count) * 100 * self.scale, u64::from(of));
        if of == 0 {
            None
        } else if (2 * scaled + of) / (2 * of) == self.digits {
            Some(Printing::Rounded)
        } else {
            (scaled / of == self.digits).then_some(Printing::Truncated)
        }
    }

    /// Every count of `of` items that prints as this share.
    pub fn counts(&self, of: u32) -> impl Iterator<Item = Candidate> {
        (0..=of).filter_map(move |count| {
            let printing = self.prints(count, of)?;
            Some(Candidate { count, of, printing })
        })
    }
}

impl fmt::Display for Printed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

impl TryFrom<String> for Printed {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let digits = format!("{whole}{decimals}").parse();
        match (digits, 10_u64.checked_pow(decimals.len() as u32)) {
            (Ok(digits), Some(scale)) => Ok(Self { digits, scale, text }),
            _ => Err(format!("`{text}` is not a printed number; write it like \"38.2\"")),
        }
    }
}

impl TryFrom<Vec<Printed>> for PaperCell {
    type Error = String;

    fn try_from(printed: Vec<Printed>) -> Result<Self, Self::Error> {
        let found = printed.len();
        let mut printed = printed.into_iter();
        match (printed.next(), printed.next(), printed.next()) {
            (Some(share), drop, None) => Ok(Self { share, drop }),
            _ => Err(format!("a cell is a share, or a share and a drop, not {found} numbers")),
        }
    }
}
