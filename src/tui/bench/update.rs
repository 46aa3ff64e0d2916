//! The bench's reducer.

use std::time::Duration;

use super::command::{self, Cmd};
use super::layout::{page, panes, tab_at};
use super::{Answer, Ask, Bench, Effect, InHand, Message, Overlay, Tab};
use crate::core::label::LabelVerdict;
use crate::desk::{Card, Said};
use crate::tui::app::keys::Chord;
use crate::tui::app::model::Toast;
use crate::tui::app::reasons::{Outcome, Panel, Said as Reasons};
use crate::tui::app::shown::Body;
use crate::tui::app::watch::Watch;
use crate::tui::style::Theme;
use crossterm::event::KeyCode;

pub fn update(bench: &mut Bench, message: Message) -> Vec<Effect> {
    let mut effects = Vec::new();
    bench.take(message, &mut effects);
    // What was typed while the desk worked is meant for the card that has come.
    while !bench.waiting
        && let Some(message) = bench.typed.pop_front()
    {
        bench.take(message, &mut effects);
    }
    bench.prepare();
    effects
}

impl Bench {
    fn take(&mut self, message: Message, effects: &mut Vec<Effect>) {
        match message {
            Message::Key(chord) => {
                let quits = chord.ctrl && chord.code == KeyCode::Char('c');
                if self.waiting && !quits {
                    self.typed.push_back(Message::Key(chord));
                    return;
                }
                if let Some(card) = &mut self.card {
                    card.watch.key(self.now);
                }
                self.key(chord, effects);
            }
            Message::Paste(text) if self.waiting => self.typed.push_back(Message::Paste(text)),
            Message::Paste(text) => {
                if let Some(Overlay::Say(panel)) = &mut self.overlay {
                    panel.paste(&text.split_whitespace().collect::<Vec<_>>().join(" "));
                }
            }
            Message::Resized(width, height) => self.size = (width, height),
            Message::Woke(generation) => {
                if generation == self.generation {
                    self.toast = None;
                }
            }
            Message::Answered(answer, progress) => {
                self.waiting = false;
                self.progress = *progress;
                match answer {
                    Ok(answer) => self.answered(answer, effects),
                    Err(trouble) => {
                        // What was typed on would have been meant for a card that did not come.
                        self.typed.clear();
                        if self.card.is_none() && self.ended.is_none() {
                            self.trouble = Some(trouble.clone());
                        }
                        self.tell(trouble, false, effects);
                    }
                }
                if self.quitting {
                    effects.push(Effect::Quit);
                }
            }
        }
    }

    fn tell(&mut self, text: impl Into<String>, good: bool, effects: &mut Vec<Effect>) {
        self.toast = Some(Toast { text: text.into(), good, passing: false });
        self.generation += 1;
        effects.push(Effect::Wake(self.generation, Duration::from_secs(if good { 5 } else { 12 })));
    }

    fn ask(&mut self, ask: Ask, effects: &mut Vec<Effect>) {
        self.waiting = true;
        effects.push(Effect::Ask(ask));
    }

    fn answered(&mut self, answer: Answer, effects: &mut Vec<Effect>) {
        match answer {
            Answer::Served(next) => self.serve(next, effects),
            Answer::Labelled(receipt, next) => match next {
                Some(next) => self.serve(next, effects),
                None => {
                    debug_assert!(!receipt.settled);
                }
            },
            Answer::Undone(Some(card)) => {
                self.put(*card);
                if let Some(card) = &mut self.card {
                    card.taken_back = true;
                }
                self.ended = None;
                self.tell("your label is taken back · ctrl-r puts it back", true, effects);
            }
            Answer::Undone(None) => self.tell("nothing to undo", false, effects),
            Answer::Redone(None, _) => self.tell("nothing to redo", false, effects),
            Answer::Redone(Some(_), next) => {
                self.tell("put back · U undoes", true, effects);
                if let Some(next) = next {
                    self.serve(next, effects);
                }
            }
            Answer::Revealed(context) => {
                if let Some(card) = &mut self.card {
                    card.revealed = Some(context);
                }
                self.tab = Tab::About;
                self.scroll = (0, 0);
            }
            Answer::Drift(drift) => self.drift = Some(drift),
        }
    }

    fn serve(&mut self, next: Result<Box<Card>, usize>, effects: &mut Vec<Effect>) {
        match next {
            Ok(card) => self.put(*card),
            Err(held) => {
                self.card = None;
                self.ended = Some(held);
                self.ask(Ask::Drift, effects);
            }
        }
    }

