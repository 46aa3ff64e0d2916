//! The prompts, in our words; what each must carry is the paper's (sections 3 and 4.2). Zero-shot, one user message.

use minijinja::{Environment, UndefinedBehavior};

use crate::core::event::Part;
use crate::core::text::Text;

const TEMPLATES: [(&str, &str); 4] = [
    ("generate", include_str!("templates/generate.txt")),
    ("recompile", include_str!("templates/recompile.txt")),
    ("solutions", include_str!("templates/solutions.txt")),
    ("refine", include_str!("templates/refine.txt")),
];

#[derive(Debug, thiserror::Error)]
#[error("template `{template}` cannot be rendered: {reason}")]
pub struct TemplateError {
    pub template: String,
    pub reason: String,
}

/// The source of a built-in template; empty for an unknown name.
pub fn source(name: &str) -> Text {
    TEMPLATES.iter().find(|(known, _)| *known == name).map_or("", |(_, source)| source).into()
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
    let variables: std::collections::BTreeMap<String, String> = parts
        .iter()
        .filter(|part| part.name != "template")
        .map(|part| (part.name.clone(), part.text.as_str().to_owned()))
        .collect();
    environment.template_from_str(source).map_err(failed)?.render(variables).map_err(failed)
}
