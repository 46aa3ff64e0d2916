//! The page of a version's test: how it ended, every assertion that was reached with its values, output, and how well
//! the program was held back.

use super::item::OpenItem;
use super::text::{Page, TextLine};
use crate::core::execution::{Assertion, AssertionClass, Captured, Execution, TestResult};
use crate::tui::style::Role;

pub fn test(item: &OpenItem, width: usize) -> Vec<TextLine> {
    let mut page = Page::new(width);
    let execution = item.selected().and_then(|(_, version)| version.execution.as_ref());
    if let Some(execution) = execution {
        told(&mut page, execution);
    }
    match (&item.item.suite, execution) {
        (Some(suite), _) => {
            let entry = suite.entry_point.as_str();
            page.heading(
                "The test",
                &if entry.is_empty() { "every case".to_owned() } else { format!("check({entry})") },
            );
            if execution.is_none() {
                page.text(
                    Role::Muted,
                    "It was not run on what this line shows; `fdsp test RUN` runs it on every version.",
                );
            }
            page.indented(Role::Text, 2, &suite.test);
        }
        (None, None) => page.text(
            Role::Muted,
            "This item has no test; those of CodeSecEval, PythonSecurityEval and the starter set have one.",
        ),
        (None, Some(_)) => {}
    }
    page.lines
}

fn told(page: &mut Page, execution: &Execution) {
    page.heading(&format!("Result: {}", execution.result), &facts(execution));
    if let Some(fault) = &execution.fault {
        let place = match (&fault.part, fault.line) {
            (Some(part), Some(line)) => format!(", line {line} of the {part}"),
            _ => String::new(),
        };
        page.text(Role::Warn, &format!("{}{place}: {}", fault.kind, fault.message));
    }
    for assertion in &execution.assertions {
        about(page, assertion);
    }
    if execution.assertions.is_empty() && execution.result != TestResult::Refused {
        page.text(Role::Muted, "No assertion was reached.");
    }
    for (name, output) in [("Standard output", &execution.stdout), ("Standard error", &execution.stderr)] {
        captured(page, name, output);
    }
    if !execution.missing.is_empty() {
        page.heading("What the sandbox lacks", "");
        for missing in &execution.missing {
            page.text(Role::Warn, missing);
        }
    }
}

fn facts(execution: &Execution) -> String {
    let mut facts = vec![
        format!("{:.2} s", execution.seconds),
        format!("{} MiB", execution.peak_memory >> 20),
        format!("sandbox {}", execution.level),
        format!("Python {}", execution.python),
    ];
    if execution.repaired {
        facts.push("environment repaired".to_owned());
    }
    facts.join(" · ")
}

fn about(page: &mut Page, assertion: &Assertion) {
    let (role, word) = if assertion.failed { (Role::Danger, "fails") } else { (Role::Good, "holds") };
    let times = if assertion.held > 1 { format!(" {} times", assertion.held) } else { String::new() };
    let class = match assertion.class {
        AssertionClass::Security => " · security",
        AssertionClass::Functional => "",
    };
    let source = assertion.source.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    page.text(role, &format!("{word}{times}, line {}{class}", assertion.line));
    page.indented(Role::Text, 2, &source);
    for (name, value) in &assertion.values {
        page.indented(Role::Muted, 4, &format!("{name} = {value}"));
    }
    if let Some(message) = assertion.message.as_ref().filter(|_| assertion.failed) {
        page.indented(Role::Warn, 4, message);
    }
}

fn captured(page: &mut Page, name: &str, output: &Captured) {
    if output.bytes == 0 {
        return;
    }
    let cut = if output.cut {
        format!("{} bytes, cut after {}", output.bytes, output.text.len())
    } else {
        format!("{} bytes", output.bytes)
    };
    page.heading(name, &cut);
    page.indented(Role::Text, 2, &output.text);
}
