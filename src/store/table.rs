//! Rows on their way into the tables, many to a statement.

use sqlx::sqlite::SqliteConnection;
use sqlx::{QueryBuilder, Sqlite};

use super::codec::Stored;
use super::error::StoreError;
use crate::core::fold::{FOLD_VERSION, ItemState};
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::projection::Row;
use crate::core::settings::{RunInfo, Settings};
use crate::core::text::Text;
use crate::review;

pub struct EventRow {
    pub id: i64,
    pub item: i64,
    pub seq: u32,
    pub stream: StreamId,
    pub at: jiff::Timestamp,
    pub stored: Stored,
}

pub struct ProjectionRow {
    pub run: i64,
    pub item: i64,
    pub requested: bool,
    /// Whether an annotator's label lies on the version that the stream returns.
    pub labelled: bool,
    pub row: Row,
}

/// Whether a run's outcome waits for this stream.
pub fn requested(settings: &Settings, stream: StreamId) -> bool {
    stream.sample < settings.samples && settings.requested().contains(&stream.approach)
}

/// How many streams each item must bring to an end.
pub fn streams(settings: &Settings) -> i64 {
    settings.requested().len() as i64 * i64::from(settings.samples)
}

/// The projection rows of an item.
pub fn project(run: i64, item: i64, id: &str, state: &ItemState, info: &RunInfo) -> Vec<ProjectionRow> {
    let mode = info.settings.verdict;
    review::rows(id, state, mode)
        .into_iter()
        .map(|row| {
            let step = row.final_step();
            let labelled = state.labels.iter().any(|entry| {
                entry.active
                    && entry.stream == row.stream
                    && Some(entry.label.step) == step
                    && entry.label.verdict.is_some()
            });
            ProjectionRow { run, item, requested: requested(&info.settings, row.stream), labelled, row }
        })
        .collect()
}

/// Statements come in a few sizes only, so that they stay prepared.
const SIZES: [usize; 4] = [64, 16, 4, 1];

pub fn pieces<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (piece, rest) = rows.split_at(size);
        rows = rest;
        Some(piece)
    })
}

fn broken(table: &'static str, key: &str, error: &serde_json::Error) -> StoreError {
    StoreError::BrokenRow { table, key: key.to_owned(), message: error.to_string() }
}

pub async fn insert_run(db: &mut SqliteConnection, key: i64, info: &RunInfo) -> Result<(), StoreError> {
    let data = serde_json::to_string(info).map_err(|error| broken("run", &info.id, &error))?;
    sqlx::query("INSERT INTO run (key, id, streams, info) VALUES ($1, $2, $3, $4)")
        .bind(key)
        .bind(&info.id)
        .bind(streams(&info.settings))
        .bind(data)
        .execute(db)
        .await?;
    Ok(())
}

/// Items get the keys from `first` on, in their order.
pub async fn insert_items(db: &mut SqliteConnection, run: i64, first: i64, items: &[Item]) -> Result<(), StoreError> {
    let mut rows = Vec::with_capacity(items.len());
    for (position, item) in (0_i64..).zip(items) {
        let data = serde_json::to_string(item).map_err(|error| broken("item", &item.id, &error))?;
        rows.push((position, item.id.as_str(), data));
    }
    for piece in pieces(&rows) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO item (key, run, position, id, data) ");
        query.push_values(piece, |mut row, (position, id, data)| {
            row.push_bind(first + position).push_bind(run).push_bind(position).push_bind(*id).push_bind(data);
        });
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

pub async fn insert_blobs(db: &mut SqliteConnection, blobs: &[(String, Text)]) -> Result<(), StoreError> {
    for piece in pieces(blobs) {
        let mut query = QueryBuilder::<Sqlite>::new("INSERT INTO blob (hash, text) ");
        query.push_values(piece, |mut row, (hash, text)| {
            row.push_bind(hash).push_bind(text.as_str());
        });
        query.push(" ON CONFLICT (hash) DO NOTHING").build().execute(&mut *db).await?;
    }
    Ok(())
}

pub async fn insert_events(db: &mut SqliteConnection, events: &[EventRow]) -> Result<(), StoreError> {
    for piece in pieces(events) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO event (id, item, seq, approach, sample, at, kind, version, author, payload) ",
        );
        query.push_values(piece, |mut row, event| {
            row.push_bind(event.id)
                .push_bind(event.item)
                .push_bind(event.seq)
                .push_bind(event.stream.approach.as_str())
                .push_bind(event.stream.sample)
                .push_bind(event.at.as_microsecond())
                .push_bind(event.stored.kind)
                .push_bind(event.stored.version)
                .push_bind(event.stored.author.as_deref())
                .push_bind(&event.stored.payload);
        });
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

pub async fn upsert_projection(db: &mut SqliteConnection, rows: &[ProjectionRow]) -> Result<(), StoreError> {
    let mut data = Vec::with_capacity(rows.len());
    for row in rows {
        data.push((row, serde_json::to_string(&row.row).map_err(|e| broken("projection", &row.row.item, &e))?));
    }
    for piece in pieces(&data) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT INTO projection (item, approach, sample, run, fold, requested, stopped, failed, generated, verdict, \
             labelled, calls, data) ",
        );
        query.push_values(piece, |mut columns, (at, data)| {
            let row = &at.row;
            columns
                .push_bind(at.item)
                .push_bind(row.stream.approach.as_str())
                .push_bind(row.stream.sample)
                .push_bind(at.run)
                .push_bind(FOLD_VERSION)
                .push_bind(i64::from(at.requested))
                .push_bind(i64::from(row.stopped.is_some()))
                .push_bind(i64::from(row.failed))
                .push_bind(row.generated.map(|verdict| verdict.as_str()))
                .push_bind(row.verdict.map(|verdict| verdict.as_str()))
                .push_bind(i64::from(at.labelled))
                .push_bind(row.calls)
                .push_bind(data);
        });
        query.push(
            " ON CONFLICT (item, approach, sample) DO UPDATE SET fold = excluded.fold, requested = excluded.requested, \
             stopped = excluded.stopped, failed = excluded.failed, generated = excluded.generated, \
             verdict = excluded.verdict, labelled = excluded.labelled, calls = excluded.calls, data = excluded.data",
        );
        query.build().execute(&mut *db).await?;
    }
    Ok(())
}

/// The last number in use in a table's key column.
pub async fn last(db: &mut SqliteConnection, sql: &'static str) -> Result<i64, StoreError> {
    let last: Option<i64> = sqlx::query_scalar(sql).fetch_one(db).await?;
    Ok(last.unwrap_or(0))
}

/// The time of an event, in the precision that is stored.
pub fn now() -> jiff::Timestamp {
    let now = jiff::Timestamp::now();
    jiff::Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
