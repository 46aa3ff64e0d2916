//! What makes an analyst doubt a fix: the kinds of hint, in words that are stored. Never a verdict.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::UnknownWord;

/// How much a hint weighs in a list; the heaviest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    High,
    Medium,
    Low,
}

/// In the order in which a version's hints are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum HintKind {
    /// The item's test does not pass.
    TestFails,
    /// No code, or comments alone.
    Empty,
    Unparsable,
    /// The answer was cut off at its token limit.
    Truncated,
    /// The scanner failed on it or could not read it.
    ScanFailed,
    /// A comment tells the scanner to look away.
    Suppression,
    /// A body that is `pass`, `...`, NotImplementedError or a constant, where there was work.
    Stub,
    /// Code as it was, or only comments, docstrings and layout changed.
    Unchanged,
    /// A module is used and never imported.
    MissingImport,
    UndefinedName,
    /// A module that neither Python, nor the original, nor the list of well-known packages has.
    UnknownImport,
    /// A name that a standard module does not have.
    UnknownAttribute,
    /// An argument that a standard function does not take.
    UnknownArgument,
    /// An SQL parameter stands where a table or column is named.
    BoundName,
    Placeholder,
    /// A literal secret stays, moves, or gives way to another literal.
    LiteralSecret,
    /// Errors are caught and dropped.
    DroppedError,
    FindingBack,
    FindingMoved,
    NewFinding,
    InterfaceChanged,
    /// Little of the original's syntax tree is left.
    LittleRemains,
    /// Calls of the original that are nowhere in the fix.
    CallsVanished,
}

impl HintKind {
    pub const EVERY: [HintKind; 23] = [
        Self::TestFails,
        Self::Empty,
        Self::Unparsable,
        Self::Truncated,
        Self::ScanFailed,
        Self::Suppression,
        Self::Stub,
        Self::Unchanged,
        Self::MissingImport,
        Self::UndefinedName,
        Self::UnknownImport,
        Self::UnknownAttribute,
        Self::UnknownArgument,
        Self::BoundName,
        Self::Placeholder,
        Self::LiteralSecret,
        Self::DroppedError,
        Self::FindingBack,
        Self::FindingMoved,
        Self::NewFinding,
        Self::InterfaceChanged,
        Self::LittleRemains,
        Self::CallsVanished,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::TestFails => "test-fails",
            Self::Empty => "empty",
            Self::Unparsable => "unparsable",
            Self::Truncated => "truncated",
            Self::ScanFailed => "scan-failed",
            Self::Suppression => "suppression",
            Self::Stub => "stub",
            Self::Unchanged => "unchanged",
            Self::MissingImport => "missing-import",
            Self::UndefinedName => "undefined-name",
            Self::UnknownImport => "unknown-import",
            Self::UnknownAttribute => "unknown-attribute",
            Self::UnknownArgument => "unknown-argument",
            Self::BoundName => "bound-name",
            Self::Placeholder => "placeholder",
            Self::LiteralSecret => "literal-secret",
            Self::DroppedError => "dropped-error",
            Self::FindingBack => "finding-back",
            Self::FindingMoved => "finding-moved",
            Self::NewFinding => "new-finding",
            Self::InterfaceChanged => "interface-changed",
            Self::LittleRemains => "little-remains",
            Self::CallsVanished => "calls-vanished",
        }
    }

    /// The kind where there is little room, e.g. `missing import`.
    pub fn short(self) -> String {
        self.as_str().replace('-', " ")
    }

    pub fn severity(self) -> Severity {
        match self {
            Self::TestFails
            | Self::Empty
            | Self::Unparsable
            | Self::Truncated
            | Self::ScanFailed
            | Self::Suppression
            | Self::Stub
            | Self::Unchanged
            | Self::MissingImport
            | Self::UndefinedName => Severity::High,
            Self::UnknownImport
            | Self::UnknownAttribute
            | Self::UnknownArgument
            | Self::BoundName
            | Self::Placeholder
            | Self::LiteralSecret
            | Self::DroppedError
            | Self::FindingBack
            | Self::FindingMoved => Severity::Medium,
            Self::NewFinding | Self::InterfaceChanged | Self::LittleRemains | Self::CallsVanished => Severity::Low,
        }
    }

    /// The scanner is silent because there is nothing to find, not because something was repaired.
    pub fn is_hollow(self) -> bool {
        matches!(self, Self::Empty | Self::Unparsable | Self::Truncated | Self::Suppression | Self::Stub)
    }
}

impl fmt::Display for HintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for HintKind {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|kind| kind.as_str() == word).ok_or_else(|| UnknownWord {
            what: "a kind of hint",
            word: word.to_owned(),
            allowed: Self::EVERY.map(Self::as_str).join(" "),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_listed_in_their_order_and_stored_by_their_words() {
        assert!(HintKind::EVERY.is_sorted());
        assert!(HintKind::EVERY.is_sorted_by_key(|kind| kind.severity()));
        for kind in HintKind::EVERY {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).ok(), Some(kind.as_str().into()));
        }
        assert!("doubt".parse::<HintKind>().is_err());
    }
}
