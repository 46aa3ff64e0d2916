//! The reducer: keys and answers in, state and effects out. No terminal, no store, no clock.

use std::time::Duration;

use fdsp::core::event::{Entry, Event, LabelTurn};
use fdsp::core::fold::ItemState;
use fdsp::core::ids::ApproachId;
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::{RefineFrom, VerdictMode};
use fdsp::runner::plan::Source;
use fdsp::runner::update::{Doing, SlotState, Summary, Update};
use fdsp::tui::app::Start;
use fdsp::tui::app::keys::Chord;
use fdsp::tui::app::message::{Effect, Message, RunData, Timer};
use fdsp::tui::app::model::{Pane, Screen, Tab};

use crate::support::bench::Bench;
use crate::support::fixture;

const WIDE: (u16, u16) = (160, 50);

fn open_item(bench: &Bench) -> &str {
    &bench.app.item.as_ref().expect("an open item").item.id
}

fn cursor_item(bench: &Bench) -> &str {
    &bench.app.list.as_ref().expect("a list").current().expect("a line").item.id
}

fn toast(bench: &Bench) -> &str {
    bench.app.toast.as_ref().map_or("", |toast| &toast.text)
}

fn label_of(bench: &Bench, item: &str) -> Option<LabelVerdict> {
    let list = bench.app.list.as_ref().expect("a list");
    let line = list.lines.iter().find(|line| line.item.id == item)?;
    line.cells.iter().find_map(|cell| cell.label)
}

#[test]
fn it_opens_on_the_fix_that_does_not_run() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    bench.info.recorded = true;
    bench.app.start = Some(Start::Recorded);
    bench.app.list = None;
    let effects = bench.app.begin();
    for effect in effects {
        bench.answer(effect);
    }
    bench.send(Message::Resized(160, 50));
    assert_eq!(bench.app.screen, Screen::Steps);
    assert_eq!(open_item(&bench), "sql-row-count");
    assert!(bench.screen().contains("S2·k1 against generated"), "{}", bench.screen());
}

#[test]
fn labels_move_on_and_the_sign_waits_for_the_disk() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.hold_appends = true;
    bench.keys("r");
    assert_eq!(open_item(&bench), "pickle-cache", "the next fix without a label");
    assert_eq!(label_of(&bench, "sql-row-count"), None, "nothing is on disk yet");
    bench.pass(Duration::from_millis(300));
    assert!(bench.screen().contains("saving…"));
    bench.release();
    assert_eq!(label_of(&bench, "sql-row-count"), Some(LabelVerdict::Realistic));
    assert_eq!(toast(&bench), "sql-row-count S2·k1 realistic · U undoes");
    assert!(!bench.screen().contains("saving…"));
}

#[test]
fn three_keys_in_a_row_label_three_fixes() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.hold_appends = true;
    bench.keys("r u enter x");
    bench.release();
    let labels: Vec<_> = ["sql-row-count", "pickle-cache", "yaml-読む-with-a-very-long-name-indeed"]
        .map(|id| label_of(&bench, id))
        .into();
    assert_eq!(labels, [Some(LabelVerdict::Realistic), Some(LabelVerdict::Unrealistic), Some(LabelVerdict::Unsure)]);
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.counts.all(), list.fixes), (3, 3));
}

#[test]
fn a_label_key_waits_for_the_item_that_is_on_its_way() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    let next = bench.send_alone(Message::Key(Chord::parse("J").expect("a key")));
    let next = bench.send_alone(Message::Key(Chord::parse("J").expect("a key"))).into_iter().chain(next);
    assert_eq!(cursor_item(&bench), "pickle-cache");
    assert_eq!(open_item(&bench), "sql-row-count", "still drawn");
    let early = bench.send_alone(Message::Key(Chord::parse("r").expect("a key")));
    assert!(early.iter().all(|effect| !matches!(effect, Effect::Append { .. })), "labelled the wrong item");
    // The answers arrive in the wrong order; the stale one is dropped.
    for effect in next.collect::<Vec<_>>() {
        bench.answer(effect);
    }
    bench.send(Message::Resized(160, 50));
    assert_eq!(label_of(&bench, "sql-row-count"), None);
    assert_eq!(label_of(&bench, "pickle-cache"), Some(LabelVerdict::Realistic));
}

