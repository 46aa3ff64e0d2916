use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use futures::StreamExt;
use serde::Serialize;

use super::Global;
use fdsp::core::finding::{Finding, Level, ScanError, ScannerId};
use fdsp::core::settings::VerdictMode;
use fdsp::scanner::{Options, Scanner, sarif};

/// Files in hand at a time: one is read while another is scanned.
const AHEAD: usize = 8;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Python files, and folders to search for `*.py`.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// bandit, ruff, auto (Bandit where it is installed, else ruff), or a NAME of [scanners.NAME] in fdsp.toml.
    #[arg(long, value_name = "S", default_value = "auto")]
    scanner: String,
    /// `strict` lists what `# nosec` and `# noqa` hide, marked; `paper` obeys them.
    #[arg(long, default_value = "strict", value_parser = verdict())]
    verdict: VerdictMode,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Format {
    #[default]
    Text,
    Json,
    Sarif,
}

fn verdict() -> impl TypedValueParser<Value = VerdictMode> {
    PossibleValuesParser::new(["strict", "paper"]).try_map(|word| word.parse::<VerdictMode>())
}

#[derive(Serialize)]
struct Report {
    scanner: ScannerId,
    files: Vec<FileReport>,
}

#[derive(Serialize)]
struct FileReport {
    #[serde(serialize_with = "lossy")]
    path: PathBuf,
    error: Option<ScanError>,
    findings: Vec<Finding>,
}

fn lossy<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let report = super::runtime()?.block_on(scan(global, &args))?;
    let text = match args.format {
        Format::Text => text(&report, args.verdict),
        Format::Json => format!("{}\n", fdsp::core::escape::json(&serde_json::to_string(&report)?)),
        Format::Sarif => format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&log(&report))?)),
    };
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => return Err(error.into()),
        _ => {}
    }
    Ok(ExitCode::from(report.code()))
}

/// A scanner by its name; the settings are read for one of the user's own alone.
pub async fn open(global: &Global, name: &str) -> color_eyre::Result<Scanner> {
    let options = match name {
        "auto" | "bandit" | "ruff" => Options::default(),
        _ => Options { adapters: global.config()?.scanners, ..Options::default() },
    };
    Ok(Scanner::open_with(name, options).await?)
}

async fn scan(global: &Global, args: &Args) -> color_eyre::Result<Report> {
    let scanner = open(global, &args.scanner).await?;
    let files = futures::stream::iter(args.paths.iter().flat_map(|path| walk(path)))
        .map(|found| file(&scanner, found, args.verdict))
        .buffered(AHEAD)
        .collect()
        .await;
    let report = Report { scanner: scanner.id(), files };
    scanner.close().await;
    Ok(report)
}

type Found = Result<PathBuf, (PathBuf, String)>;

/// A file as it is; a folder's `*.py` in sorted order. What cannot be read is found too, with the reason.
fn walk(path: &Path) -> Box<dyn Iterator<Item = Found> + Send> {
    if !path.is_dir() {
        return Box::new(std::iter::once(Ok(path.to_owned())));
    }
    let root = path.to_owned();
    let entries = walkdir::WalkDir::new(path).sort_by_file_name().into_iter();
    Box::new(entries.filter_map(move |entry| match entry {
        Ok(entry) => {
            let file = entry.into_path();
            (file.extension().is_some_and(|end| end == "py") && file.is_file()).then_some(Ok(file))
        }
        Err(error) => Some(Err((error.path().unwrap_or(&root).to_owned(), error.to_string()))),
    }))
}

async fn file(scanner: &Scanner, found: Found, verdict: VerdictMode) -> FileReport {
    let unread = |path, message| {
        let error = ScanError { line: None, message, failed: true };
        FileReport { path, error: Some(error), findings: Vec::new() }
    };
    let path = match found {
        Ok(path) => path,
        Err((path, message)) => return unread(path, message),
    };
    let code = match tokio::fs::read(&path).await {
        Ok(code) => code,
        Err(error) => return unread(path, format!("cannot be read: {error}")),
    };
    let mut scan = scanner.scan_bytes(&code).await;
    if verdict == VerdictMode::Paper {
        scan.findings.retain(|finding| finding.suppressed.is_none());
    }
    FileReport { path, error: scan.error, findings: scan.findings }
}

impl Report {
    fn code(&self) -> u8 {
        if self.files.iter().any(|file| file.error.is_some()) {
            2
        } else {
            u8::from(self.files.iter().any(|file| !file.findings.is_empty()))
        }
    }
}

fn log(report: &Report) -> serde_sarif::sarif::Sarif {
    let files = report.files.iter().map(|file| sarif::File {
        path: &file.path,
        error: file.error.as_ref(),
        findings: file.findings.iter().collect(),
    });
    sarif::log(&report.scanner, &files.collect::<Vec<_>>())
}

/// A line for each finding and each file that could not be scanned, in columns, and one that sums up.
fn text(report: &Report, verdict: VerdictMode) -> String {
    let mut rows: Vec<[String; 5]> = Vec::new();
    for file in &report.files {
        let path = visible(&file.path.to_string_lossy());
        if let Some(error) = &file.error {
            let line = error.line.map_or_else(String::new, |line| format!(":{line}"));
            let message = format!("not scanned: {}", visible(&error.message));
            rows.push([format!("{path}{line}"), String::new(), String::new(), String::new(), message]);
        }
        for finding in &file.findings {
            let hidden = finding.suppressed.as_ref().map_or_else(String::new, |mark| format!(" (hidden by # {mark})"));
            rows.push([
                format!("{path}:{}:{}", finding.line, finding.column),
                finding.rule.clone(),
                finding.cwe.map_or_else(String::new, |cwe| format!("CWE-{cwe}")),
                format!("{}/{}", level(finding.severity), level(finding.confidence)),
                visible(&finding.message) + &hidden,
            ]);
        }
    }
    let mut text = String::new();
    let width =
        |column: usize| rows.iter().map(|row| unicode_width::UnicodeWidthStr::width(row[column].as_str())).max();
    let widths: Vec<usize> = (0..4).map(|column| width(column).unwrap_or(0)).collect();
    for row in &rows {
        for (cell, &width) in row.iter().zip(&widths) {
            let pad = width.saturating_sub(unicode_width::UnicodeWidthStr::width(cell.as_str()));
            let _ = write!(text, "{cell}{:pad$}  ", "");
        }
        let _ = writeln!(text, "{}", row[4]);
    }
    let findings: usize = report.files.iter().map(|file| file.findings.len()).sum();
    let failed = report.files.iter().filter(|file| file.error.is_some()).count();
    let _ = write!(text, "{} in {}", count(findings, "finding"), count(report.files.len(), "file"));
    if failed > 0 {
        let _ = write!(text, ", {failed} not scanned");
    }
    let _ = writeln!(text, " · {} · {verdict}", report.scanner);
    text
}

fn count(n: usize, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn level(level: Option<Level>) -> String {
    level.map_or_else(|| "-".to_owned(), |level| level.to_string())
}

/// Paths and messages come from others; each stands on one line.
fn visible(text: &str) -> String {
    fdsp::core::escape::line(text, fdsp::core::escape::TAB)
}
