//! The report and the scanners' screen: what they show, what stands behind each number, and what a label changes.

use std::collections::BTreeMap;

use fdsp::core::event::{Entry, Event};
use fdsp::core::fold::ItemState;
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::metrics::{Labels, RunRows};
use fdsp::runner::update::Update;
use fdsp::store::Store;
use fdsp::tui::app::Start;
use fdsp::tui::app::keys::Chord;
use fdsp::tui::app::message::{Effect, Message};
use fdsp::tui::app::model::Screen;
use fdsp::tui::app::report::sheet::Place;
use fdsp::tui::app::report::{Page, Report};
use fdsp::tui::app::timeline::Node;
use fdsp::tui::counting::Counting;
use fdsp::tui::style::{ColourDepth, Signs, Theme};

use crate::screens::styled;
use crate::support::bench::Bench;
use crate::support::{experiments, stored, study};
use crate::workbench::live_run;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];
const WIDE: (u16, u16) = (160, 50);

pub fn bench(size: (u16, u16), theme: Theme, depth: ColourDepth) -> Bench {
    Bench::of_run(study::info(), study::items(), Start::Runs, size, theme, depth)
}

fn plain(size: (u16, u16)) -> Bench {
    bench(size, Theme::plain(), ColourDepth::Mono)
}

fn report(bench: &Bench) -> &Report {
    bench.app.report.as_ref().expect("a report")
}

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

/// Puts the cursor on the cell of a line and a column.
fn go_to(bench: &mut Bench, line: &str, column: &str) {
    let sheet = &report(bench).sheet;
    let wanted = Place {
        line: sheet.lines.iter().position(|known| known.name == line && !known.cells.is_empty()).expect("a line"),
        column: sheet.columns.iter().position(|known| known.head == column).expect("a column"),
    };
    bench.keys("g g h h h h h h h h h");
    for _ in 0..100 {
        let at = report(bench).place().expect("a cell");
        match (at.line.cmp(&wanted.line), at.column.cmp(&wanted.column)) {
            (std::cmp::Ordering::Less, _) => bench.keys("j"),
            (_, std::cmp::Ordering::Less) => bench.keys("l"),
            _ => break,
        };
    }
    assert_eq!(report(bench).place(), Some(wanted), "{line} {column} can be reached");
}

/// Every cell of the page by its names.
fn cells(bench: &Bench) -> BTreeMap<(String, String), String> {
    let sheet = &report(bench).sheet;
    let lines = sheet.lines.iter().filter(|line| !line.cells.is_empty());
    lines
        .flat_map(|line| {
            line.cells
                .iter()
                .zip(&sheet.columns)
                .map(|(cell, column)| ((line.name.clone(), column.head.clone()), cell.text.clone()))
        })
        .collect()
}

#[test]
fn every_page() {
    for size in SIZES {
        let mut bench = plain(size);
        bench.keys("m");
        for page in Page::EVERY {
            assert_eq!(report(&bench).page, page);
            snapshot(&format!("{page:?}").to_lowercase(), &bench);
            bench.keys("tab");
        }
        bench.keys("w v");
        snapshot("table1-paper", &bench);
        bench.keys("j enter");
        snapshot("behind", &bench);
        bench.keys("esc o");
        snapshot("scanners-all", &bench);
        bench.keys("v f j");
        snapshot("scanners-apart", &bench);
    }
}

fn experiments_bench(size: (u16, u16)) -> Bench {
    let (info, items) = (experiments::info(), experiments::items());
    Bench::of_run(info, items, Start::Runs, size, Theme::plain(), ColourDepth::Mono)
}

#[test]
fn the_pages_of_tests() {
    for size in SIZES {
        let mut bench = experiments_bench(size);
        bench.keys("m");
        assert_eq!(report(&bench).page, Page::PassAtK, "a run that refines nothing opens on its tests");
        for page in [Page::PassAtK, Page::Curve, Page::Types, Page::Steps, Page::Tests] {
            assert_eq!(report(&bench).page, page);
            snapshot(&format!("tested-{page:?}").to_lowercase(), &bench);
            bench.keys("tab");
        }
        bench.keys("shift-tab j l enter");
        snapshot("tested-behind", &bench);
    }
}

