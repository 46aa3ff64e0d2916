//! The one way from events to state, live or replayed: every screen and every number comes from here.

use std::collections::{BTreeMap, BTreeSet};

use super::event::{Answered, CallFailed, Checked, Entry, Event, LabelTurn, Proposed, Request, Revealed, StopReason};
use super::execution::Execution;
use super::finding::Scan;
use super::ids::{ApproachId, Step, StreamId};
use super::label::{Label, LabelVerdict, Probe, Standing};
use super::settings::VerdictMode;
use super::text::Text;
use super::verdict::{Verdict, judge};

mod said;

pub use said::SaidBy;

/// Raised whenever a projection of the same events could come out differently.
pub const FOLD_VERSION: u32 = 5;

/// One item of one run, as far as its events tell.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ItemState {
    pub streams: BTreeMap<StreamId, Stream>,
    /// In the order of their own times, whichever store they came from.
    pub labels: Vec<LabelEntry>,
    pub revealed: Vec<(StreamId, Revealed)>,
    /// The number of the last event folded; 0 before the first.
    pub last_seq: u32,
}

/// A request and what came of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    pub step: Step,
    pub request: Request,
    pub answer: Option<Answered>,
    pub failure: Option<CallFailed>,
}

/// A version of the code, from the moment it was taken from an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    pub step: Step,
    /// `None`: the answer held no code.
    pub code: Option<Text>,
    pub why: String,
    /// The answer was cut off at its token limit, or its code block never ended.
    pub truncated: bool,
    pub checked: Option<Checked>,
    pub scan: Option<Scan>,
    /// Second opinions: the latest scan by each other scanner, in the order of their first coming.
    pub opinions: Vec<Scan>,
    /// What came of the item's test; the latest where it ran more than once.
    pub execution: Option<Execution>,
}

impl Version {
    pub fn parses(&self) -> bool {
        let syntax = self.checked.as_ref().is_some_and(|checked| checked.error.is_some());
        let scanner = self.scan.as_ref().is_some_and(|scan| scan.error.is_some());
        !syntax && !scanner
    }

    /// What a scanner said of this version: the run's own, or another's second opinion.
    pub fn scan_by(&self, scanner: &str) -> Option<&Scan> {
        self.scan.iter().chain(&self.opinions).find(|scan| scan.scanner.name == scanner)
    }
}

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Stream {
    pub exchanges: Vec<Exchange>,
    pub versions: Vec<Version>,
    pub proposed: Option<Proposed>,
    pub stopped: Option<StopReason>,
    pub failed: Option<String>,
}

impl Stream {
    /// Answered requests.
    pub fn calls(&self) -> u32 {
        self.exchanges.iter().filter(|exchange| exchange.answer.is_some()).count() as u32
    }

    /// The latest exchange of every step, in order: a request that failed and was sent again is left out.
    pub fn latest(&self) -> impl Iterator<Item = &Exchange> {
        let again = |at: usize, step: Step| self.exchanges[at + 1..].iter().any(|later| later.step == step);
        self.exchanges.iter().enumerate().filter(move |(at, exchange)| !again(*at, exchange.step)).map(|(_, it)| it)
    }

    pub fn answer(&self, step: Step) -> Option<&Answered> {
        self.exchanges
            .iter()
            .rev()
            .filter(|exchange| exchange.step == step)
            .find_map(|exchange| exchange.answer.as_ref())
    }

    pub fn version(&self, step: Step) -> Option<&Version> {
        self.versions.iter().find(|version| version.step == step)
    }

    /// The code that a generation ends with: the last version that holds any, else the last.
    pub fn generated(&self) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.code.is_some()).or(self.versions.last())
    }

    /// The last refinement that holds code.
    pub fn refined(&self) -> Option<&Version> {
        let refinement = |version: &&Version| matches!(version.step, Step::Refine { .. }) && version.code.is_some();
        self.versions.iter().rev().find(refinement)
    }

    /// The first refinement that `mode` accepts.
    pub fn accepted(&self, mode: VerdictMode) -> Option<&Version> {
        self.versions
            .iter()
            .filter(|version| matches!(version.step, Step::Refine { .. }) && version.code.is_some())
            .find(|version| judge(mode, version) == Some(Verdict::Secure))
    }
}

/// A label with its place, and whether it was taken back.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelEntry {
    pub seq: u32,
    pub at: jiff::Timestamp,
    pub stream: StreamId,
    pub label: Label,
    pub active: bool,
    /// The latest event that took it back or put it back: when, and its place in the chain.
    pub turned: Option<(jiff::Timestamp, String)>,
}

