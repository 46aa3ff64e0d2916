//! Which field of somebody's rows is which, and a row with its fields told apart.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde_json::{Map, Value};

use super::{ExchangeError, Opinion};
use crate::core::ids::{ApproachId, Step};
use crate::core::item::Item;
use crate::core::text::Text;
use crate::dataset::FieldMap;
use crate::dataset::raw::{self, Fault};

/// Fields of an item; unless mapped, the fields of these names.
const ITEM: [&str; 4] = ["id", "prompt", "cwe", "area"];

/// What may stand before the `=` of a field map.
const TARGETS: [&str; 19] = [
    "id",
    "prompt",
    "cwe",
    "area",
    "model",
    "generated",
    "direct",
    "self-debug",
    "feedback",
    "verbalize",
    "fdsp",
    "approach",
    "code",
    "solution",
    "iteration",
    "label",
    "annotator",
    "reasons",
    "comment",
];

/// Which field of a row is which, written `id=task_id,generated=out.code,direct=out.fixed,…`. A name is the field of
/// that very name, else a path with dots into objects and lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    map: FieldMap,
    pub(super) layout: Layout,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Layout {
    /// A row per item: a field for each of these approaches; none at all for generated code alone.
    Wide(Vec<ApproachId>),
    /// `approach` says whose code is in `code`.
    Long,
}

impl FromStr for Columns {
    type Err = ExchangeError;

    fn from_str(text: &str) -> Result<Self, ExchangeError> {
        let map = FieldMap::parse(text, &TARGETS)?;
        let wide: Vec<ApproachId> =
            ApproachId::REFINEMENTS.into_iter().filter(|approach| map.get(approach.as_str()).is_some()).collect();
        let has = |target: &str| map.get(target).is_some();
        let wrong = |reason: &str| Err(ExchangeError::Map(reason.to_owned()));
        let layout = match (has("approach"), has("code")) {
            (true, true) if !wide.is_empty() => {
                return wrong("names both `approach` with `code` and a field per approach; rows have one form");
            }
            (true, true) => Layout::Long,
            (false, false) => Layout::Wide(wide),
            (true, false) => return wrong("names `approach` and not `code`; add code=FIELD"),
            (false, true) => {
                return wrong(
                    "names `code` and not `approach`; add approach=FIELD, or name the code by its approach, as in direct=FIELD",
                );
            }
        };
        if let Layout::Wide(approaches) = &layout {
            if has("solution") || has("iteration") {
                return wrong("names `solution` or `iteration`; they go with `approach` and `code`");
            }
            if has("label") && approaches.len() != 1 {
                return wrong("names `label` beside several approaches; give a row per approach (approach=,code=)");
            }
            if approaches.is_empty() && !has("generated") {
                return wrong(
                    "names no code: add generated=FIELD and direct=FIELD and so on, or approach=FIELD,code=FIELD",
                );
            }
        }
        for target in ["annotator", "reasons", "comment"] {
            if has(target) && !has("label") {
                return wrong(&format!("names `{target}` and not `label`; add label=FIELD"));
            }
        }
        if has("label") && !has("annotator") {
            return wrong("names `label` and not `annotator`; every label has an author, add annotator=FIELD");
        }
        Ok(Self { map, layout })
    }
}

/// A row with its fields told apart.
pub(super) struct Row {
    pub item: Item,
    pub model: Option<String>,
    pub generated: Option<Text>,
    pub refined: Vec<(ApproachId, Step, Text)>,
    pub label: Option<Opinion>,
}

