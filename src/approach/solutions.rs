//! Splits one answer into its J solutions (Eqn 4). Models number them in many ways.

use std::sync::LazyLock;

use regex::Regex;

use crate::core::event::Solution;

/// How a heading is marked, surest first: `Strategy 1`, `### 1.`, `**1. …**`, `1.` or `1)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Worded,
    Heading,
    Bold,
    Plain,
}

struct Mark {
    style: Style,
    number: u32,
    line: usize,
    title: String,
}

static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)^\ {0,3}(?P<list>[-*]\s+)?(?P<hash>\#{1,6}\s*)?(?P<bold>\*\*|__)?\s*
          (?P<word>(?:potential\s+|possible\s+)?(?:solution|strategy|option|approach|fix|method|alternative|proposal)\s*(?:\#|no\.?|number)?\s*)?
          (?P<number>\d{1,2})\s*(?P<end>[.):\-–—]|\*\*|__|$)\s*(?P<title>.*)$",
    )
    .unwrap_or_else(|error| unreachable!("the pattern is a constant: {error}"))
});

/// `Solution 1:` inside a heading that is numbered already, or `Title:`: words that say nothing.
static LEAD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:solution|strategy|option|approach|fix|method|alternative|proposal)\s*#?\s*\d{1,2}|title)\s*[.):\-–—]*\s*")
        .unwrap_or_else(|error| unreachable!("the pattern is a constant: {error}"))
});

/// At most `wanted` solutions, in their order. An answer with no numbering at all is one solution.
pub fn split(answer: &str, wanted: u32) -> Vec<Solution> {
    let lines: Vec<&str> = answer.lines().collect();
    let marks = marks(&lines);
    let starts = [Style::Worded, Style::Heading, Style::Bold, Style::Plain]
        .into_iter()
        .map(|style| ascending(marks.iter().filter(|mark| mark.style == style)))
        .reduce(|best, next| if best.len() < 2 && next.len() > best.len() { next } else { best })
        .unwrap_or_default();
    if starts.is_empty() {
        return whole(answer).into_iter().collect();
    }
    let mut solutions = Vec::new();
    for (index, mark) in starts.iter().enumerate().take(wanted as usize) {
        let end = starts.get(index + 1).map_or(lines.len(), |next| next.line);
        let text = lines[mark.line..end].join("\n").trim().to_owned();
        let title = if mark.title.is_empty() {
            lines[mark.line + 1..end].iter().map(|line| plain(line)).find(|line| !line.is_empty()).unwrap_or_default()
        } else {
            mark.title.clone()
        };
        solutions.push(Solution { title: short(&title), text: text.into() });
    }
    solutions
}

fn whole(answer: &str) -> Option<Solution> {
    let text = answer.trim();
    let title = text.lines().map(plain).find(|line| !line.is_empty())?;
    Some(Solution { title: short(&title), text: text.into() })
}

/// Marks outside code fences: numbered lines of a program are not solutions.
fn marks(lines: &[&str]) -> Vec<Mark> {
    let mut fenced = false;
    let mut marks = Vec::new();
    for (line, text) in lines.iter().enumerate() {
        if text.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let Some(found) = MARK.captures(text).filter(|_| !fenced) else { continue };
        let style = match (found.name("word"), found.name("hash"), found.name("bold")) {
            (Some(_), ..) => Style::Worded,
            (_, Some(_), _) => Style::Heading,
            (_, _, Some(_)) => Style::Bold,
            _ if matches!(&found["end"], "." | ")") => Style::Plain,
            _ => continue,
        };
        let Ok(number) = found["number"].parse() else { continue };
        marks.push(Mark { style, number, line, title: plain(&found["title"]) });
    }
    marks
}

/// The marks that count 1, 2, 3 …; steps numbered anew inside a solution are not among them.
fn ascending<'a>(marks: impl Iterator<Item = &'a Mark>) -> Vec<&'a Mark> {
    let mut taken: Vec<&Mark> = Vec::new();
    for mark in marks {
        if mark.number as usize == taken.len() + 1 {
            taken.push(mark);
        }
    }
    taken
}

/// A line without Markdown's marks.
fn plain(line: &str) -> String {
    let text = line.trim().trim_start_matches(['#', '-', ':', '.', ')', ' ']);
    let text = text.replace("**", "").replace("__", "").replace('`', "");
    LEAD.replace(text.trim(), "").trim().trim_end_matches(':').trim().to_owned()
}

/// The first clause, for a list.
fn short(title: &str) -> String {
    const MOST: usize = 80;
    let clause = title.split_once(": ").map_or(title, |(head, _)| head);
    let clause = clause.split_once(". ").map_or(clause, |(head, _)| head).trim_end_matches('.');
    match clause.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", clause[..at].trim_end()),
        None => clause.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(answer: &str) -> Vec<String> {
        split(answer, 3).into_iter().map(|solution| solution.title).collect()
    }

    #[test]
    fn every_numbering_seen_is_split() {
        let numberings = [
            "1) A\nx\n2) B\ny\n3) C",
            "1. A\n\n2. B\n\n3. C",
            "### 1. A\ntext\n### 2. B\ntext\n### 3. C\n",
            "### Strategy 1: A\ntext\n### Strategy 2: B\ntext\n### Strategy 3: C\n",
            "**Solution 1**\nA\n\n**Solution 2**\nB\n\n**Solution 3**\nC",
            "**Solution 1: A**\nx\n**Solution 2: B**\nx\n**Solution 3: C**\n",
            "**1. A**\nx\n**2. B**\nx\n**3. C**",
            "1. **A**: because\n2. **B**: because\n3. **C**: because",
            "Solution 1: A\nSolution 2: B\nSolution 3: C",
            "Here are three solutions:\n\n## Option #1 - A\n## Option #2 - B\n## Option #3 - C",
            "- **Solution 1:** A\n- **Solution 2:** B\n- **Solution 3:** C",
            "1. **Solution 1: A**\n   - x\n2. **Solution 2: B**\n3. **Solution 3: C**",
            "### Solution 1\n**Title:** A\n### Solution 2\n**Title:** B\n### Solution 3\n**Title:** C",
        ];
        for answer in numberings {
            assert_eq!(titles(answer), ["A", "B", "C"], "{answer}");
        }
    }

    #[test]
    fn steps_inside_a_solution_do_not_count() {
        let answer = "### Solution 1: A\n1. do\n2. then\n### Solution 2: B\n1. do\n2. then\n3. end\n";
        let solutions = split(answer, 3);
        assert_eq!(solutions.len(), 2);
        assert!(solutions[0].text.contains("2. then"));
    }

    #[test]
    fn numbers_in_code_do_not_count() {
        assert_eq!(titles("1. A\n```python\n2. x\n```\n2. B\n"), ["A", "B"]);
    }

    #[test]
    fn more_than_wanted_are_left_and_none_is_made_up() {
        assert_eq!(titles("1. A\n2. B\n3. C\n4. D"), ["A", "B", "C"]);
        assert_eq!(titles("Use parameters. Always."), ["Use parameters"]);
        assert!(titles("  \n ").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_answers_never_panic(answer in "(?s).{0,200}|([#*]{0,3}[0-9]{1,2}[.):] ?[a-z\n]{0,9}){0,9}", wanted in 0u32..5) {
            proptest::prop_assert!(split(&answer, wanted).len() <= wanted.max(1) as usize);
        }
    }
}
