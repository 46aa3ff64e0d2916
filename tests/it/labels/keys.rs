//! Label keys in the workbench: reasons, skip, flag, what stands where, how long it took.

use std::sync::Arc;
use std::time::Duration;

use fdsp::core::event::Event;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::review::guideline::Guideline;
use fdsp::tui::app::Start;
use fdsp::tui::app::keys::Chord;
use fdsp::tui::app::list::ItemList;
use fdsp::tui::app::message::{Effect, Message};
use fdsp::tui::style::{ColourDepth, Signs, Theme};

use super::SIZES;
use crate::support::bench::Bench;
use crate::support::fixture;

pub const WIDE: (u16, u16) = (160, 50);

pub fn labels(bench: &Bench) -> Vec<(String, Label)> {
    let label = |event: &Event| match event {
        Event::Labelled(label) => Some(label.clone()),
        _ => None,
    };
    bench.history.iter().filter_map(|(item, entry)| Some((item.clone(), label(&entry.event)?))).collect()
}

fn last(bench: &Bench) -> Label {
    labels(bench).pop().expect("a label").1
}

fn open_item(bench: &Bench) -> &str {
    &bench.app.item.as_ref().expect("an open item").item.id
}

pub fn toast(bench: &Bench) -> &str {
    bench.app.toast.as_ref().map_or("", |toast| &toast.text)
}

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

#[test]
fn a_letter_and_enter_say_why() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("u");
    assert!(bench.history.is_empty() && bench.screen().contains("Unrealistic: why?"));
    bench.keys("d i enter");
    assert_eq!(open_item(&bench), "pickle-cache", "on to the next");
    assert_eq!(toast(&bench), "sql-row-count S2·k1 unrealistic (interface, does-not-run) · U undoes");
    let label = last(&bench);
    assert_eq!((label.verdict, label.reasons.len()), (Some(LabelVerdict::Unrealistic), 2));
    let guideline = Guideline::builtin();
    assert_eq!((label.guideline, label.guideline_hash), (Some(1), Some(guideline.hash.clone())));
    bench.keys("u esc U");
    assert_eq!(labels(&bench).len(), 1, "esc stores nothing");
    assert_eq!(open_item(&bench), "sql-row-count");
    // What was said before is there to be changed.
    bench.keys("ctrl-r u");
    assert!(bench.screen().contains("✓ d does not run"), "{}", bench.screen());
    bench.keys("i enter");
    assert_eq!(last(&bench).reasons, ["does-not-run"]);
}

#[test]
fn a_comment_takes_the_lines_of_the_change_in_sight() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("d u l");
    let screen = bench.screen();
    bench.keys("enter");
    let lines = last(&bench).lines.expect("lines");
    assert!(screen.contains(&format!("lines    {}-{}", lines.0, lines.1)), "{screen}");
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys(r#"c "no_limit" tab 2 - 3 enter"#);
    let label = last(&bench);
    assert_eq!((label.verdict, label.comment.as_deref(), label.lines), (None, Some("no limit"), Some((2, 3))));
    assert_eq!(open_item(&bench), "sql-row-count", "a comment goes nowhere");
    bench.keys("c enter");
    assert_eq!(labels(&bench).len(), 1, "the same comment again is none");
    bench.keys("3");
    assert!(bench.screen().contains("lines 2-3: no limit"), "{}", bench.screen());
}

#[test]
fn keys_typed_ahead_reach_the_panel_of_their_item() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    let press = |bench: &mut Bench, key: &str| bench.send_alone(Message::Key(Chord::parse(key).expect("a key")));
    let mut effects = press(&mut bench, "r");
    for key in ["u", "p", "o", "enter", "x", "q"] {
        effects.extend(press(&mut bench, key));
    }
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Quit)), "q was meant for later");
    for effect in effects {
        bench.answer(effect);
    }
    bench.send(Message::Resized(160, 50));
    let given: Vec<_> = labels(&bench).into_iter().map(|(item, label)| (item, label.verdict, label.reasons)).collect();
    let reasons = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(
        given,
        [
            ("sql-row-count".to_owned(), Some(LabelVerdict::Realistic), reasons(&[])),
            ("pickle-cache".to_owned(), Some(LabelVerdict::Unrealistic), reasons(&["stub", "other"])),
            ("yaml-読む-with-a-very-long-name-indeed".to_owned(), Some(LabelVerdict::Unsure), reasons(&[])),
        ]
    );
    // Esc drops what was typed ahead.
    let mut bench = Bench::on("sql-row-count", WIDE);
    let mut effects = Vec::new();
    for key in ["J", "u", "p", "esc"] {
        effects.extend(press(&mut bench, key));
    }
    effects.into_iter().for_each(|effect| bench.answer(effect));
    bench.send(Message::Resized(160, 50));
    assert!(bench.app.overlay.is_none() && labels(&bench).is_empty());
}

#[test]
fn a_guideline_without_reasons_asks_for_none() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.app.guideline = Arc::new(Guideline::parse("g", "version = 7\ntitle = 'T'").expect("it is whole"));
    bench.keys("u");
    assert_eq!((last(&bench).verdict, last(&bench).guideline), (Some(LabelVerdict::Unrealistic), Some(7)));
}

