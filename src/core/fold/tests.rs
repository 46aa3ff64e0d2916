use super::*;
use crate::core::event::{Extracted, LabelTurn, Scanned, Stopped};
use crate::core::finding::{Finding, ScanError, ScannerId};
use crate::core::projection::{Facts, project};

mod labels;

const FDSP: StreamId = StreamId { approach: ApproachId::Fdsp, sample: 0 };
const K1: Step = Step::Refine { solution: Some(1), iteration: 1 };

struct Tape(Vec<Entry>);

impl Tape {
    fn push(&mut self, stream: StreamId, event: Event) -> u32 {
        let seq = self.0.len() as u32 + 1;
        self.0.push(Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event });
        seq
    }

    fn version(&mut self, stream: StreamId, step: Step, findings: Vec<Finding>) {
        self.push(
            stream,
            Event::Extracted(Extracted { step, code: Some("x = 1\n".into()), why: String::new(), unclosed: false }),
        );
        let scanner = ScannerId { name: "ruff".to_owned(), version: "0".to_owned() };
        self.push(stream, Event::Scanned(Scanned { step, scan: Scan { scanner, error: None, findings } }));
    }

    /// Vulnerable as generated, fixed by solution 1 at its first try.
    fn fixed() -> Self {
        let mut tape = Self(Vec::new());
        tape.version(FDSP.generation(), Step::Generate, vec![finding(None)]);
        tape.push(FDSP.generation(), Event::Stopped(Stopped { reason: StopReason::Generated }));
        tape.version(FDSP, K1, Vec::new());
        tape.push(FDSP, Event::Stopped(Stopped { reason: StopReason::Fixed }));
        tape
    }

    fn label(&mut self, author: &str, verdict: LabelVerdict) -> u32 {
        self.push(
            FDSP,
            Event::Labelled(Label {
                verdict: Some(verdict),
                seconds: 1.0,
                ..Label::on(author, K1, &Text::from("x = 1\n").hash())
            }),
        )
    }

    fn turn(&mut self, label: u32, back: bool) {
        let turn = LabelTurn::of("ada", label);
        self.push(FDSP, if back { Event::LabelUndone(turn) } else { Event::LabelRedone(turn) });
    }

    fn agreed(&self) -> Option<LabelVerdict> {
        ItemState::of(&self.0).agreed(FDSP, K1)
    }
}

fn finding(suppressed: Option<&str>) -> Finding {
    Finding {
        rule: "B608".to_owned(),
        name: "hardcoded_sql_expressions".to_owned(),
        cwe: Some(89),
        severity: None,
        confidence: None,
        line: 1,
        end_line: 1,
        column: 1,
        message: String::new(),
        suppressed: suppressed.map(str::to_owned),
    }
}

#[test]
fn a_fix_is_projected_as_one() {
    let rows = project("one", &ItemState::of(&Tape::fixed().0), VerdictMode::Strict, &|_, _, _| Vec::new());
    let row = rows.iter().find(|row| row.stream == FDSP).expect("the stream has a row");
    assert!(row.is_fix());
    assert_eq!((row.final_step(), &row.cwes[..], row.label), (Some(K1), &[89][..], None));
}

#[test]
fn undo_and_redo_turn_a_label_off_and_on() {
    let mut tape = Tape::fixed();
    let first = tape.label("ada", LabelVerdict::Realistic);
    let second = tape.label("ada", LabelVerdict::Unrealistic);
    assert_eq!(tape.agreed(), Some(LabelVerdict::Unrealistic));
    tape.turn(second, true);
    assert_eq!(tape.agreed(), Some(LabelVerdict::Realistic));
    tape.turn(first, true);
    assert_eq!(tape.agreed(), None);
    tape.turn(first, false);
    tape.turn(second, false);
    assert_eq!(tape.agreed(), Some(LabelVerdict::Unrealistic));
}

#[test]
fn annotators_who_differ_agree_on_nothing() {
    let mut tape = Tape::fixed();
    tape.label("ada", LabelVerdict::Realistic);
    tape.label("ben", LabelVerdict::Realistic);
    assert_eq!(tape.agreed(), Some(LabelVerdict::Realistic));
    tape.label("ben", LabelVerdict::Unsure);
    assert_eq!(tape.agreed(), None);
}

