use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ArgGroup;
use indicatif::{ProgressBar, ProgressStyle};

use super::Global;
use fdsp::core::escape;
use fdsp::runner::rescan::{Log, Report, Rescan, Source};
use fdsp::runner::sources;
use fdsp::scanner::{Options, Scanner, sarif};
use fdsp::store::Store;

/// Failed scans that are told one by one; `--json` has them all.
const TOLD: usize = 10;

#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["scanner", "write_sources"])))]
pub struct Args {
    /// The run's name, or a beginning of it that only this run has.
    run: String,
    /// bandit, ruff, codeql, a NAME of [scanners.NAME] in fdsp.toml, or sarif:FILE for what a tool found in the sources.
    #[arg(long, value_name = "S")]
    scanner: Option<String>,
    /// Scan again what this scanner, in this version, has scanned already.
    #[arg(long, requires = "scanner")]
    again: bool,
    /// Calls at once of a command that takes one file each; default: one for each core.
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
    /// Write every version of the code to files in DIR, to be scanned by hand; the results come back by sarif:FILE.
    #[arg(long, value_name = "DIR")]
    write_sources: Option<PathBuf>,
    /// One JSON object at the end.
    #[arg(long)]
    json: bool,
}

/// Exit code 0: every version has its opinion; 1: the scanner failed on some; 130: stopped.
pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    super::runtime()?.block_on(async {
        let store = global.store_with_runs().await?;
        let run = store.find_run(&args.run).await?;
        if let Some(folder) = &args.write_sources {
            let files = sources::write(&store, &run.id, folder).await?;
            eprintln!("{}: {files} files and {}", escape::visible(&folder.to_string_lossy()), sources::INDEX);
        }
        let Some(choice) = &args.scanner else { return Ok(ExitCode::SUCCESS) };
        let (source, strangers) = match choice.strip_prefix("sarif:") {
            Some(file) => from_file(Path::new(file), &store, &run.id).await?,
            None => (Source::Scanner(open(global, choice, args.concurrency).await?), 0),
        };
        let items = store.summary(&run.id).await?.items;
        let rescan = Rescan { store, run, source, again: args.again };
        let bar = bar(u64::from(items), args.json, &rescan.scanner().to_string());
        let performed = tokio::select! {
            performed = rescan.perform(|done| bar.set_position(done as u64)) => Some(performed),
            signal = tokio::signal::ctrl_c() => signal.map(|()| None)?,
        };
        bar.finish_and_clear();
        if let Source::Scanner(scanner) = &rescan.source {
            scanner.close().await;
        }
        let Some(report) = performed else {
            eprintln!("stopped; what was scanned is kept, the same command goes on from there");
            return Ok(ExitCode::from(130));
        };
        let report = report?;
        if args.json {
            say(&format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&report)?)))?;
        } else {
            say(&in_words(&report))?;
        }
        if strangers > 0 {
            eprintln!("{strangers} results are about files that are not of this run");
        }
        Ok(ExitCode::from(u8::from(report.failed > 0)))
    })
}

async fn open(global: &Global, choice: &str, concurrency: Option<usize>) -> color_eyre::Result<Scanner> {
    let mut options = Options { adapters: global.config()?.scanners, ..Options::default() };
    options.jobs = concurrency.unwrap_or(options.jobs).max(1);
    Ok(Scanner::open_with(choice, options).await?)
}

async fn from_file(file: &Path, store: &Store, run: &str) -> color_eyre::Result<(Source, usize)> {
    let name = file.display().to_string();
    let bytes = std::fs::read(file).map_err(|error| color_eyre::eyre::eyre!("{name}: cannot be read: {error}"))?;
    let (log, strangers) = Log::new(&name, sarif::parse(&name, &bytes)?, store, run).await?;
    Ok((Source::Log(Box::new(log)), strangers))
}

fn bar(items: u64, json: bool, scanner: &str) -> ProgressBar {
    if json || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{msg}  {bar:30} {pos}/{len} items  {elapsed}");
    let bar = ProgressBar::new(items).with_message(escape::line(scanner, escape::TAB));
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn in_words(report: &Report) -> String {
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let scanner = escape::line(&report.scanner.to_string(), escape::TAB);
    let mut words = format!(
        "{}: {} by {scanner}: {} scanned ({} different), {} scanned before, {}",
        report.run,
        count(report.versions, "version"),
        report.scanned,
        report.distinct,
        report.known,
        count(report.findings, "finding"),
    );
    if report.failed > 0 {
        words.push_str(&format!(", {} failed", report.failed));
    }
    words.push('\n');
    for failed in report.failures.iter().take(TOLD) {
        let place = format!("{} {}-{} {}", failed.item, failed.stream.approach, failed.stream.sample, failed.step);
        words.push_str(&escape::line(&format!("  {place}: {}", failed.message), escape::TAB));
        words.push('\n');
    }
    if report.failures.len() > TOLD {
        words.push_str(&format!("  and {} more; --json lists them all\n", report.failures.len() - TOLD));
    }
    words
}

fn say(text: &str) -> std::io::Result<()> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error),
        _ => Ok(()),
    }
}
