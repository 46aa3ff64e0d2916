//! Floor 1: what makes an analyst doubt a fix. Pure, no IO.
//!
//! A hint is a fact about a version beside the code it started from, with its lines on both sides; never a verdict.
//! `hints` is the one way to them: the workbench shows what it returns, rows and reports count its kinds.

use std::fmt;

use crate::core::fold::{ItemState, Version};
use crate::core::hint::HintKind;
use crate::core::ids::{Step, StreamId};
use crate::core::projection::{self, Row};
use crate::core::settings::VerdictMode;
pub use crate::python::Lines;

pub mod adjudication;
pub mod book;
pub mod figures;
pub mod findings;
mod fold;
pub mod guideline;
mod interface;
mod known;
pub mod lattice;
pub mod queue;
pub mod remark;
mod rules;
mod secrets;
mod shape;
mod text;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    pub kind: HintKind,
    /// Why, in a few words, without the lines.
    pub text: String,
    /// Lines of the code that the version started from.
    pub before: Option<Lines>,
    /// Lines of the version itself.
    pub after: Option<Lines>,
}

impl Hint {
    fn new(kind: HintKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), before: None, after: None }
    }

    fn before(mut self, lines: Lines) -> Self {
        self.before = Some(lines);
        self
    }

    fn after(mut self, lines: Lines) -> Self {
        self.after = Some(lines);
        self
    }
}

/// The sentence with its lines.
impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        let words = |lines: Lines| match lines.first == lines.last {
            true => format!("line {}", lines.first),
            false => format!("lines {}–{}", lines.first, lines.last),
        };
        match (self.before, self.after) {
            (None, None) => Ok(()),
            (None, Some(after)) => write!(f, " ({})", words(after)),
            (Some(before), None) => write!(f, " ({} before)", words(before)),
            (Some(before), Some(after)) => write!(f, " ({}, before {})", words(after), words(before)),
        }
    }
}

/// What else is known of a version than its own code and that before.
#[derive(Debug, Clone, Default)]
pub struct Context<'a> {
    /// Versions between the two, along the same solution.
    pub between: Vec<&'a Version>,
}

impl<'a> Context<'a> {
    pub fn of(state: &'a ItemState, stream: StreamId, step: Step) -> Self {
        let Step::Refine { solution, .. } = step else { return Self::default() };
        let same = |other: &&Version| {
            other.step < step && matches!(other.step, Step::Refine { solution: of, .. } if of == solution)
        };
        let versions = state.stream(stream).into_iter().flat_map(|stream| &stream.versions);
        Self { between: versions.filter(same).collect() }
    }
}

/// What a careful reader of `after` should know, most telling first. Without a version before it, what its code says
/// alone. Lines lie inside the texts.
pub fn hints(before: Option<&Version>, after: &Version, context: &Context) -> Vec<Hint> {
    let pair = Pair::of(before, after);
    let mut hints = fold::hints(&pair);
    text::suppressions(&pair, &mut hints);
    shape::hints(&pair, &mut hints);
    known::hints(&pair, &mut hints);
    text::hints(&pair, &mut hints);
    secrets::hints(&pair, &mut hints);
    rules::hints(&pair, context, &mut hints);
    interface::hints(&pair, &mut hints);
    let lines = |version: Option<&Version>| version.map_or(0, |version| code(version).lines().count()) as u32;
    let (old, new) = (lines(before), lines(Some(after)));
    for hint in &mut hints {
        hint.before = fit(hint.before, old);
        hint.after = fit(hint.after, new);
    }
    hints.sort_by_key(|hint| (hint.kind.severity(), hint.kind, hint.after.map(|lines| lines.first)));
    hints.dedup();
    hints
}

/// The rows of an item with the kinds of hint of each version that a stream returns.
pub fn rows(item: &str, state: &ItemState, mode: VerdictMode) -> Vec<Row> {
    projection::project(item, state, mode, &kinds)
}

/// The kinds of hint of a returned refinement, each once and in their order.
fn kinds(state: &ItemState, stream: StreamId, returned: &Version) -> Vec<HintKind> {
    let before = state.generated(stream);
    let context = Context::of(state, stream, returned.step);
    let mut kinds: Vec<HintKind> = hints(before, returned, &context).into_iter().map(|hint| hint.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

fn fit(lines: Option<Lines>, count: u32) -> Option<Lines> {
    let lines = lines.filter(|lines| lines.first > 0 && lines.first <= count)?;
    Some(Lines { first: lines.first, last: lines.last.clamp(lines.first, count) })
}

fn code(version: &Version) -> &str {
    version.code.as_ref().map_or("", |code| code.as_str())
}

/// Two versions with what their code is made of; `None` where it does not parse.
struct Pair<'a> {
    before: Option<Side<'a>>,
    after: Side<'a>,
}

struct Side<'a> {
    version: &'a Version,
    code: &'a str,
    outline: Option<std::sync::Arc<crate::python::Outline>>,
}

impl<'a> Pair<'a> {
    fn of(before: Option<&'a Version>, after: &'a Version) -> Self {
        Self { before: before.map(Side::of), after: Side::of(after) }
    }

    /// Both outlines, where both sides parse.
    fn outlines(&self) -> Option<(&crate::python::Outline, &crate::python::Outline)> {
        Some((self.before.as_ref()?.outline.as_deref()?, self.after.outline.as_deref()?))
    }
}

impl<'a> Side<'a> {
    fn of(version: &'a Version) -> Self {
        let code = code(version);
        Self { version, code, outline: crate::python::outline(code) }
    }

    /// From 1; empty where there is none.
    fn line(&self, line: u32) -> &'a str {
        self.code.lines().nth((line as usize).wrapping_sub(1)).unwrap_or("")
    }

    fn findings(&self) -> impl Iterator<Item = &'a crate::core::finding::Finding> {
        self.version.scan.iter().flat_map(|scan| &scan.findings)
    }

    /// Whether a finding lies on one of these lines.
    fn found_in(&self, lines: Lines) -> bool {
        self.findings().any(|finding| finding.line <= lines.last && finding.end_line.max(finding.line) >= lines.first)
    }
}

/// A name from the code, short enough for a sentence.
fn short(name: &str) -> String {
    const LONGEST: usize = 60;
    match name.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests;
