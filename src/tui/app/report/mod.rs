//! The report: the study's numbers as pages of cells, each of which opens the items behind it. What is counted comes
//! from the effects, already counted; here stand the pages, the cursors and the way back.

use std::collections::HashMap;
use std::sync::Arc;

use super::model::Screen;
use crate::core::ids::{ApproachId, StreamId};
use crate::core::projection::Row;
use crate::core::settings::{RunInfo, VerdictMode};
use crate::metrics::{Labels, RowRef, RunRows, Study, Wanted};

mod acts;
mod agreement;
pub mod explain;
mod figures;
mod matrix;
pub mod numbers;
mod opinions;
mod pages;
pub mod sheet;
mod tested;

pub(super) use acts::Touch;
pub use agreement::Agreed;
pub use matrix::{Matrix, opinion};
pub use pages::Way;
use sheet::{Place, Sheet};

/// Rows and numbers of the same moment.
#[derive(Debug, Clone)]
pub struct Counted {
    pub runs: Arc<Vec<RunRows>>,
    pub study: Study,
    /// What the labels of annotators come to, where they were read.
    pub agreed: Option<Arc<Agreed>>,
    /// The rows of each run by approach.
    by_approach: HashMap<(u32, ApproachId), Vec<u32>>,
}

impl Counted {
    pub fn new(runs: Arc<Vec<RunRows>>, wanted: &Wanted) -> Self {
        let study = Study::of(&runs, wanted);
        let mut by_approach: HashMap<(u32, ApproachId), Vec<u32>> = HashMap::new();
        for (run, rows) in (0..).zip(runs.iter()) {
            for (at, row) in (0..).zip(&rows.rows) {
                by_approach.entry((run, row.stream.approach)).or_default().push(at);
            }
        }
        Self { runs, study, agreed: None, by_approach }
    }

    pub fn with_labels(self, agreed: Arc<Agreed>) -> Self {
        Self { agreed: Some(agreed), ..self }
    }

    /// The rows of an approach in a run, in their order.
    fn rows_of(&self, run: u32, approach: ApproachId) -> impl Iterator<Item = (RowRef, &Row)> {
        let rows = self.by_approach.get(&(run, approach)).map(Vec::as_slice).unwrap_or_default();
        rows.iter().filter_map(move |row| {
            let at = RowRef { run, row: *row };
            Some((at, self.row(at)?))
        })
    }

    /// What another approach made of the same sample of the same item.
    fn beside(&self, at: RowRef, approach: ApproachId) -> Option<&Row> {
        let rows = &self.runs.get(at.run as usize)?.rows;
        let own = rows.get(at.row as usize)?;
        let (before, after) = rows.split_at(at.row as usize);
        // Streams of an item stand together.
        let near = before.iter().rev().take_while(|row| row.item == own.item);
        let near = near.chain(after.iter().take_while(|row| row.item == own.item));
        near.into_iter().find(|row| row.stream == StreamId::new(approach, own.stream.sample))
    }

    pub fn row(&self, at: RowRef) -> Option<&Row> {
        self.runs.get(at.run as usize)?.rows.get(at.row as usize)
    }

    pub fn info(&self, at: RowRef) -> Option<&RunInfo> {
        self.runs.get(at.run as usize).map(|run| &run.info)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Page {
    #[default]
    Table1,
    McNemar,
    Unrealistic,
    /// How far annotators agree, and two of them beside each other.
    Agreement,
    Confusion,
    Figure3,
    Figure4,
    Figure5,
    Table2,
    Scanners,
    /// The pages of CodeSecEval's study: Tables 2 and 4, the same as k grows, Figures 3 and 4, Table 3, and tests
    /// against the scanner.
    PassAtK,
    Curve,
    Types,
    Steps,
    Tests,
}

impl Page {
    pub const EVERY: [Page; 15] = [
        Self::Table1,
        Self::McNemar,
        Self::Unrealistic,
        Self::Agreement,
        Self::Confusion,
        Self::Figure3,
        Self::Figure4,
        Self::Figure5,
        Self::Table2,
        Self::Scanners,
        Self::PassAtK,
        Self::Curve,
        Self::Types,
        Self::Steps,
        Self::Tests,
    ];

    /// What stands behind its cells, one of it.
    pub fn of_rows(self) -> &'static str {
        if self.of_tests() { "sample" } else { "item" }
    }

    /// About what tests say.
    pub fn of_tests(self) -> bool {
        matches!(self, Self::PassAtK | Self::Curve | Self::Types | Self::Steps | Self::Tests)
    }

    /// About what annotators say, whatever the verdict.
    pub fn of_labels(self) -> bool {
        matches!(self, Self::Agreement | Self::Confusion)
    }

    /// Its name, and one for where there is little room.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Table1 => ("Table 1", "Table 1"),
            Self::McNemar => ("McNemar", "McNemar"),
            Self::Unrealistic => ("Unrealistic", "Unrealistic"),
            Self::Agreement => ("Agreement", "Agreement"),
            Self::Confusion => ("Confusion", "Confusion"),
            Self::Figure3 => ("Figure 3", "Fig 3"),
            Self::Figure4 => ("Figure 4", "Fig 4"),
            Self::Figure5 => ("Figure 5", "Fig 5"),
            Self::Table2 => ("Table 2", "Table 2"),
            Self::Scanners => ("Scanners", "Scanners"),
            Self::PassAtK => ("pass@k", "pass@k"),
            Self::Curve => ("Curve", "Curve"),
            Self::Types => ("CWE types", "Types"),
            Self::Steps => ("Steps", "Steps"),
            Self::Tests => ("Tests", "Tests"),
        }
    }
}

