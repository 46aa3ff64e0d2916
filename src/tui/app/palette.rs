//! Keys of what lies over the screen: help, palette, choice of versions, input lines, questions. It takes them first.

use crossterm::event::KeyCode;
use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::App;
use super::command::{self, COMMANDS, Cmd, Command};
use super::input::Input;
use super::item::Landing;
use super::keys::Chord;
use super::message::Effect;
use super::model::{Overlay, Screen};
use super::takeout::Take;

/// The commands that fit a palette query, best first; with what is typed empty, all that can be done here.
pub fn palette(app: &App, query: &str) -> Vec<&'static Command> {
    let here = COMMANDS.iter().filter(|command| (command.when)(app));
    if query.trim().is_empty() {
        return here.collect();
    }
    let pattern = Pattern::parse(query, CaseMatching::Ignore, Normalization::Smart);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut found: Vec<(u32, &Command)> = here
        .filter_map(|command| {
            let mut score = |text: &str| pattern.score(Utf32Str::new(text, &mut Vec::new()), &mut matcher);
            let by_name = score(command.name).map(|score| score * 2);
            Some((by_name.max(score(command.help))?, command))
        })
        .collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, command)| command).collect()
}

/// Keys that go on working while a number is explained.
const MOVES: [Cmd; 6] = [Cmd::Up, Cmd::Down, Cmd::CellLeft, Cmd::CellRight, Cmd::NextPage, Cmd::PrevPage];

impl App {
    /// In the steps the cursor goes back to the open item as soon as the filter lets it.
    pub(super) fn set_filter(&mut self, query: &str) {
        let Some(list) = &mut self.list else { return };
        list.set_query(query);
        if let Some(item) = self.item.as_ref().filter(|_| self.screen == Screen::Steps) {
            list.go_to(&item.item.id, Some(item.stream));
        }
    }

    /// True when an overlay took the key.
    pub(super) fn overlay_key(&mut self, chord: Chord, effects: &mut Vec<Effect>) -> bool {
        let Some(overlay) = self.overlay.take() else { return false };
        let quits = chord.ctrl && chord.code == KeyCode::Char('c');
        if chord.code == KeyCode::Esc || quits {
            match overlay {
                Overlay::Find(_) => self.set_filter(""),
                Overlay::Search(_) => self.drop_search(),
                _ => {}
            }
            return true;
        }
        let enter = chord.code == KeyCode::Enter;
        let vertical = match chord.code {
            KeyCode::Down => 1,
            KeyCode::Up => -1,
            KeyCode::Char('n') if chord.ctrl => 1,
            KeyCode::Char('p') if chord.ctrl => -1,
            _ => 0,
        };
        self.overlay = match overlay {
            Overlay::Help { scroll } => self.help_key(chord, scroll, effects),
            Overlay::Palette { mut input, mut cursor } => {
                let found = palette(self, input.text());
                if enter {
                    if let Some(command) = found.get(cursor) {
                        self.act(command.id, effects);
                    }
                    return true;
                }
                if vertical != 0 {
                    cursor = cursor.saturating_add_signed(vertical).min(found.len().saturating_sub(1));
                } else if input.key(chord) {
                    cursor = 0;
                }
                Some(Overlay::Palette { input, cursor })
            }
            Overlay::Versions { cursor } => self.versions_key(chord, cursor),
            Overlay::Find(mut input) => {
                if enter || vertical != 0 {
                    // Arrows leave the line and move in what was found.
                    if vertical != 0
                        && let Some(id) = command::find(self, chord)
                    {
                        self.act(id, effects);
                    }
                    if enter && self.screen == Screen::Steps {
                        // The open item may have been filtered away: what the cursor is on is what is open.
                        self.load_item(Landing::Fix, effects);
                    }
                    None
                } else {
                    if input.key(chord) {
                        self.set_filter(input.text());
                    }
                    Some(Overlay::Find(input))
                }
            }
            Overlay::Search(mut input) => {
                if enter {
                    if input.text().is_empty() {
                        self.end_search();
                    }
                    None
                } else {
                    if vertical != 0 {
                        self.go_to_match(vertical);
                    } else if input.key(chord) {
                        self.set_search(input.text());
                    }
                    Some(Overlay::Search(input))
                }
            }
            Overlay::Why { mut input, verdict } => {
                if enter {
                    self.decided(verdict, input.text(), effects);
                    None
                } else {
                    input.key(chord);
                    Some(Overlay::Why { input, verdict })
                }
            }
            Overlay::Say(panel, about) => self.say_key(chord, panel, about, effects),
            Overlay::Bulk(bulk) => self.bulk_key(chord, bulk, effects),
            Overlay::Seek(mut input) => {
                if enter {
                    if let Ok(percent) = input.text().trim().trim_end_matches('%').parse::<usize>() {
                        self.seek(effects, |replay| replay.seek_percent(percent));
                    }
                    None
                } else {
                    if chord.typed().is_none_or(|letter| letter.is_ascii_digit()) && input.text().len() < 4 {
                        input.key(chord);
                    }
                    Some(Overlay::Seek(input))
                }
            }
            Overlay::Explain => match chord.code {
                KeyCode::Char('?') => Some(Overlay::Help { scroll: 0 }),
                KeyCode::Enter | KeyCode::Char('q') => None,
                // The cursor moves below it, and the words follow.
                _ => {
                    if let Some(id) = command::find(self, chord).filter(|id| MOVES.contains(id)) {
                        self.act(id, effects);
                    }
                    Some(Overlay::Explain)
                }
            },
            Overlay::Copy => {
                let letter = chord.typed().map(|letter| if letter == 'y' { 'c' } else { letter });
                match Take::EVERY.into_iter().find(|(key, ..)| Some(*key) == letter) {
                    Some((_, what, _)) => self.copy(what, effects),
                    None if letter == Some('q') => {}
                    None => self.overlay = Some(Overlay::Copy),
                }
                return true;
            }
            Overlay::Confirm(id) => {
                if enter || chord.typed() == Some('y') || command::find(self, chord) == Some(id) {
                    self.confirmed(id, effects);
                }
                None
            }
        };
        true
    }

