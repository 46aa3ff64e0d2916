//! Floor 5: one file per subcommand. Parses arguments, calls a room, prints.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use fdsp::llm::config::Config;
use fdsp::store::Store;

mod completions;
mod config;
mod dataset;
mod export;
mod guideline;
mod import;
mod labels;
mod log;
mod open;
mod patch;
mod play;
mod progress;
mod recompute;
mod render;
mod report;
mod rescan;
mod resume;
mod review;
mod run;
mod runs;
mod sandbox;
mod scan;
mod show;
mod templates;
mod test;
mod testing;

/// Generate Python with a model, scan it, propose solutions, refine, watch every step, label each fix.
///
/// Without a subcommand the workbench opens.
#[derive(Debug, Parser)]
#[command(name = "fdsp", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, clap::Args)]
pub struct Global {
    /// The store; default: `fdsp/store.db` in the user's data directory.
    #[arg(long, env = "FDSP_DB", value_name = "FILE", global = true)]
    pub db: Option<PathBuf>,
    /// Settings; default: `./fdsp.toml`, else `fdsp/fdsp.toml` in the user's configuration directory.
    #[arg(long, env = "FDSP_CONFIG", value_name = "FILE", global = true)]
    pub config: Option<PathBuf>,
}

impl Global {
    pub async fn store(&self) -> color_eyre::Result<Store> {
        Ok(Store::open(&self.path()?).await?)
    }

    /// Where the store is.
    pub fn path(&self) -> color_eyre::Result<PathBuf> {
        Ok(match &self.db {
            Some(path) => path.clone(),
            None => fdsp::store::default_path()?,
        })
    }

    /// The store for commands about runs that are there: an empty one gets those that come with the program first.
    pub async fn store_with_runs(&self) -> color_eyre::Result<Store> {
        let store = self.store().await?;
        if store.runs().await?.is_empty() {
            for bytes in fdsp::store::RECORDED {
                store.import_recorded(bytes).await?;
            }
        }
        Ok(store)
    }

    pub fn config(&self) -> color_eyre::Result<Config> {
        Ok(Config::load(self.config.as_deref())?)
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the workbench (the default).
    Open(open::Args),
    /// Generate, scan and refine over a data set.
    Run(run::Args),
    /// Go on with a run that was stopped, by whatever.
    Resume(resume::Args),
    /// List the runs of the store.
    Runs(runs::Args),
    /// Show how well untrusted code is held back here.
    Sandbox(sandbox::Args),
    /// Judge the versions of a stored run by their items' tests, in the sandbox.
    Test(test::Args),
    /// Show a run, or one item of it with every event.
    Show(show::Args),
    /// The study's tables and figures over one run or several.
    Report(report::Args),
    /// Derive every number of a run again from its events; fails if any differs from what is stored.
    Recompute(recompute::Args),
    /// Write a run: to be imported again, as CSV, or as SARIF.
    Export(export::Args),
    /// Read a run, or other people's outputs.
    #[command(subcommand)]
    Import(import::Command),
    /// What annotators go by: print it, or write a file to edit.
    Guideline(guideline::Args),
    /// What annotators say of the versions, and how well they agree.
    #[command(subcommand)]
    Labels(labels::Command),
    /// Label fixes one after the other: queue, blind sittings, leases, drift.
    Review(review::Args),
    /// Run the approach on a file of your own.
    Patch(patch::Args),
    /// Scan Python files.
    Scan(scan::Args),
    /// Have another scanner look at every version of the code in a run.
    Rescan(rescan::Args),
    /// Check, list and add data sets.
    #[command(subcommand)]
    Dataset(dataset::Command),
    /// Write and check the settings file that names the models.
    #[command(subcommand)]
    Config(config::Command),
    /// List the prompt templates, print one, or write them to a folder for editing.
    Templates(templates::Args),
    /// Draw a screen of the workbench to a file.
    Render(render::Args),
    /// Play one recorded item as a show: in the terminal, as an asciicast, as pictures.
    Play(play::Args),
    /// Print completions for a shell.
    Completions(completions::Args),
}

pub fn main() -> ExitCode {
    quiet_panics();
    let cli = Cli::parse();
    if let Ok(store) = cli.global.path() {
        log::start(&store);
    }
    let result = match cli.command.unwrap_or(Command::Open(open::Args::default())) {
        Command::Open(args) => open::main(&cli.global, args),
        Command::Run(args) => run::main(&cli.global, args),
        Command::Resume(args) => resume::main(&cli.global, args),
        Command::Runs(args) => runs::main(&cli.global, args),
        Command::Sandbox(args) => sandbox::main(args),
        Command::Test(args) => test::main(&cli.global, args),
        Command::Show(args) => show::main(&cli.global, args),
        Command::Report(args) => report::main(&cli.global, args),
        Command::Recompute(args) => recompute::main(&cli.global, args),
        Command::Export(args) => export::main(&cli.global, args),
        Command::Import(command) => import::main(&cli.global, command),
        Command::Guideline(args) => guideline::main(&cli.global, args),
        Command::Labels(command) => labels::main(&cli.global, command),
        Command::Review(args) => review::main(&cli.global, args),
        Command::Patch(args) => patch::main(&cli.global, args),
        Command::Scan(args) => scan::main(&cli.global, args),
        Command::Rescan(args) => rescan::main(&cli.global, args),
        Command::Dataset(command) => dataset::main(&cli.global, command),
        Command::Config(command) => config::main(&cli.global, command),
        Command::Templates(args) => templates::main(&cli.global, args),
        Command::Render(args) => render::main(&cli.global, args),
        Command::Play(args) => play::main(&cli.global, args),
        Command::Completions(args) => completions::main(&cli.global, args),
    };
    match result {
        Ok(code) => code,
        Err(report) => {
            // An error may quote what a server or a file said.
            eprintln!("fdsp: {}", fdsp::core::escape::visible(&format!("{report:#}")));
            ExitCode::from(2)
        }
    }
}

/// The runtime of every subcommand that waits for something.
pub fn runtime() -> color_eyre::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Standard output for long texts: a reader that has had enough ends us as quietly as `print!` does.
struct Pipe;

impl std::io::Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        closed(std::io::stdout().write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        closed(std::io::stdout().flush())
    }
}

fn closed<T>(result: std::io::Result<T>) -> std::io::Result<T> {
    if result.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe) {
        std::process::exit(141);
    }
    result
}

/// A reader that closes its pipe ends us without a word, as it ends other programs; and what ruff stumbles over on
/// its own threads is caught there and told as an error.
fn quiet_panics() {
    let next = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if fdsp::python::on_worker_thread() {
            return;
        }
        if panic.payload_as_str().is_some_and(|words| words.starts_with("failed printing to std")) {
            std::process::exit(141);
        }
        next(panic);
    }));
}
