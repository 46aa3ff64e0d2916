//! From what the user asked for to a run that is ready to start: the same for the command line and the workbench.

use std::path::PathBuf;
use std::sync::Arc;

use super::Runner;
use super::templates::{self, TemplatesError};
use crate::core::execution::Level;
use crate::core::ids::{ApproachId, StreamId};
use crate::core::item::Item;
use crate::core::settings::{CompileCheck, RunInfo, Settings, Testing};
use crate::core::text::sha256_hex;
use crate::dataset::{self, DatasetError};
use crate::llm::{Client, Config, ConfigError, ModelConfig};
use crate::sandbox::{Tester, TesterError};
use crate::scanner::{self, Scanner, ScannerError};
use crate::store::{Store, StoreError};

/// Where the items of a run come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Dataset(Under),
    /// One item: the user's own prompt.
    Prompt(String),
    /// One item: the user's own code, refined without generation.
    Code(PathBuf),
    /// The generated code of another run, and its refinements where they were made under the same settings.
    Run {
        run: String,
        under: Option<Under>,
    },
}

/// A data set by name or path, with its loader's options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Under {
    pub spec: String,
    pub format: dataset::Format,
    pub options: dataset::Options,
}

impl Under {
    /// Whatever the data look like, with the loader's usual options.
    pub fn named(spec: &str) -> Self {
        let (format, options) = (dataset::Format::Auto, dataset::Options::default());
        Self { spec: spec.to_owned(), format, options }
    }

    fn load(&self) -> Result<Loaded, PlanError> {
        let set = dataset::open(&self.spec, &dataset::Registry::of_user()?, self.format, &self.options)?;
        Ok(Loaded { name: set.name, hash: set.hash, items: set.items, quarantined: set.quarantined.len() })
    }
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub source: Source,
    /// A name in `fdsp.toml`, or with `base_url` the model's own.
    pub model: String,
    pub base_url: Option<String>,
    /// `None` for sampling fields left to the model's configuration.
    pub temperature: Option<f64>,
    pub max_tokens: Option<u32>,
    pub seed: Option<u64>,
    pub settings: Settings,
    /// A folder of the user's own prompt templates; it wins over the one in `fdsp.toml`.
    pub templates: Option<PathBuf>,
    /// The first n items.
    pub limit: Option<usize>,
    /// These items alone, in this order.
    pub ids: Vec<String>,
    pub name: Option<String>,
    pub concurrency: usize,
    /// How tests are run, if any are: where they are asked for, or an experiment of CodeSecEval is.
    pub testing: Testing,
    /// Judge every version by its item's test.
    pub test: bool,
}

impl Plan {
    /// Whether it starts from a run of the store.
    pub fn needs_runs(&self) -> bool {
        matches!(self.source, Source::Run { .. })
    }

