//! Rows of small runs whose every table and figure has something to show.

use fdsp::core::hint::HintKind;
use fdsp::core::ids::{ApproachId, Step, StreamId};
use fdsp::core::label::{LabelVerdict, Standing};
use fdsp::core::projection::{CweCount, Facts, Opinion, Row};
use fdsp::core::settings::VerdictMode;
use fdsp::core::verdict::Verdict;
use fdsp::metrics::RunRows;
use fdsp::metrics::agreement::{Labelled, Place, Rated};

use super::stored::run_info;

/// Words from outside, for every place where a report shows one.
#[derive(Clone)]
pub struct Names {
    pub run: String,
    pub dataset: String,
    pub model: String,
    pub scanner: String,
    pub item: String,
    /// The beginning of the annotators' names, and a reason.
    pub annotator: String,
    pub reason: String,
}

impl Names {
    pub fn plain(run: &str, model: &str) -> Self {
        let [run, dataset, model, scanner, item, annotator, reason] =
            [run, "starter", model, "semgrep", "item-", "ann-", "breaks-function"].map(str::to_owned);
        Self { run, dataset, model, scanner, item, annotator, reason }
    }

    /// The same word everywhere.
    pub fn all(word: &str) -> Self {
        let [run, dataset, model, scanner, item, annotator, reason] = [word; 7].map(str::to_owned);
        Self { run, dataset, model, scanner, item, annotator, reason }
    }
}

const ITEMS: usize = 12;

/// A run over twelve items: eight vulnerable as generated, one invalid; each further approach fixes more of them.
/// FDSP has labels of every kind and one item that is pending. A second scanner has an opinion on everything.
pub fn run(names: &Names, mode: VerdictMode, approaches: &[ApproachId]) -> RunRows {
    let mut info = run_info(&names.run);
    info.dataset = names.dataset.clone();
    info.model.model = names.model.clone();
    info.settings.verdict = mode;
    info.settings.scanner = "bandit".to_owned();
    info.settings.approaches = approaches.to_vec();
    let items: Vec<String> = (0..ITEMS).map(|n| format!("{}{n}", names.item)).collect();
    let mut rows = Vec::new();
    for (n, item) in items.iter().enumerate() {
        for approach in std::iter::once(ApproachId::Generate).chain(approaches.iter().copied()) {
            rows.push(row(names, item, n, approach, mode));
        }
    }
    RunRows::new(info, &items, rows)
}

fn row(names: &Names, item: &str, n: usize, approach: ApproachId, mode: VerdictMode) -> Row {
    Row {
        item: item.to_owned(),
        stream: StreamId::new(approach, 0),
        generated: None,
        cwes: Vec::new(),
        stopped: None,
        failed: false,
        verdict: None,
        solution: None,
        iteration: None,
        calls: 1,
        versions: 1,
        undefined: 0,
        label: None,
        labelled: 0,
        test: None,
        unrealistic: u32::from(approach == ApproachId::Fdsp && n == 0) * 2,
        strict: (mode == VerdictMode::Strict).then(|| facts(names, n, approach, VerdictMode::Strict)),
        paper: Some(facts(names, n, approach, VerdictMode::Paper)),
    }
}

fn facts(names: &Names, n: usize, approach: ApproachId, mode: VerdictMode) -> Facts {
    let generated = match n {
        0..8 => Verdict::Vulnerable,
        11 if mode == VerdictMode::Strict => Verdict::Invalid,
        _ => Verdict::Secure,
    };
    let fixes = match approach {
        ApproachId::Generate => 0,
        ApproachId::Direct => 1,
        ApproachId::SelfDebug => 2,
        ApproachId::Feedback => 3,
        ApproachId::Verbalize => 4,
        _ => 6,
    };
    let fixed = generated == Verdict::Vulnerable && n < fixes;
    let before = if generated == Verdict::Vulnerable { cwes(n) } else { Vec::new() };
    let label = match (approach, n) {
        (ApproachId::Fdsp, 0) => Standing::Agreed(LabelVerdict::Unrealistic),
        (ApproachId::Fdsp, 1) => Standing::Adjudicated(LabelVerdict::Realistic),
        (ApproachId::Fdsp, 2) => Standing::Disputed,
        (ApproachId::Fdsp, 3) => Standing::Agreed(LabelVerdict::Unsure),
        _ => Standing::Unlabelled,
    };
    if approach == ApproachId::Fdsp && n == 10 {
        return Facts { generated: Some(generated), ..Facts::default() };
    }
    let verdict = if fixed { Verdict::Secure } else { generated };
    let step = if fixed { Step::Refine { solution: None, iteration: 1 } } else { Step::Generate };
    let says = n % 3 != 1;
    Facts {
        generated: Some(generated),
        verdict: Some(verdict),
        step: Some(step),
        final_cwes: if fixed { Vec::new() } else { before.clone() },
        generated_cwes: before,
        label,
        generated_test: None,
        test: None,
        opinions: vec![Opinion {
            scanner: names.scanner.clone(),
            verdict: Some(if says { Verdict::Vulnerable } else { Verdict::Secure }),
            cwes: if says { cwes(n) } else { Vec::new() },
        }],
        hints: if fixed { hints(n) } else { Vec::new() },
    }
}

fn hints(n: usize) -> Vec<HintKind> {
    match n % 6 {
        0 => vec![HintKind::Stub, HintKind::InterfaceChanged],
        2 | 3 => vec![HintKind::UndefinedName],
        _ => Vec::new(),
    }
}

fn cwes(n: usize) -> Vec<CweCount> {
    let count = |cwe, findings| CweCount { cwe, findings };
    match n % 4 {
        0 => vec![count(Some(78), 2), count(Some(89), 1)],
        1 => vec![count(Some(89), 1)],
        2 => vec![count(None, 1)],
        _ => vec![count(Some(502), 3)],
    }
}

/// Labels on the refinements of every item by two annotators, and by a third on some; one version is adjudicated.
pub fn labels(names: &Names) -> Labelled {
    let mut labels = Labelled::default();
    for n in 0..ITEMS {
        for (number, approach) in [ApproachId::Direct, ApproachId::Fdsp].into_iter().enumerate() {
            let place = Place {
                run: names.run.clone(),
                item: format!("{}{n}", names.item),
                stream: StreamId::new(approach, 0),
                step: Step::Refine { solution: None, iteration: 1 },
                code: "c".to_owned(),
            };
            let rated = |annotator: usize, at: usize| {
                let verdict = LabelVerdict::EVERY[at % 3];
                let reasons =
                    if verdict == LabelVerdict::Unrealistic { vec![names.reason.clone()] } else { Vec::new() };
                let author = format!("{}{annotator}", names.annotator);
                Rated { place: place.clone(), author, verdict, reasons, blind: annotator == 1 }
            };
            labels.rated.push(rated(1, n));
            if n + number < ITEMS {
                labels.rated.push(rated(2, if n % 4 == 3 { n + 1 } else { n }));
            }
            if n % 3 == number {
                labels.rated.push(rated(3, n / 2));
            }
            if n + number == 3 {
                labels.adjudicated.push(rated(3, n));
            }
        }
    }
    labels
}
