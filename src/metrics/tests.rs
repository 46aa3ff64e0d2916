use proptest::prelude::*;

use super::agreement::cohen_kappa;
use super::paper::{Paper, Printing};
use super::*;
use crate::core::ids::{Step, StreamId};
use crate::core::label::{LabelVerdict, Standing};
use crate::core::projection::Facts;
use crate::core::settings::{ModelInfo, Settings};
use crate::core::verdict::Verdict;

const REFINED: [ApproachId; 2] = [ApproachId::Direct, ApproachId::Fdsp];

fn info() -> RunInfo {
    RunInfo {
        id: "r".to_owned(),
        dataset: "Python-Security_Eval".to_owned(),
        dataset_hash: String::new(),
        quarantined: 0,
        model: ModelInfo { name: "m".to_owned(), api: String::new(), base_url: String::new(), model: String::new() },
        settings: Settings { approaches: REFINED.to_vec(), ..Settings::default() },
        started: jiff::Timestamp::UNIX_EPOCH,
        recorded: false,
    }
}

/// What one item's generation and its two refinements come to.
type Case = (Option<Verdict>, [(Option<Verdict>, Standing); 2]);

fn rows(cases: &[Case]) -> RunRows {
    let items: Vec<String> = (0..cases.len()).map(|n| format!("item-{n}")).collect();
    let mut rows = Vec::new();
    for (item, (generated, refined)) in items.iter().zip(cases) {
        let mut row = |approach, facts: Facts| {
            let mut row = rows::not_begun(item, StreamId::new(approach, 0), VerdictMode::Strict);
            row.strict = Some(facts);
            rows.push(row);
        };
        row(ApproachId::Generate, Facts { generated: *generated, verdict: *generated, ..Facts::default() });
        for (approach, (verdict, label)) in REFINED.into_iter().zip(refined) {
            let step = Some(Step::Refine { solution: None, iteration: 1 });
            row(approach, Facts { generated: *generated, verdict: *verdict, label: *label, step, ..Facts::default() });
        }
    }
    RunRows::new(info(), &items, rows)
}

fn strict(rows: &RunRows) -> Study {
    let wanted = Wanted { modes: vec![VerdictMode::Strict], ..Wanted::default() };
    Study::of(std::slice::from_ref(rows), &wanted)
}

fn cells(table: &Table1) -> impl Iterator<Item = (ApproachId, &Cell)> {
    let lines = table.blocks.iter().flat_map(|block| &block.rows);
    lines.flat_map(|line| line.cells.iter().flatten().map(|cell| (line.approach, cell)))
}

fn cell(table: &Table1, approach: ApproachId) -> &Cell {
    cells(table).find(|(id, _)| *id == approach).expect("the run has this approach").1
}

fn verdict() -> impl Strategy<Value = Option<Verdict>> {
    prop_oneof![
        4 => Just(Some(Verdict::Vulnerable)),
        4 => Just(Some(Verdict::Secure)),
        1 => Just(Some(Verdict::Invalid)),
        1 => Just(None),
    ]
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        Just(Standing::Unlabelled),
        Just(Standing::Disputed),
        Just(Standing::Agreed(LabelVerdict::Realistic)),
        Just(Standing::Agreed(LabelVerdict::Unrealistic)),
        Just(Standing::Adjudicated(LabelVerdict::Unrealistic)),
        Just(Standing::Agreed(LabelVerdict::Unsure)),
    ]
}

fn cases() -> impl Strategy<Value = Vec<Case>> {
    let refined = || (verdict(), standing());
    prop::collection::vec((verdict(), [refined(), refined()]), 0..40)
}

fn shares(study: &Study) -> Vec<(Option<ApproachId>, Share)> {
    let mut shares = Vec::new();
    for table in &study.table1 {
        for (approach, cell) in cells(table) {
            shares.extend([&cell.vulnerable, &cell.invalid, &cell.pending].map(|it| (Some(approach), it.clone())));
            if let Some(it) = &cell.labels {
                let all = [&it.labelled, &it.unrealistic, &it.unsure, &it.disputed, &it.best, &it.worst];
                shares.extend(all.map(|it| (Some(approach), it.clone())));
            }
        }
        for test in &table.tests {
            shares.push((Some(test.first), test.first_only.clone()));
            shares.push((Some(test.second), test.second_only.clone()));
        }
    }
    let each = |it: &Unrealistic| [&it.labelled, &it.unrealistic].map(|share| (Some(it.approach), share.clone()));
    shares.extend(study.unrealistic.iter().flat_map(each));
    shares
}

