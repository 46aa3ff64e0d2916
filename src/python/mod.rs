//! Floor 0: the one place that names a ruff crate. Says whether code compiles, which names it never defines, and
//! what ruff's security rules find. Every call runs on a thread with a large stack, under `catch_unwind`, and only
//! after its nesting was measured: a stack overflow would abort the whole process.

mod annotations;
mod calls;
mod check;
mod comments;
mod facts;
mod nesting;
mod rules;
mod security;
mod stack;

pub use check::{Check, check, check_async};
pub use facts::{Facts, facts};
pub use rules::{SecurityRule, security_rules};
pub use security::{Place, RawFinding, Security, SecurityError, security, security_async};
pub use stack::{Broken, on_worker_thread};

/// The version of ruff that is built in.
pub fn ruff_version() -> &'static str {
    ruff_linter::RUFF_PKG_VERSION
}
