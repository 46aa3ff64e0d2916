use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::error::StoreError;
use super::read;
use crate::core::projection::RunSummary;

/// Counted by the database over the projection: no event is read.
const SUMMARY: &str = "
SELECT r.id, r.info,
    (SELECT count(*) FROM item i WHERE i.run = r.key) AS items,
    coalesce(sum(x.vulnerable), 0) AS vulnerable,
    coalesce(sum(CASE WHEN x.fixes > 0 THEN 1 ELSE 0 END), 0) AS fixed,
    coalesce(sum(x.fixes), 0) AS fixes,
    coalesce(sum(x.labelled), 0) AS labelled,
    coalesce(sum(CASE WHEN x.outcomes = 0 AND x.failed = 1 THEN 1 ELSE 0 END), 0) AS failed,
    coalesce(sum(CASE WHEN x.stopped >= r.streams THEN 1 ELSE 0 END), 0) AS done,
    coalesce(sum(x.calls), 0) AS calls
FROM run r LEFT JOIN (
    SELECT p.run AS run,
        max(CASE WHEN p.generated = 'vulnerable' THEN 1 ELSE 0 END) AS vulnerable,
        sum(CASE WHEN p.generated = 'vulnerable' AND p.verdict = 'secure' THEN 1 ELSE 0 END) AS fixes,
        sum(CASE WHEN p.generated = 'vulnerable' AND p.verdict = 'secure' THEN p.labelled ELSE 0 END) AS labelled,
        sum(CASE WHEN p.requested = 1 AND p.verdict IS NOT NULL THEN 1 ELSE 0 END) AS outcomes,
        max(CASE WHEN p.failed = 1 OR (p.requested = 1 AND p.stopped = 1 AND p.verdict IS NULL) THEN 1 ELSE 0 END)
            AS failed,
        sum(CASE WHEN p.requested = 1 THEN p.stopped ELSE 0 END) AS stopped,
        sum(p.calls) AS calls
    FROM projection p GROUP BY p.run, p.item
) x ON x.run = r.key
GROUP BY r.key, r.id, r.info, r.streams";

pub async fn summaries(db: &mut SqliteConnection) -> Result<Vec<RunSummary>, StoreError> {
    let mut runs = Vec::new();
    for row in sqlx::query(SUMMARY).fetch_all(db).await? {
        let count =
            |name: &str| -> Result<u32, StoreError> { Ok(row.try_get::<i64, _>(name)?.try_into().unwrap_or(0)) };
        runs.push(RunSummary {
            info: read::parse_run(row.try_get("id")?, row.try_get("info")?)?,
            items: count("items")?,
            vulnerable: count("vulnerable")?,
            fixed: count("fixed")?,
            fixes: count("fixes")?,
            labelled: count("labelled")?,
            failed: count("failed")?,
            done: count("done")?,
            calls: count("calls")?,
        });
    }
    runs.sort_by(|a, b| (b.info.started, &a.info.id).cmp(&(a.info.started, &b.info.id)));
    Ok(runs)
}
