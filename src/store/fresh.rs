use sqlx::{QueryBuilder, Row as _, Sqlite};

use super::error::StoreError;
use super::{Store, read, table};
use crate::core::projection::Row;

impl Store {
    /// The projection of some items of a run alone, in no order; items without events have none.
    pub async fn rows_of(&self, run: &str, items: &[String]) -> Result<Vec<Row>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        let mut rows = Vec::new();
        for piece in table::pieces(items) {
            let mut query = QueryBuilder::<Sqlite>::new(
                "SELECT i.id, p.data FROM item i JOIN projection p ON p.item = i.key WHERE i.run = ",
            );
            query.push_bind(key).push(" AND i.id IN (");
            let mut list = query.separated(", ");
            for item in piece {
                list.push_bind(item);
            }
            query.push(")");
            for row in query.build().fetch_all(&mut *db).await? {
                rows.push(read::parsed("projection", row.try_get("id")?, row.try_get("data")?)?);
            }
        }
        Ok(rows)
    }
}