impl LabelEntry {
    /// Labels are ordered by their own time, so that merged stores come to the same however they were merged.
    fn moment(&self) -> (jiff::Timestamp, &str, u32) {
        (self.at, self.id().unwrap_or_default(), self.seq)
    }

    /// Its place in the chain; `None` where it is older than that.
    pub fn id(&self) -> Option<&str> {
        self.label.link.as_ref().map(|link| link.id.as_str())
    }
}

/// What counts of the labels on a version, each with its verdict.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CountedLabels<'a> {
    /// The latest of every author, by name.
    pub latest: BTreeMap<&'a str, (LabelVerdict, &'a Label)>,
    /// The latest that settles a dispute.
    pub adjudicated: Option<(LabelVerdict, &'a Label)>,
    /// The latest of the authors who do not judge the version.
    pub skipped: Vec<&'a Label>,
    /// Authors whose labels of two stores contradict each other, none replacing the others, with these labels.
    pub forked: BTreeMap<&'a str, Vec<&'a LabelEntry>>,
}

/// How a stream ended: the code it returns and what was spent on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Outcome {
    #[serde(flatten)]
    pub stream: StreamId,
    pub verdict: Verdict,
    pub solution: Option<u32>,
    pub iteration: Option<u32>,
    /// Answered requests of this approach, without the generation's.
    pub calls: u32,
}

impl ItemState {
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Self {
        let mut state = Self::default();
        for entry in entries {
            state.apply(entry);
        }
        state
    }

    pub fn apply(&mut self, entry: &Entry) {
        self.last_seq = self.last_seq.max(entry.seq);
        if self.apply_label(entry) {
            return;
        }
        let stream = self.streams.entry(entry.stream).or_default();
        match &entry.event {
            Event::Asked(asked) => {
                stream.failed = None;
                stream.exchanges.push(Exchange {
                    step: asked.step,
                    request: asked.request.clone(),
                    answer: None,
                    failure: None,
                });
            }
            Event::Answered(answer) => {
                if let Some(exchange) = open_exchange(stream, answer.step) {
                    exchange.answer = Some(answer.clone());
                }
            }
            Event::CallFailed(failure) => {
                if let Some(exchange) = open_exchange(stream, failure.step) {
                    exchange.failure = Some(failure.clone());
                }
            }
            Event::Extracted(extracted) => {
                let truncated = extracted.unclosed || stream.answer(extracted.step).is_some_and(Answered::truncated);
                stream.versions.push(Version {
                    step: extracted.step,
                    code: extracted.code.clone(),
                    why: extracted.why.clone(),
                    truncated,
                    checked: None,
                    scan: None,
                    opinions: Vec::new(),
                    execution: None,
                });
            }
            Event::Checked(checked) => {
                if let Some(version) = version_mut(stream, checked.step) {
                    version.checked = Some(checked.clone());
                }
            }
            Event::Scanned(scanned) => {
                stream.failed = None;
                if let Some(version) = version_mut(stream, scanned.step) {
                    version.scan = Some(scanned.scan.clone());
                }
            }
            Event::Rescanned(scanned) => {
                if let Some(version) = version_mut(stream, scanned.step) {
                    match version.opinions.iter_mut().find(|scan| scan.scanner.name == scanned.scan.scanner.name) {
                        Some(known) => *known = scanned.scan.clone(),
                        None => version.opinions.push(scanned.scan.clone()),
                    }
                }
            }
            Event::Executed(executed) => {
                if let Some(version) = version_mut(stream, executed.step) {
                    version.execution = Some(executed.execution.clone());
                }
            }
            Event::Proposed(proposed) => stream.proposed = Some(proposed.clone()),
            Event::Stopped(stopped) => {
                stream.failed = None;
                stream.stopped = Some(stopped.reason);
            }
            Event::Failed(failed) => stream.failed = Some(failed.message.clone()),
            Event::Labelled(_) | Event::LabelUndone(_) | Event::LabelRedone(_) | Event::Revealed(_) => {}
        }
    }

