//! Hostile text in every field that comes from outside, through every screen and every export: nothing of it acts.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::Stdio;

use fdsp::core::escape::is_hidden;
use fdsp::core::event::{CallFailed, Entry, Event, Executed, Failed, Scanned, StopReason};
use fdsp::core::execution::Captured;
use fdsp::core::finding::{Finding, Scan, ScannerId};
use fdsp::core::ids::Step;
use fdsp::core::item::{Item, Suite};
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::settings::{ModelInfo, RunInfo};
use fdsp::desk::{Desk, Order};
use fdsp::review::queue::Wish;
use fdsp::runner::update::{Doing, SlotState, Update};
use fdsp::store::Store;
use fdsp::tui::app::Start;
use fdsp::tui::app::message::{Message, RunData};
use fdsp::tui::bench::Message as Said;
use fdsp::tui::bench::run::answer;
use fdsp::tui::style::{ColourDepth, Theme};
use ratatui::buffer::Buffer;

use crate::bytes::{HOSTILE, check};
use crate::review_bench::Driver;
use crate::support::bench::Bench;
use crate::support::executed::execution;
use crate::support::fdsp::Fdsp;
use crate::support::fixture::{self, FDSP, GENERATE, Script, refine};

const RUN: &str = "hostile";
/// Signs that stand for what was not let through.
const SHOWN: [char; 5] = ['⟦', '␛', '␍', '␈', '␇'];

fn info(evil: &str) -> RunInfo {
    let model = ModelInfo { name: format!("m{evil}"), model: format!("m{evil}"), ..fixture::info().model };
    RunInfo { id: RUN.to_owned(), dataset: format!("d{evil}"), model, ..fixture::info() }
}

fn finding(evil: &str) -> Finding {
    let rule = format!("B1{evil}");
    let found = fixture::finding(&rule, &format!("name{evil}"), 89, 2, &format!("{evil} message {evil}"));
    Finding { suppressed: Some(format!("nosec{evil}")), ..found }
}

/// A fix that two annotators differ on and a test has judged, a request that failed, code that does not parse.
fn items(evil: &str) -> Vec<(Item, Script)> {
    let code = |word: &str| format!("# {evil}\n{word} = '{evil}'\n\t{evil}\n");
    let open = Finding { suppressed: None, ..finding(evil) };
    let (before, after) = (code("before"), code("after"));
    let title = format!("way {evil}");
    let mut fixed = Script::default()
        .version(Step::Generate, &before, &[(evil, 1)], vec![open.clone(), finding(evil)])
        .generated()
        .proposed(&[&title, &title])
        .version(refine(1, 1), &before, &[], vec![open])
        .version(refine(2, 1), &after, &[(evil, 2)], vec![finding(evil)])
        .stopped(StopReason::Fixed);
    let scanner = ScannerId { name: format!("other{evil}"), version: format!("1{evil}") };
    for (stream, step) in [(GENERATE, Step::Generate), (FDSP, refine(2, 1))] {
        let scan = Scan { scanner: scanner.clone(), error: None, findings: vec![finding(evil)] };
        fixed.0.push((stream, Event::Rescanned(Scanned { step, scan })));
        let text = |words: &str| Captured { text: format!("{words}{evil}\n").into(), bytes: 9, cut: true };
        let mut execution = execution(false);
        (execution.stdout, execution.stderr) = (text("out"), text("err"));
        execution.python = format!("3{evil}");
        for assertion in &mut execution.assertions {
            assertion.message = Some(format!("said {evil}"));
            assertion.source = format!("assert '{evil}'");
        }
        fixed.0.push((stream, Event::Executed(Box::new(Executed { step, execution }))));
    }
    let hash = fdsp::core::text::Text::from(after).hash();
    for (author, verdict) in [("ann", LabelVerdict::Realistic), ("bob", LabelVerdict::Unrealistic)] {
        let label = Label {
            verdict: Some(verdict),
            reasons: vec![format!("reason{evil}")],
            comment: Some(format!("{evil} comment {evil}")),
            lines: Some((1, 2)),
            seconds: 3.0,
            ..Label::on(&format!("{author}{evil}"), refine(2, 1), &hash)
        };
        fixed.0.push((FDSP, Event::Labelled(label)));
    }
    let mut failed = Script::default().version(Step::Generate, &before, &[], vec![finding(evil)]).generated();
    failed = failed.asked(Step::Solutions, &before);
    failed.0.push((
        FDSP,
        Event::CallFailed(CallFailed {
            step: Step::Solutions,
            reason: format!("half{evil}"),
            message: format!("broke {evil}"),
            status: None,
            partial: Some(evil.into()),
            tries: 2,
            seconds: 1.0,
        }),
    ));
    failed.0.push((FDSP, Event::Failed(Failed { message: format!("failed {evil}") })));
    let broken = Script::default()
        .asked(Step::Generate, "")
        .answered(Step::Generate, evil, 1.0)
        .taken(Step::Generate, Some("def f(:\n"))
        .checked(Step::Generate, Some((1, evil)), &[])
        .scanned(Step::Generate, Vec::new())
        .generated()
        .stopped(StopReason::Invalid);
    let item = |name: &str| Item {
        cwe: vec![89],
        area: Some(format!("area{evil}")),
        suite: Some(Box::new(Suite {
            test: format!("def check(candidate):\n    assert '{evil}'\n").into(),
            entry_point: format!("f{evil}"),
            ..Suite::default()
        })),
        ..Item::new(format!("{name}{evil}"), format!("Write {evil}\nand {evil} again."))
    };
    vec![(item("fixed"), fixed), (item("failed"), failed), (item("broken"), broken)]
}