    fn help_key(&mut self, chord: Chord, scroll: usize, effects: &mut Vec<Effect>) -> Option<Overlay> {
        let page = super::layout::page(self);
        let scroll = match chord.code {
            KeyCode::Down | KeyCode::Char('j') => scroll + 1,
            KeyCode::Up | KeyCode::Char('k') => scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char('d' | ' ') => scroll + page,
            KeyCode::PageUp | KeyCode::Char('u') => scroll.saturating_sub(page),
            KeyCode::Char('g') | KeyCode::Home => 0,
            KeyCode::Char('q' | '?') | KeyCode::Enter => return None,
            KeyCode::Char(':') => {
                self.act(super::command::Cmd::Palette, effects);
                return self.overlay.take();
            }
            _ => scroll,
        };
        Some(Overlay::Help { scroll: scroll.min(COMMANDS.len() + 32) })
    }

    fn versions_key(&mut self, chord: Chord, cursor: usize) -> Option<Overlay> {
        let Some(item) = &mut self.item else { return None };
        let count = item.versions().len();
        match chord.code {
            KeyCode::Down | KeyCode::Char('j' | 'v') => Some(Overlay::Versions { cursor: (cursor + 1) % count.max(1) }),
            KeyCode::Up | KeyCode::Char('k') => {
                Some(Overlay::Versions { cursor: (cursor + count.saturating_sub(1)) % count.max(1) })
            }
            KeyCode::Enter => {
                let chosen = item.versions().get(cursor).map(|(stream, version)| (*stream, version.step));
                item.base = chosen;
                self.tab = super::model::Tab::Diff;
                self.pane = super::model::Pane::Main;
                self.scroll = (0, 0);
                None
            }
            KeyCode::Char('q') => None,
            _ => Some(Overlay::Versions { cursor }),
        }
    }

    /// True when the form took the key: letters go into its field.
    pub(super) fn form_key(&mut self, chord: Chord, effects: &mut Vec<Effect>) -> bool {
        if self.screen != Screen::Form {
            return false;
        }
        let Some(form) = &mut self.form else { return false };
        match chord.code {
            KeyCode::Enter => {
                let last = form.fields().last() == Some(form.field());
                if last {
                    self.act(command::Cmd::Start, effects);
                } else {
                    form.move_by(1);
                }
            }
            KeyCode::Down => form.move_by(1),
            KeyCode::Up => form.move_by(-1),
            KeyCode::Left | KeyCode::Right | KeyCode::Char(' ')
                if form.turn(if chord.code == KeyCode::Left { -1 } else { 1 }) => {}
            KeyCode::Esc | KeyCode::Tab | KeyCode::BackTab => return false,
            KeyCode::Char('c' | 't' | 's') if chord.ctrl => return false,
            _ => {
                let field = form.field();
                if let Some(input) = form.input_mut() {
                    input.key(chord);
                    form.edited(field);
                }
            }
        }
        true
    }

    /// Text that was pasted goes where letters go, and nowhere else: it never acts as keys.
    pub(super) fn paste(&mut self, text: &str) {
        let one_line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let into = |input: &mut Input| input.insert(&one_line);
        match &mut self.overlay {
            Some(Overlay::Find(input)) => {
                into(input);
                let query = input.text().to_owned();
                self.set_filter(&query);
            }
            Some(Overlay::Search(input)) => {
                into(input);
                let query = input.text().to_owned();
                self.set_search(&query);
            }
            Some(Overlay::Palette { input, .. } | Overlay::Why { input, .. }) => into(input),
            Some(Overlay::Say(panel, _)) => panel.paste(&one_line),
            Some(_) => {}
            None => {
                if let Some(form) = self.form.as_mut().filter(|_| self.screen == Screen::Form) {
                    let (field, whole) = (form.field(), form.takes_lines());
                    if let Some(input) = form.input_mut() {
                        input.insert(if whole { text } else { &one_line });
                        form.edited(field);
                    }
                }
            }
        }
    }
}
