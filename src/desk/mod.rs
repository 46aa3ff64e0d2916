//! Floor 3: the counter at which annotators are served: cards by token out of a queue, labels back by token.
//!
//! The desk alone knows which version stands behind a token. A blind sitting is handed [`Sheet`]s and nothing else, so
//! that whatever draws them has nothing to leak.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use crate::core::event::Event;
use crate::core::label::Probe;
use crate::core::settings::RunInfo;
use crate::review::book::LabelBook;
use crate::review::figures::{Drift, Figures, Given};
use crate::review::queue::{Candidate, Target, Turn, Wish, pick, turn};
use crate::store::{Sitting, SittingLock, Store, StoreError};

mod answer;
mod card;
mod gather;

pub use answer::{Receipt, Said};
pub use card::{Card, Context, Sheet};

/// Candidates that one question to the store is about.
const CLAIMS: usize = 64;
/// Labels that must lie between one's label and its repeat.
const APART: usize = 10;

#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the store said would tell a blind annotator where the code comes from; it is in the log.
    #[error("the store failed at this card; what it said is in the log, so that nothing is told here")]
    Hidden,
    #[error("no card has the token `{0}` in this sitting")]
    Token(String),
    #[error("{0}")]
    Wish(String),
}

/// What is wanted of a desk.
#[derive(Debug, Clone)]
pub struct Order {
    pub author: String,
    pub wish: Wish,
    /// Does not go on with the order of the sitting before.
    pub anew: bool,
    /// Version and hash of the guideline that labels are given under.
    pub guideline: Option<(u32, String)>,
}

/// How far the sitting is; the same numbers for blind and open ones.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Progress {
    /// Versions of the queue that the annotator has judged.
    pub done: usize,
    pub total: usize,
    pub sitting: Figures,
    pub today: Figures,
}

struct Hand {
    target: Target,
    probe: Option<Probe>,
    code: String,
    revealed: bool,
}

/// What is served next.
pub enum Served {
    Card(Box<Card>),
    /// The queue is empty, or others hold what is left of it.
    Done {
        held_by_others: usize,
    },
}

pub struct Desk {
    store: Store,
    sitting: Sitting,
    _lock: SittingLock,
    guideline: Option<(u32, String)>,
    infos: HashMap<String, Arc<RunInfo>>,
    queue: VecDeque<Target>,
    /// Could not be had when their turn came.
    busy: Vec<Target>,
    total: usize,
    hands: HashMap<String, Hand>,
    secret: [u8; 16],
    /// The token of the card that was served last.
    current: Option<String>,
    /// Cards that come before the queue: the next one, fetched already, or one that undo put aside.
    ahead: Vec<Card>,
    book: LabelBook,
    /// Labels of the annotator that stand, in the order of the giving.
    given: Vec<Mine>,
    /// Adjudicated versions the annotator has not judged.
    gold: Vec<Target>,
    drift: Vec<(Target, Probe)>,
}

/// A label of the annotator.
struct Mine {
    target: Target,
    seq: u32,
    given: Given,
    probe: Option<Probe>,
    session: Option<String>,
}

/// Items of several runs in one book: the run stands before the item.
fn name_in_book(run: &str, item: &str) -> String {
    format!("{run}\u{1f}{item}")
}

impl Desk {
    pub async fn open(store: Store, order: Order) -> Result<Self, DeskError> {
        let wish = checked(order.wish)?;
        let gathered = gather::gather(&store, &wish, &order.author).await?;
        let (sitting, lock) = store.sit(&order.author, &wish, order.anew).await?;
        let queue = wish.queue(&gathered.candidates, sitting.seed);
        let too_many = |candidate: &Candidate| {
            !wish.order.is_about_others() && candidate.others >= wish.overlap.max(1) && !candidate.mine
        };
        let full: HashSet<&Target> =
            gathered.candidates.iter().filter(|it| too_many(it)).map(|it| &it.target).collect();
        let queue: VecDeque<Target> = queue.into_iter().filter(|target| !full.contains(target)).collect();
        let gold = gathered.candidates.iter().filter(|it| it.adjudicated && !it.mine);
        let gold = gold.map(|it| it.target.clone()).collect();
        let done = gathered.given.iter().filter(|it| it.probe != Some(Probe::Repeat)).count();
        let history = gathered.history.into_iter();
        let history = history.map(|(run, item, entry)| (name_in_book(&run, &item), entry));
        Ok(Self {
            total: queue.len() + done,
            store,
            sitting,
            _lock: lock,
            guideline: order.guideline,
            infos: gathered.infos,
            queue,
            busy: Vec::new(),
            hands: HashMap::new(),
            secret: std::array::from_fn(|_| fastrand::u8(..)),
            current: None,
            ahead: Vec::new(),
            book: LabelBook::new(&order.author, history),
            given: gathered.given,
            gold,
            drift: Vec::new(),
        })
    }