/// Keys that lead from the steps to every other screen and pane; `+` pastes the hostile text.
const WALKS: [&str; 9] = [
    "1 W W 2 d W w z _ # d 3 j 4 j 5 j 6 n home ] ] ] ] ] ] end % esc Z Z",
    "v esc y esc g esc : + esc / + enter esc ? / + esc esc",
    "u c + enter",
    "c + enter",
    "V space k l h j",
    "D j f tab tab r + enter u + esc",
    "m ? esc tab tab tab tab tab tab tab tab tab tab tab tab tab tab enter j esc w v / + enter",
    "o v f j enter",
    "esc / + enter s S E esc g r j n tab + tab + tab + ctrl-s",
];

fn walk(keys: &str, evil: &str, size: (u16, u16), seen: &mut BTreeSet<String>) {
    let theme = Theme::resolve("dark", ColourDepth::True).expect("a theme");
    let items: Vec<(Item, Vec<Entry>)> =
        items(evil).into_iter().map(|(item, script)| (item, script.entries())).collect();
    let start = Start::Run { run: RUN.to_owned(), item: Some(items[0].0.id.clone()) };
    let mut bench = Bench::of_run(info(evil), items, start, size, theme, ColourDepth::True);
    bench.app.author = format!("me{evil}");
    let mut frames: Vec<Buffer> = Vec::new();
    let mut look = |bench: &Bench| {
        if bench.screen().contains(SHOWN) {
            let overlay = bench.app.overlay.as_ref().map(|overlay| format!("{overlay:?}"));
            let overlay = overlay.map(|it| it.split([' ', '(', '{']).next().unwrap_or_default().to_owned());
            let tab = (format!("{:?}", bench.app.screen) == "Steps").then_some(bench.app.tab);
            seen.insert(format!("{:?} {tab:?} {overlay:?}", bench.app.screen));
        }
        let frame = bench.buffer();
        if frames.last() != Some(&frame) {
            frames.push(frame);
        }
    };
    look(&bench);
    for key in keys.split(' ') {
        match key {
            "+" => bench.send(Message::Paste(format!("a{evil}"))),
            key => {
                bench.keys(key);
            }
        }
        look(&bench);
    }
    for message in [
        Message::Told(format!("told {evil}")),
        Message::Begun(Err(format!("not begun {evil}"))),
        Message::Ended(format!("ended {evil}")),
    ] {
        bench.send(message);
        look(&bench);
    }
    let known = bench.items.iter().map(|(item, _)| item.clone()).collect();
    let data = RunData {
        info: bench.info.clone(),
        items: known,
        rows: Vec::new(),
        history: Vec::new(),
        guidelines: Vec::new(),
    };
    bench.send(Message::Begun(Ok(Box::new(data))));
    bench.app.wall = jiff::Timestamp::UNIX_EPOCH;
    let retried = Doing::Retrying { until: bench.app.wall, attempt: 1, of: 2, reason: format!("429{evil}") };
    let doing = [Doing::Receiving { tokens: 3, tail: format!("x\n{evil} tail") }, retried, Doing::Testing];
    let busy = |doing| SlotState::Busy { item: format!("fixed{evil}"), stream: FDSP, step: refine(1, 1), doing };
    let slots = doing.into_iter().enumerate().map(|(slot, doing)| Update::Slot { slot, state: busy(doing) });
    bench.send(Message::Live(slots.collect()));
    look(&bench);
    check(&frames);
}

