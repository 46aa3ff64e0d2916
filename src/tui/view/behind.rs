//! The items behind a number: verdicts before and after, and the label that counted.

use ratatui::layout::Rect;

use super::pen::{Pen, clip_middle};
use super::steps::first_row;
use super::words;
use crate::core::execution::TestResult;
use crate::core::finding::Finding;
use crate::core::label::Standing;
use crate::core::projection::{CweCount, Row, TestFact};
use crate::core::settings::VerdictMode;
use crate::core::verdict::Verdict;
use crate::tui::app::report::numbers::run_name;
use crate::tui::app::report::{Page, Report};
use crate::tui::app::timeline::version_name;
use crate::tui::style::{Role, Signs};

pub fn draw(report: &Report, pen: &mut Pen<'_>, area: Rect, cursor: usize) {
    let Some(counted) = &report.counted else { return };
    let rows = report.behind();
    let cell = report.place().and_then(|at| report.sheet.cell(at));
    let what = cell.map_or("", |cell| cell.what.as_str());
    let x = pen.put(1, area.y, area.width, what, Role::TitleFocused) + 2;
    let run = rows.first().and_then(|at| counted.info(*at)).map(run_name).unwrap_or_default();
    let noun = report.page.of_rows();
    let count = if rows.len() == 1 { format!("1 {noun}") } else { format!("{} {noun}s", rows.len()) };
    pen.put(x, area.y, area.width.saturating_sub(x + 1), &format!("{count} · {run}"), Role::Muted);
    let extra = match report.page {
        Page::Table2 | Page::Scanners => Extra::Scanners,
        page if page.of_tests() => Extra::Test,
        _ => Extra::None,
    };
    let columns = Columns::fit(area.width, extra);
    columns.head(pen, area.y + 1);
    let list = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let top = first_row(cursor, rows.len(), list.height as usize);
    for (index, at) in rows.iter().enumerate().skip(top).take(list.height as usize) {
        let line = Rect::new(list.x, list.y + (index - top) as u16, list.width, 1);
        if index == cursor {
            pen.select(line, true);
        }
        if let Some(row) = counted.row(*at) {
            // Tests are counted by the verdicts of the run itself.
            let own = counted.info(*at).filter(|_| report.page.of_tests()).map(|info| info.settings.verdict);
            columns.line(pen, line, row, own.unwrap_or(report.mode()));
        }
    }
}

/// What stands in the last column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extra {
    None,
    Scanners,
    Test,
}

struct Columns {
    approach: u16,
    generated: Option<u16>,
    cwe: Option<u16>,
    returned: u16,
    label: Option<u16>,
    others: Option<u16>,
    test: Option<u16>,
}

impl Columns {
    /// Where there is no room for both, scanners or tests stand in the place of the labels.
    fn fit(width: u16, extra: Extra) -> Self {
        let wide = width >= 120;
        let approach = if wide { 42 } else { width.saturating_sub(54).clamp(16, 30) };
        let generated = approach + 12;
        let cwe = wide.then_some(generated + 14);
        // What was tested is what is returned; the code before it gives way.
        let narrow = extra == Extra::Test && !wide;
        let returned = if narrow { generated } else { generated + if wide { 34 } else { 13 } };
        let label = returned + if wide { 22 } else { 19 };
        let last = if wide { label + 26 } else { label };
        let others = (extra == Extra::Scanners || (wide && extra == Extra::None)).then_some(last);
        let test = (extra == Extra::Test).then_some(last);
        let label = (wide || extra == Extra::None).then_some(label);
        let generated = (!narrow).then_some(generated);
        Self { approach, generated, cwe, returned, label, others, test }
    }

    fn head(&self, pen: &mut Pen<'_>, y: u16) {
        let mut put = |x: u16, text: &str| pen.put(x, y, 24, text, Role::Muted);
        put(1, "item");
        put(self.approach, "approach");
        if let Some(x) = self.generated {
            put(x, "generated");
        }
        if let Some(x) = self.cwe {
            put(x, "CWEs in it");
        }
        put(self.returned, "returned");
        if let Some(x) = self.label {
            put(x, "label");
        }
        if let Some(x) = self.others {
            put(x, "other scanners");
        }
        if let Some(x) = self.test {
            put(x, "test");
        }
    }

