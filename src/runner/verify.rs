//! Runs a data set's own codes against its own tests: the secure code must pass, the insecure code must fail.

use futures::StreamExt;
use futures::stream;

use crate::core::execution::{AssertionClass, Execution, TestResult};
use crate::core::item::Item;
use crate::sandbox::Tester;

/// What an item's own codes came to. `None`: the item has no such code.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Verified {
    pub item: String,
    pub secure: Option<Execution>,
    pub insecure: Option<Execution>,
}

impl Verified {
    pub fn secure_passes(&self) -> bool {
        passes(self.secure.as_ref())
    }

    pub fn insecure_passes(&self) -> bool {
        passes(self.insecure.as_ref())
    }

    /// What is wrong with the item, in words; empty where it keeps the rule.
    pub fn violations(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        match &self.secure {
            None => wrong.push("it has no secure code".to_owned()),
            Some(execution) if execution.result != TestResult::Pass => {
                wrong.push(format!("the secure code does not pass: {}", execution.cause()));
            }
            Some(_) => {}
        }
        match &self.insecure {
            None => wrong.push("it has no insecure code".to_owned()),
            Some(execution) if execution.result == TestResult::Pass => {
                wrong.push("the insecure code passes".to_owned())
            }
            Some(execution) if execution.result == TestResult::Refused => wrong.push(execution.cause()),
            Some(_) => {}
        }
        wrong
    }

    /// Stricter, for tests whose assertions say what they are about: every functional assertion comes first and holds
    /// for both codes, and the insecure code fails on one about security.
    pub fn violations_by_class(&self) -> Vec<String> {
        let mut wrong = self.violations();
        if let Some(insecure) = &self.insecure
            && !insecure.is_insecure()
        {
            wrong.push(format!("the insecure code does not fail on a security assertion: {}", insecure.cause()));
        }
        for (name, execution) in [("secure", &self.secure), ("insecure", &self.insecure)] {
            let Some(execution) = execution else { continue };
            let reached = |class| execution.assertions.iter().filter(move |assertion| assertion.class == class);
            let functional = reached(AssertionClass::Functional).map(|assertion| assertion.line).max();
            let security = reached(AssertionClass::Security).map(|assertion| assertion.line).min();
            if functional.is_none() {
                wrong.push(format!("no functional assertion was reached by the {name} code"));
            }
            if functional.zip(security).is_some_and(|(functional, security)| functional > security) {
                wrong.push(format!("a functional assertion comes after one about security ({name} code)"));
            }
        }
        wrong
    }
}

fn passes(execution: Option<&Execution>) -> bool {
    execution.is_some_and(|execution| execution.result == TestResult::Pass)
}

/// Runs both codes of every item that has a test, `slots` programs at once; `tell` hears of each item, in order.
pub async fn verify(items: &[Item], tester: &Tester, slots: usize, mut tell: impl FnMut(&Verified)) -> Vec<Verified> {
    let judged = items.iter().filter_map(|item| item.suite.as_ref().map(|suite| (item, suite)));
    let mut running = stream::iter(judged)
        .map(|(item, suite)| async move {
            let secure = match &suite.secure {
                Some(code) => Some(tester.run(suite, code).await),
                None => None,
            };
            let insecure = match &item.code {
                Some(code) => Some(tester.run(suite, code).await),
                None => None,
            };
            Verified { item: item.id.clone(), secure, insecure }
        })
        .buffered(slots.max(1));
    let mut all = Vec::new();
    while let Some(verified) = running.next().await {
        tell(&verified);
        all.push(verified);
    }
    all
}
