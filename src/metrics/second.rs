//! Table 2 and the agreement of scanners: what a second scanner says of the versions that the first one chose.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::agreement::cohen_kappa;
use super::column::{Case, Columns};
use super::study::View;
use super::{CweAgreement, RowRef, ScannerPair, Share, Table2};
use crate::core::ids::ApproachId;
use crate::core::projection::{CweCount, Opinion};
use crate::core::verdict::Verdict;

/// One for each second scanner that has scanned (Table 2); nothing is refined again.
pub fn table2(view: &View) -> Vec<Table2> {
    let mut scanners = BTreeSet::new();
    for (_, run, columns) in view.answering() {
        scanners.extend(second_scanners(columns, &run.info.settings.scanner));
    }
    let tables = scanners.into_iter().map(|scanner| Table2 {
        mode: view.mode,
        blocks: view.blocks(|run, columns, approach| {
            let first = &view.runs[run as usize].info.settings.scanner;
            let said = first != scanner && second_scanners(columns, first).contains(scanner);
            said.then(|| share(columns, approach, scanner))
        }),
        scanner: scanner.to_owned(),
    });
    tables.collect()
}

fn second_scanners<'a>(columns: &Columns<'a>, first: &str) -> BTreeSet<&'a str> {
    let cases = columns.values().flat_map(|column| &column.cases);
    let names = cases.flat_map(|case| &case.facts.opinions).map(|opinion| opinion.scanner.as_str());
    names.filter(|name| *name != first).collect()
}

fn opinion<'a>(case: &Case<'a>, scanner: &str) -> Option<&'a Opinion> {
    case.facts.opinions.iter().find(|opinion| opinion.scanner == scanner)
}

fn share(columns: &Columns, approach: ApproachId, scanner: &str) -> Share {
    let (mut of, mut vulnerable) = (0, Vec::new());
    for case in columns.get(&approach).iter().flat_map(|column| column.outcomes()) {
        let Some(verdict) = opinion(case, scanner).and_then(|opinion| opinion.verdict) else { continue };
        of += 1;
        if verdict == Verdict::Vulnerable {
            vulnerable.push(case.at);
        }
    }
    Share::of(of, vulnerable)
}

/// Every two scanners of every run.
pub fn pairs(view: &View) -> Vec<ScannerPair> {
    let mut pairs = Vec::new();
    for (run, rows, columns) in view.answering() {
        let own = rows.info.settings.scanner.as_str();
        let mut names = vec![own];
        names.extend(second_scanners(columns, own));
        for (at, first) in names.iter().enumerate() {
            for second in &names[at + 1..] {
                pairs.push(pair(view, (run, columns), own, (first, second)));
            }
        }
    }
    pairs
}

/// A scanner's word on a version.
struct Word<'a> {
    vulnerable: bool,
    cwes: &'a [CweCount],
}

fn word<'a>(case: &Case<'a>, scanner: &str, own: &str) -> Option<Word<'a>> {
    let (verdict, cwes) = if scanner == own {
        (case.facts.verdict?, &case.facts.final_cwes)
    } else {
        let opinion = opinion(case, scanner)?;
        (opinion.verdict?, &opinion.cwes)
    };
    Some(Word { vulnerable: verdict == Verdict::Vulnerable, cwes })
}

/// Rows by who says yes.
#[derive(Default)]
struct Sides {
    both: Vec<RowRef>,
    first_only: Vec<RowRef>,
    second_only: Vec<RowRef>,
    neither: Vec<RowRef>,
}

impl Sides {
    fn add(&mut self, at: RowRef, first: bool, second: bool) {
        let side = match (first, second) {
            (true, true) => &mut self.both,
            (true, false) => &mut self.first_only,
            (false, true) => &mut self.second_only,
            (false, false) => &mut self.neither,
        };
        side.push(at);
    }
}

fn pair(view: &View, (run, columns): (u32, &Columns), own: &str, (first, second): (&str, &str)) -> ScannerPair {
    let mut all = Sides::default();
    let mut cwes: BTreeMap<Option<u32>, Sides> = BTreeMap::new();
    // What an approach hands through stands in the generation's row already.
    let versions = columns
        .iter()
        .flat_map(|(id, column)| column.outcomes().filter(|case| *id == ApproachId::Generate || case.is_refined()));
    let mut judged = 0;
    for case in versions {
        let (Some(one), Some(other)) = (word(case, first, own), word(case, second, own)) else { continue };
        judged += 1;
        all.add(case.at, one.vulnerable, other.vulnerable);
        let named: BTreeSet<Option<u32>> = one.cwes.iter().chain(other.cwes).map(|count| count.cwe).collect();
        for cwe in named {
            let says = |word: &Word| word.cwes.iter().any(|count| count.cwe == cwe);
            cwes.entry(cwe).or_default().add(case.at, says(&one), says(&other));
        }
    }
    let share = |rows: Vec<RowRef>| Share::of(judged, rows);
    let mut by_cwe: Vec<CweAgreement> = cwes
        .into_iter()
        .map(|(cwe, sides)| CweAgreement {
            cwe,
            both: share(sides.both),
            first_only: share(sides.first_only),
            second_only: share(sides.second_only),
        })
        .collect();
    let versions = |row: &CweAgreement| row.both.count + row.first_only.count + row.second_only.count;
    by_cwe.sort_by_key(|row| (Reverse(versions(row)), row.cwe.is_none(), row.cwe));
    let [a, b, c, d] = [&all.both, &all.first_only, &all.second_only, &all.neither].map(|rows| rows.len() as f64);
    ScannerPair {
        run,
        mode: view.mode,
        first: first.to_owned(),
        second: second.to_owned(),
        both: share(all.both),
        first_only: share(all.first_only),
        second_only: share(all.second_only),
        neither: share(all.neither),
        kappa: cohen_kappa(2, &[a, b, c, d]),
        by_cwe,
    }
}
