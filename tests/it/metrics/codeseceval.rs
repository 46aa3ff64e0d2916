//! CodeSecEval's published values: those that whole counts give, and those that nothing gives.

use std::collections::BTreeSet;

use fdsp::core::ids::ApproachId;
use fdsp::core::item::About;
use fdsp::dataset;
use fdsp::dataset::stats::by_subset;
use fdsp::metrics::codeseceval::{Fault, Published, Setting};
use fdsp::metrics::executed::Pass;
use fdsp::metrics::passk::KS;
use fdsp::metrics::{RunRows, Study, Wanted};
use fdsp::store::Store;
use serde_json::{Value, json};

use super::Outcome;
use crate::support::dataset::published;
use crate::support::experiments;

const SECTIONS: [(&str, &str, ApproachId); 4] = [
    ("table2", "Direct Code Generation", ApproachId::Generate),
    ("table2", "Code Generation using Vulnerability-aware Problem", ApproachId::GenerateAware),
    ("table4", "Direct Code Repair", ApproachId::Repair),
    ("table4", "Code Repair using Insecure Code Explanation", ApproachId::RepairExplained),
];

fn setting(paper: &Published, table: u32, approach: ApproachId) -> &Setting {
    let found = paper.settings.iter().find(|setting| setting.table == table && setting.approach == approach);
    found.expect("a setting of the paper")
}

fn elsewhere() -> Option<Value> {
    let text = std::fs::read_to_string(published("paper-results.json")?).expect("the published results");
    let all: Value = serde_json::from_str(&text).expect("JSON");
    Some(all["codeseceval"].clone())
}

/// Every pass@1 is a count of 10 N samples and every pass@10 one of N items, but for six values.
#[test]
fn whole_counts_give_the_published_values() {
    let paper = Published::load().expect("the published figures");
    let (mut whole, mut misfits) = (0, 0);
    for setting in &paper.settings {
        for model in &paper.models {
            for (part, values) in setting.row(model) {
                for (k, printed) in paper.ks.iter().zip(values).filter(|(k, _)| matches!(k, 1 | 10)) {
                    let found = paper.counts(part, *k, printed);
                    let of = part.items * if *k == 1 { 10 } else { 1 };
                    for one in &found {
                        let percent = f64::from(one.count) * 100.0 / f64::from(of);
                        assert!((percent - printed.value()).abs() <= 0.005 + 1e-9, "{one:?} {printed}");
                    }
                    whole += usize::from(!found.is_empty());
                    misfits += usize::from(found.is_empty());
                }
            }
        }
    }
    assert_eq!((whole, misfits), (2 * 7 * (4 * 3 + 2) - 6, 6));
    let told = paper.misfits();
    assert!(
        told.iter()
            .any(|misfit| misfit.words() == "no count of 180 items prints as pass@10 30.17; one of 179 items does")
    );
    assert!(told.iter().any(|misfit| misfit.place() == "Table 4, repair, CodeGen, SecEvalBase"));
}

/// The values as carried here against those written down elsewhere.
#[test]
fn values_are_those_written_down_elsewhere() {
    let Some(elsewhere) = elsewhere() else { return };
    let paper = Published::load().expect("the published figures");
    let mut cells = 0;
    let mut compare = |theirs: &Value, values: &[fdsp::metrics::paper::Printed], place: &str| {
        for (k, printed) in paper.ks.iter().zip(values) {
            assert_eq!(theirs[k.to_string()].as_f64(), Some(printed.value()), "{place} k={k}");
            cells += 1;
        }
    };
    for (table, section, approach) in SECTIONS {
        let number = if table == "table2" { 2 } else { 4 };
        for model in &paper.models {
            for (part, values) in setting(&paper, number, approach).row(model) {
                let place = format!("{table} {section} {model} {}", part.name);
                compare(&elsewhere[table][section][model][&part.name], values, &place);
            }
        }
    }
    for model in &paper.models {
        for (part, values) in setting(&paper, 3, ApproachId::GenerateAware).row(model) {
            let theirs = &elsewhere["table3"]["values"][model][part.name.replace(' ', "_")];
            compare(theirs, values, &format!("table3 {model} {}", part.name));
        }
    }
    assert_eq!(cells, 5 * 7 * (4 * 3 + 2));
    for (ours, theirs) in paper.table1.iter().zip(elsewhere["table1"].as_array().expect("Table 1")) {
        assert_eq!(
            (Some(ours.name.as_str()), Some(u64::from(ours.size))),
            (theirs["dataset"].as_str(), theirs["size"].as_u64())
        );
        let averages = [
            (&ours.problem_words, "problem_len_avg"),
            (&ours.insecure_lines, "insecure_lines_avg"),
            (&ours.secure_lines, "secure_lines_avg"),
            (&ours.test_cases, "test_cases_avg"),
        ];
        for (value, name) in averages {
            assert_eq!(value.as_ref().map(|value| value.value()), theirs[name].as_f64(), "{} {name}", ours.name);
        }
        assert_eq!(ours.cwe_types.map(u64::from), theirs["cwe_types"].as_u64());
    }
}

