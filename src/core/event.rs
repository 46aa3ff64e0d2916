//! Everything that happens to an item in a run is one of these, appended and never changed.
//!
//! The stored form is apart from this enum (see `store::codec`), so these types may move freely.

use serde::{Deserialize, Serialize};

use super::execution::{Execution, Fault};
use super::finding::Scan;
use super::ids::{Step, StreamId};
use super::label::{Label, Link};
use super::text::Text;

/// One event in its place: `seq` counts from 1 inside a run's item, over all its streams.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: u32,
    pub at: jiff::Timestamp,
    #[serde(flatten)]
    pub stream: StreamId,
    #[serde(flatten)]
    pub event: Event,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Event {
    Asked(Asked),
    Answered(Answered),
    CallFailed(CallFailed),
    Extracted(Extracted),
    Checked(Checked),
    Scanned(Scanned),
    /// A second opinion, given afterwards: by another scanner, on a version that is there.
    Rescanned(Scanned),
    /// Run against the item's test: by the run itself, or afterwards.
    Executed(Box<Executed>),
    Proposed(Proposed),
    Stopped(Stopped),
    Failed(Failed),
    Labelled(Label),
    LabelUndone(LabelTurn),
    LabelRedone(LabelTurn),
    /// An annotator of a blind session asked to see the rest.
    Revealed(Revealed),
}

impl Event {
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Asked(_) => "asked",
            Self::Answered(_) => "answered",
            Self::CallFailed(_) => "call-failed",
            Self::Extracted(_) => "extracted",
            Self::Checked(_) => "checked",
            Self::Scanned(_) => "scanned",
            Self::Rescanned(_) => "rescanned",
            Self::Executed(_) => "executed",
            Self::Proposed(_) => "proposed",
            Self::Stopped(_) => "stopped",
            Self::Failed(_) => "failed",
            Self::Labelled(_) => "labelled",
            Self::LabelUndone(_) => "label-undone",
            Self::LabelRedone(_) => "label-redone",
            Self::Revealed(_) => "revealed",
        }
    }

    pub fn is_label(&self) -> bool {
        matches!(self, Self::Labelled(_) | Self::LabelUndone(_) | Self::LabelRedone(_) | Self::Revealed(_))
    }

    /// Who did it; `None` for what a run did.
    pub fn author(&self) -> Option<&str> {
        match self {
            Self::Labelled(label) => Some(&label.author),
            Self::LabelUndone(turn) | Self::LabelRedone(turn) => Some(&turn.author),
            Self::Revealed(revealed) => Some(&revealed.author),
            _ => None,
        }
    }

    /// The place in its author's chain, of a label event.
    pub fn link(&self) -> Option<&Link> {
        match self {
            Self::Labelled(label) => label.link.as_ref(),
            Self::LabelUndone(turn) | Self::LabelRedone(turn) => turn.link.as_ref(),
            Self::Revealed(revealed) => revealed.link.as_ref(),
            _ => None,
        }
    }

    /// Where that place stands; `None` for what a run did.
    pub fn link_mut(&mut self) -> Option<&mut Option<Link>> {
        match self {
            Self::Labelled(label) => Some(&mut label.link),
            Self::LabelUndone(turn) | Self::LabelRedone(turn) => Some(&mut turn.link),
            Self::Revealed(revealed) => Some(&mut revealed.link),
            _ => None,
        }
    }

    /// The number of the label that a label event is about: the one it replaces, takes back or puts back.
    pub fn about(&self) -> Option<u32> {
        match self {
            Self::Labelled(label) => label.replaces,
            Self::LabelUndone(turn) | Self::LabelRedone(turn) => Some(turn.label),
            _ => None,
        }
    }

    pub fn set_about(&mut self, number: Option<u32>) {
        match self {
            Self::Labelled(label) => label.replaces = number,
            Self::LabelUndone(turn) | Self::LabelRedone(turn) => turn.label = number.unwrap_or_default(),
            _ => {}
        }
    }

    /// What may be added to a run that has ended: labels, second opinions, and tests that are run afterwards.
    pub fn is_afterthought(&self) -> bool {
        self.is_label() || matches!(self, Self::Rescanned(_) | Self::Executed(_))
    }

    /// The step that a run event is about.
    pub fn step(&self) -> Option<Step> {
        match self {
            Self::Asked(e) => Some(e.step),
            Self::Answered(e) => Some(e.step),
            Self::CallFailed(e) => Some(e.step),
            Self::Extracted(e) => Some(e.step),
            Self::Checked(e) => Some(e.step),
            Self::Scanned(e) | Self::Rescanned(e) => Some(e.step),
            Self::Executed(e) => Some(e.step),
            Self::Proposed(_) => Some(Step::Solutions),
            Self::Labelled(e) => Some(e.step),
            Self::Revealed(e) => Some(e.step),
            Self::Stopped(_) | Self::Failed(_) | Self::LabelUndone(_) | Self::LabelRedone(_) => None,
        }
    }
}

