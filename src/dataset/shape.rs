//! Makes an item of a row's named values: which field is which, and what is wrong with it.

use serde_json::{Map, Value};

use super::rows::Fault;
use super::suite::{self, SuiteFields};
use super::{Format, Options};
use crate::core::item::Item;
use crate::core::text::Text;

enum CweFrom {
    Field(String),
    /// The `CWE-89` at the beginning of the first of these fields that the row has.
    Id(&'static [&'static str]),
    Nothing,
}

/// Which field of a format's rows is which.
pub struct Shape {
    pub id: String,
    /// The first of these that the row has.
    prompt: Vec<String>,
    cwe: CweFrom,
    area: Option<String>,
    code: Option<String>,
    /// `<language>` in the prompt means Python.
    fill_language: bool,
    /// A field that is not UTF-8 is Mac Roman.
    pub mac_roman: bool,
    /// A row without a prompt has an empty one.
    promptless: bool,
    suite: Option<SuiteFields>,
}

impl Shape {
    pub fn of(format: Format, options: &Options) -> Self {
        let plain = |id: &str, prompt: &[&str]| Self {
            id: id.to_owned(),
            prompt: prompt.iter().map(|name| (*name).to_owned()).collect(),
            cwe: CweFrom::Nothing,
            area: None,
            code: None,
            fill_language: false,
            mac_roman: false,
            promptless: false,
            suite: None,
        };
        let mut shape = match format {
            Format::PythonSecurityEval => Self { mac_roman: true, ..plain("dataset_id", &["prompt"]) },
            Format::LlmSecEval => {
                let cwe = CweFrom::Id(&["Prompt ID", "Promot ID"]);
                Self { cwe, fill_language: true, ..plain("Filename", &["LLM-generated NL Prompt", "NL Prompt"]) }
            }
            Format::SecurityEval => {
                Self { cwe: CweFrom::Id(&["ID"]), code: Some("Insecure_code".to_owned()), ..plain("ID", &["Prompt"]) }
            }
            Format::CodeSecEval => {
                let (cwe, code) = (CweFrom::Id(&["ID"]), Some("Insecure Code".to_owned()));
                Self { cwe, code, suite: Some(suite::CODESECEVAL), ..plain("ID", &["Problem"]) }
            }
            Format::Auto | Format::Jsonl | Format::Json | Format::Csv => {
                let name = |target: &str| options.map.get(target).unwrap_or(target).to_owned();
                let cwe = CweFrom::Field(name("cwe"));
                let (area, code) = (Some(name("area")), Some(name("code")));
                Self { cwe, area, code, suite: Some(suite::OWN), ..plain(&name("id"), &[&name("prompt")]) }
            }
        };
        if let Some(field) = &options.prompt_field {
            shape.prompt = vec![field.clone()];
        }
        shape
    }

    /// Rows of code that somebody generated; the prompt may not be known.
    pub fn outputs() -> Self {
        Self { promptless: true, code: None, suite: None, ..Self::of(Format::Jsonl, &Options::default()) }
    }

    /// The item in a row.
    ///
    /// Line ends of prompt and code become LF, white space around the id goes. A number is an id too. Fields that the
    /// item does not take stay in [`Item::fields`] as they are.
    pub fn item(&self, mut row: Map<String, Value>) -> Result<Item, Fault> {
        for (name, value) in &row {
            if contains_nul(name, value) {
                return Err(Fault::field(name.clone(), "a NUL character; remove it"));
            }
        }
        let id = self.id(&row)?;
        let (prompt_field, prompt) = self.prompt(&row)?;
        let cwe = match &self.cwe {
            CweFrom::Nothing => Vec::new(),
            CweFrom::Id(fields) => {
                let id = fields.iter().find_map(|field| row.get(*field)?.as_str());
                cwe_of_id(id.unwrap_or_default())
            }
            CweFrom::Field(field) => cwe_of_value(field, row.get(field).unwrap_or(&Value::Null))?,
        };
        let area = optional(&row, self.area.as_deref())?.map(|area| area.trim().to_owned());
        let code = optional(&row, self.code.as_deref())?.map(|code| Text::from(unix_lines(&code)));
        let cwe_field = match &self.cwe {
            CweFrom::Field(field) => Some(field.as_str()),
            CweFrom::Id(_) | CweFrom::Nothing => None,
        };
        let taken =
            [Some(self.id.as_str()), Some(&prompt_field), cwe_field, self.area.as_deref(), self.code.as_deref()];
        for field in taken.into_iter().flatten() {
            row.shift_remove(field);
        }
        let suite = self.suite.map(|fields| fields.take(&mut row)).transpose()?.flatten().map(Box::new);
        Ok(Item { id, prompt: prompt.into(), cwe, area, code, suite, fields: row })
    }

