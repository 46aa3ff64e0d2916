use std::io::Write;
use std::process::ExitCode;

use color_eyre::eyre::bail;
use fdsp::approach::streams;
use fdsp::core::escape::visible;
use fdsp::core::event::{Entry, Event, StopReason};
use fdsp::core::fold::{ItemState, Outcome};
use fdsp::core::ids::{ApproachId, Step, StreamId, UnknownWord};
use fdsp::core::item::Item;
use fdsp::core::projection::{Row, RunSummary};
use fdsp::core::settings::RunInfo;
use fdsp::core::text::sha256_hex;
use fdsp::core::verdict::Verdict;
use fdsp::review;
use fdsp::store::{ItemRecord, Store};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::Global;

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The run's name, or a beginning of it that only this run has; or a place in it as the workbench copies it:
    /// run/item/approach/step.
    run: String,
    /// An item of the run; default: the run itself.
    item: Option<String>,
    /// JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// An item with everything recorded of it, as `--json` prints it.
#[derive(Serialize)]
struct ItemView<'a> {
    run: &'a str,
    #[serde(flatten)]
    item: &'a Item,
    /// Answered requests of the generation.
    generation_calls: u32,
    events: &'a [Entry],
    outcomes: Vec<Outcome>,
    /// The outcome, where there is just one.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<Outcome>,
}

#[derive(Serialize)]
struct RunView<'a> {
    #[serde(flatten)]
    summary: &'a RunSummary,
    rows: &'a [Row],
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    super::runtime()?.block_on(async {
        let store = global.store_with_runs().await?;
        let (info, item, part) = match (store.find_run(&args.run).await, args.run.split_once('/')) {
            (Err(_), Some((run, rest))) if args.item.is_none() => {
                let info = store.find_run(run).await?;
                let items = store.items(&info.id).await?;
                let (item, part) = place_in(rest, |id| items.iter().any(|item| item.id == id))?;
                (info, Some(item), part)
            }
            (found, _) => (found?, args.item.clone(), Part::default()),
        };
        let text = match &item {
            Some(item) => show_item(&info, &part.of(store.record(&info.id, item).await?), &part, args.json)?,
            None => show_run(&store, &info, args.json).await?,
        };
        print(&text)?;
        Ok(ExitCode::SUCCESS)
    })
}

/// What of an item is asked for: everything, one stream, one version.
#[derive(Debug, Default, PartialEq, Eq)]
struct Part {
    stream: Option<StreamId>,
    step: Option<Step>,
}

impl Part {
    /// The record with the events of this part alone.
    fn of(&self, mut record: ItemRecord) -> ItemRecord {
        record.entries.retain(|entry| {
            self.stream.is_none_or(|stream| entry.stream == stream)
                && self.step.is_none_or(|step| entry.event.step() == Some(step))
        });
        record
    }
}

/// Reads `item/approach/step`, `item/approach@2` or `item`; an item's id may hold slashes of its own.
fn place_in(text: &str, is_item: impl Fn(&str) -> bool) -> color_eyre::Result<(String, Part)> {
    let parts: Vec<&str> = text.split('/').collect();
    let mut why = None;
    for count in (1..=parts.len()).rev() {
        let item = parts[..count].join("/");
        if !is_item(&item) {
            continue;
        }
        match part_of(&parts[count..]) {
            Ok(part) => return Ok((item, part)),
            Err(error) => why = Some(error),
        }
    }
    match why {
        Some(error) => bail!("{text}: {error}"),
        None => bail!("the run has no item {text:?}; `fdsp show RUN` lists them"),
    }
}

fn part_of(words: &[&str]) -> Result<Part, String> {
    let stream = |word: &str| {
        let (approach, sample) = word.split_once('@').unwrap_or((word, "1"));
        let approach: ApproachId = approach.parse().map_err(|error: UnknownWord| error.to_string())?;
        let sample = sample.parse::<u32>().ok().and_then(|sample| sample.checked_sub(1));
        sample.map(|sample| StreamId::new(approach, sample)).ok_or(format!("`{word}`: samples count from 1"))
    };
    match words {
        [] => Ok(Part::default()),
        [approach] => Ok(Part { stream: Some(stream(approach)?), step: None }),
        [approach, step] => {
            let step = step.parse().map_err(|error: UnknownWord| error.to_string())?;
            Ok(Part { stream: Some(stream(approach)?), step: Some(step) })
        }
        _ => Err("a place is run/item/approach/step".to_owned()),
    }
}

/// The events of a version, and its code.
fn show_version(record: &ItemRecord) -> String {
    let mut text = format!("{}\n\n", visible(&record.item.id));
    let head = ["event", "when", "approach", "sample", "step", "what", ""];
    text.push_str(&table(&head, record.entries.iter().map(event_row)));
    let code = record.entries.iter().rev().find_map(|entry| match &entry.event {
        Event::Extracted(extracted) => extracted.code.as_ref(),
        _ => None,
    });
    if let Some(code) = code {
        text.push_str(&format!("\n{}", visible(code)));
    }
    text
}