#[test]
fn a_number_of_tests_leads_to_the_test() {
    let mut bench = experiments_bench(WIDE);
    bench.keys("enter m");
    go_to(&mut bench, "generate-aware", "pass");
    let passing: u32 = experiments::ITEMS.iter().map(|line| line.4[1]).sum();
    assert_eq!(report(&bench).behind().len() as u32, passing);
    go_to(&mut bench, "generate-aware", "k=5");
    assert_eq!(report(&bench).behind().len(), experiments::ITEMS.len() * experiments::N as usize);
    bench.keys("enter j enter");
    assert_eq!(bench.app.screen, Screen::Steps);
    let open = bench.app.item.as_ref().expect("an item");
    assert_eq!((open.item.id.as_str(), open.stream), ("CWE-020_author_1", StreamId::new(ApproachId::GenerateAware, 1)));
    assert!(bench.screen().contains("assert candidate(1) == 1"), "{}", bench.screen());
    bench.keys("esc");
    assert_eq!((bench.app.screen, report(&bench).evidence), (Screen::Report, Some(1)));
}

/// What a cell shows as a count is what stands behind it.
#[test]
fn counts_of_tests_are_as_many_as_they_say() {
    let mut bench = experiments_bench(WIDE);
    bench.keys("m");
    let mut counted = 0;
    for _ in 0..5 {
        let sheet = report(&bench).sheet.clone();
        for (cell, column) in sheet.lines.iter().flat_map(|line| line.cells.iter().zip(&sheet.columns)) {
            let Some(evidence) = &cell.evidence else { continue };
            assert!(!cell.what.is_empty() && !cell.detail.is_empty(), "{}", cell.text);
            if matches!(column.head.as_str(), "pass" | "passes" | "fails" | "other" | "tested")
                && let Ok(count) = cell.text.split('/').next().unwrap_or_default().parse::<usize>()
            {
                assert_eq!(evidence.len(), count, "{} {}", cell.what, cell.text);
                counted += 1;
            }
        }
        bench.keys("tab");
    }
    assert!(counted > 30, "{counted}");
}

/// Two runs of the same items: each has its own lines, and its own samples behind them.
#[test]
fn tests_of_several_runs_stand_below_one_another() {
    let mut bench = experiments_bench(WIDE);
    let ids: Vec<String> = bench.items.iter().map(|(item, _)| item.id.clone()).collect();
    let info = fdsp::core::settings::RunInfo { id: "another".to_owned(), ..bench.info.clone() };
    let about = bench.items.iter().map(|(item, _)| (item.id.clone(), item.into())).collect();
    bench.others.push(RunRows::new(info, &ids, bench.rows()).with_about(about));
    bench.send(Message::Changed);
    bench.keys("m");
    for page in [Page::PassAtK, Page::Curve, Page::Types, Page::Steps, Page::Tests] {
        assert_eq!(report(&bench).page, page);
        let sheet = &report(&bench).sheet;
        let of_run = |wanted: u32, name: &str| {
            let lines = sheet.lines.iter().filter(|line| line.section.ends_with(name));
            let rows = lines.flat_map(|line| line.cells.iter().filter_map(|cell| cell.evidence.as_ref())).flatten();
            let rows: Vec<u32> = rows.map(|at| at.run).collect();
            assert!(!rows.is_empty() && rows.iter().all(|run| *run == wanted), "{page:?} {name}: {rows:?}");
        };
        of_run(0, "· experiments");
        of_run(1, "· another");
        bench.keys("tab");
    }
}

