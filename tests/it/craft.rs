//! The workbench as a tool: search, copies, panes, the mouse, the place that is kept, numbers explained.

use fdsp::tui::app::Start;
use fdsp::tui::app::layout::{self, Sizes};
use fdsp::tui::app::message::{Effect, Message, Mouse, MouseKind, Purpose};
use fdsp::tui::app::model::{Pane, Screen, Tab};
use fdsp::tui::app::report::Page;
use fdsp::tui::style::{ColourDepth, Role, Theme};
use ratatui::style::Modifier;

use crate::support::bench::Bench;
use crate::support::fixture;

const WIDE: (u16, u16) = (160, 50);
const SIZES: [(u16, u16); 2] = [(80, 24), WIDE];

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

fn words(bench: &Bench) -> String {
    bench.app.search.as_ref().map(|search| search.words()).unwrap_or_default()
}

fn toast(bench: &Bench) -> &str {
    bench.app.toast.as_ref().map_or("", |toast| &toast.text)
}

/// Reversed letters, row by row.
fn stands_out(bench: &Bench) -> Vec<String> {
    let buffer = bench.buffer();
    let row = |y: u16| {
        let cells = (0..buffer.area.width).map(|x| &buffer[(x, y)]);
        cells.filter(|cell| cell.modifier.contains(Modifier::REVERSED)).map(|cell| cell.symbol()).collect::<String>()
    };
    // Without the footer, whose cursor is reversed too, and the selected rows.
    (2..buffer.area.height - 2).map(row).filter(|row| !row.is_empty() && row.len() < 40).collect()
}

#[test]
fn search_finds_in_code_and_goes_round() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys(r#"1 / "CONN""#);
        assert_eq!(words(&bench), "no match", "capitals count");
        bench.keys(r#"esc / "conn""#);
        assert_eq!(words(&bench), "1 of 3");
        assert_eq!(stands_out(&bench), ["conn"]);
        snapshot("search-typing", &bench);
        bench.keys("enter n");
        assert_eq!(words(&bench), "2 of 3");
        assert!(bench.screen().contains("2 of 3"), "{}", bench.screen());
        snapshot("search", &bench);
        bench.keys("n n");
        assert_eq!(words(&bench), "1 of 3");
        bench.keys("N");
        assert_eq!(words(&bench), "3 of 3");
        bench.keys("esc");
        assert!(bench.app.search.is_none() && bench.app.screen == Screen::Steps);
        assert!(stands_out(&bench).is_empty());
    }
}

#[test]
fn a_search_goes_on_over_versions_and_tabs() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys(r#"1 / "table" enter"#);
    assert_eq!(words(&bench), "1 of 5");
    bench.keys("2");
    assert_eq!(words(&bench), "1 of 6", "the diff has both texts, lines that are the same once");
    bench.keys("d");
    assert_eq!(words(&bench), "1 of 6", "however it is drawn");
    bench.keys("5");
    assert!(words(&bench).ends_with("of 5"), "{}", words(&bench));
    bench.keys("4");
    assert!(!words(&bench).is_empty());
    bench.keys("2 esc");
    let before = bench.app.scroll;
    bench.keys("n");
    assert!(bench.app.search.is_none() && bench.app.scroll.0 >= before.0, "n is the next change again");
}

