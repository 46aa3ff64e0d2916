//! Does it compile, and does it use names it never defines?

use std::path::Path;

use ruff_linter::linter::{ParseSource, lint_only, parse_unchecked_source};
use ruff_linter::settings::flags::Noqa;
use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{ModModule, PySourceType, PythonVersion};
use ruff_python_parser::Parsed;
use ruff_source_file::LineIndex;
use ruff_text_size::TextSize;

use super::nesting::too_deep;
use super::rules::{RuleSet, settings, target_version};
use super::stack::{Broken, run, run_async};
use crate::core::event::{SyntaxProblem, UndefinedName};

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Check {
    pub error: Option<SyntaxProblem>,
    /// By line; empty when there is an error.
    pub undefined: Vec<UndefinedName>,
}

/// Checks `code` as Python `target` (such as `3.11`) would: syntax that only later versions take is an error.
pub fn check(code: &str, target: &str) -> Check {
    let (code, target) = (code.to_owned(), target_version(target));
    settle(run(move || compile(code, target)))
}

/// As [`check`], without blocking the caller's thread.
pub async fn check_async(code: &str, target: &str) -> Check {
    let (code, target) = (code.to_owned(), target_version(target));
    settle(run_async(move || compile(code, target)).await)
}

fn settle(result: Result<Check, Broken>) -> Check {
    result.unwrap_or_else(|broken| Check {
        error: Some(SyntaxProblem { line: 1, column: 1, message: broken.to_string() }),
        undefined: Vec::new(),
    })
}

fn compile(code: String, target: PythonVersion) -> Check {
    let broken = |error| Check { error: Some(error), undefined: Vec::new() };
    if let Some(error) = unparsable(&code) {
        return broken(error);
    }
    let source = SourceKind::Python { code, is_stub: false };
    let parsed = parse_unchecked_source(&source, PySourceType::Python, target);
    if let Some(error) = syntax_problem(&parsed, source.source_code()) {
        return broken(error);
    }
    let settings = settings(RuleSet::Names, target);
    let parsed = ParseSource::Precomputed(parsed);
    let path = Path::new("code.py");
    let result = lint_only(path, None, &settings, Noqa::Disabled, &source, PySourceType::Python, parsed);
    let index = LineIndex::from_source_text(source.source_code());
    let mut undefined = Vec::new();
    let mut errors = Vec::new();
    for diagnostic in &result.diagnostics {
        let start = diagnostic.range().map_or(TextSize::default(), |range| range.start());
        let (line, column) = place(&index, start, source.source_code());
        if diagnostic.secondary_code().is_some_and(|code| code.as_str() == "F821") {
            let range = diagnostic.range().unwrap_or_default();
            undefined.push(UndefinedName { name: source.source_code()[range].to_owned(), line, column });
        } else {
            errors.push(SyntaxProblem { line, column, message: diagnostic.concise_message().to_str().into_owned() });
        }
    }
    if let Some(error) = errors.into_iter().min_by_key(|error| (error.line, error.column)) {
        return broken(error);
    }
    undefined.sort_by(|a, b| (a.line, a.column).cmp(&(b.line, b.column)));
    Check { error: None, undefined }
}

/// What must be known before parsing: a NUL byte, which CPython refuses, or nesting too deep to parse safely.
pub fn unparsable(code: &str) -> Option<SyntaxProblem> {
    if let Some(nul) = code.find('\0') {
        let line = u32::try_from(code[..nul].matches('\n').count() + 1).unwrap_or(u32::MAX);
        let message = "source code cannot contain null bytes".to_owned();
        return Some(SyntaxProblem { line, column: 1, message });
    }
    too_deep(code)
}

/// The first error of the parser, or the first syntax that the target version lacks.
pub fn syntax_problem(parsed: &Parsed<ModModule>, code: &str) -> Option<SyntaxProblem> {
    let errors = parsed.errors().iter().map(|error| (error.location.start(), error.error.to_string()));
    let unsupported = parsed.unsupported_syntax_errors().iter();
    let first = errors.min_by_key(|(at, _)| *at);
    let (at, message) = first
        .or_else(|| unsupported.map(|error| (error.range.start(), error.to_string())).min_by_key(|(at, _)| *at))?;
    let (line, column) = place(&LineIndex::from_source_text(code), at, code);
    Some(SyntaxProblem { line, column, message })
}

/// Line and column from 1, in characters.
fn place(index: &LineIndex, at: TextSize, code: &str) -> (u32, u32) {
    let place = index.line_column(at, code);
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    (number(place.line.get()), number(place.column.get()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, target: &str) -> Option<(u32, u32, String)> {
        check(code, target).error.map(|error| (error.line, error.column, error.message))
    }

    #[test]
    fn undefined_names_by_line() {
        let check = check("def f():\n    return os.getenv('é') + x\n\nprint(f, y, len)\n", "3.11");
        assert_eq!(check.error, None);
        let names: Vec<_> = check.undefined.iter().map(|n| (n.name.as_str(), n.line, n.column)).collect();
        assert_eq!(names, [("os", 2, 12), ("x", 2, 29), ("y", 4, 10)]);
    }

    #[test]
    fn target_decides_what_compiles() {
        let nested = "x = f\"{d[\"a\"]}\"\n";
        assert_eq!(error(nested, "3.12"), None);
        let (line, _, message) = error(nested, "3.11").expect("3.11 has no nested quotes");
        assert_eq!(line, 1);
        assert!(message.contains("3.11"), "{message}");
        assert!(error("match x:\n    case 1: pass\n", "3.9").is_some());
        assert!(error("match x:\n    case 1: pass\n", "3.11.7").is_none());
    }

    #[test]
    fn what_only_the_compiler_rejects_is_an_error() {
        for code in ["return 1\n", "await x\n", "break\n", "def f(a, a): pass\n", "def f():\n  x = 1\n  global x\n"] {
            assert!(error(code, "3.11").is_some(), "{code}");
        }
        assert_eq!(error("def f(:\n", "3.11").map(|e| e.0), Some(1));
        assert_eq!(error("", "3.11"), None);
    }

    #[test]
    fn hostile_shapes_neither_crash_nor_pass() {
        for code in
            ["(".repeat(100_000), "[".repeat(100_000), "-".repeat(100_000), format!("x = 1{}", "+1".repeat(99_999))]
        {
            assert!(error(&code, "3.11").is_some());
        }
        assert_eq!(error("x = '\0'\n", "3.11").map(|e| e.2), Some("source code cannot contain null bytes".to_owned()));
        for part in ["-", "not ", "lambda: ", "(lambda a: ", "1 + ", "1 if x else ", "await ", "x[", "f(", "x."] {
            for count in [150, 2900, 3100] {
                check(&part.repeat(count), "3.11");
                check(&format!("async def f():\n    return {}1", part.repeat(count)), "3.11");
            }
        }
        check(&format!("x = 1{}\n", " + 1".repeat(2_990)), "3.11");
        check(&format!("x = y{}\n", ".z()".repeat(990)), "3.11");
    }
}
