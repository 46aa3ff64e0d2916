//! What the writer does inside a transaction.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::cache::{Head, Run};
use super::error::StoreError;
use super::import::Bundle;
use super::table::{self, EventRow};
use super::writer::Scribe;
use super::{codec, read};
use crate::core::chain::{self, Place};
use crate::core::event::{Entry, Event};
use crate::core::fold::{ItemState, LabelEntry, Stream};
use crate::core::ids::{Step, StreamId};
use crate::core::item::Item;
use crate::core::label::Link;
use crate::core::settings::RunInfo;

impl Scribe {
    async fn refuse_known(&mut self, run: &str) -> Result<(), StoreError> {
        let sql = "SELECT count(*) FROM run WHERE id = $1";
        let known: i64 = sqlx::query_scalar(sql).bind(run).fetch_one(&mut self.db).await?;
        if known > 0 { Err(StoreError::RunExists { run: run.to_owned() }) } else { Ok(()) }
    }

    pub(super) async fn create_run(&mut self, info: &RunInfo, items: &[Item]) -> Result<(), StoreError> {
        self.refuse_known(&info.id).await?;
        let mut seen = HashSet::new();
        if let Some(twice) = items.iter().find(|item| !seen.insert(item.id.as_str())) {
            return Err(StoreError::DuplicateItem { run: info.id.clone(), item: twice.id.clone() });
        }
        self.insert_run(info, items).await.map(drop)
    }

    /// The key of the run, and that of its first item.
    async fn insert_run(&mut self, info: &RunInfo, items: &[Item]) -> Result<(i64, i64), StoreError> {
        let key = table::last(&mut self.db, "SELECT max(key) FROM run").await? + 1;
        let first = table::last(&mut self.db, "SELECT max(key) FROM item").await? + 1;
        table::insert_run(&mut self.db, key, info).await?;
        table::insert_items(&mut self.db, key, first, items).await?;
        Ok((key, first))
    }

    /// Puts in a run that was read from a file, unless one of that name has come in the meantime.
    pub(super) async fn import(&mut self, bundle: &Bundle) -> Result<(), StoreError> {
        let info = &bundle.info;
        self.refuse_known(&info.id).await?;
        self.flush().await?;
        let (run, first) = self.insert_run(info, &bundle.items).await?;
        table::insert_blobs(&mut self.db, &bundle.blobs).await?;
        let mut id = self.cache.last_event;
        let mut events = Vec::with_capacity(bundle.events.len());
        for event in &bundle.events {
            id += 1;
            events.push(EventRow {
                id,
                item: first + event.item as i64,
                seq: event.seq,
                stream: event.stream,
                at: event.at,
                stored: event.stored.clone(),
            });
        }
        table::insert_events(&mut self.db, &events).await?;
        self.cache.last_event = id;
        let mut rows = Vec::new();
        for (key, (item, state)) in (first..).zip(bundle.items.iter().zip(&bundle.states)) {
            rows.extend(table::project(run, key, &item.id, state, info));
        }
        table::upsert_projection(&mut self.db, &rows).await
    }

    pub(super) async fn run(&mut self, run: &str) -> Result<Arc<Run>, StoreError> {
        if let Some(run) = self.cache.runs.get(run) {
            return Ok(run.clone());
        }
        let (key, info) = read::run(&mut self.db, run).await?;
        let held = Arc::new(Run { key, info });
        self.cache.runs.insert(run.to_owned(), held.clone());
        Ok(held)
    }

    /// Makes sure that the item's state is held and is that of the database.
    pub(super) async fn hold(&mut self, run: &str, item: &str) -> Result<(), StoreError> {
        let held = self.cache.get(run, item).map(|held| (held.key, held.state.last_seq, held.doubtful));
        if let Some((key, last_seq, doubtful)) = held {
            if !doubtful {
                return Ok(());
            }
            let last: Option<u32> = sqlx::query_scalar("SELECT max(seq) FROM event WHERE item = $1")
                .bind(key)
                .fetch_one(&mut self.db)
                .await?;
            if last.unwrap_or(0) == last_seq {
                if let Some(held) = self.cache.get(run, item) {
                    held.doubtful = false;
                }
                return Ok(());
            }
        }
        let known = self.run(run).await?;
        let (key, _) = read::item(&mut self.db, (known.key, run), item).await?;
        let entries = read::outline(&mut self.db, key).await?;
        self.cache.hold(&known, key, item, ItemState::of(&entries));
        Ok(())
    }

