//! Adjudication in the workbench: what waits, who said what, and what a decision changes.

use fdsp::core::event::{Entry, Event};
use fdsp::core::fold::ItemState;
use fdsp::core::ids::{ApproachId, StreamId};
use fdsp::core::label::{Label, LabelVerdict, Standing};
use fdsp::tui::app::Start;
use fdsp::tui::app::adjudicate::Adjudication;
use fdsp::tui::app::message::{Effect, Message};
use fdsp::tui::app::model::Screen;

use crate::support::bench::Bench;
use crate::support::fixture;

const SIZES: [(u16, u16); 2] = [(80, 24), (160, 50)];
const FDSP: StreamId = StreamId { approach: ApproachId::Fdsp, sample: 0 };

/// What somebody says of the fix of an item.
fn say(bench: &mut Bench, item: &str, author: &str, verdict: LabelVerdict, more: impl FnOnce(&mut Label)) {
    let (_, entries) = bench.items.iter_mut().find(|(known, _)| known.id == item).expect("an item");
    let state = ItemState::of(&*entries);
    let version = state.stream(FDSP).and_then(|stream| stream.versions.last()).expect("a version");
    let code = version.code.as_ref().expect("code").hash();
    let mut label = Label { verdict: Some(verdict), seconds: 12.4, ..Label::on(author, version.step, &code) };
    more(&mut label);
    let at = "2026-03-04T09:30:00Z".parse().expect("a time");
    entries.push(Entry { seq: state.last_seq + 1, at, stream: FDSP, event: Event::Labelled(label) });
}

/// Three versions with labels of two or three, two of them in dispute.
pub fn bench(size: (u16, u16)) -> Bench {
    use LabelVerdict::{Realistic, Unrealistic, Unsure};
    let mut bench = Bench::new(Start::Run { run: fixture::RUN.to_owned(), item: None }, size);
    let ids: Vec<String> = bench.items.iter().map(|(item, _)| item.id.clone()).collect();
    let refined: Vec<&String> = ids.iter().filter(|id| refines(&bench, id)).collect();
    let [first, second, third] = [refined[0], refined[1], refined[2]];
    say(&mut bench, first, "ann", Realistic, |_| {});
    say(&mut bench, first, "bob", Unrealistic, |label| {
        label.blind = true;
        label.reasons = vec!["breaks-function".to_owned(), "moves-the-issue".to_owned()];
        label.lines = Some((4, 6));
        label.comment =
            Some("it raises on every name that is not in the list, so that no caller works\u{1b}[31m".to_owned());
    });
    say(&mut bench, first, "cy", Unrealistic, |_| {});
    say(&mut bench, second, "ann", Unsure, |label| label.comment = Some("cannot tell".to_owned()));
    say(&mut bench, second, "bob", Realistic, |label| label.revealed = true);
    for author in ["ann", "bob"] {
        say(&mut bench, third, author, Realistic, |_| {});
    }
    bench.send(Message::Changed);
    bench
}

fn refines(bench: &Bench, id: &str) -> bool {
    let (_, entries) = bench.items.iter().find(|(item, _)| item.id == id).expect("an item");
    let state = ItemState::of(entries);
    state.stream(FDSP).and_then(|stream| stream.versions.last()).is_some_and(|version| version.code.is_some())
}

fn open(bench: &Bench) -> &Adjudication {
    bench.app.adjudication.as_ref().expect("an adjudication")
}

fn here(bench: &Bench) -> String {
    open(bench).current().expect("a version").item.clone()
}

fn snapshot(name: &str, bench: &Bench) {
    let (width, height) = bench.app.size;
    insta::assert_snapshot!(format!("{name}-{width}x{height}"), bench.screen());
}

#[test]
fn every_label_stands_beside_the_diff() {
    for size in SIZES {
        let mut bench = bench(size);
        bench.keys("D");
        assert_eq!(bench.app.screen, Screen::Adjudication);
        snapshot("adjudication", &bench);
        bench.keys("j");
        assert!(bench.app.shows_case());
        snapshot("adjudication-why", bench.keys("r \"it_runs"));
        bench.keys("esc f");
        snapshot("adjudication-all", &bench);
    }
    let mut narrow = bench(SIZES[0]);
    snapshot("adjudication-labels", narrow.keys("D j tab"));
    let screen = bench(SIZES[1]).keys("D j").screen();
    assert!(screen.contains("blind · 12 s · 2026-03-04 09:30") && !screen.contains('\u{1b}'), "{screen}");
}

