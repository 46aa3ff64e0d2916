use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Connection};

use super::error::StoreError;
use super::{Store, lock, writer};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("src/store/migrations");

/// `fdsp/store.db` in the user's data directory.
pub fn default_path() -> Result<PathBuf, StoreError> {
    let base = etcetera::choose_base_strategy().map_err(|error| StoreError::File {
        path: PathBuf::from("store.db"),
        message: format!("the user's data directory is unknown ({error}); name a file with --db"),
    })?;
    Ok(base.data_dir().join("fdsp").join("store.db"))
}

/// Creates a folder that only its owner can enter; one that exists is left as it is.
pub(super) fn private_folder(path: &Path) -> Result<(), StoreError> {
    if path.as_os_str().is_empty() || path.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| StoreError::File {
        path: path.to_owned(),
        message: format!("cannot create this folder: {error}"),
    })
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(Duration::from_secs(5))
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
}

impl Store {
    /// Opens the store, creating it and bringing it to this program's format where needed.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        if let Some(parent) = path.parent() {
            private_folder(parent)?;
        }
        let held = {
            let path = path.to_owned();
            tokio::task::spawn_blocking(move || lock::for_opening(&path))
                .await
                .map_err(|_| StoreError::WriterGone)??
        };
        let unusable = |error: sqlx::Error| StoreError::File {
            path: path.to_owned(),
            message: format!("cannot be opened as a store: {error}"),
        };
        // Outside the lock, two processes that both turn a new file to WAL can refuse each other.
        let mut connection = options(path)
            .journal_mode(SqliteJournalMode::Wal)
            .pragma("cache_size", "-16000")
            .connect()
            .await
            .map_err(unusable)?;
        migrate(path, &mut connection).await?;
        drop(held);
        let readers: SqlitePool = SqlitePoolOptions::new()
            .max_connections(3)
            .test_before_acquire(false)
            .connect_lazy_with(options(path).pragma("query_only", "1"));
        let store = Self { path: path.into(), readers, writer: writer::start(connection) };
        store.refresh_projections().await?;
        Ok(store)
    }
}

async fn migrate(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let failed = |message: String| StoreError::Migration { path: path.to_owned(), message };
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let table = "SELECT count(*) FROM sqlite_master WHERE name = '_sqlx_migrations'";
    let tables: i64 = sqlx::query_scalar(table).fetch_one(&mut *connection).await.map_err(|e| failed(e.to_string()))?;
    if tables > 0 {
        let found: Option<i64> = sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations")
            .fetch_one(&mut *connection)
            .await
            .map_err(|error| failed(error.to_string()))?;
        if let Some(found) = found.filter(|found| *found > known) {
            return Err(StoreError::TooNew { path: path.to_owned(), found, known });
        }
    }
    // `Migrator::run` is this, made generic so that nobody could open a store from a spawned task.
    MIGRATIONS.run_direct(None, connection, false).await.map_err(|error| failed(error.to_string()))
}

/// Ends the connection in order, so that SQLite folds its log back into the file.
pub(super) async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::warn!(%error, "the store's connection did not close in order");
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_migration_of_the_folder_is_built_in() {
        // The macro does not notice a new file by itself: touch this file after adding one.
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations");
        let files = std::fs::read_dir(folder).expect("the folder").count();
        assert_eq!(super::MIGRATIONS.iter().count(), files);
    }
}
