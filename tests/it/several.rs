//! A run that refines the same generated code by all five approaches: list, steps, labels, filter, pictures.

use std::time::Duration;

use fdsp::approach::template::BUILTIN;
use fdsp::core::event::{Entry, Event, StopReason};
use fdsp::core::fold::ItemState;
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::Item;
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::{RunInfo, Settings};
use fdsp::runner::update::Update;
use fdsp::store::Store;
use fdsp::tui::app::Start;
use fdsp::tui::app::form::Defaults;
use fdsp::tui::app::message::{Effect, Message, RunData};
use fdsp::tui::app::model::Screen;
use fdsp::tui::style::{ColourDepth, Theme};

use crate::support::bench::Bench;
use crate::support::fdsp::Fdsp;
use crate::support::fixture;
use crate::support::stored::{answered, asked, stopped, version};
use crate::support::terminal::Pty;

const WIDE: (u16, u16) = (160, 50);
const REFINED: Step = Step::Refine { solution: None, iteration: 1 };

fn stream(approach: ApproachId) -> StreamId {
    StreamId::new(approach, 0)
}

pub fn info() -> RunInfo {
    let settings = Settings { approaches: ApproachId::REFINEMENTS.to_vec(), ..fixture::info().settings };
    RunInfo { id: "fixture-all".to_owned(), settings, ..fixture::info() }
}

type Events = Vec<(StreamId, Event)>;

fn generated(name: &str, vulnerable: bool) -> Events {
    let code = format!("{name} = 'generated'\n");
    let mut events: Events =
        version(Step::Generate, &code, vulnerable).into_iter().map(|event| (fixture::GENERATE, event)).collect();
    events.push((fixture::GENERATE, stopped(StopReason::Generated)));
    events
}

/// One refinement, after a step that only talks where the approach has one.
fn baseline(name: &str, approach: ApproachId, before: Option<Step>, fixed: bool) -> Events {
    let mut events = Vec::new();
    if let Some(before) = before {
        events.push(asked(before, ""));
        events.push(answered(before, &format!("What is wrong with {name}, in words.")));
    }
    events.extend(version(REFINED, &format!("{name} = '{approach}'\n"), !fixed));
    events.push(stopped(if fixed { StopReason::Fixed } else { StopReason::Exhausted }));
    events.into_iter().map(|event| (stream(approach), event)).collect()
}

/// As a run appends it: direct and feedback fix it, self-debug and verbalize do not, FDSP does at its second try.
fn refined(name: &str) -> Events {
    let mut events = generated(name, true);
    events.extend(baseline(name, ApproachId::Direct, None, true));
    events.extend(baseline(name, ApproachId::SelfDebug, Some(Step::Explain), false));
    events.extend(baseline(name, ApproachId::Feedback, None, true));
    events.extend(baseline(name, ApproachId::Verbalize, Some(Step::Verbalize), false));
    let fdsp = crate::support::stored::fixed(name, 2).into_iter();
    events.extend(fdsp.filter(|(stream, _)| stream.approach == ApproachId::Fdsp));
    events
}

fn secure(name: &str) -> Events {
    let ends = ApproachId::REFINEMENTS.map(|approach| (stream(approach), stopped(StopReason::SecureFromStart)));
    generated(name, false).into_iter().chain(ends).collect()
}

/// `one` and `two` are refined by all, `three` is secure, `four` has come to self-debug, `five` is not begun.
fn events() -> Vec<(Item, Events)> {
    let four = generated("four", true)
        .into_iter()
        .chain(baseline("four", ApproachId::Direct, None, false))
        .chain([(stream(ApproachId::SelfDebug), asked(Step::Explain, ""))])
        .collect();
    let item = |id: &str| Item::new(id, format!("Write function {id}."));
    vec![
        (item("one"), refined("one")),
        (item("two"), refined("two")),
        (item("three"), secure("three")),
        (item("four"), four),
        (item("five"), Vec::new()),
    ]
}

fn items() -> Vec<(Item, Vec<Entry>)> {
    let entry = |((stream, event), seq)| Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event };
    events().into_iter().map(|(item, events)| (item, events.into_iter().zip(1..).map(entry).collect())).collect()
}

