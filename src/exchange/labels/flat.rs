//! What stands as CSV: a row per version and annotator, and one for each adjudication.

use std::io::Write;

use csv::{QuoteStyle, WriterBuilder};

use crate::core::fold::ItemState;
use crate::core::label::{LabelVerdict, Probe};
use crate::core::settings::RunInfo;
use crate::exchange::ExchangeError;
use crate::exchange::sheet::neutral;
use crate::review::adjudication::{Word, words};
use crate::store::Store;

const HEAD: [&str; 21] = [
    "run",
    "item",
    "approach",
    "sample",
    "step",
    "annotator",
    "verdict",
    "adjudicates",
    "reasons",
    "comment",
    "first_line",
    "last_line",
    "seconds",
    "at",
    "blind",
    "revealed",
    "probe",
    "session",
    "guideline",
    "code_sha256",
    "label",
];

/// Writes the table (RFC 4180, UTF-8, a header) and returns its rows. `verdict` is `skipped` where the annotator does
/// not judge the version; `label` is the id of the label in its annotator's chain.
///
/// # Errors
/// When a run cannot be read or `out` takes no more.
pub async fn write(
    store: &Store,
    runs: &[RunInfo],
    author: Option<&str>,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExchangeError> {
    let failed = |error: csv::Error| ExchangeError::Write(error.to_string());
    let mut out = WriterBuilder::new().quote_style(QuoteStyle::NonNumeric).from_writer(out);
    out.write_record(HEAD).map_err(failed)?;
    let mut rows = 0;
    for run in runs {
        for (item, state) in store.labelled_items(&run.id).await? {
            for row in of_item(run, &item, &state, author) {
                out.write_record(row.iter().map(|cell| neutral(cell).into_owned())).map_err(failed)?;
                rows += 1;
            }
        }
    }
    out.flush().map_err(|error| ExchangeError::Write(error.to_string()))?;
    Ok(rows)
}

fn of_item(run: &RunInfo, item: &str, state: &ItemState, author: Option<&str>) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for (stream, step) in state.labelled_versions() {
        let all = words(state, stream, step).into_iter();
        for Word { label, at, comment, lines } in all.filter(|it| author.is_none_or(|name| it.label.author == name)) {
            let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
            rows.push(vec![
                run.id.clone(),
                item.to_owned(),
                stream.approach.to_string(),
                stream.sample.to_string(),
                step.to_string(),
                label.author.clone(),
                label.verdict.map_or("skipped", LabelVerdict::as_str).to_owned(),
                label.adjudicates.to_string(),
                label.reasons.join(" "),
                comment.unwrap_or_default().to_owned(),
                number(lines.map(|(first, _)| first)),
                number(lines.map(|(_, last)| last)),
                label.seconds.to_string(),
                at.to_string(),
                label.blind.to_string(),
                label.revealed.to_string(),
                label.probe.map_or("", |probe| if probe == Probe::Gold { "gold" } else { "repeat" }).to_owned(),
                label.session.clone().unwrap_or_default(),
                number(label.guideline),
                label.code.clone(),
                label.link.as_ref().map(|link| link.id.clone()).unwrap_or_default(),
            ]);
        }
    }
    rows
}