    fn line(&self, pen: &mut Pen<'_>, at: Rect, row: &Row, mode: VerdictMode) {
        let (y, signs) = (at.y, pen.signs());
        let name = clip_middle(&row.item, self.approach as usize - 2, signs.ellipsis);
        pen.put(1, y, self.approach, &name, Role::Text);
        let sample = if row.stream.sample > 0 { format!(" {}", row.stream.sample + 1) } else { String::new() };
        pen.put(self.approach, y, 11, &format!("{}{sample}", row.stream.approach), Role::Text);
        let Some(facts) = row.facts(mode) else { return };
        if let Some(x) = self.generated {
            said(pen, x, y, 13, facts.generated, "");
        }
        if let Some(x) = self.cwe {
            pen.put(x, y, 19, &cwes(&facts.generated_cwes), Role::Muted);
        }
        let by = facts.step.filter(|step| step.yields_code()).map(version_name);
        let by = by.filter(|_| row.final_step().is_some()).map(|name| format!(" {name}")).unwrap_or_default();
        if row.failed && facts.verdict.is_none() {
            pen.put(self.returned, y, 18, &format!("{} failed", signs.invalid), Role::Warn);
        } else {
            said(pen, self.returned, y, 18, facts.verdict, &by);
        }
        let fix = facts.generated == Some(Verdict::Vulnerable) && facts.verdict == Some(Verdict::Secure);
        if fix && row.undefined > 0 {
            // A fix that does not run is no fix to be glad of.
            pen.put(self.returned + 18, y, 1, signs.invalid, Role::Warn);
        }
        let (role, label) = standing(facts.label, fix);
        if let Some(x) = self.label {
            pen.put(x, y, at.right().saturating_sub(x + 1).min(25), &label, role);
        }
        if let Some(x) = self.test {
            let (sign, role, word) = tested(row.test.as_ref(), signs);
            let end = pen.put(x, y, 1, sign, role) + 1;
            pen.put(end, y, at.right().saturating_sub(end + 1), &word, role);
        }
        let Some(mut x) = self.others else { return };
        for opinion in &facts.opinions {
            let (sign, role) = words::verdict(signs, opinion.verdict);
            x = pen.put(x, y, at.right().saturating_sub(x + 1), &format!("{sign} {}", opinion.scanner), role) + 2;
        }
    }
}

fn said(pen: &mut Pen<'_>, x: u16, y: u16, room: u16, verdict: Option<Verdict>, by: &str) {
    let (sign, role) = words::verdict(pen.signs(), verdict);
    let word = verdict.map_or("no outcome", |verdict| verdict.as_str());
    let role = if verdict.is_none() { Role::Muted } else { role };
    let end = pen.put(x, y, 1, sign, role) + 1;
    pen.put(end, y, room.saturating_sub(2), &format!("{word}{by}"), role);
}

/// `fails · security`.
fn tested(test: Option<&TestFact>, signs: Signs) -> (&'static str, Role, String) {
    let Some(test) = test else { return (signs.idle, Role::Muted, "not tested".to_owned()) };
    let (sign, role) = match test.result {
        TestResult::Pass => (signs.good, Role::Good),
        TestResult::Refused => (signs.invalid, Role::Warn),
        _ => (signs.danger, Role::Danger),
    };
    let class = test.failed.map(|class| format!(" {} {}", signs.idle, class.as_str())).unwrap_or_default();
    (sign, role, format!("{}{class}", test.result.as_str()))
}

pub fn cwes(counts: &[CweCount]) -> String {
    let name = |count: &CweCount| count.cwe.map_or_else(|| "no CWE".to_owned(), |cwe| format!("CWE-{cwe}"));
    counts.iter().map(name).collect::<Vec<_>>().join(" ")
}

/// What the labels on a version come to, in a word.
fn standing(standing: Standing, fix: bool) -> (Role, String) {
    match standing {
        Standing::Disputed => (Role::Warn, "? disputed".to_owned()),
        Standing::Unlabelled if fix => (Role::Muted, "to label".to_owned()),
        Standing::Unlabelled => (Role::Muted, String::new()),
        Standing::Agreed(verdict) => {
            let (sign, role) = words::label(verdict);
            (role, format!("{sign} {verdict}"))
        }
        Standing::Adjudicated(verdict) => {
            let (sign, role) = words::label(verdict);
            (role, format!("{sign} {verdict}, settled"))
        }
    }
}

/// `B602 CWE-78 line 5`, and whether the code asks to have it hidden.
pub fn finding(finding: &Finding, signs: Signs) -> String {
    let cwe = finding.cwe.map(|cwe| format!(" CWE-{cwe}")).unwrap_or_default();
    let hidden = finding.suppressed.as_ref().map(|by| format!(" {} {by}", signs.idle)).unwrap_or_default();
    format!("{}{cwe} line {}{hidden}", finding.rule, finding.line)
}
