//! What comes into the reducer, and what it asks to be done.

use std::time::Duration;

use super::keys::Chord;
use super::report::Counted;
use crate::core::event::{Entry, Event};
use crate::core::ids::{ApproachId, StreamId};
use crate::core::item::Item;
use crate::core::projection::{Row, RunSummary};
use crate::core::settings::RunInfo;
use crate::review::adjudication::Case;
use crate::runner::plan::Plan;
use crate::runner::update::Update;

#[derive(Debug, Clone)]
pub enum Message {
    Key(Chord),
    Paste(String),
    Resized(u16, u16),
    Mouse(Mouse),
    /// The editor of [`Effect::Edit`] has ended, with what it saved where it was asked to write.
    Edited(Result<Option<String>, String>),
    Woke(Timer, u64),
    Runs(u64, Result<Vec<RunSummary>, String>),
    Run(u64, Result<Box<RunData>, String>),
    Record(u64, Result<Box<Record>, String>),
    /// The answer to [`Effect::Append`]: the events are on disk.
    Stored(u64, Result<Vec<(String, Entry)>, String>),
    /// Everything a live run told since the last message.
    Live(Vec<Update>),
    /// A run has begun, or could not.
    Begun(Result<Box<RunData>, String>),
    /// The run broke off, and why.
    Ended(String),
    Probed(u64, Result<Vec<String>, String>),
    Counted(u64, Result<Box<Counted>, String>),
    /// The answer to [`Effect::LookUp`].
    LookedUp(u64, Result<Box<Record>, String>),
    /// The answer to [`Effect::Cases`].
    Cases(u64, Result<Vec<Case>, String>),
    /// The runs that come with the program are in the store; true when one was put in just now.
    Imported(Result<bool, String>),
    /// The terminal has told its ground: light or not.
    Ground {
        light: bool,
    },
    /// Another process wrote to the store.
    Changed,
    /// Something outside the reducer went wrong or well, in words.
    Told(String),
}

/// What the mouse did on a cell of the screen, column and row from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    pub kind: MouseKind,
    pub at: (u16, u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    Click,
    WheelUp,
    WheelDown,
}

/// A text for the user's editor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Has passed the gate.
    pub text: String,
    /// How the file's name ends.
    pub suffix: &'static str,
    pub purpose: Purpose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To look at: nothing is taken back.
    View,
    Comment,
}

/// A run as loaded: its rows, and the author's labels in the order in which they were given.
#[derive(Debug, Clone)]
pub struct RunData {
    pub info: RunInfo,
    pub items: Vec<Item>,
    pub rows: Vec<Row>,
    pub history: Vec<(String, Entry)>,
    /// Versions and hashes of the guidelines that labels of the run, anybody's, were given under.
    pub guidelines: Vec<(u32, String)>,
}

#[derive(Debug, Clone)]
pub struct Record {
    pub run: String,
    pub item: Item,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Timer {
    Replay,
    Toast,
    Saving,
    Spinner,
}

#[derive(Debug, Clone)]
pub enum Effect {
    /// Put in what comes with the program, where it is not there yet.
    Import,
    LoadRuns(u64),
    LoadRun(u64, String),
    LoadRecord {
        generation: u64,
        run: String,
        item: String,
    },
    Append {
        ticket: u64,
        run: String,
        /// Label events with their items: all of them or none.
        events: Vec<(String, StreamId, Event)>,
    },
    Wake(Timer, u64, Duration),
    Copy(String),
    Edit(Box<Edit>),
    /// Reports of the mouse on or off.
    Mouse(bool),
    Probe {
        generation: u64,
        model: String,
        base_url: Option<String>,
    },
    /// Counts the numbers of some runs, `after` a while.
    Count {
        generation: u64,
        runs: Vec<String>,
        figure4: ApproachId,
        after: Duration,
    },
    /// Reads an item for the screen of the scanners.
    LookUp {
        generation: u64,
        run: String,
        item: String,
    },
    /// Reads what annotators say of the versions of a run.
    Cases {
        generation: u64,
        run: String,
    },
    Begin(Box<Plan>),
    Resume(String),
    Pause(bool),
    Stop,
    Suspend,
    /// Leaves for the review bench, and comes back from it.
    Review {
        run: String,
        blind: bool,
    },
    Quit,
}
