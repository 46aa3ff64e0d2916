//! Find as you type: every word must hold; `!word` must not. An outcome holds where any approach has it; `direct:fixed`
//! asks one approach, and `approach:direct` asks it with every word.

use super::list::Cell;
use super::tested::Told;
use crate::core::execution::TestResult;
use crate::core::ids::ApproachId;
use crate::core::item::Item;
use crate::core::label::LabelVerdict;
use crate::core::projection::{Facts, Row};
use crate::core::verdict::Verdict;

/// What a row can be found by, computed once per change of the row.
#[derive(Debug, Clone, Default)]
pub struct Haystack {
    /// Id, area and prompt in lower case.
    text: String,
    cwes: Vec<u32>,
    /// What holds for any approach.
    tags: Vec<&'static str>,
    approaches: Vec<(ApproachId, Vec<&'static str>)>,
}

/// The scanner is silent and the test fails.
pub const FALSE_SECURE: &str = "false-secure";

/// A fix that is empty, cut off, silenced or a stub.
pub const HOLLOW: &str = "hollow";

/// A version with a hint of any kind; a kind's own word asks for that kind.
const HINTED: &str = "hinted";

const TAGS: [&str; 32] = [
    FALSE_SECURE,
    HOLLOW,
    HINTED,
    "tested",
    "pass",
    "fail",
    "security",
    "functional",
    "error",
    "timeout",
    "killed",
    "refused",
    "nopass",
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
    "skipped",
    "flagged",
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
        Self { text, cwes: item.cwe.clone(), tags: Vec::new(), approaches: Vec::new() }
    }

    /// Sets what the outcomes and the labels say; `wanted` approaches make an item that is done.
    pub fn tag(&mut self, item: &Item, generation: Option<&Row>, cells: &[Cell], wanted: usize) {
        self.cwes.clone_from(&item.cwe);
        self.tags.clear();
        self.approaches = cells.iter().map(|cell| (cell.row.stream.approach, tags(&cell.row, Some(cell)))).collect();
        let Some(row) = cells.first().map(|cell| &cell.row).or(generation) else {
            self.tags.push("pending");
            return;
        };
        self.cwes.extend(&row.cwes);
        // The generated code can be asked about by its name too, where it is no approach of the run.
        let beside = generation.map(|row| (row.stream.approach, tags(row, None)));
        if cells.is_empty() {
            self.tags = tags(row, None);
        }
        for (_, tags) in &self.approaches {
            for tag in tags {
                if !self.tags.contains(tag) {
                    self.tags.push(tag);
                }
            }
        }
        self.approaches.extend(beside);
        let done = cells.iter().filter(|cell| !cell.row.failed && cell.row.stopped.is_some()).count();
        if !cells.is_empty() && done < wanted {
            self.tags.retain(|tag| *tag != "done");
            if done + cells.iter().filter(|cell| cell.row.failed).count() < wanted && !self.tags.contains(&"running") {
                self.tags.push("running");
            }
        }
        if !self.cwes.is_empty() {
            self.tags.push("cwe");
        }
    }

    /// The tags that a word is looked for in: one approach's, or any's.
    fn tags(&self, approach: Option<ApproachId>) -> &[&'static str] {
        match approach {
            None => &self.tags,
            Some(approach) => {
                let found = self.approaches.iter().find(|(id, _)| *id == approach);
                found.map_or(&["pending"], |(_, tags)| tags.as_slice())
            }
        }
    }

    fn holds(&self, word: &str, approach: Option<ApproachId>) -> bool {
        if let Some(number) = word.strip_prefix("cwe").map(|rest| rest.trim_start_matches('-')) {
            return match number.parse::<u32>() {
                Ok(number) => self.cwes.contains(&number),
                Err(_) => number.is_empty() && !self.cwes.is_empty(),
            };
        }
        let tags = self.tags(approach);
        if TAGS.contains(&word) {
            return tags.contains(&word);
        }
        self.text.contains(word) || (word.len() > 2 && tags.iter().any(|tag| tag.starts_with(word)))
    }
}