    pub fn is_blind(&self) -> bool {
        self.sitting.wish.blind
    }

    pub fn author(&self) -> &str {
        &self.sitting.author
    }

    /// The next card. It is the annotator's until it is labelled, put back or the sitting ends.
    pub async fn next(&mut self) -> Result<Served, DeskError> {
        let next = match self.ahead.pop() {
            Some(card) => Some(card),
            None => self.fetch(self.given.len() as u64).await?,
        };
        Ok(match next {
            Some(card) => {
                self.current = Some(card.sheet().token.clone());
                Served::Card(Box::new(card))
            }
            None => {
                self.current = None;
                Served::Done { held_by_others: self.busy.len() }
            }
        })
    }

    /// Fetches the card after the one that was served, so that it is there when its turn comes.
    pub async fn prepare(&mut self) -> Result<(), DeskError> {
        if self.ahead.is_empty() && self.current.is_some() {
            let card = self.fetch(self.given.len() as u64 + 1).await?;
            self.ahead.extend(card);
        }
        Ok(())
    }

    /// The card for a turn after so many labels.
    async fn fetch(&mut self, labels: u64) -> Result<Option<Card>, DeskError> {
        let seed = self.sitting.seed;
        let (target, probe) = match turn(&self.sitting.wish, seed, labels) {
            Turn::Repeat => (self.repeat(labels), Some(Probe::Repeat)),
            Turn::Gold if !self.gold.is_empty() => {
                let at = pick(seed, labels, self.gold.len());
                let target = self.gold.swap_remove(at);
                self.queue.retain(|queued| *queued != target);
                (Some(target), Some(Probe::Gold))
            }
            Turn::Gold | Turn::Next => (None, None),
        };
        if let Some(target) = target {
            return self.card(target, probe).await.map(Some);
        }
        while let Some(target) = self.claim().await? {
            // A version without code in the store has nothing to show.
            if let Some(card) = self.card_if_any(target, None).await? {
                return Ok(Some(card));
            }
        }
        Ok(None)
    }

    /// One of the annotator's own labels of some time ago.
    fn repeat(&self, labels: u64) -> Option<Target> {
        let old = self.given.len().saturating_sub(APART);
        let again: HashSet<&Target> =
            self.given.iter().filter(|it| it.probe == Some(Probe::Repeat)).map(|it| &it.target).collect();
        let judged = self.given[..old].iter().filter(|it| it.given.verdict.is_some() && it.probe.is_none());
        let held = self.kept();
        let fit = |target: &&Target| !again.contains(*target) && !held.contains(target);
        let choice: Vec<&Target> = judged.map(|it| &it.target).filter(fit).collect();
        (!choice.is_empty()).then(|| choice[pick(self.sitting.seed, labels, choice.len())].clone())
    }

    /// Leases the next of the queue that may be had.
    async fn claim(&mut self) -> Result<Option<Target>, DeskError> {
        for retry in [false, true] {
            if retry {
                self.queue.extend(self.busy.drain(..));
            }
            let mut left = self.queue.len();
            while left > 0 {
                let wanted: Vec<Target> = self.queue.iter().take(left.min(CLAIMS)).cloned().collect();
                let asked = wanted.len();
                let place = self.store.claim(&self.sitting, wanted, self.kept()).await;
                let place = self.told(place)?;
                let passed = place.unwrap_or(asked);
                self.busy.extend(self.queue.drain(..passed));
                left -= passed;
                if place.is_some() {
                    let target = self.queue.pop_front();
                    self.gold.retain(|gold| Some(gold) != target.as_ref());
                    return Ok(target);
                }
            }
        }
        Ok(None)
    }

    /// What the sitting still holds.
    fn kept(&self) -> Vec<Target> {
        let tokens = self.current.iter().chain(self.ahead.iter().map(|card| &card.sheet().token));
        tokens.filter_map(|token| self.hands.get(token)).map(|hand| hand.target.clone()).collect()
    }

