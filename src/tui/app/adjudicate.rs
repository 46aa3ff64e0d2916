//! Adjudication: the versions on which annotators differ, their labels side by side, and the word that settles them.

use super::App;
use super::input::Input;
use super::item::Landing;
use super::label_jobs::Work;
use super::message::Effect;
use super::model::{Overlay, Screen};
use super::report::Touch;
use super::text::{Page, TextLine};
use super::timeline::{Node, version_name};
use crate::core::label::{Label, LabelVerdict, Standing};
use crate::review::adjudication::{Case, Said};
use crate::tui::style::Role;

/// Which versions are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Those that wait for an adjudication, the least agreed first.
    #[default]
    Waiting,
    /// All that two annotators labelled, the least agreed first.
    All,
    Settled,
}

impl Which {
    pub fn words(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::All => "all with two labels",
            Self::Settled => "adjudicated",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Waiting => Self::All,
            Self::All => Self::Settled,
            Self::Settled => Self::Waiting,
        }
    }

    fn keeps(self, case: &Case) -> bool {
        match self {
            Self::Waiting => case.waits(),
            Self::All => case.agreement().is_some(),
            Self::Settled => matches!(case.standing, Standing::Adjudicated(_)),
        }
    }
}

#[derive(Debug, Clone)]
pub struct Adjudication {
    pub run: String,
    /// In the order of the items; `None` until they are read.
    pub cases: Option<Vec<Case>>,
    pub trouble: Option<String>,
    pub which: Which,
    /// Indices into `cases`.
    pub shown: Vec<usize>,
    /// An index into `shown`.
    pub cursor: usize,
    /// The labels have the diff's room too.
    pub whole: bool,
    from: Screen,
    /// The reading on its way.
    waits: Option<u64>,
    /// Something was stored since it was asked for.
    dirty: bool,
    /// What undo or redo changed: the cursor goes there as soon as it is read.
    wanted: Option<(String, Node)>,
}

impl Adjudication {
    fn new(run: &str, from: Screen) -> Self {
        Self {
            run: run.to_owned(),
            cases: None,
            trouble: None,
            which: Which::default(),
            shown: Vec::new(),
            cursor: 0,
            whole: false,
            from,
            waits: None,
            dirty: true,
            wanted: None,
        }
    }

    pub fn current(&self) -> Option<&Case> {
        self.cases.as_ref()?.get(*self.shown.get(self.cursor)?)
    }

    pub fn count(&self, which: Which) -> usize {
        self.cases.iter().flatten().filter(|case| which.keeps(case)).count()
    }

    /// Lists again; the cursor stays on its version, else on the place in the list.
    fn list(&mut self) {
        let kept = self.current().map(|case| (case.item.clone(), node(case)));
        let cases = self.cases.as_deref().unwrap_or_default();
        let mut shown: Vec<usize> = (0..cases.len()).filter(|at| self.which.keeps(&cases[*at])).collect();
        shown.sort_by(|a, b| cases[*a].agreement().unwrap_or(1.0).total_cmp(&cases[*b].agreement().unwrap_or(1.0)));
        let find = |wanted: &(String, Node)| {
            shown.iter().position(|at| (&cases[*at].item, node(&cases[*at])) == (&wanted.0, wanted.1))
        };
        let wanted = self.wanted.as_ref().and_then(find);
        if wanted.is_some() {
            self.wanted = None;
        }
        let at = wanted.or_else(|| kept.as_ref().and_then(find)).unwrap_or(self.cursor);
        self.cursor = at.min(shown.len().saturating_sub(1));
        self.shown = shown;
    }
}

fn node(case: &Case) -> Node {
    Node::Step(case.stream, case.step)
}

/// How a version is called in a list: with its approach.
pub fn name(case: &Case) -> String {
    let sample = if case.stream.sample > 0 { format!(" #{}", case.stream.sample + 1) } else { String::new() };
    format!("{}{sample} {}", case.stream.approach, version_name(case.step))
}