#[test]
fn undo_and_redo_have_no_end_and_outlive_a_restart() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("r u enter x");
    let mut again = Bench::on("broken-parser", WIDE);
    (again.history, again.items) = (bench.history.clone(), bench.items.clone());
    again.app.list = None;
    again.app.start = Some(Start::Run { run: fixture::RUN.to_owned(), item: Some("tmp-report".to_owned()) });
    let effects = again.app.begin();
    for effect in effects {
        again.answer(effect);
    }
    again.send(Message::Resized(160, 50));
    assert_eq!(label_of(&again, "pickle-cache"), Some(LabelVerdict::Unrealistic));
    again.keys("U U");
    assert_eq!(label_of(&again, "pickle-cache"), None);
    assert_eq!(open_item(&again), "pickle-cache", "the screen goes to what changed");
    again.keys("U U");
    assert_eq!(toast(&again), "nothing to undo");
    again.keys("ctrl-r ctrl-r ctrl-r ctrl-r");
    assert_eq!(toast(&again), "nothing to redo");
    assert_eq!(again.app.list.as_ref().expect("a list").counts.all(), 3);
}

#[test]
fn what_was_done_on_a_screen_is_not_said_on_the_next() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("r J");
    assert_eq!(toast(&bench), "sql-row-count S2·k1 realistic · U undoes", "the screen is the same");
    bench.keys("esc");
    assert_eq!((bench.app.screen, toast(&bench)), (Screen::Items, ""));
    // What went wrong stays.
    bench.send(Message::Told("the disk is full".to_owned()));
    bench.keys("enter");
    assert_eq!((bench.app.screen, toast(&bench)), (Screen::Steps, "the disk is full"));
}

#[test]
fn a_label_that_was_not_saved_is_no_label() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.hold_appends = true;
    bench.keys("r");
    let Some(Effect::Append { ticket, .. }) = bench.held.pop() else { panic!("no append") };
    bench.send(Message::Stored(ticket, Err("the disk is full".to_owned())));
    assert_eq!(label_of(&bench, "sql-row-count"), None);
    assert_eq!(toast(&bench), "not saved: the disk is full");
}

#[test]
fn only_refined_code_takes_a_label() {
    for item in ["tmp-report", "broken-parser", "broken-line", "never-begun"] {
        let mut bench = Bench::on(item, WIDE);
        bench.keys("r");
        assert!(bench.history.is_empty(), "{item} was labelled");
        assert!(toast(&bench).contains("only refined code takes a label"), "{item}: {}", toast(&bench));
    }
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("shift-tab g g r");
    assert!(bench.history.is_empty(), "generated code was labelled");
    assert!(toast(&bench).contains("f: the fix"), "{}", toast(&bench));
}

#[test]
fn a_try_that_is_no_fix_takes_a_label_and_counts_for_none() {
    let mut bench = Bench::on("ssh-run-command", WIDE);
    assert!(bench.screen().contains("label S3·k3, not the fix: not labelled"), "{}", bench.screen());
    bench.keys("u enter");
    assert_eq!(open_item(&bench), "ssh-run-command", "the reader stays");
    assert!(bench.screen().contains("label S3·k3, not the fix: unrealistic"), "{}", bench.screen());
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.counts.all(), list.fixes), (0, 3));
    let (item, entry) = bench.history.last().expect("a label");
    let Event::Labelled(label) = &entry.event else { panic!("no label") };
    assert_eq!((item.as_str(), label.step), ("ssh-run-command", fixture::refine(3, 3)));
    let state = ItemState::of(&bench.items[1].1);
    let code = state.stream(fixture::FDSP).and_then(|stream| stream.version(label.step)?.code.clone());
    assert_eq!(code.map(|code| code.hash()), Some(label.code.clone()));
    bench.keys("3");
    assert!(bench.screen().contains("Your label  unrealistic"), "{}", bench.screen());
    bench.keys("U");
    assert!(bench.screen().contains("not the fix: not labelled") && !bench.screen().contains("Your label"));
}

