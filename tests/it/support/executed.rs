//! Runs whose versions tests have judged: every result, the four experiments, many samples.

use fdsp::core::event::{Entry, Event, Executed, StopReason};
use fdsp::core::execution::{Assertion, AssertionClass, Captured, Execution, Fault, Level, TestResult};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::{Item, Suite};
use fdsp::core::settings::{RunInfo, Settings};

use super::fixture;
use super::stored::{stopped, version};

fn assertion(line: u32, class: AssertionClass, failed: bool) -> Assertion {
    let (source, message) = match class {
        AssertionClass::Functional => (format!("assert candidate('db', 't{line}') == {line}"), None),
        AssertionClass::Security => (
            "assert not leaked, 'security: \u{1b}]52;c;aGk=\u{7}the query ran'".to_owned(),
            Some("security: the query ran"),
        ),
    };
    Assertion {
        line,
        source,
        class,
        held: u32::from(!failed) * 2,
        failed,
        values: vec![("leaked".to_owned(), "'\u{1b}[2Jrows\u{202e}'".to_owned())],
        message: message.filter(|_| failed).map(str::to_owned),
    }
}

pub fn execution(pass: bool) -> Execution {
    Execution {
        result: if pass { TestResult::Pass } else { TestResult::Fail },
        assertions: vec![
            assertion(4, AssertionClass::Functional, false),
            assertion(9, AssertionClass::Security, !pass),
        ],
        fault: None,
        seconds: 0.21,
        cpu_seconds: 0.2,
        peak_memory: 15 << 20,
        stdout: Captured { text: "one\u{9b}31m\ntwo".into(), bytes: 70_000, cut: true },
        stderr: Captured::default(),
        level: Level::Full,
        missing: Vec::new(),
        python: "3.11.7".to_owned(),
        test: "ab".to_owned(),
        repaired: false,
    }
}

/// How a version's test ended, in a word: the results, or the class of the assertion that failed.
fn ended(word: &str) -> Execution {
    let base = execution(word == "pass");
    let result = match word {
        "security" | "functional" => TestResult::Fail,
        other => other.parse().expect("a result"),
    };
    let fault = |kind: &str, part: &str| Fault {
        kind: kind.to_owned(),
        message: "name 'ALLOWED' is not defined".to_owned(),
        part: Some(part.to_owned()),
        line: Some(7),
    };
    let functional = AssertionClass::Functional;
    let (assertions, fault) = match word {
        "functional" => (vec![assertion(4, functional, true)], None),
        "error" => (vec![assertion(4, functional, false)], Some(fault("NameError", "code"))),
        "timeout" | "killed" | "refused" => (Vec::new(), Some(fault("limit", "code"))),
        _ => (base.assertions.clone(), None),
    };
    let missing = if word == "error" { vec!["Landlock: the kernel has none".to_owned()] } else { Vec::new() };
    let level = if word == "error" { Level::Partial } else { Level::Full };
    Execution { result, assertions, fault, missing, level, ..base }
}

const REFINED: Step = Step::Refine { solution: None, iteration: 1 };

/// What one sample of one approach comes to; `vulnerable` says what the scanner finds in the code that is returned.
fn stream(approach: ApproachId, sample: u32, vulnerable: bool, test: &str) -> Vec<(StreamId, Event)> {
    let code = |step: Step| format!("answer = '{approach} {step} {sample}'\n");
    let mut events = Vec::new();
    let step = if approach.repairs() {
        // The code that is repaired came with the item: nothing asked for it.
        events.extend(version(Step::Given, &code(Step::Given), true).into_iter().skip(2));
        REFINED
    } else {
        Step::Generate
    };
    events.extend(version(step, &code(step), vulnerable));
    let reason = match (approach.repairs(), vulnerable) {
        (false, _) => StopReason::Generated,
        (true, true) => StopReason::Exhausted,
        (true, false) => StopReason::Fixed,
    };
    events.push(stopped(reason));
    if !test.is_empty() {
        events.push(Event::Executed(Box::new(Executed { step, execution: ended(test) })));
    }
    events.into_iter().map(|event| (StreamId::new(approach, sample), event)).collect()
}

/// Items by name with the events of their streams.
pub type Run = (RunInfo, Vec<(Item, Vec<Entry>)>);

fn run(approaches: &[ApproachId], samples: u32, items: Vec<(&str, Vec<(StreamId, Event)>)>) -> Run {
    let settings = Settings { approaches: approaches.to_vec(), samples, ..fixture::info().settings };
    let info = RunInfo { dataset: "codesec-eval".to_owned(), settings, ..fixture::info() };
    let entry = |((stream, event), seq)| Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event };
    let item = |id: &str| {
        Item {
        cwe: vec![89],
        suite: Some(Box::new(Suite {
            test: "def check(candidate):\n    rows = []\n\n    assert candidate('db', 't4') == 4\n\n\n    leaked = rows\n\n    assert not leaked, 'security: the query ran'\n"
                .into(),
            entry_point: "candidate".to_owned(),
            ..Suite::default()
        })),
        ..Item::new(id, format!("Write {id} so that it does what it says and nothing else."))
    }
    };
    let items = items.into_iter().map(|(id, events)| (item(id), events.into_iter().zip(1..).map(entry).collect()));
    (info, items.collect())
}

/// The four ways of the CodeSecEval study, each with another outcome.
pub fn experiments() -> Run {
    let rows: [(&str, [(bool, &str); 4]); 4] = [
        ("count-rows", [(true, "security"), (false, "pass"), (false, "security"), (false, "pass")]),
        ("read-file", [(false, "functional"), (false, "error"), (true, "pass"), (false, "pass")]),
        ("run-host", [(true, "timeout"), (false, "killed"), (false, "refused"), (true, "security")]),
        ("no-test", [(false, ""), (true, ""), (false, ""), (false, "")]),
    ];
    let of = |outcomes: [(bool, &str); 4]| {
        let four = ApproachId::EXPERIMENTS.into_iter().zip(outcomes);
        four.flat_map(|(approach, (vulnerable, test))| stream(approach, 0, vulnerable, test)).collect()
    };
    run(&ApproachId::EXPERIMENTS, 1, rows.into_iter().map(|(id, outcomes)| (id, of(outcomes))).collect())
}

/// Ten samples of generated code, of one item two.
pub fn sampled() -> Run {
    let words = |id: &'static str, words: &str| {
        let samples = words.split(' ').zip(0..);
        let of = |(word, sample)| stream(ApproachId::Generate, sample, word == "security" && sample > 4, word);
        (id, samples.flat_map(of).collect())
    };
    let items = vec![
        words("count-rows", "pass security pass error functional pass security timeout pass pass"),
        words("read-file", "functional functional"),
        words("run-host", "pass pass pass pass pass pass pass pass pass refused"),
    ];
    run(&[ApproachId::Generate], 10, items)
}
