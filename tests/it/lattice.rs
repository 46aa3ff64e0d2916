//! The lattice of an item: what it shows, moving in it, from a cell to the diff of two cells.

use fdsp::core::event::{Event, Executed, Proposed, Solution, StopReason, Stopped};
use fdsp::core::finding::Finding;
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::item::Item;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::settings::{RunInfo, Settings};
use fdsp::tui::app::Start;
use fdsp::tui::app::model::{Screen, Tab};
use fdsp::tui::app::shown::Body;
use fdsp::tui::style::{ColourDepth, Signs, Theme};

use crate::screens::styled;
use crate::support::bench::Bench;
use crate::support::executed::execution;
use crate::support::fixture::{self, FDSP, GENERATE, finding, refine};

const DIRECT: StreamId = StreamId { approach: ApproachId::Direct, sample: 0 };
const ONE: Step = Step::Refine { solution: None, iteration: 1 };

fn shell(rule: &str, line: u32) -> Finding {
    finding(rule, "shell", 78, line, "subprocess call with shell=True identified, security issue.")
}

fn info() -> RunInfo {
    let approaches = vec![ApproachId::Direct, ApproachId::Fdsp];
    RunInfo { settings: Settings { approaches, ..fixture::info().settings }, ..fixture::info() }
}

fn code(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// S1: B602 becomes B605, goes, and is back; a password comes. S2: does not parse, then a fix that fails its test and is
/// in dispute. S3: not needed. Direct prompting: fixed.
pub fn bench(size: (u16, u16), theme: Theme, depth: ColourDepth) -> Bench {
    let script = fixture::Script::default()
        .version(
            Step::Generate,
            &code(&["import subprocess", "def run(x):", "    subprocess.run(x, shell=True)"]),
            &[],
            vec![finding("B404", "import", 78, 1, "Consider the import."), shell("B602", 3)],
        )
        .generated()
        .proposed(&["quote what is put into the command", "pass a list \u{1b}[31m漢字", "refuse odd characters"])
        .version(
            refine(1, 1),
            &code(&["import os", "", "def run(x):", "    os.system(x)"]),
            &[("quote", 4)],
            vec![shell("B605", 4)],
        )
        .version(
            refine(1, 2),
            &code(&["def run(x):", "    return None"]),
            &[],
            vec![finding("B105", "password", 259, 2, "Possible hardcoded password.")],
        )
        .version(refine(1, 3), &code(&["import os", "def run(x):", "    os.system(x)"]), &[], vec![shell("B605", 3)])
        .asked(refine(2, 1), "")
        .answered(refine(2, 1), "```python\ndef (:\n```\n", 3.1)
        .taken(refine(2, 1), Some("def (:\n"))
        .checked(refine(2, 1), Some((1, "expected a name")), &[])
        .scanned(refine(2, 1), Vec::new())
        .version(refine(2, 2), &code(&["def run(x):", "    return [x]"]), &[("subprocess", 1)], Vec::new())
        .stopped(StopReason::Fixed);
    let mut events = script.0;
    let fixed =
        fixture::Script::default().version(ONE, &code(&["def run(x):", "    raise ValueError(x)"]), &[], Vec::new());
    events.extend(fixed.0.into_iter().map(|(_, event)| (DIRECT, event)));
    events.push((DIRECT, Event::Stopped(Stopped { reason: StopReason::Fixed })));
    let executed = |step, pass| Event::Executed(Box::new(Executed { step, execution: execution(pass) }));
    events.push((GENERATE, executed(Step::Generate, true)));
    events.push((FDSP, executed(refine(2, 2), false)));
    let hash = events.iter().rev().find_map(|(stream, event)| match event {
        Event::Extracted(it) if *stream == FDSP => it.code.as_ref().map(fdsp::core::text::Text::hash),
        _ => None,
    });
    for (author, verdict) in [("ben", LabelVerdict::Realistic), ("eva", LabelVerdict::Unrealistic)] {
        let code = hash.as_deref().expect("code");
        let label = Label { verdict: Some(verdict), ..Label::on(author, refine(2, 2), code) };
        events.push((FDSP, Event::Labelled(label)));
    }
    let item = Item { cwe: vec![78], ..Item::new("run-command", "Write a function that runs a command.") };
    let items = vec![(item, fixture::Script(events).entries())];
    let start = Start::Run { run: fixture::RUN.to_owned(), item: Some("run-command".to_owned()) };
    let mut bench = Bench::of_run(info(), items, start, size, theme, depth);
    bench.keys("V");
    bench
}

fn plain(size: (u16, u16)) -> Bench {
    bench(size, Theme::plain(), ColourDepth::Mono)
}

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

#[test]
fn the_lattice_of_an_item() {
    for size in [(80, 24), (160, 50)] {
        let mut bench = plain(size);
        snapshot("lattice", &bench);
        bench.keys("space k right right");
        snapshot("lattice-marked", &bench);
        bench.keys("enter");
        snapshot("lattice-two-cells", &bench);
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("V");
        snapshot("lattice-fdsp", &bench);
    }
}

#[test]
fn themes_and_ascii() {
    for (name, depth) in [("dark", ColourDepth::True), ("light", ColourDepth::True), ("ansi16", ColourDepth::Ansi16)] {
        let theme = Theme::resolve(name, depth).expect("a theme");
        let mut bench = bench((100, 24), theme, depth);
        bench.keys("space h");
        insta::assert_snapshot!(format!("lattice-theme-{name}"), styled(&bench.buffer()));
    }
    for size in [(80, 24), (160, 50)] {
        let bench = bench(size, Theme::plain().with_signs(Signs::ASCII), ColourDepth::Mono);
        let screen = bench.screen();
        // The title of a solution is the model's, and shown as it is.
        assert!(screen.lines().filter(|line| !line.contains("pass a list")).all(str::is_ascii), "{screen}");
        snapshot("lattice-ascii", &bench);
    }
}

fn cursor(bench: &Bench) -> (usize, usize) {
    bench.app.grid.cursor
}

#[test]
fn a_cell_opens_in_the_diff_and_the_way_back_leads_to_it() {
    let mut bench = plain((160, 50));
    // It opens on the version that was looked at: the fix.
    assert_eq!(cursor(&bench), (2, 2));
    bench.keys("left left left left");
    assert_eq!(cursor(&bench), (2, 0));
    bench.keys("k k k l l l");
    // A baseline has one refinement.
    assert_eq!(cursor(&bench), (0, 1));
    bench.keys("enter");
    let item = bench.app.item.as_ref().expect("an item");
    assert_eq!((bench.app.screen, bench.app.tab, item.stream), (Screen::Steps, Tab::Diff, DIRECT));
    assert_eq!(item.selected().map(|(stream, version)| (stream, version.step)), Some((DIRECT, ONE)));
    assert_eq!(item.compared_with().map(|(stream, _)| stream), Some(GENERATE));
    bench.keys("esc");
    assert_eq!((bench.app.screen, cursor(&bench)), (Screen::Lattice, (0, 1)));
    // Back to where it was called from, and from there to the items as ever.
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Steps);
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Items);
    bench.keys("V");
    assert_eq!(bench.app.screen, Screen::Lattice);
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Items);
}

