//! The page of a version's test: how it ended, every assertion that was reached with its values, output, how well the
//! program was held back, and the test itself; and the same in one line.

use super::item::OpenItem;
use super::tested::Told;
use super::text::Page;
use crate::core::escape;
use crate::core::execution::{Assertion, AssertionClass, Captured, Execution, Level};
use crate::core::fold::Version;
use crate::core::verdict::{Verdict, judge};
use crate::tui::style::{Role, Signs};

/// The page, and its rows where something fails.
#[derive(Debug, Default)]
pub struct TestPage {
    pub page: Page,
    pub stops: Vec<usize>,
}

pub fn test(item: &OpenItem, signs: Signs, width: usize) -> TestPage {
    let mut page = Page::new(width);
    let mut stops = Vec::new();
    let version = item.selected().map(|(_, version)| version);
    let execution = version.and_then(|version| version.execution.as_ref());
    match execution {
        Some(execution) => {
            result(&mut page, execution, is_false_secure(item, execution), signs);
            if let (Some(_), None) = (&execution.fault, execution.failed()) {
                stops.push(0);
            }
            assertions(&mut page, execution, signs, &mut stops);
            for (name, output) in [("Standard output", &execution.stdout), ("Standard error", &execution.stderr)] {
                captured(&mut page, name, output);
            }
        }
        None => untested(&mut page, item, version),
    }
    if let Some(suite) = &item.item.suite {
        let entry = suite.entry_point.as_str();
        page.heading("The test", &if entry.is_empty() { "every case".to_owned() } else { format!("check({entry})") });
        source(&mut page, &suite.test, execution, signs);
    }
    TestPage { page, stops }
}

/// The test of the selected version in one line; first what comes of it.
pub fn summary(item: &OpenItem, signs: Signs) -> Vec<(Role, String)> {
    let Some((_, version)) = item.selected() else {
        return vec![(Role::Muted, "no version of the code on this line".to_owned())];
    };
    let Some(execution) = &version.execution else {
        let words = match (&item.item.suite, item.replay.at_end()) {
            (None, _) => "the item has no test".to_owned(),
            (_, false) => "not run yet here in the replay".to_owned(),
            (Some(_), true) => format!("not run; `fdsp test {}` runs it on every version", item.run),
        };
        return vec![(Role::Muted, words)];
    };
    let (role, headline) = headline(execution, signs);
    let why = match (execution.failed(), &execution.fault) {
        (Some(failed), _) => format!(": {}", cut(failed.message.as_deref().unwrap_or(&failed.source), signs)),
        (None, Some(fault)) => format!(": {}: {}", fault.kind, cut(&fault.message, signs)),
        (None, None) => String::new(),
    };
    let mut parts = Vec::new();
    if is_false_secure(item, execution) {
        parts.push((Role::Danger, format!("{} false-secure", signs.flag)));
    }
    parts.push((role, format!("{headline}{why}")));
    let level = (level_role(execution.level), format!("sandbox {}", execution.level));
    let rest = (Role::Muted, format!("{:.2} s", execution.seconds));
    let held = (!execution.assertions.is_empty()).then(|| (Role::Text, held(execution)));
    // A sandbox with holes in it must not be what is cut off.
    match execution.level {
        Level::Full => parts.extend(held.into_iter().chain([rest, level])),
        _ => parts.extend(std::iter::once(level).chain(held).chain([rest])),
    }
    parts
}

/// The first line, cut so that what follows it stays in sight.
fn cut(text: &str, signs: Signs) -> String {
    const MOST: usize = 44;
    let line = text.trim_start().lines().next().unwrap_or_default();
    match line.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}{}", &line[..at], signs.ellipsis),
        None => line.to_owned(),
    }
}

/// Sign and words of how it ended, with the line of the test.
fn headline(execution: &Execution, signs: Signs) -> (Role, String) {
    let told = Told::by(execution);
    let (sign, role) = told.sign(signs);
    let place = execution.failed().map(|failed| format!(", line {}", failed.line)).unwrap_or_default();
    (role, format!("{sign} {}{place}", told.sentence()))
}

fn is_false_secure(item: &OpenItem, execution: &Execution) -> bool {
    let silent = item.selected().and_then(|(_, version)| judge(item.mode, version)) == Some(Verdict::Secure);
    silent && Told::by(execution).fails()
}

fn level_role(level: Level) -> Role {
    match level {
        Level::Full => Role::Good,
        Level::Partial => Role::Warn,
        Level::None => Role::Danger,
    }
}

fn result(page: &mut Page, execution: &Execution, false_secure: bool, signs: Signs) {
    let (role, words) = headline(execution, signs);
    page.line(vec![(role, words)]);
    if let Some(fault) = &execution.fault {
        let place = match (&fault.part, fault.line) {
            (Some(part), Some(line)) => format!(", line {line} of the {part}"),
            (Some(part), None) => format!(", in the {part}"),
            _ => String::new(),
        };
        page.indented(role, 2, &format!("{}{place}: {}", fault.kind, fault.message));
    }
    if false_secure {
        page.indented(Role::Danger, 0, &format!("{} false-secure: the scanner accepts this version", signs.flag));
    }
    if Told::by(execution) == Told::Refused {
        page.text(Role::Muted, "`fdsp sandbox` shows what is missing here.");
    }
    let mut facts = vec![
        format!("{:.2} s ({:.2} s CPU)", execution.seconds, execution.cpu_seconds),
        format!("{} MiB", execution.peak_memory >> 20),
        format!("Python {}", execution.python),
    ];
    if execution.repaired {
        facts.push("environment repaired".to_owned());
    }
    page.text(Role::Muted, &facts.join(" · "));
    let level = level_role(execution.level);
    let lacks = if execution.missing.is_empty() { "" } else { "; it lacks" };
    page.line(vec![(level, format!("sandbox {}", execution.level)), (Role::Text, lacks.to_owned())]);
    for missing in &execution.missing {
        page.indented(level, 2, missing);
    }
}

