//! A run as JSON Lines: a header, the items, every text once, the events item by item, and an end with the counts.

use std::collections::HashSet;
use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;

use super::error::StoreError;
use super::{Store, codec, read};
use crate::core::escape;
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::settings::RunInfo;

/// The version of the file's form.
pub(super) const FORM: u32 = 1;

#[derive(Serialize, Deserialize)]
pub(super) struct Header {
    pub fdsp: u32,
    /// Whether labels stand among the events; without them the events are numbered anew.
    pub labels: bool,
    pub run: RunInfo,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Line {
    Item(Item),
    Blob(Blob),
    Event(Box<EventLine>),
    End(Exported),
}

#[derive(Serialize, Deserialize)]
pub(super) struct Blob {
    pub hash: String,
    pub text: String,
}

#[derive(Serialize, Deserialize)]
pub(super) struct EventLine {
    pub item: String,
    pub seq: u32,
    pub at: jiff::Timestamp,
    #[serde(flatten)]
    pub stream: StreamId,
    pub kind: String,
    pub version: i64,
    pub payload: Value,
}

/// What a file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Exported {
    pub items: u64,
    pub blobs: u64,
    pub events: u64,
}

fn line<T: Serialize>(out: &mut (dyn Write + Send), value: &T) -> Result<(), StoreError> {
    let failed = |message: String| StoreError::Write { message };
    let text = serde_json::to_string(value).map_err(|error| failed(error.to_string()))?;
    writeln!(out, "{}", escape::json(&text)).map_err(|error| failed(error.to_string()))
}

impl Store {
    /// Writes a run as JSON Lines, as it stands at one moment. Holds one item's events in memory at a time.
    pub async fn export(&self, run: &str, labels: bool, out: &mut (dyn Write + Send)) -> Result<Exported, StoreError> {
        let mut db = self.reader().await?;
        let mut moment = db.begin().await?;
        export(&mut moment, run, labels, out).await
    }
}

async fn export(
    db: &mut SqliteConnection,
    run: &str,
    labels: bool,
    out: &mut (dyn Write + Send),
) -> Result<Exported, StoreError> {
    let (key, mut info) = read::run(db, run).await?;
    // Frozen is what an import makes of a run, not what the run is.
    info.recorded = false;
    line(out, &Header { fdsp: FORM, labels, run: info })?;
    let sql = "SELECT key, id, data FROM item WHERE run = $1 ORDER BY position";
    let items: Vec<(i64, String, String)> = sqlx::query_as(sql).bind(key).fetch_all(&mut *db).await?;
    let mut counts = Exported::default();
    for (_, id, data) in &items {
        line(out, &Line::Item(read::parse_item(id, data)?))?;
        counts.items += 1;
    }
    let mut told = HashSet::new();
    for (key, ..) in &items {
        let mut hashes = Vec::new();
        for mut half in read::halves(db, *key, labels).await? {
            hashes.extend(half.hollow.hashes().into_iter().filter(|hash| told.insert(hash.clone())));
        }
        let texts = read::texts(db, &hashes).await?;
        for hash in hashes {
            let found = texts.get(&hash).map(|text| text.to_string());
            let text = found.ok_or_else(|| StoreError::MissingText { id: 0, hash: hash.clone() })?;
            line(out, &Line::Blob(Blob { hash, text }))?;
            counts.blobs += 1;
        }
    }
    for (key, item, _) in items {
        for (at, half) in (1_u32..).zip(read::halves(db, key, labels).await?) {
            let codec::Stored { kind, version, payload, .. } = half.hollow.stored()?;
            let event = EventLine {
                item: item.clone(),
                seq: if labels { half.seq } else { at },
                at: half.at,
                stream: half.stream,
                kind: kind.to_owned(),
                version,
                payload: read::parsed("event", kind, &payload)?,
            };
            line(out, &Line::Event(Box::new(event)))?;
            counts.events += 1;
        }
    }
    line(out, &Line::End(counts))?;
    out.flush().map_err(|error| StoreError::Write { message: error.to_string() })?;
    Ok(counts)
}
