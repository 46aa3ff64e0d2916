//! The keyboard: sequences, reasons, the user's own keys, and the palette over commands, items and runs.

use fdsp::tui::app::Start;
use fdsp::tui::app::command::COMMANDS;
use fdsp::tui::app::keymap;
use fdsp::tui::app::model::{Overlay, Screen};
use fdsp::tui::view::footer_words;

use crate::support::bench::Bench;
use crate::support::fdsp::{Fdsp, json};

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

fn told(bench: &Bench) -> &str {
    bench.app.toast.as_ref().map_or("", |toast| &toast.text)
}

fn with_keys(bench: &mut Bench, text: &str) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(keymap::FILE_NAME);
    std::fs::write(&path, text).expect("a file");
    bench.app.keymap = keymap::read(&path).expect("a keymap");
}

fn on_items() -> Bench {
    let mut bench = Bench::new(Start::Runs, SIZES[0]);
    bench.keys("enter");
    assert_eq!(bench.app.screen, Screen::Items);
    bench
}

#[test]
fn a_sequence_is_pressed_key_by_key() {
    let mut bench = on_items();
    let cursor = |bench: &Bench| bench.app.list.as_ref().map(|list| list.cursor);
    bench.keys("G");
    let last = cursor(&bench);
    bench.keys("g");
    assert_eq!((cursor(&bench), bench.app.pending.len()), (last, 1), "one key does nothing yet");
    bench.keys("g");
    assert_eq!((cursor(&bench), bench.app.pending.len()), (Some(0), 0));
    bench.keys("g e");
    assert_eq!(cursor(&bench), last);
    bench.keys("g r");
    assert_eq!(bench.app.screen, Screen::Runs);
    bench.keys("g i");
    assert_eq!(bench.app.screen, Screen::Items);
}

#[test]
fn what_leads_nowhere_leaves_a_sequence_with_a_word() {
    let mut bench = on_items();
    for (keys, word) in [
        ("g esc", "g taken back"),
        ("g z", "g z means nothing here"),
        ("g d", "diff: only in the steps of an item"),
        ("g i", "go-to-items: these are the items"),
    ] {
        bench.keys(keys);
        assert_eq!((told(&bench), bench.app.pending.len(), bench.app.screen), (word, 0, Screen::Items), "{keys}");
    }
    bench.keys("j");
    assert_eq!(told(&bench), "", "the word goes with the next key");
    bench.keys("g ctrl-c");
    assert!(bench.asked.iter().all(|effect| !format!("{effect:?}").contains("Quit")), "a sequence is no way out");
}

#[test]
fn a_key_that_is_known_elsewhere_says_why_it_does_nothing() {
    let mut bench = Bench::new(Start::Runs, SIZES[0]);
    for (keys, word) in [
        ("r", "realistic: only in the steps of an item"),
        ("esc", "back: this is the first screen"),
        ("p", "pause: needs a run that works: none was begun or resumed here"),
    ] {
        bench.keys(keys);
        assert_eq!(told(&bench), word);
    }
    bench.keys("Q");
    assert_eq!(told(&bench), "", "a key that means nothing anywhere says nothing");
    let mut bench = Bench::on("tmp-report", SIZES[0]);
    bench.keys("f");
    assert_eq!(told(&bench), "fix: needs a fix: this item was secure from the start");
    bench.keys("v");
    assert_eq!(told(&bench), "versions: needs two versions: there is one of the code so far");
    bench.keys("esc");
    assert_eq!(bench.app.screen, Screen::Items, "such a word is not in the way of going back");
}

