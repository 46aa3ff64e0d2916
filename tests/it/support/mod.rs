//! What several subjects need: the binary with a home of its own, a scripted model server, stored runs, shared data.

pub mod fdsp;
pub mod server;
pub mod stored;
//! What several subjects need: the venv with real Bandit, a scripted model server, a pseudo-terminal, shared data.

pub mod bench;
pub mod fixture;
pub mod stored;
pub mod bandit;
pub mod dataset;