#[test]
fn tests_that_did_not_run_say_how_to_run_them() {
    let mut items = experiments::items();
    for (_, entries) in &mut items {
        entries.retain(|entry| !matches!(entry.event, fdsp::core::event::Event::Executed(_)));
    }
    let mut bench = Bench::of_run(experiments::info(), items, Start::Runs, WIDE, Theme::plain(), ColourDepth::Mono);
    bench.keys("m");
    assert_eq!(report(&bench).page, Page::Table1, "{}", bench.screen());
    bench.keys("shift-tab");
    assert!(bench.screen().contains("fdsp test RUN"), "{}", bench.screen());
}

#[test]
fn themes_and_signs() {
    for (name, depth) in [("dark", ColourDepth::True), ("light", ColourDepth::True), ("ansi16", ColourDepth::Ansi16)] {
        let mut bench = bench((100, 24), Theme::resolve(name, depth).expect("a theme"), depth);
        bench.keys("m j");
        insta::assert_snapshot!(format!("theme-{name}"), styled(&bench.buffer()));
    }
    let mut bench = bench((80, 24), Theme::plain().with_signs(Signs::ASCII), ColourDepth::Mono);
    bench.keys("m tab tab tab");
    let screen = bench.screen();
    assert!(screen.is_ascii(), "{screen}");
    snapshot("ascii-figure3", &bench);
}

#[test]
fn every_size_draws() {
    let mut bench = plain((60, 15));
    bench.keys("m");
    for width in (60..=220).step_by(9) {
        for height in [15, 20, 33, 60] {
            bench.resize((width, height));
            for keys in ["tab", "enter", "esc", "l", "o", "f", "m", "w"] {
                bench.keys(keys);
                if bench.app.screen != Screen::Report && bench.app.screen != Screen::Scanners {
                    bench.keys("m");
                }
                assert_eq!(bench.buffer().area.width, width);
            }
        }
    }
}

#[test]
fn it_is_there_before_its_numbers() {
    let mut bench = plain(WIDE);
    bench.hold_counts = true;
    bench.keys("m");
    assert_eq!(bench.app.screen, Screen::Report);
    assert!(bench.screen().contains("counting…"), "{}", bench.screen());
    bench.keys("tab j l enter");
    bench.release();
    assert!(bench.screen().contains("Exact McNemar test"), "{}", bench.screen());
}

#[test]
fn numbers_that_cannot_be_read_say_so() {
    let mut bench = plain(WIDE);
    bench.hold_counts = true;
    bench.keys("m");
    let Some(Effect::Count { generation, .. }) = bench.held.pop() else { panic!("no count") };
    bench.send(Message::Counted(generation, Err("the disk is gone".to_owned())));
    assert!(bench.screen().contains("the numbers could not be read: the disk is gone"), "{}", bench.screen());
    bench.hold_counts = false;
    bench.keys("esc m");
    assert!(bench.screen().contains("of all"), "asked again when it is opened again: {}", bench.screen());
}

#[test]
fn numbers_that_were_overtaken_are_dropped() {
    let mut bench = plain(WIDE);
    bench.hold_counts = true;
    bench.keys("m tab tab tab tab tab tab a");
    assert_eq!(bench.held.len(), 2, "the first count is overtaken");
    let late = bench.held.remove(0);
    bench.release();
    assert!(bench.screen().contains("Figure 4 · findings that direct leaves"), "{}", bench.screen());
    bench.answer(late);
    bench.send(Message::Resized(160, 50));
    assert!(bench.screen().contains("Figure 4 · findings that direct leaves"), "{}", bench.screen());
}

