//! Which vulnerability-aware problems hold detailed steps, as the user says it: a data set need not mark them.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

use super::shape::quoted;
use super::{Dataset, DatasetError};

/// The longest file that is read, in bytes.
const LONGEST: u64 = 4 << 20;

/// What a file says of one id, and the line that says it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Said {
    id: String,
    steps: bool,
    line: usize,
}

/// Reads the file and sets the steps of the items that it names; gives how many it names.
///
/// # Errors
/// A file that cannot be read, and with its line: what is neither form, an id twice, one that no item has, an item
/// without a vulnerability-aware problem.
pub fn apply(path: &Path, set: &mut Dataset) -> Result<usize, DatasetError> {
    let length = fs::metadata(path).map_err(DatasetError::io(path))?.len();
    if length > LONGEST {
        return Err(DatasetError::unusable(path, format!("longer than {} MiB; it is no list of ids", LONGEST >> 20)));
    }
    let text = fs::read_to_string(path).map_err(DatasetError::io(path))?;
    let wrong = |line: usize, reason: String| DatasetError::unusable(path, format!("line {line}: {reason}"));
    let said = parse(&text).map_err(|(line, reason)| wrong(line, reason))?;
    let at: HashMap<String, usize> = set.items.iter().enumerate().map(|(at, item)| (item.id.clone(), at)).collect();
    for Said { id, steps, line } in &said {
        let Some(item) = at.get(id).and_then(|at| set.items.get_mut(*at)) else {
            let reason =
                format!("no loaded item has the id {}; `fdsp dataset check` shows what was loaded", quoted(id));
            return Err(wrong(*line, reason));
        };
        match item.suite.as_mut().filter(|suite| suite.aware.is_some()) {
            Some(suite) => suite.steps = Some(*steps),
            None => {
                return Err(wrong(*line, format!("the item {} has no vulnerability-aware problem", quoted(id))));
            }
        }
    }
    Ok(said.len())
}

/// One JSON object, ids to booleans; or lines `ID true|false`, blank ones and those that begin with `#` left out.
fn parse(text: &str) -> Result<Vec<Said>, (usize, String)> {
    let text = text.trim_start_matches('\u{FEFF}');
    let said = if text.trim_start().starts_with('{') { object(text)? } else { lines(text)? };
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for Said { id, line, .. } in &said {
        if let Some(first) = seen.insert(id, *line) {
            return Err((*line, format!("the id {} stands on line {first} too; remove one", quoted(id))));
        }
    }
    Ok(said)
}

fn lines(text: &str) -> Result<Vec<Said>, (usize, String)> {
    let rows = text.lines().map(str::trim).enumerate().map(|(at, line)| (at + 1, line));
    rows.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(line, row)| {
            let (id, word) = row.rsplit_once(char::is_whitespace).unwrap_or((row, ""));
            let steps = match word {
                "true" => true,
                "false" => false,
                _ => return Err((line, format!("{} is not `ID true` or `ID false`", quoted(row)))),
            };
            Ok(Said { id: id.trim_end().to_owned(), steps, line })
        })
        .collect()
}

fn object(text: &str) -> Result<Vec<Said>, (usize, String)> {
    let map: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| (error.line(), format!("not a JSON object of ids and true or false: {error}")))?;
    map.into_iter()
        .map(|(id, value)| {
            // Ids are written with the same escapes wherever JSON is made by a program; else the place is the file's start.
            let key = serde_json::to_string(&id).unwrap_or_default();
            let line = text.find(&key).map_or(1, |at| text[..at].matches('\n').count() + 1);
            match value {
                Value::Bool(steps) => Ok(Said { id, steps, line }),
                _ => Err((line, format!("the value of {} must be true or false", quoted(&id)))),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::item::{Item, Suite};
    use crate::dataset::Format;

    fn set() -> Dataset {
        let item = |id: &str, aware: Option<&str>| {
            let mut item = Item::new(id, "p");
            let aware = aware.map(Into::into);
            item.suite = Some(Box::new(Suite { aware, steps: Some(false), ..Suite::default() }));
            item
        };
        let items = vec![item("CWE-78/CWE 1_01", Some("x")), item("b", Some("x")), item("bare", None)];
        Dataset {
            name: "set".to_owned(),
            format: Format::CodeSecEval,
            hash: String::new(),
            read: items.len(),
            items,
            quarantined: Vec::new(),
        }
    }

    fn applied(text: &str) -> Result<Vec<Option<bool>>, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("steps");
        fs::write(&path, text).unwrap();
        let mut set = set();
        apply(&path, &mut set).map_err(|error| error.to_string().replace(&path.display().to_string(), "FILE"))?;
        Ok(set.items.iter().map(|item| item.suite.as_ref().unwrap().steps).collect())
    }

    #[test]
    fn both_forms_say_the_same() {
        let wanted = Ok(vec![Some(true), Some(false), Some(false)]);
        assert_eq!(applied("# by hand\nCWE-78/CWE 1_01 true\r\n\nb\tfalse\n"), wanted);
        assert_eq!(applied("\u{FEFF}{\"CWE-78/CWE 1_01\": true,\n \"b\": false}"), wanted);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, line, reason) in [
            ("b yes\n", 1, "`b yes` is not `ID true` or `ID false`"),
            ("b true\ntrue\n", 2, "`true` is not"),
            ("\nc true\n", 2, "no loaded item has the id `c`"),
            ("b true\nb false\n", 2, "stands on line 1 too"),
            ("bare true\n", 1, "has no vulnerability-aware problem"),
            ("{\"b\": true,\n\"c\": true}", 2, "no loaded item has the id `c`"),
            ("{\"b\":\n true,\n\"CWE-78/CWE 1_01\": 1}", 3, "must be true or false"),
            ("{\"b\": true,\n", 2, "not a JSON object"),
        ] {
            let error = applied(text).expect_err(text);
            assert!(error.starts_with(&format!("FILE: line {line}: ")) && error.contains(reason), "{text}: {error}");
        }
    }
}
