//! Wire formats: what is sent and how the answer reads. A new format is a sibling file and a variant of [`Api`].

use serde::{Deserialize, Serialize};

use super::call::ChatRequest;
use crate::core::event::Usage;

mod openai_chat;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Api {
    #[default]
    OpenaiChat,
}

/// What one event of a stream, or a whole body, brings.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Delta {
    pub reasoning: String,
    pub text: String,
    pub finish: Option<String>,
    pub model: Option<String>,
    pub usage: Option<Usage>,
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
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai-chat",
        }
    }

    /// Appended to the base URL.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::OpenaiChat => "/chat/completions",
        }
    }

    /// The same request gives the same bytes.
    pub(super) fn body(self, model: &str, base_url: &str, request: &ChatRequest) -> Vec<u8> {
        match self {
            Self::OpenaiChat => openai_chat::body(model, base_url, request),
        }
    }

    pub(super) fn decode_event(self, data: &str) -> Result<Delta, WireError> {
        match self {
            Self::OpenaiChat => openai_chat::decode(data),
        }
    }

    /// A body that came as one JSON document although a stream was asked for.
    pub(super) fn decode_whole(self, body: &str) -> Result<Delta, WireError> {
        match self {
            Self::OpenaiChat => openai_chat::decode(body),
        }
    }
}
