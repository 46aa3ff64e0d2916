//! In which order an annotator sees what can be labelled, and when something comes back to measure them.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::core::hint::HintKind;
use crate::core::ids::{ApproachId, Step, StreamId, UnknownWord};

/// A version of the code that takes a label.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Target {
    pub run: String,
    pub item: String,
    #[serde(flatten)]
    pub stream: StreamId,
    pub step: Step,
}

/// A target with what queues are made by.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub target: Target,
    pub model: String,
    /// Of the generated code's findings.
    pub cwes: Vec<u32>,
    pub hints: Vec<HintKind>,
    /// Labels by annotators other than the one who asks: how many, and how many of these say what most say.
    pub others: u32,
    pub agreeing: u32,
    pub adjudicated: bool,
    /// The annotator who asks has judged it, or skipped it.
    pub mine: bool,
}

impl Candidate {
    fn disputed(&self) -> bool {
        self.agreeing < self.others
    }

    /// Share of the other annotators who agree with most of them; 1 without any.
    fn agreement(&self) -> f64 {
        if self.others == 0 { 1.0 } else { f64::from(self.agreeing) / f64::from(self.others) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// As the run has them: item by item.
    #[default]
    Run,
    Shuffled,
    Approach,
    Model,
    Cwe,
    /// What annotators disagree on; nothing else.
    Disagreement,
    /// All, the lowest agreement of other annotators first.
    LowAgreement,
    /// The most telling hints first.
    Hints,
}

impl Order {
    pub const EVERY: [Order; 8] = [
        Self::Run,
        Self::Shuffled,
        Self::Approach,
        Self::Model,
        Self::Cwe,
        Self::Disagreement,
        Self::LowAgreement,
        Self::Hints,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Run => "run",
            Self::Shuffled => "shuffled",
            Self::Approach => "approach",
            Self::Model => "model",
            Self::Cwe => "cwe",
            Self::Disagreement => "disagreement",
            Self::LowAgreement => "low-agreement",
            Self::Hints => "hints",
        }
    }

    /// Whether the order says that other annotators have labelled what is read.
    pub fn is_about_others(self) -> bool {
        matches!(self, Self::Disagreement | Self::LowAgreement)
    }
}

impl std::fmt::Display for Order {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

impl std::str::FromStr for Order {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|order| order.as_str() == word).ok_or_else(|| UnknownWord {
            what: "an order",
            word: word.to_owned(),
            allowed: Self::EVERY.map(Self::as_str).join(" "),
        })
    }
}

/// What an annotator asks for. Two sittings with the same wish are one queue.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Wish {
    pub runs: Vec<String>,
    pub order: Order,
    /// Nothing is shown but prompt, before and after; always shuffled.
    pub blind: bool,
    /// Annotators who shall label each version.
    pub overlap: u32,
    /// Every refinement, not the fixes alone.
    pub every: bool,
    /// Share of labels, 0 to 1, after which one's own earlier label is asked for again.
    pub repeat: f64,
    /// Share of labels, 0 to 1, after which an adjudicated version is asked for.
    pub gold: f64,
    pub approach: Option<ApproachId>,
    pub cwe: Option<u32>,
    pub hint: Option<HintKind>,
}

impl Wish {
    fn takes(&self, candidate: &Candidate) -> bool {
        self.approach.is_none_or(|approach| candidate.target.stream.approach == approach)
            && self.cwe.is_none_or(|cwe| candidate.cwes.contains(&cwe))
            && self.hint.is_none_or(|hint| candidate.hints.contains(&hint))
            && (self.order != Order::Disagreement || candidate.disputed())
    }

    /// What the annotator has yet to see, in its order. `candidates` come in the order of their runs.
    pub fn queue(&self, candidates: &[Candidate], seed: u64) -> Vec<Target> {
        let mut open: Vec<&Candidate> =
            candidates.iter().filter(|candidate| !candidate.mine && self.takes(candidate)).collect();
        match if self.blind { Order::Shuffled } else { self.order } {
            Order::Run | Order::Disagreement => {}
            Order::Shuffled => open.sort_by_cached_key(|candidate| mix(seed, &candidate.target)),
            Order::Approach => open.sort_by_key(|candidate| candidate.target.stream.approach),
            Order::Model => open.sort_by(|a, b| a.model.cmp(&b.model)),
            Order::Cwe => open.sort_by_key(|candidate| candidate.cwes.iter().min().copied().unwrap_or(u32::MAX)),
            Order::LowAgreement => open.sort_by(|a, b| a.agreement().total_cmp(&b.agreement())),
            Order::Hints => {
                open.sort_by_key(|it| it.hints.iter().min().copied().map_or((1, None), |kind| (0, Some(kind))));
            }
        }
        open.into_iter().map(|candidate| candidate.target.clone()).collect()
    }
}

/// What comes back instead of the next in the queue, after so many labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    Next,
    Repeat,
    Gold,
}

/// Decided by the seed and the number of labels alone, so that a sitting that broke off goes on as it would have.
pub fn turn(wish: &Wish, seed: u64, labels: u64) -> Turn {
    let share = unit(mix(seed, &labels.to_le_bytes()));
    match share {
        _ if share < wish.repeat => Turn::Repeat,
        _ if share < wish.repeat + wish.gold => Turn::Gold,
        _ => Turn::Next,
    }
}