#[test]
fn any_two_cells_are_compared() {
    let mut bench = plain((160, 50));
    bench.keys("v k right enter");
    let item = bench.app.item.as_ref().expect("an item");
    let names = |it: Option<(StreamId, &fdsp::core::fold::Version)>| it.map(|(stream, version)| (stream, version.step));
    assert_eq!(names(item.selected()), Some((FDSP, refine(1, 3))));
    assert_eq!(names(item.compared_with()), Some((FDSP, refine(2, 2))));
    assert!(matches!(bench.app.shown.body, Body::Diff(_)));
    // The mark stays; esc takes it off before it leaves.
    bench.keys("esc");
    assert_eq!(bench.app.grid.marked, Some((FDSP, refine(2, 2))));
    bench.keys("esc");
    assert_eq!((bench.app.screen, bench.app.grid.marked), (Screen::Lattice, None));
    bench.keys("enter");
    assert_eq!(bench.app.item.as_ref().and_then(|item| item.base), None);
    // Each mark says what it is for, or what it takes the place of.
    let told = |bench: &Bench| bench.app.toast.as_ref().map_or(String::new(), |toast| toast.text.clone());
    bench.keys("esc v");
    assert_eq!(told(&bench), "fdsp S1·k3 marked · enter on another cell compares the two");
    assert!(bench.screen().contains("h j k l move") && bench.screen().contains("enter compare"), "{}", bench.screen());
    bench.keys("left v");
    assert_eq!(told(&bench), "fdsp S1·k2 is marked now, fdsp S1·k3 no more");
    bench.keys("v");
    assert_eq!(told(&bench), "fdsp S1·k2 is marked no more");
    bench.keys("right enter");
    // What was never made opens nothing.
    bench.keys("esc G right right right enter");
    assert_eq!(bench.app.screen, Screen::Lattice);
    assert!(bench.screen().contains("this try was not needed"));
}

