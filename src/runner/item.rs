//! One slot working through one item: the streams in their order, action by action.

use super::recorder::Recorder;
use super::update::{Doing, SlotState, Update};
use super::{RunError, Shared};
use crate::approach::{self, Action, Ask, Context, streams, template};
use crate::core::event::{Answered, Asked, CallFailed, Checked, Event, Executed, Failed, Request, Scanned};
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::item::Item;
use crate::core::settings::CompileCheck;
use crate::core::text::{Text, sha256_hex};
use crate::llm::{Answer, CallError, ChatRequest, Message, Progress, Role};
use crate::python;

/// Why a stream is left.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    Done,
    Failed,
    Stopped,
}

pub struct Worker<'a> {
    shared: &'a Shared,
    slot: usize,
    id: &'a str,
}

impl<'a> Worker<'a> {
    pub fn new(shared: &'a Shared, slot: usize, id: &'a str) -> Self {
        Self { shared, slot, id }
    }

    pub async fn run(&self) -> Result<(), RunError> {
        let record = self.shared.runner.store.record(&self.shared.runner.info.id, self.id).await?;
        let mut recorder = Recorder::new(self.shared, self.id, ItemState::of(&record.entries));
        let mut failed_samples = Vec::new();
        for stream in streams(&self.shared.runner.info.settings) {
            if failed_samples.contains(&stream.sample) {
                continue;
            }
            match self.stream(&record.item, &mut recorder, stream).await? {
                Left::Done => {}
                Left::Failed if stream.approach == ApproachId::Generate => failed_samples.push(stream.sample),
                Left::Failed => {}
                Left::Stopped => break,
            }
        }
        recorder.settle().await
    }

    async fn stream(&self, item: &Item, recorder: &mut Recorder<'_>, stream: StreamId) -> Result<Left, RunError> {
        let settings = &self.shared.runner.info.settings;
        loop {
            let action = approach::next(&Context { settings, item, state: &recorder.state, stream });
            match action {
                Action::Done => return Ok(Left::Done),
                Action::Record(event) => {
                    let failed = matches!(event, Event::Failed(_));
                    recorder.push(stream, event).await?;
                    if failed {
                        return Ok(Left::Failed);
                    }
                }
                Action::Check { step, code } => {
                    let target = settings.target_python.clone();
                    let mut checked = check(step, code.clone(), target).await?;
                    let executes = settings.compile_check == CompileCheck::Execute && step == Step::Generate;
                    if let (true, None, Some(tester)) = (executes, &checked.error, &self.shared.runner.tester) {
                        self.tell(stream, step, Doing::Testing);
                        checked.raised = tester.alone(&code).await;
                    }
                    recorder.push(stream, Event::Checked(checked)).await?;
                }
                Action::Scan { step, code } => {
                    self.tell(stream, step, Doing::Scanning);
                    let scan = self.shared.runner.scanner.scan(&code).await;
                    recorder.push(stream, Event::Scanned(Scanned { step, scan })).await?;
                }
                Action::Test { step, code } => {
                    let (Some(tester), Some(suite)) = (&self.shared.runner.tester, &item.suite) else {
                        return Ok(Left::Done);
                    };
                    self.tell(stream, step, Doing::Testing);
                    let execution = tester.run(suite, &code).await;
                    recorder.push(stream, Event::Executed(Box::new(Executed { step, execution }))).await?;
                }
                Action::Ask(ask) => match self.ask(recorder, stream, ask).await? {
                    Left::Done => {}
                    left => return Ok(left),
                },
            }
        }
    }

