use std::borrow::Cow;
use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::marks::Mark;
use crate::core::escape::{self, Piece, TAB, pieces};
use crate::tui::style::{Role, Theme, syntax::Span};

/// One line of code and how it looks.
pub(super) struct Line<'a> {
    pub text: &'a str,
    pub spans: &'a [Span],
    /// Bytes that lie on the stronger ground `word`.
    pub words: &'a [Range<usize>],
    pub word: Style,
    /// The ground; if it sets the letters' colour too, the syntax does not.
    pub ground: Style,
    /// Drawn at the right end.
    pub label: Option<Label<'a>>,
    /// Columns scrolled out on the left.
    pub left: usize,
    /// The part to draw, where the line is wrapped.
    pub part: Option<&'a Part>,
    /// Bytes that a search found, ascending, and whether the reader is there.
    pub hits: Vec<(&'a Range<usize>, bool)>,
}

/// A part of a wrapped line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub bytes: Range<usize>,
    /// Columns of the line before it: where its tab stops count from.
    pub column: usize,
}

/// What stands at the right end of a line: `full` where the code leaves room, else `short`, which may be empty.
pub(super) struct Label<'a> {
    pub full: Cow<'a, str>,
    pub short: Cow<'a, str>,
    pub role: Role,
    /// Where not even `short` has room beside the code, nothing stands there.
    pub yields: bool,
}

/// How a match of a search looks; the one that the reader is at stands out.
pub(crate) fn found(theme: &Theme, here: bool) -> Style {
    let style = theme.style(Role::Match);
    if here { style.add_modifier(Modifier::REVERSED) } else { style }
}

/// Blanks cells and gives them a ground.
pub(super) fn fill(buf: &mut Buffer, area: Rect, style: Style) {
    for position in area.intersection(buf.area).positions() {
        buf[position].reset();
        buf[position].set_style(style);
    }
}

/// Text of chrome that is the program's own or has passed the gate; cut at the area's end.
pub(super) fn put(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    let area = area.intersection(buf.area);
    if !area.is_empty() {
        buf.set_stringn(area.x, area.y, text, usize::from(area.width), style);
    }
}

/// The bar of a gutter's last column.
pub(super) fn bar(buf: &mut Buffer, area: Rect, mark: Option<&Mark>, theme: &Theme) {
    if let Some(mark) = mark {
        let sign = if mark.hint { theme.signs.hint } else { theme.signs.bar };
        put(buf, area, sign, theme.style(mark.role));
    }
}

/// A mark's label.
pub(super) fn label(mark: Option<&Mark>) -> Option<Label<'_>> {
    let mark = mark.filter(|mark| !mark.label.is_empty())?;
    Some(Label {
        full: mark.label.as_str().into(),
        short: mark.short.as_str().into(),
        role: label_role(mark),
        yields: mark.hint,
    })
}

pub(super) fn label_role(mark: &Mark) -> Role {
    match mark.role {
        Role::FindingBar => Role::FindingRule,
        other => other,
    }
}

/// Columns of the numbers of `count` lines; three at least, so that panes beside each other line up.
pub(super) fn digits(count: usize) -> u16 {
    let digits = count.max(1).ilog10() + 1;
    u16::try_from(digits).unwrap_or(u16::MAX).max(3)
}

/// The words of a label beside a text of so many columns, their columns, and what of `room` they leave.
pub(super) fn fit(label: &Label, columns: usize, room: usize) -> (String, usize, usize) {
    let full = escape::line(&label.full, TAB);
    let fits = columns + 2 + escape::columns(&full) <= room;
    let text = if fits { full } else { escape::line(&label.short, TAB) };
    if label.yields && columns + 2 + escape::columns(&text) > room {
        return (String::new(), 0, room);
    }
    let width = escape::columns(&text).min(room);
    let left = room - if width > 0 { (width + 2).min(room) } else { 0 };
    (text, width, left)
}

/// Draws `line` into the first row of `area`, whose ground the caller has filled.
pub(super) fn draw(buf: &mut Buffer, area: Rect, line: &Line, theme: &Theme) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let mut room = usize::from(area.width);
    if let Some(label) = &line.label {
        let columns = escape::width(line.text, 0, TAB).saturating_sub(line.left);
        let (text, width);
        (text, width, room) = fit(label, columns, room);
        let at = Rect { x: area.right() - width as u16, width: width as u16, ..area };
        put(buf, at, &text, theme.style(label.role));
    }
    Pen { buf, area, room, line, theme, span: 0, word: 0, hit: 0 }.draw();
}

