//! The chain of an annotator's label events over a run: each names the one before by its hash, so that an edit or a gap
//! shows, and the same event is known again in another store.

use std::collections::{HashMap, HashSet};

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

/// A label event as every store tells it alike.
#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    /// That of its link; of what it says where it is older than the chain.
    pub id: String,
    pub run: String,
    pub item: String,
    pub stream: StreamId,
    pub at: jiff::Timestamp,
    /// The id of the label that it replaces, takes back or puts back.
    pub about: Option<String>,
    /// With its link; its event numbers say nothing.
    pub event: Event,
}

impl Told {
    pub fn is_chained(&self) -> bool {
        self.event.link().is_some()
    }

    pub fn author(&self) -> &str {
        self.event.author().unwrap_or_default()
    }

    pub fn prev(&self) -> Option<&str> {
        self.event.link()?.prev.as_deref()
    }

    /// The id that goes with what it says. What is older than the chain has no part in the id of what is about it:
    /// `about_chained` is false for that.
    pub fn true_id(&self, about_chained: bool) -> String {
        let place = Place { run: &self.run, item: &self.item, stream: self.stream, at: self.at };
        let about = self.about.as_deref().filter(|_| about_chained || !self.is_chained());
        id(&place, &self.event, about, self.prev())
    }

    /// Where all come alike: by run, author and time.
    pub fn order(&self) -> (&str, &str, jiff::Timestamp, &str) {
        (&self.run, self.author(), self.at, &self.id)
    }
}

/// What is wrong with a label event of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wrong {
    /// What it says does not go with its id.
    Edited,
    /// The event before it in the chain is missing.
    NoPrev(String),
    /// It follows an event of somebody else or of another run.
    OtherChain(String),
    /// The label that it is about is missing, or is none of its item's.
    NoLabel,
}

impl Wrong {
    /// Whether something is missing, and nothing was changed.
    pub fn is_gap(&self) -> bool {
        matches!(self, Self::NoPrev(_) | Self::NoLabel)
    }
}

/// A few letters of an id, for people.
pub fn short(id: &str) -> String {
    id.chars().take(12).collect()
}

impl std::fmt::Display for Wrong {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Edited => f.write_str("what it says does not go with its id: it was changed after it was given"),
            Self::NoPrev(prev) => write!(f, "the event before it in the chain ({}) is missing", short(prev)),
            Self::OtherChain(prev) => {
                write!(f, "the event before it ({}) is not of the same annotator and run", short(prev))
            }
            Self::NoLabel => f.write_str("the label that it replaces or takes back is missing"),
        }
    }
}

/// Label events by their ids.
pub type Known<'a> = HashMap<&'a str, &'a Told>;

/// What is wrong with an event among all that are known, itself too; at most one thing, the gravest.
pub fn wrong(told: &Told, known: &Known<'_>) -> Option<Wrong> {
    let about = told.about.as_deref().map(|id| {
        let label = known.get(id).filter(|label| matches!(label.event, Event::Labelled(_)));
        label.filter(|label| (&label.run, &label.item) == (&told.run, &told.item))
    });
    let turns = matches!(told.event, Event::LabelUndone(_) | Event::LabelRedone(_));
    if about.is_some_and(|label| label.is_none()) || (turns && about.is_none()) {
        return Some(Wrong::NoLabel);
    }
    if told.id != told.true_id(about.flatten().is_some_and(|label| label.is_chained())) {
        return Some(Wrong::Edited);
    }
    let prev = told.prev()?;
    match known.get(prev) {
        None => Some(Wrong::NoPrev(prev.to_owned())),
        Some(before) if (&before.run, before.author()) == (&told.run, told.author()) => None,
        Some(_) => Some(Wrong::OtherChain(prev.to_owned())),
    }
}

/// The ids of a chain that nothing follows: one, or several where an author labelled in two stores.
pub fn ends<'a>(chain: impl IntoIterator<Item = &'a Told>) -> Vec<&'a str> {
    let chain: Vec<&Told> = chain.into_iter().filter(|told| told.is_chained()).collect();
    let followed: HashSet<&str> = chain.iter().filter_map(|told| told.prev()).collect();
    let mut ends: Vec<&str> = chain.iter().map(|told| told.id.as_str()).filter(|id| !followed.contains(id)).collect();
    ends.sort_unstable();
    ends
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
