//! From a log to findings, each with the file that it is in.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::format::{Component, Invocation, Log, Notification, Outcome, Properties, Rule, Run, Suppression, Words};
use super::{cwe, place};
use crate::core::finding::{Finding, Level, ScanError};

/// Names the file, where in it, what was wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct SarifError {
    file: String,
    problem: String,
}

/// What one tool reported: a log may hold several of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// As the producer writes it, e.g. `Semgrep OSS`.
    pub name: String,
    /// `unknown` where the log does not say.
    pub version: String,
    pub findings: Vec<Placed>,
    pub failures: Vec<Failure>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// With `/` between its parts; relative, or absolute where the producer writes so. `None`: the result has no place.
    pub path: Option<String>,
    pub finding: Finding,
}

/// What the producer says it could not do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// `None`: not on one file only.
    pub path: Option<String>,
    pub error: ScanError,
    /// The producer calls its whole execution unsuccessful.
    pub fatal: bool,
}

/// Results under these rules say that a file does not parse.
const SYNTAX_RULES: [&str; 3] = ["invalid-syntax", "syntax-error", "E999"];
const UNKNOWN: &str = "unknown";

/// Reads a log; `file` names it in errors.
///
/// # Errors
/// What is not JSON, not SARIF 2.1, or has a value of a wrong kind somewhere; line, column and JSON path are told.
pub fn parse(file: &str, bytes: &[u8]) -> Result<Vec<Tool>, SarifError> {
    let wrong = |problem: String| SarifError { file: file.to_owned(), problem };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(wrong("empty; a SARIF 2.1.0 log is expected".to_owned()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let log: Log = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let within = if path == "." { String::new() } else { format!("{path}: ") };
        wrong(format!("{within}{}; a SARIF 2.1.0 log is expected", error.into_inner()))
    })?;
    reader.end().map_err(|error| wrong(format!("{error}; a SARIF log is one JSON object")))?;
    match log.version.as_deref() {
        Some(version) if version.starts_with("2.1") => {}
        Some(version) => {
            return Err(wrong(format!("version: `{version}` cannot be read; have the producer write SARIF 2.1.0")));
        }
        None => return Err(wrong("version: missing; a SARIF 2.1.0 log is expected".to_owned())),
    }
    let runs = log.runs.ok_or_else(|| wrong("runs: missing or null; the producer gathered no results".to_owned()))?;
    Ok(runs.iter().map(tool).collect())
}

fn tool(run: &Run) -> Tool {
    let driver = &run.tool.driver;
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
    let rules = Rules::of(run);
    let mut findings = Vec::new();
    let mut failures = Vec::new();
    for result in run.results.iter().flatten().filter(|result| stands(result)) {
        let rule = rules.rule(result);
        let placed = Placed { path: path(run, result), finding: finding(run, result, rule, &rules) };
        if SYNTAX_RULES.contains(&placed.finding.rule.as_str()) {
            let error = ScanError { line: Some(placed.finding.line), message: placed.finding.message, failed: false };
            failures.push(Failure { path: placed.path, error, fatal: false });
        } else {
            findings.push(placed);
        }
    }
    for invocation in run.invocations.iter().flatten() {
        failures.extend(failed(run, invocation, &rules));
    }
    Tool {
        name: driver.name.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
        version: version.or(driver.dotted_quad_file_version.as_ref()).map_or(UNKNOWN, String::as_str).to_owned(),
        findings,
        failures,
    }
}

/// A result that says that something is wrong, now.
fn stands(result: &Outcome) -> bool {
    let passed = matches!(result.kind.as_deref(), Some("pass" | "notApplicable" | "informational"));
    !passed && result.baseline_state.as_deref() != Some("absent")
}

fn path(run: &Run, result: &Outcome) -> Option<String> {
    let physical = result.locations.as_ref()?.first()?.physical_location.as_ref()?;
    place::path(run, physical.artifact_location.as_ref()?)
}