proptest! {
    #[test]
    fn evidence_is_what_was_counted(cases in cases()) {
        let rows = rows(&cases);
        let study = strict(&rows);
        for (approach, share) in shares(&study) {
            prop_assert_eq!(share.evidence.len() as u32, share.count);
            prop_assert!(share.count <= share.of);
            prop_assert!(share.evidence.is_sorted() && share.evidence.windows(2).all(|pair| pair[0] != pair[1]));
            for at in &share.evidence {
                prop_assert_eq!(at.run, 0);
                prop_assert_eq!(Some(rows.rows[at.row as usize].stream.approach), approach);
            }
        }
        for (approach, cell) in cells(&study.table1[0]) {
            let with = |wanted: Option<Verdict>| (0_u32..).zip(&rows.rows).filter(move |(_, row)| {
                row.stream.approach == approach && row.strict.as_ref().and_then(|facts| facts.verdict) == wanted
            }).map(|(at, _)| at).collect::<Vec<u32>>();
            let evidence = |share: &Share| share.evidence.iter().map(|at| at.row).collect::<Vec<u32>>();
            prop_assert_eq!(evidence(&cell.vulnerable), with(Some(Verdict::Vulnerable)));
            prop_assert_eq!(evidence(&cell.invalid), with(Some(Verdict::Invalid)));
            prop_assert_eq!(evidence(&cell.pending), with(None));
            prop_assert_eq!(cell.vulnerable.of + cell.pending.count, cases.len() as u32);
        }
    }

    #[test]
    fn labels_move_a_cell_within_its_bounds(cases in cases()) {
        let study = strict(&rows(&cases));
        let [without, with] = [&study.table1[0], &study.table1[1]];
        prop_assert_eq!((without.labels, with.labels), (Labels::Without, Labels::With));
        for approach in REFINED {
            let (plain, labelled) = (cell(without, approach), cell(with, approach));
            let bounds = labelled.labels.as_ref().expect("labels were asked for");
            prop_assert!(plain.vulnerable.count <= labelled.vulnerable.count);
            prop_assert!(bounds.best.count <= labelled.vulnerable.count);
            prop_assert!(labelled.vulnerable.count <= bounds.worst.count);
            prop_assert_eq!(labelled.vulnerable.count - plain.vulnerable.count, bounds.unrealistic.count);
            prop_assert_eq!(bounds.worst.count - bounds.best.count, bounds.labelled.of - bounds.labelled.count);
            prop_assert!(plain.labels.is_none());
        }
        prop_assert_eq!(cell(without, ApproachId::Generate), cell(with, ApproachId::Generate));
    }

    #[test]
    fn what_changes_nothing_drops_nothing(generated in prop::collection::vec(verdict(), 1..40)) {
        let same: Vec<Case> = generated.iter().map(|it| (*it, [(*it, Standing::Unlabelled); 2])).collect();
        let study = strict(&rows(&same));
        let cell = cell(&study.table1[0], ApproachId::Direct);
        prop_assert_eq!(cell.drop, (cell.vulnerable.of > 0).then_some(0.0));
        prop_assert_eq!(cell.relative_drop, (cell.vulnerable.count > 0).then_some(0.0));
        prop_assert!(study.table1[0].tests.iter().all(|test| test.p == 1.0));
    }

    #[test]
    fn the_test_does_not_ask_which_is_first(first in 0_u32..3000, second in 0_u32..3000) {
        let p = exact_p(first, second);
        prop_assert_eq!(p, exact_p(second, first));
        prop_assert!((0.0..=1.0).contains(&p));
        prop_assert!(first != second || p == 1.0);
        prop_assert!(exact_p(first, first + second + 1) <= exact_p(first, first + second));
    }

    #[test]
    fn an_interval_holds_its_share(of in 1_u32..5000, part in 0.0..=1.0_f64) {
        let count = (f64::from(of) * part) as u32;
        let share = Share { count, of, evidence: Vec::new() };
        let (value, interval) = (share.value().expect("of some"), share.interval().expect("of some"));
        prop_assert!(0.0 <= interval.low && interval.low <= value, "{interval:?} {value}");
        prop_assert!(value <= interval.high && interval.high <= 1.0, "{interval:?} {value}");
    }

    #[test]
    fn kappa_is_at_most_one(a in 0_u32..500, b in 0_u32..500, c in 0_u32..500, d in 0_u32..500) {
        let kappa = |square: [u32; 4]| cohen_kappa(2, &square.map(f64::from));
        let (kappa, turned) = (kappa([a, b, c, d]), kappa([a, c, b, d]));
        prop_assert_eq!(kappa, turned);
        prop_assert!(kappa.is_none_or(|kappa| (-1.0..=1.0).contains(&kappa)));
        if b + c == 0 && a * d > 0 {
            prop_assert_eq!(kappa, Some(1.0));
        }
    }
}

