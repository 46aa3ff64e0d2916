//! The main pane: code, diff, findings, prompt or answer of what is selected.

use std::sync::Arc;

use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::pen::Pen;
use crate::core::text::Text;
use crate::tui::app::App;
use crate::tui::app::layout::{is_split, main_body};
use crate::tui::app::model::{Pane, Tab};
use crate::tui::app::shown::Body;
use crate::tui::style::Role;
use crate::tui::style::syntax::Lines;
use crate::tui::widgets::{CodeView, DiffView, Ink, Layout};

pub fn draw(app: &App, pen: &mut Pen<'_>, area: Rect, titled: bool) {
    if titled {
        title(app, pen, area);
    }
    let area = main_body(app);
    match &app.shown.body {
        Body::Nothing => {
            let words = if app.item.is_some() { "nothing to show on this line" } else { "loading…" };
            pen.put(area.x + 1, area.y, area.width.saturating_sub(2), words, Role::Muted);
        }
        Body::Text(lines) => {
            for (row, line) in lines.iter().skip(app.scroll.0).take(area.height as usize).enumerate() {
                pen.spans(area.x + 1, area.y + row as u16, area.width.saturating_sub(2), line);
            }
        }
        Body::Code(doc) => {
            let spans = colours(app, &doc.code);
            let view = CodeView {
                source: &doc.source,
                spans: spans.as_deref(),
                marks: &doc.marks,
                top: app.scroll.0,
                left: app.scroll.1,
                selected: None,
                theme: &app.theme,
            };
            view.render(area, pen.buf);
        }
        Body::Diff(doc) => {
            let split = is_split(app);
            let (old, new) = (colours(app, &doc.old.code), colours(app, &doc.new.code));
            let view = DiffView {
                diff: &doc.diff,
                rows: doc.rows(split),
                layout: if split { Layout::Split } else { Layout::Unified },
                old: Ink { spans: old.as_deref(), marks: &doc.old.marks },
                new: Ink { spans: new.as_deref(), marks: &doc.new.marks },
                top: app.scroll.0,
                left: app.scroll.1,
                current: app.shown.current_change(app.scroll.0, split),
                theme: &app.theme,
            };
            view.render(area, pen.buf);
        }
    }
}

/// What is shown against what, and how.
fn title(app: &App, pen: &mut Pen<'_>, area: Rect) {
    let role = if app.pane == Pane::Main { Role::TitleFocused } else { Role::Title };
    let Some(item) = &app.item else { return };
    let tab = app.effective_tab();
    let name = match (tab, item.compared_with()) {
        (Tab::Diff, Some((of, base))) => format!("{} against {}", item.title(), item.name_of(of, base.step)),
        (Tab::Code | Tab::Diff, _) => item.title(),
        (tab, _) => format!("{} · {}", tab.as_str(), item.title()),
    };
    let x = pen.put(area.x + 1, area.y, area.width.saturating_sub(2), &name, role);
    let how = match &app.shown.body {
        Body::Diff(doc) => {
            let changes = doc.diff.changes.len();
            let way = if is_split(app) { "split" } else { "unified" };
            let words = if app.diff_style.words { " · word" } else { "" };
            let count = if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") };
            format!("{way}{words} · {count}")
        }
        Body::Code(doc) if doc.source.len() == 1 => "1 line".to_owned(),
        Body::Code(doc) => format!("{} lines", doc.source.len()),
        _ => String::new(),
    };
    let right = area.right().saturating_sub(1);
    let room = right.saturating_sub(x + 2);
    if super::pen::columns(&how) <= room {
        pen.put_right(right, area.y, room, &how, Role::Muted);
    }
}

fn colours(app: &App, code: &Text) -> Option<Arc<Lines>> {
    app.syntax.as_ref()?.lines(code)
}
