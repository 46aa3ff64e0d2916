//! Floor 2: Bandit as a warm worker, the S rules of ruff in process. Scanning is not judging.

use std::path::PathBuf;
use std::time::Duration;

use crate::core::finding::{Scan, ScanError, ScannerId};
use crate::core::text::Text;

mod bandit;
mod decode;
mod locate;
mod nosec;
mod ruff;
pub mod sarif;
pub mod table;
mod worker;

pub use locate::locate;

#[derive(Debug, thiserror::Error)]
pub enum ScannerError {
    #[error("there is no scanner `{name}`; allowed: auto bandit ruff")]
    Unknown { name: String },
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
}

impl Default for Options {
    fn default() -> Self {
        Self { bandit: None, deadline: Duration::from_secs(20) }
    }
}

/// A cheap handle: clones share the one worker, which dies with the last of them.
#[derive(Debug, Clone)]
pub struct Scanner(Kind);

#[derive(Debug, Clone)]
enum Kind {
    Bandit(bandit::Bandit),
    Ruff(ScannerId),
}

impl Scanner {
    /// `bandit`, `ruff`, or `auto`: Bandit where it is installed, else ruff.
    ///
    /// # Errors
    /// `bandit` that cannot be found or started. `auto` fails so only if `FDSP_BANDIT` is set: what was asked for
    /// by name is not silently replaced.
    pub async fn open(choice: &str) -> Result<Self, ScannerError> {
        Self::open_with(choice, Options::default()).await
    }

    /// As [`Scanner::open`].
    pub async fn open_with(choice: &str, options: Options) -> Result<Self, ScannerError> {
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
            name => Err(ScannerError::Unknown { name: name.to_owned() }),
        }
    }

    pub fn id(&self) -> ScannerId {
        match &self.0 {
            Kind::Bandit(bandit) => bandit.id().clone(),
            Kind::Ruff(id) => id.clone(),
        }
    }

    /// The Python that Bandit parses with, such as `3.11`; `None` for ruff.
    pub fn python_version(&self) -> Option<&str> {
        match &self.0 {
            Kind::Bandit(bandit) => Some(bandit.python()),
            Kind::Ruff(_) => None,
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
        };
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
