//! A comment as it is typed: `12-18: drops the check` is about lines 12 to 18.

/// The lines that a typed comment begins with, and the rest. A first number above the second names the same lines.
pub fn parse(typed: &str) -> (Option<(u32, u32)>, &str) {
    let typed = typed.trim();
    let lines = |head: &str| -> Option<(u32, u32)> {
        let (first, last) = head.split_once(['-', '–']).unwrap_or((head, head));
        let (first, last): (u32, u32) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first > 0 && last > 0).then_some((first.min(last), first.max(last)))
    };
    match typed.split_once(':').and_then(|(head, rest)| Some((lines(head)?, rest.trim()))) {
        Some((lines, rest)) => (Some(lines), rest),
        None => (None, typed),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn lines_stand_before_a_colon_and_nothing_else_is_taken_for_them() {
        for (typed, lines, rest) in [
            ("12-18: drops the check", Some((12, 18)), "drops the check"),
            (" 7 : one line ", Some((7, 7)), "one line"),
            ("9-3: turned", Some((3, 9)), "turned"),
            ("no lines: here", None, "no lines: here"),
            ("0: none", None, "0: none"),
            ("12-18", None, "12-18"),
            ("", None, ""),
        ] {
            assert_eq!(parse(typed), (lines, rest), "{typed}");
        }
    }
}
