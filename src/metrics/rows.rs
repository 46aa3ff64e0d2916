use std::collections::HashMap;

use super::RunRows;
use crate::core::ids::{ApproachId, StreamId};
use crate::core::item::About;
use crate::core::projection::{Facts, Row};
use crate::core::settings::{RunInfo, Settings, VerdictMode};

impl RunRows {
    /// `items` in their order; `rows` in the same order, streams of an item sorted.
    pub fn new(info: RunInfo, items: &[String], rows: Vec<Row>) -> Self {
        let wanted = wanted(&info.settings);
        let mut all = Vec::with_capacity(rows.len().max(items.len() * wanted.len()));
        let mut rows = rows.into_iter().peekable();
        for item in items {
            let first = all.len();
            while let Some(row) = rows.next_if(|row| row.item == *item) {
                all.push(row);
            }
            let begun = all.len();
            for id in &wanted {
                if !all[first..begun].iter().any(|row: &Row| row.stream == *id) {
                    all.push(not_begun(item, *id, info.settings.verdict));
                }
            }
            if all.len() > begun {
                all[first..].sort_by_key(|row| row.stream);
            }
        }
        Self { info, items: items.len() as u32, rows: all, about: HashMap::new() }
    }

    /// With what the items are about, by their ids.
    pub fn with_about(self, about: HashMap<String, About>) -> Self {
        Self { about, ..self }
    }

    /// Whether the items are CodeSecEval's, as its subsets tell.
    pub fn is_codeseceval(&self) -> bool {
        let named = |about: &About| matches!(about.subset.as_deref(), Some("SecEvalBase" | "SecEvalPlus"));
        self.about.values().any(named)
    }

    /// Whether an item of the run has a test.
    pub fn has_tests(&self) -> bool {
        self.about.values().any(|about| about.tested)
    }
}

/// The streams that every item of a run is to have.
fn wanted(settings: &Settings) -> Vec<StreamId> {
    let mut approaches = settings.approaches.clone();
    if settings.generates() {
        approaches.push(ApproachId::Generate);
    }
    approaches.sort_unstable();
    approaches.dedup();
    approaches.iter().flat_map(|id| (0..settings.samples).map(|sample| StreamId::new(*id, sample))).collect()
}

pub(super) fn not_begun(item: &str, stream: StreamId, mode: VerdictMode) -> Row {
    Row {
        item: item.to_owned(),
        stream,
        generated: None,
        cwes: Vec::new(),
        stopped: None,
        failed: false,
        verdict: None,
        solution: None,
        iteration: None,
        calls: 0,
        versions: 0,
        undefined: 0,
        test: None,
        label: None,
        labelled: 0,
        unrealistic: 0,
        strict: (mode == VerdictMode::Strict).then(Facts::default),
        paper: Some(Facts::default()),
    }
}
