//! What the reducer asks for, done: the only file of this room that touches the store, a model or a runner.
//! Everything comes back as a message.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;

use super::app::message::{Effect, Message, Record, RunData};
use super::app::report::{Agreed, Counted};
use super::counting::Counting;
use super::loading::load_run;
use crate::core::ids::ApproachId;
use crate::llm::Client;
use crate::llm::config::Config;
use crate::metrics::{RunRows, Wanted};
use crate::runner::plan::{Plan, PlanError, prepare, reopen};
use crate::runner::{Control, Runner};
use crate::store::{Store, StoreError};

/// How often the store is asked whether another process wrote to it.
const GLANCE: Duration = Duration::from_secs(2);
/// Updates of a busy run are told together, this often at most.
const PACE: Duration = Duration::from_millis(16);
const BATCH: usize = 4096;
/// Items under way at once in a run that is resumed here.
const SLOTS: usize = 4;

/// Cheap to clone: every effect runs as a task of its own.
#[derive(Clone)]
pub struct Effects {
    shared: Arc<Shared>,
    messages: mpsc::UnboundedSender<Message>,
}

struct Shared {
    db: PathBuf,
    config: Config,
    author: String,
    /// Runs that came with the program, compressed.
    recorded: &'static [&'static [u8]],
    store: tokio::sync::Mutex<Option<Store>>,
    /// The switch of the run that works.
    control: Mutex<Option<Control>>,
    /// What the report was counted over last.
    counting: tokio::sync::Mutex<Option<Counting>>,
}

