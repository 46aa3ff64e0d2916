//! What callers of the original would notice: names that are gone, other parameters, other kinds of value.

use std::collections::BTreeSet;

use super::{Hint, Pair, Side, short};
use crate::core::hint::HintKind;
use crate::python::{Function, Outline, Parameter, ParameterKind, Return};

pub fn hints(pair: &Pair, hints: &mut Vec<Hint>) {
    let (Some(before), Some((old, new))) = (&pair.before, pair.outlines()) else { return };
    // Of code that is comments alone everything is gone.
    if new.nodes.len() <= 1 {
        return;
    }
    let gone = classes(old, new, hints);
    for was in old.functions.iter().filter(|function| is_public(function)) {
        if gone.iter().any(|class| was.name.starts_with(&format!("{class}."))) {
            continue;
        }
        match new.functions.iter().find(|other| other.name == was.name) {
            Some(is) => changed(before, was, is, hints),
            None => removed(old, new, was, hints),
        }
    }
    constructors(old, new, hints);
}

/// Names with a leading underscore and functions inside functions are nobody's interface.
fn is_public(function: &Function) -> bool {
    !function.nested && function.name.split('.').all(|part| !part.starts_with('_') || part == "__init__")
}

/// Classes that are gone, told once for all their methods.
fn classes<'a>(old: &'a Outline, new: &Outline, hints: &mut Vec<Hint>) -> Vec<&'a str> {
    let there: BTreeSet<&str> = new.classes.iter().map(|(name, _)| name.as_str()).collect();
    let gone = old.classes.iter().filter(|(name, _)| !there.contains(name.as_str()));
    let mut names: Vec<&str> = Vec::new();
    for (name, lines) in gone {
        let told = names.iter().any(|outer| name.starts_with(&format!("{outer}.")));
        names.push(name);
        if !told && name.split('.').all(|part| !part.starts_with('_')) {
            let words = format!("class `{}` is gone", short(name));
            hints.push(Hint::new(HintKind::InterfaceChanged, words).before(*lines));
        }
    }
    names
}

fn removed(old: &Outline, new: &Outline, was: &Function, hints: &mut Vec<Hint>) {
    let own = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let fresh: Vec<&Function> = new
        .functions
        .iter()
        .filter(|it| !it.nested && old.functions.iter().all(|other| other.name != it.name))
        .collect();
    let moved = fresh.iter().find(|it| own(&it.name) == own(&was.name));
    let left = old.functions.iter().filter(|it| !it.nested && new.functions.iter().all(|other| other.name != it.name));
    let renamed = moved.or(match (&fresh[..], left.count()) {
        ([only], 1) => Some(only),
        _ => None,
    });
    let name = short(&was.name);
    let words = match renamed {
        Some(is) => format!("`{name}` is gone, and `{}` is new", short(&is.name)),
        None => format!("`{name}` is gone"),
    };
    let hint = Hint::new(HintKind::InterfaceChanged, words).before(was.lines);
    hints.push(match renamed {
        Some(is) => hint.after(is.lines),
        None => hint,
    });
}

/// A class that took nothing to be made and now needs something.
fn constructors(old: &Outline, new: &Outline, hints: &mut Vec<Hint>) {
    for (class, lines) in &old.classes {
        let init = format!("{class}.__init__");
        if class.split('.').any(|part| part.starts_with('_')) || old.functions.iter().any(|it| it.name == init) {
            continue;
        }
        let Some(is) = new.functions.iter().find(|it| it.name == init) else { continue };
        let needed = is.parameters.iter().skip(1).filter(|it| is_needed(it)).map(|it| format!("`{}`", short(&it.name)));
        let needed: Vec<String> = needed.collect();
        if !needed.is_empty() {
            let words = format!("`{}` now needs {} to be made", short(class), needed.join(", "));
            hints.push(Hint::new(HintKind::InterfaceChanged, words).before(*lines).after(is.lines));
        }
    }
}

fn is_needed(parameter: &Parameter) -> bool {
    parameter.default.is_none() && matches!(parameter.kind, ParameterKind::Place | ParameterKind::Name)
}

