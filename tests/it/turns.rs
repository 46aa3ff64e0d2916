//! The reducer under arbitrary input, and live against replay.

use std::time::Duration;

use fdsp::core::fold::ItemState;
use fdsp::runner::update::Update;
use fdsp::tui::app::Start;
use fdsp::tui::app::message::Message;
use fdsp::tui::app::model::Screen;
use proptest::prelude::*;

use crate::support::bench::Bench;
use crate::workbench::live_run;

const WIDE: (u16, u16) = (160, 50);

fn key() -> impl Strategy<Value = String> {
    let known: Vec<String> = fdsp::tui::app::command::COMMANDS
        .iter()
        .flat_map(|command| command.keys.iter().map(|key| (*key).to_owned()))
        .filter(|key| key != "ctrl-z")
        .collect();
    prop_oneof![4 => prop::sample::select(known), 1 => "[a-zA-Z0-9%é漢]"]
}

#[derive(Debug, Clone)]
enum Turn {
    Key(String),
    Size(u16, u16),
    Wait(u64),
    Live(usize, usize),
    Paste(String),
    Stale,
}

fn turn() -> impl Strategy<Value = Turn> {
    prop_oneof![
        12 => key().prop_map(Turn::Key),
        1 => (0..220u16, 0..60u16).prop_map(|(width, height)| Turn::Size(width, height)),
        2 => (0..5000u64).prop_map(Turn::Wait),
        1 => (0..8usize, 1..9usize).prop_map(|(item, count)| Turn::Live(item, count)),
        1 => "\\PC{0,12}".prop_map(Turn::Paste),
        1 => Just(Turn::Stale),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn nothing_that_comes_in_breaks_it(turns in prop::collection::vec(turn(), 0..60)) {
        let mut bench = Bench::on("sql-row-count", (80, 24));
        for turn in turns {
            match turn {
                Turn::Key(key) => { bench.keys(&key); }
                Turn::Size(width, height) => { bench.resize((width, height)); }
                Turn::Wait(ms) => bench.pass(Duration::from_millis(ms)),
                Turn::Live(item, count) => {
                    if bench.app.live.is_none() {
                        live_run(&mut bench);
                    }
                    let (item, entries) = bench.items[item].clone();
                    let entries = entries.into_iter().take(count).collect();
                    bench.send(Message::Live(vec![Update::Entries { item: item.id, entries }]));
                }
                Turn::Paste(text) => bench.send(Message::Paste(text)),
                Turn::Stale => {
                    bench.send(Message::Record(0, Err("stale".to_owned())));
                    bench.send(Message::Stored(0, Err("stale".to_owned())));
                }
            }
            let _ = bench.screen();
        }
    }

    /// What a live run tells, in whatever pieces, leads to the state that a replay of the same events shows.
    #[test]
    fn live_and_replay_are_the_same(item in 0..7usize, cuts in prop::collection::vec(1..6usize, 1..40)) {
        let mut live = Bench::new(Start::Runs, WIDE);
        live_run(&mut live);
        let (known, entries) = live.items[item].clone();
        live.items[item].1.clear();
        live.app.list.as_mut().expect("a list").cursor = item;
        live.app.screen = Screen::Items;
        live.keys("enter");
        let mut told = 0;
        for cut in cuts.iter().cycle() {
            if told == entries.len() {
                break;
            }
            let next = (told + cut).min(entries.len());
            let update = Update::Entries { item: known.id.clone(), entries: entries[told..next].to_vec() };
            live.send(Message::Live(vec![update]));
            told = next;
            let shown = live.app.item.as_ref().expect("an item");
            prop_assert_eq!(&shown.state, &ItemState::of(&entries[..told]));
            let mut replay = Bench::on(&known.id, WIDE);
            replay.keys("home");
            for _ in 0..told {
                replay.keys("]");
            }
            let replayed = replay.app.item.as_ref().expect("an item");
            prop_assert_eq!(&replayed.state, &shown.state);
            prop_assert_eq!(&replayed.lines, &shown.lines);
        }
    }
}

#[test]
fn in_the_steps_a_filter_never_parts_the_cursor_from_the_open_item() {
    let open = |bench: &Bench| bench.app.item.as_ref().expect("an item is open").item.id.clone();
    let under = |bench: &Bench| {
        let list = bench.app.list.as_ref().expect("a run is open");
        list.current().expect("a line").item.id.clone()
    };
    let mut bench = Bench::on("sql-row-count", (160, 50));
    bench.keys("tab / \"pickle");
    assert_eq!(under(&bench), "pickle-cache");
    bench.keys("esc");
    assert_eq!((open(&bench), under(&bench)), ("sql-row-count".to_owned(), "sql-row-count".to_owned()));
    bench.keys("/ \"pickle enter");
    assert_eq!((open(&bench), under(&bench)), ("pickle-cache".to_owned(), "pickle-cache".to_owned()));
    bench.keys("esc");
    assert_eq!(under(&bench), "pickle-cache");
}
