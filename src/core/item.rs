//! A benchmark item as the approaches see it, and the row it was loaded from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::text::Text;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Unique inside its data set; free text, never a file name.
    pub id: String,
    pub prompt: Text,
    /// The CWE numbers that the item is about, as far as the data set tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cwe: Vec<u32>,
    /// The kind of application, e.g. `sql` or `flask`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// Code that came with the item: a benchmark's insecure code, or the user's own file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Text>,
    /// What judges code for this item by running it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suite: Option<Box<Suite>>,
    /// Every other field of the row as it was loaded.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl Item {
    pub fn new(id: impl Into<String>, prompt: impl Into<Text>) -> Self {
        Self {
            id: id.into(),
            prompt: prompt.into(),
            cwe: Vec::new(),
            area: None,
            code: None,
            suite: None,
            fields: Map::new(),
        }
    }
}

/// What the numbers group an item by; the rest of it is not read for them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct About {
    /// The item's CWE type: its numbers in order. An item about several CWEs is of one type.
    pub cwe: Vec<u32>,
    /// It has a test.
    pub tested: bool,
    pub subset: Option<String>,
    /// Whether its vulnerability-aware problem holds detailed steps.
    pub steps: Option<bool>,
}

impl<'de> Deserialize<'de> for About {
    /// From an item as stored; its long fields are skipped.
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Whole {
            #[serde(default)]
            cwe: Vec<u32>,
            suite: Option<Part>,
        }
        #[derive(Deserialize)]
        struct Part {
            subset: Option<String>,
            steps: Option<bool>,
        }
        let whole = Whole::deserialize(from)?;
        let tested = whole.suite.is_some();
        let (subset, steps) = whole.suite.map_or((None, None), |suite| (suite.subset, suite.steps));
        Ok(Self { cwe: type_of(whole.cwe), tested, subset, steps })
    }
}

impl From<&Item> for About {
    fn from(item: &Item) -> Self {
        let suite = item.suite.as_deref();
        Self {
            cwe: type_of(item.cwe.clone()),
            tested: suite.is_some(),
            subset: suite.and_then(|suite| suite.subset.clone()),
            steps: suite.and_then(|suite| suite.steps),
        }
    }
}

fn type_of(mut cwe: Vec<u32>) -> Vec<u32> {
    cwe.sort_unstable();
    cwe.dedup();
    cwe
}

/// An item's test and all that belongs to it: prelude, code and test run in one namespace, in this order, then the
/// test is started.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Suite {
    #[serde(default)]
    pub kind: SuiteKind,
    pub test: Text,
    /// What `check` is called with; empty for [`SuiteKind::Unittest`].
    #[serde(default)]
    pub entry_point: String,
    /// Runs before the code, e.g. stand-ins for packages that are not installed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prelude: Option<Text>,
    /// The benchmark's own secure code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secure: Option<Text>,
    /// The vulnerability-aware problem, which replaces the prompt whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aware: Option<Text>,
    /// Whether the vulnerability-aware problem holds detailed steps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<bool>,
    /// What is insecure in the item's insecure code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Text>,
    /// The part of the data set, e.g. `SecEvalBase`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subset: Option<String>,
    /// What lies in the working folder when the program starts; a fresh copy each time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Resource>,
    /// What the test misses as stored and `--repair-environment` adds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Resource>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SuiteKind {
    /// The test defines `check(candidate)`; it is called with the entry point.
    #[default]
    Check,
    /// The test is a `unittest` module; every case in it runs.
    Unittest,
}

/// A file or folder of an item, below the working folder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Relative, with `/`; a folder ends in one.
    pub path: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Bytes that are not UTF-8, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_of_a_stored_item_is_what_the_item_says() {
        let suite = Suite { subset: Some("Plus".to_owned()), steps: Some(false), ..Suite::default() };
        let whole = Item { cwe: vec![862, 287, 306, 287], suite: Some(Box::new(suite)), ..Item::new("a", "p") };
        for item in [whole, Item { cwe: vec![89], ..Item::new("b", "p") }, Item::new("c", "p")] {
            let stored = serde_json::to_string(&item).expect("an item is JSON");
            let read: About = serde_json::from_str(&stored).expect("what was written");
            assert_eq!(read, About::from(&item));
        }
        let item = Item { cwe: vec![862, 287, 306, 287], ..Item::new("a", "p") };
        assert_eq!(About::from(&item).cwe, [287, 306, 862]);
    }
}
