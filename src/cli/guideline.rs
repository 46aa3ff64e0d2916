use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use color_eyre::eyre::{WrapErr, bail};
use fdsp::core::escape::visible;
use fdsp::core::label::LabelVerdict;
use fdsp::llm::config::Config;
use fdsp::review::guideline::{DEFAULT, FILE_NAME, Guideline};

use super::Global;
use super::show::print;

/// Which guideline holds.
#[derive(Debug, Default, clap::Args)]
pub struct Chosen {
    /// What annotators go by; default: fdsp.toml's guideline, else `guideline.toml` beside it, else the one built in.
    #[arg(long, value_name = "FILE", env = "FDSP_GUIDELINE")]
    pub guideline: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    chosen: Chosen,
    /// The text it was read from.
    #[arg(long, conflicts_with = "json")]
    toml: bool,
    /// One JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Write the built-in guideline to a file for editing.
    Init {
        /// Default: `guideline.toml` beside fdsp.toml, else here.
        #[arg(long, value_name = "FILE")]
        path: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    if let Some(Command::Init { path, force }) = args.command {
        let path = match path {
            Some(path) => path,
            None => beside(&global.config()?),
        };
        return init(&path, force);
    }
    let guideline = args.chosen.load(&global.config()?)?;
    if args.toml {
        print(&guideline.source)?;
    } else if args.json {
        print(&format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&guideline)?)))?;
    } else {
        print(&text(&guideline))?;
    }
    Ok(ExitCode::SUCCESS)
}

impl Chosen {
    /// # Errors
    /// When a file that is named cannot be read, or one is no guideline: file, line, field and what to do.
    pub fn load(&self, config: &Config) -> color_eyre::Result<Guideline> {
        let named = self.guideline.clone().or_else(|| config.guideline.clone());
        let beside = Some(beside(config)).filter(|path| path.exists());
        let Some(path) = named.or(beside) else { return Ok((*Guideline::builtin()).clone()) };
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(&path)
            .wrap_err_with(|| format!("the guideline {shown} cannot be read; fdsp guideline init writes one"))?;
        Ok(Guideline::parse(&shown, &text)?)
    }
}

/// The guideline's file in the folder of the settings.
fn beside(config: &Config) -> PathBuf {
    config.path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(FILE_NAME)
}

fn init(path: &Path, force: bool) -> color_eyre::Result<ExitCode> {
    let shown = path.display().to_string();
    let opened = if force { File::create(path) } else { OpenOptions::new().write(true).create_new(true).open(path) };
    match opened {
        Ok(mut file) => file.write_all(DEFAULT.as_bytes()).wrap_err_with(|| format!("cannot write {shown}"))?,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("{shown} is there already and is left as it is; give --force to replace it, or --path for another")
        }
        Err(error) => bail!("cannot write {shown}: {error}"),
    }
    println!("wrote {}; edit it and raise its version, then: fdsp guideline", visible(&shown));
    Ok(ExitCode::SUCCESS)
}

fn text(guideline: &Guideline) -> String {
    let mut text = format!("{}\nversion {} · {}\n\n", guideline.title.trim(), guideline.version, guideline.hash);
    let introduction = guideline.introduction.trim();
    if !introduction.is_empty() {
        text.push_str(&format!("{introduction}\n\n"));
    }
    for verdict in LabelVerdict::EVERY {
        let meaning = guideline.verdicts.of(verdict).trim();
        text.push_str(format!("{verdict:<12} {meaning}").trim_end());
        text.push('\n');
    }
    if !guideline.reasons.is_empty() {
        let word = if guideline.require_reason { "one at least" } else { "any number, or none" };
        text.push_str(&format!("\nreasons for unrealistic, {word}\n"));
    }
    for reason in &guideline.reasons {
        text.push_str(&format!("\n  {}  {}  ({})\n", reason.key, reason.name, reason.id));
        for line in reason.meaning.trim().lines() {
            text.push_str(&format!("     {line}\n"));
        }
        if let Some(example) = &reason.example {
            text.push_str(&format!("     e.g. {}\n", example.trim()));
        }
    }
    text.lines().map(|line| format!("{}\n", visible(line))).collect()
}