#[test]
fn a_match_in_a_fold_counts_and_opens_it() {
    for keys in ["2", "2 d"] {
        let mut bench = Bench::on("sql-row-count", (160, 20));
        bench.keys(keys).keys("- - - -");
        assert!(!bench.screen().contains("import sqlite3"), "{}", bench.screen());
        bench.keys(r#"/ "import""#);
        assert_eq!(words(&bench), "1 of 1");
        assert!(bench.screen().contains("import sqlite3"), "{}", bench.screen());
        assert!(!stands_out(&bench).is_empty());
        bench.keys("enter z z");
        assert!(!bench.screen().contains("import sqlite3"), "folded again by its key");
    }
}

#[test]
fn a_match_far_to_the_right_comes_into_sight_wrapped_or_not() {
    for keys in ["2", "2 W", "2 d", "1"] {
        let mut bench = Bench::on("ssh-run-command", (100, 24));
        bench.keys(keys).keys(r#"/ "shell" enter"#);
        assert!(stands_out(&bench).iter().any(|row| row.contains("shell")), "{keys}: {}", bench.screen());
    }
}

#[test]
fn the_steps_are_searched_too_and_the_items_are_filtered() {
    for size in SIZES {
        let mut bench = Bench::on("ssh-run-command", size);
        bench.app.pane = Pane::Steps;
        bench.keys(r#"/ "quote" enter"#);
        assert_eq!(words(&bench), "1 of 1", "{}", bench.screen());
        let item = bench.app.item.as_ref().expect("an item");
        assert!(item.lines[item.cursor].head.contains("S2"), "{}", item.lines[item.cursor].head);
        snapshot("search-steps", &bench);
        bench.keys("esc");
        bench.app.pane = Pane::Items;
        bench.keys(r#"/ "pickle""#);
        assert_eq!(bench.app.list.as_ref().expect("a list").query, "pickle");
    }
}

#[test]
fn the_numbers_of_the_report_are_searched_too() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys(r#"m / "fdsp""#);
        assert_eq!(words(&bench), "1 of 1");
        bench.keys("enter");
        let at = bench.app.report.as_ref().unwrap().place().expect("a number");
        assert_eq!(bench.app.report.as_ref().unwrap().sheet.lines[at.line].name, "fdsp");
        snapshot("search-report", &bench);
        bench.keys("esc g g");
        bench.keys(r#"/ "71.4" enter"#);
        assert_eq!(words(&bench), "1 of 1");
        bench.keys("esc");
        assert!(bench.app.search.is_none() && bench.app.screen == Screen::Report);
        bench.keys("esc");
        assert_eq!(bench.app.screen, Screen::Steps);
    }
}

#[test]
fn esc_while_typing_goes_back_to_where_the_search_began() {
    let mut bench = Bench::on("sql-row-count", (100, 16));
    bench.keys("4 g");
    bench.keys(r#"/ "code""#);
    bench.keys("esc");
    assert_eq!((bench.app.scroll, bench.app.search.is_none()), ((0, 0), true));
    bench.keys(r#"/ enter"#);
    assert!(bench.app.search.is_none(), "nothing is searched for");
}

fn copied(bench: &mut Bench, keys: &str) -> Option<String> {
    bench.asked.clear();
    bench.keys(keys);
    bench.asked.iter().find_map(|effect| match effect {
        Effect::Copy(text) => Some(text.clone()),
        _ => None,
    })
}

#[test]
fn a_letter_says_what_is_copied() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    let code = copied(&mut bench, "y c").expect("the code");
    assert!(code.starts_with("import sqlite3\n") && code.contains("ALLOWED_TABLES"));
    assert_eq!(copied(&mut bench, "y y"), Some(code));
    let patch = copied(&mut bench, "y d").expect("the patch");
    assert!(patch.contains("--- a/sql-row-count.py\n+++ b/sql-row-count.py\n@@ -4,5 +4,7 @@\n"), "{patch}");
    assert!(patch.contains("\n-    cur.execute(f\"SELECT") && patch.contains("\n+        raise ValueError(table)\n"));
    assert_eq!(copied(&mut bench, "y i").as_deref(), Some("fixture-fdsp/sql-row-count/fdsp/s2.k1"));
    assert_eq!(copied(&mut bench, "y f"), None);
    assert_eq!(toast(&bench), "this version has no findings");
    bench.keys("shift-tab g g");
    let findings = copied(&mut bench, "y f").expect("the finding");
    assert_eq!(
        findings,
        "fixture-fdsp/sql-row-count/generate/generate:7: B608 CWE-89 hardcoded_sql_expressions: Possible SQL injection \
         vector through string-based query construction.\n"
    );
    assert_eq!(copied(&mut bench, "y d"), None);
    let page = copied(&mut bench, "4 y t").expect("the page");
    assert!(page.contains("sql-row-count") && page.contains("template fdsp/generate"), "{page}");
    assert_eq!(copied(&mut bench, "y esc"), None);
    assert!(bench.app.overlay.is_none());
}

#[test]
fn what_is_copied_or_opened_has_passed_the_gate() {
    let mut bench = Bench::on("yaml-読む-with-a-very-long-name-indeed", WIDE);
    for keys in ["y c", "y d", "y i", "4 y t"] {
        let text = copied(&mut bench, keys).unwrap_or_default();
        assert!(!text.is_empty(), "{keys}");
        assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{202c}']), "{keys}: {text:?}");
    }
    let code = copied(&mut bench, "1 y c").unwrap_or_default();
    assert!(code.contains("\n\treturn yaml") && code.contains("⟦U+202E⟧"), "{code}");
    assert!(toast(&bench).contains("written out"), "{}", toast(&bench));
    bench.keys("e");
    let edit = bench.asked.iter().find_map(|effect| match effect {
        Effect::Edit(edit) => Some(edit.clone()),
        _ => None,
    });
    let edit = edit.expect("an editor is asked for");
    assert_eq!((edit.suffix, edit.purpose), (".py", Purpose::View));
    assert!(edit.text.contains("␛[31mred") && !edit.text.contains('\u{1b}'));
}

#[test]
fn the_choice_of_copies() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("y");
        snapshot("copy", &bench);
    }
}

#[test]
fn a_comment_comes_back_from_the_editor() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys(r#"c "half" ctrl-e"#);
    let asked = bench.asked.iter().any(|effect| matches!(effect, Effect::Edit(edit) if edit.text == "half"));
    assert!(asked);
    bench.send(Message::Edited(Ok(Some("half\nand whole \n".to_owned()))));
    bench.keys("enter");
    bench.keys("3");
    assert!(bench.screen().contains("half and whole"), "{}", bench.screen());
    bench.send(Message::Edited(Ok(Some("too late".to_owned()))));
    bench.send(Message::Edited(Err("the editor broke".to_owned())));
    assert_eq!(toast(&bench), "the editor broke");
}

#[test]
fn panes_widen_narrow_and_fill_the_body() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    let widths = |bench: &Bench| {
        let panes = layout::panes(&bench.app);
        [panes.items, panes.steps, panes.main].map(|area| area.map_or(0, |area| area.width))
    };
    let before = widths(&bench);
    bench.keys("}");
    assert_eq!(widths(&bench), [before[0], before[1] - 4, before[2] + 4]);
    bench.keys("{ tab }");
    assert_eq!(widths(&bench), [before[0] + 4, before[1], before[2] - 4]);
    for _ in 0..60 {
        bench.keys("}");
    }
    assert!(widths(&bench)[2] >= 50, "the main pane stays readable: {:?}", widths(&bench));
    for _ in 0..60 {
        bench.keys("{");
    }
    assert_eq!(widths(&bench)[0], 20);
    bench.resize((110, 40)).keys("tab tab { {");
    assert_eq!(layout::fitted(&bench.app).side, 42);
    for (pane, name) in [(Pane::Items, "Items"), (Pane::Steps, "Steps"), (Pane::Main, "S2·k1")] {
        bench.app.pane = pane;
        bench.keys("Z");
        let screen = bench.screen();
        assert!(screen.contains(name) && screen.contains("zoom"), "{screen}");
        assert_eq!(widths(&bench).iter().filter(|width| **width == 110).count(), 1);
        bench.keys("Z");
        assert!(widths(&bench).iter().all(|width| *width < 110));
    }
}

#[test]
fn a_zoomed_pane_on_a_large_screen() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("Z");
    snapshot("zoom", &bench);
    bench.keys("tab");
    assert!(bench.screen().contains("pickle-cache"), "the zoom follows the focus");
    bench.keys("{");
    assert!(toast(&bench).contains("Z puts it back"), "{}", toast(&bench));
}

fn place_of(bench: &Bench, text: &str) -> (u16, u16) {
    let screen = bench.screen();
    let found = (0..).zip(screen.lines()).find_map(|(y, line)| Some((line.find(text)?, y, line)));
    let (at, y, line) = found.unwrap_or_else(|| panic!("{text} is not on the screen:\n{screen}"));
    (line[..at].chars().count() as u16, y)
}

fn point(bench: &mut Bench, kind: MouseKind, at: (u16, u16)) {
    bench.send(Message::Mouse(Mouse { kind, at }));
}

#[test]
fn a_click_selects_what_is_drawn_there() {
    for size in SIZES {
        let mut bench = Bench::new(Start::Runs, size);
        bench.keys("enter");
        let at = place_of(&bench, "tmp-report");
        point(&mut bench, MouseKind::Click, at);
        let under = |bench: &Bench| bench.app.list.as_ref().unwrap().current().unwrap().item.id.clone();
        assert_ne!(under(&bench), "tmp-report", "the mouse is off");
        bench.keys("M");
        point(&mut bench, MouseKind::Click, at);
        assert_eq!(under(&bench), "tmp-report", "{size:?}");
        bench.keys("g g enter");
        let single = size.0 < 100;
        if single {
            let at = place_of(&bench, "Steps");
            point(&mut bench, MouseKind::Click, at);
            assert_eq!(bench.app.pane, Pane::Steps);
        }
        let at = place_of(&bench, "S3");
        point(&mut bench, MouseKind::Click, at);
        let item = bench.app.item.as_ref().unwrap();
        assert!(bench.app.pane == Pane::Steps && item.lines[item.cursor].head.contains("S3"));
        if single {
            let at = place_of(&bench, "Findings");
            point(&mut bench, MouseKind::Click, at);
            assert_eq!((bench.app.pane, bench.app.tab), (Pane::Main, Tab::Findings));
            point(&mut bench, MouseKind::Click, (1, 1));
            assert_eq!(bench.app.pane, Pane::Items);
        }
        let at = place_of(&bench, "pickle-cache");
        point(&mut bench, MouseKind::Click, at);
        assert_eq!((bench.app.pane, under(&bench).as_str()), (Pane::Items, "pickle-cache"));
        assert_eq!(bench.app.item.as_ref().unwrap().item.id, "pickle-cache");
        // Nothing is there.
        point(&mut bench, MouseKind::Click, (size.0 - 1, size.1 - 1));
        point(&mut bench, MouseKind::Click, (500, 500));
        assert_eq!(under(&bench), "pickle-cache");
    }
}

#[test]
fn a_click_turns_the_pages_of_the_report() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("M m");
        let at = place_of(&bench, "Unrealistic");
        point(&mut bench, MouseKind::Click, at);
        assert_eq!(bench.app.report.as_ref().unwrap().page, Page::Unrealistic);
        bench.keys("shift-tab shift-tab enter j");
        assert_eq!(bench.app.report.as_ref().unwrap().evidence, Some(1));
        let at = place_of(&bench, "sql-row-count");
        point(&mut bench, MouseKind::Click, at);
        assert_eq!(bench.app.report.as_ref().unwrap().evidence, Some(0));
    }
}

