//! A page of the report as a grid of cells: what each shows, what lies behind it, and where a cursor may stand.

use crate::metrics::{Interval, RowRef};
use crate::tui::style::Role;

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// What is counted here, in a sentence.
    pub caption: String,
    /// What the lines' names are.
    pub stub: &'static str,
    pub columns: Vec<Column>,
    pub lines: Vec<SheetLine>,
    /// What would fill the page, where it has nothing to show.
    pub empty: Option<String>,
    pub bars: Bars,
    /// What [`Bars::Below`] shows; empty: shares with Wilson intervals.
    pub chart: String,
    /// The bars of the line under the cursor; `None`: they show what is bad.
    pub tone: Option<Role>,
}

/// Where a page draws its bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Bars {
    #[default]
    None,
    /// Behind each line, as wide as the rest of it; the longest fills it.
    Inline,
    /// Two behind each line, each as wide as half of the rest, which is 100 %.
    Beside,
    /// As a chart below the table, for the group under the cursor; the whole width is 100 %.
    Below,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Columns of one group stand under its name: the run. Empty: none.
    pub group: String,
    pub head: String,
    pub width: u16,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct SheetLine {
    pub name: String,
    /// The heading that the line stands under; headings of their own are lines without cells.
    pub section: String,
    /// One for each column; none for a heading.
    pub cells: Vec<GridCell>,
    /// By group; a line with `Bars::Inline` has one, one with `Bars::Beside` two.
    pub bars: Vec<Option<Bar>>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// From 0 to 1.
    pub share: f64,
    pub interval: Option<Interval>,
    /// The number in words, behind the bar.
    pub text: String,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct GridCell {
    pub text: String,
    pub role: Option<Role>,
    /// What the items behind it are, for the title of their list.
    pub what: String,
    /// The cell in full; one line each.
    pub detail: Vec<String>,
    /// The rows behind it; `None`: nothing stands here.
    pub evidence: Option<Vec<RowRef>>,
}

impl GridCell {
    pub fn new(text: impl Into<String>, what: &str, evidence: Vec<RowRef>) -> Self {
        Self { text: text.into(), what: what.to_owned(), evidence: Some(evidence), ..Self::default() }
    }

    pub fn role(mut self, role: Role) -> Self {
        self.role = Some(role);
        self
    }

    pub fn detail(mut self, lines: &[String]) -> Self {
        self.detail = lines.iter().filter(|line| !line.is_empty()).cloned().collect();
        self
    }
}

/// A line and a column of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    pub line: usize,
    pub column: usize,
}

impl Sheet {
    pub fn cell(&self, at: Place) -> Option<&GridCell> {
        self.lines.get(at.line)?.cells.get(at.column).filter(|cell| cell.evidence.is_some())
    }

    pub fn section(&mut self, name: &str) {
        self.lines.push(SheetLine { name: name.to_owned(), section: name.to_owned(), ..SheetLine::default() });
    }

    /// Makes every column wide enough for what stands in it.
    pub fn fit(&mut self) {
        for (at, column) in self.columns.iter_mut().enumerate() {
            let texts = self.lines.iter().filter_map(|line| line.cells.get(at)).map(|cell| cell.text.chars().count());
            let longest = texts.max().unwrap_or(0).max(column.head.chars().count());
            column.width = column.width.max(longest as u16 + 2);
        }
    }

    /// The group of a column, counted from 0 over the columns before it.
    pub fn group_of(&self, column: usize) -> usize {
        let groups = self.columns.windows(2).take(column).filter(|pair| pair[0].group != pair[1].group);
        groups.count()
    }

    fn can_hold(&self, line: usize) -> bool {
        self.lines.get(line).is_some_and(|line| line.cells.iter().any(|cell| cell.evidence.is_some()))
    }

    /// The cell of a line that is nearest to a column.
    fn nearest(&self, line: usize, column: usize) -> Option<Place> {
        let cells = self.lines.get(line)?.cells.iter().enumerate();
        let open = cells.filter(|(_, cell)| cell.evidence.is_some()).map(|(at, _)| at);
        open.min_by_key(|at| (at.abs_diff(column), *at)).map(|column| Place { line, column })
    }

