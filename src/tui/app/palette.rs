//! Keys of what lies over the screen: help, palette, choice of versions, input lines, questions. It takes them first.

use crossterm::event::KeyCode;

use super::App;
use super::command::{self, COMMANDS, Cmd};
use super::finder::{Kind, Palette};
use super::help::Sheet;
use super::input::Input;
use super::item::Landing;
use super::keymap::Meaning;
use super::keys::Chord;
use super::message::Effect;
use super::model::{Overlay, Screen};
use super::takeout::Take;

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
        if let Overlay::Help { scroll, find, typing: true } = overlay {
            self.overlay = Some(help_search(chord, scroll, find));
            return true;
        }
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
            Overlay::Help { scroll, find, .. } => self.help_key(chord, scroll, find, effects),
            Overlay::Palette(mut palette) => {
                if enter {
                    self.choose(&palette, effects);
                    return true;
                }
                if vertical != 0 {
                    let last = palette.shown().saturating_sub(1);
                    palette.cursor = palette.cursor.saturating_add_signed(vertical).min(last);
                } else if palette.input.key(chord) {
                    palette.search();
                }
                Some(Overlay::Palette(palette))
            }
            Overlay::Versions { cursor } => self.versions_key(chord, cursor),
            Overlay::Find(mut input) => {
                if enter || vertical != 0 {
                    // Arrows leave the line and move in what was found.
                    if vertical != 0 {
                        self.act(if vertical > 0 { command::Cmd::Down } else { command::Cmd::Up }, effects);
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
                KeyCode::Char('?') => Some(Overlay::help()),
                KeyCode::Enter | KeyCode::Char('q') => None,
                // The cursor moves below it, and the words follow.
                _ => {
                    if let Meaning::Command(id) = self.keymap.meaning(self, &[chord])
                        && MOVES.contains(&id)
                    {
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
                if enter || chord.typed() == Some('y') || self.keymap.meaning(self, &[chord]) == Meaning::Command(id) {
                    self.confirmed(id, effects);
                }
                None
            }
        };
        true
    }

    /// Does what the palette's line under the cursor stands for: gives a command, opens an item or a run.
    fn choose(&mut self, palette: &Palette, effects: &mut Vec<Effect>) {
        let Some(found) = palette.line(palette.cursor) else { return };
        match found.kind {
            Kind::Command => {
                let command = &COMMANDS[found.at];
                match command.bar(self) {
                    None => self.act(command.id, effects),
                    Some(bar) => self.refuse(command.id, bar, effects),
                }
            }
            Kind::Run => self.open_run(found.title, effects),
            Kind::Item => {
                let Some(list) = &mut self.list else { return };
                if !list.go_to(found.title, None) {
                    // The filter hides what was asked for by its name.
                    list.set_query("");
                    list.go_to(found.title, None);
                }
                self.pause_replay(effects);
                self.open_steps(effects);
            }
        }
    }

    fn help_key(&mut self, chord: Chord, scroll: usize, find: Input, effects: &mut Vec<Effect>) -> Option<Overlay> {
        let sheet = Sheet::of(self, find.text());
        let (page, last) = (sheet.shown().div_ceil(2), sheet.last());
        let scroll = scroll.min(last);
        let scroll = match chord.code {
            KeyCode::Down | KeyCode::Char('j') => scroll + 1,
            KeyCode::Up | KeyCode::Char('k') => scroll.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char('d' | ' ') => scroll + page,
            KeyCode::PageUp | KeyCode::Char('u') => scroll.saturating_sub(page),
            KeyCode::Char('g') | KeyCode::Home => 0,
            // `g e` goes there too: its first key has gone to the top.
            KeyCode::Char('G' | 'e') | KeyCode::End => last,
            KeyCode::Char('/') => return Some(Overlay::Help { scroll: 0, find, typing: true }),
            KeyCode::Char('q' | '?') | KeyCode::Enter => return None,
            KeyCode::Char(':') => {
                self.act(command::Cmd::Palette, effects);
                return self.overlay.take();
            }
            _ => scroll,
        };
        Some(Overlay::Help { scroll: scroll.min(last), find, typing: false })
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
            _ => {
                let field = form.field();
                let edited = form.input_mut().map(|input| input.key(chord));
                if edited == Some(true) {
                    form.edited(field);
                }
                // Letters stay here even where there is nothing to type: what is no letter may be a command.
                return edited == Some(true) || chord.typed().is_some();
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
            Some(Overlay::Palette(palette)) => {
                into(&mut palette.input);
                palette.search();
            }
            Some(Overlay::Why { input, .. } | Overlay::Help { find: input, typing: true, .. }) => into(input),
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

/// Letters typed into the help's search: enter keeps what is found, esc shows all again.
fn help_search(chord: Chord, scroll: usize, mut find: Input) -> Overlay {
    match chord.code {
        KeyCode::Enter | KeyCode::Down => Overlay::Help { scroll, find, typing: false },
        KeyCode::Esc => Overlay::help(),
        KeyCode::Char('c') if chord.ctrl => Overlay::help(),
        _ => {
            find.key(chord);
            Overlay::Help { scroll: 0, find, typing: true }
        }
    }
}
