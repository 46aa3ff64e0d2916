//! Every label event stands in its author's chain, over restarts and beside other processes.

use fdsp::core::chain::{self, Place};
use fdsp::core::event::{Event, LabelTurn, Revealed};
use fdsp::core::label::LabelVerdict;
use fdsp::store::Store;

use super::Outcome;
use crate::support::stored::{FDSP, fixed, items, label, refine, run_info};

#[tokio::test]
async fn label_events_name_the_one_before_over_items_and_restarts() -> Outcome {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    let first = Store::open(&path).await?;
    first.create_run(&run_info("r1"), &items(2)).await?;
    for item in ["item-0", "item-1"] {
        first.append("r1", item, fixed("x", 1)).await?;
    }
    // Two handles with a writer each, as two processes have.
    let second = Store::open(&path).await?;
    let step = refine(1, 1);
    let mut told = Vec::new();
    let one = first.append("r1", "item-0", vec![(FDSP, label("ann", step, LabelVerdict::Unsure))]).await?;
    let number = one[0].seq;
    told.extend(one.into_iter().map(|entry| ("item-0", entry)));
    first.append("r1", "item-0", vec![(FDSP, label("bob", step, LabelVerdict::Unsure))]).await?;
    let more = [
        ("item-1", label("ann", step, LabelVerdict::Realistic)),
        ("item-0", label("ann", step, LabelVerdict::Realistic)),
        ("item-0", Event::LabelUndone(LabelTurn::of("ann", number))),
        ("item-0", Event::Revealed(Revealed { author: "ann".to_owned(), step, code: "c".to_owned(), link: None })),
    ];
    for (at, (item, event)) in more.into_iter().enumerate() {
        let store = if at % 2 == 0 { &second } else { &first };
        told.extend(store.append("r1", item, vec![(FDSP, event)]).await?.into_iter().map(|entry| (item, entry)));
    }
    let mut before: Option<String> = None;
    for (item, entry) in &told {
        let link = entry.event.link().ok_or("a label event without a link")?;
        assert_eq!(link.prev, before);
        let place = Place { run: "r1", item, stream: entry.stream, at: entry.at };
        let about = entry.event.about().and_then(|seq| told.iter().find(|(it, at)| it == item && at.seq == seq));
        let about = about.and_then(|(_, entry)| entry.event.link()).map(|link| link.id.as_str());
        assert_eq!(chain::id(&place, &entry.event, about, link.prev.as_deref()), link.id);
        before = Some(link.id.clone());
    }
    // What a label replaces is found by the store, in whichever item and process it was given.
    let replaced: Vec<Option<u32>> = told.iter().map(|(_, entry)| entry.event.about()).collect();
    assert_eq!(replaced, [None, None, Some(number), Some(number), None]);
    let history = Store::open(&path).await?.label_history("r1", "ann").await?;
    assert_eq!(history.len(), told.len());
    Ok(())
}
