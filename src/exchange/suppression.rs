//! What a label says of a version's results, as SARIF suppressions.
//!
//! Each annotator's latest label is a suppression of the version's results, kind `external`. Where all agree, or the
//! label is adjudicated, its status is:
//!
//! - realistic → `accepted`: the finding is settled, by the fix or in the analyst's judgement of what is left;
//! - unrealistic → `rejected`: the fix does not count, the finding is still open;
//! - unsure, or a comment without any verdict → `underReview`; a skip takes the verdict before it back.
//!
//! Where annotators differ, every one of them is `underReview`: viewers do not agree on whether one accepted suppression
//! of several hides a result. An adjudicated label stands alone and names the others in its justification. A label on
//! other code than the version's does not count.

use std::collections::BTreeMap;

use serde_json::json;
use serde_sarif::sarif::{PropertyBag, Suppression};

use crate::core::fold::LabelEntry;
use crate::core::label::{Label, LabelVerdict, lines_words};

/// The suppressions that the active labels on one version come to.
pub fn suppressions(labels: &[&LabelEntry]) -> Vec<Suppression> {
    let mut latest: BTreeMap<&str, &Label> = BTreeMap::new();
    let mut settled = None;
    let mut remarks: Vec<&Label> = Vec::new();
    for LabelEntry { label, .. } in labels {
        match label.verdict {
            Some(_) if label.adjudicates => settled = Some(label),
            Some(_) => drop(latest.insert(&label.author, label)),
            None => {
                if label.skip {
                    latest.remove(label.author.as_str());
                }
                // A flag or a skip alone says nothing of the result.
                if label.comment.is_some() || label.lines.is_some() {
                    remarks.push(label);
                }
            }
        }
    }
    let remarked: Vec<String> =
        remarks.iter().map(|label| format!("remark by {}: {}", label.author, remark(label))).collect();
    let others = latest.values().map(|label| format!("{} by {}", word(label), label.author));
    match (settled, latest.is_empty()) {
        (Some(label), _) => {
            let before: Vec<String> = others.collect();
            let before = (!before.is_empty()).then(|| format!("before: {}", before.join(", ")));
            vec![suppression(label, status(label), before.into_iter().chain(remarked).collect())]
        }
        (None, false) => {
            let differ =
                latest.values().any(|label| Some(&label.verdict) != latest.values().next().map(|it| &it.verdict));
            let status = |label: &Label| if differ { UNDER_REVIEW } else { status(label) };
            latest.values().map(|label| suppression(label, status(label), remarked.clone())).collect()
        }
        (None, true) => remarks.into_iter().map(|label| suppression(label, UNDER_REVIEW, Vec::new())).collect(),
    }
}

const UNDER_REVIEW: &str = "underReview";

fn status(label: &Label) -> &'static str {
    match label.verdict {
        Some(LabelVerdict::Realistic) => "accepted",
        Some(LabelVerdict::Unrealistic) => "rejected",
        Some(LabelVerdict::Unsure) | None => UNDER_REVIEW,
    }
}

fn remark(label: &Label) -> String {
    let lines = label.lines.map(lines_words);
    lines.into_iter().chain(label.comment.clone()).collect::<Vec<_>>().join(": ")
}

fn word(label: &Label) -> &'static str {
    label.verdict.map_or("no verdict", LabelVerdict::as_str)
}

