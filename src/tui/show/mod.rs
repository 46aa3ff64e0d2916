//! One recorded item as a show: the real screens, moved by the real reducer, in a time of its own. It stops where
//! something was found and where the stop condition held, and says in one row which line of the algorithm is at work.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use super::app::command::{self, Cmd};
use super::app::keys::Chord;
use super::app::message::{Effect, Message, Timer};
use super::app::model::{Pane, Screen, Tab};
use super::app::{App, Start, update};
use super::effects::Effects;
use super::run::Options;
use super::style::syntax::Syntax;
use super::view;
use crate::core::event::{Event, StopReason};
use crate::core::ids::{ApproachId, StreamId};
use crate::core::verdict::counted;

mod caption;
mod cast;
mod terminal;

pub use cast::Cast;
pub use terminal::perform;

/// Frames of a recording are at least so far apart.
const LEAST: Duration = Duration::from_millis(50);

/// What else is said of a show than its item.
#[derive(Debug, Clone, Copy)]
pub struct Manner {
    /// Shows this approach alone, with the generation that it starts from.
    pub approach: Option<ApproachId>,
    /// The sample, from 0.
    pub sample: u32,
    /// Times the recorded speed; one of [`super::app::replay::SPEEDS`].
    pub speed: f64,
    /// How long it stays at a finding and at a stop.
    pub pause: Duration,
}

pub struct Show {
    app: App,
    manner: Manner,
    /// When the reducer wants to be woken, by `app.now`, and by which number; by timer.
    wakes: [Option<(Duration, u64)>; 4],
    /// The last step came to a place to stay at.
    rests: bool,
}

impl Show {
    /// Opens the item at its first event. `options.start` names run and item; the words of the error say what is not there.
    pub async fn open(options: Options, manner: Manner, size: (u16, u16)) -> Result<Self, String> {
        let wanted = match &options.start {
            Start::Run { item, .. } => item.clone(),
            _ => None,
        };
        let (sender, _messages) = mpsc::unbounded_channel();
        let effects = Effects::new(options.db, options.config, &options.author, options.recorded, sender);
        let mut app = App::new(options.theme, options.depth, &options.author, options.start);
        app.size = size;
        app.reduced_motion = true;
        app.syntax = Some(Arc::new(Syntax::inline()));
        let mut show = Self { app, manner, wakes: [None; 4], rests: false };
        let begun = show.app.begin();
        show.load(&effects, begun).await;
        if let Some(trouble) = &show.app.trouble {
            return Err(trouble.clone());
        }
        if show.app.list.is_none() {
            return Err("there is no such run in this store; `fdsp runs` lists them".to_owned());
        }
        let open = show.app.item.as_ref().map(|item| &item.item.id);
        if open.is_none() || (wanted.is_some() && open != wanted.as_ref()) {
            let said = show.app.toast.take().map(|toast| toast.text);
            return Err(said.unwrap_or_else(|| "the item could not be opened".to_owned()));
        }
        show.look()?;
        show.key("home");
        show.app.toast = None;
        Ok(show)
    }

    /// Does what is asked for until nothing more is; keeps the events of what is to be shown.
    async fn load(&mut self, effects: &Effects, wanted: Vec<Effect>) {
        let mut wanted = VecDeque::from(wanted);
        while let Some(effect) = wanted.pop_front() {
            if matches!(effect, Effect::Wake(..)) {
                continue;
            }
            let Some(mut message) = effects.answer(effect).await else { continue };
            if let Message::Record(_, Ok(record)) = &mut message {
                let Manner { approach, sample, .. } = self.manner;
                let wanted = approach.map(|approach| StreamId::new(approach, sample));
                record.entries.retain(|entry| {
                    let own = wanted.is_none_or(|id| entry.stream == id || entry.stream == id.generation());
                    own && entry.stream.sample == sample && !entry.event.is_label()
                });
            }
            wanted.extend(update(&mut self.app, message));
        }
    }

    /// Turns the open item to what is to be shown.
    fn look(&mut self) -> Result<(), String> {
        let Manner { approach, sample, speed, .. } = self.manner;
        let Some(item) = &mut self.app.item else { return Ok(()) };
        if let Some(approach) = approach {
            if !item.streams.iter().any(|stream| stream.approach == approach) {
                let known: Vec<&str> = item.streams.iter().map(|stream| stream.approach.as_str()).collect();
                return Err(format!("the run has no approach `{approach}`; it has {}", known.join(", ")));
            }
            item.streams.retain(|stream| stream.approach == approach);
        }
        if item.replay.entries().is_empty() {
            return Err(format!("nothing was recorded of sample {} of `{}`", sample + 1, item.item.id));
        }
        for stream in &mut item.streams {
            stream.sample = sample;
        }
        if let Some(first) = item.streams.first().copied() {
            item.show(first);
        }
        item.replay.set_speed(speed);
        (self.app.screen, self.app.pane, self.app.tab) = (Screen::Steps, Pane::Main, Tab::Diff);
        self.app.wall = self.app.list.as_ref().map_or(self.app.wall, |list| list.info.started);
        Ok(())
    }

    /// Lets the reducer have a message, and keeps when it wants to be woken.
    fn send(&mut self, message: Message) {
        let before = self.pos();
        for effect in update(&mut self.app, message) {
            if let Effect::Wake(timer, generation, after) = effect {
                self.wakes[timer as usize] = Some((self.app.now + after, generation));
            }
        }
        self.rests = self.came_to_rest(before);
    }

