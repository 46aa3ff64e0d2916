//! Every wire format under every fault, and what each of them sends.

use super::*;

const FORMATS: [&str; 3] = ["openai-chat", "openai-completions", "anthropic"];

fn config(server: &Server, api: &str) -> ModelConfig {
    let text = format!("[models.scripted]\napi = \"{api}\"\nbase_url = \"{}\"\n", server.url());
    let config = Config::parse(std::path::Path::new("fdsp.toml"), &text).unwrap().model("scripted", None).unwrap();
    ModelConfig { backoff: Duration::from_millis(1), tries: 3, ..config }
}

fn with_key(server: &Server, api: &str) -> ModelConfig {
    let from = Some("environment variable SCRIPTED_KEY (key_env)".to_owned());
    ModelConfig { key: Some(KEY.into()), key_from: from, ..config(server, api) }
}

fn plain() -> ChatRequest {
    ChatRequest { seed: None, ..request() }
}

fn ask(config: &ModelConfig) -> Result<Answer, CallError> {
    block_on(Client::new(config).unwrap().ask(&plain(), &mut |_| {}))
}

/// In each format: the reply comes first, then an answer; two requests, the same bytes.
fn recovers(first: impl Fn(&str) -> Reply) {
    for api in FORMATS {
        let reply = first(api);
        let server = Server::start(move |_, nth| if nth == 0 { reply.clone() } else { Reply::text("second") });
        let answer = ask(&config(&server, api)).unwrap_or_else(|error| panic!("{api}: {error}"));
        assert_eq!((answer.text.as_str(), answer.tries), ("second", 2), "{api}");
        let requests = server.requests();
        assert_eq!(requests.len(), 2, "{api}");
        assert_eq!(requests[0].body, requests[1].body, "{api}");
    }
}

/// In each format: one request, and the error to look at.
fn fails_at_once(reply: impl Fn(&str) -> Reply, look: impl Fn(&str, &CallError)) {
    for api in FORMATS {
        let reply = reply(api);
        let server = Server::start(move |_, _| reply.clone());
        let error = ask(&with_key(&server, api)).unwrap_err();
        assert_eq!((server.count(), error.tries), (1, 1), "{api}: {error:?}");
        look(api, &error);
    }
}

/// The event that brings `abc`, and then `more`.
fn begun(api: &str, more: &str) -> Reply {
    let event = match api {
        "openai-chat" => r#"{"choices":[{"delta":{"content":"abc"}}]}"#,
        "openai-completions" => r#"{"choices":[{"text":"abc"}]}"#,
        _ => r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"abc"}}"#,
    };
    Reply::raw([format!("data: {event}\n\n"), more.to_owned()])
}

/// An error event in the middle of the answer.
fn breaks_off(api: &str, kind: &str, code: u16) -> Reply {
    let error = match api {
        "anthropic" => json!({"type": "error", "error": {"type": kind, "message": "sorry"}}),
        _ => json!({"error": {"message": "sorry", "type": kind, "code": code}}),
    };
    begun(api, &format!("event: error\ndata: {error}\n\n"))
}

#[test]
fn a_whole_answer_and_what_was_sent() {
    for (api, path, finish) in [
        ("openai-chat", "/v1/chat/completions", "stop"),
        ("openai-completions", "/v1/completions", "stop"),
        ("anthropic", "/v1/messages", "end_turn"),
    ] {
        let server = Server::start(|_, _| Reply::text("eins zwei drei é€😀").chunks(6));
        let config = with_key(&server, api);
        let answer = ask(&config).unwrap();
        assert_eq!((answer.text.as_str(), answer.finish.as_str()), ("eins zwei drei é€😀", finish), "{api}");
        let usage = answer.usage.unwrap();
        assert_eq!((usage.prompt, usage.completion), (10, 4), "{api}: tokens of a cache count as read");
        assert_eq!(answer.model.as_deref(), Some("scripted"), "{api}");
        let sent = &server.requests()[0];
        assert_eq!((sent.path.as_str(), sent.prompt()), (path, "Write code"));
        assert_eq!(sent.body, Client::new(&config).unwrap().body(&plain()), "{api}: body() tells the bytes");
        assert_eq!(sent.json["max_tokens"], 100, "{api}");
        let header = |name: &str| sent.headers.get(name).map(String::as_str);
        let bearer = format!("Bearer {KEY}");
        if api == "anthropic" {
            assert_eq!((header("x-api-key"), header("anthropic-version")), (Some(KEY), Some("2023-06-01")));
            assert_eq!(header("authorization"), None);
        } else {
            assert_eq!((header("authorization"), header("x-api-key")), (Some(bearer.as_str()), None));
        }
    }
}

