//! The workbench without a terminal: the real reducer over the fixture, its effects answered from memory.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use fdsp::core::event::Entry;
use fdsp::core::fold::ItemState;
use fdsp::core::ids::ApproachId;
use fdsp::core::item::{About, Item};
use fdsp::core::projection::{Row, RunSummary};
use fdsp::core::settings::RunInfo;
use fdsp::core::verdict::Verdict;
use fdsp::metrics::agreement::Labelled;
use fdsp::metrics::{RunRows, Wanted};
use fdsp::review::adjudication::cases;
use fdsp::review::rows;
use fdsp::tui::app::keys::Chord;
use fdsp::tui::app::message::{Effect, Message, Record, RunData};
use fdsp::tui::app::report::{Agreed, Counted};
use fdsp::tui::app::{App, Start, update};
use fdsp::tui::style::{ColourDepth, Theme};
use fdsp::tui::{svg, view};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::fixture;

pub struct Bench {
    pub app: App,
    pub info: RunInfo,
    pub items: Vec<(Item, Vec<Entry>)>,
    pub history: Vec<(String, Entry)>,
    /// Effects that only the loop could have done.
    pub asked: Vec<Effect>,
    /// Appends are kept back, as a slow disk does.
    pub hold_appends: bool,
    pub held: Vec<Effect>,
    /// Counts are kept back, as a large store does.
    pub hold_counts: bool,
    /// Other runs of the store, for reports.
    pub others: Vec<RunRows>,
    /// Of the labels that are there already.
    pub guidelines: Vec<(u32, String)>,
    queue: VecDeque<Message>,
}

impl Bench {
    pub fn new(start: Start, size: (u16, u16)) -> Self {
        Self::with(start, size, Theme::plain(), ColourDepth::Mono)
    }

    pub fn with(start: Start, size: (u16, u16), theme: Theme, depth: ColourDepth) -> Self {
        let items = fixture::items().into_iter().map(|(item, script)| (item, script.entries())).collect();
        Self::holding(items, start, size, theme, depth)
    }

    pub fn holding(
        items: Vec<(Item, Vec<Entry>)>,
        start: Start,
        size: (u16, u16),
        theme: Theme,
        depth: ColourDepth,
    ) -> Self {
        Self::of_run(fixture::info(), items, start, size, theme, depth)
    }

    /// Over a run of its own.
    pub fn of_run(
        info: RunInfo,
        items: Vec<(Item, Vec<Entry>)>,
        start: Start,
        size: (u16, u16),
        theme: Theme,
        depth: ColourDepth,
    ) -> Self {
        let mut app = App::new(theme, depth, "ana", start);
        app.size = size;
        let mut bench = Self {
            app,
            info,
            items,
            history: Vec::new(),
            asked: Vec::new(),
            hold_appends: false,
            held: Vec::new(),
            hold_counts: false,
            others: Vec::new(),
            guidelines: Vec::new(),
            queue: VecDeque::new(),
        };
        let effects = bench.app.begin();
        bench.answer_all(effects);
        bench.settle();
        bench
    }

    /// On the steps of one item of the fixture.
    pub fn on(item: &str, size: (u16, u16)) -> Self {
        Self::new(Start::Run { run: fixture::RUN.to_owned(), item: Some(item.to_owned()) }, size)
    }

    pub fn send(&mut self, message: Message) {
        self.queue.push_back(message);
        self.settle();
    }

    /// Takes a message in without answering what it asks for.
    pub fn send_alone(&mut self, message: Message) -> Vec<Effect> {
        update(&mut self.app, message)
    }

    fn settle(&mut self) {
        while let Some(message) = self.queue.pop_front() {
            let effects = update(&mut self.app, message);
            self.answer_all(effects);
        }
    }

