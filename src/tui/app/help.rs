//! The help: every command of this place under its heading, with the reason where it cannot be given now. A search goes
//! through the commands of every place.

use super::App;
use super::command::{Bar, COMMANDS, Command, Group};
use super::keys::Keys;
use super::layout::body;
use super::model::Screen;
use super::tested::Told;
use crate::tui::style::Signs;

#[derive(Clone)]
pub enum HelpRow {
    Blank,
    Title(&'static str),
    Command(&'static Command, String, Option<Bar>),
    Note(&'static str, &'static str),
}

/// The rows as they stand on the screen.
pub struct Sheet {
    pub rows: Vec<HelpRow>,
    /// Columns side by side, each as wide as `width`.
    columns: usize,
    pub width: u16,
    height: usize,
}

impl Sheet {
    pub fn of(app: &App, find: &str) -> Self {
        let body = body(app.size);
        let height = (body.height as usize).max(1);
        let words: Vec<String> = find.split_whitespace().map(str::to_lowercase).collect();
        let sections = sections(app, &words);
        let all: usize = sections.iter().map(|(_, rows)| rows.len() + 2).sum();
        let (columns, width) = if body.width >= 150 && all > height { (2, body.width / 2) } else { (1, body.width) };
        let mut rows = Vec::new();
        for (title, section) in sections {
            // A section that the column cuts begins in the next one, where it fits there.
            let left = height - rows.len() % height;
            if columns > 1 && section.len() + 1 > left && section.len() < height {
                rows.resize(rows.len() + left, HelpRow::Blank);
            } else if !rows.len().is_multiple_of(height) {
                rows.push(HelpRow::Blank);
            }
            rows.push(HelpRow::Title(title));
            rows.extend(section);
        }
        Self { rows, columns, width, height }
    }

    /// How many rows are in sight.
    pub fn shown(&self) -> usize {
        self.height * self.columns
    }

    /// The top row where the last one is in sight.
    pub fn last(&self) -> usize {
        self.rows.len().saturating_sub(self.shown())
    }
}

fn sections(app: &App, words: &[String]) -> Vec<(&'static str, Vec<HelpRow>)> {
    let tested = app.list.as_ref().is_some_and(|list| list.tests.any());
    let notes = match app.screen {
        Screen::Items | Screen::Steps if tested => {
            let numbers = ("Numbers of the header", header_numbers());
            vec![("Words of the filter", filter_words()), ("Signs of tests", signs(app.theme.signs)), numbers]
        }
        Screen::Items | Screen::Steps => {
            vec![("Words of the filter", filter_words()), ("Numbers of the header", header_numbers())]
        }
        _ => Vec::new(),
    };
    let row = |command: &'static Command| {
        let bar = command.bar(app);
        let here = !words.is_empty() || !matches!(bar, Some(Bar::Elsewhere(_)));
        // Two spaces: one stands inside a sequence.
        let keys = app.keymap.of(command.id).iter().map(Keys::to_string).collect::<Vec<_>>().join("  ");
        here.then_some(HelpRow::Command(command, keys, bar))
    };
    let of = |group: Group| COMMANDS.iter().filter(move |command| command.group == group);
    let groups = Group::EVERY.into_iter().map(|group| (group.title(), of(group).filter_map(row).collect()));
    groups
        .chain(notes)
        .map(|(title, rows): (_, Vec<HelpRow>)| (title, rows.into_iter().filter(|row| row.says(words)).collect()))
        .filter(|(_, rows): &(_, Vec<HelpRow>)| !rows.is_empty())
        .collect()
}

impl HelpRow {
    fn says(&self, words: &[String]) -> bool {
        let text = match self {
            Self::Blank | Self::Title(_) => return true,
            Self::Command(command, keys, _) => format!("{} {keys} {}", command.name, command.help),
            Self::Note(word, what) => format!("{word} {what}"),
        };
        let text = text.to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    }
}

fn filter_words() -> Vec<HelpRow> {
    FILTER_WORDS.iter().map(|(word, what)| HelpRow::Note(word, what)).collect()
}

/// What stands at the right of the header, in the words of the metrics.
fn header_numbers() -> Vec<HelpRow> {
    let words = crate::metrics::words::HEADER_LABELLED;
    vec![HelpRow::Note("12 of 24 labelled", words.what), HelpRow::Note("R 7  U 4  ? 1", words.formula)]
}

fn signs(signs: Signs) -> Vec<HelpRow> {
    let each = Told::EVERY.into_iter().map(|told| HelpRow::Note(told.sign(signs).0, told.sentence()));
    let more = [
        HelpRow::Note(signs.flag, "false-secure: the scanner is silent and the test fails"),
        HelpRow::Note("!R", "before the label of a fix: it uses names that it never defines"),
    ];
    each.chain(more).collect()
}

/// What can be written into the filter.
const FILTER_WORDS: &[(&str, &str)] = &[
    ("sql row", "id, area or prompt hold every word"),
    ("cwe-89  cwe", "findings or item of this CWE; any CWE"),
    ("vulnerable secure", "as generated; also: invalid"),
    ("fixed unfixed", "by any approach; also: failed running done pending"),
    ("labelled unlabelled", "fixes; also: realistic unrealistic unsure skipped"),
    ("flagged", "a version is to be looked at again"),
    ("undefined", "final code uses names that it never defines"),
    ("hinted hollow", "any hint or one kind; empty, cut off, silenced, stub"),
    ("pass fail", "what the test says; also: error timeout killed refused"),
    ("security functional", "fails on an assertion of this kind"),
    ("false-secure", "the scanner is silent and the test fails"),
    ("tested nopass", "has a result of a test; has one other than pass"),
    ("!fixed", "what the word does not hold for"),
    ("direct:fixed", "one approach, any of the words above"),
    ("approach:direct", "every word asks this approach, L keeps to it"),
];