#[test]
fn what_stands_behind_a_number_is_as_many_as_it_says() {
    let mut bench = plain(WIDE);
    bench.keys("m");
    let mut opened = 0;
    for page in Page::EVERY {
        let sheet = report(&bench).sheet.clone();
        for (line, column) in sheet.lines.iter().flat_map(|line| line.cells.iter().zip(&sheet.columns)) {
            let Some(evidence) = &line.evidence else {
                assert!(line.text.is_empty(), "{page:?}: {} cannot be opened", line.text);
                continue;
            };
            let counts = match column.head.as_str() {
                "vulnerable" | "share" | "alike" | "kappa" | "p" | "drop" | "best" | "worst" | "of labelled" => {
                    continue;
                }
                "by the first" | "findings" | "left" | "of" | "versions" => continue,
                "of all" if page != Page::Table1 && page != Page::Table2 => continue,
                // The second number is how many there are; of labels and CWEs the first is how many stand behind.
                "of all" => line.text.rsplit('/').next(),
                _ => line.text.split('/').next(),
            };
            let count: usize = counts.and_then(|count| count.parse().ok()).expect("a number");
            assert_eq!(evidence.len(), count, "{page:?}: {} {}", line.what, line.text);
            opened += 1;
        }
        bench.keys("tab");
    }
    assert!(opened > 140, "{opened} cells");
}

#[test]
fn a_cell_leads_to_its_items_and_back() {
    let mut bench = plain(WIDE);
    bench.keys("enter m");
    go_to(&mut bench, "feedback", "vulnerable");
    let cell = report(&bench).place();
    let behind = report(&bench).behind().len();
    assert_eq!(behind, 4, "items 1, 3, 7 and 9: 5 is secure and 11 does not parse: {}", bench.screen());
    bench.keys("enter j j enter");
    assert_eq!(bench.app.screen, Screen::Steps);
    let open = bench.app.item.as_ref().expect("an item");
    assert_eq!(
        (open.item.id.as_str(), open.stream),
        ("sql-search-with-a-rather-long-name-of-its-own", StreamId::new(ApproachId::Feedback, 0))
    );
    bench.keys("esc");
    assert_eq!((bench.app.screen, report(&bench).evidence), (Screen::Report, Some(2)));
    bench.keys("esc");
    assert_eq!((report(&bench).evidence, report(&bench).place()), (None, cell));
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Items, "where it was opened");
    bench.keys("m");
    assert_eq!(report(&bench).place(), cell, "the cursor waits where it was left");
    // The generated code leads to the generated code, whichever refinement the item's line is about.
    go_to(&mut bench, "generated", "vulnerable");
    bench.keys("enter enter");
    let open = bench.app.item.as_ref().expect("an item");
    assert_eq!(open.selected().map(|(_, version)| version.step), Some(Step::Generate));
    bench.keys("m");
    assert_eq!((bench.app.screen, report(&bench).evidence), (Screen::Report, Some(0)), "m goes back, too");
    bench.keys("esc esc enter esc");
    assert_eq!(bench.app.screen, Screen::Items, "from the list the way back is the list");
}

#[test]
fn one_label_changes_its_cells_and_no_other() {
    let mut bench = plain(WIDE);
    bench.keys("m");
    let before = cells(&bench);
    bench.keys("w");
    let without = cells(&bench);
    bench.keys("w");
    go_to(&mut bench, "fdsp", "drop");
    bench.keys("enter");
    let behind = report(&bench).behind().len();
    bench.keys("j enter u enter esc");
    let changed = |bench: &Bench| -> Vec<(String, String, String, String)> {
        let now = cells(bench);
        let differ = before.iter().filter(|(at, text)| now[*at] != **text);
        differ
            .map(|((line, head), text)| {
                (line.clone(), head.clone(), text.clone(), now[&(line.clone(), head.clone())].clone())
            })
            .collect()
    };
    assert_eq!(bench.app.screen, Screen::Report, "{}", bench.screen());
    assert_eq!(report(&bench).behind().len(), behind - 1, "it is a fix no more");
    bench.keys("esc");
    let named = |all: &[(&str, &str, &str, &str)]| -> Vec<(String, String, String, String)> {
        all.iter().map(|(a, b, c, d)| ((*a).into(), (*b).into(), (*c).into(), (*d).into())).collect()
    };
    let wanted = named(&[
        ("fdsp", "best", "20.0 %", "30.0 %"),
        ("fdsp", "drop", "63.3", "53.3"),
        ("fdsp", "labelled", "0/6", "1/6"),
        ("fdsp", "of all", "2/10", "3/10"),
        ("fdsp", "unrealistic", "0", "1"),
        ("fdsp", "vulnerable", "20.0 %", "30.0 %"),
    ]);
    assert_eq!(changed(&bench), wanted);
    bench.keys("w");
    assert_eq!(cells(&bench), without, "without labels nothing changed");
    bench.keys("w enter");
    // Taken back, all is as it was.
    bench.keys("enter U esc esc");
    assert_eq!(changed(&bench), []);
}

