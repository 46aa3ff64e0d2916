//! Keys and other secrets: sent, and shown nowhere.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::config::{ModelConfig, Proxy};
use super::wire::Api;

/// Below this length a key is a placeholder such as `none`; to strike it out would damage ordinary text.
const SHORTEST_IN_ERRORS: usize = 6;
const SHORTEST_IN_ANSWERS: usize = 16;

/// Everything that must not be shown, the longest first: one may be part of another.
#[derive(Clone, Default)]
pub(super) struct Secrets(Vec<SecretString>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({})", self.0.len())
    }
}

impl Secrets {
    pub(super) fn of(config: &ModelConfig) -> Self {
        let mut all: Vec<SecretString> = config.key.iter().cloned().collect();
        for header in config.headers.iter().filter(|header| header.secret) {
            // `Bearer TOKEN`: a server may repeat the token alone.
            let words = header.value.expose_secret().split_whitespace().map(SecretString::from);
            all.extend(words.filter(|word| word.expose_secret().len() >= SHORTEST_IN_ANSWERS));
            all.push(header.value.clone());
        }
        if let Proxy::At { login: Some(login), .. } = &config.proxy {
            let login = login.expose_secret();
            all.push(login.into());
            all.push(BASE64_STANDARD.encode(login).into());
            all.extend(login.split_once(':').map(|(_, password)| password.into()));
        }
        all.sort_by_key(|secret| std::cmp::Reverse(secret.expose_secret().len()));
        Self(all)
    }

    pub(super) fn strike_from_error(&self, text: String) -> String {
        self.strike(text, SHORTEST_IN_ERRORS)
    }

    /// Keeps the length, so that offsets into the text stay true.
    pub(super) fn strike_from_answer(&self, text: String) -> String {
        self.strike(text, SHORTEST_IN_ANSWERS)
    }

    fn strike(&self, mut text: String, shortest: usize) -> String {
        for secret in self.0.iter().map(|secret| secret.expose_secret()) {
            if secret.len() >= shortest && text.contains(secret) {
                text = text.replace(secret, &"*".repeat(secret.len()));
            }
        }
        text
    }
}

/// The headers of every request; those with a secret are marked sensitive.
pub(super) fn headers(config: &ModelConfig) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if config.api == Api::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if let Some(key) = &config.key {
        let key = key.expose_secret();
        let value = if config.key_header == AUTHORIZATION { format!("Bearer {key}") } else { key.to_owned() };
        // A key is a word of plain characters: the configuration made sure.
        if let Ok(mut value) = HeaderValue::from_str(&value) {
            value.set_sensitive(true);
            headers.insert(config.key_header.clone(), value);
        }
    }
    for header in &config.headers {
        if let Ok(mut value) = HeaderValue::from_str(header.value.expose_secret()) {
            value.set_sensitive(header.secret);
            headers.insert(header.name.clone(), value);
        }
    }
    headers
}
