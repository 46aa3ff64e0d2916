//! Asks a model, again where that helps.

use std::sync::Arc;
use std::time::Duration;

use reqwest::RequestBuilder;
use reqwest::header::CONTENT_TYPE;
use secrecy::ExposeSecret;
use tokio::time::Instant;

use super::attempt::{self, Fault};
use super::call::{Answer, CallError, ChatRequest, Progress, Reason};
use super::config::{ConfigError, ModelConfig, Omit, Proxy};
use super::retry::Waits;
use super::secret::{self, Secrets};
use super::wire::{Api, Dialect};
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
    secrets: Secrets,
    endpoint: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("config", &self.inner.config).finish_non_exhaustive()
    }
}

impl Client {
    /// # Errors
    /// When no TLS can be set up for an `https` address (no root certificates, for one), or `ca_file` holds none.
    pub fn new(config: &ModelConfig) -> Result<Self, ConfigError> {
        // Fails when another provider is installed already, which serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = connect(config)?.build().map_err(|error| ConfigError::Client {
            name: config.name.clone(),
            message: std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string),
        })?;
        let endpoint = at(config, &config.base_url, config.api.path());
        Ok(Self { inner: Arc::new(Inner { http, config: config.clone(), secrets: Secrets::of(config), endpoint }) })
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
        let ask_usage = !config.leaves_out(Omit::StreamOptions);
        let dialect = Dialect { model: &config.model, tokens_field: config.tokens_field, ask_usage };
        config.api.body(&dialect, request)
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
            fault.message = self.inner.secrets.strike_from_error(fault.message);
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
        let config = &self.inner.config;
        // Azure's deployments know of no list; their resource does.
        let base = config.base_url.split("/deployments/").next().unwrap_or_default();
        // Anthropic gives 20 at a time.
        let path = if config.api == Api::Anthropic { "/models?limit=1000" } else { "/models" };
        let sent = self.inner.http.get(at(config, base, path)).send().await;
        let response = attempt::accept(self, sent.map_err(|error| attempt::not_sent(self, &error))?).await?;
        let strange = || {
            let message = format!("{} does not list models: is base_url right (it usually ends in /v1)?", self.url());
            Fault::new(Reason::Malformed, message)
        };
        let list: serde_json::Value = response.json().await.map_err(|_| strange())?;
        let models = list.get("data").or_else(|| list.get("models")).and_then(|data| data.as_array());
        let name = |model: &serde_json::Value| {
            let name = model.get("id").or_else(|| model.get("name")).and_then(|name| name.as_str());
            name.map(|name| self.inner.secrets.strike_from_error(name.to_owned()))
        };
        Ok(models.ok_or_else(strange)?.iter().filter_map(name).collect())
    }

    fn error(&self, fault: Fault, partial: Option<Text>, tries: u32, begun: Instant) -> CallError {
        CallError {
            reason: fault.reason,
            message: self.inner.secrets.strike_from_error(fault.message),
            status: fault.status,
            partial,
            tries,
            seconds: begun.elapsed().as_secs_f64(),
        }
    }

    pub(super) fn post(&self, body: Vec<u8>) -> RequestBuilder {
        self.inner.http.post(&self.inner.endpoint).header(CONTENT_TYPE, "application/json").body(body)
    }

    pub(super) fn url(&self) -> &str {
        &self.inner.config.base_url
    }

    /// Where answers are asked for.
    pub(super) fn endpoint(&self) -> &str {
        &self.inner.endpoint
    }

    pub(super) fn secrets(&self) -> &Secrets {
        &self.inner.secrets
    }
}

fn at(config: &ModelConfig, base: &str, path: &str) -> String {
    match &config.api_version {
        Some(version) => format!("{base}{path}?api-version={version}"),
        None => format!("{base}{path}"),
    }
}

fn connect(config: &ModelConfig) -> Result<reqwest::ClientBuilder, ConfigError> {
    let wrong = |field, message| ConfigError::Field { name: config.name.clone(), field, message };
    let mut http = reqwest::Client::builder()
        .user_agent(concat!("fdsp/", env!("CARGO_PKG_VERSION")))
        .default_headers(secret::headers(config))
        .connect_timeout(config.deadlines.connect)
        .tcp_nodelay(true)
        // A redirected POST would become a GET, and the key would travel.
        .redirect(reqwest::redirect::Policy::none());
    match &config.proxy {
        Proxy::System if config.is_loopback() => http = http.no_proxy(),
        Proxy::System => {}
        Proxy::None => http = http.no_proxy(),
        Proxy::At { url, login } => {
            let proxy = reqwest::Proxy::all(url).map_err(|error| wrong("proxy", error.to_string()))?;
            let login = login.as_ref().and_then(|login| login.expose_secret().split_once(':'));
            http = http.proxy(match login {
                Some((user, password)) => proxy.basic_auth(user, password),
                None => proxy,
            });
        }
    }
    if let Some(path) = &config.ca_file {
        let text = std::fs::read(path)
            .map_err(|error| wrong("ca_file", format!("cannot read {}: {error}", path.display())))?;
        let found = reqwest::Certificate::from_pem_bundle(&text).ok().filter(|found| !found.is_empty());
        let none = || wrong("ca_file", format!("{} holds no certificate in PEM form", path.display()));
        http = http.tls_certs_merge(found.ok_or_else(none)?);
    } else if config.base_url.starts_with("http://") && !config.proxy.is_https() {
        // Root certificates are not needed, and a bare machine has none.
        http = http.tls_certs_only([]);
    }
    Ok(http)
}
