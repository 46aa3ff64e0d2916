use std::process::ExitCode;

use super::Global;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List the data sets that are known by name.
    List,
}

pub fn main(_global: &Global, _command: Command) -> color_eyre::Result<ExitCode> {
    todo!()
}
