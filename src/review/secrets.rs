//! Literal secrets that a fix keeps under another name, or replaces by another literal.

use std::sync::LazyLock;

use regex::Regex;

use super::{Hint, Pair, short};
use crate::core::hint::HintKind;
use crate::python::{Literal, Outline};

static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?i)(^|_)(password|passwd|passphrase|pwd|pass|secret|token|api_?key|secret_?key|access_?key|private_?key",
        r"|auth_?key|encryption_?key)s?$",
    ))
    .ok()
});

/// The last part of the name that a literal is given to, where that is one of a secret.
fn held_by(literal: &Literal) -> Option<&str> {
    let name = literal.given_to.as_deref()?.rsplit('.').next()?;
    let text = &literal.text;
    let plausible = (3..=200).contains(&text.len())
        && !text.contains(char::is_whitespace)
        && !text.contains("://")
        && !text.starts_with('/');
    (plausible && NAME.as_ref()?.is_match(name)).then_some(name)
}

fn secrets(outline: &Outline) -> Vec<(&Literal, &str)> {
    outline.strings.iter().filter_map(|literal| Some((literal, held_by(literal)?))).collect()
}

pub fn hints(pair: &Pair, hints: &mut Vec<Hint>) {
    let (Some(before), Some((old, new))) = (&pair.before, pair.outlines()) else { return };
    let (old_secrets, new_secrets) = (secrets(old), secrets(new));
    let count = |outline: &Outline, text: &str| outline.strings.iter().filter(|it| it.text == text).count();
    let known = |text: &str| old.strings.iter().any(|it| it.text == text);
    for (literal, name) in &new_secrets {
        // Another name of the same place: `password` before, `db_password` or `DB_PASSWORD` now.
        let replaced = old_secrets.iter().find(|(gone, _)| count(new, &gone.text) == 0);
        if let Some((gone, _)) = replaced.filter(|_| !known(&literal.text)) {
            let words = format!("one literal secret for another in `{}`", short(name));
            hints.push(Hint::new(HintKind::LiteralSecret, words).before(gone.lines).after(literal.lines));
        }
    }
    for (literal, name) in &old_secrets {
        let kept = new_secrets.iter().any(|(it, other)| it.text == literal.text && other == name);
        let times = count(new, &literal.text);
        if kept || times == 0 || times < count(old, &literal.text) || !before.found_in(literal.lines) {
            continue;
        }
        let words = format!("the literal that `{}` held still stands in the code", short(name));
        let hint = Hint::new(HintKind::LiteralSecret, words).before(literal.lines);
        let place = new.strings.iter().find(|it| it.text == literal.text);
        hints.push(match place {
            Some(place) => hint.after(place.lines),
            None => hint,
        });
    }
}
