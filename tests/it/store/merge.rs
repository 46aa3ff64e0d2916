//! Labels of several stores come to the same, in whatever order their exports are taken in.

use fdsp::core::event::{Event, LabelTurn, Revealed};
use fdsp::core::fold::ItemState;
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::text::sha256_hex;
use fdsp::exchange::labels::{back, check, lines};
use fdsp::review::adjudication::{Case, words};
use fdsp::store::Store;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::Outcome;
use crate::support::stored::{FDSP, fixed, items, refine, run_info};

const ITEMS: [&str; 2] = ["item-0", "item-1"];

/// One thing that somebody does in one of the stores.
#[derive(Debug, Clone)]
enum Act {
    Label {
        author: usize,
        item: usize,
        step: u32,
        verdict: Option<LabelVerdict>,
        adjudicates: bool,
    },
    /// Takes back, or puts back, the `nth` label of the item.
    Turn {
        author: usize,
        item: usize,
        nth: usize,
        back: bool,
    },
    Reveal {
        author: usize,
        item: usize,
    },
    /// Takes in what another store exports.
    Take {
        from: usize,
    },
}

fn act() -> impl Strategy<Value = Act> {
    let verdict = prop_oneof![Just(Some(LabelVerdict::Realistic)), Just(Some(LabelVerdict::Unrealistic)), Just(None),];
    let place = (0_usize..2, 0_usize..2);
    prop_oneof![
        6 => (place.clone(), 1_u32..3, verdict, prop::bool::weighted(0.1)).prop_map(
            |((author, item), step, verdict, adjudicates)| Act::Label { author, item, step, verdict, adjudicates }
        ),
        2 => (place.clone(), 0_usize..6, any::<bool>())
            .prop_map(|((author, item), nth, back)| Act::Turn { author, item, nth, back }),
        1 => place.prop_map(|(author, item)| Act::Reveal { author, item }),
        3 => (0_usize..3).prop_map(|from| Act::Take { from }),
    ]
}

async fn opened(folder: &std::path::Path, name: &str) -> Result<Store, Box<dyn std::error::Error>> {
    let store = Store::open(&folder.join(name)).await?;
    store.create_run(&run_info("r"), &items(2)).await?;
    for item in ITEMS {
        store.append("r", item, fixed(item, 2)).await?;
    }
    Ok(store)
}

async fn export(store: &Store) -> Result<String, Box<dyn std::error::Error>> {
    let mut bytes = Vec::new();
    lines::write(store, &[store.run("r").await?], None, &mut bytes).await?;
    Ok(String::from_utf8(bytes)?)
}

async fn take(store: &Store, texts: &[String]) -> Result<check::Taken, Box<dyn std::error::Error>> {
    let files = texts.iter().map(|text| lines::read("f", text)).collect::<Result<Vec<_>, _>>()?;
    Ok(check::take_in(store, &files, false, false).await?)
}

fn code(item: &str, step: u32) -> String {
    sha256_hex(format!("{item} = 'try {step}'"))
}

async fn perform(stores: &[Store], at: usize, act: &Act) -> Outcome {
    let store = &stores[at];
    let name = |author: usize| ["ada", "bob"][author];
    let (item, event) = match act {
        Act::Label { author, item, step, verdict, adjudicates } => {
            let label = Label::on(name(*author), refine(1, *step), &code(ITEMS[*item], *step));
            let (skip, adjudicates) = (verdict.is_none(), *adjudicates && verdict.is_some());
            (*item, Event::Labelled(Label { verdict: *verdict, skip, adjudicates, ..label }))
        }
        Act::Turn { author, item, nth, back } => {
            let state = ItemState::of(&store.record("r", ITEMS[*item]).await?.entries);
            let Some(label) = state.labels.get(*nth) else { return Ok(()) };
            let turn = LabelTurn::of(name(*author), label.seq);
            (*item, if *back { Event::LabelUndone(turn) } else { Event::LabelRedone(turn) })
        }
        Act::Reveal { author, item } => {
            let (author, step) = (name(*author).to_owned(), refine(1, 1));
            (*item, Event::Revealed(Revealed { author, step, code: code(ITEMS[*item], 1), link: None }))
        }
        Act::Take { from } => {
            let taken = take(store, &[export(&stores[*from]).await?]).await?;
            assert!(!taken.refused && taken.quarantined.is_empty(), "{taken:?}");
            return Ok(());
        }
    };
    store.append("r", ITEMS[item], vec![(FDSP, event)]).await?;
    Ok(())
}

