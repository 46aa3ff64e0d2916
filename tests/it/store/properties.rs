use fdsp::core::event::{Event, Failed, LabelTurn, StopReason};
use fdsp::core::fold::ItemState;
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::VerdictMode;
use fdsp::review::rows;
use fdsp::store::Store;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::support::stored::{FDSP, GENERATE, answered, asked, items, label, refine, run_info, stopped, version};

/// One event of any kind, in an order that makes no sense: what is refused must leave no trace.
fn event() -> impl Strategy<Value = (StreamId, Event)> {
    let direct = StreamId::new(ApproachId::Direct, 1);
    let stream = prop_oneof![Just(GENERATE), Just(FDSP), Just(direct)];
    let step = prop_oneof![
        Just(Step::Generate),
        Just(Step::Solutions),
        (1_u32..3, 1_u32..3).prop_map(|(solution, iteration)| refine(solution, iteration))
    ];
    let verdict = prop_oneof![Just(LabelVerdict::Realistic), Just(LabelVerdict::Unrealistic)];
    (stream, step, 0_u8..12, 0_usize..5, any::<bool>(), verdict, "[ab]", 1_u32..20).prop_map(
        |(stream, step, kind, at, flag, verdict, author, number)| {
            let event = match kind {
                0 => stopped(if flag { StopReason::Fixed } else { StopReason::Exhausted }),
                1 => Event::Failed(Failed { message: "no".to_owned() }),
                2 | 3 => label(&author, step, verdict),
                4 => Event::LabelUndone(LabelTurn::of(&author, number)),
                5 => Event::LabelRedone(LabelTurn::of(&author, number)),
                6 => answered(step, "again"),
                7 => asked(step, "again"),
                _ => version(step, "x = 1", flag).swap_remove(at),
            };
            (stream, event)
        },
    )
}

async fn play(batches: Vec<(usize, Vec<(StreamId, Event)>)>) -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store.db");
    // Two handles write in turn: each must notice what the other wrote.
    let stores = [Store::open(&path).await?, Store::open(&path).await?];
    stores[0].create_run(&run_info("r"), &items(2)).await?;
    let names = ["item-0", "item-1"];
    let mut told = [Vec::new(), Vec::new()];
    for (turn, (item, events)) in batches.into_iter().enumerate() {
        if let Ok(entries) = stores[turn / 2 % 2].append("r", names[item], events).await {
            told[item].extend(entries);
        }
    }
    let mut expected = Vec::new();
    for (name, told) in names.iter().zip(&told) {
        let record = stores[0].record("r", name).await?;
        assert_eq!(&record.entries, told);
        assert!((1..).zip(told).all(|(seq, entry)| entry.seq == seq));
        expected.extend(rows(name, &ItemState::of(told), VerdictMode::Strict));
    }
    assert_eq!(stores[1].rows("r").await?, expected);
    let before = stores[1].runs().await?;
    stores[0].rebuild("r").await?;
    assert_eq!(stores[1].rows("r").await?, expected);
    assert_eq!(stores[1].runs().await?, before);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_projection_is_the_fold(batches in prop::collection::vec((0_usize..2, prop::collection::vec(event(), 1..5)), 1..24)) {
        let runtime = tokio::runtime::Runtime::new().map_err(|error| TestCaseError::fail(error.to_string()))?;
        runtime.block_on(play(batches)).map_err(|error| TestCaseError::fail(error.to_string()))?;
    }
}
