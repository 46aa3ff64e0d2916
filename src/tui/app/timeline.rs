//! One item as the list of its steps: what the pane Steps shows, and what the cursor there can stand on.

use crate::core::event::StopReason;
use crate::core::execution::{Execution, TestResult};
use crate::core::fold::{Exchange, ItemState, Stream, Version};
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::settings::VerdictMode;
use crate::core::verdict::{Verdict, judge};

/// What a line of the timeline stands for; it keeps its place in the selection while lines come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Node {
    /// The request of a step, and the code that came of it.
    Step(StreamId, Step),
    /// The scan of a version.
    Scan(StreamId, Step),
    /// The test of the generated version.
    Test(StreamId, Step),
    /// One proposed solution, from 1.
    Solution(StreamId, u32),
    /// How the stream ended.
    End(StreamId),
}

impl Node {
    /// The line that says the same of another sample.
    pub fn in_sample(self, sample: u32) -> Self {
        let of = |stream: StreamId| StreamId::new(stream.approach, sample);
        match self {
            Self::Step(stream, step) => Self::Step(of(stream), step),
            Self::Scan(stream, step) => Self::Scan(of(stream), step),
            Self::Test(stream, step) => Self::Test(of(stream), step),
            Self::Solution(stream, j) => Self::Solution(of(stream), j),
            Self::End(stream) => Self::End(of(stream)),
        }
    }

    /// The stream and step whose code, request and answer belong to this line.
    pub fn step(self) -> Option<(StreamId, Step)> {
        match self {
            Self::Step(stream, step) | Self::Scan(stream, step) | Self::Test(stream, step) => Some((stream, step)),
            Self::Solution(stream, _) => Some((stream, Step::Solutions)),
            Self::End(_) => None,
        }
    }
}

/// The sign at the head of a line, and with it its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Good,
    Bad,
    Warn,
    Plain,
    Open,
    Busy,
}

#[derive(Debug, Clone, PartialEq)]
pub struct TimelineLine {
    pub node: Node,
    pub mark: Mark,
    /// 0: a step of the item; 1: a try under its solution.
    pub depth: u8,
    pub head: String,
    pub tail: String,
    /// The version that the stream returns as its fix.
    pub fix: bool,
    /// The scanner is content and the code does not run.
    pub caution: bool,
}

impl Mark {
    pub fn of(verdict: Option<Verdict>) -> Self {
        match verdict {
            Some(Verdict::Secure) => Self::Good,
            Some(Verdict::Vulnerable) => Self::Bad,
            Some(Verdict::Invalid) => Self::Warn,
            None => Self::Busy,
        }
    }
}

/// The lines of one stream: its generation's steps, then its own.
pub fn timeline(state: &ItemState, id: StreamId, mode: VerdictMode) -> Vec<TimelineLine> {
    let mut lines = Vec::new();
    if let Some(generation) = state.stream(id.generation()) {
        generated(&mut lines, generation, id.generation(), mode);
    }
    if !id.approach.generates()
        && let Some(stream) = state.stream(id)
    {
        refined(&mut lines, stream, id, mode);
        ended(&mut lines, state, stream, id, mode);
    }
    lines
}

fn plain(node: Node, mark: Mark, head: impl Into<String>, tail: impl Into<String>) -> TimelineLine {
    TimelineLine { node, mark, depth: 0, head: head.into(), tail: tail.into(), fix: false, caution: false }
}

