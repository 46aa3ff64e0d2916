//! A window over the body: palette, choice of versions, what may follow a key.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::Pen;
use crate::tui::app::App;
use crate::tui::app::layout::{is_single, panes};
use crate::tui::app::model::Screen;
use crate::tui::style::Role;

/// A window at the foot of the body, where the eye is for keys anyway.
pub fn window(app: &App, width: u16, height: u16) -> Rect {
    let body = chrome::inner(app);
    let width = width.min(body.width.saturating_sub(4));
    let height = height.min(body.height.saturating_sub(2));
    // What the selected version is known for stays in sight below the window.
    let foot = match app.screen {
        // The rule that the window stands on is the one above the strip.
        Screen::Steps if is_single(app) => 1,
        Screen::Steps => panes(app).strip.height + 1,
        _ => 0,
    };
    let bottom = body.bottom() - foot.min(body.height - height - 1);
    Rect::new((body.width - width) / 2, bottom - height, width, height)
}

/// Space round a window instead of a box; one rule above parts it from what lies below.
pub fn frame(pen: &mut Pen<'_>, area: Rect) {
    let outer = Rect::new(area.x.saturating_sub(2), area.y.saturating_sub(1), area.width + 4, area.height + 1);
    clear(pen, outer.intersection(pen.buf.area));
    pen.horizontal(outer.x, outer.y, outer.width);
    for x in [outer.x, outer.right() - 1] {
        pen.vertical(x, area.y, area.height);
    }
}

pub fn clear(pen: &mut Pen<'_>, area: Rect) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = pen.buf.cell_mut((x, y)) {
                cell.reset();
            }
        }
    }
    pen.ground(area, Role::Text);
}
