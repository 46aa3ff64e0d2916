//! The loop of the workbench: input and messages in, frames and effects out. It owns the terminal and the clock.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;

use super::app::form::Defaults;
use super::app::keymap::Keymap;
use super::app::keys::Chord;
use super::app::message::{Effect, Message};
use super::app::{App, Start, update};
use super::effects::Effects;
use super::style::syntax::Syntax;
use super::style::{ColourDepth, Theme};
use super::term::{Cause, Events, Frames, Input, Session};
use super::view;
use crate::llm::config::Config;

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
}

/// Runs the workbench until the user leaves it. Fails only when the terminal cannot be used.
pub async fn run(options: Options) -> std::io::Result<()> {
    let started = Instant::now();
    let (sender, mut messages) = mpsc::unbounded_channel();
    let effects = Effects::new(options.db, options.config, &options.author, options.recorded, sender.clone());
    let mut app = App::new(options.theme, options.depth, &options.author, options.start);
    app.defaults = options.defaults;
    app.reduced_motion = options.reduced_motion;
    app.keymap = options.keymap;
    for effect in app.begin() {
        effects.perform(effect);
    }
    effects.watch();
    let mut session = Session::enter()?;
    let mut events = Events::new()?;
    app.size = session.size()?;
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
                Input::Mouse(_) | Input::Focus(_) => continue,
                Input::Terminate | Input::Closed(None) => return Ok(()),
                Input::Closed(Some(error)) => return Err(error),
            },
            Some(message) = messages.recv() => Some(message),
            Some(()) = repaint.recv() => None,
            () = &mut first, if !shown => {
                shown = true;
                None
            }
            () = frames.wait() => {
                session.draw(|frame| view::draw(&app, frame.buffer_mut()))?;
                frames.drawn(Instant::now());
                continue;
            }
        };
        let cause = match &message {
            Some(Message::Live(_) | Message::Woke(..) | Message::Changed) | None => Cause::Stream,
            Some(_) => Cause::User,
        };
        let mut next = message;
        while let Some(message) = next {
            app.now = started.elapsed();
            app.wall = jiff::Timestamp::now();
            for effect in update(&mut app, message) {
                match effect {
                    Effect::Quit => return Ok(()),
                    Effect::Copy(text) => session.copy(&text)?,
                    Effect::Suspend => session.stop()?,
                    effect => effects.perform(effect),
                }
            }
            next = messages.try_recv().ok();
        }
        shown |= app.is_ready();
        if shown {
            frames.request(cause);
        }
    }
}