/// All that counts of the labels of a store, and the labels as they stand.
async fn come_to(store: &Store) -> Result<String, Box<dyn std::error::Error>> {
    let mut text = format!("{:?}\n{:?}\n", store.rated("r").await?, store.rows("r").await?);
    text.push_str(&format!("{:?}\n", store.cases("r").await?));
    for item in ITEMS {
        let state = ItemState::of(&store.record("r", item).await?.entries);
        for step in [1, 2] {
            let step = refine(1, step);
            let all = words(&state, FDSP, step);
            let told = all.iter().map(|word| (word.at, &word.label.author, word.label.verdict));
            text.push_str(&format!("{:?} {:?}\n", state.standing(FDSP, step), told.collect::<Vec<_>>()));
            let latest =
                |author| state.label(author, FDSP, step).map(|entry| (entry.at, entry.id().map(str::to_owned)));
            text.push_str(&format!("{:?} {:?}\n", latest("ada"), latest("bob")));
        }
    }
    Ok(text)
}

async fn play(acts: Vec<(usize, Act)>, order: Vec<(usize, usize)>) -> Outcome {
    let folder = tempfile::tempdir()?;
    let mut stores = Vec::new();
    for name in ["a.db", "b.db", "c.db"] {
        stores.push(opened(folder.path(), name).await?);
    }
    for (at, act) in &acts {
        perform(&stores, *at, act).await?;
    }
    let exports = [export(&stores[0]).await?, export(&stores[1]).await?, export(&stores[2]).await?];
    // In any order, some twice; at the end each store has every file.
    for (store, file) in order {
        take(&stores[store], &exports[file..=file]).await?;
    }
    for (at, store) in stores.iter().enumerate() {
        let mut files = exports.to_vec();
        files.rotate_left(at);
        take(store, &files).await?;
        let again = take(store, &files).await?;
        assert_eq!((again.merged.added, again.faults.len()), (0, 0));
        assert_eq!(store.chains("r").await?.faults, Vec::<String>::new());
    }
    let (text, came) = (export(&stores[0]).await?, come_to(&stores[0]).await?);
    for store in &stores[1..] {
        assert_eq!(export(store).await?, text);
        assert_eq!(come_to(store).await?, came);
    }
    // What was written event by event is what a rebuild gives.
    stores[0].rebuild("r").await?;
    assert_eq!(come_to(&stores[0]).await?, came);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn a_merge_is_a_union(
        acts in prop::collection::vec((0_usize..3, act()), 1..28),
        order in prop::collection::vec((0_usize..3, 0_usize..3), 0..8),
    ) {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| TestCaseError::fail(error.to_string()))?;
        runtime.block_on(play(acts, order)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}

fn labelled(author: &str, item: &str, verdict: LabelVerdict) -> Event {
    let label = Label::on(author, refine(1, 2), &code(item, 2));
    Event::Labelled(Label { verdict: Some(verdict), seconds: 2.5, ..label })
}

#[tokio::test]
async fn one_author_of_two_stores_is_in_dispute_until_a_label_is_said_over_both() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (here, there) = (opened(folder.path(), "a.db").await?, opened(folder.path(), "b.db").await?);
    here.append("r", "item-0", vec![(FDSP, labelled("ada", "item-0", LabelVerdict::Realistic))]).await?;
    there.append("r", "item-0", vec![(FDSP, labelled("ada", "item-0", LabelVerdict::Unrealistic))]).await?;
    take(&here, &[export(&there).await?]).await?;
    let disputed = here.cases("r").await?;
    assert_eq!((disputed.len(), disputed[0].is_forked(), disputed[0].labels.len()), (1, true, 2));
    here.append("r", "item-0", vec![(FDSP, labelled("ada", "item-0", LabelVerdict::Unsure))]).await?;
    assert!(!here.cases("r").await?.iter().any(Case::waits));
    // The other store, which numbers them otherwise, comes to the same.
    take(&there, &[export(&here).await?]).await?;
    assert!(!there.cases("r").await?.iter().any(Case::waits));
    assert_eq!(come_to(&there).await?, come_to(&here).await?);
    Ok(())
}

