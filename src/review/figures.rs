//! How an annotator works: labels an hour, seconds a label, drift against oneself and against what was settled.

use serde::Serialize;

use crate::core::label::LabelVerdict;

/// Longer pauses between two labels are none of the work.
pub const PAUSE: f64 = 300.0;

/// Upper ends of the distribution's classes, in seconds; the last class has none.
pub const CLASSES: [f64; 6] = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0];

/// One label as the figures need it, in the order of the giving.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Given {
    pub at: jiff::Timestamp,
    pub seconds: f64,
    /// `None`: skipped.
    pub verdict: Option<LabelVerdict>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Figures {
    pub labels: u32,
    pub realistic: u32,
    pub unrealistic: u32,
    pub unsure: u32,
    pub skipped: u32,
    /// `None` before the second label.
    pub per_hour: Option<f64>,
    pub median_seconds: Option<f64>,
    /// Labels in each class of [`CLASSES`], and above the last.
    pub distribution: [u32; CLASSES.len() + 1],
}

impl Figures {
    pub fn of(given: &[Given]) -> Self {
        let mut figures = Self { labels: given.len() as u32, ..Self::default() };
        for one in given {
            match one.verdict {
                Some(LabelVerdict::Realistic) => figures.realistic += 1,
                Some(LabelVerdict::Unrealistic) => figures.unrealistic += 1,
                Some(LabelVerdict::Unsure) => figures.unsure += 1,
                None => figures.skipped += 1,
            }
            let class = CLASSES.iter().position(|end| one.seconds <= *end).unwrap_or(CLASSES.len());
            figures.distribution[class] += 1;
        }
        let worked: f64 = given
            .windows(2)
            .map(|pair| pair[1].at.duration_since(pair[0].at).as_secs_f64())
            .fold(0.0, |sum, gap| sum + gap.clamp(0.0, PAUSE));
        if given.len() > 1 && worked > 0.0 {
            figures.per_hour = Some((given.len() - 1) as f64 * 3600.0 / worked);
        }
        let mut seconds: Vec<f64> = given.iter().map(|one| one.seconds).collect();
        figures.median_seconds = median(&mut seconds);
        figures
    }
}

/// `None` of nothing. Leaves the order of `all` open.
fn median(all: &mut [f64]) -> Option<f64> {
    if all.is_empty() {
        return None;
    }
    let (middle, even) = (all.len() / 2, all.len().is_multiple_of(2));
    let (below, upper, _) = all.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = below.iter().copied().max_by(f64::total_cmp).filter(|_| even);
    Some(lower.map_or(*upper, |lower| (lower + *upper) / 2.0))
}

/// How often the same was said again: of repeats against the first label, of gold against the adjudicated one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Drift {
    pub repeats: u32,
    pub repeats_same: u32,
    pub gold: u32,
    pub gold_same: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(at: i64, seconds: f64) -> Given {
        let at = jiff::Timestamp::from_second(at).unwrap();
        Given { at, seconds, verdict: Some(LabelVerdict::Realistic) }
    }

    #[test]
    fn a_break_is_no_work_and_the_first_label_has_no_time_before_it() {
        let figures = Figures::of(&[given(0, 4.0), given(30, 30.0), given(60, 25.0), given(9060, 200.0)]);
        assert_eq!(figures.per_hour, Some(3.0 * 3600.0 / 360.0));
        assert_eq!(figures.median_seconds, Some(27.5));
        assert_eq!(figures.distribution, [1, 0, 0, 2, 0, 0, 1]);
        assert_eq!((figures.labels, figures.realistic, figures.skipped), (4, 4, 0));
        let none = Figures::of(&[]);
        assert_eq!((none.per_hour, none.median_seconds), (None, None));
        assert_eq!(Figures::of(&[given(0, 4.0)]).per_hour, None);
        let skipped = Figures::of(&[Given { verdict: None, ..given(0, 1.0) }]);
        assert_eq!((skipped.labels, skipped.skipped), (1, 1));
    }
}
