//! The workbench over versions that tests have judged.

use fdsp::core::event::{Entry, Event, Executed};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::{Item, Suite};
use fdsp::tui::app::Start;
use fdsp::tui::app::order::Order;
use fdsp::tui::style::{ColourDepth, Theme};

use crate::support::bench::Bench;
use crate::support::executed::{Run, execution, experiments, sampled};
use crate::support::fixture;

const ITEM: &str = "sql-row-count";

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

pub fn bench(size: (u16, u16)) -> Bench {
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
    assert!(
        screen.contains("◆ false-secure") && screen.contains("✗ fails on security, line 9: security: the query ran"),
        "{screen}"
    );
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
    assert!(bench.screen().contains("test: needs a test: this item has none"), "{}", bench.screen());
    // The word goes with the next key, and nothing else has changed.
    bench.keys("6 home end");
    assert_eq!(bench.screen(), before);
}

fn open(run: Run, item: Option<&str>, size: (u16, u16)) -> Bench {
    let start = Start::Run { run: run.0.id.clone(), item: item.map(str::to_owned) };
    Bench::of_run(run.0, run.1, start, size, Theme::plain(), ColourDepth::Mono)
}

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn kept(bench: &Bench) -> Vec<String> {
    let list = bench.app.list.as_ref().expect("a run is open");
    let line = |at: &usize| format!("{}#{}", list.lines[*at].item.id, list.lines[*at].sample + 1);
    list.visible.iter().map(line).collect()
}

#[test]
fn items_say_what_tests_say() {
    for size in SIZES {
        let mut one = bench(size);
        one.keys("esc");
        insta::assert_snapshot!(format!("tested-items-{}x{}", size.0, size.1), one.screen());
        let four = open(experiments(), None, size);
        insta::assert_snapshot!(format!("tested-experiments-{}x{}", size.0, size.1), four.screen());
        let mut help = open(experiments(), None, size);
        help.keys("? pgdn pgdn pgdn pgdn pgdn pgdn pgdn pgdn");
        assert!(
            help.screen().contains("Signs of tests") && help.screen().contains("fails on security"),
            "{}",
            help.screen()
        );
        let many = open(sampled(), None, size);
        insta::assert_snapshot!(format!("tested-samples-{}x{}", size.0, size.1), many.screen());
    }
}

#[test]
fn the_steps_of_experiments_and_samples() {
    for size in SIZES {
        let mut four = open(experiments(), Some("count-rows"), size);
        four.keys("a a 6");
        insta::assert_snapshot!(format!("tested-repair-{}x{}", size.0, size.1), four.screen());
        let mut many = open(sampled(), Some("count-rows"), size);
        many.keys(". . . 6");
        insta::assert_snapshot!(format!("tested-error-{}x{}", size.0, size.1), many.screen());
        if size.0 < 100 {
            many.keys("shift-tab shift-tab shift-tab shift-tab shift-tab shift-tab");
            insta::assert_snapshot!("tested-error-steps-80x24", many.screen());
        }
    }
}

#[test]
fn signs_have_stand_ins_and_results_keep_them() {
    let mut bench = open(experiments(), None, (160, 50));
    bench.app.theme = Theme::plain().with_signs(fdsp::tui::style::Signs::ASCII);
    let screen = bench.screen();
    assert!(screen.is_ascii(), "{screen}");
    for sign in ["x security", "# functional", "! error", "t timeout", "k killed", "- refused", "+ pass", "*x security"]
    {
        assert!(screen.contains(sign), "{sign}\n{screen}");
    }
}

#[test]
fn filter_words_ask_what_the_test_says() {
    let four = |query: &str| {
        let mut bench = open(experiments(), None, (160, 50));
        bench.app.list.as_mut().expect("a run is open").set_query(query);
        kept(&bench).iter().map(|line| line.trim_end_matches("#1").to_owned()).collect::<Vec<_>>().join(" ")
    };
    for (query, lines) in [
        ("pass", "count-rows read-file"),
        ("fail", "count-rows read-file run-host"),
        ("security", "count-rows run-host"),
        ("functional", "read-file"),
        ("error", "read-file"),
        ("timeout", "run-host"),
        ("killed", "run-host"),
        ("refused", "run-host"),
        ("repair:pass", "read-file"),
        ("repair:security", "count-rows"),
        ("generate:functional", "read-file"),
        ("approach:generate fail", "count-rows read-file"),
        ("repair:false-secure", "count-rows"),
        ("generate-aware:false-secure", "read-file run-host"),
        ("repair:refused !repair:false-secure", "run-host"),
        ("!tested", "no-test"),
    ] {
        assert_eq!(four(query), lines, "{query}");
    }
    let mut bench = open(sampled(), None, (160, 50));
    bench.app.list.as_mut().expect("a run is open").set_query("generate:pass count");
    assert_eq!(kept(&bench), ["count-rows#1", "count-rows#3", "count-rows#6", "count-rows#9", "count-rows#10"]);
}

