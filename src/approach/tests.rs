use super::*;
use crate::core::event::{Answered, Asked, Checked, Entry, Executed, Extracted, Request, Scanned, SyntaxProblem};
use crate::core::execution::{Captured, Execution, Level, TestResult};
use crate::core::finding::{Finding, Scan, ScanError, ScannerId};
use crate::core::fold::Outcome;
use crate::core::settings::{RefineFrom, VerdictMode};
use crate::core::verdict::Verdict;

pub const BAD: &str = "```python\nbad = 1\n```";
pub const GOOD: &str = "```python\ngood = 1\n```";
pub const BROKEN: &str = "```python\nbroken = (\n```";

/// A run of one item against scripted answers: `bad` is flagged, `nosec` is flagged but hidden, `broken` does not
/// parse, `crash` fails the scanner, all else is clean.
pub struct World {
    pub settings: Settings,
    pub item: Item,
    pub state: ItemState,
    pub asked: Vec<(Step, Vec<Part>)>,
}

impl World {
    pub fn new(settings: Settings) -> Self {
        Self { settings, item: Item::new("one", "Write it."), state: ItemState::default(), asked: Vec::new() }
    }

    fn push(&mut self, stream: StreamId, event: Event) {
        let seq = self.state.last_seq + 1;
        self.state.apply(&Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event });
    }

    pub fn run(&mut self, answer: impl Fn(Step) -> &'static str) {
        for stream in streams(&self.settings) {
            for turn in 0.. {
                assert!(turn < 500, "the machine does not come to an end");
                let context = Context { settings: &self.settings, item: &self.item, state: &self.state, stream };
                match next(&context) {
                    Action::Done => break,
                    Action::Record(Event::Failed(failed)) => {
                        self.push(stream, Event::Failed(failed));
                        return;
                    }
                    Action::Record(event) => self.push(stream, event),
                    Action::Check { step, code } => {
                        let error = code.contains("broken").then(|| SyntaxProblem {
                            line: 1,
                            column: 11,
                            message: "never closed".to_owned(),
                        });
                        let target = self.settings.target_python.clone();
                        self.push(
                            stream,
                            Event::Checked(Checked { step, target, error, raised: None, undefined: Vec::new() }),
                        );
                    }
                    Action::Scan { step, code } => {
                        self.push(stream, Event::Scanned(Scanned { step, scan: scan_of(&code) }))
                    }
                    Action::Test { step, code } => self.push(stream, Event::Executed(Box::new(executed(step, &code)))),
                    Action::Ask(ask) => {
                        template::render(ask.template, &ask.parts).expect("every variable is given");
                        self.asked.push((ask.step, ask.parts.clone()));
                        let request = Request {
                            template: ask.template.to_owned(),
                            parts: ask.parts,
                            max_tokens: ask.max_tokens,
                            sent: String::new(),
                        };
                        self.push(stream, Event::Asked(Asked { step: ask.step, request }));
                        let text = answer(ask.step).into();
                        let finish = "stop".to_owned();
                        self.push(stream, Event::Answered(answered(ask.step, text, finish)));
                    }
                }
            }
        }
    }

    fn outcome(&self) -> Option<Outcome> {
        self.outcome_of(ApproachId::Fdsp)
    }

    pub fn outcome_of(&self, approach: ApproachId) -> Option<Outcome> {
        self.state.outcome(StreamId::new(approach, 0), self.settings.verdict)
    }

    fn stopped(&self) -> Option<StopReason> {
        self.state.stream(StreamId::new(ApproachId::Fdsp, 0)).and_then(|stream| stream.stopped)
    }

    pub fn steps(&self) -> Vec<String> {
        self.asked.iter().map(|(step, _)| step.to_string()).collect()
    }

    pub fn part(&self, step: Step, name: &str) -> String {
        let (_, parts) = self.asked.iter().find(|(asked, _)| *asked == step).expect("that step was asked");
        parts.iter().find(|part| part.name == name).expect("that part was sent").text.to_string()
    }
}

fn answered(step: Step, text: Text, finish: String) -> Answered {
    Answered { step, text, chunks: Vec::new(), finish, model: None, usage: None, seconds: 0.0, tries: 1 }
}

fn executed(step: Step, code: &str) -> Executed {
    let result = if code.contains("good") { TestResult::Pass } else { TestResult::Fail };
    let execution = Execution {
        result,
        assertions: Vec::new(),
        fault: None,
        seconds: 0.1,
        cpu_seconds: 0.1,
        peak_memory: 0,
        stdout: Captured::default(),
        stderr: Captured::default(),
        level: Level::Full,
        missing: Vec::new(),
        python: "3.11".to_owned(),
        test: String::new(),
        repaired: false,
    };
    Executed { step, execution }
}