fn finding(run: &Run, result: &Outcome, rule: Option<&Rule>, rules: &Rules) -> Finding {
    let named = result.rule_id.as_ref().or_else(|| result.rule.as_ref()?.id.as_ref()).or_else(|| rule?.id.as_ref());
    let id = named.map_or(UNKNOWN, String::as_str);
    let location = result.locations.as_ref().and_then(|locations| locations.first()?.physical_location.as_ref());
    let region = location.and_then(|location| location.region.as_ref());
    let place = |value: Option<i64>| value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value > 0);
    let line = place(region.and_then(|region| region.start_line)).unwrap_or(1);
    let mut message = words(&result.message, rule, rules);
    if let Some(flow) = flow(result) {
        message.push_str(&flow);
    }
    Finding {
        rule: id.to_owned(),
        name: rule.and_then(|rule| name(rule, id)).unwrap_or_default(),
        cwe: cwe::of(run, result, rule),
        severity: severity(result, rule),
        confidence: confidence(result, rule),
        line,
        end_line: place(region.and_then(|region| region.end_line)).unwrap_or(line).max(line),
        column: place(region.and_then(|region| region.start_column)).unwrap_or(1),
        message,
        suppressed: suppressed(result.suppressions.as_deref().unwrap_or_default()),
    }
}

/// The rule's name where it says more than the id.
fn name(rule: &Rule, id: &str) -> Option<String> {
    let properties = rule.properties.as_ref();
    let second = properties.and_then(|properties| properties.get("name")?.as_str());
    rule.name.as_deref().into_iter().chain(second).find(|name| !name.is_empty() && *name != id).map(str::to_owned)
}

/// A score of `security-severity` by the bounds that GitHub states; else a level in words; else SARIF's own level.
fn severity(result: &Outcome, rule: Option<&Rule>) -> Option<Level> {
    let bags = || result.properties.iter().chain(rule.and_then(|rule| rule.properties.as_ref()));
    let score = |bag: &Properties| match bag.get("security-severity")? {
        Value::String(text) => text.trim().parse::<f64>().ok(),
        value => value.as_f64(),
    };
    let said = result.properties.as_ref().and_then(|bag| level(bag, &["issue_severity", "severity"]));
    if let Some(level) = said {
        return Some(level);
    }
    if let Some(score) = bags().find_map(score) {
        return Some(match score {
            7.0.. => Level::High,
            4.0.. => Level::Medium,
            0.1.. => Level::Low,
            _ => Level::Undefined,
        });
    }
    let usual = || rule?.default_configuration.as_ref()?.level.as_deref();
    Some(match result.level.as_deref().or_else(usual) {
        Some("error") => Level::High,
        Some("note") => Level::Low,
        Some("none") => Level::Undefined,
        _ => Level::Medium,
    })
}

fn confidence(result: &Outcome, rule: Option<&Rule>) -> Option<Level> {
    let said = result.properties.as_ref().and_then(|bag| level(bag, &["issue_confidence", "confidence"]));
    said.or_else(|| level(rule?.properties.as_ref()?, &["precision", "confidence"]))
}

fn level(bag: &Properties, names: &[&str]) -> Option<Level> {
    let word = names.iter().find_map(|name| bag.get(*name)?.as_str())?.to_ascii_lowercase();
    match word.as_str() {
        "critical" | "very-high" | "high" => Some(Level::High),
        "medium" | "moderate" => Some(Level::Medium),
        "low" => Some(Level::Low),
        "undefined" | "unknown" => Some(Level::Undefined),
        _ => None,
    }
}

/// `nosec` and `noqa` where the justification names them, else the kind, `inSource` or `external`. A suppression that is
/// under review or rejected leaves the result standing.
fn suppressed(suppressions: &[Suppression]) -> Option<String> {
    let first = suppressions.first()?;
    let open =
        |one: &Suppression| matches!(one.status.as_deref().or(one.state.as_deref()), Some("underReview" | "rejected"));
    if suppressions.iter().any(open) {
        return None;
    }
    let why = first.justification.as_deref().unwrap_or_default().trim_start_matches(['#', ' ']);
    let mark = ["nosec", "noqa"].into_iter().find(|mark| why == *mark);
    Some(mark.or(first.kind.as_deref()).unwrap_or("external").to_owned())
}

