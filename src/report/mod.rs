//! Floor 4: the study's tables and figures as text, Markdown, CSV, LaTeX, HTML and JSON.
//!
//! `build/` turns a [`Study`](crate::metrics::Study) into one [`Document`] of cells, each formatted once; every format
//! draws that document, so that none can say another thing. No number is computed here. JSON is the study itself.

mod build;
mod cell;
mod csv;
mod document;
mod html;
mod json;
mod latex;
mod markdown;
mod svg;
mod text;
mod words;

pub use build::{agreement, build};
pub use cell::{Cell, Fact, Place};
pub use document::{Bar, Chart, Column, Document, Table, TableId};
pub use json::{json, visible};

use crate::dataset::stats::Stats;
use crate::metrics::agreement::Agreement;
use crate::metrics::codeseceval::Published;
use crate::metrics::paper::Paper;
use crate::metrics::reasons::Why;
use crate::metrics::{RunRows, Study};

/// Which tables are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// Table 1 of the FDSP study with its tests and the unrealistic fixes.
    Table1,
    /// Table 2 of the FDSP study and the comparison of scanners.
    Table2,
    /// All of the FDSP study.
    Fdsp,
    /// All of the CodeSecEval study.
    CodeSecEval,
    /// Hints against labels.
    Hints,
    #[default]
    All,
}

impl Part {
    fn table1(self) -> bool {
        matches!(self, Self::Table1 | Self::Fdsp | Self::All)
    }

    fn table2(self) -> bool {
        matches!(self, Self::Table2 | Self::Fdsp | Self::All)
    }

    fn figures(self) -> bool {
        matches!(self, Self::Fdsp | Self::All)
    }

    /// What tests say.
    fn tests(self) -> bool {
        matches!(self, Self::Fdsp | Self::CodeSecEval | Self::All)
    }

    fn codeseceval(self) -> bool {
        matches!(self, Self::CodeSecEval | Self::All)
    }
}

/// What a data set is described by, whole and by subset.
#[derive(Debug, Clone, PartialEq)]
pub struct SetStats {
    pub dataset: String,
    /// The subset's name, `None` for the whole.
    pub parts: Vec<(Option<String>, Stats)>,
}

/// What a report is made of.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    pub study: &'a Study,
    /// The rows that the study was counted over, in the same order of runs.
    pub rows: &'a [RunRows],
    pub part: Part,
    /// The data sets with tests that the runs are over, each once.
    pub sets: &'a [SetStats],
    /// What the annotators of these runs agree on.
    pub agreement: Option<&'a Agreement>,
    /// Why versions are called unrealistic.
    pub why: &'a [Why],
    /// The published values of both studies, to stand beside ours.
    pub paper: Option<(&'a Paper, &'a Published)>,
}

/// How a document is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// With bold titles where a terminal reads it.
    Text {
        bold: bool,
    },
    Markdown,
    Csv,
    Latex,
    Html,
}

impl Document {
    pub fn render(&self, layout: Layout) -> String {
        match layout {
            Layout::Text { bold } => text::render(self, bold),
            Layout::Markdown => markdown::render(self),
            Layout::Csv => csv::render(self),
            Layout::Latex => latex::render(self),
            Layout::Html => html::render(self),
        }
    }
}
