use std::process::ExitCode;

use fdsp::core::escape::visible;
use fdsp::metrics::{Difference, Study, Wanted, differences};
use fdsp::store::{Recomputed, RowDifference};
use serde::Serialize;
use serde_json::Value;

use super::Global;
use super::show::print;

#[derive(Debug, Default, clap::Args)]
pub struct Args {
    /// The run's name, or a beginning of it that only this run has.
    run: String,
    /// JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Write the projection anew from the events where it differs.
    #[arg(long)]
    rebuild: bool,
}

/// What was derived again, and all that differs, as `--json` prints it.
#[derive(Serialize)]
struct View<'a> {
    run: &'a str,
    items: u32,
    events: u64,
    rows: u32,
    numbers: usize,
    differences: &'a [RowDifference],
    /// Of the tables and figures, which follow from the rows.
    number_differences: Vec<Difference>,
    rebuilt: bool,
}

pub fn main(global: &Global, args: Args) -> color_eyre::Result<ExitCode> {
    super::runtime()?.block_on(async {
        let store = global.store_with_runs().await?;
        let run = store.find_run(&args.run).await?.id;
        let again = store.recompute(&run).await?;
        let study = |rows| serde_json::to_value(Study::of(std::slice::from_ref(rows), &Wanted::default()));
        let number_differences = differences(&study(&again.stored)?, &study(&again.derived)?);
        let numbers = Study::of(std::slice::from_ref(&again.derived), &Wanted::default()).numbers()?.len();
        let equal = again.differences.is_empty() && number_differences.is_empty();
        let rebuilt = args.rebuild && !equal;
        if rebuilt {
            store.rebuild(&run).await?;
        }
        let view = View {
            run: &run,
            items: again.derived.items,
            events: again.events,
            rows: again.rows,
            numbers,
            differences: &again.differences,
            number_differences,
            rebuilt,
        };
        match args.json {
            true => print(&format!("{}\n", fdsp::core::escape::json(&serde_json::to_string_pretty(&view)?)))?,
            false => print(&text(&view, &again))?,
        }
        Ok(if equal { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    })
}

fn text(view: &View, again: &Recomputed) -> String {
    let View { run, items, events, rows, numbers, .. } = view;
    let mut text = String::new();
    for RowDifference { item, approach, sample, difference } in &again.differences {
        let place = visible(&format!("{run} {item} {approach} sample {sample}")).into_owned();
        text.push_str(&line(&place, difference));
    }
    for difference in &view.number_differences {
        text.push_str(&line(&format!("{run} numbers"), difference));
    }
    let derived = format!("{items} items, {events} events, {rows} rows and {numbers} numbers derived again");
    let found = (again.differences.len(), view.number_differences.len());
    text.push_str(&match found {
        (0, 0) => format!("{run}: {derived}; all equal\n"),
        (rows, numbers) => format!("{run}: {derived}; {rows} values of rows and {numbers} numbers differ\n"),
    });
    if view.rebuilt {
        text.push_str("The projection was written anew from the events.\n");
    } else if found != (0, 0) {
        text.push_str("The events are the truth; --rebuild writes the projection anew from them.\n");
    }
    text
}

fn line(place: &str, difference: &Difference) -> String {
    let word = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), |value| short(&value.to_string()));
    let path = visible(&difference.path).into_owned();
    format!("{place} {path}: stored {}, from the events {}\n", word(&difference.stored), word(&difference.derived))
}

/// A row or a list of evidence would fill the screen.
fn short(value: &str) -> String {
    const MOST: usize = 80;
    let value = visible(value);
    match value.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.into_owned(),
    }
}
