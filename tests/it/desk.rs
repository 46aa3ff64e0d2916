//! Review through the counter: queue, leases, blind sittings, undo, drift, over the recorded run and real stores.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use fdsp::core::fold::ItemState;
use fdsp::core::label::{EXAMPLE, LabelVerdict};
use fdsp::desk::{Card, Desk, DeskError, Order, Said, Served};
use fdsp::review::queue::{self, Wish};
use fdsp::store::{RECORDED, Store};

type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

async fn recorded(path: &Path) -> Outcome<(Store, String)> {
    let store = Store::open(path).await?;
    let run = store.import_recorded(RECORDED[0]).await?;
    Ok((store, run))
}

fn order(author: &str, run: &str, change: impl FnOnce(&mut Wish)) -> Order {
    let mut wish = Wish { runs: vec![run.to_owned()], ..Wish::default() };
    change(&mut wish);
    Order { author: author.to_owned(), wish, anew: false, guideline: Some((1, "abc".to_owned())) }
}

fn said(verdict: LabelVerdict) -> Said {
    Said { verdict: Some(verdict), seconds: 2.0, ..Said::default() }
}

async fn card(desk: &mut Desk) -> Outcome<Option<Card>> {
    Ok(match desk.next().await? {
        Served::Card(card) => {
            desk.prepare().await?;
            Some(*card)
        }
        Served::Done { .. } => None,
    })
}

/// Labels up to `most` cards; the texts of what was labelled.
async fn work(desk: &mut Desk, most: usize, verdict: LabelVerdict) -> Outcome<Vec<String>> {
    let mut seen = Vec::new();
    while seen.len() < most
        && let Some(card) = card(desk).await?
    {
        seen.push(card.sheet().after.hash());
        assert!(desk.label(&card.sheet().token, said(verdict)).await?.settled);
    }
    Ok(seen)
}

async fn fixes(store: &Store, run: &str) -> Outcome<usize> {
    Ok(store.rows(run).await?.iter().filter(|row| row.is_fix()).count())
}

/// Who labelled each version, from the events alone.
async fn labelled(store: &Store, run: &str) -> Outcome<BTreeMap<String, BTreeSet<String>>> {
    let mut by: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for item in store.items(run).await? {
        let state = ItemState::of(&store.record(run, &item.id).await?.entries);
        for entry in state.labels.iter().filter(|entry| entry.active && entry.label.author != EXAMPLE) {
            let version = format!("{} {:?} {}", item.id, entry.stream, entry.label.step);
            assert!(by.entry(version).or_default().insert(entry.label.author.clone()), "labelled twice by one");
        }
    }
    Ok(by)
}

#[tokio::test]
async fn a_queue_is_worked_to_its_end_and_goes_on_where_it_stopped() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, run) = recorded(&folder.path().join("s.db")).await?;
    let all = fixes(&store, &run).await?;
    let shuffled = |wish: &mut Wish| wish.order = queue::Order::Shuffled;
    let mut whole = Desk::open(store.clone(), order("eve", &run, shuffled)).await?;
    assert_eq!(whole.progress().total, all);
    let mut first = Desk::open(store.clone(), order("ana", &run, shuffled)).await?;
    let mut seen = work(&mut first, 20, LabelVerdict::Realistic).await?;
    // As a killed process leaves it: nothing is given back.
    drop(first);
    let mut second = Desk::open(store.clone(), order("ana", &run, shuffled)).await?;
    assert_eq!((second.progress().done, second.progress().total), (20, all));
    assert_eq!(second.progress().sitting.labels, 0);
    assert_eq!(second.progress().today.labels, 20);
    seen.extend(work(&mut second, usize::MAX, LabelVerdict::Unsure).await?);
    assert_eq!(seen.len(), all);
    assert_eq!(second.progress().sitting.unsure as usize, all - 20);
    assert!(matches!(second.next().await?, Served::Done { held_by_others: 0 }));
    // Another annotator's queue has nothing left, unless overlap is wanted.
    assert!(matches!(whole.next().await?, Served::Done { .. }));
    let overlap = order("eve", &run, |wish| wish.overlap = 2);
    assert_eq!(
        work(&mut Desk::open(store.clone(), overlap).await?, usize::MAX, LabelVerdict::Unsure).await?.len(),
        all
    );
    // One annotator, one seed: a sitting that nobody broke off has the same order.
    let path = folder.path().join("other.db");
    let (other, run) = recorded(&path).await?;
    let mut unbroken = Desk::open(other.clone(), order("ana", &run, shuffled)).await?;
    let begun = work(&mut unbroken, 5, LabelVerdict::Unsure).await?;
    assert_ne!(begun, seen[..5], "seeds differ from store to store");
    Ok(())
}

