//! `fdsp.toml`: the models that can be asked, and the few settings of other rooms.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::Deserialize;

use super::wire::Api;
use crate::core::settings::ModelInfo;
use crate::scanner::{self, Adapters};

mod address;
mod entry;
mod key;
mod model;
#[cfg(test)]
mod tests;

pub use entry::{DeadlineEntry, HeaderEntry, ModelEntry, Omit, Prices, TokensField};
pub use model::{Deadlines, Header, ModelConfig, Proxy};

pub const FILE_NAME: &str = "fdsp.toml";
/// A file with every kind of model as a comment, for `fdsp config init`.
pub const PRESETS: &str = include_str!("config/presets.toml");

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
    /// What annotators go by.
    pub guideline: Option<PathBuf>,
    theme_line: usize,
    /// How the workbench looks and behaves.
    pub ui: UiSettings,
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
    /// Relative to the file that says so.
    guideline: Option<PathBuf>,
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
    theme: Option<toml::Spanned<String>>,
    /// The same as the file's own `annotator`, which comes first.
    annotator: Option<String>,
    colour: Option<Colour>,
    #[serde(default)]
    mouse: bool,
    #[serde(default)]
    reduced_motion: bool,
}

/// What `[ui]` says besides the theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UiSettings {
    pub colour: Option<Colour>,
    pub mouse: bool,
    pub reduced_motion: bool,
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    Auto,
    Truecolor,
    #[serde(rename = "256")]
    Indexed,
    #[serde(rename = "16")]
    Ansi16,
    None,
}

impl Colour {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Truecolor => "truecolor",
            Self::Indexed => "256",
            Self::Ansi16 => "16",
            Self::None => "none",
        }
    }
}

/// `fdsp` in the user's configuration directory.
pub fn user_folder() -> Option<PathBuf> {
    etcetera::choose_base_strategy().ok().map(|base| base.config_dir().join("fdsp"))
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
        let home = user_folder().map(|folder| folder.join(FILE_NAME));
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
            guideline: file.guideline.map(|path| base.join(path)),
            annotator: file.annotator.or(file.ui.annotator),
            theme_line: file.ui.theme.as_ref().map_or(0, |theme| text[..theme.span().start].matches('\n').count() + 1),
            theme: file.ui.theme.map(toml::Spanned::into_inner),
            ui: UiSettings { colour: file.ui.colour, mouse: file.ui.mouse, reduced_motion: file.ui.reduced_motion },
            templates: file.templates.map(|folder| base.join(folder)),
            scanners: Adapters { entries: file.scanners, base: base.to_owned() },
        })
    }

    /// File and line of the theme's name.
    pub fn place_of_theme(&self) -> Option<String> {
        self.path.as_ref().filter(|_| self.theme.is_some()).map(|path| place(path, Some(self.theme_line)))
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
        ModelConfig::new(name, entry, base_url, self.base())
    }

    /// The model that a stored run was begun with; what the run does not say (key, deadlines) comes from the file.
    ///
    /// # Errors
    /// As [`Config::model`]; also when this program does not know the run's wire format.
    pub fn model_of(&self, info: &ModelInfo) -> Result<ModelConfig, ConfigError> {
        let api = info.api.parse::<Api>().map_err(|message| ConfigError::Field {
            name: info.name.clone(),
            field: "api",
            message: message.to_string(),
        })?;
        let mut entry = self.models.get(&info.name).cloned().unwrap_or_default();
        entry.api = Some(api);
        entry.model = Some(info.model.clone());
        ModelConfig::new(&info.name, entry, Some(&info.base_url), self.base())
    }

    /// What paths in the file are relative to.
    fn base(&self) -> &Path {
        self.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""))
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
