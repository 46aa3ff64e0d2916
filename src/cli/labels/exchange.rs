//! Labels out of the store and into it.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::eyre::{WrapErr, bail, eyre};
use fdsp::core::chain;
use fdsp::core::escape::{TAB, line as safe_line, visible};
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::RunInfo;
use fdsp::dataset::Quarantined;
use fdsp::exchange::ExchangeError;
use fdsp::exchange::labels::{back, check, flat, lines, tools};
use fdsp::review::adjudication::{Case, Said};
use fdsp::store::Store;
use serde_json::json;

use super::{Format, Global, print};

/// Versions in dispute that are listed for each run.
const LISTED: usize = 20;

pub struct Wanted {
    pub format: Format,
    pub annotator: Option<String>,
    pub output: Option<PathBuf>,
    pub interface: bool,
}

pub struct Wishes {
    pub dry_run: bool,
    pub accept_gaps: bool,
    pub annotator: Option<String>,
    pub json: bool,
}

/// `1 label event`, `2 label events`.
fn some(count: impl Into<u64>, what: &str) -> String {
    match count.into() {
        1 => format!("1 {what}"),
        count => format!("{count} {what}s"),
    }
}

async fn found(store: &Store, names: &[String]) -> color_eyre::Result<Vec<RunInfo>> {
    let mut runs: Vec<RunInfo> = Vec::new();
    for name in names {
        let info = store.find_run(name).await?;
        if !runs.contains(&info) {
            runs.push(info);
        }
    }
    Ok(runs)
}

