//! CodeSecEval: the rows of Base and Plus, joined by id with the annotations beside them. Nothing is executed.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::gather::{Gather, Place};
use super::rows::Fault;
use super::shape::{Shape, quoted};
use super::split::Layout;
use super::suite::{self, CODESECEVAL};
use crate::core::item::Item;

use super::{Dataset, DatasetError, Format, Options, file_name, format, stem};

const ANNOTATIONS: &str = "Vulnerability-Aware Problem_Insecure Code Explanation_Annotation.json";

const SETS: [&str; 2] = ["SecEvalBase", "SecEvalPlus"];

/// The files with rows in a folder: the data set's own, one of its two sets', or the one above.
pub fn files_of(folder: &Path) -> Vec<PathBuf> {
    let places = SETS.into_iter().map(|set| {
        let name = format!("{set}.json");
        let below = Path::new("CodeSecEval").join(set).join(&name);
        [PathBuf::from(&name), Path::new(set).join(&name), below]
    });
    places.filter_map(|places| places.into_iter().map(|place| folder.join(place)).find(|file| file.is_file())).collect()
}

/// Reads `files` in their order, each with its annotations; the item's fields keep test, entry point, secure code and
/// the annotations' texts.
pub fn load(path: &Path, files: &[PathBuf], options: &Options) -> Result<Dataset, DatasetError> {
    let shape = Shape::of(Format::CodeSecEval, options);
    let mut gather = Gather::default();
    for file in files {
        let (_, layout) = format::of_file(file, Format::CodeSecEval, options)?;
        gather.file(file, &file.display().to_string(), &relative(path, file), layout, &shape)?;
        let annotations = file.with_file_name(ANNOTATIONS);
        if annotations.is_file() {
            annotate(&mut gather, path, &annotations)?;
        }
        let tests = file.with_file_name("Test");
        let below = relative(path, &tests);
        gather.items_of(&file.display().to_string(), |gather_hash, item| {
            supply(gather_hash, item, &stem(file), &tests, &below)
        });
    }
    Ok(gather.finish(stem(path), Format::CodeSecEval))
}

fn annotate(gather: &mut Gather, path: &Path, file: &Path) -> Result<(), DatasetError> {
    let mut seen = HashSet::new();
    let join = |gather: &mut Gather, place: Place, row: Result<Map<String, Value>, Fault>| {
        if let Err(fault) = row.and_then(|row| join(gather, &mut seen, row)) {
            gather.quarantine(&place, fault);
        }
    };
    gather.rows(file, &file.display().to_string(), &relative(path, file), Layout::Array, false, join)
}

fn join(gather: &mut Gather, seen: &mut HashSet<String>, row: Map<String, Value>) -> Result<(), Fault> {
    let Some(Value::String(id)) = row.get("ID") else {
        return Err(Fault::field("ID", "the annotation has no id; it must be a string"));
    };
    if !seen.insert(id.clone()) {
        return Err(Fault::field("ID", format!("a second annotation of {}; remove one", quoted(id))));
    }
    let Some(item) = gather.item_mut(id) else {
        return Err(Fault::field("ID", format!("an annotation of {}, which no loaded row has", quoted(id))));
    };
    for (name, value) in row {
        let value = match &mut item.suite {
            _ if name == "ID" => None,
            Some(suite) => CODESECEVAL.annotate(suite, &name, value),
            None => Some(value),
        };
        if let Some(value) = value {
            item.fields.entry(name).or_insert(value);
        }
    }
    Ok(())
}

/// The item's part of the data set, and the resources of its test.
fn supply(
    hashes: &mut Vec<(String, String)>,
    item: &mut Item,
    subset: &str,
    tests: &Path,
    below: &str,
) -> Result<(), Fault> {
    let Some(suite) = &mut item.suite else { return Ok(()) };
    suite.subset = Some(subset.to_owned());
    let prefix = suite::folder_of(&item.id);
    let name = prefix.trim_start_matches("Test/");
    let folder = tests.join(name);
    if folder.is_dir() {
        for (resource, hash) in suite::resources(&folder, &prefix)? {
            hashes.push((format!("{below}/{}", resource.path.trim_start_matches("Test/")), hash));
            suite.files.push(resource);
        }
    }
    suite.missing = suite::missing(&item.id, folder.is_dir());
    Ok(())
}

/// With `/`, whatever the platform.
fn relative(path: &Path, file: &Path) -> String {
    match file.strip_prefix(path) {
        Ok(below) if below.as_os_str().is_empty() => file_name(file),
        Ok(below) => below.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/"),
        Err(_) => file_name(file),
    }
}