#[tokio::test]
async fn a_blind_sitting_is_handed_four_things() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, run) = recorded(&folder.path().join("s.db")).await?;
    let info = store.run(&run).await?;
    let blind = |wish: &mut Wish| wish.blind = true;
    let mut desk = Desk::open(store.clone(), order("ana", &run, blind)).await?;
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut tokens = BTreeSet::new();
    while let Some(card) = card(&mut desk).await? {
        let Card::Blind(sheet) = card else { return Err("a blind sitting was handed an open card".into()) };
        // All of the sheet: a field that is added must be looked at here.
        let fdsp::desk::Sheet { token, prompt, before, after } = sheet;
        let words = format!("{token} {}", desk.author());
        for hidden in [&run, &info.model.name, "fdsp", "direct", "feedback", "verbalize", "self-debug", "s1.k1"] {
            assert!(!words.contains(hidden), "{words} tells {hidden}");
        }
        assert!(!prompt.is_empty() && !before.is_empty() && !after.is_empty());
        texts.entry(prompt.to_string()).or_default().push(after.hash());
        assert!(tokens.insert(token.clone()), "a token stands for one version");
        desk.label(&token, said(LabelVerdict::Unsure)).await?;
    }
    assert_eq!(tokens.len(), fixes(&store, &run).await?);
    // The fixes of one item do not come in the order of the approaches.
    let mut by_approach: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for item in store.items(&run).await? {
        let state = ItemState::of(&store.record(&run, &item.id).await?.entries);
        let mut labels = state.labels.clone();
        labels.retain(|entry| entry.label.author == "ana");
        labels.sort_by_key(|entry| entry.stream);
        for entry in labels {
            assert!(entry.label.blind && !entry.label.revealed);
            assert_eq!((entry.label.guideline, entry.label.guideline_hash.as_deref()), (Some(1), Some("abc")));
            by_approach.entry(item.prompt.to_string()).or_default().push(entry.label.code.clone());
        }
    }
    assert_ne!(texts, by_approach);
    for filter in [
        (|wish: &mut Wish| wish.cwe = Some(89)) as fn(&mut Wish),
        |wish| wish.approach = Some(fdsp::core::ids::ApproachId::Fdsp),
        |wish| wish.hint = Some(fdsp::core::hint::HintKind::Stub),
        |wish| wish.order = queue::Order::Approach,
    ] {
        let order = order("bob", &run, |wish| {
            wish.blind = true;
            filter(wish);
        });
        assert!(matches!(Desk::open(store.clone(), order).await, Err(DeskError::Wish(_))));
    }
    Ok(())
}

#[tokio::test]
async fn revealing_is_an_event_that_marks_what_is_said_afterwards() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, run) = recorded(&folder.path().join("s.db")).await?;
    let mut desk = Desk::open(store.clone(), order("ana", &run, |wish| wish.blind = true)).await?;
    let first = card(&mut desk).await?.ok_or("a card")?;
    let token = &first.sheet().token;
    let comment = Said { comment: Some("odd".to_owned()), lines: Some((2, 3)), ..Said::default() };
    assert!(!desk.label(token, comment).await?.settled);
    let context = desk.reveal(token).await?;
    assert_eq!(context.after.code.as_ref(), Some(&first.sheet().after));
    desk.label(token, said(LabelVerdict::Unrealistic)).await?;
    let second = card(&mut desk).await?.ok_or("a card")?;
    desk.label(&second.sheet().token, Said { skip: true, ..Said::default() }).await?;
    let state = ItemState::of(&store.record(&run, &context.item.id).await?.entries);
    let mine: Vec<_> = state.labels.iter().filter(|entry| entry.label.author == "ana").map(|it| &it.label).collect();
    assert_eq!(
        mine.iter().map(|label| (label.blind, label.revealed)).take(2).collect::<Vec<_>>(),
        [(true, false), (true, true)]
    );
    assert!(state.is_revealed("ana", context.target.stream, context.target.step));
    assert_eq!(desk.progress().sitting.skipped, 1);
    assert!(matches!(desk.label("nonsense", Said::default()).await, Err(DeskError::Token(_))));
    Ok(())
}

