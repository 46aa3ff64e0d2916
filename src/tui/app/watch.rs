//! How long an item was looked at.

use std::time::Duration;

/// Longer than this without a key counts no further: nobody may be there.
pub const IDLE: Duration = Duration::from_secs(5 * 60);

/// Runs while the item is in sight and somebody presses keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    counted: Duration,
    /// Since when it counts; `None` while the item is out of sight.
    from: Option<Duration>,
}

impl Watch {
    pub fn new(now: Duration) -> Self {
        Self { counted: Duration::ZERO, from: Some(now) }
    }

    /// Somebody pressed a key.
    pub fn key(&mut self, now: Duration) {
        if let Some(from) = self.from {
            self.counted += now.saturating_sub(from).min(IDLE);
            self.from = Some(now);
        }
    }

    /// The item came into sight, went out of it, or neither.
    pub fn in_sight(&mut self, seen: bool, now: Duration) {
        match (seen, self.from) {
            (true, None) => self.from = Some(now),
            (false, Some(_)) => {
                self.key(now);
                self.from = None;
            }
            _ => {}
        }
    }

    pub fn seconds(&self) -> f64 {
        self.counted.as_secs_f64()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_what_was_in_sight_and_no_long_silence() {
        let at = Duration::from_secs;
        let mut watch = Watch::new(at(10));
        watch.key(at(14));
        assert!((watch.seconds() - 4.0).abs() < 1e-9);
        watch.in_sight(false, at(16));
        watch.key(at(30));
        watch.in_sight(false, at(40));
        watch.in_sight(true, at(50));
        watch.in_sight(true, at(51));
        watch.key(at(53));
        assert!((watch.seconds() - 9.0).abs() < 1e-9);
        watch.key(at(53) + 2 * IDLE);
        watch.key(at(54) + 2 * IDLE);
        assert!((watch.seconds() - 310.0).abs() < 1e-9);
    }
}
