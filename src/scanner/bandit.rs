//! Real Bandit, kept warm: one worker, one request at a time, restarted when it dies or hangs.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};

use super::locate::{Interpreter, locate};
use super::worker::{Fault, Worker};
use super::{Options, ScannerError, failed};
use crate::core::finding::{Finding, ScanError, ScannerId};

type Outcome = Result<Vec<Finding>, ScanError>;

/// A file that costs the worker this many lives is given up.
const TRIES: u32 = 2;
/// Bandit is slower than this only when something is wrong.
const BYTES_PER_SECOND: u64 = 50_000;

#[derive(Debug, Clone)]
pub struct Bandit(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    id: ScannerId,
    python: String,
    jobs: mpsc::Sender<Job>,
    /// True asks the keeper to end; dropping it does too.
    stop: watch::Sender<bool>,
}

#[derive(Debug)]
struct Job {
    code: Vec<u8>,
    reply: oneshot::Sender<Outcome>,
}

impl Bandit {
    pub async fn open(options: &Options) -> Result<Self, ScannerError> {
        let interpreter = locate(options)?;
        let unusable = |fault: Fault| {
            let problem = match fault {
                Fault::Start(problem) => problem,
                other => other.to_string(),
            };
            ScannerError::Unusable { path: interpreter.program.clone(), problem }
        };
        let (worker, hello) = Worker::start(&interpreter).await.map_err(unusable)?;
        let (jobs, queue) = mpsc::channel(64);
        let (stop, stopped) = watch::channel(false);
        let keeper = Keeper { interpreter, deadline: options.deadline, worker: Some(worker) };
        tokio::spawn(keeper.run(queue, stopped));
        let id = ScannerId { name: "bandit".to_owned(), version: hello.bandit };
        Ok(Self(Arc::new(Shared { id, python: hello.python, jobs, stop })))
    }

    pub fn id(&self) -> &ScannerId {
        &self.0.id
    }

    pub fn python(&self) -> &str {
        &self.0.python
    }

    pub async fn scan(&self, code: &[u8]) -> Outcome {
        let (reply, answer) = oneshot::channel();
        let closed = || failed("the scanner is closed");
        self.0.jobs.send(Job { code: code.to_vec(), reply }).await.map_err(|_| closed())?;
        answer.await.unwrap_or_else(|_| Err(closed()))
    }

    pub async fn close(&self) {
        self.0.stop.send_replace(true);
        self.0.jobs.closed().await;
    }
}

struct Keeper {
    interpreter: Interpreter,
    deadline: Duration,
    worker: Option<Worker>,
}

impl Keeper {
    async fn run(mut self, mut queue: mpsc::Receiver<Job>, mut stopped: watch::Receiver<bool>) {
        let work = async {
            while let Some(job) = queue.recv().await {
                let outcome = self.scan(&job.code).await;
                // Nobody waits for it any more: nothing to do.
                let _ = job.reply.send(outcome);
            }
        };
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => {}
            () = work => {}
        }
        if let Some(worker) = self.worker.take() {
            worker.kill().await;
        }
        // `close` waits for this.
        drop(queue);
    }

    async fn scan(&mut self, code: &[u8]) -> Outcome {
        let deadline = self.deadline + Duration::from_secs(code.len() as u64 / BYTES_PER_SECOND);
        let mut last = None;
        for _ in 0..TRIES {
            match self.attempt(code, deadline).await {
                Ok(outcome) => return outcome,
                Err(fault) => {
                    tracing::warn!("{fault}; starting it again");
                    if let Some(worker) = self.worker.take() {
                        worker.kill().await;
                    }
                    last = Some(fault);
                }
            }
        }
        Err(failed(last.map_or_else(String::new, |fault| format!("{fault}, {TRIES} times"))))
    }

    async fn attempt(&mut self, code: &[u8], deadline: Duration) -> Result<Outcome, Fault> {
        let worker = match &mut self.worker {
            Some(worker) => worker,
            none => none.insert(Worker::start(&self.interpreter).await?.0),
        };
        worker.scan(code, deadline).await
    }
}
