//! The labels of a run as agreement is counted over them and as adjudication sees them.

use futures::TryStreamExt as _;
use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use super::{codec, read};
use crate::core::event::Entry;
use crate::core::fold::ItemState;
use crate::metrics::agreement::Labelled;
use crate::review::adjudication::{self, Case};

impl Store {
    /// For every version of the run's code the labels that count: each author's latest, and the adjudicated one. What was
    /// taken back, comments alone and labels on other code are left out.
    pub async fn rated(&self, run: &str) -> Result<Labelled, StoreError> {
        let mut labels = Labelled::default();
        for (item, state) in self.labelled_items(run).await? {
            labels.extend(Labelled::of_item(run, &item, &state));
        }
        Ok(labels)
    }

    /// The versions of a run that two annotators or more labelled, or that were adjudicated, in the order of the items.
    pub async fn cases(&self, run: &str) -> Result<Vec<Case>, StoreError> {
        let items = self.labelled_items(run).await?;
        Ok(items.iter().flat_map(|(item, state)| adjudication::cases(item, state)).collect())
    }

    /// The items with labels, folded from their labels and their code alone.
    pub async fn labelled_items(&self, run: &str) -> Result<Vec<(String, ItemState)>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        // A label needs its version's code, and no other event.
        let sql = "SELECT i.id AS item_id, e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
                   FROM item i JOIN event e ON e.item = i.key \
                   WHERE i.run = $1 AND (e.author IS NOT NULL OR e.kind = 'extracted') \
                   AND i.key IN (SELECT item FROM event WHERE author IS NOT NULL) \
                   ORDER BY i.position, e.seq";
        let rows = sqlx::query(sql).bind(key).fetch_all(&mut *db).await?;
        let items = rows.iter().map(|row| row.try_get("item_id")).collect::<Result<Vec<String>, _>>()?;
        let halves = rows.iter().map(read::half).collect::<Result<Vec<_>, _>>()?;
        let entries = read::fill(&mut db, halves).await?;
        let all: Vec<(String, Entry)> = items.into_iter().zip(entries).collect();
        let of = |same: &[(String, Entry)]| (same[0].0.clone(), ItemState::of(same.iter().map(|(_, entry)| entry)));
        Ok(all.chunk_by(|a, b| a.0 == b.0).map(of).collect())
    }
}

impl Store {
    /// Versions and hashes of the guidelines that the labels of a run, anybody's, were given under; each pair once.
    pub async fn guidelines(&self, run: &str) -> Result<Vec<(u32, String)>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        // CROSS JOIN keeps SQLite to the index over authors: otherwise it looks at every event of the run.
        let sql = "SELECT e.id, e.version, e.payload FROM event e CROSS JOIN item i \
                   WHERE i.key = e.item AND i.run = $1 AND e.author IS NOT NULL AND e.kind = 'labelled'";
        let mut found = sqlx::query(sql).bind(key).fetch(&mut *db);
        let mut known = std::collections::BTreeSet::new();
        while let Some(row) = found.try_next().await? {
            known.extend(codec::guideline(row.try_get("id")?, row.try_get("version")?, row.try_get("payload")?)?);
        }
        Ok(known.into_iter().collect())
    }
}
