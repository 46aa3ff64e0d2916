use std::path::PathBuf;
use std::process::ExitCode;

use ratatui::buffer::Buffer;

use clap::ValueEnum;
use color_eyre::eyre::{WrapErr, bail};

use super::{Global, open, review, runtime};
use fdsp::review::guideline::Guideline;
use fdsp::tui::app::Start;
use fdsp::tui::app::form::Defaults;
use fdsp::tui::app::keymap::Keymap;
use fdsp::tui::bench;
use fdsp::tui::run::Options;
use fdsp::tui::still::{Still, still};
use fdsp::tui::style::{ColourDepth, Theme};
use fdsp::tui::svg;

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Screen {
    Runs,
    Items,
    Steps,
    Live,
    Help,
    Report,
    Scanners,
    Adjudication,
    Lattice,
    /// The review bench on its first card.
    Review,
}

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(long, value_enum)]
    screen: Screen,
    /// Columns and rows, e.g. 160x45.
    #[arg(long, value_name = "WxH", default_value = "160x45", value_parser = size)]
    size: (u16, u16),
    /// Ends in .svg for a picture, in anything else for plain text.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// dark, light, high-contrast, ansi16, or the path of a theme.
    #[arg(long, value_name = "NAME|FILE", default_value = "dark")]
    theme: String,
    /// Default: the run that came with fdsp.
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    #[arg(long, value_name = "ITEM", requires = "run")]
    item: Option<String>,
    /// Whose labels to show.
    #[arg(long, value_name = "NAME", env = "FDSP_ANNOTATOR")]
    annotator: Option<String>,
}

pub fn size(text: &str) -> Result<(u16, u16), String> {
    let parsed = text.split_once('x').and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    match parsed {
        Some((width @ 1..=500, height @ 1..=200)) => Ok((width, height)),
        _ => Err("write columns x rows, e.g. 160x45; at most 500x200".to_owned()),
    }
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let config = global.config()?;
    let theme = Theme::resolve(&args.theme, ColourDepth::True)?;
    let what = match args.screen {
        Screen::Runs => Still::Runs,
        Screen::Items => Still::Items,
        Screen::Steps => Still::Steps,
        Screen::Live => Still::Live,
        Screen::Help => Still::Help,
        Screen::Report => Still::Report,
        Screen::Scanners => Still::Scanners,
        Screen::Adjudication => Still::Adjudication,
        Screen::Lattice => Still::Lattice,
        Screen::Review => {
            let author = open::annotator(args.annotator.clone(), &config);
            let look = bench::run::Options {
                theme: theme.clone(),
                depth: ColourDepth::True,
                theme_chosen: true,
                guideline: Guideline::builtin(),
            };
            let buffer = review::picture(global, args.run.as_deref(), &author, look, args.size)?;
            return write(&args, &buffer, &theme);
        }
    };
    let start = match args.run.clone() {
        Some(run) => Start::Run { run, item: args.item.clone() },
        None => Start::Recorded,
    };
    let options = Options {
        db: global.path()?,
        theme: theme.clone(),
        depth: ColourDepth::True,
        author: open::annotator(args.annotator.clone(), &config),
        start,
        recorded: fdsp::store::RECORDED,
        defaults: Defaults::default(),
        reduced_motion: true,
        keymap: Keymap::default(),
        theme_chosen: true,
        mouse: false,
        place: None,
        restore: false,
        guideline: Guideline::builtin(),
        config,
    };
    let drawn = runtime()?.block_on(still(options, what, args.size));
    let buffer = match drawn {
        Ok(buffer) => buffer,
        Err(words) => bail!(words),
    };
    write(&args, &buffer, &theme)
}

fn write(args: &Args, buffer: &Buffer, theme: &Theme) -> color_eyre::Result<ExitCode> {
    let picture = args.out.extension().is_some_and(|extension| extension == "svg");
    let text = if picture { svg::to_svg(buffer, theme) } else { svg::to_text(buffer) };
    std::fs::write(&args.out, text).wrap_err_with(|| format!("{} cannot be written", args.out.display()))?;
    Ok(ExitCode::SUCCESS)
}