    fn apply_label(&mut self, entry: &Entry) -> bool {
        match &entry.event {
            Event::Labelled(label) => {
                let (seq, at, stream) = (entry.seq, entry.at, entry.stream);
                let told = LabelEntry { seq, at, stream, label: label.clone(), active: true, turned: None };
                let place = self.labels.partition_point(|known| known.moment() <= told.moment());
                self.labels.insert(place, told);
            }
            Event::LabelUndone(turn) => self.turn(entry.at, turn, false),
            Event::LabelRedone(turn) => self.turn(entry.at, turn, true),
            Event::Revealed(revealed) => self.revealed.push((entry.stream, revealed.clone())),
            _ => return false,
        }
        true
    }

    fn turn(&mut self, at: jiff::Timestamp, turn: &LabelTurn, active: bool) {
        let moment = (at, turn.link.as_ref().map(|link| link.id.clone()).unwrap_or_default());
        if let Some(entry) = self.labels.iter_mut().find(|entry| entry.seq == turn.label)
            && entry.turned.as_ref().is_none_or(|before| *before <= moment)
        {
            entry.active = active;
            entry.turned = Some(moment);
        }
    }

    /// Whether an annotator was shown what a blind session hides of a version.
    pub fn is_revealed(&self, author: &str, stream: StreamId, step: Step) -> bool {
        self.revealed.iter().any(|(id, it)| *id == stream && it.step == step && it.author == author)
    }

    pub fn stream(&self, id: StreamId) -> Option<&Stream> {
        self.streams.get(&id)
    }

    /// The version that the refinements of `id` start from: for a repair the item's insecure code.
    pub fn generated(&self, id: StreamId) -> Option<&Version> {
        let stream = self.streams.get(&id.generation())?;
        if id.approach.repairs() { stream.version(Step::Given) } else { stream.generated() }
    }

    /// The code that the stream returns under `mode`. FDSP (Algorithm 1) returns the accepted refinement, else the
    /// generated code; a baseline has one refinement and returns it whatever the scanner says of it.
    pub fn final_version(&self, id: StreamId, mode: VerdictMode) -> Option<&Version> {
        let generated = self.generated(id);
        // What this mode takes for secure or invalid it would never have refined, whatever the run's own mode did;
        // a repair asks no scanner first.
        let kept = |version| judge(mode, version).is_some_and(|verdict| verdict != Verdict::Vulnerable);
        if !id.approach.repairs() && generated.is_some_and(kept) {
            return generated;
        }
        let refined = self.streams.get(&id).and_then(|stream| match id.approach {
            ApproachId::Fdsp => stream.accepted(mode),
            _ => stream.refined(),
        });
        refined.or(generated)
    }

    /// `None` until the stream has stopped, or when its final code could not be judged.
    pub fn outcome(&self, id: StreamId, mode: VerdictMode) -> Option<Outcome> {
        let stream = self.streams.get(&id)?;
        stream.stopped?;
        let version = self.final_version(id, mode)?;
        let (solution, iteration) = match version.step {
            Step::Refine { solution, iteration } => (solution, Some(iteration)),
            _ => (None, None),
        };
        let verdict = judge(mode, version)?;
        Some(Outcome { stream: id, verdict, solution, iteration, calls: stream.calls() })
    }

    pub fn outcomes(&self, mode: VerdictMode) -> Vec<Outcome> {
        self.streams.keys().filter(|id| !id.approach.generates()).filter_map(|id| self.outcome(*id, mode)).collect()
    }

    /// The author's latest label on a version that was not taken back.
    pub fn label(&self, author: &str, stream: StreamId, step: Step) -> Option<&LabelEntry> {
        self.labels.iter().rev().find(|entry| {
            entry.active && entry.stream == stream && entry.label.step == step && entry.label.author == author
        })
    }

    /// The versions that any label is about, taken back or not.
    pub fn labelled_versions(&self) -> Vec<(StreamId, Step)> {
        let mut versions: Vec<(StreamId, Step)> =
            self.labels.iter().map(|entry| (entry.stream, entry.label.step)).collect();
        versions.sort_unstable();
        versions.dedup();
        versions
    }

