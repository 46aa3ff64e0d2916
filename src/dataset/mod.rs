//! Floor 2: data sets. Loaders for the public benchmarks and for rows of one's own, quarantine, names.
//!
//! `source` reads bytes (hash, encoding), `split` cuts them into rows of bounded length, `rows` decodes a row, `shape`
//! makes an item of it. `tree` and `codesec` read folders. A row that cannot be an item is quarantined with its place
//! and the reason, and the rows after it are read: rows read = items + quarantined rows.

mod codesec;
mod format;
mod gather;
mod map;
pub mod raw;
mod registry;
mod rows;
mod shape;
mod source;
mod split;
pub mod stats;
mod steps;
mod suite;
mod tree;
pub mod unittest;

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::core::item::Item;

pub use format::Format;
pub use map::FieldMap;
pub use registry::{Entry, Registry, data_dir};

/// The name of the data set that is part of the program.
pub const STARTER: &str = "starter";

const STARTER_ROWS: &str = include_str!("../../datasets/starter/starter.jsonl");

/// The longest row that is read, in bytes of UTF-8; a longer one is quarantined and skipped.
pub const MAX_ROW: usize = 4 << 20;

/// A data set as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// The name it was asked for by, or that of its file or folder without the extension.
    pub name: String,
    /// What it was read as; never [`Format::Auto`].
    pub format: Format,
    /// SHA-256, lower-case hexadecimal. One file: of its bytes, as `sha256sum FILE` prints it. Several files: of the
    /// lines `<sha256>  <path relative to the data set, with />\n`, as `sha256sum FILE… | sha256sum` does, in the order
    /// in which they were read (folders by number, then by name; `text.txt` before its test, rows before annotations).
    pub hash: String,
    /// In the order of the rows; ids are unique.
    pub items: Vec<Item>,
    /// Rows read: `items.len() + quarantined.len()`. A row that is joined to another one counts with that one.
    pub read: usize,
    pub quarantined: Vec<Quarantined>,
}

/// A row that is no item, its place, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Quarantined {
    pub file: String,
    /// The line on which the row begins, from 1.
    pub line: Option<u64>,
    /// The number of the row in its file (of the folder in its tree), from 0.
    pub index: Option<usize>,
    pub field: Option<String>,
    pub reason: String,
}

/// How to read rows that do not tell it themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// Names of the fields of generic rows. Naming any makes [`Format::Auto`] choose a generic format.
    pub map: FieldMap,
    /// The field that holds the prompt, instead of the format's own.
    pub prompt_field: Option<String>,
    /// A file that says which vulnerability-aware problems hold detailed steps, over what the loader takes them for.
    pub steps: Option<PathBuf>,
}

/// Why a data set cannot be read at all, or its name cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{}: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error("{}: cannot tell the format; name it with --format ({})", path.display(), Format::names())]
    Undetected { path: PathBuf },
    #[error("{}: there is no row in it", path.display())]
    Empty { path: PathBuf },
    #[error("`{name}` is neither a file or folder nor the name of a data set; known names: {known}")]
    Unknown { name: String, known: String },
    #[error("the name `{name}` {reason}")]
    Name { name: String, reason: String },
    #[error("{0}")]
    Option(String),
    #[error("there is no folder for the user's data: {0}; set FDSP_DATA_DIR")]
    NoDataDir(String),
}

impl DatasetError {
    fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    fn unusable(path: &Path, reason: impl Into<String>) -> Self {
        Self::Unusable { path: path.to_owned(), reason: reason.into() }
    }
}

/// Reads the data set in a file or folder.
///
/// # Errors
/// When nothing can be read: an input error, no row at all, a format that cannot be told, options that do not fit it.
/// Whatever is wrong with one row quarantines that row.
pub fn load(path: &Path, format: Format, options: &Options) -> Result<Dataset, DatasetError> {
    let kind = std::fs::metadata(path).map_err(DatasetError::io(path))?;
    let mut dataset = if kind.is_dir() {
        load_folder(path, format, options)?
    } else if kind.is_file() {
        load_file(path, format, options)?
    } else {
        return Err(DatasetError::unusable(path, "neither a regular file nor a folder"));
    };
    if dataset.read == 0 {
        return Err(DatasetError::Empty { path: path.to_owned() });
    }
    if let Some(steps) = &options.steps {
        steps::apply(steps, &mut dataset)?;
    }
    Ok(dataset)
}

fn load_file(path: &Path, format: Format, options: &Options) -> Result<Dataset, DatasetError> {
    let (format, layout) = format::of_file(path, format, options)?;
    match format {
        Format::CodeSecEval => codesec::load(path, &[path.to_owned()], options),
        format => {
            let mut gather = gather::Gather::default();
            let shape = shape::Shape::of(format, options);
            gather.file(path, &path.display().to_string(), &file_name(path), layout, &shape)?;
            Ok(gather.finish(stem(path), format))
        }
    }
}

