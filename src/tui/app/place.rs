//! Where the reader was and how the screen stood, kept from one start to the next. Holds no label and no text of a model.

use serde::{Deserialize, Serialize};

use super::item::Landing;
use super::layout::Sizes;
use super::list::ItemList;
use super::model::{DiffStyle, Pane, Screen, Tab};
use super::order::Order;
use super::timeline::Node;
use super::{App, Start};
use crate::core::ids::{ApproachId, Step, StreamId};
use crate::tui::style::Theme;

/// The form that is written; another one is not read.
pub const VERSION: u32 = 1;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Place {
    pub version: u32,
    pub run: String,
    pub item: Option<String>,
    /// False on the list of items.
    pub steps: bool,
    pub approach: Option<ApproachId>,
    #[serde(default)]
    pub sample: u32,
    /// The version that was looked at.
    pub step: Option<Step>,
    #[serde(default)]
    pub pane: Pane,
    #[serde(default)]
    pub tab: Tab,
    #[serde(default)]
    pub filter: String,
    #[serde(default)]
    pub order: Order,
    #[serde(default)]
    pub reversed: bool,
    /// One that was chosen by its key.
    pub theme: Option<String>,
    #[serde(default)]
    pub mouse: bool,
    #[serde(default)]
    pub diff: DiffStyle,
    #[serde(default)]
    pub panes: Sizes,
}

impl App {
    /// The place to come back to; `None` where no run is open.
    pub fn place(&self) -> Option<Place> {
        let list = self.list.as_ref()?;
        let item = self.item.as_ref().filter(|item| item.run == list.info.id);
        let here = list.current();
        Some(Place {
            version: VERSION,
            run: list.info.id.clone(),
            item: here.map(|line| line.item.id.clone()),
            steps: matches!(self.screen, Screen::Steps | Screen::Lattice),
            approach: Some(list.approach),
            sample: here.map_or(0, |line| line.sample),
            step: item.and_then(|item| item.selected()).map(|(_, version)| version.step),
            pane: self.pane,
            tab: self.tab,
            filter: list.query.clone(),
            order: list.order,
            reversed: list.reversed,
            theme: self.theme_picked.then(|| self.theme.name.clone()),
            mouse: self.mouse,
            diff: self.diff_style,
            panes: self.sizes,
        })
    }

    /// Sets the looks, and where to go once the store is there. Call before [`App::begin`].
    pub fn restore(&mut self, place: Place) {
        self.diff_style = place.diff;
        self.sizes = place.panes;
        self.mouse |= place.mouse;
        if let Some(theme) = place.theme.as_ref().and_then(|name| Theme::resolve(name, self.depth).ok()) {
            self.theme = theme.with_signs(self.theme.signs);
            (self.theme_chosen, self.theme_picked) = (true, true);
        }
        self.start = Some(Start::Run { run: place.run.clone(), item: place.item.clone() });
        self.screen = Screen::Steps;
        self.restored = Some(Box::new(place));
    }

    /// The list of the run as it stood; true when the steps of an item are to be opened, and where.
    pub(super) fn return_to(&mut self, place: &Place, list: &mut ItemList) -> Option<Landing> {
        list.set_order(place.order, place.reversed);
        if let Some(approach) = place.approach.filter(|approach| list.approaches.contains(approach)) {
            list.look_at(approach);
        }
        let stream = StreamId::new(list.approach, place.sample);
        let item = place.item.as_deref().unwrap_or_default();
        list.set_query(&place.filter);
        if !list.go_to(item, Some(stream)) {
            // Something was labelled or tested meanwhile: the filter would hide where the reader was.
            list.set_query("");
            if !list.go_to(item, Some(stream)) {
                list.go_to(item, None);
            }
        }
        (self.pane, self.tab) = (place.pane, place.tab);
        if !place.steps {
            return None;
        }
        let of = |step: Step| if matches!(step, Step::Refine { .. }) { stream } else { stream.generation() };
        Some(place.step.map_or(Landing::Fix, |step| Landing::Node(Node::Step(of(step), step))))
    }
}
