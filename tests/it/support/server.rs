//! A scripted model server on loopback: every fault on order, every request on record.
//!
//! Needs `std` and `serde_json` alone, so that benches can include this file by `#[path]`. One thread per connection;
//! connections are kept alive. A `GET` lists one model, `scripted`; every `POST` is put to the script, and a text is
//! sent in the wire format of the endpoint that was asked.

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
    /// `text` as a stream of the endpoint's format: whole, with usage, a reason to end, and an end (`[DONE]`).
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

    /// Send nothing after the first `pieces` pieces, and keep the connection open; the first piece of a text holds
    /// none of it.
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

    /// The end comes all the same.
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

    fn pieces(&self, path: &str) -> Vec<Vec<u8>> {
        let chat = match &self.content {
            Content::Raw(pieces) => return pieces.clone(),
            Content::Chat(chat) => chat,
        };
        let path = path.split('?').next().unwrap_or_default();
        if path.ends_with("/messages") {
            chat.messages()
        } else if path.ends_with("/chat/completions") {
            chat.openai("chat.completion.chunk", |text| json!({"delta": {"content": text}}))
        } else {
            chat.openai("text_completion", |text| json!({"text": text.unwrap_or_default()}))
        }
    }
}

impl Chat {
    /// Tokens as far as anybody asks: words.
    fn tokens(&self) -> usize {
        self.text.split_whitespace().count()
    }

    /// Chunks of OpenAI's formats; `choice` makes the text's place.
    fn openai(&self, object: &str, choice: impl Fn(Option<&str>) -> Value) -> Vec<Vec<u8>> {
        let event = |choices: Value, usage: Value| {
            let chunk =
                json!({"id": "scripted-1", "object": object, "model": "scripted", "choices": choices, "usage": usage});
            format!("data: {chunk}\n\n").into_bytes()
        };
        let part = |mut choice: Value, finish: Option<&str>| {
            choice["index"] = json!(0);
            choice["finish_reason"] = json!(finish);
            event(json!([choice]), Value::Null)
        };
        let mut pieces = vec![part(choice(None), None)];
        if !self.reasoning.is_empty() {
            pieces.push(part(json!({"delta": {"reasoning_content": self.reasoning}}), None));
        }
        pieces.extend(split(&self.text, self.chunks).into_iter().map(|text| part(choice(Some(text)), None)));
        if let Some(finish) = &self.finish {
            pieces.push(part(choice(None), Some(finish)));
        }
        if self.usage {
            pieces.push(event(json!([]), json!({"prompt_tokens": 10, "completion_tokens": self.tokens()})));
        }
        if self.done {
            pieces.push(b"data: [DONE]\n\n".to_vec());
        }
        pieces
    }

    /// Events of Anthropic's Messages: the prompt's tokens come first, part of them from a cache.
    fn messages(&self) -> Vec<Vec<u8>> {
        let event = |event: Value| {
            let kind = event["type"].as_str().unwrap_or_default();
            format!("event: {kind}\ndata: {event}\n\n").into_bytes()
        };
        let delta =
            |index: usize, delta: Value| event(json!({"type": "content_block_delta", "index": index, "delta": delta}));
        let block = |index: usize, block: Value| {
            event(json!({"type": "content_block_start", "index": index, "content_block": block}))
        };
        let stop = |index: usize| event(json!({"type": "content_block_stop", "index": index}));
        let usage = self.usage.then(|| {
            json!({"input_tokens": 4, "cache_creation_input_tokens": 1, "cache_read_input_tokens": 5, "output_tokens": 1})
        });
        let message = json!({"id": "msg_1", "type": "message", "role": "assistant", "model": "scripted", "content": [],
                             "stop_reason": null, "stop_sequence": null, "usage": usage});
        let mut pieces = vec![event(json!({"type": "message_start", "message": message}))];
        pieces[0].extend(event(json!({"type": "ping"})));
        let mut index = 0;
        if !self.reasoning.is_empty() {
            let thought = delta(index, json!({"type": "thinking_delta", "thinking": self.reasoning}));
            let begun = block(index, json!({"type": "thinking", "thinking": ""}));
            pieces.push([begun, thought, stop(index)].concat());
            index += 1;
        }
        pieces[0].extend(block(index, json!({"type": "text", "text": ""})));
        for text in split(&self.text, self.chunks) {
            pieces.push(delta(index, json!({"type": "text_delta", "text": text})));
        }
        if let Some(finish) = &self.finish {
            let finish = if finish == "stop" { "end_turn" } else { finish };
            let usage = if self.usage { json!({"output_tokens": self.tokens()}) } else { Value::Null };
            let change = json!({"stop_reason": finish, "stop_sequence": null});
            let end = event(json!({"type": "message_delta", "delta": change, "usage": usage}));
            pieces.push([stop(index), end].concat());
        }
        if self.done {
            pieces.push(event(json!({"type": "message_stop"})));
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

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    pub at: Instant,
    pub method: String,
    /// With the query.
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

/// The content of the last message, or the prompt of a request that has no messages.
pub fn prompt(request: &Value) -> &str {
    if let Some(prompt) = request["prompt"].as_str() {
        return prompt;
    }
    request["messages"].as_array().and_then(|all| all.last()?["content"].as_str()).unwrap_or_default()
}

type Script = dyn Fn(&Value, usize) -> Reply + Send + Sync;

struct Shared {
    script: Box<Script>,
    requests: Mutex<Vec<Request>>,
    lists: Mutex<Vec<Request>>,
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
            lists: Mutex::default(),
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

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The `GET`s, which [`Server::requests`] leaves out.
    pub fn lists(&self) -> Vec<Request> {
        self.shared.lists.lock().unwrap().clone()
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
            let path = request.path.clone();
            let reply = match request.method.as_str() {
                "GET" => {
                    self.lists.lock().unwrap().push(request);
                    Reply::json(&json!({"object": "list", "data": [{"id": "scripted", "object": "model"}]}))
                }
                _ => {
                    let json = request.json.clone();
                    let nth = {
                        let mut requests = self.requests.lock().unwrap();
                        requests.push(request);
                        requests.len() - 1
                    };
                    (self.script)(&json, nth)
                }
            };
            let sent = self.send(&reply, &path, &mut writer);
            self.active.fetch_sub(1, SeqCst);
            if !sent? {
                break;
            }
        }
        writer.shutdown(std::net::Shutdown::Both)
    }

    /// Whether the connection can be used again.
    fn send(&self, reply: &Reply, path: &str, writer: &mut TcpStream) -> std::io::Result<bool> {
        thread::sleep(reply.latency);
        let mut head = format!("HTTP/1.1 {} Scripted\r\ntransfer-encoding: chunked\r\n", reply.status);
        for (name, value) in &reply.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        writer.write_all(head.as_bytes())?;
        let mut left = reply.cut.unwrap_or(usize::MAX);
        for (nth, piece) in reply.pieces(path).iter().enumerate() {
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

/// `None` at the connection's end.
fn read_request(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Request>> {
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
    let json = serde_json::from_slice(&body).unwrap_or(Value::Null);
    Ok(Some(Request { at: Instant::now(), method, path, headers, body, json }))
}
