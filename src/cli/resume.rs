use std::process::ExitCode;

use super::progress::{self, Style};
use super::{Global, runtime};
use fdsp::runner::plan::reopen;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run to go on with; a unique beginning of its name is enough.
    run: String,
    /// Items under way at once.
    #[arg(long, value_name = "N", default_value_t = 4)]
    concurrency: usize,
    /// One JSON event a line; the last one is `finished`.
    #[arg(long)]
    json: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let config = global.config()?;
    runtime()?.block_on(async {
        let store = global.store().await?;
        let run = store.find_run(&args.run).await?.id;
        let runner = reopen(&run, &store, &config, args.concurrency).await?;
        progress::follow(runner, Style::choose(args.json)).await
    })
}