#[test]
fn a_comment_stands_beside_the_verdict() {
    let mut bench = Bench::on("pickle-cache", WIDE);
    bench.keys(r#"c "reads_any_JSON" enter r"#);
    assert_eq!(label_of(&bench, "pickle-cache"), Some(LabelVerdict::Realistic));
    let comments: Vec<_> = bench
        .history
        .iter()
        .filter_map(|(_, entry)| match &entry.event {
            Event::Labelled(label) => label.comment.as_deref(),
            _ => None,
        })
        .collect();
    assert_eq!(comments, ["reads any JSON"]);
    bench.keys("U");
    assert_eq!(label_of(&bench, "pickle-cache"), None);
    bench.keys("3");
    assert!(bench.screen().contains("reads any JSON"), "{}", bench.screen());
}

#[test]
fn stepping_back_is_exact() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    let entries: Vec<_> = bench.items[0].1.clone();
    let mut states = Vec::new();
    bench.keys("home");
    loop {
        let item = bench.app.item.as_ref().expect("an item");
        states.push((item.replay.pos(), item.state.clone(), bench.screen()));
        if item.replay.at_end() {
            break;
        }
        bench.keys("]");
    }
    assert_eq!(states.len(), entries.len() + 1);
    for (pos, state, screen) in states.iter().rev() {
        let item = bench.app.item.as_ref().expect("an item");
        assert_eq!(item.replay.pos(), *pos);
        assert_eq!(item.state, *state);
        assert_eq!(item.state, ItemState::of(&entries[..*pos]));
        assert_eq!(bench.screen(), *screen, "at {pos}");
        bench.keys("[");
    }
}

#[test]
fn steps_rest_where_something_is_complete() {
    let mut bench = Bench::on("pickle-cache", WIDE);
    bench.keys("home");
    let mut rests = Vec::new();
    while !bench.app.item.as_ref().expect("an item").replay.at_end() {
        bench.keys("right");
        let item = bench.app.item.as_ref().expect("an item");
        rests.push(item.replay.last().map(|entry| entry.event.kind()).unwrap_or_default().to_owned());
    }
    assert_eq!(rests, ["stopped", "proposed", "stopped"]);
    bench.keys("left left left");
    assert_eq!(bench.app.item.as_ref().expect("an item").replay.pos(), 0);
}

#[test]
fn playing_streams_the_answer_by_its_recorded_times() {
    let mut bench = Bench::on("pickle-cache", WIDE);
    bench.keys("home < space");
    assert!((bench.app.item.as_ref().expect("an item").replay.speed() - 1.0).abs() < f64::EPSILON);
    bench.pass(Duration::from_millis(300));
    bench.pass(Duration::from_millis(4300));
    let streaming = bench.app.item.as_ref().expect("an item").streaming().expect("an answer on its way");
    let Event::Answered(answer) = &bench.items[2].1[1].event else { panic!("no answer") };
    let share = streaming.text.len() as f64 / answer.text.len() as f64;
    assert!((0.4..=0.6).contains(&share), "{share} of the answer after half of its time");
    assert!(answer.text.starts_with(&streaming.text));
    for _ in 0..200 {
        bench.pass(Duration::from_secs(2));
    }
    let item = bench.app.item.as_ref().expect("an item");
    assert!(item.replay.at_end() && !item.replay.playing);
    assert!(
        bench.asked.iter().all(|effect| !matches!(effect, Effect::Wake(Timer::Replay, ..))),
        "a timer without play"
    );
}

#[test]
fn the_filter_narrows_while_typing_and_esc_gives_all_back() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    bench.keys("enter");
    let count = |bench: &Bench| bench.app.list.as_ref().expect("a list").visible.len();
    assert_eq!(count(&bench), 8);
    bench.keys(r#"/ "fixed_undefined""#);
    assert_eq!(count(&bench), 1);
    bench.keys("enter enter");
    assert_eq!((bench.app.screen, open_item(&bench)), (Screen::Steps, "sql-row-count"));
    // Back to what was found; there the filter is in sight, and esc clears it.
    bench.keys("esc");
    assert_eq!((bench.app.screen, count(&bench)), (Screen::Items, 1));
    bench.keys("esc");
    assert_eq!((bench.app.screen, count(&bench)), (Screen::Items, 8));
    bench.keys("s");
    let list = bench.app.list.as_ref().expect("a list");
    let ids: Vec<&str> = list.visible.iter().map(|at| list.lines[*at].item.id.as_str()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
}

#[test]
fn there_is_no_diff_of_one_version() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("shift-tab g g");
    assert!(bench.app.item.as_ref().is_some_and(|item| item.compared_with().is_none()));
    let before = (bench.app.pane, bench.app.tab, bench.app.diff_style);
    bench.keys("d");
    assert_eq!((bench.app.pane, bench.app.tab, bench.app.diff_style), before);
    assert_eq!(toast(&bench), "diff: needs two versions: nothing comes before the one shown");
}