fn texts() -> impl Iterator<Item = (String, (u16, u16))> {
    // What is not ended must not swallow the one after it.
    let some = HOSTILE.chunks(3).map(|some| (some.join(" "), (100, 30)));
    some.chain([(80, 24), (160, 50)].map(|size| (HOSTILE.concat(), size)))
}

#[test]
fn every_screen_of_the_workbench_shows_hostile_text() {
    let mut seen = BTreeSet::new();
    for (evil, size) in texts() {
        for keys in WALKS {
            walk(keys, &evil, size, &mut seen);
        }
    }
    let screens = ["Runs", "Items", "Live", "Form", "Report", "Scanners", "Adjudication", "Lattice"];
    let tabs = ["Code", "Diff", "Findings", "Prompt", "Answer", "Test"].map(|tab| format!("Steps Some({tab})"));
    for place in screens.map(str::to_owned).into_iter().chain(tabs) {
        assert!(seen.iter().any(|it| it.starts_with(&place)), "nothing hostile was shown on {place}: {seen:?}");
    }
    assert!(seen.iter().filter(|it| !it.ends_with("None")).count() >= 6, "{seen:?}");
}

/// A store with the run; what a store refuses of an id is left out of it.
async fn stored(home: &Fdsp, evil: &str) -> Store {
    let store = Store::open(&home.db()).await.expect("a store");
    let items = items(evil);
    let known: Vec<Item> = items.iter().map(|(item, _)| item.clone()).collect();
    store.create_run(&info(evil), &known).await.expect("a run");
    for (item, script) in items {
        store.append(RUN, &item.id, script.0).await.expect("its events");
    }
    store
}

#[tokio::test]
async fn every_pane_of_the_review_shows_hostile_text() {
    for (evil, size) in texts() {
        for blind in [true, false] {
            let home = Fdsp::new();
            let store = stored(&home, &evil).await;
            let wish = Wish { runs: vec![RUN.to_owned()], blind, every: true, overlap: 9, ..Wish::default() };
            let order = Order { author: format!("me{evil}"), wish, anew: false, guideline: None };
            let mut desk = Desk::open(store, order).await.expect("a desk");
            let mut driver = Driver::new(size, blind);
            driver.bench.author = format!("me{evil}");
            let (mut frames, mut shown) = (vec![driver.buffer()], 0);
            let keys = "d W d p b a V y tab tab ? esc c + enter F u enter d U p ctrl-r x x x";
            for key in [""].into_iter().chain(keys.split(' ')) {
                match key {
                    "" => {}
                    "+" => {
                        driver.types(&format!("1-2: a{evil}"));
                    }
                    key => {
                        driver.keys(key);
                    }
                }
                while let Some(ask) = driver.asked.pop() {
                    let answered = answer(&mut desk, ask).await.map_err(|error| error.to_string());
                    driver.send(Said::Answered(answered, Box::new(desk.progress())));
                }
                shown += usize::from(driver.screen().contains(SHOWN));
                frames.push(driver.buffer());
            }
            assert!(shown > 12, "{shown} of {} screens show it", frames.len());
            assert!(driver.bench.ended.is_some(), "{}", driver.screen());
            driver.send(Said::Answered(Err(format!("trouble {evil}")), Box::new(desk.progress())));
            frames.push(driver.buffer());
            check(&frames);
        }
    }
}

/// What may stand in an output besides what can be seen.
fn acts(text: &str) -> Option<String> {
    let at = text.find(|c| is_hidden(c) && c != '\n')?;
    let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
    Some(format!("{:?} in {:?}", text[at..].chars().next(), text[line..].lines().next().unwrap_or_default()))
}

