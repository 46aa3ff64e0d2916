//! The CodeSecEval study's repairs (section 3.2, experiments 3 and 4): the insecure code that came with the item goes
//! back to the model with its problem, in one of them with an explanation of what is insecure in it.

use super::baseline::{REFINE, ask, code};
use super::code::{Progress, scan, until_checked};
use super::generation::given;
use super::{Action, Context, fail, part, stop};
use crate::core::event::StopReason;
use crate::core::fold::Stream;
use crate::core::ids::{ApproachId, Step};
use crate::core::verdict::{Verdict, judge};

pub fn next(context: &Context<'_>, stream: &Stream) -> Action {
    let insecure = match until_checked(stream, Step::Given) {
        Progress::Unasked => match &context.item.code {
            Some(insecure) => return given(Some(insecure.clone())),
            None => return fail("the item has no insecure code to repair; its data set must give it"),
        },
        Progress::Next(action) => return action,
        Progress::Checked(version) => version,
    };
    if let Some(action) = scan(insecure) {
        return action;
    }
    let version = match until_checked(stream, REFINE) {
        Progress::Unasked => {
            let problem = part("prompt", context.item.prompt.clone());
            if context.stream.approach == ApproachId::Repair {
                return ask(context, REFINE, "repair", vec![problem, code(insecure)]);
            }
            let Some(explanation) = context.item.suite.as_ref().and_then(|suite| suite.explanation.clone()) else {
                return fail("the item has no explanation of its insecure code; its data set must give one");
            };
            let parts = vec![problem, code(insecure), part("explanation", explanation)];
            return ask(context, REFINE, "repair-explained", parts);
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
