//! The client against a server that does everything wrong that servers do.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use fdsp::llm::{Answer, CallError, ChatRequest, Client, Config, Message, ModelConfig, Progress, Reason};
use serde_json::json;

use crate::support::server::{Reply, Server};

mod formats;
mod limits;
mod presets;
mod ways;

const KEY: &str = "sk-test-0123456789abcdef";

/// Waits short, deadlines long: a test that means a deadline shortens that one.
fn config(server: &Server) -> ModelConfig {
    let mut config = Config::default().model("scripted", Some(&server.url())).unwrap();
    config.backoff = Duration::from_millis(1);
    config.tries = 3;
    config
}

fn with_key(server: &Server) -> ModelConfig {
    ModelConfig { key: Some(KEY.into()), ..config(server) }
}

fn request() -> ChatRequest {
    ChatRequest { messages: vec![Message::user("Write code")], max_tokens: 100, temperature: Some(1.0), seed: Some(1) }
}

#[derive(Default)]
struct Seen {
    text: String,
    sent: u32,
    retries: Vec<(u32, u32, String)>,
}

fn ask_seen(config: &ModelConfig) -> (Result<Answer, CallError>, Seen) {
    let client = Client::new(config).unwrap();
    let mut seen = Seen::default();
    let mut note = |progress: Progress<'_>| match progress {
        Progress::Sent { attempt, .. } => {
            seen.sent = attempt;
            seen.text.clear();
        }
        Progress::Text { delta } => seen.text.push_str(delta),
        Progress::Retrying { attempt, of, reason, .. } => seen.retries.push((attempt, of, reason.to_owned())),
    };
    let result = block_on(client.ask(&request(), &mut note));
    (result, seen)
}

fn ask(config: &ModelConfig) -> Result<Answer, CallError> {
    ask_seen(config).0
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn raw(pieces: &'static [&'static str]) -> Server {
    Server::start(move |_, _| Reply::raw(pieces))
}

/// A first try that goes wrong, then an answer: two requests, the same bytes.
fn recovers(first: Reply) -> Seen {
    let server = Server::start(move |_, nth| if nth == 0 { first.clone() } else { Reply::text("second") });
    let (answer, seen) = ask_seen(&config(&server));
    let answer = answer.unwrap();
    assert_eq!((answer.text.as_str(), answer.tries), ("second", 2));
    assert_eq!(seen.text, "second");
    assert_eq!((seen.sent, seen.retries.len()), (2, 1));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
    seen
}

/// A call that fails at once: one request.
fn fails_at_once(reply: Reply) -> CallError {
    let server = Server::start(move |_, _| reply.clone());
    let error = ask(&config(&server)).unwrap_err();
    assert_eq!((server.count(), error.tries), (1, 1), "{error:?}");
    error
}