#[test]
fn a_run_that_works_moves_its_numbers() {
    let mut bench = plain(WIDE);
    let items = bench.items.clone();
    for (_, entries) in &mut bench.items {
        entries.clear();
    }
    live_run(&mut bench);
    bench.keys("m");
    assert_eq!(cells(&bench)[&("generated".to_owned(), "of all".to_owned())], "0/0");
    bench.hold_counts = true;
    for (at, (item, entries)) in items.iter().enumerate().take(4) {
        bench.items[at].1 = entries.clone();
        bench.send(Message::Live(vec![Update::Entries { item: item.id.clone(), entries: entries.clone() }]));
    }
    assert_eq!(bench.held.len(), 1, "counts do not pile up");
    let Effect::Count { after, .. } = &bench.held[0] else { panic!("no count") };
    assert!(after.as_millis() >= 100, "a run that works is counted now and then");
    assert!(bench.screen().contains("counting again…"), "{}", bench.screen());
    bench.release();
    assert_eq!(cells(&bench)[&("generated".to_owned(), "of all".to_owned())], "4/4");
    assert!(!bench.screen().contains("counting again…"), "{}", bench.screen());
}

#[test]
fn other_runs_of_the_data_set_stand_beside() {
    let mut bench = plain(WIDE);
    let items: Vec<String> = bench.items.iter().map(|(item, _)| item.id.clone()).collect();
    let mut info = bench.info.clone();
    info.id = "another".to_owned();
    bench.others.push(RunRows::new(info.clone(), &items, bench.rows()));
    info.id = "elsewhere".to_owned();
    info.dataset_hash = "2".repeat(64);
    bench.others.push(RunRows::new(info, &items, Vec::new()));
    bench.send(Message::Changed);
    bench.keys("m");
    let groups = |bench: &Bench| {
        let mut groups: Vec<String> = report(bench).sheet.columns.iter().map(|column| column.group.clone()).collect();
        groups.dedup();
        groups
    };
    assert_eq!(groups(&bench), ["small-coder-1.5b · starter-all", "small-coder-1.5b · another"]);
    snapshot("two-runs", &bench);
    bench.keys("l l l l l l l l l l");
    snapshot("two-runs-right", &bench);
    // An item of the other run: that run is opened.
    bench.keys("h h h enter");
    assert_eq!(report(&bench).evidence, Some(0), "{}", bench.screen());
    let asked = bench.send_alone(Message::Key(Chord::parse("enter").expect("a key")));
    assert!(matches!(&asked[..], [Effect::LoadRun(_, run)] if run == "another"), "{asked:?}");
    bench.keys("esc B");
    assert_eq!(groups(&bench), ["small-coder-1.5b · starter-all"]);
}

#[test]
fn scanners_are_compared_item_by_item() {
    let mut bench = plain(WIDE);
    bench.keys("o");
    assert_eq!(bench.app.screen, Screen::Scanners);
    let matrix = &report(&bench).matrix;
    assert_eq!(matrix.scanners, ["bandit", "ruff"]);
    let all = matrix.lines.len();
    bench.keys("f");
    let matrix = &report(&bench).matrix;
    assert!(matrix.lines.len() < all && !matrix.lines.is_empty());
    assert_eq!(matrix.all, all);
    let pair = &report(&bench).counted.as_ref().expect("numbers").study.scanners[0];
    assert_eq!(matrix.lines.len() as u32, pair.first_only.count + pair.second_only.count);
    assert_eq!(all as u32, pair.both.of);
    // Line by line the rules of what is under the cursor.
    assert!(bench.screen().contains("B608 CWE-89 line 5"), "{}", bench.screen());
    bench.keys("enter");
    assert_eq!(
        (bench.app.screen, bench.app.item.as_ref().map(|item| item.item.id.as_str())),
        (Screen::Steps, Some("sql-row-count"))
    );
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Scanners);
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Runs);
}

