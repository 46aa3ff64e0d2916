use std::path::Path;

use super::file::parse;
use super::*;
use crate::tui::app::model::Screen;

fn map(text: &str) -> Result<Keymap, String> {
    parse(Path::new("keys.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn a_file_takes_the_place_of_the_tables_keys() {
    let text = "# mine\n[keys]\ntop = [\"home\", \"g t\"]\nseek-start = []\ntest = \"6\"\nplay = \"alt-p\"\n";
    let keymap = map(text).expect("a keymap");
    let keys = |id| keymap.of(id).iter().map(Keys::to_string).collect::<Vec<_>>();
    assert_eq!(keys(Cmd::Top), ["home", "g t"]);
    assert_eq!((keys(Cmd::SeekStart), keys(Cmd::Play)), (vec![], vec!["alt-p".to_owned()]));
    assert_eq!(keymap.of(Cmd::Quit), Keymap::default().of(Cmd::Quit), "what is not named stays");
    assert_eq!(map(""), Ok(Keymap::default()));
    assert_eq!(map("[keys]\n"), Ok(Keymap::default()));
}

#[test]
fn two_keys_can_be_swapped_and_commands_of_different_places_share_one() {
    map("[keys]\nrealistic = \"u\"\nunrealistic = \"r\"\n").expect("a swap");
    map("[keys]\nresume = \"a\"\n").expect("runs and steps are different places");
}

#[test]
fn what_is_wrong_is_named_with_line_and_column() {
    for (text, wanted) in [
        ("[keys]\nrealistc = \"r\"\n", "keys.toml:2:1: there is no command `realistc`; the nearest is `realistic`"),
        (
            "[keys]\ntop = \"g g\"\n\n  hepl = \"f1\"\n",
            "keys.toml:4:3: there is no command `hepl`; the nearest is `help`",
        ),
        ("[keys]\ntop = \"hyper-g\"\n", "keys.toml:2:7: `hyper-g` is no key; write r, G, ctrl-r"),
        ("[keys]\ntop = [\"G G\", \"g gg\"]\n", "keys.toml:2:15: `gg` is no key"),
        ("[keys]\ntop = \"\"\n", "keys.toml:2:7: `` is no key"),
        ("[keys]\ntop = 3\n", "keys.toml:2:7: the keys of `top` are a text or a list of texts"),
        ("[keys]\ntop = [3]\n", "keys.toml:2:8: the keys of `top` are a text or a list of texts"),
        ("[key]\ntop = \"g\"\n", "keys.toml:1:2: `key` is not known here; keys.toml has one table, [keys]"),
        ("keys = 3\n", "keys.toml:1:1: `keys` is not known here"),
        ("[keys]\ntop = \n", "keys.toml:2:"),
        ("[keys]\ntop = \"q q\"\ntop = \"Q\"\n", "keys.toml:3:1: duplicate key"),
        ("[keys]\nredo = \"ctrl-i\"\n", "keys.toml:2:8: a terminal sends ctrl-i as tab: write tab"),
        ("[keys]\nredo = \"ctrl-R\"\n", "keys.toml:2:8: a terminal sends ctrl-R as ctrl-r: write ctrl-r"),
        ("[keys]\nredo = \"z esc\"\n", "keys.toml:2:8: esc leaves a sequence and cannot stand in one"),
        ("[keys]\nstart = \"s\"\n", "keys.toml:2:9: in the form s goes into its field"),
        (
            "[keys]\ncopy = \"r\"\n",
            "keys.toml:2:8: `r` is also `realistic` by default, both in the steps; take another key, or give \
             `realistic` one (realistic = [] for none)",
        ),
        (
            "[keys]\nunsure = \"e\"\nredo = \"ctrl-y\"\ncomment = [\"c\", \"e\"]\n",
            "keys.toml:4:17: `e` is also `unsure` in line 2, both in the steps; change one of them",
        ),
        (
            "[keys]\nquit = \"g\"\n",
            "keys.toml:2:8: `g` hides `g b`, which is `board` by default, both in the list of runs; take another key",
        ),
        (
            "[keys]\ncopy = \"r y\"\n",
            "keys.toml:2:8: `r y` is hidden by `r`, which is `realistic` by default, both in the steps",
        ),
        (
            "[keys]\ncopy = \"Y\"\nwords = \"Y Y\"\n",
            "keys.toml:3:9: `Y Y` is hidden by `Y`, which is `copy` in line 2, both in the steps; change one of them",
        ),
        ("[keys]\ntheme = [\"T\", \"T\"]\n", "keys.toml:2:15: `T` is written twice for `theme`"),
        (
            "[keys]\nquit = []\ncommands = []\n",
            "keys.toml:3:1: neither `quit` nor `commands` has a key: leave one of them one",
        ),
    ] {
        let told = map(text).expect_err(text);
        assert!(told.starts_with(wanted), "{text}\n{told}\n{wanted}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let told = read(Path::new("/nowhere/keys.toml")).expect_err("no file").to_string();
    assert!(told.starts_with("cannot read /nowhere/keys.toml: "), "{told}");
}

#[test]
fn the_printed_defaults_are_the_defaults() {
    let text = defaults();
    assert_eq!(map(&text), Ok(Keymap::default()));
    let live: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.contains(" = ") => format!("{rest}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(live.contains("\ntop = \"g g\""), "{live}");
    assert_eq!(map(&live), Ok(Keymap::default()));
}

#[test]
fn the_table_says_what_is_the_users_own() {
    let keymap = map("[keys]\ntop = \"f2\"\n").expect("a keymap");
    let lines = table(&keymap);
    assert_eq!(lines.len(), COMMANDS.len());
    let own: Vec<_> = lines.iter().filter(|line| line.default.is_some()).collect();
    assert_eq!((own.len(), own[0].command, own[0].keys.join(" ")), (1, "top", "f2".to_owned()));
    assert_eq!((own[0].default.clone(), own[0].places.as_str()), (Some(vec!["g g"]), "everywhere"));
    let steps = lines.iter().find(|line| line.command == "realistic").expect("a line");
    assert_eq!((steps.category, steps.places.as_str()), ("Labels", "steps adjudication"));
}

fn chords(text: &str) -> Vec<Chord> {
    Keys::parse(text).map(|keys| keys.chords().to_vec()).unwrap_or_default()
}

#[test]
fn keys_mean_a_command_a_beginning_or_a_reason() {
    let mut app = App::for_tests();
    app.screen = Screen::Items;
    let meaning = |text: &str| app.keymap.meaning(&app, &chords(text));
    assert_eq!(meaning("s"), Meaning::Command(Cmd::Sort));
    assert_eq!((meaning("g"), meaning("g g")), (Meaning::Prefix, Meaning::Command(Cmd::Top)));
    assert!(matches!(meaning("r"), Meaning::Barred(Cmd::Realistic, Bar::Elsewhere(_))));
    assert!(matches!(meaning("g d"), Meaning::Barred(Cmd::ShowDiff, Bar::Elsewhere(_))));
    // Of several that a key could mean, the one that belongs here says what is missing.
    assert!(matches!(meaning("!"), Meaning::Barred(Cmd::FalseSecure, Bar::Now(_))));
    assert_eq!((meaning("g z"), meaning("X")), (Meaning::Nothing, Meaning::Nothing));
}
