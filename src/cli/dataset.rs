use std::path::PathBuf;
use std::process::ExitCode;

use fdsp::core::escape::{TAB, line as safe_line};
use fdsp::dataset::unittest::Units;
use fdsp::dataset::{self, Dataset, FieldMap, Format, Options, Registry, STARTER};
use serde_json::json;

use super::Global;

mod prepare;
mod verify;

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Read a data set and report every row that cannot be used.
    ///
    /// Exit code 0: every row was loaded; 1: some were quarantined; 2: it cannot be read at all.
    Check {
        /// A file or folder, or the name of a known data set.
        path: String,
        #[command(flatten)]
        reading: Reading,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// List the data sets that are known by name.
    List {
        /// Print a JSON array.
        #[arg(long)]
        json: bool,
    },
    /// Give a data set a name.
    Add {
        name: String,
        path: PathBuf,
        #[command(flatten)]
        reading: Reading,
    },
    Verify(verify::Args),
    Prepare(prepare::Args),
    /// Describe a data set as Table 1 of the CodeSecEval paper does: size, lengths, test cases, CWE types.
    Stats {
        /// A file or folder, or the name of a known data set.
        path: String,
        #[command(flatten)]
        reading: Reading,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Forget a name; the data stay where they are.
    Remove {
        name: String,
    },
}

/// How rows are read; shared by every subcommand that takes a data set.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Reading {
    /// auto, python-security-eval, llmseceval, securityeval, codeseceval, jsonl, json or csv.
    #[arg(long, value_name = "NAME", default_value_t)]
    pub format: Format,
    /// Names of the fields of rows of your own, e.g. id=ID,prompt=Prompt,cwe=CWE,area=Area,code=Code.
    #[arg(long, value_name = "FIELD=NAME,…")]
    pub map: Option<FieldMap>,
    /// The field that holds the prompt, e.g. "Manually-fixed NL Prompt".
    #[arg(long, value_name = "NAME")]
    pub prompt_field: Option<String>,
    /// Which vulnerability-aware problems hold detailed steps: one JSON object of ids and true or false, or lines
    /// `ID true|false`. What it does not name stays as the loader takes it.
    #[arg(long, value_name = "FILE")]
    pub steps: Option<PathBuf>,
}

impl Reading {
    pub fn options(&self) -> Options {
        Options {
            map: self.map.clone().unwrap_or_default(),
            prompt_field: self.prompt_field.clone(),
            steps: self.steps.clone(),
        }
    }
}

