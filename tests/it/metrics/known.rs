//! A run built to known counts, stored by the real store, against scipy and statsmodels.

use std::io::Write;
use std::process::{Command, Stdio};

use fdsp::core::event::{Event, Failed, Scanned, StopReason, SyntaxProblem};
use fdsp::core::finding::{Scan, ScannerId};
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::label::LabelVerdict;
use fdsp::core::settings::{RunInfo, VerdictMode};
use fdsp::core::text::sha256_hex;
use fdsp::metrics::{Labels, Share, Study, Table1, Wanted};
use fdsp::store::Store;
use serde_json::{Value, json};

use super::Outcome;
use crate::support::stored::{FDSP, GENERATE, items, label, refine, run_info, stopped, version};
use crate::support::venv;

const ITEMS: usize = 60;
const REFINED: [ApproachId; 3] = [ApproachId::Direct, ApproachId::Feedback, ApproachId::Fdsp];
const SECOND: &str = "semgrep";

/// What the item comes to: `v`ulnerable, `s`ecure, `i`nvalid, or `None` where it has not got so far.
fn generated(item: usize) -> Option<char> {
    match item {
        0..36 => Some('v'),
        36..39 => Some('i'),
        39..58 => Some('s'),
        _ => None,
    }
}

fn refined(approach: ApproachId, item: usize) -> Option<char> {
    let before = generated(item)?;
    Some(match approach {
        _ if before != 'v' => before,
        ApproachId::Direct if item.is_multiple_of(9) => 'i',
        ApproachId::Direct if item.is_multiple_of(4) => 's',
        ApproachId::Feedback if !item.is_multiple_of(3) => 's',
        ApproachId::Fdsp if item == 35 => return None,
        ApproachId::Fdsp if !item.is_multiple_of(5) => 's',
        _ => 'v',
    })
}

/// The second scanner's word, by nothing but the numbers.
fn flagged(item: usize, version: usize) -> bool {
    (item * 7 + version * 5) % 11 < 4
}

fn code(item: usize, version: usize) -> String {
    format!("value_{item} = 'version {version}'")
}

fn judged(step: Step, item: usize, version_number: usize, verdict: char) -> Vec<Event> {
    let mut events = version(step, &code(item, version_number), verdict == 'v');
    if let (Event::Checked(checked), 'i') = (&mut events[3], verdict) {
        checked.error = Some(SyntaxProblem { line: 1, column: 1, message: "invalid syntax".to_owned() });
    }
    let Event::Scanned(Scanned { scan: Scan { findings, .. }, .. }) =
        version(step, "", flagged(item, version_number)).swap_remove(4)
    else {
        unreachable!("the fifth event of a version is its scan");
    };
    let scanner = ScannerId { name: SECOND.to_owned(), version: "1".to_owned() };
    events.push(Event::Rescanned(Scanned { step, scan: Scan { scanner, error: None, findings } }));
    events
}

fn events(item: usize) -> Vec<(StreamId, Event)> {
    let mut events = Vec::new();
    let mut add = |stream, all: Vec<Event>| events.extend(all.into_iter().map(|event| (stream, event)));
    let Some(before) = generated(item) else {
        if item == ITEMS - 1 {
            add(GENERATE, vec![Event::Failed(Failed { message: "no answer".to_owned() })]);
        }
        return events;
    };
    add(GENERATE, judged(Step::Generate, item, 0, before));
    add(GENERATE, vec![stopped(StopReason::Generated)]);
    for (number, approach) in (1..).zip(REFINED) {
        let stream = StreamId::new(approach, 0);
        let step = match approach {
            ApproachId::Fdsp => refine(1, 1),
            _ => Step::Refine { solution: None, iteration: 1 },
        };
        let after = refined(approach, item);
        if before == 'v' {
            add(stream, judged(step, item, number, after.unwrap_or('v')));
        }
        let reason = match (before, after) {
            (_, None) => continue,
            ('v', Some('s')) => StopReason::Fixed,
            ('v', Some(_)) => StopReason::Exhausted,
            ('i', _) => StopReason::Invalid,
            _ => StopReason::SecureFromStart,
        };
        add(stream, vec![stopped(reason)]);
    }
    events
}

fn info() -> RunInfo {
    let mut info = run_info("known");
    info.settings.approaches = REFINED.to_vec();
    info.settings.scanner = "bandit".to_owned();
    info
}

async fn store(folder: &tempfile::TempDir) -> Result<Store, Box<dyn std::error::Error>> {
    let store = Store::open(&folder.path().join("store.db")).await?;
    store.create_run(&info(), &items(ITEMS)).await?;
    for item in 0..ITEMS {
        // A second opinion is on a version that is stored.
        let (second, first): (Vec<_>, Vec<_>) =
            events(item).into_iter().partition(|(_, event)| matches!(event, Event::Rescanned(_)));
        store.append("known", &format!("item-{item}"), first).await?;
        store.append("known", &format!("item-{item}"), second).await?;
    }
    Ok(store)
}