impl Effects {
    pub fn new(
        db: PathBuf,
        config: Config,
        author: &str,
        recorded: &'static [&'static [u8]],
        messages: mpsc::UnboundedSender<Message>,
    ) -> Self {
        let shared = Shared {
            db,
            config,
            author: author.to_owned(),
            recorded,
            store: tokio::sync::Mutex::new(None),
            control: Mutex::new(None),
            counting: tokio::sync::Mutex::new(None),
        };
        Self { shared: Arc::new(shared), messages }
    }

    fn send(&self, message: Message) {
        // The receiver is gone only when the program ends.
        let _ = self.messages.send(message);
    }

    /// Opens the store on first use.
    pub async fn store(&self) -> Result<Store, StoreError> {
        let mut store = self.shared.store.lock().await;
        if let Some(store) = &*store {
            return Ok(store.clone());
        }
        let shared = self.shared.clone();
        let runtime = tokio::runtime::Handle::current();
        // Migrations are not `Send`: they run to their end on a thread of their own.
        let opening = tokio::task::spawn_blocking(move || runtime.block_on(Store::open(&shared.db)));
        let opened = opening.await.map_err(|_| StoreError::WriterGone)??;
        *store = Some(opened.clone());
        Ok(opened)
    }

    /// Puts the runs that come with the program into the store; true when one was not there yet.
    async fn import(&self) -> Result<bool, StoreError> {
        let store = self.store().await?;
        let before = store.runs().await?.len();
        let (recorded, runtime) = (self.shared.recorded, tokio::runtime::Handle::current());
        // Reading one is work for a processor, and must not keep the screen waiting.
        let importing = tokio::task::spawn_blocking(move || {
            runtime.block_on(async {
                for bytes in recorded {
                    store.import_recorded(bytes).await?;
                }
                Ok::<_, StoreError>(store.runs().await?.len())
            })
        });
        Ok(importing.await.map_err(|_| StoreError::WriterGone)?? > before)
    }

    pub fn perform(&self, effect: Effect) {
        let this = self.clone();
        match effect {
            Effect::Pause(pause) => self.control(|control| if pause { control.pause() } else { control.go_on() }),
            Effect::Stop => self.control(|control| control.stop()),
            effect => {
                tokio::spawn(async move { this.run(effect).await });
            }
        }
    }

    fn control(&self, act: impl FnOnce(&Control)) {
        if let Some(control) = &*self.shared.control.lock().unwrap_or_else(PoisonError::into_inner) {
            act(control);
        }
    }

    async fn run(self, effect: Effect) {
        match effect {
            Effect::Begin(plan) => {
                let ready = self.prepare(*plan).await;
                self.drive(ready).await;
            }
            Effect::Resume(run) => {
                let ready = self.reopen(&run).await;
                self.drive(ready).await;
            }
            effect => {
                if let Some(message) = self.answer(effect).await {
                    self.send(message);
                }
            }
        }
    }

    /// Does what one message answers.
    pub async fn answer(&self, effect: Effect) -> Option<Message> {
        Some(match effect {
            Effect::Import => Message::Imported(told(self.import().await)),
            Effect::LoadRuns(generation) => {
                let runs = async { self.store().await?.runs().await };
                Message::Runs(generation, told(runs.await))
            }
            Effect::LoadRun(generation, run) => Message::Run(generation, told(self.load_run(&run).await).map(Box::new)),
            Effect::LoadRecord { generation, run, item } => {
                Message::Record(generation, told(self.record(run, &item).await))
            }
            Effect::LookUp { generation, run, item } => {
                Message::LookedUp(generation, told(self.record(run, &item).await))
            }
            Effect::Cases { generation, run } => {
                let cases = async { self.store().await?.cases(&run).await };
                Message::Cases(generation, told(cases.await))
            }
            Effect::Count { generation, runs, figure4, after } => {
                tokio::time::sleep(after).await;
                Message::Counted(generation, self.count(runs, figure4).await.map(Box::new))
            }
            Effect::Append { ticket, run, events } => {
                let stored = async { self.store().await?.append_all(&run, events).await };
                Message::Stored(ticket, told(stored.await))
            }
            Effect::Wake(timer, generation, after) => {
                tokio::time::sleep(after).await;
                Message::Woke(timer, generation)
            }
            Effect::Probe { generation, model, base_url } => {
                Message::Probed(generation, self.probe(&model, base_url.as_deref()).await)
            }
            // Runs tell many messages; the loop that owns the terminal does the rest.
            Effect::Begin(_)
            | Effect::Resume(_)
            | Effect::Copy(_)
            | Effect::Edit(_)
            | Effect::Mouse(_)
            | Effect::Suspend
            | Effect::Quit
            | Effect::Review { .. }
            | Effect::Pause(_)
            | Effect::Stop => return None,
        })
    }

    async fn record(&self, run: String, item: &str) -> Result<Box<Record>, StoreError> {
        let found = self.store().await?.record(&run, item).await?;
        Ok(Box::new(Record { run, item: found.item, entries: found.entries }))
    }

    /// All numbers over some runs.
    async fn count(&self, runs: Vec<String>, figure4: ApproachId) -> Result<Counted, String> {
        let (rows, agreed) = told(self.rows_for_count(runs).await)?;
        let wanted = Wanted { figure4, ..Wanted::default() };
        let counted = tokio::task::spawn_blocking(move || Counted::new(rows, &wanted).with_labels(agreed));
        counted.await.map_err(|error| format!("the numbers could not be counted: {error}"))
    }

    /// What was read for the same runs before is read again only where it changed.
    async fn rows_for_count(&self, runs: Vec<String>) -> Result<(Arc<Vec<RunRows>>, Arc<Agreed>), StoreError> {
        let store = self.store().await?;
        let mut counting = self.shared.counting.lock().await;
        Ok(match counting.as_mut().filter(|known| known.wanted == runs) {
            Some(known) => {
                known.refresh(&store).await?;
                (known.rows.clone(), known.agreed.clone())
            }
            None => {
                // The old rows go first: two runs of a million events need not be in memory at once.
                *counting = None;
                let known = counting.insert(Counting::read(&store, runs).await?);
                (known.rows.clone(), known.agreed.clone())
            }
        })
    }

    async fn load_run(&self, run: &str) -> Result<RunData, StoreError> {
        load_run(&self.store().await?, run, &self.shared.author).await
    }

    async fn probe(&self, model: &str, base_url: Option<&str>) -> Result<Vec<String>, String> {
        let model = self.shared.config.model(model, base_url).map_err(|error| error.to_string())?;
        let client = Client::new(&model).map_err(|error| error.to_string())?;
        client.probe().await.map_err(|error| error.message)
    }

    async fn prepare(&self, plan: Plan) -> Result<Runner, PlanError> {
        prepare(plan, &self.store().await?, &self.shared.config).await
    }

    async fn reopen(&self, run: &str) -> Result<Runner, PlanError> {
        reopen(run, &self.store().await?, &self.shared.config, SLOTS).await
    }

    /// Starts a run and tells everything it tells, what has gathered meanwhile in one message.
    async fn drive(&self, ready: Result<Runner, PlanError>) {
        let runner = match ready {
            Ok(runner) => runner,
            Err(error) => return self.send(Message::Begun(Err(error.to_string()))),
        };
        let data = match self.load_run(&runner.info.id).await {
            Ok(data) => data,
            Err(error) => return self.send(Message::Begun(Err(error.to_string()))),
        };
        let mut handle = runner.start();
        *self.shared.control.lock().unwrap_or_else(PoisonError::into_inner) = Some(handle.control.clone());
        self.send(Message::Begun(Ok(Box::new(data))));
        let mut batch = Vec::new();
        while handle.updates.recv_many(&mut batch, BATCH).await > 0 {
            self.send(Message::Live(std::mem::take(&mut batch)));
            tokio::time::sleep(PACE).await;
        }
        if let Err(error) = handle.finish().await {
            self.send(Message::Ended(error.to_string()));
        }
    }

    /// Tells when another process has written; a question to SQLite every two seconds, and nothing in between.
    pub fn watch(&self) {
        let this = self.clone();
        tokio::spawn(async move {
            let Ok(store) = this.store().await else { return };
            let mut known = store.data_version().await.ok();
            loop {
                tokio::time::sleep(GLANCE).await;
                let now = store.data_version().await.ok();
                if now.is_some() && now != known {
                    known = now;
                    this.send(Message::Changed);
                }
            }
        });
    }
}

fn told<T>(result: Result<T, StoreError>) -> Result<T, String> {
    result.map_err(|error| error.to_string())
}
