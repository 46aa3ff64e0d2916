use std::path::PathBuf;
use std::process::ExitCode;

use super::Global;
use super::show::{print, table};
use fdsp::core::escape::visible;
use fdsp::tui::app::keymap;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Read this file and say whether it can be used; 2: it cannot.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["default", "json"])]
    check: Option<PathBuf>,
    /// Print a keys.toml with every command and its keys, to start from.
    #[arg(long, conflicts_with = "json")]
    default: bool,
    /// One JSON array instead of a table.
    #[arg(long)]
    json: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    if args.default {
        print(&keymap::defaults())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Some(path) = &args.check {
        let lines = keymap::table(&keymap::read(path)?);
        let own = lines.iter().filter(|line| line.default.is_some()).count();
        let words = if own == 1 { "1 command has keys" } else { &format!("{own} commands have keys") };
        print(&format!("{}: {words} of its own, no key means two things\n", visible(&path.display().to_string())))?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = keymap::table(&global.keymap()?);
    if args.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&lines)?))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows = lines.iter().map(|line| {
        // Two spaces: one stands inside a sequence.
        let keys = if line.keys.is_empty() { "(none)".to_owned() } else { line.keys.join("  ") };
        let was = line.default.as_ref().map(|keys| keys.join("  ")).unwrap_or_default();
        [line.command, &keys, &was, line.category, &line.places, line.help].map(str::to_owned).to_vec()
    });
    print(&table(&["command", "keys", "instead of", "category", "where", "what it does"], rows))?;
    Ok(ExitCode::SUCCESS)
}
