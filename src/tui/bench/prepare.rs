//! What the main pane shows, prepared once per card and look.

use super::layout::{is_split, panes};
use super::{Bench, Tab, about};
use crate::core::text::Text;
use crate::tui::app::model::DiffStyle;
use crate::tui::app::shown::{Body, CodeDoc, DiffDoc, Shown, code_doc};
use crate::tui::app::text::Page;
use crate::tui::style::Role;

#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    token: String,
    told: bool,
    tab: Tab,
    width: u16,
    split: bool,
    style: DiffStyle,
}

impl Bench {
    /// Prepares the body when it is another than before, and keeps the scroll inside it.
    pub(super) fn prepare(&mut self) {
        let area = panes(self).main;
        let key = self.card.as_ref().map(|card| Key {
            token: card.card.sheet().token.clone(),
            told: card.context().is_some(),
            tab: self.tab,
            width: area.width,
            split: is_split(self),
            style: self.diff_style,
        });
        if key != self.key {
            self.key = key;
            self.shown = Shown::of(self.body());
        }
        self.scroll.0 = self.scroll.0.min(self.shown.rows().saturating_sub(area.height as usize));
        self.scroll.1 = self.scroll.1.min(400);
    }

    fn body(&self) -> Body {
        let Some(card) = &self.card else { return Body::Nothing };
        let width = panes(self).main.width;
        let sheet = card.card.sheet();
        let context = card.context();
        // Findings stand beside the code only where they may be seen.
        let side = |code: &Text, version: Option<&crate::core::fold::Version>| {
            version.and_then(|version| code_doc(version, true)).unwrap_or_else(|| CodeDoc::plain(code.clone()))
        };
        let before = || side(&sheet.before, context.and_then(|context| context.before.as_ref()));
        let after = || side(&sheet.after, context.map(|context| &context.after));
        match self.tab {
            Tab::Diff => {
                let diff = DiffDoc::between(before(), after(), &self.diff_style, is_split(self), width);
                Body::Diff(Box::new(diff))
            }
            Tab::Before => Body::Code(Box::new(before())),
            Tab::After => Body::Code(Box::new(after())),
            Tab::Prompt => Body::Text(prompt(&sheet.prompt, width)),
            Tab::About => Body::Text(context.map(|it| about::page(it, &self.theme, width)).unwrap_or_default()),
        }
    }
}

pub fn prompt(prompt: &str, width: u16) -> Page {
    let mut page = Page::new(usize::from(width.saturating_sub(2)));
    page.text(Role::Text, prompt);
    page
}
