//! The columns of the items screen: where they stand, and what each says of a line.

use ratatui::layout::Rect;

use super::items::{head, line_name};
use super::pen::{Pen, clip_middle, columns};
use super::words;
use crate::core::ids::ApproachId;
use crate::core::verdict::Verdict;
use crate::tui::app::list::{Cell, ItemList, ListLine};
use crate::tui::app::tested::Tally;
use crate::tui::app::timeline::version_name;
use crate::tui::style::{Role, Signs};

/// Columns of an approach's cell: signs of the scanner and of the test, the label or what is wrong with the fix; with
/// more room the scanner's word too, with most also the test's.
const SHORT: u16 = 4;
const LONG: u16 = 13;
const TESTED: u16 = 16;
const WORDS: u16 = 28;

const ID: u16 = 30;
const AREA: u16 = 12;
const GENERATED: u16 = 13;
const CWE: u16 = 9;
const OUTCOME: u16 = 16;
const UNDEFINED: u16 = 5;
const CALLS: u16 = 6;
/// `10/10`, under its head.
const PASSED: u16 = 7;
/// The flag, the sign and the word; the flag and the sign.
const TEST: u16 = 14;
const TEST_SIGN: u16 = 6;

/// Left edges of the columns; `None` where there is no room or nothing to say. Where the run has several approaches,
/// `each` is the width of their cells, which stand from `outcome` on.
pub struct Columns {
    id: u16,
    area: Option<u16>,
    generated: Option<u16>,
    cwe: u16,
    outcome: u16,
    each: u16,
    test: Option<u16>,
    test_word: bool,
    passed: Option<u16>,
    undefined: u16,
    calls: u16,
    label: u16,
    prompt: Option<u16>,
}

impl Columns {
    pub fn fit(list: &ItemList, width: u16) -> Self {
        let wide = width >= 110;
        let tested = list.tests.any();
        let only = |wanted: bool, columns: u16| if wanted { columns } else { 0 };
        let area = only(wide && list.items.iter().any(|item| item.area.is_some()), AREA);
        let generated = only(list.refines(), GENERATED);
        let passed = only(tested && list.several_samples(), PASSED);
        let after = generated + CWE + passed + CALLS;
        let count = list.approaches.len() as u16;
        let several = list.several_approaches();
        let (mut each, mut test) = (0, 0);
        let id = if several {
            let fits = |each: &u16| ID + 2 + area + after + count * each + only(!tested, AREA) < width;
            let wanted: &[u16] = if tested { &[WORDS, TESTED] } else { &[LONG] };
            each = wanted.iter().copied().find(|each| wide && fits(each)).unwrap_or(SHORT);
            width.saturating_sub(after + count * each + 4)
        } else {
            let rest = width.saturating_sub(after + OUTCOME + UNDEFINED + 7);
            test = only(tested, if wide || rest >= TEST + 16 { TEST } else { TEST_SIGN });
            rest.saturating_sub(test)
        };
        let id = if wide { ID } else { id.clamp(14, ID) };
        let at_generated = id + 2 + area;
        let cwe = at_generated + generated;
        let outcome = cwe + CWE;
        let at_test = outcome + if several { count * each } else { OUTCOME };
        let at_passed = at_test + test;
        let undefined = at_passed + passed;
        let calls = undefined + only(!several, UNDEFINED);
        let label = calls + CALLS;
        let prompt = if several { (calls + 24 <= width).then_some(calls + 9) } else { wide.then_some(label + 14) };
        Self {
            id,
            area: (area > 0).then_some(id + 2),
            generated: (generated > 0).then_some(at_generated),
            cwe,
            outcome,
            each,
            test: (test > 0).then_some(at_test),
            test_word: test == TEST,
            passed: (passed > 0).then_some(at_passed),
            undefined,
            calls,
            label,
            prompt,
        }
    }

    /// Whether approaches stand there by their letters alone.
    pub fn is_short(&self) -> bool {
        self.each == SHORT
    }

    pub fn head(&self, list: &ItemList, pen: &mut Pen<'_>, y: u16) {
        for (at, approach) in list.approaches.iter().enumerate().filter(|_| self.each > 0) {
            let x = self.outcome + at as u16 * self.each;
            let word = match self.each {
                SHORT => words::letter(*approach),
                LONG | TESTED if approach.as_str().len() as u16 >= self.each => words::short_name(*approach),
                _ => approach.as_str(),
            };
            let end = head(list, pen, x, y, *approach, word);
            if *approach == list.approach {
                pen.put(end, y, 1, pen.signs().down, Role::Accent);
            }
        }
        let mut put = |x: u16, text: &str| pen.put(x, y, 30, text, Role::Muted);
        put(1, "item");
        if let Some(x) = self.area {
            put(x, "area");
        }
        if let Some(x) = self.generated {
            put(x, "generated");
        }
        put(self.cwe, "CWE");
        if let Some(x) = self.test {
            put(x + 1, "test");
        }
        if let Some(x) = self.passed {
            put(x, "passed");
        }
        put(self.calls + 1, "calls");
        if self.each == 0 {
            put(self.outcome, "outcome");
            put(self.undefined, "undef");
            put(self.label + 1, if self.prompt.is_some() { "label" } else { "" });
        }
        if let Some(x) = self.prompt {
            put(x, "prompt");
        }
    }

