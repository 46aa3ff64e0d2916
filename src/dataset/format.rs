//! The formats, and how a file or folder tells its own.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::rows::csv_fields;
use super::source::{Encoding, Source};
use super::split::{Layout, Splitter};
use super::{DatasetError, Options, codesec, tree};
use crate::core::ids::UnknownWord;

/// How much of a file is looked at to tell its format.
const HEAD: u64 = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Format {
    /// Whatever the data look like.
    #[default]
    Auto,
    /// The folder tree (`N/text.txt`) or the CSV of PythonSecurityEval.
    PythonSecurityEval,
    /// JSON or CSV of either published copy of LLMSecEval, keyed by `Filename`.
    LlmSecEval,
    SecurityEval,
    /// Base, Plus, or the folder with both, with the annotations beside them.
    CodeSecEval,
    /// JSON Lines with the fields `id`, `prompt`, `cwe`, `area`, `code`, or as a field map names them.
    Jsonl,
    /// A JSON array of such rows.
    Json,
    /// CSV whose header names such fields.
    Csv,
}

impl Format {
    pub const EVERY: [Format; 8] = [
        Self::Auto,
        Self::PythonSecurityEval,
        Self::LlmSecEval,
        Self::SecurityEval,
        Self::CodeSecEval,
        Self::Jsonl,
        Self::Json,
        Self::Csv,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::PythonSecurityEval => "python-security-eval",
            Self::LlmSecEval => "llmseceval",
            Self::SecurityEval => "securityeval",
            Self::CodeSecEval => "codeseceval",
            Self::Jsonl => "jsonl",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }

    pub fn names() -> String {
        Self::EVERY.map(Self::as_str).join(" ")
    }

    /// Rows of one's own, whose fields a map can name.
    pub(super) fn is_generic(self) -> bool {
        matches!(self, Self::Auto | Self::Jsonl | Self::Json | Self::Csv)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|format| format.as_str() == word).ok_or_else(|| UnknownWord {
            what: "a format of data sets",
            word: word.to_owned(),
            allowed: Self::names(),
        })
    }
}

impl Serialize for Format {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Format {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What to read in a folder.
pub enum Folder {
    /// PythonSecurityEval's numbered folders.
    Tree(PathBuf),
    CodeSecEval(Vec<PathBuf>),
    /// The one file that holds the rows.
    File(PathBuf, Format),
}

/// Files that hold a benchmark's rows, under the folder of the benchmark as published.
const KNOWN_FILES: [(&str, Format); 7] = [
    ("Dataset/LLMSecEval-Prompts_dataset.json", Format::LlmSecEval),
    ("LLMSecEval-Prompts_dataset.json", Format::LlmSecEval),
    ("LLMSecEval.json", Format::LlmSecEval),
    ("dataset.jsonl", Format::SecurityEval),
    ("SecurityEval.json", Format::SecurityEval),
    ("starter.jsonl", Format::Jsonl),
    ("Prompts_and_PostID_from_StackOverflow.csv", Format::PythonSecurityEval),
];

pub fn of_folder(path: &Path, asked: Format) -> Result<Folder, DatasetError> {
    let is = |format| asked == Format::Auto || asked == format;
    if is(Format::PythonSecurityEval)
        && let Some(root) = tree::root_of(path).map_err(DatasetError::io(path))?
    {
        return Ok(Folder::Tree(root));
    }
    let files = codesec::files_of(path);
    if is(Format::CodeSecEval) && !files.is_empty() {
        return Ok(Folder::CodeSecEval(files));
    }
    let known = KNOWN_FILES.iter().find(|(name, format)| is(*format) && path.join(name).is_file());
    match known {
        Some((name, format)) => Ok(Folder::File(path.join(name), *format)),
        None => Err(DatasetError::unusable(
            path,
            format!("no file of a known data set ({asked}) in this folder; name the file"),
        )),
    }
}

/// The format of a file, and how its rows lie in it.
pub fn of_file(path: &Path, asked: Format, options: &Options) -> Result<(Format, Layout), DatasetError> {
    if !asked.is_generic() && !options.map.is_empty() {
        return Err(DatasetError::Option(format!(
            "a field map is for rows of one's own (jsonl json csv); {asked} knows its fields"
        )));
    }
    let head = Head::read(path)?;
    if head.text.trim().is_empty() && head.whole {
        return Err(DatasetError::Empty { path: path.to_owned() });
    }
    let extension = path.extension().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
    let format = match asked {
        Format::Auto if options.map.is_empty() => head.known_format(path, &extension)?,
        format => format,
    };
    let layout = match format {
        Format::Jsonl => Some(Layout::Lines),
        Format::Json => Some(Layout::Array),
        Format::Csv => Some(Layout::Csv),
        _ => head.layout(&extension).or((format != Format::Auto).then_some(Layout::Csv)),
    };
    match (format, layout) {
        (_, None) => Err(DatasetError::Undetected { path: path.to_owned() }),
        (Format::Auto, Some(Layout::Lines)) if head.text.trim_start().lines().next().map(str::trim) == Some("{") => {
            Err(DatasetError::unusable(path, "one JSON object over several lines; rows are JSON Lines or a JSON array"))
        }
        (Format::Auto, Some(Layout::Lines)) => Ok((Format::Jsonl, Layout::Lines)),
        (Format::Auto, Some(Layout::Array)) => Ok((Format::Json, Layout::Array)),
        (Format::Auto, Some(Layout::Csv)) => Ok((Format::Csv, Layout::Csv)),
        (format, Some(layout)) => Ok((format, layout)),
    }
}

/// The beginning of a file as text.
struct Head {
    text: String,
    encoding: Encoding,
    whole: bool,
}

impl Head {
    fn read(path: &Path) -> Result<Self, DatasetError> {
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(DatasetError::io(path))?;
        let mut source = Source::new(file).map_err(DatasetError::io(path))?;
        source.by_ref().take(HEAD).read_to_end(&mut bytes).map_err(DatasetError::io(path))?;
        Ok(Self {
            whole: (bytes.len() as u64) < HEAD,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            encoding: source.encoding(),
        })
    }

