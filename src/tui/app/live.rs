//! The run that works right now: its slots as a passing overlay, its items as the fold of what was appended.

use std::collections::HashMap;

use crate::core::event::{Entry, Event};
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::projection::Row;
use crate::core::settings::RunInfo;
use crate::core::verdict::Verdict;
use crate::llm::config::Prices;
use crate::review;
use crate::runner::update::{Doing, SlotState, Summary, Update};

#[derive(Debug, Clone, Default)]
pub struct Live {
    pub info: Option<RunInfo>,
    pub items: usize,
    pub slots: Vec<SlotState>,
    pub paused: bool,
    /// A stop was asked for and the slots are finishing.
    pub stopping: bool,
    pub finished: Option<Summary>,
    pub totals: Totals,
    pub spent: Spent,
    /// What the model's tokens cost, where `fdsp.toml` says so.
    pub prices: Option<Prices>,
    pub cursor: usize,
    /// Events were missed; rows and counts are to be read from the store again.
    pub stale: bool,
    broken: bool,
    states: HashMap<String, ItemState>,
    tallies: HashMap<String, Tally>,
    /// When the first event of an item came that is not over yet.
    begun: HashMap<String, jiff::Timestamp>,
    /// Items that came to their end while this watched, and the seconds that they took together.
    timed: (u32, f64),
}

/// What the answers of this sitting used, by the servers' own count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    pub input: u64,
    pub output: u64,
    pub answers: u32,
    /// Answers whose server told no usage.
    pub untold: u32,
}

impl Spent {
    fn add(&mut self, entry: &Entry) {
        let Event::Answered(answer) = &entry.event else { return };
        self.answers += 1;
        match answer.usage {
            Some(usage) => {
                self.input += u64::from(usage.prompt);
                self.output += u64::from(usage.completion);
            }
            None => self.untold += 1,
        }
    }

