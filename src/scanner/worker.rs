//! One Bandit process: a request out, the answer with its number back, or a fault.

use std::process::Stdio;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::locate::Interpreter;
use super::process::kill_group;
use crate::core::finding::{Finding, Level, ScanError};

const SCRIPT: &str = include_str!("worker.py");
const START: Duration = Duration::from_secs(60);
/// An answer beyond this many bytes is rubbish.
const LIMIT: u64 = 256 << 20;

/// What makes a worker useless: it is killed, and another one started.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("Bandit's process ended")]
    Ended,
    #[error("Bandit did not answer within {} s", .0.as_secs_f32())]
    Hung(Duration),
    #[error("Bandit's process wrote something else than an answer")]
    Rubbish,
    #[error("Bandit could not be started: {0}")]
    Start(String),
}

#[derive(Debug, Deserialize)]
pub struct Hello {
    pub bandit: String,
    pub python: String,
}

#[derive(Deserialize)]
struct Answer {
    id: u64,
    error: Option<Problem>,
    findings: Vec<Raw>,
}

#[derive(Deserialize)]
struct Problem {
    line: Option<u32>,
    message: String,
}

#[derive(Deserialize)]
struct Raw {
    rule: String,
    name: String,
    cwe: Option<u32>,
    severity: Level,
    confidence: Level,
    line: u32,
    end_line: u32,
    column: u32,
    message: String,
    hidden: bool,
}

#[derive(Debug)]
pub struct Worker {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    sent: u64,
}

/// Keys are for the models' servers; no other program has use for them.
fn is_secret(name: &std::ffi::OsStr) -> bool {
    let name = name.to_string_lossy().to_ascii_uppercase();
    ["KEY", "TOKEN", "SECRET", "PASSWORD"].iter().any(|word| name.contains(word))
}

impl Worker {
    pub async fn start(interpreter: &Interpreter) -> Result<(Self, Hello), Fault> {
        let mut command = Command::new(&interpreter.program);
        command.args(&interpreter.arguments).arg("-c").arg(SCRIPT);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_secret(name)) {
            command.env_remove(name);
        }
        // A group of its own: Ctrl-C on the terminal is for us, and a kill reaches whatever the command started.
        #[cfg(unix)]
        command.process_group(0);
        let mut child = command.spawn().map_err(|error| Fault::Start(error.to_string()))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(input), Some(output), Some(mut errors)) = pipes else {
            return Err(Fault::Start("its pipes are missing".to_owned()));
        };
        let mut worker = Self { child, input, output: BufReader::new(output), sent: 0 };
        match worker.read(START).await {
            Ok(hello) => Ok((worker, hello)),
            Err(fault) => {
                worker.kill().await;
                let mut said = Vec::new();
                // Whoever else holds the pipe must not hold us.
                let _ = tokio::time::timeout(Duration::from_secs(1), errors.read_to_end(&mut said)).await;
                let said = String::from_utf8_lossy(&said);
                let last = said.lines().rev().find(|line| !line.trim().is_empty());
                Err(Fault::Start(last.map_or_else(|| fault.to_string(), |line| line.trim().to_owned())))
            }
        }
    }

    /// `Ok` is Bandit's word on this very code.
    pub async fn scan(&mut self, code: &[u8], deadline: Duration) -> Result<Result<Vec<Finding>, ScanError>, Fault> {
        self.sent += 1;
        let mut request = format!("{{\"id\":{},\"code\":\"", self.sent);
        STANDARD.encode_string(code, &mut request);
        request.push_str("\"}\n");
        let exchange = async {
            self.input.write_all(request.as_bytes()).await.map_err(|_| Fault::Ended)?;
            self.input.flush().await.map_err(|_| Fault::Ended)?;
            read(&mut self.output).await
        };
        let answer: Answer = tokio::time::timeout(deadline, exchange).await.map_err(|_| Fault::Hung(deadline))??;
        if answer.id != self.sent {
            return Err(Fault::Rubbish);
        }
        Ok(match answer.error {
            Some(Problem { line, message }) => Err(ScanError { line, message, failed: false }),
            None => Ok(answer.findings.into_iter().map(Finding::from).collect()),
        })
    }

    async fn read<T: DeserializeOwned>(&mut self, deadline: Duration) -> Result<T, Fault> {
        tokio::time::timeout(deadline, read(&mut self.output)).await.map_err(|_| Fault::Hung(deadline))?
    }

    /// Kills the process and waits until it is gone.
    pub async fn kill(mut self) {
        self.kill_group();
        let _ = self.child.kill().await;
    }

    fn kill_group(&self) {
        // The number is known only until the process is reaped, so it cannot be another's.
        kill_group(self.child.id());
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill_group();
    }
}

async fn read<T: DeserializeOwned>(output: &mut BufReader<ChildStdout>) -> Result<T, Fault> {
    let mut line = Vec::new();
    output.take(LIMIT).read_until(b'\n', &mut line).await.map_err(|_| Fault::Ended)?;
    match line.last() {
        None => Err(Fault::Ended),
        Some(b'\n') => serde_json::from_slice(&line).map_err(|_| Fault::Rubbish),
        Some(_) if line.len() as u64 == LIMIT => Err(Fault::Rubbish),
        Some(_) => Err(Fault::Ended),
    }
}

impl From<Raw> for Finding {
    fn from(raw: Raw) -> Self {
        Self {
            rule: raw.rule,
            name: raw.name,
            cwe: raw.cwe,
            severity: Some(raw.severity),
            confidence: Some(raw.confidence),
            line: raw.line,
            end_line: raw.end_line,
            column: raw.column,
            message: raw.message,
            suppressed: raw.hidden.then(|| "nosec".to_owned()),
        }
    }
}
