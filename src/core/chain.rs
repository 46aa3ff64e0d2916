//! The chain of an annotator's label events over a run: each names the one before by its hash, so that an edit or a gap
//! shows, and the same event is known again in another store.

use serde::Serialize;

use super::event::Event;
use super::ids::StreamId;
use super::text::sha256_hex;

/// Where a label event belongs; alike in every store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    pub run: &'a str,
    pub item: &'a str,
    pub stream: StreamId,
    pub at: jiff::Timestamp,
}

#[derive(Serialize)]
struct Said<'a> {
    run: &'a str,
    item: &'a str,
    #[serde(flatten)]
    stream: StreamId,
    /// Microseconds since 1970.
    at: i64,
    /// The id of the label that this one replaces, takes back or puts back.
    about: Option<&'a str>,
    prev: Option<&'a str>,
    event: &'a Event,
}

/// SHA-256 over what the event says, where it belongs, what it is about and what came before it in the chain, as
/// lowercase hex. Event numbers, which differ from store to store, are not part of it.
pub fn id(place: &Place<'_>, event: &Event, about: Option<&str>, prev: Option<&str>) -> String {
    let mut event = event.clone();
    event.set_about(None);
    if let Some(link) = event.link_mut() {
        *link = None;
    }
    let at = place.at.as_microsecond();
    let said = Said { run: place.run, item: place.item, stream: place.stream, at, about, prev, event: &event };
    // Types of ours, which always have a JSON form.
    sha256_hex(serde_json::to_string(&said).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::{ApproachId, Step};
    use crate::core::label::{Label, LabelVerdict};

    #[test]
    fn an_id_changes_with_everything_but_event_numbers() {
        let stream = StreamId::new(ApproachId::Fdsp, 1);
        let place = Place { run: "r", item: "i", stream, at: jiff::Timestamp::UNIX_EPOCH };
        let label = Label { verdict: Some(LabelVerdict::Realistic), ..Label::on("ana", Step::Generate, "c") };
        let told =
            |label: &Label, place: &Place<'_>, about, prev| id(place, &Event::Labelled(label.clone()), about, prev);
        let first = told(&label, &place, None, None);
        let numbered = Label { replaces: Some(4), ..label.clone() };
        assert_eq!(told(&numbered, &place, None, None), first);
        let others = [
            told(&Label { verdict: Some(LabelVerdict::Unsure), ..label.clone() }, &place, None, None),
            told(&Label { comment: Some("no".to_owned()), ..label.clone() }, &place, None, None),
            told(&label, &Place { item: "j", ..place }, None, None),
            told(&label, &Place { run: "s", ..place }, None, None),
            told(&label, &Place { at: jiff::Timestamp::from_microsecond(1).unwrap(), ..place }, None, None),
            told(&label, &place, Some("a"), None),
            told(&label, &place, None, Some("a")),
        ];
        let mut all: Vec<&String> = others.iter().chain([&first]).collect();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), others.len() + 1);
    }
}
