//! The terminal: a session that always gives it back as it was, what comes in from it, when to draw, and the clipboard.

pub mod background;
pub mod clipboard;
pub mod editor;
pub mod frames;
pub mod input;
pub mod session;

pub use background::Ground;
pub use frames::{Cause, Frames};
pub use input::{Events, Input};
pub use session::Session;
