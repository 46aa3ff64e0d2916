//! Labels in the import shapes of Label Studio and Prodigy.
//!
//! Label Studio: a JSON array of tasks, `data` beside `annotations` with results of `choices` and `textarea`
//! (<https://labelstud.io/guide/task_format>). `completed_by` is left out, since an unknown user makes it refuse the file;
//! the annotator stands in a text field of his own. Prodigy: JSON Lines of tasks of the `choice` interface with their
//! answers, as `db-in` takes them (<https://prodi.gy/docs/api-interfaces#choice>); it adds its own hashes.

use std::collections::BTreeSet;
use std::io::Write;

use serde_json::{Value, json};

use crate::core::escape;
use crate::core::fold::ItemState;
use crate::core::ids::{Step, StreamId};
use crate::core::item::Item;
use crate::core::label::LabelVerdict;
use crate::core::settings::RunInfo;
use crate::core::text::Text;
use crate::exchange::ExchangeError;
use crate::review::adjudication::{Word, words};
use crate::store::Store;

/// Names of the fields in Label Studio's labelling interface.
pub const VERDICT: &str = "verdict";
pub const REASONS: &str = "reasons";
pub const COMMENT: &str = "comment";
pub const ANNOTATOR: &str = "annotator";
const SHOWN: &str = "after";

/// Where a label belongs, as both tools keep it beside the task.
fn reference(run: &str, item: &str, version: &Task<'_>) -> Vec<(&'static str, Value)> {
    vec![
        ("run", json!(run)),
        ("item", json!(item)),
        ("approach", json!(version.stream.approach)),
        ("sample", json!(version.stream.sample)),
        ("step", json!(version.step)),
        ("code", json!(version.after.hash())),
    ]
}

struct Task<'a> {
    stream: StreamId,
    step: Step,
    before: Option<&'a Text>,
    after: &'a Text,
    words: Vec<Word<'a>>,
}

/// The versions with labels, and those without one that an approach returns where `unlabelled`.
fn tasks<'a>(run: &RunInfo, state: &'a ItemState, author: Option<&str>, unlabelled: bool) -> Vec<Task<'a>> {
    let mut places = state.labelled_versions();
    if unlabelled {
        let refined = |id: &StreamId| {
            let step = state.final_version(*id, run.settings.verdict)?.step;
            matches!(step, Step::Refine { .. }).then_some((*id, step))
        };
        places.extend(state.streams.keys().filter_map(refined));
        places.sort_unstable();
        places.dedup();
    }
    let task = |(stream, step)| {
        let after = state.stream(stream)?.version(step)?.code.as_ref()?;
        let before = state.generated(stream).and_then(|version| version.code.as_ref());
        let mut words = words(state, stream, step);
        words.retain(|word| author.is_none_or(|name| word.label.author == name));
        (unlabelled || !words.is_empty()).then_some(Task { stream, step, before, after, words })
    };
    places.into_iter().filter_map(task).collect()
}

