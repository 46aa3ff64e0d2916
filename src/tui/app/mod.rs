//! The workbench's state and its reducer: `update(&mut App, Message) -> Vec<Effect>`. No IO, no clock, no drawing:
//! the runtime sets [`App::now`] and [`App::wall`] before each message and performs the effects.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::core::ids::StreamId;
use crate::core::projection::RunSummary;
use crate::review::guideline::Guideline;

mod act;
pub mod adjudicate;
mod bulk_acts;
pub mod command;
pub mod filter;
pub mod finder;
pub mod form;
pub mod grid;
pub mod help;
pub mod input;
pub mod item;
pub mod keymap;
pub mod keys;
mod label_acts;
pub mod label_jobs;
pub mod layout;
pub mod list;
pub mod live;
mod look_acts;
pub mod message;
pub mod model;
mod move_acts;
pub mod order;
pub mod pages;
pub mod palette;
pub mod place;
mod pointer;
mod press;
pub mod reasons;
pub mod replay;
mod replay_acts;
pub mod report;
mod run_acts;
pub mod search;
pub mod searching;
pub mod shown;
pub mod takeout;
pub mod test_page;
pub mod tested;
pub mod text;
pub mod timeline;
mod update;
pub mod watch;

use adjudicate::Adjudication;
use form::{Defaults, Form};
use grid::Grid;
use item::{Landing, OpenItem};
use keymap::Keymap;
use keys::Chord;
use label_jobs::{InFlight, LabelJob};
use layout::Sizes;
use list::ItemList;
use live::Live;
use message::{Effect, Timer};
use model::{Ahead, DiffStyle, Overlay, Pane, Screen, Tab, Toast};
use place::Place;
use report::Report;
use searching::Search;
use shown::Shown;

pub use update::update;

use super::style::syntax::Syntax;
use super::style::{ColourDepth, Theme};

/// What to open once the store is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// The run that came with the program, on a fix that does not run.
    Recorded,
    Run {
        run: String,
        item: Option<String>,
    },
    Runs,
}

pub struct App {
    /// Time since the program began; set by the runtime.
    pub now: Duration,
    pub wall: jiff::Timestamp,
    pub size: (u16, u16),
    pub theme: Theme,
    /// What the terminal can show; themes are fitted to it.
    pub depth: ColourDepth,
    /// Syntax colours as far as they are there; a cache that fills itself beside the reducer.
    pub syntax: Option<Arc<Syntax>>,
    pub reduced_motion: bool,
    /// The user named the theme: the terminal's ground does not change it.
    pub theme_chosen: bool,
    /// The theme was chosen by its key.
    theme_picked: bool,
    pub author: String,
    pub start: Option<Start>,
    /// What labels go by.
    pub guideline: Arc<Guideline>,

    pub screen: Screen,
    pub pane: Pane,
    pub tab: Tab,
    pub overlay: Option<Overlay>,
    pub keymap: Keymap,
    /// The first keys of a sequence.
    pub pending: Vec<Chord>,
    pub toast: Option<Toast>,
    /// What stands in the way of showing anything, e.g. a store that does not open.
    pub trouble: Option<String>,

    /// The runs that come with the program are being put into the store.
    pub importing: bool,
    pub runs: Option<Vec<RunSummary>>,
    pub runs_cursor: usize,
    pub list: Option<Box<ItemList>>,
    pub item: Option<Box<OpenItem>>,
    pub live: Option<Box<Live>>,
    pub form: Option<Box<Form>>,
    pub report: Option<Box<Report>>,
    pub adjudication: Option<Box<Adjudication>>,
    /// The lattice of the open item.
    pub grid: Grid,
    pub defaults: Defaults,

    pub diff_style: DiffStyle,
    pub sizes: Sizes,
    /// Reports of the mouse are on.
    pub mouse: bool,
    pub shown: Shown,
    pub search: Option<Box<Search>>,
    /// First line and column shown in the main pane.
    pub scroll: (usize, usize),
    pub spinner: usize,
    /// A label has been on its way to the disk for longer than a glance.
    pub saving: bool,

    jobs: VecDeque<LabelJob>,
    in_flight: Option<InFlight>,
    /// Label keys pressed before the next item was there.
    typed_ahead: VecDeque<Ahead>,
    loading: Option<(u64, String)>,
    landing: Landing,
    /// The screen that led to the open item, where it was not the list: the way back goes there.
    came_from: Option<Screen>,
    /// How the run stood that is opened again.
    restored: Option<Box<Place>>,
    /// Where to go in a run that is on its way.
    wanted: Option<(StreamId, Landing)>,
    /// Another process wrote while something was loading.
    changed: bool,
    reloading: bool,
    generation: u64,
    runs_generation: u64,
    probe_generation: u64,
    timers: [Option<u64>; 4],
    replayed_at: Duration,
    quitting: bool,
    /// Runs of which it was said that their labels go by another guideline.
    guideline_told: Vec<String>,
}

