//! The form of a new run.

use ratatui::layout::Rect;

use super::chrome;
use super::pen::Pen;
use crate::tui::app::App;
use crate::tui::app::form::{Field, Form, Kind, Probe};
use crate::tui::app::text::wrap;
use crate::tui::style::Role;

const NAMES: u16 = 18;

pub fn draw(app: &App, pen: &mut Pen<'_>) {
    let body = chrome::inner(app);
    let Some(form) = &app.form else { return };
    let mut y = body.y;
    for field in form.fields() {
        let at = Rect::new(body.x, y, body.width, 1);
        let here = field == form.field();
        if here {
            pen.select(at, true);
        }
        pen.put(2, y, NAMES, field.name(), if here { Role::TitleFocused } else { Role::Text });
        value(form, pen, at, field, here);
        y += 1;
        if let Some((of, problem)) = &form.problem
            && *of == field
        {
            y = lines(pen, body, y, NAMES + 2, Role::Danger, problem);
        }
        if matches!(field, Field::What | Field::Limit) && form.kind_ends_with(field) || field == Field::BaseUrl {
            y += 1;
        }
    }
    y += 1;
    let advice = advice(form);
    y = lines(pen, body, y, 2, advice.0, &advice.1);
    if form.starting {
        lines(pen, body, y + 1, 2, Role::Accent, "starting: loading the items, opening the scanner…");
    }
}

fn value(form: &Form, pen: &mut Pen<'_>, at: Rect, field: Field, here: bool) {
    let x = at.x + NAMES + 2;
    let room = at.width.saturating_sub(NAMES + 4);
    if let Some((words, chosen)) = form.choices(field) {
        let mut x = x;
        for (index, word) in words.iter().enumerate() {
            let chosen = index == chosen;
            let text = if chosen { format!("[{word}]") } else { format!(" {word} ") };
            x = pen.put(x, at.y, at.right().saturating_sub(x), &text, if chosen { Role::Accent } else { Role::Muted })
                + 1;
        }
        return;
    }
    let input = form.input(field);
    if here {
        chrome::typed(pen, x, at.y, room, input);
    } else if input.text().is_empty() {
        pen.put(x, at.y, room, empty(form, field), Role::Muted);
    } else {
        pen.put(x, at.y, room, input.text(), Role::Text);
    }
}

fn empty(form: &Form, field: Field) -> &'static str {
    match (field, form.kind) {
        (Field::What, Kind::Dataset) => "a name, or a path",
        (Field::What, Kind::Prompt) => "what the code is to do",
        (Field::What, Kind::File) => "path of a Python file",
        (Field::What, Kind::Run) => "a run: its generated code is refined, its scanner kept",
        (Field::Limit, _) => "every item",
        (Field::Temperature, _) => "as the model is configured, else 1",
        _ => "",
    }
}

fn advice(form: &Form) -> (Role, String) {
    match &form.probe {
        Probe::Untried => (Role::Muted, help(form)),
        Probe::Asking => (Role::Accent, "asking the server…".to_owned()),
        Probe::There(models) if models.is_empty() => (Role::Good, "the server answers; it names no models".to_owned()),
        Probe::There(models) => {
            let (model, _) = form.model();
            if models.contains(&model) {
                (Role::Good, format!("the server answers and has {model}"))
            } else {
                (Role::Warn, format!("the server answers but does not list `{model}`; it has: {}", models.join(", ")))
            }
        }
        Probe::Missing(advice) => (Role::Warn, advice.clone()),
    }
}

/// What stands there before anything was tried: how to come to a model.
fn help(form: &Form) -> String {
    let datasets = match form.kind {
        Kind::Dataset if !form.defaults.datasets.is_empty() => {
            format!("Data sets known by name: {}. ", form.defaults.datasets.join(", "))
        }
        _ => String::new(),
    };
    match form.field() {
        Field::Approaches => {
            "generate, direct, self-debug, feedback, verbalize, fdsp, several with commas, or all: the five \
             refinements of the same generated code."
                .to_owned()
        }
        Field::RefineFrom => {
            "What a refinement by FDSP is given: the previous code (Eqn 5) or the original (Algorithm 1, \
             line 7). Left and right choose."
                .to_owned()
        }
        Field::Scanner => "bandit, ruff, or auto: bandit where it is installed, else ruff.".to_owned(),
        Field::Verdict => {
            "strict: suppressed findings count and unparsable code is invalid. paper: the scanner's results \
             list alone. Left and right choose."
                .to_owned()
        }
        Field::Slots => "Items under way at once.".to_owned(),
        _ => format!(
            "{datasets}Any server that speaks OpenAI's chat completions will do: `ollama serve`, llama.cpp's \
             `llama-server`, vLLM, or a hosted one. Keys come from the environment, named by key_env in fdsp.toml. \
             ctrl-t tests the connection, ctrl-s starts the run."
        ),
    }
}

fn lines(pen: &mut Pen<'_>, body: Rect, y: u16, x: u16, role: Role, text: &str) -> u16 {
    let room = body.width.saturating_sub(x + 2);
    let mut y = y;
    for line in text.lines().flat_map(|line| wrap(&crate::core::escape::line(line, 4), room as usize)) {
        if y >= body.bottom() {
            break;
        }
        pen.put(x, y, room, &line, role);
        y += 1;
    }
    y
}