    pub fn line(&self, list: &ItemList, pen: &mut Pen<'_>, at: Rect, line: &ListLine) {
        let (y, signs) = (at.y, pen.signs());
        let name = clip_middle(&line_name(line), self.id as usize - 1, signs.ellipsis);
        pen.put(1, y, self.id, &name, Role::Text);
        super::items::flagged(pen, line, at.right() - 1, y);
        if let (Some(x), Some(area)) = (self.area, &line.item.area) {
            pen.put(x, y, AREA - 1, area, Role::Muted);
        }
        if let Some(x) = self.prompt {
            let text = line.item.prompt.replace('\n', " ");
            pen.put(x, y, at.right().saturating_sub(x + 1), &text, Role::Muted);
        }
        let Some(row) = line.row() else {
            pen.put(self.generated.unwrap_or(self.cwe), y, 12, "not begun", Role::Muted);
            return;
        };
        if let Some(x) = self.generated {
            let (sign, role) = words::verdict(signs, row.generated);
            let x = pen.put(x, y, 1, sign, role) + 1;
            pen.put(x, y, 10, row.generated.map_or("running", Verdict::as_str), role);
        }
        pen.put(self.cwe, y, 8, &words::cwe(list.cwes(line)), Role::Text);
        pen.put_right(self.calls + CALLS, y, 5, &line.calls().to_string(), Role::Text);
        if let Some(x) = self.passed {
            let share = list.share(line);
            if share.of > 0 {
                pen.put_right(x + PASSED - 1, y, PASSED - 1, &format!("{}/{}", share.passed, share.of), Role::Text);
            }
        }
        if self.each == 0 {
            self.outcome(list, pen, y, line);
            self.test(list, pen, y, line);
        } else {
            for (index, approach) in list.approaches.iter().enumerate() {
                self.cell(pen, self.outcome + index as u16 * self.each, y, line, *approach);
            }
        }
    }

    /// The one approach: outcome, undefined names and label.
    fn outcome(&self, list: &ItemList, pen: &mut Pen<'_>, y: u16, line: &ListLine) {
        let signs = pen.signs();
        let Some(row) = line.row_of(list.approach) else { return };
        let (sign, role) = if row.failed { (signs.invalid, Role::Warn) } else { words::verdict(signs, row.verdict) };
        let x = pen.put(self.outcome, y, 1, sign, role) + 1;
        let by = row.final_step().map(|step| format!(" {}", version_name(step))).unwrap_or_default();
        pen.put(x, y, 14, &format!("{}{by}", words::outcome(row)), role);
        if row.undefined > 0 {
            pen.put_right(self.undefined + UNDEFINED, y, 5, &row.undefined.to_string(), Role::Warn);
        }
        let Some(cell) = line.cell(list.approach) else { return };
        if let Some((letter, role)) = words::own(signs, cell) {
            let x = pen.put(self.label + 1, y, 1, letter, role) + 1;
            if self.prompt.is_some() {
                pen.put(x, y, 11, cell.label.map_or("skipped", |label| label.as_str()), role);
            }
        } else if row.is_fix() && self.prompt.is_some() {
            pen.put(self.label + 1, y, 12, "to label", Role::Muted);
        } else if row.is_fix() {
            pen.put(self.label + 1, y, 1, signs.idle, Role::Muted);
        }
    }

    /// What the test says of the one approach's code.
    fn test(&self, list: &ItemList, pen: &mut Pen<'_>, y: u16, line: &ListLine) {
        let (Some(x), Some(told)) = (self.test, line.told(list.approach)) else { return };
        if line.is_false_secure(list.approach) {
            pen.put(x, y, 1, pen.signs().flag, Role::Danger);
        }
        let (sign, role) = told.sign(pen.signs());
        let x = pen.put(x + 1, y, 1, sign, role) + 1;
        if self.test_word {
            pen.put(x, y, 10, told.as_str(), role);
        }
    }

    /// One approach among several: what the scanner says, what the test says, the label.
    fn cell(&self, pen: &mut Pen<'_>, x: u16, y: u16, line: &ListLine, approach: ApproachId) {
        let signs = pen.signs();
        let Some(cell) = line.cell(approach) else {
            pen.put(x, y, 1, signs.idle, Role::Muted);
            return;
        };
        let (sign, role, broken) = words::ending(signs, Some(&cell.row));
        let mut at = pen.put(x, y, 1, sign, role);
        if self.each != SHORT {
            at = pen.put(at + 1, y, 10, words::outcome(&cell.row), role) + 1;
        }
        let flagged = line.is_false_secure(approach);
        match (self.each, line.told(approach)) {
            (LONG, _) => {}
            (SHORT, told) => {
                if let Some(told) = told {
                    let (sign, role) = told.sign(signs);
                    at = pen.put(at, y, 1, sign, role);
                }
            }
            (each, told) => {
                if flagged {
                    pen.put(x + 12, y, 1, signs.flag, Role::Danger);
                }
                if let Some(told) = told {
                    let (sign, role) = told.sign(signs);
                    pen.put(x + 13, y, 1, sign, role);
                    if each == WORDS {
                        pen.put(x + 15, y, 10, told.as_str(), role);
                    }
                }
                at = x + if each == WORDS { 26 } else { 14 };
            }
        }
        self.mark(pen, at, y, cell, broken, flagged);
    }

