//! Another program run once: a clean environment, a deadline, a bound on what it may write, and no child left behind.

use std::ffi::OsString;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;
use tokio::sync::Notify;

/// What a program may write to its output, or to its file.
pub const LIMIT: u64 = 64 << 20;
/// Kept of what it says on standard error, from the end.
const SAID: usize = 4096;
const LOOK: Duration = Duration::from_millis(100);

pub struct Call<'a> {
    pub command: &'a [String],
    pub folder: &'a Path,
    pub environment: &'a [(OsString, OsString)],
    pub deadline: Duration,
    pub ok_exit: &'a [i32],
    /// The file that the program writes its report to, watched for its size.
    pub out: &'a Path,
}

/// Why a call came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("cannot be started: {0}")]
    Start(String),
    #[error("not done within {} s", .0.as_secs_f32())]
    Hung(Duration),
    #[error("wrote more than {} MiB", LIMIT >> 20)]
    TooMuch,
    #[error("{how}{}", if said.is_empty() { String::new() } else { format!(": {said}") })]
    Ended { how: String, said: String },
    #[error("{0}")]
    Rubbish(String),
}

/// What a program leaves behind that ended as it may.
pub struct Done {
    pub output: Vec<u8>,
    /// How it ended, where its exit code is not 0: the reason to tell when its report turns out to be none.
    pub complaint: Option<Fault>,
}

/// Runs the program to its end.
pub async fn run(call: &Call<'_>) -> Result<Done, Fault> {
    let Some((program, arguments)) = call.command.split_first() else {
        return Err(Fault::Start("no program is named".to_owned()));
    };
    let mut command = Command::new(program);
    command.args(arguments).current_dir(call.folder).env_clear().envs(call.environment.iter().cloned());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own: Ctrl-C on the terminal is for us, and a kill reaches whatever the program started.
    #[cfg(unix)]
    command.process_group(0);
    let mut child = command.spawn().map_err(|error| Fault::Start(format!("{program}: {error}")))?;
    let group = Group(child.id());
    let (Some(output), Some(errors)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(Fault::Start("its pipes are missing".to_owned()));
    };
    let overflow = Arc::new(Notify::new());
    let reading = tokio::spawn(capped(output, overflow.clone()));
    let listening = tokio::spawn(last_words(errors));
    let ended = tokio::select! {
        status = child.wait() => status.map_err(|error| Fault::Start(error.to_string())),
        () = overflow.notified() => Err(Fault::TooMuch),
        () = outgrown(call.out) => Err(Fault::TooMuch),
        () = tokio::time::sleep(call.deadline) => Err(Fault::Hung(call.deadline)),
    };
    // Whatever it has left running would keep the pipes open.
    drop(group);
    let _ = child.kill().await;
    let (read, said) = (reading.await, listening.await.unwrap_or_default());
    let status = ended?;
    let Ok(Some(output)) = read else { return Err(Fault::TooMuch) };
    let complaint = Fault::Ended { how: in_words(status), said: last_line(&said) };
    match status.code() {
        Some(code) if call.ok_exit.contains(&code) => Ok(Done { output, complaint: (code != 0).then_some(complaint) }),
        _ => Err(complaint),
    }
}

fn in_words(status: ExitStatus) -> String {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return format!("killed by signal {signal}");
    }
    status.code().map_or_else(|| "ended without an exit code".to_owned(), |code| format!("ended with exit code {code}"))
}

/// `None`: more than may be written.
async fn capped(output: impl AsyncRead + Unpin, overflow: Arc<Notify>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // An error ends the reading as the end does: what came is looked at.
    let _ = output.take(LIMIT + 1).read_to_end(&mut bytes).await;
    if bytes.len() as u64 > LIMIT {
        overflow.notify_one();
        return None;
    }
    Some(bytes)
}

async fn last_words(mut errors: impl AsyncRead + Unpin) -> Vec<u8> {
    let (mut said, mut piece) = (Vec::new(), vec![0; 8192]);
    while let Ok(length @ 1..) = errors.read(&mut piece).await {
        said.extend_from_slice(&piece[..length]);
        said.drain(..said.len().saturating_sub(SAID));
    }
    said
}

fn last_line(said: &[u8]) -> String {
    let said = String::from_utf8_lossy(said);
    let line = said.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    line.chars().take(300).collect()
}

/// Comes to its end when the file is larger than may be.
async fn outgrown(file: &Path) {
    loop {
        tokio::time::sleep(LOOK).await;
        if tokio::fs::metadata(file).await.is_ok_and(|data| data.len() > LIMIT) {
            return;
        }
    }
}

/// A process and what it started, killed when this is dropped.
struct Group(Option<u32>);

impl Drop for Group {
    fn drop(&mut self) {
        kill_group(self.0);
    }
}

/// Kills the process group that the process leads.
pub fn kill_group(leader: Option<u32>) {
    #[cfg(unix)]
    if let Some(group) = leader.and_then(|id| rustix::process::Pid::from_raw(id.cast_signed())) {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
}
