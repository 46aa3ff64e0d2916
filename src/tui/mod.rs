//! Floor 4: the workbench: a reducer, its views, and the terminal it runs in.

pub mod style;
pub mod term;
