//! Replay of one item: a position in its run events. What is shown is the fold of the events before it, so a step
//! back is exact. Time is only what leads from one position to the next.

use crate::core::event::{Answered, Entry, Event};
use crate::core::fold::ItemState;
use crate::core::ids::{Step, StreamId};

pub const SPEEDS: [f64; 8] = [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

#[derive(Debug, Clone)]
pub struct Replay {
    /// The item's run events; labels stand in the label book.
    entries: Vec<Entry>,
    pos: usize,
    pub playing: bool,
    speed: usize,
    /// Recorded milliseconds since the event before the position.
    elapsed: f64,
}

/// An answer on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct Streaming {
    pub stream: StreamId,
    pub step: Step,
    pub text: String,
}

impl Replay {
    pub fn new(entries: Vec<Entry>) -> Self {
        let entries: Vec<Entry> = entries.into_iter().filter(|entry| !entry.event.is_label()).collect();
        Self { pos: entries.len(), entries, playing: false, speed: 3, elapsed: 0.0 }
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn pos(&self) -> usize {
        self.pos
    }

    pub fn at_end(&self) -> bool {
        self.pos == self.entries.len()
    }

    pub fn speed(&self) -> f64 {
        SPEEDS[self.speed]
    }

    /// Sets one of [`SPEEDS`]; anything else changes nothing.
    pub fn set_speed(&mut self, speed: f64) {
        self.speed = SPEEDS.iter().position(|known| *known == speed).unwrap_or(self.speed);
    }

    /// Real milliseconds until the next event, while playing.
    pub fn until_event(&self) -> Option<f64> {
        let next = self.entries.get(self.pos).filter(|_| self.playing)?;
        Some((due(next) - self.elapsed).max(0.0) / self.speed())
    }

    pub fn percent(&self) -> usize {
        if self.entries.is_empty() { 100 } else { self.pos * 100 / self.entries.len() }
    }

    pub fn state(&self) -> ItemState {
        ItemState::of(&self.entries[..self.pos])
    }

    /// The event that led to the position.
    pub fn last(&self) -> Option<&Entry> {
        self.entries[..self.pos].last()
    }

    /// Takes new events of a live run in; a position at the end follows them.
    pub fn append(&mut self, entries: impl IntoIterator<Item = Entry>) -> bool {
        let follows = self.at_end();
        let known = self.entries.last().map_or(0, |entry| entry.seq);
        self.entries.extend(entries.into_iter().filter(|entry| !entry.event.is_label() && entry.seq > known));
        if follows {
            self.pos = self.entries.len();
        }
        follows
    }

    pub fn seek(&mut self, pos: usize) {
        self.pos = pos.min(self.entries.len());
        self.elapsed = 0.0;
    }

    pub fn seek_percent(&mut self, percent: usize) {
        self.seek(self.entries.len() * percent.min(100) / 100);
    }

    /// To the next position at which a step is complete.
    pub fn forward(&mut self) {
        let next = (self.pos + 1..self.entries.len()).find(|pos| self.is_rest(*pos));
        self.seek(next.unwrap_or(self.entries.len()));
    }

    pub fn back(&mut self) {
        let before = (0..self.pos).rev().find(|pos| self.is_rest(*pos));
        self.seek(before.unwrap_or(0));
    }

    /// Whether a position is one to rest at: a step has just been completed.
    fn is_rest(&self, pos: usize) -> bool {
        let Some(entry) = pos.checked_sub(1).map(|at| &self.entries[at]) else { return true };
        let next = self.entries.get(pos).map(|next| &next.event);
        match &entry.event {
            Event::Scanned(_) | Event::Proposed(_) | Event::CallFailed(_) | Event::Failed(_) => {
                !matches!(next, Some(Event::Stopped(_)))
            }
            Event::Stopped(_) => true,
            // A step that ends without a scan is over when the next request goes out.
            Event::Answered(_) | Event::Extracted(_) | Event::Checked(_) => {
                matches!(next, None | Some(Event::Asked(_)))
            }
            _ => false,
        }
    }

    pub fn faster(&mut self) {
        self.speed = (self.speed + 1).min(SPEEDS.len() - 1);
    }

    pub fn slower(&mut self) {
        self.speed = self.speed.saturating_sub(1);
    }

    pub fn play(&mut self) {
        if self.at_end() {
            self.seek(0);
        }
        self.playing = !self.entries.is_empty();
    }

    /// Lets `real` milliseconds pass; true when the position changed.
    pub fn advance(&mut self, real: f64) -> bool {
        if !self.playing {
            return false;
        }
        let from = self.pos;
        self.elapsed += real * self.speed();
        while let Some(due) = self.entries.get(self.pos).map(due) {
            if self.elapsed < due {
                break;
            }
            self.elapsed -= due;
            self.pos += 1;
        }
        if self.at_end() {
            self.playing = false;
            self.elapsed = 0.0;
        }
        self.pos != from
    }

    /// Real milliseconds until something is to be seen, while playing.
    pub fn until_next(&self) -> Option<f64> {
        let next = self.entries.get(self.pos).filter(|_| self.playing)?;
        let chunk = match &next.event {
            Event::Answered(answer) => {
                let skipped = skipped(answer);
                answer.chunks.iter().map(|(_, at)| f64::from(*at) - skipped).find(|at| *at > self.elapsed)
            }
            _ => None,
        };
        let at = chunk.unwrap_or_else(|| due(next)).min(due(next));
        Some(((at - self.elapsed) / self.speed()).clamp(16.0, 60_000.0))
    }

    /// What of the next answer has arrived at this moment.
    pub fn streaming(&self) -> Option<Streaming> {
        let next = self.entries.get(self.pos)?;
        let Event::Answered(answer) = &next.event else { return None };
        (self.playing || self.elapsed > 0.0).then(|| Streaming {
            stream: next.stream,
            step: answer.step,
            text: arrived(answer, self.elapsed).to_owned(),
        })
    }
}

fn arrived(answer: &Answered, elapsed: f64) -> &str {
    let came = answer.chunks.iter().take_while(|(_, at)| f64::from(*at) <= elapsed + skipped(answer)).last();
    let mut end = came.map_or(0, |(bytes, _)| *bytes as usize).min(answer.text.len());
    while !answer.text.is_char_boundary(end) {
        end -= 1;
    }
    &answer.text[..end]
}

/// Recorded milliseconds of waiting that a replay leaves out: a busy server's queue shows nothing.
fn skipped(answer: &Answered) -> f64 {
    const LONGEST_WAIT: f64 = 1_500.0;
    answer.chunks.first().map_or(0.0, |(_, first)| (f64::from(*first) - LONGEST_WAIT).max(0.0))
}

/// Recorded milliseconds from the event before to this one: an answer takes its time, the rest a reader's glance.
fn due(entry: &Entry) -> f64 {
    match &entry.event {
        Event::Answered(answer) => (answer.seconds * 1000.0 - skipped(answer)).clamp(0.0, 600_000.0),
        Event::CallFailed(failure) => (failure.seconds * 1000.0).clamp(0.0, 5_000.0),
        Event::Asked(_) => 300.0,
        Event::Extracted(_) | Event::Checked(_) => 150.0,
        _ => 600.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_wait_for_the_first_token_is_cut_and_the_pace_after_it_kept() {
        let answer = Answered {
            step: crate::core::ids::Step::Generate,
            text: "abcdef".into(),
            chunks: vec![(2, 30_000), (4, 31_000), (6, 32_000)],
            finish: "stop".to_owned(),
            model: None,
            usage: None,
            seconds: 33.0,
            tries: 1,
        };
        let shown = [1_499.0, 1_500.0, 2_499.0, 2_500.0, 3_500.0].map(|elapsed| arrived(&answer, elapsed));
        assert_eq!(shown, ["", "ab", "ab", "abcd", "abcdef"]);
        let stream = crate::core::ids::StreamId::new(crate::core::ids::ApproachId::Generate, 0);
        let entry = Entry { seq: 1, at: jiff::Timestamp::UNIX_EPOCH, stream, event: Event::Answered(answer) };
        assert_eq!(due(&entry), 4_500.0);
    }
}
