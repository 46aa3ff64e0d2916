use std::collections::HashMap;

use futures::TryStreamExt as _;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite};

use super::codec::{self, Hollow};
use super::error::StoreError;
use crate::core::event::Entry;
use crate::core::ids::StreamId;
use crate::core::item::{About, Item};
use crate::core::projection::Row;
use crate::core::settings::RunInfo;
use crate::core::text::Text;

/// An event read from its row, its texts still hashes.
pub struct Half {
    pub seq: u32,
    pub at: jiff::Timestamp,
    pub stream: StreamId,
    pub hollow: Hollow,
}

pub fn half(row: &SqliteRow) -> Result<Half, StoreError> {
    let id: i64 = row.try_get("id")?;
    let kind: &str = row.try_get("kind")?;
    let broken = |message: String| StoreError::BrokenEvent { id, kind: kind.to_owned(), message };
    let approach: &str = row.try_get("approach")?;
    let approach = approach.parse().map_err(|error| broken(format!("{error}")))?;
    let at = jiff::Timestamp::from_microsecond(row.try_get("at")?).map_err(|error| broken(error.to_string()))?;
    Ok(Half {
        seq: row.try_get("seq")?,
        at,
        stream: StreamId::new(approach, row.try_get("sample")?),
        hollow: codec::decode(id, kind, row.try_get("version")?, row.try_get("payload")?)?,
    })
}

/// Puts the texts back into the events, each text once in memory.
pub async fn fill(db: &mut SqliteConnection, mut halves: Vec<Half>) -> Result<Vec<Entry>, StoreError> {
    let mut hashes: Vec<String> = halves.iter_mut().flat_map(|half| half.hollow.hashes()).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let texts = texts(db, &hashes).await?;
    let find = |hash: &str| texts.get(hash).cloned();
    halves
        .into_iter()
        .map(|half| Ok(Entry { seq: half.seq, at: half.at, stream: half.stream, event: half.hollow.fill(find)? }))
        .collect()
}

pub async fn texts(db: &mut SqliteConnection, hashes: &[String]) -> Result<HashMap<String, Text>, StoreError> {
    let mut texts = HashMap::with_capacity(hashes.len());
    for piece in super::table::pieces(hashes) {
        let mut query = QueryBuilder::<Sqlite>::new("SELECT hash, text FROM blob WHERE hash IN (");
        let mut list = query.separated(", ");
        for hash in piece {
            list.push_bind(hash);
        }
        query.push(")");
        for row in query.build().fetch_all(&mut *db).await? {
            texts.insert(row.try_get("hash")?, Text::from(row.try_get::<String, _>("text")?));
        }
    }
    Ok(texts)
}

/// All events of an item, in order, with labels or without.
pub async fn halves(db: &mut SqliteConnection, item: i64, labels: bool) -> Result<Vec<Half>, StoreError> {
    let sql = "SELECT e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
               FROM event e WHERE e.item = $1 AND (e.author IS NULL OR $2 = 1) ORDER BY e.seq";
    let rows = sqlx::query(sql).bind(item).bind(i64::from(labels)).fetch_all(db).await?;
    rows.iter().map(half).collect()
}

/// All events of an item, in order.
pub async fn entries(db: &mut SqliteConnection, item: i64) -> Result<Vec<Entry>, StoreError> {
    let halves = halves(db, item, true).await?;
    fill(db, halves).await
}

/// All events of an item, in order; of their texts only the code is read, the others stay hashes. It is all that
/// checks and projections need.
pub async fn outline(db: &mut SqliteConnection, item: i64) -> Result<Vec<Entry>, StoreError> {
    let mut halves = halves(db, item, true).await?;
    let code = |half: &mut Half| if half.hollow.is_code() { half.hollow.hashes() } else { Vec::new() };
    let mut hashes: Vec<String> = halves.iter_mut().flat_map(code).collect();
    hashes.sort_unstable();
    hashes.dedup();
    let texts = texts(db, &hashes).await?;
    let entry = |half: Half| {
        let code = half.hollow.is_code();
        let find = |hash: &str| if code { texts.get(hash).cloned() } else { Some(Text::from(hash)) };
        Ok(Entry { seq: half.seq, at: half.at, stream: half.stream, event: half.hollow.fill(find)? })
    };
    halves.into_iter().map(entry).collect()
}

pub fn parsed<T: serde::de::DeserializeOwned>(table: &'static str, key: &str, data: &str) -> Result<T, StoreError> {
    serde_json::from_str(data).map_err(|error| StoreError::BrokenRow {
        table,
        key: key.to_owned(),
        message: error.to_string(),
    })
}

pub fn parse_run(id: &str, data: &str) -> Result<RunInfo, StoreError> {
    parsed("run", id, data)
}

pub fn parse_item(id: &str, data: &str) -> Result<Item, StoreError> {
    parsed("item", id, data)
}

/// A run's key and what it was told.
pub async fn run(db: &mut SqliteConnection, run: &str) -> Result<(i64, RunInfo), StoreError> {
    let found = sqlx::query("SELECT key, info FROM run WHERE id = $1").bind(run).fetch_optional(db).await?;
    let row = found.ok_or_else(|| StoreError::NoSuchRun { run: run.to_owned() })?;
    Ok((row.try_get("key")?, parse_run(run, row.try_get("info")?)?))
}

