//! What OpenAI's two formats have in common: the fields beside the prompt, the frame of a reply, errors.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Delta, Dialect, WireError, count};
use crate::llm::call::ChatRequest;
use crate::llm::config::TokensField;

/// The end of every body.
#[derive(Serialize)]
pub(super) struct Sampling {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    stream: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<StreamOptions>,
}

#[derive(Serialize)]
struct StreamOptions {
    include_usage: bool,
}

impl Sampling {
    pub fn new(dialect: &Dialect<'_>, request: &ChatRequest) -> Self {
        let limit = |field| (dialect.tokens_field == field).then_some(request.max_tokens);
        Self {
            max_tokens: limit(TokensField::MaxTokens),
            max_completion_tokens: limit(TokensField::MaxCompletionTokens),
            temperature: request.temperature.filter(|t| t.is_finite()),
            seed: request.seed,
            stream: true,
            stream_options: dialect.ask_usage.then_some(StreamOptions { include_usage: true }),
        }
    }
}

/// A reply, or a piece of one; `C` is the format's choice.
#[derive(Deserialize)]
struct Reply<C> {
    error: Option<Value>,
    /// TGI's word for the kind of an error.
    error_type: Option<String>,
    /// `error` where vLLM puts an error's fields beside it.
    object: Option<String>,
    code: Option<Value>,
    message: Option<Value>,
    choices: Option<Vec<C>>,
    model: Option<String>,
    usage: Option<Value>,
}

/// One of the answers asked for.
pub(super) trait Choice {
    fn index(&self) -> u32;
    /// Moves the text into `delta` and gives the `finish_reason`.
    fn take(self, delta: &mut Delta) -> Option<String>;
}

/// A chunk of a stream, or a whole completion: they have the same frame.
pub(super) fn decode<C: Choice + for<'a> Deserialize<'a>>(data: &str, what: &str) -> Result<Delta, WireError> {
    if data.trim() == "[DONE]" {
        return Ok(Delta { done: true, ..Delta::default() });
    }
    let reply: Reply<C> = serde_json::from_str(data).map_err(|error| {
        // serde_json quotes values in its messages; what a server wrote is cut short by the caller.
        WireError::Malformed(format!("not {what}: {error}"))
    })?;
    if let Some(error) = reply.error.filter(|error| !error.is_null()) {
        return Err(server_error(&error, reply.error_type.as_deref()));
    }
    if reply.object.as_deref() == Some("error") {
        let error = serde_json::json!({"message": reply.message, "code": reply.code});
        return Err(server_error(&error, None));
    }
    if reply.choices.is_none() && reply.usage.is_none() {
        return Err(WireError::Malformed("a JSON object without `choices`, `usage` or `error`".to_owned()));
    }
    let usage = reply.usage.as_ref();
    let mut delta = Delta {
        model: reply.model,
        prompt_tokens: usage.and_then(|usage| count(usage, "prompt_tokens")),
        completion_tokens: usage.and_then(|usage| count(usage, "completion_tokens")),
        ..Delta::default()
    };
    for choice in reply.choices.into_iter().flatten().filter(|choice| choice.index() == 0) {
        // Some servers send an empty reason with every chunk.
        delta.finish = choice.take(&mut delta).filter(|reason| !reason.is_empty()).or(delta.finish);
    }
    Ok(delta)
}

fn server_error(error: &Value, kind: Option<&str>) -> WireError {
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
    let kind = field("type").and_then(Value::as_str).or(kind).unwrap_or_default();
    let passing = match status {
        Some(status) => crate::llm::retry::passing(status),
        None => ["server_error", "overloaded", "rate_limit", "timeout", "unavailable"].iter().any(|w| kind.contains(w)),
    };
    WireError::Server { message, status, passing }
}
