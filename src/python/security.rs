//! Ruff's security rules over one piece of code.

use std::path::Path;

use ruff_linter::linter::{ParseSource, lint_only, parse_unchecked_source};
use ruff_linter::settings::flags::Noqa;
use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{PySourceType, PythonVersion};
use ruff_source_file::{LineIndex, OneIndexed};
use ruff_text_size::TextRange;

use super::annotations::too_deep_annotation;
use super::calls::Calls;
use super::check::{syntax_problem, unparsable};
use super::comments;
use super::rules::{RuleSet, settings, target_version};
use super::stack::{Broken, run, run_async};
use crate::core::event::SyntaxProblem;

/// Where something stands in the code; ordered as it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    pub end_line: u32,
}

/// A finding in ruff's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawFinding {
    /// What ruff marks; the whole call where that is what is called.
    pub place: Place,
    /// The call that has the place among its arguments.
    pub call: Option<Place>,
    /// E.g. `S608`.
    pub code: String,
    pub message: String,
    /// Hidden from ruff's own results by a `# noqa` or a `# ruff:` comment.
    pub hidden: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Security {
    /// By line and column, hidden ones included.
    pub findings: Vec<RawFinding>,
    /// Line and text of each comment that holds `nosec`, which ruff does not read.
    pub nosec: Vec<(u32, String)>,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SecurityError {
    #[error("line {}: {}", .0.line, .0.message)]
    Syntax(SyntaxProblem),
    #[error(transparent)]
    Broken(#[from] Broken),
}

/// Ruff's S rules, preview ones too, over `code` as Python `target` would parse it.
pub fn security(code: &str, target: &str) -> Result<Security, SecurityError> {
    let (code, target) = (code.to_owned(), target_version(target));
    run(move || scan(code, target))?
}

/// As [`security`], without blocking the caller's thread.
pub async fn security_async(code: &str, target: &str) -> Result<Security, SecurityError> {
    let (code, target) = (code.to_owned(), target_version(target));
    run_async(move || scan(code, target)).await?
}

fn scan(code: String, target: PythonVersion) -> Result<Security, SecurityError> {
    if let Some(problem) = unparsable(&code) {
        return Err(SecurityError::Syntax(problem));
    }
    let may_hide = code.contains("ruff:") || code.to_ascii_lowercase().contains("noqa");
    let source = SourceKind::Python { code, is_stub: false };
    let parsed = parse_unchecked_source(&source, PySourceType::Python, target);
    let problem = syntax_problem(&parsed, source.source_code());
    if let Some(problem) = problem.or_else(|| too_deep_annotation(&parsed, source.source_code())) {
        return Err(SecurityError::Syntax(problem));
    }
    let nosec = comments::holding("nosec", &parsed, source.source_code());
    let calls = Calls::of(&parsed);
    let index = LineIndex::from_source_text(source.source_code());
    let place = |range: TextRange| {
        let start = index.line_column(range.start(), source.source_code());
        let end = index.line_index(range.end());
        Place { line: number(start.line), column: number(start.column), end_line: number(end) }
    };
    let settings = settings(RuleSet::Security, target);
    let lint = |noqa, parsed| {
        let path = Path::new("code.py");
        let source_type = PySourceType::Python;
        let result = lint_only(path, None, &settings, noqa, &source, source_type, ParseSource::Precomputed(parsed));
        let found = result.diagnostics.iter().filter_map(|diagnostic| {
            // Errors that only the compiler sees carry no code, and do not stop the rules.
            let code = diagnostic.secondary_code()?.as_str().to_owned();
            let range = diagnostic.range()?;
            let message = diagnostic.concise_message().to_str().into_owned();
            let place_of_call = calls.with_argument(range).map(place);
            let place = place(calls.calling(range).unwrap_or(range));
            Some(RawFinding { place, call: place_of_call, code, message, hidden: false })
        });
        let mut findings: Vec<RawFinding> = found.collect();
        findings.sort();
        findings
    };
    let shown = may_hide.then(|| lint(Noqa::Enabled, parsed.clone()));
    let mut findings = lint(Noqa::Disabled, parsed);
    if let Some(mut shown) = shown {
        for finding in &mut findings {
            // Equal findings come in equal order, so each one shown pairs with one found.
            match shown.iter().position(|other| other == finding) {
                Some(at) => drop(shown.remove(at)),
                None => finding.hidden = true,
            }
        }
    }
    Ok(Security { findings, nosec })
}

fn number(n: OneIndexed) -> u32 {
    u32::try_from(n.get()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_with_places_and_what_noqa_hides() {
        let code = "import os\nx = 'é'; os.system(x)\neval(x)  # noqa: S307\nexec(x)  # nosec B102\n";
        let security = security(code, "3.11").expect("it parses");
        let found = security.findings.iter();
        let found: Vec<_> = found.map(|f| (f.code.as_str(), f.place.line, f.place.column, f.hidden)).collect();
        assert_eq!(found, [("S605", 2, 10, false), ("S307", 3, 1, true), ("S102", 4, 1, false)]);
        assert_eq!(security.nosec, [(4, "# nosec B102".to_owned())]);
    }

    #[test]
    fn what_does_not_parse_is_a_syntax_error() {
        assert!(matches!(security("eval(x", "3.11"), Err(SecurityError::Syntax(problem)) if problem.line == 1));
        assert!(matches!(security(&"(".repeat(100_000), "3.11"), Err(SecurityError::Syntax(_))));
        // Only the compiler rejects this; ruff and Bandit both scan it.
        assert_eq!(security("return eval(x)", "3.11").map(|s| s.findings.len()), Ok(1));
    }
    #[test]
    fn the_deepest_code_let_through_does_not_overflow_the_stack() {
        let indented: String = (0..99).map(|n| " ".repeat(n) + "def f():\n").collect();
        let shapes = [("-", ""), ("'SELECT * FROM ' + ", ""), ("1 if x else ", ""), ("lambda: ", "")];
        let chains = [("", ".z"), ("", "()"), ("", "[1]"), ("", ".format(x)"), ("", " % x"), ("", " + f'{x}'")];
        for (before, after) in shapes.into_iter().chain(chains) {
            let count = 1400;
            let line = format!("eval({}x{})", before.repeat(count), after.repeat(count));
            for code in [format!("{line}\n"), format!("{indented}{}{line}\n", " ".repeat(99))] {
                let found = security(&code, "3.14").map(|security| security.findings.iter().any(|f| f.code == "S307"));
                assert_eq!(found, Ok(true), "{before}x{after}");
            }
        }
        let elif = format!("if x:\n  pass\n{}", "elif eval(x):\n  pass\n".repeat(5_000));
        assert_eq!(security(&elif, "3.14").map(|s| s.findings.len()), Ok(5_000));
    }
}
