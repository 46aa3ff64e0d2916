//! What annotators say of a version, side by side, for whoever settles what they disagree on.

use crate::core::fold::{CountedLabels, ItemState, LabelEntry};
use crate::core::ids::{Step, StreamId};
use crate::core::label::{Label, LabelVerdict, Standing};

/// What stands of one annotator on a version.
#[derive(Debug, Clone, Copy)]
pub struct Word<'a> {
    /// The label that counts; it may skip the version.
    pub label: &'a Label,
    pub at: jiff::Timestamp,
    /// The latest comment of the annotator, which may have come by itself, with its lines.
    pub comment: Option<&'a str>,
    pub lines: Option<(u32, u32)>,
}

/// What stands on a version: the latest word of every annotator by name, then the adjudication.
pub fn words<'a>(state: &'a ItemState, stream: StreamId, step: Step) -> Vec<Word<'a>> {
    let CountedLabels { latest, adjudicated, skipped, .. } = state.counted(stream, step);
    let mut labels: Vec<&Label> = latest.into_values().map(|(_, label)| label).chain(skipped).collect();
    labels.sort_by(|a, b| a.author.cmp(&b.author));
    labels.extend(adjudicated.map(|(_, label)| label));
    labels.into_iter().map(|label| word(state, (stream, step), label)).collect()
}

fn word<'a>(state: &'a ItemState, (stream, step): (StreamId, Step), label: &'a Label) -> Word<'a> {
    let at = state.labels.iter().find(|entry| std::ptr::eq(&entry.label, label)).map(|entry| entry.at);
    let here = |entry: &&LabelEntry| entry.active && entry.stream == stream && entry.label.step == step;
    // A remark by itself goes with the annotator's word, unless that one has a comment of its own.
    let own = |entry: &&LabelEntry| {
        let known = &entry.label;
        std::ptr::eq(known, label) || (known.verdict.is_none() && known.author == label.author && !label.adjudicates)
    };
    let remark = state.labels.iter().rev().filter(here).filter(own).find(|entry| entry.label.comment.is_some());
    Word {
        label,
        at: at.unwrap_or_default(),
        comment: remark.and_then(|entry| entry.label.comment.as_deref()),
        lines: remark.and_then(|entry| entry.label.lines),
    }
}

/// A version with its labels, to be settled or settled.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    pub item: String,
    pub stream: StreamId,
    pub step: Step,
    /// The hash of the code that the labels are on.
    pub code: String,
    pub standing: Standing,
    /// By annotator; one who said different things in two stores stands here with each of them. Adjudications come last.
    pub labels: Vec<Said>,
}

/// One label as its reader needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    pub author: String,
    /// `None`: the annotator does not judge the version.
    pub verdict: Option<LabelVerdict>,
    pub reasons: Vec<String>,
    pub comment: Option<String>,
    pub lines: Option<(u32, u32)>,
    pub at: jiff::Timestamp,
    pub seconds: f64,
    pub blind: bool,
    pub revealed: bool,
    pub adjudicates: bool,
}

impl Said {
    fn of(word: &Word<'_>) -> Self {
        let label = word.label;
        Self {
            author: label.author.clone(),
            verdict: label.verdict,
            reasons: label.reasons.clone(),
            comment: word.comment.map(str::to_owned),
            lines: word.lines,
            at: word.at,
            seconds: label.seconds,
            blind: label.blind,
            revealed: label.revealed,
            adjudicates: label.adjudicates,
        }
    }
}

impl Case {
    pub fn waits(&self) -> bool {
        self.standing == Standing::Disputed
    }

    /// The share of the pairs of labels that agree, adjudications aside; `None` for fewer than two labels.
    pub fn agreement(&self) -> Option<f64> {
        let verdicts: Vec<LabelVerdict> =
            self.labels.iter().filter(|said| !said.adjudicates).filter_map(|said| said.verdict).collect();
        let pairs = || verdicts.iter().enumerate().flat_map(|(at, a)| verdicts[at + 1..].iter().map(move |b| a == b));
        let all = pairs().count();
        (all > 0).then(|| pairs().filter(|same| *same).count() as f64 / all as f64)
    }