/// An item's key and its row as loaded.
pub async fn item(db: &mut SqliteConnection, run: (i64, &str), item: &str) -> Result<(i64, Item), StoreError> {
    let sql = "SELECT key, data FROM item WHERE run = $1 AND id = $2";
    let found = sqlx::query(sql).bind(run.0).bind(item).fetch_optional(db).await?;
    let row = found.ok_or_else(|| StoreError::NoSuchItem { run: run.1.to_owned(), item: item.to_owned() })?;
    Ok((row.try_get("key")?, parse_item(item, row.try_get("data")?)?))
}

pub async fn items(db: &mut SqliteConnection, run: i64) -> Result<Vec<Item>, StoreError> {
    let sql = "SELECT id, data FROM item WHERE run = $1 ORDER BY position";
    let rows = sqlx::query(sql).bind(run).fetch_all(db).await?;
    rows.iter().map(|row| parse_item(row.try_get("id")?, row.try_get("data")?)).collect()
}

pub async fn item_ids(db: &mut SqliteConnection, run: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT id FROM item WHERE run = $1 ORDER BY position";
    Ok(sqlx::query_scalar(sql).bind(run).fetch_all(db).await?)
}

/// What the numbers need of the items of a run, by their ids.
pub async fn about(db: &mut SqliteConnection, run: i64) -> Result<HashMap<String, About>, StoreError> {
    let mut found = sqlx::query("SELECT id, data FROM item WHERE run = $1").bind(run).fetch(db);
    let mut about = HashMap::new();
    while let Some(row) = found.try_next().await? {
        let id: String = row.try_get("id")?;
        let read: About = parsed("item", &id, row.try_get("data")?)?;
        about.insert(id, read);
    }
    Ok(about)
}

pub async fn projection(db: &mut SqliteConnection, run: i64) -> Result<Vec<Row>, StoreError> {
    let sql = "SELECT i.id, p.data FROM projection p JOIN item i ON i.key = p.item \
               WHERE p.run = $1 ORDER BY i.position";
    // Parsed as they come: the JSON of a large run is many times its rows.
    let mut found = sqlx::query(sql).bind(run).fetch(db);
    let mut rows: Vec<Row> = Vec::new();
    while let Some(row) = found.try_next().await? {
        rows.push(parsed("projection", row.try_get("id")?, row.try_get("data")?)?);
    }
    // Streams sort by the order of the approaches, which is not that of their names.
    for same in rows.chunk_by_mut(|a, b| a.item == b.item) {
        same.sort_by_key(|row| row.stream);
    }
    Ok(rows)
}

/// The last event in the chain of what an author did to labels of a run, and the latest time of any of them: what was
/// taken in from another store may come later than the last.
pub async fn head(db: &mut SqliteConnection, run: i64, author: &str) -> Result<super::cache::Head, StoreError> {
    let sql = "SELECT e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
               FROM event e JOIN item i ON i.key = e.item WHERE e.author = $1 AND i.run = $2 ORDER BY e.id DESC LIMIT 1";
    let row = sqlx::query(sql).bind(author).bind(run).fetch_optional(&mut *db).await?;
    let Some(half) = row.as_ref().map(half).transpose()? else { return Ok(super::cache::Head::default()) };
    let sql = "SELECT max(e.at) FROM event e JOIN item i ON i.key = e.item WHERE e.author = $1 AND i.run = $2";
    let latest: i64 = sqlx::query_scalar(sql).bind(author).bind(run).fetch_one(db).await?;
    let latest = jiff::Timestamp::from_microsecond(latest).unwrap_or(half.at);
    Ok(super::cache::Head { id: half.hollow.link().map(|link| link.id.clone()), at: Some(latest) })
}

/// What one annotator or all did to labels of a run, each with its item, in the order of the doing.
pub async fn label_events(
    db: &mut SqliteConnection,
    run: i64,
    author: Option<&str>,
) -> Result<Vec<(String, Entry)>, StoreError> {
    // Two statements, and CROSS JOIN, so that the index over authors serves both: otherwise SQLite looks at every event
    // of the run. Sorted here, since a database would sort the payloads.
    let one = "SELECT e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload, i.id AS item_id \
               FROM event e CROSS JOIN item i WHERE i.key = e.item AND e.author = $2 AND i.run = $1";
    let all = "SELECT e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload, i.id AS item_id \
               FROM event e CROSS JOIN item i WHERE i.key = e.item AND e.author IS NOT NULL AND i.run = $1";
    let query = match author {
        Some(author) => sqlx::query(one).bind(run).bind(author),
        None => sqlx::query(all).bind(run),
    };
    // Label events name no text by its hash: they can be read as they come.
    let mut found = query.fetch(db);
    let mut events: Vec<(i64, String, Entry)> = Vec::new();
    while let Some(row) = found.try_next().await? {
        let Half { seq, at, stream, hollow } = half(&row)?;
        let event = hollow.fill(|_| None)?;
        events.push((row.try_get("id")?, row.try_get("item_id")?, Entry { seq, at, stream, event }));
    }
    events.sort_by_key(|(id, _, entry)| (entry.at, *id));
    Ok(events.into_iter().map(|(_, item, entry)| (item, entry)).collect())
}
