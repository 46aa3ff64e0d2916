use std::path::PathBuf;
use std::sync::Arc;

use crate::core::ids::{Step, StreamId};

#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    #[error("there is no run `{run}` in this store; `fdsp runs` lists them")]
    NoSuchRun { run: String },
    #[error("`{prefix}` begins the names of several runs: {}; give more of the name", .matches.join(", "))]
    AmbiguousRun { prefix: String, matches: Vec<String> },
    #[error("run `{run}` has no item `{item}`")]
    NoSuchItem { run: String, item: String },
    #[error("there is a run `{run}` in this store already; choose another name or resume it")]
    RunExists { run: String },
    #[error("run `{run}` is given item `{item}` twice; ids must be unique inside a run")]
    DuplicateItem { run: String, item: String },
    #[error("run `{run}` came with the program and is frozen: it takes labels only, not `{kind}`")]
    Frozen { run: String, kind: &'static str },
    #[error("item `{item}` of run `{run}`: {} {} has stopped and takes no further `{kind}`", .stream.approach, .stream.sample)]
    StreamStopped { run: String, item: String, stream: StreamId, kind: &'static str },
    #[error("run `{run}`, item `{item}`: {stream:?} has no version `{step}` that could be scanned again")]
    NoSuchVersion { run: String, item: String, stream: StreamId, step: Step },
    #[error("item `{item}` of run `{run}`: {} {} has an answer to {step} already; `{kind}` refused", .stream.approach, .stream.sample)]
    AnsweredAlready { run: String, item: String, stream: StreamId, step: Step, kind: &'static str },
    #[error("item `{item}` of run `{run}`: {} {} has no request for {step} that `{kind}` could belong to", .stream.approach, .stream.sample)]
    NotAsked { run: String, item: String, stream: StreamId, step: Step, kind: &'static str },
    #[error("item `{item}` of run `{run}` has no label number {label}; `{kind}` refused")]
    NoSuchLabel { run: String, item: String, label: u32, kind: &'static str },
    #[error("event {id}: kind `{kind}`, version {version}, is unknown to this program; use a newer fdsp")]
    UnknownEvent { id: i64, kind: String, version: i64 },
    #[error("event {id}: the stored `{kind}` cannot be read: {message}")]
    BrokenEvent { id: i64, kind: String, message: String },
    #[error("event {id}: its text {hash} is missing from the store")]
    MissingText { id: i64, hash: String },
    #[error("{table} `{key}`: what is stored cannot be read: {message}")]
    BrokenRow { table: &'static str, key: String, message: String },
    #[error(
        "{}: the store was written by a newer fdsp (its format is {found}, this program knows {known}); use that one",
        .path.display()
    )]
    TooNew { path: PathBuf, found: i64, known: i64 },
    #[error("{}: cannot bring the store to this program's format: {message}", .path.display())]
    Migration { path: PathBuf, message: String },
    #[error("{}: {message}", .path.display())]
    File { path: PathBuf, message: String },
    #[error("run `{run}` is being driven by {holder}; wait for it or stop it")]
    Driven { run: String, holder: String },
    #[error("line {line}: {message}")]
    Import { line: usize, message: String },
    #[error("cannot write the export: {message}")]
    Write { message: String },
    #[error("the database: {0}")]
    Sql(Arc<sqlx::Error>),
    #[error("the store's writer has ended; open the store again")]
    WriterGone,
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(Arc::new(error))
    }
}

impl StoreError {
    /// Whether the transaction itself is spoilt, not only what one caller asked for.
    pub(super) fn spoils(&self) -> bool {
        matches!(self, Self::Sql(_))
    }

    pub(super) fn busy(&self) -> bool {
        // SQLITE_BUSY and its extended codes share the low byte 5.
        let Self::Sql(error) = self else { return false };
        let code = error.as_database_error().and_then(|error| error.code());
        code.and_then(|code| code.parse::<i32>().ok()).is_some_and(|code| code & 0xff == 5)
    }
}
