//! Facts about a program's text that data sets are described by: what it imports, how many asserts, how many lines.

use std::collections::{BTreeSet, HashMap};

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt};
use ruff_python_ast::{Expr, ExprCall, PySourceType, Stmt, StmtClassDef};
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_source_file::{LineIndex, OneIndexed};
use ruff_text_size::{Ranged, TextRange};

use super::check::unparsable;
use super::stack::run;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The first names of what is imported: `os` for `import os.path`. In alphabetical order.
    pub imports: Vec<String>,
    /// Modules that the program itself puts into `sys.modules`, whole names in alphabetical order.
    pub stand_ins: Vec<String>,
    /// The first names of what `mock.patch` is told to replace, in alphabetical order.
    pub patched: Vec<String>,
    pub asserts: u32,
    /// Test methods of classes that derive from a `unittest` test case.
    pub cases: u32,
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
    Facts {
        imports: seen.imports.into_iter().collect(),
        stand_ins: seen.stand_ins.into_iter().collect(),
        patched: seen.patched.into_iter().collect(),
        asserts: seen.asserts,
        cases: seen.cases,
        lines: lines.len() as u32,
    }
}

#[derive(Default)]
struct Seen<'a> {
    imports: BTreeSet<String>,
    stand_ins: BTreeSet<String>,
    /// What a loop's variable stands for, where the loop goes over texts that are written out.
    loops: HashMap<&'a str, Vec<String>>,
    patched: BTreeSet<String>,
    asserts: u32,
    cases: u32,
    /// Classes of the module that are test cases.
    case_classes: BTreeSet<&'a str>,
    docstrings: Vec<TextRange>,
}

impl<'a> Seen<'a> {
    fn import(&mut self, name: &str) {
        self.imports.insert(name.split('.').next().unwrap_or(name).to_owned());
    }

    /// The texts that an expression stands for: a text, or the variable of a loop over texts.
    fn texts(&self, expr: &Expr) -> Vec<String> {
        match expr {
            Expr::StringLiteral(text) => vec![text.value.to_str().to_owned()],
            Expr::Name(name) => self.loops.get(name.id.as_str()).cloned().unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// `sys.modules[NAME] = …`
    fn assigned(&mut self, target: &Expr) {
        if let Expr::Subscript(place) = target
            && is_modules(&place.value)
        {
            let names = self.texts(&place.slice);
            self.stand_ins.extend(names);
        }
    }

    /// `patch("NAME.…")`, `mock.patch("NAME.…")`, `patch.dict("NAME.…")`
    fn patch(&mut self, call: &ExprCall) {
        let of = |expr: &Expr| match expr {
            Expr::Name(name) => name.id.as_str() == "patch",
            Expr::Attribute(attribute) => attribute.attr.as_str() == "patch",
            _ => false,
        };
        let patches = of(&call.func) || matches!(&*call.func, Expr::Attribute(method) if of(&method.value));
        if let (true, Some(Expr::StringLiteral(target))) = (patches, call.arguments.args.first()) {
            let target = target.value.to_str();
            self.patched.insert(target.split('.').next().unwrap_or(target).to_owned());
        }
    }

    fn class(&mut self, class: &'a StmtClassDef) {
        let is_case = |base: &Expr| match base {
            Expr::Name(name) => name.id.ends_with("TestCase") || self.case_classes.contains(name.id.as_str()),
            Expr::Attribute(attribute) => attribute.attr.ends_with("TestCase"),
            _ => false,
        };
        if class.bases().iter().any(is_case) {
            self.case_classes.insert(class.name.as_str());
            let tests = |part: &&Stmt| matches!(part, Stmt::FunctionDef(method) if method.name.starts_with("test"));
            self.cases += class.body.iter().filter(tests).count() as u32;
        }
    }

    /// `sys.modules.setdefault(NAME, …)`, `sys.modules.update({NAME: …})`
    fn called(&mut self, call: &ExprCall) {
        let Expr::Attribute(method) = &*call.func else { return };
        if !is_modules(&method.value) {
            return;
        }
        let names: Vec<String> = match (method.attr.as_str(), call.arguments.args.first()) {
            ("setdefault", Some(name)) => self.texts(name),
            ("update", Some(Expr::Dict(dict))) => dict.iter_keys().flatten().flat_map(|key| self.texts(key)).collect(),
            _ => Vec::new(),
        };
        self.stand_ins.extend(names);
    }
}

fn elements(expr: &Expr) -> &[Expr] {
    match expr {
        Expr::Tuple(tuple) => &tuple.elts,
        Expr::List(list) => &list.elts,
        Expr::Set(set) => &set.elts,
        _ => &[],
    }
}

/// `sys.modules`
fn is_modules(expr: &Expr) -> bool {
    matches!(expr, Expr::Attribute(modules) if modules.attr.as_str() == "modules"
        && matches!(&*modules.value, Expr::Name(sys) if sys.id.as_str() == "sys"))
}

impl<'a> SourceOrderVisitor<'a> for Seen<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Call(call) = expr {
            self.called(call);
            self.patch(call);
        }
        walk_expr(self, expr);
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.import(&alias.name)),
            Stmt::ImportFrom(import) if import.level == 0 => {
                if let Some(module) = &import.module {
                    self.import(module);
                }
            }
            Stmt::Assert(_) => self.asserts += 1,
            Stmt::ClassDef(class) => self.class(class),
            Stmt::Assign(assign) => assign.targets.iter().for_each(|target| self.assigned(target)),
            Stmt::For(each) => {
                if let Expr::Name(name) = &*each.target {
                    let texts = elements(&each.iter).iter().flat_map(|element| self.texts(element)).collect();
                    self.loops.insert(name.id.as_str(), texts);
                }
            }
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
    fn modules_that_a_program_puts_in_the_place_of_others() {
        let code = "import sys, types\nsys.modules['flask'] = types.ModuleType('flask')\n\
                    sys.modules[\"a.b\"] = sys.modules['a'] = None\nfor name in ('yaml', 'lxml'):\n    if True:\n        \
                    sys.modules[name] = None\nsys.modules.setdefault('requests', None)\n\
                    sys.modules.update({'x': 1, 'y': 2})\nsys.modules[unknown] = 3\nmodules['not'] = 1\n";
        let facts = facts(code);
        assert_eq!(facts.stand_ins, ["a", "a.b", "flask", "lxml", "requests", "x", "y", "yaml"]);
        assert_eq!(facts.imports, ["sys", "types"]);
    }

    #[test]
    fn cases_and_what_is_patched() {
        let code = "import unittest\nfrom unittest.mock import patch\nclass A(unittest.TestCase):\n    \
                    @patch('requests.get')\n    def test_a(self, m): pass\n    async def test_b(self): pass\n    \
                    def helper(self):\n        with mock.patch('app.x.y'), patch.dict('os.environ'), \
                    patch.object(A, 'z'): pass\nclass B(A):\n    def test_c(self): pass\n\
                    class C:\n    def test_d(self): pass\ndef test_e(): dispatch('no.more')\n";
        let facts = facts(code);
        assert_eq!((facts.cases, facts.patched), (3, ["app", "os", "requests"].map(str::to_owned).to_vec()));
    }

    #[test]
    fn what_does_not_parse_has_none() {
        assert_eq!(facts("\0"), Facts::default());
        assert!(facts("def f(:\n").asserts == 0);
    }
}