/// Calls `each` with every task of the runs.
async fn every(
    store: &Store,
    runs: &[RunInfo],
    author: Option<&str>,
    unlabelled: bool,
    mut each: impl FnMut(&RunInfo, &Item, &Task<'_>) -> Result<(), ExchangeError>,
) -> Result<(), ExchangeError> {
    for run in runs {
        for item in store.items(&run.id).await? {
            let state = ItemState::of(&store.record(&run.id, &item.id).await?.entries);
            for task in tasks(run, &state, author, unlabelled) {
                each(run, &item, &task)?;
            }
        }
    }
    Ok(())
}

fn failed(error: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::Write(error.to_string())
}

/// Writes Label Studio's tasks, those that wait for a label too; returns the tasks and the annotations.
///
/// # Errors
/// When a run cannot be read or `out` takes no more.
pub async fn label_studio(
    store: &Store,
    runs: &[RunInfo],
    author: Option<&str>,
    out: &mut (dyn Write + Send),
) -> Result<(u64, u64), ExchangeError> {
    let (mut count, mut annotations) = (0, 0);
    every(store, runs, author, true, |run, item, task| {
        let mut data = serde_json::Map::new();
        data.insert("prompt".to_owned(), json!(item.prompt));
        data.insert("before".to_owned(), json!(task.before.map(Text::as_str).unwrap_or_default()));
        data.insert(SHOWN.to_owned(), json!(task.after));
        data.extend(reference(&run.id, &item.id, task).into_iter().map(|(name, value)| (name.to_owned(), value)));
        let done: Vec<Value> = task.words.iter().map(annotation).collect();
        annotations += done.len() as u64;
        out.write_all(if count == 0 { b"[\n" } else { b",\n" }).map_err(failed)?;
        count += 1;
        let task = json!({"data": data, "annotations": done}).to_string();
        out.write_all(escape::json(&task).as_bytes()).map_err(failed)
    })
    .await?;
    out.write_all(if count == 0 { b"[]\n" } else { b"\n]\n" }).map_err(failed)?;
    Ok((count, annotations))
}

fn annotation(word: &Word<'_>) -> Value {
    let Word { label, at, comment, .. } = word;
    let choices = |name: &str, of: Vec<&str>| json!({"from_name": name, "to_name": SHOWN, "type": "choices", "value": {"choices": of}});
    let text = |name: &str, text: &str| json!({"from_name": name, "to_name": SHOWN, "type": "textarea", "value": {"text": [text]}});
    let mut result = Vec::new();
    result.extend(label.verdict.map(|verdict| choices(VERDICT, vec![verdict.as_str()])));
    if !label.reasons.is_empty() {
        result.push(choices(REASONS, label.reasons.iter().map(String::as_str).collect()));
    }
    result.extend(comment.map(|comment| text(COMMENT, comment)));
    result.push(text(ANNOTATOR, &label.author));
    json!({
        "result": result,
        "was_cancelled": label.verdict.is_none(),
        "ground_truth": label.adjudicates,
        "lead_time": label.seconds,
        "created_at": at,
    })
}

/// The labelling interface that shows these tasks in Label Studio, with the reasons that the runs' labels name.
///
/// # Errors
/// When a run cannot be read.
pub async fn interface(store: &Store, runs: &[RunInfo]) -> Result<String, ExchangeError> {
    let mut reasons: BTreeSet<String> = BTreeSet::new();
    for run in runs {
        for (_, state) in store.labelled_items(&run.id).await? {
            reasons.extend(state.labels.into_iter().flat_map(|entry| entry.label.reasons));
        }
    }
    let choice = |value: &str| format!("    <Choice value=\"{}\"/>\n", escaped(value));
    let verdicts: String = LabelVerdict::EVERY.iter().map(|verdict| choice(verdict.as_str())).collect();
    let reasons: String = reasons.iter().map(|reason| choice(reason)).collect();
    let reasons = match reasons.is_empty() {
        true => String::new(),
        false => {
            format!("  <Choices name=\"{REASONS}\" toName=\"{SHOWN}\" choice=\"multiple\">\n{reasons}  </Choices>\n")
        }
    };
    Ok(format!(
        "<View>\n  <Header value=\"Prompt\"/>\n  <Text name=\"prompt\" value=\"$prompt\"/>\n  <Header value=\"Before\"/>\n  \
         <Text name=\"before\" value=\"$before\"/>\n  <Header value=\"After\"/>\n  \
         <Text name=\"{SHOWN}\" value=\"${SHOWN}\"/>\n  \
         <Choices name=\"{VERDICT}\" toName=\"{SHOWN}\" choice=\"single\" required=\"true\">\n{verdicts}  </Choices>\n\
         {reasons}  <TextArea name=\"{COMMENT}\" toName=\"{SHOWN}\" placeholder=\"Comment\"/>\n  \
         <TextArea name=\"{ANNOTATOR}\" toName=\"{SHOWN}\" placeholder=\"Your name\" maxSubmissions=\"1\"/>\n</View>\n"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Writes Prodigy's answered tasks, one for every label that stands; returns how many. A skip is the answer `ignore`.
///
/// # Errors
/// When a run cannot be read or `out` takes no more.
pub async fn prodigy(
    store: &Store,
    runs: &[RunInfo],
    author: Option<&str>,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExchangeError> {
    let options: Vec<Value> =
        LabelVerdict::EVERY.iter().map(|verdict| json!({"id": verdict, "text": verdict})).collect();
    let mut count = 0;
    every(store, runs, author, false, |run, item, task| {
        for Word { label, at, comment, .. } in &task.words {
            let meta: serde_json::Map<String, Value> =
                reference(&run.id, &item.id, task).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let line = json!({
                "text": task.after,
                "prompt": item.prompt,
                "before": task.before,
                "options": options,
                "accept": label.verdict.iter().collect::<Vec<_>>(),
                "answer": if label.verdict.is_some() { "accept" } else { "ignore" },
                "reasons": label.reasons,
                "comment": comment,
                "adjudicates": label.adjudicates,
                "seconds": label.seconds,
                "meta": meta,
                "_view_id": "choice",
                "_annotator_id": label.author,
                "_session_id": label.author,
                "_timestamp": at.as_second(),
            });
            writeln!(out, "{}", escape::json(&line.to_string())).map_err(failed)?;
            count += 1;
        }
        Ok(())
    })
    .await?;
    Ok(count)
}
