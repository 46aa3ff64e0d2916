//! The projection against the events that it was made of.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _};

use super::error::StoreError;
use super::table::{self, ProjectionRow};
use super::{Store, read};
use crate::core::fold::{FOLD_VERSION, ItemState};
use crate::core::projection::Row;
use crate::metrics::{Difference, RunRows, differences};

/// A run's rows derived again, and where what is stored is not the same.
#[derive(Debug, Clone)]
pub struct Recomputed {
    pub events: u64,
    pub derived: RunRows,
    /// As stored; rows that cannot be read are left out.
    pub stored: RunRows,
    /// Rows in either.
    pub rows: u32,
    pub differences: Vec<RowDifference>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct RowDifference {
    pub item: String,
    pub approach: String,
    pub sample: i64,
    #[serde(flatten)]
    pub difference: Difference,
}

impl Store {
    /// Derives a run's projection again from its events and compares; nothing is written.
    pub async fn recompute(&self, run: &str) -> Result<Recomputed, StoreError> {
        let mut db = self.reader().await?;
        // One transaction, so that a run that goes on meanwhile differs in nothing.
        let mut db = db.begin().await?;
        let (key, info) = read::run(&mut db, run).await?;
        let sql = "SELECT key, id FROM item WHERE run = $1 ORDER BY position";
        let items: Vec<(i64, String)> = sqlx::query_as(sql).bind(key).fetch_all(&mut *db).await?;
        let (mut events, mut rows) = (0, 0);
        let (mut derived, mut stored, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for (item, id) in &items {
            let entries = read::entries(&mut db, *item).await?;
            events += entries.len() as u64;
            let mut known = stored_rows(&mut db, *item).await?;
            let mut known_rows: Vec<Row> =
                known.values().filter_map(|row| serde_json::from_value(row["row"].clone()).ok()).collect();
            known_rows.sort_by_key(|row| row.stream);
            stored.extend(known_rows);
            for fresh in table::project(key, *item, id, &ItemState::of(&entries), &info) {
                let at = (fresh.row.stream.approach.as_str().to_owned(), i64::from(fresh.row.stream.sample));
                let there = known.remove(&at);
                let fresh_value = value(&fresh)?;
                rows += 1;
                found.extend(compare(id, at, there, Some(fresh_value)));
                derived.push(fresh.row);
            }
            for (at, left) in known {
                rows += 1;
                found.extend(compare(id, at, Some(left), None));
            }
        }
        let about = read::about(&mut db, key).await?;
        let ids: Vec<String> = items.into_iter().map(|(_, id)| id).collect();
        Ok(Recomputed {
            events,
            derived: RunRows::new(info.clone(), &ids, derived).with_about(about.clone()),
            stored: RunRows::new(info, &ids, stored).with_about(about),
            rows,
            differences: found,
        })
    }
}

/// A row as compared: its columns and its data.
async fn stored_rows(db: &mut SqliteConnection, item: i64) -> Result<BTreeMap<(String, i64), Value>, StoreError> {
    let sql = "SELECT approach, sample, run, fold, requested, stopped, failed, generated, verdict, labelled, calls, data \
               FROM projection WHERE item = $1";
    let mut rows = BTreeMap::new();
    for row in sqlx::query(sql).bind(item).fetch_all(db).await? {
        let number = |name: &str| row.try_get::<i64, _>(name);
        let word = |name: &str| row.try_get::<Option<String>, _>(name);
        let data: String = row.try_get("data")?;
        let columns = json!({
            "run": number("run")?,
            "fold": number("fold")?,
            "requested": number("requested")?,
            "stopped": number("stopped")?,
            "failed": number("failed")?,
            "generated": word("generated")?,
            "verdict": word("verdict")?,
            "labelled": number("labelled")?,
            "calls": number("calls")?,
        });
        // What is no JSON is compared as the text that it is.
        let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
        let at = (row.try_get("approach")?, row.try_get("sample")?);
        rows.insert(at, json!({ "column": columns, "row": data }));
    }
    Ok(rows)
}

fn value(fresh: &ProjectionRow) -> Result<Value, StoreError> {
    let row = &fresh.row;
    let data = serde_json::to_value(row).map_err(|error| StoreError::BrokenRow {
        table: "projection",
        key: row.item.clone(),
        message: error.to_string(),
    })?;
    let columns = json!({
        "run": fresh.run,
        "fold": FOLD_VERSION,
        "requested": i64::from(fresh.requested),
        "stopped": i64::from(row.stopped.is_some()),
        "failed": i64::from(row.failed),
        "generated": row.generated.map(|verdict| verdict.as_str()),
        "verdict": row.verdict.map(|verdict| verdict.as_str()),
        "labelled": i64::from(fresh.labelled),
        "calls": row.calls,
    });
    Ok(json!({ "column": columns, "row": data }))
}

fn compare(
    item: &str,
    (approach, sample): (String, i64),
    stored: Option<Value>,
    derived: Option<Value>,
) -> Vec<RowDifference> {
    let found = match (stored, derived) {
        (Some(stored), Some(derived)) => differences(&stored, &derived),
        // A whole row: one difference, not one for each field.
        (stored, derived) => vec![Difference { path: "row".to_owned(), stored, derived }],
    };
    let named = |difference| RowDifference { item: item.to_owned(), approach: approach.clone(), sample, difference };
    found.into_iter().map(named).collect()
}
