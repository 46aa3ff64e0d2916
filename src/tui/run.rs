//! The loop of the workbench: input and messages in, frames and effects out. It owns the terminal and the clock.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use tokio::sync::mpsc;

use super::app::form::Defaults;
use super::app::keymap::Keymap;
use super::app::keys::Chord;
use super::app::message::{Effect, Message, Mouse, MouseKind, Purpose};
use super::app::{App, Start, update};
use super::effects::Effects;
use super::places;
use super::style::syntax::Syntax;
use super::style::{ColourDepth, Theme};
use super::term::{Cause, Events, Frames, Ground, Input, Session, editor};
use super::view;
use crate::llm::config::Config;
use crate::review::guideline::Guideline;

/// The first frame waits this long for the store, so that it shows the item and not a placeholder.
const FIRST_FRAME: Duration = Duration::from_millis(60);

pub struct Options {
    pub db: PathBuf,
    pub config: Config,
    pub theme: Theme,
    pub depth: ColourDepth,
    pub author: String,
    pub start: Start,
    pub recorded: &'static [&'static [u8]],
    pub defaults: Defaults,
    pub reduced_motion: bool,
    pub keymap: Keymap,
    /// The user named the theme; else it follows the terminal's ground.
    pub theme_chosen: bool,
    pub mouse: bool,
    /// Where the place in the store is kept; `None` keeps nothing.
    pub place: Option<PathBuf>,
    /// Go on where the last session ended.
    pub restore: bool,
    /// What labels go by.
    pub guideline: Arc<Guideline>,
}

/// Why the workbench was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leave {
    Quit,
    /// For the review bench, over a run.
    Review {
        run: String,
        blind: bool,
    },
}

/// Runs the workbench until the user leaves it. Fails only when the terminal cannot be used.
pub async fn run(options: Options) -> std::io::Result<Leave> {
    let started = Instant::now();
    let (sender, mut messages) = mpsc::unbounded_channel();
    let effects = Effects::new(options.db, options.config, &options.author, options.recorded, sender.clone());
    let mut app = App::new(options.theme, options.depth, &options.author, options.start);
    app.defaults = options.defaults;
    app.reduced_motion = options.reduced_motion;
    app.keymap = options.keymap;
    app.theme_chosen = options.theme_chosen;
    app.mouse = options.mouse;
    let kept = options.place.as_deref().filter(|_| options.restore).map(places::read);
    match kept {
        Some(Ok(Some(place))) => app.restore(place),
        Some(Err(told)) => {
            // It is said once there is something to say it on.
            let _ = sender.send(Message::Told(told));
        }
        _ => {}
    }
    app.guideline = options.guideline;
    for effect in app.begin() {
        effects.perform(effect);
    }
    effects.watch();
    let mut session = Session::enter()?;
    let mut events = Events::new()?;
    app.size = session.size()?;
    if app.mouse {
        session.set_mouse(true)?;
    }
    // The first frame does not wait for the answer, which may never come.
    let asked = (!app.theme_chosen && app.depth > ColourDepth::Mono).then(Instant::now);
    if asked.is_some() {
        events.listen();
        session.ask_ground()?;
    }
    let ended = turn(&mut app, &effects, &mut session, &mut events, &mut messages, (started, asked)).await;
    if let (Some(path), Some(place)) = (&options.place, app.place())
        && let Err(error) = places::write(path, &place)
    {
        tracing::warn!("where the reader was is not kept: {}: {error}", path.display());
    }
    events.linger(asked).await;
    ended
}

/// Input and messages in, frames and effects out, until the end.
async fn turn(
    app: &mut App,
    effects: &Effects,
    session: &mut Session,
    events: &mut Events,
    messages: &mut mpsc::UnboundedReceiver<Message>,
    (started, asked): (Instant, Option<Instant>),
) -> std::io::Result<Leave> {
    let (painted, mut repaint) = mpsc::channel(1);
    app.syntax = Some(Arc::new(Syntax::start(move || {
        // One pending wish for a frame is enough.
        let _ = painted.try_send(());
    })));
    let mut frames = Frames::default();
    let first = tokio::time::sleep(FIRST_FRAME);
    tokio::pin!(first);
    // Until the item is there, or has kept the user waiting, nothing is drawn.
    let mut shown = false;
    loop {
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
                Input::Mouse(mouse) => match pointed(mouse) {
                    Some(mouse) => Some(Message::Mouse(mouse)),
                    None => continue,
                },
                Input::Ground(ground) => Some(Message::Ground { light: ground == Ground::Light }),
                Input::Focus(_) => continue,
                Input::Terminate | Input::Closed(None) => return Ok(Leave::Quit),
                Input::Closed(Some(error)) => return Err(error),
            },
            Some(message) = messages.recv() => Some(message),
            Some(()) = repaint.recv() => None,
            () = &mut first, if !shown => {
                shown = true;
                None
            }
            () = frames.wait() => {
                session.draw(|frame| view::draw(app, frame.buffer_mut()))?;
                frames.drawn(Instant::now());
                continue;
            }
        };
        let cause = match &message {
            Some(Message::Live(_) | Message::Woke(..) | Message::Changed) | None => Cause::Stream,
            Some(_) => Cause::User,
        };
        let mut waiting: VecDeque<Message> = message.into_iter().collect();
        while let Some(message) = waiting.pop_front() {
            app.now = started.elapsed();
            app.wall = jiff::Timestamp::now();
            for effect in update(app, message) {
                match effect {
                    Effect::Quit => return Ok(Leave::Quit),
                    Effect::Review { run, blind } => return Ok(Leave::Review { run, blind }),
                    Effect::Copy(text) => match session.copy(&text) {
                        Err(error) if error.kind() == std::io::ErrorKind::InvalidInput => {
                            waiting.push_back(Message::Told(format!("not copied: {error}")));
                        }
                        copied => copied?,
                    },
                    Effect::Edit(edit) => {
                        // The editor gets the keyboard whole, and the screen.
                        events.linger(asked).await;
                        events.pause();
                        let env = |name: &str| std::env::var(name).ok();
                        let write = edit.purpose == Purpose::Comment;
                        let edited = session.lend(|| editor::edit(&edit.text, edit.suffix, write, env))?;
                        events.resume()?;
                        let (width, height) = session.size()?;
                        waiting.extend([Message::Resized(width, height), Message::Edited(edited)]);
                    }
                    Effect::Mouse(on) => session.set_mouse(on)?,
                    Effect::Suspend => session.stop()?,
                    effect => effects.perform(effect),
                }
            }
            waiting.extend(messages.try_recv());
        }
        shown |= app.is_ready();
        if shown {
            frames.request(cause);
        }
    }
}

/// What the workbench knows of the mouse: a click and the wheel.
fn pointed(event: MouseEvent) -> Option<Mouse> {
    let kind = match event.kind {
        MouseEventKind::Down(MouseButton::Left) => MouseKind::Click,
        MouseEventKind::ScrollUp => MouseKind::WheelUp,
        MouseEventKind::ScrollDown => MouseKind::WheelDown,
        _ => return None,
    };
    Some(Mouse { kind, at: (event.column, event.row) })
}