    /// The label, else that a fix waits for one; before it `!` on a fix that does not run.
    fn mark(&self, pen: &mut Pen<'_>, x: u16, y: u16, cell: &Cell, broken: bool, flagged: bool) {
        let signs = pen.signs();
        // Beside the test's sign there is one column: the label tells most, then that the two disagree.
        let one = self.each == SHORT && cell.row.test.is_some();
        // Where the test fails it is told already that the fix does not run.
        let undefined = cell.row.is_fix() && cell.row.undefined > 0 && !flagged;
        let mut x = x;
        let own = words::own(signs, cell);
        if one && own.is_none() && flagged {
            pen.put(x, y, 1, signs.flag, Role::Danger);
            return;
        }
        if undefined && !(one && own.is_some()) {
            x = pen.put(x, y, 1, signs.invalid, Role::Warn);
        }
        if let Some((letter, role)) = own {
            pen.put(x, y, 1, letter, role);
        } else if cell.row.is_fix() && (self.each != SHORT || !broken) {
            pen.put(x, y, 1, signs.idle, Role::Muted);
        }
    }
}

/// What the letters stand for, where there is room.
pub fn legend(list: &ItemList, pen: &mut Pen<'_>, table: Rect, from: u16) {
    let names: Vec<String> = list.approaches.iter().map(|id| format!("{} {id}", words::letter(*id))).collect();
    let text = names.join("  ");
    let room = table.right().saturating_sub(from + 1);
    if list.several_approaches() && columns(&text) <= room {
        pen.put_right(table.right() - 1, table.y, room, &text, Role::Muted);
    }
}

/// How many pass and how many are false-secure, at the right end of a rule: of every approach where there is room, else
/// of the one that is looked at.
pub fn tallies(list: &ItemList, pen: &mut Pen<'_>, area: Rect) {
    let signs = pen.signs();
    let of = |approach: &ApproachId| list.tests.tally(*approach).map(|tally| (*approach, tally));
    let every: Vec<(ApproachId, Tally)> = list.approaches.iter().filter_map(of).collect();
    let named = |compact: bool| {
        let mut parts = Vec::new();
        for (approach, tally) in &every {
            if !parts.is_empty() {
                parts.push((Role::Muted, "   ".to_owned()));
            }
            parts.push((Role::Text, format!("{approach} ")));
            parts.extend(tally_parts(*tally, signs, compact));
        }
        parts
    };
    let here = || {
        let mut parts = Vec::new();
        if let Some((approach, tally)) = of(&list.approach) {
            if list.several_approaches() {
                parts.push((Role::Text, format!("{approach} ")));
            }
            parts.extend(tally_parts(tally, signs, false));
        }
        parts
    };
    let wide = |parts: &[(Role, String)]| parts.iter().map(|(_, text)| columns(text)).sum::<u16>();
    let room = area.width.saturating_sub(4);
    let choices = if list.several_approaches() { vec![named(false), named(true), here()] } else { vec![here()] };
    let Some(parts) = choices.into_iter().find(|parts| !parts.is_empty() && wide(parts) <= room) else { return };
    let x = area.right().saturating_sub(wide(&parts) + 2);
    pen.put(x - 1, area.y, 1, " ", Role::Text);
    let end = pen.spans(x, area.y, room, &parts);
    pen.put(end, area.y, 1, " ", Role::Text);
}

/// `✓ 12 of 30 pass · ◆ 3 false-secure`; compact: `12/30 ◆3`.
fn tally_parts(tally: Tally, signs: Signs, compact: bool) -> Vec<(Role, String)> {
    let flagged = if tally.false_secure > 0 { Role::Danger } else { Role::Muted };
    let (passed, of, flags) = (tally.share.passed, tally.share.of, tally.false_secure);
    if compact {
        return vec![(Role::Text, format!("{passed}/{of}")), (flagged, format!(" {}{flags}", signs.flag))];
    }
    let mut parts = vec![
        (Role::Good, format!("{} {passed}", signs.good)),
        (Role::Muted, format!(" of {of} pass · ")),
        (flagged, format!("{} {flags}", signs.flag)),
        (Role::Muted, " false-secure".to_owned()),
    ];
    if tally.refused > 0 {
        parts.push((Role::Warn, format!(" · {} {} refused", signs.refused, tally.refused)));
    }
    parts
}