/// `3 of 4 held`.
fn held(execution: &Execution) -> String {
    let all = execution.assertions.len();
    let held = execution.assertions.iter().filter(|assertion| !assertion.failed).count();
    format!("{held} of {all} held")
}

fn assertions(page: &mut Page, execution: &Execution, signs: Signs, stops: &mut Vec<usize>) {
    let reached = &execution.assertions;
    if reached.is_empty() {
        page.heading("Assertions reached", "none");
        return;
    }
    let of = |class: AssertionClass| {
        let all = reached.iter().filter(|assertion| assertion.class == class);
        let held = all.clone().filter(|assertion| !assertion.failed).count();
        Some(all.count()).filter(|all| *all > 0).map(|all| format!("{} {held} of {all}", class.as_str()))
    };
    let classes = [of(AssertionClass::Security), of(AssertionClass::Functional)];
    let beside: Vec<String> = std::iter::once(held(execution)).chain(classes.into_iter().flatten()).collect();
    page.heading("Assertions reached", &beside.join(" · "));
    for assertion in reached {
        if assertion.failed {
            stops.push(page.lines.len());
        }
        about(page, assertion, signs);
    }
}

/// Columns before the statement: sign, line, class, how often it held.
const BEFORE: usize = 34;

fn about(page: &mut Page, assertion: &Assertion, signs: Signs) {
    let (role, sign, word) = match (assertion.failed, assertion.held) {
        (true, 0) => (Role::Danger, signs.danger, "fails".to_owned()),
        (true, held) => (Role::Danger, signs.danger, format!("held {held}{}", signs.times)),
        (false, 0 | 1) => (Role::Good, signs.good, "holds".to_owned()),
        (false, held) => (Role::Good, signs.good, format!("holds {held}{}", signs.times)),
    };
    let class = match assertion.class {
        AssertionClass::Security => (Role::Title, "security"),
        AssertionClass::Functional => (Role::Muted, "functional"),
    };
    let mut line = vec![
        (role, format!("{sign} ")),
        (Role::Text, format!("line {:>3}  ", assertion.line)),
        (class.0, format!("{:<12}", class.1)),
        (role, format!("{word:<10} ")),
    ];
    let source = assertion.source.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let beside = BEFORE + escape::columns(&escape::line(&source, escape::TAB)) <= page.width();
    if beside {
        line.push((Role::Text, source.clone()));
    }
    page.line(line);
    if !beside {
        page.indented(Role::Text, 4, &source);
    }
    if let Some(message) = assertion.message.as_ref().filter(|_| assertion.failed) {
        page.indented(Role::Danger, 4, message);
    }
    for (name, value) in &assertion.values {
        page.indented(if assertion.failed { Role::Text } else { Role::Muted }, 4, &format!("{name} = {value}"));
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

/// What stands where the version has no result, and how it would get one.
fn untested(page: &mut Page, item: &OpenItem, version: Option<&Version>) {
    let run = &item.run;
    if item.item.suite.is_none() {
        page.line(vec![(Role::Title, "no test".to_owned())]);
        page.text(
            Role::Text,
            "This item has no test; those of the starter set and of CodeSecEval have one, and rows of your own may.",
        );
        let words = format!("`fdsp test {run} --dataset NAME` takes tests from a data set, by the items' names.");
        page.text(Role::Muted, &words);
        return;
    }
    page.line(vec![(Role::Title, "not tested".to_owned())]);
    match version {
        None => page.text(Role::Text, "This line stands for no code: choose a version in the pane Steps."),
        Some(version) if version.code.is_none() => page.text(Role::Text, "This version holds no code to run."),
        Some(_) if !item.replay.at_end() => {
            page.text(Role::Text, "Not yet at this place of the replay: tests come when the rest has ended.");
            page.text(Role::Muted, "end goes to the last event.");
        }
        Some(_) => {
            page.text(Role::Text, &format!("`fdsp test {run}` runs it on every version, in the sandbox."));
            page.text(Role::Muted, "`fdsp run --test` tests what it writes from the start.");
        }
    }
}

/// The test's text with the numbers of its lines; those of assertions carry how they ended.
fn source(page: &mut Page, text: &str, execution: Option<&Execution>, signs: Signs) {
    for (line, number) in text.lines().zip(1u32..) {
        let reached = execution.and_then(|execution| execution.assertions.iter().find(|it| it.line == number));
        let (role, sign) = match reached {
            Some(assertion) if assertion.failed => (Role::Danger, signs.danger),
            Some(_) => (Role::Good, signs.good),
            None => (Role::Muted, " "),
        };
        let head = vec![(role, format!("{sign} ")), (Role::Number, format!("{number:>3}  "))];
        page.wrapped(head, 7, if role == Role::Danger { role } else { Role::Text }, line);
    }
}
