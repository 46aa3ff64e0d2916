use super::*;
use crate::core::event::{Asked, Extracted, Request};
use crate::core::settings::{RefineFrom, VerdictMode};
use crate::core::verdict::Verdict;

mod baselines;
mod world;

use world::answered;
pub use world::{BAD, BROKEN, GOOD, World};

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
