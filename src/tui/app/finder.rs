//! The palette's list: commands, runs and the items of the open run. A word is found by its letters in a name, or whole in
//! what is said of it. It must keep up with typing over 100,000 entries: texts stand in one string, a query that grows
//! searches what the last one left, and only the best are sorted.

use std::cmp::Reverse;
use std::fmt::Write;
use std::sync::Arc;

use nucleo_matcher::pattern::{Atom, AtomKind, CaseMatching, Normalization};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::App;
use super::command::COMMANDS;
use super::input::Input;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Command,
    Run,
    Item,
}

impl Kind {
    /// What narrows the list to this kind.
    pub fn prefix(self) -> char {
        match self {
            Self::Command => '>',
            Self::Run => '#',
            Self::Item => '@',
        }
    }

    const EVERY: [Self; 3] = [Self::Command, Self::Run, Self::Item];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    kind: Kind,
    /// Cannot be given now; such stand below everything else.
    barred: bool,
    /// Where it stands among the commands, the runs, or the lines of the list, as they were at the opening.
    at: u32,
    /// Bytes of the text, and how many of them are the title.
    from: u32,
    to: u32,
    title: u32,
}

/// A line of the palette.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    pub kind: Kind,
    pub at: usize,
    /// A command's name, a run, an item.
    pub title: &'a str,
    /// What more is searched: a command's help, a run's model, data set and day, an item's CWEs.
    pub detail: &'a str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Palette {
    pub input: Input,
    pub cursor: usize,
    entries: Vec<Entry>,
    text: String,
    /// What was searched last, and every entry that fits it, in the order of the entries.
    kind: Option<Kind>,
    query: String,
    fits: Vec<u32>,
    /// The best of them, best first.
    best: Vec<(bool, Reverse<u32>, u32)>,
}

impl Palette {
    /// Lines that are sorted and shown.
    pub const BEST: usize = 200;

    pub fn new(app: &App) -> Self {
        let mut palette = Self {
            input: Input::default(),
            cursor: 0,
            entries: Vec::new(),
            text: String::new(),
            kind: None,
            query: String::new(),
            fits: Vec::new(),
            best: Vec::new(),
        };
        for barred in [false, true] {
            for (at, command) in COMMANDS.iter().enumerate().filter(|(_, command)| command.can(app) != barred) {
                palette.push(Kind::Command, at, barred, command.name, |text| text.push_str(command.help));
            }
        }
        for (at, run) in app.runs.iter().flatten().enumerate() {
            let info = &run.info;
            palette.push(Kind::Run, at, false, &info.id, |text| {
                let _ = write!(text, "{} {} {}", info.model.name, info.dataset, info.started.strftime("%Y-%m-%d"));
            });
        }
        if let Some(list) = &app.list {
            let mut last = None;
            for (at, line) in list.lines.iter().enumerate() {
                // Samples of an item follow one another.
                if last.replace(&line.item).is_some_and(|last| Arc::ptr_eq(last, &line.item)) {
                    continue;
                }
                palette.push(Kind::Item, at, false, &line.item.id, |text| {
                    for (count, cwe) in list.cwes(line).iter().enumerate() {
                        let _ = write!(text, "{}CWE-{cwe}", if count > 0 { " " } else { "" });
                    }
                });
            }
        }
        palette.restart();
        palette.rank();
        palette
    }

    fn push(&mut self, kind: Kind, at: usize, barred: bool, title: &str, detail: impl FnOnce(&mut String)) {
        let place = |text: &String| u32::try_from(text.len()).unwrap_or(u32::MAX);
        let from = place(&self.text);
        self.text.push_str(title);
        let end = place(&self.text);
        self.text.push(' ');
        detail(&mut self.text);
        let entry = Entry { kind, barred, at: at as u32, from, to: place(&self.text), title: end };
        self.entries.push(entry);
    }

    /// How many entries fit what is typed.
    pub fn count(&self) -> usize {
        self.fits.len()
    }

    /// Lines that can be chosen.
    pub fn shown(&self) -> usize {
        self.best.len()
    }

