//! What several subjects need: the binary with a home of its own, real Bandit, a scripted model server, stored runs,
//! shared data.

pub mod bandit;
pub mod dataset;
pub mod fdsp;
pub mod server;
pub mod stored;
