//! Columns for a terminal or a file; nothing but printable characters, bold titles only on a terminal.

use super::document::{Chart, Document, Table};
use crate::core::escape::columns;

/// Where paragraphs break.
const WIDTH: usize = 100;
/// The longest bar.
const BAR: usize = 40;

pub fn render(document: &Document, bold: bool) -> String {
    let mut out = title(&document.title, bold);
    for line in &document.lead {
        paragraph(&mut out, line, "");
    }
    for table in &document.tables {
        out.push('\n');
        out.push_str(&title(&table.title, bold));
        body(&mut out, table);
    }
    out
}

fn title(text: &str, bold: bool) -> String {
    match bold {
        true => format!("\u{1b}[1m{text}\u{1b}[0m\n"),
        false => format!("{text}\n{}\n", "=".repeat(columns(text).min(WIDTH))),
    }
}

fn body(out: &mut String, table: &Table) {
    for line in &table.context {
        paragraph(out, line, "");
    }
    if !table.rows.is_empty() {
        out.push('\n');
        grid(out, table);
    }
    for chart in &table.charts {
        out.push_str(&format!("\n  {}\n", chart.title));
        for line in bars(chart) {
            out.push_str(&format!("  {line}\n"));
        }
    }
    if !table.notes.is_empty() {
        out.push('\n');
    }
    for note in &table.notes {
        paragraph(out, note, "  ");
    }
}

fn grid(out: &mut String, table: &Table) {
    let widths: Vec<usize> = table
        .columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| columns(&cell.text));
            cells.max().unwrap_or(0).max(columns(&column.title))
        })
        .collect();
    let mut line = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::from(" ");
        for ((cell, column), &width) in cells.zip(&table.columns).zip(&widths) {
            let space = " ".repeat(width.saturating_sub(columns(cell)));
            let (before, after) = if column.right { (space.as_str(), "") } else { ("", space.as_str()) };
            text.push_str(&format!(" {before}{cell}{after} "));
        }
        out.push_str(text.trim_end());
        out.push('\n');
    };
    line(&mut table.columns.iter().map(|column| column.title.as_str()));
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    line(&mut rule.iter().map(String::as_str));
    for row in &table.rows {
        line(&mut row.iter().map(|cell| cell.text.as_str()));
    }
}

/// A line for each bar: its label, the bar to an eighth of a column, its value.
pub fn bars(chart: &Chart) -> Vec<String> {
    let labels = chart.bars.iter().map(|bar| columns(&bar.label)).max().unwrap_or(0);
    let line = |bar: &super::document::Bar| {
        let space = " ".repeat(labels.saturating_sub(columns(&bar.label)));
        let eighths = ((bar.value / chart.full).clamp(0.0, 1.0) * (BAR * 8) as f64).round() as usize;
        let mut drawn = "█".repeat(eighths / 8);
        drawn.extend(['▏', '▎', '▍', '▌', '▋', '▊', '▉'].get((eighths % 8).wrapping_sub(1)));
        let rest = " ".repeat(BAR - drawn.chars().count());
        format!("{}{space}  {drawn}{rest}  {}", bar.label, bar.shown)
    };
    chart.bars.iter().map(line).collect()
}

/// Broken between words; a word that is too long stands alone.
fn paragraph(out: &mut String, text: &str, indent: &str) {
    let mut line = indent.to_owned();
    for word in text.split(' ') {
        if line.len() > indent.len() {
            if columns(&line) + 1 + columns(word) > WIDTH {
                out.push_str(line.trim_end());
                out.push('\n');
                line = format!("{indent}{}", "  ".repeat(usize::from(indent.is_empty())));
            } else {
                line.push(' ');
            }
        }
        line.push_str(word);
    }
    out.push_str(line.trim_end());
    out.push('\n');
}