struct Pen<'a, 'b> {
    buf: &'a mut Buffer,
    area: Rect,
    /// Columns left of the label.
    room: usize,
    line: &'a Line<'b>,
    theme: &'a Theme,
    span: usize,
    word: usize,
    hit: usize,
}

impl Pen<'_, '_> {
    fn draw(&mut self) {
        let whole = Part { bytes: 0..self.line.text.len(), column: 0 };
        let part = self.line.part.unwrap_or(&whole);
        let left = self.left();
        let mut column = part.column;
        let mut hidden = false;
        for mut piece in pieces(&self.line.text[part.bytes.clone()], part.column, TAB) {
            piece.source = piece.source.start + part.bytes.start..piece.source.end + part.bytes.start;
            let start = column;
            column += piece.width;
            let style = self.style(&piece);
            hidden |= start < left && !piece.text.trim_start().is_empty();
            if column <= left {
                continue;
            }
            if column > left + self.room {
                // The part of it that fits, then the sign that more follows.
                self.piece(&piece, start, style);
                self.cut(self.room.checked_sub(1));
                break;
            }
            self.piece(&piece, start, style);
        }
        if hidden {
            self.cut((self.room > 0).then_some(0));
        }
    }

    /// Columns of the line that lie left of the area.
    fn left(&self) -> usize {
        self.line.part.map_or(self.line.left, |part| part.column)
    }

    fn cut(&mut self, at: Option<usize>) {
        if let Some(at) = at {
            let style = self.line.ground.patch(self.theme.style(Role::Muted));
            // A wide character whose right half the sign takes would still cover it.
            if at > 0 && escape::columns(self.buf[(self.area.x + at as u16 - 1, self.area.y)].symbol()) > 1 {
                self.cell(at - 1, " ", self.line.ground);
            }
            let x = self.area.x + at as u16;
            self.buf[(x, self.area.y)].reset();
            self.cell(at, self.theme.signs.ellipsis, style);
        }
    }

    /// `start` counts from the line's begin.
    fn piece(&mut self, piece: &Piece, start: usize, style: Style) {
        let (left, right) = (self.left(), self.left() + self.room);
        let whole = start >= left && start + piece.width <= right;
        if whole && !piece.shown && piece.source.len() == piece.text.len() {
            self.cell(start - left, &piece.text, style);
            for step in 1..piece.width {
                self.cell(start - left + step, " ", style);
            }
            return;
        }
        // What stands for a hidden character, a tab, or half of a wide character at the edge: column by column.
        let mut signs = piece.text.chars();
        for column in start..start + piece.width {
            let sign = if piece.shown { signs.next().unwrap_or(' ') } else { ' ' };
            if (left..right).contains(&column) {
                self.cell(column - left, sign.encode_utf8(&mut [0; 4]), style);
            }
        }
    }

    fn cell(&mut self, at: usize, symbol: &str, style: Style) {
        let x = self.area.x + u16::try_from(at).unwrap_or(u16::MAX).min(self.area.width - 1);
        let cell = &mut self.buf[(x, self.area.y)];
        cell.set_symbol(symbol);
        cell.set_style(style);
    }

    /// Pieces come in order, so the spans, words and hits are walked once.
    fn style(&mut self, piece: &Piece) -> Style {
        let at = piece.source.start;
        while self.line.hits.get(self.hit).is_some_and(|(bytes, _)| bytes.end <= at) {
            self.hit += 1;
        }
        let hit = self.line.hits.get(self.hit).filter(|(bytes, _)| bytes.contains(&at));
        let hit = hit.map(|(_, here)| found(self.theme, *here));
        let style = self.plain(piece, at);
        hit.map_or(style, |hit| style.patch(hit))
    }

    fn plain(&mut self, piece: &Piece, at: usize) -> Style {
        if piece.shown {
            return self.line.ground.patch(self.theme.style(Role::Hidden));
        }
        let mut style = self.line.ground;
        while self.line.spans.get(self.span).is_some_and(|span| span.bytes.end <= at) {
            self.span += 1;
        }
        if let Some(span) = self.line.spans.get(self.span)
            && span.bytes.contains(&at)
            && self.line.ground.fg.is_none_or(|colour| Some(colour) == self.theme.style(Role::Text).fg)
        {
            style = style.patch(self.theme.style(span.role));
        }
        while self.line.words.get(self.word).is_some_and(|word| word.end <= at) {
            self.word += 1;
        }
        if self.line.words.get(self.word).is_some_and(|word| word.contains(&at)) {
            style = style.patch(self.line.word);
        }
        style
    }
}
