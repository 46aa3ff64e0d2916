use proptest::prelude::*;
use proptest::{collection::vec, option};

use super::*;
use crate::core::event::*;
use crate::core::execution::{self, Assertion, AssertionClass, Captured, Execution, Fault, TestResult};
use crate::core::finding::{Finding, Level, Scan, ScanError, ScannerId};
use crate::core::ids::Step;
use crate::core::label::{Label, LabelVerdict};

fn text() -> impl Strategy<Value = Text> {
    any::<String>().prop_map(Text::from)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Given),
        Just(Step::Generate),
        Just(Step::Recompile),
        Just(Step::Explain),
        Just(Step::Verbalize),
        Just(Step::Solutions),
        (any::<Option<u32>>(), any::<u32>()).prop_map(|(solution, iteration)| Step::Refine { solution, iteration }),
    ]
}

fn level() -> impl Strategy<Value = Level> {
    prop_oneof![Just(Level::Undefined), Just(Level::Low), Just(Level::Medium), Just(Level::High)]
}

fn finding() -> impl Strategy<Value = Finding> {
    let words = (any::<String>(), any::<String>(), any::<String>(), any::<Option<String>>());
    (words, any::<Option<u32>>(), option::of(level()), option::of(level()), any::<(u32, u32, u32)>()).prop_map(
        |((rule, name, message, suppressed), cwe, severity, confidence, (line, end_line, column))| Finding {
            rule,
            name,
            cwe,
            severity,
            confidence,
            line,
            end_line,
            column,
            message,
            suppressed,
        },
    )
}

fn asked() -> impl Strategy<Value = Event> {
    let part = (any::<String>(), text()).prop_map(|(name, text)| Part { name, text });
    (step(), any::<String>(), vec(part, 0..5), any::<u32>(), any::<String>()).prop_map(
        |(step, template, parts, max_tokens, sent)| {
            Event::Asked(Asked { step, request: Request { template, parts, max_tokens, sent } })
        },
    )
}

fn answered() -> impl Strategy<Value = Event> {
    let usage = any::<Option<(u32, u32)>>();
    let rest = (any::<String>(), any::<Option<String>>(), usage, any::<f64>(), any::<u32>());
    (step(), text(), vec(any::<(u32, u32)>(), 0..9), rest).prop_map(
        |(step, text, chunks, (finish, model, usage, seconds, tries))| {
            let usage = usage.map(|(prompt, completion)| Usage { prompt, completion });
            Event::Answered(Answered { step, text, chunks, finish, model, usage, seconds, tries })
        },
    )
}

fn scanned() -> impl Strategy<Value = Event> {
    let error = (any::<Option<u32>>(), any::<String>(), any::<bool>()).prop_map(|(line, message, failed)| ScanError {
        line,
        message,
        failed,
    });
    (step(), any::<(String, String)>(), option::of(error), vec(finding(), 0..4)).prop_map(
        |(step, (name, version), error, findings)| {
            Event::Scanned(Scanned { step, scan: Scan { scanner: ScannerId { name, version }, error, findings } })
        },
    )
}

fn labelled() -> impl Strategy<Value = Event> {
    let verdict =
        prop_oneof![Just(LabelVerdict::Realistic), Just(LabelVerdict::Unrealistic), Just(LabelVerdict::Unsure)];
    let words = (any::<String>(), any::<String>(), vec(any::<String>(), 0..3), any::<Option<String>>());
    let rest = (any::<f64>(), any::<Option<u32>>(), any::<bool>(), any::<Option<u32>>());
    (step(), words, option::of(verdict), rest).prop_map(
        |(step, (author, code, reasons, comment), verdict, (seconds, guideline, blind, replaces))| {
            Event::Labelled(Label {
                verdict,
                reasons,
                comment,
                seconds,
                guideline,
                blind,
                replaces,
                ..Label::on(&author, step, &code)
            })
        },
    )
}

