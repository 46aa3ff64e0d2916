//! What a program is made of, as plain data: functions with their interfaces, imports, calls, literals, comments, the
//! nodes of its syntax tree. Two versions are compared by it, far from any parser.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use ruff_python_ast::PySourceType;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{ParseOptions, parse_unchecked};
use ruff_source_file::LineIndex;
use ruff_text_size::{Ranged, TextRange};

use super::check::unparsable;
use super::stack::run;
use super::walk::Walk;

/// From 1, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lines {
    pub first: u32,
    pub last: u32,
}

impl Lines {
    pub fn at(line: u32) -> Self {
        Self { first: line, last: line }
    }

    pub fn holds(self, line: u32) -> bool {
        (self.first..=self.last).contains(&line)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Outline {
    /// Nested ones too, in the order of the text.
    pub functions: Vec<Function>,
    /// Classes at any depth, by their dotted names.
    pub classes: Vec<(String, Lines)>,
    pub imports: Vec<Import>,
    pub calls: Vec<Call>,
    /// Dotted names that begin at an import, resolved: `os.path.join`.
    pub references: Vec<Reference>,
    pub strings: Vec<Literal>,
    pub comments: Vec<Comment>,
    pub tries: Vec<Try>,
    /// Nodes of the syntax tree by their kind, without docstrings.
    pub nodes: BTreeMap<String, u32>,
    /// The tokens that mean something: two programs with the same differ in comments, docstrings and layout alone.
    pub tokens: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// With the classes and functions around it: `Login.is_admin`.
    pub name: String,
    pub lines: Lines,
    /// The line of `def`.
    pub line: u32,
    /// Inside another function.
    pub nested: bool,
    /// Abstract, overloaded, or in a protocol: an empty body is what it is meant to have.
    pub declares: bool,
    pub is_async: bool,
    pub yields: bool,
    pub parameters: Vec<Parameter>,
    pub returns: Vec<Return>,
    /// Without the docstring.
    pub statements: u32,
    pub stub: Option<Stub>,
    /// Lines of the body without the docstring; those of `def` where nothing else is there.
    pub body: Lines,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    pub name: String,
    pub kind: ParameterKind,
    /// Its source.
    pub default: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// By place, and mostly by name too.
    Place,
    /// `*args`.
    Places,
    /// By name alone.
    Name,
    /// `**kwargs`.
    Names,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Return {
    Nothing,
    Value,
    /// Of so many values, none of them starred.
    Tuple(usize),
}

/// A body that does nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stub {
    /// `pass`, `...` or a docstring alone.
    Nothing,
    NotImplemented,
    /// The source of the constant that is returned.
    Constant(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// `os.path` for `import os.path` and `from os.path import join`; empty for `from . import x`.
    pub module: String,
    /// What is taken from the module.
    pub member: Option<String>,
    /// The name it is bound to here.
    pub name: String,
    /// Leading dots.
    pub level: u32,
    pub line: u32,
    /// In a `try`, whose handler may do without it.
    pub tried: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Dotted, resolved through the imports where it begins at one; begins with a dot where it hangs on an expression.
    pub name: String,
    pub resolved: bool,
    pub lines: Lines,
    /// Index into `functions`.
    pub function: Option<usize>,
    pub arguments: u32,
    /// Names of keyword arguments.
    pub keywords: Vec<String>,
    /// Holds `*args` or `**kwargs`.
    pub starred: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    pub path: String,
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    pub text: String,
    pub lines: Lines,
    /// The variable, attribute, parameter, keyword or key that it is given to or compared with.
    pub given_to: Option<String>,
    pub function: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From its `#`.
    pub text: String,
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Try {
    pub body: Lines,
    /// The first handler for every error that drops it: `except: pass`.
    pub drops: Option<Lines>,
}

type Known = HashMap<Arc<str>, Option<Arc<Outline>>>;

/// A run's versions are compared again and again, each with the same code before.
const KEPT: usize = 512;
const KEPT_LENGTH: usize = 1 << 16;

/// `None` where the code does not parse.
pub fn outline(code: &str) -> Option<Arc<Outline>> {
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let known = || KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = known().get(code) {
        return found.clone();
    }
    let text: Arc<str> = code.into();
    let job = Arc::clone(&text);
    let made = run(move || of(&job)).ok().flatten().map(Arc::new);
    if text.len() <= KEPT_LENGTH {
        let mut known = known();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(text, made.clone());
    }
    made
}

fn of(code: &str) -> Option<Outline> {
    if unparsable(code).is_some() {
        return None;
    }
    let parsed = parse_unchecked(code, ParseOptions::from(PySourceType::Python)).try_into_module()?;
    if !parsed.errors().is_empty() {
        return None;
    }
    let index = LineIndex::from_source_text(code);
    let walk = Walk::over(code, &index, parsed.suite());
    let docstrings = walk.docstrings().to_vec();
    let mut outline = walk.finish();
    for token in parsed.tokens().iter() {
        let text = &code[token.range()];
        match token.kind() {
            TokenKind::Comment => {
                let line = line(&index, token.range());
                outline.comments.push(Comment { text: text.to_owned(), line });
            }
            TokenKind::NonLogicalNewline | TokenKind::EndOfFile => {}
            TokenKind::Indent => outline.tokens.push_str("{\n"),
            TokenKind::Dedent => outline.tokens.push_str("}\n"),
            // That of a docstring goes with it.
            TokenKind::Newline if outline.tokens.is_empty() || outline.tokens.ends_with('\n') => {}
            TokenKind::Newline => outline.tokens.push('\n'),
            _ if within(&docstrings, token.range()) => {}
            _ => {
                outline.tokens.push_str(text);
                outline.tokens.push(' ');
            }
        }
    }
    Some(outline)
}

/// Whether one of `ranges`, which come in order and apart, holds `range`.
fn within(ranges: &[TextRange], range: TextRange) -> bool {
    let after = ranges.partition_point(|it| it.start() <= range.start());
    after > 0 && ranges[after - 1].contains_range(range)
}

fn line(index: &LineIndex, range: TextRange) -> u32 {
    u32::try_from(index.line_index(range.start()).get()).unwrap_or(u32::MAX)
}
