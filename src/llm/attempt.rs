//! One try: send, look at the status, read the answer to its end.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use reqwest::header::RETRY_AFTER;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::call::{Answer, Progress, Reason};
use super::client::Client;
use super::collect::Collected;
use super::config::Proxy;
use super::hint;
use super::reader::{Body, Limits, Pulse, ReadError, next_event};
use super::retry::{passing, retry_after};
use super::wire::WireError;
use crate::core::text::Text;

/// Most that is read of an error's body, and how long that may take.
const ERROR_BODY: usize = 64 * 1024;
const ERROR_TIME: Duration = Duration::from_secs(10);
/// Most characters of a server's words in a message.
const QUOTE: usize = 400;

/// How a try failed.
pub(super) struct Fault {
    pub reason: Reason,
    pub message: String,
    pub status: Option<u16>,
    pub partial: Option<Text>,
    /// Worth another try.
    pub again: bool,
    /// What the server asked to wait.
    pub after: Option<Duration>,
}

impl Fault {
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into(), status: None, partial: None, again: false, after: None }
    }

    fn again(self) -> Self {
        Self { again: true, ..self }
    }
}

pub(super) async fn run(
    client: &Client,
    body: Vec<u8>,
    total: tokio::time::Instant,
    progress: &mut (dyn FnMut(Progress<'_>) + Send),
) -> Result<Answer, Fault> {
    let config = client.config();
    let limits =
        Limits::new(&config.deadlines, total, config.answer_limit.saturating_mul(2).saturating_add(ERROR_BODY));
    let sent = Instant::now();
    let (end, reason) = limits.next(false, false);
    let response = match tokio::time::timeout_at(end, client.post(body).send()).await {
        Err(_) => return Err(late(client, reason)),
        Ok(Err(error)) => return Err(not_sent(client, &error)),
        Ok(Ok(response)) => response,
    };
    let response = accept(client, response).await?;
    let mut reading = Reading { client, limits, pulse: Arc::default(), all: Collected::new(sent), progress };
    match reading.read(response).await {
        Ok(()) => Ok(reading.answer(sent)),
        Err(fault) => Err(reading.with_partial(fault)),
    }
}

struct Reading<'a> {
    client: &'a Client,
    limits: Limits,
    pulse: Arc<Pulse>,
    all: Collected,
    progress: &'a mut (dyn FnMut(Progress<'_>) + Send),
}

impl Reading<'_> {
    async fn read(&mut self, response: Response) -> Result<(), Fault> {
        let mut body = Body::new(response, self.limits, self.pulse.clone());
        match body.peek().await {
            Ok(Some(b'{')) => self.read_whole(body).await,
            Ok(Some(b'<')) => {
                let (page, _) = body.whole().await;
                Err(Fault::new(
                    Reason::Malformed,
                    format!(
                        "{} answers with a web page, not as a model: is base_url right (it usually ends in /v1)? It says: {}",
                        self.client.url(),
                        quote(self.client, &page)
                    ),
                ))
            }
            Ok(_) => self.read_events(body).await,
            Err(error) => Err(self.broken(error)),
        }
    }

    async fn read_events(&mut self, body: Body) -> Result<(), Fault> {
        let mut events = body.events();
        loop {
            let event = match next_event(&mut events, &self.pulse).await {
                Ok(Some(event)) => event,
                Ok(None) => break,
                // The answer was whole; only the usage may be missing.
                Err(_) if self.all.finish.is_some() => break,
                Err(error) => return Err(self.broken(error)),
            };
            if event.data.trim().is_empty() {
                continue;
            }
            let delta = match self.client.config().api.decode_event(&event.data) {
                Ok(delta) => delta,
                Err(_) if self.all.finish.is_some() => break,
                Err(WireError::Malformed(_)) if self.pulse.ended.load(Relaxed) => break,
                Err(error) => return Err(wire_fault(self.client, error, &event.data)),
            };
            if delta.done {
                break;
            }
            self.add(delta)?;
        }
        self.end()
    }

    async fn read_whole(&mut self, body: Body) -> Result<(), Fault> {
        let (text, error) = body.whole().await;
        if let Some(error) = error {
            return Err(self.broken(error));
        }
        let delta =
            self.client.config().api.decode_whole(&text).map_err(|error| wire_fault(self.client, error, &text))?;
        self.add(delta)?;
        self.end()
    }

    fn add(&mut self, delta: super::wire::Delta) -> Result<(), Fault> {
        let added = self.all.add(delta);
        if !added.is_empty() {
            self.pulse.started.store(true, Relaxed);
            (self.progress)(Progress::Text { delta: added });
        }
        if self.all.finish.is_some() {
            self.pulse.finished.store(true, Relaxed);
        }
        let limit = self.client.config().answer_limit;
        if self.all.text.len() > limit {
            self.all.cut(limit);
            return Err(Fault::new(
                Reason::TooLarge,
                format!("the answer is longer than {limit} bytes; the rest is cut"),
            ));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        self.all.close();
        if self.all.finish.is_none() {
            let field = self.client.config().api.finish_field();
            return Err(Fault::new(Reason::Half, format!("the answer ended without a {field}")).again());
        }
        Ok(())
    }

    fn broken(&self, error: ReadError) -> Fault {
        match error {
            ReadError::Deadline(reason) => late(self.client, reason),
            ReadError::Broken(error) => {
                Fault::new(Reason::Half, format!("the connection broke in the answer: {}", root(&error))).again()
            }
            ReadError::Syntax => Fault::new(Reason::Malformed, "the answer is not a stream of events"),
            ReadError::TooLong => Fault::new(
                Reason::TooLarge,
                format!("the server sent more than {} bytes without an event", self.limits.bytes),
            ),
        }
    }

    fn answer(self, sent: Instant) -> Answer {
        let usage = self.all.usage();
        let Collected { text, chunks, finish, model, .. } = self.all;
        let secrets = self.client.secrets();
        Answer {
            text: secrets.strike_from_answer(text).into(),
            chunks,
            finish: secrets.strike_from_error(finish.unwrap_or_default()),
            model: model.map(|model| secrets.strike_from_error(model)),
            usage,
            seconds: sent.elapsed().as_secs_f64(),
            tries: 1,
        }
    }

    fn with_partial(self, mut fault: Fault) -> Fault {
        let replaced = self.pulse.replaced.load(Relaxed);
        if replaced > 0 {
            fault.message += &format!(" ({replaced} byte sequences were not UTF-8 and are shown as U+FFFD)");
        }
        let text = self.client.secrets().strike_from_answer(self.all.text);
        fault.partial = (!text.is_empty()).then(|| text.into());
        fault
    }
}

