use statrs::distribution::{Binomial, DiscreteCDF};

use super::column::{Case, Column};
use super::{Labels, PairedTest, RowRef, Share};
use crate::core::ids::ApproachId;

/// Two-sided exact p of the McNemar test (McNemar, "Note on the sampling error of the difference between correlated
/// proportions or percentages", Psychometrika 12, 1947) in its conditional binomial form: of the cases on which the two
/// differ, how many fall on either side, against a fair coin. 1 where they differ on none.
pub fn exact_p(first_only: u32, second_only: u32) -> f64 {
    let differ = u64::from(first_only) + u64::from(second_only);
    let fewer = u64::from(first_only.min(second_only));
    Binomial::new(0.5, differ).map_or(1.0, |coin| (2.0 * coin.cdf(fewer)).min(1.0))
}

/// Two approaches of a run on the cases that both have an outcome for.
pub fn paired(first: (ApproachId, &Column), second: (ApproachId, &Column), run: u32, labels: Labels) -> PairedTest {
    let (mut items, mut first_only, mut second_only) = (0, Vec::new(), Vec::new());
    for (a, b) in same_cases(first.1, second.1) {
        let (Some(in_first), Some(in_second)) = (a.vulnerable(labels), b.vulnerable(labels)) else { continue };
        items += 1;
        match (in_first, in_second) {
            (true, false) => first_only.push(a.at),
            (false, true) => second_only.push(b.at),
            _ => {}
        }
    }
    let p = exact_p(first_only.len() as u32, second_only.len() as u32);
    let share = |evidence: Vec<RowRef>| Share::of(items, evidence);
    PairedTest {
        run,
        first: first.0,
        second: second.0,
        items,
        first_only: share(first_only),
        second_only: share(second_only),
        p,
    }
}

/// Both are in the order of (item, sample).
fn same_cases<'a>(first: &'a Column, second: &'a Column) -> impl Iterator<Item = (&'a Case<'a>, &'a Case<'a>)> {
    let mut rest = second.cases.iter().peekable();
    first.cases.iter().filter_map(move |case| {
        while rest.next_if(|other| other.key < case.key).is_some() {}
        rest.next_if(|other| other.key == case.key).map(|other| (case, other))
    })
}
