//! What each annotator says of a version, for whoever shows or exports it. What counts is [`ItemState::counted`]'s.

use std::collections::BTreeMap;

use super::ItemState;
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, Probe};
use crate::core::text::Text;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SaidBy<'a> {
    /// The latest verdict or skip.
    pub settled: Option<&'a Label>,
    pub flagged: bool,
    /// Labels with a comment or lines, the oldest first.
    pub remarks: Vec<&'a Label>,
}

impl ItemState {
    /// By annotator: labels that were not taken back, on the version's code; no repeated ones and no adjudications.
    pub fn said(&self, stream: StreamId, step: Step) -> BTreeMap<&str, SaidBy<'_>> {
        let code = self.stream(stream).and_then(|stream| stream.version(step)?.code.as_ref()).map(Text::hash);
        let mut entries: Vec<_> = self
            .labels
            .iter()
            .filter(|entry| entry.active && entry.stream == stream && entry.label.step == step)
            .filter(|entry| code.as_ref().is_none_or(|code| *code == entry.label.code))
            .filter(|entry| entry.label.probe != Some(Probe::Repeat) && !entry.label.adjudicates)
            .collect();
        entries.sort_by_key(|entry| entry.moment());
        let mut said: BTreeMap<&str, SaidBy<'_>> = BTreeMap::new();
        for label in entries.into_iter().map(|entry| &entry.label) {
            let by = said.entry(&label.author).or_default();
            if label.settles() {
                by.settled = Some(label);
            }
            by.flagged = label.flag.unwrap_or(by.flagged);
            if label.comment.is_some() || label.lines.is_some() {
                by.remarks.push(label);
            }
        }
        said
    }
}
