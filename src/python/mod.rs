//! Floor 0: the one place that names a ruff crate. Says whether code compiles, which names it never defines, and
//! what ruff's security rules find, and what a program is made of. Every call runs on a thread with a large stack, under `catch_unwind`, and only
//! after its nesting was measured: a stack overflow would abort the whole process.

mod annotations;
mod calls;
mod check;
mod comments;
mod facts;
mod nesting;
mod outline;
mod rules;
mod security;
mod stack;
mod walk;

pub use check::{Check, check, check_async};
pub use facts::{Facts, facts};
pub use outline::{
    Call, Comment, Function, Import, Lines, Literal, Outline, Parameter, ParameterKind, Reference, Return, Stub, Try,
    outline,
};
pub use rules::{SecurityRule, security_rules};
pub use security::{Place, RawFinding, Security, SecurityError, security, security_async};
pub use stack::{Broken, on_worker_thread};

/// Whether `module` is in the standard library of Python 3.11 or of `target`, such as `3.13`.
pub fn is_standard(module: &str, target: &str) -> bool {
    let target = rules::target_version(target).minor;
    [11, target].into_iter().any(|minor| ruff_python_stdlib::sys::is_known_standard_library(minor, module))
}

/// The version of ruff that is built in.
pub fn ruff_version() -> &'static str {
    ruff_linter::RUFF_PKG_VERSION
}
