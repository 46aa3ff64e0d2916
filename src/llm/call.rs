//! What is asked of a model and what comes back.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::core::event::Usage;
use crate::core::text::Text;

#[derive(Debug, Clone, PartialEq)]
pub struct ChatRequest {
    pub messages: Vec<Message>,
    pub max_tokens: u32,
    /// `None` leaves the field out.
    pub temperature: Option<f64>,
    pub seed: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub role: Role,
    pub content: String,
}

impl Message {
    pub fn user(content: impl Into<String>) -> Self {
        Self { role: Role::User, content: content.into() }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    User,
    Assistant,
    System,
}

/// A whole answer: the server said how it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Reasoning that came apart stands before the answer, inside `<think>…</think>`.
    pub text: Text,
    /// Length of the text in bytes so far, and milliseconds since the request was sent; coalesced.
    pub chunks: Vec<(u32, u32)>,
    /// The server's `finish_reason`.
    pub finish: String,
    pub model: Option<String>,
    pub usage: Option<Usage>,
    /// Seconds of the try that succeeded.
    pub seconds: f64,
    /// From 1.
    pub tries: u32,
}

/// A call that gave no whole answer. No field ever holds the key.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    pub reason: Reason,
    pub message: String,
    /// The HTTP status of the last try, where one came.
    pub status: Option<u16>,
    /// The text that came before the end, of the last try that brought any.
    pub partial: Option<Text>,
    pub tries: u32,
    /// Seconds of the whole call, with its waits.
    pub seconds: f64,
}

/// Why a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// No connection came about.
    Connect,
    /// No text in time.
    FirstToken,
    /// Silence in the middle of an answer.
    Idle,
    /// The whole call, waits included, took too long.
    Total,
    /// The answer ended without a `finish_reason`, or the connection broke.
    Half,
    /// A passing error of the server, on every try.
    Status,
    /// The server does not take this request.
    Refused,
    /// Not what the wire format says.
    Malformed,
    /// More bytes than the limit.
    TooLarge,
    /// Given up by the one who asked.
    Cancelled,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::FirstToken => "first-token",
            Self::Idle => "idle",
            Self::Total => "total",
            Self::Half => "half",
            Self::Status => "status",
            Self::Refused => "refused",
            Self::Malformed => "malformed",
            Self::TooLarge => "too-large",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What happens while a call is under way; passing, never stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// A try begins. Text of earlier tries no longer counts.
    Sent {
        at: jiff::Timestamp,
        attempt: u32,
    },
    Text {
        delta: &'a str,
    },
    /// `attempt` is the next try, of `of`; `failed` is the one before it, with its bytes.
    Retrying {
        until: jiff::Timestamp,
        attempt: u32,
        of: u32,
        reason: &'a str,
        failed: &'a CallError,
    },
}
