//! What keys and answers do to the report.

use std::time::Duration;

use super::super::App;
use super::super::command::Cmd;
use super::super::item::Landing;
use super::super::message::{Effect, Message, Record};
use super::super::model::{Screen, Tab};
use super::super::timeline::Node;
use super::{Counted, MOST_RUNS, Page, Report};
use crate::core::fold::ItemState;
use crate::core::ids::{ApproachId, StreamId};
use crate::core::settings::{RunInfo, VerdictMode};
use crate::metrics::{Labels, RowRef};
use crate::runner::update::Update;

/// While a run works its numbers are counted again this often at most.
const PACE: Duration = Duration::from_millis(500);

/// What a message means for numbers that are on the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui::app) enum Touch {
    Nothing,
    /// A run goes on.
    Events,
    /// A label was stored, or another process wrote.
    Stored,
}

impl Touch {
    pub(in crate::tui::app) fn of(message: &Message) -> Self {
        match message {
            Message::Stored(_, Ok(_)) | Message::Changed => Self::Stored,
            Message::Live(updates) if updates.iter().any(|one| matches!(one, Update::Entries { .. })) => Self::Events,
            _ => Self::Nothing,
        }
    }
}

impl App {
    /// Opens the report, or the scanners, of the run that is looked at.
    pub(in crate::tui::app) fn open_report(&mut self, screen: Screen, effects: &mut Vec<Effect>) {
        if matches!(self.screen, Screen::Report | Screen::Scanners) {
            self.screen = screen;
            self.look_up(effects);
            return;
        }
        let info: Option<RunInfo> = match self.screen {
            Screen::Runs => self.runs.as_ref().and_then(|runs| runs.get(self.runs_cursor)).map(|run| run.info.clone()),
            Screen::Live => self.live.as_ref().and_then(|live| live.info.clone()),
            _ => self.list.as_ref().map(|list| list.info.clone()),
        };
        let Some(info) = info else {
            effects.push(self.tell("there is no run to report on", false));
            return;
        };
        if self.report.as_ref().is_none_or(|report| report.run != info.id) {
            self.report = Some(Box::new(Report::new(&info, self.screen)));
        }
        if let Some(report) = &mut self.report {
            // From an item that the report led to, this is the way back.
            if self.came_from.is_none() {
                report.from = self.screen;
            }
            // What was stored while nobody looked is counted now.
            report.dirty = true;
        }
        self.came_from = None;
        self.screen = screen;
        self.recount(Duration::ZERO, effects);
        self.look_up(effects);
    }

    /// Asks for the numbers again, unless that is under way: then once more after it.
    fn recount(&mut self, after: Duration, effects: &mut Vec<Effect>) {
        let generation = self.next_generation();
        let Some(report) = &mut self.report else { return };
        if report.waits.is_some() {
            report.dirty = true;
            return;
        }
        let mut runs = vec![report.run.clone()];
        if report.beside
            && let Some(known) = &self.runs
            && let Some(own) = known.iter().find(|run| run.info.id == report.run)
        {
            let same = known.iter().map(|run| &run.info).filter(|info| {
                info.id != own.info.id && info.dataset == own.info.dataset && info.dataset_hash == own.info.dataset_hash
            });
            runs.extend(same.map(|info| info.id.clone()).take(MOST_RUNS - 1));
        }
        report.waits = Some(generation);
        report.dirty = false;
        effects.push(Effect::Count { generation, runs, figure4: report.figure4, after });
    }

    pub(in crate::tui::app) fn take_counted(
        &mut self,
        generation: u64,
        result: Result<Box<Counted>, String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(report) = self.report.as_mut().filter(|report| report.waits == Some(generation)) else { return };
        report.waits = None;
        match result {
            Ok(counted) => report.take(*counted),
            Err(trouble) if report.counted.is_none() => report.trouble = Some(trouble),
            Err(trouble) => effects.push(self.tell(format!("not counted again: {trouble}"), false)),
        }
        self.look_up(effects);
    }

