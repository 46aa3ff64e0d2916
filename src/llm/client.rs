//! Asks a model, again where that helps.

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use tokio::time::Instant;

use super::attempt::{self, Fault};
use super::call::{Answer, CallError, ChatRequest, Progress, Reason};
use super::config::{ConfigError, ModelConfig};
use super::retry::Waits;
use super::secret::Key;
use crate::core::settings::ModelInfo;
use crate::core::text::Text;

/// How long the connection test waits for the list of models.
const PROBE: Duration = Duration::from_secs(10);

/// One model; clones share its connections.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    http: reqwest::Client,
    config: ModelConfig,
    key: Key,
    url: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Client {
    /// # Errors
    /// When no TLS can be set up for an `https` address (no root certificates, for one).
    pub fn new(config: &ModelConfig) -> Result<Self, ConfigError> {
        // Fails when another provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut http = reqwest::Client::builder()
            .user_agent(concat!("fdsp/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(config.deadlines.connect)
            .tcp_nodelay(true)
            // A redirected POST would become a GET, and the key would travel.
            .redirect(reqwest::redirect::Policy::none());
        if config.base_url.starts_with("http://") {
            // Root certificates are not needed, and a bare machine has none.
            http = http.tls_certs_only([]);
        }
        if config.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| ConfigError::Client {
            name: config.name.clone(),
            message: std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
        })?;
        let url = format!("{}{}", config.base_url, config.api.path());
        let key = Key::new(config.key.clone());
        Ok(Self { inner: Arc::new(Inner { http, config: config.clone(), key, url }) })
    }

    pub fn info(&self) -> ModelInfo {
        self.inner.config.info()
    }

    pub fn config(&self) -> &ModelConfig {
        &self.inner.config
    }

    /// The bytes that [`Client::ask`] sends; the same request gives the same bytes.
    pub fn body(&self, request: &ChatRequest) -> Vec<u8> {
        let config = &self.inner.config;
        config.api.body(&config.model, &config.base_url, request)
    }

    /// Asks until a whole answer comes, the tries are spent or the total deadline is reached. Dropping the future
    /// closes the connection.
    ///
    /// # Errors
    /// The last try's failure, with the text of the last try that brought any.
    pub async fn ask(
        &self,
        request: &ChatRequest,
        progress: &mut (dyn FnMut(Progress<'_>) + Send),
    ) -> Result<Answer, CallError> {
        let begun = Instant::now();
        let config = &self.inner.config;
        let end = begun + config.deadlines.total;
        let body = self.body(request);
        let mut waits = Waits::new(config.backoff);
        let mut partial = None;
        let of = config.tries.max(1);
        for attempt in 1.. {
            progress(Progress::Sent { at: jiff::Timestamp::now(), attempt });
            let mut fault = match attempt::run(self, body.clone(), end, progress).await {
                Ok(answer) => return Ok(Answer { tries: attempt, ..answer }),
                Err(fault) => fault,
            };
            fault.message = self.inner.key.strike_from_error(fault.message);
            let bytes = fault.partial.take();
            partial = bytes.clone().or(partial);
            if !fault.again || attempt >= of {
                return Err(self.error(fault, partial, attempt, begun));
            }
            let wait = waits.next(fault.after);
            if Instant::now() + wait >= end {
                fault.message += &format!(
                    "; no further try: the next would begin after the total deadline of {} s",
                    config.deadlines.total.as_secs_f64()
                );
                return Err(self.error(fault, partial, attempt, begun));
            }
            let until = jiff::Timestamp::now() + wait;
            tracing::debug!(attempt, reason = %fault.reason, message = %fault.message, "retrying");
            let failed = self.error(fault, bytes, attempt, begun);
            progress(Progress::Retrying { until, attempt: attempt + 1, of, reason: &failed.message, failed: &failed });
            tokio::time::sleep(wait).await;
        }
        unreachable!("the range of tries has no end")
    }

    /// The names of the models that the server offers, by `GET /models`: a test of address and key.
    ///
    /// # Errors
    /// Says what to do, also when nothing listens.
    pub async fn probe(&self) -> Result<Vec<String>, CallError> {
        let begun = Instant::now();
        let got = tokio::time::timeout(PROBE, self.list_models()).await;
        let late = || {
            let message = format!(
                "something listens at {} but did not answer within {} s; it may be busy with another request",
                self.url(),
                PROBE.as_secs()
            );
            Fault::new(Reason::Total, message)
        };
        got.unwrap_or_else(|_| Err(late())).map_err(|mut fault| {
            if fault.reason == Reason::Connect {
                fault.message += "; start the model server there, or correct base_url";
            }
            self.error(fault, None, 1, begun)
        })
    }

    async fn list_models(&self) -> Result<Vec<String>, Fault> {
        let url = format!("{}/models", self.inner.config.base_url);
        let sent = self.with_key(self.inner.http.get(url)).send().await;
        let response = attempt::accept(self, sent.map_err(|error| attempt::not_sent(self, &error))?).await?;
        let strange = || {
            let message = format!("{} does not list models: is base_url right (it usually ends in /v1)?", self.url());
            Fault::new(Reason::Malformed, message)
        };
        let list: serde_json::Value = response.json().await.map_err(|_| strange())?;
        let models = list.get("data").or_else(|| list.get("models")).and_then(|data| data.as_array());
        let name = |model: &serde_json::Value| {
            let name = model.get("id").or_else(|| model.get("name")).and_then(|name| name.as_str());
            name.map(|name| self.inner.key.strike_from_error(name.to_owned()))
        };
        Ok(models.ok_or_else(strange)?.iter().filter_map(name).collect())
    }

    fn error(&self, fault: Fault, partial: Option<Text>, tries: u32, begun: Instant) -> CallError {
        CallError {
            reason: fault.reason,
            message: self.inner.key.strike_from_error(fault.message),
            status: fault.status,
            partial,
            tries,
            seconds: begun.elapsed().as_secs_f64(),
        }
    }

    pub(super) fn post(&self, body: Vec<u8>) -> RequestBuilder {
        let request = self.inner.http.post(&self.inner.url).header(CONTENT_TYPE, "application/json").body(body);
        self.with_key(request)
    }

    fn with_key(&self, request: RequestBuilder) -> RequestBuilder {
        match self.inner.key.bearer() {
            Some(value) => request.header(AUTHORIZATION, value),
            None => request,
        }
    }

    pub(super) fn url(&self) -> &str {
        &self.inner.config.base_url
    }

    pub(super) fn key(&self) -> &Key {
        &self.inner.key
    }
}
