//! The words of the workbench's own state: screens, panes, tabs, overlays.

use super::command::Cmd;
use super::input::Input;
use crate::core::ids::{Step, StreamId};
use crate::core::label::LabelVerdict;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Screen {
    #[default]
    Runs,
    Items,
    Steps,
    Live,
    Form,
    /// The study's numbers.
    Report,
    /// Item by item, what each scanner says.
    Scanners,
}

/// The panes of the steps screen; the main one shows a [`Tab`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pane {
    Items,
    #[default]
    Steps,
    Main,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Tab {
    Code,
    #[default]
    Diff,
    Findings,
    Prompt,
    Answer,
    Test,
}

impl Tab {
    pub const EVERY: [Tab; 6] = [Self::Code, Self::Diff, Self::Findings, Self::Prompt, Self::Answer, Self::Test];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Code => "Code",
            Self::Diff => "Diff",
            Self::Findings => "Findings",
            Self::Prompt => "Prompt",
            Self::Answer => "Answer",
            Self::Test => "Test",
        }
    }
}

/// What lies over the screen and takes the keys.
#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    Help {
        scroll: usize,
    },
    Palette {
        input: Input,
        cursor: usize,
    },
    /// Choice of the diff's base.
    Versions {
        cursor: usize,
    },
    Find(Input),
    Comment {
        input: Input,
        step: Step,
        code: String,
    },
    Seek(Input),
    /// A question that one more press of the same key answers.
    Confirm(Cmd),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub text: String,
    pub good: bool,
}

/// A label operation; one is stored at a time, in the order of the keys.
#[derive(Debug, Clone, PartialEq)]
pub enum LabelJob {
    Set {
        item: String,
        stream: StreamId,
        step: Step,
        code: String,
        verdict: Option<LabelVerdict>,
        comment: Option<String>,
        seconds: f64,
    },
    Undo,
    Redo,
}

/// How the diff is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiffStyle {
    /// `None`: side by side where both sides have room.
    pub split: Option<bool>,
    pub words: bool,
    pub fold: bool,
}

impl Default for DiffStyle {
    fn default() -> Self {
        Self { split: None, words: true, fold: true }
    }
}