    fn put(&mut self, card: Card) {
        self.card = Some(InHand {
            card,
            revealed: None,
            watch: Watch::new(self.now),
            flagged: false,
            commented: false,
            taken_back: false,
        });
        self.tab = Tab::Diff;
        self.scroll = (0, 0);
        self.overlay = None;
    }

    fn key(&mut self, chord: Chord, effects: &mut Vec<Effect>) {
        match self.overlay.take() {
            Some(overlay) => self.overlay_key(overlay, chord, effects),
            None => match command::find(self, chord) {
                Some(id) => self.act(id, effects),
                None => {
                    let words = match chord.code {
                        KeyCode::Esc => "q ends the sitting; it goes on here next time".to_owned(),
                        _ => format!("{chord} means nothing here; ? lists the keys"),
                    };
                    self.tell(words, false, effects);
                }
            },
        }
    }

    fn overlay_key(&mut self, overlay: Overlay, chord: Chord, effects: &mut Vec<Effect>) {
        let leaves = chord.code == KeyCode::Esc || (chord.ctrl && chord.code == KeyCode::Char('c'));
        if leaves {
            return;
        }
        match overlay {
            Overlay::Help { scroll } => {
                let scroll = match chord.code {
                    KeyCode::Down | KeyCode::Char('j') => scroll + 1,
                    KeyCode::Up | KeyCode::Char('k') => scroll.saturating_sub(1),
                    KeyCode::PageDown | KeyCode::Char(' ') => scroll + page(self),
                    KeyCode::Char('d') if chord.ctrl => scroll + page(self),
                    KeyCode::Char('u') if chord.ctrl => scroll.saturating_sub(page(self)),
                    KeyCode::PageUp => scroll.saturating_sub(page(self)),
                    KeyCode::Char('g') | KeyCode::Home => 0,
                    KeyCode::Char('G') | KeyCode::End => super::view::help_end(self),
                    _ => return,
                };
                self.overlay = Some(Overlay::Help { scroll: scroll.min(super::view::help_end(self)) });
            }
            Overlay::Say(mut panel) => match panel.key(chord, &self.guideline.clone(), self.lines_in_sight()) {
                Outcome::Stay => self.overlay = Some(Overlay::Say(panel)),
                Outcome::Cancel => {}
                Outcome::Unused => {
                    // What lies below the panel may be scrolled.
                    let looks =
                        |id: &Cmd| matches!(id, Cmd::NextChange | Cmd::PrevChange | Cmd::PageUp | Cmd::PageDown);
                    if let Some(id) = command::find(self, chord).filter(looks) {
                        self.act(id, effects);
                    }
                    self.overlay = Some(Overlay::Say(panel));
                }
                Outcome::Store(Reasons { reasons, comment, lines }) => {
                    let verdict = panel.verdict;
                    let said = Said { verdict, reasons, comment, lines, ..Said::default() };
                    if let Some(card) = self.card.as_mut().filter(|_| verdict.is_none()) {
                        card.commented = true;
                    }
                    self.say(said, effects);
                    let what = verdict.map_or("comment stored", |verdict| verdict.as_str());
                    self.tell(format!("{what} · U undoes"), true, effects);
                }
            },
            Overlay::Reveal => {
                let token = self.card.as_ref().map(|card| card.card.sheet().token.clone());
                if let Some(token) = token.filter(|_| matches!(chord.code, KeyCode::Char('y' | 'V') | KeyCode::Enter)) {
                    self.ask(Ask::Reveal(token), effects);
                }
            }
        }
    }

    /// Hands what was said of the card over the counter.
    fn say(&mut self, said: Said, effects: &mut Vec<Effect>) {
        let Some(card) = &self.card else { return };
        let (token, seconds) = (card.card.sheet().token.clone(), card.watch.seconds());
        self.ask(Ask::Label(token, Said { seconds, ..said }), effects);
    }

    fn open_panel(&mut self, verdict: Option<LabelVerdict>) {
        let length = self.card.as_ref().map_or(0, |card| card.card.sheet().after.lines().count());
        self.overlay = Some(Overlay::Say(Box::new(Panel::new(verdict, Reasons::default(), length))));
    }

    /// Lines of the code after that the diff's current change stands on, from 1.
    fn lines_in_sight(&self) -> Option<(u32, u32)> {
        let Body::Diff(doc) = &self.shown.body else { return None };
        doc.lines_of(self.shown.current_change(self.scroll.0)?)
    }

    fn verdict(&mut self, verdict: LabelVerdict, effects: &mut Vec<Effect>) {
        self.say(Said { verdict: Some(verdict), ..Said::default() }, effects);
        self.tell(format!("{verdict} · U undoes"), true, effects);
    }

