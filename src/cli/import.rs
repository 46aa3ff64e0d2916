use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::WrapErr;

use super::Global;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// A run that `fdsp export` wrote, plain or compressed.
    Run { file: PathBuf },
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    let Command::Run { file } = command;
    let bytes = std::fs::read(&file).wrap_err_with(|| file.display().to_string())?;
    super::runtime()?.block_on(async {
        let imported = global.store().await?.import(&bytes).await.wrap_err_with(|| file.display().to_string())?;
        println!("{}", imported.run);
        Ok(ExitCode::SUCCESS)
    })
}
