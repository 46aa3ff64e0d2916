//! One tidy table: a line for each number, full precision, with all that says what it is.

use super::cell::Fact;
use super::document::Document;
use super::words;

const HEAD: [&str; 12] =
    ["run", "dataset", "model", "mode", "labels", "table", "approach", "measure", "value", "n", "low", "high"];

pub fn render(document: &Document) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail, and every record is as long as the head.
    let _ = writer.write_record(HEAD);
    for table in &document.tables {
        for fact in table.rows.iter().flatten().filter_map(|cell| cell.fact.as_ref()) {
            let _ = writer.write_record(record(table.id.as_str(), fact));
        }
    }
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

fn record(table: &str, fact: &Fact) -> [String; 12] {
    let place = &fact.place;
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    [
        plain(&place.run),
        plain(&place.dataset),
        plain(&place.model),
        place.mode.map_or_else(String::new, |mode| mode.to_string()),
        place.labels.map_or_else(String::new, |labels| words::labels_word(labels).to_owned()),
        table.to_owned(),
        place.approach.clone(),
        plain(&fact.measure),
        number(Some(fact.value)),
        fact.n.map_or_else(String::new, |n| n.to_string()),
        number(fact.low),
        number(fact.high),
    ]
}

/// A name that a spreadsheet does not take for a formula.
fn plain(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}
