//! Generation: y ← P(x) (Eqn 1), once more with the compile error where y does not compile (Eqn 2), then ℜ ← δ(y).

use super::code::{Progress, max_tokens, scan, until_checked};
use super::{Action, Ask, Context, fail, part, stop, template};
use crate::core::event::{Checked, Event, Extracted, StopReason};
use crate::core::fold::{Stream, Version};
use crate::core::ids::Step;

pub fn next(context: &Context<'_>, stream: &Stream) -> Action {
    let first = if context.settings.given { Step::Given } else { Step::Generate };
    let version = match until_checked(stream, first) {
        Progress::Unasked if context.settings.given => return given(context),
        Progress::Unasked => return ask_generate(context),
        Progress::Next(action) => return action,
        Progress::Checked(version) => version,
    };
    if let Some(action) = recompiled(context, stream, version) {
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

fn given(context: &Context<'_>) -> Action {
    Action::Record(Event::Extracted(Extracted {
        step: Step::Given,
        code: context.item.code.clone(),
        why: "the code that came with the item".to_owned(),
        unclosed: false,
    }))
}

fn ask_generate(context: &Context<'_>) -> Action {
    Action::Ask(Ask {
        step: Step::Generate,
        template: "generate",
        parts: vec![
            part("template", template::source("generate", &context.settings.templates)),
            part("prompt", context.item.prompt.clone()),
        ],
        max_tokens: max_tokens(context, Step::Generate),
    })
}

/// Eqn 2, for generated code only and once. `None`: nothing to correct, or already corrected.
fn recompiled(context: &Context<'_>, stream: &Stream, version: &Version) -> Option<Action> {
    let error = match (&version.step, &version.checked) {
        (Step::Generate, Some(Checked { error: Some(error), .. })) => error,
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
                part("prompt", context.item.prompt.clone()),
                part("code", version.code.clone().unwrap_or_default()),
                part("error", format!("line {}, column {}: {}", error.line, error.column, error.message)),
            ],
            max_tokens: max_tokens(context, Step::Recompile),
        })),
    }
}