fn bench(start: Start, size: (u16, u16)) -> Bench {
    Bench::of_run(info(), items(), start, size, Theme::plain(), ColourDepth::Mono)
}

fn on(item: &str, size: (u16, u16)) -> Bench {
    bench(Start::Run { run: info().id, item: Some(item.to_owned()) }, size)
}

fn shown(bench: &Bench) -> (String, ApproachId) {
    let item = bench.app.item.as_ref().expect("an open item");
    (item.item.id.clone(), item.stream.approach)
}

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("several-{name}-{width}x{height}"), bench.screen());
}

#[test]
fn what_the_screens_show() {
    for size in [(80, 24), WIDE] {
        let mut bench = bench(Start::Runs, size);
        bench.keys("enter");
        snapshot("items", &bench);
        bench.keys(r#"a / "direct:fixed" enter enter"#);
        snapshot("direct", &bench);
        bench.keys("esc esc enter a");
        snapshot("self-debug", &bench);
        bench.keys("v");
        snapshot("versions", &bench);
        bench.keys("esc shift-tab");
        if size.0 < 100 {
            bench.keys("shift-tab shift-tab");
            snapshot("steps", &bench);
        }
        bench.keys("?");
        for _ in 0..8 {
            bench.keys("pgdn");
        }
        snapshot("help-end", &bench);
    }
}

#[test]
fn one_line_an_item_and_one_count_over_all_fixes() {
    let mut bench = bench(Start::Runs, WIDE);
    bench.keys("enter");
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.lines.len(), list.fixes, list.approach), (5, 6, ApproachId::Fdsp));
    assert!(bench.screen().contains("0 of 6 labelled"), "{}", bench.screen());
}

#[test]
fn a_and_capital_a_go_round_the_approaches() {
    let mut bench = on("one", WIDE);
    assert_eq!(shown(&bench), ("one".to_owned(), ApproachId::Fdsp));
    let mut seen = Vec::new();
    for _ in 0..5 {
        bench.keys("a");
        seen.push(shown(&bench).1);
    }
    assert_eq!(seen, ApproachId::REFINEMENTS);
    bench.keys("A A");
    assert_eq!(shown(&bench).1, ApproachId::Feedback);
    assert!(bench.screen().contains("feedback k1 against generated"), "{}", bench.screen());
    assert!(bench.asked.iter().all(|effect| !matches!(effect, Effect::LoadRecord { .. })), "nothing is loaded again");
    // The next item opens in the same approach.
    bench.keys("J");
    assert_eq!(shown(&bench), ("two".to_owned(), ApproachId::Feedback));
}

#[test]
fn the_next_fix_is_looked_for_in_every_approach() {
    let mut bench = on("one", WIDE);
    bench.keys("a");
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(shown(&bench));
        bench.keys("r");
    }
    let fixes = [ApproachId::Direct, ApproachId::Feedback, ApproachId::Fdsp];
    let wanted: Vec<_> = ["one", "two"].into_iter().flat_map(|id| fixes.map(|by| (id.to_owned(), by))).collect();
    assert_eq!(seen, wanted);
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.counts.all(), list.fixes), (6, 6));
    let targets: Vec<_> = bench.history.iter().map(|(item, entry)| (item.clone(), entry.stream.approach)).collect();
    assert_eq!(targets, wanted);
    for (item, entry) in &bench.history {
        let Event::Labelled(label) = &entry.event else { panic!("no label") };
        let (_, entries) = bench.items.iter().find(|(known, _)| known.id == *item).expect("the item");
        let state = ItemState::of(entries);
        let code = state.stream(entry.stream).and_then(|stream| stream.version(label.step)?.code.as_ref());
        assert_eq!(code.map(|code| code.hash()).as_ref(), Some(&label.code));
        assert!(state.standing(entry.stream, label.step).verdict() == Some(LabelVerdict::Realistic));
    }
    // What is taken back comes into sight, in its own approach.
    bench.keys("U U");
    assert_eq!(shown(&bench), ("two".to_owned(), ApproachId::Feedback));
}

