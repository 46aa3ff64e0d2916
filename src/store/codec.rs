//! The stored form of an event: its kind, the version of that form, and a JSON payload in which every text
//! stands as its content hash. The forms of version 1 are pinned by the tests below: where a change of the enum
//! would alter one, that kind gets version 2 here and version 1 keeps a reader of its own.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use crate::core::event::Event;
use crate::core::label::Link;
use crate::core::text::Text;

/// An event as it lies in the table.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    pub kind: &'static str,
    pub version: i64,
    pub author: Option<String>,
    pub payload: String,
}

/// Every text of the event that is kept by its hash, in a fixed order.
fn texts(event: &mut Event) -> Vec<&mut Text> {
    match event {
        Event::Asked(e) => e.request.parts.iter_mut().map(|part| &mut part.text).collect(),
        Event::Answered(e) => vec![&mut e.text],
        Event::CallFailed(e) => e.partial.iter_mut().collect(),
        Event::Extracted(e) => e.code.iter_mut().collect(),
        Event::Proposed(e) => e.solutions.iter_mut().map(|solution| &mut solution.text).collect(),
        Event::Executed(e) => vec![&mut e.execution.stdout.text, &mut e.execution.stderr.text],
        Event::Checked(_)
        | Event::Scanned(_)
        | Event::Rescanned(_)
        | Event::Stopped(_)
        | Event::Failed(_)
        | Event::Labelled(_)
        | Event::LabelUndone(_)
        | Event::LabelRedone(_)
        | Event::Revealed(_) => Vec::new(),
    }
}

/// Rounds what decimal digits would not carry exactly, so that what is read back equals what was told.
pub fn normalise(event: &mut Event) {
    let all = match event {
        Event::Answered(e) => vec![&mut e.seconds],
        Event::CallFailed(e) => vec![&mut e.seconds],
        Event::Labelled(e) => vec![&mut e.seconds],
        Event::Executed(e) => vec![&mut e.execution.seconds, &mut e.execution.cpu_seconds],
        _ => return,
    };
    for seconds in all {
        // Beyond 10^8 seconds the six decimals would need more digits than a double has.
        let finite = if seconds.is_finite() { seconds.clamp(-1e8, 1e8) } else { 0.0 };
        // Adding zero turns -0.0 into 0.0.
        *seconds = (finite * 1e6).round() / 1e6 + 0.0;
    }
}

fn json<T: Serialize>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::BrokenEvent {
        id: 0,
        kind: std::any::type_name::<T>().to_owned(),
        message: error.to_string(),
    })
}

/// The stored form, and the texts that it names by hash.
pub fn encode(event: &Event) -> Result<(Stored, Vec<(String, Text)>), StoreError> {
    let mut event = event.clone();
    let mut blobs = Vec::new();
    for text in texts(&mut event) {
        let hash = text.hash();
        blobs.push((hash.clone(), std::mem::replace(text, Text::from(hash))));
    }
    Ok((Hollow { id: 0, event }.stored()?, blobs))
}

/// A decoded event whose texts are still hashes.
#[derive(Debug, Clone)]
pub struct Hollow {
    id: i64,
    event: Event,
}

/// `id` is the event's number in the store, for the error.
pub fn decode(id: i64, kind: &str, version: i64, payload: &str) -> Result<Hollow, StoreError> {
    fn read<T: DeserializeOwned>(id: i64, kind: &str, payload: &str) -> Result<T, StoreError> {
        serde_json::from_str(payload).map_err(|error| StoreError::BrokenEvent {
            id,
            kind: kind.to_owned(),
            message: error.to_string(),
        })
    }
    let event = match (kind, version) {
        ("asked", 1) => Event::Asked(read(id, kind, payload)?),
        ("answered", 1) => Event::Answered(read(id, kind, payload)?),
        ("call-failed", 1) => Event::CallFailed(read(id, kind, payload)?),
        ("extracted", 1) => Event::Extracted(read(id, kind, payload)?),
        ("checked", 1) => Event::Checked(read(id, kind, payload)?),
        ("scanned", 1) => Event::Scanned(read(id, kind, payload)?),
        ("rescanned", 1) => Event::Rescanned(read(id, kind, payload)?),
        ("executed", 1) => Event::Executed(Box::new(read(id, kind, payload)?)),
        ("proposed", 1) => Event::Proposed(read(id, kind, payload)?),
        ("stopped", 1) => Event::Stopped(read(id, kind, payload)?),
        ("failed", 1) => Event::Failed(read(id, kind, payload)?),
        ("labelled", 1) => Event::Labelled(read(id, kind, payload)?),
        ("label-undone", 1) => Event::LabelUndone(read(id, kind, payload)?),
        ("label-redone", 1) => Event::LabelRedone(read(id, kind, payload)?),
        ("revealed", 1) => Event::Revealed(read(id, kind, payload)?),
        _ => return Err(StoreError::UnknownEvent { id, kind: kind.to_owned(), version }),
    };
    Ok(Hollow { id, event })
}

/// Version and hash of the guideline that a label was given under; the rest of it is not read.
pub fn guideline(id: i64, version: i64, payload: &str) -> Result<Option<(u32, String)>, StoreError> {
    #[derive(serde::Deserialize)]
    struct Under<'a> {
        guideline: Option<u32>,
        #[serde(borrow)]
        guideline_hash: Option<std::borrow::Cow<'a, str>>,
    }
    let kind = "labelled".to_owned();
    if version != 1 {
        return Err(StoreError::UnknownEvent { id, kind, version });
    }
    let broken = |error: serde_json::Error| StoreError::BrokenEvent { id, kind, message: error.to_string() };
    let Under { guideline, guideline_hash } = serde_json::from_str(payload).map_err(broken)?;
    Ok(guideline.zip(guideline_hash.map(std::borrow::Cow::into_owned)))
}

impl Hollow {
    pub fn stored(&self) -> Result<Stored, StoreError> {
        let payload = match &self.event {
            Event::Asked(e) => json(e),
            Event::Answered(e) => json(e),
            Event::CallFailed(e) => json(e),
            Event::Extracted(e) => json(e),
            Event::Checked(e) => json(e),
            Event::Scanned(e) | Event::Rescanned(e) => json(e),
            Event::Executed(e) => json(e),
            Event::Proposed(e) => json(e),
            Event::Stopped(e) => json(e),
            Event::Failed(e) => json(e),
            Event::Labelled(e) => json(e),
            Event::LabelUndone(e) | Event::LabelRedone(e) => json(e),
            Event::Revealed(e) => json(e),
        }?;
        let author = self.event.author().map(str::to_owned);
        Ok(Stored { kind: self.event.kind(), version: 1, author, payload })
    }

    pub fn link(&self) -> Option<&Link> {
        self.event.link()
    }

    /// Whether its text is a version of the code.
    pub fn is_code(&self) -> bool {
        matches!(self.event, Event::Extracted(_))
    }

    /// The hashes of the texts that [`Hollow::fill`] will ask for.
    pub fn hashes(&mut self) -> Vec<String> {
        texts(&mut self.event).into_iter().map(|text| text.to_string()).collect()
    }

    pub fn fill(mut self, find: impl Fn(&str) -> Option<Text>) -> Result<Event, StoreError> {
        let id = self.id;
        for text in texts(&mut self.event) {
            match find(text) {
                Some(found) => *text = found,
                None => return Err(StoreError::MissingText { id, hash: text.to_string() }),
            }
        }
        Ok(self.event)
    }
}

#[cfg(test)]
mod tests;
