//! Data sets by name: one TOML file in the user's data directory, replaced as a whole.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;
use serde::{Deserialize, Serialize};

use super::{Dataset, DatasetError, FieldMap, Format, Options, STARTER, load};

const FILE: &str = "datasets.toml";
const LONGEST_NAME: usize = 64;

/// A data set that the user has named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    /// Absolute.
    pub path: PathBuf,
    pub format: Format,
    pub map: FieldMap,
    pub prompt_field: Option<String>,
}

#[derive(Debug, Clone)]
pub struct Registry {
    folder: PathBuf,
    entries: BTreeMap<String, Entry>,
}

/// An entry as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    path: String,
    #[serde(default)]
    format: Format,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    map: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt_field: Option<String>,
}

/// `FDSP_DATA_DIR`, else `fdsp` in the user's data directory.
pub fn data_dir() -> Result<PathBuf, DatasetError> {
    if let Some(folder) = std::env::var_os("FDSP_DATA_DIR").filter(|folder| !folder.is_empty()) {
        return Ok(PathBuf::from(folder));
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| DatasetError::NoDataDir(error.to_string()))?;
    Ok(strategy.data_dir().join("fdsp"))
}

impl Registry {
    /// Reads the registry in `folder`; a folder without one has no entries.
    pub fn open(folder: &Path) -> Result<Self, DatasetError> {
        let file = folder.join(FILE);
        let text = match fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(DatasetError::Io { path: file, source }),
        };
        let stored: BTreeMap<String, Stored> =
            toml::from_str(&text).map_err(|error| DatasetError::unusable(&file, error.to_string().trim_end()))?;
        let mut entries = BTreeMap::new();
        for (name, stored) in stored {
            let map =
                stored.map.parse().map_err(|error| DatasetError::unusable(&file, format!("[{name}]: {error}")))?;
            let Stored { path, format, prompt_field, .. } = stored;
            entries.insert(name.clone(), Entry { name, path: path.into(), format, map, prompt_field });
        }
        Ok(Self { folder: folder.to_owned(), entries })
    }

    /// The registry of [`data_dir`].
    pub fn of_user() -> Result<Self, DatasetError> {
        Self::open(&data_dir()?)
    }

    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// By name.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// Names the data set at `path`, once it has been read; gives what was read.
    pub fn add(&mut self, name: &str, path: &Path, format: Format, options: &Options) -> Result<Dataset, DatasetError> {
        check_name(name)?;
        if options.steps.is_some() {
            let reason = "a name does not keep --steps; say it where the data set is used";
            return Err(DatasetError::Option(reason.to_owned()));
        }
        let _lock = self.lock()?;
        if self.entries.contains_key(name) {
            let reason = "is taken; `fdsp dataset remove` frees it".to_owned();
            return Err(DatasetError::Name { name: name.to_owned(), reason });
        }
        let path = path.canonicalize().map_err(DatasetError::io(path))?;
        if path.to_str().is_none() {
            return Err(DatasetError::unusable(&path, "the path is not plain text; move or rename it"));
        }
        let loaded = load(&path, format, options)?;
        let entry = Entry {
            name: name.to_owned(),
            path,
            // What `auto` found today is what it means from now on.
            format: loaded.format,
            map: options.map.clone(),
            prompt_field: options.prompt_field.clone(),
        };
        self.entries.insert(name.to_owned(), entry);
        self.write()?;
        Ok(Dataset { name: name.to_owned(), ..loaded })
    }

    /// Forgets a name; the data stay where they are.
    pub fn remove(&mut self, name: &str) -> Result<(), DatasetError> {
        let _lock = self.lock()?;
        if self.entries.remove(name).is_none() {
            let reason = if name == STARTER { "is part of the program" } else { "is not known" };
            return Err(DatasetError::Name { name: name.to_owned(), reason: reason.to_owned() });
        }
        self.write()
    }

    /// Keeps other processes from writing, and takes in what they have written.
    fn lock(&mut self) -> Result<File, DatasetError> {
        fs::create_dir_all(&self.folder).map_err(DatasetError::io(&self.folder))?;
        let path = self.folder.join("datasets.lock");
        let lock = File::options().create(true).append(true).open(&path).map_err(DatasetError::io(&path))?;
        lock.lock().map_err(DatasetError::io(&path))?;
        self.entries = Self::open(&self.folder)?.entries;
        Ok(lock)
    }

    fn write(&self) -> Result<(), DatasetError> {
        let file = self.folder.join(FILE);
        let stored: BTreeMap<&str, Stored> = self
            .entries()
            .map(|entry| {
                let stored = Stored {
                    path: entry.path.to_string_lossy().into_owned(),
                    format: entry.format,
                    map: entry.map.to_string(),
                    prompt_field: entry.prompt_field.clone(),
                };
                (entry.name.as_str(), stored)
            })
            .collect();
        let text = toml::to_string(&stored).map_err(|error| DatasetError::unusable(&file, error.to_string()))?;
        let replace = || {
            let mut new = tempfile::NamedTempFile::new_in(&self.folder)?;
            new.write_all(text.as_bytes())?;
            new.as_file().sync_all()?;
            new.persist(&file).map_err(|error| error.error).map(drop)
        };
        replace().map_err(DatasetError::io(&file))
    }
}

fn check_name(name: &str) -> Result<(), DatasetError> {
    let wrong =
        |reason: &str| Err(DatasetError::Name { name: name.escape_debug().to_string(), reason: reason.to_owned() });
    if name == STARTER {
        return wrong("is that of the set in the program; choose another");
    }
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
    let rest = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    if !first || !rest || name.len() > LONGEST_NAME {
        return wrong("must be letters, digits, `-`, `_` and `.`, at most 64, a letter or digit first");
    }
    Ok(())
}