/// Everything that was said of a case, line by line.
pub fn panel(case: &Case, width: usize) -> Vec<TextLine> {
    let mut page = Page::new(width);
    let longest = case.labels.iter().map(|said| said.author.chars().count()).max().unwrap_or(0).clamp(4, 16);
    for said in &case.labels {
        let (word, role) = match said.verdict {
            Some(LabelVerdict::Realistic) => ("R realistic  ", Role::Good),
            Some(LabelVerdict::Unrealistic) => ("U unrealistic", Role::Danger),
            Some(LabelVerdict::Unsure) => ("? unsure     ", Role::Warn),
            None => ("- skipped    ", Role::Muted),
        };
        let author: String = said.author.chars().take(longest).collect();
        let mut line = vec![(Role::Text, format!("{author:longest$}  ")), (role, word.to_owned())];
        line.push((Role::Muted, format!("  {}", about(said))));
        page.line(line);
        let reasons = (!said.reasons.is_empty()).then(|| format!("reasons: {}", said.reasons.join(", ")));
        let lines = said.lines.map(|(first, last)| match first == last {
            true => format!("line {first}: "),
            false => format!("lines {first}-{last}: "),
        });
        let comment = said.comment.as_ref().map(|text| format!("{}{text}", lines.unwrap_or_default()));
        for text in reasons.into_iter().chain(comment) {
            page.indented(Role::Text, longest + 2, &text);
        }
    }
    page.lines
}

fn about(said: &Said) -> String {
    let mut words = Vec::new();
    if said.adjudicates {
        words.push("adjudicated".to_owned());
    }
    words.push(if said.blind { "blind" } else { "not blind" }.to_owned());
    if said.revealed {
        words.push("after revealing the rest".to_owned());
    }
    words.push(format!("{:.0} s", said.seconds));
    words.push(said.at.strftime("%Y-%m-%d %H:%M").to_string());
    words.join(" · ")
}

impl App {
    pub(super) fn open_adjudication(&mut self, effects: &mut Vec<Effect>) {
        let Some(run) = self.list.as_ref().map(|list| list.info.id.clone()) else { return };
        match &mut self.adjudication {
            Some(open) if open.run == run => {
                open.from = self.screen;
                open.dirty = true;
            }
            other => *other = Some(Box::new(Adjudication::new(&run, self.screen))),
        }
        self.pause_replay(effects);
        self.came_from = None;
        self.screen = Screen::Adjudication;
        self.read_cases(effects);
        self.open_case(effects);
    }

    fn read_cases(&mut self, effects: &mut Vec<Effect>) {
        let generation = self.next_generation();
        let Some(open) = self.adjudication.as_mut().filter(|open| open.waits.is_none()) else { return };
        open.waits = Some(generation);
        open.dirty = false;
        effects.push(Effect::Cases { generation, run: open.run.clone() });
    }

    pub(super) fn take_cases(&mut self, generation: u64, result: Result<Vec<Case>, String>, effects: &mut Vec<Effect>) {
        // What is on its way to the disk is not in what was read.
        let busy = self.owes_the_disk();
        let Some(open) = self.adjudication.as_mut().filter(|open| open.waits == Some(generation)) else { return };
        open.waits = None;
        match result {
            Ok(_) if busy => open.dirty = true,
            Ok(cases) => {
                open.cases = Some(cases);
                open.trouble = None;
                open.list();
            }
            Err(trouble) => open.trouble = Some(trouble),
        }
        self.open_case(effects);
    }

    /// Keeps the list in step with what is stored; called after every message.
    pub(super) fn follow_adjudication(&mut self, touch: Touch, effects: &mut Vec<Effect>) {
        let Some(open) = &mut self.adjudication else { return };
        open.dirty |= touch == Touch::Stored;
        let due = open.dirty && open.waits.is_none();
        if due && self.screen == Screen::Adjudication && !self.owes_the_disk() {
            self.read_cases(effects);
        }
    }

    /// Loads the item of the version under the cursor, and shows that version.
    fn open_case(&mut self, effects: &mut Vec<Effect>) {
        if self.screen != Screen::Adjudication {
            return;
        }
        let Some(case) = self.adjudication.as_ref().and_then(|open| open.current()) else { return };
        let (item, stream, landing) = (case.item.clone(), case.stream, Landing::Node(node(case)));
        if self.shows_case() {
            return;
        }
        let Some(list) = &mut self.list else { return };
        list.set_query("");
        if !list.go_to(&item, Some(stream)) {
            list.go_to(&item, None);
        }
        self.scroll = (0, 0);
        self.load_item(landing, effects);
    }

