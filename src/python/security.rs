//! Ruff's security rules over one piece of code.

use std::path::Path;

use ruff_linter::linter::{ParseSource, lint_only, parse_unchecked_source};
use ruff_linter::settings::flags::Noqa;
use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{PySourceType, PythonVersion};
use ruff_source_file::OneIndexed;

use super::check::{syntax_problem, unparsable};
use super::comments;
use super::rules::{RuleSet, settings, target_version};
use super::stack::{Broken, run, run_async};
use crate::core::event::SyntaxProblem;

/// A finding in ruff's words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RawFinding {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    pub end_line: u32,
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
    if let Some(problem) = syntax_problem(&parsed, source.source_code()) {
        return Err(SecurityError::Syntax(problem));
    }
    let nosec = comments::holding("nosec", &parsed, source.source_code());
    let settings = settings(RuleSet::Security, target);
    let lint = |noqa, parsed| {
        let path = Path::new("code.py");
        let source_type = PySourceType::Python;
        let result = lint_only(path, None, &settings, noqa, &source, source_type, ParseSource::Precomputed(parsed));
        let found = result.diagnostics.iter().filter_map(|diagnostic| {
            // Errors that only the compiler sees carry no code, and do not stop the rules.
            let code = diagnostic.secondary_code()?.as_str().to_owned();
            let (start, end) = (diagnostic.ruff_start_location()?, diagnostic.ruff_end_location()?);
            let message = diagnostic.concise_message().to_str().into_owned();
            let (line, column, end_line) = (number(start.line), number(start.column), number(end.line));
            Some(RawFinding { line, column, end_line, code, message, hidden: false })
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
        let found: Vec<_> = security.findings.iter().map(|f| (f.code.as_str(), f.line, f.column, f.hidden)).collect();
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
}
