//! The item that is open: its replay, the fold at the position, the timeline and what is selected in it.

use std::sync::Arc;
use std::time::Duration;

use super::replay::{Replay, Streaming};
use super::tested::Told;
use super::timeline::{Node, TimelineLine, timeline, version_name};
use super::watch::Watch;
use crate::core::event::{Entry, Event, Solution};
use crate::core::fold::{Exchange, ItemState, Version};
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::core::item::Item;
use crate::core::settings::VerdictMode;
use crate::review::findings::{Compared, compare};
use crate::review::{Context, Hint, hints};

#[derive(Debug, Clone)]
pub struct OpenItem {
    pub run: String,
    pub item: Arc<Item>,
    /// The stream whose timeline is shown.
    pub stream: StreamId,
    /// Every stream of the same sample that the run asks for, in its order.
    pub streams: Vec<StreamId>,
    pub mode: VerdictMode,
    pub replay: Replay,
    /// Label events by anybody, as far as they were read or given here.
    labels: Vec<Entry>,
    /// The fold of the events before the replay's position, and of every label.
    pub state: ItemState,
    pub lines: Vec<TimelineLine>,
    /// An index into `lines`.
    pub cursor: usize,
    /// The version that the diff starts from; `None`: the generated code.
    pub base: Option<(StreamId, Step)>,
    /// The time on the item, for the seconds a label records.
    pub watch: Watch,
}

/// A place to go on looking at, when the next item opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// The fix, else the last version.
    Fix,
    Node(Node),
}

impl OpenItem {
    pub fn new(
        run: &str,
        item: Arc<Item>,
        stream: StreamId,
        approaches: &[ApproachId],
        mode: VerdictMode,
        entries: Vec<Entry>,
        opened: Duration,
    ) -> Self {
        let mut open = Self {
            run: run.to_owned(),
            item,
            stream,
            streams: approaches.iter().map(|approach| StreamId::new(*approach, stream.sample)).collect(),
            mode,
            labels: entries.iter().filter(|entry| entry.event.is_label()).cloned().collect(),
            replay: Replay::new(entries),
            state: ItemState::default(),
            lines: Vec::new(),
            cursor: 0,
            base: None,
            watch: Watch::new(opened),
        };
        open.refold();
        open.land(Landing::Fix);
        open
    }

    /// Folds up to the position again; the cursor stays on its line as long as that exists.
    pub fn refold(&mut self) {
        let kept = self.node();
        self.state = self.replay.state();
        self.labels.iter().for_each(|label| self.state.apply(label));
        self.lines = timeline(&self.state, self.stream, self.mode);
        if let Some(streaming) = self.replay.streaming() {
            self.mark_busy(streaming.stream, streaming.step);
        }
        let at = kept.and_then(|node| self.lines.iter().position(|line| line.node == node));
        self.cursor = at.unwrap_or(self.cursor).min(self.lines.len().saturating_sub(1));
    }

    /// Takes in labels that it does not know yet.
    pub fn take_labels(&mut self, entries: &[Entry]) {
        let new = |entry: &&Entry| entry.event.is_label() && self.labels.iter().all(|known| known.seq != entry.seq);
        let new: Vec<Entry> = entries.iter().filter(new).cloned().collect();
        new.iter().for_each(|label| self.state.apply(label));
        self.labels.extend(new);
    }

    pub fn labels(&self) -> &[Entry] {
        &self.labels
    }

    fn mark_busy(&mut self, stream: StreamId, step: Step) {
        if let Some(line) = self.lines.iter_mut().find(|line| line.node == Node::Step(stream, step)) {
            line.tail = "answering".to_owned();
        }
    }

    /// Shows the timeline of another stream.
    pub fn show(&mut self, stream: StreamId) {
        self.stream = stream;
        self.refold();
    }

    /// Takes new events of a live run in; a reader at the end of what works is taken along.
    pub fn take_live(&mut self, entries: &[Entry]) {
        let worked = self.replay.last().map(|last| last.stream);
        if !self.replay.append(entries.iter().cloned()) || self.replay.playing {
            return;
        }
        let here = worked.is_none_or(|stream| stream == self.stream || !self.streams.contains(&stream));
        let follows = here && self.cursor + 1 >= self.lines.len();
        self.refold();
        if follows {
            self.follow();
        }
    }

