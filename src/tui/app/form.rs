//! The form of a new run: what to run over, which model, how many tries.

use std::path::PathBuf;

use super::input::Input;
use crate::core::settings::Settings;
use crate::dataset;
use crate::runner::plan::{Plan, Source};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Dataset,
    Prompt,
    File,
}

impl Kind {
    pub const EVERY: [Kind; 3] = [Self::Dataset, Self::Prompt, Self::File];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dataset => "data set",
            Self::Prompt => "prompt of my own",
            Self::File => "code file of my own",
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
    Solutions,
    Iterations,
    Temperature,
}

impl Field {
    pub const EVERY: [Field; 8] = [
        Self::Kind,
        Self::What,
        Self::Limit,
        Self::Model,
        Self::BaseUrl,
        Self::Solutions,
        Self::Iterations,
        Self::Temperature,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Kind => "Run over",
            Self::What => "Which",
            Self::Limit => "First items only",
            Self::Model => "Model",
            Self::BaseUrl => "Base URL",
            Self::Solutions => "Solutions J",
            Self::Iterations => "Iterations K",
            Self::Temperature => "Temperature",
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
    inputs: [Input; 8],
}

impl Form {
    pub fn new(defaults: &Defaults) -> Self {
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
            settings.solutions.to_string(),
            settings.iterations.to_string(),
            String::new(),
        ];
        Self {
            kind: Kind::Dataset,
            at: 0,
            probe: Probe::Untried,
            problem: None,
            starting: false,
            defaults: defaults.clone(),
            inputs: texts.map(Input::of),
        }
    }

    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let kind = self.kind;
        Field::EVERY.into_iter().filter(move |field| *field != Field::Limit || kind == Kind::Dataset)
    }

    pub fn field(&self) -> Field {
        Field::EVERY[self.at]
    }

    pub fn input(&self, field: Field) -> &Input {
        &self.inputs[field as usize]
    }

    pub fn input_mut(&mut self) -> Option<&mut Input> {
        (self.field() != Field::Kind).then_some(&mut self.inputs[self.at])
    }

    pub fn move_by(&mut self, by: isize) {
        let fields: Vec<Field> = self.fields().collect();
        let here = fields.iter().position(|field| *field == self.field()).unwrap_or(0) as isize;
        let there = (here + by).rem_euclid(fields.len() as isize) as usize;
        self.at = fields[there] as usize;
    }

    pub fn turn_kind(&mut self, by: isize) {
        let here = self.kind as isize;
        self.kind = Kind::EVERY[(here + by).rem_euclid(3) as usize];
        let text = match self.kind {
            Kind::Dataset => self.defaults.datasets.first().cloned().unwrap_or_else(|| "starter".to_owned()),
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
            };
            return Err((Field::What, wanted.to_owned()));
        }
        let source = match self.kind {
            Kind::Dataset => Source::Dataset {
                spec: what.to_owned(),
                format: dataset::Format::Auto,
                options: dataset::Options::default(),
            },
            Kind::Prompt => Source::Prompt(what.to_owned()),
            Kind::File => Source::Code(PathBuf::from(what)),
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
        Ok(Plan { base_url, temperature, limit, settings, ..Plan::new(source, model) })
    }
}

impl Form {
    /// Whether a field is the last of those that say what to run over.
    pub fn kind_ends_with(&self, field: Field) -> bool {
        field == if self.kind == Kind::Dataset { Field::Limit } else { Field::What }
    }
}
