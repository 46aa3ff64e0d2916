//! Floor 2: one SQLite file. Migrations, append-only events, labels, projections, locks, export and import.
//!
//! Events are the truth and are only ever added. One task writes, many jobs to a commit, and answers after the
//! commit; the projection of the touched items is written in the same transaction. The SQL keeps to what
//! PostgreSQL takes too.

use std::path::Path;
use std::sync::Arc;

use sqlx::sqlite::{Sqlite, SqlitePool};
use sqlx::{Connection as _, Row as _};
use tokio::sync::oneshot;

mod append;
mod cache;
mod codec;
mod copy;
mod error;
mod export;
mod fresh;
mod import;
mod labels;
mod lock;
mod merge;
mod open;
mod read;
mod recompute;
mod recorded;
mod review;
mod runs;
mod table;
mod versions;
mod writer;

pub use error::StoreError;
pub use export::Exported;
pub use import::Imported;
pub use lock::{DriverLock, SittingLock};
pub use merge::{AuthorChain, Chains, Merged};
pub use open::default_path;
pub use recompute::{Recomputed, RowDifference};
pub use recorded::RECORDED;
pub use review::{Sides, Sitting};
pub use versions::CodeOf;

use crate::core::event::{Entry, Event};
use crate::core::fold::FOLD_VERSION;
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::projection::{Row, RunSummary};
use crate::core::settings::RunInfo;
use crate::metrics::RunRows;
use writer::{Answer, Job, Work, Writer};

/// A cheap handle: clones share the connections and the one writer task.
#[derive(Debug, Clone)]
pub struct Store {
    path: Arc<Path>,
    readers: SqlitePool,
    writer: Writer,
}

/// An item together with everything recorded of it.
#[derive(Debug, Clone)]
pub struct ItemRecord {
    pub item: Item,
    pub entries: Vec<Entry>,
}

impl Store {
    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn reader(&self) -> Result<sqlx::pool::PoolConnection<Sqlite>, StoreError> {
        Ok(self.readers.acquire().await?)
    }

