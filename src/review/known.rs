//! Modules, names and arguments that nobody has: checked against the standard library and a list of packages.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::{Hint, Lines, Pair, short};
use crate::core::hint::HintKind;
use crate::python::{Call, Outline, is_standard};

/// Names that well-known packages are imported by.
static PACKAGES: LazyLock<HashSet<&str>> = LazyLock::new(|| include_str!("packages.txt").split_whitespace().collect());

/// Public names of some standard modules in any of Python 3.11 to 3.13, without those in capitals, which differ between
/// systems; and those of defusedxml 0.7.1, which Bandit's messages name. A function whose signature is known has `(most arguments by place;names)`, `*` and `**` for any.
static API: LazyLock<HashMap<&str, HashMap<&str, Signature>>> =
    LazyLock::new(|| include_str!("api.txt").lines().filter_map(module).collect());

#[derive(Debug, Default)]
struct Signature {
    places: Option<u32>,
    names: Option<Vec<&'static str>>,
}

fn module(line: &'static str) -> Option<(&'static str, HashMap<&'static str, Signature>)> {
    let (name, members) = line.split_once(": ")?;
    Some((name, members.split(' ').map(member).collect()))
}

fn member(text: &'static str) -> (&'static str, Signature) {
    let Some((name, signature)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else {
        return (text, Signature::default());
    };
    let (places, names) = signature.split_once(';').unwrap_or((signature, "**"));
    let names = (names != "**").then(|| names.split(',').collect());
    (name, Signature { places: places.parse().ok(), names })
}

pub fn is_package(module: &str) -> bool {
    PACKAGES.contains(module)
}

/// The standard module that `path` begins with, and the name that follows it.
fn looked_up(path: &str) -> Option<(&str, &str, &'static HashMap<&'static str, Signature>)> {
    let ends = path.match_indices('.').map(|(at, _)| at).collect::<Vec<_>>();
    let (end, members) = ends.iter().rev().find_map(|&end| Some((end, API.get(&path[..end])?)))?;
    let name = path[end + 1..].split('.').next().unwrap_or_default();
    Some((&path[..end], name, members))
}

pub fn hints(pair: &Pair, hints: &mut Vec<Hint>) {
    let Some(after) = pair.after.outline.as_deref() else { return };
    // What the original could not be read for, nothing can be said about.
    let before = match &pair.before {
        None => None,
        Some(side) => match side.outline.as_deref() {
            None => return,
            before => before,
        },
    };
    let target = pair.after.version.checked.as_ref().map_or("3.11", |checked| &checked.target);
    imports(before, after, target, hints);
    attributes(before, after, hints);
    arguments(before, after, hints);
}

fn imports(before: Option<&Outline>, after: &Outline, target: &str, hints: &mut Vec<Hint>) {
    let mut told = HashSet::new();
    let top = |module: &str| module.split('.').next().unwrap_or(module).to_owned();
    let old: HashSet<String> = before.into_iter().flat_map(|it| &it.imports).map(|it| top(&it.module)).collect();
    for import in after.imports.iter().filter(|import| import.level == 0 && !import.tried) {
        let module = top(&import.module);
        if is_standard(&module, target) || is_package(&module) || old.contains(&module) {
            continue;
        }
        let words = format!("`{}` is neither a standard module nor a well-known package", short(&module));
        let words = if before.is_some() { format!("{words}, and new") } else { words };
        if told.insert(module) {
            hints.push(Hint::new(HintKind::UnknownImport, words).after(Lines::at(import.line)));
        }
    }
}

fn attributes(before: Option<&Outline>, after: &Outline, hints: &mut Vec<Hint>) {
    fn paths(outline: &Outline) -> impl Iterator<Item = (String, u32)> {
        let taken = outline.imports.iter().filter(|import| import.level == 0 && !import.tried);
        let taken = taken.map(|import| match &import.member {
            Some(member) => (format!("{}.{member}", import.module), import.line),
            None => (import.module.clone(), import.line),
        });
        taken.chain(outline.references.iter().map(|it| (it.path.clone(), it.line)))
    }
    let old: HashSet<String> = before.into_iter().flat_map(paths).map(|(path, _)| path).collect();
    let mut told = HashSet::new();
    for (path, line) in paths(after).filter(|(path, _)| !old.contains(path)) {
        let Some((module, name, members)) = looked_up(&path) else { continue };
        // Constants in capitals differ between systems.
        let open = name.starts_with('_') || name == "*" || name == name.to_uppercase();
        if !open && !members.contains_key(name) && told.insert(format!("{module}.{name}")) {
            let words = format!("`{module}` has no `{}`", short(name));
            hints.push(Hint::new(HintKind::UnknownAttribute, words).after(Lines::at(line)));
        }
    }
}

fn arguments(before: Option<&Outline>, after: &Outline, hints: &mut Vec<Hint>) {
    let same = |one: &Call, other: &Call| {
        one.name == other.name && one.arguments == other.arguments && one.keywords == other.keywords
    };
    for call in after.calls.iter().filter(|call| call.resolved) {
        let Some((module, name, members)) = looked_up(&call.name) else { continue };
        // A name further on is that of a class or an object, not of the function.
        if call.name.len() != module.len() + 1 + name.len() {
            continue;
        }
        let Some(signature) = members.get(name) else { continue };
        if before.is_some_and(|before| before.calls.iter().any(|other| same(call, other))) {
            continue;
        }
        let unknown = signature
            .names
            .as_ref()
            .and_then(|names| call.keywords.iter().find(|keyword| !names.contains(&keyword.as_str())));
        let words = match (signature.places, unknown) {
            (_, Some(keyword)) => format!("`{}` takes no argument `{}`", call.name, short(keyword)),
            (Some(most), _) if call.arguments > most && !call.starred => {
                let most = match most {
                    0 => "no arguments".to_owned(),
                    1 => "1 argument".to_owned(),
                    most => format!("{most} arguments"),
                };
                format!("`{}` takes {most} by place, not {}", call.name, call.arguments)
            }
            _ => continue,
        };
        hints.push(Hint::new(HintKind::UnknownArgument, words).after(call.lines));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_read_whole() {
        let literal = &API["ast"]["literal_eval"];
        assert_eq!((literal.places, literal.names.as_deref()), (Some(1), Some(&["node_or_string"][..])));
        assert!(API["subprocess"]["run"].places.is_none());
        assert!(API["os.path"].contains_key("join") && API["os"].contains_key("path"));
        assert!(is_package("yaml") && !is_package("PyFutureSafeModule"));
        for module in API.keys() {
            let top = module.split('.').next().unwrap_or(module);
            assert!(is_standard(top, "3.11") || is_package(top), "{module}");
        }
    }
}
