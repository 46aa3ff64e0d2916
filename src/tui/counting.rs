//! Rows of some runs, read once and afterwards only where something happened; the report's numbers are counted over them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::core::projection::Row;
use crate::metrics::RunRows;
use crate::store::{Store, StoreError};

/// Above this part of a run's items it is quicker to read all of them.
const MANY: usize = 4;

pub struct Counting {
    pub wanted: Vec<String>,
    pub rows: Arc<Vec<RunRows>>,
    /// The number of the last event that the rows know of.
    last: i64,
}

impl Counting {
    pub async fn read(store: &Store, wanted: Vec<String>) -> Result<Self, StoreError> {
        // Asked first: what is written meanwhile is read once more, and never missed.
        let last = store.last_event().await?;
        let mut rows = Vec::with_capacity(wanted.len());
        for run in &wanted {
            rows.push(store.study_rows(run).await?);
        }
        Ok(Self { wanted, rows: Arc::new(rows), last })
    }

    /// Reads the items again that have new events.
    pub async fn refresh(&mut self, store: &Store) -> Result<(), StoreError> {
        let (newest, changed) = store.changed_since(self.last).await?;
        let mut items: HashMap<String, Vec<String>> = HashMap::new();
        for (run, item) in changed {
            items.entry(run).or_default().push(item);
        }
        for (at, run) in self.wanted.iter().enumerate() {
            let Some(items) = items.get(run) else { continue };
            let known = self.rows[at].items as usize;
            let took = if items.len() * MANY < known.max(MANY * 8) {
                let fresh = store.rows_of(run, items).await?;
                replace(&mut Arc::make_mut(&mut self.rows)[at].rows, fresh)
            } else {
                false
            };
            if !took {
                let all = store.study_rows(run).await?;
                Arc::make_mut(&mut self.rows)[at] = all;
            }
        }
        self.last = newest;
        Ok(())
    }
}

/// Puts rows in the place of those of the same item and stream; false when a stream is not known yet.
fn replace(rows: &mut [Row], fresh: Vec<Row>) -> bool {
    let mut left = fresh.len();
    let mut by_item: HashMap<String, Vec<Row>> = HashMap::new();
    for row in fresh {
        by_item.entry(row.item.clone()).or_default().push(row);
    }
    for row in rows {
        let Some(of_item) = by_item.get_mut(&row.item) else { continue };
        if let Some(at) = of_item.iter().position(|new| new.stream == row.stream) {
            *row = of_item.swap_remove(at);
            left -= 1;
        }
    }
    left == 0
}