#[test]
fn a_narrow_screen_goes_through_its_tabs() {
    let mut bench = Bench::on("sql-row-count", (80, 24));
    assert_eq!((bench.app.pane, bench.app.tab), (Pane::Main, Tab::Diff));
    let mut seen = Vec::new();
    for _ in 0..7 {
        let screen = bench.screen();
        let strip = screen.lines().nth(1).unwrap_or_default();
        let name = strip.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map(|(name, _)| name.to_owned());
        seen.push(name.unwrap_or_default());
        bench.keys("tab");
    }
    assert_eq!(seen, ["Diff", "Findings", "Prompt", "Answer", "Items", "Steps", "Code"]);
}

#[test]
fn any_two_versions_can_be_compared() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("v");
    assert!(bench.screen().contains("S2·k1 is compared with"));
    bench.keys("down down enter");
    assert!(bench.screen().contains("S2·k1 against S1·k2"), "{}", bench.screen());
}

pub fn live_run(bench: &mut Bench) {
    let items = bench.items.iter().map(|(item, _)| item.clone()).collect();
    let data =
        RunData { info: bench.info.clone(), items, rows: Vec::new(), history: Vec::new(), guidelines: Vec::new() };
    bench.send(Message::Begun(Ok(Box::new(data))));
}

#[test]
fn the_board_counts_what_the_fold_counts() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    live_run(&mut bench);
    assert_eq!(bench.app.screen, Screen::Live);
    for (item, entries) in bench.items.clone() {
        for chunk in entries.chunks(3) {
            let update = Update::Entries { item: item.id.clone(), entries: chunk.to_vec() };
            bench.send(Message::Live(vec![update]));
        }
    }
    let totals = bench.app.live.as_ref().expect("a run").totals;
    assert_eq!((totals.done, totals.vulnerable, totals.fixed, totals.failed), (6, 5, 3, 1));
    let rows = bench.rows();
    let list = bench.app.list.as_ref().expect("a list");
    for line in list.lines.iter().filter(|line| line.row().is_some()) {
        let row = line.row().expect("a row");
        assert!(rows.contains(row), "{row:?} differs from the projection");
    }
    let summary = Summary { run: fixture::RUN.to_owned(), items: 8, vulnerable: 5, fixed: 3, calls: 30, failed: 1 };
    bench.send(Message::Live(vec![Update::Finished(summary)]));
    assert!(toast(&bench).contains("5 vulnerable, 3 fixed, 1 failed"), "{}", toast(&bench));
}

#[test]
fn a_spinner_runs_only_while_something_works() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    live_run(&mut bench);
    let spins = |bench: &Bench| bench.asked.iter().filter(|e| matches!(e, Effect::Wake(Timer::Spinner, ..))).count();
    assert_eq!(spins(&bench), 0, "nothing works yet");
    let doing = Doing::Receiving { tokens: 41, tail: "    if table not in ALLOWED:\n".to_owned() };
    let step = fixture::refine(2, 3);
    let state = SlotState::Busy { item: "sql-row-count".to_owned(), stream: fixture::FDSP, step, doing };
    bench.send(Message::Live(vec![Update::Slot { slot: 0, state }]));
    assert_eq!(spins(&bench), 1);
    assert!(bench.screen().contains("S2·k3"), "{}", bench.screen());
    assert!(bench.screen().contains("41 tok  if table not in ALLOWED:"), "{}", bench.screen());
    bench.send(Message::Live(vec![Update::Slot { slot: 0, state: SlotState::Idle }]));
    bench.pass(Duration::from_millis(120));
    assert_eq!(spins(&bench), 0, "an idle screen wakes nobody");
}

#[test]
fn quitting_asks_first_while_a_run_works() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    live_run(&mut bench);
    bench.keys("q");
    assert!(bench.asked.iter().all(|effect| !matches!(effect, Effect::Quit)));
    assert!(bench.screen().contains("stop it and leave?"));
    bench.keys("esc q y");
    assert!(bench.asked.iter().any(|effect| matches!(effect, Effect::Stop)));
    let summary = Summary { run: fixture::RUN.to_owned(), items: 8, vulnerable: 0, fixed: 0, calls: 0, failed: 0 };
    bench.send(Message::Live(vec![Update::Finished(summary)]));
    assert!(bench.asked.iter().any(|effect| matches!(effect, Effect::Quit)), "it waits for the slots, then ends");
}

