//! Which field of a row is which, as the user says it.

use std::fmt;
use std::str::FromStr;

use super::DatasetError;

/// Names of the fields of generic rows, written `id=ID,prompt=Prompt,cwe=CWE,area=Area,code=Code`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FieldMap {
    pairs: Vec<(String, String)>,
}

const TARGETS: [&str; 5] = ["id", "prompt", "cwe", "area", "code"];

impl FieldMap {
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub fn get(&self, target: &str) -> Option<&str> {
        self.pairs.iter().find(|(of, _)| of == target).map(|(_, name)| name.as_str())
    }

    /// A map that says only that the rows are of no known benchmark.
    pub(super) fn any() -> Self {
        Self { pairs: vec![("id".to_owned(), "id".to_owned())] }
    }

    /// The targets in the order in which they were written, each with the name of its field.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(target, name)| (target.as_str(), name.as_str()))
    }

    /// This map, with `under` for what it does not name.
    pub fn over(&self, under: &Self) -> Self {
        let missing = under.pairs.iter().filter(|(target, _)| self.get(target).is_none());
        Self { pairs: self.pairs.iter().chain(missing).cloned().collect() }
    }
}

impl fmt::Display for FieldMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pairs: Vec<String> = self.pairs.iter().map(|(target, name)| format!("{target}={name}")).collect();
        f.write_str(&pairs.join(","))
    }
}

impl FromStr for FieldMap {
    type Err = DatasetError;

    fn from_str(text: &str) -> Result<Self, DatasetError> {
        Self::parse(text, &TARGETS)
    }
}

impl FieldMap {
    /// Pairs `TARGET=NAME`, parted by commas; `targets` are the words that may stand before the `=`.
    pub fn parse(text: &str, targets: &[&str]) -> Result<Self, DatasetError> {
        let mut map = Self::default();
        for pair in text.split(',').filter(|pair| !pair.trim().is_empty()) {
            let wrong = |why: &str| {
                Err(DatasetError::Option(format!(
                    "the field map's `{}` {why}; write FIELD=NAME with FIELD one of: {}",
                    pair.escape_debug(),
                    targets.join(" ")
                )))
            };
            let Some((target, name)) = pair.split_once('=') else { return wrong("has no `=`") };
            let (target, name) = (target.trim(), name.trim());
            if !targets.contains(&target) {
                return wrong("maps no field of an item");
            }
            if name.is_empty() {
                return wrong("names no field of the row");
            }
            if map.get(target).is_some() {
                return wrong("maps a field a second time");
            }
            map.pairs.push((target.to_owned(), name.to_owned()));
        }
        Ok(map)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_map_says_what_is_wrong_with_it() {
        let map: FieldMap = "id=ID,prompt=The prompt".parse().unwrap();
        assert_eq!(map.to_string(), "id=ID,prompt=The prompt");
        for wrong in ["id", "name=x", "id=", "id=a,id=b"] {
            let message = wrong.parse::<FieldMap>().unwrap_err().to_string();
            assert!(message.contains("FIELD=NAME"), "{wrong}: {message}");
        }
    }
}