    pub fn release(&mut self) {
        (self.hold_appends, self.hold_counts) = (false, false);
        while !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.answer_all(held);
            self.settle();
        }
    }

    fn answer_all(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            let append = self.hold_appends && matches!(effect, Effect::Append { .. });
            if append || (self.hold_counts && matches!(effect, Effect::Count { .. })) {
                self.held.push(effect);
            } else {
                self.answer(effect);
            }
        }
    }

    pub fn answer(&mut self, effect: Effect) {
        let message = match effect {
            Effect::Import => Message::Imported(Ok(false)),
            Effect::LoadRuns(generation) => {
                let others = self.others.iter().map(|run| RunSummary { info: run.info.clone(), ..self.summary() });
                Message::Runs(generation, Ok([self.summary()].into_iter().chain(others).collect()))
            }
            Effect::LoadRun(generation, run) => {
                assert_eq!(run, self.info.id);
                Message::Run(generation, Ok(Box::new(self.data())))
            }
            Effect::LoadRecord { generation, run, item } => {
                let (item, entries) = self.items.iter().find(|(known, _)| known.id == item).expect("a known item");
                let record = Record { run, item: item.clone(), entries: entries.clone() };
                Message::Record(generation, Ok(Box::new(record)))
            }
            Effect::LookUp { generation, run, item } => {
                let (item, entries) = self.items.iter().find(|(known, _)| known.id == item).expect("a known item");
                let record = Record { run, item: item.clone(), entries: entries.clone() };
                Message::LookedUp(generation, Ok(Box::new(record)))
            }
            Effect::Cases { generation, run } => {
                assert_eq!(run, self.info.id);
                let of = |(item, entries): &(Item, Vec<Entry>)| cases(&item.id, &ItemState::of(entries));
                Message::Cases(generation, Ok(self.items.iter().flat_map(of).collect()))
            }
            Effect::Count { generation, runs, figure4, .. } => {
                let rows: Vec<RunRows> = runs.iter().map(|run| self.run_rows(run)).collect();
                let mut labels = Labelled::default();
                for (item, entries) in &self.items {
                    labels.extend(Labelled::of_item(&self.info.id, &item.id, &ItemState::of(entries)));
                }
                let infos: Vec<RunInfo> = rows.iter().map(|run| run.info.clone()).collect();
                let counted = Counted::new(Arc::new(rows), &Wanted { figure4, ..Wanted::default() });
                let counted = counted.with_labels(Arc::new(Agreed::new(&infos, labels)));
                Message::Counted(generation, Ok(Box::new(counted)))
            }
            Effect::Append { ticket, events, .. } => {
                let mut told = Vec::new();
                for (item, stream, event) in events {
                    let (_, entries) = self.items.iter_mut().find(|(known, _)| known.id == item).expect("a known item");
                    let seq = entries.last().map_or(0, |entry| entry.seq) + 1;
                    let entry = Entry { seq, at: jiff::Timestamp::UNIX_EPOCH, stream, event };
                    entries.push(entry.clone());
                    self.history.push((item.clone(), entry.clone()));
                    told.push((item, entry));
                }
                Message::Stored(ticket, Ok(told))
            }
            other => {
                self.asked.push(other);
                return;
            }
        };
        self.queue.push_back(message);
    }

    fn run_rows(&self, run: &str) -> RunRows {
        if let Some(other) = self.others.iter().find(|other| other.info.id == run) {
            return other.clone();
        }
        assert_eq!(run, self.info.id);
        let items: Vec<String> = self.items.iter().map(|(item, _)| item.id.clone()).collect();
        let about = self.items.iter().map(|(item, _)| (item.id.clone(), About::from(item))).collect();
        RunRows::new(self.info.clone(), &items, self.rows()).with_about(about)
    }

    pub fn data(&self) -> RunData {
        let items = self.items.iter().map(|(item, _)| item.clone()).collect();
        RunData {
            info: self.info.clone(),
            items,
            rows: self.rows(),
            history: self.history.clone(),
            guidelines: self.guidelines.clone(),
        }
    }

    pub fn rows(&self) -> Vec<Row> {
        let mode = self.info.settings.verdict;
        self.items.iter().flat_map(|(item, entries)| rows(&item.id, &ItemState::of(entries), mode)).collect()
    }

    fn summary(&self) -> RunSummary {
        let rows: Vec<Row> =
            self.rows().into_iter().filter(|row| row.stream.approach != ApproachId::Generate).collect();
        let count = |wanted: &dyn Fn(&Row) -> bool| rows.iter().filter(|row| wanted(row)).count() as u32;
        RunSummary {
            info: self.info.clone(),
            items: self.items.len() as u32,
            vulnerable: count(&|row| row.generated == Some(Verdict::Vulnerable)),
            fixed: count(&Row::is_fix),
            fixes: count(&Row::is_fix),
            labelled: count(&|row| row.labelled > 0),
            failed: count(&|row| row.failed),
            done: count(&|row| row.stopped.is_some()),
            calls: rows.iter().map(|row| row.calls).sum(),
        }
    }

    /// Keys in the spelling of the table of commands, parted by spaces; `"text"` types text.
    pub fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split(' ') {
            match key.strip_prefix('"') {
                Some(text) => {
                    for letter in text.trim_end_matches('"').chars() {
                        self.key(KeyCode::Char(if letter == '_' { ' ' } else { letter }));
                    }
                }
                None => {
                    let chord = Chord::parse(key).unwrap_or_else(|| panic!("`{key}` is no key"));
                    self.send(Message::Key(chord));
                }
            }
        }
        self
    }

    pub fn key(&mut self, code: KeyCode) {
        self.send(Message::Key(Chord::of(&KeyEvent::new(code, KeyModifiers::NONE))));
    }

    /// Lets time pass and wakes the timers that were asked for, once each.
    pub fn pass(&mut self, time: Duration) {
        self.app.now += time;
        for effect in std::mem::take(&mut self.asked) {
            match effect {
                Effect::Wake(timer, generation, _) => self.send(Message::Woke(timer, generation)),
                other => self.asked.push(other),
            }
        }
    }

    pub fn resize(&mut self, size: (u16, u16)) -> &mut Self {
        self.send(Message::Resized(size.0, size.1));
        self
    }

    pub fn buffer(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.app.size.0, self.app.size.1));
        view::draw(&self.app, &mut buffer);
        buffer
    }

    pub fn screen(&self) -> String {
        svg::to_text(&self.buffer())
    }
}