#[test]
fn a_filter_that_names_an_approach_keeps_the_next_fix_to_it() {
    let mut bench = on("one", WIDE);
    bench.keys(r#"a tab / "approach:direct_fixed" enter r"#);
    assert_eq!(shown(&bench), ("two".to_owned(), ApproachId::Direct));
    bench.keys("r");
    assert_eq!(bench.app.list.as_ref().expect("a list").counts.all(), 2);
    bench.keys("L");
    assert!(bench.screen().contains("no other fix waits for a label in this list"), "{}", bench.screen());
}

#[test]
fn the_order_is_that_of_the_approach_that_is_looked_at() {
    let mut bench = bench(Start::Runs, WIDE);
    bench.keys("enter s s");
    let ids = |bench: &Bench| -> Vec<String> {
        let list = bench.app.list.as_ref().expect("a list");
        list.visible.iter().map(|at| list.lines[*at].item.id.clone()).collect()
    };
    assert_eq!(ids(&bench), ["one", "two", "three", "four", "five"]);
    assert!(bench.screen().contains("by outcome of fdsp"), "{}", bench.screen());
    bench.keys("a a");
    assert!(bench.screen().contains("by outcome of self-debug"), "{}", bench.screen());
    bench.keys("A S");
    assert_eq!(ids(&bench), ["five", "three", "four", "two", "one"]);
}

#[test]
fn every_page_of_a_baseline_shows_its_own() {
    let mut bench = on("one", WIDE);
    bench.keys("A");
    assert_eq!(shown(&bench).1, ApproachId::Verbalize);
    let screen = bench.screen();
    assert!(screen.contains("put into words") && screen.contains("not fixed"), "{screen}");
    bench.keys("3");
    assert!(bench.screen().contains("Findings in verbalize k1"), "{}", bench.screen());
    bench.keys("shift-tab k 5");
    assert!(bench.screen().contains("What is wrong with one, in words."), "{}", bench.screen());
}

#[test]
fn a_replay_goes_from_approach_to_approach_and_back_exactly() {
    let mut bench = on("one", WIDE);
    bench.keys("home");
    let mut seen = vec![bench.screen()];
    let mut approaches = Vec::new();
    while !bench.app.item.as_ref().expect("an item").replay.at_end() {
        bench.keys("]");
        seen.push(bench.screen());
        let here = shown(&bench).1;
        if approaches.last() != Some(&here) {
            approaches.push(here);
        }
    }
    assert_eq!(approaches, ApproachId::REFINEMENTS);
    for (at, screen) in seen.iter().enumerate().rev() {
        assert_eq!(bench.screen(), *screen, "at {at}");
        bench.keys("[");
    }
}

#[test]
fn the_prompt_page_says_which_template_and_whose() {
    let builtin = BUILTIN.iter().find(|builtin| builtin.name == "direct").expect("a template");
    let hash = fdsp::core::text::sha256_hex(builtin.source);
    let with = |source: &str, own: bool| {
        let mut items = items();
        for entry in &mut items[0].1 {
            if let Event::Asked(asked) = &mut entry.event
                && entry.stream.approach == ApproachId::Direct
            {
                asked.request.template = "direct".to_owned();
                asked.request.parts[0].text = source.to_owned().into();
            }
        }
        let mut info = info();
        if own {
            info.settings.templates.insert("direct".to_owned(), source.to_owned().into());
        }
        let start = Start::Run { run: info.id.clone(), item: Some("one".to_owned()) };
        let mut bench = Bench::of_run(info, items, start, WIDE, Theme::plain(), ColourDepth::Mono);
        bench.keys("a 4");
        bench.screen()
    };
    let screen = with(builtin.source, false);
    assert!(screen.contains(&format!("template direct {} · built in", &hash[..12])), "{screen}");
    let screen = with("Mend {{ code }}", true);
    assert!(screen.contains("the user's own") && screen.contains("own templates: direct"), "{screen}");
    let screen = with("Mend {{ code }}", false);
    assert!(screen.contains("not the one built in here"), "{screen}");
}

#[test]
fn the_board_counts_streams_tokens_and_time() {
    let mut bench = bench(Start::Runs, (200, 50));
    bench.app.defaults = Defaults {
        prices: vec![(info().model.name, fdsp::llm::config::Prices { input: 1000.0, output: 10_000.0 })],
        ..Defaults::default()
    };
    let known: Vec<Item> = bench.items.iter().map(|(item, _)| item.clone()).collect();
    let data = RunData { info: info(), items: known, rows: Vec::new(), history: Vec::new(), guidelines: Vec::new() };
    bench.send(Message::Begun(Ok(Box::new(data))));
    let mut all = items();
    for (at, (_, entries)) in all.iter_mut().enumerate() {
        for entry in entries.iter_mut() {
            entry.at = jiff::Timestamp::UNIX_EPOCH + Duration::from_secs(u64::from(entry.seq) * 10);
            if let Event::Answered(answer) = &mut entry.event {
                answer.usage = (at == 0).then_some(fdsp::core::event::Usage { prompt: 100, completion: 10 });
            }
        }
    }
    let (first, entries) = (all[0].0.id.clone(), all[0].1.clone());
    let (most, last) = entries.split_at(entries.len() - 1);
    bench.send(Message::Live(vec![Update::Entries { item: first.clone(), entries: most.to_vec() }]));
    let live = bench.app.live.as_ref().expect("a run");
    assert_eq!((live.totals.done, live.totals.vulnerable, live.seconds_left()), (0, 1, None), "FDSP goes on");
    bench.send(Message::Live(vec![Update::Entries { item: first, entries: last.to_vec() }]));
    let live = bench.app.live.as_ref().expect("a run");
    assert_eq!((live.totals.done, live.totals.fixed), (1, 1));
    // Four items are left for one slot, each as long as the first: ten seconds from event to event.
    let mean = (entries.len() as f64 - 1.0) * 10.0;
    assert_eq!(live.seconds_left(), Some(4.0 * mean));
    let calls = entries.iter().filter(|entry| matches!(entry.event, Event::Answered(_))).count() as u64;
    assert_eq!((live.spent.input, live.spent.output), (100 * calls, 10 * calls));
    let price = (100.0 * 1000.0 + 10.0 * 10_000.0) * calls as f64 / 1e6;
    assert!(bench.screen().contains(&format!("price {price:.2}")), "{}", bench.screen());
    let told =
        |(item, entries): &(Item, Vec<Entry>)| Update::Entries { item: item.id.clone(), entries: entries.clone() };
    bench.send(Message::Live(all[1..].iter().map(told).collect()));
    let live = bench.app.live.as_ref().expect("a run");
    assert_eq!((live.totals.done, live.totals.over, live.totals.fixed), (3, 3, 2));
    assert!(bench.screen().contains("answers without usage"), "{}", bench.screen());
}

#[test]
fn the_first_frame_does_not_wait_for_the_recorded_run() {
    let mut bench = bench(Start::Runs, WIDE);
    bench.info.recorded = true;
    bench.app.start = Some(Start::Recorded);
    (bench.app.list, bench.app.runs) = (None, None);
    let effects = bench.app.begin();
    let [Effect::LoadRuns(generation), Effect::Import] = effects.as_slice() else { panic!("{effects:?}") };
    bench.send(Message::Runs(*generation, Ok(Vec::new())));
    assert!(bench.app.is_ready());
    assert_eq!(bench.app.screen, Screen::Runs);
    let screen = bench.screen();
    assert!(screen.contains("reading the recorded run…") && !screen.contains("No run yet"), "{screen}");
    bench.send(Message::Imported(Ok(true)));
    assert_eq!((bench.app.screen, shown(&bench).1), (Screen::Steps, ApproachId::Fdsp));
    // Who went on meanwhile is not called back.
    (bench.app.list, bench.app.runs, bench.app.item) = (None, None, None);
    bench.app.screen = Screen::Steps;
    bench.app.start = Some(Start::Recorded);
    let effects = bench.app.begin();
    let [Effect::LoadRuns(generation), Effect::Import] = effects.as_slice() else { panic!("{effects:?}") };
    bench.send(Message::Runs(*generation, Ok(Vec::new())));
    bench.keys("n");
    bench.send(Message::Imported(Ok(true)));
    assert_eq!(bench.app.screen, Screen::Form);
}

fn seeded() -> Fdsp {
    let home = Fdsp::new();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&home.db()).await.expect("a store");
        let known: Vec<Item> = events().into_iter().map(|(item, _)| item).collect();
        store.create_run(&info(), &known).await.expect("a run");
        for (item, events) in events().into_iter().filter(|(_, events)| !events.is_empty()) {
            store.append(&info().id, &item.id, events).await.expect("its events");
        }
    });
    home
}

