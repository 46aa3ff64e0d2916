//! What the options hide.

use super::*;

pub fn hiding(old: &str, new: &str, ignore_space: bool, ignore_comments: bool) -> Diff {
    Diff::between(old, new, &Options { ignore_space, ignore_comments, ..Options::default() })
}

#[test]
fn white_space_is_near_and_folds_count_both_sides() {
    let (old, new) = ("a\nif x:\n  y\nb\nc\n", "a\nif  x:\n\n    y\nb\nC\n");
    let plain = diff(old, new);
    assert_eq!((plain.changes.len(), plain.hidden), (2, 0));
    let spaced = hiding(old, new, true, false);
    assert_eq!((spaced.changes.len(), spaced.hidden), (1, 3));
    assert_eq!(
        draw(&spaced, &spaced.unified(9)),
        "  1 a\n≈ 2 if x: | 2 if  x:\n≈  | 3 \n≈ 3   y | 4     y\n  4 b\n- 5 c\n+ 6 C\n"
    );
    assert_eq!(draw(&spaced, &spaced.split(0)), "⋯ 4 | 5\n~ 5 c | 6 C\n");
    // What a string holds is no layout.
    assert!(!hiding("x = 'a b'\n", "x = 'a  b'\n", true, false).is_same());
}

#[test]
fn comments_are_near_but_not_those_that_speak_to_a_scanner() {
    let (old, new) = ("# old\nx = 1  # one\ny = '# no'\n", "x = 1\n# new\n# more\ny = '# yes'\n");
    let quiet = hiding(old, new, false, true);
    assert_eq!(
        draw(&quiet, &quiet.unified(9)),
        "≈ 1 # old | \n≈ 2 x = 1  # one | 1 x = 1\n≈  | 2 # new\n≈  | 3 # more\n\
         - 3 y = '# [no]'\n+ 4 y = '# [yes]'\n"
    );
    assert!(!hiding("run(x)\n", "run(x)  # nosec\n", true, true).is_same());
    assert!(hiding("x\n\n# a\n", "x   # b\n", true, true).is_same());
}
