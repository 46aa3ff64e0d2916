use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use crossterm::event::{Event, EventStream, KeyEvent, KeyEventKind, MouseEvent};
use futures::StreamExt;

use super::background::{Ground, Listener, Sorted};

/// What comes in from the terminal and from whoever runs it.
#[derive(Debug)]
pub enum Input {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    /// Columns and rows.
    Resize(u16, u16),
    Focus(bool),
    /// What the terminal answered to [`super::Session::ask_ground`].
    Ground(Ground),
    /// SIGTERM or SIGHUP: save and end.
    Terminate,
    /// SIGTSTP: call [`super::Session::stop`].
    Stop,
    /// SIGCONT: call [`super::Session::retake`].
    Continued,
    /// The terminal is gone or cannot be read: end.
    Closed(Option<io::Error>),
}

/// Reads the terminal and the process's signals. Must be made inside a tokio runtime.
pub struct Events {
    stream: Option<EventStream>,
    signals: Signals,
    closed: bool,
    listener: Listener,
    /// What came already and is to be told next.
    queue: VecDeque<Input>,
}

/// How long an answer under way is waited for before another program gets the terminal.
const LINGER: Duration = Duration::from_millis(150);

impl Events {
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            stream: Some(EventStream::new()),
            signals: Signals::new()?,
            closed: false,
            listener: Listener::default(),
            queue: VecDeque::new(),
        })
    }

    /// An answer about the terminal's ground may come from now on, and is no key.
    pub fn listen(&mut self) {
        self.listener.listen();
    }

    /// Waits a moment for an answer that is still awaited, where it was asked for just now. Whatever comes is told by [`Events::next`].
    pub async fn linger(&mut self, asked: Option<Instant>) {
        let mut came = VecDeque::new();
        if asked.is_some_and(|asked| asked.elapsed() < Duration::from_secs(2)) {
            let until = Instant::now() + LINGER;
            while self.listener.is_waiting()
                && let Ok(input) = tokio::time::timeout_at(until.into(), self.next()).await
            {
                let over = matches!(input, Input::Closed(_) | Input::Terminate);
                came.push_back(input);
                if over {
                    break;
                }
            }
        }
        self.queue.extend(came);
    }

    /// Stops reading the terminal, so that another program gets its keys.
    pub fn pause(&mut self) {
        self.stream = None;
    }

    /// Reads on. What the terminal signalled meanwhile was meant for the other program.
    pub fn resume(&mut self) -> io::Result<()> {
        if self.stream.is_none() && !self.closed {
            self.signals = Signals::new()?;
            self.stream = Some(EventStream::new());
        }
        Ok(())
    }

    /// The next input; waits without waking while there is none. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Input {
        loop {
            if let Some(input) = self.queue.pop_front() {
                return input;
            }
            let late = self.listener.deadline();
            let late = async {
                match late {
                    Some(until) => tokio::time::sleep_until(until.into()).await,
                    None => std::future::pending().await,
                }
            };
            let event = async {
                match &mut self.stream {
                    Some(stream) => stream.next().await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                event = event => event,
                signal = self.signals.next() => return signal,
                () = late => {
                    self.queue.extend(self.listener.late().into_iter().map(Input::Key));
                    continue;
                }
            };
            return match event {
                Some(Ok(Event::Key(key))) if key.kind == KeyEventKind::Release => continue,
                Some(Ok(Event::Key(key))) => match self.listener.sort(key, Instant::now()) {
                    Sorted::Keys(keys) => {
                        self.queue.extend(keys.into_iter().map(Input::Key));
                        continue;
                    }
                    Sorted::Ground(ground) => Input::Ground(ground),
                },
                Some(Ok(Event::Paste(text))) => Input::Paste(text),
                Some(Ok(Event::Mouse(mouse))) => Input::Mouse(mouse),
                Some(Ok(Event::Resize(columns, rows))) => Input::Resize(columns, rows),
                Some(Ok(Event::FocusGained)) => Input::Focus(true),
                Some(Ok(Event::FocusLost)) => Input::Focus(false),
                Some(Err(error)) => self.close(Some(error)),
                None => self.close(None),
            };
        }
    }

    /// A terminal that fails once fails for ever: reading on would spin.
    fn close(&mut self, error: Option<io::Error>) -> Input {
        self.stream = None;
        self.closed = true;
        Input::Closed(error)
    }
}

#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
    /// Of a terminal that another program has; in raw mode ctrl-c is a key.
    interrupt: tokio::signal::unix::Signal,
    stop: tokio::signal::unix::Signal,
    go_on: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let number = |signal: rustix::process::Signal| SignalKind::from_raw(signal.as_raw());
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            stop: signal(number(rustix::process::Signal::TSTP))?,
            go_on: signal(number(rustix::process::Signal::CONT))?,
        })
    }

    async fn next(&mut self) -> Input {
        tokio::select! {
            _ = self.terminate.recv() => Input::Terminate,
            _ = self.hang_up.recv() => Input::Terminate,
            _ = self.interrupt.recv() => Input::Terminate,
            _ = self.stop.recv() => Input::Stop,
            _ = self.go_on.recv() => Input::Continued,
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> Input {
        std::future::pending().await
    }
}