    /// Puts the cursor where the last event happened, in the stream that it belongs to; what comes before the
    /// refinements is shown in the first of them.
    pub fn follow(&mut self) {
        let first = self.streams.first().copied().unwrap_or(self.stream);
        let owner = self.replay.last().map_or(first, |last| last.stream);
        let owner = if self.streams.contains(&owner) { owner } else { first };
        if owner != self.stream {
            self.show(owner);
        }
        let Some(last) = self.replay.last() else {
            self.cursor = 0;
            return;
        };
        let node = match &last.event {
            Event::Stopped(_) | Event::Failed(_) => Node::End(last.stream),
            Event::Executed(executed) if last.stream == self.stream.generation() => {
                Node::Test(last.stream, executed.step)
            }
            Event::Scanned(scanned) if last.stream == self.stream.generation() => Node::Scan(last.stream, scanned.step),
            event => match event.step() {
                Some(step) => Node::Step(last.stream, step),
                None => return,
            },
        };
        let at = self.lines.iter().position(|line| line.node == node);
        self.cursor = at.unwrap_or(self.lines.len().saturating_sub(1));
    }

    pub fn land(&mut self, landing: Landing) {
        let by = |wanted: &dyn Fn(&TimelineLine) -> bool| self.lines.iter().position(wanted);
        let code = |line: &TimelineLine| {
            matches!(line.node, Node::Step(stream, step) if self.state.stream(stream).is_some_and(
                |stream| stream.version(step).is_some_and(|version| version.code.is_some())
            ))
        };
        let at = match landing {
            Landing::Node(node) => by(&|line| line.node == node),
            Landing::Fix => None,
        };
        let at = at.or_else(|| by(&|line| line.fix)).or_else(|| self.lines.iter().rposition(code));
        self.cursor = at.unwrap_or(self.lines.len().saturating_sub(1));
    }

    pub fn node(&self) -> Option<Node> {
        self.lines.get(self.cursor).map(|line| line.node)
    }

    /// The version that the cursor's line is about; the end stands for the code that is returned.
    pub fn selected(&self) -> Option<(StreamId, &Version)> {
        self.version_of(self.node()?)
    }

    fn version_of(&self, node: Node) -> Option<(StreamId, &Version)> {
        match node {
            Node::End(stream) if self.state.stream(stream)?.stopped.is_some() => {
                let version = self.state.final_version(stream, self.mode)?;
                let owner = if matches!(version.step, Step::Refine { .. }) { stream } else { stream.generation() };
                Some((owner, version))
            }
            node => {
                let (stream, step) = node.step()?;
                Some((stream, self.state.stream(stream)?.version(step)?))
            }
        }
    }

    /// The version that the diff and the findings compare with; `None` when it would be the selected one itself.
    pub fn compared_with(&self) -> Option<(StreamId, &Version)> {
        let (stream, selected) = self.selected()?;
        let chosen = self.base.and_then(|(of, step)| Some((of, self.state.stream(of)?.version(step)?)));
        let generation = self.stream.generation();
        let base = match chosen {
            Some(base) => base,
            // A repaired generation is compared with what did not compile.
            None if stream == generation => (generation, self.state.stream(generation)?.versions.first()?),
            None => (generation, self.state.generated(self.stream)?),
        };
        ((base.0, base.1.step) != (stream, selected.step)).then_some(base)
    }

    /// The line of the next version (`by` 1) or of one before (-1) whose test fails.
    pub fn failure_from(&self, by: isize) -> Option<usize> {
        let here = self.selected().map(|(stream, version)| (stream, version.step));
        let fails = |at: &usize| {
            let node = self.lines[*at].node;
            let own = matches!(node, Node::Test(..) | Node::Step(_, Step::Refine { .. }));
            let version = self.version_of(node).filter(|_| own);
            version.is_some_and(|(stream, version)| {
                let fails = version.execution.as_ref().is_some_and(|execution| Told::by(execution).fails());
                fails && Some((stream, version.step)) != here
            })
        };
        if by > 0 { (self.cursor + 1..self.lines.len()).find(fails) } else { (0..self.cursor).rev().find(fails) }
    }

