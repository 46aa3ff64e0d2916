//! A run as CSV: a row per stream, or a row per version of the code.
//!
//! Every cell that begins, white space apart, with `=`, `+`, `-` or `@` gets a `'` before it, and every cell that is no
//! number is quoted: spreadsheets run such cells as formulas, and ids, names and messages come from others.
//! What a terminal would act on is shown, as on a screen.

use std::borrow::Cow;
use std::io::Write;

use csv::{QuoteStyle, Writer, WriterBuilder};

use super::ExchangeError;
use crate::core::escape::portable;
use crate::core::finding::Scan;
use crate::core::fold::{ItemState, SaidBy, Version};
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::label::{LabelVerdict, Standing, lines_words};
use crate::core::projection::{CweCount, Facts, Opinion, Row};
use crate::core::settings::{RunInfo, VerdictMode};
use crate::core::text::Text;
use crate::core::verdict::{Verdict, judge, judge_by};
use crate::review;
use crate::store::Store;

const STREAM: [&str; 19] = [
    "run",
    "dataset",
    "model",
    "scanner",
    "mode",
    "item",
    "approach",
    "sample",
    "stopped",
    "failed",
    "solution",
    "iteration",
    "calls",
    "versions",
    "undefined",
    "labelled",
    "unrealistic",
    "code_lines",
    "code_sha256",
];

/// What a row per stream has once for each verdict mode, as `NAME_strict` and `NAME_paper`.
const FACTS: [&str; 8] =
    ["generated", "verdict", "step", "generated_cwes", "final_cwes", "standing", "label", "opinions"];

const VERSION: [&str; 34] = [
    "run",
    "dataset",
    "model",
    "item",
    "approach",
    "sample",
    "step",
    "solution",
    "iteration",
    "verdict_strict",
    "verdict_paper",
    "returned_strict",
    "returned_paper",
    "parses",
    "syntax_error",
    "undefined",
    "truncated",
    "scanner",
    "scanner_version",
    "scan_error",
    "findings",
    "suppressed",
    "rules",
    "cwes",
    "opinions",
    "standing",
    "label",
    "annotators",
    "skipped",
    "flagged",
    "reasons",
    "comments",
    "code_lines",
    "code_sha256",
];

/// Writes a run as CSV (RFC 4180, UTF-8, a header) and returns the number of rows. CWEs stand as `89:2 none:1`, number and
/// count of findings; reasons as `ann:stub,moved`; each comment on a line of its cell, with its annotator and lines.
///
/// # Errors
/// When the run cannot be read or `out` takes no more.
pub async fn write(
    store: &Store,
    info: &RunInfo,
    versions: bool,
    out: &mut (dyn Write + Send),
) -> Result<u64, ExchangeError> {
    let out = WriterBuilder::new().quote_style(QuoteStyle::NonNumeric).from_writer(out);
    let mut sheet = Sheet { out, rows: 0 };
    if versions {
        sheet.row(&VERSION.map(str::to_owned))?;
    } else {
        let facts = ["strict", "paper"].into_iter().flat_map(|mode| FACTS.map(|name| format!("{name}_{mode}")));
        let head: Vec<String> = STREAM.map(str::to_owned).into_iter().chain(facts).collect();
        sheet.row(&head)?;
    }
    for item in store.items(&info.id).await? {
        let state = ItemState::of(&store.record(&info.id, &item.id).await?.entries);
        for row in review::rows(&item.id, &state, info.settings.verdict) {
            match versions {
                false => sheet.row(&stream(info, &state, &row))?,
                true => sheet.versions(info, &state, &row)?,
            }
        }
    }
    sheet.out.flush().map_err(failed)?;
    Ok(sheet.rows - 1)
}

fn failed(error: impl std::fmt::Display) -> ExchangeError {
    ExchangeError::Write(error.to_string())
}

struct Sheet<W: Write> {
    out: Writer<W>,
    /// With the header.
    rows: u64,
}

impl<W: Write> Sheet<W> {
    fn row(&mut self, cells: &[String]) -> Result<(), ExchangeError> {
        self.rows += 1;
        self.out.write_record(cells.iter().map(|cell| neutral(cell).into_owned())).map_err(failed)
    }

    fn versions(&mut self, info: &RunInfo, state: &ItemState, row: &Row) -> Result<(), ExchangeError> {
        let versions = state.stream(row.stream).map(|stream| stream.versions.as_slice()).unwrap_or_default();
        versions.iter().try_for_each(|one| self.row(&version(info, state, row, one)))
    }
}

