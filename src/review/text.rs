//! Words that give a fix away: comments that silence the scanner, placeholders, parameters in the wrong place of an
//! SQL statement, errors that are dropped.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::{Hint, Lines, Pair, Side, short};
use crate::core::hint::HintKind;
use crate::python::Literal;

/// `None` only for a pattern that is wrong, which the tests see.
fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

fn matches<'t>(pattern: &Option<Regex>, text: &'t str) -> Option<&'t str> {
    Some(pattern.as_ref()?.find(text)?.as_str())
}

static SILENCED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(r"(?i)\b(nosec|nosemgrep|nosonar|skipcq)\b|\bpylint:\s*disable|\bbandit:\s*skip|\blgtm\s*\[|\bcodeql\s*\[")
});

/// The codes of a `noqa`, if it names any.
static NOQA: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)\bnoqa\b(?::?\s*([A-Z]+[0-9]+(?:[,\s]+[A-Z]+[0-9]+)*))?"));

/// Whether a comment tells a security scanner to look away; a `noqa` for matters of style does not.
fn silences(comment: &str) -> bool {
    if matches(&SILENCED, comment).is_some() {
        return true;
    }
    let Some(found) = NOQA.as_ref().and_then(|noqa| noqa.captures(comment)) else { return false };
    found.get(1).is_none_or(|codes| {
        let mut codes = codes.as_str().split([',', ' ']).map(str::trim);
        codes.any(|code| {
            ["S", "B"].iter().any(|set| code.strip_prefix(set).is_some_and(|n| n.starts_with(char::is_numeric)))
        })
    })
}

/// Comments that silence a scanner and were not there before, and findings that one hides.
pub fn suppressions(pair: &Pair, hints: &mut Vec<Hint>) {
    let hidden = pair.after.findings().filter(|finding| finding.suppressed.is_some());
    let mut hidden: Vec<_> = hidden.collect();
    fn marks<'a>(side: &'a Side) -> impl Iterator<Item = &'a crate::python::Comment> {
        let comments = side.outline.as_deref().map_or(&[][..], |outline| &outline.comments);
        comments.iter().filter(|comment| silences(&comment.text))
    }
    let mut old: HashMap<&str, usize> = HashMap::new();
    for comment in pair.before.iter().flat_map(marks) {
        *old.entry(comment.text.as_str()).or_default() += 1;
    }
    for comment in marks(&pair.after) {
        if let Some(left) = old.get_mut(comment.text.as_str()).filter(|left| **left > 0) {
            *left -= 1;
            continue;
        }
        let by = hidden
            .iter()
            .position(|finding| (finding.line..=finding.end_line.max(finding.line)).contains(&comment.line));
        let words = match by.map(|at| hidden.remove(at)) {
            Some(finding) => format!("a new comment hides {}: {}", finding.rule, short(&comment.text)),
            None if pair.before.is_some() => format!("a new comment silences a scanner: {}", short(&comment.text)),
            None => format!("a comment silences a scanner: {}", short(&comment.text)),
        };
        hints.push(Hint::new(HintKind::Suppression, words).after(Lines::at(comment.line)));
    }
    for finding in hidden {
        let words = format!("{} is hidden by a comment in the code", finding.rule);
        hints.push(Hint::new(HintKind::Suppression, words).after(Lines::at(finding.line)));
    }
}

pub fn hints(pair: &Pair, hints: &mut Vec<Hint>) {
    let Some(before) = &pair.before else { return };
    placeholders(pair, before, hints);
    bound_names(pair, before, hints);
    dropped_errors(pair, before, hints);
}

static PLACEHOLDER_COMMENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\byour\s+(own\s+)?(code|logic|implementation)\b(\s+\w+){0,3}\s+here\b|\byour\s+code\s+here\b",
        r"|(?-i:\bTODO\b|\bFIXME\b)|\btodo:",
        r"|^[#\s.]*(add|insert|put|implement|write)\s+(the\s+|your\s+)?(\w+\s+){0,4}here\b",
        r"|\b(rest|remainder)\s+of\s+(the\s+|your\s+)?(original\s+)?(code|function|program|script|class)\b",
        r"|\b(existing|remaining|other|previous)\s+code\b.*(here|\.\.\.|unchanged)",
        r"|\b(same|unchanged)\s+(code\s+)?as\s+(before|above)\b",
        r"|\b(code|function|method|class|rest)\s+remains?\s+(the\s+same|unchanged)\b",
        r"|\breplace\s+(this\s+|it\s+)?with\s+(your|the)\s+(own|actual|real)\b",
    ))
});

