//! Runs a data set's own codes against its own tests: the secure code must pass, the insecure code must fail. A scanner
//! may look at the same codes, which says where it and the tests disagree.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::stream;
use serde::{Deserialize, Serialize};

use crate::core::execution::{Assertion, AssertionClass, Execution, TestResult};
use crate::core::fold::Version;
use crate::core::ids::Step;
use crate::core::item::Item;
use crate::core::settings::{Settings, VerdictMode};
use crate::core::text::Text;
use crate::core::verdict::{Verdict, counted, judge};
use crate::sandbox::Tester;
use crate::scanner::Scanner;

/// What a scanner says of one code, judged in strict mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// `None`: the scanner itself failed on the code.
    pub verdict: Option<Verdict>,
    /// The rules of its findings, each once, in alphabetical order.
    pub rules: Vec<String>,
}

/// What an item's own codes came to. `None`: the item has no such code, or no scanner was asked.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    pub item: String,
    pub secure: Option<Execution>,
    pub insecure: Option<Execution>,
    pub secure_scan: Option<Opinion>,
    pub insecure_scan: Option<Opinion>,
}

/// What an item's two codes prove together, by the class of the assertions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Proved {
    /// Functional assertions that hold for both codes.
    pub functional: usize,
    /// Assertions about security that either code reached.
    pub security: usize,
    /// The insecure code fails on one of them.
    pub told_apart: bool,
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

    pub fn proved(&self) -> Proved {
        let lines = |code: &Option<Execution>, wanted: &dyn Fn(&&Assertion) -> bool| -> BTreeSet<u32> {
            let assertions = code.iter().flat_map(|execution| &execution.assertions);
            assertions.filter(wanted).map(|assertion| assertion.line).collect()
        };
        let holds = |it: &&Assertion| it.class == AssertionClass::Functional && it.held > 0 && !it.failed;
        let security = |it: &&Assertion| it.class == AssertionClass::Security;
        Proved {
            functional: lines(&self.secure, &holds).intersection(&lines(&self.insecure, &holds)).count(),
            security: lines(&self.secure, &security).union(&lines(&self.insecure, &security)).count(),
            told_apart: self.insecure.as_ref().is_some_and(Execution::is_insecure),
        }
    }

    /// The insecure code fails its test and the scanner finds nothing in it.
    pub fn is_overlooked(&self) -> bool {
        self.insecure.is_some() && !self.insecure_passes() && verdict(&self.insecure_scan) == Some(Verdict::Secure)
    }

    /// The secure code passes its test and the scanner objects to it.
    pub fn is_accused(&self) -> bool {
        self.secure_passes() && verdict(&self.secure_scan) == Some(Verdict::Vulnerable)
    }
}

fn verdict(opinion: &Option<Opinion>) -> Option<Verdict> {
    opinion.as_ref().and_then(|opinion| opinion.verdict)
}

fn passes(execution: Option<&Execution>) -> bool {
    execution.is_some_and(|execution| execution.result == TestResult::Pass)
}

/// Runs both codes of every item that has a test, `slots` items at once, and has the scanner look at them; `tell` hears
/// of each item, in order.
pub async fn verify(
    items: &[Item],
    tester: &Tester,
    scanner: Option<&Scanner>,
    slots: usize,
    mut tell: impl FnMut(&Verified),
) -> Vec<Verified> {
    let judged = items.iter().filter_map(|item| item.suite.as_ref().map(|suite| (item, suite)));
    let mut running = stream::iter(judged)
        .map(|(item, suite)| async move {
            let run = async |code: Option<&Text>| match code {
                Some(code) => (Some(tester.run(suite, code).await), opinion(scanner, code).await),
                None => (None, None),
            };
            let (secure, secure_scan) = run(suite.secure.as_ref()).await;
            let (insecure, insecure_scan) = run(item.code.as_ref()).await;
            Verified { item: item.id.clone(), secure, insecure, secure_scan, insecure_scan }
        })
        .buffered(slots.max(1));
    let mut all = Vec::new();
    while let Some(verified) = running.next().await {
        tell(&verified);
        all.push(verified);
    }
    all
}

async fn opinion(scanner: Option<&Scanner>, code: &Text) -> Option<Opinion> {
    let scanner = scanner?;
    let target = scanner.python_version().map_or_else(|| Settings::default().target_python, str::to_owned);
    let checked = super::check(Step::Given, code.clone(), target).await.ok();
    let scan = scanner.scan(code).await;
    let rules: BTreeSet<&str> = counted(VerdictMode::Strict, &scan).map(|finding| finding.rule.as_str()).collect();
    let rules = rules.into_iter().map(str::to_owned).collect();
    let version = Version {
        step: Step::Given,
        code: Some(code.clone()),
        why: String::new(),
        truncated: false,
        checked,
        scan: Some(scan),
        opinions: Vec::new(),
        execution: None,
    };
    Some(Opinion { verdict: judge(VerdictMode::Strict, &version), rules })
}
