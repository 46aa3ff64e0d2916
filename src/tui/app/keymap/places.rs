//! Every place in which a key can be pressed, and what would clash in one.

use std::fmt;

use super::Keymap;
use crate::tui::app::command::{Bar, Cmd};
use crate::tui::app::keys::Keys;
use crate::tui::app::model::{Pane, Screen, Tab};
use crate::tui::app::{App, Start};
use crate::tui::style::{ColourDepth, Theme};

/// What decides which commands belong here, whatever is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub screen: Screen,
    pub pane: Pane,
    pub tab: Tab,
}

impl Place {
    pub fn stand(self, app: &mut App) {
        (app.screen, app.pane, app.tab) = (self.screen, self.pane, self.tab);
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let screen = match self.screen {
            Screen::Runs => "the list of runs",
            Screen::Items => "the items",
            Screen::Steps => "the steps",
            Screen::Live => "the board",
            Screen::Form => "the form",
            Screen::Report => "the report",
            Screen::Scanners => "the scanners",
            Screen::Lattice => "the lattice",
            Screen::Adjudication => "the adjudication",
        };
        f.write_str(screen)?;
        if self.screen == Screen::Steps && matches!(self.tab, Tab::Diff | Tab::Test) {
            write!(f, " ({})", self.tab.as_str().to_lowercase())?;
        }
        Ok(())
    }
}

pub fn every() -> Vec<Place> {
    let screens = [
        Screen::Runs,
        Screen::Items,
        Screen::Live,
        Screen::Form,
        Screen::Report,
        Screen::Scanners,
        Screen::Lattice,
        Screen::Adjudication,
    ];
    let plain = screens.into_iter().map(|screen| Place { screen, pane: Pane::Main, tab: Tab::Code });
    let steps = [Pane::Main, Pane::Steps, Pane::Items].into_iter().flat_map(|pane| {
        let tabs = Tab::EVERY.into_iter();
        tabs.map(move |tab| Place { screen: Screen::Steps, pane, tab })
    });
    plain.chain(steps).collect()
}

/// Pairs that can never be given at once: a search, the number under the cursor or the page parts them.
const PARTED: [(Cmd, Cmd); 8] = [
    (Cmd::NextMatch, Cmd::NextFailure),
    (Cmd::NextMatch, Cmd::NextChange),
    (Cmd::NextMatch, Cmd::NewRun),
    (Cmd::PrevMatch, Cmd::PrevFailure),
    (Cmd::PrevMatch, Cmd::PrevChange),
    (Cmd::PrevMatch, Cmd::NewRun),
    (Cmd::Explain, Cmd::Help),
    (Cmd::Figure4Of, Cmd::NextPair),
];

/// Two commands on the same keys in one place, or one whose keys begin the other's and so hide it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clash {
    pub place: Place,
    pub one: (Cmd, Keys),
    pub other: (Cmd, Keys),
}

/// Each pair once, in the first place where it clashes.
pub fn clashes(keymap: &Keymap) -> Vec<Clash> {
    let mut app = App::new(Theme::plain(), ColourDepth::Mono, "", Start::Runs);
    let mut found: Vec<Clash> = Vec::new();
    for place in every() {
        place.stand(&mut app);
        let here: Vec<(Cmd, &Keys)> = keymap
            .commands()
            .filter(|(command, _)| !matches!(command.bar(&app), Some(Bar::Elsewhere(_))))
            .flat_map(|(command, keys)| keys.iter().map(|keys| (command.id, keys)))
            .collect();
        for (at, (one, short)) in here.iter().enumerate() {
            for (other, long) in &here[at + 1..] {
                let begins = long.after(short.chords()).is_some() || short.after(long.chords()).is_some();
                let clash = Clash { place, one: (*one, (*short).clone()), other: (*other, (*long).clone()) };
                let known = |old: &Clash| (&old.one, &old.other) == (&clash.one, &clash.other);
                let parted = PARTED.contains(&(*one, *other)) || PARTED.contains(&(*other, *one));
                if begins && !parted && !found.iter().any(known) {
                    found.push(clash);
                }
            }
        }
    }
    found
}
