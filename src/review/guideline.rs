//! What annotators go by: the question, what each verdict means, and the reasons for an unrealistic fix. A TOML text,
//! known by its version and the hash of what it says.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::core::label::LabelVerdict;
use crate::core::text::sha256_hex;

pub const FILE_NAME: &str = "guideline.toml";
/// The guideline that holds where there is no other, as a file to edit.
pub const DEFAULT: &str = include_str!("guideline/default.toml");

/// Letters that do something else while reasons are chosen.
pub const TAKEN: [char; 4] = ['c', 'l', 'n', 'N'];
/// Rows of the panel.
const MOST: usize = 30;
/// Columns of the panel.
const LONGEST_NAME: usize = 40;
/// Digits of the hash that a label keeps.
const DIGITS: usize = 12;

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Guideline {
    pub version: u32,
    pub title: String,
    pub introduction: String,
    /// A label "unrealistic" needs a reason.
    pub require_reason: bool,
    pub verdicts: Verdicts,
    pub reasons: Vec<Reason>,
    /// The first 12 digits of the SHA-256 of `source`, lowercase.
    pub hash: String,
    /// The text it was read from.
    #[serde(skip)]
    pub source: String,
}

/// When each is to be given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdicts {
    #[serde(default)]
    pub realistic: String,
    #[serde(default)]
    pub unrealistic: String,
    #[serde(default)]
    pub unsure: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// What a label keeps; alike in every version of the guideline.
    pub id: String,
    /// The key that chooses it, an ASCII letter or digit.
    pub key: char,
    pub name: String,
    pub meaning: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// `FILE:LINE: FIELD: what is wrong and what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuidelineError {
    pub file: String,
    /// From 1.
    pub line: Option<usize>,
    /// E.g. `reason[2].key`; empty where the text is no TOML or a field is unknown or missing.
    pub field: String,
    pub message: String,
}

impl std::error::Error for GuidelineError {}

impl fmt::Display for GuidelineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        match self.field.as_str() {
            "" => write!(f, ": {}", self.message),
            field => write!(f, ": {field}: {}", self.message),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: Spanned<u32>,
    title: Spanned<String>,
    #[serde(default)]
    introduction: String,
    #[serde(default)]
    require_reason: bool,
    #[serde(default)]
    verdicts: Verdicts,
    #[serde(default)]
    reason: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    key: Spanned<String>,
    name: Spanned<String>,
    #[serde(default)]
    meaning: String,
    example: Option<String>,
}

impl Verdicts {
    pub fn of(&self, verdict: LabelVerdict) -> &str {
        match verdict {
            LabelVerdict::Realistic => &self.realistic,
            LabelVerdict::Unrealistic => &self.unrealistic,
            LabelVerdict::Unsure => &self.unsure,
        }
    }
}

impl Guideline {
    /// The embedded one, parsed once.
    pub fn builtin() -> Arc<Self> {
        static BUILTIN: LazyLock<Arc<Guideline>> = LazyLock::new(|| {
            // A text of ours, which a test reads; without reasons a label can still be given.
            Arc::new(Guideline::parse("default", DEFAULT).unwrap_or_else(|_| Guideline::bare()))
        });
        BUILTIN.clone()
    }

    fn bare() -> Self {
        Self {
            version: 0,
            title: String::new(),
            introduction: String::new(),
            require_reason: false,
            verdicts: Verdicts::default(),
            reasons: Vec::new(),
            hash: short_hash(""),
            source: String::new(),
        }
    }

