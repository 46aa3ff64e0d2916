//! Why fixes are called unrealistic.

use crate::core::settings::RunInfo;
use crate::metrics::reasons::Why;
use crate::report::cell::{Cell, Place};
use crate::report::document::{Table, TableId};
use crate::report::words;

pub fn table(runs: &[RunInfo], why: &[Why]) -> Option<Table> {
    let columns =
        [("run", false), ("approach", false), ("reason", false), ("versions", true), ("share", true), ("labels", true)];
    let mut out = Table::new(TableId::Reasons, "Reasons for unrealistic", &columns);
    for line in why {
        let Some(run) = runs.iter().find(|run| run.id == line.run) else { continue };
        let place = Place::of(run).approach(line.approach);
        let none = ("none given", line.without, None);
        let named = line.reasons.iter().map(|count| (count.reason.as_str(), count.versions, Some(count.labels)));
        for (reason, versions, labels) in named.chain(Some(none).filter(|_| line.without > 0)) {
            out.rows.push(vec![
                Cell::text(&run.id),
                Cell::text(words::approach(line.approach)),
                Cell::text(reason),
                place.part(&format!("versions unrealistic, reason {reason}"), versions, line.versions),
                Cell::part_percent(versions, line.versions),
                match labels {
                    Some(labels) => place.number(&format!("labels unrealistic, reason {reason}"), labels),
                    None => Cell::text("–"),
                },
            ]);
        }
    }
    out.note(
        "Of the versions that somebody labels unrealistic, fixes or not; a version has every reason that one of its \
         labels names, so shares may add up to more than 100 %. Ids of the guideline: `fdsp guideline`.",
    );
    (!out.rows.is_empty()).then_some(out)
}
