//! A model ready to be asked: an entry with every default filled in and every secret at hand.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderName};
use secrecy::SecretString;

use super::entry::{HeaderEntry, ModelEntry, Omit, Prices, TokensField};
use super::{ConfigError, address, key};
use crate::core::settings::{ModelInfo, Sampling};
use crate::llm::wire::Api;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deadlines {
    pub connect: Duration,
    /// From sending a try to its first text.
    pub first_token: Duration,
    /// Between two arrivals, once text has come.
    pub idle: Duration,
    /// The whole call with all its tries and waits.
    pub total: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_token: Duration::from_secs(600),
            idle: Duration::from_secs(60),
            total: Duration::from_secs(1800),
        }
    }
}

/// A model ready to be asked.
#[derive(Debug, Clone)]
pub struct ModelConfig {
    pub name: String,
    pub api: Api,
    /// Without a slash at the end.
    pub base_url: String,
    pub api_version: Option<String>,
    pub model: String,
    pub key: Option<SecretString>,
    /// In words where the key comes from; `None` without a key.
    pub key_from: Option<String>,
    pub key_header: HeaderName,
    pub headers: Vec<Header>,
    pub proxy: Proxy,
    pub ca_file: Option<PathBuf>,
    pub tokens_field: TokensField,
    pub omit: Vec<Omit>,
    pub temperature: Option<f64>,
    pub max_tokens: Option<u32>,
    pub max_tokens_generate: Option<u32>,
    pub seed: Option<u64>,
    pub prices: Option<Prices>,
    pub deadlines: Deadlines,
    /// From 1.
    pub tries: u32,
    pub backoff: Duration,
    pub answer_limit: usize,
}

/// A header of the user's own.
#[derive(Debug, Clone)]
pub struct Header {
    pub name: HeaderName,
    pub value: SecretString,
    /// From the environment, so never to be shown.
    pub secret: bool,
}

/// The way to a server.
#[derive(Debug, Clone, Default)]
pub enum Proxy {
    /// What the environment says; a server on this machine is asked directly.
    #[default]
    System,
    None,
    At {
        url: String,
        /// `user:password`.
        login: Option<SecretString>,
    },
}

impl Proxy {
    pub(in crate::llm) fn is_https(&self) -> bool {
        match self {
            // A proxy of the environment is not known here; those that speak TLS themselves are rare.
            Self::System | Self::None => false,
            Self::At { url, .. } => url.starts_with("https://"),
        }
    }
}