#[test]
fn strict_and_paper_judge_the_same_version_apart() {
    let version = |code: &str, findings: Vec<Finding>, syntax: bool, truncated: bool| Version {
        step: K1,
        code: Some(code.into()),
        why: String::new(),
        truncated,
        checked: None,
        scan: Some(Scan {
            scanner: ScannerId { name: "bandit".to_owned(), version: "1.9.4".to_owned() },
            error: syntax.then(|| ScanError { line: Some(1), message: String::new(), failed: false }),
            findings,
        }),
        opinions: Vec::new(),
        execution: None,
    };
    let cases = [
        (version("x", vec![], false, false), Verdict::Secure, Verdict::Secure),
        (version("x", vec![finding(None)], false, false), Verdict::Vulnerable, Verdict::Vulnerable),
        (version("x", vec![finding(Some("nosec"))], false, false), Verdict::Vulnerable, Verdict::Secure),
        (version("x", vec![finding(None)], false, true), Verdict::Vulnerable, Verdict::Vulnerable),
        (version("x", vec![], false, true), Verdict::Invalid, Verdict::Secure),
        (version("x", vec![], true, false), Verdict::Invalid, Verdict::Secure),
        (version(" \n", vec![], false, false), Verdict::Invalid, Verdict::Secure),
    ];
    for (version, strict, paper) in cases {
        assert_eq!(judge(VerdictMode::Strict, &version), Some(strict), "{version:?}");
        assert_eq!(judge(VerdictMode::Paper, &version), Some(paper), "{version:?}");
    }
}

#[test]
fn a_scanner_that_failed_gives_no_verdict() {
    let mut tape = Tape(Vec::new());
    tape.version(FDSP.generation(), Step::Generate, Vec::new());
    let Some(Entry { event: Event::Scanned(scanned), .. }) = tape.0.last_mut() else { panic!("a scan comes last") };
    scanned.scan.error = Some(ScanError { line: None, message: "killed".to_owned(), failed: true });
    let state = ItemState::of(&tape.0);
    assert_eq!(judge(VerdictMode::Strict, &state.streams[&FDSP.generation()].versions[0]), None);
}

#[test]
fn a_label_on_other_code_does_not_count_and_an_adjudicated_one_settles() {
    let mut tape = Tape::fixed();
    tape.label("ada", LabelVerdict::Realistic);
    tape.label("ben", LabelVerdict::Unrealistic);
    let standing = |tape: &Tape| ItemState::of(&tape.0).standing(FDSP, K1);
    assert_eq!(standing(&tape), Standing::Disputed);
    let settled = tape.label("cleo", LabelVerdict::Unrealistic);
    let mut with = |change: &dyn Fn(&mut Label)| {
        if let Event::Labelled(label) = &mut tape.0[settled as usize - 1].event {
            change(label);
        }
        standing(&tape)
    };
    assert_eq!(with(&|label| label.adjudicates = true), Standing::Adjudicated(LabelVerdict::Unrealistic));
    assert_eq!(with(&|label| label.code = Text::from("other").hash()), Standing::Disputed);
}

#[test]
fn a_second_opinion_takes_the_place_of_its_scanners_first_and_leaves_the_verdict() {
    let mut tape = Tape::fixed();
    let mut rescan = |scanner: &str, findings| {
        let scanner = ScannerId { name: scanner.to_owned(), version: "1".to_owned() };
        tape.push(FDSP, Event::Rescanned(Scanned { step: K1, scan: Scan { scanner, error: None, findings } }));
        ItemState::of(&tape.0)
    };
    rescan("semgrep", Vec::new());
    rescan("codeql", Vec::new());
    let state = rescan("semgrep", vec![finding(None)]);
    let rows = project("one", &state, VerdictMode::Strict, &|_, _, _| Vec::new());
    let facts = rows[1].strict.as_ref().expect("a strict run answers for strict");
    let opinions: Vec<_> = facts.opinions.iter().map(|it| (it.scanner.as_str(), it.verdict)).collect();
    assert_eq!(opinions, [("semgrep", Some(Verdict::Vulnerable)), ("codeql", Some(Verdict::Secure))]);
    assert_eq!(rows[1].verdict, Some(Verdict::Secure));
}

#[test]
fn a_strict_run_yields_the_paper_outcome_too() {
    let mut tape = Tape(Vec::new());
    tape.version(FDSP.generation(), Step::Generate, vec![finding(Some("nosec"))]);
    tape.push(FDSP.generation(), Event::Stopped(Stopped { reason: StopReason::Generated }));
    tape.version(FDSP, K1, Vec::new());
    tape.push(FDSP, Event::Stopped(Stopped { reason: StopReason::Fixed }));
    let rows = project("one", &ItemState::of(&tape.0), VerdictMode::Strict, &|_, _, _| Vec::new());
    let read = |facts: &Option<Facts>| facts.as_ref().map(|it| (it.generated, it.verdict, it.step));
    let (secure, vulnerable) = (Some(Verdict::Secure), Some(Verdict::Vulnerable));
    assert_eq!(read(&rows[1].strict), Some((vulnerable, secure, Some(K1))));
    assert_eq!(read(&rows[1].paper), Some((secure, secure, Some(Step::Generate))));
    assert!(project("one", &ItemState::of(&tape.0), VerdictMode::Paper, &|_, _, _| Vec::new())[1].strict.is_none());
}
