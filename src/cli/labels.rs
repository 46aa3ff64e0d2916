use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::process::ExitCode;

use fdsp::core::escape::{TAB, line as safe_line};
use fdsp::metrics::agreement::{Agreement, Labelled};
use fdsp::report::{Layout, agreement, visible};
use fdsp::review::guideline::Guideline;
use serde::Serialize;

use super::Global;
use super::guideline::Chosen;
use super::show::print;

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
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    match command {
        Command::Agreement { runs, json, guideline } => {
            let guideline = guideline.load(&global.config()?)?;
            super::runtime()?.block_on(agree(global, &runs, &guideline, json))
        }
    }
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