/// How long the way from the source is: `(data flow: 4 steps from line 12)`.
fn flow(result: &Outcome) -> Option<String> {
    let threads = result.code_flows.iter().flatten().flat_map(|flow| flow.thread_flows.iter().flatten());
    let steps = threads.filter_map(|thread| thread.locations.as_deref()).find(|steps| !steps.is_empty())?;
    let first = steps.first()?.location.as_ref().and_then(|location| location.physical_location.as_ref());
    let from = first.and_then(|place| place.region.as_ref()?.start_line);
    let from = from.map_or_else(String::new, |line| format!(" from line {line}"));
    Some(format!(" (data flow: {} step{}{from})", steps.len(), if steps.len() == 1 { "" } else { "s" }))
}

fn failed(run: &Run, invocation: &Invocation, rules: &Rules) -> Vec<Failure> {
    let fatal = invocation.execution_successful == Some(false);
    let told = |notes: &Option<Vec<Notification>>| {
        let errors = notes.iter().flatten().filter(|note| note.level.as_deref() == Some("error"));
        errors.map(|note| failure(run, note, fatal, rules)).collect::<Vec<_>>()
    };
    let mut failures = told(&invocation.tool_execution_notifications);
    failures.extend(told(&invocation.tool_configuration_notifications));
    // Without an error on a file, what is not fatal is about the tool: a rule that was switched off, for one.
    failures.retain(|failure| fatal || failure.path.is_some());
    if fatal && failures.is_empty() {
        let said = invocation.exit_code_description.as_ref().or(invocation.process_start_failure_message.as_ref());
        let code = || invocation.exit_code.map(|code| format!("exit code {code}"));
        let why = said.cloned().or_else(code).unwrap_or_else(|| "no reason given".to_owned());
        let message = format!("the producer calls its execution unsuccessful: {why}");
        failures.push(Failure { path: None, error: ScanError { line: None, message, failed: true }, fatal });
    }
    failures
}

fn failure(run: &Run, note: &Notification, fatal: bool, rules: &Rules) -> Failure {
    let location = note.locations.as_ref().and_then(|locations| locations.first()?.physical_location.as_ref());
    let line = location.and_then(|location| location.region.as_ref()?.start_line);
    let message = words(&note.message, None, rules);
    let about = note.descriptor.as_ref().and_then(|descriptor| descriptor.id.as_deref()).unwrap_or_default();
    let said = format!("{about} {message}").to_lowercase();
    let unparsable = ["syntax", "parse", "parsing"].iter().any(|word| said.contains(word));
    Failure {
        path: location.and_then(|location| place::path(run, location.artifact_location.as_ref()?)),
        error: ScanError { line: line.and_then(|line| u32::try_from(line).ok()), message, failed: !unparsable },
        fatal,
    }
}

/// A message's text, or the one that its id names, with its arguments put in and links to places taken out.
fn words(message: &Words, rule: Option<&Rule>, rules: &Rules) -> String {
    let by_id = |id: &str| {
        let of_rule = rule.and_then(|rule| rule.message_strings.as_ref()?.get(id));
        of_rule.or_else(|| rules.strings.iter().find_map(|strings| strings.get(id)))
    };
    let text = message.text.as_ref().or(message.markdown.as_ref());
    let text = text.or_else(|| by_id(message.id.as_deref()?).and_then(|words| words.text.as_ref()));
    let text = text.or_else(|| rule?.short_description.as_ref()?.text.as_ref());
    let arguments = message.arguments.as_deref().unwrap_or_default();
    unlinked(&filled(text.map_or("", String::as_str).trim(), arguments))
}

