//! Find as you type: every word must hold; `!word` must not.

use crate::core::item::Item;
use crate::core::label::LabelVerdict;
use crate::core::projection::Row;
use crate::core::verdict::Verdict;

/// What a row can be found by, computed once per change of the row.
#[derive(Debug, Clone, Default)]
pub struct Haystack {
    /// Id, area and prompt in lower case.
    text: String,
    cwes: Vec<u32>,
    tags: Vec<&'static str>,
}

const TAGS: [&str; 17] = [
    "vulnerable",
    "secure",
    "invalid",
    "fixed",
    "unfixed",
    "fix",
    "labelled",
    "unlabelled",
    "realistic",
    "unrealistic",
    "unsure",
    "undefined",
    "failed",
    "running",
    "pending",
    "done",
    "cwe",
];

impl Haystack {
    pub fn of(item: &Item) -> Self {
        let area = item.area.as_deref().unwrap_or("");
        let text = format!("{}\n{area}\n{}", item.id, item.prompt.as_str()).to_lowercase();
        Self { text, cwes: item.cwe.clone(), tags: Vec::new() }
    }

    /// Sets what the outcome and the label say.
    pub fn tag(&mut self, item: &Item, row: Option<&Row>, label: Option<LabelVerdict>) {
        self.cwes.clone_from(&item.cwe);
        self.tags.clear();
        let Some(row) = row else {
            self.tags.push("pending");
            return;
        };
        self.cwes.extend(&row.cwes);
        let tags = &mut self.tags;
        match row.generated {
            Some(Verdict::Vulnerable) => tags.push("vulnerable"),
            Some(Verdict::Secure) => tags.push("secure"),
            Some(Verdict::Invalid) => tags.push("invalid"),
            None => {}
        }
        if row.is_fix() {
            tags.extend(["fixed", "fix", if label.is_some() { "labelled" } else { "unlabelled" }]);
        } else if row.generated == Some(Verdict::Vulnerable) && row.stopped.is_some() {
            tags.push("unfixed");
        }
        tags.push(match (row.failed, row.stopped) {
            (true, _) => "failed",
            (_, Some(_)) => "done",
            _ => "running",
        });
        if row.undefined > 0 {
            tags.push("undefined");
        }
        if let Some(label) = label {
            tags.push(label.as_str());
        }
        if !self.cwes.is_empty() {
            self.tags.push("cwe");
        }
    }

    fn holds(&self, word: &str) -> bool {
        if let Some(number) = word.strip_prefix("cwe").map(|rest| rest.trim_start_matches('-')) {
            return match number.parse::<u32>() {
                Ok(number) => self.cwes.contains(&number),
                Err(_) => number.is_empty() && !self.cwes.is_empty(),
            };
        }
        if TAGS.contains(&word) {
            return self.tags.contains(&word);
        }
        self.text.contains(word) || (word.len() > 2 && self.tags.iter().any(|tag| tag.starts_with(word)))
    }
}

/// A query as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    words: Vec<(bool, String)>,
}

impl Filter {
    pub fn parse(query: &str) -> Self {
        let words = query
            .to_lowercase()
            .split_whitespace()
            .filter_map(|word| match word.strip_prefix('!') {
                Some("") => None,
                Some(word) => Some((false, word.to_owned())),
                None => Some((true, word.to_owned())),
            })
            .collect();
        Self { words }
    }

    pub fn keeps(&self, haystack: &Haystack) -> bool {
        self.words.iter().all(|(wanted, word)| haystack.holds(word) == *wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::StopReason;
    use crate::core::ids::{ApproachId, StreamId};

    fn fixed() -> Haystack {
        let mut item = Item::new("sql-row-count", "Count the rows of a table.");
        item.area = Some("sql".to_owned());
        let row = Row {
            item: item.id.clone(),
            stream: StreamId::new(ApproachId::Fdsp, 0),
            generated: Some(Verdict::Vulnerable),
            cwes: vec![89],
            stopped: Some(StopReason::Fixed),
            failed: false,
            verdict: Some(Verdict::Secure),
            solution: Some(2),
            iteration: Some(1),
            calls: 5,
            versions: 4,
            undefined: 1,
            label: None,
            labelled: 0,
            unrealistic: 0,
            strict: None,
            paper: None,
        };
        let mut haystack = Haystack::of(&item);
        haystack.tag(&item, Some(&row), None);
        haystack
    }

    #[test]
    fn words_hold_together() {
        let haystack = fixed();
        for (query, kept) in [
            ("", true),
            ("  ", true),
            ("sql", true),
            ("ROWS", true),
            ("fixed unlabelled", true),
            ("vulnerable cwe-89", true),
            ("cwe89", true),
            ("cwe-8", false),
            ("cwe", true),
            ("undefined", true),
            ("unfixed", false),
            ("!fixed", false),
            ("!unfixed table", true),
            ("labelled", false),
            ("vuln", true),
            ("secure", false),
            ("realistic", false),
            ("!", true),
            ("nowhere", false),
        ] {
            assert_eq!(Filter::parse(query).keeps(&haystack), kept, "{query}");
        }
    }
}
