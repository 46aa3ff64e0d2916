//! OpenAI's chat completions, as its many imitators speak it: `POST /chat/completions`, `stream: true`.

use serde::{Deserialize, Serialize};

use super::openai::{self, Choice, Sampling};
use super::{Delta, Dialect, WireError};
use crate::llm::call::{ChatRequest, Role};

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    messages: Vec<Turn<'a>>,
    #[serde(flatten)]
    sampling: Sampling,
}

#[derive(Serialize)]
struct Turn<'a> {
    role: Role,
    content: &'a str,
}

pub(super) fn body(dialect: &Dialect<'_>, request: &ChatRequest) -> Vec<u8> {
    let body = Body {
        model: dialect.model,
        messages: request.messages.iter().map(|m| Turn { role: m.role, content: &m.content }).collect(),
        sampling: Sampling::new(dialect, request),
    };
    // Strings and finite numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

/// A chunk of a stream and a whole completion differ in one name: `delta` or `message`.
#[derive(Deserialize)]
struct Part {
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

impl Choice for Part {
    fn index(&self) -> u32 {
        self.index
    }

    fn take(self, delta: &mut Delta) -> Option<String> {
        if let Some(said) = self.delta.or(self.message) {
            delta.reasoning.push_str(&said.reasoning_content.or(said.reasoning).unwrap_or_default());
            delta.text.push_str(&said.content.unwrap_or_default());
        }
        self.finish_reason
    }
}

pub(super) fn decode(data: &str) -> Result<Delta, WireError> {
    openai::decode::<Part>(data, "a chat completion")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::call::Message;
    use crate::llm::config::TokensField;

    fn dialect(tokens_field: TokensField, ask_usage: bool) -> Dialect<'static> {
        Dialect { model: "m", tokens_field, ask_usage }
    }

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
        let body = body(&dialect(TokensField::MaxTokens, true), &request());
        insta::assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"model":"m","messages":[{"role":"system","content":"Short."},{"role":"user","content":"Write \"x\"\n\u001bé"}],"max_tokens":20,"temperature":1.0,"seed":7,"stream":true,"stream_options":{"include_usage":true}}"#);
    }

    #[test]
    fn what_is_refused_is_left_out() {
        let plain = ChatRequest { temperature: None, seed: None, ..request() };
        let body = body(&dialect(TokensField::MaxCompletionTokens, false), &plain);
        insta::assert_snapshot!(String::from_utf8(body).unwrap(), @r#"{"model":"m","messages":[{"role":"system","content":"Short."},{"role":"user","content":"Write \"x\"\n\u001bé"}],"max_completion_tokens":20,"stream":true}"#);
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
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (Some(3), Some(4)));
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
        assert_eq!(passing(r#"{"error":"busy","error_type":"overloaded"}"#), (true, None));
        assert_eq!(passing(r#"{"object":"error","message":"no","code":400}"#), (false, Some(400)));
        assert!(matches!(decode(r#"{"x":1}"#), Err(WireError::Malformed(_))));
        assert!(matches!(decode(r#"{"choices":"#), Err(WireError::Malformed(_))));
    }
}