/// `{0}` is the first argument, `{{` a brace. Without arguments a text is taken as it is.
fn filled(text: &str, arguments: &[String]) -> String {
    if arguments.is_empty() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        let (put, taken) = match tail.get(..2) {
            Some("{{") => ("{", 2),
            Some("}}") => ("}", 2),
            _ => {
                let end = tail.find('}').unwrap_or(0);
                let index = tail.get(1..end).and_then(|digits| digits.parse::<usize>().ok());
                index.and_then(|index| arguments.get(index)).map_or((&tail[..1], 1), |word| (word.as_str(), end + 1))
            }
        };
        out.push_str(put);
        rest = &tail[taken..];
    }
    out + rest
}

/// `[a value](1)` points at a related location; its words stay.
fn unlinked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let link = || {
            let (words, after) = rest[open + 1..].split_once("](")?;
            let (target, after) = after.split_once(')')?;
            let plain = !words.contains(['[', ']']) && !target.is_empty() && target.bytes().all(|b| b.is_ascii_digit());
            plain.then_some((words, after))
        };
        match link() {
            Some((words, after)) => {
                out.push_str(&rest[..open]);
                out.push_str(words);
                rest = after;
            }
            None => {
                out.push_str(&rest[..=open]);
                rest = &rest[open + 1..];
            }
        }
    }
    out + rest
}

/// The rules of the driver and of its extensions, by place and by id.
struct Rules<'a> {
    components: Vec<&'a Component>,
    by_id: HashMap<&'a str, &'a Rule>,
    strings: Vec<&'a BTreeMap<String, Words>>,
}

impl<'a> Rules<'a> {
    fn of(run: &'a Run) -> Self {
        let components: Vec<&Component> =
            std::iter::once(&run.tool.driver).chain(run.tool.extensions.iter().flatten()).collect();
        let mut by_id = HashMap::new();
        for rule in components.iter().flat_map(|component| component.rules.iter().flatten()) {
            if let Some(id) = &rule.id {
                by_id.entry(id.as_str()).or_insert(rule);
            }
        }
        let strings = components.iter().filter_map(|component| component.global_message_strings.as_ref()).collect();
        Self { components, by_id, strings }
    }

    /// By index in the component that the result names, the driver else; by id where the index leads elsewhere.
    fn rule(&self, result: &Outcome) -> Option<&'a Rule> {
        let reference = result.rule.as_ref();
        let id = result.rule_id.as_deref().or_else(|| reference?.id.as_deref());
        let index = reference.and_then(|reference| reference.index).or(result.rule_index);
        let indexed = index.and_then(|index| self.component(result).rules.as_ref()?.get(usize::try_from(index).ok()?));
        let agrees = |rule: &&Rule| match (id, rule.id.as_deref()) {
            (Some(id), Some(known)) => id == known || id.strip_prefix(known).is_some_and(|rest| rest.starts_with('/')),
            _ => true,
        };
        // An id may be that of a rule with more words behind a slash.
        let named = || {
            let mut id = id?;
            loop {
                match self.by_id.get(id) {
                    Some(rule) => return Some(*rule),
                    None => id = id.rsplit_once('/')?.0,
                }
            }
        };
        indexed.filter(agrees).or_else(named)
    }

    fn component(&self, result: &Outcome) -> &'a Component {
        let named = result.rule.as_ref().and_then(|rule| rule.tool_component.as_ref());
        let found = named.and_then(|named| {
            // Extensions count from 0, behind the driver.
            let index = named.index.and_then(|index| usize::try_from(index).ok());
            let by_index = index.and_then(|index| self.components.get(index + 1));
            let alike = |one: &&&Component| {
                (named.guid.is_some() && one.guid == named.guid) || (named.name.is_some() && one.name == named.name)
            };
            by_index.or_else(|| self.components.iter().find(alike))
        });
        found.unwrap_or(&self.components[0])
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