    /// Where the cursor stands when it should stand at `at`; `None` on a page without cells.
    pub fn rest(&self, at: Place) -> Option<Place> {
        let lines = (0..self.lines.len()).filter(|line| self.can_hold(*line));
        self.nearest(lines.min_by_key(|line| (line.abs_diff(at.line), *line))?, at.column)
    }

    /// The cell `by` lines further that holds something, at most the last.
    pub fn down(&self, from: Place, by: isize) -> Place {
        let lines: Vec<usize> = (0..self.lines.len()).filter(|line| self.can_hold(*line)).collect();
        let here = lines.iter().position(|line| *line == from.line).unwrap_or(0);
        let to = here.saturating_add_signed(by).min(lines.len().saturating_sub(1));
        lines.get(to).and_then(|line| self.nearest(*line, from.column)).unwrap_or(from)
    }

    /// The next cell of the line to the right, or to the left.
    pub fn right(&self, from: Place, by: isize) -> Place {
        let Some(line) = self.lines.get(from.line) else { return from };
        let mut column = from.column;
        loop {
            match column.checked_add_signed(by) {
                Some(next) if next < line.cells.len() => column = next,
                _ => return from,
            }
            if line.cells[column].evidence.is_some() {
                return Place { line: from.line, column };
            }
        }
    }

    /// Where the cell of another sheet stands in this one: by its names, for lines come and go while a run works.
    pub fn find(&self, other: &Sheet, at: Place) -> Option<Place> {
        let (line, column) = (other.lines.get(at.line)?, other.columns.get(at.column)?);
        let same = |known: &&SheetLine| known.name == line.name && known.section == line.section;
        let place = Place {
            line: self.lines.iter().position(|known| same(&known))?,
            column: self.columns.iter().position(|known| known.head == column.head && known.group == column.group)?,
        };
        self.cell(place).map(|_| place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sheet() -> Sheet {
        let column = |head: &str| Column { head: head.to_owned(), ..Column::default() };
        let line =
            |name: &str, cells: Vec<GridCell>| SheetLine { name: name.to_owned(), cells, ..SheetLine::default() };
        let full = || GridCell::new("1", "one", vec![RowRef { run: 0, row: 0 }]);
        Sheet {
            columns: vec![column("a"), column("b"), column("c")],
            lines: vec![
                line("head", Vec::new()),
                line("one", vec![full(), GridCell::default(), full()]),
                line("gap", Vec::new()),
                line("two", vec![full(), full(), GridCell::default()]),
            ],
            ..Sheet::default()
        }
    }

    #[test]
    fn the_cursor_stands_on_cells_alone() {
        let sheet = sheet();
        let at = |line, column| Place { line, column };
        assert_eq!(sheet.rest(at(0, 1)), Some(at(1, 0)));
        assert_eq!(sheet.right(at(1, 0), 1), at(1, 2), "over the gap");
        assert_eq!(sheet.right(at(1, 2), 1), at(1, 2), "the edge holds it");
        assert_eq!(sheet.down(at(1, 2), 1), at(3, 1), "the nearest cell of the next line");
        assert_eq!(sheet.down(at(3, 1), isize::MIN / 2).line, 1);
        assert_eq!(sheet.down(at(1, 0), isize::MAX / 2).line, 3);
        assert_eq!(Sheet::default().rest(at(0, 0)), None);
    }

    #[test]
    fn a_cell_is_found_again_by_its_names() {
        let (old, mut new) = (sheet(), sheet());
        new.lines.remove(0);
        new.columns.swap(0, 2);
        new.lines[0].cells.swap(0, 2);
        assert_eq!(new.find(&old, Place { line: 1, column: 0 }), Some(Place { line: 0, column: 2 }));
        new.lines[0].name = "other".to_owned();
        assert_eq!(new.find(&old, Place { line: 1, column: 0 }), None);
    }
}
