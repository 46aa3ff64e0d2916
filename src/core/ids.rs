//! Names of approaches, streams and steps, spelt alike on the screen, the command line and in JSON.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A word that names nothing in this vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is not {what}; use one of: {allowed}")]
pub struct UnknownWord {
    pub what: &'static str,
    pub word: String,
    pub allowed: String,
}

/// A way to get code from a model, or to refine it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ApproachId {
    Generate,
    Direct,
    SelfDebug,
    Feedback,
    Verbalize,
    Fdsp,
    GenerateAware,
    Repair,
    RepairExplained,
}

impl ApproachId {
    pub const EVERY: [ApproachId; 9] = [
        Self::Generate,
        Self::Direct,
        Self::SelfDebug,
        Self::Feedback,
        Self::Verbalize,
        Self::Fdsp,
        Self::GenerateAware,
        Self::Repair,
        Self::RepairExplained,
    ];

    /// What `all` means: the five refinements of the FDSP study (section 4.2).
    pub const REFINEMENTS: [ApproachId; 5] =
        [Self::Direct, Self::SelfDebug, Self::Feedback, Self::Verbalize, Self::Fdsp];

    /// What the CodeSecEval study compares (section 3.2): two ways to generate, two ways to repair.
    pub const EXPERIMENTS: [ApproachId; 4] = [Self::Generate, Self::GenerateAware, Self::Repair, Self::RepairExplained];

    /// Writes code from a problem alone.
    pub fn generates(self) -> bool {
        matches!(self, Self::Generate | Self::GenerateAware)
    }

    /// Starts from the insecure code that came with the item.
    pub fn repairs(self) -> bool {
        matches!(self, Self::Repair | Self::RepairExplained)
    }

    /// Starts from the code of the `generate` stream.
    pub fn refines(self) -> bool {
        !self.generates() && !self.repairs()
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Direct => "direct",
            Self::SelfDebug => "self-debug",
            Self::Feedback => "feedback",
            Self::Verbalize => "verbalize",
            Self::Fdsp => "fdsp",
            Self::GenerateAware => "generate-aware",
            Self::Repair => "repair",
            Self::RepairExplained => "repair-explained",
        }
    }
}

impl fmt::Display for ApproachId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for ApproachId {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|id| id.as_str() == word).ok_or_else(|| UnknownWord {
            what: "an approach",
            word: word.to_owned(),
            allowed: Self::EVERY.map(Self::as_str).join(" "),
        })
    }
}

/// One line of events inside an item: an approach and the number of its sample, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StreamId {
    pub approach: ApproachId,
    pub sample: u32,
}

impl StreamId {
    pub fn new(approach: ApproachId, sample: u32) -> Self {
        Self { approach, sample }
    }

    /// The stream that holds the code this one starts from; itself where it needs no other.
    pub fn generation(self) -> Self {
        if self.approach.refines() { Self::new(ApproachId::Generate, self.sample) } else { self }
    }
}

/// What a request asks for, and the version of the code that comes of it.
///
/// Written `generate`, `recompile` (Eqn 2), `given` (code that came with the item), `explain`, `verbalize`,
/// `solutions`, `s2.k1` (solution 2, iteration 1) or `k1` (a refinement that follows no solution).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Given,
    Generate,
    Recompile,
    Explain,
    Verbalize,
    Solutions,
    Refine { solution: Option<u32>, iteration: u32 },
}

impl Step {
    /// Whether an answer to this step is meant to hold code.
    pub fn yields_code(self) -> bool {
        matches!(self, Self::Given | Self::Generate | Self::Recompile | Self::Refine { .. })
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Given => f.write_str("given"),
            Self::Generate => f.write_str("generate"),
            Self::Recompile => f.write_str("recompile"),
            Self::Explain => f.write_str("explain"),
            Self::Verbalize => f.write_str("verbalize"),
            Self::Solutions => f.write_str("solutions"),
            Self::Refine { solution: Some(j), iteration: k } => write!(f, "s{j}.k{k}"),
            Self::Refine { solution: None, iteration: k } => write!(f, "k{k}"),
        }
    }
}

impl FromStr for Step {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let refined = || {
            let (solution, rest) = match word.strip_prefix('s') {
                Some(rest) => {
                    let (j, rest) = rest.split_once('.')?;
                    (Some(j.parse().ok()?), rest)
                }
                None => (None, word),
            };
            let iteration = rest.strip_prefix('k')?.parse().ok()?;
            Some(Self::Refine { solution, iteration })
        };
        match word {
            "given" => Some(Self::Given),
            "generate" => Some(Self::Generate),
            "recompile" => Some(Self::Recompile),
            "explain" => Some(Self::Explain),
            "verbalize" => Some(Self::Verbalize),
            "solutions" => Some(Self::Solutions),
            _ => refined(),
        }
        .ok_or_else(|| UnknownWord {
            what: "a step",
            word: word.to_owned(),
            allowed: "given generate recompile explain verbalize solutions k1 s1.k1".to_owned(),
        })
    }
}

macro_rules! serde_as_word {
    ($($kind:ty),+) => {$(
        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}
serde_as_word!(ApproachId, Step);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_survive_their_spelling() {
        let steps = [
            Step::Given,
            Step::Generate,
            Step::Recompile,
            Step::Explain,
            Step::Verbalize,
            Step::Solutions,
            Step::Refine { solution: Some(2), iteration: 13 },
            Step::Refine { solution: None, iteration: 1 },
        ];
        for step in steps {
            assert_eq!(step.to_string().parse(), Ok(step));
        }
        for wrong in ["", "s2", "s2k1", "k", "s.k1", "refine"] {
            assert!(wrong.parse::<Step>().is_err(), "{wrong} was taken for a step");
        }
    }

    #[test]
    fn approaches_survive_their_spelling() {
        for id in ApproachId::EVERY {
            assert_eq!(id.as_str().parse(), Ok(id));
        }
    }
}