    pub fn findings(&self) -> Vec<Compared> {
        match self.selected() {
            Some((_, version)) => compare(self.compared_with().map(|(_, base)| base), version),
            None => Vec::new(),
        }
    }

    /// What makes one doubt the selected version, beside what it is compared with.
    pub fn hints(&self) -> Vec<Hint> {
        let Some((stream, version)) = self.selected() else { return Vec::new() };
        let context = Context::of(&self.state, stream, version.step);
        hints(self.compared_with().map(|(_, base)| base), version, &context)
    }

    pub fn exchange(&self) -> Option<&Exchange> {
        let (stream, step) = match self.node()? {
            Node::End(_) => {
                let (stream, version) = self.selected()?;
                (stream, version.step)
            }
            node => node.step()?,
        };
        self.state.stream(stream)?.exchanges.iter().rev().find(|exchange| exchange.step == step)
    }

    /// The solution that the cursor stands on, or that the selected try follows.
    pub fn solution(&self) -> Option<(u32, &Solution)> {
        let (stream, j) = match self.node()? {
            Node::Solution(stream, j) => (stream, j),
            Node::Step(stream, Step::Refine { solution: Some(j), .. }) => (stream, j),
            _ => return None,
        };
        let proposed = self.state.stream(stream)?.proposed.as_ref()?;
        Some((j, proposed.solutions.get(j as usize - 1)?))
    }

    /// An answer on its way in the replay, when the cursor is on its step.
    pub fn streaming(&self) -> Option<Streaming> {
        let streaming = self.replay.streaming()?;
        (self.node() == Some(Node::Step(streaming.stream, streaming.step))).then_some(streaming)
    }

    /// The version that a label goes to: the refined one that is shown, and the hash of its code.
    pub fn label_target(&self) -> Option<(Step, String)> {
        let (stream, version) = self.selected()?;
        let refined = stream == self.stream && matches!(version.step, Step::Refine { .. });
        let code = version.code.as_ref().filter(|_| refined)?;
        Some((version.step, code.hash()))
    }

    /// The version that the scanner accepts in the whole item, wherever the replay stands.
    pub fn fix(&self) -> Option<Step> {
        let whole = ItemState::of(self.replay.entries());
        let vulnerable =
            whole.generated(self.stream).and_then(|version| crate::core::verdict::judge(self.mode, version));
        if vulnerable != Some(crate::core::verdict::Verdict::Vulnerable) {
            return None;
        }
        let stream = whole.stream(self.stream)?;
        stream.stopped?;
        Some(stream.accepted(self.mode)?.step)
    }

    /// A test of its own, or one that was run afterwards.
    pub fn has_test(&self) -> bool {
        let executed =
            || self.state.streams.values().flat_map(|stream| &stream.versions).any(|it| it.execution.is_some());
        self.item.suite.is_some() || executed()
    }

    pub fn several_approaches(&self) -> bool {
        self.streams.len() > 1
    }

    /// How a version is called; among several approaches with the name of its own.
    pub fn name_of(&self, stream: StreamId, step: Step) -> String {
        let name = version_name(step);
        let owned = self.several_approaches() && stream != self.stream.generation();
        if owned { format!("{} {name}", stream.approach) } else { name }
    }

    /// Every version with code, for the choice of the diff's base.
    pub fn versions(&self) -> Vec<(StreamId, &Version)> {
        let generation = self.stream.generation();
        std::iter::once(generation)
            .chain(self.streams.iter().copied().filter(|stream| *stream != generation))
            .filter_map(|id| Some((id, self.state.stream(id)?)))
            .flat_map(|(id, stream)| stream.versions.iter().map(move |version| (id, version)))
            .filter(|(_, version)| version.code.is_some())
            .collect()
    }

    /// What the selected line is called.
    pub fn title(&self) -> String {
        match self.node() {
            None => "nothing yet".to_owned(),
            Some(Node::Solution(_, j)) => format!("S{j}"),
            Some(Node::Step(_, step)) if !step.yields_code() => step.to_string(),
            Some(Node::Step(stream, step) | Node::Scan(stream, step) | Node::Test(stream, step)) => {
                self.name_of(stream, step)
            }
            Some(Node::End(_)) => match self.selected() {
                Some((stream, version)) => self.name_of(stream, version.step),
                None => "the end".to_owned(),
            },
        }
    }
}
