//! A run of one item against scripted answers.

use super::super::*;
use crate::core::event::{Answered, Asked, Checked, Entry, Executed, Request, Scanned, SyntaxProblem};
use crate::core::execution::{Captured, Execution, Level, TestResult};
use crate::core::finding::{Finding, Scan, ScanError, ScannerId};
use crate::core::fold::Outcome;

pub const BAD: &str = "```python\nbad = 1\n```";
pub const GOOD: &str = "```python\ngood = 1\n```";
pub const BROKEN: &str = "```python\nbroken = (\n```";

/// `bad` is flagged, `nosec` is flagged but hidden, `broken` does not
/// parse, `crash` fails the scanner, all else is clean.
pub struct World {
    pub settings: Settings,
    pub item: Item,
    pub state: ItemState,
    pub asked: Vec<(Step, Vec<Part>)>,
}

impl World {
    pub fn new(settings: Settings) -> Self {
        Self { settings, item: Item::new("one", "Write it."), state: ItemState::default(), asked: Vec::new() }
    }

    pub fn push(&mut self, stream: StreamId, event: Event) {
        let seq = self.state.last_seq + 1;
        self.state.apply(&Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event });
    }

    pub fn run(&mut self, answer: impl Fn(Step) -> &'static str) {
        for stream in streams(&self.settings) {
            for turn in 0.. {
                assert!(turn < 500, "the machine does not come to an end");
                let context = Context { settings: &self.settings, item: &self.item, state: &self.state, stream };
                match next(&context) {
                    Action::Done => break,
                    Action::Record(Event::Failed(failed)) => {
                        self.push(stream, Event::Failed(failed));
                        return;
                    }
                    Action::Record(event) => self.push(stream, event),
                    Action::Check { step, code } => {
                        let error = code.contains("broken").then(|| SyntaxProblem {
                            line: 1,
                            column: 11,
                            message: "never closed".to_owned(),
                        });
                        let target = self.settings.target_python.clone();
                        self.push(
                            stream,
                            Event::Checked(Checked { step, target, error, raised: None, undefined: Vec::new() }),
                        );
                    }
                    Action::Scan { step, code } => {
                        self.push(stream, Event::Scanned(Scanned { step, scan: scan_of(&code) }))
                    }
                    Action::Test { step, code } => self.push(stream, Event::Executed(Box::new(executed(step, &code)))),
                    Action::Ask(ask) => {
                        template::render(ask.template, &ask.parts).expect("every variable is given");
                        self.asked.push((ask.step, ask.parts.clone()));
                        let request = Request {
                            template: ask.template.to_owned(),
                            parts: ask.parts,
                            max_tokens: ask.max_tokens,
                            sent: String::new(),
                        };
                        self.push(stream, Event::Asked(Asked { step: ask.step, request }));
                        let text = answer(ask.step).into();
                        let finish = "stop".to_owned();
                        self.push(stream, Event::Answered(answered(ask.step, text, finish)));
                    }
                }
            }
        }
    }

    pub fn outcome(&self) -> Option<Outcome> {
        self.outcome_of(ApproachId::Fdsp)
    }

    pub fn outcome_of(&self, approach: ApproachId) -> Option<Outcome> {
        self.state.outcome(StreamId::new(approach, 0), self.settings.verdict)
    }

    pub fn stopped(&self) -> Option<StopReason> {
        self.state.stream(StreamId::new(ApproachId::Fdsp, 0)).and_then(|stream| stream.stopped)
    }

    pub fn steps(&self) -> Vec<String> {
        self.asked.iter().map(|(step, _)| step.to_string()).collect()
    }

    pub fn part(&self, step: Step, name: &str) -> String {
        let (_, parts) = self.asked.iter().find(|(asked, _)| *asked == step).expect("that step was asked");
        parts.iter().find(|part| part.name == name).expect("that part was sent").text.to_string()
    }
}

pub fn answered(step: Step, text: Text, finish: String) -> Answered {
    Answered { step, text, chunks: Vec::new(), finish, model: None, usage: None, seconds: 0.0, tries: 1 }
}

fn executed(step: Step, code: &str) -> Executed {
    let result = if code.contains("good") { TestResult::Pass } else { TestResult::Fail };
    let execution = Execution {
        result,
        assertions: Vec::new(),
        fault: None,
        seconds: 0.1,
        cpu_seconds: 0.1,
        peak_memory: 0,
        stdout: Captured::default(),
        stderr: Captured::default(),
        level: Level::Full,
        missing: Vec::new(),
        python: "3.11".to_owned(),
        test: String::new(),
        repaired: false,
    };
    Executed { step, execution }
}

fn scan_of(code: &str) -> Scan {
    let finding = |suppressed: Option<&str>| Finding {
        rule: "B608".to_owned(),
        name: "hardcoded_sql_expressions".to_owned(),
        cwe: Some(89),
        severity: None,
        confidence: None,
        line: 1,
        end_line: 1,
        column: 1,
        message: "Possible SQL injection.".to_owned(),
        suppressed: suppressed.map(str::to_owned),
    };
    let error = |failed| Some(ScanError { line: None, message: "no".to_owned(), failed });
    let (error, findings) = match code {
        _ if code.contains("crash") => (error(true), Vec::new()),
        _ if code.contains("broken") => (error(false), Vec::new()),
        _ if code.contains("nosec") => (None, vec![finding(Some("nosec"))]),
        _ if code.contains("bad") => (None, vec![finding(None)]),
        _ => (None, Vec::new()),
    };
    Scan { scanner: ScannerId { name: "bandit".to_owned(), version: "1.9.4".to_owned() }, error, findings }
}
