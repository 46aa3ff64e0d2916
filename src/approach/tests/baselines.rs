//! The baselines, and all approaches of a run together.

use super::*;

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
