//! A whole LaTeX document with booktabs tables; it needs no more than the recommended packages.

use super::document::{Chart, Document, Table};

const HEAD: &str = "\\documentclass[a4paper]{article}
\\usepackage[utf8]{inputenc}
\\usepackage[T1]{fontenc}
\\usepackage{textcomp}
\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}
\\usepackage[margin=18mm]{geometry}
\\usepackage{booktabs}
\\usepackage{longtable}
\\setlength{\\parindent}{0pt}
\\setlength{\\parskip}{4pt}
\\setlength{\\tabcolsep}{4pt}
\\sloppy
\\begin{document}
";

pub fn render(document: &Document) -> String {
    let mut out = HEAD.to_owned();
    out.push_str(&format!("\\section*{{{}}}\n", escape(&document.title)));
    for line in &document.lead {
        out.push_str(&format!("{}\n\n", escape(line)));
    }
    for table in &document.tables {
        section(&mut out, table);
    }
    out.push_str("\\end{document}\n");
    out
}

fn section(out: &mut String, table: &Table) {
    out.push_str(&format!("\n\\subsection*{{{}}}\n", escape(&table.title)));
    for line in &table.context {
        out.push_str(&format!("{}\n\n", escape(line)));
    }
    if !table.rows.is_empty() {
        grid(out, table);
    }
    for chart in &table.charts {
        bars(out, chart);
    }
    for note in &table.notes {
        out.push_str(&format!("{{\\footnotesize {}\\par}}\n", escape(note)));
    }
}

fn grid(out: &mut String, table: &Table) {
    let columns: String = table.columns.iter().map(|column| if column.right { 'r' } else { 'l' }).collect();
    out.push_str(&format!("{{\\footnotesize\n\\begin{{longtable}}{{@{{}}{columns}@{{}}}}\n\\toprule\n"));
    line(out, table.columns.iter().map(|column| column.title.as_str()));
    out.push_str("\\midrule\n\\endhead\n\\bottomrule\n\\endfoot\n");
    for row in &table.rows {
        line(out, row.iter().map(|cell| cell.text.as_str()));
    }
    out.push_str("\\end{longtable}}\n");
}

fn line<'a>(out: &mut String, cells: impl Iterator<Item = &'a str>) {
    let cells: Vec<String> = cells.map(escape).collect();
    out.push_str(&format!("{} \\\\\n", cells.join(" & ")));
}

/// Bars are rules: they need no drawing package.
fn bars(out: &mut String, chart: &Chart) {
    out.push_str(&format!("{{\\footnotesize {}\\par\n\\begin{{tabular}}{{@{{}}lll@{{}}}}\n", escape(&chart.title)));
    for bar in &chart.bars {
        let length = (bar.value / chart.full).clamp(0.0, 1.0) * 80.0;
        let (label, shown) = (escape(&bar.label), escape(&bar.shown));
        out.push_str(&format!("{label} & \\rule{{{length:.1}mm}}{{2mm}} & {shown} \\\\\n"));
    }
    out.push_str("\\end{tabular}\\par}\n");
}

/// Text that LaTeX prints as it is. What the standard fonts do not have stands as its code point.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\textbackslash{}"),
            '{' | '}' | '$' | '&' | '#' | '%' | '_' => out.extend(['\\', c]),
            '^' => out.push_str("\\textasciicircum{}"),
            '~' => out.push_str("\\textasciitilde{}"),
            '<' => out.push_str("\\textless{}"),
            '>' => out.push_str("\\textgreater{}"),
            '|' => out.push_str("\\textbar{}"),
            '"' => out.push_str("\\textquotedbl{}"),
            '\'' => out.push_str("\\textquotesingle{}"),
            '`' => out.push_str("\\textasciigrave{}"),
            // At the start of a row these would belong to the `\\` before it; dashes would join.
            '[' | ']' | '*' | '-' => out.extend(['{', c, '}']),
            '–' => out.push_str("\\textendash{}"),
            '↓' => out.push_str("$\\downarrow$"),
            '−' => out.push_str("$-$"),
            '×' => out.push_str("$\\times$"),
            ' '..='~' | 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ÿ' => out.push(c),
            c => out.push_str(&format!("{{[}}U+{:04X}{{]}}", c as u32)),
        }
    }
    out
}