/// What one row says.
fn tags(row: &Row, cell: Option<&Cell>) -> Vec<&'static str> {
    let label = cell.and_then(|cell| cell.label);
    let skipped = cell.is_some_and(|cell| cell.skipped);
    let mut tags = Vec::new();
    match row.generated {
        Some(Verdict::Vulnerable) => tags.push("vulnerable"),
        Some(Verdict::Secure) => tags.push("secure"),
        Some(Verdict::Invalid) => tags.push("invalid"),
        None => {}
    }
    if row.is_fix() {
        tags.extend(["fixed", "fix"]);
        tags.push(match (label.is_some(), skipped) {
            (true, _) => "labelled",
            (false, true) => "skipped",
            (false, false) => "unlabelled",
        });
    } else if row.generated == Some(Verdict::Vulnerable) && row.stopped.is_some() {
        tags.push("unfixed");
    }
    tags.push(match (row.failed, row.stopped) {
        (true, _) => "failed",
        (_, Some(_)) => "done",
        _ => "running",
    });
    if let Some(test) = &row.test {
        let told = Told::of(test);
        tags.push("tested");
        tags.extend((told != Told::Pass).then_some("nopass"));
        tags.extend((test.result == TestResult::Fail).then_some("fail"));
        tags.push(told.as_str());
    }
    if row.is_false_secure() {
        tags.push(FALSE_SECURE);
    }
    if row.undefined > 0 {
        tags.push("undefined");
    }
    let hints = row.own().map_or(&[][..], |facts| &facts.hints);
    if !hints.is_empty() {
        tags.push(HINTED);
        tags.extend(hints.iter().map(|kind| kind.as_str()));
    }
    if row.own().is_some_and(Facts::is_hollow) {
        tags.push(HOLLOW);
    }
    tags.extend(label.map(LabelVerdict::as_str));
    tags.extend(cell.is_some_and(|cell| cell.flagged).then_some("flagged"));
    tags
}

/// A query as typed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// What `approach:NAME` says: whose outcome the words are about.
    approach: Option<ApproachId>,
    words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    wanted: bool,
    /// `direct:` before the word.
    approach: Option<ApproachId>,
    text: String,
}

impl Filter {
    pub fn parse(query: &str) -> Self {
        let mut filter = Self::default();
        for word in query.to_lowercase().split_whitespace() {
            let (wanted, word) = word.strip_prefix('!').map_or((true, word), |word| (false, word));
            if let Some(name) = word.strip_prefix("approach:") {
                // While the name is being typed everything stays.
                filter.approach = name.parse().ok().or(filter.approach);
                continue;
            }
            let parted = word.split_once(':').and_then(|(name, rest)| Some((name.parse().ok()?, rest)));
            let (approach, text) = parted.map_or((None, word), |(approach, rest)| (Some(approach), rest));
            if !text.is_empty() {
                filter.words.push(Word { wanted, approach, text: text.to_owned() });
            }
        }
        filter
    }

    pub fn keeps(&self, haystack: &Haystack) -> bool {
        self.words.iter().all(|word| haystack.holds(&word.text, word.approach.or(self.approach)) == word.wanted)
    }

    /// The same of one approach: a word that names none asks this one.
    pub fn keeps_of(&self, haystack: &Haystack, approach: ApproachId) -> bool {
        let of = |word: &Word| word.approach.or(self.approach).unwrap_or(approach);
        self.words.iter().all(|word| haystack.holds(&word.text, Some(of(word))) == word.wanted)
    }

