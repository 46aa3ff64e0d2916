//! A run as one SARIF 2.1.0 log: a SARIF run per scanner, the code as artifacts, labels as suppressions.
//!
//! Listed are the versions that the approaches return and those with a label, or all of them.
//! Each version listed is compared with the generated code it refines: a finding of both is `unchanged`, one of the
//! version alone `new`, one of the generated code alone `absent` (placed in the generated code), so that what a fix
//! removed can carry the label of the fix. See `suppression` for how.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    Artifact, ArtifactContent, ArtifactLocation, PropertyBag, Result as SarifResult, RunAutomationDetails, Sarif,
    Suppression,
};

use super::ExchangeError;
use super::suppression::suppressions;
use crate::core::finding::{Finding, Scan, ScanError, ScannerId};
use crate::core::fold::{ItemState, LabelEntry, Version};
use crate::core::ids::{ApproachId, StreamId};
use crate::core::settings::{RunInfo, VerdictMode};
use crate::core::text::{Text, sha256_hex};
use crate::scanner::sarif;
use crate::store::Store;

/// The name of our partial fingerprint: rule, text of the line, and the how many-th of these in the file.
const FINGERPRINT: &str = "fdspRuleAndLine/v1";

/// The log of what each stream returned and of what is labelled, or of every version.
pub async fn log(store: &Store, info: &RunInfo, versions: bool) -> Result<Sarif, ExchangeError> {
    let mut batches: BTreeMap<(String, String), Batch> = BTreeMap::new();
    for item in store.items(&info.id).await? {
        let state = ItemState::of(&store.record(&info.id, &item.id).await?.entries);
        let chosen = if versions { every(&state) } else { returned(&state, info.settings.verdict) };
        for (stream, version, by) in chosen {
            let view = View { item: &item.id, state: &state, stream, version, by };
            for scan in version.scan.iter().chain(&version.opinions) {
                let ScannerId { name, version } = scan.scanner.clone();
                batches.entry((name, version)).or_default().take(&view, scan);
            }
        }
    }
    if batches.is_empty() {
        batches.insert((info.settings.scanner.clone(), "unknown".to_owned()), Batch::default());
    }
    let mut whole: Option<Sarif> = None;
    for ((name, version), batch) in batches {
        let mut one = batch.log(&ScannerId { name, version });
        for run in &mut one.runs {
            run.automation_details = Some(RunAutomationDetails::builder().id(format!("fdsp/{}/", info.id)).build());
        }
        match &mut whole {
            Some(whole) => whole.runs.append(&mut one.runs),
            None => whole = Some(one),
        }
    }
    whole.ok_or_else(|| ExchangeError::Write("there is nothing to write".to_owned()))
}

/// A version, where it stands, and the approaches that return it.
type Chosen<'a> = (StreamId, &'a Version, Vec<ApproachId>);

fn every(state: &ItemState) -> Vec<Chosen<'_>> {
    let streams = state.streams.iter();
    streams.flat_map(|(id, stream)| stream.versions.iter().map(|version| (*id, version, Vec::new()))).collect()
}

/// What the stopped refinements return, each version once; of an item without any, the generated code. Then what else
/// has a label.
fn returned(state: &ItemState, mode: VerdictMode) -> Vec<Chosen<'_>> {
    let mut chosen: Vec<Chosen<'_>> = Vec::new();
    let stopped = |refinements: bool| {
        let kind = move |id: &StreamId| (id.approach != ApproachId::Generate) == refinements;
        state.streams.iter().filter(move |(id, stream)| kind(id) && stream.stopped.is_some()).map(|(id, _)| *id)
    };
    let mut streams: Vec<StreamId> = stopped(true).collect();
    let refined: HashSet<u32> = streams.iter().map(|id| id.sample).collect();
    streams.extend(stopped(false).filter(|id| !refined.contains(&id.sample)));
    for id in streams {
        let Some(version) = state.final_version(id, mode) else { continue };
        let own = state.stream(id).and_then(|stream| stream.version(version.step)).is_some();
        let owner = if own { id } else { id.generation() };
        match chosen.iter_mut().find(|(stream, known, _)| (*stream, known.step) == (owner, version.step)) {
            Some((.., by)) => by.push(id.approach),
            None => chosen.push((owner, version, vec![id.approach])),
        }
    }
    // A label must not be lost because its version was not the one returned.
    for entry in state.labels.iter().filter(|entry| entry.active) {
        let (stream, step) = (entry.stream, entry.label.step);
        let known = chosen.iter().any(|(owner, version, _)| (*owner, version.step) == (stream, step));
        if let Some(version) = state.stream(stream).and_then(|it| it.version(step)).filter(|_| !known) {
            chosen.push((stream, version, Vec::new()));
        }
    }
    chosen
}

