//! One `[models.NAME]` as it stands in the file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Deserialize;

use crate::llm::wire::Api;

/// One `[models.NAME]`. Times are in seconds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    /// Default: what the address tells, else `openai-chat`.
    pub api: Option<Api>,
    /// Default: OpenAI's or Anthropic's own.
    pub base_url: Option<String>,
    /// Azure's `api-version`, e.g. `2024-10-21`.
    pub api_version: Option<String>,
    /// Default: the table's name.
    pub model: Option<String>,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// A file with mode 0600 that holds the key; relative to `fdsp.toml`, `~/` is the home directory.
    pub key_file: Option<PathBuf>,
    /// The header that carries the key; default: what the API wants.
    pub key_header: Option<String>,
    /// Sent with every request.
    #[serde(default)]
    pub headers: BTreeMap<String, HeaderEntry>,
    /// `http://HOST:PORT`, or `none`; default: the environment's (`HTTPS_PROXY` and its like).
    pub proxy: Option<String>,
    /// The environment variable that holds the proxy's `user:password`.
    pub proxy_auth_env: Option<String>,
    /// Certificates (PEM) of authorities to trust beside the system's; relative to `fdsp.toml`.
    pub ca_file: Option<PathBuf>,
    /// Default: what the address is known to take, else `max_tokens`.
    pub tokens_field: Option<TokensField>,
    /// Fields that the model or its server refuses.
    #[serde(default)]
    pub omit: Vec<Omit>,
    pub temperature: Option<f64>,
    pub max_tokens: Option<u32>,
    pub max_tokens_generate: Option<u32>,
    pub seed: Option<u64>,
    pub prices: Option<Prices>,
    #[serde(default)]
    pub deadlines: DeadlineEntry,
    pub tries: Option<u32>,
    /// Seconds before the second try; doubles from there.
    pub backoff: Option<f64>,
    /// Most bytes of one answer.
    pub answer_limit: Option<usize>,
}

/// The value of a header: as it stands, or for a secret the environment variable that holds it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "a header's value is a text, or { env = \"NAME\" } for a secret")]
pub enum HeaderEntry {
    Plain(String),
    Secret(EnvEntry),
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnvEntry {
    pub env: String,
}

/// The request's name for the limit of an answer. OpenAI's newer models refuse the older name; most other servers
/// know no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokensField {
    #[default]
    MaxTokens,
    MaxCompletionTokens,
}

impl TokensField {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxTokens => "max_tokens",
            Self::MaxCompletionTokens => "max_completion_tokens",
        }
    }
}

/// A field that can be left out of every request to a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Omit {
    Temperature,
    Seed,
    /// Asks for the usage at the end of a stream; without it no tokens are counted.
    StreamOptions,
}

impl Omit {
    pub const ALL: [Self; 3] = [Self::Temperature, Self::Seed, Self::StreamOptions];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Seed => "seed",
            Self::StreamOptions => "stream_options",
        }
    }
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeadlineEntry {
    pub connect: Option<f64>,
    pub first_token: Option<f64>,
    pub idle: Option<f64>,
    pub total: Option<f64>,
}

/// Per million tokens, in the user's currency.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    pub input: f64,
    pub output: f64,
}
