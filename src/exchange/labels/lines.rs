//! The full form: JSON Lines. A header names the runs and where every chain ends; then a line for each label event.
//!
//! Nothing in it depends on the store it came from: a label that another one replaces is named by its id.

use std::io::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::core::chain::{self, Told};
use crate::core::escape;
use crate::core::event::Event;
use crate::core::ids::StreamId;
use crate::core::settings::RunInfo;
use crate::exchange::ExchangeError;
use crate::store::Store;

/// The version of the form.
pub const FORM: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub fdsp_labels: u32,
    pub runs: Vec<RunOf>,
    pub heads: Vec<Head>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunOf {
    pub run: String,
    /// [`RunInfo::hash`].
    pub settings: String,
}

/// Where the chain of an annotator over a run ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    pub run: String,
    pub author: String,
    /// The ids that no other follows: one, or several where the annotator labelled in two stores.
    pub last: Vec<String>,
    /// Lines of the annotator, those older than the chain too.
    pub events: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prev: Option<String>,
    /// False for an event older than the chain, whose id is the hash of what it says.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    chained: bool,
    run: String,
    item: String,
    #[serde(flatten)]
    stream: StreamId,
    at: jiff::Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<String>,
    event: Value,
}

fn yes() -> bool {
    true
}

fn is_yes(value: &bool) -> bool {
    *value
}

/// Fields of an event that stand elsewhere on the line.
const ELSEWHERE: [&str; 3] = ["link", "replaces", "label"];

fn line(told: &Told) -> Result<Line, serde_json::Error> {
    let mut event = serde_json::to_value(&told.event)?;
    if let Some(fields) = event.as_object_mut() {
        ELSEWHERE.iter().for_each(|name| drop(fields.remove(*name)));
    }
    Ok(Line {
        id: told.id.clone(),
        prev: told.prev().map(str::to_owned),
        chained: told.is_chained(),
        run: told.run.clone(),
        item: told.item.clone(),
        stream: told.stream,
        at: told.at,
        about: told.about.clone(),
        event,
    })
}

fn told(line: Line) -> Result<Told, String> {
    let Line { id, prev, chained, run, item, stream, at, about, mut event } = line;
    if let Some(fields) = event.as_object_mut() {
        for name in ELSEWHERE {
            if fields.contains_key(name) {
                return Err(format!("the event has a field `{name}`, which no export writes"));
            }
        }
        if fields.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.starts_with("label-")) {
            fields.insert("label".to_owned(), Value::from(0));
        }
    }
    let mut event: Event = serde_json::from_value(event).map_err(|error| format!("the event: {error}"))?;
    match event.link_mut() {
        None => return Err(format!("`{}` is no event of a label", event.kind())),
        Some(link) if chained => *link = Some(crate::core::label::Link { id: id.clone(), prev }),
        Some(_) => {}
    }
    // Finer times than a store keeps would come back changed.
    if jiff::Timestamp::from_microsecond(at.as_microsecond()).ok() != Some(at) {
        return Err(format!("the time {at} is finer than a microsecond"));
    }
    Ok(Told { id, run, item, stream, at, about, event })
}

/// Writes the label events of `runs`, of all annotators or one; returns how many.
///
/// # Errors
/// When a label cannot be read or `out` takes no more.
pub async fn write(
    store: &Store,
    runs: &[RunInfo],
    author: Option<&str>,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExchangeError> {
    let mut all: Vec<Told> = Vec::new();
    for run in runs {
        all.extend(store.told(&run.id, author).await?);
    }
    all.sort_by(|a, b| a.order().cmp(&b.order()));
    let mut of: Vec<RunOf> = runs.iter().map(|run| RunOf { run: run.id.clone(), settings: run.hash() }).collect();
    of.sort_by(|a, b| a.run.cmp(&b.run));
    let heads = all.chunk_by(|a, b| (&a.run, a.author()) == (&b.run, b.author())).map(|chain| Head {
        run: chain[0].run.clone(),
        author: chain[0].author().to_owned(),
        last: chain::ends(chain).into_iter().map(str::to_owned).collect(),
        events: chain.len() as u32,
    });
    put(out, &Header { fdsp_labels: FORM, runs: of, heads: heads.collect() })?;
    for told in &all {
        put(out, &line(told).map_err(failed)?)?;
    }
    Ok(all.len() as u64)
}

fn failed(error: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::Write(error.to_string())
}

fn put<T: Serialize>(out: &mut (dyn Write + Send), value: &T) -> Result<(), ExchangeError> {
    let text = serde_json::to_string(value).map_err(failed)?;
    writeln!(out, "{}", escape::json(&text)).map_err(failed)
}

/// A file as read, before anything in it is believed.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelFile {
    pub name: String,
    pub header: Header,
    /// By the number of the line, from 1.
    pub lines: Vec<(usize, Told)>,
    /// Lines that cannot be read, each with its number.
    pub unreadable: Vec<(usize, String)>,
    /// The number of the last line where the file ends in the middle of it.
    pub cut: Option<usize>,
}

/// Whether this is a file of label events: its first line is such a header.
pub fn is_header(first: &str) -> bool {
    serde_json::from_str::<Value>(first).is_ok_and(|value| value.get("fdsp_labels").is_some())
}

/// Reads what [`write`] wrote.
///
/// # Errors
/// When the header cannot be read, or is of a newer form. What is wrong with the lines is part of the answer.
pub fn read(name: &str, text: &str) -> Result<LabelFile, String> {
    let mut lines = (1..).zip(text.lines());
    let first = lines.next().map_or("", |(_, line)| line);
    let value: Value = serde_json::from_str(first).map_err(|error| format!("line 1: no header of labels: {error}"))?;
    let form = value.get("fdsp_labels").and_then(Value::as_u64);
    if form.is_some_and(|form| form > u64::from(FORM)) {
        return Err(format!("line 1: a newer form of labels than this program knows ({FORM}); use a newer fdsp"));
    }
    let header = serde_json::from_value(value).map_err(|error| format!("line 1: the header: {error}"))?;
    let mut file = LabelFile { name: name.to_owned(), header, lines: Vec::new(), unreadable: Vec::new(), cut: None };
    let mut last = 1;
    for (at, text) in lines.filter(|(_, line)| !line.trim().is_empty()) {
        last = at;
        match serde_json::from_str(text).map_err(|error| error.to_string()).and_then(told) {
            Ok(told) => file.lines.push((at, told)),
            Err(why) => file.unreadable.push((at, why)),
        }
    }
    if !text.ends_with('\n') && file.unreadable.last().is_some_and(|(at, _)| *at == last) {
        file.unreadable.pop();
        file.cut = Some(last);
    }
    Ok(file)
}
