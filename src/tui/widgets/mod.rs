//! Widgets that draw code: pure functions from prepared lines to cells. They know a theme and nothing of the app, look at
//! visible lines only, and pass every character through the gate for hostile text.

pub mod code;
pub mod diff;
mod line;
mod marks;
mod wrap;

pub use code::CodeView;
pub(crate) use diff::Sides;
pub use diff::{DiffView, Ink, Layout};
pub(crate) use line::found;
pub use marks::Marks;
pub use wrap::Wrap;

#[cfg(test)]
mod tests;
