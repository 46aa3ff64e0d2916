//! The words of the workbench's own state: screens, panes, tabs, overlays.

use super::bulk_acts::Bulk;
use crate::core::label::LabelVerdict;
use serde::{Deserialize, Serialize};

use super::command::Cmd;
use super::input::Input;
use super::keys::Chord;
use super::label_acts::Target;
use super::reasons::Panel;

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
    /// What annotators differ on, to be settled.
    Adjudication,
    /// Every version of one item, solutions by iterations.
    Lattice,
}

/// The panes of the steps screen; the main one shows a [`Tab`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Pane {
    Items,
    #[default]
    Steps,
    Main,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
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
    /// What is looked for in the pane.
    Search(Input),
    /// Why a version is adjudicated so.
    Why {
        input: Input,
        verdict: LabelVerdict,
    },
    /// Reasons, comment and lines of a label.
    Say(Box<Panel>, About),
    /// A question about many labels at once.
    Bulk(Box<Bulk>),
    Seek(Input),
    /// The number under the report's cursor in words.
    Explain,
    /// What is copied: one letter says it.
    Copy,
    /// A question that one more press of the same key answers.
    Confirm(Cmd),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Toast {
    pub text: String,
    pub good: bool,
}

/// What a panel of reasons is about.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    Version(Target),
    Bulk(Box<Bulk>),
}

/// What was typed while an item was on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ahead {
    Command(Cmd),
    /// A key for what the command before opens.
    Key(Chord),
}

/// How the diff is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiffStyle {
    /// `None`: side by side where both sides have room.
    pub split: Option<bool>,
    pub words: bool,
    pub fold: bool,
    /// Unchanged lines shown round a change, where the others are folded.
    pub context: usize,
    /// Long lines go on below; else they are cut and scrolled.
    pub wrap: bool,
    /// Changes of white space are hidden.
    pub hide_space: bool,
    /// Changes of comments are hidden.
    pub hide_comments: bool,
}

impl DiffStyle {
    pub const CONTEXT: usize = 3;
    const CONTEXTS: [usize; 9] = [0, 1, 2, 3, 5, 8, 12, 20, 40];

    /// More unchanged lines round a change, or fewer; where nothing is folded, fewer folds again.
    pub fn grow(&mut self, more: bool) {
        let wider = Self::CONTEXTS.into_iter().find(|context| *context > self.context);
        let narrower = Self::CONTEXTS.into_iter().rfind(|context| *context < self.context);
        match (self.fold, more) {
            (true, true) => self.context = wider.unwrap_or(self.context),
            (true, false) => self.context = narrower.unwrap_or(self.context),
            (false, true) => {}
            (false, false) => self.fold = true,
        }
    }

    /// What is hidden, in words; `None` where nothing is.
    pub fn hides(&self) -> Option<&'static str> {
        match (self.hide_space, self.hide_comments) {
            (true, true) => Some("space and comments hidden"),
            (true, false) => Some("space hidden"),
            (false, true) => Some("comments hidden"),
            (false, false) => None,
        }
    }
}

impl Default for DiffStyle {
    fn default() -> Self {
        Self {
            split: None,
            words: true,
            fold: true,
            context: Self::CONTEXT,
            wrap: false,
            hide_space: false,
            hide_comments: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn context_grows_and_shrinks_between_its_ends() {
        let mut style = DiffStyle::default();
        let mut seen = Vec::new();
        for more in [true, true, false, false, false, false, false, false, false] {
            style.grow(more);
            seen.push(style.context);
        }
        assert_eq!(seen, [5, 8, 5, 3, 2, 1, 0, 0, 0]);
        (0..20).for_each(|_| style.grow(true));
        assert_eq!(style.context, 40);
        style.fold = false;
        style.grow(true);
        assert!(!style.fold);
        style.grow(false);
        assert_eq!((style.fold, style.context), (true, 40));
    }
}
