use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::{WrapErr, bail};

use super::Global;
use super::show::{print, table};
use fdsp::approach::template::{BUILTIN, Builtin};
use fdsp::core::text::sha256_hex;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Print this template; without it all are listed.
    name: Option<String>,
    /// Write NAME.txt, or every template, into this folder, for editing; then `fdsp run --templates DIR`.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// One JSON array instead of a table.
    #[arg(long, conflicts_with_all = ["name", "out"])]
    json: bool,
}

pub fn main(_: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let chosen: Vec<&Builtin> = match &args.name {
        None => BUILTIN.iter().collect(),
        Some(name) => match BUILTIN.iter().find(|builtin| builtin.name == name) {
            Some(builtin) => vec![builtin],
            None => {
                let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
                bail!("there is no template `{name}`; the names are: {}", names.join(" "));
            }
        },
    };
    match (&args.out, args.name) {
        (Some(folder), _) => write(folder, &chosen)?,
        (None, Some(_)) => chosen.iter().try_for_each(|builtin| print(builtin.source))?,
        (None, None) if args.json => {
            print(&format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&json(&chosen))?)))?
        }
        (None, None) => {
            let row = |builtin: &&Builtin| {
                let hash = sha256_hex(builtin.source);
                vec![builtin.name.to_owned(), hash.chars().take(12).collect(), builtin.variables.join(" ")]
            };
            print(&table(&["template", "SHA-256", "variables"], chosen.iter().map(row)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn json(chosen: &[&Builtin]) -> serde_json::Value {
    let one = |builtin: &&Builtin| {
        serde_json::json!({
            "name": builtin.name, "sha256": sha256_hex(builtin.source), "variables": builtin.variables,
            "source": builtin.source,
        })
    };
    chosen.iter().map(one).collect()
}

/// A file that is there already is somebody's work: none is touched.
fn write(folder: &PathBuf, chosen: &[&Builtin]) -> color_eyre::Result<()> {
    std::fs::create_dir_all(folder).wrap_err_with(|| format!("{} cannot be made", folder.display()))?;
    let path = |builtin: &Builtin| folder.join(format!("{}.txt", builtin.name));
    if let Some(known) = chosen.iter().map(|builtin| path(builtin)).find(|path| path.exists()) {
        bail!("{} is there already; nothing was written: name another folder or move it away", known.display());
    }
    for builtin in chosen {
        let path = path(builtin);
        let file = OpenOptions::new().write(true).create_new(true).open(&path);
        file.and_then(|mut file| file.write_all(builtin.source.as_bytes()))
            .wrap_err_with(|| format!("{} cannot be written", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}
