//! Wire formats: what is sent and how the answer reads. A new format is a sibling file and a variant of [`Api`].

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::call::ChatRequest;
use super::config::TokensField;
use crate::core::ids::UnknownWord;

mod anthropic;
mod openai;
mod openai_chat;
mod openai_completions;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    OpenaiChat,
    /// OpenAI's older completions: one prompt, no roles.
    OpenaiCompletions,
    /// Anthropic's Messages.
    Anthropic,
}

/// What a body depends on beside the request.
pub(super) struct Dialect<'a> {
    pub model: &'a str,
    pub tokens_field: TokensField,
    /// Ask for the usage at the end of a stream.
    pub ask_usage: bool,
}

/// What one event of a stream, or a whole body, brings.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Delta {
    pub reasoning: String,
    pub text: String,
    pub finish: Option<String>,
    pub model: Option<String>,
    /// Counts so far, not since the last event.
    pub prompt_tokens: Option<u32>,
    pub completion_tokens: Option<u32>,
    /// The server will send no more.
    pub done: bool,
}

#[derive(Debug, PartialEq)]
pub(super) enum WireError {
    /// Not this format; says what is wrong.
    Malformed(String),
    /// The server reports an error inside a stream that began with 200.
    Server { message: String, status: Option<u16>, passing: bool },
}

impl Api {
    /// A format whose endpoint ends like another's comes before it.
    pub const ALL: [Self; 3] = [Self::OpenaiChat, Self::OpenaiCompletions, Self::Anthropic];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai-chat",
            Self::OpenaiCompletions => "openai-completions",
            Self::Anthropic => "anthropic",
        }
    }

    /// The endpoint, appended to the base URL.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::OpenaiChat => "/chat/completions",
            Self::OpenaiCompletions => "/completions",
            Self::Anthropic => "/messages",
        }
    }

    /// The field that says how an answer ended.
    pub(super) fn finish_field(self) -> &'static str {
        match self {
            Self::OpenaiChat | Self::OpenaiCompletions => "finish_reason",
            Self::Anthropic => "stop_reason",
        }
    }

    /// The same request gives the same bytes.
    pub(super) fn body(self, dialect: &Dialect<'_>, request: &ChatRequest) -> Vec<u8> {
        match self {
            Self::OpenaiChat => openai_chat::body(dialect, request),
            Self::OpenaiCompletions => openai_completions::body(dialect, request),
            Self::Anthropic => anthropic::body(dialect, request),
        }
    }

    pub(super) fn decode_event(self, data: &str) -> Result<Delta, WireError> {
        match self {
            Self::OpenaiChat => openai_chat::decode(data),
            Self::OpenaiCompletions => openai_completions::decode(data),
            Self::Anthropic => anthropic::decode_event(data),
        }
    }

    /// A body that came as one JSON document although a stream was asked for.
    pub(super) fn decode_whole(self, body: &str) -> Result<Delta, WireError> {
        match self {
            Self::OpenaiChat => openai_chat::decode(body),
            Self::OpenaiCompletions => openai_completions::decode(body),
            Self::Anthropic => anthropic::decode_whole(body),
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Api {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|api| api.as_str() == word).ok_or_else(|| UnknownWord {
            what: "a wire format",
            word: word.to_owned(),
            allowed: Self::ALL.map(Self::as_str).join(" "),
        })
    }
}

/// A count of tokens in a usage object.
fn count(usage: &serde_json::Value, name: &str) -> Option<u32> {
    usage.get(name)?.as_u64().and_then(|count| u32::try_from(count).ok())
}
