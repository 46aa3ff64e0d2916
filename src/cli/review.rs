use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use color_eyre::eyre::{WrapErr, bail, eyre};
use ratatui::buffer::Buffer;

use super::guideline::Chosen;
use super::open::{annotator, theme};
use super::{Global, runtime};
use fdsp::core::hint::HintKind;
use fdsp::core::ids::ApproachId;
use fdsp::desk::{Desk, Order, Progress};
use fdsp::review::guideline::Guideline;
use fdsp::review::queue::{self, Wish};
use fdsp::store::Store;
use fdsp::tui::bench::plain::plain;
use fdsp::tui::bench::run::{Options, run};
use fdsp::tui::bench::still::still;
use fdsp::tui::bench::view::figures;
use fdsp::tui::style::{ColourDepth, Signs};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runs' names, or beginnings of them; default: the run with most fixes that came with fdsp.
    #[arg(value_name = "RUN")]
    runs: Vec<String>,
    /// Show nothing but prompt, before and after, in shuffled order.
    #[arg(long)]
    blind: bool,
    /// run, shuffled, approach, model, cwe, disagreement, low-agreement or hints.
    #[arg(long, value_name = "ORDER", default_value = "run")]
    order: queue::Order,
    /// Annotators who shall label each version.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    overlap: u32,
    /// Every refinement, not the fixes alone.
    #[arg(long)]
    every: bool,
    /// Share of labels after which one of your own comes again, to measure drift; at most 0.5.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    repeat: f64,
    /// Share of labels after which a version comes that was adjudicated, to measure you against it; at most 0.5.
    #[arg(long, value_name = "RATE", default_value_t = 0.0)]
    gold: f64,
    /// Fixes of this approach alone.
    #[arg(long, value_name = "APPROACH")]
    approach: Option<ApproachId>,
    /// Fixes of code with this CWE alone.
    #[arg(long, value_name = "NUMBER")]
    cwe: Option<u32>,
    /// Fixes with this kind of hint alone.
    #[arg(long, value_name = "KIND")]
    hint: Option<HintKind>,
    /// A new order, instead of that of your last sitting with the same wishes.
    #[arg(long)]
    anew: bool,
    /// By lines, for screen readers and pipes.
    #[arg(long)]
    plain: bool,
    /// Whose labels these are; default: fdsp.toml's annotator, else the user's name.
    #[arg(long, value_name = "NAME", env = "FDSP_ANNOTATOR")]
    annotator: Option<String>,
    /// dark, light, high-contrast, ansi16, or the path of a theme; default: fdsp.toml's, else as the terminal is.
    #[arg(long, value_name = "NAME|FILE", env = "FDSP_THEME")]
    theme: Option<String>,
    #[command(flatten)]
    guideline: Chosen,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let config = global.config()?;
    let env = |name: &str| std::env::var(name).ok();
    let depth = ColourDepth::detect(env);
    let (theme, theme_chosen) = theme(args.theme.as_deref(), &config, depth)?;
    let theme = theme.with_signs(Signs::detect(env));
    let guideline = Arc::new(args.guideline.load(&config)?);
    let author = annotator(args.annotator.clone(), &config);
    let (plainly, anew) = (args.plain, args.anew);
    if !plainly && !std::io::stdout().is_terminal() {
        bail!("the review needs a terminal; `fdsp review --plain` works by lines");
    }
    let wish = runtime()?.block_on(wished(global, args))?;
    if plainly {
        runtime()?.block_on(async {
            let desk = open(global, wish, &author, anew, &guideline).await?;
            let (mut input, mut out) = (std::io::stdin().lock(), super::Pipe);
            plain(desk, &guideline, &mut input, &mut out).await.wrap_err("the review was broken off")
        })?;
    } else {
        let progress = on_screen(global, wish, &author, anew, Options { theme, depth, theme_chosen, guideline })?;
        farewell(&progress)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The review bench, until the annotator leaves it.
pub fn on_screen(
    global: &Global,
    wish: Wish,
    author: &str,
    anew: bool,
    options: Options,
) -> color_eyre::Result<Progress> {
    runtime()?.block_on(async {
        let desk = open(global, wish, author, anew, &options.guideline).await?;
        run(desk, options).await.wrap_err("the review needs a terminal")
    })
}

async fn open(
    global: &Global,
    wish: Wish,
    author: &str,
    anew: bool,
    guideline: &Guideline,
) -> color_eyre::Result<Desk> {
    let guideline = Some((guideline.version, guideline.hash.clone()));
    let order = Order { author: author.to_owned(), wish, anew, guideline };
    Ok(Desk::open(global.store_with_runs().await?, order).await?)
}

/// The bench on the first card of a run's queue, in the run's order.
pub fn picture(
    global: &Global,
    run: Option<&str>,
    author: &str,
    options: Options,
    size: (u16, u16),
) -> color_eyre::Result<Buffer> {
    runtime()?.block_on(async {
        let store = global.store_with_runs().await?;
        let run = match run {
            Some(name) => store.find_run(name).await?.id,
            None => most_fixes(&store).await?,
        };
        let wish = Wish { runs: vec![run], ..Wish::default() };
        let desk = open(global, wish, author, false, &options.guideline).await?;
        Ok(still(desk, options, size).await?)
    })
}

/// The run that came with fdsp and has most to label.
async fn most_fixes(store: &Store) -> color_eyre::Result<String> {
    let all = store.runs().await?;
    let most = all.into_iter().filter(|run| run.info.recorded).max_by_key(|run| run.fixes);
    most.map(|run| run.info.id).ok_or_else(|| eyre!("there is no run here; name one (fdsp runs)"))
}

/// The queue that the arguments ask for.
async fn wished(global: &Global, args: Args) -> color_eyre::Result<Wish> {
    let store = global.store_with_runs().await?;
    let mut runs = Vec::new();
    for name in &args.runs {
        let id = store.find_run(name).await?.id;
        if !runs.contains(&id) {
            runs.push(id);
        }
    }
    if runs.is_empty() {
        runs.push(most_fixes(&store).await?);
    }
    Ok(Wish {
        runs,
        order: args.order,
        blind: args.blind,
        overlap: args.overlap,
        every: args.every,
        repeat: args.repeat,
        gold: args.gold,
        approach: args.approach,
        cwe: args.cwe,
        hint: args.hint,
    })
}

/// What stays on the terminal after the bench is left.
fn farewell(progress: &Progress) -> color_eyre::Result<()> {
    let mut out = super::Pipe;
    for (_, line) in figures("This sitting", &progress.sitting) {
        writeln!(out, "{line}")?;
    }
    writeln!(out, "{} of {} labelled; the next sitting goes on from here.", progress.done, progress.total)?;
    Ok(())
}
