//! Second opinions: another scanner over every version of the code in a run, appended as events of their own. No model
//! is asked. Page by page: while one page is scanned, the one before becomes durable.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use tokio::task::JoinSet;

use super::sources;
use crate::core::event::{Event, Scanned};
use crate::core::finding::{Finding, Scan, ScannerId};
use crate::core::ids::{Step, StreamId};
use crate::core::settings::RunInfo;
use crate::core::text::Text;
use crate::scanner::{Scanner, sarif};
use crate::store::{CodeOf, Store, StoreError};

/// Items read at a time; a page is scanned once it holds as much as the scanner likes to have.
const PAGE: usize = 64;

#[derive(Debug, thiserror::Error)]
pub enum RescanError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "run `{run}` was made with {scanner}: its own scanner is no second opinion, whatever its version. Another version \
         can be one under another name, as a command in [scanners.NAME] of fdsp.toml"
    )]
    Own { run: String, scanner: String },
    #[error("{file}: it holds runs of several tools ({tools}); give one file for each")]
    SeveralTools { file: String, tools: String },
    #[error("{file}: it holds no run of any tool, so there is nothing to take from it")]
    NoTool { file: String },
    #[error("{file}: the producer failed: {message}")]
    Failed { file: String, message: String },
    #[error(
        "{file}: none of its {results} results is about a file of this run (the first: {first}); write the sources with \
         `fdsp rescan {run} --write-sources DIR` and scan DIR"
    )]
    Strangers { file: String, run: String, results: usize, first: String },
    #[error("a task of the rescan ended early: {0}")]
    Task(String),
}

/// Where the opinions come from.
#[derive(Debug)]
pub enum Source {
    Scanner(Scanner),
    Log(Box<Log>),
}

/// A SARIF log over the sources that [`sources::write`] has written. A version that no result names has no findings.
#[derive(Debug)]
pub struct Log {
    id: ScannerId,
    findings: HashMap<String, Vec<Finding>>,
    failures: HashMap<String, crate::core::finding::ScanError>,
}

impl Log {
    /// The opinions in `tools`, read from `file`, on the versions of the run.
    ///
    /// # Errors
    /// No tool or several, an execution that failed as a whole, results none of which is about this run.
    pub async fn new(
        file: &str,
        tools: Vec<sarif::Tool>,
        store: &Store,
        run: &str,
    ) -> Result<(Self, usize), RescanError> {
        let file = || file.to_owned();
        let mut names: Vec<String> = tools.iter().map(|tool| tidy(&tool.name)).collect();
        names.dedup();
        let name = match names.as_slice() {
            [] => return Err(RescanError::NoTool { file: file() }),
            [name] => name.clone(),
            several => return Err(RescanError::SeveralTools { file: file(), tools: several.join(", ") }),
        };
        let version = tools.first().map(|tool| tool.version.clone()).unwrap_or_default();
        let mut log = Self { id: ScannerId { name, version }, findings: HashMap::new(), failures: HashMap::new() };
        let known = known_paths(store, run).await?;
        let of_run = |path: Option<&str>| {
            let key = path.and_then(sources::key)?;
            known.contains(key).then(|| key.to_owned())
        };
        let (mut results, mut strangers, mut first) = (0, 0, None);
        for tool in tools {
            for sarif::Placed { path, finding } in tool.findings {
                results += 1;
                match of_run(path.as_deref()) {
                    Some(key) => log.findings.entry(key).or_default().push(finding),
                    None => {
                        strangers += 1;
                        first.get_or_insert(path.unwrap_or_else(|| "no file at all".to_owned()));
                    }
                }
            }
            for failure in tool.failures {
                match of_run(failure.path.as_deref()) {
                    Some(key) => drop(log.failures.entry(key).or_insert(failure.error)),
                    None if failure.fatal => {
                        return Err(RescanError::Failed { file: file(), message: failure.error.message });
                    }
                    None => {}
                }
            }
        }
        match first {
            Some(first) if strangers == results => {
                Err(RescanError::Strangers { file: file(), run: run.to_owned(), results, first })
            }
            _ => Ok((log, strangers)),
        }
    }

    fn scan(&self, path: &str) -> Scan {
        let mut findings = self.findings.get(path).cloned().unwrap_or_default();
        findings.sort_by_key(|finding| (finding.line, finding.column));
        let error = self.failures.get(path).filter(|_| findings.is_empty()).cloned();
        Scan { scanner: self.id.clone(), error, findings }
    }
}

/// A producer's name as the name of a scanner: `Semgrep OSS` is `semgrep-oss`.
fn tidy(name: &str) -> String {
    let tidied = name.to_lowercase().replace(|c: char| !(c.is_alphanumeric() || "._+".contains(c)), "-");
    let tidied = tidied.trim_matches('-');
    if tidied.is_empty() { "sarif".to_owned() } else { tidied.to_owned() }
}

async fn known_paths(store: &Store, run: &str) -> Result<HashSet<String>, StoreError> {
    let mut known = HashSet::new();
    for from in (0..).step_by(PAGE) {
        let page = store.code(run, from, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for of in &page {
            known.extend(versions(of).map(|version| version.path(of)));
        }
    }
    Ok(known)
}

/// A version that holds code.
struct Version<'a> {
    stream: StreamId,
    step: Step,
    code: &'a Text,
    opinions: &'a [Scan],
}

impl Version<'_> {
    fn path(&self, of: &CodeOf) -> String {
        sources::path(of.position, &of.item, self.stream, self.step)
    }
}

fn versions(of: &CodeOf) -> impl Iterator<Item = Version<'_>> {
    of.state.streams.iter().flat_map(|(stream, held)| {
        held.versions.iter().filter_map(|version| {
            let code = version.code.as_ref()?;
            Some(Version { stream: *stream, step: version.step, code, opinions: &version.opinions })
        })
    })
}

