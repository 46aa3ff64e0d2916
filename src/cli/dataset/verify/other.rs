//! Verification files of somebody else's, such as the one that comes with CodeSecEval.

use std::collections::BTreeMap;
use std::path::Path;

use color_eyre::eyre::WrapErr;
use fdsp::core::execution::Execution;
use fdsp::runner::verify::Verified;
use serde::Deserialize;

use super::shown;

/// What another verification says of an item.
#[derive(Debug, Deserialize)]
pub struct Known {
    id: String,
    secure_pass: bool,
    insecure_pass: bool,
    repaired: Option<Passes>,
}

#[derive(Debug, Deserialize)]
struct Passes {
    secure_pass: bool,
    insecure_pass: bool,
}

#[derive(Debug, Deserialize)]
struct File {
    instances: Vec<Known>,
}

/// What the file says, by item.
pub fn read(path: &Path) -> color_eyre::Result<BTreeMap<String, Known>> {
    let text = std::fs::read_to_string(path).wrap_err_with(|| path.display().to_string())?;
    let file: File = serde_json::from_str(&text).wrap_err_with(|| path.display().to_string())?;
    Ok(file.instances.into_iter().map(|known| (known.id.clone(), known)).collect())
}

/// Tells every item that came out otherwise; how many.
pub fn compare(all: &[Verified], known: &BTreeMap<String, Known>, repaired: bool) -> usize {
    let (mut agree, mut differ) = (0, 0);
    for verified in all {
        let Some(known) = known.get(&verified.item) else { continue };
        let (secure, insecure) = match &known.repaired {
            Some(passes) if repaired => (passes.secure_pass, passes.insecure_pass),
            _ => (known.secure_pass, known.insecure_pass),
        };
        let found = (verified.secure_passes(), verified.insecure_passes());
        if found == (secure, insecure) {
            agree += 1;
            continue;
        }
        differ += 1;
        let says = |pass: bool| if pass { "passes" } else { "fails" };
        let why = |code: &Option<Execution>| code.as_ref().map(Execution::cause).unwrap_or_default();
        eprintln!(
            "{}: here secure {} and insecure {}, the file says {} and {}; here secure: {}; insecure: {}",
            shown(&verified.item),
            says(found.0),
            says(found.1),
            says(secure),
            says(insecure),
            shown(&why(&verified.secure)),
            shown(&why(&verified.insecure))
        );
    }
    eprintln!("compared with the file: {agree} items agree, {differ} differ");
    differ
}
