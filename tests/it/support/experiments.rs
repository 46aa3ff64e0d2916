//! A run of CodeSecEval's four experiments over seven items of both subsets, ten samples each, whose tests pass as often
//! as a table says.

use fdsp::core::event::{Entry, Event, Executed, StopReason};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::{Item, Suite};
use fdsp::core::settings::{RunInfo, Settings};

use super::{fixture, stored};

pub const RUN: &str = "experiments";
pub const N: u32 = 10;

/// Id, subset, CWEs, steps, and how many samples of each experiment pass.
pub type Line = (&'static str, &'static str, &'static [u32], bool, [u32; 4]);

pub const ITEMS: [Line; 7] = [
    ("CWE-020_author_1", "SecEvalBase", &[20], true, [0, 4, 1, 3]),
    ("CWE-089_author_1", "SecEvalBase", &[89], false, [2, 1, 0, 0]),
    ("CWE-78_01", "SecEvalPlus", &[78], false, [5, 2, 10, 10]),
    ("CWE-78_02", "SecEvalPlus", &[78], true, [0, 0, 0, 1]),
    ("CWE-502_01", "SecEvalPlus", &[502], true, [10, 10, 3, 6]),
    ("CWE-862/CWE-287/CWE-306/CWE-863_01", "SecEvalPlus", &[862, 287, 306, 863], false, [0, 7, 0, 9]),
    ("CWE-862/CWE-287/CWE-306/CWE-863_02", "SecEvalPlus", &[862, 287, 306, 863], true, [1, 9, 2, 2]),
];

pub fn info() -> RunInfo {
    let settings = Settings {
        scanner: "bandit".to_owned(),
        approaches: ApproachId::EXPERIMENTS.to_vec(),
        samples: N,
        ..Settings::default()
    };
    RunInfo { id: RUN.to_owned(), dataset: "codeseceval".to_owned(), settings, ..fixture::info() }
}

pub fn item(line: &Line) -> Item {
    let (id, subset, cwe, steps, _) = line;
    let suite = Suite {
        test: "def check(candidate):\n    assert candidate(1) == 1\n    assert candidate(2) == 2\n".into(),
        entry_point: "handle".to_owned(),
        secure: Some("def handle(value):\n    # as it is\n    return value\n".into()),
        subset: Some((*subset).to_owned()),
        steps: Some(*steps),
        ..Suite::default()
    };
    let code = Some("def handle(value):\n    return eval(value)\n".into());
    Item { cwe: cwe.to_vec(), code, suite: Some(Box::new(suite)), ..Item::new(*id, "Write the function handle.") }
}

/// What happens to an item, in order; the first `passing[a]` samples of experiment a pass, and what passes at an even
/// place is vulnerable by the scanner.
pub fn events(line: &Line) -> Vec<(StreamId, Event)> {
    let mut events = Vec::new();
    for (approach, passing) in ApproachId::EXPERIMENTS.into_iter().zip(line.4) {
        for sample in 0..N {
            let stream = StreamId::new(approach, sample);
            let mut push = |found: Vec<Event>| events.extend(found.into_iter().map(|event| (stream, event)));
            let step =
                if approach.generates() { Step::Generate } else { Step::Refine { solution: None, iteration: 1 } };
            if approach.repairs() {
                push(stored::version(Step::Given, "def handle(value): pass", true).split_off(2));
            }
            let code = format!("def handle(value): return {sample}");
            push(stored::version(step, &code, sample.is_multiple_of(2)));
            push(vec![stored::stopped(if approach.generates() { StopReason::Generated } else { StopReason::Fixed })]);
            push(vec![Event::Executed(Box::new(Executed { step, execution: stored::execution(sample < passing) }))]);
        }
    }
    events
}

pub fn items() -> Vec<(Item, Vec<Entry>)> {
    let entries = |line: &Line| {
        let numbered = events(line).into_iter().zip(1..);
        numbered
            .map(|((stream, event), seq)| Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event })
            .collect::<Vec<Entry>>()
    };
    ITEMS.iter().map(|line| (item(line), entries(line))).collect()
}
