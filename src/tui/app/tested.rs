//! What tests say of items, for lists: a word for each version, shares of samples, counts of a run.

use super::list::ListLine;
use crate::core::execution::{AssertionClass, Execution, TestResult};
use crate::core::ids::ApproachId;
use crate::core::projection::TestFact;
use crate::tui::style::{Role, Signs};

/// How a test ended; a failure by what the failed assertion is about. In the order that lists are sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Told {
    Security,
    Functional,
    Error,
    Timeout,
    Killed,
    Refused,
    Pass,
}

impl Told {
    pub const EVERY: [Told; 7] =
        [Self::Pass, Self::Security, Self::Functional, Self::Error, Self::Timeout, Self::Killed, Self::Refused];

    fn new(result: TestResult, failed: Option<AssertionClass>) -> Self {
        match (result, failed) {
            (TestResult::Pass, _) => Self::Pass,
            (TestResult::Fail, Some(AssertionClass::Security)) => Self::Security,
            (TestResult::Fail, _) => Self::Functional,
            (TestResult::Error, _) => Self::Error,
            (TestResult::Timeout, _) => Self::Timeout,
            (TestResult::Killed, _) => Self::Killed,
            (TestResult::Refused, _) => Self::Refused,
        }
    }

    pub fn of(fact: &TestFact) -> Self {
        Self::new(fact.result, fact.failed)
    }

    pub fn by(execution: &Execution) -> Self {
        Self::new(execution.result, execution.failed().map(|assertion| assertion.class))
    }

    /// The word in columns and in the filter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Security => "security",
            Self::Functional => "functional",
            Self::Error => "error",
            Self::Timeout => "timeout",
            Self::Killed => "killed",
            Self::Refused => "refused",
        }
    }

    /// The same where a whole sentence has room.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Pass => "passes",
            Self::Security => "fails on security",
            Self::Functional => "fails on function",
            Self::Error => "ends in an error",
            Self::Timeout => "ran out of time",
            Self::Killed => "was killed",
            Self::Refused => "was not run",
        }
    }

    /// The sign and its colour.
    pub fn sign(self, signs: Signs) -> (&'static str, Role) {
        match self {
            Self::Pass => (signs.good, Role::Good),
            Self::Security => (signs.danger, Role::Danger),
            Self::Functional => (signs.wrong, Role::Danger),
            Self::Error => (signs.invalid, Role::Warn),
            Self::Timeout => (signs.timeout, Role::Warn),
            Self::Killed => (signs.killed, Role::Warn),
            Self::Refused => (signs.refused, Role::Muted),
        }
    }

    /// Neither passed nor left out: what makes silence of the scanner a false one.
    pub fn fails(self) -> bool {
        !matches!(self, Self::Pass | Self::Refused)
    }
}

/// How many of an item's samples pass; what was refused is not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    pub passed: u32,
    pub of: u32,
}

impl Share {
    fn add(&mut self, told: Option<Told>) {
        if let Some(told) = told.filter(|told| *told != Told::Refused) {
            self.of += 1;
            self.passed += u32::from(told == Told::Pass);
        }
    }

    /// Less is less; without any test it comes last.
    pub fn rank(self) -> (bool, u32) {
        (self.of == 0, self.passed * 10_000 / self.of.max(1))
    }
}

/// What a run's tests come to for one approach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    pub share: Share,
    pub refused: u32,
    pub false_secure: u32,
}

/// The tests of a run as its list holds them, counted again whenever rows or labels change.
#[derive(Debug, Clone, Default)]
pub struct Tests {
    tallies: Vec<(ApproachId, Tally)>,
    /// The most samples that an item has begun.
    pub samples: u32,
}

impl Tests {
    /// Counts over the lines, and sets the share of every line from the samples of its item.
    pub fn count(lines: &mut [ListLine], approaches: &[ApproachId]) -> Self {
        let mut tests = Self::default();
        for group in lines.chunk_by_mut(|a, b| a.item.id == b.item.id) {
            tests.samples = tests.samples.max(group.iter().map(|line| line.sample + 1).max().unwrap_or(0));
            let shares: Vec<Share> = approaches
                .iter()
                .map(|approach| {
                    let mut share = Share::default();
                    group.iter().for_each(|line| share.add(line.told(*approach)));
                    share
                })
                .collect();
            for line in group {
                line.shares.clone_from(&shares);
            }
        }
        for approach in approaches {
            let mut tally = Tally::default();
            for line in lines.iter() {
                let told = line.told(*approach);
                tally.share.add(told);
                tally.refused += u32::from(told == Some(Told::Refused));
                tally.false_secure += u32::from(line.is_false_secure(*approach));
            }
            if tally != Tally::default() {
                tests.tallies.push((*approach, tally));
            }
        }
        tests
    }

    /// Whether tests judged anything of this run.
    pub fn any(&self) -> bool {
        !self.tallies.is_empty()
    }

    pub fn tally(&self, approach: ApproachId) -> Option<Tally> {
        self.tallies.iter().find(|(id, _)| *id == approach).map(|(_, tally)| *tally)
    }
}
