//! The runs of the store: what was run, and how much of it was vulnerable before and after.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::{Pen, clip_middle, columns};
use super::steps::first_row;
use super::words;
use crate::core::projection::RunSummary;
use crate::tui::app::App;
use crate::tui::app::command::Cmd;
use crate::tui::app::text::wrap;
use crate::tui::style::Role;

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(runs) = &app.runs else {
        let words = if app.trouble.is_some() { "the store could not be opened" } else { "reading the store…" };
        pen.put(1, body.y, body.width, words, Role::Muted);
        return;
    };
    if app.importing && !runs.iter().any(|run| run.info.recorded) {
        // What could be done instead is said once it is known that there is nothing.
        let y = if runs.is_empty() { body.y } else { body.bottom().saturating_sub(1) };
        pen.put(1, y, body.width, "reading the recorded run…", Role::Accent);
        if runs.is_empty() {
            return;
        }
    }
    if runs.is_empty() {
        let key = app.key_of(Cmd::NewRun);
        let words = format!(
            "No run yet. {key} opens the form of a new one: over a data set, a prompt or a code file of your own."
        );
        for (row, line) in wrap(&words, body.width.saturating_sub(2) as usize).iter().enumerate() {
            pen.put(1, body.y + row as u16, body.width, line, Role::Muted);
        }
        return;
    }
    let table = Columns::fit(body.width);
    table.head(pen, body.y);
    let rows = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
    let top = first_row(app.runs_cursor, runs.len(), rows.height as usize);
    for (row, run) in runs.iter().skip(top).take(rows.height as usize).enumerate() {
        let at = Rect::new(rows.x, rows.y + row as u16, rows.width, 1);
        if top + row == app.runs_cursor {
            pen.select(at, true);
        }
        table.line(app, pen, at, run);
    }
}

struct Columns {
    name: u16,
    dataset: Option<u16>,
    model: Option<u16>,
    approach: Option<u16>,
    items: u16,
    vulnerable: u16,
    fixed: u16,
    labelled: u16,
    state: u16,
}

impl Columns {
    fn fit(width: u16) -> Self {
        let wide = width >= 130;
        let name = if wide { 30 } else { width.saturating_sub(52).clamp(16, 44) };
        let dataset = (width >= 156).then_some(name + 2);
        let after = dataset.map_or(name + 2, |x| x + 20);
        let model = wide.then_some(after);
        let approach = wide.then_some(after + 24);
        let items = if wide { after + 38 } else { name + 1 };
        let vulnerable = items + 7;
        let fixed = vulnerable + 13;
        let labelled = fixed + 7;
        Self { name, dataset, model, approach, items, vulnerable, fixed, labelled, state: labelled + 11 }
    }

    fn head(&self, pen: &mut Pen<'_>, y: u16) {
        pen.put(1, y, 20, "run", Role::Muted);
        if let Some(dataset) = self.dataset {
            pen.put(dataset, y, 20, "data set", Role::Muted);
        }
        if let (Some(model), Some(approach)) = (self.model, self.approach) {
            pen.put(model, y, 20, "model", Role::Muted);
            pen.put(approach, y, 20, "approach", Role::Muted);
        }
        for (right, text) in [
            (self.items + 6, "items"),
            (self.vulnerable + 12, "vulnerable"),
            (self.fixed + 6, "fixed"),
            (self.labelled + 10, "labelled"),
        ] {
            pen.put_right(right, y, 12, text, Role::Muted);
        }
        pen.put(self.state + 1, y, 12, "when", Role::Muted);
    }

    fn line(&self, app: &App, pen: &mut Pen<'_>, at: Rect, run: &RunSummary) {
        let (y, info) = (at.y, &run.info);
        let name = clip_middle(&info.id, self.name as usize - 1, pen.signs().ellipsis);
        pen.put(1, y, self.name - 1, &name, Role::Text);
        let settings = &info.settings;
        if let Some(dataset) = self.dataset {
            let name = clip_middle(&info.dataset, 19, pen.signs().ellipsis);
            pen.put(dataset, y, 19, &name, Role::Text);
        }
        if let (Some(model), Some(approach)) = (self.model, self.approach) {
            let name = clip_middle(&info.model.name, 23, pen.signs().ellipsis);
            pen.put(model, y, 23, &name, Role::Text);
            let text = format!("{}{}", words::approaches(settings), settings.tries());
            pen.put(approach, y, 15, &text, Role::Text);
        }
        pen.put_right(self.items + 6, y, 6, &run.items.to_string(), Role::Text);
        let after = run.vulnerable.saturating_sub(run.fixed);
        let arrow = pen.signs().right;
        pen.put_right(self.vulnerable + 12, y, 12, &format!("{} {arrow} {after:>4}", run.vulnerable), Role::Danger);
        pen.put_right(self.fixed + 6, y, 6, &run.fixed.to_string(), Role::Good);
        pen.put_right(self.labelled + 10, y, 9, &format!("{} of {}", run.labelled, run.fixes), Role::Text);
        let live = app.live.as_ref().is_some_and(|live| live.working() && live.run() == Some(info.id.as_str()));
        let (word, role) = match () {
            () if info.recorded => ("recorded", Role::Accent),
            () if live => ("running", Role::Warn),
            () if run.failed > 0 => ("failed", Role::Warn),
            () if run.done < run.items => ("stopped", Role::Warn),
            () if !settings.templates.is_empty() => ("own templates", Role::Muted),
            () if settings.from.is_some() => ("from", Role::Muted),
            () => ("", Role::Muted),
        };
        let count = match word {
            "failed" => format!("{} failed", run.failed),
            "stopped" => format!("{} of {} done", run.done, run.items),
            "from" => format!("code of {}", settings.from.as_deref().unwrap_or_default()),
            word => word.to_owned(),
        };
        let mut x = self.state + 1;
        // Without room for both, what is not as it should be says more than the day.
        let day = words::day(info.started);
        if count.is_empty() || x + 12 + columns(&count) <= at.right() {
            x = pen.put(x, y, 10, &day, Role::Muted) + 1;
        }
        pen.put(x, y, at.right().saturating_sub(x + 1), &count, role);
    }
}
