use std::time::{Duration, Instant};

/// Frames that streams cause come at most 60 a second.
pub const STREAM_INTERVAL: Duration = Duration::from_nanos(1_000_000_000 / 60);

/// Why a frame is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// A key, a resize, an answer to what the user asked: at once.
    User,
    /// Tokens and progress: with the next frame that is due.
    Stream,
}

/// Says when to draw: on request, never by the clock. Without a request nothing is due and nothing wakes.
#[derive(Debug, Default)]
pub struct Frames {
    last: Option<Instant>,
    wanted: Option<Cause>,
}

impl Frames {
    pub fn request(&mut self, cause: Cause) {
        if self.wanted != Some(Cause::User) {
            self.wanted = Some(cause);
        }
    }

    /// When the wanted frame may be drawn; `None` when none is wanted. Not after `now` means at once.
    pub fn due(&self, now: Instant) -> Option<Instant> {
        Some(match (self.wanted?, self.last) {
            (Cause::Stream, Some(last)) => (last + STREAM_INTERVAL).max(now),
            _ => now,
        })
    }

    /// Call after drawing.
    pub fn drawn(&mut self, now: Instant) {
        self.last = Some(now);
        self.wanted = None;
    }

    /// Waits until a frame is due; for ever while none is wanted.
    pub async fn wait(&self) {
        match self.due(Instant::now()) {
            Some(due) => tokio::time::sleep_until(due.into()).await,
            None => std::future::pending().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_means_never() {
        let mut frames = Frames::default();
        let start = Instant::now();
        assert_eq!(frames.due(start), None);
        frames.request(Cause::Stream);
        assert_eq!(frames.due(start), Some(start));
        frames.drawn(start);
        assert_eq!(frames.due(start), None);
    }

    #[test]
    fn streams_are_coalesced_and_keys_are_not() {
        let mut frames = Frames::default();
        let start = Instant::now();
        let mut drawn = 0;
        for step in 0..1000 {
            let now = start + Duration::from_millis(step);
            frames.request(Cause::Stream);
            if frames.due(now).is_some_and(|due| due <= now) {
                frames.drawn(now);
                drawn += 1;
            }
        }
        assert!((55..=60).contains(&drawn), "{drawn}");
        let now = start + Duration::from_millis(1000);
        frames.request(Cause::User);
        frames.request(Cause::Stream);
        assert_eq!(frames.due(now), Some(now));
    }
}