fn small() -> impl Strategy<Value = Event> {
    let syntax =
        any::<(u32, u32, String)>().prop_map(|(line, column, message)| SyntaxProblem { line, column, message });
    let undefined = any::<(String, u32, u32)>().prop_map(|(name, line, column)| UndefinedName { name, line, column });
    let solution = (any::<String>(), text()).prop_map(|(title, text)| Solution { title, text });
    let reason = prop_oneof![
        Just(StopReason::Generated),
        Just(StopReason::SecureFromStart),
        Just(StopReason::Invalid),
        Just(StopReason::Fixed),
        Just(StopReason::Exhausted),
        Just(StopReason::NoSolutions),
    ];
    prop_oneof![
        (step(), any::<(String, String, Option<u16>)>(), option::of(text()), any::<u32>(), any::<f64>()).prop_map(
            |(step, (reason, message, status), partial, tries, seconds)| {
                Event::CallFailed(CallFailed { step, reason, message, status, partial, tries, seconds })
            }
        ),
        (step(), option::of(text()), any::<String>(), any::<bool>())
            .prop_map(|(step, code, why, unclosed)| Event::Extracted(Extracted { step, code, why, unclosed })),
        (step(), any::<String>(), option::of(syntax), vec(undefined, 0..3)).prop_map(
            |(step, target, error, undefined)| Event::Checked(Checked { step, target, error, raised: None, undefined })
        ),
        (any::<u32>(), vec(solution, 0..4))
            .prop_map(|(wanted, solutions)| Event::Proposed(Proposed { wanted, solutions })),
        reason.prop_map(|reason| Event::Stopped(Stopped { reason })),
        any::<String>().prop_map(|message| Event::Failed(Failed { message })),
        any::<(String, u32)>().prop_map(|(author, label)| Event::LabelUndone(LabelTurn::of(&author, label))),
        any::<(String, u32)>().prop_map(|(author, label)| Event::LabelRedone(LabelTurn::of(&author, label))),
    ]
}

fn executed() -> impl Strategy<Value = Event> {
    let result = proptest::sample::select(TestResult::EVERY.to_vec());
    let class = prop_oneof![Just(AssertionClass::Functional), Just(AssertionClass::Security)];
    let assertion = (any::<(u32, String, u32, bool)>(), class, vec(any::<(String, String)>(), 0..3), option::of(".*"))
        .prop_map(|((line, source, held, failed), class, values, message)| Assertion {
            line,
            source,
            class,
            held,
            failed,
            values,
            message,
        });
    let fault = any::<(String, String, Option<String>, Option<u32>)>().prop_map(|(kind, message, part, line)| Fault {
        kind,
        message,
        part,
        line,
    });
    let captured = || (text(), any::<(u64, bool)>()).prop_map(|(text, (bytes, cut))| Captured { text, bytes, cut });
    let level = proptest::sample::select(execution::Level::EVERY.to_vec());
    let told = (result, vec(assertion, 0..3), option::of(fault), captured(), captured(), level);
    let rest = any::<(f64, f64, u64, Vec<String>, String, String, bool)>();
    (step(), told, rest).prop_map(|(step, (result, assertions, fault, stdout, stderr, level), rest)| {
        let (seconds, cpu_seconds, peak_memory, missing, python, test, repaired) = rest;
        let execution = Execution {
            result,
            assertions,
            fault,
            seconds,
            cpu_seconds,
            peak_memory,
            stdout,
            stderr,
            level,
            missing,
            python,
            test,
            repaired,
        };
        Event::Executed(Box::new(Executed { step, execution }))
    })
}

proptest! {
    #[test]
    fn every_event_survives_its_stored_form(event in prop_oneof![asked(), answered(), scanned(), executed(), labelled(), small()]) {
        let mut event = event;
        normalise(&mut event);
        let (stored, blobs) = encode(&event)?;
        for (hash, text) in &blobs {
            prop_assert_eq!(hash, &text.hash());
        }
        let mut hollow = decode(7, stored.kind, stored.version, &stored.payload)?;
        prop_assert_eq!(hollow.hashes(), blobs.iter().map(|(hash, _)| hash.clone()).collect::<Vec<_>>());
        prop_assert_eq!(&hollow.stored()?, &stored);
        let find = |hash: &str| blobs.iter().find(|(known, _)| known == hash).map(|(_, text)| text.clone());
        prop_assert_eq!(hollow.fill(find)?, event);
    }
}