/// Labels of three annotators on what FDSP and feedback return.
fn labelled(size: (u16, u16)) -> Bench {
    use LabelVerdict::{Realistic, Unrealistic, Unsure};
    let mut bench = plain(size);
    let says = [
        ("ann", [Realistic, Realistic, Unrealistic, Realistic, Unsure, Unrealistic]),
        ("bob", [Realistic, Unrealistic, Unrealistic, Realistic, Unsure, Realistic]),
        ("cy", [Realistic, Unsure, Unrealistic, Unrealistic, Unsure, Unrealistic]),
    ];
    for approach in [ApproachId::Fdsp, ApproachId::Feedback] {
        let stream = StreamId::new(approach, 0);
        for (nth, (_, entries)) in bench.items.iter_mut().take(6).enumerate() {
            let state = ItemState::of(&*entries);
            let Some(version) = state.stream(stream).and_then(|it| it.versions.last()) else { continue };
            let code = version.code.as_ref().expect("code").hash();
            for (author, verdicts) in says {
                if (author, approach) == ("cy", ApproachId::Feedback) {
                    continue;
                }
                let mut label = Label { verdict: Some(verdicts[nth]), ..Label::on(author, version.step, &code) };
                if verdicts[nth] == Unrealistic && author != "cy" {
                    label.reasons = vec!["breaks-function".to_owned()];
                }
                let seq = entries.last().map_or(0, |entry| entry.seq) + 1;
                let (at, event) = (jiff::Timestamp::UNIX_EPOCH, Event::Labelled(label));
                entries.push(Entry { seq, at, stream, event });
            }
        }
    }
    bench
}

#[test]
fn annotators_beside_one_another() {
    for size in SIZES {
        let mut bench = labelled(size);
        bench.keys("m tab tab tab");
        assert_eq!(report(&bench).page, Page::Agreement);
        snapshot("agreement-labelled", &bench);
        bench.keys("l l ?");
        assert!(bench.screen().contains("Fleiss, Psychological Bulletin"), "{}", bench.screen());
        bench.keys("esc h h");
        bench.keys("l enter");
        snapshot("agreement-behind", &bench);
        bench.keys("esc tab");
        snapshot("confusion-labelled", &bench);
        bench.keys("a a");
        assert!(bench.screen().contains("Labels of bob (lines) by labels of cy"), "{}", bench.screen());
        assert!(bench.screen().contains("pair 3 of 3"), "{}", bench.screen());
        bench.keys("a");
        assert!(bench.screen().contains("pair 1 of 3"), "{}", bench.screen());
    }
}

#[test]
fn a_number_of_agreement_leads_to_the_version_in_dispute() {
    let mut bench = labelled(WIDE);
    bench.keys("enter m tab tab tab");
    go_to(&mut bench, "all", "differ");
    let count = cells(&bench)[&("all".to_owned(), "differ".to_owned())].clone();
    assert_eq!(report(&bench).behind().len().to_string(), count);
    go_to(&mut bench, "reason breaks-function (6)", "differ");
    assert!(!report(&bench).behind().is_empty());
    go_to(&mut bench, "ann, bob", "Cohen");
    // They differ on two items, and on one of them under both approaches.
    bench.keys("enter enter");
    let open = bench.app.item.as_ref().expect("an item");
    assert_eq!(bench.app.screen, Screen::Steps);
    assert!(matches!(open.node(), Some(Node::Step(stream, _)) if stream == open.stream), "{:?}", open.node());
    bench.keys("esc");
    assert_eq!((bench.app.screen, report(&bench).evidence), (Screen::Report, Some(0)));
    // The confusion holds what both labelled, cell by cell.
    bench.keys("esc tab");
    let shown = cells(&bench);
    let number =
        |line: &str, column: &str| -> u32 { shown[&(line.to_owned(), column.to_owned())].parse().expect("a number") };
    let verdicts = ["realistic", "unrealistic", "unsure"];
    let all: u32 = verdicts.iter().map(|line| number(line, "all")).sum();
    let apart: u32 = verdicts
        .iter()
        .flat_map(|line| verdicts.map(|column| if *line == column { 0 } else { number(line, column) }))
        .sum();
    let agreed = &report(&bench).counted.as_ref().expect("numbers").agreed.as_ref().expect("labels").agreement;
    assert_eq!(all, agreed.pairs[0].coefficients.versions);
    assert_eq!(agreed.pairs[0].coefficients.observed.value, Some(1.0 - f64::from(apart) / f64::from(all)));
}