    /// # Errors
    /// Names `file`, the line and the field.
    pub fn parse(file: &str, text: &str) -> Result<Self, GuidelineError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line = |span: Option<Range<usize>>| span.and_then(|span| line_of(text, span.start));
        let parsed: File = toml::from_str(text).map_err(|error| GuidelineError {
            file: file.to_owned(),
            line: line(error.span()),
            field: String::new(),
            message: error.message().lines().collect::<Vec<_>>().join("; "),
        })?;
        let wrong = |span: Range<usize>, field: String, message: String| GuidelineError {
            file: file.to_owned(),
            line: line(Some(span)),
            field,
            message,
        };
        if *parsed.version.get_ref() == 0 {
            return Err(wrong(parsed.version.span(), "version".to_owned(), "counts from 1".to_owned()));
        }
        if parsed.title.get_ref().trim().is_empty() {
            return Err(wrong(parsed.title.span(), "title".to_owned(), "empty; write the question".to_owned()));
        }
        let mut reasons: Vec<Reason> = Vec::new();
        for (at, entry) in parsed.reason.into_iter().enumerate() {
            let here = entry.span();
            let number = at + 1;
            if number > MOST {
                return Err(wrong(here, format!("reason[{number}]"), format!("{MOST} reasons at most")));
            }
            let (field, span, message) = match reason(entry.into_inner(), &reasons) {
                Ok(reason) => {
                    reasons.push(reason);
                    continue;
                }
                Err(fault) => fault,
            };
            return Err(wrong(span, format!("reason[{number}].{field}"), message));
        }
        if parsed.require_reason && reasons.is_empty() {
            let message = "no reason could be given: add [[reason]], or set it to false".to_owned();
            let at = text.find("require_reason").unwrap_or(0);
            return Err(wrong(at..at, "require_reason".to_owned(), message));
        }
        Ok(Self {
            version: parsed.version.into_inner(),
            title: parsed.title.into_inner(),
            introduction: parsed.introduction,
            require_reason: parsed.require_reason,
            verdicts: parsed.verdicts,
            reasons,
            hash: short_hash(text),
            source: text.to_owned(),
        })
    }

    pub fn reason(&self, id: &str) -> Option<&Reason> {
        self.reasons.iter().find(|reason| reason.id == id)
    }

    /// A reason's name; its id where this guideline has no such reason.
    pub fn name_of<'a>(&'a self, id: &'a str) -> &'a str {
        self.reason(id).map_or(id, |reason| &reason.name)
    }

    /// Whether labels of this version were given under another text: then somebody edited it and left its version.
    pub fn differs_from(&self, version: Option<u32>, hash: Option<&str>) -> bool {
        version == Some(self.version) && hash.is_some_and(|hash| hash != self.hash)
    }
}

/// One entry, or the field that is wrong, where, and why.
fn reason(entry: Entry, before: &[Reason]) -> Result<Reason, (&'static str, Range<usize>, String)> {
    let id = entry.id.get_ref();
    let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if id.is_empty() || id.len() > LONGEST_NAME || !id.chars().all(plain) {
        let message = format!("`{id}` is no id; use small letters, digits and `-`, {LONGEST_NAME} at most");
        return Err(("id", entry.id.span(), message));
    }
    if before.iter().any(|other| other.id == *id) {
        return Err(("id", entry.id.span(), format!("`{id}` is the id of a reason above; each has its own")));
    }
    let mut letters = entry.key.get_ref().chars();
    let key = match (letters.next(), letters.next()) {
        (Some(key), None) if key.is_ascii_alphanumeric() => key,
        _ => {
            let message = format!("`{}` is no key; write one letter or digit", entry.key.get_ref());
            return Err(("key", entry.key.span(), message));
        }
    };
    if TAKEN.contains(&key) {
        let taken = TAKEN.map(String::from).join(" ");
        return Err(("key", entry.key.span(), format!("`{key}` does something else in the panel, as do {taken}")));
    }
    if let Some(other) = before.iter().find(|other| other.key == key) {
        return Err(("key", entry.key.span(), format!("`{key}` is the key of `{}`; each has its own", other.id)));
    }
    let name = entry.name.get_ref().trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.contains('\n') {
        let message = format!("write 1 to {LONGEST_NAME} letters on one line; the rest goes into `meaning`");
        return Err(("name", entry.name.span(), message));
    }
    let (name, example) = (name.to_owned(), entry.example.filter(|example| !example.trim().is_empty()));
    Ok(Reason { id: entry.id.into_inner(), key, name, meaning: entry.meaning, example })
}

fn short_hash(text: &str) -> String {
    let mut hash = sha256_hex(text);
    hash.truncate(DIGITS);
    hash
}

