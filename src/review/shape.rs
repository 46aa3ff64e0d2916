//! What is left of the original: nothing changed, bodies that became stubs, calls and syntax that are gone.

use std::collections::BTreeSet;

use super::{Hint, Lines, Pair, Side, short};
use crate::core::hint::HintKind;
use crate::python::{Call, Function, Outline, Stub};

pub fn hints(pair: &Pair, hints: &mut Vec<Hint>) {
    let Some(before) = &pair.before else { return };
    if !before.code.trim().is_empty() && before.code.trim() == pair.after.code.trim() {
        hints.push(Hint::new(HintKind::Unchanged, "the code is as it was"));
        return;
    }
    let Some((old, new)) = pair.outlines() else { return };
    // Comments alone are told as that.
    if new.nodes.len() <= 1 {
        return;
    }
    if old.tokens == new.tokens {
        hints.push(Hint::new(HintKind::Unchanged, "only comments, docstrings or layout changed"));
        return;
    }
    stubs(old, new, hints);
    remains(old, new, hints);
    vanished(before, old, new, hints);
}

fn stubs(old: &Outline, new: &Outline, hints: &mut Vec<Hint>) {
    for function in new.functions.iter().filter(|function| !function.declares) {
        let Some(stub) = &function.stub else { continue };
        let was = old.functions.iter().find(|other| other.name == function.name);
        let name = short(&function.name);
        let words = match (was, stub) {
            (Some(was), _) if was.stub.is_some() => continue,
            (Some(was), Stub::Constant(value)) if works(was, old) => {
                format!("`{name}` did work and now only returns {}", short(value))
            }
            (Some(was), Stub::Nothing) if was.statements > 0 => format!("`{name}` did work and is now empty"),
            (Some(_), Stub::NotImplemented) => format!("`{name}` did work and now raises NotImplementedError"),
            (None, Stub::Nothing) if called(new, function) => format!("`{name}` is new, is called and does nothing"),
            (None, Stub::NotImplemented) => format!("`{name}` is new and raises NotImplementedError"),
            (None, Stub::Constant(value)) if judges(&function.name) => {
                format!("`{name}` is new and always returns {}", short(value))
            }
            _ => continue,
        };
        let hint = Hint::new(HintKind::Stub, words).after(function.lines);
        hints.push(match was {
            Some(was) => hint.before(was.lines),
            None => hint,
        });
    }
}

/// A constant in place of less than this may be the repair itself.
fn works(function: &Function, outline: &Outline) -> bool {
    let calls = outline.calls.iter().any(|call| function.lines.holds(call.lines.first) && call.function.is_some());
    function.statements > 1 || calls
}

fn called(outline: &Outline, function: &Function) -> bool {
    let name = function.name.rsplit('.').next().unwrap_or_default();
    outline.calls.iter().any(|call| last(&call.name) == name)
}

/// A function that is to say yes or no.
fn judges(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default();
    let name = name.trim_start_matches('_').to_ascii_lowercase();
    ["is_", "validate", "verify", "check_", "sanitize", "authorize", "authenticate"]
        .iter()
        .any(|it| name.starts_with(it))
}

/// Below this share of the nodes that were there, another program was written.
const LITTLE: f64 = 0.5;
/// A share of a few nodes says nothing.
const ENOUGH: u32 = 30;

fn remains(old: &Outline, new: &Outline, hints: &mut Vec<Hint>) {
    let total: u32 = old.nodes.values().sum();
    let kept: u32 = old.nodes.iter().map(|(kind, &count)| count.min(new.nodes.get(kind).copied().unwrap_or(0))).sum();
    let share = f64::from(kept) / f64::from(total.max(1));
    if total >= ENOUGH && share < LITTLE {
        let words = format!("{:.0} % of the syntax tree is left", share * 100.0);
        hints.push(Hint::new(HintKind::LittleRemains, words));
    }
}

/// Calls that say nothing about what a program does.
const PLAIN: [&str; 24] = [
    "print",
    "len",
    "str",
    "int",
    "float",
    "bool",
    "list",
    "dict",
    "set",
    "tuple",
    "range",
    "enumerate",
    "zip",
    "sorted",
    "isinstance",
    "super",
    "format",
    "join",
    "strip",
    "append",
    "encode",
    "decode",
    "close",
    "get",
];

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Named when half of the calls or more are gone, and less than half as many are there now.
fn vanished(before: &Side, old: &Outline, new: &Outline, hints: &mut Vec<Hint>) {
    // What stands outside functions is an example of how to call them, unless there is nothing else.
    let script = old.functions.is_empty();
    let works = |call: &&Call| {
        (script || call.function.is_some()) && !before.found_in(call.lines) && !PLAIN.contains(&last(&call.name))
    };
    let words: BTreeSet<&str> = new.tokens.split_whitespace().collect();
    let mut all: Vec<&str> = Vec::new();
    let mut gone: Vec<(&str, Lines)> = Vec::new();
    for call in old.calls.iter().filter(works) {
        let name = last(&call.name);
        if all.contains(&name) {
            continue;
        }
        all.push(name);
        if !words.contains(name) {
            gone.push((name, call.lines));
        }
    }
    // Where other calls came in their place the work is done in another way.
    let script = new.functions.is_empty();
    let now = new.calls.iter().filter(|call| script || call.function.is_some()).map(|call| last(&call.name));
    let now: BTreeSet<&str> = now.filter(|name| !PLAIN.contains(name)).collect();
    if gone.len() < 2 || gone.len() * 2 < all.len() || now.len() * 2 >= all.len() {
        return;
    }
    let names: Vec<String> = gone.iter().take(4).map(|(name, _)| format!("`{}`", short(name))).collect();
    let more = if gone.len() > names.len() { format!(" and {} more", gone.len() - names.len()) } else { String::new() };
    let lines = Lines {
        first: gone.iter().map(|(_, lines)| lines.first).min().unwrap_or(1),
        last: gone.iter().map(|(_, lines)| lines.last).max().unwrap_or(1),
    };
    let words = format!("{} of {} calls are gone: {}{more}", gone.len(), all.len(), names.join(", "));
    hints.push(Hint::new(HintKind::CallsVanished, words).before(lines));
}