fn changed(before: &Side, was: &Function, is: &Function, hints: &mut Vec<Hint>) {
    let mut say = |words: String| {
        let (old, new) = (crate::python::Lines::at(was.line), crate::python::Lines::at(is.line));
        hints.push(Hint::new(HintKind::InterfaceChanged, words).before(old).after(new));
    };
    let name = short(&was.name);
    if was.is_async != is.is_async {
        say(format!("`{name}` is {} asynchronous", if is.is_async { "now" } else { "no longer" }));
    }
    let (old, new) = (taken(&was.parameters), taken(&is.parameters));
    if !takes_what(old, new) {
        say(format!("`{name}({})` is now `{name}({})`", signature(old), signature(new)));
    } else if !before.found_in(crate::python::Lines::at(was.line)) {
        for one in old {
            let other = new.iter().find(|it| it.name == one.name).and_then(|it| it.default.as_ref());
            if let (Some(old), Some(new)) = (&one.default, other)
                && old != new
            {
                let name = short(&one.name);
                say(format!("the default of `{name}` was {} and is {}", short(old), short(new)));
            }
        }
    }
    if is.stub.is_none()
        && let Some(words) = returns(was, is)
    {
        say(format!("`{name}` {words}"));
    }
}

/// Without the instance or class that a method is called on.
fn taken(parameters: &[Parameter]) -> &[Parameter] {
    match parameters.split_first() {
        Some((first, rest)) if first.name == "self" || first.name == "cls" => rest,
        _ => parameters,
    }
}

fn signature(parameters: &[Parameter]) -> String {
    let one = |it: &Parameter| match (it.kind, &it.default) {
        (ParameterKind::Places, _) => format!("*{}", it.name),
        (ParameterKind::Names, _) => format!("**{}", it.name),
        (_, Some(default)) => format!("{}={default}", it.name),
        (_, None) => it.name.clone(),
    };
    short(&parameters.iter().map(one).collect::<Vec<_>>().join(", "))
}

/// Whether every call that `old` takes is a call that `new` takes, to the same parameters.
fn takes_what(old: &[Parameter], new: &[Parameter]) -> bool {
    let of = |parameters: &[Parameter], kind| {
        parameters.iter().filter(|it| it.kind == kind).cloned().collect::<Vec<Parameter>>()
    };
    let (places, new_places) = (of(old, ParameterKind::Place), of(new, ParameterKind::Place));
    let any = |parameters: &[Parameter], kind| parameters.iter().any(|it| it.kind == kind);
    let (spread, named) = (any(new, ParameterKind::Places), any(new, ParameterKind::Names));
    let in_place = places.iter().enumerate().all(|(at, one)| match new_places.get(at) {
        Some(other) => other.name == one.name && (one.default.is_none() || other.default.is_some()),
        None => spread && named,
    });
    let by_name = of(old, ParameterKind::Name).iter().all(|one| {
        let other = new.iter().find(|it| it.name == one.name);
        other.map_or(named, |other| one.default.is_none() || other.default.is_some())
    });
    let kept = (spread || !any(old, ParameterKind::Places)) && (named || !any(old, ParameterKind::Names));
    let added = new.iter().filter(|it| old.iter().all(|one| one.name != it.name));
    in_place && by_name && kept && !added.into_iter().any(is_needed)
}

/// How what a function gives back is of another kind.
fn returns(was: &Function, is: &Function) -> Option<String> {
    if was.yields != is.yields {
        return Some(if is.yields { "now yields" } else { "no longer yields" }.to_owned());
    }
    let gives = |function: &Function| function.returns.iter().any(|it| *it != Return::Nothing);
    if gives(was) && !gives(is) && !is.yields {
        return Some("returned a value and now returns none".to_owned());
    }
    let (old, new) = (arity(was)?, arity(is)?);
    (old != new).then(|| match (old, new) {
        (Some(old), Some(new)) => format!("returned {old} values and now returns {new}"),
        (Some(old), None) => format!("returned {old} values and now returns one"),
        (None, Some(new)) => format!("returned one value and now returns {new}"),
        (None, None) => String::new(),
    })
}

/// How many values come back each time: `Some(Some(2))` for tuples of two, `Some(None)` for no tuples; `None` where it
/// differs or cannot be seen.
fn arity(function: &Function) -> Option<Option<usize>> {
    let mut kinds = function.returns.iter().filter(|it| **it != Return::Nothing).map(|it| match it {
        Return::Tuple(count) => Some(*count),
        _ => None,
    });
    let first = kinds.next()?;
    kinds.all(|it| it == first).then_some(first)
}
