//! Reads what `export` wrote, and believes nothing that it can check: hashes, numbering, counts, the order of calls.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use super::codec::{self, Stored};
use super::error::StoreError;
use super::export::{Blob, EventLine, Exported, FORM, Header, Line};
use super::writer::Work;
use super::{Store, append, read};
use crate::core::event::{Entry, Event};
use crate::core::fold::ItemState;
use crate::core::ids::StreamId;
use crate::core::item::Item;
use crate::core::settings::RunInfo;
use crate::core::text::{Text, sha256_hex};

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    pub run: String,
    /// The store had this very run already.
    pub known: bool,
}

#[derive(Debug)]
pub(super) struct EventOf {
    /// The item's place in the run, from 0.
    pub item: usize,
    pub seq: u32,
    pub at: jiff::Timestamp,
    pub stream: StreamId,
    pub stored: Stored,
}

/// A checked file, ready to be written.
#[derive(Debug)]
pub(super) struct Bundle {
    pub info: RunInfo,
    pub labels: bool,
    pub items: Vec<Item>,
    pub blobs: Vec<(String, Text)>,
    pub events: Vec<EventOf>,
    /// By item.
    pub states: Vec<ItemState>,
}

impl Store {
    /// Puts a run into the store from the lines that `export` wrote, compressed with gzip or not.
    ///
    /// The same run again is no error; another run of the same name is.
    pub async fn import(&self, bytes: &[u8]) -> Result<Imported, StoreError> {
        let bundle = parse(bytes)?;
        let run = bundle.info.id.clone();
        if self.has_run(&run).await? {
            self.same(&bundle).await?;
            return Ok(Imported { run, known: true });
        }
        self.write(Work::Import(Box::new(bundle))).await?;
        Ok(Imported { run, known: false })
    }

    /// Puts in the run that comes with the program, once, and freezes its run events. Returns its name.
    pub async fn import_recorded(&self, bytes: &[u8]) -> Result<String, StoreError> {
        let first = lines(bytes).next().unwrap_or(Ok(Vec::new())).map_err(|error| unreadable(1, &error))?;
        let run = header(&first)?.run.id;
        if self.has_run(&run).await? {
            return Ok(run);
        }
        let mut bundle = parse(bytes)?;
        bundle.info.recorded = true;
        match self.write(Work::Import(Box::new(bundle))).await {
            // Another process was faster.
            Ok(_) | Err(StoreError::RunExists { .. }) => Ok(run),
            Err(error) => Err(error),
        }
    }

    async fn has_run(&self, run: &str) -> Result<bool, StoreError> {
        let sql = "SELECT count(*) FROM run WHERE id = $1";
        let known: i64 = sqlx::query_scalar(sql).bind(run).fetch_one(&mut *self.reader().await?).await?;
        Ok(known > 0)
    }

    /// Compares a file with the run of that name in the store.
    async fn same(&self, bundle: &Bundle) -> Result<(), StoreError> {
        let mut db = self.reader().await?;
        let (key, mut info) = read::run(&mut db, &bundle.info.id).await?;
        info.recorded = bundle.info.recorded;
        let differs = |what: String| {
            let message = format!("there is a run `{}` in this store already, and {what}", bundle.info.id);
            Err(StoreError::Import { line: 1, message })
        };
        if info != bundle.info {
            return differs("its settings differ".to_owned());
        }
        if read::items(&mut db, key).await? != bundle.items {
            return differs("its items differ".to_owned());
        }
        let mut events: HashMap<usize, Vec<&EventOf>> = HashMap::new();
        for event in &bundle.events {
            events.entry(event.item).or_default().push(event);
        }
        for (at, item) in bundle.items.iter().enumerate() {
            let (item_key, _) = read::item(&mut db, (key, &info.id), &item.id).await?;
            let here = read::halves(&mut db, item_key, bundle.labels).await?;
            let there = events.remove(&at).unwrap_or_default();
            let mut same = here.len() == there.len();
            for (half, event) in here.iter().zip(there) {
                same &= half.at == event.at && half.stream == event.stream && half.hollow.stored()? == event.stored;
            }
            if !same {
                return differs(format!("its events of item `{}` differ", item.id));
            }
        }
        Ok(())
    }
}

/// Lines without their ends, out of gzip where the bytes are that.
fn lines(bytes: &[u8]) -> impl Iterator<Item = std::io::Result<Vec<u8>>> {
    let plain: Box<dyn Read> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(flate2::read::MultiGzDecoder::new(bytes))
    } else {
        Box::new(bytes)
    };
    BufReader::with_capacity(1 << 16, plain).split(b'\n')
}

fn wrong(line: usize, message: impl Into<String>) -> StoreError {
    StoreError::Import { line, message: message.into() }
}

fn unreadable(line: usize, error: &std::io::Error) -> StoreError {
    wrong(line, format!("cannot be read, the file is damaged or cut off: {error}"))
}

fn header(line: &[u8]) -> Result<Header, StoreError> {
    let hint = "this is not a run that `fdsp export` wrote";
    let value: serde_json::Value =
        serde_json::from_slice(line).map_err(|error| wrong(1, format!("{hint}: {error}")))?;
    match value.get("fdsp").and_then(serde_json::Value::as_u64) {
        Some(form) if form > u64::from(FORM) => {
            Err(wrong(1, format!("the file has form {form}, this program knows {FORM}; use a newer fdsp")))
        }
        Some(_) => serde_json::from_value(value).map_err(|error| wrong(1, format!("{hint}: {error}"))),
        None => Err(wrong(1, hint)),
    }
}