/// How many runs stand side by side at most; the memory of their rows is what limits it.
const MOST_RUNS: usize = 8;

#[derive(Debug, Clone)]
pub struct Report {
    /// The run that it was opened for; always the first column.
    pub run: String,
    /// The other runs over the same data set stand beside it.
    pub beside: bool,
    pub counted: Option<Arc<Counted>>,
    pub trouble: Option<String>,
    pub page: Page,
    pub way: Way,
    pub figure4: ApproachId,
    pub sheet: Sheet,
    /// The cursor in the list of items behind a cell, while that list is open.
    pub evidence: Option<usize>,
    pub matrix: Matrix,
    cursors: [Place; Page::EVERY.len()],
    /// The screen that it was opened from.
    from: Screen,
    /// The count on its way.
    waits: Option<u64>,
    /// Something was stored since the count on its way was asked for.
    dirty: bool,
}

impl Report {
    fn new(info: &RunInfo, from: Screen) -> Self {
        Self {
            run: info.id.clone(),
            beside: true,
            counted: None,
            trouble: None,
            page: Page::default(),
            way: Way { mode: info.settings.verdict, labels: Labels::With, pair: 0 },
            figure4: ApproachId::Fdsp,
            sheet: Sheet::default(),
            evidence: None,
            matrix: Matrix::default(),
            cursors: Default::default(),
            from,
            waits: None,
            dirty: true,
        }
    }

    pub fn mode(&self) -> VerdictMode {
        self.way.mode
    }

    /// Tests are counted one way, by the verdicts of each run itself: no other mode and no label changes them. Agreement
    /// knows no verdict.
    pub fn has_ways(&self) -> bool {
        !self.page.of_tests() && !self.page.of_labels()
    }

    /// The numbers shown are older than the store: they are being counted again.
    pub fn is_stale(&self) -> bool {
        self.waits.is_some() || self.dirty
    }

    pub fn place(&self) -> Option<Place> {
        self.sheet.rest(self.cursors[self.page as usize])
    }

    /// The items behind the cell under the cursor.
    pub fn behind(&self) -> &[RowRef] {
        let cell = self.place().and_then(|at| self.sheet.cell(at));
        cell.and_then(|cell| cell.evidence.as_deref()).unwrap_or_default()
    }

    pub(in crate::tui::app) fn set_place(&mut self, at: Place) {
        self.cursors[self.page as usize] = at;
    }

    pub(in crate::tui::app) fn turn_to(&mut self, page: Page) {
        self.page = page;
        self.evidence = None;
        self.sheet = Sheet::default();
        self.lay_out();
    }

    /// Lays the page out again; the cursor stays on its cell, the list behind it on its item.
    fn lay_out(&mut self) {
        let Some(counted) = self.counted.clone() else { return };
        let old = std::mem::replace(&mut self.sheet, pages::sheet(self.page, &counted, self.way));
        let at = self.cursors[self.page as usize];
        if let Some(found) = self.sheet.find(&old, at) {
            self.set_place(found);
        }
    }

    fn fill_matrix(&mut self) {
        if let Some(counted) = &self.counted {
            self.matrix.fill(counted, &self.run, self.way.mode);
        }
    }

    fn take(&mut self, counted: Counted) {
        let open = self.evidence.and_then(|at| self.behind().get(at).copied());
        let open = open.and_then(|at| self.counted.as_ref()?.row(at)).map(|row| (row.item.clone(), row.stream));
        let counted = Arc::new(counted);
        if self.counted.is_none() && self.page == Page::default() {
            self.page = first_page(&counted, self.way);
        }
        self.counted = Some(counted.clone());
        self.trouble = None;
        self.matrix.fresh = false;
        self.lay_out();
        self.fill_matrix();
        if let Some(at) = self.evidence {
            let same =
                |row: &Row| open.as_ref().is_some_and(|(item, stream)| row.item == *item && row.stream == *stream);
            let found = self.behind().iter().position(|at| counted.row(*at).is_some_and(same));
            let last = self.behind().len().checked_sub(1);
            self.evidence = last.map(|last| found.unwrap_or(at).min(last));
        }
    }
}

/// Where a report opens: on its first page, unless the run is about something else or has nothing there.
fn first_page(counted: &Counted, way: Way) -> Page {
    let about_tests = |rows: &RunRows| tested::is_about_tests(&rows.info, &counted.study);
    if counted.runs.first().is_some_and(about_tests) {
        return Page::PassAtK;
    }
    let filled = |page: &Page| pages::sheet(*page, counted, way).empty.is_none();
    Page::EVERY.into_iter().find(filled).unwrap_or_default()
}