    fn id(&self, row: &Map<String, Value>) -> Result<String, Fault> {
        let wrong = |reason: &str| Err(Fault::field(self.id.clone(), reason));
        let id = match row.get(&self.id) {
            None => return wrong(&format!("the field is missing; it holds the id{}", self.hint("id"))),
            Some(Value::String(id)) => id.trim().to_owned(),
            Some(Value::Number(id)) if id.is_i64() || id.is_u64() => id.to_string(),
            Some(other) => return wrong(&format!("the id is {}; it must be a string or a whole number", kind(other))),
        };
        if id.is_empty() {
            return wrong("the id is empty");
        }
        if id.chars().any(char::is_control) {
            return wrong("the id holds a control character; remove it");
        }
        Ok(id)
    }

    /// What to do about a field that rows of one's own do not have.
    fn hint(&self, target: &str) -> String {
        match self.cwe {
            CweFrom::Field(_) => format!("; --map {target}=NAME names another field"),
            CweFrom::Id(_) | CweFrom::Nothing => String::new(),
        }
    }

    fn prompt(&self, row: &Map<String, Value>) -> Result<(String, String), Fault> {
        let found = self.prompt.iter().find(|field| row.contains_key(*field));
        if self.promptless {
            let empty = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
            if found.and_then(|field| row.get(field)).is_none_or(empty) {
                return Ok(("prompt".to_owned(), String::new()));
            }
        }
        let Some(field) = found else {
            let names = self.prompt.join("` nor `");
            let first = self.prompt.first().cloned();
            let reason = format!("the field is missing: no `{names}`; it holds the prompt{}", self.hint("prompt"));
            return Err(Fault { field: first, reason });
        };
        let Some(Value::String(prompt)) = row.get(field) else {
            let found = row.get(field).map_or("missing", kind);
            return Err(Fault::field(field.clone(), format!("the prompt is {found}; it must be a string")));
        };
        let mut prompt = unix_lines(prompt);
        if self.fill_language {
            // One prompt of the published file spells it `<lanuage>`.
            prompt = prompt.replace("<language>", "Python").replace("<lanuage>", "Python");
        }
        if prompt.trim().is_empty() {
            return Err(Fault::field(field.clone(), "the prompt is empty"));
        }
        Ok((field.clone(), prompt))
    }
}

fn optional(row: &Map<String, Value>, field: Option<&str>) -> Result<Option<String>, Fault> {
    let Some(field) = field else { return Ok(None) };
    match row.get(field) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(Fault::field(field, format!("the value is {}; it must be a string", kind(other)))),
    }
}

fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Whether a NUL character stands anywhere in a field.
pub fn contains_nul(name: &str, value: &Value) -> bool {
    name.contains('\0')
        || match value {
            Value::String(text) => text.contains('\0'),
            Value::Array(values) => values.iter().any(|value| contains_nul("", value)),
            Value::Object(map) => map.iter().any(|(name, value)| contains_nul(name, value)),
            _ => false,
        }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// The numbers in an id such as `CWE-020_author_1.py` or `CWE-862/CWE-287_01`; what follows the first part that is
/// no CWE is not looked at.
fn cwe_of_id(id: &str) -> Vec<u32> {
    let mut numbers = Vec::new();
    for part in id.split('/') {
        let digits = part.strip_prefix("CWE-").unwrap_or_default();
        let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
        match digits[..end].parse() {
            Ok(number) if number > 0 && !numbers.contains(&number) => numbers.push(number),
            Ok(_) => {}
            Err(_) => break,
        }
    }
    numbers
}

/// `89`, `"89"`, `"CWE-089"`, several of them in a list or parted by commas, semicolons, slashes or blanks.
fn cwe_of_value(field: &str, value: &Value) -> Result<Vec<u32>, Fault> {
    let wrong = |found: String| Fault::field(field, format!("{found} is no CWE number; write it as 89 or \"CWE-89\""));
    let mut numbers = Vec::new();
    let mut add = |number: Option<u32>, found: &dyn Fn() -> String| match number.filter(|number| *number > 0) {
        Some(number) => {
            if !numbers.contains(&number) {
                numbers.push(number);
            }
            Ok(())
        }
        None => Err(wrong(found())),
    };
    let values = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Array(values) => values.as_slice(),
        single => std::slice::from_ref(single),
    };
    for value in values {
        match value {
            Value::Number(number) => {
                add(number.as_u64().and_then(|n| n.try_into().ok()), &|| format!("`{number}`"))?;
            }
            Value::String(text) => {
                let words = text.split([',', ';', '/', ' ', '\t', '\n', '\r']).filter(|word| !word.is_empty());
                for word in words {
                    let digits =
                        word.get(..4).filter(|head| head.eq_ignore_ascii_case("CWE-")).map_or(word, |_| &word[4..]);
                    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
                    add(number, &|| quoted(word))?;
                }
            }
            other => add(None, &|| kind(other).to_owned())?,
        }
    }
    Ok(numbers)
}

/// A piece of a row inside a message: short, and nothing in it acts on a terminal.
pub fn quoted(text: &str) -> String {
    let short: String = text.chars().take(60).collect();
    let more = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{more}`", short.escape_debug())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cwe_numbers_in_ids() {
        let cases: [(&str, &[u32]); 8] = [
            ("CWE-020_author_1.py", &[20]),
            ("CWE-862/CWE-287/CWE-306/CWE-863_01", &[862, 287, 306, 863]),
            ("CWE-1204_x", &[1204]),
            ("CWE-79/codeql-eg-1/my_python_file.py", &[79]),
            ("CWE-_x", &[]),
            ("CWE-000_x", &[]),
            ("CWE-99999999999_x", &[]),
            ("135", &[]),
        ];
        for (id, numbers) in cases {
            assert_eq!(cwe_of_id(id), numbers, "{id}");
        }
    }

    #[test]
    fn cwe_numbers_in_values() {
        for (value, numbers) in [
            (json!(89), vec![89]),
            (json!("CWE-089"), vec![89]),
            (json!("cwe-79; 89/CWE-89"), vec![79, 89]),
            (json!(["CWE-22", 23]), vec![22, 23]),
            (json!(null), vec![]),
            (json!(""), vec![]),
        ] {
            assert_eq!(cwe_of_value("cwe", &value), Ok(numbers), "{value}");
        }
        for value in [
            json!(-1),
            json!(0),
            json!(1.5),
            json!("SQL"),
            json!(true),
            json!({}),
            json!([[1]]),
            json!("CWÉ-1"),
            json!("+8"),
        ] {
            assert_eq!(cwe_of_value("c", &value).unwrap_err().field.as_deref(), Some("c"), "{value}");
        }
    }

    #[test]
    fn every_other_field_stays() {
        let shape = Shape::of(Format::Jsonl, &Options { map: "prompt=text".parse().unwrap(), ..Options::default() });
        let row = json!({"id": 7, "text": "a\r\nb", "area": " sql ", "code": "x\r\ny\n", "extra": [1], "prompt": null});
        let Value::Object(row) = row else { unreachable!() };
        let item = shape.item(row).unwrap();
        assert_eq!((item.id.as_str(), &*item.prompt, item.area.as_deref()), ("7", "a\nb", Some("sql")));
        assert_eq!(item.code.as_deref(), Some("x\ny\n"));
        assert_eq!(Value::Object(item.fields), json!({"extra": [1], "prompt": null}));
    }
}
