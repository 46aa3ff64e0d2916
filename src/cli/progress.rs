//! A run on the command line: bars on a terminal, a line per item elsewhere, JSON events with `--json`.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use fdsp::core::escape::visible;
use fdsp::core::event::{Entry, Event};
use fdsp::core::ids::ApproachId;
use fdsp::core::projection::RunSummary;
use fdsp::runner::Runner;
use fdsp::runner::update::{Doing, SlotState, Update};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Bars,
    Lines,
    Json,
}

impl Style {
    pub fn choose(json: bool) -> Self {
        match (json, std::io::stderr().is_terminal()) {
            (true, _) => Self::Json,
            (false, true) => Self::Bars,
            (false, false) => Self::Lines,
        }
    }
}

/// Starts the run and shows it to its end. Ctrl-C stops it; what is stored stays, and `resume` goes on from there.
///
/// Exit code 0: every item has an outcome; 1: some have none; 130: stopped.
pub async fn follow(runner: Runner, style: Style) -> color_eyre::Result<ExitCode> {
    let store = runner.store.clone();
    let run = runner.info.id.clone();
    let begin = store.summary(&run).await?;
    let mut sight: Box<dyn Sight> = match style {
        Style::Bars => Box::new(Bars::new(&begin, runner.concurrency)),
        Style::Lines => Box::new(Lines),
        Style::Json => Box::new(Json),
    };
    sight.begin(&begin, &runner.scanner.id().to_string());
    let mut handle = runner.start();
    let mut interrupted = false;
    loop {
        tokio::select! {
            update = handle.updates.recv() => match update {
                Some(update) => sight.show(&update),
                None => break,
            },
            signal = tokio::signal::ctrl_c(), if !interrupted => {
                signal?;
                interrupted = true;
                handle.control.stop();
            }
        }
    }
    let finished = handle.finish().await?;
    sight.end();
    let summary = store.summary(&run).await?;
    if interrupted && summary.done < summary.items {
        match style {
            Style::Json => say(&json!({ "event": "stopped", "run": run })),
            _ => eprintln!("stopped at {} of {} items; go on with: fdsp resume {run}", summary.done, summary.items),
        }
        return Ok(ExitCode::from(130));
    }
    if style == Style::Json {
        let mut last = serde_json::to_value(&finished)?;
        if let Some(fields) = last.as_object_mut() {
            fields.shift_insert(0, "event".to_owned(), "finished".into());
        }
        say(&last);
    } else {
        println!("{}", in_words(&summary));
    }
    Ok(if finished.failed > 0 { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn in_words(summary: &RunSummary) -> String {
    let mut words = format!(
        "{}: {} items, {} vulnerable as generated, {} of them fixed, {} calls",
        summary.info.id, summary.items, summary.vulnerable, summary.fixed, summary.calls
    );
    if summary.failed > 0 {
        words.push_str(&format!(
            ", {} without an outcome (fdsp resume {} tries again)",
            summary.failed, summary.info.id
        ));
    }
    words
}

trait Sight {
    fn begin(&mut self, summary: &RunSummary, scanner: &str);
    fn show(&mut self, update: &Update);
    fn end(&mut self) {}
}

struct Json;

impl Sight for Json {
    fn begin(&mut self, summary: &RunSummary, scanner: &str) {
        say(&json!({
            "event": "started", "run": summary.info.id, "dataset": summary.info.dataset,
            "dataset_hash": summary.info.dataset_hash, "items": summary.items, "quarantined": summary.info.quarantined,
            "done": summary.done, "scanner": scanner,
            "model": summary.info.model, "settings": summary.info.settings,
        }));
    }

    fn show(&mut self, update: &Update) {
        if let Update::Entries { item, entries } = update {
            for entry in entries {
                say(&brief(item, entry));
            }
        }
    }
}

/// An event without its texts: `fdsp show RUN ITEM --json` has them.
fn brief(item: &str, entry: &Entry) -> Value {
    let mut line = json!({
        "event": entry.event.kind(), "item": item, "seq": entry.seq,
        "approach": entry.stream.approach, "sample": entry.stream.sample,
    });
    let detail = match &entry.event {
        Event::Answered(e) => json!({
            "finish": e.finish, "seconds": e.seconds, "tries": e.tries, "bytes": e.text.len(), "usage": e.usage,
        }),
        Event::CallFailed(e) => {
            json!({ "reason": e.reason, "message": e.message, "status": e.status, "tries": e.tries })
        }
        Event::Extracted(e) => json!({ "code": e.code.is_some(), "why": e.why }),
        Event::Checked(e) => json!({ "error": e.error, "undefined": e.undefined }),
        Event::Scanned(e) | Event::Rescanned(e) => json!({
            "scanner": e.scan.scanner, "error": e.scan.error,
            "rules": e.scan.findings.iter().map(|finding| &finding.rule).collect::<Vec<_>>(),
        }),
        Event::Executed(e) => json!({
            "result": e.execution.result, "seconds": e.execution.seconds, "level": e.execution.level,
            "failed": e.execution.failed().map(|assertion| assertion.line), "fault": e.execution.fault,
        }),
        Event::Proposed(e) => json!({ "wanted": e.wanted, "solutions": e.solutions.len() }),
        Event::Stopped(e) => json!({ "reason": e.reason }),
        Event::Failed(e) => json!({ "message": e.message }),
        Event::Asked(_) | Event::Labelled(_) | Event::LabelUndone(_) | Event::LabelRedone(_) | Event::Revealed(_) => {
            json!({})
        }
    };
    if let (Some(fields), Value::Object(more)) = (line.as_object_mut(), detail) {
        if let Some(step) = entry.event.step() {
            fields.insert("step".to_owned(), step.to_string().into());
        }
        fields.extend(more);
    }
    line
}

fn say(value: &Value) {
    // A closed pipe is the reader's choice, not a failure of the run.
    let _ = writeln!(std::io::stdout(), "{value}");
}

struct Lines;

impl Sight for Lines {
    fn begin(&mut self, summary: &RunSummary, scanner: &str) {
        eprintln!("{}", heading(summary, scanner));
    }

    fn show(&mut self, update: &Update) {
        if let Update::Entries { item, entries } = update {
            for entry in entries {
                if let Some(words) = end_in_words(&entry.event) {
                    eprintln!("{:<28} {:<10} {words}", visible(item), entry.stream.approach);
                }
            }
        }
    }
}

fn heading(summary: &RunSummary, scanner: &str) -> String {
    let info = &summary.info;
    let settings = &info.settings;
    let quarantined = match info.quarantined {
        0 => String::new(),
        rows => format!(" · {rows} rows quarantined"),
    };
    let from = settings.from.as_ref().map(|run| format!(" · code of {}", visible(run))).unwrap_or_default();
    let own: Vec<&str> = settings.templates.keys().map(String::as_str).collect();
    let own = if own.is_empty() { String::new() } else { format!(" · own templates: {}", visible(&own.join(" "))) };
    format!(
        "{} · {} › {} · J{} K{} · {scanner} · {} · {} of {} items done{quarantined}{from}{own}",
        info.id,
        visible(&info.dataset),
        visible(&info.model.name),
        settings.solutions,
        settings.iterations,
        settings.verdict,
        summary.done,
        summary.items
    )
}

fn end_in_words(event: &Event) -> Option<String> {
    match event {
        Event::Stopped(stopped) => {
            serde_json::to_value(stopped.reason).ok()?.as_str().map(|word| word.replace('-', " "))
        }
        Event::Failed(failed) => Some(format!("failed: {}", visible(&failed.message))),
        _ => None,
    }
}

/// An overall bar, and a line for each of the first slots.
struct Bars {
    heading: ProgressBar,
    overall: ProgressBar,
    slots: Vec<ProgressBar>,
    _all: MultiProgress,
}

impl Bars {
    const MOST_SLOTS: usize = 8;

    fn new(summary: &RunSummary, concurrency: usize) -> Self {
        let all = MultiProgress::new();
        let line = ProgressStyle::with_template("{msg}").unwrap_or_else(|_| ProgressStyle::default_bar());
        // Every approach of an item ends by itself.
        let each = summary.info.settings.approaches.iter().filter(|id| **id != ApproachId::Generate).count().max(1);
        let what = if each > 1 { "refinements" } else { "items" };
        let bar = ProgressStyle::with_template(&format!("{{bar:32}} {{pos}}/{{len}} {what}  {{elapsed}}  {{msg}}"))
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let heading = all.add(ProgressBar::new(0).with_style(line.clone()));
        let overall = all.add(ProgressBar::new(u64::from(summary.items) * each as u64).with_style(bar));
        overall.set_position(u64::from(summary.done) * each as u64);
        overall.enable_steady_tick(Duration::from_secs(1));
        let slots = (0..concurrency.min(summary.items as usize).min(Self::MOST_SLOTS))
            .map(|_| all.add(ProgressBar::new(0).with_style(line.clone())))
            .collect();
        Self { heading, overall, slots, _all: all }
    }
}

impl Sight for Bars {
    fn begin(&mut self, summary: &RunSummary, scanner: &str) {
        self.heading.set_message(heading(summary, scanner));
        self.overall.set_message(format!("{} vulnerable, {} fixed", summary.vulnerable, summary.fixed));
    }

    fn show(&mut self, update: &Update) {
        match update {
            Update::Slot { slot, state } => {
                if let Some(bar) = self.slots.get(*slot) {
                    bar.set_message(slot_in_words(state));
                }
            }
            Update::Entries { item, entries } => {
                for entry in entries {
                    if let Some(words) = end_in_words(&entry.event) {
                        let approach = entry.stream.approach;
                        if approach != ApproachId::Generate {
                            self.overall.inc(1);
                        }
                        self.overall.set_message(format!("{} {approach}: {words}", visible(item)));
                    }
                }
            }
            Update::Finished(_) => {}
        }
    }

    fn end(&mut self) {
        for bar in self.slots.iter().chain([&self.heading, &self.overall]) {
            bar.finish_and_clear();
        }
    }
}

fn slot_in_words(state: &SlotState) -> String {
    let SlotState::Busy { item, stream, step, doing } = state else { return "  idle".to_owned() };
    let doing = match doing {
        Doing::Waiting { .. } => "waiting for the first token".to_owned(),
        Doing::Receiving { tokens, tail } => format!("{tokens:>4} tok  {}", visible(tail.trim_end())),
        Doing::Retrying { attempt, of, reason, .. } => format!("{}; try {attempt} of {of} follows", visible(reason)),
        Doing::Scanning => "scanning".to_owned(),
        Doing::Testing => "testing".to_owned(),
        Doing::Paused => "paused".to_owned(),
    };
    let text = format!("  {:<24} {} {step:<9} {doing}", visible(item), stream.approach);
    text.chars().take(110).collect()
}