    async fn ask(&self, recorder: &mut Recorder<'_>, stream: StreamId, ask: Ask) -> Result<Left, RunError> {
        let control = &self.shared.control;
        if control.mode() == super::Mode::Paused {
            self.tell(stream, ask.step, Doing::Paused);
        }
        if !control.may_go_on().await {
            return Ok(Left::Stopped);
        }
        let step = ask.step;
        let request = match self.request(stream, &ask) {
            Ok(request) => request,
            Err(error) => {
                recorder.push(stream, Event::Failed(Failed { message: error.to_string() })).await?;
                return Ok(Left::Failed);
            }
        };
        let client = &self.shared.runner.client;
        let sent = sha256_hex(client.body(&request));
        let request_event =
            Request { template: ask.template.to_owned(), parts: ask.parts, max_tokens: ask.max_tokens, sent };
        recorder.push(stream, Event::Asked(Asked { step, request: request_event })).await?;

        let mut overlay = Overlay { worker: self, stream, step, tokens: 0, tail: String::new(), failures: Vec::new() };
        let mut progress = |news: Progress<'_>| overlay.show(news);
        let answered = tokio::select! {
            () = control.stopped() => return Ok(Left::Stopped),
            // What came before is made durable while the answer is on its way.
            both = async { tokio::try_join!(recorder.settle(), async { Ok(client.ask(&request, &mut progress).await) }) } => both?.1,
        };
        for failure in overlay.failures {
            recorder.push(stream, Event::CallFailed(failure)).await?;
        }
        match answered {
            Ok(answer) => {
                recorder.push(stream, Event::Answered(answer_event(step, answer))).await?;
                Ok(Left::Done)
            }
            Err(error) => {
                let message = format!("{step}: {}", error.message);
                recorder.push(stream, Event::CallFailed(failure_event(step, error))).await?;
                recorder.push(stream, Event::Failed(Failed { message })).await?;
                Ok(Left::Failed)
            }
        }
    }

    fn request(&self, stream: StreamId, ask: &Ask) -> Result<ChatRequest, template::TemplateError> {
        let sampling = &self.shared.runner.info.settings.sampling;
        Ok(ChatRequest {
            messages: vec![Message { role: Role::User, content: template::render(ask.template, &ask.parts)? }],
            max_tokens: ask.max_tokens,
            temperature: sampling.temperature,
            // Each sample needs a seed of its own: under one seed all samples are the same answer.
            seed: sampling.seed.map(|seed| seed.wrapping_add(u64::from(stream.sample))),
        })
    }

    fn tell(&self, stream: StreamId, step: Step, doing: Doing) {
        let state = SlotState::Busy { item: self.id.to_owned(), stream, step, doing };
        self.shared.tell(Update::Slot { slot: self.slot, state });
    }
}

/// Turns a client's progress into the passing picture of a slot.
struct Overlay<'a> {
    worker: &'a Worker<'a>,
    stream: StreamId,
    step: Step,
    tokens: u32,
    tail: String,
    /// Tries that came to nothing; their bytes are kept, they are no answer.
    failures: Vec<CallFailed>,
}

impl Overlay<'_> {
    /// What the board can show of a line.
    const TAIL: usize = 160;

    fn show(&mut self, news: Progress<'_>) {
        let doing = match news {
            Progress::Sent { at, .. } => {
                self.tokens = 0;
                self.tail.clear();
                Doing::Waiting { since: at }
            }
            Progress::Text { delta } => {
                self.tokens += 1;
                self.lengthen(delta);
                Doing::Receiving { tokens: self.tokens, tail: self.tail.clone() }
            }
            Progress::Retrying { until, attempt, of, reason, failed } => {
                self.failures.push(failure_event(self.step, failed.clone()));
                Doing::Retrying { until, attempt, of, reason: reason.to_owned() }
            }
        };
        self.worker.tell(self.stream, self.step, doing);
    }

    fn lengthen(&mut self, delta: &str) {
        self.tail.push_str(delta);
        let line = self.tail.trim_end_matches('\n').rfind('\n').map_or(0, |at| at + 1);
        let excess = self.tail[line..].char_indices().rev().nth(Self::TAIL).map_or(0, |(at, _)| at);
        self.tail.drain(..line + excess);
    }
}

/// Whether code compiles under `target`, and the names that it never defines.
pub async fn check(step: Step, code: Text, target: String) -> Result<Checked, RunError> {
    tokio::task::spawn_blocking(move || {
        let check = python::check(&code, &target);
        Checked { step, target, error: check.error, raised: None, undefined: check.undefined }
    })
    .await
    .map_err(|error| RunError::Worker(error.to_string()))
}

fn answer_event(step: Step, answer: Answer) -> Answered {
    Answered {
        step,
        text: answer.text,
        chunks: answer.chunks,
        finish: answer.finish,
        model: answer.model,
        usage: answer.usage,
        seconds: answer.seconds,
        tries: answer.tries,
    }
}

fn failure_event(step: Step, error: CallError) -> CallFailed {
    CallFailed {
        step,
        reason: error.reason.to_string(),
        message: error.message,
        status: error.status,
        partial: error.partial,
        tries: error.tries,
        seconds: error.seconds,
    }
}