#[test]
fn a_decision_is_a_label_beside_the_others_and_goes_on_to_the_next() {
    let mut bench = bench(SIZES[1]);
    bench.keys("D");
    // Of two labels none agree, of three one pair does.
    assert_eq!(open(&bench).shown.len(), 2);
    let first = here(&bench);
    let before = bench.items.iter().find(|(item, _)| item.id == first).expect("an item").1.clone();
    bench.keys("u \"no_caller_works enter");
    assert_eq!(open(&bench).shown.len(), 1);
    let second = here(&bench);
    assert_ne!(second, first);
    assert!(bench.app.shows_case());
    assert!(bench.screen().contains("adjudicated: "), "{}", bench.screen());
    let entries = &bench.items.iter().find(|(item, _)| item.id == first).expect("an item").1;
    assert_eq!(entries[..before.len()], before, "what was said stays");
    let Event::Labelled(label) = &entries[before.len()].event else { panic!("no label") };
    assert!(label.adjudicates && label.author == "ana");
    assert_eq!(label.comment.as_deref(), Some("no caller works"));
    let standing = ItemState::of(entries).standing(FDSP, label.step);
    assert_eq!(standing, Standing::Adjudicated(LabelVerdict::Unrealistic));
    // It is no label of the adjudicator's own.
    let list = bench.app.list.as_ref().expect("a list");
    assert_eq!((list.book.verdict(&first, FDSP, label.step), list.counts.all()), (None, 0));
    // Without a why, and the list is empty.
    bench.keys("x enter");
    assert_eq!(open(&bench).shown.len(), 0);
    assert!(bench.screen().contains("Nothing waits"), "{}", bench.screen());
    bench.keys("r");
    assert!(bench.app.overlay.is_none());
    // Undo goes back to what it takes back, one after the other.
    bench.keys("U");
    assert_eq!((here(&bench), open(&bench).shown.len()), (second, 1));
    bench.keys("U");
    assert_eq!((here(&bench), open(&bench).shown.len()), (first.clone(), 2));
    assert!(bench.app.shows_case());
    bench.keys("ctrl-r f f");
    assert_eq!((here(&bench), open(&bench).shown.len()), (first, 1));
    bench.keys("enter esc");
    assert_eq!(bench.app.screen, Screen::Adjudication);
}

#[test]
fn keys_do_not_wait_for_the_disk_and_none_falls_on_the_same_version() {
    let mut bench = bench(SIZES[1]);
    bench.hold_appends = true;
    bench.keys("D r enter u enter");
    assert_eq!(open(&bench).shown.len(), 0);
    bench.release();
    let decided: Vec<Option<LabelVerdict>> = bench
        .history
        .iter()
        .filter_map(|(_, entry)| match &entry.event {
            Event::Labelled(label) if label.adjudicates => Some(label.verdict),
            _ => None,
        })
        .collect();
    assert_eq!(decided, [Some(LabelVerdict::Realistic), Some(LabelVerdict::Unrealistic)]);
    assert_ne!(bench.history[0].0, bench.history[1].0);
}

#[test]
fn what_could_not_be_stored_waits_again() {
    let mut bench = bench(SIZES[1]);
    bench.hold_appends = true;
    bench.keys("D r enter");
    assert_eq!(open(&bench).shown.len(), 1);
    let Some(Effect::Append { ticket, .. }) = bench.held.pop() else { panic!("nothing was stored") };
    bench.send(Message::Stored(ticket, Err("the disk is full".to_owned())));
    assert_eq!(open(&bench).shown.len(), 2);
    assert!(bench.screen().contains("not saved: the disk is full"), "{}", bench.screen());
}

#[test]
fn code_that_is_not_here_is_not_judged() {
    let mut bench = bench(SIZES[1]);
    bench.keys("D");
    let item = here(&bench);
    // The labels stay, the code is another.
    let (_, entries) = bench.items.iter_mut().find(|(known, _)| known.id == item).expect("an item");
    for entry in entries {
        if let Event::Extracted(version) = &mut entry.event
            && entry.stream == FDSP
        {
            version.code = Some("print('another')\n".into());
        }
    }
    bench.keys("j k");
    assert!(!bench.app.shows_case());
    bench.keys("r");
    assert!(bench.app.overlay.is_none(), "{}", bench.screen());
    assert!(bench.screen().contains("nothing is decided unseen"), "{}", bench.screen());
}

#[test]
fn a_run_without_labels_says_what_would_fill_the_screen() {
    for size in SIZES {
        let mut bench = Bench::new(Start::Run { run: fixture::RUN.to_owned(), item: None }, size);
        bench.keys("D");
        snapshot("adjudication-empty", &bench);
        bench.keys("j k n f esc");
        assert_eq!(bench.app.screen, Screen::Items);
    }
}
