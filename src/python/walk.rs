//! The walk over a syntax tree that an outline is made from.

use std::collections::{HashMap, HashSet};

use ruff_python_ast::visitor::source_order::{
    SourceOrderVisitor, TraversalSignal, walk_except_handler, walk_expr, walk_stmt,
};
use ruff_python_ast::{
    AnyNodeRef, ExceptHandler, Expr, ExprContext, Keyword, Parameters, Stmt, StmtClassDef, StmtFunctionDef, StmtTry,
};
use ruff_source_file::LineIndex;
use ruff_text_size::{Ranged, TextRange};

use super::outline::{
    Call, Function, Import, Lines, Literal, Outline, Parameter, ParameterKind, Reference, Return, Stub, Try,
};

pub struct Walk<'a> {
    code: &'a str,
    index: &'a LineIndex,
    out: Outline,
    /// Names of the classes and functions around.
    scope: Vec<&'a str>,
    /// Functions around, as indices; the innermost last.
    functions: Vec<usize>,
    /// The class around is abstract or a protocol.
    declares: bool,
    /// Inside the body of a `try`.
    tried: u32,
    docstrings: Vec<TextRange>,
    given: HashMap<TextRange, String>,
    /// Inner parts of dotted names that were noted whole.
    inner: HashSet<TextRange>,
    /// Names bound otherwise than by an import.
    bound: HashSet<&'a str>,
}

impl<'a> Walk<'a> {
    pub fn over(code: &'a str, index: &'a LineIndex, body: &'a [Stmt]) -> Self {
        let mut walk = Self {
            code,
            index,
            out: Outline::default(),
            scope: Vec::new(),
            functions: Vec::new(),
            declares: false,
            tried: 0,
            docstrings: Vec::new(),
            given: HashMap::new(),
            inner: HashSet::new(),
            bound: HashSet::new(),
        };
        walk.visit_body(body);
        walk
    }

    pub fn docstrings(&self) -> &[TextRange] {
        &self.docstrings
    }

    /// Resolves dotted names through the imports; a name that is bound in two ways stands for nothing known.
    pub fn finish(self) -> Outline {
        let mut out = self.out;
        let mut known: HashMap<&str, Option<String>> = HashMap::new();
        for import in &out.imports {
            let path = match &import.member {
                Some(member) => format!("{}.{member}", import.module),
                None if import.name == top(&import.module) => import.name.clone(),
                None => import.module.clone(),
            };
            let clear = import.level == 0 && !self.bound.contains(import.name.as_str());
            let entry = known.entry(&import.name).or_insert_with(|| clear.then(|| path.clone()));
            if entry.as_ref() != Some(&path) {
                *entry = None;
            }
        }
        let resolve = |path: &str| {
            let (first, rest) = path.split_once('.').unwrap_or((path, ""));
            let module = known.get(first)?.as_ref()?;
            Some(if rest.is_empty() { module.clone() } else { format!("{module}.{rest}") })
        };
        for call in &mut out.calls {
            if let Some(path) = resolve(&call.name) {
                call.name = path;
                call.resolved = true;
            }
        }
        let references = std::mem::take(&mut out.references).into_iter();
        out.references =
            references.filter_map(|it| Some(Reference { path: resolve(&it.path)?, line: it.line })).collect();
        out
    }

    fn lines(&self, range: TextRange) -> Lines {
        let number = |at| u32::try_from(self.index.line_index(at).get()).unwrap_or(u32::MAX);
        // A block's range may end at the start of the line after it.
        let first = number(range.start());
        let text = &self.code[range];
        let end = range.start() + ruff_text_size::TextSize::of(text.trim_end());
        Lines { first, last: number(end).max(first) }
    }

    fn line(&self, range: TextRange) -> u32 {
        self.lines(range).first
    }

    fn name(&self, own: &'a str) -> String {
        self.scope.iter().copied().chain([own]).collect::<Vec<_>>().join(".")
    }