    async fn write(&self, work: Work) -> Result<Answer, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.writer.send(Job { work, reply }).map_err(|_| StoreError::WriterGone)?;
        // A full disk or a file without the right to write: the message must say which file.
        answer.await.map_err(|_| StoreError::WriterGone)?.map_err(|error| match error {
            StoreError::Sql(error) => StoreError::File { path: self.path.to_path_buf(), message: error.to_string() },
            other => other,
        })
    }

    /// Registers a run with its items; their order is kept.
    pub async fn create_run(&self, info: &RunInfo, items: &[Item]) -> Result<(), StoreError> {
        self.write(Work::CreateRun { info: Box::new(info.clone()), items: items.to_vec() }).await.map(drop)
    }

    /// Appends events of one item, all or none, and returns them numbered, once they are durable.
    ///
    /// Refused: run events of a recorded run or of a stream that has stopped; an answer, or a further request,
    /// for a step that has its answer; an answer that nothing asked for.
    pub async fn append(
        &self,
        run: &str,
        item: &str,
        events: Vec<(StreamId, Event)>,
    ) -> Result<Vec<Entry>, StoreError> {
        let work = Work::Append { run: run.to_owned(), item: item.to_owned(), events };
        match self.write(work).await? {
            Answer::Entries(entries) => Ok(entries),
            _ => Err(StoreError::WriterGone),
        }
    }

    /// Appends events of many items in one transaction, all or none, in their order; returns each with its item. A label
    /// without the hash of its code gets that of the version it names.
    ///
    /// Refused: as [`Store::append`], and then nothing is written.
    pub async fn append_all(
        &self,
        run: &str,
        events: Vec<(String, StreamId, Event)>,
    ) -> Result<Vec<(String, Entry)>, StoreError> {
        match self.write(Work::AppendAll { run: run.to_owned(), events }).await? {
            Answer::Told(entries) => Ok(entries),
            _ => Err(StoreError::WriterGone),
        }
    }

    /// The sole right to drive a run, until the lock is dropped or the process ends.
    pub async fn drive(&self, run: &str) -> Result<DriverLock, StoreError> {
        read::run(&mut *self.reader().await?, run).await?;
        lock::for_driving(&self.path, run)
    }

    /// Every run, the latest first.
    pub async fn runs(&self) -> Result<Vec<RunSummary>, StoreError> {
        runs::summaries(&mut *self.reader().await?).await
    }

    pub async fn summary(&self, run: &str) -> Result<RunSummary, StoreError> {
        let found = self.runs().await?.into_iter().find(|summary| summary.info.id == run);
        found.ok_or_else(|| StoreError::NoSuchRun { run: run.to_owned() })
    }

    pub async fn run(&self, run: &str) -> Result<RunInfo, StoreError> {
        Ok(read::run(&mut *self.reader().await?, run).await?.1)
    }

    /// The run of that name, or the only one whose name begins so.
    pub async fn find_run(&self, prefix: &str) -> Result<RunInfo, StoreError> {
        let mut db = self.reader().await?;
        let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM run ORDER BY id").fetch_all(&mut *db).await?;
        if ids.iter().any(|id| id == prefix) {
            return Ok(read::run(&mut db, prefix).await?.1);
        }
        let mut matches: Vec<String> = ids.into_iter().filter(|id| id.starts_with(prefix)).collect();
        match (matches.pop(), matches.is_empty()) {
            (Some(only), true) => Ok(read::run(&mut db, &only).await?.1),
            (Some(last), false) => {
                matches.push(last);
                Err(StoreError::AmbiguousRun { prefix: prefix.to_owned(), matches })
            }
            (None, _) => Err(StoreError::NoSuchRun { run: prefix.to_owned() }),
        }
    }

    /// The items of a run in their order, as loaded from the data set.
    pub async fn items(&self, run: &str) -> Result<Vec<Item>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        read::items(&mut db, key).await
    }

    pub async fn item(&self, run: &str, item: &str) -> Result<Item, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        Ok(read::item(&mut db, (key, run), item).await?.1)
    }

    /// One item with all of its events, in order.
    pub async fn record(&self, run: &str, item: &str) -> Result<ItemRecord, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        let (key, item) = read::item(&mut db, (key, run), item).await?;
        Ok(ItemRecord { item, entries: read::entries(&mut db, key).await? })
    }

    /// The projection of a run: a row per item and stream, in the order of the items.
    pub async fn rows(&self, run: &str) -> Result<Vec<Row>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        read::projection(&mut db, key).await
    }

    /// What the numbers of a run are counted over: its rows, with an empty one for every stream that has not begun.
    pub async fn study_rows(&self, run: &str) -> Result<RunRows, StoreError> {
        let mut db = self.reader().await?;
        let mut read = db.begin().await?;
        let (key, info) = read::run(&mut read, run).await?;
        let items = read::item_ids(&mut read, key).await?;
        let rows = read::projection(&mut read, key).await?;
        let about = read::about(&mut read, key).await?;
        Ok(RunRows::new(info, &items, rows).with_about(about))
    }

    /// Makes the projection of a run anew from its events.
    pub async fn rebuild(&self, run: &str) -> Result<(), StoreError> {
        let (key, _) = read::run(&mut *self.reader().await?, run).await?;
        self.write(Work::Rebuild { run: key }).await.map(drop)
    }

    /// Rebuilds what another version of the fold has written.
    async fn refresh_projections(&self) -> Result<(), StoreError> {
        let sql = "SELECT DISTINCT run FROM projection WHERE fold < $1 OR fold > $1";
        let stale: Vec<i64> = sqlx::query_scalar(sql).bind(FOLD_VERSION).fetch_all(&mut *self.reader().await?).await?;
        for run in stale {
            self.write(Work::Rebuild { run }).await?;
        }
        Ok(())
    }

    /// SQLite's `data_version`: differs from the last answer when another process has written.
    pub async fn data_version(&self) -> Result<i64, StoreError> {
        match self.write(Work::DataVersion).await? {
            Answer::Version(version) => Ok(version),
            _ => Err(StoreError::WriterGone),
        }
    }

    /// The number of the last event in the store, over all runs; 0 when there is none.
    pub async fn last_event(&self) -> Result<i64, StoreError> {
        table::last(&mut *self.reader().await?, "SELECT max(id) FROM event").await
    }

    /// The items, each with its run, that have events after number `last`, and the number of the last of these.
    pub async fn changed_since(&self, last: i64) -> Result<(i64, Vec<(String, String)>), StoreError> {
        let sql = "SELECT r.id AS run, i.id AS item, max(e.id) AS last FROM event e JOIN item i ON i.key = e.item \
                   JOIN run r ON r.key = i.run WHERE e.id > $1 GROUP BY r.id, i.id";
        let mut newest = last;
        let mut changed = Vec::new();
        for row in sqlx::query(sql).bind(last).fetch_all(&mut *self.reader().await?).await? {
            newest = newest.max(row.try_get("last")?);
            changed.push((row.try_get("run")?, row.try_get("item")?));
        }
        Ok((newest, changed))
    }

    /// Everything an annotator did to labels of a run, over all items, in the order of the doing, in whichever store.
    pub async fn label_history(&self, run: &str, author: &str) -> Result<Vec<(String, Entry)>, StoreError> {
        self.label_events(run, Some(author)).await
    }

    /// The same of one annotator or of all.
    pub async fn label_events(&self, run: &str, author: Option<&str>) -> Result<Vec<(String, Entry)>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        read::label_events(&mut db, key, author).await
    }
}