    pub fn line(&self, row: usize) -> Option<Found<'_>> {
        let entry = self.entries.get(self.best.get(row)?.2 as usize)?;
        let text = |from: u32, to: u32| self.text.get(from as usize..to as usize).unwrap_or_default();
        let (title, detail) = (text(entry.from, entry.title), text(entry.title + 1, entry.to));
        Some(Found { kind: entry.kind, at: entry.at as usize, title, detail })
    }

    /// The letters of a line's title and detail that the query matched, as positions of graphemes in each.
    pub fn letters(&self, row: usize) -> [Vec<usize>; 2] {
        let Some(found) = self.line(row) else { return [vec![], vec![]] };
        let (mut matcher, mut letters, mut at) = (matcher(), Vec::new(), Vec::new());
        let mut marks = [Vec::new(), Vec::new()];
        for word in words(&self.query) {
            let title = Utf32Str::new(found.title, &mut letters);
            let side = usize::from(word.title.indices(title, &mut matcher, &mut at).is_none());
            if side == 1 {
                word.detail.indices(Utf32Str::new(found.detail, &mut letters), &mut matcher, &mut at);
            }
            marks[side].extend(at.drain(..).map(|at| at as usize));
        }
        marks
    }

    /// What is typed has changed.
    pub fn search(&mut self) {
        self.cursor = 0;
        let typed = self.input.text();
        let kind = Kind::EVERY.into_iter().find(|kind| typed.starts_with(kind.prefix()));
        let query = kind.map_or(typed, |kind| &typed[kind.prefix().len_utf8()..]).trim_start();
        let grows = kind == self.kind && query.starts_with(&self.query);
        let query = query.to_owned();
        (self.kind, self.query) = (kind, query);
        if !grows {
            self.restart();
        }
        self.rank();
    }

    fn restart(&mut self) {
        let kind = self.kind;
        let all = self.entries.iter().enumerate().filter(|(_, entry)| kind.is_none_or(|kind| entry.kind == kind));
        self.fits.clear();
        self.fits.extend(all.map(|(at, _)| at as u32));
    }

    fn rank(&mut self) {
        let (entries, text, best) = (&self.entries, &self.text, &mut self.best);
        best.clear();
        let words = words(&self.query);
        if words.is_empty() {
            best.extend(self.fits.iter().take(Self::BEST).map(|at| (false, Reverse(0), *at)));
            return;
        }
        let (mut matcher, mut letters) = (matcher(), Vec::new());
        self.fits.retain(|at| {
            let entry = &entries[*at as usize];
            let part = |from: u32, to: u32| text.get(from as usize..to as usize).unwrap_or_default();
            let (title, detail) = (part(entry.from, entry.title), part(entry.title + 1, entry.to));
            let mut sum = 0;
            for word in &words {
                let named = word.title.score(Utf32Str::new(title, &mut letters), &mut matcher);
                // A name says more than what is said of it.
                let score = named
                    .map(|score| u32::from(score) * 2)
                    .or_else(|| word.detail.score(Utf32Str::new(detail, &mut letters), &mut matcher).map(u32::from));
                let Some(score) = score else { return false };
                sum += score;
            }
            best.push((entry.barred, Reverse(sum), *at));
            true
        });
        if best.len() > Self::BEST {
            best.select_nth_unstable(Self::BEST);
            best.truncate(Self::BEST);
        }
        best.sort_unstable();
    }
}

/// A word of the query. No sign in it has a meaning of its own, so that a longer query never fits what a shorter one did
/// not.
struct Word {
    title: Atom,
    detail: Atom,
}

fn words(query: &str) -> Vec<Word> {
    let atom = |word, kind| Atom::new(word, CaseMatching::Ignore, Normalization::Smart, kind, false);
    let word = |word| Word { title: atom(word, AtomKind::Fuzzy), detail: atom(word, AtomKind::Substring) };
    query.split_whitespace().map(word).collect()
}

fn matcher() -> Matcher {
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    Matcher::new(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn palette() -> Palette {
        Palette::new(&App::for_tests())
    }

    fn typed(palette: &mut Palette, text: &str) -> Vec<String> {
        palette.input = Input::of(text);
        palette.search();
        (0..palette.shown()).filter_map(|row| Some(palette.line(row)?.title.to_owned())).collect()
    }

    fn with_items(names: &[&str]) -> Palette {
        let mut palette = palette();
        for (at, name) in names.iter().enumerate() {
            palette.push(Kind::Item, at, false, name, |text| text.push_str("CWE-89"));
        }
        palette.restart();
        palette
    }

    #[test]
    fn without_a_query_what_cannot_be_given_stands_below_the_other_commands() {
        let palette = palette();
        let barred: Vec<bool> = palette.best.iter().map(|(_, _, at)| palette.entries[*at as usize].barred).collect();
        assert!(barred.is_sorted() && barred.contains(&true) && barred.contains(&false));
        assert_eq!(palette.count(), COMMANDS.len());
    }

    #[test]
    fn a_prefix_keeps_to_a_kind() {
        let mut palette = with_items(&["sql-row-count", "quit-early"]);
        assert_eq!(typed(&mut palette, "@"), ["sql-row-count", "quit-early"]);
        assert_eq!(typed(&mut palette, "@ sql"), ["sql-row-count"]);
        assert_eq!(typed(&mut palette, "> quit"), ["quit"]);
        assert_eq!(typed(&mut palette, "#"), Vec::<String>::new());
        let both = typed(&mut palette, "quit");
        assert!(both.contains(&"quit".to_owned()) && both.contains(&"quit-early".to_owned()), "{both:?}");
    }

    #[test]
    fn names_come_before_what_is_said_of_them_and_barred_commands_last() {
        let mut palette = with_items(&["real-item"]);
        let found = typed(&mut palette, "real");
        assert_eq!(found[0], "real-item", "labels cannot be given in the list of runs: {found:?}");
        assert!(found[1..].iter().any(|name| name == "realistic"), "{found:?}");
        assert_eq!(typed(&mut palette, "help")[0], "help");
    }

    #[test]
    fn matched_letters_are_told_by_graphemes() {
        let mut palette = with_items(&["läs-e\u{301}n-row"]);
        typed(&mut palette, "@row cwe");
        assert_eq!(palette.letters(0), [vec![7, 8, 9], vec![0, 1, 2]]);
    }

    proptest::proptest! {
        /// Typing letter by letter leaves what searching the whole query at once finds.
        #[test]
        fn narrowing_finds_what_a_fresh_search_finds(
            names in proptest::collection::vec("[a-cäé漢A-C -]{1,8}", 0..40), query in "[@>]?[a-cä\\\\ ]{0,6}",
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mut grown = with_items(&names);
            for (end, _) in query.char_indices() {
                typed(&mut grown, &query[..end]);
            }
            let grown = typed(&mut grown, &query);
            proptest::prop_assert_eq!(grown, typed(&mut with_items(&names), &query));
        }
    }
}