fn scan_of(code: &str) -> Scan {
    let finding = |suppressed: Option<&str>| Finding {
        rule: "B608".to_owned(),
        name: "hardcoded_sql_expressions".to_owned(),
        cwe: Some(89),
        severity: None,
        confidence: None,
        line: 1,
        end_line: 1,
        column: 1,
        message: "Possible SQL injection.".to_owned(),
        suppressed: suppressed.map(str::to_owned),
    };
    let error = |failed| Some(ScanError { line: None, message: "no".to_owned(), failed });
    let (error, findings) = match code {
        _ if code.contains("crash") => (error(true), Vec::new()),
        _ if code.contains("broken") => (error(false), Vec::new()),
        _ if code.contains("nosec") => (None, vec![finding(Some("nosec"))]),
        _ if code.contains("bad") => (None, vec![finding(None)]),
        _ => (None, Vec::new()),
    };
    Scan { scanner: ScannerId { name: "bandit".to_owned(), version: "1.9.4".to_owned() }, error, findings }
}

fn refine(solution: u32, iteration: u32) -> Step {
    Step::Refine { solution: Some(solution), iteration }
}

const THREE: &str = "1. First\n2. Second\n3. Third";

fn fixing_at(fixed: Step) -> impl Fn(Step) -> &'static str {
    move |step| match step {
        Step::Solutions => THREE,
        step if step == fixed => GOOD,
        _ => BAD,
    }
}

#[test]
fn secure_from_the_start_costs_no_refinement() {
    let mut world = World::new(Settings::default());
    world.run(|_| GOOD);
    assert_eq!(world.steps(), ["generate"]);
    assert_eq!(world.stopped(), Some(StopReason::SecureFromStart));
    assert_eq!(world.outcome().map(|o| (o.verdict, o.calls)), Some((Verdict::Secure, 0)));
}

#[test]
fn every_j_and_k_stops_where_it_is_fixed() {
    for j in 1..=3 {
        for k in 1..=3 {
            let mut world = World::new(Settings::default());
            world.run(fixing_at(refine(j, k)));
            let outcome = world.outcome().expect("it stopped");
            assert_eq!((outcome.solution, outcome.iteration), (Some(j), Some(k)));
            assert_eq!(outcome.calls, 1 + 3 * (j - 1) + k);
            assert_eq!((outcome.verdict, world.stopped()), (Verdict::Secure, Some(StopReason::Fixed)));
        }
    }
}

#[test]
fn nothing_fixed_returns_the_generated_code() {
    let mut world = World::new(Settings::default());
    world.run(fixing_at(Step::Explain));
    let outcome = world.outcome().expect("it stopped");
    assert_eq!((outcome.verdict, outcome.solution, outcome.calls), (Verdict::Vulnerable, None, 10));
    assert_eq!(world.stopped(), Some(StopReason::Exhausted));
}

#[test]
fn each_solution_starts_again_from_the_generated_code() {
    let mut world = World::new(Settings { iterations: 2, ..Settings::default() });
    world.run(|step| match step {
        Step::Solutions => THREE,
        Step::Refine { solution: Some(1), .. } => "```python\nbad = 11\n```",
        _ => BAD,
    });
    assert_eq!(world.part(refine(1, 1), "code"), "bad = 1\n");
    assert_eq!(world.part(refine(1, 2), "code"), "bad = 11\n");
    assert_eq!(world.part(refine(2, 1), "code"), "bad = 1\n");
    assert_eq!(world.part(refine(2, 1), "solution"), "2. Second");
    assert_eq!(
        world.part(refine(2, 1), "report"),
        "Issue: [B608:hardcoded_sql_expressions] Possible SQL injection.\nLine 1: bad = 1"
    );
}

#[test]
fn refine_from_original_always_feeds_the_generated_code() {
    let mut world = World::new(Settings { refine_from: RefineFrom::Original, ..Settings::default() });
    world.run(|step| match step {
        Step::Solutions => THREE,
        Step::Refine { .. } => "```python\nbad = 11\n```",
        _ => BAD,
    });
    assert_eq!(world.part(refine(1, 3), "code"), "bad = 1\n");
}

#[test]
fn an_answer_without_code_keeps_the_code_and_spends_the_try() {
    let mut world = World::new(Settings::default());
    world.run(|step| match step {
        Step::Solutions => THREE,
        Step::Refine { iteration: 1, .. } => "There is no issue.",
        Step::Refine { iteration: 3, .. } => GOOD,
        _ => BAD,
    });
    assert_eq!(world.part(refine(1, 2), "code"), "bad = 1\n");
    assert_eq!(world.outcome().map(|o| (o.iteration, o.calls)), Some((Some(3), 4)));
}

