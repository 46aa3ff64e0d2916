//! fdsp: generate code with a model, scan it, propose solutions, refine, watch every step and label each fix.
//!
//! Rooms stand on floors; a lower one never imports a higher one. See ARCHITECTURE.md.

pub mod approach;
pub mod core;
pub mod dataset;
pub mod desk;
pub mod exchange;
pub mod llm;
pub mod metrics;
pub mod python;
pub mod report;
pub mod review;
pub mod runner;
pub mod sandbox;
pub mod scanner;
pub mod store;
pub mod tui;