pub fn main(global: &Global, command: Command) -> color_eyre::Result<ExitCode> {
    match command {
        Command::Check { path, reading, json } => {
            let set = dataset::open(&path, &Registry::of_user()?, reading.format, &reading.options())?;
            report(&set, json);
            Ok(ExitCode::from(u8::from(!set.quarantined.is_empty())))
        }
        Command::List { json } => {
            list(&Registry::of_user()?, json);
            Ok(ExitCode::SUCCESS)
        }
        Command::Add { name, path, reading } => {
            let set = Registry::of_user()?.add(&name, &path, reading.format, &reading.options())?;
            println!("{name}: {} of {} rows, {}", set.items.len(), set.read, set.format);
            if !set.quarantined.is_empty() {
                eprintln!("{} rows are quarantined; `fdsp dataset check {name}` lists them", set.quarantined.len());
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Verify(args) => verify::main(global, args),
        Command::Prepare(args) => prepare::main(args),
        Command::Stats { path, reading, json } => {
            let set = dataset::open(&path, &Registry::of_user()?, reading.format, &reading.options())?;
            describe(&set, reading.steps.is_some(), json);
            Ok(ExitCode::SUCCESS)
        }
        Command::Remove { name } => {
            Registry::of_user()?.remove(&name)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn report(set: &Dataset, json: bool) {
    let (loaded, quarantined) = (set.items.len(), &set.quarantined);
    let units = dataset::unittest::units(&set.items);
    if json {
        let Dataset { name, format, hash, read, .. } = set;
        let mut report = json!({
            "name": name, "format": format, "hash": hash, "read": read, "loaded": loaded, "quarantined": quarantined,
        });
        if let Some(units) = units {
            report["unit_tests"] = json!(units);
        }
        println!("{report}");
        return;
    }
    println!("{}: {} read, {loaded} loaded, {} quarantined", shown(&set.name), set.read, quarantined.len());
    println!("format {}, sha256 {}", set.format, set.hash);
    if let Some(units) = units {
        unit_tests(&units);
    }
    for row in quarantined {
        let line = row.line.map(|line| format!(":{line}")).unwrap_or_default();
        let index = row.index.map(|index| format!(" row {index}")).unwrap_or_default();
        let field = row.field.as_ref().map(|field| format!(" field `{}`", shown(field))).unwrap_or_default();
        println!("{}{line}:{index}{field}: {}", shown(&row.file), shown(&row.reason));
    }
}

/// Which unit tests can be executed, and why the others cannot.
fn unit_tests(units: &Units) {
    let each = |counts: &mut dyn Iterator<Item = (&str, usize)>| {
        let mut counts: Vec<(&str, usize)> = counts.collect();
        counts.sort_by_key(|(what, count)| (std::cmp::Reverse(*count), *what));
        counts.into_iter().map(|(what, count)| format!("{what} {count}")).collect::<Vec<_>>().join(", ")
    };
    let cannot = units.items - units.executable;
    let reasons = each(&mut units.not_executable.iter().map(|(reason, count)| (*reason, *count)));
    println!(
        "{} of {} items with a unit test; {} can be executed; {cannot} cannot{}{}",
        units.with_test,
        units.items,
        units.executable,
        if reasons.is_empty() { "" } else { ": " },
        shown(&reasons)
    );
    if units.unimported > 0 {
        println!(
            "{} of these use names of unittest.mock that they never import; --repair-environment supplies them",
            units.unimported
        );
    }
    if !units.libraries.is_empty() {
        let libraries = each(&mut units.libraries.iter().map(|(module, count)| (module.as_str(), *count)));
        println!("they import or patch {libraries}; `fdsp dataset prepare` installs what is not there");
    }
}

fn describe(set: &Dataset, told: bool, json: bool) {
    let stats = dataset::stats::stats(&set.items);
    let units = dataset::unittest::units(&set.items);
    if json {
        let mut stats = json!(stats);
        if let Some(units) = units {
            stats["unit_tests"] = json!(units);
        }
        println!("{stats}");
        return;
    }
    let average = |value: Option<f64>| value.map_or("-".to_owned(), |value| format!("{value:.2}"));
    println!("{}", shown(&set.name));
    for (name, value) in [
        ("items", stats.size.to_string()),
        ("problem, words on average", average(stats.problem_words)),
        ("insecure code, lines on average", average(stats.insecure_lines)),
        ("secure code, lines on average", average(stats.secure_lines)),
        ("test cases (asserts) on average", average(stats.test_cases)),
        ("CWE types", stats.cwe_types.to_string()),
    ] {
        println!("  {name:<36}{value:>8}");
    }
    if stats.with_steps + stats.without_steps > 0 {
        let how = match (set.format, told) {
            (_, true) => " (--steps FILE where it names the item)",
            (Format::CodeSecEval, false) => {
                " (a line beginning `1.`; the authors counted 85 and 95 by hand; --steps FILE says otherwise)"
            }
            (_, false) => " (--steps FILE says otherwise)",
        };
        println!("  aware problems: {} with steps, {} without{how}", stats.with_steps, stats.without_steps);
    }
    if let Some(units) = units {
        unit_tests(&units);
    }
}

fn list(registry: &Registry, json: bool) {
    if json {
        let starter = json!({"name": STARTER, "format": Format::Jsonl, "path": null});
        let entries =
            registry.entries().map(|entry| json!({"name": entry.name, "format": entry.format, "path": entry.path}));
        println!("{}", serde_json::Value::from_iter(std::iter::once(starter).chain(entries)));
        return;
    }
    println!("{STARTER:<24} {:<20} part of the program, {} items", Format::Jsonl, dataset::starter().items.len());
    for entry in registry.entries() {
        let missing = if entry.path.exists() { "" } else { "  (not there now)" };
        println!("{:<24} {:<20} {}{missing}", entry.name, entry.format, shown(&entry.path.display().to_string()));
    }
}

/// A name or reason from a file, on one line of the terminal.
fn shown(text: &str) -> String {
    safe_line(text, TAB)
}
