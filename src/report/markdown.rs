//! GitHub's Markdown: tables, and bars as blocks of text.

use super::document::{Document, Table};
use super::text::bars;

pub fn render(document: &Document) -> String {
    let mut out = format!("# {}\n", escape(&document.title));
    for line in &document.lead {
        out.push_str(&format!("\n{}\n", escape(line)));
    }
    for table in &document.tables {
        section(&mut out, table);
    }
    out
}

fn section(out: &mut String, table: &Table) {
    out.push_str(&format!("\n## {}\n", escape(&table.title)));
    for line in &table.context {
        out.push_str(&format!("\n{}\n", escape(line)));
    }
    if !table.rows.is_empty() {
        out.push('\n');
        line(out, table.columns.iter().map(|column| escape(&column.title)));
        line(out, table.columns.iter().map(|column| if column.right { "--:" } else { "---" }.to_owned()));
        for row in &table.rows {
            line(out, row.iter().map(|cell| escape(&cell.text)));
        }
    }
    for chart in &table.charts {
        // Indented, not fenced: no label can end the block.
        out.push_str(&format!("\n{}\n\n", escape(&chart.title)));
        for line in bars(chart) {
            out.push_str(&format!("    {line}\n"));
        }
    }
    for note in &table.notes {
        out.push_str(&format!("\n{}\n", escape(note)));
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    out.push('|');
    for cell in cells {
        out.push_str(&format!(" {cell} |"));
    }
    out.push('\n');
}

/// Text that Markdown shows as it is: no markup, no HTML, no link, no mention.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let marks =
            matches!(c, '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '&' | '$' | '@');
        let lower = |from: &str| text[text.len() - rest.len()..].to_ascii_lowercase().starts_with(from);
        let begins = out.is_empty() && matches!(c, '-' | '+' | '=' | '!' | ':');
        if marks || begins || lower("://") {
            out.push('\\');
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
        if out.len() >= 3 && rest.starts_with('.') && out.to_ascii_lowercase().ends_with("www") {
            out.push('\\');
        }
    }
    // `1. ` at the start of a line would begin a list; `1.5` would not.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    let after = |at: usize| out.as_bytes().get(digits + at).copied();
    if digits > 0 && matches!(after(0), Some(b'.' | b')')) && matches!(after(1), None | Some(b' ')) {
        out.insert(digits, '\\');
    }
    out
}