/// The cell as no spreadsheet runs it and no terminal acts on it.
pub(super) fn neutral(cell: &str) -> Cow<'_, str> {
    let cell = portable(cell);
    let first = cell.trim_start().chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => Cow::Owned(format!("'{cell}")),
        _ => cell,
    }
}

fn stream(info: &RunInfo, state: &ItemState, row: &Row) -> Vec<String> {
    let returned = state.final_version(row.stream, info.settings.verdict).filter(|_| row.stopped.is_some());
    let code = returned.and_then(|version| version.code.as_ref());
    let mut cells = vec![
        info.id.clone(),
        info.dataset.clone(),
        info.model.name.clone(),
        info.settings.scanner.clone(),
        info.settings.verdict.to_string(),
        row.item.clone(),
        row.stream.approach.to_string(),
        row.stream.sample.to_string(),
        row.stopped.map_or_else(String::new, |reason| {
            serde_json::to_value(reason).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
        }),
        row.failed.to_string(),
        number(row.solution),
        number(row.iteration),
        row.calls.to_string(),
        row.versions.to_string(),
        row.undefined.to_string(),
        row.labelled.to_string(),
        row.unrealistic.to_string(),
        number(code.map(|code| code.lines().count() as u32)),
        code.map(Text::hash).unwrap_or_default(),
    ];
    for facts in [row.strict.as_ref(), row.paper.as_ref()] {
        cells.extend(match facts {
            Some(facts) => facts_cells(facts),
            None => FACTS.map(|_| String::new()),
        });
    }
    cells
}

fn facts_cells(facts: &Facts) -> [String; 8] {
    [
        verdict(facts.generated),
        verdict(facts.verdict),
        facts.step.map(|step| step.to_string()).unwrap_or_default(),
        cwes(&facts.generated_cwes),
        cwes(&facts.final_cwes),
        standing(facts.label).to_owned(),
        label(facts.label),
        joined(
            facts
                .opinions
                .iter()
                .map(|Opinion { scanner, verdict: word, .. }| format!("{scanner}:{}", failed_or(*word))),
        ),
    ]
}