/// What does not fit is exactly what was found to misfit elsewhere.
#[test]
fn misfits_are_those_found_elsewhere() {
    let Some(elsewhere) = elsewhere() else { return };
    let paper = Published::load().expect("the published figures");
    let ours: BTreeSet<String> = paper
        .misfits()
        .iter()
        .map(|misfit| {
            let (_, section, _) = SECTIONS.iter().find(|it| it.2 == misfit.approach).expect("a section");
            let (kind, printed, sizes) = match &misfit.fault {
                Fault::NoCount { printed, sizes, .. } => ("count", json!(printed), json!(sizes)),
                Fault::Falls { values } => ("falls", json!(values), Value::Null),
                Fault::Mean { printed, .. } => ("mean", json!(printed), Value::Null),
            };
            json!([misfit.table, section, misfit.model, misfit.part, misfit.k, kind, printed, sizes]).to_string()
        })
        .collect();
    let two = |value: &Value| format!("{:.2}", value.as_f64().expect("a number"));
    let theirs: BTreeSet<String> = elsewhere["computed_issues"]
        .as_array()
        .expect("issues")
        .iter()
        .map(|issue| {
            let kind = issue["kind"].as_str().expect("a kind");
            let table: u32 =
                issue["table"].as_str().and_then(|name| name.strip_prefix("Table ")?.parse().ok()).expect("a table");
            let (section, model) = (&issue["section"], &issue["model"]);
            match kind {
                "weighted_mean" => {
                    json!([table, section, model, null, issue["k"], "mean", two(&issue["printed"]), null])
                }
                "pass@k decreases with k" => {
                    let values: Vec<String> = issue["values"].as_array().expect("values").iter().map(two).collect();
                    json!([table, section, model, issue["subset"], null, "falls", values, null])
                }
                kind => {
                    let k = if kind.starts_with("pass@10 ") { 10 } else { 1 };
                    let sizes = &issue["denominators_that_fit"];
                    json!([table, section, model, issue["subset"], k, "count", two(&issue["printed"]), sizes])
                }
            }
            .to_string()
        })
        .collect();
    assert_eq!(ours, theirs);
    assert_eq!(ours.len(), 15);
}

async fn stored(folder: &std::path::Path) -> Result<Vec<RunRows>, Box<dyn std::error::Error>> {
    let store = Store::open(&folder.join("store.db")).await?;
    let items: Vec<_> = experiments::ITEMS.iter().map(experiments::item).collect();
    store.create_run(&experiments::info(), &items).await?;
    for line in &experiments::ITEMS {
        store.append(experiments::RUN, line.0, experiments::events(line)).await?;
    }
    Ok(vec![store.study_rows(experiments::RUN).await?])
}

/// The mean over items of 1 - C(n - c, k) / C(n, k), by exact binomials.
fn by_hand(passing: &[u32], k: u32) -> f64 {
    let choose = |n: u32, k: u32| (0..k).map(|i| f64::from(n - i) / f64::from(i + 1)).product::<f64>();
    let one = |c: &u32| {
        if experiments::N - c < k { 1.0 } else { 1.0 - choose(experiments::N - c, k) / choose(experiments::N, k) }
    };
    passing.iter().map(one).sum::<f64>() / passing.len() as f64
}

