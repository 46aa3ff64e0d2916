//! Decodes one row: bytes to named values, or the fault that quarantines it.

use std::fmt;

use serde::Deserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::MAX_ROW;
use super::source::{Encoding, mac_roman};
use super::split::{Cut, RawRow};

/// Why a row is quarantined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub field: Option<String>,
    pub reason: String,
}

impl Fault {
    pub fn row(reason: impl Into<String>) -> Self {
        Self { field: None, reason: reason.into() }
    }

    pub fn field(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { field: Some(field.into()), reason: reason.into() }
    }
}

/// The fault of a row that could not even be cut out whole.
pub fn cut_fault(row: &RawRow) -> Option<Fault> {
    let reason = match row.cut? {
        Cut::TooLong => format!("the row is longer than {} MiB; shorten or remove it", MAX_ROW >> 20),
        Cut::Unfinished => {
            "the file ends inside this row; whatever follows its beginning counts as part of it".to_owned()
        }
        Cut::Nothing => "there is no element between two commas of the array; remove one".to_owned(),
        Cut::Unclosed => "the file ends before the array is closed; rows may be missing".to_owned(),
        Cut::Trailing => "text after the end of the array; remove it, or the `]` before it".to_owned(),
        Cut::NoArray => "the file does not begin with `[`".to_owned(),
    };
    Some(Fault::row(reason))
}

pub fn json(bytes: &[u8], encoding: Encoding) -> Result<Map<String, Value>, Fault> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => {
            return Err(Fault { field: blame(text), reason: "a NUL byte; remove it".to_owned() });
        }
        Ok(text) => text,
        Err(error) => {
            let field = blame(&String::from_utf8_lossy(bytes));
            return Err(Fault { field, reason: bad_encoding(encoding, error.valid_up_to()) });
        }
    };
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let row = deserializer.deserialize_any(RowVisitor).and_then(|row| deserializer.end().map(|()| row));
    match row {
        Ok(Row::Map(map)) => Ok(map),
        Ok(Row::Twice(field)) => Err(Fault::field(field, "the field occurs twice in the row; remove one")),
        Ok(Row::Other(what)) => Err(Fault::row(format!("the row is {what}; a row is a JSON object"))),
        Err(error) => Err(Fault::row(format!("not valid JSON: {}", place(&error)))),
    }
}

/// The parser's message with its place inside the row, which may span lines.
fn place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
    if error.line() <= 1 {
        format!("{message} at column {}", error.column())
    } else {
        format!("{message} at line {} of the row, column {}", error.line(), error.column())
    }
}

fn bad_encoding(encoding: Encoding, at: usize) -> String {
    match encoding {
        Encoding::Utf8 => format!("not valid UTF-8 at byte {} of the row; save the file as UTF-8", at + 1),
        Encoding::Utf16 => format!("not valid UTF-16 after {at} bytes of the row as UTF-8; save the file as UTF-8"),
    }
}

/// The one field with a NUL or replacement character in it, when there is exactly one.
fn blame(text: &str) -> Option<String> {
    let text = text.replace('\0', "\u{FFFD}");
    let row: Map<String, Value> = serde_json::from_str(&text).ok()?;
    let mut fields = row.into_iter().filter(|(name, value)| {
        name.contains('\u{FFFD}') || value.as_str().is_some_and(|text| text.contains('\u{FFFD}'))
    });
    let (field, _) = fields.next()?;
    fields.next().is_none().then_some(field)
}