    /// The approaches that the query asks about by name.
    pub fn approaches(&self) -> Vec<ApproachId> {
        let wanted = self.words.iter().filter(|word| word.wanted);
        self.approach.into_iter().chain(wanted.filter_map(|word| word.approach)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::StopReason;
    use crate::core::ids::StreamId;

    fn row(approach: ApproachId, verdict: Verdict) -> Row {
        Row {
            item: "sql-row-count".to_owned(),
            stream: StreamId::new(approach, 0),
            generated: Some(Verdict::Vulnerable),
            cwes: vec![89],
            stopped: Some(StopReason::Fixed),
            failed: false,
            verdict: Some(verdict),
            solution: Some(2),
            iteration: Some(1),
            calls: 5,
            versions: 4,
            undefined: u32::from(verdict == Verdict::Secure),
            test: None,
            label: None,
            labelled: 0,
            unrealistic: 0,
            strict: None,
            paper: None,
        }
    }

    fn haystack(cells: &[Cell], wanted: usize) -> Haystack {
        let mut item = Item::new("sql-row-count", "Count the rows of a table.");
        item.area = Some("sql".to_owned());
        let mut haystack = Haystack::of(&item);
        haystack.tag(&item, None, cells, wanted);
        haystack
    }

    fn fixed() -> Haystack {
        haystack(&[Cell::new(row(ApproachId::Fdsp, Verdict::Secure))], 1)
    }

    #[test]
    fn words_ask_one_approach_or_any() {
        let label = Some(LabelVerdict::Realistic);
        let cells = [
            Cell { label, ..Cell::new(row(ApproachId::Direct, Verdict::Secure)) },
            Cell::new(row(ApproachId::Fdsp, Verdict::Vulnerable)),
        ];
        let haystack = haystack(&cells, 3);
        for (query, kept) in [
            ("fixed", true),
            ("unfixed", true),
            ("direct:fixed", true),
            ("fdsp:fixed", false),
            ("!fdsp:fixed", true),
            ("direct:fixed fdsp:unfixed", true),
            ("direct:fixed direct:unfixed", false),
            ("approach:fdsp fixed", false),
            ("approach:fdsp unfixed cwe-89 table", true),
            ("approach:fdsp direct:realistic", true),
            ("direct:labelled", true),
            ("direct:real", true),
            ("feedback:pending", true),
            ("feedback:fixed", false),
            ("done", false),
            ("running", true),
            ("direct:done", true),
            ("approach:no-such fixed", true),
            ("direct:", true),
            ("nobody:fixed", false),
        ] {
            assert_eq!(Filter::parse(query).keeps(&haystack), kept, "{query}");
        }
        assert_eq!(
            Filter::parse("approach:fdsp direct:fixed !feedback:done").approaches(),
            [ApproachId::Fdsp, ApproachId::Direct]
        );
    }

    #[test]
    fn skips_and_flags_are_found_and_no_skip_waits_for_a_label() {
        let cell = |approach| Cell::new(row(approach, Verdict::Secure));
        let cells = [
            Cell { skipped: true, ..cell(ApproachId::Direct) },
            Cell { flagged: true, ..cell(ApproachId::Fdsp) },
            Cell { flagged: true, label: Some(LabelVerdict::Unsure), ..cell(ApproachId::Feedback) },
        ];
        assert_eq!(cells.each_ref().map(Cell::waits_for_label), [false, true, false]);
        let haystack = haystack(&cells, 3);
        for (query, line, each) in [
            ("skipped", true, [true, false, false]),
            ("flagged", true, [false, true, true]),
            ("!skipped", false, [false, true, true]),
            ("flagged unsure", true, [false, false, true]),
            ("unlabelled", true, [false, true, false]),
            ("direct:skipped flagged", true, [false, true, true]),
            ("direct:unlabelled", false, [false; 3]),
            ("approach:direct !flagged", true, [true; 3]),
            ("", true, [true; 3]),
        ] {
            let filter = Filter::parse(query);
            assert_eq!(filter.keeps(&haystack), line, "{query}");
            let of =
                [ApproachId::Direct, ApproachId::Fdsp, ApproachId::Feedback].map(|id| filter.keeps_of(&haystack, id));
            assert_eq!(of, each, "{query}");
        }
    }

    #[test]
    fn hints_are_found_by_their_kinds() {
        use crate::core::hint::HintKind;
        let facts = |hints: &[HintKind]| Facts {
            generated: Some(Verdict::Vulnerable),
            verdict: Some(Verdict::Secure),
            hints: hints.to_vec(),
            ..Facts::default()
        };
        let cell = |approach, hints: &[HintKind]| {
            let row = Row { strict: Some(facts(hints)), ..row(approach, Verdict::Secure) };
            Cell::new(row)
        };
        let cells = [
            cell(ApproachId::Direct, &[HintKind::BoundName]),
            cell(ApproachId::Fdsp, &[HintKind::Stub, HintKind::InterfaceChanged]),
            cell(ApproachId::Feedback, &[]),
        ];
        let haystack = haystack(&cells, 3);
        for (query, kept) in [
            ("hinted", true),
            ("hollow", true),
            ("direct:hinted", true),
            ("direct:hollow", false),
            ("feedback:hinted", false),
            ("fdsp:hollow fdsp:stub", true),
            ("bound-name", true),
            ("fdsp:bound-name", false),
            ("fdsp:interface", true),
            ("unknown-import", false),
        ] {
            assert_eq!(Filter::parse(query).keeps(&haystack), kept, "{query}");
        }
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
