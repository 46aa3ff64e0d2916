//! Ruff against Bandit on the benchmarks' code, by rule. `cargo test agreement -- --nocapture` prints the table.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use fdsp::core::text::Text;
use fdsp::scanner::{Options, Scanner, table};

use crate::support::bandit;

#[derive(Default, Clone, Copy)]
struct Count {
    both: usize,
    bandit: usize,
    ruff: usize,
}

impl Count {
    fn share(self) -> f64 {
        self.both as f64 / (self.both + self.bandit + self.ruff).max(1) as f64
    }
}

/// `(file, rule, line)` of every finding.
async fn found(scanner: &Scanner, code: &[(String, String)]) -> BTreeSet<(String, String, u32)> {
    let mut found = BTreeSet::new();
    for (name, text) in code {
        let scan = scanner.scan(&Text::from(text.as_str())).await;
        assert_eq!(scan.error, None, "{name}");
        found.extend(scan.findings.into_iter().map(|finding| (name.clone(), finding.rule, finding.line)));
    }
    found
}

fn table(counts: &BTreeMap<String, Count>, flagged: Count, files: usize) -> String {
    let known = |id: &str| table::RULES.iter().chain(table::ONLY_BANDIT).find(|rule| rule.id == id);
    let name = |id: &str| known(id).map_or("", |rule| rule.alias);
    let mut text =
        String::from("| rule | name | both | only Bandit | only ruff | agree |\n|---|---|--:|--:|--:|--:|\n");
    let mut row = |rule: &str, name: &str, count: Count| {
        let Count { both, bandit, ruff } = count;
        let _ = writeln!(text, "| {rule} | {name} | {both} | {bandit} | {ruff} | {:.0} % |", 100.0 * count.share());
    };
    for (rule, count) in counts {
        row(rule, name(rule), *count);
    }
    row("all", "findings (file, rule, line)", total(counts));
    row("all", &format!("flagged files of {files}"), flagged);
    let only: Vec<&str> = table::ONLY_BANDIT.iter().map(|rule| rule.id).collect();
    let _ = writeln!(text, "\nOnly Bandit 1.9 has {}; only ruff names {}.", only.join(" "), table::ONLY_RUFF.join(" "));
    text
}

fn total(counts: &BTreeMap<String, Count>) -> Count {
    counts.values().fold(Count::default(), |sum, count| Count {
        both: sum.both + count.both,
        bandit: sum.bandit + count.bandit,
        ruff: sum.ruff + count.ruff,
    })
}

fn compare<T: Ord>(bandit: &BTreeSet<T>, ruff: &BTreeSet<T>) -> Count {
    let both = bandit.intersection(ruff).count();
    Count { both, bandit: bandit.len() - both, ruff: ruff.len() - both }
}

#[test]
fn agreement_of_ruff_with_bandit() {
    let Some(code) = bandit::benchmark_code() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (bandit, ruff) = runtime.block_on(async {
        let options = Options { bandit: Some(bandit::path()), ..Options::default() };
        let bandit = Scanner::open_with("bandit", options).await.expect("Bandit is set up");
        let ruff = Scanner::open("ruff").await.expect("ruff is built in");
        (found(&bandit, &code).await, found(&ruff, &code).await)
    });
    let rules: BTreeSet<&String> = bandit.iter().chain(&ruff).map(|(_, rule, _)| rule).collect();
    let only = |set: &BTreeSet<(String, String, u32)>, rule: &str| -> BTreeSet<(String, u32)> {
        set.iter().filter(|found| found.1 == rule).map(|found| (found.0.clone(), found.2)).collect()
    };
    let counts: BTreeMap<String, Count> =
        rules.into_iter().map(|rule| (rule.clone(), compare(&only(&bandit, rule), &only(&ruff, rule)))).collect();
    let files = |set: &BTreeSet<(String, String, u32)>| set.iter().map(|f| f.0.clone()).collect::<BTreeSet<_>>();
    let flagged = compare(&files(&bandit), &files(&ruff));
    println!("{}", table(&counts, flagged, code.len()));
    assert!(total(&counts).share() > 0.90, "by finding: {:.3}", total(&counts).share());
    assert!(flagged.share() > 0.90, "by file: {:.3}", flagged.share());
}
