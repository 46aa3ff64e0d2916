use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use color_eyre::eyre::{WrapErr, bail, eyre};
use fdsp::core::item::Item;
use fdsp::dataset::{self, Registry};
use fdsp::runner::verification::{Entry, FORM, Tools, Verification};
use fdsp::runner::verify::{Verified, verify};
use serde_json::json;

use super::{Reading, shown};
use crate::cli::testing::TestArgs;
use crate::cli::{Global, runtime, scan};

mod other;
mod words;

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
    /// Items at once.
    #[arg(long, value_name = "N", default_value_t = 2)]
    concurrency: usize,
    /// What looks at the codes too: auto (Bandit where it is installed, else ruff), bandit, ruff, a NAME of
    /// [scanners.NAME] in fdsp.toml, or none.
    #[arg(long, value_name = "S", default_value = "auto")]
    scanner: String,
    /// Compare with a verification file of somebody else's: what it says as stored, or under --repair-environment as
    /// repaired.
    #[arg(long, value_name = "FILE")]
    against: Option<PathBuf>,
    /// Write what every item came to as one JSON document, which is the same for the same codes, tests and tools.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// Compare with such a document; exit code 1 names the items that differ.
    #[arg(long, value_name = "FILE")]
    check: Option<PathBuf>,
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let set = dataset::open(&args.name, &Registry::of_user()?, args.reading.format, &args.reading.options())?;
    let mut items: Vec<Item> = set.items.into_iter().filter(|item| item.suite.is_some()).collect();
    if !args.ids.is_empty() {
        items.retain(|item| args.ids.contains(&item.id));
    }
    if items.is_empty() {
        bail!("{}: no item has a test and an entry point", shown(&set.name));
    }
    let has_code = |item: &Item| item.code.is_some() || item.suite.as_ref().is_some_and(|suite| suite.secure.is_some());
    if !items.iter().any(has_code) {
        bail!(
            "{}: its items bring tests but no code to run them on; `fdsp run --test` judges a model's",
            shown(&set.name)
        );
    }
    let known = args.against.as_deref().map(other::read).transpose()?;
    let file = args.check.as_deref().map(document).transpose()?;
    let classed = items.iter().filter_map(|item| item.suite.as_ref()).all(|suite| suite.test.contains("security:"));
    let wrong = |verified: &Verified| if classed { verified.violations_by_class() } else { verified.violations() };
    let (all, tools) = runtime()?.block_on(async {
        let scanner = match args.scanner.as_str() {
            "none" => None,
            name => Some(scan::open(global, name).await?),
        };
        let tester = args.testing.tester(&set.name).await?;
        let tools = Tools {
            fdsp: env!("CARGO_PKG_VERSION").to_owned(),
            python: tester.interpreter().version.clone(),
            scanner: scanner.as_ref().map(|scanner| scanner.id().to_string()),
        };
        eprintln!(
            "{}: {} items with tests, Python {}, sandbox {}{}{}",
            shown(&set.name),
            items.len(),
            tools.python,
            tester.level(),
            if args.testing.repair_environment { ", environment repaired" } else { ", as stored" },
            tools.scanner.as_ref().map(|name| format!(", scanner {}", shown(name))).unwrap_or_default(),
        );
        let tell = |verified: &Verified| print(verified, &wrong(verified), classed, args.json);
        let all = verify(&items, &tester, scanner.as_ref(), args.concurrency, tell).await;
        if let Some(scanner) = scanner {
            scanner.close().await;
        }
        color_eyre::Result::<_>::Ok((all, tools))
    })?;
    let bad = all.iter().filter(|verified| !wrong(verified).is_empty()).count();
    let scanner = tools.scanner.clone();
    if args.json {
        println!("{}", words::counts(&all, bad, scanner.as_deref()));
    } else {
        words::print(&all, bad, classed, scanner.as_deref());
    }
    let verification = Verification {
        form: FORM,
        data_set: set.name,
        sha256: set.hash,
        tools,
        repaired: args.testing.repair_environment,
        items: all.iter().map(Entry::of).collect(),
    };
    if let Some(path) = &args.summary {
        std::fs::write(path, verification.text()?).wrap_err_with(|| path.display().to_string())?;
    }
    let mut differ = known.map_or(0, |known| other::compare(&all, &known, args.testing.repair_environment));
    if let Some(file) = file {
        differ += words::differences(&verification, &file, !args.ids.is_empty());
    }
    Ok(ExitCode::from(u8::from(bad > 0 || differ > 0)))
}

fn document(path: &Path) -> color_eyre::Result<Verification> {
    let text = std::fs::read_to_string(path).wrap_err_with(|| path.display().to_string())?;
    Verification::read(&text)
        .map_err(|reason| eyre!("{}: no document of `fdsp dataset verify --summary`: {reason}", path.display()))
}

fn print(verified: &Verified, wrong: &[String], classed: bool, json: bool) {
    if json {
        let Verified { item, secure, insecure, secure_scan, insecure_scan } = verified;
        println!(
            "{}",
            json!({
                "item": item, "secure": secure, "insecure": insecure,
                "secure_scan": secure_scan, "insecure_scan": insecure_scan, "violations": wrong,
            })
        );
        return;
    }
    if classed {
        println!("{}: {}", shown(&verified.item), words::proved(verified));
    }
    for what in wrong {
        println!("{}: {}", shown(&verified.item), shown(what));
    }
}
