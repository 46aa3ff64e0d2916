//! Comments that hold a word, with their lines: what a scanner's own suppression marks are read from.

use ruff_python_ast::ModModule;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Parsed;
use ruff_source_file::LineIndex;
use ruff_text_size::Ranged;

/// `(line from 1, text of the comment from its #)` of each comment that holds `word`.
pub fn holding(word: &str, parsed: &Parsed<ModModule>, code: &str) -> Vec<(u32, String)> {
    if !code.contains(word) {
        return Vec::new();
    }
    let index = LineIndex::from_source_text(code);
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    comments
        .map(|token| (index.line_index(token.start()), &code[token.range()]))
        .filter(|(_, text)| text.contains(word))
        .map(|(line, text)| (u32::try_from(line.get()).unwrap_or(u32::MAX), text.to_owned()))
        .collect()
}
