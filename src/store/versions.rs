//! The code of a run, page by page, without everything that was said around it.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use super::read;
use crate::core::fold::ItemState;

/// An item as far as its code goes: every version with its text and the second opinions on it. Requests, answers,
/// checks and the run's own scans are left out.
#[derive(Debug, Clone)]
pub struct CodeOf {
    pub item: String,
    /// Of the item in its run, from 0.
    pub position: usize,
    pub state: ItemState,
}

impl Store {
    /// The code of the items at `from..from + count` in their order; empty past the last.
    pub async fn code(&self, run: &str, from: usize, count: usize) -> Result<Vec<CodeOf>, StoreError> {
        let mut db = self.reader().await?;
        let (run, _) = read::run(&mut db, run).await?;
        let (from, to) = (from as i64, (from + count) as i64);
        let sql = "SELECT key, id, position FROM item WHERE run = $1 AND position >= $2 AND position < $3 \
                   ORDER BY position";
        let items = sqlx::query(sql).bind(run).bind(from).bind(to).fetch_all(&mut *db).await?;
        let sql = "SELECT e.item AS of_item, e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
                   FROM item i JOIN event e ON e.item = i.key \
                   WHERE i.run = $1 AND i.position >= $2 AND i.position < $3 AND e.kind IN ('extracted', 'rescanned') \
                   ORDER BY i.position, e.seq";
        let rows = sqlx::query(sql).bind(run).bind(from).bind(to).fetch_all(&mut *db).await?;
        let of_items = rows.iter().map(|row| row.try_get("of_item")).collect::<Result<Vec<i64>, _>>()?;
        let halves = rows.iter().map(read::half).collect::<Result<Vec<_>, _>>()?;
        let mut entries = of_items.into_iter().zip(read::fill(&mut db, halves).await?).peekable();
        let mut code = Vec::with_capacity(items.len());
        for row in &items {
            let key: i64 = row.try_get("key")?;
            let mut state = ItemState::default();
            while let Some((_, entry)) = entries.next_if(|(item, _)| *item == key) {
                state.apply(&entry);
            }
            let position: i64 = row.try_get("position")?;
            code.push(CodeOf { item: row.try_get("id")?, position: usize::try_from(position).unwrap_or(0), state });
        }
        Ok(code)
    }
}