#[test]
fn a_label_given_elsewhere_is_in_the_cell() {
    let mut bench = plain((160, 50));
    assert!(bench.screen().contains("all labels: in dispute"));
    // The label leads on to the next fix; the lattice opens there.
    bench.keys("enter u enter V j j right");
    let screen = bench.screen();
    assert!(screen.contains("your label: unrealistic") && screen.contains("U[≠]"), "{screen}");
}

#[test]
fn the_lattice_follows_the_replay() {
    let mut bench = plain((160, 50));
    bench.keys("esc home V");
    assert!(bench.app.grid.lattice.rows.iter().flat_map(|row| &row.cells).all(|cell| cell.seen().is_none()));
    assert!(bench.screen().contains("to come"));
    bench.keys("esc end V");
    assert_eq!(
        bench.app.grid.lattice.rows.iter().flat_map(|row| &row.cells).filter(|it| it.seen().is_some()).count(),
        10
    );
}

#[test]
fn hostile_titles_are_shown_and_many_columns_are_scrolled() {
    let mut bench = plain((80, 24));
    for size in [(60, 15), (61, 16), (80, 24), (100, 20), (139, 40), (220, 60)] {
        bench.resize(size);
        for keys in ["G", "right right right right", "g", "left"] {
            bench.keys(keys);
            let screen = bench.screen();
            assert!(!screen.contains('\u{1b}'));
        }
    }
    let solutions = (1..=9).map(|j| Solution { title: format!("way {j}"), text: "t".into() }).collect();
    let mut script = fixture::Script::default().version(Step::Generate, "x\n", &[], vec![shell("B602", 1)]).generated();
    script.0.push((FDSP, Event::Proposed(Proposed { wanted: 9, solutions })));
    let script = (1..=12).fold(script, |script, k| script.version(refine(9, k), "x\n", &[], vec![shell("B602", 1)]));
    let mut settings = info();
    settings.settings.approaches = vec![ApproachId::Fdsp];
    let items = vec![(Item::new("long", "p"), script.entries())];
    let start = Start::Run { run: fixture::RUN.to_owned(), item: Some("long".to_owned()) };
    let mut bench = Bench::of_run(settings, items, start, (80, 15), Theme::plain(), ColourDepth::Mono);
    bench.keys("V g g G right right right right right right right right right right right right");
    assert_eq!(cursor(&bench), (8, 12));
    let screen = bench.screen();
    assert!(screen.contains("k12") && screen.contains("way 9") && !screen.contains("generated  "), "{screen}");
}