    /// A benchmark by the names of its fields, wherever they stand: the first row may be damaged.
    fn known_format(&self, path: &Path, extension: &str) -> Result<Format, DatasetError> {
        let header = self.header();
        let has = |name: &str| match self.layout(extension) {
            Some(Layout::Lines | Layout::Array) => {
                self.text.contains(&format!("\"{name}\":")) || self.text.contains(&format!("\"{name}\" :"))
            }
            Some(Layout::Csv) | None => header.iter().any(|field| field == name),
        };
        if has("dataset_id") && has("prompt") {
            return Ok(Format::PythonSecurityEval);
        }
        if has("Filename") && (has("NL Prompt") || has("LLM-generated NL Prompt")) {
            return Ok(Format::LlmSecEval);
        }
        if has("Insecure_code") && has("Prompt") {
            return Ok(Format::SecurityEval);
        }
        if has("Insecure Code") && has("Problem") {
            return Ok(Format::CodeSecEval);
        }
        if has("Vulnerability-aware Information") {
            let reason =
                "CodeSecEval's annotations, not its rows; name the folder, or SecEvalBase.json or SecEvalPlus.json";
            return Err(DatasetError::unusable(path, reason));
        }
        Ok(Format::Auto)
    }

    fn layout(&self, extension: &str) -> Option<Layout> {
        let first = self.text.trim_start().chars().next();
        match (extension, first) {
            ("csv", _) => Some(Layout::Csv),
            ("jsonl" | "ndjson", _) => Some(Layout::Lines),
            (_, Some('{')) => Some(Layout::Lines),
            (_, Some('[')) | ("json", _) => Some(Layout::Array),
            _ if self.header().iter().any(|field| matches!(field.as_str(), "dataset_id" | "Filename")) => {
                Some(Layout::Csv)
            }
            _ => None,
        }
    }

    fn header(&self) -> Vec<String> {
        let mut bytes = self.text.as_bytes();
        let row = Splitter::new(Layout::Csv, HEAD as usize).next(&mut bytes).ok().flatten();
        row.and_then(|row| csv_fields(&row.bytes, self.encoding, None, false).ok()).unwrap_or_default()
    }
}