    pub fn new(source: Source, model: impl Into<String>) -> Self {
        Self {
            source,
            model: model.into(),
            base_url: None,
            temperature: None,
            max_tokens: None,
            seed: None,
            settings: Settings::default(),
            limit: None,
            ids: Vec::new(),
            name: None,
            templates: None,
            concurrency: 4,
            testing: Testing {
                level: Level::Full,
                unsandboxed: false,
                repair_environment: false,
                seconds: 10,
                python: String::new(),
            },
            test: false,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Scanner(#[from] ScannerError),
    #[error(transparent)]
    Templates(#[from] TemplatesError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{path} cannot be read: {reason}")]
    Code { path: PathBuf, reason: String },
    #[error("the data set has no item `{id}`; `fdsp dataset check` shows what was loaded")]
    NoSuchItem { id: String },
    #[error(transparent)]
    Tester(#[from] TesterError),
    #[error("this program's own file cannot be found, which the sandbox starts: {0}")]
    Program(String),
    #[error("--test: no item of the data set has a test and an entry point")]
    NoTests,
    #[error("--compile-check execute runs code: say --test too, so that the run has a sandbox")]
    ExecuteWithoutTest,
    #[error("no item is left to run")]
    Empty,
    #[error("{what} must be at least 1")]
    Zero { what: &'static str },
    #[error(
        "`{0}` is no approach that can be run; use generate, generate-aware, repair, repair-explained, direct, \
         self-debug, feedback, verbalize, fdsp, all (the five refinements) or experiments (the four of CodeSecEval)"
    )]
    NoSuchApproach(String),
    #[error("run `{0}` came with fdsp and is kept as it is; start a run of your own")]
    Recorded(String),
    #[error(
        "run `{0}` was imported: there is no model to ask; `fdsp run --from {0} --model NAME` refines its code anew"
    )]
    Imported(String),
}

struct Loaded {
    name: String,
    hash: String,
    items: Vec<Item>,
    quarantined: usize,
}

/// Loads, checks, registers the run in the store and takes its driver lock. Nothing is sent to the model yet.
pub async fn prepare(mut plan: Plan, store: &Store, config: &Config) -> Result<Runner, PlanError> {
    check(&plan)?;
    let from = match &plan.source {
        Source::Run { run, .. } => Some(store.find_run(run).await?),
        _ => None,
    };
    let loaded = match (&plan.source, &from) {
        (Source::Run { under: Some(under), .. }, _) => under.load()?,
        (_, Some(from)) => Loaded {
            name: from.dataset.clone(),
            hash: from.dataset_hash.clone(),
            items: store.items(&from.id).await?,
            quarantined: from.quarantined as usize,
        },
        (_, None) => load(&plan)?,
    };
    let items = select(loaded.items, &plan)?;
    let tester = tester(&plan, &loaded.name, &items).await?;
    let model = config.model(&plan.model, plan.base_url.as_deref())?;
    let client = Client::new(&model)?;
    let templates = match plan.templates.as_ref().or(config.templates.as_ref()) {
        Some(folder) => templates::read(folder)?,
        None => Default::default(),
    };
    let scanner = from.as_ref().map_or(&plan.settings.scanner, |from| &from.settings.scanner);
    let scanner = Scanner::open_with(scanner, scanning(config)).await?;
    sample(&mut plan, &model)?;
    let mut settings = plan.settings;
    settings.scanner = scanner.id().name;
    if let Some(version) = scanner.python_version() {
        settings.target_python = version.to_owned();
    }
    settings.templates = templates;
    settings.testing = tester.as_ref().map(|tester| tester.testing().clone());
    settings.given = matches!(plan.source, Source::Code(_));
    if let Some(from) = &from {
        // Whatever made the code, the same code gives the same verdicts only under the same scanner.
        settings.scanner.clone_from(&from.settings.scanner);
        settings.target_python.clone_from(&from.settings.target_python);
        settings.given = from.settings.given;
        settings.samples = settings.samples.max(from.settings.samples);
        settings.from = Some(from.id.clone());
    }
    let wanted = plan.name.unwrap_or_else(|| {
        let approaches = match settings.approaches.as_slice() {
            every if every == ApproachId::REFINEMENTS => "all".to_owned(),
            every if every == ApproachId::EXPERIMENTS => "experiments".to_owned(),
            some => some.iter().map(|id| id.as_str()).collect::<Vec<_>>().join("+"),
        };
        format!("{}-{}-{approaches}", loaded.name, model.name)
    });
    let info = RunInfo {
        id: free_id(store, &tidy(&wanted)).await?,
        dataset: loaded.name,
        dataset_hash: loaded.hash,
        quarantined: loaded.quarantined as u32,
        model: client.info(),
        settings,
        started: jiff::Timestamp::now(),
        recorded: false,
    };
    match &from {
        Some(from) => {
            let alike = refines_alike(from, &info);
            let keep = |was: &Item, is: &Item, stream: StreamId| {
                let asked = alike && info.settings.approaches.contains(&stream.approach);
                (stream.approach == ApproachId::Generate || asked) && asks_alike(was, is, stream.approach)
            };
            store.create_run_from(&info, &from.id, &items, keep).await?;
        }
        None => store.create_run(&info, &items).await?,
    }
    let lock = store.drive(&info.id).await?;
    Ok(Runner {
        info: Arc::new(info),
        store: store.clone(),
        client,
        scanner,
        tester,
        concurrency: plan.concurrency,
        _lock: lock,
    })
}

/// Goes on with a stored run under the settings it began with.
pub async fn reopen(run: &str, store: &Store, config: &Config, concurrency: usize) -> Result<Runner, PlanError> {
    let info = store.run(run).await?;
    if info.recorded {
        return Err(PlanError::Recorded(info.id));
    }
    if info.model.is_imported() {
        return Err(PlanError::Imported(info.id));
    }
    let model = config.model_of(&info.model)?;
    model.takes(info.settings.sampling.temperature, info.settings.sampling.seed)?;
    let client = Client::new(&model)?;
    let scanner = Scanner::open_with(&info.settings.scanner, scanning(config)).await?;
    let tester = match &info.settings.testing {
        Some(testing) => Some(Tester::start(&program()?, testing, &info.dataset).await?),
        None => None,
    };
    let lock = store.drive(&info.id).await?;
    Ok(Runner { info: Arc::new(info), store: store.clone(), client, scanner, tester, concurrency, _lock: lock })
}

/// Approaches by their names, each once; `all` means the five refinements.
pub fn approaches<T: AsRef<str>>(words: &[T]) -> Result<Vec<ApproachId>, PlanError> {
    let mut chosen = Vec::new();
    for word in words.iter().map(AsRef::as_ref) {
        let named = match word {
            "all" => ApproachId::REFINEMENTS.to_vec(),
            "experiments" => ApproachId::EXPERIMENTS.to_vec(),
            word => match word.parse() {
                Ok(id) => vec![id],
                Err(_) => return Err(PlanError::NoSuchApproach(word.to_owned())),
            },
        };
        chosen.extend(named.into_iter().filter(|id| !chosen.contains(id)).collect::<Vec<_>>());
    }
    if chosen.is_empty() { Err(PlanError::NoSuchApproach(String::new())) } else { Ok(chosen) }
}

/// Tests are run where they are asked for, and for the experiments that are about them.
async fn tester(plan: &Plan, dataset: &str, items: &[Item]) -> Result<Option<Tester>, PlanError> {
    let experiment = |id: &ApproachId| id.repairs() || *id == ApproachId::GenerateAware;
    let tested = items.iter().any(|item| item.suite.is_some());
    if plan.test && !tested {
        return Err(PlanError::NoTests);
    }
    if plan.settings.compile_check == CompileCheck::Execute && !plan.test {
        return Err(PlanError::ExecuteWithoutTest);
    }
    let experiments = tested && plan.settings.approaches.iter().any(experiment);
    if !plan.test && !experiments {
        return Ok(None);
    }
    Ok(Some(Tester::start(&program()?, &plan.testing, dataset).await?))
}

fn program() -> Result<PathBuf, PlanError> {
    std::env::current_exe().map_err(|error| PlanError::Program(error.to_string()))
}

fn scanning(config: &Config) -> scanner::Options {
    scanner::Options { adapters: config.scanners.clone(), ..scanner::Options::default() }
}

/// Whether a stream of one run is what the other would have made. Tests come afterwards, unless they decide what compiles.
fn refines_alike(from: &RunInfo, info: &RunInfo) -> bool {
    let as_told = |settings: &Settings| {
        let testing = settings.testing.clone().filter(|_| settings.compile_check == CompileCheck::Execute);
        Settings { approaches: Vec::new(), from: None, testing, samples: 0, ..settings.clone() }
    };
    !from.model.is_imported()
        && from.model.model == info.model.model
        && as_told(&from.settings) == as_told(&info.settings)
}

/// Whether both items ask the model for the same in this approach: what changed elsewhere, a test say, does not matter.
fn asks_alike(was: &Item, is: &Item, approach: ApproachId) -> bool {
    let aware = |item: &Item| item.suite.as_ref().and_then(|suite| suite.aware.clone());
    let explanation = |item: &Item| item.suite.as_ref().and_then(|suite| suite.explanation.clone());
    match approach {
        ApproachId::GenerateAware => aware(was) == aware(is),
        ApproachId::RepairExplained if explanation(was) != explanation(is) => false,
        id if id.repairs() => was.prompt == is.prompt && was.code == is.code,
        _ => was.prompt == is.prompt,
    }
}

fn check(plan: &Plan) -> Result<(), PlanError> {
    let settings = &plan.settings;
    for (what, value) in
        [("--solutions", settings.solutions), ("--iterations", settings.iterations), ("--samples", settings.samples)]
    {
        if value == 0 {
            return Err(PlanError::Zero { what });
        }
    }
    Ok(())
}

fn load(plan: &Plan) -> Result<Loaded, PlanError> {
    Ok(match &plan.source {
        Source::Dataset(under) => under.load()?,
        Source::Prompt(prompt) => Loaded {
            name: "prompt".to_owned(),
            hash: sha256_hex(prompt),
            items: vec![Item::new("prompt", prompt.as_str())],
            quarantined: 0,
        },
        Source::Run { .. } => return Err(PlanError::Empty),
        Source::Code(path) => {
            let failed = |reason: String| PlanError::Code { path: path.clone(), reason };
            let bytes = std::fs::read(path).map_err(|error| failed(error.to_string()))?;
            let code = String::from_utf8(bytes)
                .map_err(|error| failed(format!("byte {} is not UTF-8", error.utf8_error().valid_up_to())))?;
            let name = path.file_name().map_or_else(|| "code".to_owned(), |name| name.to_string_lossy().into_owned());
            let mut item = Item::new(name, "");
            let hash = sha256_hex(&code);
            item.code = Some(code.into());
            Loaded { name: "patch".to_owned(), hash, items: vec![item], quarantined: 0 }
        }
    })
}

fn select(items: Vec<Item>, plan: &Plan) -> Result<Vec<Item>, PlanError> {
    let mut items = items;
    if !plan.ids.is_empty() {
        let mut chosen = Vec::with_capacity(plan.ids.len());
        for id in &plan.ids {
            let at = items.iter().position(|item| &item.id == id);
            chosen.push(items.swap_remove(at.ok_or_else(|| PlanError::NoSuchItem { id: id.clone() })?));
        }
        items = chosen;
    }
    items.truncate(plan.limit.unwrap_or(usize::MAX));
    if items.is_empty() { Err(PlanError::Empty) } else { Ok(items) }
}

/// What the user said wins over the model's configuration, which wins over the defaults.
fn sample(plan: &mut Plan, model: &ModelConfig) -> Result<(), ConfigError> {
    model.takes(plan.temperature, plan.seed)?;
    let sampling = &mut plan.settings.sampling;
    let usual = model.sampling(sampling);
    sampling.temperature = plan.temperature.or(usual.temperature);
    sampling.seed = plan.seed.or(usual.seed);
    sampling.max_tokens = plan.max_tokens.unwrap_or(usual.max_tokens);
    sampling.max_tokens_generate = plan.max_tokens.unwrap_or(usual.max_tokens_generate);
    Ok(())
}

/// Letters, digits and `.-_+`, so that a run's name needs no quoting.
pub fn tidy(wanted: &str) -> String {
    let tidied: String = wanted
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '+') { c } else { '-' })
        .collect();
    tidied.trim_matches('-').to_owned()
}

/// The wanted name, with a number where runs of the store have it already.
pub async fn free_id(store: &Store, wanted: &str) -> Result<String, StoreError> {
    let taken: Vec<String> = store.runs().await?.into_iter().map(|run| run.info.id).collect();
    let wanted = if wanted.is_empty() { "run" } else { wanted };
    let free =
        std::iter::once(wanted.to_owned()).chain((2..).map(|n| format!("{wanted}-{n}"))).find(|id| !taken.contains(id));
    Ok(free.unwrap_or_else(|| wanted.to_owned()))
}