impl Columns {
    pub(super) fn split(&self, mut row: Map<String, Value>, blank_is_absent: bool) -> Result<Row, Fault> {
        let mut named: BTreeMap<&str, Value> = BTreeMap::new();
        let unmapped = ITEM.into_iter().chain(["generated"]).filter(|target| self.map.get(target).is_none());
        let pairs: Vec<(&str, &str)> = self.map.pairs().chain(unmapped.map(|target| (target, target))).collect();
        for (target, name) in &pairs {
            if let Some(value) = at(&row, name).filter(|value| !value.is_null()) {
                named.insert(target, value.clone());
            }
        }
        for (_, name) in &pairs {
            remove(&mut row, name);
        }
        let name = |target: &str| self.map.get(target).unwrap_or(target).to_owned();
        let of_item = ITEM.into_iter().filter_map(|target| Some((target.to_owned(), named.remove(target)?)));
        let mut item = raw::item(of_item.collect())
            .map_err(|fault| Fault { field: fault.field.map(|field| name(&field)), ..fault })?;
        if let Some((name, _)) = row.iter().find(|(name, value)| raw::contains_nul(name, value)) {
            return Err(Fault::field(name.clone(), "a NUL character; remove it"));
        }
        item.fields = row;
        let text = |target: &str| -> Result<Option<String>, Fault> {
            match named.get(target) {
                None => Ok(None),
                Some(Value::String(text)) if text.contains('\0') => {
                    Err(Fault::field(name(target), "a NUL character; remove it"))
                }
                Some(Value::String(text)) if blank_is_absent && text.trim().is_empty() => Ok(None),
                Some(Value::String(text)) => Ok(Some(text.replace("\r\n", "\n"))),
                Some(_) => Err(Fault::field(name(target), "not a string")),
            }
        };
        let word = |target: &str| Ok(text(target)?.map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()));
        let number = |target: &str| -> Result<Option<u32>, Fault> {
            let found = match named.get(target) {
                None => return Ok(None),
                Some(Value::String(text)) if text.trim().is_empty() => return Ok(None),
                Some(Value::String(text)) => text.trim().parse().ok(),
                Some(value) => value.as_u64().and_then(|number| u32::try_from(number).ok()),
            };
            match found {
                Some(number) if number > 0 => Ok(Some(number)),
                _ => {
                    Err(Fault::field(name(target), "not a whole number from 1; solutions and iterations count from 1"))
                }
            }
        };
        let mut generated = text("generated")?.map(Text::from);
        let mut refined = Vec::new();
        match &self.layout {
            Layout::Wide(approaches) => {
                for approach in approaches {
                    if let Some(code) = text(approach.as_str())? {
                        refined.push((*approach, Step::Refine { solution: None, iteration: 1 }, code.into()));
                    }
                }
            }
            Layout::Long => {
                let missing = |target: &str| Fault::field(name(target), "the field is missing or empty");
                let approach = word("approach")?.ok_or_else(|| missing("approach"))?;
                let code = text("code")?.ok_or_else(|| missing("code"))?.into();
                match approach_of(&approach).ok_or_else(|| {
                    let known = "generate direct self-debug feedback verbalize fdsp";
                    Fault::field(
                        name("approach"),
                        format!("`{}` is no approach; use one of: {known}", approach.escape_debug()),
                    )
                })? {
                    ApproachId::Generate if generated.as_ref().is_some_and(|other| *other != code) => {
                        return Err(Fault::field(
                            name("generated"),
                            "differs from the code of this row's own `generate`",
                        ));
                    }
                    ApproachId::Generate => generated = Some(code),
                    approach => {
                        let (solution, iteration) = (number("solution")?, number("iteration")?.unwrap_or(1));
                        refined.push((approach, Step::Refine { solution, iteration }, code));
                    }
                }
            }
        }
        let label = match word("label")? {
            None => None,
            Some(label) => {
                let verdict =
                    label.to_lowercase().parse().map_err(|error| Fault::field(name("label"), format!("{error}")))?;
                let annotator = word("annotator")?
                    .ok_or_else(|| Fault::field(name("annotator"), "there is a label and no annotator"))?;
                if annotator.chars().any(char::is_control) {
                    return Err(Fault::field(name("annotator"), "the name holds a control character; remove it"));
                }
                if refined.is_empty() {
                    return Err(Fault::field(name("label"), "a label is on a refined version, and this row has none"));
                }
                let reasons = match named.get("reasons") {
                    Some(Value::Array(reasons)) => reasons
                        .iter()
                        .map(|reason| reason.as_str().map_or_else(|| reason.to_string(), str::to_owned))
                        .collect(),
                    _ => word("reasons")?
                        .map(|text| text.split([',', ';']).map(|reason| reason.trim().to_owned()).collect())
                        .unwrap_or_default(),
                };
                let reasons = Vec::into_iter(reasons).filter(|reason: &String| !reason.is_empty()).collect();
                Some(Opinion { annotator, verdict: Some(verdict), reasons, comment: word("comment")? })
            }
        };
        Ok(Row { item, model: word("model")?, generated, refined, label })
    }
}

