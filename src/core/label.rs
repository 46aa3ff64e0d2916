//! An analyst's word on a fix. A label is an event: nothing overwrites it, undo is an event too.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::ids::{Step, UnknownWord};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelVerdict {
    Realistic,
    Unrealistic,
    Unsure,
}

impl LabelVerdict {
    pub const EVERY: [LabelVerdict; 3] = [Self::Realistic, Self::Unrealistic, Self::Unsure];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Realistic => "realistic",
            Self::Unrealistic => "unrealistic",
            Self::Unsure => "unsure",
        }
    }
}

impl fmt::Display for LabelVerdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for LabelVerdict {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::EVERY.into_iter().find(|verdict| verdict.as_str() == word).ok_or_else(|| UnknownWord {
            what: "a label",
            word: word.to_owned(),
            allowed: Self::EVERY.map(Self::as_str).join(" "),
        })
    }
}

/// What the labels on a version come to, in reports: the adjudicated one, else the one on which every annotator's
/// latest label agrees, else disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    #[default]
    Unlabelled,
    Agreed(LabelVerdict),
    Adjudicated(LabelVerdict),
    Disputed,
}

impl Standing {
    /// `None` where there is no label, or none that all agree on.
    pub fn verdict(self) -> Option<LabelVerdict> {
        match self {
            Self::Agreed(verdict) | Self::Adjudicated(verdict) => Some(verdict),
            Self::Unlabelled | Self::Disputed => None,
        }
    }

    pub fn is_unlabelled(&self) -> bool {
        *self == Self::Unlabelled
    }
}

/// The annotator whose labels come with the recorded runs, as an example of the guideline: nobody's work is done by them.
pub const EXAMPLE: &str = "guideline example";

/// Why an item stands in an annotator's queue a second time, or with an answer that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Probe {
    /// The annotator has labelled it before: measures drift, counts nowhere else.
    Repeat,
    /// It was adjudicated before: measures the annotator against what was settled.
    Gold,
}

/// A label event's place in the chain of all that its author did to labels of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Link {
    /// Hash of what the event says, of where it belongs, and of `prev`.
    pub id: String,
    /// The author's event before this one; `None` at the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prev: Option<String>,
}

/// One label by one annotator on one version of the code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub author: String,
    /// The version that was looked at, and the hash of its code; the store fills it in where it is empty.
    pub step: Step,
    pub code: String,
    /// `None`: a comment, a flag or a skip.
    pub verdict: Option<LabelVerdict>,
    /// The annotator does not judge this version: takes back the verdict before, and counts as none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// Sets or lifts the mark "look at this again"; `None` leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<bool>,
    /// Ids of the guideline's reasons.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
    /// First and last line of the version that the comment is about, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u32, u32)>,
    /// Time on the item before the key was pressed, since it was opened: while it was in sight, and of a stretch without
    /// any key five minutes at most. 0 in a bulk.
    pub seconds: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline: Option<u32>,
    /// The beginning of the hash of the guideline's text, which tells an edit that kept the version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guideline_hash: Option<String>,
    /// Given in a blind session: nothing but prompt, before and after was there to see.
    #[serde(default)]
    pub blind: bool,
    /// The annotator had revealed the rest before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub revealed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probe: Option<Probe>,
    /// The review session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<String>,
    /// Labels of one bulk action share it, and one undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bulk: Option<String>,
    /// Settles what the annotators disagree on: counts before every ordinary label.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub adjudicates: bool,
    /// The event number (inside the item) of the label that this one takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u32>,
    /// Ids of further labels that it takes the place of: the author's own of another store, which contradicted that one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also_replaces: Vec<String>,
    /// Set by the store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
}

impl Label {
    /// A label that says nothing yet.
    pub fn on(author: &str, step: Step, code: &str) -> Self {
        Self {
            author: author.to_owned(),
            step,
            code: code.to_owned(),
            verdict: None,
            skip: false,
            flag: None,
            reasons: Vec::new(),
            comment: None,
            lines: None,
            seconds: 0.0,
            guideline: None,
            guideline_hash: None,
            blind: false,
            revealed: false,
            probe: None,
            session: None,
            bulk: None,
            adjudicates: false,
            replaces: None,
            also_replaces: Vec::new(),
            link: None,
        }
    }

    /// Whether it says what the annotator thinks of the version, or that nothing is to be said.
    pub fn settles(&self) -> bool {
        self.verdict.is_some() || self.skip
    }

    /// What it says, in a word.
    pub fn word(&self) -> &'static str {
        match (self.verdict, self.skip, self.flag) {
            (Some(verdict), ..) => verdict.as_str(),
            (None, true, _) => "skipped",
            (None, false, Some(true)) => "flagged",
            (None, false, Some(false)) => "no longer flagged",
            (None, false, None) => "comment",
        }
    }

    /// What it says beside its word, on one line: `(stub, moved), flagged, lines 3-5: why`. Empty where there is nothing.
    pub fn details(&self) -> String {
        let mut parts = Vec::new();
        if !self.reasons.is_empty() {
            parts.push(format!("({})", self.reasons.join(", ")));
        }
        if self.settles() {
            parts.extend(self.flag.map(|on| if on { "flagged" } else { "no longer flagged" }.to_owned()));
        }
        parts.extend(self.lines.map(lines_words));
        let details = parts.join(", ");
        match &self.comment {
            Some(comment) if details.is_empty() => comment.clone(),
            Some(comment) => format!("{details}: {comment}"),
            None => details,
        }
    }
}

/// `line 3`, `lines 3-5`.
pub fn lines_words((first, last): (u32, u32)) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first}-{last}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_in_words() {
        let blank = Label::on("ann", Step::Generate, "");
        let why = Label {
            verdict: Some(LabelVerdict::Unrealistic),
            reasons: vec!["stub".to_owned(), "moved".to_owned()],
            ..blank.clone()
        };
        let lines = Label { lines: Some((3, 5)), comment: Some("why".to_owned()), ..why.clone() };
        for (label, word, details) in [
            (blank.clone(), "comment", ""),
            (Label { comment: Some("hm".to_owned()), ..blank.clone() }, "comment", "hm"),
            (Label { skip: true, ..blank.clone() }, "skipped", ""),
            (Label { flag: Some(true), ..blank.clone() }, "flagged", ""),
            (Label { flag: Some(false), lines: Some((2, 2)), ..blank.clone() }, "no longer flagged", "line 2"),
            (Label { skip: true, flag: Some(true), ..blank }, "skipped", "flagged"),
            (why, "unrealistic", "(stub, moved)"),
            (lines.clone(), "unrealistic", "(stub, moved), lines 3-5: why"),
            (Label { flag: Some(true), ..lines }, "unrealistic", "(stub, moved), flagged, lines 3-5: why"),
        ] {
            assert_eq!((label.word(), label.details().as_str()), (word, details));
        }
    }
}
