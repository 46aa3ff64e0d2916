//! A scripted model server on loopback: every fault on order, every request on record.
//!
//! Needs `std` and `serde_json` alone, so that benches can include this file by `#[path]`. One thread per connection;
//! connections are kept alive. `GET …/models` lists one model, `scripted`; every `POST` is put to the script.

// Each test or bench uses a part of it.
#![allow(dead_code)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// How to answer one request. Begin with a constructor, add what goes wrong.
#[derive(Debug, Clone)]
pub struct Reply {
    content: Content,
    status: u16,
    headers: Vec<(String, String)>,
    latency: Duration,
    pause: Duration,
    cut: Option<usize>,
    hang: Option<usize>,
}

#[derive(Debug, Clone)]
enum Content {
    Chat(Chat),
    Raw(Vec<Vec<u8>>),
}

#[derive(Debug, Clone)]
struct Chat {
    text: String,
    reasoning: String,
    chunks: usize,
    finish: Option<String>,
    usage: bool,
    done: bool,
}

impl Reply {
    /// `text` as a stream of chat chunks: whole, with usage, finish_reason `stop` and `[DONE]`.
    pub fn text(text: impl Into<String>) -> Self {
        Self::of(Content::Chat(Chat {
            text: text.into(),
            reasoning: String::new(),
            chunks: 4,
            finish: Some("stop".to_owned()),
            usage: true,
            done: true,
        }))
        .header("content-type", "text/event-stream")
    }

    /// A status with a body, e.g. `Reply::status(429, "slow down").header("retry-after", "1")`.
    pub fn status(status: u16, body: impl Into<String>) -> Self {
        Self { status, ..Self::of(Content::Raw(vec![body.into().into_bytes()])) }
    }

    /// 200 with these very bytes, each piece a write of its own.
    pub fn raw<B: AsRef<[u8]>>(pieces: impl IntoIterator<Item = B>) -> Self {
        Self::of(Content::Raw(pieces.into_iter().map(|piece| piece.as_ref().to_vec()).collect()))
    }

    /// 200 with one JSON document in place of a stream.
    pub fn json(value: &Value) -> Self {
        Self::raw([value.to_string()]).header("content-type", "application/json")
    }

    fn of(content: Content) -> Self {
        Self {
            content,
            status: 200,
            headers: Vec::new(),
            latency: Duration::ZERO,
            pause: Duration::ZERO,
            cut: None,
            hang: None,
        }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Wait before the status line.
    pub fn latency(self, latency: Duration) -> Self {
        Self { latency, ..self }
    }

    /// Wait between two pieces: a slow drip.
    pub fn pause(self, pause: Duration) -> Self {
        Self { pause, ..self }
    }

    /// Close the connection after `bytes` of the body, in the middle of whatever that is.
    pub fn cut_after(self, bytes: usize) -> Self {
        Self { cut: Some(bytes), ..self }
    }

    /// Send nothing after the first `pieces` pieces, and keep the connection open; the first piece of a chat holds the
    /// role alone, the others text.
    pub fn hang_after(self, pieces: usize) -> Self {
        Self { hang: Some(pieces), ..self }
    }

    /// How many chunks the text of a chat is split into.
    pub fn chunks(self, count: usize) -> Self {
        self.chat(|chat| chat.chunks = count.max(1))
    }

    pub fn reasoning(self, text: &str) -> Self {
        self.chat(|chat| chat.reasoning = text.to_owned())
    }

    pub fn finish(self, reason: &str) -> Self {
        self.chat(|chat| chat.finish = Some(reason.to_owned()))
    }

    /// `[DONE]` comes all the same.
    pub fn without_finish(self) -> Self {
        self.chat(|chat| chat.finish = None)
    }

    pub fn without_usage(self) -> Self {
        self.chat(|chat| chat.usage = false)
    }

    pub fn without_done(self) -> Self {
        self.chat(|chat| chat.done = false)
    }

    fn chat(mut self, change: impl FnOnce(&mut Chat)) -> Self {
        match &mut self.content {
            Content::Chat(chat) => change(chat),
            Content::Raw(_) => panic!("only Reply::text takes this"),
        }
        self
    }

    fn pieces(&self) -> Vec<Vec<u8>> {
        let Chat { text, reasoning, chunks, finish, usage, done } = match &self.content {
            Content::Raw(pieces) => return pieces.clone(),
            Content::Chat(chat) => chat,
        };
        let event = |choices: Value, usage: Value| {
            let chunk = json!({"id": "scripted-1", "object": "chat.completion.chunk", "model": "scripted",
                               "choices": choices, "usage": usage});
            format!("data: {chunk}\n\n").into_bytes()
        };
        let delta = |delta: Value, finish: Value| {
            event(json!([{"index": 0, "delta": delta, "finish_reason": finish}]), Value::Null)
        };
        let mut pieces = vec![delta(json!({"role": "assistant", "content": null}), Value::Null)];
        if !reasoning.is_empty() {
            pieces.push(delta(json!({"reasoning_content": reasoning}), Value::Null));
        }
        pieces.extend(split(text, *chunks).into_iter().map(|part| delta(json!({"content": part}), Value::Null)));
        if let Some(finish) = finish {
            pieces.push(delta(json!({}), json!(finish)));
        }
        if *usage {
            let tokens = text.split_whitespace().count();
            pieces.push(event(json!([]), json!({"prompt_tokens": 10, "completion_tokens": tokens})));
        }
        if *done {
            pieces.push(b"data: [DONE]\n\n".to_vec());
        }
        pieces
    }
}

/// `count` parts of about the same length, never inside a character.
fn split(text: &str, count: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut start = 0;
    for nth in 1..=count {
        let mut end = if nth == count { text.len() } else { text.len() * nth / count };
        while !text.is_char_boundary(end) {
            end += 1;
        }
        if end > start {
            parts.push(&text[start..end]);
            start = end;
        }
    }
    parts
}

/// A `POST` as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub at: Instant,
    pub path: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
    /// Null where the body is not JSON.
    pub json: Value,
}