#[test]
fn the_list_is_sorted_by_the_test_and_by_the_share_that_passes() {
    let mut bench = open(sampled(), None, (160, 50));
    let list = bench.app.list.as_mut().expect("a run is open");
    list.set_order(Order::Test, false);
    assert_eq!(kept(&bench)[..3], ["count-rows#2", "count-rows#5", "read-file#1"]);
    assert_eq!(kept(&bench)[21], "run-host#9");
    let list = bench.app.list.as_mut().expect("a run is open");
    list.set_order(Order::Passed, false);
    let lines = kept(&bench);
    assert_eq!([&lines[0], &lines[2], &lines[12]], ["read-file#1", "count-rows#1", "run-host#1"]);
    // Columns that say nothing here are left out of the round.
    let orders = |run: Run| {
        let mut bench = open(run, None, (160, 50));
        let mut seen = Vec::new();
        for _ in 0..8 {
            bench.keys("s");
            seen.push(bench.app.list.as_ref().expect("a run is open").order);
        }
        seen
    };
    assert!(orders(sampled()).contains(&Order::Passed));
    let four = orders(experiments());
    assert!(four.contains(&Order::Test) && !four.contains(&Order::Passed));
    let mut plain = Bench::on(ITEM, (80, 24));
    plain.keys("esc s s s");
    assert_eq!(plain.app.list.as_ref().expect("a run is open").order, Order::Label);
}

#[test]
fn samples_are_gone_through_by_two_keys() {
    let mut bench = open(sampled(), Some("count-rows"), (160, 50));
    let at = |bench: &Bench| {
        let item = bench.app.item.as_ref().expect("an open item");
        assert_eq!(
            bench.app.list.as_ref().and_then(|list| list.current()).map(|line| line.sample),
            Some(item.stream.sample)
        );
        (item.item.id.clone(), item.stream.sample + 1, item.node())
    };
    let first = at(&bench);
    assert_eq!((first.0.as_str(), first.1), ("count-rows", 1));
    bench.keys("k").keys("shift-tab k");
    let line = at(&bench).2.map(|node| node.in_sample(1));
    bench.keys(".");
    assert_eq!(at(&bench), ("count-rows".to_owned(), 2, line));
    assert!(bench.screen().contains("sample 2 of 10"), "{}", bench.screen());
    bench.keys(", ,");
    assert_eq!(at(&bench).1, 10);
    bench.keys(".");
    assert_eq!(at(&bench).1, 1);
    // The filter is not broken; what it hides is said.
    bench.app.pane = fdsp::tui::app::model::Pane::Items;
    bench.keys(r#"/ "security" enter ."#);
    assert_eq!(at(&bench).1, 7);
    bench.keys("/ esc");
    bench.keys(r#"/ "timeout" enter ."#);
    assert_eq!(at(&bench).1, 8);
    assert!(bench.screen().contains("the filter hides the other samples"), "{}", bench.screen());
}

#[test]
fn a_key_goes_to_what_fails_on_the_page_and_then_to_the_next_version_that_fails() {
    let mut bench = bench((80, 24));
    bench.keys("f 6 N");
    let node = |bench: &Bench| bench.app.item.as_ref().and_then(|item| item.node());
    let before = node(&bench);
    assert!(before.and_then(|node| node.step()).is_some_and(|(_, step)| step == fixture::refine(1, 3)), "{before:?}");
    bench.keys("n");
    assert!(node(&bench).and_then(|node| node.step()).is_some_and(|(_, step)| step == fixture::refine(2, 1)));
    bench.keys("n");
    assert!(bench.screen().contains("no other version on this side fails"), "{}", bench.screen());
    // Out of sight it is scrolled to first.
    bench.resize((80, 15));
    bench.keys("g g n");
    assert!(bench.screen().contains("security: the query ran"), "{}", bench.screen());
}

#[test]
fn a_version_without_a_result_says_how_it_gets_one() {
    let mut bench = open(experiments(), Some("no-test"), (160, 50));
    bench.keys("6");
    let screen = bench.screen();
    assert!(screen.contains(&format!("`fdsp test {}` runs it on every version", fixture::RUN)), "{screen}");
    let mut early = open(experiments(), Some("count-rows"), (160, 50));
    early.keys("6 home ] ] ] ] ]");
    assert!(early.screen().contains("Not yet at this place of the replay"), "{}", early.screen());
}
