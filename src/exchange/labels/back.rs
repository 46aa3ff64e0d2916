//! Labels that were given in Label Studio or Prodigy: each becomes a new label of its annotator on the very version that
//! its reference names. What cannot be matched is quarantined, never guessed.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::tools::{ANNOTATOR, COMMENT, REASONS, VERDICT};
use crate::core::event::Event;
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::label::{Label, LabelVerdict};
use crate::dataset::Quarantined;
use crate::exchange::ExchangeError;
use crate::review::adjudication::words;
use crate::store::{Store, StoreError};

/// A label as a tool wrote it.
#[derive(Debug, Clone, PartialEq)]
pub struct Given {
    file: String,
    /// From 1, where the file has lines; else the number of the task from 0.
    line: Option<u64>,
    index: Option<usize>,
    run: String,
    item: String,
    stream: StreamId,
    step: Step,
    code: String,
    author: String,
    verdict: Option<LabelVerdict>,
    reasons: Vec<String>,
    comment: Option<String>,
    adjudicates: bool,
    seconds: f64,
}

/// What a file of a tool holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Read {
    pub given: Vec<Given>,
    pub quarantined: Vec<Quarantined>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Taken {
    pub added: u32,
    /// The annotator's word on the version is this already.
    pub known: u32,
    pub quarantined: Vec<Quarantined>,
    pub runs: Vec<String>,
}

/// Where in a file a label stands.
#[derive(Debug, Clone, Copy)]
struct At<'a> {
    file: &'a str,
    line: Option<u64>,
    index: Option<usize>,
}

impl At<'_> {
    fn aside(self, field: Option<&str>, reason: impl Into<String>) -> Quarantined {
        Quarantined {
            file: self.file.to_owned(),
            line: self.line,
            index: self.index,
            field: field.map(str::to_owned),
            reason: reason.into(),
        }
    }

    /// The version that a task's reference names.
    fn place(self, of: &Value) -> Result<Given, Quarantined> {
        let text = |name: &str| match of.get(name).and_then(Value::as_str) {
            Some(text) if !text.is_empty() => Ok(text.to_owned()),
            _ => {
                Err(self.aside(Some(name), "missing: the task was not exported by fdsp, or its reference was removed"))
            }
        };
        let approach: ApproachId =
            text("approach")?.parse().map_err(|error| self.aside(Some("approach"), format!("{error}")))?;
        let step: Step = text("step")?.parse().map_err(|error| self.aside(Some("step"), format!("{error}")))?;
        let sample = of.get("sample").and_then(Value::as_u64).and_then(|sample| u32::try_from(sample).ok());
        let sample = sample.ok_or_else(|| self.aside(Some("sample"), "no number of a sample"))?;
        Ok(Given {
            file: self.file.to_owned(),
            line: self.line,
            index: self.index,
            run: text("run")?,
            item: text("item")?,
            stream: StreamId::new(approach, sample),
            step,
            code: text("code")?,
            author: String::new(),
            verdict: None,
            reasons: Vec::new(),
            comment: None,
            adjudicates: false,
            seconds: 0.0,
        })
    }

    fn verdict(self, field: &str, chosen: &[String]) -> Result<LabelVerdict, Quarantined> {
        match chosen {
            [one] => one.parse().map_err(|error| self.aside(Some(field), format!("{error}"))),
            [] => Err(self.aside(Some(field), "no verdict was chosen")),
            _ => Err(self.aside(Some(field), format!("{} verdicts were chosen, not one", chosen.len()))),
        }
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        Some(Value::String(one)) => vec![one.clone()],
        _ => Vec::new(),
    }
}

/// Reads tasks of Label Studio with their annotations. `annotator` is the name where a task has none.
///
/// # Errors
/// When the file is no JSON array of tasks.
pub fn label_studio(file: &str, text: &str, annotator: Option<&str>) -> Result<Read, String> {
    let tasks: Vec<Value> = serde_json::from_str(text).map_err(|error| format!("no array of tasks: {error}"))?;
    let mut read = Read::default();
    for (index, task) in tasks.iter().enumerate() {
        let at = At { file, line: None, index: Some(index) };
        let place = match at.place(task.get("data").unwrap_or(&Value::Null)) {
            Ok(place) => place,
            Err(aside) => {
                read.quarantined.push(aside);
                continue;
            }
        };
        let annotations = task.get("annotations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for annotation in annotations {
            match of_annotation(at, place.clone(), annotation, annotator) {
                Ok(given) => read.given.push(given),
                Err(aside) => read.quarantined.push(aside),
            }
        }
    }
    Ok(read)
}