impl Request {
    /// The content of the last message.
    pub fn prompt(&self) -> &str {
        prompt(&self.json)
    }
}

/// The content of the last message of a chat request.
pub fn prompt(request: &Value) -> &str {
    request["messages"].as_array().and_then(|all| all.last()?["content"].as_str()).unwrap_or_default()
}

type Script = dyn Fn(&Value, usize) -> Reply + Send + Sync;

struct Shared {
    script: Box<Script>,
    requests: Mutex<Vec<Request>>,
    connections: Mutex<HashMap<usize, TcpStream>>,
    opened: AtomicUsize,
    active: AtomicUsize,
    most_active: AtomicUsize,
    hung_up: AtomicUsize,
    stop: AtomicBool,
}

/// Runs until it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

impl Server {
    /// `script` gets each request's JSON and its number, from 0, in the order of arrival.
    pub fn start(script: impl Fn(&Value, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port on loopback");
        let address = listener.local_addr().expect("the port's address");
        let shared = Arc::new(Shared {
            script: Box::new(script),
            requests: Mutex::default(),
            connections: Mutex::default(),
            opened: AtomicUsize::new(0),
            active: AtomicUsize::new(0),
            most_active: AtomicUsize::new(0),
            hung_up: AtomicUsize::new(0),
            stop: AtomicBool::new(false),
        });
        let accepting = shared.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                if accepting.stop.load(SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let shared = accepting.clone();
                let id = shared.opened.fetch_add(1, SeqCst);
                let serve = move || {
                    let _ = stream.try_clone().map(|copy| shared.connections.lock().unwrap().insert(id, copy));
                    let _ = shared.serve(stream);
                    shared.connections.lock().unwrap().remove(&id);
                };
                let _ = thread::Builder::new().stack_size(512 * 1024).spawn(serve);
            }
        });
        Self { address, shared }
    }

    /// For `--base-url`.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.shared.requests.lock().unwrap().clone()
    }

    pub fn count(&self) -> usize {
        self.shared.requests.lock().unwrap().len()
    }

    /// Connections that were ever opened.
    pub fn connections(&self) -> usize {
        self.shared.opened.load(SeqCst)
    }

    /// Most requests that were being answered at the same time.
    pub fn most_at_once(&self) -> usize {
        self.shared.most_active.load(SeqCst)
    }

    /// Hanging requests that the client gave up.
    pub fn hung_up(&self) -> usize {
        self.shared.hung_up.load(SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, SeqCst);
        // Wakes the accepting thread.
        let _ = TcpStream::connect(self.address);
        for stream in self.shared.connections.lock().unwrap().values() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_nodelay(true)?;
        let mut reader = BufReader::new(stream.try_clone()?);
        let mut writer = stream;
        while !self.stop.load(SeqCst) {
            let Some(request) = read_request(&mut reader)? else { break };
            let active = self.active.fetch_add(1, SeqCst) + 1;
            self.most_active.fetch_max(active, SeqCst);
            let reply = match request {
                None => Reply::json(&json!({"object": "list", "data": [{"id": "scripted", "object": "model"}]})),
                Some(request) => {
                    let json = request.json.clone();
                    let nth = {
                        let mut requests = self.requests.lock().unwrap();
                        requests.push(request);
                        requests.len() - 1
                    };
                    (self.script)(&json, nth)
                }
            };
            let sent = self.send(&reply, &mut writer);
            self.active.fetch_sub(1, SeqCst);
            if !sent? {
                break;
            }
        }
        writer.shutdown(std::net::Shutdown::Both)
    }

    /// Whether the connection can be used again.
    fn send(&self, reply: &Reply, writer: &mut TcpStream) -> std::io::Result<bool> {
        thread::sleep(reply.latency);
        let mut head = format!("HTTP/1.1 {} Scripted\r\ntransfer-encoding: chunked\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        writer.write_all(head.as_bytes())?;
        let mut left = reply.cut.unwrap_or(usize::MAX);
        for (nth, piece) in reply.pieces().iter().enumerate() {
            if reply.hang == Some(nth) {
                return self.hang(writer);
            }
            if nth > 0 {
                thread::sleep(reply.pause);
            }
            let part = &piece[..piece.len().min(left)];
            left -= part.len();
            if !part.is_empty() {
                let mut framed = format!("{:x}\r\n", part.len()).into_bytes();
                framed.extend_from_slice(part);
                framed.extend_from_slice(b"\r\n");
                writer.write_all(&framed)?;
            }
            if left == 0 {
                return Ok(false);
            }
        }
        if reply.hang.is_some() {
            return self.hang(writer);
        }
        writer.write_all(b"0\r\n\r\n")?;
        Ok(true)
    }

    fn hang(&self, stream: &TcpStream) -> std::io::Result<bool> {
        stream.set_read_timeout(Some(Duration::from_millis(10)))?;
        while !self.stop.load(SeqCst) {
            match stream.peek(&mut [0]) {
                Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                }
                _ => {
                    self.hung_up.fetch_add(1, SeqCst);
                    break;
                }
            }
        }
        Ok(false)
    }
}

/// `None` at the connection's end, `Some(None)` for a GET.
fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Option<Request>>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let mut words = line.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut headers = HashMap::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => break,
        };
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    if method == "GET" {
        return Ok(Some(None));
    }
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Some(Some(Request { at: Instant::now(), path, headers, body, json })))
}
