//! Runs of lines that moved, and where blocks begin.

use super::*;

const CHECKED: &str = "def checked(path, base):\n    full = resolve(base, path)\n    if not full.startswith(base):\n        raise ValueError(path)\n    return full\n";

fn deeper() -> String {
    CHECKED.lines().map(|line| format!("    {line}\n")).collect()
}

/// Every run that moved, as `old first-last > new first-last` from 1.
pub fn moved(diff: &Diff) -> Vec<String> {
    for (a, b) in [(&diff.old, &diff.new), (&diff.new, &diff.old)] {
        for moved in a.moves() {
            assert_eq!(moved.here.len(), moved.there.len());
            let back = b.moved(moved.there.start).unwrap();
            assert_eq!((&back.here, &back.there), (&moved.there, &moved.here));
            assert_eq!(a.moved(moved.here.end - 1), Some(moved));
            assert_ne!(a.moved(moved.here.end), Some(moved));
            for (here, there) in moved.here.clone().zip(moved.there.clone()) {
                assert_eq!(a.line(here).trim(), b.line(there).trim());
            }
        }
    }
    let name = |range: &Range<usize>| format!("{}-{}", range.start + 1, range.end);
    diff.old.moves().iter().map(|moved| format!("{} > {}", name(&moved.here), name(&moved.there))).collect()
}

#[test]
fn a_run_that_stands_elsewhere_has_moved() {
    let body =
        "import os\n\nx = open_all(os.environ)\nfor y in x:\n    print(y.name, y.size, y.owner)\nclose(x)\nend()\n";
    let old = format!("{CHECKED}\n{body}");
    assert_eq!(moved(&diff(&old, &format!("{body}\n\n{CHECKED}"))), ["1-5 > 10-14"]);
    // To another depth too; its lines are paired with no other.
    let diff = self::diff(&old, &format!("{body}\n\nclass Paths:\n{}", deeper()));
    assert_eq!(moved(&diff), ["1-5 > 11-15"]);
    let apart = |(a, b): &(usize, usize)| diff.old.moved(*a).is_none() && diff.new.moved(*b).is_none();
    assert!(diff.changes.iter().flat_map(|change| &change.pairs).all(apart));
}

#[test]
fn what_did_not_move() {
    // Indented where it stood.
    assert_eq!(moved(&diff(CHECKED, &format!("class Paths:\n{}", deeper()))), [""; 0]);
    // Two lines, nothing but brackets, one line among blank ones.
    let middle: String = (0..6).map(|line| format!("common_statement({line})\n")).collect();
    for run in [
        "a_statement_of_some_length(1)\nanother_statement_of_some_length(2)\n",
        "}\n\n)\n}\n",
        "\n\na_statement_of_some_length(1)\n\n\n",
    ] {
        assert_eq!(moved(&diff(&format!("{run}{middle}"), &format!("{middle}{run}"))), [""; 0], "{run}");
    }
}

#[test]
fn a_run_is_given_to_the_longest_place() {
    let tail = "    log(full, base, path)\n    audit(full)\n";
    let cut: String = CHECKED.lines().take(3).map(|line| format!("{line}\n")).collect();
    let stay: String = (0..12).map(|line| format!("stays({line})\n")).collect();
    let (old, new) = (format!("{CHECKED}{tail}{stay}"), format!("{stay}{cut}end()\n{CHECKED}{tail}"));
    assert_eq!(moved(&diff(&old, &new)), ["1-7 > 17-23"]);
}

#[test]
fn blocks_begin_where_a_reader_would_say() {
    let old = "def f():\n    a\n\ndef h():\n    b\n";
    let new = "def f():\n    a\n\ndef g():\n    a\n\ndef h():\n    b\n";
    for (old, new, was, is) in [(old, new, 3..3, 3..6), (new, old, 3..6, 3..3)] {
        let diff = diff(old, new);
        assert_eq!((&diff.changes[0].old, &diff.changes[0].new), (&was, &is));
    }
}
