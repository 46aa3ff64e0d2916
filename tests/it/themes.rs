//! Every screen in every theme at both sizes: the text is the same, and what colours mean is there without them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fdsp::desk::Receipt;
use fdsp::review::figures::Drift;
use fdsp::tui::app::Start;
use fdsp::tui::bench::Answer;
use fdsp::tui::style::{ColourDepth, Role, Theme};
use fdsp::tui::svg::to_text;
use ratatui::buffer::{Buffer, Cell};

use crate::review_bench::Driver;
use crate::support::bench::Bench;
use crate::{adjudication, lattice, report_screen, screens, tested};

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn looks() -> [(&'static str, Theme); 5] {
    [
        ("dark", "dark", ColourDepth::True),
        ("light", "light", ColourDepth::True),
        ("high-contrast", "high-contrast", ColourDepth::True),
        ("ansi16", "ansi16", ColourDepth::Ansi16),
        ("no-colour", "dark", ColourDepth::Mono),
    ]
    .map(|(name, theme, depth)| (name, Theme::resolve(theme, depth).expect("a theme")))
}

/// The screens by their names. The first five are kept as pictures of looks.
fn scenes(size: (u16, u16), theme: &Theme) -> Vec<(String, Buffer)> {
    let mut all = Vec::new();
    let mut add = |name: &str, bench: &mut Bench, keys: &str| {
        bench.app.theme = theme.clone();
        if !keys.is_empty() {
            bench.keys(keys);
        }
        all.push((name.to_owned(), bench.buffer()));
    };
    add("steps", &mut Bench::on("sql-row-count", size), "");
    add("report", &mut report_screen::bench(size, theme.clone(), ColourDepth::True), "m");
    add("lattice", &mut lattice::bench(size, theme.clone(), ColourDepth::True), "space h");
    add("adjudication", &mut adjudication::bench(size), "D");
    let mut runs = Bench::new(Start::Runs, size);
    add("runs", &mut runs, "");
    add("items", &mut runs, "enter");
    add("items-filtered", &mut runs, r#"/ "vulnerable""#);
    let mut steps = Bench::on("sql-row-count", size);
    for (name, keys) in [
        ("diff-other", "d"),
        ("diff-wrapped", "W"),
        ("code", "1"),
        ("findings", "3"),
        ("prompt", "4"),
        ("answer", "5"),
        ("versions", "2 v"),
        ("palette", r#"esc : "unre""#),
        ("which-key", "esc g"),
        ("help", "esc ?"),
        ("copy", "esc y"),
        ("reasons", "esc u"),
        ("comment", r#"esc c "why""#),
        ("labelled", "esc r"),
        ("searched", r#"1 / "table""#),
        ("zoom", "esc Z"),
    ] {
        add(name, &mut steps, keys);
    }
    add("test", &mut tested::bench(size), "6");
    let mut report = report_screen::bench(size, theme.clone(), ColourDepth::True);
    add("report-explained", &mut report, "m ?");
    for page in 2..=13 {
        add(&format!("report-{page}"), &mut report, if page == 2 { "esc tab" } else { "tab" });
    }
    add("report-behind", &mut report, "tab enter");
    add("scanners", &mut report, "esc o");
    let mut board = screens::board(size);
    add("board", &mut board, "");
    add("form", &mut board, "esc n");
    add("form-problem", &mut board, "right tab tab ctrl-s");
    add("adjudication-all", &mut adjudication::bench(size), "D f");
    let mut driver = Driver::new(size, true);
    driver.bench.theme = theme.clone();
    let mut card = |name: &str, driver: &mut Driver, keys: &str| {
        driver.keys(keys);
        all.push((name.to_owned(), driver.buffer()));
    };
    driver.served("one");
    card("bench", &mut driver, "n");
    card("bench-other", &mut driver, "d");
    card("bench-prompt", &mut driver, "p");
    card("bench-after", &mut driver, "a");
    card("bench-comment", &mut driver, "c x");
    card("bench-reveal", &mut driver, "esc V");
    card("bench-help", &mut driver, "esc ?");
    driver.keys("esc r");
    let receipt = Receipt { token: "one".to_owned(), settled: true };
    driver.answers(Answer::Labelled(receipt, Some(Err(2)))).answers(Answer::Drift(Drift::default()));
    all.push(("bench-end".to_owned(), driver.buffer()));
    all
}

fn look(cell: &Cell) -> String {
    let style = cell.style();
    format!("{:?} on {:?} {:?}", style.fg, style.bg, style.add_modifier)
}

/// The looks of a screen without its text, which is kept elsewhere: runs of letters, equal rows once.
fn picture(buffer: &Buffer) -> String {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut rows: Vec<(u16, u16, String)> = Vec::new();
    for y in 0..buffer.area.height {
        let mut runs: Vec<(String, u16)> = Vec::new();
        for x in 0..buffer.area.width {
            let count = names.len();
            let letter = |at: usize| char::from(b'a' + (at % 26) as u8).to_string().repeat(at / 26 + 1);
            let name = names.entry(look(&buffer[(x, y)])).or_insert_with(|| letter(count)).clone();
            match runs.last_mut() {
                Some((last, length)) if *last == name => *length += 1,
                _ => runs.push((name, 1)),
            }
        }
        let row = runs.iter().map(|(name, length)| format!("{name}{length}")).collect::<Vec<_>>().join(" ");
        match rows.last_mut() {
            Some((_, to, last)) if *last == row => *to = y,
            _ => rows.push((y, y, row)),
        }
    }
    let mut out = String::new();
    for (from, to, row) in rows {
        let _ = if from == to { writeln!(out, "{from}: {row}") } else { writeln!(out, "{from}-{to}: {row}") };
    }
    let mut names: Vec<(String, String)> = names.into_iter().map(|(look, name)| (name, look)).collect();
    names.sort_by_key(|(name, _)| (name.len(), name.clone()));
    for (name, look) in names {
        let _ = writeln!(out, "{name} = {look}");
    }
    out
}

#[test]
fn pictures_of_the_main_screens() {
    for (name, theme) in looks() {
        let mut pictures: BTreeMap<String, String> = BTreeMap::new();
        for size in SIZES {
            for (screen, buffer) in scenes(size, &theme) {
                if ["steps", "report", "lattice", "adjudication", "bench"].contains(&screen.as_str()) {
                    let text = pictures.entry(screen).or_default();
                    let _ = writeln!(text, "{} x {}\n{}", size.0, size.1, picture(&buffer));
                }
            }
        }
        for (screen, text) in pictures {
            insta::assert_snapshot!(format!("looks-{screen}-{name}"), text);
        }
    }
}

#[test]
fn every_screen_says_the_same_in_every_theme() {
    for size in SIZES {
        let [(_, first), rest @ ..] = looks();
        let wanted = scenes(size, &first);
        let names: BTreeSet<&String> = wanted.iter().map(|(name, _)| name).collect();
        assert!(names.len() == wanted.len() && names.len() > 45, "{names:?}");
        for (theme, other) in rest {
            let drawn = scenes(size, &other);
            assert_eq!(drawn.len(), wanted.len());
            for ((screen, one), (_, another)) in wanted.iter().zip(&drawn) {
                // The name of the theme is nowhere on a screen.
                assert_eq!(to_text(one), to_text(another), "{screen} in {theme} at {size:?}");
                let plain = |cell: &&Cell| cell.style().fg.is_none_or(|it| it == ratatui::style::Color::Reset);
                let plain = another.content.iter().filter(plain).count();
                assert_eq!(plain == another.content.len(), theme == "no-colour", "{screen} in {theme}: {plain}");
            }
        }
    }
}

/// Words that one meaning's colour is on: what stands together in one look, without what numbers count.
fn words(buffer: &Buffer, theme: &Theme, role: Role) -> BTreeSet<String> {
    let colour = theme.style(role).fg;
    let mut words = BTreeSet::new();
    for y in 0..buffer.area.height {
        let mut word = String::new();
        for x in 0..=buffer.area.width {
            let cell = (x < buffer.area.width).then(|| &buffer[(x, y)]);
            match cell.filter(|cell| cell.style().fg == colour && cell.symbol() != " ") {
                Some(cell) => word.push_str(cell.symbol()),
                None if word.is_empty() => {}
                None => {
                    words.insert(std::mem::take(&mut word));
                }
            }
        }
    }
    words.retain(|word| word.chars().any(|c| !c.is_ascii_digit() && !".,/%()".contains(c)));
    words.retain(|word| !word.starts_with("CWE-") && !TOLD.contains(&word.as_str()));
    words
}

/// Names whose heading says whether they are there or gone, and a key.
const TOLD: [&str; 4] = ["B608", "B301", "line", "U"];
/// A version that the scanner takes for secure and whose test fails is doubtful; the test's own sign says so beside it.
const TESTED: [&str; 3] = ["lattice", "test", "versions"];

/// Good, doubtful and bad never stand on the same word or sign: who sees no colour reads which it is.
#[test]
fn meanings_stay_apart_without_colour() {
    let (_, theme) = looks().into_iter().next().expect("a theme");
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut faults = BTreeSet::new();
    for size in SIZES {
        for (screen, buffer) in scenes(size, &theme) {
            let of = |role| words(&buffer, &theme, role);
            let (good, warn, bad) = (of(Role::Good), of(Role::Warn), of(Role::Danger));
            for (one, other, names) in [(&good, &bad, "good and bad"), (&good, &warn, "good and doubtful")] {
                *seen.entry(names).or_default() += one.len().min(other.len());
                let both: Vec<&String> = one.intersection(other).collect();
                let tested = names == "good and doubtful" && TESTED.contains(&screen.as_str());
                if !both.is_empty() && !tested {
                    faults.insert(format!("{screen} {size:?}: {names} share {both:?}"));
                }
            }
        }
    }
    assert!(seen.values().all(|count| *count > 20), "{seen:?}");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// What is selected stands out by its look where there is no colour.
#[test]
fn the_selection_shows_without_colour() {
    let (_, theme) = looks().into_iter().next_back().expect("a theme");
    let reversed = |buffer: &Buffer| {
        let looks = buffer.content.iter().filter(|cell| cell.modifier.contains(ratatui::style::Modifier::REVERSED));
        looks.count()
    };
    for size in SIZES {
        for (screen, buffer) in scenes(size, &theme) {
            let selects = ["runs", "items", "report", "lattice", "adjudication", "versions", "palette", "scanners"];
            assert!(!selects.contains(&screen.as_str()) || reversed(&buffer) > 0, "{screen} at {size:?}");
        }
    }
}
