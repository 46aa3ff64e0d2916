//! The report ℜ as a model reads it: laid out as in the paper's Figure 2, alike in every approach.

use std::fmt::Write;

use crate::core::fold::Version;
use crate::core::settings::VerdictMode;
use crate::core::verdict::counted;

/// Per finding: `[rule:name]`, the message, the line number and the line itself. No CWE, severity or link.
///
/// `strict` reports what `# nosec` hid as well, since those findings count there.
pub fn report(version: &Version, mode: VerdictMode) -> String {
    let code: Vec<&str> = version.code.as_ref().map(|code| code.lines().collect()).unwrap_or_default();
    let mut text = String::new();
    for finding in version.scan.iter().flat_map(|scan| counted(mode, scan)) {
        let line = code.get(finding.line.saturating_sub(1) as usize).map_or("", |line| line.trim());
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "Issue: [{}:{}] {}", finding.rule, finding.name, finding.message);
        let _ = writeln!(text, "Line {}: {line}", finding.line);
    }
    text.truncate(text.trim_end().len());
    text
}