fn wire_fault(client: &Client, error: WireError, data: &str) -> Fault {
    match error {
        WireError::Malformed(what) => {
            Fault::new(Reason::Malformed, format!("{}; the server sent: {}", quote(client, &what), quote(client, data)))
        }
        WireError::Server { message, status, passing } => Fault {
            status,
            again: passing,
            ..Fault::new(
                if passing { Reason::Status } else { Reason::Refused },
                format!("the server broke off with an error: {}", quote(client, &message)),
            )
        },
    }
}

fn late(client: &Client, reason: Reason) -> Fault {
    let deadlines = &client.config().deadlines;
    let (what, time) = match reason {
        Reason::FirstToken => ("no text came", deadlines.first_token),
        Reason::Idle => ("silence in the middle of the answer", deadlines.idle),
        _ => ("the call was not done", deadlines.total),
    };
    let fault = Fault::new(reason, format!("{what} within {} s (deadline `{reason}`)", time.as_secs_f64()));
    // Silence in the middle is a broken connection that nobody closed.
    if reason == Reason::Idle { fault.again() } else { fault }
}

pub(super) fn not_sent(client: &Client, error: &reqwest::Error) -> Fault {
    if error.is_connect() || error.is_timeout() {
        let mut message = format!("no connection to {}: {}", client.url(), root(error));
        if let Proxy::At { url, .. } = &client.config().proxy {
            message += &format!(" (asked through the proxy {url})");
        }
        if message.contains("InvalidContentType") {
            message += " (the server does not speak https; is it http?)";
        }
        if message.contains("UnknownIssuer") {
            message += " (if its certificate is from an authority of your own, name that one's certificate by ca_file)";
        }
        Fault::new(Reason::Connect, message).again()
    } else if error.is_builder() {
        Fault::new(Reason::Refused, format!("the request cannot be built: {}", root(error)))
    } else {
        Fault::new(Reason::Half, format!("the connection broke before an answer: {}", root(error))).again()
    }
}

/// The response when its status is 200; else what the server says about it.
pub(super) async fn accept(client: &Client, mut response: Response) -> Result<Response, Fault> {
    let status = response.status();
    if status == StatusCode::OK {
        return Ok(response);
    }
    let header = |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let after = header(RETRY_AFTER).and_then(|value| retry_after(&value, jiff::Timestamp::now()));
    let location = header(reqwest::header::LOCATION);
    let mut bytes = Vec::new();
    let _ = tokio::time::timeout(ERROR_TIME, async {
        while bytes.len() < ERROR_BODY {
            match response.chunk().await {
                Ok(Some(more)) => bytes.extend_from_slice(&more),
                _ => break,
            }
        }
    })
    .await;
    let body = String::from_utf8_lossy(&bytes);
    let (says, code) = error_words(&body);
    // An empty account answers 429 too, and no waiting fills it.
    let again = passing(status.as_u16()) && code.as_deref() != Some("insufficient_quota");
    let mut message = format!("the server answered {status}");
    if !says.trim().is_empty() {
        message += &format!(": {}", quote(client, &says));
    }
    message += &match status.as_u16() {
        300..=399 => format!("; set base_url to where it points: {}", quote(client, &location.unwrap_or_default())),
        status => hint::after(client, status, &says),
    };
    let reason = if again { Reason::Status } else { Reason::Refused };
    Err(Fault { status: Some(status.as_u16()), again, after, ..Fault::new(reason, message) })
}

/// The message and the code of an error body, or the body itself; the formats agree on `error.message`.
fn error_words(body: &str) -> (String, Option<String>) {
    let Ok(value) = serde_json::from_str::<Value>(body) else { return (body.to_owned(), None) };
    let error = value.get("error").unwrap_or(&value);
    let text = |name: &str| error.get(name).and_then(Value::as_str).map(str::to_owned);
    let message = text("message").or_else(|| error.as_str().map(str::to_owned)).unwrap_or_else(|| body.to_owned());
    (message, text("code").or_else(|| text("type")))
}

/// The start of a server's words on one line, without the key: struck out first, or half of it could stay at the cut.
fn quote(client: &Client, text: &str) -> String {
    let text = client.secrets().strike_from_error(text.to_owned());
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(QUOTE) {
        Some((at, _)) => format!("{}…", &line[..at]),
        None => line,
    }
}

/// The innermost cause: the outer ones repeat each other.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    if error.is_timeout() && error.is_connect() { "it took too long".to_owned() } else { cause.to_string() }
}
