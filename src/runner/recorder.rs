//! Appends one item's events in order while the next request is already under way.

use tokio::task::JoinHandle;

use super::{RunError, Shared};
use crate::core::event::{Entry, Event};
use crate::core::fold::ItemState;
use crate::core::ids::StreamId;
use crate::store::StoreError;

use super::update::Update;

/// Events go to the store in the order they are pushed; at most one batch is on its way, the rest waits its turn.
pub struct Recorder<'a> {
    shared: &'a Shared,
    item: &'a str,
    pending: Vec<(StreamId, Event)>,
    flight: Option<JoinHandle<Result<Vec<Entry>, StoreError>>>,
    /// The state as of the last push, durable or not.
    pub state: ItemState,
}

impl<'a> Recorder<'a> {
    pub fn new(shared: &'a Shared, item: &'a str, state: ItemState) -> Self {
        Self { shared, item, pending: Vec::new(), flight: None, state }
    }

    pub async fn push(&mut self, stream: StreamId, event: Event) -> Result<(), RunError> {
        // Labels of other processes may take numbers in between; nothing in an approach depends on the number.
        let seq = self.state.last_seq + 1;
        let entry = Entry { seq, at: jiff::Timestamp::now(), stream, event };
        self.state.apply(&entry);
        self.pending.push((stream, entry.event));
        if self.flight.as_ref().is_some_and(JoinHandle::is_finished) {
            self.land().await?;
        }
        if self.flight.is_none() {
            self.take_off();
        }
        Ok(())
    }

    /// Returns when everything pushed so far is durable.
    pub async fn settle(&mut self) -> Result<(), RunError> {
        loop {
            self.land().await?;
            if self.pending.is_empty() {
                return Ok(());
            }
            self.take_off();
        }
    }

    fn take_off(&mut self) {
        let events = std::mem::take(&mut self.pending);
        let (store, run, item) =
            (self.shared.runner.store.clone(), self.shared.runner.info.id.clone(), self.item.to_owned());
        self.flight = Some(tokio::spawn(async move { store.append(&run, &item, events).await }));
    }

    async fn land(&mut self) -> Result<(), RunError> {
        let Some(flight) = &mut self.flight else { return Ok(()) };
        let landed = flight.await;
        self.flight = None;
        let entries = landed.map_err(|error| RunError::Worker(error.to_string()))??;
        self.shared.tell(Update::Entries { item: self.item.to_owned(), entries });
        Ok(())
    }
}
