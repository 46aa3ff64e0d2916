//! `fdsp.toml`: the models that can be asked, and the few settings of other rooms.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use etcetera::BaseStrategy;
use secrecy::SecretString;
use serde::Deserialize;

use super::wire::Api;
use crate::core::settings::{ModelInfo, Sampling};
use crate::scanner::{self, Adapters};

mod key;
#[cfg(test)]
mod tests;

pub const FILE_NAME: &str = "fdsp.toml";
const OPENAI: &str = "https://api.openai.com/v1";
const OPENAI_KEY: &str = "OPENAI_API_KEY";

/// No message holds a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("cannot read {}: {message}", path.display())]
    Read { path: PathBuf, message: String },
    #[error("{}: {message}", place(path, *line))]
    Parse { path: PathBuf, line: Option<usize>, message: String },
    #[error("no model {name:?}: {hint}")]
    Unknown { name: String, hint: String },
    #[error("model {name:?}: {field}: {message}")]
    Field { name: String, field: &'static str, message: String },
    #[error("model {name:?}: no connection can be set up: {message}")]
    Client { name: String, message: String },
}

fn place(path: &Path, line: Option<usize>) -> String {
    line.map_or_else(|| path.display().to_string(), |line| format!("{}:{line}", path.display()))
}

/// What `fdsp.toml` says.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The file that was read; `None` when there was none.
    pub path: Option<PathBuf>,
    pub models: BTreeMap<String, ModelEntry>,
    /// The name that labels carry.
    pub annotator: Option<String>,
    pub theme: Option<String>,
    /// A folder of the user's own prompt templates.
    pub templates: Option<PathBuf>,
    /// Scanners of the user's own.
    pub scanners: Adapters,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    annotator: Option<String>,
    /// Relative to the file that says so.
    templates: Option<PathBuf>,
    #[serde(default)]
    ui: Ui,
    #[serde(default)]
    models: BTreeMap<String, ModelEntry>,
    #[serde(default)]
    scanners: BTreeMap<String, scanner::Entry>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ui {
    theme: Option<String>,
}

/// One `[models.NAME]`. Times are in seconds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelEntry {
    #[serde(default)]
    pub api: Api,
    /// Default: OpenAI's own.
    pub base_url: Option<String>,
    /// Default: the table's name.
    pub model: Option<String>,
    /// The environment variable that holds the key.
    pub key_env: Option<String>,
    /// A file with mode 0600 that holds the key; relative to `fdsp.toml`, `~/` is the home directory.
    pub key_file: Option<PathBuf>,
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
    pub model: String,
    pub key: Option<SecretString>,
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

impl Config {
    /// Reads `explicit`, else `./fdsp.toml`, else `fdsp/fdsp.toml` in the user's configuration directory; without any
    /// of them nothing is configured.
    ///
    /// # Errors
    /// When the file cannot be read, or names what it should not; the message names the line.
    pub fn load(explicit: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(path) = explicit {
            return Self::read(path);
        }
        let home = etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("fdsp").join(FILE_NAME));
        let found = [Some(PathBuf::from(FILE_NAME)), home].into_iter().flatten().find(|path| path.exists());
        found.map_or_else(|| Ok(Self::default()), |path| Self::read(&path))
    }

    fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Read { path: path.to_owned(), message: error.to_string() })?;
        Self::parse(path, &text)
    }

    /// # Errors
    /// Names `path` and the line.
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let file: File = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start));
            // The line itself is not shown: somebody may have written a key on it.
            let line = before.map(|before| before.matches('\n').count() + 1);
            let mut message = error.message().lines().collect::<Vec<_>>().join("; ");
            if ["`key`", "`api_key`", "`apikey`", "`token`"].iter().any(|field| message.contains(field)) {
                message += "; a key never stands in this file: name an environment variable by key_env";
            }
            ConfigError::Parse { path: path.to_owned(), line, message }
        })?;
        let base = path.parent().unwrap_or(Path::new(""));
        Ok(Self {
            path: Some(path.to_owned()),
            models: file.models,
            annotator: file.annotator,
            theme: file.ui.theme,
            templates: file.templates.map(|folder| base.join(folder)),
            scanners: Adapters { entries: file.scanners, base: base.to_owned() },
        })
    }

    /// The model called `name` in the file, at `base_url` where that is given; or, with a `base_url`, the server's
    /// model of that name.
    ///
    /// # Errors
    /// When there is no such model (the message lists those configured), a field is wrong, or its key is missing.
    pub fn model(&self, name: &str, base_url: Option<&str>) -> Result<ModelConfig, ConfigError> {
        let entry = match self.models.get(name) {
            Some(entry) => entry.clone(),
            None if base_url.is_some() => ModelEntry::default(),
            None => return Err(ConfigError::Unknown { name: name.to_owned(), hint: self.hint() }),
        };
        let base = self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
        ModelConfig::new(name, entry, base_url, base)
    }

    fn hint(&self) -> String {
        let names: Vec<&str> = self.models.keys().map(String::as_str).collect();
        let place = self.path.as_ref().map_or_else(|| FILE_NAME.to_owned(), |path| path.display().to_string());
        let known = if names.is_empty() {
            format!("none is configured in {place}")
        } else {
            format!("{place} has {}", names.join(", "))
        };
        format!("{known}; add [models.NAME] there, or give the server's address with --base-url http://HOST:PORT/v1")
    }
}