fn show_item(info: &RunInfo, record: &ItemRecord, part: &Part, json: bool) -> color_eyre::Result<String> {
    if part.step.is_some() && !json {
        return Ok(show_version(record));
    }
    let state = ItemState::of(&record.entries);
    let outcomes = state.outcomes(info.settings.verdict);
    let generations = state.streams.iter().filter(|(id, _)| id.approach == ApproachId::Generate);
    let generation_calls = generations.map(|(_, stream)| stream.calls()).sum();
    if json {
        let outcome = match outcomes.as_slice() {
            [only] => Some(*only),
            _ => None,
        };
        let (item, events) = (&record.item, record.entries.as_slice());
        let view = ItemView { run: &info.id, item, generation_calls, events, outcomes, outcome };
        return Ok(format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&view)?)));
    }
    let mut text = format!("{}\n\n", visible(&record.item.id));
    for line in record.item.prompt.lines() {
        text.push_str(&format!("  {}\n", visible(line)));
    }
    text.push('\n');
    let head = ["event", "when", "approach", "sample", "step", "what", ""];
    text.push_str(&table(&head, record.entries.iter().map(event_row)));
    text.push_str(&format!("\n{generation_calls} calls for the generation\n"));
    let rows = review::rows(&record.item.id, &state, info.settings.verdict);
    if let Some(generated) = rows.first() {
        let verdict = generated.generated.map_or("not finished", |verdict| verdict.as_str());
        text.push_str(&format!("the generated code is {verdict}\n\n"));
    }
    let head = ["approach", "sample", "outcome", "where", "calls", "undefined", "label"];
    let streams = streams(&info.settings).into_iter().filter(|id| id.approach != ApproachId::Generate);
    text.push_str(&table(&head, streams.map(|id| stream_row(id, rows.iter().find(|row| row.stream == id)))));
    Ok(text)
}

/// How one approach ended on an item.
fn stream_row(id: StreamId, row: Option<&Row>) -> Vec<String> {
    let outcome = match row {
        None => "not begun",
        Some(row) if row.failed => "failed",
        Some(row) => match (row.stopped, row.verdict) {
            (None, _) => "running",
            (Some(StopReason::SecureFromStart), _) => "secure from the start",
            (Some(_), Some(Verdict::Secure)) if row.is_fix() => "fixed",
            (Some(_), verdict) => verdict.map_or("not judged", |verdict| verdict.as_str()),
        },
    };
    let number = |of: fn(&Row) -> u32| row.map_or_else(String::new, |row| of(row).to_string());
    vec![
        id.approach.to_string(),
        id.sample.to_string(),
        outcome.to_owned(),
        row.map(|row| place(row.solution, row.iteration)).unwrap_or_default(),
        number(|row| row.calls),
        number(|row| row.undefined),
        row.and_then(|row| row.label).map_or("", |label| label.as_str()).to_owned(),
    ]
}

fn place(solution: Option<u32>, iteration: Option<u32>) -> String {
    match (solution, iteration) {
        (Some(j), Some(k)) => format!("solution {j}, iteration {k}"),
        (None, Some(k)) => format!("iteration {k}"),
        _ => String::new(),
    }
}

fn event_row(entry: &Entry) -> Vec<String> {
    let event = &entry.event;
    let detail = match event {
        Event::Asked(e) => e.request.template.clone(),
        Event::Answered(e) => format!("{:.1} s, {} bytes, {}", e.seconds, e.text.len(), e.finish),
        Event::CallFailed(e) => format!("{}: {}", e.reason, e.message),
        Event::Extracted(e) => e.why.clone(),
        Event::Checked(e) => match &e.error {
            Some(error) => format!("line {}: {}", error.line, error.message),
            None => {
                let names: Vec<&str> = e.undefined.iter().map(|name| name.name.as_str()).collect();
                if names.is_empty() { "parses".to_owned() } else { format!("undefined: {}", names.join(", ")) }
            }
        },
        Event::Scanned(e) | Event::Rescanned(e) => match &e.scan.error {
            Some(error) => error.message.clone(),
            None => {
                let found: Vec<String> =
                    e.scan.findings.iter().map(|finding| format!("{} line {}", finding.rule, finding.line)).collect();
                if found.is_empty() { "no findings".to_owned() } else { found.join(", ") }
            }
        },
        Event::Executed(e) => {
            let why = match (e.execution.failed(), &e.execution.fault) {
                (Some(failed), _) => format!(", line {}: {}", failed.line, failed.source),
                (None, Some(fault)) => format!(", {}: {}", fault.kind, fault.message),
                (None, None) => String::new(),
            };
            format!("{}{why}", e.execution.result)
        }
        Event::Proposed(e) => {
            let titles: Vec<&str> = e.solutions.iter().map(|solution| solution.title.as_str()).collect();
            format!("{} of {}: {}", e.solutions.len(), e.wanted, titles.join("; "))
        }
        Event::Stopped(e) => serde_json::to_string(&e.reason).unwrap_or_default().replace('"', ""),
        Event::Failed(e) => e.message.clone(),
        Event::Labelled(e) => {
            let details = e.details();
            let space = if details.is_empty() { "" } else { " " };
            format!("{} by {}{space}{details}", e.word(), e.author)
        }
        Event::LabelUndone(e) | Event::LabelRedone(e) => format!("event {} by {}", e.label, e.author),
        Event::Revealed(e) => format!("to {}", e.author),
    };
    vec![
        entry.seq.to_string(),
        entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        entry.stream.approach.to_string(),
        entry.stream.sample.to_string(),
        event.step().map(|step| step.to_string()).unwrap_or_default(),
        event.kind().to_owned(),
        detail,
    ]
}

