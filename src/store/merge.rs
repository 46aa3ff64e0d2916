//! Label events as every store tells them alike: out of this store, into it, and whether they are whole.

use std::collections::{HashMap, HashSet};

use sqlx::Row as _;
use sqlx::sqlite::SqliteConnection;

use super::error::StoreError;
use super::table::EventRow;
use super::writer::{Answer, Scribe, Work};
use super::{Store, codec, read};
use crate::core::chain::{self, Known, Told, Wrong};
use crate::core::event::{Entry, Event};
use crate::core::ids::{Step, StreamId};
use crate::core::text::Text;

/// A label event with its number inside its item.
struct Numbered {
    seq: u32,
    told: Told,
}

/// The label events of a run, and the rows that cannot be read, each with its item and number.
async fn all(
    db: &mut SqliteConnection,
    key: i64,
    run: &str,
) -> Result<(Vec<Numbered>, Vec<(String, u32, StoreError)>), StoreError> {
    let sql = "SELECT i.id AS item_id, e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
               FROM item i JOIN event e ON e.item = i.key WHERE i.run = $1 AND e.author IS NOT NULL \
               ORDER BY i.position, e.seq";
    let rows = sqlx::query(sql).bind(key).fetch_all(&mut *db).await?;
    let (mut found, mut broken): (Vec<Numbered>, Vec<_>) = (Vec::new(), Vec::new());
    let mut ids: HashMap<u32, String> = HashMap::new();
    for row in rows {
        let item: String = row.try_get("item_id")?;
        let seq: u32 = row.try_get("seq")?;
        // Label events hold no texts.
        let read = read::half(&row).and_then(|half| Ok((half.at, half.stream, half.hollow.fill(|_| None)?)));
        let (at, stream, mut event) = match read {
            Ok(read) => read,
            Err(error) => {
                broken.push((item, seq, error));
                continue;
            }
        };
        if found.last().is_some_and(|before| before.told.item != item) {
            ids.clear();
        }
        // A number that names no label here stays something that is missing.
        let about = event.about().map(|number| ids.get(&number).cloned().unwrap_or_default());
        event.set_about(None);
        let id = event.link().map(|link| link.id.clone()).unwrap_or_default();
        let mut told = Told { id, run: run.to_owned(), item, stream, at, about, event };
        if !told.is_chained() {
            told.id = told.true_id(false);
        }
        if matches!(told.event, Event::Labelled(_)) {
            ids.insert(seq, told.id.clone());
        }
        found.push(Numbered { seq, told });
    }
    Ok((found, broken))
}

/// What the chains of a run's labels come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chains {
    pub authors: Vec<AuthorChain>,
    /// In words, each with item and number.
    pub faults: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorChain {
    pub author: String,
    pub events: u32,
    /// Events older than the chain: nothing shows whether they were changed.
    pub unchained: u32,
    /// The ids that nothing follows; several where the author labelled in two stores.
    pub ends: Vec<String>,
}

/// What became of label events that came from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// New to this store.
    pub added: u32,
    /// Here already.
    pub known: u32,
    /// New labels on code that is not the version's here: they are kept and do not count.
    pub other_code: u32,
    /// Place in what was given, and why it was not taken.
    pub refused: Vec<(usize, String)>,
    /// Runs with new events.
    pub runs: Vec<String>,
}

