//! From an answer to a scanned version of the code: the same walk in every approach.

use super::{Action, Context, fail, stop};
use crate::core::event::{Event, StopReason};
use crate::core::extract::extract;
use crate::core::fold::{Stream, Version};
use crate::core::ids::Step;
use crate::core::verdict::{Verdict, judge};

/// Why a refinement ends before it began.
pub enum Nothing {
    ToDo(StopReason),
    Known(&'static str),
}

impl From<Nothing> for Action {
    fn from(nothing: Nothing) -> Self {
        match nothing {
            Nothing::ToDo(reason) => stop(reason),
            Nothing::Known(message) => fail(message),
        }
    }
}

/// The generated code, where it is vulnerable.
pub fn to_refine<'a>(context: &Context<'a>) -> Result<&'a Version, Nothing> {
    let Some(generated) = context.state.generated(context.stream) else {
        return Err(Nothing::Known("there is no generated code to refine"));
    };
    match judge(context.settings.verdict, generated) {
        Some(Verdict::Vulnerable) => Ok(generated),
        Some(Verdict::Secure) => Err(Nothing::ToDo(StopReason::SecureFromStart)),
        Some(Verdict::Invalid) => Err(Nothing::ToDo(StopReason::Invalid)),
        None => Err(Nothing::Known("the generated code has no verdict: its scan failed")),
    }
}

/// How far a step's code has come.
#[allow(clippy::large_enum_variant, reason = "one at a time, on the stack")]
pub enum Progress<'a> {
    /// No answer to this step yet: ask.
    Unasked,
    /// This must be done before the version can be looked at.
    Next(Action),
    /// Answered, extracted and checked; `scan` walks on from here.
    Checked(&'a Version),
}

/// Answer, extraction, syntax check.
pub fn until_checked<'a>(stream: &'a Stream, step: Step) -> Progress<'a> {
    let Some(version) = stream.version(step) else {
        return match stream.answer(step) {
            Some(answer) => Progress::Next(Action::Record(Event::Extracted(extract(step, &answer.text)))),
            None => Progress::Unasked,
        };
    };
    match &version.code {
        Some(code) if version.checked.is_none() => Progress::Next(Action::Check { step, code: code.clone() }),
        _ => Progress::Checked(version),
    }
}

/// The scan of a version that holds code, unless it is done.
pub fn scan(version: &Version) -> Option<Action> {
    let code = version.code.as_ref()?;
    version.scan.is_none().then(|| Action::Scan { step: version.step, code: code.clone() })
}

/// The test of the next version without one, where the run judges by tests. The item's own code is not the model's.
pub fn test(context: &Context<'_>, stream: &Stream) -> Option<Action> {
    context.settings.testing.as_ref().and(context.item.suite.as_ref())?;
    stream
        .versions
        .iter()
        .filter(|version| version.execution.is_none() && version.step != Step::Given)
        .find_map(|version| Some(Action::Test { step: version.step, code: version.code.clone()? }))
}

pub fn max_tokens(context: &Context<'_>, step: Step) -> u32 {
    let sampling = &context.settings.sampling;
    match step {
        Step::Generate | Step::Recompile => sampling.max_tokens_generate,
        _ => sampling.max_tokens,
    }
}
