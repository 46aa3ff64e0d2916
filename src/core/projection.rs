//! One row per item and stream: what lists and tables over a million events read instead of the events.
//! Disposable: it is derived from the fold and can be rebuilt at any time.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::StopReason;
use super::execution::{AssertionClass, Level, TestResult};
use super::finding::Scan;
use super::fold::{ItemState, Version};
use super::hint::HintKind;
use super::ids::{Step, StreamId};
use super::label::{LabelVerdict, Standing};
use super::settings::{RunInfo, VerdictMode};
use super::verdict::{Verdict, counted, judge, judge_by};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub item: String,
    #[serde(flatten)]
    pub stream: StreamId,
    /// Verdict on the generated code, in the run's mode.
    pub generated: Option<Verdict>,
    /// CWEs of the findings in the generated code, each once, in the order of the findings.
    pub cwes: Vec<u32>,
    pub stopped: Option<StopReason>,
    pub failed: bool,
    /// Verdict on the code that the stream returns, in the run's mode; `None` until it stopped.
    pub verdict: Option<Verdict>,
    pub solution: Option<u32>,
    pub iteration: Option<u32>,
    pub calls: u32,
    /// Refined versions that hold code.
    pub versions: u32,
    /// Undefined names in the code that the stream returns.
    pub undefined: u32,
    /// What the item's test says of the code that the stream returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TestFact>,
    /// What the annotators agree on for the code that the stream returns.
    pub label: Option<LabelVerdict>,
    /// Versions of this stream with an active label.
    pub labelled: u32,
    /// Refined versions whose labels come to unrealistic.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unrealistic: u32,
    /// What reports count under `strict`; `None` for a paper run, whose refinements stopped by another rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict: Option<Facts>,
    /// What reports count under `paper`; a strict run has it too, by the first version that paper mode accepts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<Facts>,
}

/// What a stream comes to in one verdict mode.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Facts {
    /// Verdict on the generated code; `None` until the generation stopped, or when it could not be judged.
    pub generated: Option<Verdict>,
    /// Verdict on the code that the stream returns; `None` until it stopped.
    pub verdict: Option<Verdict>,
    /// The version that the stream returns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<Step>,
    /// Findings in the generated code by CWE.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub generated_cwes: Vec<CweCount>,
    /// Findings in the returned code by CWE.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub final_cwes: Vec<CweCount>,
    /// What the labels on the returned version come to.
    #[serde(default, skip_serializing_if = "Standing::is_unlabelled")]
    pub label: Standing,
    /// What the item's test says of the generated code, where a refinement started from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generated_test: Option<TestFact>,
    /// What the item's test says of the returned version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<TestFact>,
    /// What other scanners say of the returned version.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub opinions: Vec<Opinion>,
    /// The kinds of hint on the returned refinement, each once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<HintKind>,
}

impl Facts {
    /// A fix: vulnerable as generated, secure as returned.
    pub fn is_fix(&self) -> bool {
        self.generated == Some(Verdict::Vulnerable) && self.verdict == Some(Verdict::Secure)
    }

    /// A fix that is empty, cut off, silenced or a stub: the scanner is silent, and nothing was repaired.
    pub fn is_hollow(&self) -> bool {
        self.is_fix() && self.hints.iter().any(|kind| kind.is_hollow())
    }
}

/// What says the kinds of hint of a refinement that a stream returns; a room above this one knows.
pub type Review<'a> = &'a dyn Fn(&ItemState, StreamId, &Version) -> Vec<HintKind>;

/// What a test came to, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestFact {
    pub result: TestResult,
    /// The class of the assertion that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<AssertionClass>,
    pub level: Level,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub repaired: bool,
}

impl TestFact {
    pub fn of(version: &Version) -> Option<Self> {
        let execution = version.execution.as_ref()?;
        Some(Self {
            result: execution.result,
            failed: execution.failed().map(|assertion| assertion.class),
            level: execution.level,
            repaired: execution.repaired,
        })
    }
}

/// Findings of one CWE; `None` for rules without one. In the order of the CWE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CweCount {
    pub cwe: Option<u32>,
    pub findings: u32,
}

/// Another scanner's word on the version that a stream returns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opinion {
    pub scanner: String,
    /// `None`: the scanner failed on it.
    pub verdict: Option<Verdict>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwes: Vec<CweCount>,
}

fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Row {
    pub fn facts(&self, mode: VerdictMode) -> Option<&Facts> {
        match mode {
            VerdictMode::Strict => self.strict.as_ref(),
            VerdictMode::Paper => self.paper.as_ref(),
        }
    }

    /// In the run's own verdict mode, that of a strict run being strict.
    pub fn own(&self) -> Option<&Facts> {
        self.strict.as_ref().or(self.paper.as_ref())
    }

    /// The scanner is silent and the test fails.
    pub fn is_false_secure(&self) -> bool {
        let failed = |test: &TestFact| !matches!(test.result, TestResult::Pass | TestResult::Refused);
        self.verdict == Some(Verdict::Secure) && self.test.as_ref().is_some_and(failed)
    }

    /// A fix: vulnerable as generated, secure as returned. Only fixes wait for a label.
    pub fn is_fix(&self) -> bool {
        self.generated == Some(Verdict::Vulnerable) && self.verdict == Some(Verdict::Secure)
    }

    /// The version that a label on this row is about.
    pub fn final_step(&self) -> Option<Step> {
        self.iteration.map(|iteration| Step::Refine { solution: self.solution, iteration })
    }
}

/// Rows of an item: one per stream with events, in their order.
pub fn project(item: &str, state: &ItemState, mode: VerdictMode, review: Review) -> Vec<Row> {
    state.streams.keys().map(|id| row(item, state, *id, mode, review)).collect()
}