impl Store {
    /// The label events of a run, of all annotators or one, in an order that is alike in every store.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn told(&self, run: &str, author: Option<&str>) -> Result<Vec<Told>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        let (found, broken) = all(&mut db, key, run).await?;
        if let Some((.., error)) = broken.into_iter().next() {
            return Err(error);
        }
        let mut told: Vec<Told> = found.into_iter().map(|it| it.told).collect();
        told.retain(|it| author.is_none_or(|author| it.author() == author));
        told.sort_by(|a, b| a.order().cmp(&b.order()));
        told.dedup_by(|a, b| a.id == b.id);
        Ok(told)
    }

    /// Walks the chain of every annotator over a run.
    pub async fn chains(&self, run: &str) -> Result<Chains, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        let (found, broken) = all(&mut db, key, run).await?;
        let known: Known<'_> = found.iter().map(|it| (it.told.id.as_str(), &it.told)).collect();
        let mut faults: Vec<String> =
            broken.into_iter().map(|(item, seq, error)| format!("item `{item}`, event {seq}: {error}")).collect();
        for Numbered { seq, told } in &found {
            if let Some(wrong) = chain::wrong(told, &known) {
                let (kind, author) = (told.event.kind(), told.author());
                faults.push(format!("item `{}`, event {seq} ({kind}, {author}, {}): {wrong}", told.item, told.at));
            }
        }
        faults.extend(holes(&mut db, key).await?);
        let mut authors: Vec<&str> = found.iter().map(|it| it.told.author()).collect();
        authors.sort_unstable();
        authors.dedup();
        let of = |author: &str| {
            let own: Vec<&Told> = found.iter().map(|it| &it.told).filter(|told| told.author() == author).collect();
            AuthorChain {
                author: author.to_owned(),
                events: own.len() as u32,
                unchained: own.iter().filter(|told| !told.is_chained()).count() as u32,
                ends: chain::ends(own).into_iter().map(str::to_owned).collect(),
            }
        };
        Ok(Chains { authors: authors.into_iter().map(of).collect(), faults })
    }

    /// The hash of the code of every version in a run.
    pub async fn code_hashes(&self, run: &str) -> Result<HashMap<(String, StreamId, Step), String>, StoreError> {
        let mut db = self.reader().await?;
        let (key, _) = read::run(&mut db, run).await?;
        let sql = "SELECT i.id AS item_id, e.id, e.seq, e.approach, e.sample, e.at, e.kind, e.version, e.payload \
                   FROM item i JOIN event e ON e.item = i.key WHERE i.run = $1 AND e.kind = 'extracted'";
        let mut hashes = HashMap::new();
        for row in sqlx::query(sql).bind(key).fetch_all(&mut *db).await? {
            let half = read::half(&row)?;
            if let Event::Extracted(version) = half.hollow.fill(|hash| Some(Text::from(hash)))?
                && let Some(hash) = version.code
            {
                hashes.insert((row.try_get("item_id")?, half.stream, version.step), hash.to_string());
            }
        }
        Ok(hashes)
    }

    /// Takes in label events that other stores tell: what is here already is left as it is, all else is added as it was
    /// given, whole or not at all. Their chains are the caller's to verify. `dry`: nothing is written.
    pub async fn merge(&self, told: Vec<Told>, dry: bool) -> Result<Merged, StoreError> {
        let mut merged = Merged::default();
        let mut sources: HashMap<String, Source> = HashMap::new();
        let mut wanted: Vec<Told> = Vec::new();
        for (at, one) in told.into_iter().enumerate() {
            if !sources.contains_key(&one.run) {
                let source = Source::of(self, &one.run).await?;
                sources.insert(one.run.clone(), source);
            }
            let Some(source) = sources.get_mut(&one.run) else { continue };
            match source {
                Source::Missing => merged.refused.push((at, format!("run `{}` is not in this store", one.run))),
                Source::Here { items, .. } if !items.contains(&one.item) => {
                    merged.refused.push((at, format!("run `{}` has no item `{}` here", one.run, one.item)));
                }
                Source::Here { known, .. } if known.contains(&one.id) => merged.known += 1,
                Source::Here { known, code, .. } => {
                    known.insert(one.id.clone());
                    if let Event::Labelled(label) = &one.event {
                        let version = code.get(&(one.item.clone(), one.stream, label.step));
                        merged.other_code += u32::from(version != Some(&label.code));
                    }
                    merged.added += 1;
                    wanted.push(one);
                }
            }
        }
        merged.runs = wanted.iter().map(|one| one.run.clone()).collect();
        merged.runs.sort_unstable();
        merged.runs.dedup();
        if !dry && !wanted.is_empty() {
            match self.write(Work::Merge(wanted)).await? {
                // Another process may have been faster with some of them.
                Answer::Count(added) => {
                    merged.known += merged.added.saturating_sub(added);
                    merged.added = added;
                }
                _ => return Err(StoreError::WriterGone),
            }
        }
        Ok(merged)
    }
}