    /// Whether an annotator said different things in two stores.
    pub fn is_forked(&self) -> bool {
        let judged = || self.labels.iter().filter(|said| !said.adjudicates);
        judged().any(|said| judged().filter(|other| other.author == said.author).count() > 1)
    }
}

/// The versions of an item that two annotators or more labelled, that one labelled differently in two stores, or that
/// were adjudicated.
pub fn cases(item: &str, state: &ItemState) -> Vec<Case> {
    let case = |(stream, step): (StreamId, Step)| {
        let CountedLabels { latest, adjudicated, forked, .. } = state.counted(stream, step);
        let code = latest.values().chain(&adjudicated).map(|(_, label)| label.code.clone()).next();
        if latest.len() < 2 && adjudicated.is_none() && forked.is_empty() {
            return None;
        }
        let mut labels = Vec::new();
        for word in words(state, stream, step) {
            match forked.get(word.label.author.as_str()).filter(|_| !word.label.adjudicates) {
                Some(ends) => {
                    labels.extend(ends.iter().map(|entry| Said::of(&self::word(state, (stream, step), &entry.label))));
                }
                None => labels.push(Said::of(&word)),
            }
        }
        let code = code.or_else(|| forked.values().flatten().map(|entry| entry.label.code.clone()).next())?;
        let standing = state.standing(stream, step);
        Some(Case { item: item.to_owned(), stream, step, code, standing, labels })
    };
    state.labelled_versions().into_iter().filter_map(case).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::event::{Entry, Event, Extracted};
    use crate::core::ids::ApproachId;
    use crate::core::label::Link;
    use crate::core::text::sha256_hex;

    const K1: Step = Step::Refine { solution: None, iteration: 1 };

    fn state(labels: Vec<Label>) -> ItemState {
        let stream = StreamId::new(ApproachId::Fdsp, 0);
        let entry = |(seq, label): (u32, Label)| {
            let at = jiff::Timestamp::from_second(i64::from(seq)).unwrap_or_default();
            Entry { seq, at, stream, event: Event::Labelled(label) }
        };
        let code = Extracted { step: K1, code: Some("x".into()), why: String::new(), unclosed: false };
        let at = jiff::Timestamp::UNIX_EPOCH;
        let version = Entry { seq: 1, at, stream, event: Event::Extracted(code) };
        ItemState::of(&std::iter::once(version).chain((2..).zip(labels).map(entry)).collect::<Vec<_>>())
    }

    fn label(author: &str, verdict: Option<LabelVerdict>) -> Label {
        Label { verdict, ..Label::on(author, K1, &sha256_hex("x")) }
    }

    #[test]
    fn two_annotators_or_an_adjudication_make_a_case() {
        use LabelVerdict::{Realistic, Unrealistic, Unsure};
        let ada = label("ada", Some(Realistic));
        assert_eq!(cases("i", &state(vec![ada.clone()])), []);
        let remark = Label { comment: Some("hm".to_owned()), ..label("bob", None) };
        let two = vec![ada.clone(), label("bob", Some(Unrealistic)), remark, label("cy", Some(Unrealistic))];
        let found = cases("i", &state(two.clone()));
        assert_eq!((found.len(), found[0].standing, found[0].waits()), (1, Standing::Disputed, true));
        assert!((found[0].agreement().unwrap() - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(found[0].labels[1].comment.as_deref(), Some("hm"));
        let settles = Label { adjudicates: true, comment: Some("why".to_owned()), ..label("dee", Some(Unsure)) };
        let settled = cases("i", &state([two, vec![settles.clone()]].concat()));
        assert_eq!((settled[0].waits(), settled[0].agreement()), (false, found[0].agreement()));
        assert_eq!(settled[0].labels[3].comment.as_deref(), Some("why"));
        assert_eq!(cases("i", &state(vec![settles])).len(), 1);
    }

    #[test]
    fn an_annotator_of_two_stores_stands_with_both_labels() {
        let chained = |id: &str, verdict| Label {
            link: Some(Link { id: id.to_owned(), prev: None }),
            ..label("ada", Some(verdict))
        };
        let found = cases("i", &state(vec![chained("a", LabelVerdict::Realistic), chained("b", LabelVerdict::Unsure)]));
        assert!(found[0].is_forked() && found[0].waits());
        assert_eq!((found[0].labels.len(), found[0].agreement()), (2, Some(0.0)));
    }
}
