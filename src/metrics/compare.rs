use std::collections::BTreeMap;

use serde_json::Value;

use super::Study;

/// A value that two derivations of the same do not agree on.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Difference {
    /// Such as `table1[0].blocks[0].rows[1].cells[0].vulnerable.count`.
    pub path: String,
    /// `None`: not there.
    pub stored: Option<Value>,
    pub derived: Option<Value>,
}

/// Every value that differs, in the order of the paths. Evidence counts as one value.
pub fn differences(stored: &Value, derived: &Value) -> Vec<Difference> {
    let (stored, mut derived) = (values(stored), values(derived));
    let mut found = Vec::new();
    for (path, value) in stored {
        let other = derived.remove(&path);
        if other.as_ref() != Some(&value) {
            found.push(Difference { path, stored: Some(value), derived: other });
        }
    }
    let missing = derived.into_iter().map(|(path, value)| Difference { path, stored: None, derived: Some(value) });
    found.extend(missing);
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

impl Study {
    /// Every number by its path.
    ///
    /// # Errors
    /// When the study cannot be written as JSON.
    pub fn numbers(&self) -> Result<BTreeMap<String, Value>, serde_json::Error> {
        Ok(values(&serde_json::to_value(self)?))
    }
}

fn values(value: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    walk(value, String::new(), &mut found);
    found
}

fn walk(value: &Value, path: String, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                match name.as_str() {
                    "evidence" => drop(found.insert(path, value.clone())),
                    _ => walk(value, path, found),
                }
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (at, value) in values.iter().enumerate() {
                walk(value, format!("{path}[{at}]"), found);
            }
        }
        _ => drop(found.insert(path, value.clone())),
    }
}
