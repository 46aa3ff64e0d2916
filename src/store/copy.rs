//! A new run that begins with events: another run's items and some of its streams, or what came from elsewhere.

use std::collections::{HashMap, HashSet};

use super::cache::Head;
use super::error::StoreError;
use super::import::{Bundle, EventOf};
use super::writer::Work;
use super::{Store, append, codec, table};
use crate::core::chain::Place;
use crate::core::event::{Entry, Event};
use crate::core::fold::ItemState;
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::settings::RunInfo;

impl Store {
    /// Registers `info` with `items`, and for those that `from` has too the events of the streams that `keep` names by
    /// the item there and here, at the times at which they happened. Labels, tests and second opinions stay where they
    /// were given; an unfinished request is left out.
    pub async fn create_run_from(
        &self,
        info: &RunInfo,
        from: &str,
        items: &[Item],
        keep: impl Fn(&Item, &Item, StreamId) -> bool,
    ) -> Result<(), StoreError> {
        let mut filling = Filling::new(info, items.to_vec());
        let known: HashSet<String> = self.items(from).await?.into_iter().map(|item| item.id).collect();
        for (place, item) in items.iter().enumerate().filter(|(_, item)| known.contains(&item.id)) {
            let record = self.record(from, &item.id).await?;
            let whole = ItemState::of(&record.entries);
            let kept = |id: StreamId| {
                whole.stream(id).is_some_and(|stream| stream.stopped.is_some()) && keep(&record.item, item, id)
            };
            for entry in &record.entries {
                if !entry.event.is_afterthought() && kept(entry.stream) {
                    filling.push(place, entry.at, entry.stream, entry.event.clone())?;
                }
            }
        }
        self.write(Work::Import(Box::new(filling.bundle))).await.map(drop)
    }

    /// Registers a run that is known whole: `events[i]` happened to `items[i]`. All of it is stored, or nothing.
    pub async fn create_run_with(
        &self,
        info: &RunInfo,
        items: Vec<Item>,
        events: Vec<Vec<(StreamId, Event)>>,
    ) -> Result<(), StoreError> {
        let mut seen = HashSet::new();
        if let Some(twice) = items.iter().find(|item| !seen.insert(item.id.as_str())) {
            return Err(StoreError::DuplicateItem { run: info.id.clone(), item: twice.id.clone() });
        }
        let mut filling = Filling::new(info, items);
        let at = table::now();
        for (place, events) in events.into_iter().enumerate() {
            for (stream, event) in events {
                filling.push(place, at, stream, event)?;
            }
        }
        self.write(Work::Import(Box::new(filling.bundle))).await.map(drop)
    }
}

/// A bundle that grows event by event, each checked against those before it.
struct Filling {
    bundle: Bundle,
    known: HashSet<String>,
    /// By author.
    heads: HashMap<String, Head>,
}

impl Filling {
    fn new(info: &RunInfo, items: Vec<Item>) -> Self {
        let states = vec![ItemState::default(); items.len()];
        let (blobs, events) = (Vec::new(), Vec::new());
        let bundle = Bundle { info: info.clone(), labels: true, blobs, events, states, items };
        Self { bundle, known: HashSet::new(), heads: HashMap::new() }
    }

    fn push(&mut self, place: usize, at: jiff::Timestamp, stream: StreamId, event: Event) -> Result<(), StoreError> {
        let Bundle { info, items, states, blobs, events, .. } = &mut self.bundle;
        let mut one = [(stream, event)];
        append::check(info, &items[place].id, &states[place], &one)?;
        codec::normalise(&mut one[0].1);
        let [(stream, mut event)] = one;
        let mut at = at;
        if let Some(author) = event.author().map(str::to_owned) {
            let head = self.heads.entry(author).or_default();
            at = head.next(at);
            let there = Place { run: &info.id, item: &items[place].id, stream, at };
            append::chain(&mut event, there, head, &states[place]);
        }
        let (stored, texts) = codec::encode(&event)?;
        blobs.extend(texts.into_iter().filter(|(hash, _)| self.known.insert(hash.clone())));
        let seq = states[place].last_seq + 1;
        states[place].apply(&Entry { seq, at, stream, event });
        events.push(EventOf { item: place, seq, at, stream, stored });
        Ok(())
    }
}
