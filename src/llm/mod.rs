//! Floor 2: clients for wire formats, deadlines, retry, and the configuration that names models.
//!
//! `config` reads `fdsp.toml`; `client` asks and tries again; `attempt` is one try; `reader` turns a response's bytes
//! into events under deadlines; `collect` builds the text; `wire` knows the formats; `secret` keeps keys out of sight;
//! `hint` says which line of the file to change. Knows nothing of prompts.

mod attempt;
mod call;
mod client;
mod collect;
pub mod config;
mod hint;
mod reader;
mod retry;
mod secret;
mod wire;

pub use call::{Answer, CallError, ChatRequest, Message, Progress, Reason, Role};
pub use client::Client;
pub use config::{Config, ConfigError, Deadlines, ModelConfig, Prices};
pub use wire::Api;