/// What has been read so far.
struct Reading {
    bundle: Bundle,
    places: HashMap<String, usize>,
    texts: HashMap<String, Text>,
}

fn parse(bytes: &[u8]) -> Result<Bundle, StoreError> {
    let mut lines = (1..).zip(lines(bytes));
    let first = lines.next().map_or(Ok(Vec::new()), |(at, line)| line.map_err(|error| unreadable(at, &error)))?;
    let Header { labels, run: info, .. } = header(&first)?;
    let bundle = Bundle { info, labels, items: Vec::new(), blobs: Vec::new(), events: Vec::new(), states: Vec::new() };
    let mut reading = Reading { bundle, places: HashMap::new(), texts: HashMap::new() };
    let mut last = 1;
    for (at, line) in &mut lines {
        let line = line.map_err(|error| unreadable(at, &error))?;
        last = at;
        match serde_json::from_slice(&line).map_err(|error| wrong(at, format!("cannot be read: {error}")))? {
            Line::Item(item) => reading.item(at, item)?,
            Line::Blob(blob) => reading.blob(at, blob)?,
            Line::Event(event) => reading.event(at, *event)?,
            Line::End(counts) => {
                if lines.next().is_some() {
                    return Err(wrong(at + 1, "something follows the end of the run"));
                }
                return reading.end(at, counts);
            }
        }
    }
    Err(wrong(last + 1, "the file is cut off: its end line is missing"))
}

impl Reading {
    fn item(&mut self, line: usize, item: Item) -> Result<(), StoreError> {
        if self.places.insert(item.id.clone(), self.bundle.items.len()).is_some() {
            return Err(wrong(line, format!("item `{}` stands here a second time", item.id)));
        }
        self.bundle.items.push(item);
        self.bundle.states.push(ItemState::default());
        Ok(())
    }

    fn blob(&mut self, line: usize, blob: Blob) -> Result<(), StoreError> {
        let hash = sha256_hex(&blob.text);
        if hash != blob.hash {
            return Err(wrong(line, format!("the text does not have the hash {}: it was changed", blob.hash)));
        }
        let text = Text::from(blob.text);
        if self.texts.insert(hash.clone(), text.clone()).is_some() {
            return Err(wrong(line, format!("the text {hash} stands here a second time")));
        }
        self.bundle.blobs.push((hash, text));
        Ok(())
    }

    fn event(&mut self, line: usize, event: EventLine) -> Result<(), StoreError> {
        let Some(place) = self.places.get(&event.item).copied() else {
            return Err(wrong(line, format!("the event's item `{}` is not among the items", event.item)));
        };
        let state = &mut self.bundle.states[place];
        if event.seq != state.last_seq + 1 {
            let message = format!("event {} of item `{}` should be {}", event.seq, event.item, state.last_seq + 1);
            return Err(wrong(line, format!("{message}: lines are missing or moved")));
        }
        let because = |error: StoreError| wrong(line, error.to_string());
        let hollow = codec::decode(0, &event.kind, event.version, &event.payload.to_string()).map_err(because)?;
        let mut stored = hollow.stored().map_err(because)?;
        let full = hollow.fill(|hash| self.texts.get(hash).cloned()).map_err(because)?;
        let mut exact = full.clone();
        codec::normalise(&mut exact);
        if exact != full {
            stored = codec::encode(&exact).map_err(because)?.0;
        }
        if full.is_label() && !self.bundle.labels {
            return Err(wrong(line, "a label in a file whose header says that there are none"));
        }
        let one: [(StreamId, Event); 1] = [(event.stream, exact)];
        append::check(&self.bundle.info, &event.item, state, &one).map_err(because)?;
        let [(stream, exact)] = one;
        state.apply(&Entry { seq: event.seq, at: event.at, stream, event: exact });
        self.bundle.events.push(EventOf { item: place, seq: event.seq, at: event.at, stream, stored });
        Ok(())
    }

    fn end(mut self, line: usize, counts: Exported) -> Result<Bundle, StoreError> {
        let bundle = &mut self.bundle;
        let found = Exported {
            items: bundle.items.len() as u64,
            blobs: bundle.blobs.len() as u64,
            events: bundle.events.len() as u64,
        };
        if found != counts {
            return Err(wrong(line, format!("lines are missing or doubled: {found:?} were read, {counts:?} written")));
        }
        // The store's order over items is that of time, which undo after a restart goes by. Inside an item the
        // numbers decide, even where a clock was set back.
        let mut latest: HashMap<usize, jiff::Timestamp> = HashMap::new();
        let mut order = Vec::with_capacity(bundle.events.len());
        for event in bundle.events.drain(..) {
            let moment = latest.get(&event.item).map_or(event.at, |before| event.at.max(*before));
            latest.insert(event.item, moment);
            order.push((moment, event));
        }
        order.sort_by_key(|(moment, event)| (*moment, event.item, event.seq));
        bundle.events.extend(order.into_iter().map(|(_, event)| event));
        Ok(self.bundle)
    }
}