    /// Whether what the main pane shows is the version under the cursor, with the code that was labelled.
    pub fn shows_case(&self) -> bool {
        let case = self.adjudication.as_ref().and_then(|open| open.current());
        let (Some(case), Some(item)) = (case, &self.item) else { return false };
        let code = item.selected().and_then(|(_, version)| version.code.as_ref());
        self.loading.is_none()
            && item.item.id == case.item
            && item.node() == Some(node(case))
            && code.is_some_and(|code| code.hash() == case.code)
    }

    pub(super) fn move_case(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let Some(open) = &mut self.adjudication else { return };
        open.cursor = open.cursor.saturating_add_signed(by).min(open.shown.len().saturating_sub(1));
        self.open_case(effects);
    }

    pub(super) fn turn_which(&mut self, effects: &mut Vec<Effect>) {
        let Some(open) = &mut self.adjudication else { return };
        open.which = open.which.next();
        open.list();
        self.open_case(effects);
    }

    /// Gives the labels the room of the diff, or gives it back.
    pub(super) fn turn_labels(&mut self) {
        if let Some(open) = &mut self.adjudication {
            open.whole = !open.whole;
        }
    }

    /// Asks for the why of a decision.
    pub(super) fn decide(&mut self, verdict: LabelVerdict, effects: &mut Vec<Effect>) {
        if self.shows_case() {
            self.overlay = Some(Overlay::Why { input: Input::default(), verdict });
        } else {
            let words = match self.adjudication.as_ref().and_then(|open| open.current()) {
                Some(_) => "the code of this version cannot be shown: nothing is decided unseen",
                None => "no version to decide on",
            };
            effects.push(self.tell(words, false));
        }
    }

    /// Stores the decision and goes on to the next version.
    pub(super) fn decided(&mut self, verdict: LabelVerdict, why: &str, effects: &mut Vec<Effect>) {
        if !self.shows_case() {
            return;
        }
        let seconds = self.item.as_ref().map_or(0.0, |item| item.watch.seconds());
        let author = self.author.clone();
        let Some(open) = &mut self.adjudication else { return };
        let Some(at) = open.shown.get(open.cursor).copied() else { return };
        let Some(case) = open.cases.as_mut().and_then(|cases| cases.get_mut(at)) else { return };
        let comment = Some(why.trim().to_owned()).filter(|why| !why.is_empty());
        let why = comment.clone();
        let (item, stream, step, code) = (case.item.clone(), case.stream, case.step, case.code.clone());
        // Shown as settled before it is on disk, so that no second key falls on the same version; it is read again then.
        case.standing = Standing::Adjudicated(verdict);
        case.labels.push(Said {
            author,
            verdict: Some(verdict),
            reasons: Vec::new(),
            comment,
            lines: None,
            at: self.wall,
            seconds,
            blind: false,
            revealed: false,
            adjudicates: true,
        });
        let stays = open.which.keeps(case);
        open.list();
        if stays {
            open.cursor = (open.cursor + 1).min(open.shown.len().saturating_sub(1));
        }
        let label =
            Label { verdict: Some(verdict), comment: why, seconds, adjudicates: true, ..self.label_on(step, &code) };
        self.push_job(Work::Set { item, stream, label: Box::new(label) }, effects);
        self.open_case(effects);
    }

    /// What was shown as settled may not be.
    pub(super) fn doubt_cases(&mut self) {
        if let Some(open) = &mut self.adjudication {
            open.dirty = true;
        }
    }

    /// What undo or redo changed is where the cursor goes next.
    pub(super) fn seek_case(&mut self, item: &str, node: Node) {
        if let Some(open) = self.adjudication.as_mut().filter(|_| self.screen == Screen::Adjudication) {
            open.wanted = Some((item.to_owned(), node));
        }
    }

    /// The steps of the version under the cursor.
    pub(super) fn open_steps_of_case(&mut self, effects: &mut Vec<Effect>) {
        if self.adjudication.as_ref().is_some_and(|open| open.current().is_some()) {
            self.open_case(effects);
            self.screen = Screen::Steps;
            self.came_from = Some(Screen::Adjudication);
        }
    }

    pub(super) fn leave_adjudication(&mut self) {
        self.screen = self.adjudication.as_ref().map_or(Screen::Items, |open| open.from);
    }
}
