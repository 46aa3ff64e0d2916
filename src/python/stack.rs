//! Threads with a large stack, shared by everything that parses.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use futures::channel::oneshot;

/// Only pages that are touched become memory; see `nesting` for how deep a tree may be.
const STACK: usize = 256 << 20;
const NAME: &str = "fdsp-python";

type Job = Box<dyn FnOnce() + Send>;

static POOL: LazyLock<Sender<Job>> = LazyLock::new(|| {
    let (sender, receiver) = channel::<Job>();
    let receiver = Arc::new(Mutex::new(receiver));
    for _ in 0..std::thread::available_parallelism().map_or(2, |n| n.get().min(8)) {
        let receiver = Arc::clone(&receiver);
        let started = std::thread::Builder::new().name(NAME.to_owned()).stack_size(STACK).spawn(move || {
            while let Some(job) = next(&receiver) {
                job()
            }
        });
        if let Err(error) = started {
            tracing::error!("cannot start a thread to parse on: {error}");
        }
    }
    sender
});

fn next(receiver: &Mutex<Receiver<Job>>) -> Option<Job> {
    receiver.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

/// The parser panicked, or no thread could be started for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the parser broke on this code: {0}")]
pub struct Broken(String);

/// True on the threads whose panics are caught: a panic hook that restores the terminal leaves them alone.
pub fn on_worker_thread() -> bool {
    std::thread::current().name() == Some(NAME)
}

/// Runs `work` on a large stack and waits for it.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Broken> {
    let (sender, receiver) = sync_channel(1);
    submit(work, move |result| drop(sender.send(result)));
    receiver.recv().unwrap_or_else(|_| Err(no_thread()))
}

/// As [`run`], without blocking the caller's thread.
pub async fn run_async<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Broken> {
    let (sender, receiver) = oneshot::channel();
    submit(work, move |result| drop(sender.send(result)));
    receiver.await.unwrap_or_else(|_| Err(no_thread()))
}

fn submit<T>(work: impl FnOnce() -> T + Send + 'static, done: impl FnOnce(Result<T, Broken>) + Send + 'static) {
    let job = move || {
        let result = catch_unwind(AssertUnwindSafe(work));
        done(result.map_err(|panic| Broken(message(panic.as_ref()))));
    };
    // A job that finds no thread is dropped, and its sender with it: the waiting side sees that.
    let _ = POOL.send(Box::new(job));
}

fn no_thread() -> Broken {
    Broken("no thread with a large stack could be started".to_owned())
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic without a message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_and_the_next_call_works() {
        assert_eq!(run(|| -> u8 { panic!("as told") }), Err(Broken("as told".to_owned())));
        assert_eq!(run(|| 7), Ok(7));
        assert_eq!(run(on_worker_thread), Ok(true));
        assert!(!on_worker_thread());
    }
}