    fn act(&mut self, id: Cmd, effects: &mut Vec<Effect>) {
        let rows = panes(self).main.height as usize;
        let style = &mut self.diff_style;
        match id {
            Cmd::Realistic => self.verdict(LabelVerdict::Realistic, effects),
            Cmd::Unrealistic if self.guideline.reasons.is_empty() => self.verdict(LabelVerdict::Unrealistic, effects),
            Cmd::Unrealistic => self.open_panel(Some(LabelVerdict::Unrealistic)),
            Cmd::Unsure => self.verdict(LabelVerdict::Unsure, effects),
            Cmd::Skip => {
                self.say(Said { skip: true, ..Said::default() }, effects);
                self.tell("skipped · U undoes", true, effects);
            }
            Cmd::Flag => {
                let Some(card) = &mut self.card else { return };
                card.flagged = !card.flagged;
                let flag = card.flagged;
                self.say(Said { flag: Some(flag), ..Said::default() }, effects);
                self.tell(if flag { "flagged · F lifts it" } else { "the flag is lifted" }, true, effects);
            }
            Cmd::Comment => self.open_panel(None),
            Cmd::Undo => self.ask(Ask::Undo, effects),
            Cmd::Redo => self.ask(Ask::Redo, effects),
            Cmd::Reveal => self.overlay = Some(Overlay::Reveal),
            Cmd::Again => {
                self.ended = None;
                self.ask(Ask::Next, effects);
            }
            Cmd::NextTab => self.show(tab_at(self, 1)),
            Cmd::PrevTab => self.show(tab_at(self, -1)),
            Cmd::ShowDiff if self.tab == Tab::Diff => {
                self.diff_style.split = Some(!super::layout::is_split(self));
                self.scroll.1 = 0;
            }
            Cmd::ShowDiff => self.show(Tab::Diff),
            Cmd::ShowPrompt => self.show(Tab::Prompt),
            Cmd::ShowBefore => self.show(Tab::Before),
            Cmd::ShowAfter => self.show(Tab::After),
            Cmd::NextChange | Cmd::PrevChange => {
                let by = if id == Cmd::NextChange { 1 } else { -1 };
                match self.shown.change_from(self.scroll.0, by) {
                    Some(row) => self.scroll.0 = row,
                    None => self.tell("no other change on this side", true, effects),
                }
            }
            Cmd::Up => self.scroll.0 = self.scroll.0.saturating_sub(1),
            Cmd::Down => self.scroll.0 += 1,
            Cmd::PageUp => self.scroll.0 = self.scroll.0.saturating_sub(rows / 2),
            Cmd::PageDown => self.scroll.0 += rows / 2,
            Cmd::Top => self.scroll.0 = 0,
            Cmd::Bottom => self.scroll.0 = usize::MAX / 4,
            Cmd::Left => self.scroll.1 = self.scroll.1.saturating_sub(8),
            Cmd::Right => self.scroll.1 += 8,
            Cmd::Words => style.words = !style.words,
            Cmd::Fold => style.fold = !style.fold,
            Cmd::MoreContext => style.grow(true),
            Cmd::LessContext => style.grow(false),
            Cmd::Wrap => style.wrap = !style.wrap,
            Cmd::HideSpace => style.hide_space = !style.hide_space,
            Cmd::HideComments => style.hide_comments = !style.hide_comments,
            Cmd::Copy => {
                if let Some(card) = &self.card {
                    let after = &card.card.sheet().after;
                    let lines = after.lines().count();
                    effects.push(Effect::Copy(after.to_string()));
                    self.tell(format!("{lines} lines sent to the clipboard"), true, effects);
                }
            }
            Cmd::Theme => {
                let names = Theme::names();
                let here = names.iter().position(|name| *name == self.theme.name).map_or(0, |at| at + 1);
                if let Ok(theme) = Theme::resolve(names[here % names.len()], self.depth) {
                    self.theme = theme.with_signs(self.theme.signs);
                }
            }
            Cmd::Help => self.overlay = Some(Overlay::Help { scroll: 0 }),
            Cmd::Suspend => effects.push(Effect::Suspend),
            Cmd::Quit => {
                // A label on its way to the disk is waited for.
                self.quitting = true;
                if !self.waiting {
                    effects.push(Effect::Quit);
                }
            }
        }
    }

    fn show(&mut self, tab: Tab) {
        if self.tab != tab {
            self.tab = tab;
            self.scroll = (0, 0);
        }
    }
}
