//! What the events say already: tests, syntax, cut answers, scans, undefined names.

use super::{Hint, Lines, Pair, short};
use crate::core::execution::TestResult;
use crate::core::fold::Version;
use crate::core::hint::HintKind;
use crate::python::is_standard;

pub fn hints(pair: &Pair) -> Vec<Hint> {
    let version = pair.after.version;
    let mut hints = Vec::new();
    let passes = |result: TestResult| matches!(result, TestResult::Pass | TestResult::Refused);
    if let Some(execution) = version.execution.as_ref().filter(|execution| !passes(execution.result)) {
        hints.push(Hint::new(HintKind::TestFails, format!("test: {}", execution.cause())));
    }
    if pair.after.code.trim().is_empty() {
        hints.push(Hint::new(HintKind::Empty, "there is no code"));
    } else if pair.after.outline.as_ref().is_some_and(|outline| outline.nodes.len() <= 1) {
        hints.push(Hint::new(HintKind::Empty, "there are comments and no code"));
    }
    hints.extend(unparsable(version));
    if version.truncated {
        hints.push(Hint::new(HintKind::Truncated, "the answer was cut off: the code may lack its end"));
    }
    if let Some(error) = version.scan.as_ref().and_then(|scan| scan.error.as_ref()) {
        let words = if error.failed { "the scanner failed" } else { "the scanner could not read it" };
        // The run's own check says the same of what does not parse, with its line.
        if error.failed || !hints.iter().any(|hint| hint.kind == HintKind::Unparsable) {
            hints.push(Hint::new(HintKind::ScanFailed, format!("{words}: {}", error.message)));
        }
    }
    undefined(pair, &mut hints);
    hints
}

fn unparsable(version: &Version) -> Option<Hint> {
    let problem = version.checked.as_ref()?.error.as_ref()?;
    let hint = Hint::new(HintKind::Unparsable, format!("does not parse: {}", problem.message));
    Some(hint.after(Lines::at(problem.line)))
}

fn undefined(pair: &Pair, hints: &mut Vec<Hint>) {
    let mut names: Vec<(&str, u32, usize)> = Vec::new();
    let checked = pair.after.version.checked.as_ref();
    for name in checked.into_iter().flat_map(|checked| &checked.undefined) {
        match names.iter_mut().find(|(known, ..)| *known == name.name) {
            Some((.., times)) => *times += 1,
            None => names.push((&name.name, name.line, 1)),
        }
    }
    let before = pair.before.as_ref();
    let old = before.and_then(|side| side.version.checked.as_ref()).map_or(&[][..], |it| &it.undefined);
    let imports = before.and_then(|side| side.outline.as_deref()).map_or(&[][..], |it| &it.imports);
    for (name, line, times) in names {
        let as_before = if old.iter().any(|other| other.name == name) { ", as before" } else { "" };
        let more = if times > 1 { format!(", {times} times") } else { String::new() };
        let import = imports.iter().find(|import| import.name == name);
        let word = short(name);
        let hint = if let Some(import) = import {
            let hint = Hint::new(HintKind::MissingImport, format!("`{word}` is used and no longer imported{more}"));
            hint.before(Lines::at(import.line))
        } else if is_standard(name, checked.map_or("", |checked| &checked.target)) || super::known::is_package(name) {
            Hint::new(HintKind::MissingImport, format!("`{word}` is used and never imported{more}{as_before}"))
        } else {
            Hint::new(HintKind::UndefinedName, format!("`{word}` is not defined{more}{as_before}"))
        };
        hints.push(hint.after(Lines::at(line)));
    }
}