struct View<'a> {
    item: &'a str,
    state: &'a ItemState,
    stream: StreamId,
    version: &'a Version,
    by: Vec<ApproachId>,
}

impl View<'_> {
    fn uri(&self, stream: StreamId, version: &Version) -> String {
        format!("{}/{}-{}/{}.py", segment(self.item), stream.approach, stream.sample, version.step)
    }

    /// The generated code that this version refines.
    fn base(&self) -> Option<&Version> {
        let base = self.state.generated(self.stream)?;
        (self.stream.approach != ApproachId::Generate).then_some(base)
    }

    fn labels(&self) -> Vec<&LabelEntry> {
        let Some(code) = self.version.code.as_ref().map(Text::hash) else { return Vec::new() };
        let here = |entry: &&LabelEntry| {
            entry.active
                && entry.stream == self.stream
                && entry.label.step == self.version.step
                && entry.label.code == code
        };
        self.state.labels.iter().filter(here).collect()
    }
}

/// A name as one segment of a relative URI that stays one when it is decoded: nothing but letters, digits and `._-`.
/// Whatever was changed is told apart by the beginning of the name's SHA-256.
fn segment(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let tidied: String = name.chars().take(80).map(plain).collect();
    if tidied == name && !tidied.chars().all(|c| c == '.') {
        return tidied;
    }
    format!("{tidied}~{}", &sha256_hex(name)[..12])
}

/// The findings of one scanner as they are collected.
#[derive(Default)]
struct Batch {
    files: Vec<File>,
    artifacts: Vec<(String, Text)>,
    listed: HashSet<String>,
}

struct File {
    path: PathBuf,
    error: Option<ScanError>,
    findings: Vec<(Finding, Extra)>,
}

/// What a result of ours says beside the finding.
struct Extra {
    fingerprint: String,
    baseline: &'static str,
    suppressions: Vec<Suppression>,
    properties: BTreeMap<String, Value>,
}

impl Batch {
    fn take(&mut self, view: &View<'_>, scan: &Scan) {
        let Some(code) = &view.version.code else { return };
        let uri = view.uri(view.stream, view.version);
        self.artifact(&uri, code);
        let suppressions = suppressions(&view.labels());
        let mut properties = BTreeMap::from([
            ("item".to_owned(), json!(view.item)),
            ("approach".to_owned(), json!(view.stream.approach)),
            ("sample".to_owned(), json!(view.stream.sample)),
            ("step".to_owned(), json!(view.version.step)),
            ("codeSha256".to_owned(), json!(code.hash())),
        ]);
        if !view.by.is_empty() {
            properties.insert("returnedBy".to_owned(), json!(view.by));
        }
        let extra = |fingerprint: String, baseline| Extra {
            fingerprint,
            baseline,
            suppressions: suppressions.clone(),
            properties: properties.clone(),
        };
        let before = view.base().and_then(|base| Some((base, base.code.as_ref()?, base.scan_by(&scan.scanner.name)?)));
        let was: Vec<(String, &Finding)> =
            before.map(|(_, code, scan)| fingerprints(code, &scan.findings)).unwrap_or_default();
        let is = fingerprints(code, &scan.findings);
        let known: HashSet<&str> = was.iter().map(|(print, _)| print.as_str()).collect();
        let here: HashSet<&str> = is.iter().map(|(print, _)| print.as_str()).collect();
        let state = |print: &str| match view.stream.approach {
            ApproachId::Generate => "unchanged",
            _ if known.contains(print) => "unchanged",
            _ => "new",
        };
        let found =
            is.iter().map(|(print, finding)| ((*finding).clone(), extra(print.clone(), state(print)))).collect();
        self.files.push(File { path: PathBuf::from(&uri), error: scan.error.clone(), findings: found });
        // Code that was not scanned whole says nothing about what is gone.
        let (Some((base, base_code, _)), None) = (before, &scan.error) else { return };
        let gone: Vec<(Finding, Extra)> = was
            .iter()
            .filter(|(print, _)| !here.contains(print.as_str()))
            .map(|(print, finding)| ((*finding).clone(), extra(print.clone(), "absent")))
            .collect();
        if !gone.is_empty() {
            let uri = view.uri(view.stream.generation(), base);
            self.artifact(&uri, base_code);
            self.files.push(File { path: PathBuf::from(uri), error: None, findings: gone });
        }
    }

