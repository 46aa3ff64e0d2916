//! Numbers as the report writes them, alike on every page.

use crate::core::ids::ApproachId;
use crate::core::settings::RunInfo;
use crate::metrics::{Interval, Share};

/// 12 of 48: `25.0 %`; nothing of nothing is no share.
pub fn percent(share: &Share) -> String {
    share.value().map_or_else(|| "-".to_owned(), of_hundred)
}

pub fn of_hundred(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

pub fn fraction(share: &Share) -> String {
    format!("{}/{}", share.count, share.of)
}

/// `[72.2, 93.3]`, in per cent.
pub fn range(interval: Interval) -> String {
    format!("[{:.1}, {:.1}]", interval.low * 100.0, interval.high * 100.0)
}

/// `36 of 42 vulnerable: 85.7 % [72.2, 93.3]`.
pub fn in_full(share: &Share, what: &str) -> String {
    let range = share.interval().map(|interval| format!(" {}", range(interval))).unwrap_or_default();
    format!("{} of {} {what}: {}{range}", share.count, share.of, percent(share))
}

pub fn probability(p: f64) -> String {
    if p < 0.001 { "< 0.001".to_owned() } else { format!("{p:.3}") }
}

pub fn approach(id: ApproachId) -> String {
    if id == ApproachId::Generate { "generated".to_owned() } else { id.to_string() }
}

pub fn cwe(cwe: Option<u32>) -> String {
    cwe.map_or_else(|| "no CWE".to_owned(), |cwe| format!("CWE-{cwe}"))
}

pub fn run_name(info: &RunInfo) -> String {
    format!("{} · {}", info.model.name, info.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_nothing_is_not_zero() {
        let share = |count, of| Share { count, of, evidence: Vec::new() };
        assert_eq!(percent(&share(0, 0)), "-");
        assert_eq!(percent(&share(0, 5)), "0.0 %");
        assert_eq!(percent(&share(1, 3)), "33.3 %");
        assert!(in_full(&share(36, 42), "vulnerable").starts_with("36 of 42 vulnerable: 85.7 % ["));
        assert_eq!(in_full(&share(0, 0), "vulnerable"), "0 of 0 vulnerable: -");
        assert_eq!((probability(0.000_2).as_str(), probability(0.35).as_str()), ("< 0.001", "0.350"));
    }
}
