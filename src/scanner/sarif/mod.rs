//! SARIF 2.1.0, written and read. `write` makes a log of our scans; `read` takes the findings out of a log by whatever
//! producer, through the tolerant types of `format`; `place` and `cwe` resolve what a log says in many ways.

mod cwe;
mod format;
mod place;
mod read;
mod write;

pub use read::{Failure, Placed, SarifError, Tool, parse};
pub use write::{File, log};
