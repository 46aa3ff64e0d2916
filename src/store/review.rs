//! Sittings of annotators, and leases: two of them do not get the same version unless that is wanted.

use std::path::Path;
use std::sync::Arc;

use sqlx::Row as _;

use super::error::StoreError;
use super::lock::{self, SittingLock};
use super::writer::{Answer, Scribe, Work};
use super::{Store, read, table};
use crate::core::fold::ItemState;
use crate::core::ids::Step;
use crate::core::label;
use crate::core::text::Text;
use crate::review::queue::{Target, Wish};

/// A lease that nobody renewed for so long is void, even where its process lives: the annotator went away.
const LEASE: jiff::SignedDuration = jiff::SignedDuration::from_mins(30);

/// One annotator at work, from opening the queue to leaving it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sitting {
    pub id: String,
    pub author: String,
    pub started: jiff::Timestamp,
    pub wish: Wish,
    /// Orders the queue; the same for all sittings of an annotator with the same wish, until a new one is asked for.
    pub seed: u64,
}

/// The first of `wanted` that may be had is leased to the sitting. Its other leases but `kept` are given back.
#[derive(Debug)]
pub(super) struct Claim {
    store: Arc<Path>,
    sitting: Sitting,
    wanted: Vec<Target>,
    kept: Vec<Target>,
}

/// What an annotator reads of a target: nothing but the prompt and the two versions of the code.
#[derive(Debug, Clone, PartialEq)]
pub struct Sides {
    pub prompt: Text,
    /// The code that the refinement starts from; empty where there is none.
    pub before: Text,
    pub after: Text,
}

impl Store {
    /// Begins a sitting. It goes on with the order of the annotator's last one with the same wish, unless `anew`.
    pub async fn sit(&self, author: &str, wish: &Wish, anew: bool) -> Result<(Sitting, SittingLock), StoreError> {
        let sql = "SELECT seed FROM session WHERE author = $1 AND wish = $2 ORDER BY started DESC LIMIT 1";
        let before: Option<String> =
            sqlx::query_scalar(sql).bind(author).bind(json(wish)?).fetch_optional(&mut *self.reader().await?).await?;
        let seed = before.filter(|_| !anew).and_then(|seed| seed.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
        let id: String = std::iter::repeat_with(fastrand::alphanumeric).take(16).collect();
        let sitting = Sitting { id, author: author.to_owned(), started: table::now(), wish: wish.clone(), seed };
        let lock = lock::for_sitting(&self.path, &sitting.id)?;
        self.write(Work::Sit(Box::new(sitting.clone()))).await?;
        Ok((sitting, lock))
    }

    /// Leases the first of `wanted` that the annotator has not judged, that too few others have judged or hold, and that
    /// no other sitting of the annotator holds; its place. The sitting's leases but `kept` are given back.
    pub async fn claim(
        &self,
        sitting: &Sitting,
        wanted: Vec<Target>,
        kept: Vec<Target>,
    ) -> Result<Option<usize>, StoreError> {
        let claim = Claim { store: self.path.clone(), sitting: sitting.clone(), wanted, kept };
        match self.write(Work::Claim(Box::new(claim))).await? {
            Answer::Claimed(place) => Ok(place),
            _ => Err(StoreError::WriterGone),
        }
    }

    /// Gives back all leases of a sitting.
    pub async fn release(&self, sitting: &Sitting) -> Result<(), StoreError> {
        self.write(Work::Release { session: sitting.id.clone() }).await.map(drop)
    }

    /// Reads a target, and nothing that would tell where it comes from. `None` where it has no code.
    pub async fn sides(&self, target: &Target) -> Result<Option<Sides>, StoreError> {
        let mut db = self.reader().await?;
        let (run, _) = read::run(&mut db, &target.run).await?;
        let (key, item) = read::item(&mut db, (run, &target.run), &target.item).await?;
        let sql = "SELECT e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload FROM event e \
                   WHERE e.item = $1 AND e.kind = 'extracted' ORDER BY e.seq";
        let rows = sqlx::query(sql).bind(key).fetch_all(&mut *db).await?;
        let halves = rows.iter().map(read::half).collect::<Result<Vec<_>, _>>()?;
        let mut state = ItemState::default();
        for entry in read::fill(&mut db, halves).await? {
            state.apply(&entry);
        }
        let code = |step: Step| state.stream(target.stream)?.version(step)?.code.clone();
        let before = state.generated(target.stream).and_then(|version| version.code.clone()).unwrap_or_default();
        Ok(code(target.step).map(|after| Sides { prompt: item.prompt.clone(), before, after }))
    }
}

fn json(wish: &Wish) -> Result<String, StoreError> {
    serde_json::to_string(wish).map_err(|error| StoreError::Write { message: error.to_string() })
}

impl Scribe {
    pub(super) async fn sit(&mut self, sitting: &Sitting) -> Result<(), StoreError> {
        sqlx::query("INSERT INTO session (id, author, started, wish, seed) VALUES ($1, $2, $3, $4, $5)")
            .bind(&sitting.id)
            .bind(&sitting.author)
            .bind(sitting.started.as_microsecond())
            .bind(json(&sitting.wish)?)
            .bind(sitting.seed.to_string())
            .execute(&mut self.db)
            .await?;
        Ok(())
    }

