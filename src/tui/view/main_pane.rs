//! The main pane: code, diff, findings, prompt or answer of what is selected.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::widgets::Widget;

use super::pen::Pen;
use crate::core::text::Text;
use crate::tui::app::App;
use crate::tui::app::layout::main_body;
use crate::tui::app::model::{DiffStyle, Pane, Tab};
use crate::tui::app::searching::Target;
use crate::tui::app::shown::{Body, DiffDoc, Shown};
use crate::tui::app::text::TextLine;
use crate::tui::style::Role;
use crate::tui::style::syntax::Syntax;
use crate::tui::widgets::{CodeView, DiffView, Ink, Layout, found};

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
        Body::Text(page) => {
            let search = app.search_in(Target::Main);
            for (index, line) in page.lines.iter().enumerate().skip(app.scroll.0).take(area.height as usize) {
                let y = area.y + (index - app.scroll.0) as u16;
                let hits = search.and_then(|search| Some((search.hits.on.get(&(false, index))?, search.at)));
                let (x, room) = (area.x + 1, area.width.saturating_sub(2));
                match hits {
                    Some((hits, here)) => found_in(pen, (x, y), room, line, hits, here),
                    None => {
                        pen.spans(x, y, room, line);
                    }
                }
            }
        }
        Body::Code(_) | Body::Diff(_) => {
            code(&app.shown, app.scroll, app.syntax.as_deref(), pen, area);
        }
    }
}

/// The code or the diff of a body, in the workbench and on the review bench alike; other bodies are not drawn.
pub fn code(shown: &Shown, (top, left): (usize, usize), syntax: Option<&Syntax>, pen: &mut Pen<'_>, area: Rect) {
    let colours = |code: &Text| syntax.and_then(|syntax| syntax.lines(code));
    match &shown.body {
        Body::Nothing | Body::Text(_) => {}
        Body::Code(doc) => {
            let spans = colours(&doc.code);
            let (source, spans, marks) = (&doc.source, spans.as_deref(), &doc.marks);
            CodeView { source, spans, marks, top, left, selected: None, theme: pen.theme }.render(area, pen.buf);
        }
        Body::Diff(doc) => {
            let (old, new) = (colours(&doc.old.code), colours(&doc.new.code));
            let view = DiffView {
                diff: &doc.diff,
                rows: &doc.rows,
                layout: doc.layout,
                wrap: doc.wrap.as_ref(),
                old: Ink { spans: old.as_deref(), marks: &doc.old.marks },
                new: Ink { spans: new.as_deref(), marks: &doc.new.marks },
                top,
                left,
                current: shown.current_change(top),
                theme: pen.theme,
            };
            view.render(area, pen.buf);
        }
    }
}

/// A line of a page with what a search found in it.
fn found_in(
    pen: &mut Pen<'_>,
    at: (u16, u16),
    room: u16,
    line: &TextLine,
    hits: &[(Range<usize>, usize)],
    here: usize,
) {
    let (mut x, y) = at;
    let end = x.saturating_add(room);
    let mut start = 0;
    for (role, text) in line {
        // Where the look changes inside this piece.
        let ends = hits.iter().flat_map(|(bytes, _)| [bytes.start, bytes.end]);
        let mut cuts: Vec<usize> = ends.filter(|cut| (start + 1..start + text.len()).contains(cut)).collect();
        cuts.push(start + text.len());
        let mut from = start;
        for cut in cuts {
            let hit = hits.iter().find(|(bytes, _)| bytes.contains(&from));
            let next = pen.put(x, y, end.saturating_sub(x), &text[from - start..cut - start], *role);
            if let Some((_, number)) = hit {
                let cells = Rect::new(x, y, next - x, 1).intersection(pen.buf.area);
                pen.buf.set_style(cells, found(pen.theme, *number == here));
            }
            (x, from) = (next, cut);
        }
        start += text.len();
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
    let search = app.search_in(Target::Main).filter(|search| !search.query.is_empty());
    let how = match &app.shown.body {
        _ if search.is_some() => search.map(|search| vec![search.title(), search.words()]).unwrap_or_default(),
        Body::Diff(doc) => how(&app.diff_style, doc),
        Body::Code(doc) if doc.source.len() == 1 => vec!["1 line".to_owned()],
        Body::Code(doc) => vec![format!("{} lines", doc.source.len())],
        _ => Vec::new(),
    };
    let right = area.right().saturating_sub(1);
    let room = right.saturating_sub(x + 2);
    if let Some(how) = how.iter().find(|how| super::pen::columns(how) <= room) {
        pen.put_right(right, area.y, room, how, Role::Muted);
    }
}

/// How a diff is drawn and what it comes to, and the same in fewer words: what is hidden is left out last.
fn how(style: &DiffStyle, doc: &DiffDoc) -> Vec<String> {
    let way = if doc.layout == Layout::Split { "split" } else { "unified" };
    let mut ways = vec![way.to_owned()];
    if style.words {
        ways.push("word".to_owned());
    }
    if doc.wrap.is_some() {
        ways.push("wrap".to_owned());
    }
    if style.fold && style.context != DiffStyle::CONTEXT {
        ways.push(format!("context {}", style.context));
    }
    let mut comes_to = Vec::new();
    if let Some(hides) = style.hides() {
        comes_to.push(format!("{hides} ({})", doc.diff.hidden));
    }
    let changes = doc.diff.changes.len();
    comes_to.push(if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") });
    match doc.diff.old.moves().len() {
        0 => {}
        moved => comes_to.push(format!("{moved} moved")),
    }
    let short = style.hides().map_or_else(|| comes_to[0].clone(), str::to_owned);
    vec![[ways, comes_to.clone()].concat().join(" · "), comes_to.join(" · "), short]
}
