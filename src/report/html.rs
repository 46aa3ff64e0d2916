//! One file that needs nothing else: style and charts are in it, and no script.

use super::document::{Document, Table};
use super::svg;

const STYLE: &str = "
:root { color-scheme: light dark; --ground: #ffffff; --ink: #1c1f24; --quiet: #555c66; --line: #d5d9df;
  --stripe: #f5f6f8; --bar: #2463a8; --track: #e8ebef; --link: #1b5aa0; }
@media (prefers-color-scheme: dark) { :root { --ground: #15171b; --ink: #e4e7eb; --quiet: #a7aeb8; --line: #3a3f47;
  --stripe: #1c1f24; --bar: #6ba6e8; --track: #2a2e35; --link: #8abbf2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 66rem; padding: 1.5rem 1.25rem 4rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem; overflow-wrap: anywhere; }
a { color: var(--link); }
nav ol { columns: 2 24rem; padding-left: 1.25rem; font-size: .9rem; }
.about, .note { color: var(--quiet); font-size: .875rem; margin: .25rem 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--ink); white-space: nowrap; }
th[scope=row] { font-weight: 400; }
tbody tr:nth-child(even) { background: var(--stripe); }
.right { text-align: right; white-space: nowrap; }
figure { margin: 1rem 0; }
figcaption { font-size: .9rem; font-weight: 600; }
svg { max-width: 100%; height: auto; font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif; }
svg text { fill: var(--ink); }
svg .bar { fill: var(--bar); }
svg .track { fill: var(--track); }
svg .whisker { stroke: var(--ink); stroke-width: 1.5; fill: none; }
@media print { body { max-width: none; } nav { display: none; } section { break-inside: avoid; } }
";

pub fn render(document: &Document) -> String {
    let title = escape(&document.title);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    for line in &document.lead {
        out.push_str(&format!("<p>{}</p>\n", escape(line)));
    }
    out.push_str("<nav aria-label=\"Tables\">\n<ol>\n");
    for (at, table) in document.tables.iter().enumerate() {
        out.push_str(&format!("<li><a href=\"#t{at}\">{}</a></li>\n", escape(&table.title)));
    }
    out.push_str("</ol>\n</nav>\n");
    for (at, table) in document.tables.iter().enumerate() {
        section(&mut out, at, table);
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

fn section(out: &mut String, at: usize, table: &Table) {
    let (id, title) = (table.id.as_str(), escape(&table.title));
    out.push_str(&format!("<section id=\"t{at}\" data-table=\"{id}\" aria-labelledby=\"t{at}-title\">\n"));
    out.push_str(&format!("<h2 id=\"t{at}-title\">{title}</h2>\n"));
    for line in &table.context {
        out.push_str(&format!("<p class=\"about\">{}</p>\n", escape(line)));
    }
    if !table.rows.is_empty() {
        grid(out, at, table);
    }
    for (number, chart) in table.charts.iter().enumerate() {
        out.push_str(&format!("<figure>\n<figcaption>{}</figcaption>\n", escape(&chart.title)));
        svg::chart(out, chart, &format!("t{at}-c{number}"));
        out.push_str("</figure>\n");
    }
    for note in &table.notes {
        out.push_str(&format!("<p class=\"note\">{}</p>\n", escape(note)));
    }
    out.push_str("</section>\n");
}

fn grid(out: &mut String, at: usize, table: &Table) {
    let class = |right: bool| if right { " class=\"right\"" } else { "" };
    out.push_str(&format!(
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"t{at}-title\" tabindex=\"0\">\n\
         <table>\n<thead>\n<tr>"
    ));
    for column in &table.columns {
        out.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(column.right), escape(&column.title)));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (number, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            let text = escape(&cell.text);
            match number {
                0 => out.push_str(&format!("<th scope=\"row\">{text}</th>")),
                _ => out.push_str(&format!("<td{}>{text}</td>", class(column.right))),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

/// Safe between tags and in quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
