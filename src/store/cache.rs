//! What the writer remembers between commits: runs, and the folded state of the items it writes to.

use std::collections::HashMap;
use std::sync::Arc;

use super::table::{EventRow, ProjectionRow};
use crate::core::fold::ItemState;
use crate::core::projection::Row;
use crate::core::settings::RunInfo;
use crate::core::text::Text;

/// Folded items kept; a run at concurrency 64 touches that many at a time.
const CAPACITY: usize = 256;

#[derive(Debug)]
pub struct Run {
    pub key: i64,
    pub info: RunInfo,
}

#[derive(Debug)]
pub struct Held {
    pub key: i64,
    pub id: String,
    pub run: Arc<Run>,
    /// Texts that were read from the table, but for the code, are their hashes.
    pub state: ItemState,
    /// The rows as they lie in the table; `None` where that is not known.
    pub rows: Option<Vec<Row>>,
    /// Another process may have written to the item since.
    pub doubtful: bool,
    /// Events were added in the open transaction.
    pub touched: bool,
    used: u64,
}

/// Where the chain of an author's label events over a run ends.
#[derive(Debug, Clone, Default)]
pub struct Head {
    /// `None` before the first, and after one that is older than the chain.
    pub id: Option<String>,
    pub at: Option<jiff::Timestamp>,
}

/// Rows of the open transaction that wait for their statement.
#[derive(Default)]
pub struct Pending {
    pub blobs: Vec<(String, Text)>,
    pub events: Vec<EventRow>,
}

#[derive(Default)]
pub struct Cache {
    pub runs: HashMap<String, Arc<Run>>,
    items: HashMap<String, HashMap<String, Held>>,
    pub pending: Pending,
    /// By run and author.
    pub heads: HashMap<(i64, String), Head>,
    /// The number of the last event in the store.
    pub last_event: i64,
    version: Option<i64>,
    clock: u64,
}

impl Cache {
    pub fn outdated(&self, version: i64) -> bool {
        self.version != Some(version)
    }

    /// Another process has committed: what is held must be compared before it is used.
    pub fn renew(&mut self, version: i64, last_event: i64) {
        self.version = Some(version);
        self.last_event = last_event;
        self.heads.clear();
        for held in self.items.values_mut().flat_map(HashMap::values_mut) {
            held.doubtful = true;
        }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }

    pub fn get(&mut self, run: &str, item: &str) -> Option<&mut Held> {
        self.clock += 1;
        let held = self.items.get_mut(run)?.get_mut(item)?;
        held.used = self.clock;
        Some(held)
    }

    pub fn hold(&mut self, run: &Arc<Run>, key: i64, id: &str, state: ItemState) {
        self.clock += 1;
        let held = Held {
            key,
            id: id.to_owned(),
            run: run.clone(),
            state,
            rows: None,
            doubtful: false,
            touched: false,
            used: self.clock,
        };
        self.items.entry(run.info.id.clone()).or_default().insert(id.to_owned(), held);
    }

    /// The projection rows that the open transaction changed.
    pub fn changed_rows(&mut self) -> Vec<ProjectionRow> {
        let mut changed = Vec::new();
        for held in self.items.values_mut().flat_map(HashMap::values_mut).filter(|held| held.touched) {
            held.touched = false;
            let rows = super::table::project(held.run.key, held.key, &held.id, &held.state, &held.run.info);
            let now: Vec<Row> = rows.iter().map(|row| row.row.clone()).collect();
            let before = held.rows.replace(now).unwrap_or_default();
            // A label that only changes `labelled` of a fix always changes the row's own count or label too.
            changed.extend(rows.into_iter().filter(|row| !before.contains(&row.row)));
        }
        changed
    }

    /// Lets go of the items used longest ago.
    pub fn trim(&mut self) {
        let held: usize = self.items.values().map(HashMap::len).sum();
        if held <= CAPACITY {
            return;
        }
        let mut used: Vec<u64> = self.items.values().flat_map(HashMap::values).map(|held| held.used).collect();
        used.sort_unstable();
        let oldest = used[held - CAPACITY];
        for items in self.items.values_mut() {
            items.retain(|_, held| held.used >= oldest);
        }
        self.items.retain(|_, items| !items.is_empty());
    }
}
