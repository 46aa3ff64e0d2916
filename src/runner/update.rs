//! What a live run tells whoever watches it. Entries are durable when they are told; slots are a passing overlay.

use crate::core::event::Entry;
use crate::core::ids::{Step, StreamId};
use crate::store::{Store, StoreError};

#[derive(Debug, Clone)]
pub enum Update {
    /// Appended events of one item.
    Entries { item: String, entries: Vec<Entry> },
    /// What one of the run's slots is doing now.
    Slot { slot: usize, state: SlotState },
    /// No further update follows.
    Finished(Summary),
}

#[derive(Debug, Clone, PartialEq)]
pub enum SlotState {
    Idle,
    Busy { item: String, stream: StreamId, step: Step, doing: Doing },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Doing {
    /// The request is sent and no token has come yet.
    Waiting {
        since: jiff::Timestamp,
    },
    /// `tail` is the end of the text so far: passing, never an event.
    Receiving {
        tokens: u32,
        tail: String,
    },
    Retrying {
        until: jiff::Timestamp,
        attempt: u32,
        of: u32,
        reason: String,
    },
    Scanning,
    /// Running the test in the sandbox.
    Testing,
    Paused,
}

/// The last line of `fdsp run --json`, cumulative over resumes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    pub run: String,
    /// Items of the run.
    pub items: u32,
    /// Items whose generated code is vulnerable.
    pub vulnerable: u32,
    /// Items of those whose final code is secure.
    pub fixed: u32,
    /// Answered requests.
    pub calls: u32,
    /// Items without an outcome.
    pub failed: u32,
}

impl Summary {
    /// Counted by the store over everything that is recorded of the run.
    pub async fn read(store: &Store, run: &str) -> Result<Self, StoreError> {
        let summary = store.summary(run).await?;
        Ok(Self {
            run: summary.info.id,
            items: summary.items,
            vulnerable: summary.vulnerable,
            fixed: summary.fixed,
            calls: summary.calls,
            failed: summary.failed,
        })
    }
}
