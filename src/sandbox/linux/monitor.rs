//! One run, watched from outside: forks the first process into its namespaces, drains what the program writes, samples
//! what it uses, and ends the whole tree when a limit is hit, when the caller goes away, or when the program has ended.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{Gid, Pid, SysconfVar, Uid, pipe2, sysconf};

use super::super::job::{Captured, End, Job, Layer, Layers, Limits, Outcome, Reason};
use super::attack::Targets;
use super::cgroup::{Group, Place};
use super::child::{Child, Status, first};
use super::sample::{Sample, sample, tree};
use super::seccomp::Filters;
use super::supervisor::flags;
use super::{jail, sys};
use crate::core::execution::Level;

/// What the supervisor learned and every run uses.
pub struct Context {
    pub layers: Layers,
    /// The caller is root: the program becomes another user.
    pub root: bool,
    pub filters: Option<Filters>,
    /// Where runs get groups of their own, if anywhere.
    pub groups: Option<Place>,
}

#[derive(Clone, Copy)]
pub enum Work<'a> {
    Job(&'a Job),
    Attack(&'a Targets),
}

/// A run that could not be started, and the wall that could not be built.
#[derive(Debug)]
pub struct Broken {
    pub layer: Option<Layer>,
    pub reason: String,
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Self { layer: None, reason: error.to_string() }
    }
}