/// What version 1 looks like in stores that exist. A line here never changes.
const VERSION_1: [(&str, &str); 13] = [
    (
        "asked",
        r#"{"step":"s1.k2","request":{"template":"t","parts":[{"name":"code","text":"<text>"}],"max_tokens":9,"sent":"ab"}}"#,
    ),
    (
        "answered",
        r#"{"step":"generate","text":"<text>","chunks":[[3,40]],"finish":"stop","model":null,"usage":{"prompt":1,"completion":2},"seconds":0.25,"tries":1}"#,
    ),
    (
        "call-failed",
        r#"{"step":"k1","reason":"half","message":"m","status":200,"partial":"<text>","tries":2,"seconds":1.0}"#,
    ),
    ("extracted", r#"{"step":"recompile","code":"<text>","why":"w","unclosed":true}"#),
    (
        "checked",
        r#"{"step":"given","target":"3.11","error":{"line":1,"column":2,"message":"m"},"undefined":[{"name":"os","line":3,"column":4}]}"#,
    ),
    (
        "scanned",
        r#"{"step":"generate","scanner":{"name":"bandit","version":"1"},"error":{"line":null,"message":"m","failed":true},"findings":[{"rule":"B1","name":"n","cwe":89,"severity":"low","confidence":null,"line":1,"end_line":1,"column":1,"message":"m","suppressed":"nosec"}]}"#,
    ),
    (
        "executed",
        r#"{"step":"k1","result":"fail","assertions":[{"line":3,"source":"assert f() == 1","class":"security","held":2,"failed":true,"values":[["f()","2"]],"message":"m"}],"fault":{"kind":"k","message":"m","part":"code","line":4},"seconds":0.5,"cpu_seconds":0.25,"peak_memory":9,"stdout":{"text":"<text>","bytes":7,"cut":true},"stderr":{"text":"<text>","bytes":6,"cut":false},"level":"full","missing":["w"],"python":"3.11.7","test":"ab","repaired":true}"#,
    ),
    ("proposed", r#"{"wanted":3,"solutions":[{"title":"t","text":"<text>"}]}"#),
    ("stopped", r#"{"reason":"secure-from-start"}"#),
    ("failed", r#"{"message":"m"}"#),
    (
        "labelled",
        r#"{"author":"a","step":"s1.k1","code":"ab","verdict":"unrealistic","reasons":["r"],"comment":"c","seconds":2.5,"guideline":1,"blind":true,"replaces":4}"#,
    ),
    ("label-undone", r#"{"author":"a","label":4}"#),
    ("label-redone", r#"{"author":"a","label":4}"#),
];

#[test]
fn version_1_is_still_read_and_still_written() -> Result<(), StoreError> {
    let text = Text::from("a text");
    for (kind, payload) in VERSION_1 {
        let payload = payload.replace("<text>", &text.hash());
        let event = decode(1, kind, 1, &payload)?.fill(|hash| (hash == text.hash()).then(|| text.clone()))?;
        assert_eq!(event.kind(), kind);
        let (stored, _) = encode(&event)?;
        assert_eq!((stored.kind, stored.version, stored.payload), (kind, 1, payload));
    }
    Ok(())
}

#[test]
fn what_cannot_be_read_names_its_event() {
    let unknown = decode(12, "stopped", 9, "{}").map(drop).expect_err("version 9 was read").to_string();
    assert!(unknown.contains("event 12") && unknown.contains("version 9"), "{unknown}");
    let broken = decode(13, "stopped", 1, "{}").map(drop).expect_err("no reason").to_string();
    assert!(broken.contains("event 13") && broken.contains("reason"), "{broken}");
    let missing =
        decode(14, "extracted", 1, r#"{"step":"k1","code":"ab","why":""}"#).and_then(|hollow| hollow.fill(|_| None));
    assert!(missing.expect_err("filled from nothing").to_string().contains("event 14"));
}
