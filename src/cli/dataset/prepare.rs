use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use fdsp::dataset::{self, Registry, stats};
use fdsp::sandbox::{Interpreter, environment};
use indicatif::ProgressBar;

use super::{Reading, shown};

/// Install what a data set's programs import into an environment of its own, which its tests then use.
///
/// The list is printed first; nothing is installed without a yes.
#[derive(Debug, Parser)]
pub struct Args {
    /// A data set by name (`fdsp dataset list`) or by path.
    name: String,
    #[command(flatten)]
    reading: Reading,
    /// The Python that the environment is made with; default: FDSP_PYTHON, else python3.
    #[arg(long, value_name = "FILE")]
    python: Option<PathBuf>,
    /// Install without asking.
    #[arg(long)]
    yes: bool,
}

/// Exit code 0: all is there; 1: some packages could not be installed, or nobody said yes.
pub fn main(args: Args) -> color_eyre::Result<ExitCode> {
    let set = dataset::open(&args.name, &Registry::of_user()?, args.reading.format, &args.reading.options())?;
    let folder = environment::folder(&set.name)?;
    let base = Interpreter::find(args.python.as_deref())?;
    let own = environment::python_of(&set.name);
    let modules = stats::imports(&set.items);
    let lacking = environment::lacking(own.as_deref().unwrap_or(&base.program), &modules)?;
    println!("{}: {} modules imported, {} of them not there", shown(&set.name), modules.len(), lacking.len());
    if lacking.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for module in &lacking {
        let (package, known) = environment::package_of(module);
        println!("  {package}{}", if known || package == module { "" } else { "  (a guess)" });
    }
    println!("to be installed from PyPI into {}", shown(&folder.display().to_string()));
    if !args.yes && !agreed()? {
        println!("nothing was installed; --yes installs without asking");
        return Ok(ExitCode::FAILURE);
    }
    let python = environment::create(&base.program, &folder)?;
    let bar = ProgressBar::new(lacking.len() as u64);
    let mut failed = Vec::new();
    for module in &lacking {
        let (package, _) = environment::package_of(module);
        bar.set_message(package.to_owned());
        if let Err(error) = environment::install(&python, package) {
            failed.push(format!("{package}: {error}"));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    for line in &failed {
        println!("{}", shown(line));
    }
    println!("{} installed, {} failed", lacking.len() - failed.len(), failed.len());
    Ok(ExitCode::from(u8::from(!failed.is_empty())))
}

fn agreed() -> std::io::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(false);
    }
    print!("Install them? [y/N] ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
