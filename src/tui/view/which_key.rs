//! What may follow the first keys of a sequence, over the footer.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, columns};
use super::window::{frame, window};
use crate::tui::app::App;
use crate::tui::app::command::{Bar, Command, Group};
use crate::tui::app::keys::{Keys, spell};
use crate::tui::style::Role;

const COLUMN: u16 = 24;

enum Row {
    Title(Group),
    Entry(Keys, &'static Command, Option<Bar>),
}

pub fn which_key(app: &App, pen: &mut Pen<'_>) {
    let following = app.keymap.following(app, &app.pending);
    let groups = Group::EVERY.into_iter().map(|group| {
        let of = following.iter().filter(|(_, command, _)| command.group == group);
        (group, of.cloned().collect::<Vec<_>>())
    });
    let groups: Vec<_> = groups.filter(|(_, entries)| !entries.is_empty()).collect();
    let body = chrome::inner(app);
    let width = body.width.saturating_sub(4).min(108);
    let across = (width / COLUMN).max(1) as usize;
    let most = body.height.saturating_sub(3).max(1) as usize;
    let (height, columns_of) = (1..=most)
        .map(|height| (height, flow(&groups, height)))
        .find(|(_, columns)| columns.len() <= across)
        .unwrap_or_else(|| (most, flow(&groups, most)));
    let area = window(app, width, height as u16 + 1);
    frame(pen, area);
    let x = pen.put(area.x + 1, area.y, area.width, &spell(&app.pending), Role::Accent) + 1;
    pen.put(x, area.y, 2, pen.signs().ellipsis, Role::Muted);
    pen.put_right(area.right() - 1, area.y, 12, "esc leaves", Role::Muted);
    let wide = if columns_of.len() <= across { COLUMN.max(width / across as u16) } else { COLUMN };
    for (column, rows) in columns_of.iter().enumerate() {
        let x = area.x + column as u16 * wide;
        let room = Rect::new(x, area.y + 1, wide.min(area.right().saturating_sub(x)), height as u16);
        for (row, y) in rows.iter().zip(room.y..room.bottom()) {
            draw(row, room, y, pen);
        }
    }
}

fn draw(row: &Row, room: Rect, y: u16, pen: &mut Pen<'_>) {
    match row {
        Row::Title(group) => {
            pen.put(room.x + 1, y, room.width.saturating_sub(1), group.title(), Role::Title);
        }
        Row::Entry(keys, command, bar) => {
            let keys = keys.short();
            let (accent, role) = if bar.is_some() { (Role::Muted, Role::Muted) } else { (Role::Accent, Role::Text) };
            let x = pen.put(room.x + 1, y, room.width, &keys, accent) + 1;
            pen.put(x, y, room.width.saturating_sub(columns(&keys) + 3), command.name, role);
        }
    }
}

/// What may follow: the keys left, the command, what bars it.
type Following = (Keys, &'static Command, Option<Bar>);

/// Groups one after the other in columns of `height` rows; no heading stands alone at a foot.
fn flow(groups: &[(Group, Vec<Following>)], height: usize) -> Vec<Vec<Row>> {
    let mut columns: Vec<Vec<Row>> = vec![Vec::new()];
    let mut push = |row: Row, needs: usize| {
        if columns.last().is_none_or(|column| column.len() + needs > height) && needs <= height {
            columns.push(Vec::new());
        }
        if let Some(column) = columns.last_mut() {
            column.push(row);
        }
    };
    for (group, entries) in groups {
        push(Row::Title(*group), 2);
        for (keys, command, bar) in entries {
            push(Row::Entry(keys.clone(), command, *bar), 1);
        }
    }
    columns
}
