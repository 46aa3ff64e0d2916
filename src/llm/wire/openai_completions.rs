//! OpenAI's older completions: `POST /completions`, `stream: true`. There are no roles: the prompt is the messages'
//! text.

use serde::{Deserialize, Serialize};

use super::openai::{self, Choice, Sampling};
use super::{Delta, Dialect, WireError};
use crate::llm::call::ChatRequest;
use crate::llm::config::TokensField;

#[derive(Serialize)]
struct Body<'a> {
    model: &'a str,
    prompt: String,
    #[serde(flatten)]
    sampling: Sampling,
}

pub(super) fn body(dialect: &Dialect<'_>, request: &ChatRequest) -> Vec<u8> {
    let messages: Vec<&str> = request.messages.iter().map(|message| message.content.as_str()).collect();
    let dialect = Dialect { tokens_field: TokensField::MaxTokens, ..*dialect };
    let body = Body { model: dialect.model, prompt: messages.join("\n\n"), sampling: Sampling::new(&dialect, request) };
    // Strings and finite numbers always serialise.
    serde_json::to_vec(&body).unwrap_or_default()
}

#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    index: u32,
    text: Option<String>,
    finish_reason: Option<String>,
}

impl Choice for Part {
    fn index(&self) -> u32 {
        self.index
    }

    fn take(self, delta: &mut Delta) -> Option<String> {
        delta.text.push_str(&self.text.unwrap_or_default());
        self.finish_reason
    }
}

pub(super) fn decode(data: &str) -> Result<Delta, WireError> {
    openai::decode::<Part>(data, "a completion")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::call::Message;

    #[test]
    fn the_prompt_is_the_message() {
        let request = ChatRequest {
            messages: vec![Message::user("Write\nit")],
            max_tokens: 9,
            temperature: Some(0.5),
            seed: None,
        };
        let dialect = Dialect { model: "m", tokens_field: TokensField::MaxCompletionTokens, ask_usage: true };
        insta::assert_snapshot!(String::from_utf8(body(&dialect, &request)).unwrap(), @r#"{"model":"m","prompt":"Write\nit","max_tokens":9,"temperature":0.5,"stream":true,"stream_options":{"include_usage":true}}"#);
    }

    #[test]
    fn chunks_of_every_kind() {
        let text = decode(r#"{"object":"text_completion","choices":[{"text":"a","index":0,"logprobs":null,"finish_reason":null}],"model":"m","usage":null}"#).unwrap();
        assert_eq!((text.text.as_str(), text.finish, text.model.as_deref()), ("a", None, Some("m")));
        let end = decode(r#"{"choices":[{"text":"","index":0,"finish_reason":"length"}]}"#).unwrap();
        assert_eq!((end.text.as_str(), end.finish.as_deref()), ("", Some("length")));
        let usage = decode(r#"{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#).unwrap();
        assert_eq!((usage.prompt_tokens, usage.completion_tokens), (Some(3), Some(4)));
        assert_eq!(decode(r#"{"choices":[{"index":1,"text":"no"}]}"#).unwrap().text, "");
        assert!(decode("[DONE]").unwrap().done);
        assert!(matches!(decode(r#"{"error":{"message":"no","code":400}}"#), Err(WireError::Server { .. })));
        assert!(matches!(decode(r#"{"x":1}"#), Err(WireError::Malformed(_))));
    }
}
