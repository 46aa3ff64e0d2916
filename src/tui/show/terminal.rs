//! The show in a terminal: the clock is real here, and a reader may stop it.

use std::time::Duration;

use crossterm::event::KeyCode;
use tokio::time::{Instant, sleep_until};

use super::Show;
use crate::tui::app::keys::Chord;
use crate::tui::term::{Events, Input, Session};

/// Plays until the reader leaves; at the end it waits. Fails only when the terminal cannot be used.
pub async fn perform(mut show: Show) -> std::io::Result<()> {
    let mut session = Session::enter()?;
    let mut events = Events::new()?;
    show.resize(session.size()?);
    show.play();
    session.draw(|frame| show.draw(frame.buffer_mut(), true))?;
    let mut next = until(&show, Duration::ZERO);
    loop {
        let (at, time) = next.unwrap_or((Instant::now(), Duration::ZERO));
        tokio::select! {
            biased;
            input = events.next() => match input {
                Input::Key(key) => {
                    let chord = Chord::of(&key);
                    let leaves = matches!(chord.code, KeyCode::Esc | KeyCode::Char('q'));
                    if leaves || (chord.ctrl && chord.code == KeyCode::Char('c')) {
                        return Ok(());
                    }
                    let before = (show.place(), show.wait());
                    show.take(chord);
                    // A look at something else does not end a rest.
                    if before != (show.place(), show.wait()) {
                        next = until(&show, Duration::ZERO);
                    }
                }
                Input::Resize(width, height) => show.resize((width, height)),
                Input::Stop => session.stop()?,
                Input::Continued => session.retake()?,
                Input::Terminate | Input::Closed(None) => return Ok(()),
                Input::Closed(Some(error)) => return Err(error),
                Input::Paste(_) | Input::Mouse(_) | Input::Focus(_) | Input::Ground(_) => continue,
            },
            () = sleep_until(at), if next.is_some() => {
                show.step(time);
                let rest = if show.rests() { show.pause() } else { Duration::ZERO };
                next = until(&show, rest);
            }
        }
        session.draw(|frame| show.draw(frame.buffer_mut(), true))?;
    }
}

/// When the next step is due, and how much of the show's time passes with it.
fn until(show: &Show, rest: Duration) -> Option<(Instant, Duration)> {
    show.wait().map(|time| (Instant::now() + rest + time, time))
}
