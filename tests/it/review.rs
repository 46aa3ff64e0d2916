//! What the hints say of the recorded run: `cargo test --test it review -- --nocapture` prints every one.

use std::collections::BTreeMap;

use fdsp::core::fold::ItemState;
use fdsp::core::hint::HintKind;
use fdsp::core::ids::Step;
use fdsp::core::settings::VerdictMode;
use fdsp::core::verdict::{Verdict, judge};
use fdsp::review::{Context, hints};
use fdsp::store::{RECORDED, Store};

use crate::support::fdsp::Fdsp;

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
    let words =
        |counts: &BTreeMap<HintKind, u32>| counts.iter().map(|(kind, n)| format!("{kind} {n}")).collect::<Vec<_>>();
    println!("{versions:?} {counts:?}");
    assert_eq!(versions, [54, 250]);
    assert_eq!(words(&counts[0]), FIXES);
    assert_eq!(words(&counts[1]), OTHERS);
}

#[test]
fn the_recorded_run_has_its_hints_in_rows_and_reports() {
    let fdsp = Fdsp::new();
    let report = fdsp.output(&["report", "starter-all", "--hints"]);
    assert_eq!(report.code, Some(0), "{}", report.stderr);
    insta::assert_snapshot!("hints", report.stdout);
    let json = fdsp.output(&["report", "starter-all", "--hints", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json.stdout).expect("it is JSON");
    // Every fix has its label.
    assert_eq!(json["hints"][0]["queue"].as_array().map(Vec::len), Some(0));
    let both = fdsp.output(&["report", "starter-all", "--hints", "--table", "1"]);
    assert!(both.code != Some(0) && both.stderr.contains("--table"), "{}", both.stderr);
}

/// Refinements that are secure where the generated code was vulnerable, with a hint of this kind.
const FIXES: [&str; 11] = [
    "test-fails 48",
    "missing-import 3",
    "undefined-name 2",
    "unknown-import 1",
    "unknown-attribute 4",
    "unknown-argument 3",
    "bound-name 8",
    "placeholder 1",
    "literal-secret 3",
    "interface-changed 6",
    "little-remains 1",
];

/// Every other refinement.
const OTHERS: [&str; 15] = [
    "test-fails 241",
    "unparsable 9",
    "unchanged 48",
    "missing-import 15",
    "undefined-name 16",
    "unknown-import 5",
    "unknown-attribute 3",
    "unknown-argument 6",
    "placeholder 15",
    "literal-secret 11",
    "finding-back 3",
    "finding-moved 12",
    "new-finding 22",
    "interface-changed 13",
    "little-remains 4",
];