    pub(super) async fn release(&mut self, session: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM lease WHERE session = $1").bind(session).execute(&mut self.db).await?;
        Ok(())
    }

    pub(super) async fn claim(&mut self, claim: &Claim) -> Result<Option<usize>, StoreError> {
        self.release(&claim.sitting.id).await?;
        for target in &claim.kept {
            let key = self.key(target).await?;
            self.lease(claim, key, target).await?;
        }
        for (place, target) in claim.wanted.iter().enumerate() {
            let key = self.key(target).await?;
            if self.may_have(claim, key, target).await? {
                self.lease(claim, key, target).await?;
                return Ok(Some(place));
            }
        }
        Ok(None)
    }

    async fn key(&mut self, target: &Target) -> Result<i64, StoreError> {
        self.hold(&target.run, &target.item).await?;
        self.cache.get(&target.run, &target.item).map(|held| held.key).ok_or(StoreError::WriterGone)
    }

    async fn may_have(&mut self, claim: &Claim, key: i64, target: &Target) -> Result<bool, StoreError> {
        let me = claim.sitting.author.as_str();
        let Some(held) = self.cache.get(&target.run, &target.item) else { return Err(StoreError::WriterGone) };
        let judged = held.state.judged_by(target.stream, target.step);
        if judged.contains(me) {
            return Ok(false);
        }
        let mut others: Vec<String> =
            judged.into_iter().filter(|author| *author != label::EXAMPLE).map(str::to_owned).collect();
        let sql = "SELECT l.session, l.until, s.author FROM lease l JOIN session s ON s.id = l.session \
                   WHERE l.item = $1 AND l.approach = $2 AND l.sample = $3 AND l.step = $4";
        let leases = sqlx::query(sql)
            .bind(key)
            .bind(target.stream.approach.as_str())
            .bind(target.stream.sample)
            .bind(target.step.to_string())
            .fetch_all(&mut self.db)
            .await?;
        let now = table::now().as_microsecond();
        for lease in leases {
            let session: String = lease.try_get("session")?;
            if session == claim.sitting.id {
                return Ok(false);
            }
            if lease.try_get::<i64, _>("until")? < now || !lock::goes_on(&claim.store, &session) {
                self.release(&session).await?;
                continue;
            }
            let author: String = lease.try_get("author")?;
            if author == me {
                return Ok(false);
            }
            if !others.contains(&author) {
                others.push(author);
            }
        }
        let wish = &claim.sitting.wish;
        Ok(wish.order.is_about_others() || others.len() < wish.overlap.max(1) as usize)
    }

    async fn lease(&mut self, claim: &Claim, key: i64, target: &Target) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO lease (item, approach, sample, step, session, until) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (item, approach, sample, step, session) DO UPDATE SET until = excluded.until",
        )
        .bind(key)
        .bind(target.stream.approach.as_str())
        .bind(target.stream.sample)
        .bind(target.step.to_string())
        .bind(&claim.sitting.id)
        .bind((table::now() + LEASE).as_microsecond())
        .execute(&mut self.db)
        .await?;
        Ok(())
    }
}
