//! What every format draws: titled tables with notes, and bars. Every text in it has passed the gate.

use super::cell::{Cell, Fact};

#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    pub title: String,
    pub lead: Vec<String>,
    pub tables: Vec<Table>,
}

/// The word for a table in CSV and in links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableId {
    Runs,
    /// Table 1 as the paper lays it out: a column for each model.
    Overview,
    Table1,
    Labels,
    Mcnemar,
    Unrealistic,
    Reasons,
    Hollow,
    Hints,
    Queue,
    Agreement,
    AgreementByApproach,
    AgreementByReason,
    AgreementPairs,
    AgreementConfusion,
    AgreementByItem,
    PassAtK,
    Confusion,
    /// CodeSecEval's tables and figures, by its own numbers.
    CodeSecEval1,
    CodeSecEval2,
    CodeSecEval3,
    CodeSecEval4,
    CodeSecEvalFigure3,
    CodeSecEvalFigure4,
    Figure3,
    Figure4,
    Figure5,
    Table2,
    Scanners,
    ScannersByCwe,
    ScannersByItem,
    Paper,
    PaperCounts,
    CodeSecEvalPaper,
    CodeSecEvalPaperCounts,
}

impl TableId {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Runs => "runs",
            Self::Overview => "overview",
            Self::Table1 => "table1",
            Self::Labels => "labels",
            Self::Mcnemar => "mcnemar",
            Self::Unrealistic => "unrealistic",
            Self::Reasons => "reasons",
            Self::Hollow => "hollow",
            Self::Hints => "hints",
            Self::Queue => "queue",
            Self::Agreement => "agreement",
            Self::AgreementByApproach => "agreement-by-approach",
            Self::AgreementByReason => "agreement-by-reason",
            Self::AgreementPairs => "agreement-pairs",
            Self::AgreementConfusion => "agreement-confusion",
            Self::AgreementByItem => "agreement-by-item",
            Self::PassAtK => "pass-at-k",
            Self::Confusion => "confusion",
            Self::CodeSecEval1 => "codeseceval-table1",
            Self::CodeSecEval2 => "codeseceval-table2",
            Self::CodeSecEval3 => "codeseceval-table3",
            Self::CodeSecEval4 => "codeseceval-table4",
            Self::CodeSecEvalFigure3 => "codeseceval-figure3",
            Self::CodeSecEvalFigure4 => "codeseceval-figure4",
            Self::Figure3 => "figure3",
            Self::Figure4 => "figure4",
            Self::Figure5 => "figure5",
            Self::Table2 => "table2",
            Self::Scanners => "scanners",
            Self::ScannersByCwe => "scanners-by-cwe",
            Self::ScannersByItem => "scanners-by-item",
            Self::Paper => "paper",
            Self::PaperCounts => "paper-counts",
            Self::CodeSecEvalPaper => "codeseceval-paper",
            Self::CodeSecEvalPaperCounts => "codeseceval-paper-counts",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    pub id: TableId,
    pub title: String,
    /// Where the numbers come from: data set, model, run, scanner, verdict mode, J and K.
    pub context: Vec<String>,
    pub columns: Vec<Column>,
    /// Each as long as `columns`.
    pub rows: Vec<Vec<Cell>>,
    pub notes: Vec<String>,
    pub charts: Vec<Chart>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    pub title: String,
    /// Numbers stand at the right.
    pub right: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub title: String,
    /// What the whole length of a bar stands for; never 0.
    pub full: f64,
    pub bars: Vec<Bar>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    pub label: String,
    pub value: f64,
    /// The ends of its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// The value as the table shows it.
    pub shown: String,
}

impl Table {
    pub fn new(id: TableId, title: impl Into<String>, columns: &[(&str, bool)]) -> Self {
        let column = |&(title, right): &(&str, bool)| Column { title: super::words::gate(title), right };
        Self {
            id,
            title: super::words::gate(&title.into()),
            context: Vec::new(),
            columns: columns.iter().map(column).collect(),
            rows: Vec::new(),
            notes: Vec::new(),
            charts: Vec::new(),
        }
    }

    pub fn note(&mut self, note: impl AsRef<str>) {
        self.notes.push(super::words::gate(note.as_ref()));
    }

    pub fn about(&mut self, line: impl AsRef<str>) {
        self.context.push(super::words::gate(line.as_ref()));
    }
}

impl Chart {
    pub fn new(title: impl AsRef<str>, full: f64) -> Self {
        let full = if full.is_finite() && full > 0.0 { full } else { 1.0 };
        Self { title: super::words::gate(title.as_ref()), full, bars: Vec::new() }
    }

    /// A bar for a part of 1 on a chart that is full at 100.
    pub fn percent(&mut self, label: impl AsRef<str>, cell: &Cell) {
        let hundred = |value: f64| value * 100.0;
        let fact = cell.fact.clone().map(|fact| Fact {
            value: hundred(fact.value),
            low: fact.low.map(hundred),
            high: fact.high.map(hundred),
            ..fact
        });
        self.bar(label, &Cell { text: cell.text.clone(), fact }, &cell.text);
    }

    /// A bar for a cell that holds a number; a cell without one is left out.
    pub fn bar(&mut self, label: impl AsRef<str>, cell: &Cell, shown: impl AsRef<str>) {
        let Some(fact) = &cell.fact else { return };
        self.bars.push(Bar {
            label: super::words::gate(label.as_ref()),
            value: fact.value,
            interval: fact.low.zip(fact.high),
            shown: super::words::gate(shown.as_ref()),
        });
    }
}
