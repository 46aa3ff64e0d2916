//! Floor 2: one SQLite file. Migrations, append-only events, labels, projections, locks, export and import.

use std::path::Path;

use crate::core::event::{Entry, Event};
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::projection::{Row, RunSummary};
use crate::core::settings::RunInfo;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no run `{run}` in this store; `fdsp runs` lists them")]
    NoSuchRun { run: String },
    #[error("run `{run}` has no item `{item}`")]
    NoSuchItem { run: String, item: String },
}

/// A cheap handle: clones share the connections and the one writer task.
#[derive(Debug, Clone)]
pub struct Store {}

/// An item together with everything recorded of it.
#[derive(Debug, Clone)]
pub struct ItemRecord {
    pub item: Item,
    pub entries: Vec<Entry>,
}

impl Store {
    pub async fn open(_path: &Path) -> Result<Self, StoreError> {
        todo!()
    }

    /// Registers a run with its items; their order is kept.
    pub async fn create_run(&self, _info: &RunInfo, _items: &[Item]) -> Result<(), StoreError> {
        todo!()
    }

    /// Appends events of one item and returns them numbered, once they are durable.
    pub async fn append(
        &self,
        _run: &str,
        _item: &str,
        _events: Vec<(StreamId, Event)>,
    ) -> Result<Vec<Entry>, StoreError> {
        todo!()
    }

    pub async fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        todo!()
    }

    pub async fn run(&self, _run: &str) -> Result<RunInfo, StoreError> {
        todo!()
    }

    /// The items of a run in their order, as loaded from the data set.
    pub async fn items(&self, _run: &str) -> Result<Vec<Item>, StoreError> {
        todo!()
    }

    /// One item with all of its events, in order.
    pub async fn record(&self, _run: &str, _item: &str) -> Result<ItemRecord, StoreError> {
        todo!()
    }

    /// The projection of a run: a row per item and stream, in the order of the items.
    pub async fn rows(&self, _run: &str) -> Result<Vec<Row>, StoreError> {
        todo!()
    }

    /// SQLite's `data_version`: differs from the last answer when another process has written.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        todo!()
    }
}
