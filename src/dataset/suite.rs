//! From a row's fields to the item's test and all that belongs to it.

use std::fs;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use walkdir::WalkDir;

use super::rows::Fault;
use crate::core::item::{Resource, Suite, SuiteKind};
use crate::core::text::{Text, sha256_hex};

/// Names of the fields that make a suite.
#[derive(Debug, Clone, Copy)]
pub struct SuiteFields {
    test: &'static str,
    entry_point: &'static str,
    secure: &'static str,
    aware: &'static str,
    explanation: &'static str,
}

pub const CODESECEVAL: SuiteFields = SuiteFields {
    test: "Test",
    entry_point: "Entry_Point",
    secure: "Secure Code",
    aware: "Vulnerability-aware Information",
    explanation: "Insecure Code Explanation",
};

/// Rows of one's own, and the starter set's.
pub const OWN: SuiteFields = SuiteFields {
    test: "test",
    entry_point: "entry_point",
    secure: "secure_code",
    aware: "aware",
    explanation: "explanation",
};

/// How the test of a row is started: `check` where it does not say, or `unittest`.
const KIND: &str = "test_kind";

/// The largest resource, and all of an item's together, in bytes.
const FILE: u64 = 4 << 20;
const FOLDER: u64 = 32 << 20;

impl SuiteFields {
    /// Takes the fields out of the row. Without a test there is no suite and the row stays whole; so without an entry
    /// point, which a `unittest` module (`test_kind`) does not need.
    pub fn take(&self, row: &mut Map<String, Value>) -> Result<Option<Suite>, Fault> {
        let filled = |name: &str| row.get(name).and_then(Value::as_str).is_some_and(|text| !text.trim().is_empty());
        if !filled(self.test) {
            return Ok(None);
        }
        let kind = match row.get(KIND) {
            None | Some(Value::Null) => SuiteKind::Check,
            Some(Value::String(kind)) if kind == "check" => SuiteKind::Check,
            Some(Value::String(kind)) if kind == "unittest" => SuiteKind::Unittest,
            Some(_) => return Err(Fault::field(KIND, "it must be check or unittest")),
        };
        if kind == SuiteKind::Check && !filled(self.entry_point) {
            return Ok(None);
        }
        row.shift_remove(KIND);
        let mut text = |name: &str| match row.shift_remove(name) {
            Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(Text::from(text.replace("\r\n", "\n")))),
            None | Some(Value::Null | Value::String(_)) => Ok(None),
            Some(_) => Err(Fault::field(name, "it must be a string")),
        };
        let mut suite = Suite {
            kind,
            test: text(self.test)?.unwrap_or_default(),
            entry_point: match kind {
                SuiteKind::Check => text(self.entry_point)?.unwrap_or_default().trim().to_owned(),
                SuiteKind::Unittest => String::new(),
            },
            secure: text(self.secure)?,
            explanation: text(self.explanation)?,
            prelude: text("prelude")?,
            subset: text("subset")?.map(|name| name.to_string()),
            ..Suite::default()
        };
        let aware = text(self.aware)?;
        suite.steps = match row.shift_remove("steps") {
            Some(Value::Bool(steps)) => Some(steps),
            None | Some(Value::Null) => None,
            Some(_) => return Err(Fault::field("steps", "it must be true or false")),
        };
        suite.files = match row.shift_remove("files") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Object(files)) => files.into_iter().map(given).collect::<Result<_, _>>()?,
            Some(_) => return Err(Fault::field("files", "it must map paths to texts")),
        };
        if let Some(aware) = aware {
            suite.tell(aware);
        }
        Ok(Some(suite))
    }

    /// A field of an annotation that belongs to the suite; others are handed back.
    pub fn annotate(&self, suite: &mut Suite, name: &str, value: Value) -> Option<Value> {
        match value {
            Value::String(text) if name == self.aware => suite.tell(text.replace("\r\n", "\n").into()),
            Value::String(text) if name == self.explanation => {
                suite.explanation = Some(text.replace("\r\n", "\n").into());
            }
            other => return Some(other),
        }
        None
    }
}

fn given((path, text): (String, Value)) -> Result<Resource, Fault> {
    match text {
        Value::String(text) => Ok(Resource { path, text: Some(text.into()), base64: None }),
        _ => Err(Fault::field("files", format!("`{path}` must be a text"))),
    }
}

impl Suite {
    /// The vulnerability-aware problem; where the row does not mark its steps, a line that begins with `1.` does.
    fn tell(&mut self, aware: Text) {
        self.steps.get_or_insert_with(|| has_steps(&aware));
        self.aware = Some(aware);
    }
}

/// Gives 86 and 94 on CodeSecEval; its authors counted 85 and 95 by hand. `--steps` says otherwise.
fn has_steps(aware: &str) -> bool {
    aware.lines().any(|line| line.trim_start().starts_with("1."))
}

