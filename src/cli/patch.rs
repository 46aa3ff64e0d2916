use std::path::PathBuf;
use std::process::ExitCode;

use color_eyre::eyre::{WrapErr, bail, eyre};

use super::progress::{self, Style};
use super::run::Tuning;
use super::{Global, runtime};
use fdsp::core::escape::visible;
use fdsp::core::fold::ItemState;
use fdsp::core::ids::{ApproachId, StreamId};
use fdsp::core::verdict::Verdict;
use fdsp::runner::plan::{Source, prepare};

#[derive(Debug, clap::Parser)]
pub struct Args {
    /// The Python file to patch. It is read, never run.
    file: PathBuf,
    /// The refinement to use: direct, self-debug, feedback, verbalize or fdsp.
    #[arg(long, value_name = "A", default_value_t = ApproachId::Fdsp)]
    approach: ApproachId,
    #[command(flatten)]
    tuning: Tuning,
    /// Write the accepted fix here; without it the fix is printed.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let json = args.tuning.json;
    let mode = args.tuning.verdict;
    if !ApproachId::REFINEMENTS.contains(&args.approach) {
        let names = ApproachId::REFINEMENTS.map(ApproachId::as_str).join(" ");
        bail!("--approach {}: it does not refine code; use one of: {names}", args.approach);
    }
    let plan = args.tuning.plan(Source::Code(args.file.clone()), vec![args.approach]);
    let config = global.config()?;
    runtime()?.block_on(async {
        let store = global.store().await?;
        let runner = prepare(plan, &store, &config).await?;
        let run = runner.info.id.clone();
        let code = progress::follow(runner, Style::choose(json)).await?;
        let item = store.items(&run).await?.into_iter().next().ok_or_else(|| eyre!("run `{run}` lost its item"))?;
        let state = ItemState::of(&store.record(&run, &item.id).await?.entries);
        let stream = StreamId::new(args.approach, 0);
        let Some(outcome) = state.outcome(stream, mode) else { return Ok(code) };
        let fixed = state.final_version(stream, mode).and_then(|version| version.code.clone());
        match (outcome.verdict, outcome.iteration, fixed) {
            (Verdict::Secure, Some(_), Some(fixed)) => match &args.output {
                Some(path) => {
                    std::fs::write(path, fixed.as_bytes())
                        .wrap_err_with(|| format!("cannot write {}", path.display()))?;
                    eprintln!("written to {}; read it before you use it: a silent scanner is no proof", path.display());
                }
                None if !json => fixed.lines().for_each(|line| println!("{}", visible(line))),
                None => {}
            },
            (Verdict::Secure, ..) if !json => eprintln!("nothing to patch: the scanner finds nothing in it"),
            _ if !json => eprintln!("no fix was accepted; `fdsp show {run}` and the workbench show every try"),
            _ => {}
        }
        Ok(code)
    })
}
