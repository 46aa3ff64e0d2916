//! Rows of some runs, read once and afterwards only where something happened; the report's numbers are counted over them.

use std::collections::HashMap;
use std::sync::Arc;

use super::app::report::Agreed;
use crate::core::projection::Row;
use crate::core::settings::RunInfo;
use crate::metrics::RunRows;
use crate::metrics::agreement::Labelled;
use crate::store::{Store, StoreError};

/// Above this part of a run's items it is quicker to read all of them.
const MANY: usize = 4;

pub struct Counting {
    pub wanted: Vec<String>,
    pub rows: Arc<Vec<RunRows>>,
    pub agreed: Arc<Agreed>,
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
        let labels = labels(store, &wanted).await?;
        let agreed = agreed(&rows, labels).await;
        Ok(Self { wanted, rows: Arc::new(rows), agreed, last })
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
        if self.wanted.iter().any(|run| items.contains_key(run)) {
            let labels = labels(store, &self.wanted).await?;
            // The intervals are resampled: not again for the same labels.
            if labels != *self.agreed.labels() {
                self.agreed = agreed(&self.rows, labels).await;
            }
        }
        self.last = newest;
        Ok(())
    }
}

async fn labels(store: &Store, runs: &[String]) -> Result<Labelled, StoreError> {
    let mut labels = Labelled::default();
    for run in runs {
        labels.extend(store.rated(run).await?);
    }
    Ok(labels)
}

async fn agreed(rows: &[RunRows], labels: Labelled) -> Arc<Agreed> {
    let infos: Vec<RunInfo> = rows.iter().map(|run| run.info.clone()).collect();
    let nothing = Agreed::new(&infos, Labelled::default());
    let counted = tokio::task::spawn_blocking(move || Agreed::new(&infos, labels)).await;
    Arc::new(counted.unwrap_or(nothing))
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
