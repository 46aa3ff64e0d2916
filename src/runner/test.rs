//! Judges the versions of a stored run by tests, afterwards: each execution is an event of its own, as a rescan's is.

use std::collections::{BTreeMap, HashMap};

use futures::StreamExt;
use futures::stream;
use serde::Serialize;

use super::RunError;
use crate::core::event::{Event, Executed};
use crate::core::execution::{Execution, TestResult};
use crate::core::fold::{ItemState, Version};
use crate::core::ids::{Step, StreamId};
use crate::core::item::{Item, Suite};
use crate::core::settings::RunInfo;
use crate::sandbox::Tester;
use crate::store::Store;

pub struct Retest {
    pub store: Store,
    pub run: RunInfo,
    pub tester: Tester,
    /// Tests for a run that was stored without them, by the id of the item.
    pub suites: HashMap<String, Item>,
    /// Run what this test has judged before, too.
    pub again: bool,
    pub concurrency: usize,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    pub run: String,
    pub items: usize,
    /// Items without a test.
    pub untested: usize,
    /// Items whose prompt is another text than that of the item which brings the test.
    pub strangers: Vec<String>,
    /// Versions judged before, and left alone.
    pub known: usize,
    pub executed: usize,
    pub pass: usize,
    pub fail: usize,
    pub error: usize,
    pub timeout: usize,
    pub killed: usize,
    pub refused: usize,
    /// Modules whose absence ended a version's test, and of how many.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub lacking: BTreeMap<String, usize>,
}

impl Report {
    fn add(&mut self, other: Report) {
        self.items += 1;
        self.untested += other.untested;
        self.strangers.extend(other.strangers);
        self.known += other.known;
        self.executed += other.executed;
        self.pass += other.pass;
        self.fail += other.fail;
        self.error += other.error;
        self.timeout += other.timeout;
        self.killed += other.killed;
        self.refused += other.refused;
        for (module, count) in other.lacking {
            *self.lacking.entry(module).or_default() += count;
        }
    }

    fn count(&mut self, execution: &Execution) {
        self.executed += 1;
        if let Some(module) = execution.lacking() {
            *self.lacking.entry(module.to_owned()).or_default() += 1;
        }
        *match execution.result {
            TestResult::Pass => &mut self.pass,
            TestResult::Fail => &mut self.fail,
            TestResult::Error => &mut self.error,
            TestResult::Timeout => &mut self.timeout,
            TestResult::Killed => &mut self.killed,
            TestResult::Refused => &mut self.refused,
        } += 1;
    }
}

impl Retest {
    /// `tell` hears how many items are done. What was appended stays when this is dropped half way.
    pub async fn perform(&self, mut tell: impl FnMut(usize)) -> Result<Report, RunError> {
        let items = self.store.items(&self.run.id).await?;
        let mut report = Report { run: self.run.id.clone(), ..Report::default() };
        let mut running = stream::iter(items).map(|item| self.item(item)).buffer_unordered(self.concurrency.max(1));
        while let Some(done) = running.next().await {
            report.add(done?);
            tell(report.items);
        }
        report.strangers.sort();
        Ok(report)
    }

    async fn item(&self, item: Item) -> Result<Report, RunError> {
        let mut report = Report::default();
        let suite = match self.suite(&item) {
            Ok(Some(suite)) => suite,
            Ok(None) => {
                report.untested = 1;
                return Ok(report);
            }
            Err(stranger) => {
                report.strangers.push(stranger);
                return Ok(report);
            }
        };
        let record = self.store.record(&self.run.id, &item.id).await?;
        let state = ItemState::of(&record.entries);
        let hash = suite.test.hash();
        let mut events: Vec<(StreamId, Event)> = Vec::new();
        for (stream, held) in &state.streams {
            for version in held.versions.iter().filter(|version| version.step != Step::Given) {
                let Some(code) = &version.code else { continue };
                if !self.again && judged(version, &hash) {
                    report.known += 1;
                    continue;
                }
                let execution = self.tester.run(suite, code).await;
                report.count(&execution);
                events.push((*stream, Event::Executed(Box::new(Executed { step: version.step, execution }))));
            }
        }
        if !events.is_empty() {
            self.store.append(&self.run.id, &item.id, events).await?;
        }
        Ok(report)
    }

    /// The item's own test, else that of the item of the same id and the same prompt.
    fn suite<'a>(&'a self, item: &'a Item) -> Result<Option<&'a Suite>, String> {
        let Some(other) = self.suites.get(&item.id) else { return Ok(item.suite.as_deref()) };
        if other.prompt == item.prompt { Ok(other.suite.as_deref()) } else { Err(item.id.clone()) }
    }
}

/// By this very test, and not refused.
fn judged(version: &Version, test: &str) -> bool {
    version.execution.as_ref().is_some_and(|known| known.test == test && known.result != TestResult::Refused)
}
