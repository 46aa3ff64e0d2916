//! Any command that writes SARIF 2.1.0, as a scanner: `config` says how it is called; here it is called, on one file or
//! on many, and its results are given back to the files. A file that spoils a batch is found by halving it.

use std::collections::HashMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;

use super::process::{self, Call, Fault, LIMIT};
use super::{ScannerError, failed, sarif};
use crate::core::finding::{Finding, ScanError, ScannerId};

mod config;

pub use config::{Adapter, Adapters, Entry};

type Outcome = Result<Vec<Finding>, ScanError>;

const VERSION_TIMEOUT: Duration = Duration::from_secs(60);
const UNKNOWN: &str = "unknown";
/// Code that a tool which works at all has nothing to say about.
const BLANK: &[u8] = b"x = 1\n";

#[derive(Debug, Clone)]
pub struct Tool(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    id: ScannerId,
    adapter: Adapter,
    environment: Vec<(OsString, OsString)>,
    /// Calls at once, where each is for one file.
    jobs: usize,
}

impl Tool {
    /// Finds out the version. A tool that does not work is opened all the same: its scans say why they failed.
    ///
    /// # Errors
    /// A program that is not there.
    pub async fn open(adapter: Adapter, jobs: usize) -> Result<Self, ScannerError> {
        let usual = ["PATH", "HOME", "TMPDIR"].into_iter().map(str::to_owned);
        let environment = usual
            .chain(adapter.pass_env.iter().cloned())
            .filter_map(|name| Some((OsString::from(&name), std::env::var_os(&name)?)))
            .collect();
        let id = ScannerId { name: adapter.name.clone(), version: UNKNOWN.to_owned() };
        let mut inner = Inner { id, adapter, environment, jobs: jobs.max(1) };
        inner.id.version = inner.version().await?;
        Ok(Self(Arc::new(inner)))
    }

    pub fn id(&self) -> &ScannerId {
        &self.0.id
    }

    /// How many pieces of code one call takes.
    pub fn batch(&self) -> usize {
        self.0.adapter.batch
    }

    pub async fn scan(&self, codes: &[&[u8]]) -> Vec<Outcome> {
        if self.0.adapter.batch == 1 {
            let calls: Vec<_> = codes.iter().map(|code| self.0.one(code)).collect();
            return futures::stream::iter(calls).buffered(self.0.jobs).collect().await;
        }
        let mut outcomes = Vec::with_capacity(codes.len());
        for batch in codes.chunks(self.0.adapter.batch) {
            outcomes.extend(self.0.batch(batch).await);
        }
        outcomes
    }
}

impl Inner {
    fn said(&self, fault: &Fault) -> ScanError {
        failed(format!("{}: {fault}", self.adapter.name))
    }

    async fn version(&self) -> Result<String, ScannerError> {
        let absent = |problem: String| ScannerError::Command { name: self.adapter.name.clone(), problem };
        if let Some(command) = &self.adapter.version {
            let folder = scratch().map_err(|fault| absent(fault.to_string()))?;
            let call = self.call(command, folder.path(), VERSION_TIMEOUT, Path::new(""));
            match process::run(&call).await {
                Ok(said) => {
                    if let Some(version) = number_in(&String::from_utf8_lossy(&said.output)) {
                        return Ok(version);
                    }
                }
                Err(Fault::Start(problem)) => return Err(absent(problem)),
                Err(fault) => tracing::warn!("{}: its version: {fault}", self.adapter.name),
            }
        }
        match self.report(&[BLANK]).await {
            Ok((_, tools)) => Ok(tools.first().map_or_else(|| UNKNOWN.to_owned(), |tool| tool.version.clone())),
            Err(Fault::Start(problem)) => Err(absent(problem)),
            Err(fault) => {
                tracing::warn!("{} on a file without findings: {fault}", self.adapter.name);
                Ok(UNKNOWN.to_owned())
            }
        }
    }

    async fn one(&self, code: &[u8]) -> Outcome {
        let mut outcomes = self.round(&[code]).await.map_err(|fault| self.said(&fault))?;
        outcomes.pop().unwrap_or_else(|| Err(failed("the scanner gave no answer")))
    }

