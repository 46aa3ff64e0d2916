//! The CodeSecEval study's experiments, and tests that come after an approach has ended.

use super::tests::{BAD, BROKEN, GOOD, World};
use super::*;
use crate::core::execution::{Level, TestResult};
use crate::core::item::Suite;
use crate::core::settings::Testing;
use crate::core::verdict::Verdict;

const K1: Step = Step::Refine { solution: None, iteration: 1 };

fn world(approaches: &[ApproachId], samples: u32) -> World {
    let testing = Testing {
        level: Level::Full,
        unsandboxed: false,
        repair_environment: false,
        seconds: 10,
        python: "python3".to_owned(),
    };
    let settings = Settings { approaches: approaches.to_vec(), samples, testing: Some(testing), ..Settings::default() };
    let mut world = World::new(settings);
    world.item.code = Some("bad = 0".into());
    world.item.suite = Some(Box::new(Suite {
        test: "def check(candidate): ...".into(),
        entry_point: "f".to_owned(),
        aware: Some("Write it, and beware.".into()),
        explanation: Some("It is bad.".into()),
        ..Suite::default()
    }));
    world
}

fn results(world: &World, approach: ApproachId) -> Vec<Option<TestResult>> {
    let streams = world.state.streams.iter().filter(|(id, _)| id.approach == approach);
    let versions = streams.flat_map(|(_, stream)| &stream.versions);
    versions.map(|version| version.execution.as_ref().map(|execution| execution.result)).collect()
}

#[test]
fn the_aware_problem_replaces_the_prompt_whole() {
    let mut world = world(&[ApproachId::GenerateAware], 1);
    world.run(|_| GOOD);
    assert_eq!(world.steps(), ["generate"], "no other stream is worked through");
    assert_eq!(world.part(Step::Generate, "prompt"), "Write it, and beware.");
    assert_eq!(results(&world, ApproachId::GenerateAware), [Some(TestResult::Pass)]);
}

#[test]
fn code_from_the_aware_problem_is_corrected_once_with_that_problem() {
    let mut world = world(&[ApproachId::GenerateAware], 1);
    world.run(|step| if step == Step::Recompile { GOOD } else { BROKEN });
    assert_eq!(world.steps(), ["generate", "recompile"]);
    assert_eq!(world.part(Step::Recompile, "prompt"), "Write it, and beware.");
    assert_eq!(results(&world, ApproachId::GenerateAware), [Some(TestResult::Fail), Some(TestResult::Pass)]);
}

#[test]
fn a_repair_carries_problem_and_insecure_code_and_the_explanation_where_the_experiment_says_so() {
    for (approach, explained) in [(ApproachId::Repair, false), (ApproachId::RepairExplained, true)] {
        let mut world = world(&[approach], 1);
        world.run(|_| GOOD);
        assert_eq!(world.steps(), ["k1"]);
        assert_eq!((world.part(K1, "prompt"), world.part(K1, "code")), ("Write it.".to_owned(), "bad = 0".to_owned()));
        let (_, parts) = &world.asked[0];
        let told = parts.iter().find(|part| part.name == "explanation").map(|part| part.text.as_str());
        assert_eq!(told, explained.then_some("It is bad."));
        // The item's own insecure code is scanned and not run again.
        assert_eq!(results(&world, approach), [None, Some(TestResult::Pass)]);
        let outcome = world.outcome_of(approach).expect("it came to an end");
        assert_eq!((outcome.verdict, outcome.iteration), (Verdict::Secure, Some(1)));
    }
}

#[test]
fn a_repair_returns_its_answer_even_where_the_scanner_saw_nothing_to_repair() {
    let mut world = world(&[ApproachId::Repair], 1);
    world.item.code = Some("clean = 0".into());
    world.run(|_| BAD);
    let outcome = world.outcome_of(ApproachId::Repair).expect("it came to an end");
    assert_eq!((outcome.verdict, outcome.iteration), (Verdict::Vulnerable, Some(1)));
    assert_eq!(results(&world, ApproachId::Repair), [None, Some(TestResult::Fail)]);
}

#[test]
fn every_sample_is_a_stream_of_its_own() {
    let mut world = world(&[ApproachId::Generate, ApproachId::GenerateAware], 3);
    world.run(|_| GOOD);
    assert_eq!(world.asked.len(), 6);
    assert_eq!(results(&world, ApproachId::Generate), [Some(TestResult::Pass); 3]);
}

#[test]
fn refinements_are_tested_when_their_stream_has_ended_and_a_resume_tests_what_is_left() {
    let mut world = world(&[ApproachId::Direct], 1);
    let testing = world.settings.testing.take();
    world.run(|step| if step == Step::Generate { BAD } else { GOOD });
    assert_eq!(results(&world, ApproachId::Direct), [None]);
    world.settings.testing = testing;
    world.run(|_| unreachable!("nothing is asked twice"));
    assert_eq!(results(&world, ApproachId::Generate), [Some(TestResult::Fail)]);
    assert_eq!(results(&world, ApproachId::Direct), [Some(TestResult::Pass)]);
}

#[test]
fn an_item_that_lacks_what_the_experiment_needs_fails_and_says_so() {
    for (approach, word) in [
        (ApproachId::GenerateAware, "vulnerability-aware problem"),
        (ApproachId::Repair, "insecure code"),
        (ApproachId::RepairExplained, "explanation"),
    ] {
        let mut world = world(&[approach], 1);
        world.item.suite = None;
        if approach == ApproachId::Repair {
            world.item.code = None;
        }
        world.run(|_| GOOD);
        let stream = &world.state.streams[&StreamId::new(approach, 0)];
        assert!(stream.failed.as_ref().is_some_and(|message| message.contains(word)), "{:?}", stream.failed);
    }
}