#[test]
fn a_direct_fix_is_labelled_in_a_terminal_and_counts_for_direct_alone() {
    let home = seeded();
    let arguments = ["open", "--run", "fixture-all", "--item", "one", "--annotator", "ana"];
    for size in [(80, 24), (160, 50)] {
        let mut pty = Pty::open(&home, &arguments, size);
        pty.sees(&["S1·k2"]);
        pty.keys("a").sees(&["direct k1", "label direct k1, the fix"]);
        pty.keys("u\r").sees(&["one direct k1 unrealistic"]);
        pty.keys("U").sees(&["taken back"]);
        pty.keys("u\r").sees(&["one direct k1 unrealistic"]);
        pty.quits();
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&home.db()).await.expect("the store opens");
        let rows = store.rows("fixture-all").await.expect("rows");
        let unrealistic: Vec<_> = rows.iter().filter(|row| row.unrealistic > 0).collect();
        let [row] = unrealistic.as_slice() else { panic!("{unrealistic:?}") };
        assert_eq!((row.item.as_str(), row.stream.approach), ("one", ApproachId::Direct));
        let summary = store.summary("fixture-all").await.expect("a summary");
        assert_eq!((summary.fixes, summary.labelled), (6, 1));
    });
}

#[test]
fn the_command_line_shows_every_approach_of_an_item() {
    let home = seeded();
    let output = home.output(&["show", "fixture-all", "one"]);
    assert_eq!(output.code, Some(0), "{}", output.stderr);
    let table: Vec<Vec<&str>> = output
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("approach"))
        .skip(1)
        .map(|line| line.split_whitespace().take(3).collect())
        .collect();
    let wanted = [
        ["direct", "0", "fixed"],
        ["self-debug", "0", "vulnerable"],
        ["feedback", "0", "fixed"],
        ["verbalize", "0", "vulnerable"],
        ["fdsp", "0", "fixed"],
    ];
    assert_eq!(table, wanted, "{}", output.stdout);
    let output = home.output(&["show", "fixture-all", "five"]);
    assert_eq!(output.stdout.matches("not begun").count(), 5, "{}", output.stdout);
}