enum Row {
    Map(Map<String, Value>),
    Twice(String),
    Other(&'static str),
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Row, A::Error> {
        let mut map = Map::new();
        let mut twice = None;
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if map.contains_key(&name) {
                twice.get_or_insert_with(|| name.clone());
            }
            map.insert(name, value);
        }
        Ok(twice.map_or(Row::Map(map), Row::Twice))
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut access: A) -> Result<Row, A::Error> {
        while access.next_element::<serde::de::IgnoredAny>()?.is_some() {}
        Ok(Row::Other("an array"))
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Row, E> {
        Ok(Row::Other("a string"))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Row, E> {
        Ok(Row::Other("a boolean"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Row, E> {
        Ok(Row::Other("a number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Row, E> {
        Ok(Row::Other("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Row, E> {
        Ok(Row::Other("a number"))
    }

    fn visit_unit<E: Error>(self) -> Result<Row, E> {
        Ok(Row::Other("null"))
    }
}

/// The fields of one CSV record.
///
/// `roman` reads a field that is not UTF-8 as Mac Roman.
pub fn csv_fields(
    bytes: &[u8],
    encoding: Encoding,
    header: Option<&[String]>,
    roman: bool,
) -> Result<Vec<String>, Fault> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|error| Fault::row(format!("not valid CSV: {error}")))?;
    let name = |at: usize| header.and_then(|header| header.get(at)).cloned();
    let field = |(at, field): (usize, &[u8])| match std::str::from_utf8(field) {
        Ok(text) if text.contains('\0') => Err(Fault { field: name(at), reason: "a NUL byte; remove it".to_owned() }),
        Ok(text) => Ok(text.to_owned()),
        Err(_) if roman && encoding == Encoding::Utf8 => Ok(mac_roman(field)),
        Err(error) => Err(Fault {
            field: name(at),
            reason: bad_encoding(encoding, error.valid_up_to()).replace("of the row", "of the field"),
        }),
    };
    record.iter().enumerate().map(field).collect()
}

pub fn csv(bytes: &[u8], encoding: Encoding, header: &[String], roman: bool) -> Result<Map<String, Value>, Fault> {
    let fields = csv_fields(bytes, encoding, Some(header), roman)?;
    if fields.len() != header.len() {
        let missing = header.get(fields.len()).cloned();
        let reason = format!("the row has {} fields, the header names {}", fields.len(), header.len());
        return Err(Fault { field: missing, reason });
    }
    Ok(header.iter().cloned().zip(fields.into_iter().map(Value::String)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(row: &[u8]) -> (Option<String>, String) {
        let fault = json(row, Encoding::Utf8).unwrap_err();
        (fault.field, fault.reason)
    }

    #[test]
    fn faults_name_the_field_and_the_place() {
        assert_eq!(
            fault(b"{\"a\":1,\"b\":\"x\xffy\"}"),
            (Some("b".into()), "not valid UTF-8 at byte 14 of the row; save the file as UTF-8".into())
        );
        assert_eq!(fault(b"{\"a\":\"\0\"}"), (Some("a".into()), "a NUL byte; remove it".into()));
        assert_eq!(fault(b"{\"a\":1,\"a\":2}").0, Some("a".into()));
        assert_eq!(fault(b"[1]"), (None, "the row is an array; a row is a JSON object".into()));
        assert_eq!(fault(b"{\"a\":"), (None, "not valid JSON: EOF while parsing a value at column 5".into()));
        assert_eq!(fault(b"{}{}"), (None, "not valid JSON: trailing characters at column 3".into()));
        let deep = [b"{\"a\":".as_slice(), &b"[".repeat(100_000)].concat();
        assert_eq!(fault(&deep), (None, "not valid JSON: recursion limit exceeded at column 132".into()));
    }

    #[test]
    fn csv_rows_must_fit_the_header() {
        let header = ["id".to_owned(), "prompt".to_owned()];
        let short = csv(b"1", Encoding::Utf8, &header, false).unwrap_err();
        assert_eq!(short, Fault::field("prompt", "the row has 1 fields, the header names 2"));
        let long = csv(b"1,2,3", Encoding::Utf8, &header, false).unwrap_err();
        assert_eq!(long, Fault::row("the row has 3 fields, the header names 2"));
        let roman = csv(b"1,a\xd0b", Encoding::Utf8, &header, false).unwrap_err();
        assert_eq!(roman, Fault::field("prompt", "not valid UTF-8 at byte 2 of the field; save the file as UTF-8"));
        let row = csv(b"1,a\xd0b", Encoding::Utf8, &header, true).unwrap();
        assert_eq!(row["prompt"], "a–b");
    }
}
