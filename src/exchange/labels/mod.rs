//! Labels out and in: `lines` is the full form, which stores exchange; `check` says whether such files are whole; `flat`
//! is a table of what stands; `tools` writes the forms of Label Studio and Prodigy, `back` reads them.

pub mod back;
pub mod check;
pub mod flat;
pub mod lines;
pub mod tools;

use crate::core::fold::{CountedLabels, ItemState, LabelEntry};
use crate::core::ids::{Step, StreamId};
use crate::core::label::Label;

/// What stands of one annotator on a version.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The label that counts; it may skip the version.
    pub label: &'a Label,
    pub at: jiff::Timestamp,
    /// The latest comment of the annotator, which may have come by itself, with its lines.
    pub comment: Option<&'a str>,
    pub lines: Option<(u32, u32)>,
}

/// What stands on a version: the latest word of every annotator by name, then the adjudication.
pub fn words<'a>(state: &'a ItemState, stream: StreamId, step: Step) -> Vec<Word<'a>> {
    let CountedLabels { latest, adjudicated, skipped, .. } = state.counted(stream, step);
    let mut labels: Vec<&Label> = latest.into_values().map(|(_, label)| label).chain(skipped).collect();
    labels.sort_by(|a, b| a.author.cmp(&b.author));
    labels.extend(adjudicated.map(|(_, label)| label));
    let here = |entry: &&LabelEntry| entry.active && entry.stream == stream && entry.label.step == step;
    let word = |label: &'a Label| {
        let at = state.labels.iter().find(|entry| std::ptr::eq(&entry.label, label)).map(|entry| entry.at);
        let own = |entry: &&LabelEntry| {
            let known = &entry.label;
            (&known.author, &known.code, known.adjudicates) == (&label.author, &label.code, label.adjudicates)
                || (known.verdict.is_none() && known.author == label.author && !label.adjudicates)
        };
        let remark = state.labels.iter().rev().filter(here).filter(own).find(|entry| entry.label.comment.is_some());
        Word {
            label,
            at: at.unwrap_or_default(),
            comment: remark.and_then(|entry| entry.label.comment.as_deref()),
            lines: remark.and_then(|entry| entry.label.lines),
        }
    };
    labels.into_iter().map(word).collect()
}
