//! Strings that a linter reads as types: code that the measure of the module's own nesting does not see.

use ruff_python_ast::visitor::source_order::{
    SourceOrderVisitor, walk_annotation, walk_arguments, walk_expr, walk_stmt, walk_type_param,
};
use ruff_python_ast::{Arguments, Expr, ModModule, Stmt, TypeParam};
use ruff_python_parser::Parsed;
use ruff_source_file::LineIndex;
use ruff_text_size::{Ranged, TextSize};

use super::nesting::{DEEP_TYPE, is_deep_type};
use crate::core::event::SyntaxProblem;

/// The first string that may stand for a type and nests deeper than any real one.
pub fn too_deep_annotation(parsed: &Parsed<ModModule>, code: &str) -> Option<SyntaxProblem> {
    if code.len() < DEEP_TYPE {
        return None;
    }
    // Besides annotations only what comes from these modules takes types, in calls such as `cast`.
    let typing = ["typing", "_typeshed", "mypy_extensions"].iter().any(|module| code.contains(module));
    let mut search = Search { typing, inside: false, found: None };
    search.visit_body(parsed.suite());
    let line = LineIndex::from_source_text(code).line_index(search.found?);
    let line = u32::try_from(line.get()).unwrap_or(u32::MAX);
    Some(SyntaxProblem { line, column: 1, message: "the annotation is nested too deeply".to_owned() })
}

struct Search {
    typing: bool,
    /// Within something whose strings may be types.
    inside: bool,
    found: Option<TextSize>,
}

impl Search {
    fn within(&mut self, types: bool, walk: impl FnOnce(&mut Self)) {
        let outside = self.inside;
        self.inside |= types;
        walk(self);
        self.inside = outside;
    }
}

impl<'a> SourceOrderVisitor<'a> for Search {
    fn visit_annotation(&mut self, expr: &'a Expr) {
        self.within(true, |search| walk_annotation(search, expr));
    }

    fn visit_type_param(&mut self, param: &'a TypeParam) {
        self.within(true, |search| walk_type_param(search, param));
    }

    fn visit_arguments(&mut self, arguments: &'a Arguments) {
        self.within(self.typing, |search| walk_arguments(search, arguments));
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        let types = matches!(stmt, Stmt::AnnAssign(_) | Stmt::TypeAlias(_));
        self.within(types, |search| walk_stmt(search, stmt));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::StringLiteral(string)
                if self.inside && self.found.is_none() && is_deep_type(string.value.to_str()) =>
            {
                self.found = Some(string.start());
            }
            Expr::Subscript(_) => self.within(true, |search| walk_expr(search, expr)),
            _ => walk_expr(self, expr),
        }
    }
}
