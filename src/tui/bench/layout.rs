//! Where things stand on the bench.

use ratatui::layout::Rect;

use super::{Bench, Tab};

/// From this width on the prompt stands beside the code.
const BESIDE: u16 = 130;
const PROMPT: u16 = 44;
/// Rows of the prompt above the code where there is no room beside it.
const ABOVE: u16 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Panes {
    /// The prompt, where there is room beside the code.
    pub side: Option<Rect>,
    /// The tab's body, without its title.
    pub main: Rect,
    /// The row of tabs.
    pub tabs: Rect,
    /// Rows of the prompt above the tabs.
    pub above: u16,
}

pub fn panes(bench: &Bench) -> Panes {
    let (width, height) = bench.size;
    let body = Rect::new(0, 2, width, height.saturating_sub(4));
    let side = (width >= BESIDE).then_some(Rect { width: PROMPT, ..body });
    let x = side.map_or(0, |side| side.width + 1);
    let column = Rect { x, width: width - x, ..body };
    let above = if side.is_some() || bench.tab == super::Tab::Prompt { 0 } else { ABOVE };
    let tabs = Rect { y: column.y + above, height: 1, ..column };
    let main = Rect { y: tabs.y + 1, height: column.height.saturating_sub(above + 1), ..column };
    Panes { side, main, tabs, above }
}

/// Whether the diff stands side by side.
pub fn is_split(bench: &Bench) -> bool {
    let width = panes(bench).main.width;
    match bench.diff_style.split {
        Some(split) => split && width >= 60,
        None => width >= 84,
    }
}

/// Rows that half a page means.
pub fn page(bench: &Bench) -> usize {
    (panes(bench).main.height as usize / 2).max(1)
}

pub fn tab_at(bench: &Bench, by: isize) -> Tab {
    let tabs = bench.tabs();
    let at = tabs.iter().position(|tab| *tab == bench.tab).unwrap_or(0) as isize;
    tabs[(at + by).rem_euclid(tabs.len() as isize) as usize]
}
