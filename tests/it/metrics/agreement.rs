//! Agreement of annotators: against packages of others, from a real store, and as the command prints it.

use std::io::Write;
use std::process::{Command, Stdio};

use fdsp::core::event::{Event, LabelTurn};
use fdsp::core::label::{Label, LabelVerdict};
use fdsp::core::text::sha256_hex;
use fdsp::metrics::agreement::{Category, Figure, Ratings, Undefined, Unit};
use fdsp::store::Store;
use serde_json::{Value, json};

use super::Outcome;
use crate::support::fdsp::{Fdsp, json as parsed};
use crate::support::stored::{FDSP, fixed, items, label, refine, run_info};
use crate::support::venv;

const PACKAGES: [&str; 6] =
    ["irrCAC==0.4.4", "krippendorff==0.9.0", "statsmodels==0.15.0", "numpy==1.26.4", "scipy==1.12.0", "pandas==2.3.3"];

/// Tables of every size, from nothing missing to most of it, from chance to one category alone.
fn tables() -> Vec<Ratings> {
    let mut random = fastrand::Rng::with_seed(11);
    let mut pick = |of: &[f64]| of[random.usize(..of.len())];
    let shapes: Vec<[f64; 5]> = (0..400)
        .map(|_| {
            let size = [pick(&[1.0, 2.0, 3.0, 3.0, 4.0, 5.0]), pick(&[1.0, 2.0, 2.0, 3.0, 4.0])];
            let units = pick(&[1.0, 2.0, 3.0, 5.0, 10.0, 30.0]);
            [size[0], size[1], units, pick(&[0.0, 0.0, 0.2, 0.6]), pick(&[0.0, 0.5, 0.9, 1.0])]
        })
        .collect();
    let table = |[categories, annotators, units, missing, skew]: [f64; 5]| {
        let any = |random: &mut fastrand::Rng| match random.f64() < skew {
            true => 0,
            false => random.u8(..categories as Category),
        };
        let units = (0..units as u32).map(|cluster| {
            let truth = any(&mut random);
            let ratings = (0..annotators as u32).map(|_| {
                let said = if random.f64() < 0.6 { truth } else { any(&mut random) };
                (random.f64() >= missing).then_some(said)
            });
            Unit { cluster, ratings: ratings.collect() }
        });
        Ratings { categories: categories as Category, units: units.collect() }
    };
    shapes.into_iter().map(table).collect()
}

fn computed(tables: &[Ratings]) -> Vec<Value> {
    let told = tables.iter().map(|table| {
        let units: Vec<_> = table.units.iter().map(|unit| &unit.ratings).collect();
        json!({ "categories": table.categories, "units": units })
    });
    let told = Value::Array(told.collect()).to_string();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/metrics/agreement.py");
    let mut child = Command::new(venv::python("agreement", &PACKAGES))
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the script starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(told.as_bytes()).expect("the script reads");
    drop(input);
    let output = child.wait_with_output().expect("the script ends");
    assert!(output.status.success(), "the script failed");
    serde_json::from_slice(&output.stdout).expect("the script writes JSON")
}

/// Whether both have a value, which is then the same. Where they part, it is for a stated reason.
fn compared(name: &str, table: &Ratings, ours: &Figure, theirs: &Value) -> bool {
    let given = || table.units.iter().flat_map(|unit| &unit.ratings).flatten();
    let rated = table.units.iter().filter(|unit| unit.ratings.iter().any(Option::is_some)).count();
    match (ours.value, theirs.as_f64()) {
        (Some(ours), Some(theirs)) => {
            assert!((ours - theirs).abs() <= 1e-9, "{name}: ours {ours}, theirs {theirs}: {table:?}");
            return true;
        }
        // irrCAC divides by the units less one for its standard error.
        (Some(_), None) => assert!(rated == 1 && name != "alpha" && name != "cohen", "{name}: {table:?}"),
        // Its chance agreement of one category is 1 less a rounding, and that of one category's scale is set so.
        (None, Some(_)) => {
            let one = given().min() == given().max();
            assert!(one && ours.undefined == Some(Undefined::OneCategory), "{name}: {ours:?} {table:?}");
            assert!(name == "fleiss" || (name == "ac1" && table.categories == 1), "{name}: {table:?}");
        }
        (None, None) => assert!(ours.undefined.is_some(), "{name}: {table:?}"),
    }
    false
}