#[test]
fn the_plain_review_shows_hostile_text() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (evil, _) in texts() {
        let home = Fdsp::new();
        drop(runtime.block_on(stored(&home, &evil)));
        for blind in [&["--blind"][..], &[]] {
            let author = format!("me{evil}{}", blind.len());
            let wanted = ["review", RUN, "--plain", "--every", "--overlap", "9", "--annotator", &author];
            let mut command = home.command(&[&wanted[..], blind].concat());
            let (stdin, stdout, stderr) = (Stdio::piped(), Stdio::piped(), Stdio::piped());
            let mut child = command.stdin(stdin).stdout(stdout).stderr(stderr).spawn().expect("it starts");
            let one_line = evil.replace(['\r', '\n'], " ");
            let said = format!("p\nb\na\nd\ni\nv\n{one_line}\nc 1-2: {one_line}\nu {one_line}\nundo\nredo\nr\nq\n");
            child.stdin.take().expect("piped").write_all(said.as_bytes()).expect("it reads");
            let output = child.wait_with_output().expect("its end");
            let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
            assert!(output.status.success(), "{out}{err}");
            assert!(out.contains(SHOWN) && out.contains("Stored; undo") && out.contains("Put back."), "{out}");
            assert_eq!(acts(&out).or(acts(&err)), None, "{evil:?}");
        }
    }
}

#[test]
fn no_export_lets_hostile_text_act() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut faults = BTreeSet::new();
    for (evil, _) in texts() {
        let evil = evil.as_str();
        let home = Fdsp::new();
        drop(runtime.block_on(stored(&home, evil)));
        let guideline = home.home().join("hostile.toml");
        let escaped: String = evil.chars().map(|c| format!("\\U{:08X}", c as u32)).collect();
        let mut text = format!("version = 1\ntitle = \"t{escaped}\"\nintroduction = \"i{escaped}\"\n");
        text += &format!("[[reason]]\nid = \"odd\"\nkey = \"o\"\nname = \"n{escaped}\"\nmeaning = \"m{escaped}\"\n");
        std::fs::write(&guideline, text).expect("written");
        let fixed = format!("fixed{evil}");
        let place = format!("{RUN}/{fixed}/fdsp");
        let mut commands: Vec<Vec<&str>> = vec![
            vec!["runs"],
            vec!["show", RUN],
            vec!["show", RUN, "--json"],
            vec!["show", RUN, &fixed],
            vec!["show", RUN, &fixed, "--json"],
            vec!["show", &place],
            vec!["report", RUN, "--hints"],
            vec!["labels", "agreement", RUN],
            vec!["labels", "verify", RUN],
            vec!["guideline", "--guideline", "hostile.toml"],
            vec!["guideline", "--guideline", "hostile.toml", "--json"],
            // What is refused is told with the words that were given.
            vec!["show", evil],
            vec!["show", RUN, evil],
            vec!["export", evil],
        ];
        for format in ["jsonl", "csv", "label-studio", "prodigy"] {
            commands.push(vec!["labels", "export", RUN, "--format", format]);
        }
        for format in ["jsonl", "csv", "sarif"] {
            commands.push(vec!["export", RUN, "--format", format, "--labels", "--versions"]);
            commands.push(vec!["export", RUN, "--format", format]);
        }
        for format in ["text", "markdown", "csv", "latex", "json", "html"] {
            commands.push(vec!["report", RUN, "--format", format]);
        }
        for arguments in commands {
            let output = home.output(&arguments);
            let shown: Vec<String> = arguments.iter().map(|word| word.replace(evil, "EVIL")).collect();
            // A line of CSV ends with `\r\n` where its standard is followed.
            let out =
                if shown.contains(&"csv".to_owned()) { output.stdout.replace("\r\n", "\n") } else { output.stdout };
            if let Some(fault) = acts(&out).or(acts(&output.stderr)) {
                faults.insert(format!("{}: {fault}", shown.join(" ")));
            }
        }
    }
    assert!(faults.is_empty(), "{} outputs act:\n{}", faults.len(), faults.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn the_check_of_outputs_notices() {
    assert!(acts("fine\nx\u{9b}31m").is_some_and(|fault| fault.contains("x")));
    assert_eq!(acts("fine ␛[31m ⟦U+202E⟧\n"), None);
}
