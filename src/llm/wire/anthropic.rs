//! Anthropic's Messages: `POST /v1/messages`, `stream: true`, version 2023-06-01.
//!
//! A stream is `message_start`, then content blocks (`content_block_start`, `…_delta`, `…_stop`), then `message_delta`
//! with the `stop_reason`, then `message_stop`; `ping` and kinds that are not known yet may come anywhere, `error` too.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delta, Dialect, WireError, count};
use crate::llm::call::{ChatRequest, Role};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    max_tokens: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    system: Option<String>,
    messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    stream: bool,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: Role,
    content: &'a str,
}

/// The format has no seed: [`crate::llm::ModelConfig::takes`] refuses one.
pub(super) fn body(dialect: &Dialect<'_>, request: &ChatRequest) -> Vec<u8> {
    let (system, turns): (Vec<_>, Vec<_>) = request.messages.iter().partition(|message| message.role == Role::System);
    let system: Vec<&str> = system.iter().map(|message| message.content.as_str()).collect();
    let body = Body {
        model: dialect.model,
        max_tokens: request.max_tokens,
        system: (!system.is_empty()).then(|| system.join("\n\n")),
        messages: turns.iter().map(|message| Turn { role: message.role, content: &message.content }).collect(),
        temperature: request.temperature.filter(|t| t.is_finite()),
        stream: true,
    };
    // Strings and finite numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// An event, or a whole message; which fields there are depends on `type`.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "type")]
    kind: String,
    /// Of `message_start`.
    message: Option<Box<Message>>,
    content_block: Option<Block>,
    delta: Option<Change>,
    usage: Option<Value>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Message {
    #[serde(default)]
    content: Vec<Block>,
    model: Option<String>,
    stop_reason: Option<String>,
    usage: Option<Value>,
}

/// A block of text or of thinking; of other kinds nothing is taken.
#[derive(Deserialize)]
struct Block {
    text: Option<String>,
    thinking: Option<String>,
}

#[derive(Deserialize)]
struct Change {
    text: Option<String>,
    thinking: Option<String>,
    stop_reason: Option<String>,
}

pub(super) fn decode_event(data: &str) -> Result<Delta, WireError> {
    let event: Event = serde_json::from_str(data).map_err(malformed)?;
    let mut delta = Delta::default();
    match event.kind.as_str() {
        "error" => return Err(server_error(event.error.as_ref())),
        "message_start" => event.message.into_iter().for_each(|message| take(*message, &mut delta)),
        "content_block_start" => event.content_block.into_iter().for_each(|block| take_block(block, &mut delta)),
        "content_block_delta" | "message_delta" => {
            if let Some(change) = event.delta {
                take_block(Block { text: change.text, thinking: change.thinking }, &mut delta);
                delta.finish = change.stop_reason;
            }
            take_usage(event.usage.as_ref(), &mut delta);
        }
        "message_stop" => delta.done = true,
        _ => {}
    }
    Ok(delta)
}

pub(super) fn decode_whole(body: &str) -> Result<Delta, WireError> {
    let value: Value = serde_json::from_str(body).map_err(malformed)?;
    if let Some(error) = value.get("error").filter(|error| !error.is_null()) {
        return Err(server_error(Some(error)));
    }
    if value.get("type").and_then(Value::as_str) != Some("message") {
        return Err(WireError::Malformed("a JSON object that is neither a `message` nor an `error`".to_owned()));
    }
    let mut delta = Delta::default();
    take(serde_json::from_value(value).map_err(malformed)?, &mut delta);
    Ok(delta)
}

fn malformed(error: serde_json::Error) -> WireError {
    WireError::Malformed(format!("not of Anthropic's Messages: {error}"))
}

fn take(message: Message, delta: &mut Delta) {
    message.content.into_iter().for_each(|block| take_block(block, delta));
    delta.model = message.model;
    delta.finish = message.stop_reason;
    take_usage(message.usage.as_ref(), delta);
}

fn take_block(block: Block, delta: &mut Delta) {
    delta.reasoning.push_str(&block.thinking.unwrap_or_default());
    delta.text.push_str(&block.text.unwrap_or_default());
}

/// `input_tokens` leaves out what the cache took or gave; it was read all the same.
fn take_usage(usage: Option<&Value>, delta: &mut Delta) {
    let Some(usage) = usage else { return };
    let parts = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"];
    delta.prompt_tokens = parts.iter().filter_map(|name| count(usage, name)).reduce(u32::saturating_add);
    delta.completion_tokens = count(usage, "output_tokens");
}

fn server_error(error: Option<&Value>) -> WireError {
    let text = |name: &str| error.and_then(|error| error.get(name)).and_then(Value::as_str);
    let kind = text("type").unwrap_or_default();
    // The status that the same error has as a response.
    let status = match kind {
        "invalid_request_error" => Some(400),
        "authentication_error" => Some(401),
        "billing_error" => Some(402),
        "permission_error" => Some(403),
        "not_found_error" => Some(404),
        "request_too_large" => Some(413),
        "rate_limit_error" => Some(429),
        "api_error" => Some(500),
        "timeout_error" => Some(504),
        "overloaded_error" => Some(529),
        _ => None,
    };
    let said = text("message").map(str::to_owned);
    let said = said.or_else(|| error.map(Value::to_string)).unwrap_or_else(|| "an error without words".to_owned());
    let message = if kind.is_empty() { said } else { format!("{kind}: {said}") };
    WireError::Server { message, status, passing: status.is_some_and(crate::llm::retry::passing) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::call;
    use crate::llm::config::TokensField;

    #[test]
    fn the_body_has_the_system_apart_and_no_seed() {
        let request = ChatRequest {
            messages: vec![
                call::Message { role: Role::System, content: "Short.".to_owned() },
                call::Message::user("Write \"x\""),
            ],
            max_tokens: 20,
            temperature: Some(1.0),
            seed: Some(7),
        };
        let dialect = Dialect { model: "m", tokens_field: TokensField::MaxTokens, ask_usage: true };
        insta::assert_snapshot!(String::from_utf8(body(&dialect, &request)).unwrap(), @r#"{"model":"m","max_tokens":20,"system":"Short.","messages":[{"role":"user","content":"Write \"x\""}],"temperature":1.0,"stream":true}"#);
    }

    #[test]
    fn events_of_every_kind() {
        let start = decode_event(
            r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":5,"cache_read_input_tokens":7,"output_tokens":1}}}"#,
        )
        .unwrap();
        assert_eq!(
            (start.prompt_tokens, start.completion_tokens, start.model.as_deref()),
            (Some(15), Some(1), Some("m"))
        );
        assert_eq!((start.finish, start.done), (None, false));
        let text = decode_event(r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"a"}}"#);
        assert_eq!(text.unwrap().text, "a");
        let thought = decode_event(
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"why"}}"#,
        );
        assert_eq!(thought.unwrap().reasoning, "why");
        let end = decode_event(
            r#"{"type":"message_delta","delta":{"stop_reason":"max_tokens","stop_sequence":null},"usage":{"output_tokens":9}}"#,
        )
        .unwrap();
        assert_eq!(
            (end.finish.as_deref(), end.prompt_tokens, end.completion_tokens),
            (Some("max_tokens"), None, Some(9))
        );
        assert!(decode_event(r#"{"type":"message_stop"}"#).unwrap().done);
        for nothing in [
            r#"{"type":"ping"}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"x","input":{}}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{"}}"#,
            r#"{"type":"content_block_stop","index":0}"#,
            r#"{"type":"of_the_future","delta":null,"x":[1]}"#,
        ] {
            assert_eq!(decode_event(nothing), Ok(Delta::default()), "{nothing}");
        }
    }

    #[test]
    fn errors_inside_a_stream_are_passing_or_not() {
        let told = |kind: &str| match decode_event(
            &serde_json::json!({"type": "error", "error": {"type": kind, "message": "words"}}).to_string(),
        ) {
            Err(WireError::Server { passing, status, message }) => {
                assert_eq!(message, format!("{kind}: words"));
                (passing, status)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(told("overloaded_error"), (true, Some(529)));
        assert_eq!(told("api_error"), (true, Some(500)));
        assert_eq!(told("rate_limit_error"), (true, Some(429)));
        assert_eq!(told("invalid_request_error"), (false, Some(400)));
        assert_eq!(told("something_else"), (false, None));
        assert!(matches!(decode_event(r#"{"choices":[]}"#), Err(WireError::Malformed(_))));
        assert!(matches!(decode_event("[DONE]"), Err(WireError::Malformed(_))));
    }

    #[test]
    fn a_whole_message() {
        let whole = decode_whole(
            r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"thinking","thinking":"hm","signature":"s"},{"type":"text","text":"a"},{"type":"text","text":"b"}],"stop_reason":"end_turn","usage":{"input_tokens":3,"output_tokens":4}}"#,
        )
        .unwrap();
        assert_eq!(
            (whole.reasoning.as_str(), whole.text.as_str(), whole.finish.as_deref()),
            ("hm", "ab", Some("end_turn"))
        );
        assert_eq!((whole.prompt_tokens, whole.completion_tokens), (Some(3), Some(4)));
        assert!(matches!(
            decode_whole(r#"{"type":"error","error":{"type":"authentication_error","message":"no"}}"#),
            Err(WireError::Server { status: Some(401), passing: false, .. })
        ));
        assert!(matches!(decode_whole(r#"{"hello":1}"#), Err(WireError::Malformed(_))));
    }
}