#[test]
fn the_end_of_a_stream_has_many_shapes() {
    for api in FORMATS {
        for (reply, finish) in [
            (Reply::text("hello").without_done(), "stop"),
            (Reply::text("hello").without_usage(), "stop"),
            (Reply::text("hello").finish("length"), "length"),
            (Reply::text("hello").finish("max_tokens"), "max_tokens"),
        ] {
            let server = Server::start(move |_, _| reply.clone());
            let answer = ask(&config(&server, api)).unwrap();
            let said = if answer.finish == "end_turn" { "stop" } else { &answer.finish };
            assert_eq!((answer.text.as_str(), said), ("hello", finish), "{api}");
        }
    }
}

#[test]
fn thinking_comes_before_the_answer_in_a_block() {
    for api in ["openai-chat", "anthropic"] {
        let server = Server::start(|_, _| Reply::text("code").reasoning("let me see"));
        assert_eq!(ask(&config(&server, api)).unwrap().text.as_str(), "<think>let me see</think>\ncode", "{api}");
    }
}

#[test]
fn a_document_in_place_of_a_stream_is_taken() {
    for api in FORMATS {
        let document = match api {
            "openai-chat" => json!({"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}),
            "openai-completions" => json!({"choices": [{"text": "hi", "finish_reason": "stop"}]}),
            _ => json!({"type": "message", "content": [{"type": "text", "text": "hi"}], "stop_reason": "end_turn"}),
        };
        let server = Server::start(move |_, _| Reply::json(&document));
        assert_eq!(ask(&config(&server, api)).unwrap().text.as_str(), "hi", "{api}");
    }
}

#[test]
fn passing_errors_are_tried_again() {
    for status in [429, 500, 503, 529] {
        recovers(|_| Reply::status(status, r#"{"type":"error","error":{"type":"overloaded_error","message":"busy"}}"#));
    }
    recovers(|api| breaks_off(api, "overloaded_error", 529));
    recovers(|_| Reply::text("abc").without_finish());
    recovers(|_| Reply::text("0123456789").cut_after(250));
    recovers(|_| Reply::text("0123456789").cut_after(0));
}

#[test]
fn retry_after_is_honoured() {
    for api in FORMATS {
        let server = Server::start(|_, nth| match nth {
            0 => Reply::status(429, r#"{"error":{"type":"rate_limit_error","message":"slow down"}}"#)
                .header("retry-after", "0.3"),
            _ => Reply::text("ok"),
        });
        ask(&config(&server, api)).unwrap();
        let requests = server.requests();
        assert!(requests[1].at - requests[0].at >= Duration::from_millis(300), "{api}");
    }
}

#[test]
fn a_wrong_key_fails_at_once_and_the_message_says_where_it_came_from() {
    let says = format!(r#"{{"type":"error","error":{{"type":"authentication_error","message":"invalid key {KEY}"}}}}"#);
    fails_at_once(
        |_| Reply::status(401, says.clone()),
        |api, error| {
            assert_eq!((error.reason, error.status), (Reason::Refused, Some(401)), "{api}");
            assert!(error.message.contains("SCRIPTED_KEY (key_env)"), "{api}: {error}");
            assert!(!format!("{error:?}").contains(KEY), "{api}: {error:?}");
        },
    );
    for api in FORMATS {
        let server = Server::start(|_, _| Reply::status(401, "who are you?"));
        let error = ask(&config(&server, api)).unwrap_err();
        assert!(error.message.contains("no key was sent") && error.message.contains("key_env"), "{api}: {error}");
    }
}

#[test]
fn a_refusal_inside_the_stream_is_final_and_keeps_its_bytes() {
    fails_at_once(
        |api| breaks_off(api, "invalid_request_error", 400),
        |api, error| {
            assert_eq!((error.reason, error.status), (Reason::Refused, Some(400)), "{api}");
            assert_eq!(error.partial.as_deref(), Some("abc"), "{api}");
            assert!(error.message.contains("sorry"), "{api}: {error}");
        },
    );
}

#[test]
fn garbage_is_malformed_at_once() {
    fails_at_once(
        |api| begun(api, "data: {\"typ\n\ndata: {}\n\n"),
        |api, error| {
            assert_eq!((error.reason, error.partial.as_deref()), (Reason::Malformed, Some("abc")), "{api}");
            assert!(error.message.contains("{\"typ"), "{api}: {error}");
        },
    );
    let malformed = |api: &str, error: &CallError| assert_eq!(error.reason, Reason::Malformed, "{api}: {error}");
    fails_at_once(|_| Reply::json(&json!({"hello": 1})), malformed);
    fails_at_once(|_| Reply::raw(["data: \u{1b}[31mrubbish\n\n: more\n\n"]), malformed);
    fails_at_once(
        |_| Reply::raw(["<html>Welcome</html>"]),
        |api, error| {
            malformed(api, error);
            assert!(error.message.contains("Welcome"), "{api}: {error}");
        },
    );
    // Another format's stream.
    fails_at_once(|api| begun(if api == "anthropic" { "openai-chat" } else { "anthropic" }, ": more\n\n"), malformed);
}

#[test]
fn a_stream_without_an_end_is_half() {
    for (api, field) in FORMATS.into_iter().zip(["finish_reason", "finish_reason", "stop_reason"]) {
        let server = Server::start(|_, _| Reply::text("abc").without_finish());
        let error = ask(&config(&server, api)).unwrap_err();
        assert_eq!((error.reason, error.partial.as_deref(), error.tries), (Reason::Half, Some("abc"), 3), "{api}");
        assert!(error.message.contains(field), "{api}: {error}");
    }
}

#[test]
fn a_connection_cut_anywhere_is_half() {
    for api in FORMATS {
        for bytes in (0..1300).step_by(61) {
            let reply = Reply::text("0123456789 é€😀").without_usage().cut_after(bytes);
            let server = Server::start(move |_, _| reply.clone());
            match ask(&ModelConfig { tries: 1, ..config(&server, api) }) {
                // The cut came after the reason to end.
                Ok(answer) => assert_eq!(answer.text.as_str(), "0123456789 é€😀", "{api}: cut after {bytes}"),
                Err(error) => {
                    assert_eq!(error.reason, Reason::Half, "{api}: cut after {bytes}: {error:?}");
                    let partial = error.partial.as_deref().unwrap_or_default();
                    assert!("0123456789 é€😀".starts_with(partial), "{api}: cut after {bytes}: {partial:?}");
                }
            }
        }
    }
}

#[test]
fn silence_ends_at_its_deadline() {
    for api in FORMATS {
        let server = Server::start(|_, _| Reply::text("abcd").chunks(4).hang_after(1));
        let mut first = config(&server, api);
        first.deadlines.first_token = Duration::from_millis(200);
        let error = ask(&first).unwrap_err();
        assert_eq!((error.reason, error.tries, error.partial), (Reason::FirstToken, 1, None), "{api}");

        let server = Server::start(|_, _| Reply::text("abcd").chunks(4).hang_after(3));
        let mut idle = ModelConfig { tries: 2, ..config(&server, api) };
        idle.deadlines.idle = Duration::from_millis(700);
        let error = ask(&idle).unwrap_err();
        assert_eq!((error.reason, error.tries, error.partial.as_deref()), (Reason::Idle, 2, Some("ab")), "{api}");
    }
}

#[test]
fn an_answer_over_the_limit_is_cut() {
    for api in FORMATS {
        let server = Server::start(|_, _| Reply::text("é".repeat(600)).chunks(100));
        let error = ask(&ModelConfig { answer_limit: 101, ..config(&server, api) }).unwrap_err();
        assert_eq!((error.reason, error.tries), (Reason::TooLarge, 1), "{api}");
        assert_eq!(error.partial.as_deref(), Some("é".repeat(50).as_str()), "{api}");
    }
}

#[test]
fn the_connection_test_asks_each_server_in_its_way() {
    for api in FORMATS {
        let server = Server::start(|_, _| Reply::text("x"));
        let client = Client::new(&with_key(&server, api)).unwrap();
        assert_eq!(block_on(client.probe()).unwrap(), ["scripted"], "{api}");
        let asked = &server.lists()[0];
        assert_eq!(asked.path.split('?').next(), Some("/v1/models"), "{api}");
        let key = if api == "anthropic" { "x-api-key" } else { "authorization" };
        assert!(asked.headers[key].contains(KEY), "{api}");
        assert_eq!(asked.headers.contains_key("anthropic-version"), api == "anthropic");
        assert_eq!(server.count(), 0);
    }
}
