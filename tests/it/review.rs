//! What the hints say of the recorded run: `cargo test --test it review -- --nocapture` prints every one.

use std::collections::BTreeMap;

use fdsp::core::fold::ItemState;
use fdsp::core::hint::HintKind;
use fdsp::core::ids::Step;
use fdsp::core::settings::VerdictMode;
use fdsp::core::verdict::{Verdict, judge};
use fdsp::review::{Context, hints};
use fdsp::store::{RECORDED, Store};

#[test]
fn hints_over_the_recorded_run() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    // Over refinements of vulnerable code that the scanner accepts, and over all the others.
    let mut counts: [BTreeMap<HintKind, u32>; 2] = Default::default();
    let mut versions = [0, 0];
    runtime.block_on(async {
        let store = Store::open(&folder.path().join("store.db")).await.expect("the store opens");
        let run = store.import_recorded(RECORDED[0]).await.expect("the recorded run is whole");
        for item in store.items(&run).await.expect("its items are there") {
            let state = ItemState::of(&store.record(&run, &item.id).await.expect("it is there").entries);
            for (id, stream) in &state.streams {
                let before = state.generated(*id);
                let refined = stream.versions.iter().filter(|version| matches!(version.step, Step::Refine { .. }));
                for version in refined {
                    let found = hints(before, version, &Context::of(&state, *id, version.step));
                    let verdict = |version| judge(VerdictMode::Strict, version);
                    let fix = before.and_then(verdict) == Some(Verdict::Vulnerable)
                        && verdict(version) == Some(Verdict::Secure);
                    let to = usize::from(!fix);
                    versions[to] += 1;
                    let word = if fix { "FIX " } else { "    " };
                    println!("{word}{} {} {}", item.id, id.approach, version.step);
                    for hint in &found {
                        println!("        {:<18} {hint}", hint.kind.as_str());
                    }
                    let mut kinds: Vec<HintKind> = found.iter().map(|hint| hint.kind).collect();
                    kinds.dedup();
                    for kind in kinds {
                        *counts[to].entry(kind).or_default() += 1;
                    }
                }
            }
        }
    });
    for (versions, counts) in versions.iter().zip(&counts) {
        println!("{versions} versions: {counts:?}");
    }
}
