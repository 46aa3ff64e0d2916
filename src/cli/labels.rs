//! `fdsp labels`: agreement, labels out and in, and whether their chains are whole.

use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use fdsp::core::escape::{TAB, line as safe_line};
use fdsp::metrics::agreement::{Agreement, Labelled};
use fdsp::report::{Layout, agreement, visible};
use fdsp::review::guideline::Guideline;
use serde::Serialize;

use super::Global;
use super::guideline::Chosen;
use super::show::print;

mod exchange;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Every label event, for other stores: `fdsp labels import` merges it.
    #[default]
    Jsonl,
    /// A table of the labels that stand: a row per annotator and version. A cell that a spreadsheet would run as a
    /// formula begins with a `'`.
    Csv,
    /// Tasks for Label Studio with the labels that stand, and those that wait for one.
    LabelStudio,
    /// Answered tasks for Prodigy's `db-in`, one for each label that stands.
    Prodigy,
}

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// How well annotators agree: observed agreement, Cohen's and Fleiss' kappa, Krippendorff's alpha, Gwet's AC1.
    ///
    /// A version counts with each annotator's latest label on it. Adjudications do not count.
    Agreement {
        /// The runs' names, or beginnings of them; their labels are counted together.
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        guideline: Chosen,
    },
    /// Write the labels of runs: for another store, as a table, or for Label Studio or Prodigy.
    ///
    /// jsonl holds all that annotators did to labels, undo too. Each of its lines carries the hash of what it says and of
    /// the line before it by the same annotator, so that a change, a gap or a cut end shows when it is imported.
    Export {
        /// The runs' names, or beginnings of them.
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<String>,
        #[arg(long, value_enum, default_value_t)]
        format: Format,
        /// One annotator's labels alone.
        #[arg(long, value_name = "NAME")]
        annotator: Option<String>,
        /// The file to write; default: standard output.
        #[arg(long, short, value_name = "FILE")]
        output: Option<PathBuf>,
        /// label-studio: print the labelling interface (XML) to set up the project with, and nothing else.
        #[arg(long)]
        interface: bool,
    },
    /// Merge labels that other stores exported, or labels given in Label Studio or Prodigy.
    ///
    /// A merge is a union: the order of the files does not matter, nor does importing one twice. All files are checked
    /// together first. A fault in any of them refuses them all, and every fault is listed: a line that was changed, a line
    /// that is missing, an end that was cut off. Lines for runs or items that are not in this store are set aside and
    /// counted. Files of Label Studio and Prodigy become new labels of the annotators they name.
    Import {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Check and count; write nothing.
        #[arg(long)]
        dry_run: bool,
        /// Take in what is there of a chain with gaps or a cut end. What is missing was somebody's label: ask for the
        /// whole file first. Lines that were changed are refused all the same.
        #[arg(long)]
        accept_gaps: bool,
        /// Label Studio, Prodigy: who labelled, where the file names nobody.
        #[arg(long, value_name = "NAME")]
        annotator: Option<String>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Walk every annotator's chain of labels in the store: edits, gaps, and what is older than the chain.
    Verify {
        /// The runs' names, or beginnings of them.
        #[arg(required = true, value_name = "RUN")]
        runs: Vec<String>,
        /// Compare with a file that `fdsp labels export` wrote: only so does it show that the end of a chain was taken away.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    super::runtime()?.block_on(async {
        match command {
            Command::Agreement { runs, json, guideline } => {
                let guideline = guideline.load(&global.config()?)?;
                agree(global, &runs, &guideline, json).await
            }
            Command::Export { runs, format, annotator, output, interface } => {
                let wanted = exchange::Wanted { format, annotator, output, interface };
                exchange::export(global, &runs, wanted).await
            }
            Command::Import { files, dry_run, accept_gaps, annotator, json } => {
                let wishes = exchange::Wishes { dry_run, accept_gaps, annotator, json };
                exchange::import(global, &files, wishes).await
            }
            Command::Verify { runs, against, json } => exchange::verify(global, &runs, against.as_deref(), json).await,
        }
    })
}

async fn agree(global: &Global, names: &[String], guideline: &Guideline, json: bool) -> color_eyre::Result<ExitCode> {
    let store = global.store_with_runs().await?;
    let (mut runs, mut labels) = (Vec::new(), Labelled::default());
    let mut given: BTreeSet<(u32, String)> = BTreeSet::new();
    for name in names {
        let info = store.find_run(name).await?;
        if !runs.contains(&info) {
            labels.extend(store.rated(&info.id).await?);
            given.extend(store.guidelines(&info.id).await?);
            runs.push(info);
        }
    }
    let found = Agreement::of(&runs, &labels);
    let edited = edited(&given, guideline);
    if json {
        let guidelines = given.into_iter().map(|(version, hash)| Given { version, hash }).collect();
        print(&visible(&Told { found: &found, guidelines })?)?;
    } else if found.comparable() {
        let bold = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let mut document = agreement(&runs, &found);
        document.lead.extend(edited);
        print(&document.render(Layout::Text { bold }))?;
    } else {
        print(&nothing(&found))?;
        edited.iter().try_for_each(|words| print(&format!("{words}\n")))?;
    }
    Ok(ExitCode::SUCCESS)
}

#[derive(Serialize)]
struct Told<'a> {
    #[serde(flatten)]
    found: &'a Agreement,
    /// What the labels were given under.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guidelines: Vec<Given>,
}

#[derive(Serialize)]
struct Given {
    version: u32,
    /// The beginning of the text's hash.
    hash: String,
}

/// A line for each version of the guideline that is known by several texts: somebody edited it and left its version.
fn edited(given: &BTreeSet<(u32, String)>, guideline: &Guideline) -> Vec<String> {
    let mut texts: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
    for (version, hash) in given {
        texts.entry(*version).or_default().insert(hash);
    }
    if let Some(texts) = texts.get_mut(&guideline.version) {
        texts.insert(&guideline.hash);
    }
    let several = texts.into_iter().filter(|(_, texts)| texts.len() > 1);
    several
        .map(|(version, texts)| {
            let texts = texts.into_iter().map(|hash| safe_line(hash, TAB)).collect::<Vec<_>>().join(", ");
            format!(
                "Guideline version {version} has several texts ({texts}): it was edited and kept its version, so annotators \
                 may have gone by different words."
            )
        })
        .collect()
}

fn nothing(found: &Agreement) -> String {
    let annotators = found.annotators.iter().map(|it| format!("{} {}", safe_line(&it.name, TAB), it.labels));
    let so_far = match found.annotators.is_empty() {
        true => "there are no labels".to_owned(),
        false => format!("labels so far: {}", annotators.collect::<Vec<_>>().join(", ")),
    };
    format!("No version has labels of two annotators; {so_far}.\n")
}