/// What a rescan came to.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub run: String,
    pub scanner: ScannerId,
    pub items: usize,
    /// That hold code.
    pub versions: usize,
    /// Of these, scanned by this scanner in this version before, and left alone.
    pub known: usize,
    pub scanned: usize,
    /// Different pieces of code among those scanned: each was scanned once.
    pub distinct: usize,
    /// Findings in the versions scanned now, suppressed ones included.
    pub findings: usize,
    /// Versions on which the scanner failed.
    pub failed: usize,
    pub failures: Vec<FailedVersion>,
}

#[derive(Debug, Clone, Serialize)]
pub struct FailedVersion {
    pub item: String,
    #[serde(flatten)]
    pub stream: StreamId,
    pub step: Step,
    pub message: String,
}

/// A rescan, ready to start.
#[derive(Debug)]
pub struct Rescan {
    pub store: Store,
    pub run: RunInfo,
    pub source: Source,
    /// Scan what this scanner has scanned before, too.
    pub again: bool,
}

impl Rescan {
    pub fn scanner(&self) -> ScannerId {
        match &self.source {
            Source::Scanner(scanner) => scanner.id(),
            Source::Log(log) => log.id.clone(),
        }
    }

    /// Appends a [`Event::Rescanned`] for every version that lacks it, those of an item together. `tell` hears how many
    /// items are done. What was appended stays when this is dropped half way.
    ///
    /// # Errors
    /// The run's own scanner, and what the store refuses; a scan that fails is a failure of its version only.
    pub async fn perform(&self, mut tell: impl FnMut(usize)) -> Result<Report, RescanError> {
        let id = self.scanner();
        if id.name == self.run.settings.scanner {
            return Err(RescanError::Own { run: self.run.id.clone(), scanner: id.name });
        }
        let mut report = Report {
            run: self.run.id.clone(),
            scanner: id,
            items: 0,
            versions: 0,
            known: 0,
            scanned: 0,
            distinct: 0,
            findings: 0,
            failed: 0,
            failures: Vec::new(),
        };
        let mut scans: HashMap<String, Scan> = HashMap::new();
        let mut writing = JoinSet::new();
        let (mut from, mut done, mut at_end) = (0, 0, false);
        while !at_end {
            let mut page: Vec<CodeOf> = Vec::new();
            let (mut wanted, mut fresh): (Vec<Text>, HashSet<String>) = Default::default();
            while !at_end && (page.is_empty() || wanted.len() < self.batch()) {
                let more = self.store.code(&self.run.id, from, PAGE).await?;
                from += PAGE;
                at_end = more.is_empty();
                for of in &more {
                    for version in versions(of).filter(|version| !self.is_known(version, &report.scanner)) {
                        let hash = version.code.hash();
                        let scans_code = matches!(self.source, Source::Scanner(_));
                        if scans_code && !scans.contains_key(&hash) && fresh.insert(hash) {
                            wanted.push(version.code.clone());
                        }
                    }
                }
                page.extend(more);
            }
            if let Source::Scanner(scanner) = &self.source {
                let hashes = wanted.iter().map(Text::hash);
                scans.extend(hashes.zip(scanner.scan_all(&wanted).await));
            }
            report.distinct = scans.len();
            let appends = page.iter().map(|of| (of.item.clone(), self.opinions(of, &scans, &mut report)));
            let appends: Vec<_> = appends.filter(|(_, events)| !events.is_empty()).collect();
            // The page before has had the time of a scan to become durable.
            settle(&mut writing).await?;
            for (item, events) in appends {
                let (store, run) = (self.store.clone(), self.run.id.clone());
                writing.spawn(async move { store.append(&run, &item, events).await.map(drop) });
            }
            done += page.len();
            tell(done);
        }
        settle(&mut writing).await?;
        report.items = done;
        Ok(report)
    }

    fn batch(&self) -> usize {
        match &self.source {
            Source::Scanner(scanner) => scanner.batch(),
            Source::Log(_) => 0,
        }
    }

    /// Whether the scanner has had its say on it; a scan that failed says nothing.
    fn is_known(&self, version: &Version<'_>, scanner: &ScannerId) -> bool {
        let said = |scan: &Scan| scan.scanner == *scanner && !scan.error.as_ref().is_some_and(|error| error.failed);
        !self.again && version.opinions.iter().any(said)
    }

    fn opinions(&self, of: &CodeOf, scans: &HashMap<String, Scan>, report: &mut Report) -> Vec<(StreamId, Event)> {
        let mut events = Vec::new();
        for version in versions(of) {
            report.versions += 1;
            if self.is_known(&version, &report.scanner) {
                report.known += 1;
                continue;
            }
            let scan = match &self.source {
                Source::Scanner(_) => scans.get(&version.code.hash()).cloned(),
                Source::Log(log) => Some(log.scan(&version.path(of))),
            };
            let Some(scan) = scan else { continue };
            report.scanned += 1;
            report.findings += scan.findings.len();
            if let Some(error) = scan.error.as_ref().filter(|error| error.failed) {
                report.failed += 1;
                report.failures.push(FailedVersion {
                    item: of.item.clone(),
                    stream: version.stream,
                    step: version.step,
                    message: error.message.clone(),
                });
            }
            events.push((version.stream, Event::Rescanned(Scanned { step: version.step, scan })));
        }
        events
    }
}

async fn settle(writing: &mut JoinSet<Result<(), StoreError>>) -> Result<(), RescanError> {
    while let Some(written) = writing.join_next().await {
        written.map_err(|error| RescanError::Task(error.to_string()))??;
    }
    Ok(())
}
