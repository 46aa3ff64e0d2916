//! What a verification says in words and counts.

use fdsp::core::verdict::Verdict;
use fdsp::runner::verification::Verification;
use fdsp::runner::verify::{Opinion, Verified};
use serde_json::{Value, json};

use super::shown;

/// Codes by the scanner's verdict: vulnerable, secure, invalid, and those that it failed on.
fn verdicts<'a>(opinions: impl Iterator<Item = &'a Option<Opinion>>) -> [usize; 4] {
    let mut counts = [0; 4];
    for opinion in opinions.flatten() {
        let at = match opinion.verdict {
            Some(Verdict::Vulnerable) => 0,
            Some(Verdict::Secure) => 1,
            Some(Verdict::Invalid) => 2,
            None => 3,
        };
        counts[at] += 1;
    }
    counts
}

/// Both codes' verdicts, insecure first.
fn table(all: &[Verified]) -> [(&'static str, [usize; 4]); 2] {
    [
        ("insecure codes", verdicts(all.iter().map(|verified| &verified.insecure_scan))),
        ("secure codes", verdicts(all.iter().map(|verified| &verified.secure_scan))),
    ]
}

/// Assertions over all items, functional and about security, and the items whose insecure code fails on the latter.
fn assertions(all: &[Verified]) -> (usize, usize, usize) {
    all.iter().map(Verified::proved).fold((0, 0, 0), |(functional, security, items), proved| {
        (functional + proved.functional, security + proved.security, items + usize::from(proved.told_apart))
    })
}

/// What an item's two codes prove, by class of assertion.
pub fn proved(verified: &Verified) -> String {
    let proved = verified.proved();
    let end = match verified.insecure.as_ref().and_then(|insecure| insecure.failed()) {
        Some(failed) if proved.told_apart => {
            let message = failed.message.as_deref().unwrap_or_default();
            format!("the insecure code fails on line {}: {}", failed.line, shown(message))
        }
        _ => "the insecure code fails on none".to_owned(),
    };
    format!("functional {} held by both codes; security {}, {end}", proved.functional, proved.security)
}

/// The counts as one JSON object.
pub fn counts(all: &[Verified], bad: usize, scanner: Option<&str>) -> Value {
    let count = |holds: &dyn Fn(&Verified) -> bool| all.iter().filter(|verified| holds(verified)).count();
    let (functional, security, told_apart) = assertions(all);
    let mut counts = json!({
        "items": all.len(),
        "secure_passes": count(&Verified::secure_passes),
        "insecure_fails": count(&|verified| !verified.insecure_passes()),
        "both": count(&|verified| verified.secure_passes() && !verified.insecure_passes()),
        "violations": bad,
        "assertions": {"functional": functional, "security": security, "insecure_fails_security": told_apart},
    });
    if let Some(scanner) = scanner {
        let [insecure, secure] = table(all).map(|(_, [vulnerable, secure, invalid, failed])| {
            json!({"vulnerable": vulnerable, "secure": secure, "invalid": invalid, "failed": failed})
        });
        counts["scanner"] = json!({
            "scanner": scanner, "insecure": insecure, "secure": secure,
            "overlooked": count(&Verified::is_overlooked), "accused": count(&Verified::is_accused),
        });
    }
    counts
}

pub fn print(all: &[Verified], bad: usize, classed: bool, scanner: Option<&str>) {
    let counts = counts(all, bad, scanner);
    println!(
        "{} items: secure code passes {}, insecure code fails {}, both {}; {} break the rule",
        all.len(),
        counts["secure_passes"],
        counts["insecure_fails"],
        counts["both"],
        bad
    );
    if classed {
        let (functional, security, told_apart) = assertions(all);
        println!(
            "functional assertions: {functional} held by both codes; security assertions: {security}, insecure code fails \
             on one in {told_apart} of {} items",
            all.len()
        );
    }
    let Some(scanner) = scanner else { return };
    println!("\nscanner against tests: {}, strict", shown(scanner));
    println!("  {:<16}{:>12}{:>8}{:>9}{:>8}", "", "vulnerable", "secure", "invalid", "failed");
    for (name, [vulnerable, secure, invalid, failed]) in table(all) {
        println!("  {name:<16}{vulnerable:>12}{secure:>8}{invalid:>9}{failed:>8}");
    }
    list(
        "insecure code that fails its test and in which the scanner finds nothing",
        all,
        Verified::is_overlooked,
        |_| None,
    );
    let rules = |verified: &Verified| verified.secure_scan.as_ref().map(|opinion| opinion.rules.join(" "));
    list("secure code that passes its test and to which the scanner objects", all, Verified::is_accused, rules);
}

fn list(
    what: &str,
    all: &[Verified],
    belongs: impl Fn(&Verified) -> bool,
    rules: impl Fn(&Verified) -> Option<String>,
) {
    let chosen: Vec<&Verified> = all.iter().filter(|verified| belongs(verified)).collect();
    println!("{what}: {}", chosen.len());
    for verified in chosen {
        let rules = rules(verified).map(|rules| format!("  {}", shown(&rules))).unwrap_or_default();
        println!("  {}{rules}", shown(&verified.item));
    }
}

/// Tells every item that is not as the file says; how many.
pub fn differences(here: &Verification, file: &Verification, part: bool) -> usize {
    for what in here.other_tools(file) {
        eprintln!("note: {}", shown(&what));
    }
    let differ = here.against(file, part);
    for differs in &differ {
        for what in &differs.what {
            eprintln!("{}: {}", shown(&differs.item), shown(what));
        }
    }
    eprintln!("compared with the file: {} of {} items differ", differ.len(), here.items.len());
    differ.len()
}
