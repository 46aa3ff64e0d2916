//! The bench's first card without a terminal. For pictures.

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::run::{Options, answer};
use super::{Bench, Effect, Message, update, view};
use crate::desk::{Desk, DeskError};
use crate::tui::style::syntax::Syntax;

/// Draws the first card of a queue, of `size` columns and rows.
pub async fn still(mut desk: Desk, options: Options, size: (u16, u16)) -> Result<Buffer, DeskError> {
    let mut bench = Bench::new(options.theme, options.depth, desk.author(), desk.is_blind());
    bench.size = size;
    bench.guideline = options.guideline;
    bench.syntax = Some(Arc::new(Syntax::inline()));
    let mut effects = bench.begin();
    while let Some(effect) = effects.pop() {
        if let Effect::Ask(ask) = effect {
            let answered = answer(&mut desk, ask).await?;
            effects.extend(update(&mut bench, Message::Answered(Ok(answered), Box::new(desk.progress()))));
        }
    }
    desk.close().await?;
    let mut buffer = Buffer::empty(Rect::new(0, 0, size.0, size.1));
    view::draw(&bench, &mut buffer);
    Ok(buffer)
}