    pub(super) async fn append(
        &mut self,
        run: &str,
        item: &str,
        events: &[(StreamId, Event)],
    ) -> Result<Vec<Entry>, StoreError> {
        self.hold(run, item).await?;
        let heads = self.heads(run, events).await?;
        let mut last_event = self.cache.last_event;
        let Some(held) = self.cache.get(run, item) else { return Err(StoreError::WriterGone) };
        check(&held.run.info, &held.id, &held.state, events)?;
        let mut heads = heads;
        let mut entries = Vec::with_capacity(events.len());
        let mut rows = Vec::with_capacity(events.len());
        let mut blobs = Vec::new();
        for (stream, event) in events {
            let mut event = event.clone();
            codec::normalise(&mut event);
            last_event += 1;
            let seq = held.state.last_seq + 1 + entries.len() as u32;
            let mut at = table::now();
            if let Some(author) = event.author().map(str::to_owned) {
                let head = heads.entry(author).or_default();
                at = head.next(at);
                chain(&mut event, Place { run, item, stream: *stream, at }, head, &held.state);
            }
            let (stored, texts) = codec::encode(&event)?;
            blobs.extend(texts);
            rows.push(EventRow { id: last_event, item: held.key, seq, stream: *stream, at, stored });
            entries.push(Entry { seq, at, stream: *stream, event });
        }
        for entry in &entries {
            held.state.apply(entry);
        }
        held.touched |= !entries.is_empty();
        let run_key = held.run.key;
        for (author, head) in heads {
            self.cache.heads.insert((run_key, author), head);
        }
        self.cache.last_event = last_event;
        self.cache.pending.blobs.extend(blobs);
        self.cache.pending.events.extend(rows);
        Ok(entries)
    }

    pub(super) async fn append_all(
        &mut self,
        run: &str,
        events: &[(String, StreamId, Event)],
    ) -> Result<Vec<(String, Entry)>, StoreError> {
        let of_items = |group: &[(String, StreamId, Event)]| -> Vec<(StreamId, Event)> {
            group.iter().map(|(_, stream, event)| (*stream, event.clone())).collect()
        };
        let same = |a: &(String, StreamId, Event), b: &(String, StreamId, Event)| a.0 == b.0;
        // What would be refused is known before anything is written.
        for group in events.chunk_by(same) {
            self.hold(run, &group[0].0).await?;
            let Some(held) = self.cache.get(run, &group[0].0) else { return Err(StoreError::WriterGone) };
            check(&held.run.info, &held.id, &held.state, &of_items(group))?;
        }
        let mut told = Vec::with_capacity(events.len());
        for group in events.chunk_by(same) {
            let item = &group[0].0;
            let entries = self.append(run, item, &of_items(group)).await?;
            told.extend(entries.into_iter().map(|entry| (item.clone(), entry)));
        }
        Ok(told)
    }

    /// The last event in the chain of every author of `events`.
    async fn heads(&mut self, run: &str, events: &[(StreamId, Event)]) -> Result<HashMap<String, Head>, StoreError> {
        let mut heads = HashMap::new();
        for author in events.iter().filter_map(|(_, event)| event.author()) {
            if heads.contains_key(author) {
                continue;
            }
            let key = (self.run(run).await?.key, author.to_owned());
            let head = match self.cache.heads.get(&key) {
                Some(head) => head.clone(),
                None => read::head(&mut self.db, key.0, author).await?,
            };
            heads.insert(key.1, head);
        }
        Ok(heads)
    }

    /// Sends everything that waits to the database, inside the open transaction.
    pub(super) async fn flush(&mut self) -> Result<(), StoreError> {
        let mut pending = std::mem::take(&mut self.cache.pending);
        let mut seen = HashSet::new();
        pending.blobs.retain(|(hash, _)| seen.insert(hash.clone()));
        table::insert_blobs(&mut self.db, &pending.blobs).await?;
        table::insert_events(&mut self.db, &pending.events).await?;
        let rows = self.cache.changed_rows();
        table::upsert_projection(&mut self.db, &rows).await
    }

    /// Makes a run's projection anew from its events.
    pub(super) async fn rebuild(&mut self, run: i64) -> Result<(), StoreError> {
        self.flush().await?;
        let (id, info): (String, String) =
            sqlx::query_as("SELECT id, info FROM run WHERE key = $1").bind(run).fetch_one(&mut self.db).await?;
        let info = read::parse_run(&id, &info)?;
        sqlx::query("DELETE FROM projection WHERE run = $1").bind(run).execute(&mut self.db).await?;
        let items: Vec<(i64, String)> =
            sqlx::query_as("SELECT key, id FROM item WHERE run = $1").bind(run).fetch_all(&mut self.db).await?;
        for (key, item) in items {
            let entries = read::outline(&mut self.db, key).await?;
            let rows = table::project(run, key, &item, &ItemState::of(&entries), &info);
            table::upsert_projection(&mut self.db, &rows).await?;
        }
        Ok(())
    }
}

