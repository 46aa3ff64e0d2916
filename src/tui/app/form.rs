//! The form of a new run: what to run over, which model, how many tries.

use std::path::PathBuf;

use super::input::Input;
use crate::core::settings::{RefineFrom, Settings, VerdictMode};
use crate::llm::config::Prices;
use crate::runner::plan::{Plan, Source, Under, approaches};

const REFINE_FROM: [RefineFrom; 2] = [RefineFrom::Previous, RefineFrom::Original];
const VERDICTS: [VerdictMode; 2] = [VerdictMode::Strict, VerdictMode::Paper];
/// Items under way at once, where nothing else is said.
const SLOTS: usize = 4;
const MOST_SLOTS: u32 = 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Dataset,
    Prompt,
    File,
    Run,
}

impl Kind {
    pub const EVERY: [Kind; 4] = [Self::Dataset, Self::Prompt, Self::File, Self::Run];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "data set",
            Self::Prompt => "own prompt",
            Self::File => "own code file",
            Self::Run => "code of a run",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    Kind,
    What,
    Limit,
    Model,
    BaseUrl,
    Approaches,
    Solutions,
    Iterations,
    RefineFrom,
    Temperature,
    Scanner,
    Verdict,
    Slots,
}

impl Field {
    pub const EVERY: [Field; 13] = [
        Self::Kind,
        Self::What,
        Self::Limit,
        Self::Model,
        Self::BaseUrl,
        Self::Approaches,
        Self::Solutions,
        Self::Iterations,
        Self::RefineFrom,
        Self::Temperature,
        Self::Scanner,
        Self::Verdict,
        Self::Slots,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "Run over",
            Self::What => "Which",
            Self::Limit => "First items only",
            Self::Model => "Model",
            Self::BaseUrl => "Base URL",
            Self::Approaches => "Approaches",
            Self::Solutions => "Solutions J",
            Self::Iterations => "Iterations K",
            Self::RefineFrom => "Refine from",
            Self::Temperature => "Temperature",
            Self::Scanner => "Scanner",
            Self::Verdict => "Verdict",
            Self::Slots => "Slots",
        }
    }
}

/// What the program knows before the form opens.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Defaults {
    /// Names of data sets.
    pub datasets: Vec<String>,
    /// Models of `fdsp.toml`: name and base URL.
    pub models: Vec<(String, String)>,
    /// What the models that have prices cost.
    pub prices: Vec<(String, Prices)>,
    pub settings: Settings,
}

