use std::fs;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use color_eyre::eyre::{WrapErr, eyre};
use fdsp::core::ids::ApproachId;
use fdsp::core::settings::VerdictMode;
use fdsp::dataset::stats::by_subset;
use fdsp::metrics::agreement::{Agreement, Labelled};
use fdsp::metrics::codeseceval::Published;
use fdsp::metrics::paper::Paper;
use fdsp::metrics::reasons::why;
use fdsp::metrics::{Labels, RunRows, Study, Wanted};
use fdsp::report::{Layout, Part, SetStats, Source, build, json};

use super::Global;
use super::show::print;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs' names, or beginnings of them; runs over one data set become columns of one table.
    #[arg(required = true, value_name = "RUN")]
    runs: Vec<String>,
    /// Which study's numbers: `fdsp` (share vulnerable), `codeseceval` (pass@k by tests; its Tables 1 to 4 and Figures 3
    /// and 4 carry its name), or `both`.
    #[arg(long, value_enum, default_value_t)]
    study: Studies,
    /// Of the FDSP study: Table 1 with its tests and the unrealistic fixes, Table 2 with the comparison of scanners, or
    /// all and the figures.
    #[arg(long, value_enum, default_value_t, value_name = "1|2|all")]
    table: Which,
    /// Hints against labels instead: precision and recall of every kind, and the fixes that wait, most doubtful first.
    #[arg(long, conflicts_with_all = ["table", "study"])]
    hints: bool,
    #[arg(long, value_enum, default_value_t)]
    verdict: Verdicts,
    /// Whether a fix that is labelled unrealistic counts as unfixed.
    #[arg(long, value_enum, default_value_t)]
    labels: WithLabels,
    /// Default: what the ending of `--out` says, else text.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Put the published values beside these, with what does not agree in them.
    #[arg(long, value_enum, value_name = "paper")]
    compare: Option<Compare>,
    /// The approach whose unresolved findings Figure 4 counts.
    #[arg(long, value_name = "APPROACH", default_value = "fdsp")]
    figure4: ApproachId,
    /// The file to write; default: standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Studies {
    Fdsp,
    #[value(name = "codeseceval")]
    CodeSecEval,
    #[default]
    Both,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Which {
    #[value(name = "1")]
    One,
    #[value(name = "2")]
    Two,
    #[default]
    All,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Verdicts {
    Strict,
    Paper,
    #[default]
    Both,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum WithLabels {
    With,
    Without,
    #[default]
    Both,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Compare {
    Paper,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Csv,
    Latex,
    Json,
    Html,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let part = args.part()?;
    let (rows, sets, labels) = super::runtime()?.block_on(read(global, &args.runs))?;
    let study = Study::of(&rows, &args.wanted());
    let agreement = Agreement::of(&study.runs, &labels);
    let why = why(&labels);
    let paper = match args.compare {
        Some(Compare::Paper) => Some((Paper::load()?, Published::load()?)),
        None => None,
    };
    let paper = paper.as_ref().map(|(fdsp, codeseceval)| (fdsp, codeseceval));
    let source =
        Source { study: &study, rows: &rows, part, sets: &sets, agreement: Some(&agreement), why: &why, paper };
    let layout = match args.format() {
        Format::Text => Layout::Text { bold: args.out.is_none() && terminal() },
        Format::Markdown => Layout::Markdown,
        Format::Csv => Layout::Csv,
        Format::Latex => Layout::Latex,
        Format::Html => Layout::Html,
        Format::Json => return args.give(&json(&source)?),
    };
    args.give(&build(&source).render(layout))
}

/// The rows of each run, each run once; what its data set is described by, where that has tests, each set once; and the
/// labels.
async fn read(global: &Global, names: &[String]) -> color_eyre::Result<(Vec<RunRows>, Vec<SetStats>, Labelled)> {
    let store = global.store_with_runs().await?;
    let mut found: Vec<RunRows> = Vec::new();
    let mut sets = Vec::new();
    let mut labels = Labelled::default();
    for name in names {
        let info = store.find_run(name).await?;
        if found.iter().any(|rows| rows.info.id == info.id) {
            continue;
        }
        let rows = store.study_rows(&info.id).await?;
        let same = |rows: &RunRows| rows.info.dataset == info.dataset && rows.info.dataset_hash == info.dataset_hash;
        if rows.has_tests() && !found.iter().any(same) {
            let parts = by_subset(&store.items(&info.id).await?);
            sets.push(SetStats { dataset: info.dataset.clone(), parts });
        }
        labels.extend(store.rated(&info.id).await?);
        found.push(rows);
    }
    Ok((found, sets, labels))
}

fn terminal() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

impl Args {
    fn wanted(&self) -> Wanted {
        Wanted {
            modes: match self.verdict {
                Verdicts::Strict => vec![VerdictMode::Strict],
                Verdicts::Paper => vec![VerdictMode::Paper],
                Verdicts::Both => vec![VerdictMode::Strict, VerdictMode::Paper],
            },
            labels: match self.labels {
                WithLabels::With => vec![Labels::With],
                WithLabels::Without => vec![Labels::Without],
                WithLabels::Both => vec![Labels::Without, Labels::With],
            },
            figure4: self.figure4,
        }
    }

    fn part(&self) -> color_eyre::Result<Part> {
        Ok(match (self.study, self.table) {
            _ if self.hints => Part::Hints,
            (Studies::CodeSecEval, Which::All) => Part::CodeSecEval,
            (Studies::CodeSecEval, _) => {
                return Err(eyre!(
                    "--table chooses from the FDSP study; leave it out, or leave out --study codeseceval"
                ));
            }
            (_, Which::One) => Part::Table1,
            (_, Which::Two) => Part::Table2,
            (Studies::Fdsp, Which::All) => Part::Fdsp,
            (Studies::Both, Which::All) => Part::All,
        })
    }

    fn format(&self) -> Format {
        let ending = || self.out.as_ref()?.extension()?.to_str().map(str::to_ascii_lowercase);
        self.format.unwrap_or_else(|| match ending().as_deref() {
            Some("md" | "markdown") => Format::Markdown,
            Some("csv") => Format::Csv,
            Some("tex") => Format::Latex,
            Some("json") => Format::Json,
            Some("html" | "htm") => Format::Html,
            _ => Format::Text,
        })
    }

    fn give(&self, text: &str) -> color_eyre::Result<ExitCode> {
        match &self.out {
            Some(path) => write(path, text).wrap_err_with(|| path.display().to_string())?,
            None => print(text)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Beside the file first: what stands under the name is always whole.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    let part = path.with_file_name(name);
    let result = fs::write(&part, text).and_then(|()| fs::rename(&part, path));
    if result.is_err() {
        // What is left of it helps nobody; the error that matters is the first.
        let _ = fs::remove_file(&part);
    }
    result
}