    fn give(&mut self, value: &Expr, to: Option<String>) {
        if let (Expr::StringLiteral(_), Some(to)) = (value, to) {
            self.given.insert(value.range(), to);
        }
    }

    fn function(&mut self, def: &'a StmtFunctionDef) {
        self.bound.insert(def.name.as_str());
        let body = match def.body.first() {
            Some(first) if is_docstring(first) => &def.body[1..],
            _ => &def.body[..],
        };
        let declares = self.declares
            || def.decorator_list.iter().any(|it| {
                let name = dotted(&it.expression).unwrap_or_default();
                matches!(name.rsplit('.').next(), Some("abstractmethod" | "overload" | "abstractproperty"))
            });
        let at = self.lines(def.name.range);
        let body_lines = match (body.first(), body.last()) {
            (Some(first), Some(last)) => self.lines(TextRange::new(first.start(), last.end())),
            _ => at,
        };
        let function = Function {
            name: self.name(def.name.as_str()),
            lines: self.lines(def.range),
            line: at.first,
            nested: !self.functions.is_empty(),
            declares,
            is_async: def.is_async,
            yields: false,
            parameters: parameters(self.code, &def.parameters),
            returns: Vec::new(),
            statements: u32::try_from(body.len()).unwrap_or(u32::MAX),
            stub: stub(self.code, body),
            body: body_lines,
        };
        self.out.functions.push(function);
        for parameter in def.parameters.iter_non_variadic_params() {
            if let Some(default) = &parameter.default {
                self.give(default, Some(parameter.parameter.name.to_string()));
            }
        }
        self.functions.push(self.out.functions.len() - 1);
        self.scope.push(def.name.as_str());
    }

    fn class(&mut self, def: &'a StmtClassDef) -> bool {
        self.bound.insert(def.name.as_str());
        let name = self.name(def.name.as_str());
        let lines = self.lines(def.range);
        self.out.classes.push((name, lines));
        self.scope.push(def.name.as_str());
        let bases = def.arguments.iter().flat_map(|arguments| {
            arguments.args.iter().chain(arguments.keywords.iter().map(|keyword| &keyword.value)).filter_map(dotted)
        });
        let mut bases = bases;
        let declares = bases.any(|base| matches!(base.rsplit('.').next(), Some("ABC" | "ABCMeta" | "Protocol")));
        std::mem::replace(&mut self.declares, declares)
    }

    fn attempt(&mut self, stmt: &'a StmtTry) {
        let (Some(first), Some(last)) = (stmt.body.first(), stmt.body.last()) else { return };
        let body = self.lines(TextRange::new(first.start(), last.end()));
        let drops = stmt.handlers.iter().find_map(|ExceptHandler::ExceptHandler(handler)| {
            let every = handler
                .type_
                .as_deref()
                .is_none_or(|it| matches!(dotted(it).as_deref(), Some("Exception" | "BaseException")));
            let empty = handler.body.iter().all(does_nothing);
            (every && empty).then(|| self.lines(handler.range))
        });
        self.out.tries.push(Try { body, drops });
    }

    fn import(&mut self, module: &str, member: Option<&str>, name: &str, level: u32, line: u32) {
        let tried = self.tried > 0;
        let (module, member, name) = (module.to_owned(), member.map(str::to_owned), name.to_owned());
        self.out.imports.push(Import { module, member, name, level, line, tried });
    }