fn generated(lines: &mut Vec<TimelineLine>, stream: &Stream, id: StreamId, mode: VerdictMode) {
    // Code that came with the item, or was imported, was never asked for.
    for version in unasked(stream) {
        let (mark, tail) = match trouble(version) {
            Some(word) => (Mark::Warn, format!("{word}  {}", count_lines(version))),
            None if version.step == Step::Given => (Mark::Plain, count_lines(version)),
            None => (Mark::Good, count_lines(version)),
        };
        lines.push(plain(Node::Step(id, version.step), mark, version_name(version.step), tail));
    }
    // A repair's own request stands with its try.
    for exchange in stream.latest().filter(|exchange| !matches!(exchange.step, Step::Refine { .. })) {
        let head = if exchange.step == Step::Recompile { "repaired" } else { "generated" };
        let version = stream.version(exchange.step);
        let mut line = plain(Node::Step(id, exchange.step), Mark::Good, head, "");
        (line.mark, line.tail) = match (version, &exchange.answer, &exchange.failure) {
            (Some(version), Some(answer), _) => {
                let size = count_lines(version);
                let trouble = trouble(version);
                let tail = format!("{:.1} s {size:>4}", answer.seconds);
                match trouble {
                    Some(word) => (Mark::Warn, format!("{word}  {tail}")),
                    None => (Mark::Good, tail),
                }
            }
            (_, _, Some(failure)) => (Mark::Warn, failure.reason.clone()),
            (None, Some(answer), _) => (Mark::Plain, format!("{:.1} s", answer.seconds)),
            (_, None, None) => (Mark::Busy, "asked".to_owned()),
        };
        lines.push(line);
    }
    let start = if id.approach.repairs() { stream.version(Step::Given) } else { stream.generated() };
    if let Some(version) = start {
        if version.scan.is_some() {
            let verdict = judge(mode, version);
            lines.push(plain(Node::Scan(id, version.step), Mark::of(verdict), "scanned", scan_words(version)));
        }
        if let Some(execution) = &version.execution {
            let (mark, words) = (test_mark(execution.result), test_words(execution));
            lines.push(plain(Node::Test(id, version.step), mark, "tested", words));
        }
    }
    if let Some(message) = stream.failed.as_ref().filter(|_| !id.approach.repairs()) {
        lines.push(plain(Node::End(id), Mark::Warn, "failed", message.clone()));
    }
}

fn refined(lines: &mut Vec<TimelineLine>, stream: &Stream, id: StreamId, mode: VerdictMode) {
    let fix = stream.stopped.and_then(|_| stream.accepted(mode)).map(|version| version.step);
    for exchange in stream.latest().filter(|exchange| !exchange.step.yields_code()) {
        lines.push(thought(stream, exchange, id));
    }
    let steps = tries(stream);
    let of = |wanted: Option<u32>| {
        let same = move |step: &&Step| matches!(step, Step::Refine { solution, .. } if *solution == wanted);
        steps.iter().filter(same)
    };
    for step in of(None) {
        lines.push(attempt(stream, *step, id, mode, fix, 0));
    }
    let proposed = stream.proposed.as_ref().map(|proposed| proposed.solutions.as_slice()).unwrap_or_default();
    for (index, solution) in proposed.iter().enumerate() {
        let j = index as u32 + 1;
        let at = lines.len();
        lines.extend(of(Some(j)).map(|step| attempt(stream, *step, id, mode, fix, 1)));
        let (mark, tail) = match (lines.len() > at, stream.stopped) {
            (true, _) => (Mark::Open, ""),
            (false, Some(_)) => (Mark::Plain, "not needed"),
            (false, None) => (Mark::Plain, "to come"),
        };
        lines.insert(at, plain(Node::Solution(id, j), mark, format!("S{j} {}", solution.title), tail));
    }
    // Imported tries name a solution whose words nobody kept.
    let mut last = None;
    for step in &steps {
        let Step::Refine { solution: Some(j), .. } = *step else { continue };
        if j as usize > proposed.len() {
            if last.replace(j) != Some(j) {
                lines.push(plain(Node::Solution(id, j), Mark::Open, format!("S{j}"), "words not known"));
            }
            lines.push(attempt(stream, *step, id, mode, fix, 1));
        }
    }
}

/// Versions that came of no request.
fn unasked(stream: &Stream) -> impl Iterator<Item = &Version> {
    let asked = |step: Step| stream.exchanges.iter().any(|exchange| exchange.step == step);
    stream.versions.iter().filter(move |version| !asked(version.step))
}