/// The connection test.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Probe {
    #[default]
    Untried,
    Asking,
    There(Vec<String>),
    /// What went wrong, and what to do.
    Missing(String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Form {
    pub kind: Kind,
    pub at: usize,
    pub probe: Probe,
    pub problem: Option<(Field, String)>,
    pub starting: bool,
    pub defaults: Defaults,
    pub refine_from: RefineFrom,
    pub verdict: VerdictMode,
    /// The run whose code is offered to refine.
    run: String,
    inputs: [Input; 13],
}

impl Form {
    /// `run` is the one that was looked at.
    pub fn new(defaults: &Defaults, run: &str) -> Self {
        let (model, url) = defaults
            .models
            .first()
            .cloned()
            .unwrap_or_else(|| ("qwen2.5-coder:1.5b".to_owned(), "http://127.0.0.1:11434/v1".to_owned()));
        let settings = &defaults.settings;
        let dataset = defaults.datasets.first().map_or("starter", String::as_str);
        let texts = [
            String::new(),
            dataset.to_owned(),
            String::new(),
            model,
            url,
            settings.approaches.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(","),
            settings.solutions.to_string(),
            settings.iterations.to_string(),
            String::new(),
            String::new(),
            settings.scanner.clone(),
            String::new(),
            SLOTS.to_string(),
        ];
        Self {
            kind: Kind::Dataset,
            at: 0,
            probe: Probe::Untried,
            problem: None,
            starting: false,
            defaults: defaults.clone(),
            refine_from: settings.refine_from,
            verdict: settings.verdict,
            run: run.to_owned(),
            inputs: texts.map(Input::of),
        }
    }

    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let kind = self.kind;
        Field::EVERY.into_iter().filter(move |field| match field {
            Field::Limit => kind == Kind::Dataset,
            // The scanner that judged the code goes on judging it.
            Field::Scanner => kind != Kind::Run,
            _ => true,
        })
    }

    pub fn field(&self) -> Field {
        Field::EVERY[self.at]
    }

    pub fn input(&self, field: Field) -> &Input {
        &self.inputs[field as usize]
    }

    pub fn input_mut(&mut self) -> Option<&mut Input> {
        self.choices(self.field()).is_none().then_some(&mut self.inputs[self.at])
    }

    pub fn move_by(&mut self, by: isize) {
        let fields: Vec<Field> = self.fields().collect();
        let here = fields.iter().position(|field| *field == self.field()).unwrap_or(0) as isize;
        let there = (here + by).rem_euclid(fields.len() as isize) as usize;
        self.at = fields[there] as usize;
    }

    /// What a field is chosen from, and which is chosen; `None` for one that is written into.
    pub fn choices(&self, field: Field) -> Option<(Vec<String>, usize)> {
        let chosen = |words: Vec<String>, word: String| {
            let at = words.iter().position(|known| *known == word).unwrap_or(0);
            Some((words, at))
        };
        match field {
            Field::Kind => Some((Kind::EVERY.map(|kind| kind.as_str().to_owned()).to_vec(), self.kind as usize)),
            Field::RefineFrom => {
                chosen(REFINE_FROM.map(|from| from.to_string()).to_vec(), self.refine_from.to_string())
            }
            Field::Verdict => chosen(VERDICTS.map(|mode| mode.to_string()).to_vec(), self.verdict.to_string()),
            _ => None,
        }
    }

    /// Chooses the next (`by` 1) or the one before (-1); false for a field that is written into.
    pub fn turn(&mut self, by: isize) -> bool {
        let Some((words, at)) = self.choices(self.field()) else { return false };
        let at = (at as isize + by).rem_euclid(words.len() as isize) as usize;
        match self.field() {
            Field::Kind => self.choose_kind(Kind::EVERY[at]),
            Field::RefineFrom => self.refine_from = REFINE_FROM[at],
            _ => self.verdict = VERDICTS[at],
        }
        true
    }

    fn choose_kind(&mut self, kind: Kind) {
        self.kind = kind;
        let text = match kind {
            Kind::Dataset => self.defaults.datasets.first().cloned().unwrap_or_else(|| "starter".to_owned()),
            Kind::Run => self.run.clone(),
            Kind::Prompt | Kind::File => String::new(),
        };
        self.inputs[Field::What as usize] = Input::of(text);
        self.problem = None;
    }

    /// A prompt may have several lines; everything else is one.
    pub fn takes_lines(&self) -> bool {
        self.kind == Kind::Prompt && self.field() == Field::What
    }

    /// A change of a field ends the complaint about it; a change of the model ends what was known of its server.
    pub fn edited(&mut self, field: Field) {
        if self.problem.as_ref().is_some_and(|(of, _)| *of == field) {
            self.problem = None;
        }
        if matches!(field, Field::Model | Field::BaseUrl) {
            self.probe = Probe::Untried;
        }
    }

    pub fn model(&self) -> (String, Option<String>) {
        let text = |field| self.input(field).text().trim().to_owned();
        let url = text(Field::BaseUrl);
        (text(Field::Model), (!url.is_empty()).then_some(url))
    }

    /// The run that the form describes, or the field that stands in its way.
    pub fn plan(&self) -> Result<Plan, (Field, String)> {
        let text = |field: Field| self.input(field).text().trim();
        let what = text(Field::What);
        if what.is_empty() {
            let wanted = match self.kind {
                Kind::Dataset => "name a data set, or give the path of one",
                Kind::Prompt => "write the prompt",
                Kind::File => "give the path of a Python file",
                Kind::Run => "name the run whose generated code is to be refined",
            };
            return Err((Field::What, wanted.to_owned()));
        }
        let source = match self.kind {
            Kind::Dataset => Source::Dataset(Under::named(what)),
            Kind::Prompt => Source::Prompt(what.to_owned()),
            Kind::File => Source::Code(PathBuf::from(what)),
            Kind::Run => Source::Run { run: what.to_owned(), under: None },
        };
        let (model, base_url) = self.model();
        if model.is_empty() {
            return Err((Field::Model, "name a model".to_owned()));
        }
        let count = |field: Field, most: u32| match text(field).parse::<u32>() {
            Ok(n) if (1..=most).contains(&n) => Ok(n),
            _ => Err((field, format!("a number from 1 to {most}"))),
        };
        let mut settings = self.defaults.settings.clone();
        let words: Vec<&str> =
            text(Field::Approaches).split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
        settings.approaches = approaches(&words).map_err(|problem| (Field::Approaches, problem.to_string()))?;
        settings.refine_from = self.refine_from;
        settings.verdict = self.verdict;
        settings.scanner = match text(Field::Scanner) {
            "" => return Err((Field::Scanner, "bandit, ruff, or auto: bandit where it is installed".to_owned())),
            name => name.to_owned(),
        };
        let slots = count(Field::Slots, MOST_SLOTS)? as usize;
        settings.solutions = count(Field::Solutions, 20)?;
        settings.iterations = count(Field::Iterations, 20)?;
        let temperature = match text(Field::Temperature) {
            "" => None,
            typed => match typed.parse::<f64>() {
                Ok(t) if (0.0..=2.0).contains(&t) => Some(t),
                _ => return Err((Field::Temperature, "a number from 0 to 2, or nothing".to_owned())),
            },
        };
        let limit = match text(Field::Limit) {
            _ if self.kind != Kind::Dataset => None,
            "" => None,
            typed => match typed.parse::<usize>() {
                Ok(n) if n > 0 => Some(n),
                _ => return Err((Field::Limit, "a number, or nothing for every item".to_owned())),
            },
        };
        Ok(Plan { base_url, temperature, limit, settings, concurrency: slots, ..Plan::new(source, model) })
    }
}

impl Form {
    /// Whether a field is the last of those that say what to run over.
    pub fn kind_ends_with(&self, field: Field) -> bool {
        field == if self.kind == Kind::Dataset { Field::Limit } else { Field::What }
    }
}