impl ModelConfig {
    fn new(name: &str, entry: ModelEntry, base_url: Option<&str>, base: &Path) -> Result<Self, ConfigError> {
        let wrong = |field, message: String| ConfigError::Field { name: name.to_owned(), field, message };
        let base_url = address(base_url.or(entry.base_url.as_deref()).unwrap_or(OPENAI))
            .map_err(|message| wrong("base_url", message))?;
        let key = key::find(&entry, &base_url, base).map_err(|(field, message)| wrong(field, message))?;
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
        if let Some(value) = entry.temperature.filter(|value| !(0.0..=5.0).contains(value)) {
            return Err(wrong("temperature", format!("{value} is not between 0 and 5")));
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
        Ok(Self {
            name: name.to_owned(),
            api: entry.api,
            base_url,
            model: entry.model.unwrap_or_else(|| name.to_owned()),
            key,
            temperature: entry.temperature,
            max_tokens: entry.max_tokens,
            max_tokens_generate: entry.max_tokens_generate,
            seed: entry.seed,
            prices: entry.prices,
            deadlines,
            tries: entry.tries.unwrap_or(6),
            backoff,
            answer_limit: entry.answer_limit.unwrap_or(8 * 1024 * 1024),
        })
    }

    pub fn info(&self) -> ModelInfo {
        ModelInfo {
            name: self.name.clone(),
            api: self.api.as_str().to_owned(),
            base_url: self.base_url.clone(),
            model: self.model.clone(),
        }
    }

    /// The defaults, with what the model's table says in their place.
    pub fn sampling(&self) -> Sampling {
        let usual = Sampling::default();
        Sampling {
            temperature: self.temperature.or(usual.temperature),
            seed: self.seed.or(usual.seed),
            max_tokens_generate: self.max_tokens_generate.or(self.max_tokens).unwrap_or(usual.max_tokens_generate),
            max_tokens: self.max_tokens.unwrap_or(usual.max_tokens),
        }
    }

    pub(super) fn is_loopback(&self) -> bool {
        let url = reqwest::Url::parse(&self.base_url).ok();
        let host = url.as_ref().and_then(|url| url.host_str()).unwrap_or_default();
        let address = host.trim_matches(['[', ']']).parse::<std::net::IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    }
}

/// The address in its one form: no slash, no endpoint at its end.
fn address(text: &str) -> Result<String, String> {
    let text = text.trim();
    let url =
        reqwest::Url::parse(text).map_err(|error| format!("not an address ({error}); write http://HOST:PORT/v1"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err("not an address; write http://HOST:PORT/v1".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err("an address holds no user, password, query or fragment; a key goes by key_env".to_owned());
    }
    let plain = url.as_str().trim_end_matches('/');
    Ok(plain.strip_suffix(Api::OpenaiChat.path()).unwrap_or(plain).to_owned())
}