async fn show_run(store: &Store, info: &RunInfo, json: bool) -> color_eyre::Result<String> {
    let summary = &store.summary(&info.id).await?;
    let rows = store.rows(&info.id).await?;
    if json {
        return Ok(format!(
            "{}\n",
            fdsp::core::escape::json(&serde_json::to_string_pretty(&RunView { summary, rows: &rows })?)
        ));
    }
    let word =
        |verdict: Option<fdsp::core::verdict::Verdict>| verdict.map_or("", |verdict| verdict.as_str()).to_owned();
    let head = ["item", "approach", "sample", "CWE", "generated", "final", "where", "calls", "label"];
    let lines = rows.iter().map(|row| {
        let cwes: Vec<String> = row.cwes.iter().map(u32::to_string).collect();
        let end = if row.failed { "failed".to_owned() } else { word(row.verdict) };
        vec![
            row.item.clone(),
            row.stream.approach.to_string(),
            row.stream.sample.to_string(),
            cwes.join(","),
            word(row.generated),
            end,
            row.final_step().map(|step| step.to_string()).unwrap_or_default(),
            row.calls.to_string(),
            row.label.map_or("", |label| label.as_str()).to_owned(),
        ]
    });
    let settings = &info.settings;
    let from =
        settings.from.as_ref().map(|run| format!("code generated by run {}\n", visible(run))).unwrap_or_default();
    let own: Vec<String> = settings
        .templates
        .iter()
        .map(|(name, source)| format!("{} {}", visible(name), &sha256_hex(source.as_bytes())[..12]))
        .collect();
    let own = if own.is_empty() { String::new() } else { format!("own templates: {}\n", own.join(", ")) };
    Ok(format!(
        "{} · {} · {} · J {} K {} · {} · {}\n{} items, {} vulnerable as generated, {} of them fixed, {}/{} fixes labelled, \
         {} calls, {}\n{from}{own}\n{}",
        visible(&info.id),
        visible(&info.dataset),
        visible(&info.model.name),
        settings.solutions,
        settings.iterations,
        visible(&settings.scanner),
        settings.verdict,
        summary.items,
        summary.vulnerable,
        summary.fixed,
        summary.labelled,
        summary.fixes,
        summary.calls,
        super::runs::state(summary),
        table(&head, lines),
    ))
}

/// Columns under their heads, every cell through the escape gate. Columns of numbers stand to the right.
pub fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut lines: Vec<Vec<String>> = vec![head.iter().map(|word| (*word).to_owned()).collect()];
    lines.extend(rows.map(|row| row.iter().map(|cell| visible(cell).into_owned()).collect()));
    let number = |cell: &str| cell.chars().all(|c| c.is_ascii_digit() || c == '/');
    let columns: Vec<(usize, bool)> = (0..head.len())
        .map(|at| {
            let cells = || lines.iter().map(|line| line[at].as_str());
            (cells().map(UnicodeWidthStr::width).max().unwrap_or(0), cells().skip(1).all(number))
        })
        .collect();
    let mut text = String::new();
    for line in &lines {
        let mut out = String::new();
        for (cell, (width, right)) in line.iter().zip(&columns) {
            let space = " ".repeat(width.saturating_sub(cell.width()));
            let (before, after) = if *right { (space.as_str(), "") } else { ("", space.as_str()) };
            out.push_str(&format!("{before}{cell}{after}  "));
        }
        text.push_str(out.trim_end());
        text.push('\n');
    }
    text
}

/// Writes to standard output; a reader that has gone is no error.
pub fn print(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_back() {
        let known = |id: &str| ["sql", "a/b"].contains(&id);
        let refine = Step::Refine { solution: Some(2), iteration: 1 };
        let fdsp = |sample| Some(StreamId::new(ApproachId::Fdsp, sample));
        for (text, item, stream, step) in [
            ("sql", "sql", None, None),
            ("a/b", "a/b", None, None),
            ("sql/fdsp", "sql", fdsp(0), None),
            ("sql/fdsp/s2.k1", "sql", fdsp(0), Some(refine)),
            ("a/b/fdsp@3/s2.k1", "a/b", fdsp(2), Some(refine)),
        ] {
            let (found, part) = place_in(text, known).unwrap();
            assert_eq!((found.as_str(), part), (item, Part { stream, step }), "{text}");
        }
        for (text, why) in [
            ("nothing", "no item"),
            ("sql/magic", "magic"),
            ("sql/fdsp/s9", "s9"),
            ("sql/fdsp@0", "from 1"),
            ("sql/fdsp/k1/more", "run/item/approach/step"),
        ] {
            let error = place_in(text, known).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
