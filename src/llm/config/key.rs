//! Where an API key may come from: the environment, or a file that only its owner can read.

use std::io::Read;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use secrecy::SecretString;

use super::{ModelEntry, OPENAI_KEY};

type Wrong = (&'static str, String);

/// The key of a model; `None` where none is named and the address is not OpenAI's.
pub(super) fn find(entry: &ModelEntry, base_url: &str, base: &Path) -> Result<Option<SecretString>, Wrong> {
    if let Some(path) = &entry.key_file {
        if entry.key_env.is_some() {
            return Err(("key_file", "give key_env or key_file, not both".to_owned()));
        }
        return from_file(&resolve(path, base)).map(Some).map_err(|message| ("key_file", message));
    }
    let name = match &entry.key_env {
        Some(name) => name.as_str(),
        None if base_url.starts_with("https://api.openai.com/") => OPENAI_KEY,
        None => return Ok(None),
    };
    from_env(name).map(Some).map_err(|message| ("key_env", message))
}

fn from_env(name: &str) -> Result<SecretString, String> {
    let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    // Whatever else stands there may be the key itself, so it is not shown.
    if name.is_empty() || !name.chars().all(usual) {
        return Err(
            "names an environment variable in capitals, such as OPENAI_API_KEY; never the key itself".to_owned()
        );
    }
    match std::env::var(name) {
        Ok(key) => checked(&key).map_err(|what| format!("the environment variable {name} {what}")),
        Err(std::env::VarError::NotPresent) => {
            Err(format!("the environment variable {name} is not set; set it to the API key"))
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
    checked(&text).map_err(|what| format!("{shown} {what}"))
}

fn checked(key: &str) -> Result<SecretString, String> {
    let key = key.trim();
    if key.is_empty() {
        return Err("is empty".to_owned());
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("holds more than one word of plain characters; it should hold the API key alone".to_owned());
    }
    Ok(SecretString::from(key))
}

fn resolve(path: &Path, base: &Path) -> PathBuf {
    match (path.strip_prefix("~"), etcetera::choose_base_strategy()) {
        (Ok(rest), Ok(home)) => home.home_dir().join(rest),
        _ => base.join(path),
    }
}
