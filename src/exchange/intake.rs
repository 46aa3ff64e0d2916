//! Makes a run of somebody else's outputs: the same events as a run of our own, without requests and answers.

use std::collections::{BTreeSet, HashMap};

use futures::{StreamExt, TryStreamExt};

use super::{Code, Collected, Counts, ExchangeError, Opinion, Outputs, Refined, Taken};
use crate::core::event::{Entry, Event, Extracted, Failed, Scanned, StopReason, Stopped};
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::item::Item;
use crate::core::label::Label;
use crate::core::settings::{ModelInfo, RunInfo, Sampling, Settings, VerdictMode};
use crate::core::verdict::{Verdict, judge};
use crate::dataset::Dataset;
use crate::runner::{RunError, check, plan};
use crate::scanner::Scanner;
use crate::store::Store;

/// Items scanned at a time.
const AHEAD: usize = 8;

/// What the user said about the run to be made.
#[derive(Debug, Clone, Default)]
pub struct Wishes {
    pub verdict: VerdictMode,
    /// Who wrote the code, where the rows do not say it.
    pub model: Option<String>,
    pub name: Option<String>,
}

/// Checks and scans everything, then stores one run for each model, whole or not at all.
pub async fn take_in(
    store: &Store,
    scanner: &Scanner,
    collected: Collected,
    prompts: Option<&Dataset>,
    wishes: &Wishes,
) -> Result<Vec<Taken>, ExchangeError> {
    let several = collected.models.len() > 1;
    let (dataset, dataset_hash) = match prompts {
        Some(set) => (set.name.clone(), set.hash.clone()),
        None => (collected.name.clone(), collected.hash.clone()),
    };
    let mut taken = Vec::new();
    for (model, mut outputs) in collected.models {
        let without_prompt = prompts.map_or(0, |set| attach(&mut outputs, set));
        let known: BTreeSet<ApproachId> = outputs.iter().flat_map(|one| one.refined.keys().copied()).collect();
        let approaches: Vec<ApproachId> =
            ApproachId::REFINEMENTS.into_iter().filter(|approach| known.contains(approach)).collect();
        let settings = settings(scanner, approaches, wishes.verdict);
        let model = model.or_else(|| wishes.model.clone()).unwrap_or_else(|| "unknown".to_owned());
        let wanted = match (&wishes.name, several) {
            (Some(name), false) => name.clone(),
            (Some(name), true) => format!("{name}-{model}"),
            (None, _) => format!("{}-{model}-imported", collected.name),
        };
        let (mut items, mut events) = (Vec::new(), Vec::new());
        let mut told = Taken {
            run: plan::free_id(store, &plan::tidy(&wanted)).await?,
            items: outputs.len() as u32,
            vulnerable: 0,
            approaches: known.iter().map(|approach| (*approach, Counts::default())).collect(),
            labels: 0,
            without_prompt,
        };
        let records: Vec<Record> = futures::stream::iter(outputs.iter().map(|one| Record::of(one, scanner, &settings)))
            .buffered(AHEAD)
            .try_collect()
            .await?;
        for (one, record) in outputs.into_iter().zip(records) {
            told.labels += record.state.labels.len() as u32;
            told.vulnerable += u32::from(record.generated == Some(Verdict::Vulnerable));
            for (approach, counts) in &mut told.approaches {
                let refined = one.refined.get(approach).is_some_and(|refined| !refined.versions.is_empty());
                *match (refined, record.generated) {
                    (true, Some(Verdict::Secure | Verdict::Invalid)) => &mut counts.needless,
                    (true, _) => &mut counts.refined,
                    (false, Some(Verdict::Secure)) => &mut counts.secure_from_start,
                    (false, Some(Verdict::Invalid)) => &mut counts.invalid,
                    (false, _) => &mut counts.missing,
                } += 1;
            }
            items.push(one.item);
            events.push(record.events);
        }
        let info = RunInfo {
            id: told.run.clone(),
            dataset: dataset.clone(),
            dataset_hash: dataset_hash.clone(),
            quarantined: collected.quarantined.len() as u32,
            model: ModelInfo::imported(model),
            settings,
            started: jiff::Timestamp::now(),
            recorded: false,
        };
        store.create_run_with(&info, items, events).await?;
        taken.push(told);
    }
    Ok(taken)
}

/// J, K and the sampling of code from elsewhere are not known: 0 and nothing.
fn settings(scanner: &Scanner, approaches: Vec<ApproachId>, verdict: VerdictMode) -> Settings {
    let usual = Settings::default();
    Settings {
        approaches: if approaches.is_empty() { vec![ApproachId::Generate] } else { approaches },
        solutions: 0,
        iterations: 0,
        verdict,
        sampling: Sampling { temperature: None, seed: None, max_tokens_generate: 0, max_tokens: 0 },
        scanner: scanner.id().name,
        target_python: scanner.python_version().map_or(usual.target_python, str::to_owned),
        ..Settings::default()
    }
}

