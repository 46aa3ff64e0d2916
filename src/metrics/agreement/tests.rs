use super::*;
use crate::core::settings::{ModelInfo, Settings};

/// A row of the table for each unit, its items apart; `.` is a missing rating.
fn ratings(categories: Category, units: &[&str]) -> Ratings {
    let category = |c: char| c.to_digit(10).map(|digit| digit as Category);
    let unit = |(cluster, ratings): (u32, &&str)| Unit { cluster, ratings: ratings.chars().map(category).collect() };
    Ratings { categories, units: (0..).zip(units).map(unit).collect() }
}

fn near(figure: &Figure, value: f64, name: &str) {
    let found = figure.value.unwrap_or_else(|| panic!("{name}: {figure:?}"));
    assert!((found - value).abs() < 1e-12, "{name}: {found}, by hand {value}");
}

#[test]
fn the_table_of_cohen_s_paper() {
    // Two psychologists and 200 patients in three categories (Cohen 1960, Table 1, by counts): κ = (140 - 82) / (200 - 82).
    let square = [88.0, 14.0, 18.0, 10.0, 40.0, 10.0, 2.0, 6.0, 12.0];
    let kappa = cohen_kappa(3, &square).expect("they differ");
    assert!((kappa - 58.0 / 118.0).abs() < 1e-12, "{kappa}");
    assert_eq!((cohen_kappa(3, &square[..4]), cohen_kappa(0, &[])), (None, None));
}

#[test]
fn the_table_of_fleiss_paper() {
    // Wikipedia's worked example: 14 raters, 10 units, 5 categories, by counts.
    let counts: [[usize; 5]; 10] = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ];
    let unit = |counts: &[usize; 5]| (0..5).flat_map(|at| vec![at.to_string(); counts[at]]).collect::<String>();
    let units: Vec<String> = counts.iter().map(unit).collect();
    let found = ratings(5, &units.iter().map(String::as_str).collect::<Vec<_>>()).coefficients();
    // Σ n (n - 1) over the cells is 688, of 10 x 14 x 13; the column sums are 20, 28, 39, 21 and 32 of 140.
    let observed = 688.0 / 1820.0;
    let chance = f64::from(20 * 20 + 28 * 28 + 39 * 39 + 21 * 21 + 32 * 32) / 19600.0;
    near(&found.observed, observed, "observed");
    near(&found.fleiss, (observed - chance) / (1.0 - chance), "fleiss");
    assert_eq!(format!("{:.3}", found.fleiss.value.unwrap_or_default()), "0.210");
    assert_eq!((found.annotators, found.versions, found.single), (14, 10, 0));
    assert_eq!(found.cohen.undefined, Some(Undefined::NotTwo));
}

/// Krippendorff 2011, section C: four observers, twelve units, data missing.
const KRIPPENDORFF: [&str; 12] =
    ["00.0", "1121", "2222", "2222", "1111", "0123", "3333", "0010", "1111", ".444", "..00", "..2."];

#[test]
fn missing_data_as_in_krippendorff_s_example() {
    let found = ratings(5, &KRIPPENDORFF).coefficients();
    // Coincidences: n = 40 in columns of 9, 13, 10, 5 and 3; on the diagonal 7, 10, 8, 4 and 3.
    let (n, diagonal) = (40.0, 32.0);
    let expected = n * n - f64::from(81 + 169 + 100 + 25 + 9);
    near(&found.alpha, 1.0 - (n - 1.0) * (n - diagonal) / expected, "alpha");
    assert_eq!(format!("{:.3}", found.alpha.value.unwrap_or_default()), "0.743");
    // Gwet 2014 on the same data, to the five digits that irrCAC prints.
    let five = |figure: &Figure| format!("{:.5}", figure.value.unwrap_or_default());
    assert_eq!([&found.observed, &found.fleiss, &found.ac1].map(five), ["0.81818", "0.76117", "0.77544"]);
    assert_eq!((found.versions, found.items, found.single), (11, 11, 1));
    for (name, figure) in found.named().into_iter().filter(|(_, figure)| figure.value.is_some()) {
        let (value, ends) = (figure.value.expect("just asked"), figure.interval.expect("eleven items"));
        assert!(ends.low <= value && value <= ends.high && ends.low < ends.high, "{name}: {figure:?}");
    }
    assert_eq!(ratings(5, &KRIPPENDORFF).coefficients(), found);
}

