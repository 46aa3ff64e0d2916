//! Collects items and quarantined rows over the files of a data set.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};

use super::rows::{self, Fault};
use super::shape::{Shape, quoted};
use super::source::Source;
use super::split::{Cut, Layout, RawRow, Splitter};
use super::{Dataset, DatasetError, Format, MAX_ROW, Quarantined};
use crate::core::item::Item;
use crate::core::text::sha256_hex;

/// Where a row stands.
#[derive(Debug, Clone, Default)]
pub struct Place {
    pub file: String,
    pub line: Option<u64>,
    pub index: Option<usize>,
}

impl Place {
    fn words(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub struct Gather {
    items: Vec<Item>,
    quarantined: Vec<Quarantined>,
    /// The place of every id that was loaded, and the number of its item.
    taken: HashMap<String, (Place, usize)>,
    hashes: Vec<(String, String)>,
}

impl Gather {
    pub fn quarantine(&mut self, place: &Place, fault: Fault) {
        let Place { file, line, index } = place.clone();
        self.quarantined.push(Quarantined { file, line, index, field: fault.field, reason: fault.reason });
    }

    /// Takes an item; `field` is the one that holds ids. A second item of the same id is quarantined.
    pub fn take(&mut self, place: Place, field: Option<&str>, item: Item) {
        if let Some((first, _)) = self.taken.get(&item.id) {
            let reason = format!("the id {} is taken by {}", quoted(&item.id), first.words());
            let fault = Fault { field: field.map(str::to_owned), reason };
            return self.quarantine(&place, fault);
        }
        self.taken.insert(item.id.clone(), (place, self.items.len()));
        self.items.push(item);
    }

    pub fn item_mut(&mut self, id: &str) -> Option<&mut Item> {
        self.items.get_mut(self.taken.get(id)?.1)
    }

    /// Completes every item that a file brought; one that cannot be completed is quarantined at its place.
    pub fn items_of(
        &mut self,
        file: &str,
        mut each: impl FnMut(&mut Vec<(String, String)>, &mut Item) -> Result<(), Fault>,
    ) {
        let mut faults = Vec::new();
        for item in &mut self.items {
            let Some((place, _)) = self.taken.get(&item.id).filter(|(place, _)| place.file == file) else { continue };
            if let Err(fault) = each(&mut self.hashes, item) {
                faults.push((item.id.clone(), place.clone(), fault));
            }
        }
        for (id, place, fault) in faults {
            self.items.retain(|item| item.id != id);
            self.quarantine(&place, fault);
        }
        for (at, item) in self.items.iter().enumerate() {
            if let Some((_, number)) = self.taken.get_mut(&item.id) {
                *number = at;
            }
        }
    }

    pub fn hashed(&mut self, relative: &str, hash: String) {
        self.hashes.push((relative.to_owned(), hash));
    }

    /// Reads the rows of a file; `shown` is its name in reports, `relative` in the hash.
    pub fn file(
        &mut self,
        path: &Path,
        shown: &str,
        relative: &str,
        layout: Layout,
        shape: &Shape,
    ) -> Result<(), DatasetError> {
        let take = |gather: &mut Self, place: Place, row: Result<Map<String, Value>, Fault>| match row
            .and_then(|row| shape.item(row))
        {
            Ok(item) => gather.take(place, Some(&shape.id), item),
            Err(fault) => gather.quarantine(&place, fault),
        };
        self.rows(path, shown, relative, layout, shape.mac_roman, take)
    }

    /// Reads the rows of a file and hands over each with its place.
    pub fn rows(
        &mut self,
        path: &Path,
        shown: &str,
        relative: &str,
        layout: Layout,
        roman: bool,
        mut each: impl FnMut(&mut Self, Place, Result<Map<String, Value>, Fault>),
    ) -> Result<(), DatasetError> {
        let file = File::open(path).map_err(DatasetError::io(path))?;
        let mut source = Source::new(file).map_err(DatasetError::io(path))?;
        let mut reader = Rows::begin(&mut source, layout, roman).map_err(|error| match error {
            Begin::Io(source) => DatasetError::Io { path: path.to_owned(), source },
            Begin::Header(reason) => DatasetError::unusable(path, reason),
        })?;
        while let Some((row, decoded)) = reader.next(&mut source).map_err(DatasetError::io(path))? {
            if row.cut == Some(Cut::NoArray) {
                let reason =
                    format!("line {}: the file does not begin with `[`; name the format with --format", row.line);
                return Err(DatasetError::unusable(path, reason));
            }
            let place = Place { file: shown.to_owned(), line: Some(row.line), index: Some(reader.index - 1) };
            each(self, place, decoded);
        }
        let hash = source.finish().map_err(DatasetError::io(path))?;
        self.hashed(relative, hash);
        Ok(())
    }

    /// Reads JSON Lines that are part of the program.
    pub fn embedded(&mut self, shown: &str, text: &str, shape: &Shape) {
        for (index, line) in text.lines().enumerate() {
            let place = Place { file: shown.to_owned(), line: Some(index as u64 + 1), index: Some(index) };
            match rows::json(line.as_bytes(), super::source::Encoding::Utf8).and_then(|row| shape.item(row)) {
                Ok(item) => self.take(place, Some(&shape.id), item),
                Err(fault) => self.quarantine(&place, fault),
            }
        }
        self.hashed(shown, sha256_hex(text));
    }

    pub fn finish(self, name: String, format: Format) -> Dataset {
        let hash = match self.hashes.as_slice() {
            [(_, hash)] => hash.clone(),
            several => {
                let mut listing = String::new();
                for (relative, hash) in several {
                    let _ = writeln!(listing, "{hash}  {relative}");
                }
                sha256_hex(listing)
            }
        };
        let read = self.items.len() + self.quarantined.len();
        Dataset { name, format, hash, items: self.items, read, quarantined: self.quarantined }
    }
}

/// The rows of one stream, decoded.
struct Rows {
    splitter: Splitter,
    header: Option<Vec<String>>,
    roman: bool,
    /// Rows so far, without a header.
    index: usize,
}

enum Begin {
    Io(io::Error),
    Header(String),
}

impl Rows {
    fn begin<R: Read>(source: &mut Source<R>, layout: Layout, roman: bool) -> Result<Self, Begin> {
        let mut splitter = Splitter::new(layout, MAX_ROW);
        let mut header = None;
        if layout == Layout::Csv
            && let Some(row) = splitter.next(source).map_err(Begin::Io)?
        {
            header = Some(
                csv_header(&row, source)
                    .map_err(|fault| Begin::Header(format!("line {}: the header: {}", row.line, fault.reason)))?,
            );
        }
        Ok(Self { splitter, header, roman, index: 0 })
    }

    #[expect(clippy::type_complexity, reason = "a row as cut and as decoded; a name would say no more")]
    fn next<R: Read>(
        &mut self,
        source: &mut Source<R>,
    ) -> io::Result<Option<(RawRow, Result<Map<String, Value>, Fault>)>> {
        let Some(row) = self.splitter.next(source)? else { return Ok(None) };
        self.index += 1;
        let decoded = match (rows::cut_fault(&row), &self.header) {
            (Some(fault), _) => Err(fault),
            (None, Some(header)) => rows::csv(&row.bytes, source.encoding(), header, self.roman),
            (None, None) => rows::json(&row.bytes, source.encoding()),
        };
        Ok(Some((row, decoded)))
    }
}

fn csv_header<R: Read>(row: &RawRow, source: &Source<R>) -> Result<Vec<String>, Fault> {
    if let Some(fault) = rows::cut_fault(row) {
        return Err(fault);
    }
    let names = rows::csv_fields(&row.bytes, source.encoding(), None, false)?;
    let mut header: Vec<String> = Vec::with_capacity(names.len());
    for (at, name) in names.into_iter().enumerate() {
        let name = if name.trim().is_empty() { format!("column {}", at + 1) } else { name.trim().to_owned() };
        if header.contains(&name) {
            return Err(Fault::row(format!("{} names two columns; rename one", quoted(&name))));
        }
        header.push(name);
    }
    Ok(header)
}