impl App {
    pub fn new(theme: Theme, depth: ColourDepth, author: &str, start: Start) -> Self {
        let screen = if start == Start::Runs { Screen::Runs } else { Screen::Steps };
        Self {
            now: Duration::ZERO,
            wall: jiff::Timestamp::UNIX_EPOCH,
            size: (80, 24),
            theme,
            depth,
            syntax: None,
            reduced_motion: false,
            theme_chosen: false,
            theme_picked: false,
            restored: None,
            author: author.to_owned(),
            start: Some(start),
            guideline: Guideline::builtin(),
            screen,
            pane: Pane::Main,
            tab: Tab::Diff,
            overlay: None,
            keymap: Keymap::default(),
            pending: Vec::new(),
            toast: None,
            trouble: None,
            importing: false,
            runs: None,
            runs_cursor: 0,
            list: None,
            item: None,
            live: None,
            form: None,
            report: None,
            adjudication: None,
            grid: Grid::default(),
            defaults: Defaults::default(),
            diff_style: DiffStyle::default(),
            sizes: Sizes::default(),
            mouse: false,
            shown: Shown::default(),
            search: None,
            scroll: (0, 0),
            spinner: 0,
            saving: false,
            jobs: VecDeque::new(),
            in_flight: None,
            typed_ahead: VecDeque::new(),
            loading: None,
            landing: Landing::Fix,
            came_from: None,
            wanted: None,
            changed: false,
            reloading: false,
            generation: 0,
            runs_generation: 0,
            probe_generation: 0,
            timers: [None; 4],
            replayed_at: Duration::ZERO,
            quitting: false,
            guideline_told: Vec::new(),
        }
    }

    #[cfg(test)]
    pub fn for_tests() -> Self {
        Self::new(Theme::plain(), ColourDepth::Mono, "ana", Start::Runs)
    }

    fn next_generation(&mut self) -> u64 {
        self.generation += 1;
        self.generation
    }

    /// Asks to be woken; a timer of the same kind that is still running is forgotten.
    fn wake(&mut self, timer: Timer, after: Duration) -> Effect {
        let generation = self.next_generation();
        self.timers[timer as usize] = Some(generation);
        Effect::Wake(timer, generation, after)
    }

    fn tell(&mut self, text: impl Into<String>, good: bool) -> Effect {
        self.toast = Some(Toast { text: text.into(), good, passing: false });
        self.wake(Timer::Toast, Duration::from_secs(if good { 5 } else { 12 }))
    }

    /// The run that is open is the one that works right now.
    pub fn watches_live(&self) -> bool {
        let live = self.live.as_ref().filter(|live| live.working()).and_then(|live| live.run());
        live.is_some() && live == self.list.as_ref().map(|list| list.info.id.as_str())
    }

    /// The tab that the main pane really shows: a diff needs two versions.
    /// The tabs of the main pane; the test has one where the item or what is selected has a test.
    pub fn tabs(&self) -> &'static [Tab] {
        let tested = self.item.as_ref().is_some_and(|item| item.has_test());
        if tested { &Tab::EVERY } else { &Tab::EVERY[..Tab::EVERY.len() - 1] }
    }

    pub fn effective_tab(&self) -> Tab {
        // Adjudication shows the change.
        let tab = if self.screen == Screen::Adjudication { Tab::Diff } else { self.tab };
        let comparable = self.item.as_ref().is_some_and(|item| item.compared_with().is_some());
        if tab == Tab::Diff && !comparable { Tab::Code } else { tab }
    }

    pub fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Whether there is something worth a first frame.
    pub fn is_ready(&self) -> bool {
        let waits = self.loading.is_some() || (self.runs.is_none() && self.trouble.is_none());
        !waits || self.item.is_some()
    }

    /// Something on the screen moves by itself.
    fn spins(&self) -> bool {
        let Some(live) = self.live.as_ref().filter(|live| live.working() && live.busy() > 0) else { return false };
        match self.screen {
            Screen::Live => true,
            Screen::Steps => self
                .item
                .as_ref()
                .is_some_and(|item| Some(item.run.as_str()) == live.run() && live.doing(&item.item.id).is_some()),
            _ => false,
        }
    }
}