#[test]
fn templates_are_listed_printed_and_written_once() {
    let home = Fdsp::new();
    let listed = home.output(&["templates"]).stdout;
    for builtin in BUILTIN {
        let hash = fdsp::core::text::sha256_hex(builtin.source);
        let line = listed.lines().find(|line| line.split_whitespace().next() == Some(builtin.name));
        let line = line.unwrap_or_else(|| panic!("{} is not listed:\n{listed}", builtin.name));
        assert!(line.contains(&hash[..12]) && line.ends_with(&builtin.variables.join(" ")), "{line}");
    }
    assert_eq!(home.output(&["templates", "refine"]).stdout, BUILTIN.last().expect("templates").source);
    let unknown = home.output(&["templates", "refined"]);
    assert!(unknown.code == Some(2) && unknown.stderr.contains("the names are: generate"), "{}", unknown.stderr);
    let written = home.output(&["templates", "--out", "prompts"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let own = fdsp::runner::templates::read(&home.home().join("prompts")).expect("they can be read back");
    assert_eq!(own.len(), BUILTIN.len());
    std::fs::write(home.home().join("prompts/direct.txt"), "my own").expect("a file");
    let again = home.output(&["templates", "--out", "prompts"]);
    assert!(again.code == Some(2) && again.stderr.contains("is there already"), "{}", again.stderr);
    let kept = std::fs::read_to_string(home.home().join("prompts/direct.txt")).expect("the file");
    assert_eq!(kept, "my own");
}

#[test]
fn patch_takes_one_refining_approach() {
    let home = Fdsp::new();
    std::fs::write(home.home().join("a.py"), "print(1)\n").expect("a file");
    let arguments = ["patch", "a.py", "--model", "m", "--base-url", "http://127.0.0.1:9/v1", "--approach", "generate"];
    let output = home.output(&arguments);
    assert!(output.code == Some(2) && output.stderr.contains("does not refine code"), "{}", output.stderr);
}