#[test]
fn what_is_degenerate_says_why() {
    use Undefined::{FewAnnotators, NoPair, NotTwo, OneCategory};
    let reasons = |units: &[&str]| ratings(3, units).coefficients().named().map(|(_, figure)| figure.undefined);
    assert_eq!(reasons(&[]), [Some(FewAnnotators); 5]);
    assert_eq!(reasons(&["0", "1"]), [Some(FewAnnotators); 5]);
    assert_eq!(reasons(&["0.", "1.", ".."]), [Some(FewAnnotators); 5], "the second rated nothing");
    assert_eq!(reasons(&["0.", ".1"]), [Some(NoPair); 5]);
    assert_eq!(reasons(&["0..", ".1.", "..1"]), [Some(NoPair), Some(NotTwo), Some(NoPair), Some(NoPair), Some(NoPair)]);
    let all_alike = [None, Some(OneCategory), Some(OneCategory), Some(OneCategory), None];
    assert_eq!(reasons(&["00", "00", "0."]), all_alike);
    // A single label of another category is chance for kappa, and nothing for the coincidence matrix.
    assert_eq!(reasons(&["00", "00", "1."]), [None, Some(OneCategory), None, Some(OneCategory), None]);
    assert_eq!(reasons(&["09", "90"]), [Some(NoPair); 5], "9 is off the scale");

    let alike = ratings(3, &["00", "00", "0."]).coefficients();
    assert_eq!((alike.observed.value, alike.ac1.value), (Some(1.0), Some(1.0)));
    assert_eq!(alike.observed.interval, Some(crate::metrics::Interval { low: 1.0, high: 1.0 }));
    assert_eq!(ratings(1, &["00", "00"]).coefficients().ac1.undefined, Some(OneCategory));
}

#[test]
fn too_few_items_have_no_interval() {
    let mut one = ratings(2, &["01", "11", "00"]);
    assert!(one.coefficients().alpha.interval.is_none(), "three items are drawn as one kind too often");
    for unit in &mut one.units {
        unit.cluster = 0;
    }
    let found = one.coefficients();
    assert_eq!((found.versions, found.items), (3, 1));
    assert!(found.named().iter().all(|(_, figure)| figure.value.is_some() && figure.interval.is_none()), "{found:?}");
}

#[test]
fn versions_of_an_item_are_drawn_together() {
    let units: Vec<&str> = ["00", "11", "01", "10", "00", "11", "00", "11"].repeat(5);
    let apart = ratings(2, &units);
    let mut together = apart.clone();
    for (at, unit) in together.units.iter_mut().enumerate() {
        // Eight items of five versions that are all alike: no more is known than by eight versions.
        unit.cluster = (at % 8) as u32;
    }
    let (apart, together) = (apart.coefficients(), together.coefficients());
    let width = |found: &Coefficients| found.observed.interval.map(|ends| ends.high - ends.low).unwrap_or_default();
    assert_eq!((apart.observed.value, together.items), (together.observed.value, 8));
    assert!(width(&together) > 1.5 * width(&apart), "{apart:?} {together:?}");
}

fn run(id: &str, dataset: &str) -> RunInfo {
    RunInfo {
        id: id.to_owned(),
        dataset: dataset.to_owned(),
        dataset_hash: dataset.to_owned(),
        quarantined: 0,
        model: ModelInfo::imported("m"),
        settings: Settings::default(),
        started: jiff::Timestamp::UNIX_EPOCH,
        recorded: false,
    }
}

fn rated(run: &str, item: u32, approach: ApproachId, author: &str, verdict: LabelVerdict, reasons: &[&str]) -> Rated {
    Rated {
        place: Place {
            run: run.to_owned(),
            item: format!("item-{item}"),
            stream: StreamId::new(approach, 0),
            step: Step::Refine { solution: None, iteration: 1 },
            code: "c".to_owned(),
        },
        author: author.to_owned(),
        verdict,
        reasons: reasons.iter().map(|reason| (*reason).to_owned()).collect(),
        blind: author == "ann",
    }
}

