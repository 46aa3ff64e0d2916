//! What a queue is made of, out of the store: candidates, and what the annotator did before.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::{DeskError, Mine};
use crate::core::event::Entry;
use crate::core::fold::ItemState;
use crate::core::ids::{Step, StreamId};
use crate::core::label::{EXAMPLE, Label, LabelVerdict, Probe};
use crate::core::settings::RunInfo;
use crate::review::figures::Given;
use crate::review::queue::{Candidate, Target, Wish};
use crate::store::{Store, StoreError};

/// Items whose code is read at once.
const PAGE: usize = 200;

pub struct Gathered {
    pub infos: HashMap<String, Arc<RunInfo>>,
    pub candidates: Vec<Candidate>,
    /// The annotator's labels that stand, in the order of the giving.
    pub given: Vec<Mine>,
    /// All label events of the annotator, with run and item.
    pub history: Vec<(String, String, Entry)>,
}

pub async fn gather(store: &Store, wish: &Wish, author: &str) -> Result<Gathered, DeskError> {
    let mut gathered =
        Gathered { infos: HashMap::new(), candidates: Vec::new(), given: Vec::new(), history: Vec::new() };
    for run in &wish.runs {
        let info = store.run(run).await?;
        // With their code: a label counts for the code alone that it was given on.
        let states: HashMap<String, ItemState> = store.labelled_items(run).await?.into_iter().collect();
        let history = store.label_history(run, author).await?;
        gathered.history.extend(history.into_iter().map(|(item, entry)| (run.clone(), item, entry)));
        let every = if wish.every { every_version(store, run).await? } else { Vec::new() };
        let rows = store.rows(run).await?;
        let facts: HashMap<(&str, StreamId), _> =
            rows.iter().map(|row| ((row.item.as_str(), row.stream), row)).collect();
        let fixes = rows
            .iter()
            .filter(|row| row.is_fix())
            .filter_map(|row| Some((row.item.clone(), row.stream, row.final_step()?)));
        let targets: Vec<(String, StreamId, Step)> = if wish.every { every } else { fixes.collect() };
        for (item, stream, step) in targets {
            let row = facts.get(&(item.as_str(), stream)).copied();
            let state = states.get(&item);
            let own = row.and_then(|row| row.own());
            let cwes = row.map(|row| row.cwes.clone()).unwrap_or_default();
            let hints = own.filter(|facts| facts.step == Some(step)).map(|it| it.hints.clone()).unwrap_or_default();
            let (others, agreeing, adjudicated, mine) =
                state.map_or((0, 0, false, false), |state| said(state, stream, step, author));
            gathered.candidates.push(Candidate {
                target: Target { run: run.clone(), item, stream, step },
                model: info.model.name.clone(),
                cwes,
                hints,
                others,
                agreeing,
                adjudicated,
                mine,
            });
        }
        for (item, state) in &states {
            let own = state.labels.iter().filter(|entry| entry.active && entry.label.author == author);
            for entry in own {
                gathered.given.extend(mine(run, item, entry.stream, entry.seq, entry.at, &entry.label));
            }
        }
        gathered.infos.insert(run.clone(), Arc::new(info));
    }
    gathered.history.sort_by_key(|(_, _, entry)| entry.at);
    gathered.given.sort_by_key(|it| (it.given.at, it.seq));
    // Of several labels on a version the latest stands.
    let mut later: HashSet<(&Target, Option<Probe>)> = HashSet::new();
    let stands: Vec<bool> = gathered.given.iter().rev().map(|it| later.insert((&it.target, it.probe))).collect();
    let mut stands = stands.into_iter().rev();
    gathered.given.retain(|_| stands.next().unwrap_or(false));
    Ok(gathered)
}

/// How many others have judged a version, how many of them say what most say, whether it is settled, whether the
/// annotator has judged it. The labels that come with a recorded run are nobody's.
fn said(state: &ItemState, stream: StreamId, step: Step, author: &str) -> (u32, u32, bool, bool) {
    let counted = state.counted(stream, step);
    let mut says: BTreeMap<LabelVerdict, u32> = BTreeMap::new();
    for (by, (verdict, _)) in &counted.latest {
        if *by != author && *by != EXAMPLE {
            *says.entry(*verdict).or_default() += 1;
        }
    }
    let mine = state.judged_by(stream, step).contains(author);
    (says.values().sum(), says.values().copied().max().unwrap_or(0), counted.adjudicated.is_some(), mine)
}

/// A label as the annotator's books hold it; `None` for comments and flags.
pub fn mine(run: &str, item: &str, stream: StreamId, seq: u32, at: jiff::Timestamp, label: &Label) -> Option<Mine> {
    (label.settles() && !label.adjudicates).then(|| Mine {
        target: Target { run: run.to_owned(), item: item.to_owned(), stream, step: label.step },
        seq,
        given: Given { at, seconds: label.seconds, verdict: label.verdict },
        probe: label.probe,
        session: label.session.clone(),
    })
}

async fn every_version(store: &Store, run: &str) -> Result<Vec<(String, StreamId, Step)>, DeskError> {
    let mut all = Vec::new();
    for from in (0..).step_by(PAGE) {
        let page = store.code(run, from, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for code in page {
            for (stream, held) in &code.state.streams {
                let refined = |step: &Step| matches!(step, Step::Refine { .. });
                let versions = held.versions.iter().filter(|version| version.code.is_some());
                let steps = versions.map(|version| version.step).filter(refined);
                all.extend(steps.map(|step| (code.item.clone(), *stream, step)));
            }
        }
    }
    Ok(all)
}

/// What an adjudicator said of a version.
pub async fn settled(store: &Store, target: &Target) -> Result<Option<LabelVerdict>, StoreError> {
    let record = store.record(&target.run, &target.item).await?;
    let state = ItemState::of(&record.entries);
    Ok(state.counted(target.stream, target.step).adjudicated.map(|(verdict, _)| verdict))
}
