//! The workbench over versions that tests have judged.

use fdsp::core::event::{Entry, Event, Executed};
use fdsp::core::execution::{Assertion, AssertionClass, Captured, Execution, Level, TestResult};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::{Item, Suite};
use fdsp::tui::app::Start;
use fdsp::tui::style::{ColourDepth, Theme};

use crate::support::bench::Bench;
use crate::support::fixture;

const ITEM: &str = "sql-row-count";

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

fn execution(pass: bool) -> Execution {
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

/// The fixture, with every version of one item tested: the generated code passes, every refinement fails.
fn items() -> Vec<(Item, Vec<Entry>)> {
    let mut items: Vec<(Item, Vec<Entry>)> =
        fixture::items().into_iter().map(|(item, script)| (item, script.entries())).collect();
    let (item, entries) = items.iter_mut().find(|(item, _)| item.id == ITEM).expect("the fixture has it");
    item.suite = Some(Box::new(Suite {
        test: "def check(candidate):\n    assert candidate('db', 't4') == 4\n".into(),
        entry_point: "get_total_rows".to_owned(),
        ..Suite::default()
    }));
    let versions: Vec<(StreamId, Step)> = entries
        .iter()
        .filter_map(|entry| match &entry.event {
            Event::Extracted(extracted) if extracted.code.is_some() => Some((entry.stream, extracted.step)),
            _ => None,
        })
        .collect();
    for (stream, step) in versions {
        let (seq, at) = entries.last().map(|last| (last.seq + 1, last.at)).expect("it has events");
        let execution = execution(stream.approach == ApproachId::Generate);
        entries.push(Entry { seq, at, stream, event: Event::Executed(Box::new(Executed { step, execution })) });
    }
    items
}

fn bench(size: (u16, u16)) -> Bench {
    let start = Start::Run { run: fixture::RUN.to_owned(), item: Some(ITEM.to_owned()) };
    Bench::holding(items(), start, size, Theme::plain(), ColourDepth::Mono)
}

#[test]
fn the_test_of_a_version_at_both_sizes() {
    for size in [(80, 24), (160, 50)] {
        let mut bench = bench(size);
        bench.keys("6");
        let screen = bench.screen();
        assert!(!screen.contains('\u{1b}') && !screen.contains('\u{202e}') && !screen.contains('\u{9b}'), "{screen}");
        insta::assert_snapshot!(format!("test-{}x{}", size.0, size.1), screen);
    }
}

#[test]
fn the_timeline_says_what_tests_say() {
    let bench = bench((160, 50));
    let screen = bench.screen();
    assert!(screen.contains("tested") && screen.contains("passes · 2 held"), "{screen}");
    assert!(screen.contains("fails · secure"), "{screen}");
    assert!(screen.contains("test: fail, line 9 of the test"), "{screen}");
}

#[test]
fn one_key_keeps_what_the_scanner_accepts_and_the_test_does_not() {
    let mut bench = bench((160, 50));
    bench.keys("!");
    let list = bench.app.list.as_ref().expect("a run is open");
    let kept: Vec<&str> = list.visible.iter().map(|at| list.lines[*at].item.id.as_str()).collect();
    assert_eq!(kept, [ITEM]);
    bench.keys("!");
    let list = bench.app.list.as_ref().expect("a run is open");
    assert!(list.visible.len() > 1);
}

#[test]
fn items_without_tests_have_no_tab_and_no_key_for_one() {
    let mut bench = Bench::on(ITEM, (80, 24));
    let before = bench.screen();
    assert!(!before.contains(" Test "), "{before}");
    bench.keys("6");
    assert_eq!(bench.screen(), before);
}
