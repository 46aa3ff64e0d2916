//! FDSP (Algorithm 1): S ← P(y, ℜ, J, p) (Eqn 4), then for each solution up to K refinements (Eqn 5) until δ is silent.

use super::code::{Progress, max_tokens, scan, to_refine, until_checked};
use super::report::report;
use super::{Action, Ask, Context, part, solutions, stop, template};
use crate::core::event::{Event, Proposed, Solution, StopReason};
use crate::core::fold::{Stream, Version};
use crate::core::ids::Step;
use crate::core::settings::RefineFrom;
use crate::core::verdict::{Verdict, judge};

pub fn next(context: &Context<'_>, stream: &Stream) -> Action {
    let mode = context.settings.verdict;
    let generated = match to_refine(context) {
        Ok(generated) => generated,
        Err(nothing) => return nothing.into(),
    };
    let Some(proposed) = &stream.proposed else { return propose(context, stream, generated) };
    if proposed.solutions.is_empty() {
        return stop(StopReason::NoSolutions);
    }
    for (index, solution) in proposed.solutions.iter().enumerate() {
        for iteration in 1..=context.settings.iterations {
            let step = Step::Refine { solution: Some(index as u32 + 1), iteration };
            let version = match until_checked(stream, step) {
                Progress::Unasked => return refine(context, stream, generated, solution, step),
                Progress::Next(action) => return action,
                Progress::Checked(version) => version,
            };
            if let Some(action) = scan(version) {
                return action;
            }
            // An answer without code leaves the code as it was and spends the try.
            if version.code.is_some() && judge(mode, version) == Some(Verdict::Secure) {
                return stop(StopReason::Fixed);
            }
        }
    }
    stop(StopReason::Exhausted)
}

fn propose(context: &Context<'_>, stream: &Stream, generated: &Version) -> Action {
    let wanted = context.settings.solutions;
    if let Some(answer) = stream.answer(Step::Solutions) {
        let solutions = solutions::split(&answer.text, wanted);
        return Action::Record(Event::Proposed(Proposed { wanted, solutions }));
    }
    Action::Ask(Ask {
        step: Step::Solutions,
        template: "solutions",
        parts: vec![
            part("template", template::source("solutions", &context.settings.templates)),
            part("code", generated.code.clone().unwrap_or_default()),
            part("report", report(generated, context.settings.verdict)),
            part("solutions", wanted.to_string()),
        ],
        max_tokens: max_tokens(context, Step::Solutions),
    })
}

fn refine(context: &Context<'_>, stream: &Stream, generated: &Version, solution: &Solution, step: Step) -> Action {
    let current = match context.settings.refine_from {
        RefineFrom::Original => generated,
        RefineFrom::Previous => previous(stream, step).unwrap_or(generated),
    };
    // The report goes with the code that is shown; code without findings of its own was refused for not parsing, and
    // what it must still answer to is ℜ.
    let own = report(current, context.settings.verdict);
    let report = if own.is_empty() { report(generated, context.settings.verdict) } else { own };
    Action::Ask(Ask {
        step,
        template: "refine",
        parts: vec![
            part("template", template::source("refine", &context.settings.templates)),
            part("code", current.code.clone().unwrap_or_default()),
            part("report", report),
            part("solution", solution.text.clone()),
        ],
        max_tokens: max_tokens(context, step),
    })
}

/// y_{k-1}: the last version of the same solution that holds code.
fn previous(stream: &Stream, step: Step) -> Option<&Version> {
    let Step::Refine { solution: wanted, iteration: before } = step else { return None };
    stream.versions.iter().rev().filter(|version| version.code.is_some()).find(|version| {
        matches!(version.step, Step::Refine { solution, iteration } if solution == wanted && iteration < before)
    })
}