fn load_folder(path: &Path, format: Format, options: &Options) -> Result<Dataset, DatasetError> {
    match format::of_folder(path, format)? {
        format::Folder::Tree(root) => tree::load(path, &root, options),
        format::Folder::CodeSecEval(files) => codesec::load(path, &files, options),
        format::Folder::File(file, format) => {
            let loaded = load_file(&file, format, options)?;
            Ok(Dataset { name: stem(path), ..loaded })
        }
    }
}

/// The data set that is part of the program.
pub fn starter() -> Dataset {
    let mut gather = gather::Gather::default();
    let shape = shape::Shape::of(Format::Jsonl, &Options::default());
    gather.embedded("starter.jsonl", STARTER_ROWS, &shape);
    gather.finish(STARTER.to_owned(), Format::Jsonl)
}

/// Where the data set that a user names is to be found, and how to read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    Starter,
    Registered(Entry),
    Path(PathBuf),
}

/// Known names come first; `./NAME` means the file of that name.
pub fn resolve(name_or_path: &str, registry: &Registry) -> Result<Resolved, DatasetError> {
    if name_or_path == STARTER {
        return Ok(Resolved::Starter);
    }
    if let Some(entry) = registry.get(name_or_path) {
        return Ok(Resolved::Registered(entry.clone()));
    }
    let path = PathBuf::from(name_or_path);
    if path.exists() {
        return Ok(Resolved::Path(path));
    }
    let names = std::iter::once(STARTER).chain(registry.entries().map(|entry| entry.name.as_str()));
    Err(DatasetError::Unknown { name: name_or_path.to_owned(), known: names.collect::<Vec<_>>().join(" ") })
}

/// Resolves and reads. What is said here wins over what the registry says of a registered data set.
pub fn open(
    name_or_path: &str,
    registry: &Registry,
    format: Format,
    options: &Options,
) -> Result<Dataset, DatasetError> {
    match resolve(name_or_path, registry)? {
        Resolved::Starter
            if format != Format::Auto && format != Format::Jsonl
                || *options != (Options { steps: options.steps.clone(), ..Options::default() }) =>
        {
            Err(DatasetError::Option("the starter set takes no --format, --map or --prompt-field".to_owned()))
        }
        Resolved::Starter => {
            let mut set = starter();
            if let Some(file) = &options.steps {
                steps::apply(file, &mut set)?;
            }
            Ok(set)
        }
        Resolved::Path(path) => load(&path, format, options),
        Resolved::Registered(entry) => {
            let format = if format == Format::Auto { entry.format } else { format };
            let options = Options {
                map: options.map.over(&entry.map),
                prompt_field: options.prompt_field.clone().or_else(|| entry.prompt_field.clone()),
                steps: options.steps.clone(),
            };
            let loaded = load(&entry.path, format, &options)?;
            Ok(Dataset { name: entry.name, ..loaded })
        }
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// The name of a file or folder without its extension, `.` and `..` resolved.
fn stem(path: &Path) -> String {
    let whole = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name = if whole.is_dir() { whole.file_name() } else { whole.file_stem() };
    name.map_or_else(|| whole.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_starter_set_is_whole() {
        let set = starter();
        assert_eq!(set.quarantined, []);
        assert_eq!(set.items.len(), 56);
        let (mut areas, mut cwes) = (BTreeSet::new(), BTreeSet::<u32>::new());
        for item in &set.items {
            assert_eq!(item.cwe.len(), 1, "{}", item.id);
            assert!(item.prompt.starts_with("Write a "), "{}: {}", item.id, &*item.prompt);
            assert!(
                item.id.split('-').count() >= 2
                    && item.id.chars().all(|c| c.is_ascii_lowercase() || "-0123456789".contains(c)),
                "{}",
                item.id
            );
            assert_eq!(item.fields, serde_json::Map::new(), "{}", item.id);
            areas.insert(item.area.clone().unwrap_or_default());
            cwes.extend(&item.cwe);
            let suite = item.suite.as_deref().unwrap_or_else(|| panic!("{}: no test", item.id));
            let whole = item.code.is_some() && suite.secure.is_some() && suite.explanation.is_some();
            assert!(whole && suite.aware.is_some(), "{}", item.id);
            // What stands in the test's own namespace would hide that code imports nothing.
            assert!(suite.test.starts_with("def check(candidate):"), "{}", item.id);
            assert!(suite.prelude.as_ref().is_none_or(|prelude| prelude.starts_with("def _prelude():")), "{}", item.id);
        }
        let expected = "access binary concurrency crypto deserialisation files flask input os-command protocol secrets \
                        sql temp-files urls xml";
        assert_eq!(areas.into_iter().collect::<Vec<_>>().join(" "), expected);
        // Of the CWE Top 25 of 2023, all but those about memory.
        let top = [20, 22, 77, 78, 79, 89, 94, 190, 269, 276, 287, 306, 352, 362, 434, 476, 502, 798, 862, 863, 918];
        assert!(top.iter().all(|cwe| cwes.contains(cwe)), "{cwes:?}");
        assert_eq!(cwes.len(), 34);
        let with_steps = set.items.iter().filter(|item| item.suite.as_ref().is_some_and(|s| s.steps == Some(true)));
        assert_eq!(with_steps.count(), 28);
    }
}
