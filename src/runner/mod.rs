//! Floor 3: drives approaches: asks them for the next action, performs it, appends what came of it, asks again.
//! It does not know one approach from another.

mod control;
mod item;
pub mod plan;
mod recorder;
pub mod rescan;
pub mod sources;
pub mod templates;
pub mod test;
pub mod update;
pub mod verification;
pub mod verify;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

pub use control::{Control, Mode};
pub use item::check;

use crate::core::settings::RunInfo;
use crate::llm::Client;
use crate::sandbox::Tester;
use crate::scanner::Scanner;
use crate::store::{DriverLock, Store, StoreError};
use update::{SlotState, Summary, Update};

#[derive(Debug, thiserror::Error)]
pub enum RunError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a worker of the run ended early: {0}")]
    Worker(String),
}

/// Everything a run needs, ready to start. Holds the run's driver lock, so only one process drives it.
pub struct Runner {
    pub info: Arc<RunInfo>,
    pub store: Store,
    pub client: Client,
    pub scanner: Scanner,
    /// Runs tests, where the run judges by them.
    pub tester: Option<Tester>,
    pub concurrency: usize,
    _lock: DriverLock,
}

/// A run under way.
pub struct Handle {
    pub info: Arc<RunInfo>,
    pub updates: mpsc::UnboundedReceiver<Update>,
    pub control: Control,
    task: JoinHandle<Result<Summary, RunError>>,
}

impl Handle {
    /// Waits for the end: every item done or failed, or the run stopped and its slots at rest.
    pub async fn finish(self) -> Result<Summary, RunError> {
        self.task.await.map_err(|error| RunError::Worker(error.to_string()))?
    }
}

impl Runner {
    pub fn start(self) -> Handle {
        let (sender, updates) = mpsc::unbounded_channel();
        let control = Control::default();
        let info = self.info.clone();
        let task = tokio::spawn(self.drive(sender, control.clone()));
        Handle { info, updates, control, task }
    }

    async fn drive(self, updates: mpsc::UnboundedSender<Update>, control: Control) -> Result<Summary, RunError> {
        let items: Vec<String> = self.store.items(&self.info.id).await?.into_iter().map(|item| item.id).collect();
        let slots = self.concurrency.clamp(1, items.len().max(1));
        let shared = Arc::new(Shared { runner: self, items, next: AtomicUsize::new(0), updates, control });
        let mut workers = JoinSet::new();
        for slot in 0..slots {
            workers.spawn(Shared::work(shared.clone(), slot));
        }
        while let Some(worker) = workers.join_next().await {
            worker.map_err(|error| RunError::Worker(error.to_string()))??;
        }
        let summary = Summary::read(&shared.runner.store, &shared.runner.info.id).await?;
        let _ = shared.updates.send(Update::Finished(summary.clone()));
        Ok(summary)
    }
}

struct Shared {
    runner: Runner,
    items: Vec<String>,
    next: AtomicUsize,
    updates: mpsc::UnboundedSender<Update>,
    control: Control,
}

impl Shared {
    async fn work(self: Arc<Self>, slot: usize) -> Result<(), RunError> {
        while self.control.may_go_on().await {
            let Some(id) = self.items.get(self.next.fetch_add(1, Ordering::Relaxed)) else { break };
            item::Worker::new(&self, slot, id).run().await?;
        }
        self.tell(Update::Slot { slot, state: SlotState::Idle });
        Ok(())
    }

    fn tell(&self, update: Update) {
        // Nobody watching is no reason to stop working.
        let _ = self.updates.send(update);
    }
}
