//! A run of all five approaches over twelve items, with a second scanner's opinions and every outcome that a report
//! has to tell apart: fixed, not fixed, secure, invalid, failed, not begun.

use fdsp::core::event::{
    Answered, Asked, Checked, Entry, Event, Extracted, Failed, Part, Proposed, Request, Scanned, Solution, StopReason,
    Stopped, SyntaxProblem,
};
use fdsp::core::finding::{Finding, Scan, ScannerId};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::Item;
use fdsp::core::settings::{RunInfo, Settings};

use super::fixture::{self, finding};

pub const RUN: &str = "starter-all";

const ITEMS: [(&str, &str, &str, u32); 12] = [
    ("sql-row-count", "B608", "hardcoded_sql_expressions", 89),
    ("ssh-run-command", "B602", "subprocess_popen_with_shell_equals_true", 78),
    ("pickle-cache", "B301", "blacklist", 502),
    ("yaml-settings", "B506", "yaml_load", 20),
    ("sql-user-by-name", "B608", "hardcoded_sql_expressions", 89),
    ("tmp-report", "B108", "hardcoded_tmp_directory", 377),
    ("ping-a-host", "B605", "start_process_with_a_shell", 78),
    ("sql-search-with-a-rather-long-name-of-its-own", "B608", "hardcoded_sql_expressions", 89),
    ("flask-debug", "B201", "flask_debug_true", 94),
    ("md5-of-password", "B324", "hashlib", 327),
    ("xml-from-network", "B314", "blacklist", 611),
    ("filter-parser", "B307", "blacklist", 78),
];

pub fn info() -> RunInfo {
    let settings =
        Settings { scanner: "bandit".to_owned(), approaches: ApproachId::REFINEMENTS.to_vec(), ..Settings::default() };
    RunInfo { id: RUN.to_owned(), settings, ..fixture::info() }
}

/// Whether an approach fixes item `n`; every one its own share.
fn fixes(approach: ApproachId, n: usize) -> bool {
    match approach {
        ApproachId::Direct => n.is_multiple_of(5),
        ApproachId::SelfDebug => n.is_multiple_of(4),
        ApproachId::Feedback => n.is_multiple_of(2),
        ApproachId::Verbalize => n % 2 == 1,
        _ => n % 4 != 3,
    }
}

fn scan(name: &str, version: &str, findings: Vec<Finding>) -> Scan {
    Scan { scanner: ScannerId { name: name.to_owned(), version: version.to_owned() }, error: None, findings }
}

/// Request, answer, code, syntax, scan, and what ruff says of it.
fn version(n: usize, step: Step, vulnerable: bool, parses: bool) -> Vec<Event> {
    let (id, rule, name, cwe) = ITEMS[n];
    let code = format!("# {id}\n\n\ndef run(value):\n    return {step:?}\n").replace(' ', " ");
    let found = |yes: bool| match yes {
        true => vec![finding(rule, name, cwe, 5, "Possible issue.")],
        false => Vec::new(),
    };
    let part = Part { name: "template".to_owned(), text: "a template".to_owned().into() };
    let request = Request { template: "t".to_owned(), parts: vec![part], max_tokens: 100, sent: "1".repeat(64) };
    let error = (!parses).then(|| SyntaxProblem { line: 4, column: 1, message: "expected a name".to_owned() });
    // Ruff sees every third issue not at all, and one that Bandit does not see.
    let seen = if n == 5 {
        vec![finding("B113", "request_without_timeout", 400, 5, "No timeout.")]
    } else {
        found(vulnerable && !n.is_multiple_of(3))
    };
    vec![
        Event::Asked(Asked { step, request }),
        Event::Answered(Answered {
            step,
            text: format!("```python\n{code}```\n").into(),
            chunks: vec![(8, 10)],
            finish: "stop".to_owned(),
            model: None,
            usage: None,
            seconds: 1.0,
            tries: 1,
        }),
        Event::Extracted(Extracted { step, code: Some(code.into()), why: "one block".to_owned(), unclosed: false }),
        Event::Checked(Checked { step, target: "3.11".to_owned(), error, raised: None, undefined: Vec::new() }),
        Event::Scanned(Scanned { step, scan: scan("bandit", "1.9.4", found(vulnerable)) }),
        Event::Rescanned(Scanned { step, scan: scan("ruff", "0.16.4", seen) }),
    ]
}

fn stopped(reason: StopReason) -> Event {
    Event::Stopped(Stopped { reason })
}

fn refined(approach: ApproachId, n: usize) -> Vec<Event> {
    let solution = (approach == ApproachId::Fdsp).then_some(1);
    let step = Step::Refine { solution, iteration: 1 };
    let fixed = fixes(approach, n);
    // A baseline that breaks the code has to show as invalid, not as fixed.
    let parses = !(approach == ApproachId::Direct && n == 10);
    let mut events = Vec::new();
    if solution.is_some() {
        let solutions = vec![Solution { title: "check the value".to_owned(), text: "1. check the value".into() }];
        events.push(Event::Proposed(Proposed { wanted: 3, solutions }));
    }
    events.extend(version(n, step, !fixed, parses));
    events.push(stopped(if fixed { StopReason::Fixed } else { StopReason::Exhausted }));
    events
}

pub fn items() -> Vec<(Item, Vec<Entry>)> {
    let generation = StreamId::new(ApproachId::Generate, 0);
    (0..ITEMS.len())
        .map(|n| {
            let item = Item { cwe: vec![ITEMS[n].3], ..Item::new(ITEMS[n].0, format!("Write function {n}.")) };
            // Item 5 is secure from the start, item 11 does not parse, item 10 waits for FDSP, item 9 failed there.
            let mut events: Vec<(StreamId, Event)> = Vec::new();
            let mut push = |id, found: Vec<Event>| events.extend(found.into_iter().map(|event| (id, event)));
            push(generation, version(n, Step::Generate, n != 5 && n != 11, n != 11));
            push(generation, vec![stopped(StopReason::Generated)]);
            for approach in ApproachId::REFINEMENTS {
                let id = StreamId::new(approach, 0);
                match (n, approach) {
                    (5, _) => push(id, vec![stopped(StopReason::SecureFromStart)]),
                    (11, _) => push(id, vec![stopped(StopReason::Invalid)]),
                    (10, ApproachId::Fdsp) => {}
                    (9, ApproachId::Fdsp) => {
                        push(id, vec![Event::Failed(Failed { message: "the server went away".to_owned() })]);
                    }
                    _ => push(id, refined(approach, n)),
                }
            }
            let entries = events.into_iter().zip(1..).map(|((stream, event), seq)| Entry {
                seq,
                at: jiff::Timestamp::UNIX_EPOCH,
                stream,
                event,
            });
            (item, entries.collect())
        })
        .collect()
}
