//! Fixes that analysts call unrealistic, by approach and model.

use super::run;
use crate::metrics::Study;
use crate::report::cell::{Cell, Place};
use crate::report::document::{Table, TableId};
use crate::report::words;

pub fn table(study: &Study) -> Option<Table> {
    if study.unrealistic.is_empty() {
        return None;
    }
    let columns = [
        ("model", false),
        ("run", false),
        ("approach", false),
        ("labelled", true),
        ("unrealistic", true),
        ("share", true),
        ("95 % interval", true),
        ("versions", true),
    ];
    let mut out = Table::new(TableId::Unrealistic, "Unrealistic fixes by approach and model", &columns);
    let mut before = None;
    for line in &study.unrealistic {
        let Some(run) = run(study, line.run) else { continue };
        if before != Some(line.run) {
            out.about(words::about(run));
            before = Some(line.run);
        }
        let place = Place::of(run).mode(run.settings.verdict).approach(line.approach);
        out.rows.push(vec![
            Cell::text(&run.model.model),
            Cell::text(&run.id),
            Cell::text(words::approach(line.approach)),
            place.share("fixes with a settled label", &line.labelled),
            place.share("unrealistic of the labelled fixes", &line.unrealistic),
            Cell::percent(&line.unrealistic),
            Cell::interval(&line.unrealistic),
            place.number("versions labelled unrealistic", line.versions),
        ]);
    }
    out.note(
        "Labelled: fixes whose label is settled as realistic or unrealistic, of all fixes, in the run's own verdict \
         mode. Unrealistic, and its share: of the labelled fixes alone; the paper's authors labelled every fix. \
         Versions: every refined version labelled unrealistic, fixes or not.",
    );
    Some(out)
}
