//! Which failures are worth another try, and how long to wait for it.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};

/// Longest wait between two tries.
const LONGEST: Duration = Duration::from_secs(60);
/// Longest wait that a server's `Retry-After` may ask for.
pub(super) const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// A status that may be gone at the next try.
pub(super) fn passing(status: u16) -> bool {
    matches!(status, 408 | 409 | 425 | 429 | 500..=599)
}

pub(super) struct Waits(ExponentialBackoff);

impl Waits {
    pub fn new(first: Duration) -> Self {
        Self(
            ExponentialBuilder::new()
                .with_jitter()
                .with_factor(2.0)
                .with_min_delay(first)
                .with_max_delay(LONGEST)
                .without_max_times()
                .build(),
        )
    }

    /// The next wait: what the server asked for when it is longer than the backoff, within limits.
    pub fn next(&mut self, asked: Option<Duration>) -> Duration {
        let own = self.0.next().unwrap_or(LONGEST).min(LONGEST);
        asked.map_or(own, |asked| own.max(asked.min(LONGEST_ASKED)))
    }
}

/// `Retry-After` as seconds or as an HTTP date (RFC 9110, section 10.2.3); rubbish counts as absent.
pub(super) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.clamp(0.0, 1e9)));
    }
    let at = jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(value).ok()?;
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_reads_seconds_and_dates() {
        let now: jiff::Timestamp = "1994-11-06T08:49:30Z".parse().unwrap();
        assert_eq!(retry_after("7", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after(" 0.5 ", now), Some(Duration::from_millis(500)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(Duration::ZERO));
        for rubbish in ["soon", "-3", "", "NaN"] {
            assert_eq!(retry_after(rubbish, now), None, "{rubbish}");
        }
        assert!(retry_after("1e300", now).is_some());
    }

    #[test]
    fn waits_grow_to_a_limit_and_obey_the_server_within_another() {
        let mut waits = Waits::new(Duration::from_millis(500));
        let first = waits.next(None);
        assert!((500..=1000).contains(&first.as_millis()), "{first:?}");
        for _ in 0..40 {
            assert!(waits.next(None) <= LONGEST);
        }
        assert_eq!(waits.next(None), LONGEST);
        assert_eq!(waits.next(Some(Duration::from_secs(90))), Duration::from_secs(90));
        assert_eq!(waits.next(Some(Duration::from_secs(9000))), LONGEST_ASKED);
    }

    #[test]
    fn which_statuses_pass() {
        let all: Vec<u16> = (400..=504).filter(|s| passing(*s)).collect();
        assert_eq!(all, [408, 409, 425, 429, 500, 501, 502, 503, 504]);
    }
}