/// A store with four labels and an undo by ada, and its export.
async fn exported(folder: &std::path::Path) -> Result<(Store, String), Box<dyn std::error::Error>> {
    let store = opened(folder, "from.db").await?;
    for (item, verdict) in [("item-0", LabelVerdict::Realistic), ("item-1", LabelVerdict::Unsure)] {
        store.append("r", item, vec![(FDSP, labelled("ada", item, verdict))]).await?;
        store.append("r", item, vec![(FDSP, labelled("bob", item, verdict))]).await?;
    }
    let state = ItemState::of(&store.record("r", "item-1").await?.entries);
    let turn = LabelTurn::of("ada", state.labels[0].seq);
    store.append("r", "item-1", vec![(FDSP, Event::LabelUndone(turn))]).await?;
    let text = export(&store).await?;
    Ok((store, text))
}

#[tokio::test]
async fn edits_gaps_and_cut_ends_of_a_file_are_named() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (_, text) = exported(folder.path()).await?;
    let store = opened(folder.path(), "to.db").await?;
    let all: Vec<&str> = text.lines().collect();
    assert_eq!(all.len(), 6);
    let without = |at: usize| {
        let mut lines = all.clone();
        lines.remove(at);
        lines.join("\n") + "\n"
    };
    let half = &text[..text.len() - 40];
    let cases: [(String, Option<usize>, &str, bool); 6] = [
        (text.replacen("\"verdict\":\"realistic\"", "\"verdict\":\"unrealistic\"", 1), Some(2), "was changed", false),
        (text.replacen("\"seconds\":2.5", "\"seconds\":2.25", 1), Some(2), "was changed", false),
        (without(1), Some(2), "the event before it in the chain", true),
        (without(2), Some(3), "replaces or takes back is missing", true),
        (without(5), None, "the chain of bob over run `r` ends with", true),
        (half.to_owned(), Some(6), "ends in the middle of this line", true),
    ];
    for (text, line, what, gap) in cases {
        let files = [lines::read("f.jsonl", &text)?];
        let taken = check::take_in(&store, &files, false, false).await?;
        assert!(taken.refused, "{what}");
        let named = taken.faults.iter().any(|it| it.line == line && it.what.contains(what) && it.gap == gap);
        assert!(named, "{what}: {:?}", taken.faults);
        assert_eq!(store.told("r", None).await?, [], "something was written");
        let accepted = check::take_in(&store, &files, true, true).await?;
        assert_eq!(accepted.refused, !gap, "{what}");
    }
    // Two halves close each other's gaps.
    let (mut first, mut second) = (all.clone(), all.clone());
    first.truncate(3);
    second.drain(1..3);
    let files = [lines::read("1", &(first.join("\n") + "\n"))?, lines::read("2", &(second.join("\n") + "\n"))?];
    let gaps = check::take_in(&store, &files, false, true).await?;
    assert!(gaps.faults.iter().all(|fault| fault.line.is_none()), "only the headers know of more: {:?}", gaps.faults);
    let accepted = check::take_in(&store, &files, true, false).await?;
    assert_eq!((accepted.merged.added, accepted.quarantined.len()), (5, 0));
    assert_eq!(export(&store).await?, text);
    Ok(())
}

