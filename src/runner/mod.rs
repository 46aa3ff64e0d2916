//! Floor 3: drives approaches: asks them for the next action, performs it, appends what came of it, again.

pub mod update;