#[test]
fn eqn_2_asks_once_with_the_error() {
    let mut world = World::new(Settings::default());
    world.run(|step| if step == Step::Generate { BROKEN } else { GOOD });
    assert_eq!(world.steps(), ["generate", "recompile"]);
    assert_eq!(world.part(Step::Recompile, "error"), "line 1, column 11: never closed");
    assert_eq!(world.stopped(), Some(StopReason::SecureFromStart));
}

#[test]
fn still_invalid_after_eqn_2_is_not_refined() {
    let mut world = World::new(Settings::default());
    world.run(|_| BROKEN);
    assert_eq!(world.steps(), ["generate", "recompile"]);
    assert_eq!(world.stopped(), Some(StopReason::Invalid));
    assert_eq!(world.outcome().map(|o| o.verdict), Some(Verdict::Invalid));
}

#[test]
fn an_eqn_2_answer_without_code_leaves_the_first_version() {
    let mut world = World::new(Settings::default());
    world.run(|step| if step == Step::Generate { BROKEN } else { "Sorry." });
    assert_eq!(world.state.generated(StreamId::new(ApproachId::Fdsp, 0)).map(|v| v.step), Some(Step::Generate));
    assert_eq!(world.stopped(), Some(StopReason::Invalid));
}

#[test]
fn paper_mode_takes_unparsable_and_silenced_code_for_secure() {
    for (answer, strict) in [(BROKEN, Verdict::Invalid), ("```python\nx = 1  # nosec\n```", Verdict::Vulnerable)] {
        for (mode, verdict) in [(VerdictMode::Strict, strict), (VerdictMode::Paper, Verdict::Secure)] {
            let mut world = World::new(Settings { verdict: mode, ..Settings::default() });
            world.run(|_| answer);
            assert_eq!(world.outcome().map(|o| o.verdict), Some(verdict), "{answer} {mode}");
        }
    }
}

#[test]
fn a_refinement_is_never_sent_to_eqn_2_and_a_broken_one_does_not_stop() {
    let mut world = World::new(Settings { solutions: 1, iterations: 2, ..Settings::default() });
    world.run(|step| match step {
        Step::Solutions => "1. Only",
        Step::Refine { .. } => BROKEN,
        _ => BAD,
    });
    assert_eq!(world.steps(), ["generate", "solutions", "s1.k1", "s1.k2"]);
    assert_eq!(world.part(refine(1, 2), "code"), "broken = (\n");
    assert!(world.part(refine(1, 2), "report").contains("B608"));
}

#[test]
fn fewer_solutions_than_wanted_are_recorded_as_such() {
    let mut world = World::new(Settings::default());
    world.run(|step| if step == Step::Solutions { "1. A\n2. B" } else { BAD });
    let stream = world.state.stream(StreamId::new(ApproachId::Fdsp, 0)).expect("it ran");
    assert_eq!(stream.proposed.as_ref().map(|p| (p.wanted, p.solutions.len())), Some((3, 2)));
    assert_eq!(world.outcome().map(|o| o.calls), Some(1 + 2 * 3));
}

#[test]
fn a_failed_scan_of_generated_code_fails_the_item_and_is_tried_again_on_resume() {
    let mut world = World::new(Settings::default());
    let answer = |_| "```python\ncrash = 1\n```";
    world.run(answer);
    let generate = StreamId::new(ApproachId::Generate, 0);
    assert!(world.state.streams[&generate].failed.is_some());
    assert_eq!(world.outcome(), None);
    let context = Context { settings: &world.settings, item: &world.item, state: &world.state, stream: generate };
    assert!(matches!(next(&context), Action::Scan { .. }));
    world.run(answer);
    assert_eq!(world.steps(), ["generate"], "the answer is not paid for twice");
}

#[test]
fn given_code_is_refined_without_generation() {
    let mut world = World::new(Settings { given: true, ..Settings::default() });
    world.item.code = Some("bad = 7\n".into());
    world.run(fixing_at(refine(1, 1)));
    assert_eq!(world.steps(), ["solutions", "s1.k1"]);
    assert_eq!(world.part(refine(1, 1), "code"), "bad = 7\n");
}

#[test]
fn code_cut_off_at_the_limit_is_invalid_though_it_parses() {
    let mut world = World::new(Settings::default());
    let stream = StreamId::new(ApproachId::Generate, 0);
    world.push(
        stream,
        Event::Asked(Asked {
            step: Step::Generate,
            request: Request { template: String::new(), parts: Vec::new(), max_tokens: 1, sent: String::new() },
        }),
    );
    world.push(stream, Event::Answered(answered(Step::Generate, GOOD.into(), "length".to_owned())));
    world.push(
        stream,
        Event::Extracted(Extracted {
            step: Step::Generate,
            code: Some("good = 1\n".into()),
            why: String::new(),
            unclosed: false,
        }),
    );
    world.run(|_| GOOD);
    assert_eq!(world.stopped(), Some(StopReason::Invalid));
}