    fn returned(&mut self, value: Option<&Expr>) {
        let kind = match value {
            None | Some(Expr::NoneLiteral(_)) => Return::Nothing,
            Some(Expr::Tuple(tuple)) if !tuple.elts.iter().any(Expr::is_starred_expr) => {
                Return::Tuple(tuple.elts.len())
            }
            Some(_) => Return::Value,
        };
        if let Some(&at) = self.functions.last() {
            self.out.functions[at].returns.push(kind);
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Walk<'a> {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        *self.out.nodes.entry(format!("{:?}", node.kind())).or_default() += 1;
        TraversalSignal::Traverse
    }

    fn visit_body(&mut self, body: &'a [Stmt]) {
        let mut body = body;
        if let Some((first, rest)) = body.split_first()
            && is_docstring(first)
        {
            self.docstrings.push(first.range());
            body = rest;
        }
        body.iter().for_each(|stmt| self.visit_stmt(stmt));
    }

    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.function(def);
                let (declares, tried) = (std::mem::take(&mut self.declares), std::mem::take(&mut self.tried));
                walk_stmt(self, stmt);
                (self.declares, self.tried) = (declares, tried);
                self.functions.pop();
                self.scope.pop();
                return;
            }
            Stmt::ClassDef(def) => {
                let outside = self.class(def);
                walk_stmt(self, stmt);
                self.declares = outside;
                self.scope.pop();
                return;
            }
            Stmt::Try(attempt) => {
                self.attempt(attempt);
                self.tried += 1;
                walk_stmt(self, stmt);
                self.tried -= 1;
                return;
            }
            Stmt::Return(it) => self.returned(it.value.as_deref()),
            Stmt::Import(it) => {
                let line = self.line(it.range);
                for alias in &it.names {
                    let name = alias.asname.as_ref().map_or(top(&alias.name), |name| name.as_str());
                    self.import(&alias.name, None, name, 0, line);
                }
            }
            Stmt::ImportFrom(it) => {
                let line = self.line(it.range);
                let module = it.module.as_ref().map_or("", |module| module.as_str());
                for alias in &it.names {
                    let name = alias.asname.as_ref().map_or(alias.name.as_str(), |name| name.as_str());
                    self.import(module, Some(&alias.name), name, it.level, line);
                }
            }
            Stmt::Assign(it) => {
                let to = it.targets.first().and_then(dotted);
                self.give(&it.value, to);
            }
            Stmt::AnnAssign(it) => {
                if let Some(value) = &it.value {
                    self.give(value, dotted(&it.target));
                }
            }
            _ => {}
        }
        walk_stmt(self, stmt);
    }

    fn visit_parameters(&mut self, parameters: &'a Parameters) {
        self.bound.extend(parameters.iter().map(|parameter| parameter.name().as_str()));
        ruff_python_ast::visitor::source_order::walk_parameters(self, parameters);
    }

    fn visit_keyword(&mut self, keyword: &'a Keyword) {
        self.give(&keyword.value, keyword.arg.as_ref().map(ToString::to_string));
        ruff_python_ast::visitor::source_order::walk_keyword(self, keyword);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(it) = handler;
        self.bound.extend(it.name.as_ref().map(|name| name.as_str()));
        walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        let function = self.functions.last().copied();
        match expr {
            Expr::Name(name) if name.ctx != ExprContext::Load => drop(self.bound.insert(name.id.as_str())),
            Expr::Attribute(attribute) => {
                if !self.inner.contains(&expr.range())
                    && let Some(path) = dotted(expr)
                {
                    let line = self.line(attribute.attr.range);
                    self.out.references.push(Reference { path, line });
                }
                self.inner.insert(attribute.value.range());
            }
            Expr::Call(call) => {
                let name = match &*call.func {
                    Expr::Attribute(attribute) => {
                        Some(dotted(&call.func).unwrap_or_else(|| format!(".{}", attribute.attr)))
                    }
                    other => dotted(other),
                };
                // What the environment falls back on is given to the variable that is asked for.
                if let (
                    Some("os.getenv" | "getenv" | "os.environ.get" | "environ.get"),
                    [Expr::StringLiteral(asked), default, ..],
                ) = (name.as_deref(), &*call.arguments.args)
                {
                    self.give(default, Some(asked.value.to_str().to_owned()));
                }
                if let Some(name) = name {
                    let arguments = &call.arguments;
                    let starred = arguments.args.iter().any(Expr::is_starred_expr)
                        || arguments.keywords.iter().any(|keyword| keyword.arg.is_none());
                    let named = arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
                    let lines = self.lines(call.range());
                    self.out.calls.push(Call {
                        name,
                        resolved: false,
                        lines,
                        function,
                        arguments: u32::try_from(arguments.args.len()).unwrap_or(u32::MAX),
                        keywords: named.map(ToString::to_string).collect(),
                        starred,
                    });
                }
            }
            Expr::StringLiteral(string) => {
                let given_to = self.given.remove(&expr.range());
                let (text, lines) = (string.value.to_str().to_owned(), self.lines(expr.range()));
                self.out.strings.push(Literal { text, lines, given_to, function });
            }
            Expr::Dict(dict) => {
                for item in &dict.items {
                    if let Some(Expr::StringLiteral(key)) = &item.key {
                        self.give(&item.value, Some(key.value.to_str().to_owned()));
                    }
                }
            }
            Expr::Compare(compare) => {
                for (one, other) in
                    std::iter::once(&*compare.left).chain(&compare.comparators).zip(&compare.comparators)
                {
                    self.give(other, dotted(one));
                    self.give(one, dotted(other));
                }
            }
            Expr::Yield(_) | Expr::YieldFrom(_) => {
                if let Some(at) = function {
                    self.out.functions[at].yields = true;
                }
            }
            _ => {}
        }
        walk_expr(self, expr);
    }
}

