//! Where the code of a card comes from and what is known of it: for open sittings, and for what was revealed.

use crate::core::finding::Finding;
use crate::core::fold::Version;
use crate::core::verdict::judge;
use crate::desk::Context;
use crate::tui::app::text::Page;
use crate::tui::app::timeline::version_name;
use crate::tui::style::{Role, Theme};
use crate::tui::view::words;

pub fn page(context: &Context, theme: &Theme, width: u16) -> Page {
    let mut page = Page::new(usize::from(width.saturating_sub(2)));
    let target = &context.target;
    page.heading("Origin", "");
    page.text(Role::Text, &format!("run {} · item {}", target.run, target.item));
    let name = version_name(target.step);
    page.text(Role::Text, &format!("{} · {} · {name}", context.info.model.name, target.stream.approach));
    scans(&mut page, "Findings before", context, context.before.as_ref(), theme);
    scans(&mut page, "Findings after", context, Some(&context.after), theme);
    if let Some(execution) = &context.after.execution {
        page.heading("Test", "");
        page.text(Role::Text, execution.result.as_str());
    }
    page.heading("Hints", if context.hints.is_empty() { "none" } else { "facts, no verdicts" });
    for hint in &context.hints {
        page.text(Role::Text, &format!("{} {hint}", theme.signs.invalid));
    }
    page.heading("Labels of others", if context.others.is_empty() { "none" } else { "" });
    for label in &context.others {
        let verdict = label.verdict.map_or("skipped", |verdict| verdict.as_str());
        let mut words = format!("{}: {verdict}", label.author);
        if !label.reasons.is_empty() {
            words.push_str(&format!(" ({})", label.reasons.join(", ")));
        }
        if let Some(comment) = &label.comment {
            words.push_str(&format!(" · {comment}"));
        }
        page.text(Role::Text, &words);
    }
    page
}

fn scans(page: &mut Page, title: &str, context: &Context, version: Option<&Version>, theme: &Theme) {
    let verdict = version.and_then(|version| judge(context.info.settings.verdict, version));
    let (sign, role) = words::verdict(theme.signs, verdict);
    page.heading(title, "");
    page.line(vec![(role, format!("{sign} {}", verdict.map_or("not judged", |it| it.as_str())))]);
    let findings = version.and_then(|version| version.scan.as_ref()).map_or(&[][..], |scan| &scan.findings);
    for finding in findings {
        page.text(Role::Text, &words_of(finding));
    }
}

fn words_of(finding: &Finding) -> String {
    let cwe = finding.cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
    format!("{}{cwe} line {}: {}", finding.rule, finding.line, finding.message)
}