impl ModelConfig {
    pub(super) fn new(name: &str, entry: ModelEntry, base_url: Option<&str>, base: &Path) -> Result<Self, ConfigError> {
        let wrong = |field, message: String| ConfigError::Field { name: name.to_owned(), field, message };
        let named = |(field, message)| wrong(field, message);
        if let Some(version) = &entry.api_version
            && (version.is_empty() || !version.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)))
        {
            return Err(wrong("api_version", "not a version; write e.g. 2024-10-21".to_owned()));
        }
        let address = address::read(base_url.or(entry.base_url.as_deref()), entry.api, entry.api_version.as_deref())
            .map_err(named)?;
        let found = key::find(&entry, &address.base_url, base).map_err(named)?;
        let (key, key_from) = found.map_or((None, None), |found| (Some(found.key), Some(found.from)));
        let key_header = match &entry.key_header {
            Some(header) => header_name(header).map_err(|message| wrong("key_header", message))?,
            None if address.api == Api::Anthropic => HeaderName::from_static("x-api-key"),
            None if address.azure || entry.api_version.is_some() => HeaderName::from_static("api-key"),
            None => AUTHORIZATION,
        };
        let headers = entry.headers.iter().map(|(name, value)| header(name, value)).collect::<Result<_, _>>();
        let headers = headers.map_err(|message| wrong("headers", message))?;
        let proxy = proxy(&entry).map_err(named)?;
        let seconds = |field, value: Option<f64>, default: Duration| match value {
            None => Ok(default),
            // A day is longer than any deadline makes sense, and far from overflow.
            Some(value) if value > 0.0 && value <= 86_400.0 => Ok(Duration::from_secs_f64(value)),
            Some(value) => Err(wrong(field, format!("{value} is not between 0 and 86400 seconds"))),
        };
        let usual = Deadlines::default();
        let deadlines = Deadlines {
            connect: seconds("deadlines.connect", entry.deadlines.connect, usual.connect)?,
            first_token: seconds("deadlines.first_token", entry.deadlines.first_token, usual.first_token)?,
            idle: seconds("deadlines.idle", entry.deadlines.idle, usual.idle)?,
            total: seconds("deadlines.total", entry.deadlines.total, usual.total)?,
        };
        let backoff = seconds("backoff", entry.backoff, Duration::from_millis(500))?;
        let hottest = if address.api == Api::Anthropic { 1.0 } else { 5.0 };
        if let Some(value) = entry.temperature.filter(|value| !(0.0..=hottest).contains(value)) {
            return Err(wrong("temperature", format!("{value} is not between 0 and {hottest}")));
        }
        for (field, value) in [
            ("max_tokens", entry.max_tokens),
            ("max_tokens_generate", entry.max_tokens_generate),
            ("tries", entry.tries),
        ] {
            if value == Some(0) {
                return Err(wrong(field, "0 is too few; give 1 or more".to_owned()));
            }
        }
        if entry.tokens_field.is_some() && address.api != Api::OpenaiChat {
            return Err(wrong("tokens_field", format!("{} has one name for it; leave this line out", address.api)));
        }
        let newer = address.base_url.starts_with("https://api.openai.com/")
            || (address.azure && address.base_url.ends_with("/openai/v1"));
        let usual = if newer && address.api == Api::OpenaiChat {
            TokensField::MaxCompletionTokens
        } else {
            TokensField::MaxTokens
        };
        let model = Self {
            name: name.to_owned(),
            api: address.api,
            base_url: address.base_url,
            api_version: entry.api_version,
            model: entry.model.unwrap_or_else(|| name.to_owned()),
            key,
            key_from,
            key_header,
            headers,
            proxy,
            ca_file: entry.ca_file.map(|path| key::resolve(&path, base)),
            tokens_field: entry.tokens_field.unwrap_or(usual),
            omit: entry.omit,
            temperature: entry.temperature,
            max_tokens: entry.max_tokens,
            max_tokens_generate: entry.max_tokens_generate,
            seed: entry.seed,
            prices: entry.prices,
            deadlines,
            tries: entry.tries.unwrap_or(6),
            backoff,
            answer_limit: entry.answer_limit.unwrap_or(8 * 1024 * 1024),
        };
        model.takes(model.temperature, model.seed)?;
        Ok(model)
    }

    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            name: self.name.clone(),
            api: self.api.as_str().to_owned(),
            base_url: self.base_url.clone(),
            model: self.model.clone(),
        }
    }

    /// `usual`, with what the model's table says in its place.
    pub fn sampling(&self, usual: &Sampling) -> Sampling {
        Sampling {
            temperature: self.temperature.or(usual.temperature).filter(|_| !self.leaves_out(Omit::Temperature)),
            seed: self.seed.or(usual.seed).filter(|_| !self.leaves_out(Omit::Seed)),
            max_tokens_generate: self.max_tokens_generate.or(self.max_tokens).unwrap_or(usual.max_tokens_generate),
            max_tokens: self.max_tokens.unwrap_or(usual.max_tokens),
        }
    }

    pub fn leaves_out(&self, field: Omit) -> bool {
        self.omit.contains(&field) || (field == Omit::Seed && self.api == Api::Anthropic)
    }

    /// Whether answers can be sampled so: what a run is said to be sampled by is sent, or the run does not begin.
    ///
    /// # Errors
    /// When a value is given for a field that requests to this model leave out.
    pub fn takes(&self, temperature: Option<f64>, seed: Option<u64>) -> Result<(), ConfigError> {
        let wrong = |field, what: &str| {
            let message = if self.omit.iter().any(|omit| omit.as_str() == field) {
                format!("{what} is asked for, but `omit` leaves this field out; take one of them back")
            } else {
                format!("{what} is asked for, but {} has no such field; leave it out", self.api)
            };
            Err(ConfigError::Field { name: self.name.clone(), field, message })
        };
        match (temperature, seed) {
            (Some(value), _) if self.leaves_out(Omit::Temperature) => wrong("temperature", &value.to_string()),
            (_, Some(value)) if self.leaves_out(Omit::Seed) => wrong("seed", &value.to_string()),
            _ => Ok(()),
        }
    }

    pub(in crate::llm) fn is_loopback(&self) -> bool {
        address::is_loopback(&self.base_url)
    }
}

fn header_name(name: &str) -> Result<HeaderName, String> {
    // What stands there may be a key, so it is not shown.
    HeaderName::from_bytes(name.as_bytes()).map_err(|_| "not the name of a header".to_owned())
}

fn header(name: &str, value: &HeaderEntry) -> Result<Header, String> {
    let name = header_name(name)?;
    if ["content-type", "content-length", "host", "connection", "transfer-encoding"].contains(&name.as_str()) {
        return Err(format!("{name} is set by the program itself; leave it out"));
    }
    match value {
        HeaderEntry::Secret(entry) => {
            let value = key::value_from_env(&entry.env).map_err(|message| format!("{name}: {message}"))?;
            Ok(Header { name, value, secret: true })
        }
        HeaderEntry::Plain(_) if holds_secret(&name) => Err(format!(
            "{name} holds a secret, which never stands in this file; write {name} = {{ env = \"NAME\" }}, or use key_env"
        )),
        HeaderEntry::Plain(value) if !value.bytes().all(|byte| matches!(byte, b' '..=b'~')) => {
            Err(format!("{name}: a header's value is one line of plain characters"))
        }
        HeaderEntry::Plain(value) => Ok(Header { name, value: value.as_str().into(), secret: false }),
    }
}

fn holds_secret(name: &HeaderName) -> bool {
    ["authorization", "key", "token", "secret", "cookie", "password"].iter().any(|word| name.as_str().contains(word))
}

fn proxy(entry: &ModelEntry) -> Result<Proxy, (&'static str, String)> {
    let url = match entry.proxy.as_deref().map(str::trim) {
        None | Some("none") if entry.proxy_auth_env.is_some() => {
            return Err(("proxy_auth_env", "there is no proxy to log in to; name it by proxy".to_owned()));
        }
        None => return Ok(Proxy::System),
        Some("none") => return Ok(Proxy::None),
        Some(url) => address::parse(url).map_err(|_| {
            let message = "not a proxy; write http://HOST:PORT, or none; its user and password go by proxy_auth_env";
            ("proxy", message.to_owned())
        })?,
    };
    let login = entry.proxy_auth_env.as_deref().map(key::login_from_env).transpose();
    let login = login.map_err(|message| ("proxy_auth_env", message))?;
    Ok(Proxy::At { url: url.as_str().trim_end_matches('/').to_owned(), login })
}