/// Gives the items the prompts of a data set; returns how many it does not have.
fn attach(outputs: &mut [Outputs], set: &Dataset) -> u32 {
    let known: HashMap<&str, &Item> = set.items.iter().map(|item| (item.id.as_str(), item)).collect();
    let mut missing = 0;
    for Outputs { item, .. } in outputs {
        let Some(source) = known.get(item.id.as_str()) else {
            missing += 1;
            continue;
        };
        item.prompt = source.prompt.clone();
        if item.cwe.is_empty() {
            item.cwe.clone_from(&source.cwe);
        }
        item.area = item.area.take().or_else(|| source.area.clone());
        item.code = item.code.take().or_else(|| source.code.clone());
        for (name, value) in &source.fields {
            item.fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    missing
}

/// The events of one item, and what they come to.
struct Record<'a> {
    scanner: &'a Scanner,
    settings: &'a Settings,
    state: ItemState,
    events: Vec<(StreamId, Event)>,
    generated: Option<Verdict>,
}

impl<'a> Record<'a> {
    async fn of(outputs: &Outputs, scanner: &'a Scanner, settings: &'a Settings) -> Result<Self, RunError> {
        let state = ItemState::default();
        let mut record = Self { scanner, settings, state, events: Vec::new(), generated: None };
        record.generation(&outputs.generated).await?;
        let none = Refined::default();
        for approach in settings.approaches.iter().filter(|approach| **approach != ApproachId::Generate) {
            record.refinement(*approach, outputs.refined.get(approach).unwrap_or(&none)).await?;
        }
        Ok(record)
    }

    fn push(&mut self, stream: StreamId, event: Event) {
        let (seq, at) = (self.state.last_seq + 1, jiff::Timestamp::UNIX_EPOCH);
        let entry = Entry { seq, at, stream, event };
        self.state.apply(&entry);
        self.events.push((stream, entry.event));
    }

    fn end(&mut self, stream: StreamId, end: Result<StopReason, String>) {
        self.push(
            stream,
            match end {
                Ok(reason) => Event::Stopped(Stopped { reason }),
                Err(message) => Event::Failed(Failed { message }),
            },
        );
    }

    async fn version(&mut self, stream: StreamId, step: Step, code: &Code) -> Result<(), RunError> {
        let Code { code, why } = code.clone();
        self.push(stream, Event::Extracted(Extracted { step, code: Some(code.clone()), why, unclosed: false }));
        let checked = check(step, code.clone(), self.settings.target_python.clone()).await?;
        self.push(stream, Event::Checked(checked));
        let scan = self.scanner.scan(&code).await;
        self.push(stream, Event::Scanned(Scanned { step, scan }));
        Ok(())
    }

    async fn generation(&mut self, code: &Code) -> Result<(), RunError> {
        let stream = StreamId::new(ApproachId::Generate, 0);
        self.version(stream, Step::Generate, code).await?;
        self.generated = self.state.generated(stream).and_then(|version| judge(self.settings.verdict, version));
        let failed = || "the scanner failed on the generated code".to_owned();
        self.end(stream, self.generated.map(|_| StopReason::Generated).ok_or_else(failed));
        Ok(())
    }

    async fn refinement(&mut self, approach: ApproachId, refined: &Refined) -> Result<(), RunError> {
        let stream = StreamId::new(approach, 0);
        for version in &refined.versions {
            self.version(stream, version.step, &version.code).await?;
        }
        let accepted = self.state.final_version(stream, self.settings.verdict).and_then(|version| {
            matches!(version.step, Step::Refine { .. }).then(|| judge(self.settings.verdict, version))?
        });
        let end = match self.generated {
            None => Err("the generated code has no verdict: its scan failed".to_owned()),
            Some(Verdict::Secure) => Ok(StopReason::SecureFromStart),
            Some(Verdict::Invalid) => Ok(StopReason::Invalid),
            Some(Verdict::Vulnerable) if accepted == Some(Verdict::Secure) => Ok(StopReason::Fixed),
            Some(Verdict::Vulnerable) if !refined.versions.is_empty() => Ok(StopReason::Exhausted),
            Some(Verdict::Vulnerable) => {
                let absent = || "the generated code is vulnerable, and what was imported has no refinement of it";
                Err(refined.trouble.clone().unwrap_or_else(|| absent().to_owned()))
            }
        };
        self.end(stream, end);
        for version in &refined.versions {
            for opinion in &version.labels {
                let label = labelled(opinion, version.step, version.code.code.hash());
                self.push(stream, Event::Labelled(label));
            }
        }
        Ok(())
    }
}

fn labelled(opinion: &Opinion, step: Step, code: String) -> Label {
    let Opinion { annotator, verdict, reasons, comment } = opinion.clone();
    Label { verdict, reasons, comment, ..Label::on(&annotator, step, &code) }
}

/// What a person reads of an import.
pub fn summary(taken: &Taken) -> String {
    let mut text = format!("{} items, {} vulnerable as generated", taken.items, taken.vulnerable);
    if taken.without_prompt > 0 {
        text.push_str(&format!(", {} without a prompt in the data set", taken.without_prompt));
    }
    if taken.labels > 0 {
        text.push_str(&format!(", {} labels", taken.labels));
    }
    let counts = |counts: &Counts| -> String {
        let Counts { refined, secure_from_start, invalid, needless, missing } = *counts;
        let some = [
            (refined, "refined"),
            (secure_from_start, "secure from the start"),
            (invalid, "invalid as generated"),
            (needless, "refined though not vulnerable to this scanner"),
            (missing, "vulnerable and not refined"),
        ];
        let words: Vec<String> =
            some.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        words.join(", ")
    };
    for (approach, each) in &taken.approaches {
        text.push_str(&format!("\n  {approach}: {}", counts(each)));
    }
    text
}