    /// Errors of a blind sitting say nothing that would tell where the code comes from.
    fn told<T>(&self, result: Result<T, StoreError>) -> Result<T, DeskError> {
        result.map_err(|error| match self.is_blind() {
            true => {
                tracing::error!(%error, "a blind sitting");
                DeskError::Hidden
            }
            false => DeskError::Store(error),
        })
    }

    pub fn progress(&self) -> Progress {
        let (dawn, end) = today();
        // Once over all: there may be very many.
        let (mut done, mut sitting, mut today) = (0, Vec::new(), Vec::new());
        for it in &self.given {
            done += usize::from(it.probe != Some(Probe::Repeat));
            if it.session.as_deref() == Some(&self.sitting.id) {
                sitting.push(it.given);
            }
            if (dawn..end).contains(&it.given.at) {
                today.push(it.given);
            }
        }
        Progress { done, total: self.total, sitting: Figures::of(&sitting), today: Figures::of(&today) }
    }

    /// How far the annotator's labels of this sitting keep to their own and to what was settled.
    pub async fn drift(&self) -> Result<Drift, DeskError> {
        let mut drift = Drift::default();
        for (target, probe) in &self.drift {
            let last = self.given.iter().rev().find(|it| it.target == *target && it.probe == Some(*probe));
            let Some(said) = last.and_then(|it| it.given.verdict) else { continue };
            match probe {
                Probe::Repeat => {
                    let first = self.given.iter().find(|it| it.target == *target && it.probe != Some(Probe::Repeat));
                    drift.repeats += 1;
                    drift.repeats_same += u32::from(first.and_then(|it| it.given.verdict) == Some(said));
                }
                Probe::Gold => {
                    let settled = self.told(gather::settled(&self.store, target).await)?;
                    drift.gold += 1;
                    drift.gold_same += u32::from(settled == Some(said));
                }
            }
        }
        Ok(drift)
    }

    /// Ends the sitting: gives back what it holds.
    pub async fn close(self) -> Result<(), DeskError> {
        let released = self.store.release(&self.sitting).await;
        self.told(released)
    }

    /// Takes stored label events into the annotator's own books.
    fn take_in(&mut self, target: &Target, entry: &crate::core::event::Entry) {
        let name = name_in_book(&target.run, &target.item);
        let judged = self.book.settled(&name, target.stream, target.step).is_some();
        self.book.apply(&name, entry);
        match &entry.event {
            Event::LabelUndone(turn) => {
                self.given.retain(|it| {
                    !(it.seq == turn.label && it.target.item == target.item && it.target.run == target.run)
                });
            }
            Event::Labelled(label) => {
                if let Some(mine) = gather::mine(&target.run, &target.item, entry.stream, entry.seq, entry.at, label) {
                    // Only what was said before is looked for: there may be very many.
                    if judged || mine.probe.is_some() {
                        self.given.retain(|it| !(it.target == mine.target && it.probe == mine.probe));
                    }
                    self.given.push(mine);
                }
            }
            _ => {}
        }
    }
}

/// When the day began where the annotator is, and when the next one will.
fn today() -> (jiff::Timestamp, jiff::Timestamp) {
    let day = || {
        let dawn = jiff::Zoned::now().start_of_day()?;
        let end = dawn.tomorrow()?.start_of_day()?;
        Ok::<_, jiff::Error>((dawn.timestamp(), end.timestamp()))
    };
    day().unwrap_or((jiff::Timestamp::MIN, jiff::Timestamp::MAX))
}

fn checked(mut wish: Wish) -> Result<Wish, DeskError> {
    let refuse = |words: &str| Err(DeskError::Wish(words.to_owned()));
    if wish.runs.is_empty() {
        return refuse("a queue needs a run");
    }
    if wish.blind && (wish.approach.is_some() || wish.cwe.is_some() || wish.hint.is_some()) {
        return refuse("a blind queue takes no --approach, --cwe or --hint: these would tell what is hidden");
    }
    if wish.blind && !matches!(wish.order, crate::review::queue::Order::Run | crate::review::queue::Order::Shuffled) {
        return refuse("a blind queue is always shuffled: another order would tell what is hidden");
    }
    if !(0.0..=0.5).contains(&wish.repeat) || !(0.0..=0.5).contains(&wish.gold) {
        return refuse("rates of repeats and gold lie between 0 and 0.5");
    }
    wish.overlap = wish.overlap.max(1);
    Ok(wish)
}