fn top(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// `a.b.c`, where it is nothing but names.
fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = expr;
    loop {
        match at {
            Expr::Attribute(attribute) => {
                parts.push(attribute.attr.as_str());
                at = &attribute.value;
            }
            Expr::Name(name) => {
                parts.push(name.id.as_str());
                parts.reverse();
                return Some(parts.join("."));
            }
            _ => return None,
        }
    }
}

fn is_docstring(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Expr(it) if it.value.is_string_literal_expr())
}

fn does_nothing(stmt: &Stmt) -> bool {
    match stmt {
        Stmt::Pass(_) => true,
        Stmt::Expr(it) => it.value.is_ellipsis_literal_expr() || it.value.is_string_literal_expr(),
        _ => false,
    }
}

fn stub(code: &str, body: &[Stmt]) -> Option<Stub> {
    if body.iter().all(does_nothing) {
        return Some(Stub::Nothing);
    }
    let [only] = body else { return None };
    match only {
        Stmt::Raise(raise) => {
            let raised = match raise.exc.as_deref()? {
                Expr::Call(call) => dotted(&call.func),
                other => dotted(other),
            };
            (raised.as_deref() == Some("NotImplementedError")).then_some(Stub::NotImplemented)
        }
        Stmt::Return(it) => match it.value.as_deref() {
            None => Some(Stub::Nothing),
            Some(value) if is_constant(value) => Some(Stub::Constant(code[value.range()].to_owned())),
            Some(_) => None,
        },
        _ => None,
    }
}

/// A literal, or an empty container.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::List(list) => list.elts.is_empty(),
        Expr::Tuple(tuple) => tuple.elts.is_empty(),
        Expr::Dict(dict) => dict.items.is_empty(),
        other => other.is_literal_expr(),
    }
}

fn parameters(code: &str, parameters: &Parameters) -> Vec<Parameter> {
    let mut all = Vec::new();
    let source = |expr: &Expr| code[expr.range()].split_whitespace().collect::<Vec<_>>().join(" ");
    let mut add = |name: &str, kind, default: Option<&Expr>| {
        all.push(Parameter { name: name.to_owned(), kind, default: default.map(source) });
    };
    for it in parameters.posonlyargs.iter().chain(&parameters.args) {
        add(&it.parameter.name, ParameterKind::Place, it.default.as_deref());
    }
    if let Some(it) = &parameters.vararg {
        add(&it.name, ParameterKind::Places, None);
    }
    for it in &parameters.kwonlyargs {
        add(&it.parameter.name, ParameterKind::Name, it.default.as_deref());
    }
    if let Some(it) = &parameters.kwarg {
        add(&it.name, ParameterKind::Names, None);
    }
    all
}
