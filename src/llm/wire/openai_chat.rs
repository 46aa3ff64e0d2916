//! OpenAI's chat completions, as its many imitators speak it: `POST /chat/completions`, `stream: true`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delta, WireError};
use crate::core::event::Usage;
use crate::llm::call::{ChatRequest, Role};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    stream: bool,
    stream_options: StreamOptions,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: Role,
    content: &'a str,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

pub(super) fn body(model: &str, base_url: &str, request: &ChatRequest) -> Vec<u8> {
    // OpenAI's newer models refuse `max_tokens`; most imitators know nothing else.
    let newer = base_url.starts_with("https://api.openai.com/");
    let body = Body {
        model,
        messages: request.messages.iter().map(|m| Turn { role: m.role, content: &m.content }).collect(),
        max_tokens: (!newer).then_some(request.max_tokens),
        max_completion_tokens: newer.then_some(request.max_tokens),
        temperature: request.temperature.filter(|t| t.is_finite()),
        seed: request.seed,
        stream: true,
        stream_options: StreamOptions { include_usage: true },
    };
    // Strings and finite numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[derive(Deserialize)]
struct Reply {
    error: Option<Value>,
    choices: Option<Vec<Choice>>,
    model: Option<String>,
    usage: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default)]
    index: u32,
    delta: Option<Said>,
    message: Option<Said>,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
    reasoning_content: Option<String>,
    reasoning: Option<String>,
}

/// A chunk of a stream and a whole completion differ in one name: `delta` or `message`.
pub(super) fn decode(data: &str) -> Result<Delta, WireError> {
    if data.trim() == "[DONE]" {
        return Ok(Delta { done: true, ..Delta::default() });
    }
    let reply: Reply = serde_json::from_str(data).map_err(|error| {
        // serde_json quotes values in its messages; what a server wrote is cut short by the caller.
        WireError::Malformed(format!("not a chat completion: {error}"))
    })?;
    if let Some(error) = reply.error.filter(|error| !error.is_null()) {
        return Err(server_error(&error));
    }
    if reply.choices.is_none() && reply.usage.is_none() {
        return Err(WireError::Malformed("a JSON object without `choices`, `usage` or `error`".to_owned()));
    }
    let mut delta = Delta { model: reply.model, usage: reply.usage.as_ref().and_then(usage), ..Delta::default() };
    for choice in reply.choices.into_iter().flatten().filter(|choice| choice.index == 0) {
        if let Some(said) = choice.delta.or(choice.message) {
            delta.reasoning.push_str(&said.reasoning_content.or(said.reasoning).unwrap_or_default());
            delta.text.push_str(&said.content.unwrap_or_default());
        }
        // Some servers send an empty reason with every chunk.
        delta.finish = choice.finish_reason.filter(|reason| !reason.is_empty()).or(delta.finish);
    }
    Ok(delta)
}

fn usage(value: &Value) -> Option<Usage> {
    let count = |name: &str| value.get(name).and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
    Some(Usage { prompt: count("prompt_tokens")?, completion: count("completion_tokens").unwrap_or(0) })
}

fn server_error(error: &Value) -> WireError {
    let field = |name: &str| error.get(name).filter(|value| !value.is_null());
    let message = match error {
        Value::String(text) => text.clone(),
        _ => field("message").and_then(Value::as_str).map_or_else(|| error.to_string(), str::to_owned),
    };
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let status = field("code")
        .and_then(number)
        .or_else(|| field("status").and_then(number))
        .and_then(|code| u16::try_from(code).ok())
        .filter(|code| (400..600).contains(code));
    let kind = field("type").and_then(Value::as_str).unwrap_or_default();
    let passing = match status {
        Some(status) => crate::llm::retry::passing(status),
        None => ["server_error", "overloaded", "rate_limit", "timeout", "unavailable"].iter().any(|w| kind.contains(w)),
    };
    WireError::Server { message, status, passing }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::call::Message;

    fn request() -> ChatRequest {
        ChatRequest {
            messages: vec![
                Message { role: Role::System, content: "Short.".to_owned() },
                Message::user("Write \"x\"\n\u{1b}é"),
            ],
            max_tokens: 20,
            temperature: Some(1.0),
            seed: Some(7),
        }
    }

    #[test]
    fn the_body_is_always_the_same_bytes() {
        let body = body("m", "http://127.0.0.1/v1", &request());
        insta::assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"model":"m","messages":[{"role":"system","content":"Short."},{"role":"user","content":"Write \"x\"\n\u001bé"}],"max_tokens":20,"temperature":1.0,"seed":7,"stream":true,"stream_options":{"include_usage":true}}"#);
    }

    #[test]
    fn openai_itself_gets_its_newer_field() {
        let plain = ChatRequest { temperature: None, seed: None, ..request() };
        let body = String::from_utf8(body("m", "https://api.openai.com/v1", &plain)).unwrap();
        assert!(body.contains(r#""max_completion_tokens":20"#) && !body.contains("max_tokens\":20,\"temp"), "{body}");
        assert!(!body.contains("temperature") && !body.contains("seed"), "{body}");
    }

    #[test]
    fn chunks_of_every_kind() {
        let text =
            decode(r#"{"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":""}],"model":"m"}"#).unwrap();
        assert_eq!((text.text.as_str(), text.finish, text.model.as_deref()), ("a", None, Some("m")));
        let role =
            decode(r#"{"choices":[{"delta":{"role":"assistant","content":null},"finish_reason":null}]}"#).unwrap();
        assert_eq!(role, Delta::default());
        let end = decode(r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#).unwrap();
        assert_eq!(end.finish.as_deref(), Some("length"));
        let usage = decode(r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#).unwrap();
        assert_eq!(usage.usage, Some(Usage { prompt: 3, completion: 4 }));
        let other = decode(r#"{"choices":[{"index":1,"delta":{"content":"no"}}]}"#).unwrap();
        assert_eq!(other.text, "");
        assert!(decode("[DONE]").unwrap().done);
    }

    #[test]
    fn errors_inside_a_stream_are_passing_or_not() {
        let passing = |data| match decode(data) {
            Err(WireError::Server { passing, status, .. }) => (passing, status),
            other => panic!("{other:?}"),
        };
        assert_eq!(passing(r#"{"error":{"message":"busy","code":503}}"#), (true, Some(503)));
        assert_eq!(passing(r#"{"error":{"message":"busy","type":"overloaded_error"}}"#), (true, None));
        assert_eq!(passing(r#"{"error":{"message":"no","code":"400"}}"#), (false, Some(400)));
        assert_eq!(passing(r#"{"error":"no"}"#), (false, None));
        assert!(matches!(decode(r#"{"x":1}"#), Err(WireError::Malformed(_))));
        assert!(matches!(decode(r#"{"choices":"#), Err(WireError::Malformed(_))));
    }
}
