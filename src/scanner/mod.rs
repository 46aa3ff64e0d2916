//! Floor 2: Bandit as a warm worker, the S rules of ruff in process, any command that writes SARIF. Scanning is not
//! judging.

use std::path::PathBuf;
use std::time::Duration;

use futures::StreamExt;

use crate::core::finding::{Finding, Scan, ScanError, ScannerId};
use crate::core::text::Text;

mod bandit;
mod command;
mod decode;
mod locate;
mod nosec;
mod process;
mod ruff;
pub mod sarif;
pub mod table;
mod worker;

pub use command::{Adapters, Entry};
pub use locate::locate;

#[derive(Debug, thiserror::Error)]
pub enum ScannerError {
    #[error("there is no scanner `{name}`; allowed: {allowed}, or add [scanners.{name}] to fdsp.toml")]
    Unknown { name: String, allowed: String },
    #[error("[scanners.{name}] {field}: {message}")]
    Config { name: String, field: &'static str, message: String },
    #[error("scanner `{name}`: {problem}; install it, or say in [scanners.{name}] of fdsp.toml how it is called")]
    Command { name: String, problem: String },
    #[error("no Bandit found: install it (`pip install bandit`), or set FDSP_BANDIT to it or to a Python that has it")]
    NotFound,
    #[error("{path}: {problem}; set FDSP_BANDIT to the `bandit` command, or to a Python that can import it")]
    Unusable { path: PathBuf, problem: String },
}

/// What `open` may be told besides the scanner's name.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `bandit` command, or a Python that can import it; else `FDSP_BANDIT`, else `bandit` on PATH.
    pub bandit: Option<PathBuf>,
    /// For one scan by Bandit; a large file has longer.
    pub deadline: Duration,
    /// Scanners of the user's own.
    pub adapters: Adapters,
    /// Calls at once of a command that takes one file each.
    pub jobs: usize,
}

impl Default for Options {
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().map_or(2, usize::from);
        Self { bandit: None, deadline: Duration::from_secs(20), adapters: Adapters::default(), jobs }
    }
}

/// A cheap handle: clones share the one worker, which dies with the last of them.
#[derive(Debug, Clone)]
pub struct Scanner(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Bandit(bandit::Bandit),
    Ruff(ScannerId),
    Command(command::Tool),
}

/// Pieces of code that ruff is given at a time: enough to keep every core at work.
const RUFF_AHEAD: usize = 64;

impl Scanner {
    /// `bandit`, `ruff`, or `auto`: Bandit where it is installed, else ruff. With `adapters` also the name of one, and
    /// `codeql` and `semgrep`.
    ///
    /// # Errors
    /// `bandit`, or a command, that cannot be found or started; an adapter that is not described in full. `auto` fails so only if `FDSP_BANDIT` is set: what was asked for
    /// by name is not silently replaced.
    pub async fn open(choice: &str) -> Result<Self, ScannerError> {
        Self::open_with(choice, Options::default()).await
    }

    /// As [`Scanner::open`].
    pub async fn open_with(choice: &str, options: Options) -> Result<Self, ScannerError> {
        options.adapters.check()?;
        match choice {
            "ruff" => Ok(Self(Kind::Ruff(ruff::id()))),
            "bandit" => Ok(Self(Kind::Bandit(bandit::Bandit::open(&options).await?))),
            "auto" => match bandit::Bandit::open(&options).await {
                Ok(bandit) => Ok(Self(Kind::Bandit(bandit))),
                Err(error) if locate::is_explicit(&options) => Err(error),
                Err(error) => {
                    tracing::info!("scanning with ruff: {error}");
                    Ok(Self(Kind::Ruff(ruff::id())))
                }
            },
            name => match options.adapters.find(name) {
                Some(adapter) => Ok(Self(Kind::Command(command::Tool::open(adapter?, options.jobs).await?))),
                None => {
                    let allowed = ["auto", "bandit", "ruff"].into_iter().chain(options.adapters.names());
                    let allowed = allowed.collect::<Vec<_>>().join(" ");
                    Err(ScannerError::Unknown { name: name.to_owned(), allowed })
                }
            },
        }
    }

    pub fn id(&self) -> ScannerId {
        match &self.0 {
            Kind::Bandit(bandit) => bandit.id().clone(),
            Kind::Ruff(id) => id.clone(),
            Kind::Command(tool) => tool.id().clone(),
        }
    }

    /// The Python that Bandit parses with, such as `3.11`; `None` for the others.
    pub fn python_version(&self) -> Option<&str> {
        match &self.0 {
            Kind::Bandit(bandit) => Some(bandit.python()),
            Kind::Ruff(_) | Kind::Command(_) => None,
        }
    }

    /// Never fails: a scan that came to nothing says so in its `error`.
    pub async fn scan(&self, code: &Text) -> Scan {
        self.scan_bytes(code.as_bytes()).await
    }

    /// As [`Scanner::scan`], of a file's bytes: a coding line or a byte-order mark decides how they are read.
    pub async fn scan_bytes(&self, code: &[u8]) -> Scan {
        let result = match &self.0 {
            Kind::Bandit(bandit) => bandit.scan(code).await,
            Kind::Ruff(_) => ruff::scan(code).await,
            Kind::Command(tool) => tool.scan(&[code]).await.pop().unwrap_or_else(|| Err(failed("no answer"))),
        };
        self.report(result)
    }

    /// As [`Scanner::scan`], of many at once and in their order: on every core, or by one call of a command.
    pub async fn scan_all(&self, codes: &[Text]) -> Vec<Scan> {
        match &self.0 {
            Kind::Command(tool) => {
                let bytes: Vec<&[u8]> = codes.iter().map(|code| code.as_bytes()).collect();
                tool.scan(&bytes).await.into_iter().map(|result| self.report(result)).collect()
            }
            Kind::Bandit(_) | Kind::Ruff(_) => {
                let scans: Vec<_> = codes.iter().map(|code| self.scan(code)).collect();
                futures::stream::iter(scans).buffered(RUFF_AHEAD).collect().await
            }
        }
    }

    /// How many pieces of code [`Scanner::scan_all`] likes to have at once.
    pub fn batch(&self) -> usize {
        match &self.0 {
            Kind::Command(tool) => tool.batch().max(RUFF_AHEAD),
            Kind::Bandit(_) | Kind::Ruff(_) => RUFF_AHEAD,
        }
    }

    fn report(&self, result: Result<Vec<Finding>, ScanError>) -> Scan {
        let (error, findings) = match result {
            Ok(findings) => (None, findings),
            Err(error) => (Some(error), Vec::new()),
        };
        Scan { scanner: self.id(), error, findings }
    }

    /// Ends the worker and waits until it is gone. Later scans fail.
    pub async fn close(&self) {
        if let Kind::Bandit(bandit) = &self.0 {
            bandit.close().await;
        }
    }
}

fn failed(message: impl Into<String>) -> ScanError {
    ScanError { line: None, message: message.into(), failed: true }
}
