//! Rows of other people's outputs: a column per approach, or a row per item and approach (and version, and annotator).

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use serde_json::{Map, Value};

use super::columns::{Columns, Layout, Row};
use super::{Code, Collected, ExchangeError, Outputs, Refined, Version};
use crate::core::ids::{ApproachId, Step};
use crate::core::item::Item;
use crate::core::text::Text;
use crate::dataset::Format;
use crate::dataset::raw::{self, Fault, Place};

/// Reads rows of JSON Lines, a JSON array or CSV.
///
/// # Errors
/// When the file cannot be read at all or holds no item. A bad row is quarantined with its place and the reason.
pub fn read(path: &Path, columns: &Columns, format: Format) -> Result<Collected, ExchangeError> {
    let mut reading = Reading { columns, drafts: Vec::new(), places: HashMap::new(), collected: Collected::default() };
    // An empty cell of a CSV file is no code; an empty string of JSON is code that is empty.
    let blank_is_absent = format == Format::Csv || path.extension().is_some_and(|end| end.eq_ignore_ascii_case("csv"));
    let source = raw::rows(path, format, |place, row| {
        let taken = row.and_then(|row| reading.row(&place, row, blank_is_absent));
        if let Err(fault) = taken {
            reading.collected.quarantined.push(place.quarantined(fault));
        }
    })?;
    let Reading { drafts, mut collected, .. } = reading;
    for draft in drafts {
        match draft.generated {
            Some((generated, _)) => {
                let refined = draft.refined.into_iter().map(|(approach, versions)| {
                    let versions = versions.into_values().collect();
                    (approach, Refined { versions, trouble: None })
                });
                let refined = refined.collect();
                collected.models.entry(draft.model).or_default().push(Outputs { item: draft.item, generated, refined });
            }
            None => collected.quarantined.push(draft.place.quarantined(Fault::row(
                "no row of the item has its generated code; map it with generated=FIELD, or add a row of approach `generate`",
            ))),
        }
    }
    (collected.name, collected.hash) = (source.name, source.hash);
    if collected.models.is_empty() {
        let first = collected.quarantined.first().map_or_else(
            || "there is no row in it".to_owned(),
            |row| format!("no row can be used; the first, line {}: {}", row.line.unwrap_or(1), row.reason),
        );
        return Err(ExchangeError::Unusable { path: path.to_owned(), reason: first });
    }
    Ok(collected)
}

/// An item while its rows come.
struct Draft {
    item: Item,
    model: Option<String>,
    place: Place,
    generated: Option<(Code, Place)>,
    refined: BTreeMap<ApproachId, BTreeMap<Step, Version>>,
}

struct Reading<'a> {
    columns: &'a Columns,
    drafts: Vec<Draft>,
    /// By model and id.
    places: HashMap<(Option<String>, String), usize>,
    collected: Collected,
}

impl Reading<'_> {
    fn row(&mut self, place: &Place, row: Map<String, Value>, blank_is_absent: bool) -> Result<(), Fault> {
        let Row { item, model, generated, refined, label } = self.columns.split(row, blank_is_absent)?;
        let why = |place: &Place, code: &Text| Code {
            code: code.clone(),
            why: format!("read from {}{}", words(place), if code.trim().is_empty() { ", which is empty" } else { "" }),
        };
        let key = (model.clone(), item.id.clone());
        let known = self.places.get(&key).copied();
        let empty = generated.iter().chain(refined.iter().map(|(.., code)| code)).any(|code| code.trim().is_empty());
        let at = match known {
            Some(at) => {
                let steps: Vec<String> =
                    refined.iter().map(|(approach, step, _)| format!("{approach} {step}")).collect();
                self.drafts[at].check(&item, generated.as_ref(), &refined, label.is_some(), &self.columns.layout)?;
                self.drafts[at].join(item, &steps.join(" "));
                at
            }
            None => {
                let (generated, refined) = (None, BTreeMap::new());
                self.drafts.push(Draft { item, model, place: place.clone(), generated, refined });
                self.places.insert(key, self.drafts.len() - 1);
                self.drafts.len() - 1
            }
        };
        let draft = &mut self.drafts[at];
        if let (Some(code), None) = (&generated, &draft.generated) {
            draft.generated = Some((why(place, code), place.clone()));
        }
        for (approach, step, code) in refined {
            let versions = draft.refined.entry(approach).or_default();
            let new = || Version { step, code: why(place, &code), labels: Vec::new() };
            versions.entry(step).or_insert_with(new).labels.extend(label.clone());
        }
        if empty {
            self.collected.empty.push(words(place));
        }
        Ok(())
    }
}

fn words(place: &Place) -> String {
    match place.line {
        Some(line) => format!("{}:{line}", place.file),
        None => place.file.clone(),
    }
}

impl Draft {
    /// Whether a further row of the item contradicts the ones before it.
    fn check(
        &self,
        item: &Item,
        generated: Option<&Text>,
        refined: &[(ApproachId, Step, Text)],
        labelled: bool,
        layout: &Layout,
    ) -> Result<(), Fault> {
        let first = words(&self.place);
        if matches!(layout, Layout::Wide(_)) && !labelled {
            return Err(Fault::field("id", format!("the id is taken by {first}")));
        }
        if !item.prompt.is_empty() && !self.item.prompt.is_empty() && item.prompt != self.item.prompt {
            return Err(Fault::field("prompt", format!("the prompt differs from that of {first}, of the same id")));
        }
        if let (Some(code), Some((known, place))) = (generated, &self.generated)
            && *code != known.code
        {
            let reason = format!("the generated code differs from that of {}, of the same id", words(place));
            return Err(Fault::field("generated", reason));
        }
        for (approach, step, code) in refined {
            let Some(known) = self.refined.get(approach).and_then(|versions| versions.get(step)) else { continue };
            let hint = "map iteration= (and solution=) where an approach has several versions";
            if known.code.code != *code {
                let reason = format!("{approach} has another {step} already, {}; {hint}", known.code.why);
                return Err(Fault::field("code", reason));
            }
            if !labelled {
                return Err(Fault::row(format!("{approach} {step} stands there already, {}", known.code.why)));
            }
        }
        Ok(())
    }

    /// Takes what a further row says of the item; fields that differ are kept under the row's versions.
    fn join(&mut self, item: Item, versions: &str) {
        if self.item.prompt.is_empty() {
            self.item.prompt = item.prompt;
        }
        if self.item.cwe.is_empty() {
            self.item.cwe = item.cwe;
        }
        self.item.area = self.item.area.take().or(item.area);
        let differing: Map<String, Value> =
            item.fields.into_iter().filter(|(name, value)| self.item.fields.get(name) != Some(value)).collect();
        if !differing.is_empty() {
            let kept = self.item.fields.entry(versions).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(rows) = kept {
                rows.push(Value::Object(differing));
            }
        }
    }
}
