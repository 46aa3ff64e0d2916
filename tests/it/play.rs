//! Shows: what a cast holds is what the screen showed, byte for byte the same each time, and nothing else.

use std::num::NonZero;
use std::path::PathBuf;
use std::time::Duration;

use fdsp::core::ids::ApproachId;
use fdsp::llm::Config;
use fdsp::store::RECORDED;
use fdsp::tui::app::Start;
use fdsp::tui::app::form::Defaults;
use fdsp::tui::run::Options;
use fdsp::tui::show::{Cast, Manner, Show};
use fdsp::tui::style::{ColourDepth, Signs, Theme};
use fdsp::tui::svg;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use serde_json::Value;

use crate::bytes::{Deeds, harmless};
use crate::pty::seeded;
use crate::support::fdsp::Fdsp;
use crate::support::fixture;
use crate::support::terminal::Pty;

const SIZE: (u16, u16) = (100, 28);
const BEGIN: &str = "\x1b[?25l\x1b[0m\x1b[2J";
const END: &str = "\x1b[0m\x1b[?25h";

fn manner(approach: Option<ApproachId>) -> Manner {
    Manner { approach, sample: 0, speed: 32.0, pause: Duration::from_secs(2) }
}

fn show(db: PathBuf, (run, item): (&str, &str), manner: Manner, signs: Signs) -> Result<Show, String> {
    let depth = ColourDepth::True;
    let options = Options {
        db,
        config: Config::default(),
        theme: Theme::resolve("dark", depth).expect("a theme").with_signs(signs),
        depth,
        author: "ana".to_owned(),
        start: Start::Run { run: run.to_owned(), item: Some(item.to_owned()) },
        recorded: RECORDED,
        defaults: Defaults::default(),
        reduced_motion: true,
        theme_chosen: true,
        mouse: false,
        place: None,
        restore: false,
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(Show::open(options, manner, SIZE))
}

/// A frame, when it was shown, and whether the show rested there.
type Seen = (Duration, Buffer, bool);

fn recorded(mut show: Show) -> (Vec<Seen>, String) {
    let mut frames: Vec<Seen> = Vec::new();
    let mut cast = Cast::new(SIZE, "a show");
    let end = show.record(|show, at, frame| {
        cast.frame(at, frame);
        frames.push((at, frame.clone(), show.rests()));
    });
    (frames, cast.finish(end))
}

/// Plays a cast through a terminal emulator: after every frame its screen is the frame's.
fn check(frames: &[Seen], cast: &str) {
    let size = |n: u16| NonZero::new(n).expect("a size");
    let mut parser = vt100::Parser::new_with_callbacks(size(SIZE.1), size(SIZE.0), 0, Deeds::default());
    let mut lines = cast.lines();
    let header: Value = serde_json::from_str(lines.next().expect("a header")).expect("a header of JSON");
    assert_eq!((&header["version"], &header["width"], &header["height"]), (&2.into(), &SIZE.0.into(), &SIZE.1.into()));
    let events: Vec<(f64, String)> = lines
        .map(|line| {
            let event: (f64, String, String) = serde_json::from_str(line).expect("time, `o` and data");
            assert_eq!(event.1, "o");
            (event.0, event.2)
        })
        .collect();
    assert!(events.is_sorted_by(|(one, _), (other, _)| one <= other));
    for (index, (_, data)) in events.iter().enumerate() {
        let drawn = match (index == 0, index + 1 == events.len()) {
            (true, _) => data.strip_prefix(BEGIN).expect("it begins with an empty screen"),
            (_, true) => data.strip_suffix(END).expect("it gives the cursor back"),
            _ => data,
        };
        harmless(drawn);
    }
    let mut rest = events.iter().peekable();
    for (at, frame, _) in frames {
        while let Some((_, data)) = rest.next_if(|(time, _)| (*time * 1e6).round() as u128 <= at.as_micros()) {
            parser.process(data.as_bytes());
        }
        assert_eq!(parser.callbacks().0, Vec::<String>::new());
        let rows = svg::to_text(frame);
        for (y, drawn) in rows.lines().enumerate() {
            let row = parser.screen().contents_between(y as u16, 0, y as u16, SIZE.0);
            assert_eq!(row.trim_end(), drawn, "row {y} at {at:?}");
        }
    }
    assert_eq!(rest.count(), 1, "after the last frame the cursor comes back, and nothing else");
}

fn caption(frame: &Buffer) -> String {
    let area = Rect { y: frame.area.bottom() - 1, height: 1, ..frame.area };
    let row: String = area.positions().map(|at| frame[at].symbol()).collect();
    row.trim_start_matches([' ', '▶', '‖']).trim_end().to_owned()
}

#[test]
fn a_cast_of_a_recorded_item_shows_its_frames_twice_the_same() {
    let home = Fdsp::new();
    let open = || {
        let manner = manner(Some(ApproachId::Fdsp));
        show(home.db(), ("starter-all", "sql-bulk-delete"), manner, Signs::UNICODE).expect("the item is there")
    };
    let (frames, cast) = recorded(open());
    check(&frames, &cast);
    assert!(recorded(open()).1 == cast, "the same item gives other bytes");
    let rests: Vec<String> = frames.iter().filter(|(.., rests)| *rests).map(|(_, frame, _)| caption(frame)).collect();
    assert_eq!(rests, ["ℜ ← δ(y): 1 finding", "δ(y_k) is empty: stop, return S1·k1"]);
    // It rests two seconds there: the next frame comes after them.
    for pair in frames.windows(2).filter(|pair| pair[0].2) {
        assert!(pair[1].0 - pair[0].0 > Duration::from_secs(2));
    }
}

#[test]
fn captions_say_every_line_of_every_approach() {
    let home = Fdsp::new();
    let all = show(home.db(), ("starter-all", "sql-bulk-delete"), manner(None), Signs::UNICODE).expect("the item");
    let mut captions: Vec<String> = recorded(all).0.iter().map(|(_, frame, _)| caption(frame)).collect();
    captions.dedup();
    insta::assert_snapshot!("captions", captions.join("\n"));
    let tried = show(home.db(), ("starter-all", "marshal-code"), manner(Some(ApproachId::Fdsp)), Signs::ASCII);
    let mut captions: Vec<String> =
        recorded(tried.expect("the item")).0.iter().map(|(_, frame, _)| caption(frame)).collect();
    captions.dedup();
    assert!(captions.iter().all(|caption| caption.is_ascii()), "{captions:?}");
    insta::assert_snapshot!("captions-ascii", captions.join("\n"));
}

#[test]
fn hostile_texts_pass_the_gate_on_their_way_into_a_cast() {
    let home = seeded();
    for item in ["yaml-読む-with-a-very-long-name-indeed", "broken-line", "broken-parser", "tmp-report"] {
        let show = show(home.db(), (fixture::RUN, item), manner(None), Signs::UNICODE).expect("the item is there");
        let (frames, cast) = recorded(show);
        check(&frames, &cast);
        assert!(frames.len() > 5);
    }
    let said = |item: &str, manner| show(home.db(), (fixture::RUN, item), manner, Signs::UNICODE).err();
    assert_eq!(said("nowhere", manner(None)).as_deref(), Some("the run has no item `nowhere`"));
    let nothing = "nothing was recorded of sample 1 of `never-begun`";
    assert_eq!(said("never-begun", manner(None)).as_deref(), Some(nothing));
    let other = said("tmp-report", manner(Some(ApproachId::Direct)));
    assert_eq!(other.as_deref(), Some("the run has no approach `direct`; it has fdsp"));
}

#[test]
fn the_command_writes_casts_and_pictures() {
    let home = seeded();
    let play = |arguments: &[&str]| {
        let fixed = ["play", fixture::RUN, "sql-row-count", "--speed", "32", "--size", "80x24"];
        home.output(&[&fixed[..], arguments].concat())
    };
    let file = |name: &str| home.home().join(name).display().to_string();
    let done = play(&["--cast", &file("a.cast"), "--svg", &file("pictures")]);
    assert_eq!(done.code, Some(0), "{}", done.stderr);
    let cast = std::fs::read_to_string(file("a.cast")).expect("a cast");
    assert!(cast.starts_with("{\"") && cast.lines().next().is_some_and(|header| header.contains("\"width\":80")));
    let pictures: Vec<&str> = done.stdout.lines().map(|line| line.rsplit('/').next().unwrap_or(line)).collect();
    assert_eq!(
        pictures,
        [
            "005-scanned-generate-generate.svg",
            "014-scanned-fdsp-s1.k1.svg",
            "019-scanned-fdsp-s1.k2.svg",
            "030-stopped-fdsp.svg"
        ]
    );
    assert_eq!(play(&["--at", "5", "--svg", &file("five.txt")]).code, Some(0));
    let five = std::fs::read_to_string(file("five.txt")).expect("a text");
    assert!(five.contains("ℜ ← δ(y): 1 finding") && five.lines().count() == 24, "{five}");
    let past = play(&["--at", "99", "--svg", &file("none.svg")]);
    assert!(past.code == Some(2) && past.stderr.contains("--at takes 0 to 30"), "{}", past.stderr);
    let nowhere = play(&[]);
    assert!(nowhere.code == Some(2) && nowhere.stderr.contains("--cast FILE"), "{}", nowhere.stderr);
}

#[test]
fn a_reader_stops_it_steps_and_leaves() {
    let home = seeded();
    let arguments = ["play", fixture::RUN, "sql-row-count", "--speed", "32", "--pause", "600"];
    let mut pty = Pty::open(&home, &arguments, (120, 30));
    pty.sees(&["ℜ ← δ(y): 1 finding", "space pause"]);
    // A label key does nothing here.
    pty.keys("r").keys("\x1b[C\x1b[C").sees(&["S ← P(y, ℜ, J, p) (Eqn 4): 3 of 3 solutions", "‖"]);
    pty.keys("\x1b[D").sees(&["y is there, checked and scanned"]);
    pty.keys("\x1b[F").sees(&["δ(y_k) is empty: stop, return S2·k1"]);
    pty.quits();
}
