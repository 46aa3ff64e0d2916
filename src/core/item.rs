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
    /// Every other field of the row as it was loaded.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub fields: Map<String, Value>,
}

impl Item {
    pub fn new(id: impl Into<String>, prompt: impl Into<Text>) -> Self {
        Self { id: id.into(), prompt: prompt.into(), cwe: Vec::new(), area: None, code: None, fields: Map::new() }
    }
}