pub async fn export(global: &Global, names: &[String], wanted: Wanted) -> color_eyre::Result<ExitCode> {
    let store = global.store_with_runs().await?;
    let runs = found(&store, names).await?;
    let mut bytes = Vec::new();
    let words = if wanted.interface {
        if wanted.format != Format::LabelStudio {
            bail!("--interface goes with --format label-studio");
        }
        bytes = tools::interface(&store, &runs).await?.into_bytes();
        "the labelling interface".to_owned()
    } else {
        written(&store, &runs, &wanted, &mut bytes).await?
    };
    for run in &runs {
        let faults = store.chains(&run.id).await?.faults.len();
        if faults > 0 {
            eprintln!(
                "run `{}`: its labels are not whole, {faults} faults; `fdsp labels verify {0}` lists them",
                run.id
            );
        }
    }
    match &wanted.output {
        Some(path) => {
            save(path, &bytes).wrap_err_with(|| path.display().to_string())?;
            eprintln!("{}: {words}", path.display());
        }
        None if std::io::stdout().is_terminal() => print(&visible(&String::from_utf8_lossy(&bytes)))?,
        None => super::super::Pipe.write_all(&bytes)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns what was written, in words.
async fn written(store: &Store, runs: &[RunInfo], wanted: &Wanted, out: &mut Vec<u8>) -> Result<String, ExchangeError> {
    let author = wanted.annotator.as_deref();
    Ok(match wanted.format {
        Format::Jsonl => some(lines::write(store, runs, author, out).await?, "label event"),
        Format::Csv => some(flat::write(store, runs, author, out).await?, "row"),
        Format::LabelStudio => {
            let (tasks, labels) = tools::label_studio(store, runs, author, out).await?;
            format!("{}, {}", some(tasks, "task"), some(labels, "label"))
        }
        Format::Prodigy => some(tools::prodigy(store, runs, author, out).await?, "label"),
    })
}

/// Beside the file first: what stands under the name is always whole.
fn save(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let result = std::fs::write(&part, bytes).and_then(|()| std::fs::rename(&part, path));
    if result.is_err() {
        // The error that matters is the first.
        let _ = std::fs::remove_file(&part);
    }
    result
}

fn text(path: &Path) -> color_eyre::Result<String> {
    let bytes = std::fs::read(path).wrap_err_with(|| path.display().to_string())?;
    String::from_utf8(bytes).map_err(|error| eyre!("{}: not UTF-8: {error}", path.display()))
}

fn label_file(path: &Path, text: &str) -> color_eyre::Result<lines::LabelFile> {
    lines::read(&path.display().to_string(), text).map_err(|why| eyre!("{}: {why}", path.display()))
}

pub async fn import(global: &Global, paths: &[PathBuf], wishes: Wishes) -> color_eyre::Result<ExitCode> {
    let mut files = Vec::new();
    let mut read = back::Read::default();
    let annotator = wishes.annotator.as_deref();
    for path in paths {
        let text = text(path)?;
        let name = path.display().to_string();
        let first = text.trim_start().lines().next().unwrap_or_default();
        let more = if lines::is_header(first) {
            files.push(label_file(path, &text)?);
            continue;
        } else if first.starts_with('[') {
            back::label_studio(&name, &text, annotator).map_err(|why| eyre!("{name}: {why}"))?
        } else if first.contains("\"answer\"") {
            back::prodigy(&name, &text, annotator)
        } else {
            bail!(
                "{name}: neither what `fdsp labels export` writes, nor Label Studio's JSON, nor Prodigy's JSON Lines"
            );
        };
        read.given.extend(more.given);
        read.quarantined.extend(more.quarantined);
    }
    let store = global.store_with_runs().await?;
    let merged = check::take_in(&store, &files, wishes.accept_gaps, wishes.dry_run).await?;
    let given = back::take_in(&store, read, wishes.dry_run || merged.refused).await?;
    let mut runs: Vec<&String> = merged.merged.runs.iter().chain(&given.runs).collect();
    runs.sort_unstable();
    runs.dedup();
    let mut disputed = Vec::new();
    for run in runs.into_iter().filter(|_| !merged.refused) {
        let mut cases = store.cases(run).await?;
        cases.retain(Case::waits);
        disputed.push((run.clone(), cases));
    }
    if wishes.json {
        let faults = merged
            .faults
            .iter()
            .map(|fault| json!({"file": fault.file, "line": fault.line, "what": fault.what, "gap": fault.gap}));
        let disputes = disputed.iter().map(|(run, all)| json!({"run": run, "versions": all.len()}));
        let set_aside: Vec<&Quarantined> = merged.quarantined.iter().chain(&given.quarantined).collect();
        let told = json!({
            "refused": merged.refused,
            "dry_run": wishes.dry_run,
            "added": merged.merged.added + given.added,
            "known": merged.merged.known + given.known,
            "on_other_code": merged.merged.other_code,
            "faults": faults.collect::<Vec<_>>(),
            "quarantined": set_aside,
            "disputed": disputes.collect::<Vec<_>>(),
        });
        print(&format!("{told}\n"))?;
    } else {
        print(&words(&merged, &given, &disputed, wishes.dry_run))?;
    }
    Ok(if merged.refused { ExitCode::from(1) } else { ExitCode::SUCCESS })
}

fn words(merged: &check::Taken, given: &back::Taken, disputed: &[(String, Vec<Case>)], dry: bool) -> String {
    let mut text = String::new();
    let mut tell = |line: String| {
        text.push_str(&safe_line(&line, TAB));
        text.push('\n');
    };
    for fault in &merged.faults {
        let line = fault.line.map(|line| format!(":{line}")).unwrap_or_default();
        tell(format!("{}{line}: {}", fault.file, fault.what));
    }
    if merged.refused {
        let gaps = merged.faults.iter().all(|fault| fault.gap);
        let way = if gaps { " Ask for the whole file, or take what is there with --accept-gaps." } else { "" };
        tell(format!("Refused, nothing was imported: {}.{way}", some(merged.faults.len() as u64, "fault")));
        return text;
    }
    let would = if dry { "would be " } else { "" };
    let (added, known) = (merged.merged.added + given.added, merged.merged.known + given.known);
    let verb = if known == 1 { "is" } else { "are" };
    tell(format!("{} {would}added, {known} {verb} here already", some(added, "label event")));
    if merged.merged.other_code > 0 {
        let count = merged.merged.other_code;
        tell(format!("{count} are on code that is not the version's here: kept, and they do not count"));
    }
    let set_aside: Vec<&Quarantined> = merged.quarantined.iter().chain(&given.quarantined).collect();
    if !set_aside.is_empty() {
        tell(format!("quarantined, not imported: {}", set_aside.len()));
    }
    for row in set_aside {
        let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
        let task = row.index.map(|index| format!(" task {index}")).unwrap_or_default();
        let field = row.field.as_ref().map(|field| format!(" field `{field}`")).unwrap_or_default();
        tell(format!("  {}{line}:{task}{field} {}", row.file, row.reason));
    }
    for (run, versions) in disputed.iter().filter(|(_, versions)| !versions.is_empty()) {
        let wait = if versions.len() == 1 { "version waits" } else { "versions wait" };
        tell(format!("run `{run}`: {} {wait} for adjudication", versions.len()));
        for version in versions.iter().take(LISTED) {
            let word = |said: &Said| said.verdict.map_or("skipped", LabelVerdict::as_str);
            let labels = version.labels.iter().map(|said| format!("{} {}", said.author, word(said)));
            let forked = if version.is_forked() { "; said differently in two stores" } else { "" };
            let labels = labels.collect::<Vec<_>>().join(", ");
            tell(format!("  {} {} {}: {labels}{forked}", version.item, version.stream.approach, version.step));
        }
        if versions.len() > LISTED {
            tell(format!("  and {} more; the workbench lists them", versions.len() - LISTED));
        }
    }
    text
}

pub async fn verify(
    global: &Global,
    names: &[String],
    against: Option<&Path>,
    json: bool,
) -> color_eyre::Result<ExitCode> {
    let store = global.store_with_runs().await?;
    let file = against.map(|path| label_file(path, &text(path)?)).transpose()?;
    let mut whole = true;
    let (mut text, mut told) = (String::new(), Vec::new());
    for run in found(&store, names).await? {
        let mut chains = store.chains(&run.id).await?;
        if let Some(file) = &file {
            let here = store.told(&run.id, None).await;
            let ids: std::collections::HashSet<String> =
                here.unwrap_or_default().into_iter().map(|told| told.id).collect();
            let lacks = file.lines.iter().filter(|(_, it)| it.run == run.id && !ids.contains(&it.id));
            chains.faults.extend(lacks.map(|(line, it)| {
                let what = format!("{}, {} on item `{}` of {}", it.author(), it.event.kind(), it.item, it.at);
                format!("{}:{line}: {what} is not here: it was taken away, or never imported", file.name)
            }));
        }
        whole &= chains.faults.is_empty();
        if json {
            let authors = chains.authors.iter().map(|it| {
                json!({"author": it.author, "events": it.events, "older_than_the_chain": it.unchained, "ends": it.ends})
            });
            told.push(json!({"run": run.id, "authors": authors.collect::<Vec<_>>(), "faults": chains.faults}));
            continue;
        }
        let mut tell = |line: String| {
            text.push_str(&safe_line(&line, TAB));
            text.push('\n');
        };
        let state = match (chains.faults.len(), chains.authors.is_empty()) {
            (0, true) => "no labels".to_owned(),
            (0, false) => "whole".to_owned(),
            (count, _) => some(count as u64, "fault"),
        };
        tell(format!("{}: {state}", run.id));
        for author in &chains.authors {
            let ends: Vec<String> = author.ends.iter().map(|end| chain::short(end)).collect();
            let old = match author.unchained {
                0 => String::new(),
                count => format!(", {count} older than the chain: nothing shows whether they were changed"),
            };
            let ends = if ends.is_empty() { String::new() } else { format!(", ends with {}", ends.join(" and ")) };
            tell(format!("  {}: {}{ends}{old}", author.author, some(author.events, "event")));
        }
        chains.faults.iter().for_each(|fault| tell(format!("  {fault}")));
    }
    print(&if json { format!("{}\n", json!(told)) } else { text })?;
    Ok(if whole { ExitCode::SUCCESS } else { ExitCode::from(1) })
}
