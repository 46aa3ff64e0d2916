//! Generation: y ← P(x) (Eqn 1), from the problem or from the vulnerability-aware problem; once more with the compile error where y does not compile (Eqn 2), then ℜ ← δ(y).

use super::code::{Progress, max_tokens, scan, until_checked};
use super::{Action, Ask, Context, fail, part, stop, template};
use crate::core::event::{Checked, Event, Extracted, StopReason};
use crate::core::fold::{Stream, Version};
use crate::core::ids::{ApproachId, Step};
use crate::core::text::Text;

pub fn next(context: &Context<'_>, stream: &Stream) -> Action {
    let first = if context.settings.given { Step::Given } else { Step::Generate };
    let Some(prompt) = prompt(context) else {
        return fail("the item has no vulnerability-aware problem; its data set must give one");
    };
    let version = match until_checked(stream, first) {
        Progress::Unasked if context.settings.given => return given(context.item.code.clone()),
        Progress::Unasked => return ask_generate(context, prompt),
        Progress::Next(action) => return action,
        Progress::Checked(version) => version,
    };
    if let Some(action) = recompiled(context, stream, version, &prompt) {
        return action;
    }
    let Some(generated) = stream.generated() else { return stop(StopReason::Generated) };
    if let Some(action) = scan(generated) {
        return action;
    }
    match generated.scan.as_ref().and_then(|scan| scan.error.as_ref()).filter(|error| error.failed) {
        // A resume comes here with the failure on record and tries the scan once more.
        Some(_) if stream.failed.is_some() => {
            Action::Scan { step: generated.step, code: generated.code.clone().unwrap_or_default() }
        }
        Some(error) => fail(format!("the scanner failed on the generated code: {}", error.message)),
        None => stop(StopReason::Generated),
    }
}

/// The vulnerability-aware problem replaces the problem whole (CodeSecEval, section 3.2).
fn prompt(context: &Context<'_>) -> Option<Text> {
    match context.stream.approach {
        ApproachId::GenerateAware => context.item.suite.as_ref()?.aware.clone(),
        _ => Some(context.item.prompt.clone()),
    }
}

pub fn given(code: Option<Text>) -> Action {
    Action::Record(Event::Extracted(Extracted {
        step: Step::Given,
        code,
        why: "the code that came with the item".to_owned(),
        unclosed: false,
    }))
}

fn ask_generate(context: &Context<'_>, prompt: Text) -> Action {
    Action::Ask(Ask {
        step: Step::Generate,
        template: "generate",
        parts: vec![
            part("template", template::source("generate", &context.settings.templates)),
            part("prompt", prompt),
        ],
        max_tokens: max_tokens(context, Step::Generate),
    })
}

/// Eqn 2, for generated code only and once. `None`: nothing to correct, or already corrected.
fn recompiled(context: &Context<'_>, stream: &Stream, version: &Version, prompt: &Text) -> Option<Action> {
    let error = match (&version.step, &version.checked) {
        (Step::Generate, Some(Checked { error: Some(error), .. })) => {
            format!("line {}, column {}: {}", error.line, error.column, error.message)
        }
        (Step::Generate, Some(Checked { raised: Some(fault), .. })) => {
            let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
            format!("{line}{}: {}", fault.kind, fault.message)
        }
        _ => return None,
    };
    match until_checked(stream, Step::Recompile) {
        Progress::Next(action) => Some(action),
        Progress::Checked(_) => None,
        Progress::Unasked => Some(Action::Ask(Ask {
            step: Step::Recompile,
            template: "recompile",
            parts: vec![
                part("template", template::source("recompile", &context.settings.templates)),
                part("prompt", prompt.clone()),
                part("code", version.code.clone().unwrap_or_default()),
                part("error", error),
            ],
            max_tokens: max_tokens(context, Step::Recompile),
        })),
    }
}
