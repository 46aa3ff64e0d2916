//! The labels of a run as the agreement of annotators is counted over them.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use super::read;
use crate::core::event::Entry;
use crate::core::fold::ItemState;
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict, Standing};
use crate::metrics::agreement::{Labelled, Place, Rated};

/// A version whose labels contradict each other and that nobody has adjudicated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disputed {
    pub item: String,
    pub stream: StreamId,
    pub step: Step,
    /// What every annotator's latest label says, by name.
    pub labels: Vec<(String, LabelVerdict)>,
    /// One of them has said different things in two stores.
    pub forked: bool,
}

impl Store {
    /// For every version of the run's code the labels that count: each author's latest, and the adjudicated one. What was
    /// taken back, comments alone and labels on other code are left out.
    pub async fn rated(&self, run: &str) -> Result<Labelled, StoreError> {
        let mut labels = Labelled::default();
        for (item, state) in self.labelled_items(run).await? {
            labels.extend(of_item(run, &item, &state));
        }
        Ok(labels)
    }

    /// The versions of a run that wait for an adjudication, in the order of the items.
    pub async fn disputed(&self, run: &str) -> Result<Vec<Disputed>, StoreError> {
        let mut disputed = Vec::new();
        for (item, state) in self.labelled_items(run).await? {
            for (stream, step) in state.labelled_versions() {
                if state.standing(stream, step) == Standing::Disputed {
                    let counted = state.counted(stream, step);
                    let labels = counted.latest.iter().map(|(author, (verdict, _))| ((*author).to_owned(), *verdict));
                    let (labels, forked) = (labels.collect(), counted.forked);
                    disputed.push(Disputed { item: item.clone(), stream, step, labels, forked });
                }
            }
        }
        Ok(disputed)
    }

    /// The items with labels, folded from their labels and their code alone.
    pub async fn labelled_items(&self, run: &str) -> Result<Vec<(String, ItemState)>, StoreError> {
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
        let all: Vec<(String, Entry)> = items.into_iter().zip(entries).collect();
        let of = |same: &[(String, Entry)]| (same[0].0.clone(), ItemState::of(same.iter().map(|(_, entry)| entry)));
        Ok(all.chunk_by(|a, b| a.0 == b.0).map(of).collect())
    }
}

fn of_item(run: &str, item: &str, state: &ItemState) -> Labelled {
    let mut labels = Labelled::default();
    for (stream, step) in state.labelled_versions() {
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
