//! The review bench: one card after the other, one key a label. A program of its own beside the workbench, since a blind
//! sitting must not even hold what it hides: all it ever gets are the cards of a [`crate::desk::Desk`].

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::app::keys::Chord;
use super::app::model::{DiffStyle, Toast};
use super::app::reasons::Panel;
use super::app::shown::Shown;
use super::app::watch::Watch;
use super::style::syntax::Syntax;
use super::style::{ColourDepth, Theme};
use crate::desk::{Card, Context, Progress, Receipt, Said};
use crate::review::figures::Drift;
use crate::review::guideline::Guideline;

mod about;
pub mod command;
pub mod layout;
pub mod plain;
mod prepare;
pub mod run;
pub mod still;
mod update;
pub mod view;

pub use update::update;

/// What the main pane shows of a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Tab {
    #[default]
    Diff,
    Prompt,
    Before,
    After,
    /// Where the code comes from and what is known of it; empty in a blind sitting until it is revealed.
    About,
}

impl Tab {
    pub const EVERY: [Tab; 5] = [Self::Diff, Self::Prompt, Self::Before, Self::After, Self::About];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Diff => "Diff",
            Self::Prompt => "Prompt",
            Self::Before => "Before",
            Self::After => "After",
            Self::About => "About",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Overlay {
    Help {
        scroll: usize,
    },
    /// Reasons, comment and lines.
    Say(Box<Panel>),
    /// Revealing cannot be taken back.
    Reveal,
}

/// What is asked of the desk, in the order of the keys; one question is out at a time.
#[derive(Debug, Clone, PartialEq)]
pub enum Ask {
    Next,
    Label(String, Said),
    Undo,
    Redo,
    Reveal(String),
    /// The figures of the sitting, for its end.
    Drift,
}

#[derive(Debug, Clone)]
pub enum Answer {
    /// The next card, or none is left and so many are held by others.
    Served(Result<Box<Card>, usize>),
    /// A label is durable; with the next card where one is due.
    Labelled(Receipt, Option<Result<Box<Card>, usize>>),
    /// `None`: there was nothing to take back.
    Undone(Option<Box<Card>>),
    Redone(Option<Receipt>, Option<Result<Box<Card>, usize>>),
    Revealed(Box<Context>),
    Drift(Drift),
}

#[derive(Debug, Clone)]
pub enum Message {
    Key(Chord),
    Paste(String),
    Resized(u16, u16),
    Answered(Result<Answer, String>, Box<Progress>),
    /// The toast has been there long enough.
    Woke(u64),
}

#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    Ask(Ask),
    Wake(u64, Duration),
    Copy(String),
    Suspend,
    Quit,
}

/// The card in hand and what the annotator did with it so far.
pub struct InHand {
    pub card: Card,
    pub revealed: Option<Box<Context>>,
    pub watch: Watch,
    pub flagged: bool,
    pub commented: bool,
    /// Its own label was just taken back.
    pub taken_back: bool,
}

impl InHand {
    /// What may be shown of where the code comes from.
    pub fn context(&self) -> Option<&Context> {
        match &self.card {
            Card::Open(_, context) => Some(context),
            Card::Blind(_) => self.revealed.as_deref(),
        }
    }
}

pub struct Bench {
    pub now: Duration,
    pub size: (u16, u16),
    pub theme: Theme,
    pub depth: ColourDepth,
    pub syntax: Option<Arc<Syntax>>,
    pub author: String,
    pub blind: bool,
    pub guideline: Arc<Guideline>,
    pub card: Option<InHand>,
    /// No card is left; others hold so many.
    pub ended: Option<usize>,
    pub drift: Option<Drift>,
    pub progress: Progress,
    pub tab: Tab,
    pub scroll: (usize, usize),
    pub diff_style: DiffStyle,
    pub shown: Shown,
    pub overlay: Option<Overlay>,
    pub toast: Option<Toast>,
    /// What stands in the way of going on.
    pub trouble: Option<String>,
    /// A question to the desk is out.
    pub waiting: bool,
    typed: VecDeque<Message>,
    key: Option<prepare::Key>,
    generation: u64,
    quitting: bool,
}

impl Bench {
    pub fn new(theme: Theme, depth: ColourDepth, author: &str, blind: bool) -> Self {
        Self {
            now: Duration::ZERO,
            size: (80, 24),
            theme,
            depth,
            syntax: None,
            author: author.to_owned(),
            blind,
            guideline: Guideline::builtin(),
            card: None,
            ended: None,
            drift: None,
            progress: Progress::default(),
            tab: Tab::Diff,
            scroll: (0, 0),
            diff_style: DiffStyle::default(),
            shown: Shown::default(),
            overlay: None,
            toast: None,
            trouble: None,
            waiting: false,
            typed: VecDeque::new(),
            key: None,
            generation: 0,
            quitting: false,
        }
    }

    /// The tabs there are: what a blind sitting hides has none until it is revealed.
    pub fn tabs(&self) -> &'static [Tab] {
        let told = self.card.as_ref().is_some_and(|card| card.context().is_some());
        if told || (self.card.is_none() && !self.blind) { &Tab::EVERY } else { &Tab::EVERY[..4] }
    }

    /// Effects that bring the first card.
    pub fn begin(&mut self) -> Vec<Effect> {
        self.waiting = true;
        vec![Effect::Ask(Ask::Next)]
    }

    pub fn is_ready(&self) -> bool {
        self.card.is_some() || self.ended.is_some() || self.trouble.is_some()
    }
}
