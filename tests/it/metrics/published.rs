use std::path::Path;

use fdsp::core::ids::ApproachId;
use fdsp::metrics::paper::{Paper, Printing};
use serde_json::Value;

/// Every cell of Table 1 against counts that were searched for elsewhere.
#[test]
fn candidates_are_those_found_elsewhere() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/datasets/paper-results.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        eprintln!("skipped: no published results in {}", file.display());
        return;
    };
    let elsewhere: Value = serde_json::from_str(&text).expect("JSON");
    let paper = Paper::load().expect("the published figures");
    let approaches = [
        ("Generated code", ApproachId::Generate),
        ("Direct prompting", ApproachId::Direct),
        ("Self-debugging", ApproachId::SelfDebug),
        ("Bandit feedback", ApproachId::Feedback),
        ("Verbalization", ApproachId::Verbalize),
        ("FDSP", ApproachId::Fdsp),
    ];
    let mut cells = 0;
    for row in elsewhere["fdsp"]["table1"].as_array().expect("the rows of Table 1") {
        let set = paper.set(row["dataset"].as_str().expect("a name")).expect("a set of the paper");
        let name = row["approach"].as_str().expect("a name");
        let approach = approaches.iter().find(|(printed, _)| *printed == name).expect("an approach of the paper").1;
        for (at, model) in paper.models.iter().enumerate() {
            let (theirs, ours) = (&row["cells"][model], &set.table1[&approach][at]);
            let place = format!("{} {approach} {model}", set.name);
            assert_eq!(theirs["percent_vulnerable"].as_f64(), Some(ours.share.value()), "{place}");
            assert_eq!(theirs["drop_printed"].as_f64(), ours.drop.as_ref().map(|drop| drop.value()), "{place}");
            let found = set.reproduced(approach, at).expect("a cell");
            for of in &set.items {
                let wanted: Vec<(u64, &str)> = theirs["count_candidates"][of.to_string()]
                    .as_array()
                    .expect("candidates for this size")
                    .iter()
                    .map(|it| (it["count"].as_u64().expect("a count"), it["how"].as_str().expect("a word")))
                    .collect();
                let word = |printing| if printing == Printing::Rounded { "rounded" } else { "truncated" };
                let same = found.counts.iter().filter(|it| it.of == *of);
                let counts: Vec<(u64, &str)> = same.map(|it| (u64::from(it.count), word(it.printing))).collect();
                assert_eq!(counts, wanted, "{place} of {of}");
            }
            cells += 1;
        }
    }
    assert_eq!(cells, 3 * 6 * 3);
}