/// The steps that were asked for code, and those whose code came without a request, in their order.
fn tries(stream: &Stream) -> Vec<Step> {
    let asked = stream.latest().map(|exchange| exchange.step).filter(|step| step.yields_code());
    asked.chain(unasked(stream).map(|version| version.step)).collect()
}

/// A request whose answer is text: the explanation, the report in words, the solutions.
fn thought(stream: &Stream, exchange: &Exchange, id: StreamId) -> TimelineLine {
    let head = match exchange.step {
        Step::Solutions => "solutions",
        Step::Explain => "explained",
        Step::Verbalize => "put into words",
        _ => "asked",
    };
    let (mark, tail) = match (&exchange.answer, &exchange.failure) {
        (Some(answer), _) => match &stream.proposed {
            Some(proposed) if exchange.step == Step::Solutions => {
                let came = proposed.solutions.len() as u32;
                let mark = if came < proposed.wanted { Mark::Warn } else { Mark::Plain };
                (mark, format!("{came} of {}", proposed.wanted))
            }
            _ => (Mark::Plain, format!("{:.1} s", answer.seconds)),
        },
        (_, Some(failure)) => (Mark::Warn, failure.reason.clone()),
        (None, None) => (Mark::Busy, "asked".to_owned()),
    };
    plain(Node::Step(id, exchange.step), mark, head, tail)
}

fn attempt(stream: &Stream, step: Step, id: StreamId, mode: VerdictMode, fix: Option<Step>, depth: u8) -> TimelineLine {
    let exchange = stream.exchanges.iter().rev().find(|exchange| exchange.step == step);
    let (answer, failure) = exchange.map_or((None, None), |it| (it.answer.as_ref(), it.failure.as_ref()));
    let head = match step {
        Step::Refine { iteration, .. } => format!("k{iteration}"),
        other => other.to_string(),
    };
    let version = stream.version(step);
    let (mark, tail) = match (version, answer, failure) {
        (Some(version), ..) => {
            let verdict = judge(mode, version);
            let words = match verdict {
                Some(Verdict::Secure) => match undefined(version) {
                    0 => "secure".to_owned(),
                    n => format!("secure · {n} undefined"),
                },
                _ => scan_words(version),
            };
            (Mark::of(verdict), words)
        }
        (None, _, Some(failure)) => (Mark::Warn, failure.reason.clone()),
        (None, Some(answer), None) => (Mark::Busy, format!("{:.1} s", answer.seconds)),
        (None, None, None) => (Mark::Busy, "asked".to_owned()),
    };
    let tested = version.and_then(|version| version.execution.as_ref());
    // What fails comes first: a narrow pane cuts the end off.
    let tail = match tested {
        Some(execution) if passes(execution) => format!("{tail} · {}", short_test(execution.result)),
        Some(execution) => format!("{} · {tail}", short_test(execution.result)),
        None => tail,
    };
    let holds = |version: &Version| undefined(version) == 0 && version.execution.as_ref().is_none_or(passes);
    let caution = mark == Mark::Good && version.is_some_and(|version| !holds(version));
    TimelineLine { node: Node::Step(id, step), mark, depth, head, tail, fix: fix == Some(step), caution }
}

fn passes(execution: &Execution) -> bool {
    matches!(execution.result, TestResult::Pass | TestResult::Refused)
}

fn test_mark(result: TestResult) -> Mark {
    match result {
        TestResult::Pass => Mark::Good,
        TestResult::Refused => Mark::Warn,
        _ => Mark::Bad,
    }
}

fn short_test(result: TestResult) -> &'static str {
    match result {
        TestResult::Pass => "passes",
        TestResult::Fail => "fails",
        other => other.as_str(),
    }
}

/// The result, and how many of the assertions that were reached held.
fn test_words(execution: &Execution) -> String {
    let held = execution.assertions.iter().filter(|assertion| !assertion.failed).count();
    match execution.failed() {
        Some(failed) => format!("{} line {}", short_test(execution.result), failed.line),
        None if execution.assertions.is_empty() => execution.result.to_string(),
        None => format!("{} · {held} held", short_test(execution.result)),
    }
}

