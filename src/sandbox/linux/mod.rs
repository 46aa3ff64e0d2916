//! The sandbox on Linux; see the room's own description.

mod attack;
pub mod cgroup;
mod child;
mod jail;
mod landlock;
mod monitor;
mod sample;
mod seccomp;
pub mod supervisor;
mod sys;
pub mod wire;
