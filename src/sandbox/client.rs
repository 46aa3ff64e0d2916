//! The caller's side: starts the supervisor, hands it jobs, waits for outcomes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::job::{Job, Layers, Outcome, Report};
use crate::core::execution::Level;

#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    #[error(
        "this system has no sandbox for untrusted code: it needs Linux with namespaces, Landlock and seccomp; run the tests on such a machine, or say --unsandboxed where losing the machine would not matter"
    )]
    Unsupported,
    #[error("the sandbox's supervisor `{}` could not be started: {reason}", program.display())]
    Start { program: PathBuf, reason: String },
    #[error(
        "the sandbox reaches the level `{has}` here and `{wanted}` is required; missing: {missing}. `fdsp sandbox` shows each wall; --sandbox-level {has} accepts it"
    )]
    Level { has: Level, wanted: Level, missing: String },
    #[error("the sandbox could not run the program: {0}")]
    Run(String),
}

/// A warm supervisor; clones share it, and it ends with the last of them.
#[derive(Debug, Clone)]
pub struct Sandbox {
    inner: Arc<inner::Inner>,
    report: Arc<Report>,
}

impl Sandbox {
    /// Starts `program` (fdsp itself) as the supervisor and has the sandbox attacked once.
    pub async fn start(program: &Path, layers: Layers) -> Result<Self, SandboxError> {
        let program = program.to_owned();
        let start = move || inner::Inner::start(&program, layers);
        let (inner, report) =
            tokio::task::spawn_blocking(start).await.map_err(|error| SandboxError::Run(error.to_string()))??;
        Ok(Self { inner: Arc::new(inner), report: Arc::new(report) })
    }

    pub fn report(&self) -> &Report {
        &self.report
    }

    pub fn level(&self) -> Level {
        self.report.level
    }

    pub fn require(&self, wanted: Level) -> Result<(), SandboxError> {
        let has = self.level();
        if has >= wanted {
            return Ok(());
        }
        Err(SandboxError::Level { has, wanted, missing: self.report.missing().join("; ") })
    }

    /// Runs one job; many may run at once. Dropping the future ends the program.
    pub async fn run(&self, job: &Job) -> Result<Outcome, SandboxError> {
        let mut outcome = self.inner.run(job).await?;
        outcome.level = self.report.level;
        outcome.missing = self.report.missing();
        Ok(outcome)
    }
}

#[cfg(target_os = "linux")]
mod inner {
    use std::io::IoSlice;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::os::unix::net::UnixStream;
    use std::path::Path;
    use std::process::{Child, Command, Stdio};

    use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::super::job::{Job, Layers, Outcome, Report};
    use super::super::linux::cgroup::Place;
    use super::super::linux::wire;
    use super::{super::SUPERVISOR, SandboxError};

    #[derive(Debug)]
    pub struct Inner {
        control: UnixStream,
        supervisor: Child,
        /// Where the supervisor makes groups for its runs.
        groups: Option<Place>,
    }

    impl Inner {
        pub fn start(program: &Path, layers: Layers) -> Result<(Self, Report), SandboxError> {
            let failed = |reason: String| SandboxError::Start { program: program.to_owned(), reason };
            let (control, theirs) = UnixStream::pair().map_err(|error| failed(error.to_string()))?;
            let supervisor = Command::new(program)
                .arg(SUPERVISOR)
                .env_clear()
                .current_dir("/")
                .stdin(Stdio::from(OwnedFd::from(theirs)))
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .map_err(|error| failed(error.to_string()))?;
            let mut inner = Self { control, supervisor, groups: None };
            let started = wire::send(&mut inner.control, &layers).and_then(|()| wire::receive(&mut inner.control));
            let started: std::io::Result<Report> = started;
            match started {
                Ok(report) => {
                    let folder = report.cgroup.as_ref().ok();
                    inner.groups = folder.map(|folder| Place::new(folder.clone(), inner.supervisor.id()));
                    Ok((inner, report))
                }
                Err(error) => Err(failed(format!("it did not answer: {error}"))),
            }
        }

        pub async fn run(&self, job: &Job) -> Result<Outcome, SandboxError> {
            let failed = |error: std::io::Error| SandboxError::Run(error.to_string());
            let (ours, theirs) = UnixStream::pair().map_err(failed)?;
            let fds = [theirs.as_raw_fd()];
            let rights = [ControlMessage::ScmRights(&fds)];
            sendmsg::<()>(self.control.as_raw_fd(), &[IoSlice::new(b"j")], &rights, MsgFlags::MSG_NOSIGNAL, None)
                .map_err(|error| SandboxError::Run(format!("its supervisor is gone: {error}")))?;
            drop(theirs);
            ours.set_nonblocking(true).map_err(failed)?;
            let mut stream = tokio::net::UnixStream::from_std(ours).map_err(failed)?;
            let bytes = wire::frame(job).map_err(failed)?;
            stream.write_all(&bytes).await.map_err(failed)?;
            let length = stream.read_u64().await.map_err(failed)?;
            let mut bytes = vec![0; wire::checked(length).map_err(failed)?];
            stream.read_exact(&mut bytes).await.map_err(failed)?;
            let outcome: Result<Outcome, String> = wire::open(&bytes).map_err(failed)?;
            outcome.map_err(SandboxError::Run)
        }
    }

    impl Drop for Inner {
        fn drop(&mut self) {
            let _ = self.control.shutdown(std::net::Shutdown::Both);
            let _ = self.supervisor.kill();
            let _ = self.supervisor.wait();
            // Monitors died with it; what they would have removed is removed here.
            if let Some(groups) = &self.groups {
                groups.sweep();
            }
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod inner {
    use std::path::Path;

    use super::super::job::{Job, Layers, Outcome, Report};
    use super::SandboxError;

    #[derive(Debug)]
    pub struct Inner;

    impl Inner {
        pub fn start(_: &Path, _: Layers) -> Result<(Self, Report), SandboxError> {
            Err(SandboxError::Unsupported)
        }

        pub async fn run(&self, _: &Job) -> Result<Outcome, SandboxError> {
            Err(SandboxError::Unsupported)
        }
    }
}