fn ended(lines: &mut Vec<TimelineLine>, state: &ItemState, stream: &Stream, id: StreamId, mode: VerdictMode) {
    if let Some(message) = &stream.failed {
        lines.push(plain(Node::End(id), Mark::Warn, "failed", message.clone()));
        return;
    }
    let Some(reason) = stream.stopped else { return };
    let calls = match stream.calls() {
        1 => "1 call".to_owned(),
        calls => format!("{calls} calls"),
    };
    let outcome = state.outcome(id, mode);
    let (mark, head) = match reason {
        StopReason::SecureFromStart => (Mark::Good, "secure from the start".to_owned()),
        StopReason::Invalid => (Mark::Warn, "invalid: not refined".to_owned()),
        StopReason::NoSolutions => (Mark::Bad, "no solution in the answer".to_owned()),
        StopReason::Exhausted if id.approach == ApproachId::Fdsp => (Mark::Bad, "every try spent".to_owned()),
        StopReason::Exhausted => not_fixed(stream, outcome.map(|outcome| outcome.verdict)),
        StopReason::Generated => (Mark::Plain, "generated".to_owned()),
        StopReason::Fixed => {
            let by = outcome.map(|outcome| version_name(refine_step(outcome.solution, outcome.iteration)));
            (Mark::Good, format!("fixed by {}", by.as_deref().unwrap_or("a refinement")))
        }
    };
    lines.push(plain(Node::End(id), mark, head, calls));
}

/// A baseline returns its one refinement whatever the scanner says of it.
fn not_fixed(stream: &Stream, verdict: Option<Verdict>) -> (Mark, String) {
    let (mark, words) = match verdict {
        _ if stream.refined().is_none() => (Mark::Bad, "no code in the answer"),
        Some(Verdict::Invalid) => (Mark::Warn, "invalid, not fixed"),
        None => (Mark::Warn, "could not be scanned"),
        Some(_) => (Mark::Bad, "not fixed"),
    };
    (mark, words.to_owned())
}

fn refine_step(solution: Option<u32>, iteration: Option<u32>) -> Step {
    iteration.map_or(Step::Generate, |iteration| Step::Refine { solution, iteration })
}

/// How a version is called on the screen: `generated`, `repaired`, `given`, `S2·k1`, `k1`.
pub fn version_name(step: Step) -> String {
    match step {
        Step::Refine { solution: Some(j), iteration } => format!("S{j}·k{iteration}"),
        Step::Refine { solution: None, iteration } => format!("k{iteration}"),
        Step::Generate => "generated".to_owned(),
        Step::Recompile => "repaired".to_owned(),
        other => other.to_string(),
    }
}

pub fn undefined(version: &Version) -> usize {
    version.checked.as_ref().map_or(0, |checked| checked.undefined.len())
}

/// Why a version holds no usable code, in two words.
fn trouble(version: &Version) -> Option<&'static str> {
    let syntax = version.checked.as_ref().and_then(|checked| checked.error.as_ref());
    match version {
        Version { code: None, .. } => Some("no code"),
        _ if syntax.is_some() => Some("does not parse"),
        Version { truncated: true, .. } => Some("cut off"),
        _ => None,
    }
}

fn scan_words(version: &Version) -> String {
    let Some(scan) = &version.scan else {
        return trouble(version).unwrap_or("…").to_owned();
    };
    if let Some(error) = scan.error.as_ref().filter(|error| error.failed) {
        return format!("scan failed: {}", error.message);
    }
    if let Some(first) = scan.findings.first() {
        let cwe = first.cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
        let more = match scan.findings.len() {
            1 => String::new(),
            n => format!(" +{}", n - 1),
        };
        return format!("{}{cwe} line {}{more}", first.rule, first.line);
    }
    trouble(version).unwrap_or("no finding").to_owned()
}

fn count_lines(version: &Version) -> String {
    match version.code.as_ref().map(|code| code.lines().count()) {
        Some(1) => "1 line".to_owned(),
        Some(n) => format!("{n} lines"),
        None => String::new(),
    }
}
