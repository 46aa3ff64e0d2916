use std::process::ExitCode;

use fdsp::dataset::{self, Registry};
use fdsp::runner::test::Retest;
use indicatif::{ProgressBar, ProgressStyle};

use super::testing::TestArgs;
use super::{Global, runtime};

#[derive(Debug, clap::Args)]
pub struct Args {
    /// The run's name, or a beginning of it that only this run has.
    run: String,
    /// Where the tests come from, by item id, for a run that was stored without them.
    #[arg(long, value_name = "NAME|PATH")]
    dataset: Option<String>,
    /// Run again what its test has judged already.
    #[arg(long)]
    again: bool,
    #[command(flatten)]
    testing: TestArgs,
    /// Programs at once.
    #[arg(long, value_name = "N", default_value_t = 2)]
    concurrency: usize,
    /// One JSON object at the end.
    #[arg(long)]
    json: bool,
}

/// Exit code 0: every version with a test was judged; 1: some were refused or have a test for another prompt.
pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    let suites = match &args.dataset {
        Some(name) => {
            let set = dataset::open(name, &Registry::of_user()?, dataset::Format::Auto, &dataset::Options::default())?;
            set.items.into_iter().map(|item| (item.id.clone(), item)).collect()
        }
        None => Default::default(),
    };
    runtime()?.block_on(async {
        let store = global.store_with_runs().await?;
        let run = store.find_run(&args.run).await?;
        let tester = args.testing.tester(&run.dataset).await?;
        let items = store.summary(&run.id).await?.items;
        let bar = if args.json { ProgressBar::hidden() } else { ProgressBar::new(items.into()) };
        let style = ProgressStyle::with_template("tests  {bar:30} {pos}/{len} items  {elapsed}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let retest = Retest { store, run, tester, suites, again: args.again, concurrency: args.concurrency };
        let report = retest.perform(|done| bar.set_position(done as u64)).await?;
        bar.finish_and_clear();
        if args.json {
            println!("{}", fdsp::core::escape::json(&serde_json::to_string(&report)?));
        } else {
            println!(
                "{}: {} versions run, {} before: {} pass, {} fail, {} error, {} timeout, {} killed, {} refused; {} of {} items have no test",
                report.run, report.executed, report.known, report.pass, report.fail, report.error, report.timeout,
                report.killed, report.refused, report.untested, report.items
            );
            if !report.lacking.is_empty() {
                let mut lacking: Vec<_> = report.lacking.iter().collect();
                lacking.sort_by_key(|(module, count)| (std::cmp::Reverse(**count), *module));
                let each: Vec<String> = lacking.iter().map(|(module, count)| format!("{module} {count}")).collect();
                println!("ended by a module that is not there: {}", fdsp::core::escape::line(&each.join(", "), 4));
            }
            for id in &report.strangers {
                println!("{}: its prompt differs from the data set's; not run", fdsp::core::escape::line(id, 4));
            }
        }
        Ok(ExitCode::from(u8::from(report.refused > 0 || !report.strangers.is_empty())))
    })
}