    /// Keeps the numbers in step with what is stored; called after every message.
    pub(in crate::tui::app) fn follow_report(&mut self, touch: Touch, effects: &mut Vec<Effect>) {
        let near = [Screen::Steps, Screen::Report, Screen::Scanners, Screen::Lattice, Screen::Adjudication];
        if !near.contains(&self.screen) {
            self.came_from = None;
        }
        let Some(report) = &mut self.report else { return };
        report.dirty |= touch != Touch::Nothing;
        let shown = matches!(self.screen, Screen::Report | Screen::Scanners);
        // From an item that a cell led to, the way back is to numbers that are right already.
        let awaited = self.came_from.is_some() && touch == Touch::Stored;
        if report.dirty && report.waits.is_none() && (shown || awaited) {
            let working = self.live.as_ref().is_some_and(|live| live.working());
            let after = if working && touch != Touch::Stored { PACE } else { Duration::ZERO };
            self.recount(after, effects);
        }
    }

    pub(in crate::tui::app) fn report_act(&mut self, id: Cmd, effects: &mut Vec<Effect>) {
        let Some(report) = &mut self.report else { return };
        match id {
            Cmd::NextPage | Cmd::PrevPage => {
                let by = if id == Cmd::NextPage { 1 } else { -1 };
                let at = (report.page as isize + by).rem_euclid(Page::EVERY.len() as isize) as usize;
                report.turn_to(Page::EVERY[at]);
            }
            Cmd::CellLeft | Cmd::CellRight if report.evidence.is_none() => {
                let by = if id == Cmd::CellRight { 1 } else { -1 };
                if let Some(at) = report.place() {
                    let to = report.sheet.right(at, by);
                    report.set_place(to);
                }
            }
            Cmd::Verdict => {
                report.way.mode = match report.way.mode {
                    VerdictMode::Strict => VerdictMode::Paper,
                    VerdictMode::Paper => VerdictMode::Strict,
                };
                report.lay_out();
                report.fill_matrix();
                report.clamp();
                self.look_up(effects);
            }
            Cmd::WithLabels => {
                report.way.labels = match report.way.labels {
                    Labels::With => Labels::Without,
                    Labels::Without => Labels::With,
                };
                report.lay_out();
                report.clamp();
            }
            Cmd::Figure4Of => {
                let all = ApproachId::REFINEMENTS;
                let here = all.iter().position(|id| *id == report.figure4).map_or(0, |at| at + 1);
                report.figure4 = all[here % all.len()];
                report.waits = None;
                self.recount(Duration::ZERO, effects);
            }
            Cmd::NextPair => {
                report.way.pair += 1;
                report.lay_out();
                report.clamp();
            }
            Cmd::RunsBeside => {
                report.beside = !report.beside;
                report.waits = None;
                self.recount(Duration::ZERO, effects);
            }
            Cmd::OnlyApart => {
                report.matrix.apart = !report.matrix.apart;
                report.fill_matrix();
                self.look_up(effects);
            }
            _ => {}
        }
    }

    pub(in crate::tui::app) fn move_report(&mut self, by: isize, effects: &mut Vec<Effect>) {
        let scanners = self.screen == Screen::Scanners;
        let Some(report) = &mut self.report else { return };
        let moved = |at: usize, count: usize| at.saturating_add_signed(by).min(count.saturating_sub(1));
        if scanners {
            report.matrix.cursor = moved(report.matrix.cursor, report.matrix.lines.len());
            self.look_up(effects);
        } else if let Some(at) = report.evidence {
            report.evidence = Some(moved(at, report.behind().len()));
        } else if let Some(at) = report.place() {
            let to = report.sheet.down(at, by);
            report.set_place(to);
        }
    }

    /// Opens what the cursor is on: the items behind a cell, or an item's steps.
    pub(in crate::tui::app) fn open_from_report(&mut self, effects: &mut Vec<Effect>) {
        let Some(report) = &mut self.report else { return };
        let row = match (self.screen, report.evidence) {
            (Screen::Scanners, _) => report.matrix.current(),
            (_, Some(at)) => report.behind().get(at).copied(),
            (_, None) if report.place().is_none() => None,
            (_, None) if report.behind().is_empty() => {
                effects.push(self.tell("no item stands behind this number", true));
                return;
            }
            (_, None) => {
                report.evidence = Some(0);
                return;
            }
        };
        if let Some(row) = row {
            self.open_row(row, effects);
        }
    }

