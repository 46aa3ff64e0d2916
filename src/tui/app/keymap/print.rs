//! The keymap on paper: the effective table, and a file to start from.

use std::fmt::Write;

use super::Keymap;
use super::places;
use crate::tui::app::command::{Bar, COMMANDS, Command, Group};
use crate::tui::app::keys::Keys;
use crate::tui::app::model::Screen;
use crate::tui::app::{App, Start};
use crate::tui::style::{ColourDepth, Theme};

/// A command as `fdsp keys` lists it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    pub command: &'static str,
    pub keys: Vec<String>,
    /// Those of the table, where the user's own have taken their place.
    pub default: Option<Vec<&'static str>>,
    pub category: &'static str,
    pub places: String,
    pub help: &'static str,
}

pub fn table(keymap: &Keymap) -> Vec<Line> {
    let standard = Keymap::default();
    let mut app = App::new(Theme::plain(), ColourDepth::Mono, "", Start::Runs);
    let by_group = Group::EVERY.into_iter().flat_map(|group| COMMANDS.iter().filter(move |it| it.group == group));
    by_group
        .map(|command| Line {
            command: command.name,
            keys: keymap.of(command.id).iter().map(Keys::to_string).collect(),
            default: (keymap.of(command.id) != standard.of(command.id)).then(|| command.keys.to_vec()),
            category: command.group.title(),
            places: places_of(command, &mut app),
            help: command.help,
        })
        .collect()
}

fn places_of(command: &Command, app: &mut App) -> String {
    let mut screens: Vec<(Screen, &str)> = vec![
        (Screen::Runs, "runs"),
        (Screen::Items, "items"),
        (Screen::Steps, "steps"),
        (Screen::Live, "board"),
        (Screen::Form, "form"),
        (Screen::Report, "report"),
        (Screen::Scanners, "scanners"),
        (Screen::Lattice, "lattice"),
        (Screen::Adjudication, "adjudication"),
    ];
    let all = screens.len();
    let places = places::every();
    screens.retain(|(screen, _)| {
        places.iter().filter(|place| place.screen == *screen).any(|place| {
            place.stand(app);
            !matches!(command.bar(app), Some(Bar::Elsewhere(_)))
        })
    });
    if screens.len() == all {
        return "everywhere".to_owned();
    }
    screens.into_iter().map(|(_, name)| name).collect::<Vec<_>>().join(" ")
}

/// A `keys.toml` with every command and its keys, all of it commented out but the table's head.
pub fn defaults() -> String {
    let mut text = String::from(
        "# Keys of the workbench. Take the # from a line and write your own: a key (\"r\", \"ctrl-r\", \"alt-x\",\n\
         # \"enter\", \"f5\"), a sequence (\"g g\"), a list of them, or [] for none.\n\n[keys]\n",
    );
    for group in Group::EVERY {
        let _ = writeln!(text, "\n# {}", group.title());
        for command in COMMANDS.iter().filter(|command| command.group == group) {
            let keys: Vec<String> = command.keys.iter().map(|key| toml::Value::from(*key).to_string()).collect();
            let keys = if let [one] = keys.as_slice() { one.clone() } else { format!("[{}]", keys.join(", ")) };
            let _ = writeln!(text, "# {} = {keys}    # {}", command.name, command.help);
        }
    }
    text
}