    /// In the currency of the prices, which are for a million tokens.
    pub fn price(self, prices: Prices) -> f64 {
        (self.input as f64 * prices.input + self.output as f64 * prices.output) / 1e6
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    pub done: u32,
    /// Done, or left by its slot because something failed.
    pub over: u32,
    pub vulnerable: u32,
    pub fixed: u32,
    pub failed: u32,
    pub calls: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tally {
    done: bool,
    over: bool,
    vulnerable: bool,
    fixed: bool,
    failed: bool,
    calls: u32,
}

impl Tally {
    fn of(rows: &[Row], wanted: usize) -> Self {
        let refined = || rows.iter().filter(|row| row.stream.approach != ApproachId::Generate);
        let over = |row: &Row| row.stopped.is_some() || row.failed;
        let broken = rows.iter().any(|row| row.stream.approach == ApproachId::Generate && row.failed);
        Self {
            over: broken || (refined().count() >= wanted && refined().all(over)),
            done: refined().count() >= wanted && refined().all(|row| row.stopped.is_some()),
            vulnerable: rows.iter().any(|row| row.generated == Some(Verdict::Vulnerable)),
            fixed: refined().any(Row::is_fix),
            failed: rows.iter().any(|row| row.failed),
            calls: rows.iter().map(|row| row.calls).sum(),
        }
    }
}

impl Live {
    /// `rows` are what earlier sittings of the run left; a resume goes on counting from them.
    pub fn new(info: RunInfo, items: usize, rows: &[Row]) -> Self {
        let mut live = Self { info: Some(info), items, ..Self::default() };
        live.recount(rows);
        live
    }

    pub fn run(&self) -> Option<&str> {
        self.info.as_ref().map(|info| info.id.as_str())
    }

    /// Takes an update in and returns the item whose rows changed.
    pub fn apply(&mut self, update: &Update) -> Option<(String, Vec<Row>)> {
        match update {
            Update::Slot { slot, state } => {
                if self.slots.len() <= *slot {
                    self.slots.resize(slot + 1, SlotState::Idle);
                }
                self.slots[*slot] = state.clone();
                None
            }
            Update::Finished(summary) => {
                self.finished = Some(summary.clone());
                self.slots.iter_mut().for_each(|slot| *slot = SlotState::Idle);
                None
            }
            Update::Entries { item, entries } => {
                let mode = self.info.as_ref()?.settings.verdict;
                let state = self.states.entry(item.clone()).or_default();
                if entries.first().is_some_and(|entry| entry.seq > state.last_seq + 1) {
                    // What came before was not told here: only the store knows the whole.
                    self.states.remove(item);
                    self.stale = true;
                    return None;
                }
                for entry in entries {
                    state.apply(entry);
                    self.spent.add(entry);
                }
                let rows = review::rows(item, state, mode);
                self.tally(item, &rows);
                // What came from another run took its time there.
                let since = self.info.as_ref().filter(|info| info.settings.from.is_some()).map(|info| info.started);
                let first = entries.iter().find(|entry| since.is_none_or(|since| entry.at >= since));
                if let (Some(first), Some(last)) = (first, entries.last()) {
                    self.time(item, first.at, last.at);
                }
                if self.tallies.get(item).is_some_and(|tally| tally.done) {
                    self.states.remove(item);
                }
                Some((item.clone(), rows))
            }
        }
    }

    fn time(&mut self, item: &str, first: jiff::Timestamp, last: jiff::Timestamp) {
        let begun = *self.begun.entry(item.to_owned()).or_insert(first);
        if self.tallies.get(item).is_some_and(|tally| tally.over) {
            self.begun.remove(item);
            self.timed.0 += 1;
            self.timed.1 += last.duration_since(begun).as_secs_f64().max(0.0);
        }
    }

    /// Seconds until the last item is over, by the mean of those that came to their end here; `None` before one has.
    pub fn seconds_left(&self) -> Option<f64> {
        let (count, seconds) = self.timed;
        let left = (self.items as u32).saturating_sub(self.totals.over).max(u32::from(self.working()));
        let slots = self.slots.len().clamp(1, left.max(1) as usize);
        (count > 0 && self.working()).then(|| seconds / f64::from(count) * f64::from(left) / slots as f64)
    }

    /// Counts again from the store's rows.
    pub fn recount(&mut self, rows: &[Row]) {
        self.stale = false;
        let mut by_item: HashMap<&str, Vec<Row>> = HashMap::new();
        for row in rows {
            by_item.entry(&row.item).or_default().push(row.clone());
        }
        for (item, rows) in by_item {
            self.tally(item, &rows);
        }
    }

    fn tally(&mut self, item: &str, rows: &[Row]) {
        let wanted = self.info.as_ref().map_or(1, |info| {
            info.settings.approaches.iter().filter(|id| **id != ApproachId::Generate).count()
                * info.settings.samples.max(1) as usize
        });
        self.tallies.insert(item.to_owned(), Tally::of(rows, wanted));
        let mut totals = Totals::default();
        for tally in self.tallies.values() {
            totals.done += u32::from(tally.done);
            totals.over += u32::from(tally.over);
            totals.vulnerable += u32::from(tally.vulnerable);
            totals.fixed += u32::from(tally.fixed);
            totals.failed += u32::from(tally.failed);
            totals.calls += tally.calls;
        }
        self.totals = totals;
    }

    pub fn busy(&self) -> usize {
        self.slots.iter().filter(|slot| matches!(slot, SlotState::Busy { .. })).count()
    }

    /// The run ended without a summary.
    pub fn broke_off(&mut self) {
        self.broken = true;
        self.slots.iter_mut().for_each(|slot| *slot = SlotState::Idle);
    }

    pub fn working(&self) -> bool {
        self.info.is_some() && self.finished.is_none() && !self.broken
    }

    /// What the slot that works on an item's step is doing.
    pub fn doing(&self, item: &str) -> Option<(StreamId, Step, &Doing)> {
        self.slots.iter().find_map(|slot| match slot {
            SlotState::Busy { item: of, stream, step, doing } if of == item => Some((*stream, *step, doing)),
            _ => None,
        })
    }
}