#[test]
fn skip_goes_on_and_flag_stays() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("F");
        assert_eq!(open_item(&bench), "sql-row-count");
        assert_eq!(last(&bench).flag, Some(true));
        bench.keys("i");
        assert_eq!(open_item(&bench), "pickle-cache");
        assert!(last(&bench).skip);
        let list = bench.app.list.as_ref().expect("a list");
        assert_eq!((list.counts.all(), list.counts.skipped, list.counts.flagged), (0, 1, 1));
        snapshot("aside", &bench);
        bench.keys("x L");
        assert_eq!(open_item(&bench), "yaml-読む-with-a-very-long-name-indeed", "a skipped fix does not wait");
        bench.keys("K K K K shift-tab");
        bench.keys("esc");
        snapshot("aside-items", &bench);
        let mut shown = |query: &str| {
            bench.keys(&format!("/ ctrl-u \"{query}\" enter"));
            bench.app.list.as_ref().expect("a list").visible.len()
        };
        assert_eq!([shown("skipped"), shown("flagged"), shown("skipped_!flagged"), shown("unlabelled")], [1, 1, 0, 1]);
    }
}

#[test]
fn a_flag_is_lifted_by_the_same_key_however_fast() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.hold_appends = true;
    bench.keys("F F F");
    bench.release();
    let flags: Vec<Option<bool>> = labels(&bench).into_iter().map(|(_, label)| label.flag).collect();
    assert_eq!(flags, [Some(true), Some(false), Some(true)]);
    bench.keys("U");
    assert!(bench.screen().contains("the fix: not labelled ") && !bench.screen().contains('⚑'), "{}", bench.screen());
    assert_eq!(toast(&bench), "taken back: sql-row-count S2·k1 flagged · ctrl-r puts it back");
}

#[test]
fn a_skip_takes_a_label_back() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("r K K i");
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.counts.all(), list.counts.skipped), (0, 1));
    bench.keys("U");
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.counts.all(), list.counts.skipped), (1, 0));
    assert_eq!(toast(&bench), "taken back: sql-row-count S2·k1 skipped · ctrl-r puts it back");
}

#[test]
fn one_label_leaves_the_list_as_a_count_over_all_would() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("/ ctrl-u \"!realistic\" enter");
    for key in ["r", "F", "x", "U", "i", "U", "ctrl-r", "U", "U", "U"] {
        bench.keys(key);
        let list = bench.app.list.as_ref().expect("a list");
        let mut anew = list.clone();
        anew.settle();
        let marks = |list: &ItemList| {
            let cells = list.lines.iter().flat_map(|line| &line.cells);
            cells.map(|cell| (cell.label, cell.skipped, cell.flagged)).collect::<Vec<_>>()
        };
        assert_eq!((list.counts, list.fixes, &list.visible), (anew.counts, anew.fixes, &anew.visible), "{key}");
        assert_eq!(marks(list), marks(&anew), "{key}");
    }
    assert!(bench.history.len() >= 8, "the keys gave labels");
}

#[test]
fn every_sign_has_a_stand_in() {
    let theme = Theme::plain().with_signs(Signs::ASCII);
    let start = Start::Run { run: fixture::RUN.to_owned(), item: Some("sql-row-count".to_owned()) };
    for size in SIZES {
        let mut bench = Bench::with(start.clone(), size, theme.clone(), ColourDepth::Mono);
        bench.keys("F i F u p l");
        let ours = |text: String| text.replace("yaml-読む-with-a-very-long-name-indeed", "").replace("読む", "");
        let panel = ours(bench.screen());
        bench.keys("esc esc");
        let items = ours(bench.screen());
        for screen in [panel, items] {
            assert!(!screen.contains(['⚑', '»', '✓', '─', '·']), "{screen}");
        }
    }
}

#[test]
fn seconds_are_those_in_sight_and_no_long_silence() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.pass(Duration::from_secs(4));
    bench.keys("m");
    bench.pass(Duration::from_secs(100));
    bench.keys("esc");
    bench.pass(Duration::from_secs(3));
    bench.keys("r");
    assert!((last(&bench).seconds - 7.0).abs() < 0.1, "{}", last(&bench).seconds);
    bench.pass(Duration::from_secs(3600));
    bench.keys("r");
    assert!((last(&bench).seconds - 300.0).abs() < 0.1, "{}", last(&bench).seconds);
}

#[test]
fn an_edited_guideline_is_told_once() {
    let hash = Guideline::builtin().hash.clone();
    for (given, told) in [
        (vec![(1, "000000000000".to_owned())], true),
        (vec![(1, hash.clone())], false),
        (vec![(2, "000000000000".to_owned())], false),
        (vec![(1, hash), (1, "ffffffffffff".to_owned())], true),
        (Vec::new(), false),
    ] {
        let mut bench = Bench::new(Start::Runs, WIDE);
        bench.guidelines = given;
        bench.keys("enter");
        assert_eq!(toast(&bench).contains("another text of guideline version 1"), told, "{}", toast(&bench));
        bench.app.toast = None;
        bench.app.list = None;
        bench.app.screen = fdsp::tui::app::model::Screen::Runs;
        bench.keys("enter");
        assert_eq!(toast(&bench), "", "it was said before");
    }
}

#[test]
fn the_panel_over_the_steps() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("u d l");
        snapshot("why", &bench);
        bench.keys(r#"c "the_name_is_nowhere" enter K K 3"#);
        snapshot("why-said", &bench);
    }
}
