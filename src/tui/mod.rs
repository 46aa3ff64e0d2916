//! Floor 4: the workbench: a reducer, its views, and the terminal it runs in.

pub mod app;
pub mod style;
pub mod term;
pub mod view;
