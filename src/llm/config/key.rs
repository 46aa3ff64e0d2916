//! Where an API key may come from: the environment, or a file that only its owner can read.

use std::io::Read;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use secrecy::SecretString;

use super::entry::ModelEntry;

type Wrong = (&'static str, String);

pub(super) struct Found {
    pub key: SecretString,
    /// In words.
    pub from: String,
}

/// The key of a model; `None` where none is named and the address is not one that has a usual one.
pub(super) fn find(entry: &ModelEntry, base_url: &str, base: &Path) -> Result<Option<Found>, Wrong> {
    if let Some(path) = &entry.key_file {
        if entry.key_env.is_some() {
            return Err(("key_file", "give key_env or key_file, not both".to_owned()));
        }
        let path = resolve(path, base);
        let key = from_file(&path).map_err(|message| ("key_file", message))?;
        return Ok(Some(Found { key, from: format!("file {} (key_file)", path.display()) }));
    }
    let name = match &entry.key_env {
        Some(name) => name.as_str(),
        None if base_url.starts_with("https://api.openai.com/") => "OPENAI_API_KEY",
        None if base_url.starts_with("https://api.anthropic.com/") => "ANTHROPIC_API_KEY",
        None => return Ok(None),
    };
    let key = from_env(name, "the API key", word).map_err(|message| ("key_env", message))?;
    Ok(Some(Found { key, from: format!("environment variable {name} (key_env)") }))
}

/// A header's value.
pub(super) fn value_from_env(name: &str) -> Result<SecretString, String> {
    let line = |value: &str| {
        let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        if plain { Ok(()) } else { Err("holds more than one line of plain characters") }
    };
    from_env(name, "the header's value", line)
}

/// A proxy's `user:password`.
pub(super) fn login_from_env(name: &str) -> Result<SecretString, String> {
    let login = |value: &str| if value.contains(':') { Ok(()) } else { Err("does not hold user:password") };
    from_env(name, "the proxy's user:password", login)
}

fn from_env(name: &str, what: &str, check: impl Fn(&str) -> Result<(), &'static str>) -> Result<SecretString, String> {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    // Whatever else stands there may be the secret itself, so it is not shown.
    if name.is_empty() || !name.chars().all(usual) {
        return Err(
            "names an environment variable in capitals, such as OPENAI_API_KEY; never the key itself".to_owned()
        );
    }
    match std::env::var(name) {
        Ok(value) => checked(&value, check).map_err(|what| format!("the environment variable {name} {what}")),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("the environment variable {name} is not set; set it to {what}"))
        }
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("the environment variable {name} is not text")),
    }
}

fn from_file(path: &Path) -> Result<SecretString, String> {
    let shown = path.display();
    let cannot = |error: std::io::Error| format!("cannot read {shown}: {error}");
    let mut file = std::fs::File::open(path).map_err(cannot)?;
    // Asked of the open file: the name may point elsewhere a moment later.
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let mode = file.metadata().map_err(cannot)?.mode() & 0o7777;
        if mode & 0o077 != 0 {
            return Err(format!("{shown} has mode {mode:04o}, so others can read the key; run: chmod 600 {shown}"));
        }
    }
    let mut text = String::new();
    file.by_ref().take(64 * 1024).read_to_string(&mut text).map_err(cannot)?;
    checked(&text, word).map_err(|what| format!("{shown} {what}"))
}

fn checked(value: &str, check: impl Fn(&str) -> Result<(), &'static str>) -> Result<SecretString, &'static str> {
    let value = value.trim();
    if value.is_empty() {
        return Err("is empty");
    }
    check(value)?;
    Ok(SecretString::from(value))
}

fn word(key: &str) -> Result<(), &'static str> {
    if key.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("holds more than one word of plain characters; it should hold the API key alone")
    }
}

/// A path in the file: relative to the file's folder, `~/` is the home directory.
pub(super) fn resolve(path: &Path, base: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::choose_base_strategy()) {
        (Ok(rest), Ok(home)) => home.home_dir().join(rest),
        _ => base.join(path),
    }
}
