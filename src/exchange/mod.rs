//! Floor 3: other people's outputs in, runs out. `artifact` and `table` read folders and rows into [`Outputs`], `intake`
//! checks and scans them as a run does and stores a run of them; `sheet` writes CSV, `sarif` a SARIF log.

pub mod artifact;
pub mod columns;
pub mod intake;
pub mod labels;
pub mod sarif;
pub mod sheet;
mod suppression;
pub mod table;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;

use crate::core::ids::{ApproachId, Step};
use crate::core::item::Item;
use crate::core::label::LabelVerdict;
use crate::core::text::Text;
use crate::dataset::{DatasetError, Quarantined};
use crate::runner::RunError;
use crate::scanner::ScannerError;
use crate::store::StoreError;

#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    #[error("{}: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error("the field map {0}")]
    Map(String),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Scanner(#[from] ScannerError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Run(#[from] RunError),
    #[error("the export cannot be written: {0}")]
    Write(String),
}

/// One item as somebody else's tools left it.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    pub item: Item,
    pub generated: Code,
    pub refined: BTreeMap<ApproachId, Refined>,
}

/// Code and where it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    pub code: Text,
    /// In words; it becomes the reason of the extraction, e.g. `read from 12/Self_Debug.py`.
    pub why: String,
}

/// What an approach left of an item.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Refined {
    /// In the order of their steps.
    pub versions: Vec<Version>,
    /// Why there is no version, where something was there that could not be read.
    pub trouble: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub step: Step,
    pub code: Code,
    pub labels: Vec<Opinion>,
}

/// An analyst's word that came with a version.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    pub annotator: String,
    pub verdict: Option<LabelVerdict>,
    pub reasons: Vec<String>,
    pub comment: Option<String>,
}

/// Everything read of a folder or file, before any scan.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Collected {
    /// The name of the folder or file.
    pub name: String,
    /// SHA-256 of the file, or of the lines `<sha256>  <path>` of the files read.
    pub hash: String,
    /// By the model that wrote them; `None` where the rows name none.
    pub models: BTreeMap<Option<String>, Vec<Outputs>>,
    /// Folders and rows that are no part of any item.
    pub quarantined: Vec<Quarantined>,
    /// Files and values of an item that were not read.
    pub set_aside: Vec<Quarantined>,
    /// Code that is empty: strict calls it invalid, paper secure. In words, with the place.
    pub empty: Vec<String>,
}

/// What became of one approach over the items of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Items with a refined version of vulnerable code.
    pub refined: u32,
    /// Items whose generated code is secure and that have no refined version.
    pub secure_from_start: u32,
    /// Items whose generated code is invalid and that have no refined version.
    pub invalid: u32,
    /// Items with a refined version though the scanner in use does not call the generated code vulnerable.
    pub needless: u32,
    /// Items whose generated code is vulnerable, or could not be judged, and that have no refined version.
    pub missing: u32,
}

/// A run that was made of somebody's outputs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Taken {
    pub run: String,
    pub items: u32,
    /// Items whose generated code is vulnerable, in the mode that was asked for.
    pub vulnerable: u32,
    pub approaches: BTreeMap<ApproachId, Counts>,
    pub labels: u32,
    /// Items that the data set of `--prompts` does not have.
    pub without_prompt: u32,
}
