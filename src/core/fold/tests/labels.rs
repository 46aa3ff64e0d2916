use super::*;
use crate::core::label::{Label, Link, Probe};

/// A label event told at a second, with its link, replacing another.
fn told(tape: &mut Tape, second: i64, id: &str, replaces: Option<u32>, change: impl FnOnce(&mut Label)) -> u32 {
    let mut label = Label {
        verdict: Some(LabelVerdict::Realistic),
        replaces,
        link: Some(Link { id: id.to_owned(), prev: None }),
        ..Label::on("ada", K1, &Text::from("x = 1\n").hash())
    };
    change(&mut label);
    let seq = tape.push(FDSP, Event::Labelled(label));
    tape.0[seq as usize - 1].at = jiff::Timestamp::from_second(second).unwrap();
    seq
}

fn standing(tape: &Tape) -> Standing {
    ItemState::of(&tape.0).standing(FDSP, K1)
}

fn unrealistic(label: &mut Label) {
    label.verdict = Some(LabelVerdict::Unrealistic);
}

#[test]
fn a_skip_takes_the_verdict_back_and_flags_and_comments_leave_it() {
    let mut tape = Tape::fixed();
    let first = told(&mut tape, 1, "a", None, |_| {});
    told(&mut tape, 2, "b", None, |label| (label.verdict, label.flag) = (None, Some(true)));
    assert_eq!(standing(&tape), Standing::Agreed(LabelVerdict::Realistic));
    let skipped = told(&mut tape, 3, "c", Some(first), |label| (label.verdict, label.skip) = (None, true));
    assert_eq!(standing(&tape), Standing::Unlabelled);
    told(&mut tape, 4, "d", Some(skipped), unrealistic);
    assert_eq!(standing(&tape), Standing::Agreed(LabelVerdict::Unrealistic));
}

#[test]
fn a_repeat_measures_drift_and_counts_nowhere() {
    let mut tape = Tape::fixed();
    told(&mut tape, 1, "a", None, |_| {});
    told(&mut tape, 2, "b", None, |label| {
        unrealistic(label);
        label.probe = Some(Probe::Repeat);
    });
    assert_eq!(standing(&tape), Standing::Agreed(LabelVerdict::Realistic));
}

#[test]
fn labels_of_one_author_from_two_stores_are_in_dispute_until_one_is_said_over_both() {
    for order in [[2, 3], [3, 2]] {
        let mut tape = Tape::fixed();
        let first = told(&mut tape, 1, "a", None, |_| {});
        let here = told(&mut tape, order[0], "b", Some(first), |_| {});
        let there = told(&mut tape, order[1], "c", Some(first), unrealistic);
        assert_eq!(standing(&tape), Standing::Disputed);
        // Over one of the two alone, as a store says that has not the other: the dispute stays.
        let one = told(&mut tape, 4, "d", Some(there), unrealistic);
        assert_eq!(standing(&tape), Standing::Disputed);
        let turn = LabelTurn::of("ada", one);
        let seq = tape.push(FDSP, Event::LabelUndone(turn));
        tape.0[seq as usize - 1].at = jiff::Timestamp::from_second(5).unwrap();
        told(&mut tape, 6, "e", Some(here), |label| {
            unrealistic(label);
            label.also_replaces = vec!["d".to_owned()];
        });
        assert_eq!(standing(&tape), Standing::Agreed(LabelVerdict::Unrealistic));
    }
}

#[test]
fn the_order_of_merging_does_not_matter() {
    let mut tape = Tape::fixed();
    let label = told(&mut tape, 1, "a", None, |_| {});
    for (second, back) in [(2, true), (3, false)] {
        let turn = LabelTurn::of("ada", label);
        let seq = tape.push(FDSP, if back { Event::LabelUndone(turn) } else { Event::LabelRedone(turn) });
        tape.0[seq as usize - 1].at = jiff::Timestamp::from_second(second).unwrap();
    }
    assert_eq!(standing(&tape), Standing::Agreed(LabelVerdict::Realistic));
    let count = tape.0.len();
    tape.0.swap(count - 1, count - 2);
    assert_eq!(standing(&tape), Standing::Agreed(LabelVerdict::Realistic));
}
