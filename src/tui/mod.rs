//! Floor 4: the workbench: a reducer, its views, and the terminal it runs in.

pub mod app;
pub mod bench;
pub mod counting;
mod effects;
pub mod loading;
pub mod places;
pub mod run;
pub mod show;
pub mod still;
pub mod style;
pub mod svg;
pub mod term;
pub mod view;
pub mod widgets;