fn line_of(text: &str, at: usize) -> Option<usize> {
    Some(text.get(..at)?.matches('\n').count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_guideline_is_whole() {
        let guideline = Guideline::builtin();
        assert_eq!((guideline.version, guideline.reasons.len()), (1, 9));
        assert!(!guideline.require_reason);
        for verdict in LabelVerdict::EVERY {
            assert!(!guideline.verdicts.of(verdict).is_empty(), "{verdict}");
        }
        assert!(guideline.reasons.iter().all(|reason| !reason.meaning.is_empty()));
        assert_eq!(guideline.hash, sha256_hex(DEFAULT)[..12]);
        assert_eq!((guideline.name_of("stub"), guideline.name_of("mine")), ("stub or placeholder", "mine"));
    }

    #[test]
    fn the_hash_follows_the_text_and_the_version_does_not() {
        let one = Guideline::parse("g", "version = 2\ntitle = 'T'").expect("it is whole");
        let two = Guideline::parse("g", "version = 2\ntitle = 'T'\n").expect("it is whole");
        assert!(two.differs_from(Some(2), Some(&one.hash)));
        for (version, hash) in
            [(Some(2), Some(two.hash.as_str())), (Some(1), Some("ab")), (Some(2), None), (None, None)]
        {
            assert!(!two.differs_from(version, hash), "{version:?} {hash:?}");
        }
        assert!(two.reasons.is_empty() && two.introduction.is_empty());
    }

    #[test]
    fn errors_name_file_line_and_field() {
        let head = "version = 1\ntitle = 'T'\n";
        let reason =
            |id: &str, key: &str, name: &str| format!("[[reason]]\nid = '{id}'\nkey = '{key}'\nname = '{name}'\n");
        let good = reason("stub", "p", "stub");
        let long = "x".repeat(41);
        let many: String =
            (0..31).map(|at| reason(&format!("r{at}"), &"abdefghijkmopqrstuvwxyz0123456789"[at..=at], "r")).collect();
        for (text, said) in [
            ("version = 1".to_owned(), "g.toml:1: missing field `title`".to_owned()),
            ("title = 'T'".to_owned(), "g.toml:1: missing field `version`".to_owned()),
            ("version = 0\ntitle = 'T'".to_owned(), "g.toml:1: version: counts from 1".to_owned()),
            ("version = 1\ntitle = ' '".to_owned(), "g.toml:2: title: empty".to_owned()),
            ("version = 'x'\ntitle = 'T'".to_owned(), "g.toml:1: invalid type".to_owned()),
            (format!("{head}titel = 'U'"), "g.toml:3: unknown field `titel`".to_owned()),
            (format!("{head}[verdicts]\nrealist = 'U'"), "g.toml:4: unknown field `realist`".to_owned()),
            (format!("{head}x = ["), "g.toml:3: ".to_owned()),
            (format!("{head}{}", reason("Stub", "p", "s")), "g.toml:4: reason[1].id: `Stub` is no id".to_owned()),
            (format!("{head}{}", reason("", "p", "s")), "g.toml:4: reason[1].id: `` is no id".to_owned()),
            (format!("{head}{}", reason("s", "pp", "s")), "g.toml:5: reason[1].key: `pp` is no key".to_owned()),
            (format!("{head}{}", reason("s", "", "s")), "g.toml:5: reason[1].key: `` is no key".to_owned()),
            (format!("{head}{}", reason("s", "é", "s")), "g.toml:5: reason[1].key: `é` is no key".to_owned()),
            (format!("{head}{}", reason("s", "l", "s")), "g.toml:5: reason[1].key: `l` does something".to_owned()),
            (format!("{head}{}", reason("s", "p", &long)), "g.toml:6: reason[1].name: write 1 to 40".to_owned()),
            (
                format!("{head}{good}{}", reason("stub", "q", "s")),
                "g.toml:8: reason[2].id: `stub` is the id".to_owned(),
            ),
            (format!("{head}{good}{}", reason("t", "p", "s")), "g.toml:9: reason[2].key: `p` is the key of".to_owned()),
            (format!("{head}[[reason]]\nid = 'a'\nname = 'b'"), "g.toml:3: missing field `key`".to_owned()),
            (format!("{head}{many}"), "reason[31]: 30 reasons at most".to_owned()),
            (format!("{head}require_reason = true"), "g.toml:3: require_reason: no reason could be given".to_owned()),
        ] {
            let error = Guideline::parse("g.toml", &text).expect_err(&text).to_string();
            assert!(error.contains(&said), "{text}\n{error}\n{said}");
        }
        assert!(Guideline::parse("g.toml", &format!("\u{feff}{head}{good}")).is_ok());
    }
}