#[test]
fn one_scanner_alone_says_how_to_ask_another() {
    let mut bench = Bench::new(Start::Runs, WIDE);
    bench.keys("o");
    assert!(bench.screen().contains("fdsp rescan RUN --scanner NAME"), "{}", bench.screen());
    bench.keys("m shift-tab shift-tab shift-tab shift-tab shift-tab shift-tab");
    assert_eq!(report(&bench).page, Page::Scanners);
    assert!(bench.screen().contains("fdsp rescan RUN --scanner NAME"), "{}", bench.screen());
    bench.keys("enter l j h");
    assert_eq!(report(&bench).evidence, None);
    assert_eq!(report(&bench).way.labels, Labels::With);
}

#[tokio::test]
async fn rows_read_again_in_part_are_the_rows_read_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = Store::open(&folder.path().join("store.db")).await.expect("a store");
    let items = stored::items(40);
    for run in ["one", "two"] {
        store.create_run(&stored::run_info(run), &items).await.expect("a run");
        for item in &items[..30] {
            store.append(run, &item.id, stored::fixed(&item.id, 2)).await.expect("events");
        }
    }
    let wanted = vec!["one".to_owned(), "two".to_owned()];
    let mut counting = Counting::read(&store, wanted).await.expect("rows");
    let before = counting.rows.clone();
    let label = stored::label("ana", stored::refine(1, 2), LabelVerdict::Unrealistic);
    let label = match label {
        fdsp::core::event::Event::Labelled(label) => {
            fdsp::core::label::Label { code: fdsp::core::text::sha256_hex("item-3 = 'try 2'"), ..label }
        }
        _ => panic!("no label"),
    };
    let event = fdsp::core::event::Event::Labelled(label);
    store.append("one", "item-3", vec![(stored::FDSP, event)]).await.expect("a label");
    store.append("two", "item-35", stored::fixed("item-35", 1)).await.expect("events");
    counting.refresh(&store).await.expect("rows");
    let mut differ = Vec::new();
    for (at, run) in ["one", "two"].iter().enumerate() {
        let anew = store.study_rows(run).await.expect("rows");
        assert_eq!(counting.rows[at].rows, anew.rows, "{run}");
        let pairs = before[at].rows.iter().zip(&anew.rows);
        differ.extend(pairs.filter(|(old, new)| old != new).map(|(_, new)| (run.to_string(), new.item.clone())));
    }
    differ.dedup();
    assert_eq!(differ, [("one".to_owned(), "item-3".to_owned()), ("two".to_owned(), "item-35".to_owned())]);
    // Far more than a few: read as a whole, with the same result.
    for item in &items {
        let event = stored::label("bob", stored::refine(1, 2), LabelVerdict::Realistic);
        if item.id != "item-35" && items[..30].contains(item) {
            store.append("one", &item.id, vec![(stored::FDSP, event)]).await.expect("a label");
        }
    }
    counting.refresh(&store).await.expect("rows");
    assert_eq!(counting.rows[0].rows, store.study_rows("one").await.expect("rows").rows);
}