    /// The labels on a version that count: not taken back, on its code, with a verdict.
    pub fn counted<'a>(&'a self, stream: StreamId, step: Step) -> CountedLabels<'a> {
        let mut counted = CountedLabels::default();
        let of_version = |entry: &&LabelEntry| entry.active && entry.stream == stream && entry.label.step == step;
        let mut labels = self.labels.iter().filter(of_version).peekable();
        if labels.peek().is_none() {
            return counted;
        }
        let code = self.stream(stream).and_then(|stream| stream.version(step)?.code.as_ref()).map(Text::hash);
        let labels = labels
            .filter(|entry| entry.label.settles() && entry.label.probe != Some(Probe::Repeat))
            .filter(|entry| code.as_ref() == Some(&entry.label.code));
        let mut standing: BTreeMap<&str, Vec<&LabelEntry>> = BTreeMap::new();
        for entry in labels {
            match entry.label.verdict {
                Some(verdict) if entry.label.adjudicates => counted.adjudicated = Some((verdict, &entry.label)),
                _ => standing.entry(&entry.label.author).or_default().push(entry),
            }
        }
        for (author, labels) in &standing {
            let ends = self.contradictions(labels);
            if !ends.is_empty() {
                counted.forked.insert(author, ends);
            }
        }
        for (author, labels) in standing {
            let Some(label) = labels.last().map(|entry| &entry.label) else { continue };
            match label.verdict {
                Some(verdict) => drop(counted.latest.insert(author, (verdict, label))),
                None => counted.skipped.push(label),
            }
        }
        counted
    }

    /// Who has judged a version, or said that it is not to be judged, and did not take that back. To settle a dispute is
    /// not to judge.
    pub fn judged_by(&self, stream: StreamId, step: Step) -> BTreeSet<&str> {
        let judged = |entry: &&LabelEntry| {
            let label = &entry.label;
            entry.active
                && entry.stream == stream
                && label.step == step
                && label.settles()
                && label.probe != Some(Probe::Repeat)
                && !label.adjudicates
        };
        self.labels.iter().filter(judged).map(|entry| entry.label.author.as_str()).collect()
    }

    /// One author's labels that contradict each other: they come from two stores, and no later one was said over all of
    /// them. A label without a link is older than the chain and contradicts no other.
    fn contradictions<'a>(&self, labels: &[&'a LabelEntry]) -> Vec<&'a LabelEntry> {
        let words = |entry: &LabelEntry| (entry.label.verdict, entry.label.skip);
        let differ = |labels: &[&LabelEntry]| labels.iter().any(|entry| words(entry) != words(labels[0]));
        if !differ(labels) {
            return Vec::new();
        }
        let ends = self.ends(labels);
        if differ(&ends) { ends } else { Vec::new() }
    }

    /// Those with a link that no other of `labels` takes the place of, directly or by one that was taken back.
    pub fn ends<'a>(&self, labels: &[&'a LabelEntry]) -> Vec<&'a LabelEntry> {
        let mut replaced: BTreeSet<u32> = BTreeSet::new();
        let mut next: Vec<&Label> = labels.iter().map(|entry| &entry.label).collect();
        while let Some(label) = next.pop() {
            let over = |known: &&LabelEntry| {
                label.replaces == Some(known.seq)
                    || known.id().is_some_and(|id| label.also_replaces.iter().any(|it| it == id))
            };
            let over = self.labels.iter().filter(over).filter(|known| replaced.insert(known.seq));
            next.extend(over.map(|known| &known.label));
        }
        labels.iter().copied().filter(|entry| entry.id().is_some() && !replaced.contains(&entry.seq)).collect()
    }

    /// What the labels on a version come to; a label on other code than the version's does not count.
    pub fn standing(&self, stream: StreamId, step: Step) -> Standing {
        let CountedLabels { latest, adjudicated, forked, .. } = self.counted(stream, step);
        if let Some((verdict, _)) = adjudicated {
            return Standing::Adjudicated(verdict);
        }
        if !forked.is_empty() {
            return Standing::Disputed;
        }
        let mut verdicts = latest.into_values().map(|(verdict, _)| verdict);
        match verdicts.next() {
            None => Standing::Unlabelled,
            Some(first) if verdicts.all(|verdict| verdict == first) => Standing::Agreed(first),
            Some(_) => Standing::Disputed,
        }
    }

    /// What the annotators agree on for a version; `None` when there is no label or they differ.
    pub fn agreed(&self, stream: StreamId, step: Step) -> Option<LabelVerdict> {
        self.standing(stream, step).verdict()
    }
}

fn open_exchange(stream: &mut Stream, step: Step) -> Option<&mut Exchange> {
    stream.exchanges.iter_mut().rev().find(|exchange| exchange.step == step)
}

fn version_mut(stream: &mut Stream, step: Step) -> Option<&mut Version> {
    stream.versions.iter_mut().rev().find(|version| version.step == step)
}

#[cfg(test)]
mod tests;