#[test]
fn random_tables_give_what_other_packages_give() {
    let tables = tables();
    let mut counts = [0; 6];
    for (table, theirs) in tables.iter().zip(computed(&tables)) {
        let found = table.coefficients();
        let two = table.units[0].ratings.len() == 2;
        let figures = [
            ("observed", &found.observed),
            ("cohen", &found.cohen),
            ("fleiss", &found.fleiss),
            ("alpha", &found.alpha),
            ("ac1", &found.ac1),
            ("equal", &found.fleiss),
        ];
        for (at, (name, figure)) in figures.into_iter().enumerate() {
            // statsmodels knows two annotators, and for Fleiss no missing label.
            let asked = match name {
                "cohen" => two,
                "equal" => table.units.iter().all(|unit| unit.ratings.iter().all(Option::is_some)),
                _ => true,
            };
            if asked && (name != "equal" || (figure.value.is_some() && !theirs[name].is_null())) {
                counts[at] += usize::from(compared(name, table, figure, &theirs[name]));
            }
        }
        for (name, figure) in found.named() {
            let held = figure.interval.is_none_or(|ends| ends.low <= ends.high && ends.high <= 1.0);
            assert!(held && figure.value.is_some() == figure.undefined.is_none(), "{name}: {figure:?}");
        }
    }
    assert!(counts.iter().all(|count| *count >= 40), "{counts:?}");
}

/// A label on try `iteration` of the item that [`fixed`] makes of the name.
fn on(name: &str, author: &str, iteration: u32, verdict: LabelVerdict, change: impl FnOnce(&mut Label)) -> Event {
    let Event::Labelled(mut word) = label(author, refine(1, iteration), verdict) else {
        unreachable!("a label is an event");
    };
    word.code = sha256_hex(format!("{name} = 'try {iteration}'"));
    change(&mut word);
    Event::Labelled(word)
}