/// The cases as letters, for the script.
fn told() -> Value {
    let letters = |approach| (0..ITEMS).map(|item| refined(approach, item)).collect::<Vec<_>>();
    let mut verdicts = json!({ "generate": (0..ITEMS).map(generated).collect::<Vec<_>>() });
    let mut second = json!({ "generate": (0..ITEMS).map(|item| flagged(item, 0)).collect::<Vec<_>>() });
    for (number, approach) in (1..).zip(REFINED) {
        verdicts[approach.as_str()] = json!(letters(approach));
        second[approach.as_str()] = json!((0..ITEMS).map(|item| flagged(item, number)).collect::<Vec<_>>());
    }
    json!({ "verdicts": verdicts, "second": second })
}

fn computed() -> Value {
    let python = venv::python("stats", &["scipy==1.17.1", "statsmodels==0.15.0"]);
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/metrics/stats.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(told().to_string().as_bytes()).expect("the script reads");
    drop(input);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script failed");
    serde_json::from_slice(&output.stdout).expect("the script writes JSON")
}

fn near(ours: f64, theirs: &Value, place: &str) {
    let theirs = theirs.as_f64().unwrap_or_else(|| panic!("{place}: the script gives no number"));
    assert!((ours - theirs).abs() <= 1e-9 * theirs.abs().max(1e-3), "{place}: ours {ours}, theirs {theirs}");
}

fn same_share(ours: &Share, theirs: &Value, place: &str) {
    assert_eq!(json!([ours.count, ours.of]), json!([theirs["count"], theirs["of"]]), "{place}");
    let interval = ours.interval().expect("some cases");
    near(interval.low, &theirs["low"], place);
    near(interval.high, &theirs["high"], place);
}

fn compare(study: &Study, mode: VerdictMode, theirs: &Value) {
    let theirs = &theirs[mode.to_string()];
    let table1: &Table1 =
        study.table1.iter().find(|it| (it.mode, it.labels) == (mode, Labels::Without)).expect("asked for");
    assert_eq!(table1.blocks[0].rows.len(), 4);
    for line in &table1.blocks[0].rows {
        let (cell, name) = (line.cells[0].as_ref().expect("the run answers"), line.approach.as_str());
        let theirs = &theirs["table1"][name];
        same_share(&cell.vulnerable, theirs, name);
        assert_eq!(
            (json!(cell.invalid.count), json!(cell.pending.count)),
            (theirs["invalid"].clone(), theirs["pending"].clone())
        );
        if line.approach != ApproachId::Generate {
            near(cell.drop.expect("a drop"), &theirs["drop"], name);
            near(cell.relative_drop.expect("a drop"), &theirs["relative_drop"], name);
        }
    }
    assert_eq!(table1.tests.len(), 6);
    for test in &table1.tests {
        let name = format!("{} {}", test.first, test.second);
        let theirs = &theirs["mcnemar"][&name];
        let ours = json!([test.items, test.first_only.count, test.second_only.count]);
        assert_eq!(ours, theirs["counts"], "{name}");
        near(test.p, &theirs["p"], &name);
    }
    let table2 = study.table2.iter().find(|it| it.mode == mode).expect("a second scanner");
    assert_eq!(table2.scanner, SECOND);
    for line in &table2.blocks[0].rows {
        let share = line.cells[0].as_ref().expect("it has scanned");
        same_share(share, &theirs["table2"][line.approach.as_str()], "table 2");
    }
    let pair = study.scanners.iter().find(|it| it.mode == mode).expect("a pair of scanners");
    assert_eq!((pair.first.as_str(), pair.second.as_str()), ("bandit", SECOND));
    let sides = [&pair.both, &pair.first_only, &pair.second_only, &pair.neither].map(|side| side.count);
    assert_eq!(json!(sides), theirs["scanners"]["sides"]);
    near(pair.kappa.expect("they differ"), &theirs["scanners"]["kappa"], "kappa");
    assert_eq!((pair.by_cwe[0].cwe, pair.by_cwe[0].both.count), (Some(89), pair.both.count));

    // Each version holds one finding of CWE-89 or none, so findings and vulnerable cases are alike.
    let figures = study.cwes.iter().find(|it| it.mode == mode).expect("the run answers");
    let fdsp = &theirs["table1"]["fdsp"];
    let bars = |bars: &[fdsp::metrics::CweBar]| {
        bars.iter().map(|it| (it.cwe, it.findings, it.of, it.items.count)).collect::<Vec<_>>()
    };
    let left = fdsp["count"].as_u64().expect("a count") as u32;
    assert_eq!(bars(&figures.generated), [(Some(89), 36, 36, 36)]);
    // Item 35 was generated and FDSP has not come to its end.
    assert_eq!(bars(&figures.unresolved), [(Some(89), left, 35, left)]);
    assert_eq!(figures.by_approach.len(), 3);
}

