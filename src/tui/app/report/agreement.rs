//! The pages of agreement: how far annotators agree, and the confusion of two of them. Behind each number stand the
//! versions on which they differ.

use std::collections::{BTreeMap, HashMap};

use super::Counted;
use super::numbers::approach;
use super::pages::group;
use super::sheet::{GridCell, Sheet, SheetLine};
use crate::core::ids::{Step, StreamId};
use crate::core::label::LabelVerdict;
use crate::core::settings::RunInfo;
use crate::metrics::RowRef;
use crate::metrics::agreement::{Agreement, Coefficients, Figure, Labelled, Pair, Place, Rated};
use crate::tui::style::Role;

/// Labels and what they come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreed {
    pub agreement: Agreement,
    labels: Labelled,
}

impl Agreed {
    pub fn new(runs: &[RunInfo], labels: Labelled) -> Self {
        Self { agreement: Agreement::of(runs, &labels), labels }
    }

    pub fn labels(&self) -> &Labelled {
        &self.labels
    }

    /// The labels of every version.
    fn versions(&self) -> BTreeMap<&Place, Vec<&Rated>> {
        let mut versions: BTreeMap<&Place, Vec<&Rated>> = BTreeMap::new();
        for rated in &self.labels.rated {
            versions.entry(&rated.place).or_default().push(rated);
        }
        versions
    }

    /// The version of a stream that a reader who comes from here wants to see: the first on which annotators differ, else
    /// the first with a label.
    pub fn step_of(&self, run: &str, item: &str, stream: StreamId) -> Option<Step> {
        let versions = self.versions();
        let here = || versions.iter().filter(|(at, _)| (&*at.run, &*at.item, at.stream) == (run, item, stream));
        let differ = here().find(|(_, labels)| labels.iter().any(|label| label.verdict != labels[0].verdict));
        differ.or_else(|| here().next()).map(|(place, _)| place.step)
    }
}

/// The rows of the streams that versions belong to, each once.
struct Rows<'a>(HashMap<(&'a str, &'a str, StreamId), RowRef>);

impl<'a> Rows<'a> {
    fn of(counted: &'a Counted) -> Self {
        let mut rows = HashMap::new();
        for (run, all) in (0..).zip(counted.runs.iter()) {
            for (at, row) in (0..).zip(&all.rows) {
                rows.insert((all.info.id.as_str(), row.item.as_str(), row.stream), RowRef { run, row: at });
            }
        }
        Self(rows)
    }

    fn find<'p>(&self, places: impl Iterator<Item = &'p Place>) -> Vec<RowRef> {
        let row = |place: &Place| self.0.get(&(place.run.as_str(), place.item.as_str(), place.stream)).copied();
        let mut found: Vec<RowRef> = places.filter_map(row).collect();
        found.sort_by_key(|at| (at.run, at.row));
        found.dedup();
        found
    }
}

/// Never a negative zero.
fn two(value: f64) -> String {
    let text = format!("{value:.2}");
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

fn in_words(figure: &Figure) -> String {
    match (figure.value, figure.interval) {
        (Some(value), Some(ends)) => format!("{} [{}, {}]", two(value), two(ends.low), two(ends.high)),
        (Some(value), None) => two(value),
        (None, _) => "-".to_owned(),
    }
}

const HEADS: [(&str, u16); 7] = [
    ("versions", 10),
    ("differ", 8),
    ("observed", 20),
    ("Cohen", 20),
    ("Fleiss", 20),
    ("Krippendorff", 20),
    ("AC1", 20),
];

pub fn agreement(counted: &Counted) -> Sheet {
    let mut sheet = Sheet {
        caption: "How far annotators agree: five coefficients, each with its 95 % bootstrap interval over items"
            .to_owned(),
        stub: "labels",
        ..Sheet::default()
    };
    let Some(agreed) = counted.agreed.as_deref().filter(|agreed| agreed.agreement.comparable()) else { return sheet };
    group(&mut sheet, "", &HEADS);
    let (found, versions, rows) = (&agreed.agreement, agreed.versions(), Rows::of(counted));
    let all = |_: &Place| true;
    let verdict = |rated: &Rated| rated.verdict as u8;
    let mut put = |name: String, of: &Coefficients, part: Part<'_>| {
        sheet.lines.push(line(name, of, &part, &versions, &rows));
    };
    put("all".to_owned(), &found.overall, Part { keeps: &all, by: None, says: &verdict });
    if found.approaches.len() > 1 {
        for one in &found.approaches {
            let keeps = |place: &Place| place.stream.approach == one.approach;
            put(approach(one.approach), &one.coefficients, Part { keeps: &keeps, by: None, says: &verdict });
        }
    }
    if found.annotators.len() > 2 {
        for pair in &found.pairs {
            let name = format!("{}, {}", pair.first, pair.second);
            let by = Some([pair.first.as_str(), pair.second.as_str()]);
            put(name, &pair.coefficients, Part { keeps: &all, by, says: &verdict });
        }
    }
    for one in &found.reasons {
        let says = |rated: &Rated| u8::from(rated.reasons.contains(&one.reason));
        let name = format!("reason {} ({})", one.reason, one.given);
        put(name, &one.coefficients, Part { keeps: &all, by: None, says: &says });
    }
    sheet
}