static PLACEHOLDER_TEXT: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)^<?\s*(your|insert|enter)[-_ ](\w+[-_ ])*(key|secret|password|passwd|token|user|username|host|url|path|database|db|name|email|domain|value|here)\s*>?$",
        r"|^/?path/to/|^change[-_ ]?me!?$|^replace[-_ ]?me$|^(dummy|fake|sample|placeholder)[-_ ]?(key|secret|password|token|value)?$",
    ))
});

fn placeholders(pair: &Pair, before: &Side, hints: &mut Vec<Hint>) {
    let Some(after) = pair.after.outline.as_deref() else { return };
    for comment in after.comments.iter().filter(|comment| !before.code.contains(&comment.text)) {
        if matches(&PLACEHOLDER_COMMENT, &comment.text).is_some() {
            let words = format!("work is left to the reader: {}", short(&comment.text));
            hints.push(Hint::new(HintKind::Placeholder, words).after(Lines::at(comment.line)));
        }
    }
    // Outside functions stands the example of how to call them, whose paths are made up by nature.
    let inside = |literal: &&Literal| literal.function.is_some() || literal.given_to.is_some();
    for literal in after.strings.iter().filter(inside).filter(|literal| !before.code.contains(&literal.text)) {
        let path = literal.text.to_ascii_lowercase().trim_start_matches('/').starts_with("path/to/");
        if matches(&PLACEHOLDER_TEXT, &literal.text).is_some() && (literal.function.is_some() || !path) {
            let words = format!("a placeholder stands for a value: \"{}\"", short(&literal.text));
            hints.push(Hint::new(HintKind::Placeholder, words).after(literal.lines));
        }
    }
}

static SQL: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(?i)^\s*(select|insert|update|delete|drop|create|alter|truncate|replace|with)\b"));

static BOUND_NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    regex(concat!(
        r"(?i)\b(from|into|update|join|table)\s+(\?|%s|%\(\w+\)s|:[a-z_]\w*)",
        r"|\border\s+by\s+(\?|%s|%\(\w+\)s|:[a-z_]\w*)",
        r"|\b(where|and|or)\s+(\?|%s)\s*(=|<|>|!=|like\b|in\b)",
        r"|\bselect\s+(\?|%s)\s+from\b",
    ))
});

/// A driver quotes a parameter as a value: where a name belongs the statement fails or compares two constants.
fn bound_names(pair: &Pair, before: &Side, hints: &mut Vec<Hint>) {
    let Some(after) = pair.after.outline.as_deref() else { return };
    for literal in after.strings.iter().filter(|literal| !before.code.contains(&literal.text)) {
        if matches(&SQL, &literal.text).is_none() {
            continue;
        }
        let Some(found) = matches(&BOUND_NAME, &literal.text) else { continue };
        // Text that Python itself fills in holds no parameters.
        let formatted = ["\" %", "' %", "\"%", "'%", ".format("]
            .iter()
            .any(|mark| pair.after.line(literal.lines.last).contains(mark));
        if !formatted {
            let found = found.split_whitespace().collect::<Vec<_>>().join(" ");
            let words = format!("a parameter cannot stand for the name of a table or column: `{}`", short(&found));
            hints.push(Hint::new(HintKind::BoundName, words).after(literal.lines));
        }
    }
}

fn dropped_errors(pair: &Pair, before: &Side, hints: &mut Vec<Hint>) {
    let (Some(after), Some(old)) = (pair.after.outline.as_deref(), before.outline.as_deref()) else { return };
    let mut known: Vec<&str> =
        old.tries.iter().filter(|it| it.drops.is_some()).map(|it| before.line(it.body.first).trim()).collect();
    for it in &after.tries {
        let Some(drops) = it.drops else { continue };
        let first = pair.after.line(it.body.first).trim();
        if let Some(at) = known.iter().position(|line| *line == first) {
            known.remove(at);
            continue;
        }
        let words = match it.body.first == it.body.last {
            true => format!("every error of line {} is caught and dropped", it.body.first),
            false => format!("every error of lines {}–{} is caught and dropped", it.body.first, it.body.last),
        };
        hints.push(Hint::new(HintKind::DroppedError, words).after(drops));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_is_one() {
        for pattern in [&SILENCED, &NOQA, &PLACEHOLDER_COMMENT, &PLACEHOLDER_TEXT, &SQL, &BOUND_NAME] {
            assert!(pattern.is_some());
        }
    }

    #[test]
    fn comments_that_silence() {
        for (comment, silent) in [
            ("# nosec", true),
            ("#nosec B602", true),
            ("# noqa", true),
            ("# noqa: S105", true),
            ("# noqa: E501", false),
            ("# noqa:E501,S602", true),
            ("# pylint: disable=eval-used", true),
            ("# no secrets here", false),
            ("# nosecret", false),
            ("# type: ignore", false),
        ] {
            assert_eq!(silences(comment), silent, "{comment}");
        }
    }
}
