//! The folder layout of the artifact of "Can LLMs Patch Security Issues?": a folder per item, a file per approach.
//!
//! `strategies.py` becomes `k1`, a refinement that follows no solution: the file holds whatever the last try of FDSP
//! wrote, and which solution and iteration that was stands nowhere.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs;
use std::io::{ErrorKind, Read};
use std::path::Path;

use super::{Code, Collected, ExchangeError, Outputs, Refined, Version};
use crate::core::ids::{ApproachId, Step};
use crate::core::item::Item;
use crate::core::text::{Text, sha256_hex};
use crate::dataset::{MAX_ROW, Quarantined, unittest};

const GENERATED: &str = "generate_code.py";

/// What each approach of the published notebooks writes.
const REFINED: [(ApproachId, &str); 5] = [
    (ApproachId::Direct, "Direct_prompting.py"),
    (ApproachId::SelfDebug, "Self_Debug.py"),
    (ApproachId::Feedback, "Directly_giving_bandit_feedback.py"),
    (ApproachId::Verbalize, "Verbalization.py"),
    (ApproachId::Fdsp, "strategies.py"),
];

/// The data set's own files, which may lie in the same folders.
const PROMPT: &str = "text.txt";
const TESTS: [&str; 2] = ["unit_test.py", "Unit_test.py"];

/// Reads every folder of `root`, in natural order of their names; hidden files and folders are passed over.
///
/// # Errors
/// When `root` cannot be listed, or no folder in it holds a `generate_code.py`.
pub fn read(root: &Path) -> Result<Collected, ExchangeError> {
    let unusable = |reason: String| ExchangeError::Unusable { path: root.to_owned(), reason };
    let names = list(root).map_err(|error| unusable(error.to_string()))?;
    let mut reading = Reading { root, hashes: Vec::new(), collected: Collected::default() };
    let mut outputs = Vec::new();
    for name in names {
        match name.as_deref() {
            Ok(name) if root.join(name).is_dir() => outputs.extend(reading.folder(name)),
            Ok(name) => reading.quarantine(name, "not a folder: an item is a folder with generate_code.py; not read"),
            Err(shown) => reading.quarantine(shown, "the name is not plain text, and it would be the id; rename it"),
        }
    }
    if outputs.is_empty() {
        let nested = list(root).unwrap_or_default().into_iter().flatten().find(|name| {
            let below = list(&root.join(name)).unwrap_or_default();
            below.into_iter().flatten().any(|inner| root.join(name).join(inner).join(GENERATED).is_file())
        });
        let hint = match nested {
            _ if root.join(GENERATED).is_file() => {
                "this is the folder of one item; name the folder above it".to_owned()
            }
            Some(name) => format!("the items seem to lie in {}", root.join(name).display()),
            None => "name the folder that holds the items' folders".to_owned(),
        };
        return Err(unusable(format!("no folder in it holds a readable {GENERATED}; {hint}")));
    }
    let Reading { hashes, mut collected, .. } = reading;
    let mut listing = String::new();
    for (path, hash) in hashes {
        let _ = writeln!(listing, "{hash}  {path}");
    }
    collected.hash = sha256_hex(listing);
    let whole = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    collected.name =
        whole.file_name().map_or_else(|| "artifact".to_owned(), |name| name.to_string_lossy().into_owned());
    collected.models.insert(None, outputs);
    Ok(collected)
}

/// Names in a folder, in natural order. `Err` for a name that is not plain text, made presentable.
fn list(folder: &Path) -> std::io::Result<Vec<Result<String, String>>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        match name.to_str() {
            Some(name) if name.starts_with('.') || name == "__pycache__" => {}
            Some(name) if !name.chars().any(char::is_control) => names.push(Ok(name.to_owned())),
            _ => names.push(Err(name.to_string_lossy().into_owned())),
        }
    }
    names.sort_by_cached_key(|name| natural(name.as_deref().unwrap_or_else(|shown| shown)));
    Ok(names)
}

/// A piece of a name: digits compare by their number, everything else by its characters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Piece {
    Number(usize, String),
    Text(String),
}

/// The pieces of a name, and the name itself where two have the same (`1` and `01`).
fn natural(name: &str) -> (Vec<Piece>, String) {
    let mut pieces = Vec::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let digits = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        let trimmed = piece.trim_start_matches('0');
        pieces.push(if digits {
            Piece::Number(trimmed.len(), trimmed.to_owned())
        } else {
            Piece::Text(piece.to_owned())
        });
        rest = after;
    }
    (pieces, name.to_owned())
}

struct Reading<'a> {
    root: &'a Path,
    /// Path relative to the root, and the hash of the bytes.
    hashes: Vec<(String, String)>,
    collected: Collected,
}

fn fault(file: String, field: Option<&str>, reason: impl Into<String>) -> Quarantined {
    Quarantined { file, line: None, index: None, field: field.map(str::to_owned), reason: reason.into() }
}