/// What a line is counted over.
struct Part<'a> {
    keeps: &'a dyn Fn(&Place) -> bool,
    /// These two alone.
    by: Option<[&'a str; 2]>,
    says: &'a dyn Fn(&Rated) -> u8,
}

fn line(
    name: String,
    found: &Coefficients,
    part: &Part<'_>,
    versions: &BTreeMap<&Place, Vec<&Rated>>,
    rows: &Rows<'_>,
) -> SheetLine {
    let said = |labels: &Vec<&Rated>| -> Vec<u8> {
        let by = |rated: &&&Rated| part.by.is_none_or(|two| two.contains(&rated.author.as_str()));
        labels.iter().filter(by).map(|rated| (part.says)(rated)).collect()
    };
    let (mut paired, mut differ): (Vec<&Place>, Vec<&Place>) = (Vec::new(), Vec::new());
    for (place, labels) in versions.iter().filter(|(place, _)| (part.keeps)(place)) {
        let said = said(labels);
        if said.len() > 1 {
            paired.push(place);
            if said.iter().any(|one| *one != said[0]) {
                differ.push(place);
            }
        }
    }
    let size = format!(
        "{} versions of {} items with labels of two or more of {} annotators; {} with one label",
        found.versions, found.items, found.annotators, found.single
    );
    let (all, apart) = (rows.find(paired.iter().copied()), rows.find(differ.iter().copied()));
    let counts = [
        GridCell::new(paired.len().to_string(), &format!("{name}: labelled by two or more"), all),
        GridCell::new(differ.len().to_string(), &format!("{name}: annotators differ"), apart.clone())
            .role(alarming(&differ)),
    ];
    let figure = |(of, figure): (&str, &Figure)| {
        let words = match figure.undefined {
            Some(reason) => format!("{of}: none, {}", reason.words()),
            None => format!("{of} {}", in_words(figure)),
        };
        let role = if figure.value.is_some() { Role::Text } else { Role::Muted };
        let cell = GridCell::new(in_words(figure), &format!("{name}: annotators differ"), apart.clone());
        cell.role(role).detail(&[words, size.clone()])
    };
    let differ = format!("annotators differ on {} of {} versions", differ.len(), paired.len());
    let counts = counts.map(|cell| cell.detail(&[differ.clone(), size.clone()]));
    SheetLine {
        cells: counts.into_iter().chain(found.named().into_iter().map(figure)).collect(),
        name,
        ..SheetLine::default()
    }
}

fn alarming(differ: &[&Place]) -> Role {
    if differ.is_empty() { Role::Text } else { Role::Danger }
}

/// The pair that is looked at, of those that there are.
pub fn pair(counted: &Counted, at: usize) -> Option<(usize, &Pair)> {
    let pairs = &counted.agreed.as_deref()?.agreement.pairs;
    let at = at % pairs.len().max(1);
    Some((at, pairs.get(at)?))
}

pub fn confusion(counted: &Counted, at: usize) -> Sheet {
    let mut sheet = Sheet { stub: "says", ..Sheet::default() };
    let Some((at, pair)) = pair(counted, at) else { return sheet };
    let Some(agreed) = counted.agreed.as_deref() else { return sheet };
    let count = agreed.agreement.pairs.len();
    let which = if count > 1 { format!(" · pair {} of {count}", at + 1) } else { String::new() };
    sheet.caption = format!("Labels of {} (lines) by labels of {} (columns){which}", pair.first, pair.second);
    sheet.stub = "says";
    group(&mut sheet, &format!("{} says", pair.second), &[("realistic", 12), ("unrealistic", 14), ("unsure", 10)]);
    group(&mut sheet, " ", &[("all", 8)]);
    let rows = Rows::of(counted);
    let places = |versions: &[u32]| -> Vec<RowRef> {
        rows.find(versions.iter().filter_map(|at| agreed.agreement.versions.get(*at as usize)))
    };
    let found = &pair.coefficients;
    let kappa = format!("observed {} · Cohen's kappa {}", in_words(&found.observed), in_words(&found.cohen));
    sheet.section(&format!("{} says", pair.first));
    let section = format!("{} says", pair.first);
    for cells in pair.confusion.chunks(LabelVerdict::EVERY.len()) {
        let Some(first) = cells.first().map(|cell| cell.first) else { continue };
        let mut line = SheetLine { name: first.to_string(), section: section.clone(), ..SheetLine::default() };
        let mut all: Vec<u32> = Vec::new();
        for cell in cells {
            let what = format!("{} {}, {} {}", pair.first, cell.first, pair.second, cell.second);
            let role = match cell.versions.is_empty() {
                true => Role::Muted,
                false if cell.first == cell.second => Role::Good,
                false => Role::Danger,
            };
            let detail = [format!("{what}: {} versions", cell.versions.len()), kappa.clone()];
            let shown = GridCell::new(cell.versions.len().to_string(), &what, places(&cell.versions));
            line.cells.push(shown.role(role).detail(&detail));
            all.extend(&cell.versions);
        }
        let what = format!("{} {first}, and both labelled", pair.first);
        let detail = [format!("{what}: {} versions", all.len()), kappa.clone()];
        line.cells.push(GridCell::new(all.len().to_string(), &what, places(&all)).detail(&detail));
        sheet.lines.push(line);
    }
    sheet
}