/// One of `count`, by the seed and the number of labels.
pub fn pick(seed: u64, labels: u64, count: usize) -> usize {
    (unit(mix(seed ^ u64::MAX, &labels.to_le_bytes())) * count as f64) as usize
}

trait Bytes {
    fn feed(&self, hash: &mut Sha256);
}

impl Bytes for Target {
    fn feed(&self, hash: &mut Sha256) {
        hash.update(self.run.as_bytes());
        hash.update([0]);
        hash.update(self.item.as_bytes());
        hash.update([0]);
        hash.update(format!("{} {} {}", self.stream.approach, self.stream.sample, self.step).as_bytes());
    }
}

impl Bytes for [u8; 8] {
    fn feed(&self, hash: &mut Sha256) {
        hash.update(self);
    }
}

/// The same number for the same seed and thing on every machine, whatever else there is to shuffle.
fn mix(seed: u64, thing: &impl Bytes) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    thing.feed(&mut hash);
    let digest = hash.finalize();
    u64::from_le_bytes(std::array::from_fn(|at| digest[at]))
}

/// From 0, below 1.
fn unit(number: u64) -> f64 {
    (number >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(item: usize, approach: ApproachId) -> Candidate {
        Candidate {
            target: Target {
                run: "r".to_owned(),
                item: format!("i{item}"),
                stream: StreamId::new(approach, 0),
                step: Step::Refine { solution: None, iteration: 1 },
            },
            model: "m".to_owned(),
            cwes: vec![100 - item as u32],
            hints: Vec::new(),
            others: 0,
            agreeing: 0,
            adjudicated: false,
            mine: false,
        }
    }

    fn several() -> Vec<Candidate> {
        (0..8).flat_map(|item| [candidate(item, ApproachId::Fdsp), candidate(item, ApproachId::Direct)]).collect()
    }

    fn items(queue: &[Target]) -> Vec<&str> {
        queue.iter().map(|target| target.item.as_str()).collect()
    }

    #[test]
    fn a_shuffle_is_kept_by_its_seed_whatever_was_labelled() {
        let wish = Wish { order: Order::Shuffled, ..Wish::default() };
        let mut all = several();
        let first = wish.queue(&all, 7);
        assert_ne!(first, wish.queue(&all, 8));
        assert_ne!(first, Wish::default().queue(&all, 7));
        for (at, candidate) in all.iter_mut().enumerate() {
            candidate.mine = at % 3 == 0;
        }
        let rest = wish.queue(&all, 7);
        let left: Vec<Target> = first.into_iter().filter(|target| rest.contains(target)).collect();
        assert_eq!(left, rest);
        assert_eq!(rest.len(), all.iter().filter(|candidate| !candidate.mine).count());
    }

    #[test]
    fn a_blind_queue_is_shuffled_whatever_was_asked_for() {
        let blind = Wish { order: Order::Approach, blind: true, ..Wish::default() };
        assert_eq!(blind.queue(&several(), 3), Wish { order: Order::Shuffled, ..blind.clone() }.queue(&several(), 3));
    }

    #[test]
    fn orders_and_filters() {
        let mut all = several();
        (all[5].others, all[5].agreeing) = (2, 1);
        (all[6].others, all[6].agreeing) = (2, 2);
        all[9].hints = vec![HintKind::Stub];
        all[11].hints = vec![HintKind::TestFails, HintKind::NewFinding];
        let queue = |order| Wish { order, ..Wish::default() }.queue(&all, 1);
        assert_eq!(items(&queue(Order::Run))[..3], ["i0", "i0", "i1"]);
        assert!(queue(Order::Approach).is_sorted_by_key(|target| target.stream.approach));
        assert_eq!(items(&queue(Order::Cwe))[..2], ["i7", "i7"]);
        assert_eq!(queue(Order::Disagreement), [all[5].target.clone()]);
        assert_eq!(queue(Order::LowAgreement)[0], all[5].target);
        assert_eq!(queue(Order::Hints)[..2], [all[11].target.clone(), all[9].target.clone()]);
        let only = Wish { approach: Some(ApproachId::Fdsp), cwe: Some(98), ..Wish::default() };
        assert_eq!(only.queue(&all, 1), [all[4].target.clone()]);
        assert_eq!(Wish { hint: Some(HintKind::Stub), ..Wish::default() }.queue(&all, 1), [all[9].target.clone()]);
    }

    #[test]
    fn turns_come_at_their_rates_and_again_the_same() {
        let wish = Wish { repeat: 0.1, gold: 0.05, ..Wish::default() };
        let turns: Vec<Turn> = (0..4000).map(|labels| turn(&wish, 11, labels)).collect();
        let count = |what: Turn| turns.iter().filter(|turn| **turn == what).count();
        assert!((320..480).contains(&count(Turn::Repeat)), "{}", count(Turn::Repeat));
        assert!((140..260).contains(&count(Turn::Gold)), "{}", count(Turn::Gold));
        assert!((0..4000).all(|labels| turn(&wish, 11, labels) == turns[labels as usize]));
        assert!((0..100).all(|labels| turn(&Wish::default(), 11, labels) == Turn::Next));
        assert!((0..100).all(|labels| pick(3, labels, 7) < 7));
    }

    #[test]
    fn orders_survive_their_spelling() {
        for order in Order::EVERY {
            assert_eq!(order.as_str().parse(), Ok(order));
        }
    }
}
