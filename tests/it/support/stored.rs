//! Runs and events for tests of the store.

use fdsp::core::event::{
    Answered, Asked, Checked, Event, Extracted, Part, Proposed, Request, Scanned, Solution, StopReason, Stopped,
};
use fdsp::core::execution::{self, Assertion, AssertionClass, Captured, Execution, TestResult};
use fdsp::core::finding::{Finding, Level, Scan, ScannerId};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::Item;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::settings::{ModelInfo, RunInfo, Settings};
use fdsp::core::text::sha256_hex;

pub const GENERATE: StreamId = StreamId { approach: ApproachId::Generate, sample: 0 };
pub const FDSP: StreamId = StreamId { approach: ApproachId::Fdsp, sample: 0 };

pub fn run_info(id: &str) -> RunInfo {
    RunInfo {
        id: id.to_owned(),
        dataset: "starter".to_owned(),
        dataset_hash: sha256_hex("starter"),
        quarantined: 0,
        model: ModelInfo {
            name: "m".to_owned(),
            api: "openai-chat".to_owned(),
            base_url: "http://127.0.0.1:1".to_owned(),
            model: "m".to_owned(),
        },
        settings: Settings::default(),
        started: "2026-01-02T03:04:05Z".parse().expect("a time"),
        recorded: false,
    }
}

pub fn items(count: usize) -> Vec<Item> {
    (0..count).map(|n| Item::new(format!("item-{n}"), format!("Write function number {n}."))).collect()
}

pub fn asked(step: Step, code: &str) -> Event {
    let part = |name: &str, text: &str| Part { name: name.to_owned(), text: text.into() };
    Event::Asked(Asked {
        step,
        request: Request {
            template: "t".to_owned(),
            parts: vec![part("template", "a template"), part("code", code)],
            max_tokens: 100,
            sent: sha256_hex(code),
        },
    })
}

pub fn answered(step: Step, text: &str) -> Event {
    Event::Answered(Answered {
        step,
        text: text.into(),
        chunks: vec![(text.len() as u32, 10)],
        finish: "stop".to_owned(),
        model: Some("m".to_owned()),
        usage: None,
        seconds: 0.1 + 0.2,
        tries: 1,
    })
}

/// Request, answer, code, syntax and scan of one step.
pub fn version(step: Step, code: &str, vulnerable: bool) -> Vec<Event> {
    let finding = Finding {
        rule: "B608".to_owned(),
        name: "hardcoded_sql_expressions".to_owned(),
        cwe: Some(89),
        severity: Some(Level::Medium),
        confidence: None,
        line: 1,
        end_line: 1,
        column: 1,
        message: "Possible SQL injection".to_owned(),
        suppressed: None,
    };
    vec![
        asked(step, code),
        answered(step, &format!("```python\n{code}\n```")),
        Event::Extracted(Extracted { step, code: Some(code.into()), why: "one block".to_owned(), unclosed: false }),
        Event::Checked(Checked { step, target: "3.11".to_owned(), error: None, raised: None, undefined: Vec::new() }),
        Event::Scanned(Scanned {
            step,
            scan: Scan {
                scanner: ScannerId { name: "bandit".to_owned(), version: "1".to_owned() },
                error: None,
                findings: if vulnerable { vec![finding] } else { Vec::new() },
            },
        }),
    ]
}

pub fn stopped(reason: StopReason) -> Event {
    Event::Stopped(Stopped { reason })
}

pub fn refine(solution: u32, iteration: u32) -> Step {
    Step::Refine { solution: Some(solution), iteration }
}

/// A vulnerable item that solution 1 fixes at iteration `tries`.
pub fn fixed(name: &str, tries: u32) -> Vec<(StreamId, Event)> {
    let mut events: Vec<(StreamId, Event)> = Vec::new();
    let generated = format!("{name} = 'generated'");
    events.extend(version(Step::Generate, &generated, true).into_iter().map(|event| (GENERATE, event)));
    events.push((GENERATE, stopped(StopReason::Generated)));
    events.push((FDSP, asked(Step::Solutions, &generated)));
    events.push((FDSP, answered(Step::Solutions, "1. parameterise")));
    let solutions = vec![Solution { title: "parameterise".to_owned(), text: "1. parameterise".into() }];
    events.push((FDSP, Event::Proposed(Proposed { wanted: 3, solutions })));
    for iteration in 1..=tries {
        let code = format!("{name} = 'try {iteration}'");
        let step = refine(1, iteration);
        events.extend(version(step, &code, iteration < tries).into_iter().map(|event| (FDSP, event)));
    }
    events.push((FDSP, stopped(StopReason::Fixed)));
    events
}

pub fn label(author: &str, step: Step, verdict: LabelVerdict) -> Event {
    Event::Labelled(Label {
        verdict: Some(verdict),
        reasons: vec!["breaks-function".to_owned()],
        seconds: 1.5,
        ..Label::on(author, step, &sha256_hex("code"))
    })
}

/// A test of one assertion about security.
pub fn execution(pass: bool) -> Execution {
    let assertion = Assertion {
        line: 2,
        source: "assert candidate(1) == 1".to_owned(),
        class: AssertionClass::Security,
        held: u32::from(pass),
        failed: !pass,
        values: Vec::new(),
        message: None,
    };
    Execution {
        result: if pass { TestResult::Pass } else { TestResult::Fail },
        assertions: vec![assertion],
        fault: None,
        seconds: 0.1,
        cpu_seconds: 0.1,
        peak_memory: 15 << 20,
        stdout: Captured::default(),
        stderr: Captured::default(),
        level: execution::Level::Full,
        missing: Vec::new(),
        python: "3.11.7".to_owned(),
        test: "ab".to_owned(),
        repaired: false,
    }
}
