//! An analyst's word on a fix. A label is an event: nothing overwrites it, undo is an event too.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{Step, UnknownWord};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelVerdict {
    Realistic,
    Unrealistic,
    Unsure,
}

impl LabelVerdict {
    pub const EVERY: [LabelVerdict; 3] = [Self::Realistic, Self::Unrealistic, Self::Unsure];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realistic => "realistic",
            Self::Unrealistic => "unrealistic",
            Self::Unsure => "unsure",
        }
    }
}

impl fmt::Display for LabelVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LabelVerdict {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|verdict| verdict.as_str() == word).ok_or_else(|| UnknownWord {
            what: "a label",
            word: word.to_owned(),
            allowed: Self::EVERY.map(Self::as_str).join(" "),
        })
    }
}

/// What the labels on a version come to, in reports: the adjudicated one, else the one on which every annotator's
/// latest label agrees, else disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    #[default]
    Unlabelled,
    Agreed(LabelVerdict),
    Adjudicated(LabelVerdict),
    Disputed,
}

impl Standing {
    /// `None` where there is no label, or none that all agree on.
    pub fn verdict(self) -> Option<LabelVerdict> {
        match self {
            Self::Agreed(verdict) | Self::Adjudicated(verdict) => Some(verdict),
            Self::Unlabelled | Self::Disputed => None,
        }
    }

    pub fn is_unlabelled(&self) -> bool {
        *self == Self::Unlabelled
    }
}

/// One label by one annotator on one version of the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub author: String,
    /// The version that was looked at, and the hash of its code.
    pub step: Step,
    pub code: String,
    /// `None`: a comment alone.
    pub verdict: Option<LabelVerdict>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// Time on the item before the key was pressed.
    pub seconds: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<u32>,
    #[serde(default)]
    pub blind: bool,
    /// Settles what the annotators disagree on: counts before every ordinary label.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adjudicates: bool,
    /// The event number (inside the item) of the label that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u32>,
}