#[test]
fn a_whole_answer_with_everything() {
    let server = Server::start(|_, _| Reply::text("eins zwei drei é€😀").chunks(6));
    let (answer, seen) = ask_seen(&with_key(&server));
    let answer = answer.unwrap();
    assert_eq!(answer.text.as_str(), "eins zwei drei é€😀");
    assert_eq!(seen.text, answer.text.as_str());
    assert_eq!((answer.finish.as_str(), answer.model.as_deref(), answer.tries), ("stop", Some("scripted"), 1));
    let usage = answer.usage.unwrap();
    assert_eq!((usage.prompt, usage.completion), (10, 4));
    assert_eq!(answer.chunks.last().unwrap().0 as usize, answer.text.len());
    assert!(answer.chunks.is_sorted());

    let requests = server.requests();
    let client = Client::new(&with_key(&server)).unwrap();
    assert_eq!(requests[0].body, client.body(&request()), "body() tells the bytes that are sent");
    assert_eq!(requests[0].path, "/v1/chat/completions");
    assert_eq!(requests[0].headers["authorization"], format!("Bearer {KEY}"));
    insta::assert_snapshot!(String::from_utf8_lossy(&requests[0].body), @r#"{"model":"scripted","messages":[{"role":"user","content":"Write code"}],"max_tokens":100,"temperature":1.0,"seed":1,"stream":true,"stream_options":{"include_usage":true}}"#);
}

#[test]
fn the_end_of_a_stream_has_many_shapes() {
    for reply in [
        Reply::text("hello").without_done(),
        Reply::text("hello").without_usage(),
        Reply::text("hello").without_usage().without_done(),
        Reply::text("hello").finish("length"),
        // Stuck, or torn, after the finish_reason: the answer is whole.
        Reply::text("hello").chunks(1).hang_after(4),
    ] {
        let server = Server::start(move |_, _| reply.clone());
        let mut config = config(&server);
        config.deadlines.idle = Duration::from_millis(1500);
        assert_eq!(ask(&config).unwrap().text.as_str(), "hello");
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn stream_syntax_that_is_rare_but_right() {
    let server = raw(&[
        "\u{feff}: a comment\r\n\r\n",
        "data:{\"choices\":[{\"delta\":{\"content\":\"one \"}}]}\r\n\r\n",
        "event: message\r\nid: 7\r\ndata: {\"choices\":[{\"delta\":\r\ndata: {\"content\":\"two\"}}]}\r\n\r\n",
        ": keepalive\n\n\n\ndata:\n\n",
        "data: {\"choices\":[],\"usage\":null}\n\n",
        "data: {\"choices\":[{\"delta\":{\"content\":\" three\"},\"finish_reason\":\"stop\"}]}",
    ]);
    assert_eq!(ask(&config(&server)).unwrap().text.as_str(), "one two three");
}

#[test]
fn characters_split_between_packets_stay_whole() {
    let stream = "data: {\"choices\":[{\"delta\":{\"content\":\"é€😀\"},\"finish_reason\":\"stop\"}]}\n\n";
    let pieces: Vec<Vec<u8>> = stream.bytes().map(|byte| vec![byte]).collect();
    let server = Server::start(move |_, _| Reply::raw(&pieces));
    assert_eq!(ask(&config(&server)).unwrap().text.as_str(), "é€😀");
}

#[test]
fn reasoning_comes_before_the_answer_in_a_block() {
    let server = Server::start(|_, _| Reply::text("code").reasoning("let me see"));
    assert_eq!(ask(&config(&server)).unwrap().text.as_str(), "<think>let me see</think>\ncode");
}

#[test]
fn a_document_in_place_of_a_stream_is_taken_when_it_is_whole() {
    let body = |finish| {
        json!({"model": "m", "choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": finish}],
               "usage": {"prompt_tokens": 1, "completion_tokens": 2}})
    };
    let server = Server::start(move |_, _| Reply::json(&body(json!("stop"))));
    let answer = ask(&config(&server)).unwrap();
    assert_eq!((answer.text.as_str(), answer.usage.map(|usage| usage.completion)), ("hi", Some(2)));

    let server = Server::start(move |_, _| Reply::json(&body(json!(null))));
    let error = ask(&config(&server)).unwrap_err();
    assert_eq!((error.reason, error.partial.as_deref(), error.tries), (Reason::Half, Some("hi"), 3));
}

#[test]
fn a_stream_without_finish_reason_is_half_even_when_done() {
    recovers(Reply::text("abc").without_finish());
    let server = Server::start(|_, _| Reply::text("abc").without_finish());
    let (result, seen) = ask_seen(&config(&server));
    let error = result.unwrap_err();
    assert_eq!((error.reason, error.partial.as_deref(), error.tries), (Reason::Half, Some("abc"), 3));
    assert_eq!(server.count(), 3);
    let tries: Vec<(u32, u32)> = seen.retries.iter().map(|(attempt, of, _)| (*attempt, *of)).collect();
    assert_eq!(tries, [(2, 3), (3, 3)]);
}

#[test]
fn a_connection_cut_anywhere_is_half() {
    let whole = 900;
    for bytes in (0..whole).step_by(37) {
        let reply = Reply::text("0123456789 é€😀").without_usage().cut_after(bytes);
        let server = Server::start(move |_, _| reply.clone());
        match ask(&ModelConfig { tries: 1, ..config(&server) }) {
            // The cut came after the finish_reason.
            Ok(answer) => assert_eq!(answer.text.as_str(), "0123456789 é€😀", "cut after {bytes}"),
            Err(error) => {
                assert_eq!(error.reason, Reason::Half, "cut after {bytes}: {error:?}");
                let partial = error.partial.as_deref().unwrap_or_default();
                assert!("0123456789 é€😀".starts_with(partial), "cut after {bytes}: {partial:?}");
            }
        }
    }
    recovers(Reply::text("0123456789").cut_after(300));
    recovers(Reply::text("0123456789").cut_after(0));
}

#[test]
fn the_bytes_of_an_earlier_try_are_kept_when_the_last_brings_none() {
    let server = Server::start(|_, nth| match nth {
        0 => Reply::text("abc").without_finish(),
        _ => Reply::status(500, "down"),
    });
    let error = ask(&config(&server)).unwrap_err();
    assert_eq!((error.reason, error.status, error.partial.as_deref()), (Reason::Status, Some(500), Some("abc")));
}

#[test]
fn bytes_that_are_not_utf8_are_counted_in_the_error() {
    let server = Server::start(|_, _| {
        Reply::raw([&b"data: {\"choices\":[{\"delta\":{\"content\":\"a\xff\xfeb\"}}]}\n\ndata: [DONE]\n\n"[..]])
    });
    let error = ask(&config(&server)).unwrap_err();
    assert_eq!((error.reason, error.partial.as_deref()), (Reason::Half, Some("a\u{fffd}\u{fffd}b")));
    assert!(error.message.contains("2 byte sequences were not UTF-8"), "{error}");
}

#[test]
fn passing_statuses_are_tried_again() {
    for status in [408, 409, 425, 429, 500, 502, 503, 529] {
        let seen = recovers(Reply::status(status, r#"{"error":{"message":"try later"}}"#));
        assert!(seen.retries[0].2.contains(&status.to_string()), "{:?}", seen.retries);
        assert!(seen.retries[0].2.contains("try later"), "{:?}", seen.retries);
    }
    recovers(Reply::raw(["data: {\"error\":{\"message\":\"overloaded\",\"code\":503}}\n\n"]));
}

#[test]
fn final_statuses_are_not() {
    for status in [301, 400, 401, 403, 404, 413, 422] {
        let error = fails_at_once(Reply::status(status, r#"{"error":{"message":"not this"}}"#));
        assert_eq!((error.reason, error.status), (Reason::Refused, Some(status)));
        assert!(error.message.contains("not this"), "{error}");
    }
    let empty = fails_at_once(Reply::status(429, r#"{"error":{"message":"pay","code":"insufficient_quota"}}"#));
    assert_eq!(empty.reason, Reason::Refused);
    let inside = fails_at_once(Reply::raw(["data: {\"error\":{\"message\":\"too long\",\"code\":400}}\n\n"]));
    assert_eq!((inside.reason, inside.status), (Reason::Refused, Some(400)));
    let moved = fails_at_once(Reply::status(308, "").header("location", "https://other.example/v1"));
    assert!(moved.message.contains("https://other.example/v1"), "{moved}");
}

#[test]
fn retry_after_is_honoured_unless_it_passes_the_total_deadline() {
    let server = Server::start(|_, nth| match nth {
        0 => Reply::status(429, "").header("retry-after", "0.3"),
        _ => Reply::text("ok"),
    });
    ask(&config(&server)).unwrap();
    let requests = server.requests();
    assert!(requests[1].at - requests[0].at >= Duration::from_millis(300));

    let server = Server::start(|_, _| Reply::status(429, "").header("retry-after", "100"));
    let mut config = config(&server);
    config.deadlines.total = Duration::from_secs(50);
    let error = ask(&config).unwrap_err();
    assert_eq!((error.status, error.tries), (Some(429), 1));
    assert!(error.message.contains("total deadline of 50 s"), "{error}");
}

#[test]
fn what_is_not_the_format_is_malformed_at_once() {
    let broken = fails_at_once(Reply::raw([
        "data: {\"choices\":[{\"delta\":{\"content\":\"abc\"}}]}\n\n",
        "data: {\"choices\":[{\"del\n\n",
        "data: {\"choices\":[]}\n\n",
    ]));
    assert_eq!((broken.reason, broken.partial.as_deref()), (Reason::Malformed, Some("abc")));
    assert!(broken.message.contains("[{\"del"), "{broken}");
    let page = fails_at_once(Reply::raw(["<!DOCTYPE html><html>Welcome</html>"]).header("content-type", "text/html"));
    assert_eq!(page.reason, Reason::Malformed);
    assert!(page.message.contains("Welcome") && page.message.contains("/v1"), "{page}");
    let other = fails_at_once(Reply::json(&json!({"hello": 1})));
    assert_eq!(other.reason, Reason::Malformed);
    let said = fails_at_once(Reply::json(&json!({"error": {"message": "no such model", "code": 404}})));
    assert_eq!((said.reason, said.status), (Reason::Refused, Some(404)));
}

#[test]
fn nothing_listens() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}/v1");
    let mut config = Config::default().model("m", Some(&url)).unwrap();
    config.backoff = Duration::from_millis(1);
    config.tries = 2;
    let error = ask(&config).unwrap_err();
    assert_eq!((error.reason, error.tries, error.status), (Reason::Connect, 2, None));
    assert!(error.message.contains(&url) && error.message.contains("refused"), "{error}");
    let error = block_on(Client::new(&config).unwrap().probe()).unwrap_err();
    assert!(error.message.contains("start the model server"), "{error}");
}

#[test]
fn probe_lists_the_models() {
    let server = Server::start(|_, _| Reply::text("x"));
    let client = Client::new(&config(&server)).unwrap();
    assert_eq!(block_on(client.probe()).unwrap(), ["scripted"]);
    assert_eq!(server.count(), 0);
}

#[test]
fn dropping_the_future_closes_the_connection() {
    let server = Server::start(|_, _| Reply::text("abcd").chunks(4).hang_after(3));
    let client = Client::new(&config(&server)).unwrap();
    block_on(async {
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut tell = Some(tell);
        let call = tokio::spawn(async move {
            let mut note = |progress: Progress<'_>| {
                if let Progress::Text { .. } = progress {
                    let _ = tell.take().map(|tell| tell.send(()));
                }
            };
            client.ask(&request(), &mut note).await
        });
        told.await.unwrap();
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        while server.hung_up() == 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn many_calls_run_at_once_over_kept_connections() {
    // The first answers are held back until all slots have asked.
    let asked = Arc::new((Mutex::new(0), Condvar::new()));
    let server = Server::start(move |request, _| {
        let (count, all) = &*asked;
        let mut count = count.lock().unwrap();
        *count += 1;
        all.notify_all();
        drop(all.wait_timeout_while(count, Duration::from_secs(30), |count| *count < 64).unwrap());
        Reply::text(crate::support::server::prompt(request))
    });
    let client = Client::new(&config(&server)).unwrap();
    block_on(async {
        let mut calls = tokio::task::JoinSet::new();
        for slot in 0..64 {
            let client = client.clone();
            calls.spawn(async move {
                for nth in 0..3 {
                    let asked = format!("slot {slot} call {nth}");
                    let request = ChatRequest { messages: vec![Message::user(asked.clone())], ..request() };
                    assert_eq!(client.ask(&request, &mut |_| {}).await.unwrap().text.as_str(), asked);
                }
            });
        }
        while let Some(done) = calls.join_next().await {
            done.unwrap();
        }
    });
    assert_eq!(server.count(), 192);
    assert_eq!(server.most_at_once(), 64);
    assert!(server.connections() < 192, "{} connections", server.connections());
}

#[test]
fn the_key_is_sent_and_shown_nowhere() {
    let echo = format!(r#"{{"error":{{"message":"bad key {KEY} given"}}}}"#);
    let replies = vec![
        Reply::status(401, echo.clone()),
        Reply::status(500, echo.clone()),
        Reply::status(400, format!("Authorization: Bearer {KEY}")),
        Reply::status(400, format!("{}{KEY}", "x".repeat(390))),
        Reply::status(302, "").header("location", &format!("https://x.example/?k={KEY}")),
        Reply::raw([format!("data: {echo}\n\n")]),
        Reply::raw([format!("data: {{{KEY}\n\n: more\n\n"), "data: x\n\n".to_owned()]),
        Reply::raw([format!("<html>{KEY}</html>")]),
        Reply::text(format!("your key is {KEY}")).without_finish(),
        Reply::text(format!("your key is {KEY}")),
    ];
    for reply in replies {
        let copy = reply.clone();
        let server = Server::start(move |_, _| copy.clone());
        let config = with_key(&server);
        let (result, seen) = ask_seen(&config);
        assert_eq!(server.requests()[0].headers["authorization"], format!("Bearer {KEY}"));
        let shown = match &result {
            Ok(answer) => format!("{answer:?}"),
            Err(error) => format!("{error:?} {error} {error:#?}"),
        };
        // Half a key is too much as well.
        assert!(!shown.contains(&KEY[..8]), "{reply:?} gives {shown}");
        assert!(!format!("{:?}", seen.retries).contains(KEY));
        let client = Client::new(&config).unwrap();
        let shown = format!("{config:?} {client:?} {:?}", client.info());
        assert!(!shown.contains(KEY), "{shown}");
        assert!(!String::from_utf8(client.body(&request())).unwrap().contains(KEY));
    }
}
