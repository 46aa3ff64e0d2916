use std::io::IsTerminal;
use std::process::ExitCode;

use fdsp::core::escape::{TAB, line as safe_line};
use fdsp::metrics::agreement::{Agreement, Labelled};
use fdsp::report::{Layout, agreement, visible};

use super::Global;
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
    },
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    match command {
        Command::Agreement { runs, json } => super::runtime()?.block_on(agree(global, &runs, json)),
    }
}

async fn agree(global: &Global, names: &[String], json: bool) -> color_eyre::Result<ExitCode> {
    let store = global.store_with_runs().await?;
    let (mut runs, mut labels) = (Vec::new(), Labelled::default());
    for name in names {
        let info = store.find_run(name).await?;
        if !runs.contains(&info) {
            labels.extend(store.rated(&info.id).await?);
            runs.push(info);
        }
    }
    let found = Agreement::of(&runs, &labels);
    if json {
        print(&visible(&found)?)?;
    } else if found.comparable() {
        let bold = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        print(&agreement(&runs, &found).render(Layout::Text { bold }))?;
    } else {
        print(&nothing(&found))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn nothing(found: &Agreement) -> String {
    let annotators = found.annotators.iter().map(|it| format!("{} {}", safe_line(&it.name, TAB), it.labels));
    let so_far = match found.annotators.is_empty() {
        true => "there are no labels".to_owned(),
        false => format!("labels so far: {}", annotators.collect::<Vec<_>>().join(", ")),
    };
    format!("No version has labels of two annotators; {so_far}.\n")
}
