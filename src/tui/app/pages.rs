//! The text pages of the main pane: prompt, answer, findings, and what stands where there is no code.

use std::collections::BTreeMap;

use super::App;
use super::item::OpenItem;
use super::list::ItemList;
use super::text::Page;
use super::timeline::{Node, version_name};
use crate::approach::template::BUILTIN;
use crate::core::fold::Version;
use crate::core::hint::{HintKind, Severity};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, lines_words};
use crate::core::text::Text;
use crate::review::Hint;
use crate::review::findings::Change;
use crate::review::guideline::Guideline;
use crate::tui::style::Role;

/// The item's prompt, and what was sent for the selected step, part by part.
pub fn prompt(item: &OpenItem, list: Option<&ItemList>, width: usize) -> Page {
    let mut page = Page::new(width);
    let about: Vec<String> = item.item.cwe.iter().map(|cwe| format!("CWE-{cwe}")).collect();
    let beside = [item.item.area.as_deref().unwrap_or(""), &about.join(" ")].join(" ");
    page.heading(&item.item.id, beside.trim());
    page.text(Role::Text, &item.item.prompt);
    match item.exchange() {
        Some(exchange) => {
            let request = &exchange.request;
            let own = list.map(|list| &list.info.settings.templates);
            let source = request.part("template");
            let hash = source.map_or_else(String::new, |source| source.hash().chars().take(SHORT_HASH).collect());
            let whose = source.map_or("", |source| whose_template(&request.template, source, own));
            let beside =
                format!("template {} {hash} · {whose} · at most {} tokens", request.template, request.max_tokens);
            page.heading(&format!("Sent for {}", step_words(exchange.step)), &beside);
            for part in request.parts.iter().filter(|part| part.name != "template") {
                page.line(vec![(Role::Accent, part.name.clone())]);
                page.indented(Role::Text, 2, &part.text);
            }
            if let Some(template) = source {
                page.line(vec![(Role::Accent, "template".to_owned())]);
                page.indented(Role::Muted, 2, template);
            }
        }
        None => {
            page.blank();
            page.text(Role::Muted, &unasked(item, "Nothing was sent for this line: choose a step with a request"));
        }
    }
    page
}

/// What stands where there is no request: where the code came from, if it was not asked for, else a hint.
fn unasked(item: &OpenItem, hint: &str) -> String {
    match item.selected() {
        Some((_, version)) if version.code.is_some() => format!("The code was not asked for here: {}.", version.why),
        _ => format!("{hint} in the pane Steps."),
    }
}

/// Letters of a template's SHA-256 that tell it from any other.
const SHORT_HASH: usize = 12;

/// Where a template that was sent comes from.
fn whose_template(name: &str, source: &Text, own: Option<&BTreeMap<String, Text>>) -> &'static str {
    match BUILTIN.iter().find(|builtin| builtin.name == name) {
        _ if own.and_then(|own| own.get(name)) == Some(source) => "the user's own",
        Some(builtin) if builtin.source == source.as_str() => "built in",
        Some(_) => "not the one built in here",
        None => "not built in here",
    }
}

/// The answer as it came, and what was taken from it.
pub fn answer(item: &OpenItem, live: Option<&str>, width: usize) -> Page {
    let mut page = Page::new(width);
    let Some(exchange) = item.exchange() else {
        page.text(Role::Muted, &unasked(item, "No request belongs to this line: choose a step with an answer"));
        return page;
    };
    let name = step_words(exchange.step);
    if let Some(streaming) = item.streaming() {
        page.heading(&format!("Answer to {name}"), "arriving");
        page.text(Role::Text, &streaming.text);
    } else if let Some(answer) = &exchange.answer {
        let mut facts = vec![format!("{:.1} s", answer.seconds)];
        if let Some(usage) = answer.usage {
            facts.push(format!("{} tokens in, {} out", usage.prompt, usage.completion));
        }
        facts.push(format!("ended by {}", answer.finish));
        if answer.tries > 1 {
            facts.push(format!("{} tries", answer.tries));
        }
        facts.extend(answer.model.clone());
        page.heading(&format!("Answer to {name}"), &facts.join(" · "));
        if let Some((_, version)) = item.selected()
            && version.step == exchange.step
        {
            page.text(Role::Muted, &format!("Taken as code: {}", version.why));
            page.blank();
        }
        page.text(Role::Text, &answer.text);
    } else if let Some(failure) = &exchange.failure {
        let tries = if failure.tries == 1 { "1 try".to_owned() } else { format!("{} tries", failure.tries) };
        page.heading(
            &format!("No answer to {name}"),
            &format!("{} · {tries} · {:.1} s", failure.reason, failure.seconds),
        );
        page.text(Role::Warn, &failure.message);
        if let Some(partial) = &failure.partial {
            page.heading("What came before it broke", "not an answer");
            page.text(Role::Text, partial);
        }
    } else {
        page.heading(&format!("Answer to {name}"), if live.is_some() { "arriving" } else { "asked, nothing came yet" });
        page.text(Role::Text, live.unwrap_or_default());
    }
    page
}