/// The approaches by our names, by the paper's and by the file names of its artifact.
fn approach_of(word: &str) -> Option<ApproachId> {
    let word = word.trim_end_matches(".py").to_lowercase().replace(['_', ' '], "-");
    Some(match word.as_str() {
        "generate" | "generated" | "generation" | "generated-code" | "generate-code" => ApproachId::Generate,
        "direct" | "direct-prompting" => ApproachId::Direct,
        "self-debug" | "self-debugging" => ApproachId::SelfDebug,
        "feedback" | "bandit-feedback" | "scanner-feedback" | "directly-giving-bandit-feedback" => ApproachId::Feedback,
        "verbalize" | "verbalization" => ApproachId::Verbalize,
        "fdsp" | "strategies" => ApproachId::Fdsp,
        _ => return None,
    })
}

/// The value of the field of this name, else of the path with dots.
fn at<'a>(row: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    if let Some(value) = row.get(name) {
        return Some(value);
    }
    let mut names = name.split('.');
    let mut value = row.get(names.next()?)?;
    for name in names {
        value = match value {
            Value::Object(map) => map.get(name)?,
            Value::Array(list) => list.get(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value)
}

/// Takes a mapped field out of the row; an object that has nothing else goes with it. Lists stay whole.
fn remove(row: &mut Map<String, Value>, name: &str) {
    if row.shift_remove(name).is_some() {
        return;
    }
    let Some((first, rest)) = name.split_once('.') else { return };
    if let Some(Value::Object(inner)) = row.get_mut(first) {
        remove(inner, rest);
        if inner.is_empty() {
            row.shift_remove(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn split(map: &str, row: Value) -> Result<Row, Fault> {
        let Value::Object(row) = row else { panic!("rows are objects") };
        map.parse::<Columns>().expect("a good map").split(row, false)
    }

    #[test]
    fn names_are_fields_or_paths_and_the_rest_is_kept() {
        let row =
            json!({"task": {"id": 7, "set": "x"}, "a.b": "g", "out": [{"code": "d\r\n"}], "seed": 1, "prompt": null});
        let row = split("id=task.id,generated=a.b,direct=out.0.code", row).expect("a row");
        assert_eq!((row.item.id.as_str(), row.generated.as_deref()), ("7", Some("g")));
        assert_eq!(row.refined, [(ApproachId::Direct, Step::Refine { solution: None, iteration: 1 }, "d\n".into())]);
        assert_eq!(
            Value::Object(row.item.fields),
            json!({"task": {"set": "x"}, "out": [{"code": "d\r\n"}], "seed": 1})
        );
    }

    #[test]
    fn maps_that_contradict_themselves_are_refused() {
        for (map, words) in [
            ("approach=a", "add code=FIELD"),
            ("code=c", "add approach=FIELD"),
            ("approach=a,code=c,direct=d", "one form"),
            ("id=x,prompt=p", "names no code"),
            ("generated=g,direct=d,fdsp=f,label=l,annotator=a", "a row per approach"),
            ("generated=g,direct=d,label=l", "annotator=FIELD"),
            ("generated=g,direct=d,iteration=i", "go with `approach`"),
            ("generated=g,foo=d", "FIELD=NAME"),
        ] {
            let error = map.parse::<Columns>().expect_err(map).to_string();
            assert!(error.contains(words), "{map}: {error}");
        }
    }

    #[test]
    fn faults_name_the_field_of_the_row() {
        let long = "approach=how,code=out,iteration=k,label=l,annotator=who,id=key";
        let row = |more: Value| {
            let mut row = json!({"key": "1", "how": "direct", "out": "x"});
            row.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
            split(long, row).map(|row| row.refined.len())
        };
        assert_eq!(row(json!({})), Ok(1));
        for (more, field, words) in [
            (json!({"key": "a\nb"}), "key", "control character"),
            (json!({"how": "magic"}), "how", "no approach"),
            (json!({"k": 0}), "k", "from 1"),
            (json!({"k": "two"}), "k", "from 1"),
            (json!({"out": 5}), "out", "not a string"),
            (json!({"out": null}), "out", "missing"),
            (json!({"out": "a\u{0}"}), "out", "NUL"),
            (json!({"x": ["\u{0}"]}), "x", "NUL"),
            (json!({"l": "great", "who": "ann"}), "l", "great"),
            (json!({"l": "unsure"}), "who", "no annotator"),
            (json!({"l": "unsure", "who": "ann", "how": "generate"}), "l", "refined version"),
        ] {
            let fault = row(more.clone()).expect_err("a fault");
            assert_eq!(fault.field.as_deref(), Some(field), "{more}: {}", fault.reason);
            assert!(fault.reason.contains(words), "{more}: {}", fault.reason);
        }
    }
}