fn all() -> Settings {
    Settings { approaches: ApproachId::REFINEMENTS.to_vec(), ..Settings::default() }
}

#[test]
fn all_generates_once_and_each_approach_spends_its_calls() {
    let mut world = World::new(all());
    world.run(|step| if step == Step::Solutions { "1. A\n2. B\n3. C" } else { BAD });
    assert_eq!(world.asked.iter().filter(|(step, _)| *step == Step::Generate).count(), 1);
    for (approach, calls) in [
        (ApproachId::Direct, 1),
        (ApproachId::SelfDebug, 2),
        (ApproachId::Feedback, 1),
        (ApproachId::Verbalize, 2),
        (ApproachId::Fdsp, 1 + 9),
    ] {
        let outcome = world.outcome_of(approach).expect("it ended");
        assert_eq!((outcome.calls, outcome.verdict), (calls, Verdict::Vulnerable), "{approach}");
    }
}

#[test]
fn what_each_baseline_is_told() {
    let told = |approach| {
        let mut world = World::new(Settings { approaches: vec![approach], ..Settings::default() });
        world.run(|step| match step {
            Step::Explain => "It explains.",
            Step::Verbalize => "It says so.",
            Step::Generate => BAD,
            _ => GOOD,
        });
        assert_eq!(world.outcome_of(approach).map(|it| it.verdict), Some(Verdict::Secure), "{approach}");
        let asked = |(step, parts): &(Step, Vec<Part>)| {
            let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
            format!("{step}: {}", names.join(" "))
        };
        world.asked.iter().skip(1).map(asked).collect::<Vec<_>>()
    };
    assert_eq!(told(ApproachId::Direct), ["k1: template code"]);
    assert_eq!(told(ApproachId::SelfDebug), ["explain: template code", "k1: template code explanation"]);
    assert_eq!(told(ApproachId::Feedback), ["k1: template code report"]);
    assert_eq!(told(ApproachId::Verbalize), ["verbalize: template report", "k1: template code report words"]);
}

#[test]
fn what_is_secure_or_invalid_from_the_start_is_not_refined() {
    for (answer, verdict) in [(GOOD, Verdict::Secure), (BROKEN, Verdict::Invalid)] {
        let mut world = World::new(all());
        world.run(|_| answer);
        assert!(world.steps().iter().all(|step| step == "generate" || step == "recompile"), "{answer}");
        for approach in ApproachId::REFINEMENTS {
            let outcome = world.outcome_of(approach);
            assert_eq!(outcome.map(|it| (it.verdict, it.calls)), Some((verdict, 0)), "{approach}");
        }
    }
}

#[test]
fn a_baseline_returns_its_refinement_and_without_code_the_generated_code() {
    for (answer, verdict, iteration) in [
        (GOOD, Verdict::Secure, Some(1)),
        (BAD, Verdict::Vulnerable, Some(1)),
        (BROKEN, Verdict::Invalid, Some(1)),
        ("There is no issue.", Verdict::Vulnerable, None),
    ] {
        let mut world = World::new(Settings { approaches: vec![ApproachId::Direct], ..Settings::default() });
        world.run(|step| if step == Step::Generate { BAD } else { answer });
        let outcome = world.outcome_of(ApproachId::Direct).map(|it| (it.verdict, it.iteration));
        assert_eq!(outcome, Some((verdict, iteration)), "{answer}");
    }
}

#[test]
fn a_template_of_the_users_own_is_sent_and_one_that_cannot_work_is_refused() {
    let mut world = World::new(Settings { approaches: vec![ApproachId::Direct], ..Settings::default() });
    world.settings.templates.insert("direct".to_owned(), "Fix {{ code }}".into());
    world.run(|_| BAD);
    let (_, parts) = world.asked.last().expect("it was asked");
    assert_eq!(template::render("direct", parts).expect("it renders"), "Fix bad = 1\n");
    for builtin in template::BUILTIN {
        template::check(builtin.name, &builtin.source.into()).expect("every built-in template can be rendered");
    }
    for (name, source, says) in [
        ("directly", "{{ code }}", "the names are: generate"),
        ("direct", "{{ report }}", "it is given: code"),
        ("direct", "{{ code ", "syntax error"),
        ("direct", " {# nothing #} ", "empty message"),
    ] {
        let error = template::check(name, &source.into()).expect_err("it cannot work").to_string();
        assert!(error.contains(says), "{error}");
    }
}
