//! Where a block of lines that only came or only went could stand as well a few lines up or down, where a reader would
//! say it stands.

use super::{Block, Source, blocks};

/// A side's text and the numbers of its lines.
type Side<'a> = (&'a Source, &'a [u32]);

/// Each such block begins at its least indented line, of equal ones the last. Linear: a block slides through the same
/// lines between its neighbours only.
pub(super) fn slide(mut found: Vec<Block>, old: Side, new: Side) -> Vec<Block> {
    for index in 0..found.len() {
        let before = index.checked_sub(1).map_or((0, 0), |at| (found[at].0.end, found[at].1.end));
        let after = found.get(index + 1).map_or((old.1.len(), new.1.len()), |next| (next.0.start, next.1.start));
        let (was, is) = &found[index];
        // Same lines that stand before and after, as many on the one side as on the other.
        let above = (was.start - before.0).min(is.start - before.1);
        let below = (after.0 - was.end).min(after.1 - is.end);
        let (side, block) = match (was.is_empty(), is.is_empty()) {
            (true, false) => (new, is.clone()),
            (false, true) => (old, was.clone()),
            _ => continue,
        };
        let (source, lines) = side;
        let up = (0..above).take_while(|step| lines[block.start - 1 - step] == lines[block.end - 1 - step]).count();
        let down = (0..below).take_while(|step| lines[block.start + step] == lines[block.end + step]).count();
        if up + down == 0 {
            continue;
        }
        let best = (0..=up + down).rev().min_by_key(|step| indent(source.line(block.start - up + step)));
        let to = best.unwrap_or(up);
        let moved = |start: usize| if to >= up { start + (to - up) } else { start - (up - to) };
        let (was, is) = &mut found[index];
        for range in [was, is] {
            *range = moved(range.start)..moved(range.end);
        }
    }
    blocks::merge(found)
}

/// Columns before the first letter; a blank line begins nothing.
fn indent(line: &str) -> usize {
    let spaces = line.bytes().take(64).take_while(u8::is_ascii_whitespace).count();
    if spaces == line.len() { usize::MAX } else { spaces }
}
