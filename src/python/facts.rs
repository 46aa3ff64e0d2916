//! Facts about a program's text that data sets are described by: what it imports, how many asserts, how many lines.

use std::collections::BTreeSet;

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_stmt};
use ruff_python_ast::{Expr, PySourceType, Stmt};
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_source_file::{LineIndex, OneIndexed};
use ruff_text_size::{Ranged, TextRange};

use super::check::unparsable;
use super::stack::run;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The first names of what is imported: `os` for `import os.path`. In alphabetical order.
    pub imports: Vec<String>,
    pub asserts: u32,
    /// Lines that hold code: no blank ones, no comments, no docstrings.
    pub lines: u32,
}

/// Nothing where the code cannot be parsed at all.
pub fn facts(code: &str) -> Facts {
    let code = code.to_owned();
    run(move || of(&code)).unwrap_or_default()
}

fn of(code: &str) -> Facts {
    if unparsable(code).is_some() {
        return Facts::default();
    }
    let Some(parsed) = parse_unchecked(code, ParseOptions::from(PySourceType::Python)).try_into_module() else {
        return Facts::default();
    };
    let mut seen = Seen::default();
    seen.visit_body(parsed.suite());
    let index = LineIndex::from_source_text(code);
    let line = |at| index.line_index(at);
    let mut lines: BTreeSet<OneIndexed> = BTreeSet::new();
    for token in parsed.tokens().iter() {
        let layout = matches!(
            token.kind(),
            TokenKind::Comment
                | TokenKind::NonLogicalNewline
                | TokenKind::Newline
                | TokenKind::Indent
                | TokenKind::Dedent
                | TokenKind::EndOfFile
        );
        if layout || seen.docstrings.iter().any(|docstring| docstring.contains_range(token.range())) {
            continue;
        }
        let (first, last) = (line(token.start()), line(token.end()));
        lines.extend((first.get()..=last.get()).filter_map(OneIndexed::new));
    }
    Facts { imports: seen.imports.into_iter().collect(), asserts: seen.asserts, lines: lines.len() as u32 }
}

#[derive(Default)]
struct Seen {
    imports: BTreeSet<String>,
    asserts: u32,
    docstrings: Vec<TextRange>,
}

impl Seen {
    fn import(&mut self, name: &str) {
        self.imports.insert(name.split('.').next().unwrap_or(name).to_owned());
    }
}

impl<'a> SourceOrderVisitor<'a> for Seen {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.import(&alias.name)),
            Stmt::ImportFrom(import) if import.level == 0 => {
                if let Some(module) = &import.module {
                    self.import(module);
                }
            }
            Stmt::Assert(_) => self.asserts += 1,
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_body(&mut self, body: &'a [Stmt]) {
        if let Some(Stmt::Expr(first)) = body.first()
            && matches!(&*first.value, Expr::StringLiteral(_))
        {
            self.docstrings.push(first.range());
        }
        body.iter().for_each(|stmt| self.visit_stmt(stmt));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_asserts_and_lines() {
        let code = "\"\"\"Doc\nstring.\"\"\"\nimport os.path, sys\n\n# comment\nfrom flask import Flask\nfrom . import here\n\
                    def f(x):\n    '''Doc.'''\n    if x:\n        import yaml\n        assert x, 'no'\n    return (x,\n            1)\n";
        let facts = facts(code);
        assert_eq!(facts.imports, ["flask", "os", "sys", "yaml"]);
        assert_eq!((facts.asserts, facts.lines), (1, 9));
    }

    #[test]
    fn what_does_not_parse_has_none() {
        assert_eq!(facts("\0"), Facts::default());
        assert!(facts("def f(:\n").asserts == 0);
    }
}
