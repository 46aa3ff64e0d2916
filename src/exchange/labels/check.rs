//! Whether files of label events are whole, and taking them in: a set union by id, so that neither the order of the files
//! nor reading one twice changes what comes of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::lines::{Head, LabelFile};
use crate::core::chain::{self, Known, Told, Wrong};
use crate::dataset::Quarantined;
use crate::exchange::ExchangeError;
use crate::store::{Merged, Store, StoreError};

/// How far ahead of this clock a label may be dated: its author's later labels must come after it.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub file: String,
    /// From 1; `None`: the file as a whole.
    pub line: Option<usize>,
    pub what: String,
    /// Something is missing, and nothing was changed.
    pub gap: bool,
}

/// What became of files of label events.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Taken {
    /// `added`, `known` and so on; nothing was written where there are faults that were not accepted.
    pub merged: Merged,
    pub faults: Vec<Fault>,
    /// Lines for runs and items that are not here, and those that need a missing label.
    pub quarantined: Vec<Quarantined>,
    pub refused: bool,
}

/// Checks the files together, each line once, and takes them in, all or none. A fault refuses them all; `accept_gaps`
/// lets through that something is missing, never that something was changed.
///
/// # Errors
/// When the store cannot be read or written.
pub async fn take_in(store: &Store, files: &[LabelFile], accept_gaps: bool, dry: bool) -> Result<Taken, ExchangeError> {
    let mut here: Vec<Told> = Vec::new();
    let mut settings: HashMap<&str, Option<String>> = HashMap::new();
    for run in files.iter().flat_map(|file| &file.header.runs) {
        if settings.contains_key(run.run.as_str()) {
            continue;
        }
        let found = match store.run(&run.run).await {
            Ok(info) => Some(info.hash()),
            Err(StoreError::NoSuchRun { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        if found.is_some() {
            here.extend(store.told(&run.run, None).await?);
        }
        settings.insert(&run.run, found);
    }
    let mut known: Known<'_> = here.iter().map(|told| (told.id.as_str(), told)).collect();
    for told in files.iter().flat_map(|file| &file.lines).map(|(_, told)| told) {
        known.entry(&told.id).or_insert(told);
    }
    let latest = jiff::Timestamp::now().checked_add(AHEAD).unwrap_or(jiff::Timestamp::MAX);
    let mut taken =
        Taken { faults: files.iter().flat_map(|file| faults(file, &known, latest)).collect(), ..Taken::default() };
    taken.refused = taken.faults.iter().any(|fault| !(fault.gap && accept_gaps));

    let mut wanted: Vec<Told> = Vec::new();
    let mut places: Vec<(&str, usize)> = Vec::new();
    let mut seen: HashSet<&str> = HashSet::new();
    let lost = lost(files, &known);
    for file in files {
        let of_runs: HashMap<&str, &str> =
            file.header.runs.iter().map(|run| (run.run.as_str(), run.settings.as_str())).collect();
        for (line, told) in &file.lines {
            let mut aside = |reason: String| taken.quarantined.push(quarantined(&file.name, *line, reason));
            let there = of_runs.get(told.run.as_str()).copied();
            match settings.get(told.run.as_str()).and_then(Option::as_deref) {
                Some(hash) if Some(hash) != there => {
                    aside(format!("the run `{}` of this store was told other settings than the file's", told.run));
                }
                Some(_) if lost.contains(told.id.as_str()) => aside(Wrong::NoLabel.to_string()),
                _ if seen.insert(&told.id) => {
                    wanted.push(told.clone());
                    places.push((&file.name, *line));
                }
                _ => {}
            }
        }
    }
    taken.merged = store.merge(wanted, dry || taken.refused).await?;
    for (at, reason) in std::mem::take(&mut taken.merged.refused) {
        let (file, line) = places[at];
        taken.quarantined.push(quarantined(file, line, reason));
    }
    Ok(taken)
}

fn quarantined(file: &str, line: usize, reason: String) -> Quarantined {
    Quarantined { file: file.to_owned(), line: Some(line as u64), index: None, field: None, reason }
}

/// Events that cannot be taken in since the label they are about is nowhere, and those about such labels.
fn lost<'a>(files: &'a [LabelFile], known: &Known<'a>) -> HashSet<&'a str> {
    let mut lost: HashSet<&str> = HashSet::new();
    loop {
        let before = lost.len();
        for told in files.iter().flat_map(|file| &file.lines).map(|(_, told)| told) {
            let Some(about) = told.about.as_deref() else { continue };
            if !known.contains_key(about) || lost.contains(about) {
                lost.insert(&told.id);
            }
        }
        if lost.len() == before {
            return lost;
        }
    }
}

/// What is wrong with a file among all that is known.
fn faults(file: &LabelFile, known: &Known<'_>, latest: jiff::Timestamp) -> Vec<Fault> {
    let fault = |line: Option<usize>, what: String, gap: bool| Fault { file: file.name.clone(), line, what, gap };
    let mut faults: Vec<Fault> =
        file.unreadable.iter().map(|(line, why)| fault(Some(*line), format!("cannot be read: {why}"), false)).collect();
    let mut chains: BTreeMap<(&str, &str), HashSet<&str>> = BTreeMap::new();
    for (line, told) in &file.lines {
        if let Some(wrong) = chain::wrong(told, known) {
            let words = format!("{}, {} on item `{}`: {wrong}", told.author(), told.event.kind(), told.item);
            faults.push(fault(Some(*line), words, wrong.is_gap()));
        }
        if told.at > latest {
            let words = format!("dated {}, more than a day ahead of this clock", told.at);
            faults.push(fault(Some(*line), words, false));
        }
        chains.entry((&told.run, told.author())).or_default().insert(&told.id);
    }
    faults.sort_by_key(|fault| fault.line);
    faults.extend(file.cut.map(|line| fault(Some(line), "the file ends in the middle of this line".to_owned(), true)));
    for Head { run, author, last, events } in &file.header.heads {
        let chain = chains.remove(&(run.as_str(), author.as_str())).unwrap_or_default();
        for end in last.iter().filter(|end| !chain.contains(end.as_str())) {
            let words =
                format!("the chain of {author} over run `{run}` ends with {}, which is missing", chain::short(end));
            faults.push(fault(None, words, true));
        }
        if chain.len() != *events as usize {
            let words = format!("{} lines of {author} over run `{run}`, {events} by the header", chain.len());
            faults.push(fault(None, words, chain.len() < *events as usize));
        }
    }
    for (run, author) in chains.keys() {
        let words = format!("the header does not name {author} over run `{run}`, whose lines are here");
        faults.push(fault(None, words, false));
    }
    for run in file.lines.iter().map(|(_, told)| &told.run).collect::<std::collections::BTreeSet<_>>() {
        if !file.header.runs.iter().any(|known| known.run == *run) {
            faults.push(fault(None, format!("the header does not name the run `{run}`, whose lines are here"), false));
        }
    }
    faults
}