#[test]
fn the_form_says_what_is_missing_and_starts_what_it_says() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    bench.keys("n");
    assert_eq!(bench.app.screen, Screen::Form);
    bench.keys("right tab ctrl-s");
    assert!(bench.screen().contains("write the prompt"), "{}", bench.screen());
    bench.keys(r#""count_rows" ctrl-t"#);
    let Some(Effect::Probe { generation, .. }) = bench.asked.pop() else { panic!("no test of the connection") };
    bench.send(Message::Probed(generation, Err("nothing listens there; start a server".to_owned())));
    assert!(bench.screen().contains("nothing listens there"));
    bench.keys("ctrl-s");
    let Some(Effect::Begin(plan)) = bench.asked.pop() else { panic!("no run") };
    assert_eq!(plan.source, Source::Prompt("count rows".to_owned()));
    assert_eq!((plan.settings.solutions, plan.settings.iterations), (3, 3));
    assert_eq!((plan.settings.approaches.as_slice(), plan.concurrency), ([ApproachId::Fdsp].as_slice(), 4));
}

#[test]
fn the_form_takes_what_the_command_line_takes() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    bench.keys("n left tab");
    assert!(bench.screen().contains(&format!("Which             {}", fixture::RUN)), "{}", bench.screen());
    assert!(!bench.screen().contains("Scanner"), "the run's own scanner is kept:\n{}", bench.screen());
    bench.keys(r#"tab tab tab ctrl-u "direct,no-such" ctrl-s"#);
    assert!(bench.screen().contains("`no-such` is no approach that can be run"), "{}", bench.screen());
    bench.keys(r#"ctrl-u "all" tab tab tab right tab tab right tab ctrl-u "0" ctrl-s"#);
    assert!(bench.screen().contains("a number from 1 to 1024"), "{}", bench.screen());
    bench.keys(r#"ctrl-u "16" ctrl-s"#);
    let Some(Effect::Begin(plan)) = bench.asked.pop() else { panic!("no run: {}", bench.screen()) };
    assert_eq!(plan.source, Source::Run { run: fixture::RUN.to_owned(), under: None });
    assert_eq!(plan.settings.approaches, ApproachId::REFINEMENTS);
    assert_eq!((plan.settings.verdict, plan.settings.refine_from), (VerdictMode::Paper, RefineFrom::Original));
    assert_eq!(plan.concurrency, 16);
}

#[test]
fn a_paste_is_text_and_never_keys() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.send(Message::Paste("rrruxq".to_owned()));
    assert!(bench.history.is_empty() && bench.asked.iter().all(|effect| !matches!(effect, Effect::Quit)));
    bench.keys("tab /");
    bench.send(Message::Paste("pick\nle".to_owned()));
    assert_eq!(bench.app.list.as_ref().expect("a list").query, "pick le");
}

#[test]
fn a_change_by_another_process_comes_in_and_loses_nothing() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("r");
    // Another sitting of the same annotator undoes it; an older answer must not bring it back.
    let (id, entry) = bench.history[0].clone();
    let turn = LabelTurn::of("ana", entry.seq);
    let undone = Entry { seq: entry.seq + 1, event: Event::LabelUndone(turn), ..entry };
    bench.history.push((id, undone));
    let asked = bench.send_alone(Message::Changed);
    let mut early = bench.send_alone(Message::Key(Chord::parse("u").expect("a key")));
    early.extend(bench.send_alone(Message::Key(Chord::parse("enter").expect("a key"))));
    assert!(early.iter().all(|effect| !matches!(effect, Effect::Append { .. })), "a label during a reload waits");
    for effect in asked {
        bench.answer(effect);
    }
    bench.send(Message::Resized(160, 50));
    assert_eq!(label_of(&bench, "sql-row-count"), None);
    assert_eq!(label_of(&bench, "pickle-cache"), Some(LabelVerdict::Unrealistic));
}

#[test]
fn a_run_of_another_process_is_followed() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    let whole = bench.items[2].1.clone();
    bench.items[2].1.truncate(6);
    bench.keys("enter j j enter");
    assert_eq!(open_item(&bench), "pickle-cache");
    assert_eq!(bench.app.item.as_ref().expect("an item").replay.entries().len(), 6);
    bench.items[2].1 = whole.clone();
    bench.send(Message::Changed);
    let item = bench.app.item.as_ref().expect("an item");
    assert_eq!(item.state, ItemState::of(&whole));
    assert!(bench.screen().contains("fixed by S1·k1"), "{}", bench.screen());
}
