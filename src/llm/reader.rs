//! A response's bytes as events, under deadlines and limits, whatever the bytes are.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use eventsource_stream::{Event, EventStream, EventStreamError, Eventsource};
use futures::stream::{BoxStream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::call::Reason;
use super::config::Deadlines;

/// How long a finished answer waits for the usage that may still come.
const GRACE: Duration = Duration::from_secs(5);

/// When the reading of one try has to be over.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub first_token: Instant,
    pub idle: Duration,
    pub total: Instant,
    /// Most bytes between two events, or of a body read whole.
    pub bytes: usize,
}

impl Limits {
    pub fn new(deadlines: &Deadlines, total: Instant, bytes: usize) -> Self {
        Self { first_token: Instant::now() + deadlines.first_token, idle: deadlines.idle, total, bytes }
    }

    /// The nearest end and what reaching it means.
    pub fn next(&self, started: bool, finished: bool) -> (Instant, Reason) {
        let (end, reason) = match (started, finished) {
            (_, true) => (Instant::now() + self.idle.min(GRACE), Reason::Idle),
            (true, false) => (Instant::now() + self.idle, Reason::Idle),
            (false, false) => (self.first_token, Reason::FirstToken),
        };
        if self.total < end { (self.total, Reason::Total) } else { (end, reason) }
    }
}

/// What the collecting side tells the reading side, and back.
#[derive(Default)]
pub(super) struct Pulse {
    /// Text has come: the idle deadline counts from here on.
    pub started: AtomicBool,
    pub finished: AtomicBool,
    /// The body came to its end by itself.
    pub ended: AtomicBool,
    /// Bytes that were not UTF-8, each replaced.
    pub replaced: AtomicUsize,
    /// Bytes since the last event.
    pending: AtomicUsize,
}

#[derive(Debug)]
pub(super) enum ReadError {
    Deadline(Reason),
    Broken(reqwest::Error),
    TooLong,
    Syntax,
}

/// The raw bytes, each read under its deadline.
pub(super) struct Body {
    response: reqwest::Response,
    first: Option<Vec<u8>>,
    limits: Limits,
    pulse: Arc<Pulse>,
    lossy: Lossy,
    lines: Lines,
}

pub(super) type Events = EventStream<BoxStream<'static, Result<String, ReadError>>>;

impl Body {
    pub fn new(response: reqwest::Response, limits: Limits, pulse: Arc<Pulse>) -> Self {
        Self { response, first: None, limits, pulse, lossy: Lossy::default(), lines: Lines::default() }
    }

    async fn read(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let (end, reason) = self.limits.next(self.pulse.started.load(Relaxed), self.pulse.finished.load(Relaxed));
        // A server that never pauses would always be read before the clock is looked at.
        if Instant::now() >= end {
            return Err(ReadError::Deadline(reason));
        }
        match timeout_at(end, self.response.chunk()).await {
            Err(_) => Err(ReadError::Deadline(reason)),
            Ok(Err(error)) => Err(ReadError::Broken(error)),
            Ok(Ok(bytes)) => Ok(bytes.map(Vec::from)),
        }
    }

    /// The first byte that is neither white space nor of a byte order mark, and nothing consumed; `None` for an empty body.
    pub async fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        let mut seen = Vec::new();
        loop {
            let skipped = |byte: &u8| byte.is_ascii_whitespace() || b"\xef\xbb\xbf".contains(byte);
            if let Some(byte) = seen.iter().copied().find(|byte| !skipped(byte)) {
                self.first = Some(seen);
                return Ok(Some(byte));
            }
            if seen.len() > self.limits.bytes {
                return Err(ReadError::TooLong);
            }
            match self.read().await? {
                Some(more) => seen.extend(more),
                None => return Ok(None),
            }
        }
    }

    /// The whole body as text, and the error that ended it early.
    pub async fn whole(mut self) -> (String, Option<ReadError>) {
        let mut text = String::new();
        let error = loop {
            match self.read().await {
                Ok(Some(bytes)) => text.push_str(&self.lossy.push(&bytes)),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
            if text.len() > self.limits.bytes {
                break Some(ReadError::TooLong);
            }
        };
        text.push_str(&self.lossy.finish());
        self.pulse.replaced.store(self.lossy.replaced, Relaxed);
        (text.trim_start_matches('\u{feff}').to_owned(), error)
    }

    pub fn events(self) -> Events {
        let texts = futures::stream::try_unfold(Some(self), |body| async move {
            let Some(mut body) = body else { return Ok(None) };
            match body.read().await? {
                Some(bytes) => {
                    if body.pulse.pending.fetch_add(bytes.len(), Relaxed) + bytes.len() > body.limits.bytes {
                        return Err(ReadError::TooLong);
                    }
                    let text = body.lossy.push(&bytes);
                    let text = body.lines.push(text);
                    body.pulse.replaced.store(body.lossy.replaced, Relaxed);
                    Ok(Some((text, Some(body))))
                }
                None => {
                    body.pulse.ended.store(true, Relaxed);
                    // Many servers forget the empty line after the last event.
                    let text = body.lossy.finish() + "\n\n";
                    let text = body.lines.push(text);
                    body.pulse.replaced.store(body.lossy.replaced, Relaxed);
                    Ok(Some((text, None)))
                }
            }
        });
        texts.boxed().eventsource()
    }
}

