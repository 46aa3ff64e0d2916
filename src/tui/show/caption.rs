//! Which line of the algorithm is at work, in the words of the paper (FDSP, section 3).

use crate::core::event::{Checked, Entry, Event, Executed, Scanned, StopReason};
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::settings::{RefineFrom, Settings, VerdictMode};
use crate::core::verdict::{Verdict, counted, judge};
use crate::tui::app::item::OpenItem;
use crate::tui::app::tested::Told;
use crate::tui::app::timeline::version_name;

pub fn caption(item: &OpenItem, settings: &Settings, ascii: bool) -> String {
    let words = match item.replay.last() {
        None => format!("input: item x, model P{}, scanner δ", tries(settings)),
        Some(entry) => about(item, settings, entry),
    };
    if ascii { words.replace('←', "<-").replace('ℜ', "R").replace('δ', "scan").replace('·', "-") } else { words }
}

fn tries(settings: &Settings) -> String {
    match (settings.solutions, settings.iterations) {
        (0, 0) => String::new(),
        (j, k) if settings.approaches.contains(&ApproachId::Fdsp) => format!(", J = {j}, K = {k}"),
        _ => String::new(),
    }
}

fn about(item: &OpenItem, settings: &Settings, Entry { stream, event, .. }: &Entry) -> String {
    match event {
        Event::Asked(asked) => line(*stream, asked.step, settings),
        Event::Answered(answer) => line(*stream, answer.step, settings),
        Event::Extracted(it) if it.code.is_none() => {
            format!("{}: no code in the answer", line(*stream, it.step, settings))
        }
        Event::Extracted(it) => line(*stream, it.step, settings),
        Event::Checked(checked) => compiled(*stream, checked, settings),
        Event::Scanned(scanned) => scan(item, *stream, scanned),
        Event::Rescanned(scanned) => {
            format!("a second opinion: {} of {}", scanned.scan.scanner.name, code(scanned.step))
        }
        Event::Proposed(it) => {
            format!("S ← P(y, ℜ, J, p) (Eqn 4): {} of {} solutions", it.solutions.len(), it.wanted)
        }
        Event::Executed(executed) => tested(executed),
        Event::Stopped(stopped) => ended(item, *stream, stopped.reason),
        Event::CallFailed(it) => format!("{}: the call failed ({})", line(*stream, it.step, settings), it.reason),
        Event::Failed(it) => format!("failed: {}", it.message),
        _ => String::new(),
    }
}

/// The line that a request belongs to.
fn line(stream: StreamId, step: Step, settings: &Settings) -> String {
    let with = |what: &str, why: &str| format!("y' ← P({what}): {why}");
    match (step, stream.approach) {
        (Step::Given, _) => "y: the code that came with the item".to_owned(),
        (Step::Generate, ApproachId::GenerateAware) => "y ← P(x): x is the vulnerability-aware problem".to_owned(),
        (Step::Generate, _) => "y ← P(x)".to_owned(),
        (Step::Recompile, _) => "y ← P(x, y, e) (Eqn 2): e says why y does not compile".to_owned(),
        (Step::Solutions, _) => "S ← P(y, ℜ, J, p) (Eqn 4)".to_owned(),
        (Step::Explain, _) => "e ← P(y): explain the code with security in mind".to_owned(),
        (Step::Verbalize, _) => "v ← P(y, ℜ): put the report into words".to_owned(),
        (Step::Refine { solution: Some(j), iteration }, _) => {
            let from = match settings.refine_from {
                RefineFrom::Previous => "y_k ← P(y_{k-1}, s) (Eqn 5)",
                RefineFrom::Original => "y_k ← P(y, s) (Algorithm 1, line 7)",
            };
            format!("{from} · s = S{j}, k = {iteration}")
        }
        (Step::Refine { .. }, ApproachId::Direct) => with("y", "is there a security issue? fix it"),
        (Step::Refine { .. }, ApproachId::SelfDebug) => with("y, e", "fix it by the explanation"),
        (Step::Refine { .. }, ApproachId::Feedback) => with("y, ℜ", "fix what the report says"),
        (Step::Refine { .. }, ApproachId::Verbalize) => with("y, ℜ, v", "fix it by the words"),
        (Step::Refine { .. }, ApproachId::RepairExplained) => with("y, e", "mend the insecure code by its explanation"),
        (Step::Refine { .. }, _) => with("y", "mend the insecure code"),
    }
}

/// How the code of a step is called.
fn code(step: Step) -> &'static str {
    match step {
        Step::Refine { solution: Some(_), .. } => "y_k",
        Step::Refine { .. } => "y'",
        _ => "y",
    }
}

fn compiled(stream: StreamId, checked: &Checked, settings: &Settings) -> String {
    match checked.error {
        Some(_) => format!("{} does not compile", code(checked.step)),
        None => line(stream, checked.step, settings),
    }
}

fn scan(item: &OpenItem, stream: StreamId, scanned: &Scanned) -> String {
    let (y, found) = (code(scanned.step), counted(item.mode, &scanned.scan).count());
    let version = item.state.stream(stream).and_then(|stream| stream.version(scanned.step));
    let invalid = version.and_then(|version| judge(item.mode, version)) != Some(Verdict::Secure);
    match (found, &scanned.scan.error) {
        (_, Some(error)) if error.failed => format!("δ({y}): the scanner failed"),
        (0, _) if invalid => format!("δ({y}) is empty, but {y} is no valid code"),
        (0, _) => format!("δ({y}) is empty: stop"),
        (1, _) => format!("ℜ ← δ({y}): 1 finding"),
        (count, _) => format!("ℜ ← δ({y}): {count} findings"),
    }
}

fn tested(executed: &Executed) -> String {
    format!(
        "beside the algorithm: the item's test of {} {}",
        code(executed.step),
        Told::by(&executed.execution).sentence()
    )
}

fn ended(item: &OpenItem, stream: StreamId, reason: StopReason) -> String {
    let returned = item.state.outcome(stream, item.mode);
    let step = returned
        .and_then(|it| it.iteration.map(|iteration| version_name(Step::Refine { solution: it.solution, iteration })));
    match (reason, stream.approach) {
        (StopReason::Generated, _) => "y is there, checked and scanned".to_owned(),
        (StopReason::SecureFromStart, _) => "δ(y) is empty: stop, nothing to refine".to_owned(),
        (StopReason::Invalid, _) => "y does not compile: stop, nothing to refine".to_owned(),
        (StopReason::NoSolutions, _) => "S is empty: stop, return y".to_owned(),
        (StopReason::Fixed, ApproachId::Fdsp) => format!("δ(y_k) is empty: stop, return {}", step.unwrap_or_default()),
        (StopReason::Fixed, _) => "δ(y') is empty: return y'".to_owned(),
        (StopReason::Exhausted, ApproachId::Fdsp) => {
            "every try is spent, the stop condition never held: return y".to_owned()
        }
        (StopReason::Exhausted, _) => match (item.mode, returned.map(|it| it.verdict)) {
            (VerdictMode::Strict, Some(Verdict::Invalid)) => "y' is no valid code: return y' all the same".to_owned(),
            _ => "δ(y') is not empty: return y' all the same".to_owned(),
        },
    }
}