#[tokio::test]
async fn known_counts_give_the_numbers_that_scipy_and_statsmodels_give() -> Outcome {
    let folder = tempfile::tempdir()?;
    let rows = store(&folder).await?.study_rows("known").await?;
    assert_eq!((rows.items as usize, rows.rows.len()), (ITEMS, 4 * ITEMS));
    let study = Study::of(&[rows], &Wanted::default());
    let theirs = computed();
    compare(&study, VerdictMode::Strict, &theirs);
    compare(&study, VerdictMode::Paper, &theirs);
    Ok(())
}

#[tokio::test]
async fn a_label_changes_its_cell_and_nothing_else() -> Outcome {
    let folder = tempfile::tempdir()?;
    let store = store(&folder).await?;
    let wanted = Wanted { modes: vec![VerdictMode::Strict], ..Wanted::default() };
    let study = async || Ok::<_, fdsp::store::StoreError>(Study::of(&[store.study_rows("known").await?], &wanted));
    let before = study().await?;

    // A fix of FDSP.
    let fix = 31;
    assert_eq!((generated(fix), refined(ApproachId::Fdsp, fix)), (Some('v'), Some('s')));
    let Event::Labelled(mut word) = label("ann", refine(1, 1), LabelVerdict::Unrealistic) else {
        unreachable!("a label is an event");
    };
    word.code = sha256_hex(code(fix, 3));
    let told = store.append("known", &format!("item-{fix}"), vec![(FDSP, Event::Labelled(word))]).await?;
    let after = study().await?;

    let changed = |one: &Study, other: &Study| -> Result<Vec<String>, serde_json::Error> {
        let (mut one, mut other) = (one.numbers()?, other.numbers()?);
        // Hints are held against the labels, each of which moves what waits.
        one.retain(|path, _| !path.starts_with("hints["));
        other.retain(|path, _| !path.starts_with("hints["));
        assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
        Ok(one.iter().filter(|(path, value)| other[*path] != **value).map(|(path, _)| path.clone()).collect())
    };
    // Table 1 with labels, its fourth line, and the three tests of FDSP against the others.
    let mut wanted: Vec<String> = Vec::new();
    let cell = "table1[1].blocks[0].rows[3].cells[0]";
    for share in ["vulnerable", "labels.labelled", "labels.unrealistic", "labels.best"] {
        wanted.extend(["count", "evidence"].map(|field| format!("{cell}.{share}.{field}")));
    }
    wanted.extend(["drop", "relative_drop"].map(|field| format!("{cell}.{field}")));
    wanted.extend(
        [
            "labelled.count",
            "labelled.evidence",
            "unrealistic.count",
            "unrealistic.of",
            "unrealistic.evidence",
            "versions",
        ]
        .map(|field| format!("unrealistic[2].{field}")),
    );
    let tests = &before.table1[1].tests;
    let may = |path: &str| {
        tests.iter().enumerate().any(|(at, test)| {
            test.second == ApproachId::Fdsp
                && ["first_only.", "second_only.", "p"]
                    .iter()
                    .any(|field| path.starts_with(&format!("table1[1].tests[{at}].{field}")))
        })
    };
    let found = changed(&before, &after)?;
    let (of_tests, mut cells): (Vec<String>, Vec<String>) = found.into_iter().partition(|path| may(path));
    cells.sort();
    wanted.sort();
    assert_eq!(cells, wanted);
    assert!(!of_tests.is_empty());

    let fdsp = |study: &Study, table: usize| study.table1[table].blocks[0].rows[3].cells[0].clone().expect("a cell");
    let (old, new) = (fdsp(&before, 1), fdsp(&after, 1));
    assert_eq!(new.vulnerable.count, old.vulnerable.count + 1);
    assert_eq!(fdsp(&after, 0), fdsp(&before, 0));
    let bounds = new.labels.expect("labels were asked for");
    assert_eq!((bounds.labelled.count, bounds.unrealistic.count), (1, 1));
    assert_eq!(bounds.worst, old.labels.expect("labels were asked for").worst);

    let undone = Event::LabelUndone(fdsp::core::event::LabelTurn::of("ann", told[0].seq));
    store.append("known", &format!("item-{fix}"), vec![(FDSP, undone)]).await?;
    assert_eq!(study().await?, before);
    Ok(())
}