impl From<nix::Error> for Broken {
    fn from(error: nix::Error) -> Self {
        io::Error::from(error).into()
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.layer {
            Some(layer) => write!(f, "{}: {}", layer.as_str(), self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

/// The most that is kept of a program's result.
const RESULT: u64 = 8 << 20;

/// A program that writes this many times what is kept of a stream is ended.
const FLOOD: u64 = 1024;

fn channel() -> io::Result<(File, OwnedFd)> {
    let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
    fcntl(&read, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok((File::from(read), write))
}

pub fn monitor(context: &Context, work: Work<'_>, caller: Option<&UnixStream>) -> Result<Outcome, Broken> {
    let empty = attack_job();
    let job = match work {
        Work::Job(job) => job,
        Work::Attack(_) => &empty,
    };
    // Without a mount namespace the private folder is one of the system's temporary ones.
    let folder = if context.layers.has(Layer::Mount) { None } else { Some(tempfile::tempdir()?) };
    if let (Some(folder), true, true) = (&folder, context.root, context.layers.has(Layer::User)) {
        let nobody = jail::NOBODY;
        nix::unistd::chown(folder.path(), Some(Uid::from_raw(nobody)), Some(Gid::from_raw(nobody)))?;
    }
    let work_folder = folder.as_ref().map_or(Path::new(jail::WORK), |folder| folder.path());
    let (stdout, out) = channel()?;
    let (stderr, err) = channel()?;
    let (result, res) = channel()?;
    let (status, stat) = channel()?;
    let (mapped, tell_mapped) = pipe2(OFlag::O_CLOEXEC)?;
    let (input, stdin) = pipe2(OFlag::O_CLOEXEC)?;
    let namespaces = Layer::EVERY.into_iter().fold(0, |all, layer| all | flags(context.layers, layer));
    let began = Instant::now();
    let Some(init) = sys::fork(namespaces)? else {
        drop((stdout, stderr, result, status, tell_mapped, stdin));
        let child = Child { input, out, err, result: res, status: stat, mapped };
        first(context, work, job, work_folder, child);
    };
    drop((out, err, res, stat, mapped, input));
    let guard = Tree { init, pid_namespace: context.layers.has(Layer::Pid) };
    if context.layers.has(Layer::User) {
        map_ids(init, context.root).map_err(|error| Broken { layer: Some(Layer::User), reason: error.to_string() })?;
    }
    // Without a group the monitor's own looks are what there is.
    let group = context.groups.as_ref().and_then(|groups| groups.group(&job.limits).ok());
    let group = group.filter(|group| group.take(init).is_ok());
    nix::unistd::write(&tell_mapped, b"m")?;
    drop(tell_mapped);
    let watched = watch(
        context,
        &job.limits,
        Streams { stdin: Some(File::from(stdin)), input: &job.stdin, pipes: [stdout, stderr, result, status] },
        &guard,
        caller,
        began,
    )?;
    drop(guard);
    let out_of_memory = group.as_ref().is_some_and(Group::ran_out_of_memory);
    drop(group);
    let seconds = watched.ended.duration_since(began).as_secs_f64();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    let [stdout, stderr, result, told] = watched.captured;
    let status: Option<Status> = rmp_serde::from_slice(&told.bytes).ok();
    let end = match (watched.killed, status) {
        (_, Some(Status::Broken { layer, reason })) => return Err(Broken { layer, reason }),
        (Some(reason), _) => End::Killed(reason),
        (None, None | Some(Status::Signalled(libc::SIGKILL))) if out_of_memory => End::Killed(Reason::Memory),
        (None, Some(Status::Signalled(signal))) if signal == libc::SIGXCPU => End::Killed(Reason::Cpu),
        (None, Some(Status::Signalled(signal))) => End::Signalled(signal),
        (None, Some(Status::Exited(code))) => End::Exited(code),
        (None, None) => End::Signalled(libc::SIGKILL),
    };
    Ok(Outcome {
        end,
        seconds,
        cpu_seconds: watched.peak.cpu.max(cpu(usage.user_time()) + cpu(usage.system_time())),
        peak_memory: watched.peak.memory.max((usage.max_rss() as u64) << 10),
        stdout,
        stderr,
        result,
        level: Level::None,
        missing: Vec::new(),
    })
}

fn attack_job() -> Job {
    let limits = Limits { wall: Duration::from_secs(5), ..Limits::default() };
    Job {
        program: Default::default(),
        args: Vec::new(),
        stdin: Vec::new(),
        env: Vec::new(),
        files: Vec::new(),
        readonly: Vec::new(),
        limits,
    }
}

/// As root: root for the set-up, then nobody. As an ordinary user: that user, under another number inside.
fn map_ids(init: Pid, root: bool) -> io::Result<()> {
    let write = |file: &str, text: String| fs::write(format!("/proc/{init}/{file}"), text);
    let nobody = jail::NOBODY;
    if root {
        let both = format!("0 0 1\n{nobody} {nobody} 1\n");
        write("uid_map", both.clone())?;
        return write("gid_map", both);
    }
    write("uid_map", format!("{nobody} {} 1\n", Uid::effective()))?;
    write("setgroups", "deny".to_owned())?;
    write("gid_map", format!("{nobody} {} 1\n", Gid::effective()))
}

/// The processes of a run; ending them is what dropping it does.
struct Tree {
    init: Pid,
    pid_namespace: bool,
}

impl Tree {
    fn end(&self) {
        if !self.pid_namespace {
            // Each round may meet children that were made during the one before.
            for _ in 0..1000 {
                let below: Vec<i32> = tree(self.init).into_iter().skip(1).collect();
                let living = below.iter().filter(|pid| kill(Pid::from_raw(**pid), Signal::SIGKILL).is_ok()).count();
                if living == 0 {
                    break;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        let _ = kill(self.init, Signal::SIGKILL);
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.end();
        let _ = waitpid(self.init, None);
    }
}

struct Streams<'a> {
    stdin: Option<File>,
    input: &'a [u8],
    /// Standard output, standard error, the result, the first process's status.
    pipes: [File; 4],
}

struct Watched {
    captured: [Captured; 4],
    killed: Option<Reason>,
    peak: Sample,
    ended: Instant,
}

fn watch(
    context: &Context,
    limits: &Limits,
    mut streams: Streams<'_>,
    tree: &Tree,
    caller: Option<&UnixStream>,
    began: Instant,
) -> Result<Watched, Broken> {
    let monitored = context.layers.has(Layer::Monitor);
    let ticks = sysconf(SysconfVar::CLK_TCK)?.unwrap_or(100) as f64;
    let mut watched = Watched { captured: Default::default(), killed: None, peak: Sample::default(), ended: began };
    let mut open = [true; 4];
    let mut next_sample = began;
    if let Some(stdin) = &streams.stdin {
        fcntl(stdin, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    // The status pipe closes with the first process, and with it every other.
    while open[3] {
        let now = Instant::now();
        if now >= next_sample {
            let used = sample(tree.init, ticks);
            watched.peak.memory = watched.peak.memory.max(used.memory);
            watched.peak.cpu = watched.peak.cpu.max(used.cpu);
            let killed = match used {
                _ if now.duration_since(began) >= limits.wall => Some(Reason::Wall),
                used if used.memory > limits.memory => Some(Reason::Memory),
                used if used.cpu > limits.cpu.as_secs_f64() => Some(Reason::Cpu),
                used if used.tasks > limits.processes => Some(Reason::Processes),
                _ => None,
            };
            if let Some(reason) = killed.filter(|_| monitored || now.duration_since(began) >= limits.wall) {
                watched.killed = Some(reason);
                break;
            }
            // Young programs are looked at more often: most are short, and a bomb grows at once.
            let pace = if now.duration_since(began) < Duration::from_millis(100) { 10 } else { 20 };
            next_sample = (now + Duration::from_millis(pace)).min(began + limits.wall);
        }
        let timeout = next_sample.saturating_duration_since(now).as_millis().clamp(1, 1000) as u16;
        let ready = ready(&streams, &open, caller, timeout)?;
        if ready.caller_gone {
            break;
        }
        if ready.stdin {
            feed(&mut streams);
        }
        for at in 0..4 {
            if ready.pipes[at] {
                let kept = [limits.output, limits.output, RESULT, RESULT][at];
                open[at] = drain(&mut streams.pipes[at], &mut watched.captured[at], kept)?;
                if at < 2 && watched.captured[at].total > limits.output.saturating_mul(FLOOD) && monitored {
                    watched.killed = Some(Reason::Output);
                    open[3] = false;
                }
            }
        }
    }
    watched.ended = Instant::now();
    tree.end();
    // What the program wrote before it ended is still in the pipes.
    for at in 0..4 {
        let kept = [limits.output, limits.output, RESULT, RESULT][at];
        drain(&mut streams.pipes[at], &mut watched.captured[at], kept)?;
    }
    Ok(watched)
}

#[derive(Default)]
struct Ready {
    pipes: [bool; 4],
    stdin: bool,
    caller_gone: bool,
}

fn ready(streams: &Streams<'_>, open: &[bool; 4], caller: Option<&UnixStream>, timeout: u16) -> io::Result<Ready> {
    #[derive(Clone, Copy)]
    enum Who {
        Pipe(usize),
        Stdin,
        Caller,
    }
    let mut asked: Vec<(Who, BorrowedFd<'_>, PollFlags)> = Vec::with_capacity(6);
    for (at, pipe) in streams.pipes.iter().enumerate().filter(|(at, _)| open[*at]) {
        asked.push((Who::Pipe(at), pipe.as_fd(), PollFlags::POLLIN));
    }
    asked.extend(streams.stdin.as_ref().map(|stdin| (Who::Stdin, stdin.as_fd(), PollFlags::POLLOUT)));
    asked.extend(caller.map(|caller| (Who::Caller, caller.as_fd(), PollFlags::POLLHUP)));
    let mut fds: Vec<PollFd<'_>> = asked.iter().map(|(_, fd, flags)| PollFd::new(*fd, *flags)).collect();
    match poll(&mut fds, PollTimeout::from(timeout)) {
        Ok(_) | Err(nix::Error::EINTR) => {}
        Err(error) => return Err(error.into()),
    }
    let mut ready = Ready::default();
    for ((who, ..), fd) in asked.iter().zip(&fds) {
        if fd.any() == Some(true) {
            match who {
                Who::Pipe(at) => ready.pipes[*at] = true,
                Who::Stdin => ready.stdin = true,
                Who::Caller => ready.caller_gone = true,
            }
        }
    }
    Ok(ready)
}

/// Writes what the pipe takes; closes it when all is written or nobody reads it.
fn feed(streams: &mut Streams<'_>) {
    let Some(stdin) = &mut streams.stdin else { return };
    match stdin.write(streams.input) {
        Ok(written) if written < streams.input.len() => streams.input = &streams.input[written..],
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        _ => streams.stdin = None,
    }
}

/// Reads what is there. Whether more may come.
fn drain(pipe: &mut File, captured: &mut Captured, keep: u64) -> io::Result<bool> {
    let mut buffer = [0; 1 << 16];
    // A writer that never rests must not keep the monitor from its clock.
    for _ in 0..16 {
        match pipe.read(&mut buffer) {
            Ok(0) => return Ok(false),
            Ok(read) => {
                captured.total += read as u64;
                let room = keep.saturating_sub(captured.bytes.len() as u64).min(read as u64) as usize;
                captured.bytes.extend_from_slice(&buffer[..room]);
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(true),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}
