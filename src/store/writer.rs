//! The one task that writes: it takes what waits, commits it together, and only then answers.

use std::time::{Duration, Instant};

use sqlx::sqlite::SqliteConnection;
use tokio::sync::{mpsc, oneshot};

use super::cache::Cache;
use super::error::StoreError;
use super::import::Bundle;
use super::review::{Claim, Sitting};
use super::table;
use crate::core::chain::Told;
use crate::core::event::{Entry, Event};
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::settings::RunInfo;

/// Jobs in one commit at most.
const GROUP: usize = 256;
/// How long another process may hold the file before a write is given up.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug)]
pub(super) enum Work {
    CreateRun { info: Box<RunInfo>, items: Vec<Item> },
    Append { run: String, item: String, events: Vec<(StreamId, Event)> },
    AppendAll { run: String, events: Vec<(String, StreamId, Event)> },
    Import(Box<Bundle>),
    Merge(Vec<Told>),
    Rebuild { run: i64 },
    DataVersion,
    Sit(Box<Sitting>),
    Claim(Box<Claim>),
    Release { session: String },
}

#[derive(Debug)]
pub(super) enum Answer {
    Done,
    /// The place of the claimed target among those wanted.
    Claimed(Option<usize>),
    Entries(Vec<Entry>),
    /// Each with its item.
    Told(Vec<(String, Entry)>),
    Version(i64),
    Count(u32),
}

#[derive(Debug)]
pub(super) struct Job {
    pub work: Work,
    pub reply: oneshot::Sender<Result<Answer, StoreError>>,
}

pub(super) type Writer = mpsc::UnboundedSender<Job>;

pub(super) fn start(db: SqliteConnection) -> Writer {
    let (send, mut inbox) = mpsc::unbounded_channel::<Job>();
    tokio::spawn(async move {
        let mut scribe = Scribe { db, cache: Cache::default() };
        let mut group = Vec::new();
        while inbox.recv_many(&mut group, GROUP).await > 0 {
            scribe.serve(std::mem::take(&mut group)).await;
        }
        super::open::close(scribe.db).await;
    });
    send
}

/// The writing connection and what it remembers.
pub(super) struct Scribe {
    pub db: SqliteConnection,
    pub cache: Cache,
}

impl Scribe {
    async fn serve(&mut self, group: Vec<Job>) {
        let (asks, group): (Vec<Job>, Vec<Job>) =
            group.into_iter().partition(|job| matches!(job.work, Work::DataVersion));
        if !group.is_empty() {
            self.write(group).await;
        }
        for job in asks {
            let _ = job.reply.send(self.data_version().await.map(Answer::Version));
        }
    }

    async fn write(&mut self, group: Vec<Job>) {
        let (works, replies): (Vec<Work>, Vec<_>) = group.into_iter().map(|job| (job.work, job.reply)).unzip();
        let mut answers = self.commit(&works).await;
        if let (Err(_), true) = (&answers, works.len() > 1) {
            // One job's fault must not become that of the others.
            let mut single = Vec::with_capacity(works.len());
            for work in &works {
                let answer = self.commit(std::slice::from_ref(work)).await;
                single.push(answer.map(|mut answers| answers.pop().unwrap_or(Err(StoreError::WriterGone))));
            }
            answers = Ok(single.into_iter().map(|answer| answer.and_then(|inner| inner)).collect());
        }
        match answers {
            Ok(answers) => {
                for (reply, answer) in replies.into_iter().zip(answers) {
                    // Whoever asked may have gone; what was written stays.
                    let _ = reply.send(answer);
                }
            }
            Err(error) => {
                for reply in replies {
                    let _ = reply.send(Err(error.clone()));
                }
            }
        }
    }

    /// One transaction. `Err` is for all of it: nothing was written.
    async fn commit(&mut self, works: &[Work]) -> Result<Vec<Result<Answer, StoreError>>, StoreError> {
        let outcome = match self.begin().await {
            Ok(()) => self.perform_all(works).await,
            Err(error) => Err(error),
        };
        if outcome.is_err() {
            self.cache.clear();
            // Fails where no transaction is open; either way none is open afterwards.
            let _ = sqlx::query("ROLLBACK").execute(&mut self.db).await;
        }
        outcome
    }

    async fn begin(&mut self) -> Result<(), StoreError> {
        self.patiently("BEGIN IMMEDIATE").await
    }

    /// Tries again while another process holds the file, within bounds.
    async fn patiently(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let start = Instant::now();
        loop {
            match sqlx::query(sql).execute(&mut self.db).await.map_err(StoreError::from) {
                Err(error) if error.busy() && start.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                other => return other.map(drop),
            }
        }
    }

    async fn perform_all(&mut self, works: &[Work]) -> Result<Vec<Result<Answer, StoreError>>, StoreError> {
        let version = self.data_version().await?;
        let last = "SELECT max(id) FROM event";
        if self.cache.outdated(version) {
            let last = table::last(&mut self.db, last).await?;
            self.cache.renew(version, last);
        }
        let mut answers = Vec::with_capacity(works.len());
        for work in works {
            match self.perform(work).await {
                Err(error) if error.spoils() => return Err(error),
                answer => answers.push(answer),
            }
        }
        self.flush().await?;
        self.patiently("COMMIT").await?;
        self.cache.trim();
        Ok(answers)
    }

    async fn perform(&mut self, work: &Work) -> Result<Answer, StoreError> {
        match work {
            Work::CreateRun { info, items } => self.create_run(info, items).await.map(|()| Answer::Done),
            Work::Append { run, item, events } => self.append(run, item, events).await.map(Answer::Entries),
            Work::AppendAll { run, events } => self.append_all(run, events).await.map(Answer::Told),
            Work::Import(bundle) => self.import(bundle).await.map(|()| Answer::Done),
            Work::Merge(told) => self.merge(told).await.map(Answer::Count),
            Work::Rebuild { run } => self.rebuild(*run).await.map(|()| Answer::Done),
            Work::DataVersion => self.data_version().await.map(Answer::Version),
            Work::Sit(sitting) => self.sit(sitting).await.map(|()| Answer::Done),
            Work::Claim(claim) => self.claim(claim).await.map(Answer::Claimed),
            Work::Release { session } => self.release(session).await.map(|()| Answer::Done),
        }
    }

    /// Changes when another connection has committed, and only then.
    async fn data_version(&mut self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("PRAGMA data_version").fetch_one(&mut self.db).await?)
    }
}
