use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;

use super::Global;

#[derive(Debug, clap::Args)]
pub struct Args {
    shell: Shell,
}

pub fn main(_global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    clap_complete::generate(args.shell, &mut super::Cli::command(), "fdsp", &mut std::io::stdout());
    Ok(ExitCode::SUCCESS)
}
