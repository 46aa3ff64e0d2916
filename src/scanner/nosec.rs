//! Bandit's own suppression comments, read for ruff's findings, so that both scanners obey the same marks.

use std::collections::BTreeMap;

use super::table;

/// Line of a comment, and the rules it names; none named means all.
pub struct Nosec(BTreeMap<u32, Vec<&'static str>>);

impl Nosec {
    /// From `(line, comment)` pairs.
    pub fn of(comments: &[(u32, String)]) -> Self {
        Self(comments.iter().filter_map(|(line, text)| Some((*line, rules(text)?))).collect())
    }

    /// Is a finding of `rule` on these lines hidden? As in Bandit, its first line and the first marked line count.
    pub fn hides(&self, rule: &str, line: u32, end_line: u32) -> bool {
        let first = self.0.range(line..=end_line.max(line)).next();
        first.is_some_and(|(_, rules)| rules.is_empty() || rules.contains(&rule))
    }
}

/// `# nosec`, `# nosec: B101, assert_used # more`: the ids named, `None` without the mark.
fn rules(comment: &str) -> Option<Vec<&'static str>> {
    let rest = comment.match_indices('#').find_map(|(at, _)| comment[at + 1..].trim_start().strip_prefix("nosec"))?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let named = rest.split('#').next().unwrap_or_default();
    let runs = named.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == ','));
    // Of names joined by commas alone Bandit's pattern keeps the last.
    Some(runs.filter_map(|run| run.split(',').rfind(|name| !name.is_empty())).filter_map(table::id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_as_bandit_reads_them() {
        assert_eq!(rules("# all is well"), None);
        assert_eq!(rules("#nosec"), Some(vec![]));
        assert_eq!(rules("# noqa # nosec: B101, eval # B602"), Some(vec!["B101", "B307"]));
        assert_eq!(rules("# nosec B101,B602"), Some(vec!["B602"]));
        assert_eq!(rules("# nosec because we say so"), Some(vec![]));
        let nosec = Nosec::of(&[(3, "# nosec B602".to_owned())]);
        assert!(nosec.hides("B602", 2, 4) && !nosec.hides("B101", 2, 4) && !nosec.hides("B602", 4, 9));
    }
}