#[tokio::test]
async fn what_has_no_place_here_is_quarantined_and_other_code_does_not_count() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (_, text) = exported(folder.path()).await?;
    let other = Store::open(&folder.path().join("other.db")).await?;
    let files = [lines::read("f", &text)?];
    let taken = check::take_in(&other, &files, false, false).await?;
    assert_eq!((taken.refused, taken.merged.added, taken.quarantined.len()), (false, 0, 5));
    assert_eq!(taken.quarantined[0].reason, "run `r` is not in this store");
    // The same run, one item short, the other item with other code.
    other.create_run(&run_info("r"), &items(1)).await?;
    other.append("r", "item-0", fixed("another", 2)).await?;
    let taken = check::take_in(&other, &files, false, false).await?;
    assert_eq!((taken.merged.added, taken.merged.other_code, taken.quarantined.len()), (2, 2, 3));
    assert_eq!(taken.quarantined[0].reason, "run `r` has no item `item-1` here");
    assert_eq!(other.rated("r").await?, Default::default());
    // Labels on a version that is not here at all.
    let bare = Store::open(&folder.path().join("bare.db")).await?;
    bare.create_run(&run_info("r"), &items(2)).await?;
    let taken = check::take_in(&bare, &files, false, false).await?;
    assert_eq!((taken.merged.added, taken.merged.other_code, bare.cases("r").await?.len()), (5, 4, 0));
    assert_eq!(bare.rated("r").await?, Default::default());
    // A run of that name with other settings is another run.
    let third = Store::open(&folder.path().join("third.db")).await?;
    let mut info = run_info("r");
    info.settings.solutions = 1;
    third.create_run(&info, &items(2)).await?;
    let taken = check::take_in(&third, &files, false, false).await?;
    assert_eq!((taken.merged.added, taken.quarantined.len()), (0, 5));
    assert!(taken.quarantined[0].reason.contains("other settings"), "{:?}", taken.quarantined[0]);
    Ok(())
}

#[tokio::test]
async fn a_date_far_ahead_is_refused() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, _) = exported(folder.path()).await?;
    let mut told = store.told("r", Some("bob")).await?;
    told.truncate(1);
    told[0].at = "2199-01-01T00:00:00Z".parse()?;
    told[0].id = told[0].true_id(true);
    let link = fdsp::core::label::Link { id: told[0].id.clone(), prev: None };
    if let Some(place) = told[0].event.link_mut() {
        *place = Some(link);
    }
    let target = opened(folder.path(), "to.db").await?;
    target.merge(told, false).await?;
    let text = export(&target).await?;
    let third = opened(folder.path(), "third.db").await?;
    let taken = take(&third, &[text]).await?;
    assert!(taken.refused && taken.faults[0].what.contains("ahead of this clock"), "{:?}", taken.faults);
    Ok(())
}

#[tokio::test]
async fn an_edit_and_a_gap_in_the_store_are_named() -> Outcome {
    use sqlx::Connection as _;
    let folder = tempfile::tempdir()?;
    let (store, _) = exported(folder.path()).await?;
    assert_eq!(store.chains("r").await?.faults, Vec::<String>::new());
    let url = format!("sqlite://{}", store.path().display());
    let mut db = sqlx::SqliteConnection::connect(&url).await?;
    sqlx::query(
        "UPDATE event SET payload = replace(payload, 'realistic', 'unrealistic') WHERE author = 'bob' AND id = \
                 (SELECT min(id) FROM event WHERE author = 'bob')",
    )
    .execute(&mut db)
    .await?;
    let faults = store.chains("r").await?.faults;
    assert!(faults.len() == 1 && faults[0].contains("bob") && faults[0].contains("was changed"), "{faults:?}");
    sqlx::query("DELETE FROM event WHERE id = (SELECT min(id) FROM event WHERE author = 'ada')")
        .execute(&mut db)
        .await?;
    let faults = store.chains("r").await?.faults;
    let said = |what: &str| faults.iter().any(|fault| fault.contains(what));
    assert!(said("the event before it in the chain") && said("lead nowhere"), "{faults:?}");
    sqlx::query("UPDATE event SET payload = '{' WHERE author = 'bob'").execute(&mut db).await?;
    let faults = store.chains("r").await?.faults;
    assert!(faults.iter().filter(|fault| fault.contains("cannot be read")).count() == 2, "{faults:?}");
    Ok(())
}

/// A label of a store older than the chain.
async fn unchain(store: &Store) -> Outcome {
    use sqlx::Connection as _;
    let mut db = sqlx::SqliteConnection::connect(&format!("sqlite://{}", store.path().display())).await?;
    sqlx::query("UPDATE event SET payload = json_remove(payload, '$.link')").execute(&mut db).await?;
    Ok(())
}

