//! A folder of the user's own prompt templates: `NAME.txt` takes the place of the built-in template NAME.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::approach::template::{self, TemplateError};
use crate::core::text::Text;

#[derive(Debug, thiserror::Error)]
pub enum TemplatesError {
    #[error("templates: {path} cannot be read: {reason}")]
    Read { path: PathBuf, reason: String },
    #[error("{path}: {source}")]
    Template { path: PathBuf, source: TemplateError },
}

/// Every `*.txt` of the folder, checked; files of other kinds are left alone.
pub fn read(folder: &Path) -> Result<BTreeMap<String, Text>, TemplatesError> {
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |error: std::io::Error| TemplatesError::Read { path, reason: error.to_string() }
    };
    let mut templates = BTreeMap::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        let source: Text = std::fs::read_to_string(&path).map_err(unreadable(&path))?.into();
        template::check(name, &source).map_err(|source| TemplatesError::Template { path: path.clone(), source })?;
        templates.insert(name.to_owned(), source);
    }
    Ok(templates)
}
