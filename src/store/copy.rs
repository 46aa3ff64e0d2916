//! A new run that begins with what another one has already: its items and some of its streams.

use std::collections::HashSet;

use super::Store;
use super::codec;
use super::error::StoreError;
use super::import::{Bundle, EventOf};
use super::writer::Work;
use crate::core::event::Entry;
use crate::core::fold::ItemState;
use crate::core::ids::StreamId;
use crate::core::settings::RunInfo;

impl Store {
    /// Registers `info` with the items of `from` and the events of the streams that `keep` names, at the times at
    /// which they happened. Labels and second opinions stay where they were given; an unfinished request is left out.
    pub async fn create_run_from(
        &self,
        info: &RunInfo,
        from: &str,
        keep: impl Fn(StreamId) -> bool,
    ) -> Result<(), StoreError> {
        let items = self.items(from).await?;
        let mut bundle = Bundle {
            info: info.clone(),
            labels: false,
            blobs: Vec::new(),
            events: Vec::new(),
            states: Vec::with_capacity(items.len()),
            items,
        };
        let mut known = HashSet::new();
        for place in 0..bundle.items.len() {
            let entries = self.record(from, &bundle.items[place].id).await?.entries;
            let whole = ItemState::of(&entries);
            let stopped = |id| whole.stream(id).is_some_and(|stream| stream.stopped.is_some());
            let mut state = ItemState::default();
            for entry in entries {
                if entry.event.is_afterthought() || !keep(entry.stream) || !stopped(entry.stream) {
                    continue;
                }
                let entry = Entry { seq: state.last_seq + 1, ..entry };
                let (stored, texts) = codec::encode(&entry.event)?;
                bundle.blobs.extend(texts.into_iter().filter(|(hash, _)| known.insert(hash.clone())));
                state.apply(&entry);
                bundle.events.push(EventOf { item: place, seq: entry.seq, at: entry.at, stream: entry.stream, stored });
            }
            bundle.states.push(state);
        }
        self.write(Work::Import(Box::new(bundle))).await.map(drop)
    }
}
