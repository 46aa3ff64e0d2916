//! Floor 2: runs untrusted programs. Nothing that a model or a benchmark wrote runs anywhere else.
//!
//! One warm supervisor (`supervisor`), a process of its own with a single thread, forks a monitor for every run. The
//! monitor (`monitor`) makes namespaces, watches time, memory, processes, disk and output, and ends the whole process
//! tree. Inside, `jail` builds the private root and drops ids, `landlock` and `seccomp` hold what namespaces let
//! through. `probe` attacks it once at start: the level is what was seen to hold, not what was asked for.

mod client;
pub mod environment;
pub mod execute;
pub mod interpreter;
mod job;
#[cfg(target_os = "linux")]
mod linux;

pub use client::{Sandbox, SandboxError};
pub use execute::{Tester, TesterError};
pub use interpreter::{Interpreter, InterpreterError};
pub use job::{Captured, End, File, Job, Layer, Layers, Limits, Outcome, Reason, Report};

/// The hidden first argument that makes this program the sandbox's supervisor.
pub const SUPERVISOR: &str = "sandbox-supervisor";

/// The whole of the supervisor's life; called before anything else of the program runs.
#[cfg(target_os = "linux")]
pub fn supervise() -> std::process::ExitCode {
    linux::supervisor::main()
}

#[cfg(not(target_os = "linux"))]
pub fn supervise() -> std::process::ExitCode {
    std::process::ExitCode::FAILURE
}