/// Puts a label event into its author's chain. What a label replaces is the store's to know: the author's last word on
/// the version, wherever it was said, and what contradicts it.
pub(super) fn chain(event: &mut Event, place: Place<'_>, head: &mut Head, state: &ItemState) {
    if let Event::Labelled(label) = event {
        let version = state.stream(place.stream).and_then(|stream| stream.version(label.step)?.code.as_ref());
        if let Some(code) = version.filter(|_| label.code.is_empty()) {
            label.code = code.hash();
        }
        let same = |entry: &&LabelEntry| {
            let known = &entry.label;
            entry.active
                && entry.stream == place.stream
                && (&known.author, known.step) == (&label.author, label.step)
                && (known.settles(), known.adjudicates, known.probe) == (true, label.adjudicates, label.probe)
        };
        let before: Vec<&LabelEntry> = state.labels.iter().filter(same).filter(|_| label.settles()).collect();
        let last = before.last().map(|entry| entry.seq);
        let others = state.ends(&before).into_iter().filter(|entry| Some(entry.seq) != last);
        label.also_replaces = others.filter_map(|entry| entry.id().map(str::to_owned)).collect();
        label.replaces = last;
    }
    let about = event.about().and_then(|seq| state.labels.iter().find(|entry| entry.seq == seq));
    let about = about.and_then(LabelEntry::id);
    let id = chain::id(&place, event, about, head.id.as_deref());
    if let Some(link) = event.link_mut() {
        *link = Some(Link { id: id.clone(), prev: head.id.take() });
    }
    *head = Head { id: Some(id), at: Some(place.at) };
}

impl Head {
    /// When the author's next event is, at the earliest `now`: labels keep their order even where a clock was set back.
    pub(super) fn next(&self, now: jiff::Timestamp) -> jiff::Timestamp {
        let step = jiff::SignedDuration::from_micros(1);
        self.at.map_or(now, |before| now.max(before.checked_add(step).unwrap_or(before)))
    }
}

/// Refuses events that would contradict what the item's streams hold already.
pub(super) fn check(
    info: &RunInfo,
    item: &str,
    state: &ItemState,
    events: &[(StreamId, Event)],
) -> Result<(), StoreError> {
    let run = || info.id.clone();
    let item = || item.to_owned();
    for (at, (stream, event)) in events.iter().enumerate() {
        let stream = *stream;
        let kind = event.kind();
        let known = state.stream(stream);
        let before = || events[..at].iter().filter(|(id, _)| *id == stream).map(|(_, event)| event);
        match event {
            Event::LabelUndone(turn) | Event::LabelRedone(turn)
                if !state.labels.iter().any(|entry| entry.seq == turn.label) =>
            {
                return Err(StoreError::NoSuchLabel { run: run(), item: item(), label: turn.label, kind });
            }
            Event::Rescanned(_) | Event::Executed(_) if !has_version(known, event.step(), before()) => {
                let step = event.step().unwrap_or(Step::Given);
                return Err(StoreError::NoSuchVersion { run: run(), item: item(), stream, step });
            }
            _ if event.is_afterthought() => continue,
            _ if info.recorded => return Err(StoreError::Frozen { run: run(), kind }),
            _ => {}
        }
        if known.is_some_and(|known| known.stopped.is_some()) || before().any(|e| matches!(e, Event::Stopped(_))) {
            return Err(StoreError::StreamStopped { run: run(), item: item(), stream, kind });
        }
        if let Event::Asked(_) | Event::Answered(_) | Event::CallFailed(_) = event
            && let Some(step) = event.step()
        {
            let answered = known.is_some_and(|known| known.answer(step).is_some())
                || before().any(|e| matches!(e, Event::Answered(answer) if answer.step == step));
            if answered {
                return Err(StoreError::AnsweredAlready { run: run(), item: item(), stream, step, kind });
            }
            let asked = known.is_some_and(|known| known.exchanges.iter().any(|exchange| exchange.step == step))
                || before().any(|e| matches!(e, Event::Asked(asked) if asked.step == step));
            if !asked && !matches!(event, Event::Asked(_)) {
                return Err(StoreError::NotAsked { run: run(), item: item(), stream, step, kind });
            }
        }
    }
    Ok(())
}

/// Whether the stream holds code of that step, stored or among the events `before`.
fn has_version<'a>(known: Option<&Stream>, step: Option<Step>, mut before: impl Iterator<Item = &'a Event>) -> bool {
    let Some(step) = step else { return false };
    known.is_some_and(|known| known.version(step).is_some())
        || before.any(|event| matches!(event, Event::Extracted(extracted) if extracted.step == step))
}