    fn artifact(&mut self, uri: &str, code: &Text) {
        if self.listed.insert(uri.to_owned()) {
            self.artifacts.push((uri.to_owned(), code.clone()));
        }
    }

    fn log(self, scanner: &ScannerId) -> Sarif {
        let files: Vec<sarif::File<'_>> = self
            .files
            .iter()
            .map(|file| sarif::File {
                path: Path::new(&file.path),
                error: file.error.as_ref(),
                findings: file.findings.iter().map(|(finding, _)| finding).collect(),
            })
            .collect();
        let mut log = sarif::log(scanner, &files);
        for run in &mut log.runs {
            // The writer lists the findings file by file, in their order.
            let extras = self.files.iter().flat_map(|file| &file.findings).map(|(_, extra)| extra);
            for (result, extra) in run.results.iter_mut().flatten().zip(extras) {
                decorate(result, extra);
            }
            run.artifacts = Some(self.artifacts.iter().map(|(uri, code)| artifact(uri, code)).collect());
        }
        log
    }
}

fn artifact(uri: &str, code: &Text) -> Artifact {
    Artifact::builder()
        .location(ArtifactLocation::builder().uri(uri).build())
        .length(code.len() as i64)
        .mime_type("text/x-python")
        .source_language("python")
        .hashes(BTreeMap::from([("sha-256".to_owned(), code.hash())]))
        .contents(ArtifactContent::builder().text(code.to_string()).build())
        .build()
}

fn decorate(result: &mut SarifResult, extra: &Extra) {
    result.partial_fingerprints = Some(BTreeMap::from([(FINGERPRINT.to_owned(), extra.fingerprint.clone())]));
    result.baseline_state = Some(json!(extra.baseline));
    if !extra.suppressions.is_empty() {
        result.suppressions.get_or_insert_with(Vec::new).extend(extra.suppressions.iter().cloned());
    }
    let bag = result.properties.get_or_insert_with(PropertyBag::default);
    bag.additional_properties.extend(extra.properties.clone());
}

/// Alike for the same rule on the same text, wherever the line has moved.
fn fingerprints<'a>(code: &str, findings: &'a [Finding]) -> Vec<(String, &'a Finding)> {
    let lines: Vec<&str> = code.lines().collect();
    let mut seen: HashMap<(&str, &str), u32> = HashMap::new();
    let print = |finding: &'a Finding| {
        let line = lines.get(finding.line.saturating_sub(1) as usize).map_or("", |line| line.trim());
        let nth = seen.entry((&finding.rule, line)).or_default();
        *nth += 1;
        (sha256_hex(format!("{}\0{line}\0{nth}", finding.rule)), finding)
    };
    findings.iter().map(print).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_cannot_leave_their_folder_and_do_not_meet() {
        let names = ["..", ".", "", "../x", "..%2Fx", "a/b", "a_b", "a b", "x\n", "=cmd()", "é", "%2e%2e", "a", "A"];
        let mut seen = HashSet::new();
        for name in names {
            let segment = segment(name);
            assert!(!segment.is_empty() && segment != "." && segment != "..", "{name:?} → {segment}");
            assert!(segment.chars().all(|c| c.is_ascii_alphanumeric() || "._-~".contains(c)), "{segment}");
            assert!(seen.insert(segment.clone()), "{name:?} meets another in {segment}");
        }
        assert_eq!(segment("CWE-089_author_1.py"), "CWE-089_author_1.py");
        assert_ne!(segment(&"x".repeat(200)), segment(&"x".repeat(201)));
    }
}