#[test]
fn an_item_and_a_run_open_from_the_palette() {
    let open = |bench: &Bench| bench.app.item.as_ref().map(|item| item.item.id.clone());
    let mut bench = on_items();
    bench.keys(r#": "@pickle" enter"#);
    assert_eq!((bench.app.screen, open(&bench).as_deref()), (Screen::Steps, Some("pickle-cache")));
    // What the filter hides is found all the same.
    bench.keys(r#"esc / "sql" enter : "ssh" enter"#);
    assert_eq!((bench.app.screen, open(&bench).as_deref()), (Screen::Steps, Some("ssh-run-command")));
    assert_eq!(bench.app.list.as_ref().map(|list| list.query.as_str()), Some(""));
    bench.keys(r##": "#fixture" enter"##);
    assert_eq!(bench.app.screen, Screen::Items);
    bench.keys(r#": ">_go-to-runs" enter"#);
    assert_eq!(bench.app.screen, Screen::Runs);
    bench.keys(r#": ">unrealistic" enter"#);
    assert_eq!(told(&bench), "unrealistic: only in the steps of an item");
    assert_eq!(bench.app.overlay, None);
}

#[test]
fn the_users_keys_are_what_works_and_what_is_shown() {
    let mut bench = Bench::on("sql-row-count", SIZES[1]);
    with_keys(&mut bench, "[keys]\nrealistic = \"ctrl-y\"\nundo = [\"z u\"]\nfold = []\nhelp = \"f1\"\n");
    let footer = footer_words(&bench.app);
    let key_of = |word: &str| footer.iter().find(|(_, known)| *known == word).map(|(keys, _)| keys.as_str());
    assert_eq!((key_of("realistic"), key_of("undo"), key_of("help")), (Some("ctrl-y"), Some("z u"), Some("f1")));
    bench.keys("r");
    assert_eq!(bench.history.len(), 0, "the table's key is free");
    bench.keys("ctrl-y");
    assert_eq!(bench.history.len(), 1);
    assert!(told(&bench).ends_with("z u undoes"), "{}", told(&bench));
    bench.keys("z");
    assert!(bench.screen().contains("u  undo") || bench.screen().contains("u undo"), "{}", bench.screen());
    bench.keys("u");
    assert_eq!(bench.history.len(), 2);
    bench.keys("f1");
    assert!(bench.screen().contains("ctrl-y"), "{}", bench.screen());
    bench.keys(r#"esc : ">realistic""#);
    assert!(bench.screen().contains("ctrl-y"), "{}", bench.screen());
}

#[test]
fn the_form_types_letters_and_leaves_other_keys_to_the_keymap() {
    let mut bench = Bench::new(Start::Runs, SIZES[0]);
    with_keys(&mut bench, "[keys]\nstart = \"f5\"\ntest-connection = []\n");
    bench.keys("n");
    assert_eq!(bench.app.screen, Screen::Form);
    bench.keys("ctrl-s");
    assert!(bench.app.form.as_ref().is_some_and(|form| form.problem.is_none() && !form.starting));
    bench.keys("f5");
    let form = bench.app.form.as_ref().expect("the form");
    assert!(form.problem.is_some() || form.starting, "f5 starts");
    bench.keys("g q");
    assert_eq!((bench.app.screen, bench.app.pending.len()), (Screen::Form, 0), "letters are typed");
}

#[test]
fn help_is_searched_and_says_what_cannot_be_given_now() {
    let mut bench = Bench::on("tmp-report", SIZES[0]);
    bench.keys(r#"? / "needs""#);
    assert!(bench.screen().contains("no command says this"));
    bench.keys(r#"esc / "two_sides""#);
    assert!(matches!(&bench.app.overlay, Some(Overlay::Help { typing: true, find, .. }) if find.text() == "two sides"));
    bench.keys(r#"esc / "fix" enter"#);
    let screen = bench.screen();
    // What it does first, then what keeps it from being given, as far as there is room.
    assert!(screen.contains("Go to the version that the scanner accepts, else to the last"), "{screen}");
    assert!(screen.contains("Label the version shown realistic") && !screen.contains("fix: needs"), "{screen}");
    assert!(!screen.contains("Next theme"), "{screen}");
    bench.keys("esc");
    assert_eq!(bench.app.overlay, None);
}

#[test]
fn help_moves_by_its_own_keys() {
    for (size, find) in [(SIZES[0], ""), (SIZES[0], "fix"), (SIZES[1], "")] {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys(&format!(r#"? / "{find}" enter"#));
        let top = |bench: &Bench| match &bench.app.overlay {
            Some(Overlay::Help { scroll, .. }) => *scroll,
            _ => panic!("no help"),
        };
        bench.keys("G");
        let last = top(&bench);
        assert!(!bench.screen().contains("more below"), "{}", bench.screen());
        // No dead rows below the last: one up is one up.
        bench.keys("j k");
        assert_eq!(top(&bench), last.saturating_sub(1));
        for (there, back) in [("end", "home"), ("g e", "g g"), ("G", "g g")] {
            bench.keys(back);
            assert_eq!(top(&bench), 0, "{back}");
            bench.keys(there);
            assert_eq!(top(&bench), last, "{there}");
        }
        bench.keys("g g ctrl-d");
        let half = top(&bench);
        assert!(half > 0 || last == 0);
        bench.keys("ctrl-u");
        assert_eq!(top(&bench), 0);
    }
    // What it does first, then what is missing, where there is room.
    let mut bench = Bench::on("sql-row-count", SIZES[0]);
    bench.keys("?");
    let mut seen = bench.screen();
    assert!(seen.lines().any(|line| line.contains(" more below")), "{seen}");
    for _ in 0..60 {
        seen.push_str(&bench.keys("j").screen());
    }
    assert!(seen.contains("Pause the run, or go on with it  needs a run that works"), "{seen}");
    assert!(!seen.contains("next-match:"), "{seen}");
}

#[test]
fn screens_of_the_keyboard() {
    for size in SIZES {
        let mut bench = Bench::on("sql-row-count", size);
        bench.keys("g");
        snapshot("which-key", &bench);
        bench.keys("z");
        snapshot("which-key-left", &bench);
        bench.keys(r#": "@cwe""#);
        snapshot("palette-items", &bench);
        bench.keys(r#"esc : "row""#);
        snapshot("palette-all", &bench);
        let mut bench = Bench::new(Start::Runs, size);
        bench.keys(r#": ">label""#);
        snapshot("palette-barred", &bench);
        bench.keys("esc r");
        snapshot("refused", &bench);
        let mut bench = Bench::on("tmp-report", size);
        bench.keys(r#"? / "fix""#);
        snapshot("help-found", &bench);
    }
}

#[test]
fn matched_letters_stand_out() {
    let mut bench = Bench::on("sql-row-count", SIZES[0]);
    bench.keys(r#": ">unre""#);
    let buffer = bench.buffer();
    let rows: Vec<String> = bench.screen().lines().map(str::to_owned).collect();
    let y = rows.iter().position(|row| row.contains(": unrealistic")).expect("the line") as u16;
    let line: Vec<_> = (4..4 + 20).map(|x| &buffer[(x, y)]).collect();
    let marked = line.iter().filter(|cell| cell.modifier.contains(ratatui::style::Modifier::UNDERLINED));
    assert_eq!(marked.map(|cell| cell.symbol()).collect::<String>(), "unre");
}

#[test]
fn every_panel_draws_at_every_size() {
    let mut bench = Bench::on("sql-row-count", (60, 15));
    for width in (60..=200).step_by(20) {
        for height in [15, 24, 50] {
            for keys in ["g", "esc", r#": "a""#, "esc", r#"? / "a""#, "esc", "esc"] {
                bench.resize((width, height)).keys(keys);
                assert_eq!(bench.buffer().area.width, width);
            }
        }
    }
}

#[test]
fn keys_on_the_command_line() {
    let fdsp = Fdsp::new();
    let list = fdsp.output(&["keys"]);
    assert_eq!(list.code, Some(0), "{}", list.stderr);
    let top = list.stdout.lines().find(|line| line.starts_with("top ")).expect("a line");
    assert!(top.contains("g g") && top.contains("Moving") && top.contains("everywhere"), "{top}");
    let default = fdsp.output(&["keys", "--default"]);
    let file = fdsp.home().join("keys.toml");
    std::fs::write(&file, &default.stdout).expect("a file");
    let checked = fdsp.output(&["keys", "--check", "keys.toml"]);
    assert_eq!((checked.code, checked.stdout.contains("0 commands have keys")), (Some(0), true), "{}", checked.stdout);
    std::fs::write(&file, "[keys]\ncopy = \"Y\"\nwords = \"Y\"\n").expect("a file");
    let wrong = fdsp.output(&["keys", "--check", "keys.toml"]);
    assert_eq!(wrong.code, Some(2));
    assert!(
        wrong.stderr.contains("keys.toml:3:9: `Y` is also `copy` in line 2, both in the steps"),
        "{}",
        wrong.stderr
    );
    // Where it is named, what is wrong with it is told before the terminal is taken.
    let open = fdsp.output(&["open", "--keys", "keys.toml"]);
    assert_eq!((open.code, open.stderr.contains("keys.toml:3:9")), (Some(2), true), "{}", open.stderr);
    assert_eq!(fdsp.output(&["keys"]).code, Some(0), "without fdsp.toml beside it, it is just a file");
    std::fs::write(fdsp.home().join("fdsp.toml"), "").expect("a file");
    assert_eq!(fdsp.output(&["keys"]).code, Some(2), "beside fdsp.toml it is read");
    std::fs::write(&file, "[keys]\ncopy = \"Y\"\n").expect("a file");
    let own = json(&fdsp.output(&["keys", "--json"]).stdout);
    let lines = own.as_array().expect("a list");
    assert_eq!(lines.len(), COMMANDS.len());
    let copy = lines.iter().find(|line| line["command"] == "copy").expect("copy");
    assert_eq!((copy["keys"][0].as_str(), copy["default"][0].as_str()), (Some("Y"), Some("y")));
    let users = fdsp.home().join(".config/fdsp");
    std::fs::create_dir_all(&users).expect("a folder");
    std::fs::rename(&file, users.join("keys.toml")).expect("moved");
    assert!(fdsp.output(&["keys"]).stdout.lines().any(|line| line.starts_with("copy ") && line.contains("Y")));
}