#[tokio::test]
async fn the_labels_that_count_are_read() -> Outcome {
    use LabelVerdict::{Realistic, Unrealistic, Unsure};
    let folder = tempfile::tempdir()?;
    let store = Store::open(&folder.path().join("store.db")).await?;
    store.create_run(&run_info("alpha"), &items(3)).await?;
    store.append("alpha", "item-0", fixed("x", 2)).await?;
    store.append("alpha", "item-1", fixed("y", 1)).await?;
    assert_eq!(store.rated("alpha").await?, Default::default());

    let mut words: Vec<(_, Event)> = vec![
        on("x", "ann", 2, Unrealistic, |_| {}),
        on("x", "ann", 2, Realistic, |word| word.reasons.clear()),
        on("x", "ann", 1, Unrealistic, |word| word.blind = true),
        on("x", "bob", 2, Unsure, |_| {}),
        on("x", "cy", 2, Unsure, |word| word.verdict = None),
        on("x", "dee", 2, Unsure, |word| word.code = sha256_hex("other")),
        on("x", "eve", 2, Unrealistic, |word| word.adjudicates = true),
    ]
    .into_iter()
    .map(|event| (FDSP, event))
    .collect();
    let undone = on("x", "bob", 2, Unrealistic, |_| {});
    words.push((FDSP, undone));
    let told = store.append("alpha", "item-0", words).await?;
    let last = told.last().map_or(0, |entry| entry.seq);
    let turn = LabelTurn::of("bob", last);
    store.append("alpha", "item-0", vec![(FDSP, Event::LabelUndone(turn.clone()))]).await?;
    store.append("alpha", "item-1", vec![(FDSP, on("y", "bob", 1, Realistic, |_| {}))]).await?;

    let found = store.rated("alpha").await?;
    let brief = |all: &[fdsp::metrics::agreement::Rated]| {
        all.iter()
            .map(|it| {
                let reasons = it.reasons.join(" ");
                format!("{} {} {} {} {reasons} {}", it.place.item, it.place.step, it.author, it.verdict, it.blind)
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        brief(&found.rated),
        [
            "item-0 s1.k1 ann unrealistic breaks-function true",
            "item-0 s1.k2 ann realistic  false",
            "item-0 s1.k2 bob unsure breaks-function false",
            "item-1 s1.k1 bob realistic breaks-function false",
        ]
    );
    assert_eq!(brief(&found.adjudicated), ["item-0 s1.k2 eve unrealistic breaks-function false"]);
    let place = &found.rated[0].place;
    assert_eq!((place.run.as_str(), place.stream, place.code.clone()), ("alpha", FDSP, sha256_hex("x = 'try 1'")));

    store.append("alpha", "item-0", vec![(FDSP, Event::LabelRedone(turn))]).await?;
    let again = store.rated("alpha").await?;
    assert_eq!(again.rated[2].verdict, Unrealistic);
    assert!(store.rated("beta").await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_command_and_the_report_say_how_far_two_agree() -> Outcome {
    use LabelVerdict::{Realistic, Unrealistic};
    let fdsp = Fdsp::new();
    let store = Store::open(&fdsp.db()).await?;
    store.create_run(&run_info("alpha"), &items(4)).await?;
    let labels = |author: &'static str, verdicts: [LabelVerdict; 4]| {
        let store = &store;
        async move {
            for (at, verdict) in verdicts.into_iter().enumerate() {
                let event = on(&format!("x{at}"), author, 1, verdict, |word| {
                    if verdict == Realistic {
                        word.reasons.clear();
                    }
                });
                store.append("alpha", &format!("item-{at}"), vec![(FDSP, event)]).await?;
            }
            Ok::<_, fdsp::store::StoreError>(())
        }
    };
    for at in 0..4 {
        store.append("alpha", &format!("item-{at}"), fixed(&format!("x{at}"), 1)).await?;
    }
    let none = fdsp.output(&["labels", "agreement", "alpha"]);
    assert_eq!(
        (none.code, none.stdout.as_str()),
        (Some(0), "No version has labels of two annotators; there are no labels.\n")
    );

    labels("ann", [Realistic, Realistic, Unrealistic, Unrealistic]).await?;
    let one = fdsp.output(&["labels", "agreement", "alpha"]).stdout;
    assert_eq!(one, "No version has labels of two annotators; labels so far: ann 4.\n");
    assert!(!fdsp.output(&["report", "alpha"]).stdout.contains("Agreement of annotators"));

    labels("bob\u{1b}[31m", [Realistic, Unrealistic, Unrealistic, Unrealistic]).await?;
    let two = fdsp.output(&["labels", "agreement", "alpha", "alp"]);
    assert_eq!(two.code, Some(0), "{}", two.stderr);
    assert!(!two.stdout.contains('\u{1b}'));
    insta::assert_snapshot!("agreement", two.stdout);
    let report = fdsp.output(&["report", "alpha", "--table", "1"]).stdout;
    assert!(report.contains("Agreement of annotators") && report.contains("Where ann and bob"), "{report}");

    let found = parsed(&fdsp.output(&["labels", "agreement", "alpha", "--json"]).stdout);
    assert_eq!(found["overall"]["observed"]["value"], 0.75);
    // Margins of 2 and 2 against 1 and 3: expected 8 of 16.
    assert_eq!(found["overall"]["cohen"]["value"], 0.5);
    let differ = &found["pairs"][0]["confusion"][1];
    assert_eq!(
        (&differ["first"], &differ["second"], &differ["versions"]),
        (&json!("realistic"), &json!("unrealistic"), &json!([1]))
    );
    assert_eq!(found["versions"][1]["item"], "item-1");
    assert_eq!(found["reasons"][0]["given"], 5);
    let whole = parsed(&fdsp.output(&["report", "alpha", "--format", "json"]).stdout);
    assert_eq!(whole["agreement"], found);
    let missing = fdsp.output(&["labels", "agreement", "beta"]);
    assert!(missing.code == Some(2) && missing.stderr.contains("no run `beta`"), "{}", missing.stderr);
    Ok(())
}