    fn key(&mut self, key: &str) {
        if let Some(chord) = Chord::parse(key) {
            self.send(Message::Key(chord));
        }
    }

    /// A key of a reader: what looks and moves is taken, everything else does nothing here.
    pub fn take(&mut self, chord: Chord) {
        use Cmd::*;
        let allowed = |id: Cmd| {
            matches!(
                id,
                Play | StepForward | StepBack | EventForward | EventBack | SeekStart | SeekEnd | Slower | Faster
            ) || matches!(id, ShowCode | ShowDiff | ShowFindings | ShowPrompt | ShowAnswer | ShowTest)
                || matches!(id, Words | Fold | MoreContext | LessContext | Wrap | Up | Down | PageUp | PageDown)
        };
        if command::find(&self.app, chord).is_some_and(allowed) {
            self.send(Message::Key(chord));
            self.rests = false;
        }
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.send(Message::Resized(size.0, size.1));
    }

    /// Begins to play, or goes on.
    pub fn play(&mut self) {
        if !self.plays() {
            self.key("space");
            self.rests = false;
        }
    }

    pub fn plays(&self) -> bool {
        self.app.item.as_ref().is_some_and(|item| item.replay.playing)
    }

    /// Events that have been shown, and all.
    pub fn place(&self) -> (usize, usize) {
        self.app.item.as_ref().map_or((0, 0), |item| (item.replay.pos(), item.replay.entries().len()))
    }

    fn pos(&self) -> usize {
        self.place().0
    }

    /// To a number of events, from 0.
    pub fn seek(&mut self, events: usize) -> Result<(), String> {
        let (_, all) = self.place();
        if events > all {
            return Err(format!("the item has {all} events: --at takes 0 to {all}"));
        }
        self.key("home");
        (0..events).for_each(|_| self.key("]"));
        Ok(())
    }

    /// How long until something moves, by the show's clock; no two events come at once. `None`: nothing does.
    pub fn wait(&self) -> Option<Duration> {
        let (at, _) = self.wakes[Timer::Replay as usize].filter(|_| self.plays())?;
        let event = self.app.item.as_ref()?.replay.until_event()?;
        // The event is due by then, whatever the rounding.
        let event = Duration::from_secs_f64(event / 1000.0) + Duration::from_micros(1);
        let frame = at.saturating_sub(self.app.now).max(LEAST);
        // No frame just before the event's own.
        Some(if event < frame + LEAST / 2 { event } else { frame })
    }

    /// Lets that time pass.
    pub fn step(&mut self, time: Duration) {
        self.app.now += time;
        let now = self.app.now;
        if let Some((_, generation)) = self.wakes[Timer::Toast as usize].take_if(|(at, _)| *at <= now) {
            self.send(Message::Woke(Timer::Toast, generation));
        }
        if let Some((_, generation)) = self.wakes[Timer::Replay as usize].take() {
            self.send(Message::Woke(Timer::Replay, generation));
        }
    }

    /// Whether the last step came to a place to stay at for a while.
    pub fn rests(&self) -> bool {
        self.rests
    }

    pub fn pause(&self) -> Duration {
        self.manner.pause
    }

    fn came_to_rest(&self, before: usize) -> bool {
        let Some(item) = &self.app.item else { return false };
        let passed = item.replay.entries().get(before..item.replay.pos()).unwrap_or_default();
        passed.iter().any(|entry| match &entry.event {
            Event::Scanned(scanned) => counted(item.mode, &scanned.scan).next().is_some(),
            Event::Stopped(stopped) => stopped.reason != StopReason::Generated,
            _ => false,
        })
    }

    /// What the last event was, for the name of a picture: `scanned-fdsp-s1.k1`.
    pub fn name(&self) -> String {
        let last = self.app.item.as_ref().and_then(|item| item.replay.last());
        last.map_or("begin".to_owned(), |entry| match entry.event.step() {
            Some(step) => format!("{}-{}-{step}", entry.event.kind(), entry.stream.approach),
            None => format!("{}-{}", entry.event.kind(), entry.stream.approach),
        })
    }

    /// The screen with the caption in its last row; `keys` says what a reader can do.
    pub fn frame(&self, keys: bool) -> Buffer {
        let (width, height) = self.app.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, width, height));
        self.draw(&mut buffer, keys);
        buffer
    }

    fn draw(&self, buffer: &mut Buffer, keys: bool) {
        view::draw(&self.app, buffer);
        let settings = self.app.list.as_ref().map(|list| &list.info.settings);
        let (Some(item), Some(settings)) = (&self.app.item, settings) else { return };
        let words = caption::caption(item, settings, self.app.theme.signs.ascii);
        let keys = if keys { "space pause  ← → step  < > speed  q quit" } else { "" };
        view::caption(&self.app, buffer, &words, keys);
    }

    /// Plays to the end in no time: `each` gets every frame, when it is to be seen and whether the show rests there.
    /// Returns when it ends.
    pub fn record(&mut self, mut each: impl FnMut(&Self, Duration, &Buffer)) -> Duration {
        let mut at = Duration::ZERO;
        each(self, at, &self.frame(false));
        at += self.manner.pause;
        self.play();
        while let Some(time) = self.wait() {
            self.step(time);
            at += time;
            each(self, at, &self.frame(false));
            if self.rests {
                at += self.manner.pause;
            }
        }
        at + self.manner.pause
    }
}
