use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::WrapErr;
use fdsp::core::escape::{TAB, line as safe_line, visible};
use fdsp::core::settings::VerdictMode;
use fdsp::dataset::{self, Format, Options, Quarantined, Registry};
use fdsp::exchange::columns::Columns;
use fdsp::exchange::intake::{self, Wishes};
use fdsp::exchange::{Collected, artifact, table};
use fdsp::scanner::Scanner;
use serde_json::json;

use super::Global;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// A run that `fdsp export` wrote, plain or compressed.
    Run { file: PathBuf },
    /// Outputs in the folder layout of the FDSP paper's artifact: a folder per item.
    ///
    /// Each folder holds generate_code.py and, where the approach refined it, Direct_prompting.py, Self_Debug.py,
    /// Directly_giving_bandit_feedback.py, Verbalization.py and strategies.py (FDSP).
    FdspArtifact {
        dir: PathBuf,
        #[command(flatten)]
        wishes: Wanted,
    },
    /// Outputs in rows: JSON Lines, a JSON array or CSV.
    ///
    /// A row per item (`generated=…,direct=…,fdsp=…`), or per item and approach (`generated=…,approach=…,code=…` and
    /// `solution=…,iteration=…` for several versions). A name is a field or a path with dots.
    Jsonl {
        file: PathBuf,
        /// Which field is which: id prompt cwe area model generated, direct self-debug feedback verbalize fdsp or
        /// approach code solution iteration, label annotator reasons comment.
        #[arg(long, value_name = "FIELD=NAME,…")]
        map: String,
        /// auto, jsonl, json or csv.
        #[arg(long, value_name = "NAME", default_value_t)]
        format: Format,
        #[command(flatten)]
        wishes: Wanted,
    },
}

/// What both kinds of outputs are told.
#[derive(Debug, clap::Args)]
pub struct Wanted {
    /// Scans every version: bandit, ruff, or auto (bandit where it is installed, else ruff).
    #[arg(long, value_name = "S", default_value = "auto")]
    scanner: String,
    /// strict: suppressed findings count and unparsable code is invalid; paper: the scanner's results list alone.
    #[arg(long, value_name = "MODE", default_value_t)]
    verdict: VerdictMode,
    /// Who wrote the code; default: what the rows say, else `unknown`.
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// The run's name in the store.
    #[arg(long, value_name = "RUN")]
    name: Option<String>,
    /// A data set, by name or path, whose prompts belong to the items of the same ids.
    #[arg(long, value_name = "NAME|PATH")]
    prompts: Option<String>,
    /// Print one JSON object with the runs and everything that was not read.
    #[arg(long)]
    json: bool,
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    match command {
        Command::Run { file } => {
            let bytes = std::fs::read(&file).wrap_err_with(|| file.display().to_string())?;
            super::runtime()?.block_on(async {
                let imported =
                    global.store().await?.import(&bytes).await.wrap_err_with(|| file.display().to_string())?;
                println!("{}", imported.run);
                Ok(ExitCode::SUCCESS)
            })
        }
        Command::FdspArtifact { dir, wishes } => take_in(global, artifact::read(&dir)?, wishes),
        Command::Jsonl { file, map, format, wishes } => {
            let columns: Columns = map.parse().wrap_err("--map")?;
            take_in(global, table::read(&file, &columns, format)?, wishes)
        }
    }
}

fn take_in(global: &Global, collected: Collected, wanted: Wanted) -> color_eyre::Result<ExitCode> {
    let prompts = match &wanted.prompts {
        Some(spec) => {
            let set = dataset::open(spec, &Registry::of_user()?, Format::Auto, &Options::default());
            Some(set.wrap_err("--prompts")?)
        }
        None => None,
    };
    let wishes = Wishes { verdict: wanted.verdict, model: wanted.model, name: wanted.name };
    let Collected { quarantined, set_aside, empty, .. } = collected.clone();
    let taken = super::runtime()?.block_on(async {
        let scanner = Scanner::open(&wanted.scanner).await?;
        let taken = intake::take_in(&global.store().await?, &scanner, collected, prompts.as_ref(), &wishes).await;
        scanner.close().await;
        color_eyre::Result::<_>::Ok(taken?)
    })?;
    if wanted.json {
        let report = json!({"runs": taken, "quarantined": quarantined, "set_aside": set_aside, "empty": empty});
        println!("{report}");
        return Ok(ExitCode::SUCCESS);
    }
    for one in &taken {
        println!("{}", one.run);
        eprintln!("{}: {}", one.run, visible(&intake::summary(one)));
    }
    list("quarantined", "no part of any item", &quarantined);
    list("set aside", "not read", &set_aside);
    if !empty.is_empty() {
        eprintln!("empty code, invalid in strict mode and secure in paper mode: {}", empty.len());
        empty.iter().for_each(|place| eprintln!("  {}", safe_line(place, TAB)));
    }
    Ok(ExitCode::SUCCESS)
}

fn list(what: &str, why: &str, rows: &[Quarantined]) {
    if rows.is_empty() {
        return;
    }
    eprintln!("{what} ({why}): {}", rows.len());
    for row in rows {
        let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
        let field = row.field.as_ref().map(|field| format!(" field `{field}`")).unwrap_or_default();
        eprintln!("  {}", safe_line(&format!("{}{line}:{field} {}", row.file, row.reason), TAB));
    }
}
