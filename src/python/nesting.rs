//! How deep a syntax tree could become, measured on tokens alone: the lexer does not recurse, trees do.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

use crate::core::event::SyntaxProblem;

/// CPython's own limits.
const BRACKETS: usize = 200;
const INDENTS: usize = 100;
/// CPython 3.11 gives up at about 3,000 levels of expression.
const CHAIN: usize = 3000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Excess {
    Brackets,
    Indents,
    Chain,
}

impl Excess {
    fn message(self) -> &'static str {
        match self {
            Self::Brackets => "too many nested parentheses",
            Self::Indents => "too many levels of indentation",
            Self::Chain => "the expression is nested too deeply",
        }
    }
}

/// The line where `code` nests deeper than any real program, if it does.
pub fn too_deep(code: &str) -> Option<SyntaxProblem> {
    let excess = excess(code)?;
    let ends: Vec<usize> = code
        .split_inclusive('\n')
        .scan(0, |end, line| {
            *end += line.len();
            Some(*end)
        })
        .collect();
    // Tokens come without places; the shortest prefix of lines that is too deep ends with the line at fault.
    let line = ends.partition_point(|&end| self::excess(&code[..end]).is_none()) + 1;
    let line = u32::try_from(line.min(ends.len())).unwrap_or(u32::MAX);
    Some(SyntaxProblem { line, column: 1, message: excess.message().to_owned() })
}

/// Tokens inside one pair of brackets that can each deepen the tree by a level.
#[derive(Debug, Clone, Copy, Default)]
struct Level {
    /// Since the last comma, which ends an element.
    chain: usize,
    /// Commas do not end a lambda.
    lambdas: usize,
}

fn excess(code: &str) -> Option<Excess> {
    let mut lexer = lexer::lex(code, Mode::Module);
    let mut indents = 0usize;
    let mut levels = vec![Level::default()];
    // The sum over `levels`.
    let mut total = 0usize;
    loop {
        let kind = lexer.next_token();
        let depth = levels.len();
        let level = &mut levels[depth - 1];
        match kind {
            TokenKind::EndOfFile => return None,
            TokenKind::Indent if indents == INDENTS => return Some(Excess::Indents),
            TokenKind::Indent => indents += 1,
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            TokenKind::Newline => {
                levels.clear();
                levels.push(Level::default());
                total = 0;
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace if depth > BRACKETS => return Some(Excess::Brackets),
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                level.chain += 1;
                total += 1;
                levels.push(Level::default());
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace if depth > 1 => {
                total -= level.chain + level.lambdas;
                levels.pop();
            }
            TokenKind::Comma | TokenKind::Semi => {
                total -= level.chain;
                level.chain = 0;
            }
            TokenKind::Lambda => {
                level.lambdas += 1;
                total += 1;
            }
            kind if flat(kind) => {}
            _ => {
                level.chain += 1;
                total += 1;
            }
        }
        if total > CHAIN {
            return Some(Excess::Chain);
        }
    }
}

fn flat(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Name
            | T::Int
            | T::Float
            | T::Complex
            | T::String
            | T::FStringStart
            | T::FStringMiddle
            | T::FStringEnd
            | T::TStringStart
            | T::TStringMiddle
            | T::TStringEnd
            | T::Comment
            | T::NonLogicalNewline
            | T::Ellipsis
            | T::True
            | T::False
            | T::None
            | T::Rpar
            | T::Rsqb
            | T::Rbrace
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(code: &str) -> Option<(u32, String)> {
        too_deep(code).map(|problem| (problem.line, problem.message))
    }

    #[test]
    fn real_code_is_not_deep() {
        assert_eq!(problem("def f(a, b):\n    return [(a + -b) for _ in {1: (2, 3)}]\n"), None);
        let table = "x = [\n".to_owned() + &"    {'a': -1, 'b': [not f(1).c, 2 ** 3]},\n".repeat(20_000) + "]\n";
        assert_eq!(problem(&table), None);
        assert_eq!(problem(&format!("x = {}1\n", "(".repeat(200))), None);
        assert_eq!(problem(&format!("x = '{}'\n", "(".repeat(100_000))), None);
    }

    #[test]
    fn each_limit_names_its_line() {
        let brackets = (3, "too many nested parentheses".to_owned());
        assert_eq!(problem(&format!("a\nb\nx = {}\n", "(".repeat(100_000))), Some(brackets));
        let deep: String = (0..102).map(|n| " ".repeat(n) + "if a:\n").collect();
        assert_eq!(problem(&deep), Some((102, "too many levels of indentation".to_owned())));
        let chain = |code: &str| assert_eq!(problem(code), Some((2, "the expression is nested too deeply".to_owned())));
        chain(&format!("\nx = {}1", "-".repeat(100_000)));
        chain(&format!("\nx = 1{}", " + 1".repeat(100_000)));
        chain(&format!("\nx = y{}", ".z".repeat(100_000)));
        chain(&format!("\nx = y{}", "()".repeat(100_000)));
        chain(&format!("\nx = {}1", "lambda a, b: ".repeat(100_000)));
        chain(&format!("\nx = ({}1)", "lambda a, b: ".repeat(100_000)));
        chain(&format!("\nx = {}1", "1 if y else ".repeat(100_000)));
        chain(&format!("\n{}x", "class A: ".repeat(100_000)));
    }
}
