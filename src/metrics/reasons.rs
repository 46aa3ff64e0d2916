//! Why versions are called unrealistic: how often each reason of the guideline was given.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::agreement::{Labelled, Place};
use crate::core::ids::ApproachId;
use crate::core::label::LabelVerdict;

/// The versions of one approach in one run that somebody calls unrealistic, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    pub run: String,
    pub approach: ApproachId,
    /// Versions with a label `unrealistic` that counts, by whomever, adjudicated ones too.
    pub versions: u32,
    /// Of these, without any reason.
    pub without: u32,
    /// The most frequent first. A version has every reason that one of its labels names.
    pub reasons: Vec<ReasonCount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReasonCount {
    pub reason: String,
    pub versions: u32,
    /// Labels that name it.
    pub labels: u32,
}

/// Reasons of every label on a version.
type Versions<'a> = BTreeMap<&'a Place, Vec<&'a str>>;

/// By run and approach, in the order of the labels.
pub fn why(labels: &Labelled) -> Vec<Why> {
    let given = labels.rated.iter().chain(&labels.adjudicated);
    let mut groups: Vec<((&str, ApproachId), Versions)> = Vec::new();
    for label in given.filter(|label| label.verdict == LabelVerdict::Unrealistic) {
        let key = (label.place.run.as_str(), label.place.stream.approach);
        let at = groups.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
            groups.push((key, Versions::new()));
            groups.len() - 1
        });
        let reasons: BTreeSet<&str> = label.reasons.iter().map(String::as_str).collect();
        groups[at].1.entry(&label.place).or_default().extend(reasons);
    }
    groups.into_iter().map(|((run, approach), versions)| of_group(run, approach, &versions)).collect()
}

fn of_group(run: &str, approach: ApproachId, versions: &Versions) -> Why {
    let mut counts: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for named in versions.values() {
        for reason in named.iter().collect::<BTreeSet<_>>() {
            let count = counts.entry(reason).or_default();
            count.0 += 1;
            count.1 += named.iter().filter(|other| *other == reason).count() as u32;
        }
    }
    let count =
        |(reason, (versions, labels)): (&str, (u32, u32))| ReasonCount { reason: reason.to_owned(), versions, labels };
    let mut reasons: Vec<ReasonCount> = counts.into_iter().map(count).collect();
    reasons.sort_by_key(|count| std::cmp::Reverse(count.versions));
    Why {
        run: run.to_owned(),
        approach,
        versions: versions.len() as u32,
        without: versions.values().filter(|named| named.is_empty()).count() as u32,
        reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::ids::{Step, StreamId};
    use crate::metrics::agreement::Rated;

    fn rated(item: &str, approach: ApproachId, author: &str, verdict: LabelVerdict, reasons: &[&str]) -> Rated {
        let step = Step::Refine { solution: None, iteration: 1 };
        let stream = StreamId::new(approach, 0);
        let place = Place { run: "r".to_owned(), item: item.to_owned(), stream, step, code: "c".to_owned() };
        let reasons = reasons.iter().map(|reason| (*reason).to_owned()).collect();
        Rated { place, author: author.to_owned(), verdict, reasons, blind: false }
    }

    #[test]
    fn a_version_has_each_reason_once_and_labels_are_counted_beside() {
        use ApproachId::{Direct, Fdsp};
        use LabelVerdict::{Realistic, Unrealistic};
        let labels = Labelled {
            rated: vec![
                rated("a", Fdsp, "ann", Unrealistic, &["stub", "moved", "stub"]),
                rated("a", Fdsp, "bob", Unrealistic, &["stub"]),
                rated("b", Fdsp, "ann", Unrealistic, &[]),
                rated("b", Fdsp, "bob", Realistic, &["moved"]),
                rated("c", Direct, "ann", Unrealistic, &["other"]),
            ],
            adjudicated: vec![rated("d", Fdsp, "cem", Unrealistic, &["moved"])],
        };
        let count = |reason: &str, versions, labels| ReasonCount { reason: reason.to_owned(), versions, labels };
        let fdsp = Why {
            run: "r".to_owned(),
            approach: Fdsp,
            versions: 3,
            without: 1,
            reasons: vec![count("moved", 2, 2), count("stub", 1, 2)],
        };
        let direct =
            Why { approach: Direct, versions: 1, without: 0, reasons: vec![count("other", 1, 1)], ..fdsp.clone() };
        assert_eq!(why(&labels), [fdsp, direct]);
        assert_eq!(why(&Labelled::default()), []);
    }
}