/// Counts known beforehand, through the store: by subset, by type, by steps.
#[tokio::test]
async fn known_counts_come_out_of_a_store() -> Outcome {
    let folder = tempfile::tempdir()?;
    let rows = stored(folder.path()).await?;
    assert!(rows[0].is_codeseceval() && rows[0].has_tests());
    let study = Study::of(&rows, &Wanted::default());
    assert_eq!(study.executed.iter().map(|line| line.approach).collect::<Vec<_>>(), ApproachId::EXPERIMENTS);
    let check = |at: usize, pass: &Pass, keeps: &dyn Fn(&experiments::Line) -> bool| {
        let kept: Vec<u32> = experiments::ITEMS.iter().filter(|line| keeps(line)).map(|line| line.4[at]).collect();
        assert_eq!((pass.items as usize, pass.samples), (kept.len(), 10));
        assert_eq!((pass.pass.count, pass.pass.of), (kept.iter().sum(), kept.len() as u32 * 10));
        assert_eq!(pass.solved.count as usize, kept.iter().filter(|c| **c > 0).count());
        assert_eq!((pass.tested.count, pass.tested.of), (pass.pass.of, pass.pass.of));
        for k in KS {
            let found = pass.at(k).and_then(|at| at.value).expect("ten samples");
            assert!((found - by_hand(&kept, k)).abs() < 1e-12, "{at} k={k}: {found}");
        }
        // What can be opened is what was counted.
        for at in &pass.pass.evidence {
            let row = &rows[0].rows[at.row as usize];
            assert!(keeps(experiments::ITEMS.iter().find(|line| line.0 == row.item).expect("an item")));
        }
        assert_eq!(pass.tested.evidence.len() as u32, pass.tested.count);
    };
    for (at, line) in study.executed.iter().enumerate() {
        check(at, &line.all, &|_| true);
        assert_eq!(line.subsets.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(), ["SecEvalBase", "SecEvalPlus"]);
        for subset in &line.subsets {
            check(at, &subset.pass, &|line| line.1 == subset.name);
        }
        let steps = line.steps.as_ref().expect("the items tell");
        check(at, &steps.with, &|line| line.3);
        check(at, &steps.without, &|line| !line.3);
        let types: Vec<&[u32]> = line.types.iter().map(|it| &it.cwe[..]).collect();
        assert_eq!(types, [&[20][..], &[78], &[89], &[287, 306, 862, 863], &[502]], "four numbers are one type");
        for found in &line.types {
            check(at, &found.pass, &|line| line.2.contains(&found.cwe[0]));
        }
    }
    // The figures are over SecEvalPlus, at the published k.
    let shown: Vec<_> =
        study.sides.iter().map(|it| (it.settings, it.subset.as_deref(), it.k, it.types.len())).collect();
    let plus = Some("SecEvalPlus");
    use ApproachId::{Generate, GenerateAware, Repair, RepairExplained};
    assert_eq!(shown, [((Generate, GenerateAware), plus, 5, 3), ((Repair, RepairExplained), plus, 5, 3)]);
    let shell = &study.sides[0].types[0];
    assert_eq!(shell.cwe, [78]);
    let gain = (by_hand(&[2, 0], 5) - by_hand(&[5, 0], 5)) * 100.0;
    assert!((shell.gain.expect("both are tested") - gain).abs() < 1e-9);
    Ok(())
}

/// The published files: as many types and as many problems with steps as the notes say.
#[test]
fn types_and_steps_of_the_published_files() {
    let Some(path) = published("codeseceval") else { return };
    let set = dataset::load(&path, dataset::Format::Auto, &dataset::Options::default()).expect("the data set");
    let about: Vec<About> = set.items.iter().map(About::from).collect();
    let types = |subset: Option<&str>| {
        let of = about.iter().filter(|about| subset.is_none() || about.subset.as_deref() == subset);
        of.map(|about| about.cwe.as_slice()).collect::<BTreeSet<_>>().len()
    };
    assert_eq!((types(None), types(Some("SecEvalBase")), types(Some("SecEvalPlus"))), (44, 37, 14));
    let steps = |wanted| about.iter().filter(|about| about.steps == Some(wanted)).count();
    assert_eq!((steps(true), steps(false)), (86, 94));
    let parts = by_subset(&set.items);
    let shown: Vec<_> = parts.iter().map(|(name, stats)| (name.as_deref(), stats.size, stats.cwe_types)).collect();
    assert_eq!(shown, [(None, 180, 44), (Some("SecEvalBase"), 67, 37), (Some("SecEvalPlus"), 113, 14)]);
}