/// A run that label events are for.
enum Source {
    Missing,
    Here { items: HashSet<String>, known: HashSet<String>, code: HashMap<(String, StreamId, Step), String> },
}

impl Source {
    async fn of(store: &Store, run: &str) -> Result<Self, StoreError> {
        let mut db = store.reader().await?;
        let key = match read::run(&mut db, run).await {
            Ok((key, _)) => key,
            Err(StoreError::NoSuchRun { .. }) => return Ok(Self::Missing),
            Err(error) => return Err(error),
        };
        let items = read::item_ids(&mut db, key).await?.into_iter().collect();
        let known = all(&mut db, key, run).await?.0.into_iter().map(|it| it.told.id).collect();
        drop(db);
        Ok(Self::Here { items, known, code: store.code_hashes(run).await? })
    }
}

/// Event numbers that are missing inside an item.
async fn holes(db: &mut SqliteConnection, run: i64) -> Result<Vec<String>, StoreError> {
    let sql = "SELECT i.id AS item_id, max(e.seq) - count(*) AS missing FROM event e JOIN item i ON i.key = e.item \
               WHERE i.run = $1 GROUP BY i.key, i.id HAVING max(e.seq) > count(*) ORDER BY i.key";
    let mut holes = Vec::new();
    for row in sqlx::query(sql).bind(run).fetch_all(db).await? {
        let (item, missing): (String, i64) = (row.try_get("item_id")?, row.try_get("missing")?);
        let events = if missing == 1 { "one event is" } else { "events are" };
        holes.push(format!("item `{item}`: {missing} of its event numbers lead nowhere, so {events} gone"));
    }
    Ok(holes)
}

impl Scribe {
    /// Appends what is not here yet; returns how many that were.
    pub(super) async fn merge(&mut self, told: &[Told]) -> Result<u32, StoreError> {
        // What waits for its statement must be seen by the reads below.
        self.flush().await?;
        let mut added = 0;
        let mut queue: Vec<&Told> = told.iter().collect();
        queue.sort_by(|a, b| a.order().cmp(&b.order()));
        for same in queue.chunk_by(|a, b| a.run == b.run) {
            let run = &same[0].run;
            let key = self.run(run).await?.key;
            let (found, broken) = all(&mut self.db, key, run).await?;
            if let Some((.., error)) = broken.into_iter().next() {
                return Err(error);
            }
            let mut numbers: HashMap<(String, String), u32> =
                found.into_iter().map(|it| ((it.told.item, it.told.id), it.seq)).collect();
            let mut waiting = same.to_vec();
            loop {
                let before = waiting.len();
                let mut later = Vec::new();
                for told in waiting {
                    let place = (told.item.clone(), told.id.clone());
                    if numbers.contains_key(&place) {
                        continue;
                    }
                    let about = told.about.as_ref().map(|id| numbers.get(&(told.item.clone(), id.clone())).copied());
                    match about {
                        Some(None) => later.push(told),
                        about => {
                            numbers.insert(place, self.take(told, about.flatten()).await?);
                            added += 1;
                        }
                    }
                }
                waiting = later;
                if waiting.is_empty() {
                    break;
                }
                if waiting.len() == before {
                    let message = format!("item `{}`: {}", waiting[0].item, Wrong::NoLabel);
                    return Err(StoreError::Import { line: 0, message });
                }
            }
            self.cache.heads.retain(|(of, _), _| *of != key);
        }
        Ok(added)
    }

    /// Appends one event as it was given and returns its number here.
    async fn take(&mut self, told: &Told, about: Option<u32>) -> Result<u32, StoreError> {
        self.hold(&told.run, &told.item).await?;
        self.cache.last_event += 1;
        let id = self.cache.last_event;
        let Some(held) = self.cache.get(&told.run, &told.item) else { return Err(StoreError::WriterGone) };
        let seq = held.state.last_seq + 1;
        let mut event = told.event.clone();
        event.set_about(about);
        let (stored, _) = codec::encode(&event)?;
        let (item, stream, at) = (held.key, told.stream, told.at);
        held.state.apply(&Entry { seq, at, stream, event });
        held.touched = true;
        self.cache.pending.events.push(EventRow { id, item, seq, stream, at, stored });
        Ok(seq)
    }
}
