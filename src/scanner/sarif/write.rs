//! Scans as a SARIF 2.1.0 log: what code hosts and editors read.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Location, Message, MultiformatMessageString, Notification, PhysicalLocation,
    PropertyBag, Region, ReportingDescriptor, Result, ResultLevel, Run, SCHEMA_URL, Sarif, Suppression, Tool,
    ToolComponent,
};

use crate::core::finding::{Finding, Level, ScanError, ScannerId};

/// A file and what was found in it.
#[derive(Debug, Clone)]
pub struct File<'a> {
    pub path: &'a Path,
    pub error: Option<&'a ScanError>,
    pub findings: Vec<&'a Finding>,
}

/// One run over `files`. A suppressed finding is a result with a suppression; a file without a scan is a notification.
pub fn log(scanner: &ScannerId, files: &[File]) -> Sarif {
    let every = || files.iter().flat_map(|file| file.findings.iter().copied());
    let rules: BTreeMap<&str, &Finding> = every().map(|finding| (finding.rule.as_str(), finding)).collect();
    let index: BTreeMap<&str, i64> = rules.keys().copied().zip(0i64..).collect();
    let results = files.iter().flat_map(|file| file.findings.iter().map(|finding| result(file.path, finding, &index)));
    let driver = ToolComponent::builder()
        .name(&scanner.name)
        .version(&scanner.version)
        .rules(rules.values().copied().map(descriptor).collect::<Vec<_>>())
        .build();
    let failures = files.iter().filter_map(|file| Some(notification(file.path, file.error?)));
    let notes: Vec<Notification> = failures.collect();
    let mut invocation = Invocation::builder().execution_successful(notes.is_empty()).build();
    invocation.tool_execution_notifications = (!notes.is_empty()).then_some(notes);
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .invocations(vec![invocation])
        .column_kind("unicodeCodePoints")
        .results(results.collect::<Vec<_>>())
        .build();
    Sarif::builder().schema(SCHEMA_URL).version("2.1.0").runs(vec![run]).build()
}

fn descriptor(finding: &Finding) -> ReportingDescriptor {
    let description = MultiformatMessageString::builder().text(&finding.name).build();
    let rule = ReportingDescriptor::builder().id(&finding.rule).name(&finding.name).short_description(description);
    match finding.cwe {
        Some(cwe) => {
            let tags = vec!["security".to_owned(), format!("external/cwe/cwe-{cwe}")];
            rule.properties(PropertyBag { tags: Some(tags), ..PropertyBag::default() }).build()
        }
        None => rule.build(),
    }
}

fn result(path: &Path, finding: &Finding, index: &BTreeMap<&str, i64>) -> Result {
    let level = match finding.severity {
        Some(Level::High) => ResultLevel::Error,
        Some(Level::Low | Level::Undefined) => ResultLevel::Note,
        Some(Level::Medium) | None => ResultLevel::Warning,
    };
    let levels = [("severity", finding.severity), ("confidence", finding.confidence)];
    let properties = levels.into_iter().filter_map(|(name, level)| Some((name.to_owned(), json!(level?)))).collect();
    let region = Region::builder()
        .start_line(finding.line.max(1))
        .start_column(finding.column.max(1))
        .end_line(finding.end_line.max(finding.line).max(1))
        .build();
    let mut result = Result::builder()
        .rule_id(&finding.rule)
        .level(level)
        .message(Message::from(&finding.message))
        .locations(vec![location(path, Some(region))])
        .properties(PropertyBag { additional_properties: properties, ..PropertyBag::default() })
        .build();
    result.rule_index = index.get(finding.rule.as_str()).copied();
    result.suppressions = finding
        .suppressed
        .as_ref()
        .map(|mark| vec![Suppression::builder().kind("inSource").justification(format!("# {mark}")).build()]);
    result
}

fn notification(path: &Path, error: &ScanError) -> Notification {
    let region = error.line.map(|line| Region::builder().start_line(line.max(1)).build());
    let message = Message::from(&error.message);
    Notification::builder().level("error").message(message).locations(vec![location(path, region)]).build()
}

fn location(path: &Path, region: Option<Region>) -> Location {
    let artifact = ArtifactLocation::builder().uri(uri(path)).build();
    let mut physical = PhysicalLocation::builder().artifact_location(artifact).build();
    physical.region = region;
    Location::builder().physical_location(physical).build()
}

/// A relative reference, or `file://` for an absolute path, with every other byte percent-encoded (RFC 3986).
fn uri(path: &Path) -> String {
    use std::fmt::Write;
    let mut uri = String::from(if path.is_absolute() { "file://" } else { "" });
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_suppressions_and_failures() {
        let finding = Finding {
            rule: "B608".to_owned(),
            name: "hardcoded_sql_expressions".to_owned(),
            cwe: Some(89),
            severity: Some(Level::Medium),
            confidence: None,
            line: 7,
            end_line: 9,
            column: 3,
            message: "m".to_owned(),
            suppressed: Some("nosec".to_owned()),
        };
        let error = ScanError { line: Some(2), message: "bad".to_owned(), failed: false };
        let files = [
            File { path: Path::new("a b/é.py"), error: None, findings: vec![&finding] },
            File { path: Path::new("/x.py"), error: Some(&error), findings: vec![] },
        ];
        let scanner = ScannerId { name: "bandit".to_owned(), version: "1.9.4".to_owned() };
        let log = serde_json::to_value(log(&scanner, &files)).expect("a log is JSON");
        let run = &log["runs"][0];
        assert_eq!(log["version"], "2.1.0");
        assert_eq!(run["tool"]["driver"]["rules"][0]["properties"]["tags"][1], "external/cwe/cwe-89");
        let result = &run["results"][0];
        assert_eq!(result["ruleIndex"], 0);
        assert_eq!(result["level"], "warning");
        assert_eq!(result["properties"], json!({"severity": "medium"}));
        assert_eq!(result["suppressions"][0]["kind"], "inSource");
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "a%20b/%C3%A9.py");
        assert_eq!(place["region"], json!({"startLine": 7, "startColumn": 3, "endLine": 9}));
        let invocation = &run["invocations"][0];
        assert_eq!(invocation["executionSuccessful"], false);
        assert_eq!(invocation["toolExecutionNotifications"][0]["message"]["text"], "bad");
    }
}
