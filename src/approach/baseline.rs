//! The four baselines (section 4.2): one refinement of the generated code, in some after a step that only talks.

use super::code::{Progress, max_tokens, scan, to_refine, until_checked};
use super::report::report;
use super::{Action, Ask, Context, fail, part, stop, template};
use crate::core::event::{Part, StopReason};
use crate::core::fold::{Stream, Version};
use crate::core::ids::{ApproachId, Step};
use crate::core::verdict::{Verdict, judge};

/// What an approach asks before it refines: the step, its template, and the name its answer has in the refinement.
struct Before {
    step: Step,
    template: &'static str,
    answer: &'static str,
}

/// A baseline as its prompts: what comes before, the refinement's template, whether the messages carry code and ℜ.
struct Baseline {
    before: Option<Before>,
    template: &'static str,
    scanner: bool,
}

pub const REFINE: Step = Step::Refine { solution: None, iteration: 1 };

fn baseline(approach: ApproachId) -> Option<Baseline> {
    let before = |step, template, answer| Some(Before { step, template, answer });
    Some(match approach {
        ApproachId::Direct => Baseline { before: None, template: "direct", scanner: false },
        ApproachId::SelfDebug => {
            Baseline { before: before(Step::Explain, "explain", "explanation"), template: "self-debug", scanner: false }
        }
        ApproachId::Feedback => Baseline { before: None, template: "feedback", scanner: true },
        ApproachId::Verbalize => {
            Baseline { before: before(Step::Verbalize, "verbalize", "words"), template: "verbalization", scanner: true }
        }
        _ => return None,
    })
}

pub fn next(context: &Context<'_>, stream: &Stream) -> Action {
    let approach = context.stream.approach;
    let Some(baseline) = baseline(approach) else {
        return fail(format!("the approach `{approach}` cannot be run by this version of fdsp"));
    };
    let generated = match to_refine(context) {
        Ok(generated) => generated,
        Err(nothing) => return nothing.into(),
    };
    let mut heard = None;
    if let Some(before) = &baseline.before {
        match stream.answer(before.step) {
            Some(answer) => heard = Some(part(before.answer, answer.text.clone())),
            None => {
                let parts = match before.step {
                    Step::Verbalize => vec![reported(context, generated)],
                    _ => vec![code(generated)],
                };
                return ask(context, before.step, before.template, parts);
            }
        }
    }
    let version = match until_checked(stream, REFINE) {
        Progress::Unasked => {
            let report = baseline.scanner.then(|| reported(context, generated));
            let parts = std::iter::once(code(generated)).chain(report).chain(heard).collect();
            return ask(context, REFINE, baseline.template, parts);
        }
        Progress::Next(action) => return action,
        Progress::Checked(version) => version,
    };
    if let Some(action) = scan(version) {
        return action;
    }
    let accepted = version.code.is_some() && judge(context.settings.verdict, version) == Some(Verdict::Secure);
    stop(if accepted { StopReason::Fixed } else { StopReason::Exhausted })
}

pub fn code(version: &Version) -> Part {
    part("code", version.code.clone().unwrap_or_default())
}

fn reported(context: &Context<'_>, generated: &Version) -> Part {
    part("report", report(generated, context.settings.verdict))
}

pub fn ask(context: &Context<'_>, step: Step, template: &'static str, parts: Vec<Part>) -> Action {
    let source = part("template", template::source(template, &context.settings.templates));
    let parts = std::iter::once(source).chain(parts).collect();
    Action::Ask(Ask { step, template, parts, max_tokens: max_tokens(context, step) })
}
