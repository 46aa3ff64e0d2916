//! What a run was told: every number that its outcome depends on.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::execution::Level;
use super::ids::{ApproachId, UnknownWord};
use super::text::{Text, sha256_hex};

/// How findings become a verdict; see [`super::verdict`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictMode {
    #[default]
    Strict,
    Paper,
}

/// The code that a refinement starts from: Eqn 5 feeds the previous one, Algorithm 1's line 7 the generated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RefineFrom {
    #[default]
    Previous,
    Original,
}

macro_rules! two_words {
    ($kind:ty, $what:literal, $($variant:ident = $word:literal),+) => {
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(match self { $(Self::$variant => $word),+ })
            }
        }
        impl FromStr for $kind {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord {
                        what: $what,
                        word: word.to_owned(),
                        allowed: [$($word),+].join(" "),
                    }),
                }
            }
        }
    };
}
two_words!(VerdictMode, "a verdict mode", Strict = "strict", Paper = "paper");
two_words!(CompileCheck, "a compile check", Parse = "parse", Execute = "execute");
two_words!(RefineFrom, "a start of refinement", Previous = "previous", Original = "original");

/// Which model answered, without any key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The name in `fdsp.toml`, or the model's own.
    pub name: String,
    /// The wire format, e.g. `openai-chat`.
    pub api: String,
    pub base_url: String,
    pub model: String,
}

impl ModelInfo {
    /// The wire format of a model whose answers were read from files: there is nothing to ask.
    const IMPORTED: &str = "imported";

    /// The model that is said to have written imported code.
    pub fn imported(name: impl Into<String>) -> Self {
        let name = name.into();
        Self { api: Self::IMPORTED.to_owned(), base_url: String::new(), model: name.clone(), name }
    }

    pub fn is_imported(&self) -> bool {
        self.api == Self::IMPORTED
    }
}

/// How an answer is sampled. `None` leaves the field out of the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    pub temperature: Option<f64>,
    pub seed: Option<u64>,
    /// Limit of the generation's answers; the published 500 cuts code off, so the default is higher.
    pub max_tokens_generate: u32,
    /// Limit of every other answer.
    pub max_tokens: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: Some(1.0), seed: None, max_tokens_generate: 2000, max_tokens: 2000 }
    }
}

/// How code is run against its item's test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Testing {
    /// The sandbox level that is required; below it nothing runs.
    pub level: Level,
    /// The user said `--unsandboxed`: nothing holds the code back, and every result says so.
    #[serde(default)]
    pub unsandboxed: bool,
    /// Missing folders, the stated prelude of common imports and the item's missing files are supplied.
    #[serde(default)]
    pub repair_environment: bool,
    /// Seconds that one program may take.
    pub seconds: u32,
    /// The interpreter, e.g. `/usr/bin/python3`; a resume uses the same.
    pub python: String,
}

/// What stands for "y compiles" in Eqn 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompileCheck {
    /// The parser of the target version takes it.
    #[default]
    Parse,
    /// It also runs by itself, in the sandbox, to its end.
    Execute,
}

impl CompileCheck {
    fn is_parse(&self) -> bool {
        *self == Self::Parse
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The refinements to do, in order; generation always comes first.
    pub approaches: Vec<ApproachId>,
    /// J: solutions asked for (3 in the paper).
    pub solutions: u32,
    /// K: tries for each solution.
    pub iterations: u32,
    pub samples: u32,
    /// Start from the code that came with the item instead of generating any.
    #[serde(default)]
    pub given: bool,
    pub refine_from: RefineFrom,
    pub verdict: VerdictMode,
    pub sampling: Sampling,
    /// `auto` is resolved before a run begins; every scan event names the scanner that ran.
    pub scanner: String,
    /// The Python version that decides what compiles, e.g. `3.11`.
    pub target_python: String,
    /// How versions are judged by their item's test; `None`: no test is run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub testing: Option<Testing>,
    /// What decides whether y compiles (Eqn 2).
    #[serde(default, skip_serializing_if = "CompileCheck::is_parse")]
    pub compile_check: CompileCheck,
    /// The run that generated the code, where this one only refines it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The user's own prompt templates by name, in the place of the built-in ones.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub templates: BTreeMap<String, Text>,
}

impl Settings {
    /// The approaches whose outcome the run is about: a generation that only serves refinements is none of them.
    pub fn requested(&self) -> Vec<ApproachId> {
        let refines = self.approaches.iter().any(|id| id.refines());
        let mut asked = Vec::new();
        for id in self.approaches.iter().copied().filter(|id| !(refines && *id == ApproachId::Generate)) {
            if !asked.contains(&id) {
                asked.push(id);
            }
        }
        if asked.is_empty() { vec![ApproachId::Generate] } else { asked }
    }

    /// Whether the `generate` stream is part of the run: by name, or because a refinement starts from it.
    pub fn generates(&self) -> bool {
        let needs = |id: &ApproachId| *id == ApproachId::Generate || id.refines();
        self.approaches.is_empty() || self.approaches.iter().any(needs)
    }

    /// J, K and the samples as lists show them; J and K only where something is refined, and nothing for imported code,
    /// where nobody knows them.
    pub fn tries(&self) -> String {
        let samples = if self.samples > 1 { format!(" n{}", self.samples) } else { String::new() };
        let refines = self.approaches.iter().any(|id| id.refines());
        match (self.solutions, self.iterations) {
            (0, 0) => samples,
            (j, k) if refines => format!(" J{j} K{k}{samples}"),
            _ => samples,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            approaches: vec![ApproachId::Fdsp],
            solutions: 3,
            iterations: 3,
            samples: 1,
            given: false,
            refine_from: RefineFrom::default(),
            verdict: VerdictMode::default(),
            sampling: Sampling::default(),
            scanner: "auto".to_owned(),
            target_python: "3.11".to_owned(),
            testing: None,
            compile_check: CompileCheck::Parse,
            from: None,
            templates: BTreeMap::new(),
        }
    }
}

/// A run as stored: settings, model and data set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Short, unique in a store, what the command line takes.
    pub id: String,
    pub dataset: String,
    /// The data set's content hash when the run began.
    pub dataset_hash: String,
    /// Rows of the data set that could not be items; `fdsp dataset check` lists them.
    #[serde(default)]
    pub quarantined: u32,
    pub model: ModelInfo,
    pub settings: Settings,
    pub started: jiff::Timestamp,
    /// True for a run that came with the program: its run events are frozen, labels on it are ordinary ones.
    #[serde(default)]
    pub recorded: bool,
}

impl RunInfo {
    /// SHA-256 over all that the run was told, alike wherever a copy of it lies.
    pub fn hash(&self) -> String {
        let told = Self { recorded: false, ..self.clone() };
        // Types of ours, which always have a JSON form.
        sha256_hex(serde_json::to_string(&told).unwrap_or_default())
    }
}
