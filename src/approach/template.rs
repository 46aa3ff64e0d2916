//! The prompts, in our words; what each must carry is the paper's (FDSP, sections 3 and 4.2; CodeSecEval, section 3.2). Zero-shot, one user message.

use std::collections::BTreeMap;

use minijinja::{Environment, UndefinedBehavior};

use crate::core::event::Part;
use crate::core::text::Text;

/// A built-in template: its name, its source, the variables that a message of it is made from.
pub struct Builtin {
    pub name: &'static str,
    pub source: &'static str,
    pub variables: &'static [&'static str],
}

macro_rules! builtin {
    ($($name:literal: $($variable:literal)+),+ $(,)?) => {
        &[$(Builtin {
            name: $name,
            source: include_str!(concat!("templates/", $name, ".txt")),
            variables: &[$($variable),+],
        }),+]
    };
}

pub const BUILTIN: &[Builtin] = builtin![
    "generate": "prompt",
    "recompile": "prompt" "code" "error",
    "direct": "code",
    "explain": "code",
    "self-debug": "code" "explanation",
    "feedback": "code" "report",
    "verbalize": "report",
    "verbalization": "code" "report" "words",
    "repair": "prompt" "code",
    "repair-explained": "prompt" "code" "explanation",
    "solutions": "code" "report" "solutions",
    "refine": "code" "report" "solution",
];

#[derive(Debug, thiserror::Error)]
#[error("template `{template}` cannot be rendered: {reason}")]
pub struct TemplateError {
    pub template: String,
    pub reason: String,
}

/// The user's own template of that name, else the built-in one; empty for an unknown name.
pub fn source(name: &str, own: &BTreeMap<String, Text>) -> Text {
    own.get(name).cloned().unwrap_or_else(|| {
        BUILTIN.iter().find(|builtin| builtin.name == name).map_or("", |builtin| builtin.source).into()
    })
}

/// Whether a user's template takes the place of a built-in one and can be rendered with what that one is given.
pub fn check(name: &str, source: &Text) -> Result<(), TemplateError> {
    let failed = |reason| TemplateError { template: name.to_owned(), reason };
    let Some(builtin) = BUILTIN.iter().find(|builtin| builtin.name == name) else {
        let names: Vec<&str> = BUILTIN.iter().map(|builtin| builtin.name).collect();
        return Err(failed(format!("no message is made from it; the names are: {}", names.join(" "))));
    };
    let given = builtin.variables.iter().map(|name| Part { name: (*name).to_owned(), text: "x".into() });
    let parts: Vec<Part> =
        std::iter::once(Part { name: "template".to_owned(), text: source.clone() }).chain(given).collect();
    match render(name, &parts) {
        Ok(text) if text.trim().is_empty() => Err(failed("it makes an empty message".to_owned())),
        Ok(_) => Ok(()),
        Err(error) => Err(failed(format!("{}; it is given: {}", error.reason, builtin.variables.join(" ")))),
    }
}

/// The message that the parts make: the part `template` with the other parts as its variables.
///
/// Asked again with the parts of a stored request, it gives the same text.
pub fn render(name: &str, parts: &[Part]) -> Result<String, TemplateError> {
    let failed = |error: minijinja::Error| TemplateError { template: name.to_owned(), reason: error.to_string() };
    let source = parts.iter().find(|part| part.name == "template").map_or("", |part| part.text.as_str());
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let variables: BTreeMap<String, String> = parts
        .iter()
        .filter(|part| part.name != "template")
        .map(|part| (part.name.clone(), part.text.as_str().to_owned()))
        .collect();
    environment.template_from_str(source).map_err(failed)?.render(variables).map_err(failed)
}