#[test]
fn labels_become_tables() {
    use ApproachId::{Direct, Fdsp};
    use LabelVerdict::{Realistic, Unrealistic, Unsure};
    let mut labels = Labelled::default();
    for (item, approach, ann, bob) in [
        (0, Fdsp, Realistic, Realistic),
        (1, Fdsp, Unrealistic, Unrealistic),
        (2, Fdsp, Unrealistic, Unsure),
        (2, Direct, Realistic, Realistic),
        (3, Direct, Realistic, Unrealistic),
    ] {
        let why = if ann == Unrealistic { &["breaks-function"][..] } else { &[] };
        labels.rated.push(rated("r", item, approach, "bob", bob, if item == 1 { why } else { &[] }));
        labels.rated.push(rated("r", item, approach, "ann", ann, why));
    }
    labels.rated.push(rated("r", 9, Fdsp, "cy", Unsure, &["other"]));
    labels.rated.push(rated("s", 0, Fdsp, "ann", Realistic, &[]));
    labels.rated.push(rated("s", 0, Fdsp, "bob", Realistic, &[]));
    labels.adjudicated.push(rated("r", 2, Fdsp, "dee", Realistic, &[]));
    let runs = [run("r", "set"), run("s", "set")];
    let found = Agreement::of(&runs, &labels);

    let annotators: Vec<(&str, u32, u32)> =
        found.annotators.iter().map(|it| (it.name.as_str(), it.labels, it.blind)).collect();
    assert_eq!(annotators, [("ann", 6, 6), ("bob", 6, 0), ("cy", 1, 0)]);
    let all = &found.overall;
    // Item 0 of both runs is one item of their data set.
    assert_eq!((all.annotators, all.versions, all.items, all.single, found.adjudicated), (3, 6, 4, 1, 1));
    near(&all.observed, 4.0 / 6.0, "observed");
    assert_eq!(all.cohen.undefined, Some(Undefined::NotTwo));
    assert!(found.comparable());

    let [pair] = &found.pairs[..] else { panic!("ann and bob alone have common versions") };
    assert_eq!((pair.first.as_str(), pair.second.as_str()), ("ann", "bob"));
    // Rows of ann's 4, 2, 0 against columns of bob's 3, 2, 1: expected 16 of 36.
    near(&pair.coefficients.cohen, (24.0 - 16.0) / (36.0 - 16.0), "cohen");
    let cells: Vec<usize> = pair.confusion.iter().map(|cell| cell.versions.len()).collect();
    assert_eq!(cells, [3, 1, 0, 0, 1, 1, 0, 0, 0]);
    let differ = &found.versions[pair.confusion[5].versions[0] as usize];
    assert_eq!((differ.item.as_str(), differ.stream.approach), ("item-2", Fdsp));

    let by: Vec<(ApproachId, u32, Option<f64>)> = found
        .approaches
        .iter()
        .map(|it| (it.approach, it.coefficients.versions, it.coefficients.observed.value))
        .collect();
    assert_eq!(by, [(Direct, 2, Some(0.5)), (Fdsp, 4, Some(0.75))]);
    assert!(found.approaches[0].coefficients.cohen.value.is_some(), "two annotators labelled it");
    let reasons: Vec<(&str, u32, Option<f64>)> =
        found.reasons.iter().map(|it| (it.reason.as_str(), it.given, it.coefficients.observed.value)).collect();
    assert_eq!(reasons, [("breaks-function", 3, Some(5.0 / 6.0)), ("other", 1, Some(1.0))]);

    let alone: Vec<Rated> = labels.rated.iter().filter(|it| it.author == "ann").cloned().collect();
    let alone = Agreement::of(&runs, &Labelled { rated: alone, adjudicated: Vec::new() });
    assert!(!alone.comparable() && alone.pairs.is_empty());
    assert_eq!(alone.overall.observed.undefined, Some(Undefined::FewAnnotators));
}