fn row(item: &str, state: &ItemState, id: StreamId, mode: VerdictMode, review: Review) -> Row {
    let mut paper = facts(state, id, VerdictMode::Paper);
    paper.hints = hints(state, id, VerdictMode::Paper, &paper, review);
    let strict = (mode == VerdictMode::Strict).then(|| {
        let mut strict = facts(state, id, VerdictMode::Strict);
        // Both modes mostly return the same version.
        strict.hints = match strict.step == paper.step {
            true => paper.hints.clone(),
            false => hints(state, id, VerdictMode::Strict, &strict, review),
        };
        strict
    });
    let stream = &state.streams[&id];
    let generated = state.generated(id);
    let mut cwes = Vec::new();
    for finding in generated.and_then(|version| version.scan.as_ref()).into_iter().flat_map(|scan| &scan.findings) {
        if let Some(cwe) = finding.cwe.filter(|cwe| !cwes.contains(cwe)) {
            cwes.push(cwe);
        }
    }
    let outcome = state.outcome(id, mode);
    let returned = state.final_version(id, mode).filter(|_| stream.stopped.is_some());
    let judged = |version| judge(mode, version);
    let generation_done = state.stream(id.generation()).is_some_and(|generation| generation.stopped.is_some());
    Row {
        item: item.to_owned(),
        stream: id,
        generated: generated.filter(|_| generation_done).and_then(judged),
        cwes,
        stopped: stream.stopped,
        failed: stream.failed.is_some(),
        verdict: outcome.map(|outcome| outcome.verdict),
        solution: outcome.and_then(|outcome| outcome.solution),
        iteration: outcome.and_then(|outcome| outcome.iteration),
        calls: stream.calls(),
        versions: stream.versions.iter().filter(|version| version.code.is_some()).count() as u32,
        undefined: returned
            .and_then(|version| version.checked.as_ref())
            .map_or(0, |checked| checked.undefined.len() as u32),
        test: returned.and_then(TestFact::of),
        label: returned.filter(|_| !id.approach.generates()).and_then(|v| state.agreed(id, v.step)),
        labelled: labelled(state, id),
        unrealistic: unrealistic(state, id),
        strict,
        paper: Some(paper),
    }
}

fn hints(state: &ItemState, id: StreamId, mode: VerdictMode, facts: &Facts, review: Review) -> Vec<HintKind> {
    let returned = state.final_version(id, mode).filter(|_| matches!(facts.step, Some(Step::Refine { .. })));
    returned.map(|version| review(state, id, version)).unwrap_or_default()
}

fn facts(state: &ItemState, id: StreamId, mode: VerdictMode) -> Facts {
    let stopped = |id| state.stream(id).is_some_and(|stream| stream.stopped.is_some());
    let generated = state.generated(id).filter(|_| stopped(id.generation()));
    let returned = state.final_version(id, mode).filter(|_| stopped(id));
    let counts = |version: Option<&Version>| cwes(mode, version.and_then(|version| version.scan.as_ref()));
    Facts {
        generated: generated.and_then(|version| judge(mode, version)),
        verdict: returned.and_then(|version| judge(mode, version)),
        step: returned.map(|version| version.step),
        generated_cwes: counts(generated),
        final_cwes: counts(returned),
        label: returned.map(|version| state.standing(id, version.step)).unwrap_or_default(),
        generated_test: generated.and_then(TestFact::of),
        test: returned.and_then(TestFact::of),
        opinions: returned
            .map(|version| {
                let opinion = |scan: &Scan| Opinion {
                    scanner: scan.scanner.name.clone(),
                    verdict: judge_by(mode, version, Some(scan)),
                    cwes: cwes(mode, Some(scan)),
                };
                version.opinions.iter().map(opinion).collect()
            })
            .unwrap_or_default(),
        hints: Vec::new(),
    }
}

fn cwes(mode: VerdictMode, scan: Option<&Scan>) -> Vec<CweCount> {
    let mut counts: BTreeMap<Option<u32>, u32> = BTreeMap::new();
    for finding in scan.into_iter().flat_map(|scan| counted(mode, scan)) {
        *counts.entry(finding.cwe).or_default() += 1;
    }
    counts.into_iter().map(|(cwe, findings)| CweCount { cwe, findings }).collect()
}

fn unrealistic(state: &ItemState, id: StreamId) -> u32 {
    if state.labels.is_empty() {
        return 0;
    }
    let versions = state.stream(id).into_iter().flat_map(|stream| &stream.versions);
    let labelled = versions.filter(|version| {
        matches!(version.step, Step::Refine { .. })
            && state.standing(id, version.step).verdict() == Some(LabelVerdict::Unrealistic)
    });
    labelled.count() as u32
}

fn labelled(state: &ItemState, id: StreamId) -> u32 {
    let mut steps: Vec<Step> = state
        .labels
        .iter()
        .filter(|entry| entry.active && entry.stream == id && entry.label.verdict.is_some())
        .map(|entry| entry.label.step)
        .collect();
    steps.sort_unstable();
    steps.dedup();
    steps.len() as u32
}

/// What the list of runs shows of each, counted over its rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    #[serde(flatten)]
    pub info: RunInfo,
    /// Items the run was given.
    pub items: u32,
    /// Items whose generated code is vulnerable.
    pub vulnerable: u32,
    /// Items of those whose final code is secure, in at least one approach.
    pub fixed: u32,
    /// Streams that ended in a fix.
    pub fixes: u32,
    /// Fixes with a label.
    pub labelled: u32,
    /// Items without an outcome because something failed.
    pub failed: u32,
    /// Items that have come to their end.
    pub done: u32,
    pub calls: u32,
}