#[test]
fn what_nobody_labelled_is_not_called_realistic() {
    let fix = |standing| (Some(Verdict::Vulnerable), [(Some(Verdict::Secure), standing); 2]);
    let agreed = |verdict| fix(Standing::Agreed(verdict));
    let counts = |cases: &[Case]| {
        let study = strict(&rows(cases));
        let line = study.unrealistic.iter().find(|it| it.approach == ApproachId::Fdsp).expect("a line").clone();
        let parts = |share: &Share| (share.count, share.of);
        (parts(&line.labelled), parts(&line.unrealistic), line.unrealistic.interval().is_some())
    };
    assert_eq!(counts(&[fix(Standing::Unlabelled); 5]), ((0, 5), (0, 0), false));
    let mut cases = vec![fix(Standing::Unlabelled); 5];
    cases.extend([fix(Standing::Disputed), agreed(LabelVerdict::Unsure), agreed(LabelVerdict::Realistic)]);
    cases.push(fix(Standing::Adjudicated(LabelVerdict::Unrealistic)));
    // No fix, whatever its label says.
    cases.push((Some(Verdict::Secure), [(Some(Verdict::Secure), Standing::Agreed(LabelVerdict::Unrealistic)); 2]));
    assert_eq!(counts(&cases), ((2, 9), (1, 2), true));
}

#[test]
fn nothing_has_no_share() {
    let none = Share::default();
    assert_eq!((none.value(), none.interval()), (None, None));
    assert_eq!(exact_p(0, 0), 1.0);
    for square in [[0.0; 4], [5.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 3.0]] {
        assert_eq!(cohen_kappa(2, &square), None, "{square:?}");
    }
    assert_eq!(strict(&rows(&[])).table1[0].tests[0].p, 1.0);
}

#[test]
fn an_item_that_has_not_begun_is_pending() {
    let items = ["a".to_owned(), "b".to_owned()];
    let fdsp = rows::not_begun("a", StreamId::new(ApproachId::Fdsp, 0), VerdictMode::Strict);
    let filled = RunRows::new(info(), &items, vec![fdsp]);
    let names: Vec<(&str, ApproachId)> = filled.rows.iter().map(|r| (r.item.as_str(), r.stream.approach)).collect();
    let each = [ApproachId::Generate, ApproachId::Direct, ApproachId::Fdsp];
    let wanted: Vec<(&str, ApproachId)> = ["a", "b"].into_iter().flat_map(|it| each.map(|id| (it, id))).collect();
    assert_eq!(names, wanted);
    for (_, cell) in cells(&strict(&filled).table1[0]) {
        assert_eq!((cell.pending.count, cell.pending.of, cell.vulnerable.of, cell.drop), (2, 2, 0, None));
    }
}

#[test]
fn a_paper_run_does_not_answer_for_strict() {
    let mut rows = rows(&[(Some(Verdict::Vulnerable), [(None, Standing::Unlabelled); 2])]);
    rows.info.settings.verdict = VerdictMode::Paper;
    let study = strict(&rows);
    assert_eq!(cells(&study.table1[0]).count(), 0);
    assert_eq!((study.table1[0].blocks[0].rows.len(), study.cwes.len()), (3, 0));
}

#[test]
fn printed_shares_and_drops_come_from_counts_where_they_can() {
    let paper = Paper::load().expect("the published figures");
    let (mut fits, mut words) = (0, Vec::new());
    for set in &paper.sets {
        for approach in set.table1.keys() {
            for (model, name) in paper.models.iter().enumerate() {
                let found = set.reproduced(*approach, model).expect("a cell");
                assert!(!found.counts.is_empty(), "{} {approach} {name}", set.name);
                fits += usize::from(found.drop.is_some());
                words.extend(found.words.map(|words| format!("{} {approach} {name}: {words}", set.name)));
            }
        }
    }
    assert_eq!(fits, 35);
    // The drops of two models on LLMSecEval, and the two generated shares that they do not follow from.
    assert_eq!(words.len(), 12, "{words:#?}");
    assert!(words.iter().all(|words| words.starts_with("LLMSecEval") && !words.contains("CodeLlama")), "{words:#?}");
    let says = |words_of: &str, wanted: &str| {
        let line = words.iter().find(|line| line.starts_with(words_of)).expect("it is among them");
        assert!(line.contains(wanted), "{line}");
    };
    says("LLMSecEval generate GPT-4", "57 of 149");
    says("LLMSecEval direct GPT-4", "57 to 53 of 150, and 57 of 150 prints as 38.0");
}

#[test]
fn a_cell_stands_beside_the_published_ones() {
    let paper = Paper::load().expect("the published figures");
    let study = strict(&rows(&[(Some(Verdict::Vulnerable), [(Some(Verdict::Secure), Standing::Unlabelled); 2]); 4]));
    let ours = cell(&study.table1[0], ApproachId::Fdsp);
    let beside = paper.beside("python-security-eval", ApproachId::Fdsp, ours).expect("a published row");
    let models: Vec<&str> = beside.iter().map(|it| it.model).collect();
    assert_eq!(models, ["GPT-4", "GPT-3.5", "CodeLlama"]);
    let first = &beside[0];
    assert_eq!((first.published.share.to_string(), first.points), ("7.4".to_owned(), Some(-7.4)));
    assert_eq!(first.reproduced.counts[0].count, 35);
    assert_eq!(first.reproduced.drop, Some(Printing::Truncated));
    assert!(paper.beside("starter", ApproachId::Fdsp, ours).is_none());
    assert!(paper.beside("SecurityEval", ApproachId::Repair, ours).is_none());
}
