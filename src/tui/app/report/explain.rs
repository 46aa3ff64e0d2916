//! `?` on a number: which words of the metrics belong to it, and its own figures.

use super::{Page, Report};
use crate::metrics::words::{self, Words};
use crate::tui::app::text::Page as TextPage;
use crate::tui::style::Role;

/// The words of a column on a page.
pub fn words_of(page: Page, head: &str) -> Words {
    match (page, head) {
        (Page::Table1, "vulnerable") => words::VULNERABLE,
        (Page::Table1, "of all") => words::OUTCOMES,
        (Page::Table1, "invalid") => words::INVALID,
        (Page::Table1, "pending") => words::PENDING,
        (Page::Table1, "drop") => words::DROP,
        (Page::Table1, "labelled") => words::LABELLED,
        (Page::Table1, "best") => words::BEST,
        (Page::Table1, "worst") => words::WORST,
        (Page::Table1, _) => words::UNREALISTIC,
        (Page::McNemar, "items") => words::PAIRED,
        (Page::McNemar, "p") => words::MCNEMAR,
        (Page::McNemar, _) => words::ONE_SIDED,
        (Page::Unrealistic, "fixes") => words::FIXES,
        (Page::Unrealistic, "labelled") => words::LABELLED,
        (Page::Unrealistic, "of labelled") => words::UNREALISTIC_SHARE,
        (Page::Unrealistic, "versions") => words::REJECTED_VERSIONS,
        (Page::Unrealistic, _) => words::UNREALISTIC,
        (Page::Figure3 | Page::Figure4 | Page::Figure5, head) => match head {
            "of all" | "of" => words::FINDINGS_OF,
            "share" => words::FINDINGS_SHARE,
            "items" => words::FINDINGS_ITEMS,
            _ => words::FINDINGS,
        },
        (Page::Table2, "by the first") => words::FIRST_SCANNER,
        (Page::Table2, _) => words::SECOND,
        (Page::Scanners, "alike") => words::ALIKE,
        (Page::Scanners, "kappa") => words::KAPPA,
        (Page::Scanners, _) => words::SCANNERS,
        (Page::Agreement, head) => match head {
            "versions" => words::RATED,
            "differ" => words::APART,
            "observed" => words::OBSERVED,
            "Cohen" => words::COHEN,
            "Fleiss" => words::FLEISS,
            "Krippendorff" => words::KRIPPENDORFF,
            _ => words::AC1,
        },
        (Page::Confusion, _) => words::CONFUSION,
        (Page::Tests, _) => words::AGAINST,
        (Page::Types, "gain") => words::GAIN,
        (_, "items") => words::TESTED_ITEMS,
        (_, "n") => words::SAMPLES,
        (_, "pass") => words::PASSING,
        (_, "95 %") => words::INTERVAL,
        _ => words::PASS_AT_K,
    }
}

impl Report {
    /// The number under the cursor in words; `None` where there is none.
    pub fn explained(&self, width: usize) -> Option<TextPage> {
        let at = self.place()?;
        let cell = self.sheet.cell(at)?;
        let column = self.sheet.columns.get(at.column)?;
        let line = self.sheet.lines.get(at.line)?;
        let words = words_of(self.page, &column.head);
        let mut page = TextPage::new(width);
        let of: Vec<&str> = [line.section.as_str(), column.group.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty() && *part != line.name)
            .collect();
        page.heading(&format!("{} · {}: {}", line.name, column.head, cell.text), &of.join(" · "));
        page.text(Role::Text, words.what);
        page.blank();
        for (name, text) in [("How", words.formula), ("From", words.source)] {
            page.wrapped(vec![(Role::Muted, format!("{name:<6}"))], 6, Role::Text, text);
        }
        for (index, detail) in cell.detail.iter().enumerate() {
            let name = if index == 0 { "Here" } else { "" };
            page.wrapped(vec![(Role::Muted, format!("{name:<6}"))], 6, Role::Text, detail);
        }
        let rows = match self.behind().len() {
            0 => "none: no item stands behind this number".to_owned(),
            1 => format!("1 {} ({}); enter lists it", self.page.of_rows(), cell.what),
            count => format!("{count} {}s ({}); enter lists them", self.page.of_rows(), cell.what),
        };
        page.wrapped(vec![(Role::Muted, "Rows  ".to_owned())], 6, Role::Text, &rows);
        Some(page)
    }
}
