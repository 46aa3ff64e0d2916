//! The API key: sent, and shown nowhere.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

/// Below this length a key is a placeholder such as `none`; to strike it out would damage ordinary text.
const SHORTEST_IN_ERRORS: usize = 6;
const SHORTEST_IN_ANSWERS: usize = 16;

#[derive(Clone, Default)]
pub(super) struct Key(Option<SecretString>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Key(set)" } else { "Key(none)" })
    }
}

impl Key {
    pub(super) fn new(key: Option<SecretString>) -> Self {
        Self(key)
    }

    /// `Authorization: Bearer …`, marked sensitive; `None` without a key.
    pub(super) fn bearer(&self) -> Option<HeaderValue> {
        let key = self.0.as_ref()?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    pub(super) fn strike_from_error(&self, text: String) -> String {
        self.strike(text, SHORTEST_IN_ERRORS)
    }

    /// Keeps the length, so that offsets into the text stay true.
    pub(super) fn strike_from_answer(&self, text: String) -> String {
        self.strike(text, SHORTEST_IN_ANSWERS)
    }

    fn strike(&self, text: String, shortest: usize) -> String {
        match self.0.as_ref().map(|key| key.expose_secret()) {
            Some(key) if key.len() >= shortest && text.contains(key) => text.replace(key, &"*".repeat(key.len())),
            _ => text,
        }
    }
}
