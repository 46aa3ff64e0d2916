//! What is run, under which limits, and what came of it.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::execution::Level;

/// One of the walls around a program. Tests take them away one by one to see which attack each stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// User namespace: no capability outside, and as root another user.
    User,
    /// Mount namespace: a root of its own, the system read-only.
    Mount,
    /// Process namespace: other processes cannot be seen, the tree ends with its first process.
    Pid,
    /// Network namespace: loopback of its own and nothing else.
    Net,
    /// IPC and host name namespaces.
    Ipc,
    Landlock,
    Seccomp,
    NoNewPrivs,
    Rlimits,
    /// The monitor's own sampling: wall clock, memory, processes, output.
    Monitor,
}

impl Layer {
    pub const EVERY: [Layer; 10] = [
        Self::User,
        Self::Mount,
        Self::Pid,
        Self::Net,
        Self::Ipc,
        Self::Landlock,
        Self::Seccomp,
        Self::NoNewPrivs,
        Self::Rlimits,
        Self::Monitor,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user namespace",
            Self::Mount => "mount namespace",
            Self::Pid => "process namespace",
            Self::Net => "network namespace",
            Self::Ipc => "IPC namespace",
            Self::Landlock => "Landlock",
            Self::Seccomp => "seccomp",
            Self::NoNewPrivs => "no_new_privs",
            Self::Rlimits => "resource limits",
            Self::Monitor => "monitor",
        }
    }
}

/// The layers that are wanted; all but for tests and `--unsandboxed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers(u16);

impl Layers {
    pub const ALL: Layers = Layers(u16::MAX);
    /// What `--unsandboxed` leaves: limits and the monitor, nothing that holds the program back.
    pub const UNSANDBOXED: Layers = Layers(1 << Layer::Rlimits as u16 | 1 << Layer::Monitor as u16);

    pub fn has(self, layer: Layer) -> bool {
        self.0 & 1 << layer as u16 != 0
    }

    pub fn without(self, layer: Layer) -> Self {
        Self(self.0 & !(1 << layer as u16))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub wall: Duration,
    /// Processor time of the whole tree.
    pub cpu: Duration,
    /// Bytes of the whole tree: resident memory of its processes, shared memory counted in each.
    pub memory: u64,
    /// Processes and threads.
    pub processes: u32,
    /// Bytes of one file.
    pub file_size: u64,
    /// Bytes in the private folders together.
    pub disk: u64,
    /// Bytes that are kept of each output stream; what comes after is counted and dropped.
    pub output: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            wall: Duration::from_secs(10),
            cpu: Duration::from_secs(10),
            memory: 512 << 20,
            processes: 64,
            file_size: 64 << 20,
            disk: 128 << 20,
            output: 64 << 10,
        }
    }
}

/// What lies in the working folder at the start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Relative, with `/`; `..` is refused. A folder ends in `/`.
    pub path: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    pub program: PathBuf,
    pub args: Vec<String>,
    pub stdin: Vec<u8>,
    /// The whole environment.
    pub env: Vec<(String, String)>,
    pub files: Vec<File>,
    /// Folders and files outside the system's own that the program may read, at the same path inside.
    pub readonly: Vec<PathBuf>,
    pub limits: Limits,
}

/// Which limit ended the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    Wall,
    Cpu,
    Memory,
    Processes,
    /// Many times more output than is kept.
    Output,
}

impl Reason {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Wall => "wall clock",
            Self::Cpu => "processor time",
            Self::Memory => "memory",
            Self::Processes => "processes",
            Self::Output => "output",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    Exited(i32),
    /// By a signal that the monitor did not send.
    Signalled(i32),
    Killed(Reason),
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Captured {
    pub bytes: Vec<u8>,
    /// How many bytes came; more than `bytes` holds where the rest was dropped.
    pub total: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub end: End,
    pub seconds: f64,
    pub cpu_seconds: f64,
    /// Bytes of the whole tree, as sampled.
    pub peak_memory: u64,
    pub stdout: Captured,
    pub stderr: Captured,
    /// What the program wrote to the descriptor that `FDSP_RESULT_FD` names.
    pub result: Captured,
    pub level: Level,
    /// What is missing below `full`, in words.
    pub missing: Vec<String>,
}

/// What the attack at start found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub level: Level,
    /// Every wall, whether it stands, and why not.
    pub layers: Vec<(Layer, Result<(), String>)>,
    /// What the attack got through, in words.
    pub breaches: Vec<String>,
    /// The folder in which every run gets a cgroup of its own, or why there is none. No level needs it.
    pub cgroup: Result<PathBuf, String>,
}

impl Report {
    pub fn missing(&self) -> Vec<String> {
        let walls = self
            .layers
            .iter()
            .filter_map(|(layer, state)| state.as_ref().err().map(|reason| format!("{}: {reason}", layer.as_str())));
        walls.chain(self.breaches.iter().cloned()).collect()
    }
}
