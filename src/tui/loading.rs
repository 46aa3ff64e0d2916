//! A run as the workbench opens it.

use super::app::message::RunData;
use crate::store::{Store, StoreError};

/// Reads everything that the list of a run shows. Its parts are read beside one another: in a large run each of them is
/// work for a processor.
pub async fn load_run(store: &Store, run: &str, author: &str) -> Result<RunData, StoreError> {
    let info = store.run(run).await?;
    let reading = |store: &Store| (store.clone(), run.to_owned());
    let (of_rows, id) = reading(store);
    let rows = tokio::spawn(async move { of_rows.rows(&id).await });
    let (of_history, id) = reading(store);
    let author = author.to_owned();
    let history = tokio::spawn(async move { of_history.label_history(&id, &author).await });
    let items = store.items(run).await?;
    let guidelines = store.guidelines(run).await?;
    let rows = rows.await.map_err(|_| StoreError::WriterGone)??;
    let history = history.await.map_err(|_| StoreError::WriterGone)??;
    Ok(RunData { info, items, rows, history, guidelines })
}
