use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use color_eyre::eyre::{WrapErr, bail};
use fdsp::core::escape::{json, visible};
use fdsp::core::settings::RunInfo;
use fdsp::exchange::{ExchangeError, sarif, sheet};
use fdsp::store::{Store, StoreError};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::Global;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Every event: what `fdsp import run` reads again.
    #[default]
    Jsonl,
    /// A row per item and approach, or with --versions per version; labels in columns of their own.
    ///
    /// A cell that a spreadsheet would run as a formula begins with a `'`.
    Csv,
    /// SARIF 2.1.0: the findings in what each approach returned, and those it removed; labels as suppressions.
    ///
    /// A label says of a version: realistic, its results are suppressed (accepted); unrealistic, they are not
    /// (rejected); unsure, or annotators who differ, they are under review.
    Sarif,
}

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The run's name, or a beginning of it that only this run has.
    run: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// The file to write; default: standard output. Compressed when its name ends in `.gz`.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Compress with gzip, whatever the name.
    #[arg(long)]
    compress: bool,
    /// Labels too, not the run's own events alone; csv and sarif always hold them.
    #[arg(long)]
    labels: bool,
    /// csv: a row per version of the code. sarif: every version, not those alone that were returned or have a label.
    #[arg(long)]
    versions: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    if args.versions && args.format == Format::Jsonl {
        bail!("--versions goes with --format csv or sarif; jsonl holds every version");
    }
    super::runtime()?.block_on(async {
        let store = global.store_with_runs().await?;
        let run = store.find_run(&args.run).await?;
        let compress =
            args.compress || args.output.as_ref().is_some_and(|path| path.extension() == Some("gz".as_ref()));
        let Some(path) = &args.output else {
            if std::io::stdout().is_terminal() && !compress {
                let mut text = Vec::new();
                write(&store, &run, &args, false, &mut text).await?;
                super::show::print(&visible(&String::from_utf8_lossy(&text)))?;
            } else {
                write(&store, &run, &args, compress, super::Pipe).await?;
            }
            return Ok(ExitCode::SUCCESS);
        };
        let words = to_file(&store, &run, &args, compress, path).await.wrap_err_with(|| path.display().to_string())?;
        eprintln!("{}: {words}", path.display());
        Ok(ExitCode::SUCCESS)
    })
}

/// Beside the file first: what stands under the name is always whole.
async fn to_file(store: &Store, run: &RunInfo, args: &Args, compress: bool, path: &Path) -> color_eyre::Result<String> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let result = async {
        let file = File::create(&part)?;
        let words = write(store, run, args, compress, file.try_clone()?).await?;
        file.sync_all()?;
        std::fs::rename(&part, path)?;
        Ok(words)
    }
    .await;
    if result.is_err() {
        // What is left of it helps nobody; the error that matters is the first.
        let _ = std::fs::remove_file(&part);
    }
    result
}

/// Returns what was written, in words.
async fn write(
    store: &Store,
    run: &RunInfo,
    args: &Args,
    compress: bool,
    out: impl Write + Send,
) -> Result<String, ExchangeError> {
    let mut out = BufWriter::new(out);
    let failed = |error: std::io::Error| StoreError::Write { message: error.to_string() };
    if !compress {
        let words = plain(store, run, args, &mut out).await?;
        out.flush().map_err(failed)?;
        return Ok(words);
    }
    let mut packed = GzEncoder::new(out, Compression::best());
    let words = plain(store, run, args, &mut packed).await?;
    packed.finish().and_then(|mut out| out.flush()).map_err(failed)?;
    Ok(words)
}

async fn plain(
    store: &Store,
    run: &RunInfo,
    args: &Args,
    out: &mut (dyn Write + Send),
) -> Result<String, ExchangeError> {
    Ok(match args.format {
        Format::Jsonl => {
            let counts = store.export(&run.id, args.labels, out).await?;
            format!("{} items, {} events, {} texts", counts.items, counts.events, counts.blobs)
        }
        Format::Csv => {
            let rows = sheet::write(store, run, args.versions, out).await?;
            format!("{rows} rows")
        }
        Format::Sarif => {
            let log = sarif::log(store, run, args.versions).await?;
            let results: usize = log.runs.iter().filter_map(|run| run.results.as_ref()).map(Vec::len).sum();
            let text = serde_json::to_string_pretty(&log).map_err(|error| ExchangeError::Write(error.to_string()))?;
            writeln!(out, "{}", json(&text)).map_err(|error| ExchangeError::Write(error.to_string()))?;
            format!("{results} results of {} scanners", log.runs.len())
        }
    })
}
