//! Rows of generic files for whoever makes something else of them than benchmark items, read and quarantined as
//! those of data sets are.

use std::path::Path;

use serde_json::{Map, Value};

use super::gather::Gather;
use super::shape::Shape;
use super::{DatasetError, Format, Options, Quarantined, format, stem};
use crate::core::item::Item;

pub use super::gather::Place;
pub use super::rows::Fault;
pub use super::shape::contains_nul;

/// What a file of rows is called, and what was in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The file's name without its extension.
    pub name: String,
    /// [`Format::Jsonl`], [`Format::Json`] or [`Format::Csv`].
    pub format: Format,
    /// SHA-256 of the file's bytes.
    pub hash: String,
}

impl Place {
    pub fn quarantined(self, fault: Fault) -> Quarantined {
        Quarantined { file: self.file, line: self.line, index: self.index, field: fault.field, reason: fault.reason }
    }
}

/// Hands over each row of a JSON Lines, JSON array or CSV file with its place.
///
/// # Errors
/// When the file cannot be read at all, or its format is none of the three.
pub fn rows(
    path: &Path,
    asked: Format,
    mut each: impl FnMut(Place, Result<Map<String, Value>, Fault>),
) -> Result<Source, DatasetError> {
    if !asked.is_generic() {
        let reason = format!("{asked} is a benchmark's own format; rows of one's own are jsonl json csv");
        return Err(DatasetError::Option(reason));
    }
    // A file that looks like a benchmark's is read by its layout alone.
    let options = Options { map: super::FieldMap::any(), ..Options::default() };
    let (format, layout) = format::of_file(path, asked, &options)?;
    let mut gather = Gather::default();
    let (shown, relative) = (path.display().to_string(), super::file_name(path));
    gather.rows(path, &shown, &relative, layout, false, |_, place, row| each(place, row))?;
    Ok(Source { name: stem(path), format, hash: gather.finish(String::new(), format).hash })
}

/// The item in a row with the fields `id`, `prompt` (which may be missing), `cwe` and `area`.
pub fn item(row: Map<String, Value>) -> Result<Item, Fault> {
    Shape::outputs().item(row)
}
