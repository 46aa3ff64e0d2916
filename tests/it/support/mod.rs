//! What several subjects need: the venv with real Bandit, a scripted model server, a pseudo-terminal, shared data.

pub mod server;
pub mod stored;