fn suppression(label: &Label, status: &str, more: Vec<String>) -> Suppression {
    let how = if label.adjudicates { "adjudicated by" } else { "by" };
    let mut words = vec![format!("{}, {how} {}", word(label), label.author)];
    if !label.reasons.is_empty() {
        words.push(format!("reasons: {}", label.reasons.join(", ")));
    }
    words.extend(label.lines.map(lines_words));
    words.extend(label.comment.as_ref().map(|comment| format!("comment: {comment}")));
    words.extend(more);
    let properties = [
        ("verdict", json!(label.verdict)),
        ("annotator", json!(label.author)),
        ("reasons", json!(label.reasons)),
        ("comment", json!(label.comment)),
        ("lines", json!(label.lines)),
        ("adjudicates", json!(label.adjudicates)),
    ];
    let properties = properties.into_iter().filter(|(_, value)| !value.is_null());
    let bag = PropertyBag {
        additional_properties: properties.map(|(name, value)| (name.to_owned(), value)).collect(),
        ..PropertyBag::default()
    };
    Suppression::builder()
        .kind("external")
        .status(json!(status))
        .justification(words.join("; "))
        .properties(bag)
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::core::ids::{ApproachId, StreamId};

    fn label(author: &str, verdict: Option<LabelVerdict>, comment: Option<&str>, adjudicates: bool) -> LabelEntry {
        LabelEntry {
            seq: 1,
            at: jiff::Timestamp::UNIX_EPOCH,
            stream: StreamId::new(ApproachId::Fdsp, 0),
            label: Label {
                verdict,
                comment: comment.map(str::to_owned),
                adjudicates,
                ..Label::on(author, crate::core::ids::Step::Generate, "")
            },
            active: true,
            turned: None,
        }
    }

    #[test]
    fn labels_become_suppressions() {
        use LabelVerdict::{Realistic, Unrealistic, Unsure};
        let told = |labels: &[LabelEntry]| -> Vec<(String, String)> {
            let labels: Vec<&LabelEntry> = labels.iter().collect();
            suppressions(&labels)
                .into_iter()
                .map(|one| {
                    let status = one.status.as_ref().and_then(Value::as_str).expect("a status");
                    (status.to_owned(), one.justification.expect("a justification"))
                })
                .collect()
        };
        let pair = |status: &str, words: &str| (status.to_owned(), words.to_owned());
        let ann = |verdict| label("ann", Some(verdict), None, false);
        let bob = |verdict| label("bob", Some(verdict), Some("why"), false);
        assert_eq!(told(&[]), []);
        assert_eq!(told(&[ann(Unsure), ann(Realistic)]), [pair("accepted", "realistic, by ann")]);
        assert_eq!(
            told(&[ann(Realistic), bob(Unrealistic)]),
            [pair("underReview", "realistic, by ann"), pair("underReview", "unrealistic, by bob; comment: why")]
        );
        assert_eq!(told(&[ann(Unsure)]), [pair("underReview", "unsure, by ann")]);
        assert_eq!(
            told(&[ann(Realistic), label("cem", None, Some("hm"), false)]),
            [pair("accepted", "realistic, by ann; remark by cem: hm")]
        );
        assert_eq!(
            told(&[label("cem", None, Some("hm"), false)]),
            [pair("underReview", "no verdict, by cem; comment: hm")]
        );
        let aside = |label: LabelEntry, skip, flag, lines| LabelEntry {
            label: Label { skip, flag, lines, ..label.label },
            ..label
        };
        let skip = |author| aside(label(author, None, None, false), true, None, None);
        assert_eq!(told(&[ann(Realistic), skip("ann")]), []);
        assert_eq!(
            told(&[ann(Realistic), skip("bob"), aside(label("cem", None, None, false), false, Some(true), None)]),
            [pair("accepted", "realistic, by ann")]
        );
        assert_eq!(told(&[ann(Realistic), skip("ann"), ann(Unsure)]), [pair("underReview", "unsure, by ann")]);
        assert_eq!(
            told(&[ann(Realistic), aside(label("cem", None, Some("hm"), false), false, None, Some((2, 4)))]),
            [pair("accepted", "realistic, by ann; remark by cem: lines 2-4: hm")]
        );
        assert_eq!(
            told(&[aside(bob(Unrealistic), false, None, Some((3, 3)))]),
            [pair("rejected", "unrealistic, by bob; line 3; comment: why")]
        );
        assert_eq!(
            told(&[label("dea", Some(Realistic), None, true), ann(Realistic), bob(Unrealistic)]),
            [pair("accepted", "realistic, adjudicated by dea; before: realistic by ann, unrealistic by bob")]
        );
    }
}