/// The next event, or `None` at the end.
pub(super) async fn next_event(events: &mut Events, pulse: &Pulse) -> Result<Option<Event>, ReadError> {
    match events.next().await {
        None => Ok(None),
        Some(Ok(event)) => {
            pulse.pending.store(0, Relaxed);
            Ok(Some(event))
        }
        Some(Err(EventStreamError::Transport(error))) => Err(error),
        Some(Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_))) => Err(ReadError::Syntax),
    }
}

/// Hands on whole lines: the parser reads an unfinished one from its start at every piece, and panics at a byte order
/// mark, which is dropped here.
#[derive(Default)]
struct Lines {
    held: String,
    begun: bool,
}

impl Lines {
    fn push(&mut self, text: String) -> String {
        let text = if self.begun { text.as_str() } else { text.trim_start_matches('\u{feff}') };
        self.begun |= !text.is_empty();
        let Some(end) = text.rfind(['\n', '\r']) else {
            self.held.push_str(text);
            return String::new();
        };
        let mut lines = std::mem::take(&mut self.held);
        lines.push_str(&text[..=end]);
        self.held.push_str(&text[end + 1..]);
        lines
    }
}

/// Bytes to text, chunk by chunk; what is not UTF-8 becomes U+FFFD and is counted.
#[derive(Default)]
struct Lossy {
    held: Vec<u8>,
    replaced: usize,
}

impl Lossy {
    fn push(&mut self, bytes: &[u8]) -> String {
        self.held.extend_from_slice(bytes);
        let held = std::mem::take(&mut self.held);
        let mut text = String::with_capacity(held.len());
        let mut rest = held.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(valid) => {
                    text.push_str(valid);
                    return text;
                }
                Err(error) => {
                    let (valid, bad) = rest.split_at(error.valid_up_to());
                    text.push_str(&String::from_utf8_lossy(valid));
                    let Some(length) = error.error_len() else {
                        // The character may go on in the next chunk.
                        self.held = bad.to_vec();
                        return text;
                    };
                    text.push('\u{fffd}');
                    self.replaced += 1;
                    rest = &bad[length..];
                }
            }
        }
    }

    fn finish(&mut self) -> String {
        if std::mem::take(&mut self.held).is_empty() {
            return String::new();
        }
        self.replaced += 1;
        '\u{fffd}'.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_may_be_cut_anywhere() {
        let text = "aé€😀z";
        for at in 0..=text.len() {
            let mut lossy = Lossy::default();
            let (one, two) = text.as_bytes().split_at(at);
            assert_eq!(lossy.push(one) + &lossy.push(two) + &lossy.finish(), text);
            assert_eq!(lossy.replaced, 0);
        }
    }

    #[test]
    fn only_whole_lines_are_handed_on() {
        let mut lines = Lines::default();
        let mut push = |text: &str| lines.push(text.to_owned());
        assert_eq!(push("\u{feff}"), "");
        assert_eq!(push("data: a"), "");
        assert_eq!(push("b\r\nda"), "data: ab\r\n");
        assert_eq!(push("ta: \u{feff}"), "");
        assert_eq!(push("\n\n"), "data: \u{feff}\n\n");
    }

    #[test]
    fn what_is_not_utf8_is_replaced_and_counted() {
        let mut lossy = Lossy::default();
        assert_eq!(lossy.push(b"a\xffb\xe2\x82"), "a\u{fffd}b");
        assert_eq!(lossy.push(b"c\xf0\x9f"), "\u{fffd}c");
        assert_eq!(lossy.finish(), "\u{fffd}");
        assert_eq!(lossy.replaced, 3);
    }
}