#[test]
fn the_wheel_moves_what_is_under_the_pointer() {
    let mut bench = Bench::on("sql-row-count", WIDE);
    bench.keys("M 4");
    bench.resize((160, 16));
    let main = layout::panes(&bench.app).main.unwrap();
    point(&mut bench, MouseKind::WheelDown, (main.x + 5, main.y + 3));
    assert_eq!(bench.app.scroll.0, 3);
    point(&mut bench, MouseKind::WheelUp, (main.x + 5, main.y + 3));
    assert_eq!(bench.app.scroll.0, 0);
    let cursor = |bench: &Bench| bench.app.item.as_ref().unwrap().cursor;
    let before = cursor(&bench);
    let steps = layout::panes(&bench.app).steps.unwrap();
    point(&mut bench, MouseKind::WheelUp, (steps.x + 5, steps.y + 3));
    assert_eq!((cursor(&bench), bench.app.pane), (before - 1, Pane::Main));
    bench.keys("?");
    point(&mut bench, MouseKind::WheelDown, (5, 5));
    assert_eq!(cursor(&bench), before - 1, "what lies over the screen takes it");
}

#[test]
fn it_comes_back_to_the_place_it_was_left_at() {
    let mut bench = Bench::on("pickle-cache", WIDE);
    bench.keys("{ W 1");
    bench.app.pane = Pane::Items;
    bench.keys("s S");
    bench.keys(r#"/ "!labelled" enter"#);
    bench.keys("tab");
    let place = bench.app.place().expect("a place");
    let text = format!("{place:?}");
    for word in ["json", "pickle.load", "Pickle can be", "CWE-502"] {
        assert!(!text.contains(word), "{word} is not kept: {text}");
    }
    let mut again = Bench::new(Start::Runs, WIDE);
    again.app.list = None;
    again.app.item = None;
    again.app.restore(place.clone());
    let effects = again.app.begin();
    effects.into_iter().for_each(|effect| again.answer(effect));
    again.send(Message::Resized(160, 50));
    assert_eq!(again.app.place(), Some(place));
    assert_eq!(again.app.item.as_ref().unwrap().item.id, "pickle-cache");
    assert_eq!((again.app.screen, again.app.tab), (Screen::Steps, Tab::Code));
    assert_ne!(again.app.sizes, Sizes::default());
    assert!(again.app.diff_style.wrap);
}

#[test]
fn a_place_whose_run_or_item_is_gone_is_no_trouble() {
    let mut bench = Bench::on("pickle-cache", WIDE);
    let mut place = bench.app.place().expect("a place");
    place.item = Some("gone".to_owned());
    place.filter = "no-such-item".to_owned();
    bench.app.list = None;
    bench.app.item = None;
    bench.app.restore(place.clone());
    let effects = bench.app.begin();
    effects.into_iter().for_each(|effect| bench.answer(effect));
    bench.send(Message::Resized(160, 50));
    assert!(bench.app.item.is_some() && bench.screen().contains("Items  8"), "{}", bench.screen());
    place.run = "gone".to_owned();
    bench.app.list = None;
    bench.app.item = None;
    bench.app.restore(place);
    let effects = bench.app.begin();
    effects.into_iter().for_each(|effect| bench.answer(effect));
    bench.send(Message::Resized(160, 50));
    assert_eq!(bench.app.screen, Screen::Runs);
    assert!(bench.screen().contains("there is no run `gone`"), "{}", bench.screen());
}

#[test]
fn the_ground_of_the_terminal_turns_a_theme_that_nobody_chose() {
    let start = || Start::Run { run: fixture::RUN.to_owned(), item: None };
    let dark = Theme::resolve("dark", ColourDepth::True).unwrap();
    let mut bench = Bench::with(start(), WIDE, dark.clone(), ColourDepth::True);
    bench.send(Message::Ground { light: true });
    assert_eq!(bench.app.theme.name, "light");
    assert_ne!(bench.app.theme.style(Role::Text), dark.style(Role::Text));
    bench.keys("T");
    let picked = bench.app.theme.name.clone();
    bench.send(Message::Ground { light: false });
    assert_eq!(bench.app.theme.name, picked);
    let mut bench = Bench::with(start(), WIDE, dark, ColourDepth::True);
    bench.app.theme_chosen = true;
    bench.send(Message::Ground { light: true });
    assert_eq!(bench.app.theme.name, "dark");
}

#[test]
fn a_number_of_the_report_is_explained() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("m");
        bench.keys("?");
        let screen = bench.screen();
        for word in ["How", "From", "Rows", "FDSP paper, section 5.1"] {
            assert!(screen.contains(word), "{word}: {screen}");
        }
        snapshot("explain", &bench);
        bench.keys("l");
        assert_ne!(bench.screen(), screen, "the words follow the cursor");
        bench.keys("?");
        assert!(bench.screen().contains("Report: next table or figure"), "{}", bench.screen());
        bench.keys("esc ? esc");
        assert_eq!((bench.app.screen, bench.app.overlay.is_none()), (Screen::Report, true));
        // Every number of every page has its words.
        for _ in 0..14 {
            bench.keys("? esc tab");
        }
    }
}