impl Reading<'_> {
    fn quarantine(&mut self, name: &str, reason: impl Into<String>) {
        self.collected.quarantined.push(fault(name.to_owned(), None, reason));
    }

    fn folder(&mut self, id: &str) -> Option<Outputs> {
        let names = match list(&self.root.join(id)) {
            Ok(names) => names,
            Err(error) => {
                self.quarantine(id, format!("cannot be listed: {error}"));
                return None;
            }
        };
        let mut found: HashMap<String, Result<Text, String>> = HashMap::new();
        for name in names {
            let known = |name: &str| {
                name == GENERATED
                    || name == PROMPT
                    || TESTS.contains(&name)
                    || REFINED.iter().any(|(_, file)| *file == name)
            };
            match name {
                Ok(name) if known(&name) => {
                    let text = self.text(id, &name);
                    found.insert(name, text);
                }
                Ok(name) | Err(name) => self.aside(id, &name, "no file of this layout; not read"),
            }
        }
        let generated = match found.remove(GENERATED) {
            Some(Ok(code)) => self.code(id, GENERATED, code),
            Some(Err(reason)) => {
                self.quarantine(&format!("{id}/{GENERATED}"), reason);
                return None;
            }
            None => {
                self.quarantine(id, format!("the folder has no {GENERATED}; add it, or remove the folder"));
                return None;
            }
        };
        let mut item = Item::new(id, "");
        let mut refined = BTreeMap::new();
        for (approach, name) in REFINED {
            let one = match found.remove(name) {
                None => continue,
                Some(Ok(code)) => {
                    let code = self.code(id, name, code);
                    let step = Step::Refine { solution: None, iteration: 1 };
                    Refined { versions: vec![Version { step, code, labels: Vec::new() }], trouble: None }
                }
                Some(Err(reason)) => {
                    self.aside(id, name, &reason);
                    Refined { versions: Vec::new(), trouble: Some(format!("{id}/{name}: {reason}")) }
                }
            };
            refined.insert(approach, one);
        }
        for name in [PROMPT].into_iter().chain(TESTS) {
            match found.remove(name) {
                Some(Ok(text)) if name == PROMPT => item.prompt = text,
                Some(Ok(text)) if item.suite.is_none() && !item.fields.contains_key(unittest::FIELD) => {
                    unittest::attach(&mut item, text.to_string());
                }
                Some(Ok(_)) => {}
                Some(Err(reason)) => self.aside(id, name, &reason),
                None => {}
            }
        }
        Some(Outputs { item, generated, refined })
    }

    fn aside(&mut self, id: &str, name: &str, reason: &str) {
        self.collected.set_aside.push(fault(format!("{id}/{name}"), None, reason));
    }

    fn code(&mut self, id: &str, name: &str, code: Text) -> Code {
        let empty = code.trim().is_empty();
        if empty {
            self.collected.empty.push(format!("{id}/{name}"));
        }
        let why = format!("read from {id}/{name}{}", if empty { ", which is empty" } else { "" });
        Code { code, why }
    }

    /// A file's text as data sets are read: no byte order mark, line ends LF.
    fn text(&mut self, id: &str, name: &str) -> Result<Text, String> {
        let path = self.root.join(id).join(name);
        let kind = fs::symlink_metadata(&path).map_err(|error| format!("cannot be read: {error}"))?;
        if kind.is_symlink() {
            return Err("a symbolic link; put the file itself here".to_owned());
        }
        if !kind.is_file() {
            return Err("not a regular file".to_owned());
        }
        let mut bytes = Vec::new();
        let read = fs::File::open(&path).and_then(|file| file.take(MAX_ROW as u64 + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                return Err("may not be read; change its permissions".to_owned());
            }
            Err(error) => return Err(format!("cannot be read: {error}")),
        }
        if bytes.len() > MAX_ROW {
            return Err(format!("the file is longer than {} MiB; shorten or remove it", MAX_ROW >> 20));
        }
        self.hashes.push((format!("{id}/{name}"), sha256_hex(&bytes)));
        let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes))
            .map_err(|error| format!("not valid UTF-8 after {} bytes; save the file as UTF-8", error.valid_up_to()))?;
        if text.contains('\0') {
            return Err("a NUL byte; remove it".to_owned());
        }
        Ok(text.replace("\r\n", "\n").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_their_numbers() {
        let mut names = ["10", "9", "1", "CWE-79_2", "CWE-9_10", "CWE-9_2", "01", "100000000000000000000000", "99x"];
        names.sort_by_cached_key(|name| natural(name));
        let expected = ["01", "1", "9", "10", "99x", "100000000000000000000000", "CWE-9_2", "CWE-9_10", "CWE-79_2"];
        assert_eq!(names, expected);
    }
}
