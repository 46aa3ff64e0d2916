use std::process::ExitCode;
use std::sync::Arc;

use color_eyre::eyre::WrapErr;

use super::guideline::Chosen;
use super::{Global, review, runtime};
use fdsp::core::settings::Settings;
use fdsp::dataset::{Registry, STARTER};
use fdsp::llm::config::{Colour, Config};
use fdsp::review::queue::Wish;
use fdsp::store::RECORDED;
use fdsp::tui::app::Start;
use fdsp::tui::app::form::Defaults;
use fdsp::tui::bench::run as bench;
use fdsp::tui::places;
use fdsp::tui::run::{Leave, Options, run};
use fdsp::tui::style::{ColourDepth, Signs, Theme};

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// Open on this run; default: the one that came with fdsp.
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
    /// Open on this item of the run.
    #[arg(long, value_name = "ITEM", requires = "run")]
    item: Option<String>,
    /// Begin anew, not where the last session ended.
    #[arg(long)]
    fresh: bool,
    /// auto (light or dark as the terminal is), dark, light, high-contrast, ansi16, or the path of a theme; default:
    /// fdsp.toml's, else auto.
    #[arg(long, value_name = "NAME|FILE", env = "FDSP_THEME")]
    theme: Option<String>,
    /// Whose labels these are; default: fdsp.toml's annotator, else the user's name.
    #[arg(long, value_name = "NAME", env = "FDSP_ANNOTATOR")]
    annotator: Option<String>,
    /// Nothing moves by itself, not even a spinner.
    #[arg(long, env = "FDSP_REDUCED_MOTION")]
    reduced_motion: bool,
    /// How many colours the terminal shows; default: fdsp.toml's, else what NO_COLOR, COLORTERM and TERM say.
    #[arg(long, visible_alias = "color", value_name = "HOW", env = "FDSP_COLOUR", value_parser = ["auto", "truecolor", "256", "16", "none"])]
    colour: Option<String>,
    /// Clicks and the wheel act; else the terminal selects as ever. `M` switches it.
    #[arg(long, env = "FDSP_MOUSE")]
    mouse: bool,
    #[command(flatten)]
    guideline: Chosen,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let config = global.config()?;
    let env = |name: &str| std::env::var(name).ok();
    let ui = &config.ui;
    let word = args.colour.as_deref().or(ui.colour.map(Colour::as_str));
    let said = ColourDepth::WORDS.into_iter().find(|(known, _)| Some(*known) == word);
    let depth = said.map_or_else(|| ColourDepth::detect(env), |(_, depth)| depth);
    let (theme, theme_chosen) = theme(args.theme.as_deref(), &config, depth)?;
    let theme = theme.with_signs(Signs::detect(env));
    let restore = args.run.is_none() && !args.fresh;
    let mut start = match args.run {
        Some(run) => Start::Run { run, item: args.item },
        None if RECORDED.is_empty() => Start::Runs,
        None => Start::Recorded,
    };
    let db = global.path()?;
    let author = annotator(args.annotator, &config);
    let guideline = Arc::new(args.guideline.load(&config)?);
    let keymap = global.keymap()?;
    let mut restore = restore;
    loop {
        let options = Options {
            place: places::path_for(&db),
            restore,
            theme_chosen,
            mouse: args.mouse || ui.mouse,
            db: db.clone(),
            theme: theme.clone(),
            depth,
            author: author.clone(),
            start,
            recorded: RECORDED,
            defaults: defaults(&config),
            keymap: keymap.clone(),
            reduced_motion: args.reduced_motion || ui.reduced_motion,
            guideline: guideline.clone(),
            config: config.clone(),
        };
        let runtime = runtime()?;
        let ended = runtime.block_on(run(options));
        // A request that still waits for its server must not keep the program from ending.
        runtime.shutdown_background();
        let Leave::Review { run, blind } = ended.wrap_err("the workbench needs a terminal")? else { break };
        let wish = Wish { runs: vec![run.clone()], blind, ..Wish::default() };
        let look = bench::Options { theme: theme.clone(), depth, theme_chosen, guideline: guideline.clone() };
        review::on_screen(global, wish, &author, false, look)?;
        // The workbench comes back where it was left.
        (start, restore) = (Start::Run { run, item: None }, true);
    }
    Ok(ExitCode::SUCCESS)
}

/// The theme that was named, on the command line or in the settings; where none was, or `auto`, a dark one that the
/// terminal's ground may turn.
pub fn theme(said: Option<&str>, config: &Config, depth: ColourDepth) -> color_eyre::Result<(Theme, bool)> {
    let (name, place) = match (said, &config.theme) {
        (Some(name), _) => (name, None),
        (None, Some(name)) => (name.as_str(), config.place_of_theme()),
        (None, None) => ("auto", None),
    };
    let chosen = name != "auto";
    let theme = Theme::resolve(if chosen { name } else { "dark" }, depth);
    let theme = match place {
        Some(place) => theme.wrap_err_with(|| format!("{place}: ui.theme"))?,
        None => theme?,
    };
    Ok((theme, chosen))
}

/// Who labels: the argument, the configuration, the user's name.
pub fn annotator(said: Option<String>, config: &Config) -> String {
    let user = || ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    let named = |name: &String| !name.trim().is_empty();
    said.filter(named)
        .or_else(|| config.annotator.clone())
        .or_else(|| user().filter(named))
        .unwrap_or_else(|| "analyst".to_owned())
}

fn defaults(config: &Config) -> Defaults {
    let mut datasets = vec![STARTER.to_owned()];
    // A registry that cannot be read is told by `fdsp dataset list`; the form works without it.
    if let Ok(registry) = Registry::of_user() {
        datasets.extend(registry.entries().map(|entry| entry.name.clone()).filter(|name| name != STARTER));
    }
    let models =
        config.models.iter().map(|(name, entry)| (name.clone(), entry.base_url.clone().unwrap_or_default())).collect();
    let priced = config.models.iter().filter_map(|(name, entry)| Some((name.clone(), entry.prices?)));
    let prices = priced.collect();
    Defaults { datasets, models, prices, settings: Settings::default() }
}
