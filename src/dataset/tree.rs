//! PythonSecurityEval's folder tree: `N/text.txt` holds the prompt, `N/unit_test.py` a test where there is one.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::gather::{Gather, Place};
use super::rows::Fault;
use super::source::Source;
use super::{Dataset, DatasetError, Format, MAX_ROW, Options, stem, unittest};
use crate::core::item::Item;

const PROMPT: &str = "text.txt";

/// Six folders of the published tree spell it with a capital.
const TESTS: [&str; 2] = ["unit_test.py", "Unit_test.py"];

/// The folder that holds the numbered folders: this one, or one of those below it in the published layout.
pub fn root_of(path: &Path) -> io::Result<Option<PathBuf>> {
    for below in ["", "PythonSecurityEval", "data/PythonSecurityEval"] {
        let root = if below.is_empty() { path.to_owned() } else { path.join(below) };
        if root.is_dir() && folders(&root)?.iter().any(|name| root.join(name).join(PROMPT).is_file()) {
            return Ok(Some(root));
        }
    }
    Ok(None)
}

/// Folders by number, then by name; hidden ones are no rows.
fn folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        let name = PathBuf::from(entry.file_name());
        if entry.path().is_dir() && !name.to_string_lossy().starts_with('.') {
            names.push(name);
        }
    }
    names.sort_by_cached_key(|name| {
        let text = name.to_string_lossy().into_owned();
        (text.parse::<u64>().unwrap_or(u64::MAX), text)
    });
    Ok(names)
}

pub fn load(path: &Path, root: &Path, options: &Options) -> Result<Dataset, DatasetError> {
    if *options != Options::default() {
        return Err(DatasetError::Option("a tree of text.txt takes no field map and no prompt field".to_owned()));
    }
    let mut gather = Gather::default();
    for (index, name) in folders(root).map_err(DatasetError::io(root))?.iter().enumerate() {
        let folder = root.join(name);
        let mut place = Place { file: folder.join(PROMPT).display().to_string(), line: None, index: Some(index) };
        match row(&mut gather, &folder, name) {
            Ok(item) => gather.take(place, None, item),
            Err((file, fault)) => {
                place.file = folder.join(file).display().to_string();
                gather.quarantine(&place, fault);
            }
        }
    }
    Ok(gather.finish(stem(path), Format::PythonSecurityEval))
}

fn row(gather: &mut Gather, folder: &Path, name: &Path) -> Result<Item, (&'static str, Fault)> {
    let id = name.to_str().filter(|id| !id.chars().any(char::is_control));
    let id =
        id.ok_or_else(|| (PROMPT, Fault::row("the folder's name, which is the id, is not plain text; rename it")))?;
    let prompt = text(gather, folder, id, PROMPT)?;
    let prompt = prompt
        .ok_or_else(|| (PROMPT, Fault::field("prompt", "the folder has no text.txt; add it, or remove the folder")))?;
    if prompt.trim().is_empty() {
        return Err((PROMPT, Fault::field("prompt", "the prompt is empty")));
    }
    let mut item = Item::new(id, prompt);
    for test in TESTS {
        if let Some(source) = text(gather, folder, id, test)? {
            unittest::attach(&mut item, source);
            break;
        }
    }
    Ok(item)
}

/// A text file of the row; `None` where there is none.
fn text(
    gather: &mut Gather,
    folder: &Path,
    id: &str,
    name: &'static str,
) -> Result<Option<String>, (&'static str, Fault)> {
    let field = if name == PROMPT { "prompt" } else { unittest::FIELD };
    let fault = |reason: String| (name, Fault::field(field, reason));
    let path = folder.join(name);
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fault(format!("cannot be read: {error}"))),
        Ok(kind) if !kind.is_file() => return Err(fault("not a regular file".to_owned())),
        Ok(_) => {}
    }
    let mut bytes = Vec::new();
    let hash = File::open(&path).and_then(Source::new).and_then(|mut source| {
        source.by_ref().take(MAX_ROW as u64 + 1).read_to_end(&mut bytes)?;
        source.finish()
    });
    gather.hashed(&format!("{id}/{name}"), hash.map_err(|error| fault(format!("cannot be read: {error}")))?);
    if bytes.len() > MAX_ROW {
        return Err(fault(format!("the file is longer than {} MiB; shorten or remove it", MAX_ROW >> 20)));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        fault(format!("not valid UTF-8 after {} bytes; save the file as UTF-8", error.utf8_error().valid_up_to()))
    })?;
    if text.contains('\0') {
        return Err(fault("a NUL byte; remove it".to_owned()));
    }
    Ok(Some(text.replace("\r\n", "\n")))
}
