//! The published values beside ours.

use crate::metrics::Study;
use crate::report::document::Table;

pub fn tables(_study: &Study, _out: &mut Vec<Table>) {}
