use std::process::ExitCode;

use fdsp::core::projection::RunSummary;

use super::Global;
use super::show::{print, table};

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// One JSON array instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let runs = super::runtime()?.block_on(async {
        let store = global.store().await?;
        Ok::<_, color_eyre::Report>(store.runs().await?)
    })?;
    if args.json {
        print(&format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&runs)?)))?;
    } else if runs.is_empty() {
        print("No runs yet; `fdsp run --help` says how to start one.\n")?;
    } else {
        let head = [
            "run",
            "data set",
            "model",
            "approaches",
            "J",
            "K",
            "n",
            "items",
            "vulnerable",
            "fixed",
            "labelled",
            "calls",
            "state",
            "when",
        ];
        print(&table(&head, runs.iter().map(row)))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn row(run: &RunSummary) -> Vec<String> {
    let settings = &run.info.settings;
    let refines = settings.approaches.iter().any(|id| id.refines());
    let tries = |count: u32| if refines && count > 0 { count.to_string() } else { "–".to_owned() };
    vec![
        run.info.id.clone(),
        run.info.dataset.clone(),
        run.info.model.name.clone(),
        settings.approaches.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(","),
        tries(settings.solutions),
        tries(settings.iterations),
        settings.samples.to_string(),
        run.items.to_string(),
        run.vulnerable.to_string(),
        run.fixed.to_string(),
        format!("{}/{}", run.labelled, run.fixes),
        run.calls.to_string(),
        state(run),
        run.info.started.strftime("%Y-%m-%d %H:%M").to_string(),
    ]
}

/// How far a run has come, in words.
pub fn state(run: &RunSummary) -> String {
    let mut words = match run.done >= run.items {
        true => "done".to_owned(),
        false => format!("{}/{} done", run.done, run.items),
    };
    if run.failed > 0 {
        words.push_str(&format!(", {} failed", run.failed));
    }
    if run.info.recorded {
        words.push_str(", recorded");
    }
    if run.info.model.is_imported() {
        words.push_str(", imported");
    }
    words
}