/// Findings before and after, then the hints, then comments.
pub fn findings(app: &App, item: &OpenItem, width: usize) -> Page {
    let hints = &app.shown.hints;
    let mut page = Page::new(width);
    let Some((stream, version)) = item.selected() else {
        page.text(Role::Muted, "No code yet: findings stand here once a version is scanned.");
        return page;
    };
    let name = item.name_of(stream, version.step);
    let against = item.compared_with().map(|(of, base)| format!("against {}", item.name_of(of, base.step)));
    let scanner = version.scan.as_ref().map_or_else(|| "not scanned yet".to_owned(), |scan| scan.scanner.to_string());
    let beside = [against.unwrap_or_default(), scanner].join("  ");
    page.heading(&format!("Findings in {name}"), beside.trim());
    let compared = item.findings();
    if compared.is_empty() && version.scan.is_some() {
        page.text(Role::Good, "none, before or after");
    }
    for one in &compared {
        let finding = &one.finding;
        let role = if one.change == Change::Gone { Role::Good } else { Role::Danger };
        let place = match (one.change, one.line_before) {
            (Change::Still, Some(before)) if before != finding.line => format!("line {before} → {}", finding.line),
            _ => format!("line {}", finding.line),
        };
        let cwe = finding.cwe.map(|cwe| format!("CWE-{cwe}")).unwrap_or_default();
        let level = |level: Option<_>| {
            level.map_or_else(|| "–".to_owned(), |level: crate::core::finding::Level| level.to_string())
        };
        let weight = format!("{}/{}", level(finding.severity), level(finding.confidence));
        // Where nothing is compared, every finding would be called new.
        let word = if item.compared_with().is_some() { one.change.as_str() } else { "found" };
        page.line(vec![
            (role, format!("{word:<6}")),
            (Role::Text, format!("{:<6} ", finding.rule)),
            (Role::Text, format!("{cwe:<9}")),
            (Role::Muted, format!("{weight:<14}")),
            (Role::Text, place),
        ]);
        let hidden = finding.suppressed.as_ref().map(|by| format!(" · hidden by # {by}")).unwrap_or_default();
        page.indented(Role::Muted, 6, &format!("{}: {}{hidden}", finding.name, finding.message));
    }
    page.heading("Hints", "what the scanner does not look at");
    if hints.is_empty() {
        page.text(Role::Muted, "none of the kinds that are looked for");
    }
    for hint in hints {
        page.text(hint_role(hint), &hint.to_string());
    }
    if let Some(list) = app.list.as_ref().filter(|list| list.info.id == item.run) {
        own_label(&mut page, list, &app.guideline, (&item.item.id, stream, version.step));
    }
    page
}

/// What the annotator says of a version.
fn own_label(page: &mut Page, list: &ItemList, guideline: &Guideline, (item, stream, step): (&str, StreamId, Step)) {
    let label = list.book.settled(item, stream, step);
    let remark = list.book.remark(item, stream, step);
    let flagged = list.book.is_flagged(item, stream, step);
    if label.is_none() && remark.is_none() && !flagged {
        return;
    }
    let word = label.map_or("none", Label::word);
    page.heading("Your label", &if flagged { format!("{word} · flagged") } else { word.to_owned() });
    for reason in label.map_or(&[][..], |label| &label.reasons) {
        page.text(Role::Text, guideline.name_of(reason));
    }
    let lines = remark.and_then(|label| label.lines).map(lines_words);
    let comment = remark.and_then(|label| label.comment.as_deref());
    let said = [lines.as_deref(), comment].into_iter().flatten().collect::<Vec<_>>().join(": ");
    page.text(Role::Text, &said);
}

/// A hint as it is drawn.
pub fn hint_role(hint: &Hint) -> Role {
    match hint.kind.severity() {
        _ if hint.kind == HintKind::Suppression => Role::Danger,
        Severity::High | Severity::Medium => Role::Warn,
        Severity::Low => Role::Text,
    }
}

/// Lines that stand for no code have their text instead: solutions, explanations, an answer on its way.
pub fn instead_of_code(item: &OpenItem, live: Option<&str>, width: usize) -> Option<Page> {
    let mut page = Page::new(width);
    match item.node() {
        None => {
            page.text(Role::Muted, "Nothing has happened to this item yet: its steps appear as the run comes to it.")
        }
        Some(Node::Solution(stream, j)) => {
            let (_, solution) = item.solution()?;
            page.heading(&format!("Solution {j}"), "");
            page.text(Role::Text, &solution.text);
            let tried = item.state.stream(stream).is_some_and(|state| {
                state
                    .versions
                    .iter()
                    .any(|version| matches!(version.step, Step::Refine { solution: Some(of), .. } if of == j))
            });
            if !tried {
                page.blank();
                page.text(Role::Muted, "No refinement followed this solution.");
            }
        }
        Some(Node::Step(stream, step)) if !step.yields_code() => {
            return Some(match &item.state.stream(stream)?.proposed {
                Some(proposed) if step == Step::Solutions => {
                    for (index, solution) in proposed.solutions.iter().enumerate() {
                        page.heading(&format!("Solution {}", index + 1), "");
                        page.text(Role::Text, &solution.text);
                    }
                    page
                }
                _ => answer(item, live, width),
            });
        }
        Some(Node::Step(..)) if item.selected().is_none() => return Some(answer(item, live, width)),
        Some(Node::End(stream)) if item.selected().is_none() => {
            let message = item.state.stream(stream).and_then(|stream| stream.failed.clone());
            page.heading("Failed", "a resume tries again from here");
            page.text(Role::Warn, &message.unwrap_or_default());
        }
        _ => return None,
    }
    Some(page)
}

/// An answer that held no code.
pub fn no_code(version: &Version, width: usize) -> Page {
    let mut page = Page::new(width);
    page.heading(&version_name(version.step), "no code");
    page.text(Role::Warn, &version.why);
    page.blank();
    page.text(Role::Muted, "5 shows the answer as it came.");
    page
}

fn step_words(step: Step) -> String {
    match step {
        Step::Solutions | Step::Explain | Step::Verbalize => step.to_string(),
        other => version_name(other),
    }
}