/// A named piece of a request: the template, the report, a solution, the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub text: Text,
}

/// A request as its parts; rendering them again gives the bytes whose hash is `sent`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The template's name; its source is the part `template`.
    pub template: String,
    pub parts: Vec<Part>,
    pub max_tokens: u32,
    /// SHA-256 of the body as sent.
    pub sent: String,
}

impl Request {
    pub fn part(&self, name: &str) -> Option<&Text> {
        self.parts.iter().find(|part| part.name == name).map(|part| &part.text)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    pub step: Step,
    pub request: Request,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    pub prompt: u32,
    pub completion: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    pub step: Step,
    pub text: Text,
    /// How the text arrived: the length in bytes so far, and the milliseconds since the request was sent.
    pub chunks: Vec<(u32, u32)>,
    /// The server's word: `stop`, or `length` for an answer that was cut off.
    pub finish: String,
    pub model: Option<String>,
    pub usage: Option<Usage>,
    /// Seconds from sending the try that succeeded to its end.
    pub seconds: f64,
    /// Tries needed, from 1.
    pub tries: u32,
}

impl Answered {
    pub fn truncated(&self) -> bool {
        ["length", "max_tokens", "model_context_window_exceeded"].contains(&self.finish.as_str())
    }
}

/// A call that gave no answer. Its bytes are kept; they are not an answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallFailed {
    pub step: Step,
    /// `connect`, `first-token`, `idle`, `total`, `half`, `status`, `refused`, `malformed`, `cancelled`.
    pub reason: String,
    pub message: String,
    pub status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<Text>,
    pub tries: u32,
    pub seconds: f64,
}

/// Code taken from an answer, and why that piece was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Extracted {
    pub step: Step,
    /// `None`: the answer held no code.
    pub code: Option<Text>,
    /// In words, e.g. `the longest of 2 blocks fenced as python`.
    pub why: String,
    /// The block was never closed: the code probably lacks its end.
    #[serde(default)]
    pub unclosed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyntaxProblem {
    pub line: u32,
    pub column: u32,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    pub step: Step,
    /// The Python version that was asked, e.g. `3.11`.
    pub target: String,
    pub error: Option<SyntaxProblem>,
    /// What stopped the code when it was run by itself (`--compile-check execute`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raised: Option<Fault>,
    /// Names used and never defined (F821): the scanner is silent on them, the program stops at them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undefined: Vec<UndefinedName>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndefinedName {
    pub name: String,
    pub line: u32,
    pub column: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scanned {
    pub step: Step,
    #[serde(flatten)]
    pub scan: Scan,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Executed {
    pub step: Step,
    #[serde(flatten)]
    pub execution: Execution,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Solution {
    /// Its first line without number and marks, for lists.
    pub title: String,
    pub text: Text,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposed {
    /// J as asked for; fewer may have come.
    pub wanted: u32,
    pub solutions: Vec<Solution>,
}

/// Why a stream has come to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum StopReason {
    /// The generation is done: code, syntax and scan are known.
    Generated,
    /// Nothing to refine: the generated code is secure.
    SecureFromStart,
    /// Nothing to refine: the generated code is still invalid after Eqn 2.
    Invalid,
    /// The stop condition held.
    Fixed,
    /// Every try is spent and the stop condition never held.
    Exhausted,
    /// The answer held no solution to try.
    NoSolutions,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stopped {
    pub reason: StopReason,
}

/// The stream cannot go on; a resume tries again from here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failed {
    pub message: String,
}

/// Takes back, or puts back, the label whose event number is `label`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelTurn {
    pub author: String,
    pub label: u32,
    /// Set by the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

impl LabelTurn {
    pub fn of(author: &str, label: u32) -> Self {
        Self { author: author.to_owned(), label, link: None }
    }
}

/// What a blind session hid of a version was shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revealed {
    pub author: String,
    pub step: Step,
    /// The hash of the version's code.
    pub code: String,
    /// Set by the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}
