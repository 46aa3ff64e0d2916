use super::*;
use crate::core::execution::Level;
use crate::core::ids::StreamId;
use crate::core::projection::TestFact;
use crate::core::settings::{ModelInfo, RunInfo, Settings, VerdictMode};
use crate::metrics::rows::not_begun;
use crate::metrics::sides::sides;

fn info(samples: u32) -> RunInfo {
    let approaches = vec![ApproachId::Generate, ApproachId::GenerateAware];
    RunInfo {
        id: "r".to_owned(),
        dataset: "d".to_owned(),
        dataset_hash: String::new(),
        quarantined: 0,
        model: ModelInfo { name: "m".to_owned(), api: String::new(), base_url: String::new(), model: String::new() },
        settings: Settings { approaches, samples, ..Settings::default() },
        started: jiff::Timestamp::UNIX_EPOCH,
        recorded: false,
    }
}

/// Items with their CWEs and what each sample of `generate` came to; `-` is a sample that was not tested.
fn run(items: &[(&str, &[u32], &str)]) -> RunRows {
    let ids: Vec<String> = items.iter().map(|(id, ..)| (*id).to_owned()).collect();
    let mut rows = Vec::new();
    for (id, _, results) in items {
        for (sample, result) in (0..).zip(results.chars()) {
            let mut row = not_begun(id, StreamId::new(ApproachId::Generate, sample), VerdictMode::Strict);
            let result = match result {
                'p' => Some(TestResult::Pass),
                'f' => Some(TestResult::Fail),
                't' => Some(TestResult::Timeout),
                'r' => Some(TestResult::Refused),
                _ => None,
            };
            row.test = result.map(|result| TestFact { result, failed: None, level: Level::Full, repaired: false });
            row.verdict = Some(if result == Some(TestResult::Pass) { Verdict::Vulnerable } else { Verdict::Secure });
            rows.push(row);
        }
    }
    let about = items.iter().map(|(id, cwe, _)| ((*id).to_owned(), About { cwe: cwe.to_vec(), ..About::default() }));
    RunRows::new(info(4), &ids, rows).with_about(about.collect())
}

#[test]
fn what_was_not_tested_or_refused_is_no_sample() {
    let run = run(&[("a", &[79], "pf-r"), ("b", &[79], "pppt"), ("c", &[], "--rr"), ("d", &[89], "ffff")]);
    let all = executed(std::slice::from_ref(&run));
    assert_eq!(all.len(), 1, "generate-aware has no test");
    let line = &all[0];
    assert_eq!((line.all.items, line.all.samples, line.refused), (3, 2, 3));
    assert_eq!((line.all.tested.count, line.all.tested.of), (10, 16));
    assert_eq!((line.all.pass.count, line.all.pass.of, line.all.solved.count), (4, 10, 2));
    let values: Vec<Option<f64>> = line.all.at_k.iter().map(|at| at.value).collect();
    // 1/2, 3/4 and 0 over three items; an item has two samples, so no k of the tables but 1 is answered.
    assert!((values[0].expect("one sample at least") - (0.5 + 0.75) / 3.0).abs() < 1e-12);
    assert_eq!(values[1..], [None; 4]);
    let types: Vec<(&[u32], u32)> = line.types.iter().map(|found| (&found.cwe[..], found.pass.items)).collect();
    assert_eq!(types, [(&[79][..], 2), (&[89], 1)], "the item without a tested sample is of no type that is shown");
    assert!(line.subsets.is_empty() && line.steps.is_none());
    assert_eq!((line.false_secure.count, line.false_secure.of), (6, 6));
    let counted: usize = line.confusion.iter().map(|cell| cell.pass.len() + cell.fail.len() + cell.other.len()).sum();
    assert_eq!(counted, 10);
    // The figure takes the largest k that there are samples for, and one setting stands alone.
    let figures = sides(&all);
    assert_eq!(figures.len(), 1);
    assert_eq!((figures[0].k, figures[0].subset.as_deref()), (1, None));
    assert!(
        figures[0].types.iter().all(|line| line.sides.0.is_some() && line.sides.1.is_none() && line.gain.is_none())
    );
}

#[test]
fn a_run_without_tests_has_no_lines() {
    let run = run(&[("a", &[79], "----")]);
    assert!(executed(&[run]).is_empty());
    assert!(sides(&[]).is_empty());
}
