use std::process::ExitCode;

use super::Global;

#[derive(Debug, Default, clap::Args)]
pub struct Args {}

pub fn main(_global: &Global, _args: Args) -> color_eyre::Result<ExitCode> {
    todo!()
}
