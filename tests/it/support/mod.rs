//! What several subjects need: the binary with a home of its own, real Bandit, a scripted model server and ways to it, stored runs,
//! shared data, and a small run with every shape that a screen must show.

pub mod bandit;
pub mod bench;
pub mod dataset;
pub mod executed;
pub mod experiments;
pub mod fdsp;
pub mod fixture;
pub mod gateway;
pub mod server;
pub mod stored;
pub mod study;
pub mod tables;
pub mod terminal;
pub mod venv;
