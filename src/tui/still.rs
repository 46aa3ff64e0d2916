//! One screen without a terminal: the same state, the same views, drawn once. For pictures.

use std::collections::VecDeque;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tokio::sync::mpsc;

use super::app::keys::Chord;
use super::app::live::Live;
use super::app::message::{Effect, Message};
use super::app::model::{Overlay, Screen};
use super::app::{App, update};
use super::effects::Effects;
use super::run::Options;
use super::style::syntax::Syntax;
use super::view;
use crate::core::event::{Entry, Event};
use crate::runner::update::{Doing, SlotState, Update};
use crate::store::StoreError;

/// What to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Still {
    Runs,
    Items,
    Steps,
    /// The board as it was in the middle of the run, by the recorded times.
    Live,
    Help,
    /// The study's numbers.
    Report,
    /// What each scanner says.
    Scanners,
    /// Every version of one item.
    Lattice,
}

/// Draws a screen of `size` columns and rows. The words of the error say what could not be shown.
pub async fn still(options: Options, what: Still, size: (u16, u16)) -> Result<Buffer, String> {
    let (sender, _messages) = mpsc::unbounded_channel();
    let effects = Effects::new(options.db, options.config, &options.author, options.recorded, sender);
    let mut app = App::new(options.theme, options.depth, &options.author, options.start);
    app.size = size;
    app.guideline = options.guideline;
    app.syntax = Some(Arc::new(Syntax::inline()));
    let begun = app.begin();
    settle(&mut app, &effects, begun).await;
    if matches!(what, Still::Steps | Still::Lattice)
        && app.item.is_none()
        && let Some(list) = &mut app.list
    {
        list.go_to_opening();
        let wanted = Chord::parse("enter").map(|enter| update(&mut app, Message::Key(enter)));
        settle(&mut app, &effects, wanted.unwrap_or_default()).await;
    }
    if let Some(trouble) = &app.trouble {
        return Err(trouble.clone());
    }
    match what {
        Still::Runs => app.screen = Screen::Runs,
        Still::Items => app.screen = Screen::Items,
        Still::Steps => app.screen = Screen::Steps,
        Still::Report | Still::Scanners | Still::Lattice => {
            let key = match what {
                Still::Report => "m",
                Still::Scanners => "o",
                _ => "V",
            };
            let wanted = Chord::parse(key).map(|key| update(&mut app, Message::Key(key)));
            settle(&mut app, &effects, wanted.unwrap_or_default()).await;
        }
        Still::Help => app.overlay = Some(Overlay::Help { scroll: 0 }),
        Still::Live => board(&mut app, &effects).await.map_err(|error| error.to_string())?,
    }
    if matches!(what, Still::Items | Still::Steps | Still::Report | Still::Scanners | Still::Lattice)
        && app.list.is_none()
    {
        return Err("there is no such run in this store; `fdsp runs` lists them".to_owned());
    }
    let _ = update(&mut app, Message::Resized(size.0, size.1));
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    view::draw(&app, &mut buffer);
    Ok(buffer)
}

/// Does what is asked for until nothing more is.
async fn settle(app: &mut App, effects: &Effects, wanted: Vec<Effect>) {
    let mut wanted = VecDeque::from(wanted);
    while let Some(effect) = wanted.pop_front() {
        // Nothing moves in a picture.
        if matches!(effect, Effect::Wake(..)) {
            continue;
        }
        if let Some(message) = effects.answer(effect).await {
            wanted.extend(update(app, message));
        }
    }
}

async fn board(app: &mut App, effects: &Effects) -> Result<(), StoreError> {
    app.screen = Screen::Live;
    let Some(list) = &app.list else { return Ok(()) };
    let store = effects.store().await?;
    let mut items: Vec<(String, Vec<Entry>)> = Vec::new();
    for item in &list.items {
        let record = store.record(&list.info.id, &item.id).await?;
        let run_events = record.entries.into_iter().filter(|entry| !entry.event.is_label());
        items.push((item.id.clone(), run_events.collect()));
    }
    // What came from another run was there before this one began.
    let own = |entry: &&Entry| list.info.settings.from.is_none() || entry.at >= list.info.started;
    let times = || items.iter().flat_map(|(_, entries)| entries).filter(own).map(|entry| entry.at);
    let (Some(first), Some(last)) = (times().min(), times().max()) else { return Ok(()) };
    let middle = first + last.duration_since(first) / 2;
    app.wall = middle;
    let mut live = Live::new(list.info.clone(), items.len(), &[]);
    let mut slot = 0;
    for (item, entries) in items {
        let (before, after): (Vec<Entry>, Vec<Entry>) = entries.into_iter().partition(|entry| entry.at <= middle);
        let under_way = before.last().filter(own).zip(after.first());
        let doing = under_way.map(|(last, next)| slot_state(&item, last, next, middle));
        if !before.is_empty() {
            live.apply(&Update::Entries { item, entries: before });
        }
        if let Some(state) = doing {
            live.apply(&Update::Slot { slot, state });
            slot += 1;
        }
    }
    app.live = Some(Box::new(live));
    Ok(())
}

/// What a slot was doing between two events of its item.
fn slot_state(item: &str, last: &Entry, next: &Entry, now: jiff::Timestamp) -> SlotState {
    let elapsed = now.duration_since(last.at).as_secs_f64() * 1000.0;
    let doing = match &next.event {
        Event::Answered(answer) => {
            let came = answer.chunks.iter().take_while(|(_, at)| f64::from(*at) <= elapsed).last();
            match came.and_then(|(bytes, _)| answer.text.get(..*bytes as usize)) {
                Some(text) => {
                    let share = text.len() as f64 / answer.text.len().max(1) as f64;
                    let tokens = answer.usage.map_or(0.0, |usage| f64::from(usage.completion) * share);
                    Doing::Receiving { tokens: tokens as u32, tail: text.to_owned() }
                }
                None => Doing::Waiting { since: last.at },
            }
        }
        Event::CallFailed(_) => Doing::Waiting { since: last.at },
        _ => Doing::Scanning,
    };
    let step = next.event.step().or(last.event.step()).unwrap_or(crate::core::ids::Step::Generate);
    SlotState::Busy { item: item.to_owned(), stream: next.stream, step, doing }
}