#[tokio::test]
async fn labels_older_than_the_chain_are_merged_by_what_they_say() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, _) = exported(folder.path()).await?;
    unchain(&store).await?;
    // A new label over an old one.
    let again = Store::open(store.path()).await?;
    again.append("r", "item-0", vec![(FDSP, labelled("ada", "item-0", LabelVerdict::Unrealistic))]).await?;
    let chains = again.chains("r").await?;
    assert_eq!(chains.faults, Vec::<String>::new());
    assert_eq!(chains.authors.iter().map(|it| (it.events, it.unchained)).collect::<Vec<_>>(), [(4, 3), (2, 2)]);
    let text = export(&again).await?;
    let other = opened(folder.path(), "to.db").await?;
    for added in [6, 0] {
        assert_eq!(take(&other, std::slice::from_ref(&text)).await?.merged.added, added);
    }
    assert_eq!(export(&other).await?, text);
    assert_eq!(come_to(&other).await?, come_to(&again).await?);
    let edited = text.replacen("\"verdict\":\"unsure\"", "\"verdict\":\"realistic\"", 1);
    assert!(take(&other, &[edited]).await?.refused);
    Ok(())
}

#[tokio::test]
async fn labels_come_back_from_other_tools_on_the_version_they_name() -> Outcome {
    use fdsp::exchange::labels::tools;
    let folder = tempfile::tempdir()?;
    let (store, _) = exported(folder.path()).await?;
    let mut dispute = labelled("ada", "item-1", LabelVerdict::Unrealistic);
    if let Event::Labelled(label) = &mut dispute {
        (label.reasons, label.comment) = (vec!["breaks-function".to_owned()], Some("no".to_owned()));
    }
    store.append("r", "item-1", vec![(FDSP, dispute)]).await?;
    let runs = [store.run("r").await?];
    let (mut studio, mut prodigy) = (Vec::new(), Vec::new());
    assert_eq!(tools::label_studio(&store, &runs, None, &mut studio).await?, (2, 4));
    assert_eq!(tools::prodigy(&store, &runs, None, &mut prodigy).await?, 4);
    let (studio, prodigy) = (String::from_utf8(studio)?, String::from_utf8(prodigy)?);
    let other = opened(folder.path(), "to.db").await?;
    for added in [4, 0] {
        let read = back::label_studio("s.json", &studio, None)?;
        let taken = back::take_in(&other, read, false).await?;
        assert_eq!((taken.added, taken.known, taken.quarantined.len()), (added, 4 - added, 0));
        // What one tool brought the other only confirms.
        let taken = back::take_in(&other, back::prodigy("p.jsonl", &prodigy, None), false).await?;
        assert_eq!((taken.added, taken.known, taken.quarantined.len()), (0, 4, 0));
    }
    let brief = |labelled: fdsp::metrics::agreement::Labelled| -> Vec<_> {
        labelled.rated.into_iter().map(|it| (it.place, it.author, it.verdict, it.reasons)).collect()
    };
    assert_eq!(brief(other.rated("r").await?), brief(store.rated("r").await?));
    for (wrong, why) in [
        (studio.replacen("\"verdict\"", "\"other\"", 1), "no verdict was chosen"),
        (studio.replacen("\"annotator\"", "\"other\"", 1), "no annotator is named"),
        (studio.replacen("[\"realistic\"]", "[\"realistic\",\"unsure\"]", 1), "2 verdicts were chosen"),
        (studio.replacen(&code("item-0", 2), &code("item-0", 1), 2), "is another here"),
        (studio.replacen("\"item\":\"item-0\"", "\"item\":\"item-9\"", 1), "item `item-9` has no s1.k2 of fdsp here"),
        (studio.replacen("\"run\":\"r\"", "\"run\":\"q\"", 1), "run `q` is not in this store"),
        (studio.replacen("\"step\":\"s1.k2\",", "", 1), "reference was removed"),
    ] {
        let taken = back::take_in(&other, back::label_studio("s.json", &wrong, None)?, true).await?;
        assert!(taken.quarantined.iter().any(|it| it.reason.contains(why)), "{why}: {:?}", taken.quarantined);
    }
    let rejected = prodigy.replacen("\"answer\":\"accept\"", "\"answer\":\"reject\"", 1);
    let read = back::prodigy("p.jsonl", &rejected, None);
    assert_eq!((read.given.len(), read.quarantined[0].line), (3, Some(1)));
    Ok(())
}