fn of_annotation(at: At<'_>, mut given: Given, annotation: &Value, name: Option<&str>) -> Result<Given, Quarantined> {
    let mut fields: HashMap<&str, Vec<String>> = HashMap::new();
    for result in annotation.get("result").and_then(Value::as_array).into_iter().flatten() {
        let Some(from) = result.get("from_name").and_then(Value::as_str) else { continue };
        let value = result.get("value");
        let of = value.and_then(|value| value.get("choices").or_else(|| value.get("text")));
        fields.entry(from).or_default().extend(strings(of));
    }
    let mut field = |name: &str| fields.remove(name).unwrap_or_default();
    let by = annotation.get("completed_by");
    let by = by.and_then(|by| by.get("email")).and_then(Value::as_str).map(str::to_owned);
    let author = field(ANNOTATOR).into_iter().find(|name| !name.trim().is_empty()).map(|name| name.trim().to_owned());
    given.author = author.or(by).or_else(|| name.map(str::to_owned)).ok_or_else(|| {
        at.aside(Some("completed_by"), "no annotator is named (a number of Label Studio's is no name); say --annotator")
    })?;
    let verdict = field(VERDICT);
    let cancelled = annotation.get("was_cancelled").and_then(Value::as_bool).unwrap_or(false);
    if !(cancelled && verdict.is_empty()) {
        given.verdict = Some(at.verdict(VERDICT, &verdict)?);
    }
    given.reasons = field(REASONS);
    given.comment = Some(field(COMMENT).join("\n")).filter(|comment| !comment.trim().is_empty());
    given.adjudicates = annotation.get("ground_truth").and_then(Value::as_bool).unwrap_or(false);
    given.seconds = annotation.get("lead_time").and_then(Value::as_f64).unwrap_or(0.0);
    Ok(given)
}

/// Reads Prodigy's answers, as `db-out` writes them. `annotator` is the name where a line has none.
pub fn prodigy(file: &str, text: &str, annotator: Option<&str>) -> Read {
    let mut read = Read::default();
    for (line, text) in (1..).zip(text.lines()).filter(|(_, text)| !text.trim().is_empty()) {
        let at = At { file, line: Some(line), index: None };
        match of_answer(at, text, annotator) {
            Ok(given) => read.given.push(given),
            Err(aside) => read.quarantined.push(aside),
        }
    }
    read
}

fn of_answer(at: At<'_>, text: &str, name: Option<&str>) -> Result<Given, Quarantined> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| at.aside(None, format!("cannot be read: {error}")))?;
    let mut given = at.place(value.get("meta").unwrap_or(&Value::Null))?;
    let word = |name: &str| value.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let author = word("_annotator_id").or(name);
    given.author = author.ok_or_else(|| at.aside(Some("_annotator_id"), "missing; say --annotator"))?.to_owned();
    given.verdict = match word("answer") {
        Some("accept") => Some(at.verdict("accept", &strings(value.get("accept")))?),
        Some("ignore") => None,
        Some("reject") => return Err(at.aside(Some("answer"), "rejected: that says no verdict")),
        _ => return Err(at.aside(Some("answer"), "none of accept, reject, ignore")),
    };
    given.reasons = strings(value.get("reasons"));
    given.comment = word("comment").map(str::to_owned);
    given.adjudicates = value.get("adjudicates").and_then(Value::as_bool).unwrap_or(false);
    given.seconds = value.get("seconds").and_then(Value::as_f64).unwrap_or(0.0);
    Ok(given)
}

/// Stores what was read as new labels. One that says what its annotator's word on the version is already changes nothing.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn take_in(store: &Store, read: Read, dry: bool) -> Result<Taken, ExchangeError> {
    let mut taken = Taken { quarantined: read.quarantined, ..Taken::default() };
    let mut by_run: BTreeMap<String, Vec<Given>> = BTreeMap::new();
    for given in read.given {
        by_run.entry(given.run.clone()).or_default().push(given);
    }
    for (run, all) in by_run {
        let code = match store.code_hashes(&run).await {
            Ok(code) => Some(code),
            Err(StoreError::NoSuchRun { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let mut states: HashMap<String, ItemState> = HashMap::new();
        let before = taken.added;
        for given in all {
            let at = At { file: &given.file, line: given.line, index: given.index };
            let there = code.as_ref().map(|code| code.get(&(given.item.clone(), given.stream, given.step)));
            let trouble = match there {
                None => Some(format!("run `{run}` is not in this store")),
                Some(None) => {
                    Some(format!("item `{}` has no {} of {} here", given.item, given.step, given.stream.approach))
                }
                Some(Some(hash)) if *hash != given.code => {
                    Some(format!("the code of {} of item `{}` is another here", given.step, given.item))
                }
                Some(Some(_)) => None,
            };
            if let Some(reason) = trouble {
                taken.quarantined.push(at.aside(None, reason));
                continue;
            }
            if !states.contains_key(&given.item) {
                let state = ItemState::of(&store.record(&run, &given.item).await?.entries);
                states.insert(given.item.clone(), state);
            }
            let Some(state) = states.get_mut(&given.item) else { continue };
            if says_already(state, &given) {
                taken.known += 1;
                continue;
            }
            let label = Label {
                verdict: given.verdict,
                skip: given.verdict.is_none(),
                reasons: given.reasons,
                comment: given.comment,
                adjudicates: given.adjudicates,
                seconds: given.seconds,
                ..Label::on(&given.author, given.step, &given.code)
            };
            taken.added += 1;
            if !dry {
                let event = vec![(given.stream, Event::Labelled(label))];
                for entry in store.append(&run, &given.item, event).await? {
                    state.apply(&entry);
                }
            }
        }
        if taken.added > before {
            taken.runs.push(run);
        }
    }
    Ok(taken)
}

fn says_already(state: &ItemState, given: &Given) -> bool {
    words(state, given.stream, given.step).iter().any(|word| {
        let label = word.label;
        let sorted = |reasons: &[String]| {
            let mut reasons = reasons.to_vec();
            reasons.sort_unstable();
            reasons
        };
        (&label.author, label.verdict, label.adjudicates) == (&given.author, given.verdict, given.adjudicates)
            && sorted(&label.reasons) == sorted(&given.reasons)
            && word.comment == given.comment.as_deref()
    })
}