    /// Every file of the batch gets its answer; one that spoils the report for the others is left with the error.
    async fn batch(&self, codes: &[&[u8]]) -> Vec<Outcome> {
        let mut outcomes: Vec<Option<Outcome>> = codes.iter().map(|_| None).collect();
        let mut works = false;
        let mut waiting: Vec<Range<usize>> = std::iter::once(0..codes.len()).collect();
        while let Some(range) = waiting.pop() {
            let part = outcomes[range.clone()].iter_mut();
            match self.round(&codes[range.clone()]).await {
                Ok(found) => part.zip(found).for_each(|(outcome, found)| *outcome = Some(found)),
                Err(fault) => {
                    works = works || (range.len() > 1 && self.report(&[BLANK]).await.is_ok());
                    if range.len() == 1 || !works {
                        part.for_each(|outcome| *outcome = Some(Err(self.said(&fault))));
                    } else {
                        let middle = range.start + range.len() / 2;
                        waiting.extend([middle..range.end, range.start..middle]);
                    }
                }
            }
        }
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| Err(failed("not scanned")))).collect()
    }

    /// One call for these files, its results given back to them.
    async fn round(&self, codes: &[&[u8]]) -> Result<Vec<Outcome>, Fault> {
        let (names, tools) = self.report(codes).await?;
        share(&names, tools)
    }

    /// The names of the files, in the order of the codes, and what the command reports of them.
    async fn report(&self, codes: &[&[u8]]) -> Result<(Vec<String>, Vec<sarif::Tool>), Fault> {
        let scratch = scratch()?;
        let place = |name: &str| scratch.path().join(name);
        let (code, work, out) = (place("code"), place("work"), place("out.sarif"));
        let unwritten = |error: std::io::Error| Fault::Start(format!("no files for it can be written: {error}"));
        tokio::fs::create_dir(&code).await.map_err(unwritten)?;
        tokio::fs::create_dir(&work).await.map_err(unwritten)?;
        let mut names = Vec::with_capacity(codes.len());
        for (number, bytes) in codes.iter().enumerate() {
            let name = format!("code{number:05}.py");
            tokio::fs::write(code.join(&name), bytes).await.map_err(unwritten)?;
            names.push(name);
        }
        let first = code.join(names.first().map_or("", String::as_str));
        let deadline = self.adapter.timeout.unwrap_or_else(|| Duration::from_secs(60 + codes.len() as u64));
        let marks = [("{file}", &first), ("{dir}", &code), ("{out}", &out), ("{work}", &work)];
        let (mut output, mut complaint, mut to_file) = (Vec::new(), None, false);
        for step in &self.adapter.steps {
            to_file |= step.iter().any(|word| word.contains("{out}"));
            let step: Vec<String> = step.iter().map(|word| filled(word, &marks)).collect();
            let done = process::run(&self.call(&step, &code, deadline, &out)).await?;
            (output, complaint) = (done.output, done.complaint);
        }
        if to_file {
            if tokio::fs::metadata(&out).await.is_ok_and(|data| data.len() > LIMIT) {
                return Err(Fault::TooMuch);
            }
            let unread = |error: std::io::Error| Fault::Rubbish(format!("its report cannot be read: {error}"));
            output = match (tokio::fs::read(&out).await, complaint.take()) {
                (Ok(bytes), kept) => {
                    complaint = kept;
                    bytes
                }
                (Err(error), complaint) => return Err(complaint.unwrap_or_else(|| unread(error))),
            };
        }
        // Findings and trouble may have the same exit code; without a single byte of a report it was trouble.
        if let Some(fault) = complaint.filter(|_| output.iter().all(u8::is_ascii_whitespace)) {
            return Err(fault);
        }
        let parsed = tokio::task::spawn_blocking(move || sarif::parse("its report", &output)).await;
        let tools = parsed.map_err(|error| Fault::Rubbish(error.to_string()))?;
        Ok((names, tools.map_err(|error| Fault::Rubbish(error.to_string()))?))
    }

    fn call<'a>(&'a self, command: &'a [String], folder: &'a Path, deadline: Duration, out: &'a Path) -> Call<'a> {
        Call { command, folder, environment: &self.environment, deadline, ok_exit: &self.adapter.ok_exit, out }
    }
}

/// A folder whose name no tool takes for a hidden one.
fn scratch() -> Result<tempfile::TempDir, Fault> {
    let made = tempfile::Builder::new().prefix("fdsp-scan-").tempdir();
    made.map_err(|error| Fault::Start(format!("no folder for it can be made: {error}")))
}

fn filled(word: &str, marks: &[(&str, &PathBuf)]) -> String {
    marks.iter().fold(word.to_owned(), |word, (mark, path)| word.replace(mark, &path.to_string_lossy()))
}

/// The first word with a digit in front: `bandit 1.9.4` and `1.9.4` alike.
fn number_in(said: &str) -> Option<String> {
    let digit = |word: &&str| word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit());
    said.split_whitespace().find(digit).map(|word| word.trim_start_matches('v').chars().take(80).collect())
}

/// Results by file. What names a file that was not given is a fault: its finding would be lost.
fn share(names: &[String], tools: Vec<sarif::Tool>) -> Result<Vec<Outcome>, Fault> {
    let places: HashMap<&str, usize> = names.iter().map(String::as_str).zip(0..).collect();
    let place = |path: Option<&str>| match path {
        // A single file is meant even where it is called otherwise, `<stdin>` for one.
        _ if names.len() == 1 => Some(0),
        Some(path) => places.get(path.rsplit('/').next()?).copied(),
        None => None,
    };
    let mut found: Vec<Vec<Finding>> = names.iter().map(|_| Vec::new()).collect();
    let mut errors: Vec<Option<ScanError>> = names.iter().map(|_| None).collect();
    for tool in tools {
        for sarif::Placed { path, finding } in tool.findings {
            let Some(at) = place(path.as_deref()) else {
                let where_ = path.as_deref().unwrap_or("no file");
                return Err(Fault::Rubbish(format!("a result is about {where_}, which it was not given")));
            };
            found[at].push(finding);
        }
        for sarif::Failure { path, error, fatal } in tool.failures {
            match place(path.as_deref()) {
                Some(at) => drop(errors[at].get_or_insert(error)),
                None if fatal => return Err(Fault::Rubbish(error.message)),
                None => tracing::warn!("on {}: {}", path.as_deref().unwrap_or("no file"), error.message),
            }
        }
    }
    let outcome = |(mut findings, error): (Vec<Finding>, Option<ScanError>)| match error {
        Some(error) if findings.is_empty() => Err(error),
        _ => {
            findings.sort_by_key(|finding| (finding.line, finding.column));
            Ok(findings)
        }
    };
    Ok(found.into_iter().zip(errors).map(outcome).collect())
}