#[tokio::test]
async fn undo_brings_the_card_back_and_redo_puts_it_away() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, run) = recorded(&folder.path().join("s.db")).await?;
    let mut desk = Desk::open(store.clone(), order("ana", &run, |_| {})).await?;
    assert!(desk.undo().await?.is_none());
    let labelled = work(&mut desk, 3, LabelVerdict::Realistic).await?;
    let fourth = card(&mut desk).await?.ok_or("a card")?;
    let back = desk.undo().await?.ok_or("a label to take back")?;
    assert_eq!(back.sheet().after.hash(), labelled[2]);
    let further = desk.undo().await?.ok_or("a label to take back")?;
    assert_eq!(further.sheet().after.hash(), labelled[1]);
    assert_eq!(desk.progress().done, 1);
    assert!(desk.redo().await?.ok_or("a label to put back")?.settled);
    assert_eq!(desk.progress().done, 2);
    // What was put aside comes again, then the card that was in hand.
    let third = card(&mut desk).await?.ok_or("a card")?;
    assert_eq!(third.sheet().after.hash(), labelled[2]);
    desk.label(&third.sheet().token, said(LabelVerdict::Unsure)).await?;
    assert_eq!(card(&mut desk).await?.ok_or("a card")?.sheet().after, fourth.sheet().after);
    // Over a restart too.
    drop(desk);
    let mut again = Desk::open(store, order("ana", &run, |_| {})).await?;
    assert_eq!(again.undo().await?.ok_or("a label to take back")?.sheet().after.hash(), labelled[2]);
    Ok(())
}

#[tokio::test]
async fn what_is_taken_back_is_in_one_hand_alone() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, run) = recorded(&folder.path().join("s.db")).await?;
    // Whose queue still has what the other has labelled by now.
    let mut ben = Desk::open(store.clone(), order("ben", &run, |_| {})).await?;
    let mut ana = Desk::open(store.clone(), order("ana", &run, |_| {})).await?;
    work(&mut ana, 2, LabelVerdict::Realistic).await?;
    let (mut back, mut held) = (BTreeSet::new(), BTreeSet::new());
    for _ in 0..2 {
        let Some(Card::Open(_, context)) = ana.undo().await? else { return Err("a label to take back".into()) };
        back.insert(format!("{:?}", context.target));
    }
    for _ in 0..2 {
        let Some(Card::Open(sheet, context)) = card(&mut ben).await? else { return Err("a card".into()) };
        held.insert(format!("{:?}", context.target));
        ben.label(&sheet.token, said(LabelVerdict::Unsure)).await?;
    }
    assert_eq!(back.len(), 2);
    assert!(back.is_disjoint(&held), "{back:?} are in ana's hand, {held:?} in ben's");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn annotators_at_one_store_share_the_work() -> Outcome {
    for overlap in [1, 2] {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("s.db");
        let (store, run) = recorded(&path).await?;
        let mut tasks = Vec::new();
        for author in ["ana", "ben", "cleo"] {
            // A handle of its own has a writer of its own, as another process has.
            let (store, run) = (Store::open(&path).await?, run.clone());
            tasks.push(tokio::spawn(async move {
                let wish = order(author, &run, |wish| (wish.overlap, wish.blind) = (overlap, author == "ben"));
                let mut desk = Desk::open(store, wish).await.map_err(|error| error.to_string())?;
                work(&mut desk, usize::MAX, LabelVerdict::Unsure).await.map_err(|error| error.to_string())
            }));
        }
        for task in tasks {
            task.await??;
        }
        let by = labelled(&store, &run).await?;
        assert_eq!(by.len(), fixes(&store, &run).await?);
        assert!(by.values().all(|authors| authors.len() == overlap as usize), "overlap {overlap}: {by:?}");
    }
    Ok(())
}

#[tokio::test]
async fn repeats_and_gold_come_back_and_measure_drift() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (store, run) = recorded(&folder.path().join("s.db")).await?;
    let all = fixes(&store, &run).await?;
    // Ten versions are settled by an adjudicator, as realistic.
    let rows = store.rows(&run).await?;
    for row in rows.iter().filter(|row| row.is_fix()).take(10) {
        let step = row.final_step().ok_or("a fix has a step")?;
        let state = ItemState::of(&store.record(&run, &row.item).await?.entries);
        let code = state.stream(row.stream).and_then(|it| it.version(step)?.code.clone()).ok_or("code")?.hash();
        let label = fdsp::core::label::Label {
            verdict: Some(LabelVerdict::Realistic),
            adjudicates: true,
            ..fdsp::core::label::Label::on("judge", step, &code)
        };
        store.append(&run, &row.item, vec![(row.stream, fdsp::core::event::Event::Labelled(label))]).await?;
    }
    let rates = |wish: &mut Wish| (wish.repeat, wish.gold) = (0.25, 0.4);
    let mut desk = Desk::open(store.clone(), order("ana", &run, rates)).await?;
    let seen = work(&mut desk, usize::MAX, LabelVerdict::Unrealistic).await?;
    let drift = desk.drift().await?;
    assert_eq!(seen.len(), all + drift.repeats as usize, "each version once, and the repeats");
    assert!(drift.repeats >= 1 && drift.repeats_same == drift.repeats, "{drift:?}");
    assert!(drift.gold >= 1 && drift.gold_same == 0, "{drift:?}");
    assert_eq!(desk.progress().done, all);
    Ok(())
}
