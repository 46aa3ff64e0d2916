//! Long lines of a diff wrapped, both sides of a row in step.

use std::collections::HashMap;

use super::diff::{Layout, Sides};
use super::line::{self, Part};
use super::marks::Marks;
use crate::core::diff::{Diff, Row, Source};
use crate::core::escape::{self, TAB, pieces};

/// Where each row of a diff stands on the screen: it takes as many screen rows as its longer side has parts. For one
/// width and one list of rows.
#[derive(Debug, Clone, Default)]
pub struct Wrap {
    /// Row and part of each screen row.
    rows: Vec<(usize, usize)>,
    /// The first screen row of each row.
    first: Vec<usize>,
    /// The parts of the lines that have more than one.
    old: HashMap<usize, Vec<Part>>,
    new: HashMap<usize, Vec<Part>>,
}

impl Wrap {
    /// `marks` of the old and the new text, whose words take room from the lines; `width` of the whole view.
    pub fn new(diff: &Diff, marks: (&Marks, &Marks), rows: &[Row], layout: Layout, width: u16) -> Self {
        let sides = Sides { diff, marks };
        let room = |area: u16| usize::from(area.saturating_sub(line::digits(diff.old.len().max(diff.new.len())) + 3));
        let (left, right) = match layout {
            Layout::Unified => (room(width), room(width)),
            Layout::Split => {
                let half = width.saturating_sub(1) / 2;
                (room(half), room(width.saturating_sub(half + 1)))
            }
        };
        let mut wrap = Self::default();
        for (index, row) in rows.iter().enumerate() {
            wrap.first.push(wrap.rows.len());
            let mut height = 1;
            for (of_old, number) in Sides::drawn(row, layout) {
                let (source, room) = if of_old { (&diff.old, left) } else { (&diff.new, right) };
                let parts = parts(source, number, &sides, of_old, room);
                height = height.max(parts.len());
                if parts.len() > 1 {
                    let side = if of_old { &mut wrap.old } else { &mut wrap.new };
                    side.insert(number, parts);
                }
            }
            wrap.rows.extend((0..height).map(|part| (index, part)));
        }
        wrap
    }

    /// Screen rows in all.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The row that a screen row shows, and which part of it, from 0.
    pub fn at(&self, screen: usize) -> Option<(usize, usize)> {
        self.rows.get(screen).copied()
    }

    /// The screen row on which a row begins.
    pub fn first(&self, row: usize) -> usize {
        self.first.get(row).copied().unwrap_or(self.rows.len())
    }

    /// The part of a line that holds a byte, from 0.
    pub fn part_of(&self, of_old: bool, line: usize, byte: usize) -> usize {
        self.parts(of_old, line).iter().rposition(|part| part.bytes.start <= byte).unwrap_or(0)
    }

    /// The parts of a line; none where it is drawn whole.
    pub(super) fn parts(&self, of_old: bool, line: usize) -> &[Part] {
        let side = if of_old { &self.old } else { &self.new };
        side.get(&line).map_or(&[], Vec::as_slice)
    }
}

fn parts(source: &Source, number: usize, sides: &Sides, of_old: bool, room: usize) -> Vec<Part> {
    let text = source.line(number);
    let columns = escape::width(text, 0, TAB);
    let label = sides.label(of_old, number);
    // The label stands beside the first part.
    let first = label.map_or(room, |label| line::fit(&label, columns, room).2);
    if columns <= first || room == 0 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    let (mut here, mut column, mut left) = (Part { bytes: 0..0, column: 0 }, 0, first);
    for piece in pieces(text, 0, TAB) {
        // Where even an empty part has no room for it, the piece is cut; beside a label it waits for the next part.
        if piece.width > left && (!here.bytes.is_empty() || (parts.is_empty() && first < room)) {
            here.bytes.end = piece.source.start;
            parts.push(here);
            here = Part { bytes: piece.source.start..piece.source.start, column };
            left = room;
        }
        here.bytes.end = piece.source.end;
        column += piece.width;
        left = left.saturating_sub(piece.width);
    }
    parts.push(here);
    parts
}
