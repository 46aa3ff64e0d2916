use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use color_eyre::eyre::{WrapErr, bail};
use fdsp::core::execution::Execution;
use fdsp::core::item::Item;
use fdsp::dataset::{self, Registry};
use fdsp::runner::verify::{Verified, verify};
use serde::Deserialize;
use serde_json::json;

use super::{Reading, shown};
use crate::cli::runtime;
use crate::cli::testing::TestArgs;

/// Run the secure and the insecure code of every item against the item's own test.
///
/// Exit code 1 when an item breaks the rule: secure code passes, insecure code fails. Where a test's assertions say
/// that they are about security, functional ones must hold for both codes and the insecure code fail on security.
#[derive(Debug, Parser)]
pub struct Args {
    /// A data set by name (`fdsp dataset list`) or by path.
    name: String,
    #[command(flatten)]
    reading: Reading,
    #[command(flatten)]
    testing: TestArgs,
    /// These items alone.
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    ids: Vec<String>,
    /// Programs at once.
    #[arg(long, value_name = "N", default_value_t = 2)]
    concurrency: usize,
    /// Compare with a verification file: what it says as stored, or under --repair-environment as repaired.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// What another verification says of an item.
#[derive(Debug, Deserialize)]
struct Known {
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

pub fn main(args: Args) -> color_eyre::Result<ExitCode> {
    let set = dataset::open(&args.name, &Registry::of_user()?, args.reading.format, &args.reading.options())?;
    let mut items: Vec<Item> = set.items.into_iter().filter(|item| item.suite.is_some()).collect();
    if !args.ids.is_empty() {
        items.retain(|item| args.ids.contains(&item.id));
    }
    if items.is_empty() {
        bail!("{}: no item has a test and an entry point", shown(&set.name));
    }
    let known = args.against.as_ref().map(read).transpose()?;
    let classed = items.iter().filter_map(|item| item.suite.as_ref()).all(|suite| suite.test.contains("security:"));
    let wrong = |verified: &Verified| if classed { verified.violations_by_class() } else { verified.violations() };
    let all = runtime()?.block_on(async {
        let tester = args.testing.tester(&set.name).await?;
        eprintln!(
            "{}: {} items with tests, Python {}, sandbox {}{}",
            shown(&set.name),
            items.len(),
            tester.interpreter().version,
            tester.level(),
            if args.testing.repair_environment { ", environment repaired" } else { ", as stored" }
        );
        let tell = |verified: &Verified| print(verified, &wrong(verified), args.json);
        color_eyre::Result::<_>::Ok(verify(&items, &tester, args.concurrency, tell).await)
    })?;
    let count = |holds: &dyn Fn(&Verified) -> bool| all.iter().filter(|verified| holds(verified)).count();
    let bad = count(&|verified| !wrong(verified).is_empty());
    let summary = json!({
        "items": all.len(),
        "secure_passes": count(&Verified::secure_passes),
        "insecure_fails": count(&|verified| !verified.insecure_passes()),
        "both": count(&|verified| verified.secure_passes() && !verified.insecure_passes()),
        "violations": bad,
    });
    if args.json {
        println!("{summary}");
    } else {
        println!(
            "{} items: secure code passes {}, insecure code fails {}, both {}; {} break the rule",
            all.len(),
            summary["secure_passes"],
            summary["insecure_fails"],
            summary["both"],
            bad
        );
    }
    let differ = known.map_or(0, |known| compare(&all, &known, args.testing.repair_environment));
    Ok(ExitCode::from(u8::from(bad > 0 || differ > 0)))
}

fn print(verified: &Verified, wrong: &[String], json: bool) {
    if json {
        println!(
            "{}",
            json!({"item": verified.item, "secure": verified.secure, "insecure": verified.insecure, "violations": wrong})
        );
    } else {
        for what in wrong {
            println!("{}: {}", shown(&verified.item), shown(what));
        }
    }
}

fn read(path: &PathBuf) -> color_eyre::Result<BTreeMap<String, Known>> {
    let text = std::fs::read_to_string(path).wrap_err_with(|| path.display().to_string())?;
    let file: File = serde_json::from_str(&text).wrap_err_with(|| path.display().to_string())?;
    Ok(file.instances.into_iter().map(|known| (known.id.clone(), known)).collect())
}

fn compare(all: &[Verified], known: &BTreeMap<String, Known>, repaired: bool) -> usize {
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
