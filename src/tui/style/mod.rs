//! Meanings and how they look. The only place that knows a colour: views name a [`Role`] and a sign, the theme says the
//! rest. Also the syntax colours of Python, as roles.

pub mod colour;
pub mod role;
pub mod signs;
pub mod theme;

pub use colour::ColourDepth;
pub use role::Role;
pub use signs::Signs;
pub use theme::{Theme, ThemeError};
