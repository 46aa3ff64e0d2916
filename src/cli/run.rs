use std::process::ExitCode;

use clap::Parser;
use color_eyre::eyre::{WrapErr, bail};

use super::progress::{self, Style};
use super::testing::TestArgs;
use super::{Global, runtime};
use fdsp::core::ids::ApproachId;
use fdsp::core::settings::{CompileCheck, RefineFrom, Settings, VerdictMode};
use fdsp::runner::plan::{Plan, Source, Under, approaches, prepare};

/// The settings that `run` and `patch` share.
#[derive(Debug, Parser)]
pub struct Tuning {
    /// A model from `fdsp.toml`, or with --base-url the model's own name.
    #[arg(long, value_name = "NAME")]
    pub model: String,
    /// The server, e.g. http://127.0.0.1:8081/v1; one that ends in /v1/messages or /v1/completions says its format too.
    #[arg(long, value_name = "URL")]
    pub base_url: Option<String>,
    /// J: solutions to ask for.
    #[arg(long, value_name = "J", default_value_t = 3)]
    pub solutions: u32,
    /// K: tries for each solution.
    #[arg(long, value_name = "K", default_value_t = 3)]
    pub iterations: u32,
    /// Default: the model's configuration, else 1.
    #[arg(long, value_name = "T")]
    pub temperature: Option<f64>,
    /// Limit of every answer; default: the model's configuration, else 2000.
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u32>,
    /// The seed of sample 1; each further sample takes the next number.
    #[arg(long, value_name = "S")]
    pub seed: Option<u64>,
    /// bandit, ruff, or auto: bandit where it is installed, else ruff.
    #[arg(long, value_name = "S", default_value = "auto")]
    pub scanner: String,
    /// strict: suppressed findings count and unparsable code is invalid; paper: the scanner's results list alone.
    #[arg(long, value_name = "MODE", default_value_t)]
    pub verdict: VerdictMode,
    /// Feed each refinement the previous code (Eqn 5) or the original (Algorithm 1, line 7).
    #[arg(long, value_name = "FROM", default_value_t)]
    pub refine_from: RefineFrom,
    /// A folder whose NAME.txt takes the place of the prompt template NAME; see `fdsp templates`.
    #[arg(long, value_name = "DIR")]
    pub templates: Option<std::path::PathBuf>,
    /// The run's name in the store.
    #[arg(long, value_name = "RUN")]
    pub name: Option<String>,
    /// One JSON event a line; the last one is `finished`.
    #[arg(long)]
    pub json: bool,
}

impl Tuning {
    pub fn plan(self, source: Source, approaches: Vec<ApproachId>) -> Plan {
        Plan {
            base_url: self.base_url,
            temperature: self.temperature,
            max_tokens: self.max_tokens,
            seed: self.seed,
            name: self.name,
            templates: self.templates,
            settings: Settings {
                approaches,
                solutions: self.solutions,
                iterations: self.iterations,
                refine_from: self.refine_from,
                verdict: self.verdict,
                scanner: self.scanner,
                ..Settings::default()
            },
            ..Plan::new(source, self.model)
        }
    }
}

#[derive(Debug, Parser)]
pub struct Args {
    /// A data set by name (`fdsp dataset list`) or by path.
    #[arg(long, value_name = "NAME|PATH", required_unless_present_any = ["prompt", "from"], conflicts_with = "prompt")]
    dataset: Option<String>,
    /// One prompt of your own instead of a data set.
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// Refine the code that another run generated; its scanner and samples are kept, and so is all else that was asked
    /// for with the same texts under the same settings. With --dataset the items are those of the data set as it is now:
    /// tests written since then judge what was answered before, and items that the run lacks are new.
    #[arg(long, value_name = "RUN", conflicts_with = "prompt")]
    from: Option<String>,
    /// generate, generate-aware, repair, repair-explained, direct, self-debug, feedback, verbalize, fdsp, several with
    /// commas, all (the five refinements) or experiments (the four of CodeSecEval).
    #[arg(long, value_name = "A", default_value = "fdsp", value_delimiter = ',')]
    approach: Vec<String>,
    /// Samples of every approach for each item; the unbiased pass@k needs at least k.
    #[arg(long, value_name = "N", default_value_t = 1)]
    samples: u32,
    /// Judge every version of the code by its item's test, in the sandbox; the experiments of CodeSecEval always do.
    #[arg(long)]
    test: bool,
    /// What decides whether generated code compiles (Eqn 2): its syntax, or running it by itself; execute needs --test.
    #[arg(long, value_name = "parse|execute", default_value_t)]
    compile_check: CompileCheck,
    #[command(flatten)]
    testing: TestArgs,
    #[command(flatten)]
    tuning: Tuning,
    /// The first N items alone.
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// These items alone.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    ids: Vec<String>,
    /// Items under way at once.
    #[arg(long, value_name = "N", default_value_t = 4)]
    concurrency: usize,
    #[command(flatten)]
    reading: super::dataset::Reading,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let approaches = approaches(&args.approach).wrap_err("--approach")?;
    let options = args.reading.options();
    let under = args.dataset.map(|spec| Under { spec, format: args.reading.format, options });
    let source = match (under, args.prompt, args.from) {
        (under, _, Some(run)) => Source::Run { run, under },
        (Some(under), ..) => Source::Dataset(under),
        (None, Some(prompt), None) => Source::Prompt(prompt),
        (None, None, None) => bail!("give --dataset, --prompt or --from"),
    };
    let style = Style::choose(args.tuning.json);
    let mut plan = Plan {
        limit: args.limit,
        ids: args.ids,
        concurrency: args.concurrency,
        testing: args.testing.testing(),
        test: args.test,
        ..args.tuning.plan(source, approaches)
    };
    plan.settings.samples = args.samples;
    plan.settings.compile_check = args.compile_check;
    let config = global.config()?;
    runtime()?.block_on(async {
        let store = if plan.needs_runs() { global.store_with_runs().await? } else { global.store().await? };
        let runner = prepare(plan, &store, &config).await?;
        progress::follow(runner, style).await
    })
}