fn version(info: &RunInfo, state: &ItemState, row: &Row, version: &Version) -> Vec<String> {
    let (solution, iteration) = match version.step {
        Step::Refine { solution, iteration } => (solution, Some(iteration)),
        _ => (None, None),
    };
    let scan = version.scan.as_ref();
    let checked = version.checked.as_ref();
    let syntax = checked.and_then(|checked| checked.error.as_ref());
    let findings = || scan.into_iter().flat_map(|scan| &scan.findings);
    let every = state.standing(row.stream, version.step);
    let annotators = state.labels.iter().filter(|entry| {
        entry.active && entry.stream == row.stream && entry.label.step == version.step && entry.label.verdict.is_some()
    });
    let said = state.said(row.stream, version.step);
    let name = |(author, _): (&&str, &SaidBy<'_>)| (*author).to_owned();
    let comments = said.iter().flat_map(|(author, by)| {
        by.remarks.iter().map(move |label| {
            let parts = label.lines.map(lines_words).into_iter().chain(label.comment.clone());
            format!("{author}: {}", parts.collect::<Vec<_>>().join(": "))
        })
    });
    let mut rules: Vec<&str> = findings().map(|finding| finding.rule.as_str()).collect();
    rules.sort_unstable();
    rules.dedup();
    vec![
        info.id.clone(),
        info.dataset.clone(),
        info.model.name.clone(),
        row.item.clone(),
        row.stream.approach.to_string(),
        row.stream.sample.to_string(),
        version.step.to_string(),
        number(solution),
        number(iteration),
        verdict(judge(VerdictMode::Strict, version)),
        verdict(judge(VerdictMode::Paper, version)),
        // A paper run's refinements stopped by another rule, so strict has no returned code there.
        match info.settings.verdict {
            VerdictMode::Strict => returned_by(state, row.stream, version, VerdictMode::Strict),
            VerdictMode::Paper => String::new(),
        },
        returned_by(state, row.stream, version, VerdictMode::Paper),
        checked.map_or_else(String::new, |_| version.parses().to_string()),
        syntax.map_or_else(String::new, |error| format!("line {}: {}", error.line, error.message)),
        joined(checked.into_iter().flat_map(|checked| &checked.undefined).map(|name| name.name.clone())),
        version.truncated.to_string(),
        scan.map(|scan| scan.scanner.name.clone()).unwrap_or_default(),
        scan.map(|scan| scan.scanner.version.clone()).unwrap_or_default(),
        scan.and_then(|scan| scan.error.as_ref()).map(|error| error.message.clone()).unwrap_or_default(),
        scan.map_or_else(String::new, |scan| scan.findings.len().to_string()),
        scan.map_or_else(String::new, |scan| (scan.findings.len() - scan.reported().count()).to_string()),
        rules.join(" "),
        cwes(&counts(scan)),
        joined(version.opinions.iter().map(|scan| {
            format!("{}:{}", scan.scanner.name, failed_or(judge_by(info.settings.verdict, version, Some(scan))))
        })),
        standing(every).to_owned(),
        label(every),
        joined(annotators.filter_map(|entry| Some(format!("{}:{}", entry.label.author, entry.label.verdict?)))),
        joined(said.iter().filter(|(_, by)| by.settled.is_some_and(|label| label.skip)).map(name)),
        joined(said.iter().filter(|(_, by)| by.flagged).map(name)),
        joined(said.iter().filter_map(|(author, by)| {
            let reasons = by.settled.map(|label| label.reasons.join(",")).filter(|reasons| !reasons.is_empty())?;
            Some(format!("{author}:{reasons}"))
        })),
        comments.collect::<Vec<_>>().join("\n"),
        number(version.code.as_ref().map(|code| code.lines().count() as u32)),
        version.code.as_ref().map(Text::hash).unwrap_or_default(),
    ]
}

/// The approaches whose returned code, in a mode, is this version.
fn returned_by(state: &ItemState, stream: StreamId, version: &Version, mode: VerdictMode) -> String {
    let of_sample = state.streams.iter().filter(|(id, _)| id.sample == stream.sample);
    let returning = of_sample.filter(|(id, it)| {
        let same = state.final_version(**id, mode).is_some_and(|returned| returned.step == version.step);
        let refinement = matches!(version.step, Step::Refine { .. });
        it.stopped.is_some() && same && (**id == stream || (!refinement && stream.approach == ApproachId::Generate))
    });
    let mut names: Vec<String> = returning.map(|(id, _)| id.approach.to_string()).collect();
    // The generation returns its code to the refinements, where there are any.
    if state.streams.keys().any(|id| id.sample == stream.sample && id.approach != ApproachId::Generate) {
        names.retain(|name| name != ApproachId::Generate.as_str());
    }
    names.join(" ")
}

fn counts(scan: Option<&Scan>) -> Vec<CweCount> {
    let mut counts: Vec<CweCount> = Vec::new();
    for finding in scan.into_iter().flat_map(|scan| &scan.findings) {
        match counts.iter_mut().find(|count| count.cwe == finding.cwe) {
            Some(count) => count.findings += 1,
            None => counts.push(CweCount { cwe: finding.cwe, findings: 1 }),
        }
    }
    counts.sort_by_key(|count| count.cwe);
    counts
}

fn cwes(counts: &[CweCount]) -> String {
    joined(counts.iter().map(|count| {
        let name = count.cwe.map_or_else(|| "none".to_owned(), |cwe| cwe.to_string());
        format!("{name}:{}", count.findings)
    }))
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" ")
}

fn number(number: Option<u32>) -> String {
    number.map(|number| number.to_string()).unwrap_or_default()
}

fn verdict(verdict: Option<Verdict>) -> String {
    verdict.map_or("", Verdict::as_str).to_owned()
}

fn failed_or(verdict: Option<Verdict>) -> &'static str {
    verdict.map_or("failed", Verdict::as_str)
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Unlabelled => "",
        Standing::Agreed(_) => "agreed",
        Standing::Adjudicated(_) => "adjudicated",
        Standing::Disputed => "disputed",
    }
}

fn label(standing: Standing) -> String {
    standing.verdict().map_or("", LabelVerdict::as_str).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for (cell, written) in [
            ("=cmd()", "'=cmd()"),
            ("  @x", "'  @x"),
            ("\t-1", "'\t-1"),
            ("\n+1", "'\n+1"),
            ("＝1", "'＝1"),
            ("a=1", "a=1"),
            ("", ""),
            ("12", "12"),
        ] {
            assert_eq!(neutral(cell), written);
        }
    }
}
