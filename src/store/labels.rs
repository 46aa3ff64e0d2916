//! The labels of a run as the agreement of annotators is counted over them.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use super::read;
use crate::core::event::Event;
use crate::core::fold::ItemState;
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict};
use crate::metrics::agreement::{Labelled, Place, Rated};

impl Store {
    /// For every version of the run's code the labels that count: each author's latest, and the adjudicated one. What was
    /// taken back, comments alone and labels on other code are left out.
    pub async fn rated(&self, run: &str) -> Result<Labelled, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        // A label needs its version's code, and no other event.
        let sql = "SELECT i.id AS item_id, e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
                   FROM item i JOIN event e ON e.item = i.key \
                   WHERE i.run = $1 AND (e.author IS NOT NULL OR e.kind = 'extracted') \
                   AND EXISTS (SELECT 1 FROM event l WHERE l.item = i.key AND l.author IS NOT NULL) \
                   ORDER BY i.position, e.seq";
        let rows = sqlx::query(sql).bind(key).fetch_all(&mut *db).await?;
        let items = rows.iter().map(|row| row.try_get("item_id")).collect::<Result<Vec<String>, _>>()?;
        let halves = rows.iter().map(read::half).collect::<Result<Vec<_>, _>>()?;
        let entries = read::fill(&mut db, halves).await?;
        let mut labels = Labelled::default();
        for same in items.into_iter().zip(entries).collect::<Vec<_>>().chunk_by(|a, b| a.0 == b.0) {
            let state = ItemState::of(same.iter().map(|(_, entry)| entry));
            labels.extend(of_item(run, &same[0].0, &state));
        }
        Ok(labels)
    }
}

impl Store {
    /// Versions and hashes of the guidelines that the labels of a run, anybody's, were given under; each pair once.
    pub async fn guidelines(&self, run: &str) -> Result<Vec<(u32, String)>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        let sql = "SELECT e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
                   FROM event e JOIN item i ON i.key = e.item \
                   WHERE i.run = $1 AND e.author IS NOT NULL AND e.kind = 'labelled'";
        let rows = sqlx::query(sql).bind(key).fetch_all(&mut *db).await?;
        let halves = rows.iter().map(read::half).collect::<Result<Vec<_>, _>>()?;
        let mut known = std::collections::BTreeSet::new();
        for entry in read::fill(&mut db, halves).await? {
            if let Event::Labelled(label) = entry.event {
                known.extend(label.guideline.zip(label.guideline_hash));
            }
        }
        Ok(known.into_iter().collect())
    }
}

fn of_item(run: &str, item: &str, state: &ItemState) -> Labelled {
    let mut versions: Vec<(StreamId, Step)> =
        state.labels.iter().map(|entry| (entry.stream, entry.label.step)).collect();
    versions.sort_unstable();
    versions.dedup();
    let mut labels = Labelled::default();
    for (stream, step) in versions {
        let rated = |(verdict, label): (LabelVerdict, &Label)| {
            let place = Place { run: run.to_owned(), item: item.to_owned(), stream, step, code: label.code.clone() };
            Rated { place, author: label.author.clone(), verdict, reasons: label.reasons.clone(), blind: label.blind }
        };
        let counted = state.counted(stream, step);
        labels.rated.extend(counted.latest.into_values().map(rated));
        labels.adjudicated.extend(counted.adjudicated.map(rated));
    }
    labels
}
