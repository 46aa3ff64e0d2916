//! Floor 1: pure state machines that decide what happens next from what has happened. No IO.
//!
//! `next` sees the folded state and answers with one action; the runner performs it, records what came of it, and
//! asks again. So a resume is "fold what is stored, ask for the next action", and no answer is paid for twice.

mod baseline;
mod code;
mod fdsp;
mod generation;
mod repair;
pub mod report;
pub mod solutions;
pub mod template;

#[cfg(test)]
mod experiments;
#[cfg(test)]
mod tests;

use crate::core::event::{Event, Failed, Part, StopReason, Stopped};
use crate::core::fold::{ItemState, Stream};
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::item::Item;
use crate::core::settings::Settings;
use crate::core::text::Text;

/// All that an approach may look at.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    pub settings: &'a Settings,
    pub item: &'a Item,
    pub state: &'a ItemState,
    pub stream: StreamId,
}

#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "one at a time, on the stack")]
pub enum Action {
    /// Send this request.
    Ask(Ask),
    /// Record what follows from the state alone: code taken from an answer, solutions split, the end.
    Record(Event),
    /// Find out whether the code compiles, and which names it never defines.
    Check { step: Step, code: Text },
    /// Have the scanner look at the code.
    Scan { step: Step, code: Text },
    /// Run the code against the item's test, in the sandbox.
    Test { step: Step, code: Text },
    /// The stream has come to its end.
    Done,
}

/// A request before it is rendered.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    pub step: Step,
    pub template: &'static str,
    /// The template's source as `template`, then its variables in the order of their use.
    pub parts: Vec<Part>,
    pub max_tokens: u32,
}

/// The streams that a run works through, sample by sample: the generation where anything asks for it, then the rest.
pub fn streams(settings: &Settings) -> Vec<StreamId> {
    let approaches = &settings.approaches;
    let generation = settings.generates().then_some(ApproachId::Generate);
    (0..settings.samples)
        .flat_map(|sample| {
            let others = approaches.iter().copied().filter(|id| *id != ApproachId::Generate);
            generation.into_iter().chain(others).map(move |approach| StreamId::new(approach, sample))
        })
        .collect()
}

/// The one next action of a stream.
pub fn next(context: &Context<'_>) -> Action {
    let empty = Stream::default();
    let stream = context.state.stream(context.stream).unwrap_or(&empty);
    if stream.stopped.is_some() {
        // Tests never decide how an approach goes on, so they come when it has ended.
        return code::test(context, stream).unwrap_or(Action::Done);
    }
    match context.stream.approach {
        ApproachId::Generate | ApproachId::GenerateAware => generation::next(context, stream),
        ApproachId::Repair | ApproachId::RepairExplained => repair::next(context, stream),
        ApproachId::Fdsp => fdsp::next(context, stream),
        _ => baseline::next(context, stream),
    }
}

fn stop(reason: StopReason) -> Action {
    Action::Record(Event::Stopped(Stopped { reason }))
}

fn fail(message: impl Into<String>) -> Action {
    Action::Record(Event::Failed(Failed { message: message.into() }))
}

fn part(name: &str, text: impl Into<Text>) -> Part {
    Part { name: name.to_owned(), text: text.into() }
}