/// An item's own folder below `Test`: `/` in the id is written `_`.
pub fn folder_of(id: &str) -> String {
    format!("Test/{}", id.replace('/', "_"))
}

/// The files of a folder, their paths with `prefix` in front; and the SHA-256 of each for the data set's hash.
pub fn resources(folder: &Path, prefix: &str) -> Result<Vec<(Resource, String)>, Fault> {
    let mut found = Vec::new();
    let mut total = 0;
    for entry in WalkDir::new(folder).sort_by_file_name() {
        let unreadable = |reason: String| Fault::field("Test", format!("a resource cannot be read: {reason}"));
        let entry = entry.map_err(|error| unreadable(error.to_string()))?;
        let relative = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let mut path = std::iter::once(prefix.to_owned())
            .chain(relative.iter().map(|part| part.to_string_lossy().into_owned()))
            .collect::<Vec<_>>()
            .join("/");
        if entry.file_type().is_dir() {
            path.push('/');
            found.push((Resource { path, text: None, base64: None }, sha256_hex("")));
            continue;
        }
        if !entry.file_type().is_file() {
            return Err(Fault::field("Test", format!("`{path}` is neither a file nor a folder; remove it")));
        }
        let length = entry.metadata().map_err(|error| unreadable(error.to_string()))?.len();
        total += length;
        if length > FILE || total > FOLDER {
            let reason = format!(
                "`{path}` makes the resources too big: {} MiB a file, {} MiB together",
                FILE >> 20,
                FOLDER >> 20
            );
            return Err(Fault::field("Test", reason));
        }
        let bytes = fs::read(entry.path()).map_err(|error| unreadable(error.to_string()))?;
        let hash = sha256_hex(&bytes);
        let (text, base64) = match String::from_utf8(bytes) {
            Ok(text) => (Some(text.into()), None),
            Err(error) => (None, Some(STANDARD.encode(error.as_bytes()).into())),
        };
        found.push((Resource { path, text, base64 }, hash));
    }
    Ok(found)
}

/// What an item of CodeSecEval's tests misses as it is published: its folder where git dropped it, and the files
/// of four items. `--repair-environment` supplies them; their contents are ours.
pub fn missing(id: &str, has_folder: bool) -> Vec<Resource> {
    const FILES: [(&str, &str); 11] = [
        ("CWE-78_06", "doc.txt"),
        ("CWE-78_06", "image.png"),
        ("CWE-78_07", "dir1/a.txt"),
        ("CWE-78_07", "dir1/b.txt"),
        ("CWE-78_07", "dir1/c.txt"),
        ("CWE-78_07", "dir2/a.txt"),
        ("CWE-78_07", "dir2/b.txt"),
        ("CWE-22_06", "user204/document.pdf"),
        ("CWE-22_06", "user205/own_document.txt"),
        ("CWE-367_author_1", "path/to/directory1/"),
        ("CWE-367_author_1", "path/to/directory2/"),
    ];
    let folder = folder_of(id);
    let own = (!has_folder).then(|| Resource { path: format!("{folder}/"), text: None, base64: None });
    let files = FILES.iter().filter(|(of, _)| *of == id).map(|(_, path)| Resource {
        path: format!("{folder}/{path}"),
        text: (!path.ends_with('/')).then(|| "supplied\n".into()),
        base64: None,
    });
    own.into_iter().chain(files).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(row: Value) -> (Result<Option<Suite>, Fault>, Vec<String>) {
        let Value::Object(mut row) = row else { unreachable!() };
        let suite = OWN.take(&mut row);
        (suite, row.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn an_entry_point_is_needed_by_check_alone() {
        let (suite, left) = taken(json!({"test": "def check(c): ...", "entry_point": " f ", "test_kind": "check"}));
        let suite = suite.unwrap().unwrap();
        assert_eq!((suite.kind, suite.entry_point.as_str(), left), (SuiteKind::Check, "f", Vec::new()));
        let (suite, left) = taken(json!({"test": "import unittest", "test_kind": "unittest", "secure_code": "x = 1"}));
        let suite = suite.unwrap().unwrap();
        assert_eq!((suite.kind, suite.entry_point.as_str(), left), (SuiteKind::Unittest, "", Vec::new()));
        assert_eq!(suite.secure.as_deref(), Some("x = 1"));
        let (suite, left) = taken(json!({"test": "def check(c): ...", "other": 1}));
        assert_eq!((suite, left), (Ok(None), vec!["test".to_owned(), "other".to_owned()]));
        let (suite, _) = taken(json!({"test": "t", "entry_point": "f", "test_kind": "pytest"}));
        assert_eq!(suite, Err(Fault::field("test_kind", "it must be check or unittest")));
    }
}