    fn open_row(&mut self, at: RowRef, effects: &mut Vec<Effect>) {
        let Some(report) = &self.report else { return };
        let Some(counted) = &report.counted else { return };
        let (Some(row), Some(info)) = (counted.row(at), counted.info(at)) else { return };
        let (run, item, stream) = (info.id.clone(), row.item.clone(), row.stream);
        let tests = self.screen == Screen::Report && report.page.of_tests();
        let mode = if tests { info.settings.verdict } else { report.mode() };
        let of_labels = self.screen == Screen::Report && report.page.of_labels();
        let labelled = counted.agreed.as_ref().filter(|_| of_labels);
        let labelled = labelled.and_then(|agreed| agreed.step_of(&run, &item, stream));
        let landing = match row.facts(mode).and_then(|facts| facts.step) {
            _ if labelled.is_some() => labelled.map_or(Landing::Fix, |step| Landing::Node(Node::Step(stream, step))),
            Some(step) if tests && row.test.is_some() => Landing::Node(Node::Test(stream, step)),
            Some(step) if !stream.approach.refines() => Landing::Node(Node::Step(stream, step)),
            _ => Landing::Fix,
        };
        let from = self.screen;
        if self.list.as_ref().is_some_and(|list| list.info.id == run) {
            self.show_item(&item, stream, landing, effects);
            if of_labels {
                self.tab = Tab::Diff;
            }
        } else {
            self.wanted = Some((stream, landing));
            self.start = Some(super::super::Start::Run { run: run.clone(), item: Some(item) });
            self.load_run(&run, effects);
        }
        self.came_from = Some(from);
    }

    fn show_item(&mut self, item: &str, stream: StreamId, landing: Landing, effects: &mut Vec<Effect>) {
        let Some(list) = &mut self.list else { return };
        list.set_query("");
        if !list.go_to(item, Some(stream)) {
            list.go_to(item, None);
        }
        self.open_steps(effects);
        self.landing = landing;
        self.tab = match landing {
            Landing::Node(Node::Test(..)) => Tab::Test,
            Landing::Node(_) => Tab::Code,
            Landing::Fix => Tab::Diff,
        };
        self.scroll = (0, 0);
        // An item that was open already is not loaded again.
        if self.loading.is_none()
            && let Some(open) = &mut self.item
        {
            open.land(landing);
        }
    }

    /// One step back: from the items behind a cell to the cell, from the report to where it was opened.
    pub(in crate::tui::app) fn leave_report(&mut self, effects: &mut Vec<Effect>) {
        let Some(report) = &mut self.report else {
            self.screen = Screen::Runs;
            return;
        };
        if self.screen == Screen::Report && report.evidence.is_some() {
            report.evidence = None;
            return;
        }
        let (run, from) = (report.run.clone(), report.from);
        match from {
            Screen::Items | Screen::Steps if self.list.as_ref().is_none_or(|list| list.info.id != run) => {
                // An item of another run was looked at: back to the run that this is about.
                self.load_run(&run, effects);
            }
            from => self.screen = from,
        }
    }

    /// Reads the findings of the item under the cursor of the scanners' screen.
    fn look_up(&mut self, effects: &mut Vec<Effect>) {
        if self.screen != Screen::Scanners {
            return;
        }
        let generation = self.next_generation();
        let Some(report) = &mut self.report else { return };
        let Some(counted) = &report.counted else { return };
        let Some(row) = report.matrix.current().and_then(|at| counted.row(at)) else { return };
        let known = report.matrix.found.as_ref().is_some_and(|(item, _)| *item == row.item) && report.matrix.fresh;
        let asked = report.matrix.waits.as_ref().is_some_and(|(_, item)| *item == row.item);
        if !known && !asked {
            report.matrix.waits = Some((generation, row.item.clone()));
            effects.push(Effect::LookUp { generation, run: report.run.clone(), item: row.item.clone() });
        }
    }

    pub(in crate::tui::app) fn take_looked_up(
        &mut self,
        generation: u64,
        result: Result<Box<Record>, String>,
        effects: &mut Vec<Effect>,
    ) {
        let Some(report) = &mut self.report else { return };
        let matrix = &mut report.matrix;
        if matrix.waits.as_ref().is_some_and(|(wanted, _)| *wanted == generation) {
            matrix.waits = None;
            match result {
                Ok(record) => {
                    matrix.fresh = true;
                    matrix.found = Some((record.item.id.clone(), ItemState::of(&record.entries)));
                }
                Err(trouble) => effects.push(self.tell(trouble, false)),
            }
        }
    }
}

impl Report {
    /// A page laid out another way may hold fewer items behind its cell.
    fn clamp(&mut self) {
        if let Some(at) = self.evidence {
            let last = self.behind().len().checked_sub(1);
            self.evidence = last.map(|last| at.min(last));
        }
    }
}
