//! Every fix that the filter shows, labelled by one question and taken back by one undo.

use std::time::Duration;

use fdsp::core::label::LabelVerdict;
use fdsp::tui::app::Start;
use fdsp::tui::app::label_jobs::BATCH;
use fdsp::tui::app::message::{Effect, Message};
use fdsp::tui::style::{ColourDepth, Theme};

use super::SIZES;
use super::keys::{WIDE, labels, toast};
use crate::support::bench::Bench;
use crate::support::fixture;

fn counts(bench: &Bench) -> (u32, u32) {
    let list = bench.app.list.as_ref().expect("a list");
    (list.counts.all(), list.counts.skipped)
}

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

#[test]
fn one_question_labels_what_waits_and_one_undo_takes_it_back() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("r E");
        snapshot("bulk", &bench);
        bench.keys("x");
        assert!(bench.screen().contains("label 2 fixes without a label of yours unsure?"), "{}", bench.screen());
        bench.keys("y");
        assert_eq!(toast(&bench), "2 fixes labelled unsure · U takes all of them back");
        assert_eq!(counts(&bench), (3, 0));
        let given = labels(&bench);
        assert!(given[0].1.bulk.is_none() && given[1].1.bulk.is_some());
        assert_eq!(given[1].1.bulk, given[2].1.bulk);
        assert!(given[1].1.seconds.abs() < 1e-9 && given[1].1.guideline == Some(1));
        bench.keys("U");
        assert_eq!(toast(&bench), "taken back: 2 fixes labelled unsure · ctrl-r puts them back");
        assert_eq!(counts(&bench), (1, 0));
        bench.keys("ctrl-r");
        assert_eq!(counts(&bench), (3, 0));
        bench.keys("U U");
        assert_eq!(counts(&bench), (0, 0));
        bench.keys("ctrl-r ctrl-r E tab i y");
        assert_eq!(counts(&bench), (0, 3), "the second choice is every fix");
        assert_eq!(toast(&bench), "3 fixes skipped · U takes all of them back");
    }
}

#[test]
fn the_filter_says_which_and_the_panel_why() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    bench.keys(r#"enter / "undefined" enter E u d enter"#);
    let screen = bench.screen();
    assert!(screen.contains("label 1 fix unrealistic (does-not-run)?"), "{screen}");
    bench.keys("n enter");
    assert!(labels(&bench).is_empty(), "only yes is yes");
    bench.keys("y");
    let given = labels(&bench);
    assert_eq!((given.len(), given[0].0.as_str()), (1, "sql-row-count"));
    assert_eq!((given[0].1.verdict, given[0].1.reasons.len()), (Some(LabelVerdict::Unrealistic), 1));
    bench.keys(r#"/ ctrl-u "tmp-report" enter E"#);
    assert_eq!(toast(&bench), "the list shows no fix that could be labelled");
    bench.keys("esc esc E esc E r esc");
    assert_eq!(labels(&bench).len(), 1);
}

/// More fixes than go into one store call.
fn crowd(count: usize) -> Bench {
    let (item, script) = fixture::items().swap_remove(0);
    let entries = script.entries();
    let items =
        (0..count).map(|at| (fdsp::core::item::Item { id: format!("i{at:04}"), ..item.clone() }, entries.clone()));
    let start = Start::Run { run: fixture::RUN.to_owned(), item: Some("i0000".to_owned()) };
    Bench::holding(items.collect(), start, (80, 24), Theme::plain(), ColourDepth::Mono)
}

#[test]
fn a_large_bulk_goes_in_few_store_calls_and_keys_keep_their_order() {
    let count = 2 * BATCH + 7;
    let mut bench = crowd(count);
    bench.hold_appends = true;
    bench.keys("E r y U");
    let step = |bench: &mut Bench| {
        let [Effect::Append { .. }] = bench.held.as_slice() else { panic!("one store call at a time") };
        let call = bench.held.pop().expect("one");
        bench.answer(call);
        bench.send(Message::Resized(80, 24));
    };
    step(&mut bench);
    bench.pass(Duration::from_millis(300));
    assert!(bench.screen().contains(&format!("saving… {BATCH} of {count}")), "{}", bench.screen());
    // The screen is not held up: a flag waits behind.
    bench.keys("F");
    step(&mut bench);
    step(&mut bench);
    assert_eq!(counts(&bench), (count as u32, 0));
    step(&mut bench);
    assert!(bench.screen().contains(&format!("saving… {BATCH} of {count}")), "{}", bench.screen());
    step(&mut bench);
    step(&mut bench);
    assert_eq!(counts(&bench), (0, 0), "one undo");
    step(&mut bench);
    assert!(bench.held.is_empty() && !bench.screen().contains("saving…"));
    assert_eq!(labels(&bench).last().expect("a label").1.flag, Some(true));
}

#[test]
fn what_a_failed_store_call_left_is_told_and_taken_back() {
    let count = BATCH + 1;
    let mut bench = crowd(count);
    bench.hold_appends = true;
    bench.keys("E r y");
    let call = bench.held.pop().expect("one");
    bench.answer(call);
    bench.send(Message::Resized(80, 24));
    let Some(Effect::Append { ticket, .. }) = bench.held.pop() else { panic!("no second call") };
    bench.send(Message::Stored(ticket, Err("the disk is full".to_owned())));
    assert_eq!(toast(&bench), format!("not saved: the disk is full; {BATCH} of {count} are, U takes them back"));
    assert_eq!(counts(&bench), (BATCH as u32, 0));
    bench.keys("U");
    bench.release();
    assert_eq!(counts(&bench), (0, 0));
}

#[test]
fn a_bulk_goes_on_after_its_run_was_left() {
    let mut bench = crowd(BATCH + 1);
    bench.hold_appends = true;
    bench.keys("E r y U");
    let list = bench.app.list.as_mut().expect("a list");
    list.info.id = "another".to_owned();
    bench.release();
    let given = labels(&bench);
    assert_eq!(given.len(), BATCH + 1, "what was asked for is stored");
    assert_eq!(counts(&bench), (0, 0), "and counts in its own run");
    assert!(bench.history.len() == given.len(), "an undo that was not begun does nothing in the other run");
}
