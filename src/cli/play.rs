use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use color_eyre::eyre::{WrapErr, bail, eyre};

use super::{Global, open, render, runtime};
use fdsp::core::escape;
use fdsp::core::ids::ApproachId;
use fdsp::tui::app::Start;
use fdsp::tui::app::form::Defaults;
use fdsp::tui::app::replay::SPEEDS;
use fdsp::tui::run::Options;
use fdsp::tui::show::{Cast, Manner, Show, perform};
use fdsp::tui::style::{ColourDepth, Signs, Theme};
use fdsp::tui::svg;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "RUN")]
    run: String,
    #[arg(value_name = "ITEM")]
    item: String,
    /// This approach alone, with the generation that it starts from; default: all, one after the other.
    #[arg(long, value_name = "APPROACH")]
    approach: Option<ApproachId>,
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    sample: u32,
    /// Times the recorded speed: 0.25 0.5 1 2 4 8 16 32.
    #[arg(long, value_name = "N", default_value = "8", value_parser = speed)]
    speed: f64,
    /// How long it stays at findings and at the stop condition.
    #[arg(long, value_name = "SECONDS", default_value = "2", value_parser = seconds)]
    pause: Duration,
    /// Write the show as an asciicast (version 2) instead of showing it; takes no time.
    #[arg(long, value_name = "FILE")]
    cast: Option<PathBuf>,
    /// Write pictures instead: FILE.svg (or text) of the end or of --at, or one for each pause into a folder.
    #[arg(long, value_name = "FILE|FOLDER")]
    svg: Option<PathBuf>,
    /// The picture after this many events.
    #[arg(long, value_name = "N", requires = "svg")]
    at: Option<usize>,
    /// Columns and rows of what is written, e.g. 100x30.
    #[arg(long, value_name = "WxH", default_value = "120x36", value_parser = render::size)]
    size: (u16, u16),
    /// dark, light, high-contrast, ansi16, or the path of a theme; default: fdsp.toml's, else dark.
    #[arg(long, value_name = "NAME|FILE", env = "FDSP_THEME")]
    theme: Option<String>,
}

fn speed(text: &str) -> Result<f64, String> {
    let known = || SPEEDS.map(|speed| speed.to_string()).join(" ");
    text.parse().ok().filter(|speed| SPEEDS.contains(speed)).ok_or_else(|| format!("write one of {}", known()))
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = text.parse().ok().filter(|seconds| (0.0..=600.0).contains(seconds));
    seconds.map(Duration::from_secs_f64).ok_or_else(|| "write seconds, from 0 to 600".to_owned())
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let writes = args.cast.is_some() || args.svg.is_some();
    if !writes && !std::io::stdout().is_terminal() {
        bail!("standard output is no terminal: --cast FILE or --svg FILE writes the show");
    }
    let config = global.config()?;
    let env = |name: &str| std::env::var(name).ok();
    let said = args.theme.clone().or_else(|| config.theme.clone()).filter(|name| name != "auto");
    let name = said.unwrap_or_else(|| "dark".to_owned());
    // What is written must not hang on the terminal that it is written in.
    let (depth, signs) = match writes {
        true => (ColourDepth::True, Signs::UNICODE),
        false => (ColourDepth::detect(env), Signs::detect(env)),
    };
    let theme = Theme::resolve(&name, depth)?.with_signs(signs);
    let manner = Manner { approach: args.approach, sample: args.sample - 1, speed: args.speed, pause: args.pause };
    let runtime = runtime()?;
    let open = || {
        let options = Options {
            db: global.path()?,
            theme: theme.clone(),
            depth,
            author: open::annotator(None, &config),
            start: Start::Run { run: args.run.clone(), item: Some(args.item.clone()) },
            recorded: fdsp::store::RECORDED,
            defaults: Defaults::default(),
            reduced_motion: true,
            theme_chosen: true,
            mouse: false,
            place: None,
            restore: false,
            config: config.clone(),
        };
        runtime.block_on(Show::open(options, manner, args.size)).map_err(|words| eyre!(words))
    };
    if let Some(path) = &args.cast {
        let mut cast = Cast::new(args.size, &format!("fdsp play {} {}", args.run, args.item));
        let end = open()?.record(|_, at, frame| cast.frame(at, frame));
        write(path, &cast.finish(end))?;
    }
    if let Some(path) = &args.svg {
        pictures(open()?, path, args.at, &theme)?;
    }
    if !writes {
        let show = open()?;
        let ended = runtime.block_on(perform(show));
        ended.wrap_err("the show needs a terminal")?;
    }
    runtime.shutdown_background();
    Ok(ExitCode::SUCCESS)
}

fn pictures(mut show: Show, path: &Path, at: Option<usize>, theme: &Theme) -> color_eyre::Result<()> {
    let picture = |path: &Path, frame| match path.extension().is_some_and(|extension| extension == "svg") {
        true => write(path, &svg::to_svg(frame, theme)),
        false => write(path, &svg::to_text(frame)),
    };
    if path.extension().is_some() && !path.is_dir() {
        let end = show.place().1;
        show.seek(at.unwrap_or(end)).map_err(|words| eyre!(words))?;
        return picture(path, &show.frame(false));
    }
    std::fs::create_dir_all(path).wrap_err_with(|| format!("{} cannot be made", path.display()))?;
    if let Some(at) = at {
        show.seek(at).map_err(|words| eyre!(words))?;
        return picture(&path.join(format!("{at:03}-{}.svg", show.name())), &show.frame(false));
    }
    let mut rests = Vec::new();
    show.record(|show, _, frame| {
        if show.rests() {
            rests.push((format!("{:03}-{}.svg", show.place().0, show.name()), frame.clone()));
        }
    });
    for (name, frame) in &rests {
        picture(&path.join(name), frame)?;
        println!("{}", escape::visible(&path.join(name).display().to_string()));
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> color_eyre::Result<()> {
    std::fs::write(path, text).wrap_err_with(|| format!("{} cannot be written", path.display()))
}
