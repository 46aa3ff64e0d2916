//! The bench's loop: the terminal on one side, the desk on the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::{Answer, Ask, Bench, Effect, Message, update, view};
use crate::desk::{Desk, DeskError, Progress, Served};
use crate::review::guideline::Guideline;
use crate::tui::app::keys::Chord;
use crate::tui::style::syntax::Syntax;
use crate::tui::style::{ColourDepth, Theme};
use crate::tui::term::{Cause, Events, Frames, Ground, Input, Session};

/// The first frame waits this long for the first card.
const FIRST_FRAME: Duration = Duration::from_millis(60);

pub struct Options {
    pub theme: Theme,
    pub depth: ColourDepth,
    /// The user named the theme; else it follows the terminal's ground.
    pub theme_chosen: bool,
    pub guideline: Arc<Guideline>,
}

/// Serves until the annotator leaves. Fails only when the terminal cannot be used.
pub async fn run(desk: Desk, options: Options) -> std::io::Result<Progress> {
    let started = Instant::now();
    let mut bench = Bench::new(options.theme, options.depth, desk.author(), desk.is_blind());
    bench.progress = desk.progress();
    bench.guideline = options.guideline;
    let (asks, questions) = mpsc::unbounded_channel();
    let (sender, mut messages) = mpsc::unbounded_channel();
    let counter = tokio::spawn(serve(desk, questions, sender.clone()));
    let mut session = Session::enter()?;
    let mut events = Events::new()?;
    bench.size = session.size()?;
    let (painted, mut repaint) = mpsc::channel(1);
    bench.syntax = Some(Arc::new(Syntax::start(move || {
        // One pending wish for a frame is enough.
        let _ = painted.try_send(());
    })));
    let asked = (!options.theme_chosen && bench.depth > ColourDepth::Mono).then(Instant::now);
    if asked.is_some() {
        events.listen();
        session.ask_ground()?;
    }
    for effect in bench.begin() {
        perform(effect, &asks, &sender);
    }
    let mut frames = Frames::default();
    let first = tokio::time::sleep(FIRST_FRAME);
    tokio::pin!(first);
    let mut shown = false;
    let ended = 'outer: loop {
        let message = tokio::select! {
            biased;
            input = events.next() => match input {
                Input::Key(key) => Some(Message::Key(Chord::of(&key))),
                Input::Paste(text) => Some(Message::Paste(text)),
                Input::Resize(width, height) => Some(Message::Resized(width, height)),
                Input::Stop => {
                    session.stop()?;
                    None
                }
                Input::Continued => {
                    session.retake()?;
                    None
                }
                Input::Ground(ground) => {
                    let name = if ground == Ground::Light { "light" } else { "dark" };
                    if let Ok(theme) = Theme::resolve(name, bench.depth) {
                        bench.theme = theme.with_signs(bench.theme.signs);
                    }
                    None
                }
                Input::Mouse(_) | Input::Focus(_) => continue,
                Input::Terminate | Input::Closed(None) => break Ok(()),
                Input::Closed(Some(error)) => break Err(error),
            },
            Some(message) = messages.recv() => Some(message),
            Some(()) = repaint.recv() => None,
            () = &mut first, if !shown => {
                shown = true;
                None
            }
            () = frames.wait() => {
                session.draw(|frame| view::draw(&bench, frame.buffer_mut()))?;
                frames.drawn(Instant::now());
                continue;
            }
        };
        let cause = if message.is_some() { Cause::User } else { Cause::Stream };
        let mut next = message;
        while let Some(message) = next {
            bench.now = started.elapsed();
            for effect in update(&mut bench, message) {
                match effect {
                    Effect::Quit => break 'outer Ok(()),
                    Effect::Copy(text) => session.copy(&text)?,
                    Effect::Suspend => session.stop()?,
                    effect => perform(effect, &asks, &sender),
                }
            }
            next = messages.try_recv().ok();
        }
        shown |= bench.is_ready();
        if shown {
            frames.request(cause);
        }
    };
    // The desk ends what it has begun and gives back what it holds.
    drop(asks);
    events.linger(asked).await;
    drop(session);
    let progress = counter.await.unwrap_or_default();
    ended.map(|()| progress)
}

fn perform(effect: Effect, asks: &mpsc::UnboundedSender<Ask>, messages: &mpsc::UnboundedSender<Message>) {
    match effect {
        // The desk is gone only when the program ends.
        Effect::Ask(ask) => drop(asks.send(ask)),
        Effect::Wake(generation, after) => {
            let messages = messages.clone();
            tokio::spawn(async move {
                tokio::time::sleep(after).await;
                let _ = messages.send(Message::Woke(generation));
            });
        }
        Effect::Copy(_) | Effect::Suspend | Effect::Quit => {}
    }
}

/// Answers questions one after the other; between two it fetches what will be asked for next.
async fn serve(
    mut desk: Desk,
    mut questions: mpsc::UnboundedReceiver<Ask>,
    messages: mpsc::UnboundedSender<Message>,
) -> Progress {
    while let Some(ask) = questions.recv().await {
        let answer = answer(&mut desk, ask).await.map_err(|error| error.to_string());
        let _ = messages.send(Message::Answered(answer, Box::new(desk.progress())));
        if let Err(error) = desk.prepare().await {
            // It is asked for again when its turn comes, and told then.
            tracing::warn!(%error, "the card after this one");
        }
    }
    let progress = desk.progress();
    if let Err(error) = desk.close().await {
        tracing::warn!(%error, "the sitting did not end in order");
    }
    progress
}

/// Does what one answer tells.
pub async fn answer(desk: &mut Desk, ask: Ask) -> Result<Answer, DeskError> {
    Ok(match ask {
        Ask::Next => Answer::Served(next(desk).await?),
        Ask::Label(token, said) => {
            let receipt = desk.label(&token, said).await?;
            let due = if receipt.settled { Some(next(desk).await?) } else { None };
            Answer::Labelled(receipt, due)
        }
        Ask::Undo => Answer::Undone(desk.undo().await?.map(Box::new)),
        Ask::Redo => {
            let receipt = desk.redo().await?;
            let settled = receipt.as_ref().is_some_and(|receipt| receipt.settled);
            Answer::Redone(receipt, if settled { Some(next(desk).await?) } else { None })
        }
        Ask::Reveal(token) => Answer::Revealed(Box::new(desk.reveal(&token).await?)),
        Ask::Drift => Answer::Drift(desk.drift().await?),
    })
}

async fn next(desk: &mut Desk) -> Result<Result<Box<crate::desk::Card>, usize>, DeskError> {
    Ok(match desk.next().await? {
        Served::Card(card) => Ok(card),
        Served::Done { held_by_others } => Err(held_by_others),
    })
}
