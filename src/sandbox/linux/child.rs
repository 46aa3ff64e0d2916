//! Inside the namespaces: the first process, which builds the rest of the walls, starts the program, and reaps what it
//! leaves. When it ends, the kernel ends everything in its process namespace.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, signal, sigprocmask};
use nix::sys::wait::{WaitStatus, wait};
use nix::unistd::{Gid, Uid, dup2_raw, execve, setsid};
use serde::{Deserialize, Serialize};

use super::super::job::{Job, Layer, Limits};
use super::monitor::{Context, Work};
use super::{attack, jail, landlock, sys};

/// This end of the pipes.
pub struct Child {
    pub input: OwnedFd,
    pub out: OwnedFd,
    pub err: OwnedFd,
    pub result: OwnedFd,
    pub status: OwnedFd,
    /// One byte comes when the ids are mapped.
    pub mapped: OwnedFd,
}

/// The first process's last word.
#[derive(Debug, Serialize, Deserialize)]
pub enum Status {
    Exited(i32),
    Signalled(i32),
    Broken { layer: Option<Layer>, reason: String },
}

/// The descriptor of the result, inside.
const RESULT_FD: RawFd = 3;

type Step<T> = Result<T, (Option<Layer>, io::Error)>;

fn of<T, E: Into<io::Error>>(layer: Layer, result: Result<T, E>) -> Step<T> {
    result.map_err(|error| (Some(layer), error.into()))
}

fn told(status: &OwnedFd, word: &Status) {
    if let Ok(bytes) = rmp_serde::to_vec(word) {
        let _ = nix::unistd::write(status, &bytes);
    }
}

pub fn first(context: &Context, work: Work<'_>, job: &Job, folder: &Path, child: Child) -> ! {
    let status = match start(context, work, job, folder, &child) {
        Ok(program) => reap(program, child),
        Err((layer, error)) => {
            told(&child.status, &Status::Broken { layer, reason: error.to_string() });
            sys::leave(1)
        }
    };
    let (status, word) = status;
    told(&status, &word);
    sys::leave(0)
}

fn start(context: &Context, work: Work<'_>, job: &Job, folder: &Path, child: &Child) -> Step<nix::unistd::Pid> {
    let _ = sys::die_with_parent();
    let layers = context.layers;
    let mut byte = [0];
    let read = nix::unistd::read(&child.mapped, &mut byte).map_err(|error| (None, error.into()))?;
    if read == 0 {
        return Err((None, io::Error::other("the monitor ended")));
    }
    if layers.has(Layer::Net) {
        of(Layer::Net, sys::loopback_up())?;
    }
    if layers.has(Layer::Mount) {
        let nobody = (Uid::from_raw(jail::NOBODY), Gid::from_raw(jail::NOBODY));
        of(Layer::Mount, jail::build(job, (context.root && layers.has(Layer::User)).then_some(nobody)))?;
    } else {
        of(Layer::Mount, nix::unistd::chdir(folder))?;
    }
    of(Layer::User, jail::drop_ids(layers, context.root))?;
    let _ = sys::die_with_parent();
    let _ = sys::not_dumpable();
    let _ = sys::adopt_orphans();
    jail::fill(folder, &job.files).map_err(|error| (None, error))?;
    match sys::fork(0).map_err(|error| (None, error))? {
        Some(program) => Ok(program),
        None => {
            if let Err((layer, error)) = program(context, work, job, folder, child) {
                told(&child.status, &Status::Broken { layer, reason: error.to_string() });
            }
            sys::leave(127)
        }
    }
}

/// Waits for the program, and for whatever else ends before it.
fn reap(program: nix::unistd::Pid, child: Child) -> (OwnedFd, Status) {
    let Child { status, .. } = child;
    loop {
        match wait() {
            Ok(WaitStatus::Exited(pid, code)) if pid == program => return (status, Status::Exited(code)),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == program => {
                return (status, Status::Signalled(signal as i32));
            }
            Ok(_) | Err(nix::Error::EINTR) => {}
            Err(error) => return (status, Status::Broken { layer: None, reason: error.to_string() }),
        }
    }
}

/// The process that becomes the program. Returns only when it cannot.
fn program(context: &Context, work: Work<'_>, job: &Job, folder: &Path, child: &Child) -> Step<()> {
    let layers = context.layers;
    let plain = |error: io::Error| (None, error);
    let strings = Strings::of(job).map_err(plain)?;
    let _ = setsid();
    let places = [(&child.input, 0), (&child.out, 1), (&child.err, 2)];
    for (fd, number) in places {
        // SAFETY: 0 to 2 are the standard streams, which this process is about to hand to a program.
        let _ = unsafe { dup2_raw(fd, number) }.map_err(|error| plain(error.into()))?.into_raw_fd();
    }
    for number in 1..=libc::SIGRTMAX() {
        if let Ok(known) = Signal::try_from(number) {
            // SAFETY: the default action installs no handler.
            let _ = unsafe { signal(known, SigHandler::SigDfl) };
        }
    }
    let _ = sigprocmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None);
    if layers.has(Layer::Rlimits) {
        of(Layer::Rlimits, limit(&job.limits))?;
    }
    if layers.has(Layer::NoNewPrivs) {
        of(Layer::NoNewPrivs, sys::no_new_privileges())?;
    }
    if layers.has(Layer::Landlock) {
        let enforced = of(Layer::Landlock, fence(context, job, folder))?;
        if !enforced {
            return Err((Some(Layer::Landlock), io::Error::other("this kernel does not offer it")));
        }
    }
    if let (true, Some(filters)) = (layers.has(Layer::Seccomp), &context.filters) {
        of(Layer::Seccomp, filters.apply())?;
    }
    if let Work::Attack(targets) = work {
        let mut result = File::from(child.result.try_clone().map_err(plain)?);
        attack::tell(&mut result, &attack::inside(targets)).map_err(plain)?;
        sys::leave(0);
    }
    // The status goes with the descriptors that close by themselves when the program starts.
    if child.result.as_raw_fd() == RESULT_FD {
        keep_open(&child.result).map_err(plain)?;
    } else {
        if child.status.as_raw_fd() == RESULT_FD {
            return Err(plain(io::Error::other("the descriptors lie in an order that was not foreseen")));
        }
        // SAFETY: descriptor 3 is free, or one that closes at the start of the program and is not needed any more.
        let _ = unsafe { dup2_raw(&child.result, RESULT_FD) }.map_err(|error| plain(error.into()))?.into_raw_fd();
    }
    let error = strings.exec();
    Err(plain(io::Error::new(error.kind(), format!("{} cannot be started: {error}", job.program.display()))))
}

fn keep_open(fd: &OwnedFd) -> io::Result<()> {
    nix::fcntl::fcntl(fd, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).map(drop).map_err(Into::into)
}

fn fence(context: &Context, job: &Job, folder: &Path) -> io::Result<bool> {
    let network = context.layers.has(Layer::Net);
    let devices = ["/dev/null", "/dev/zero", "/dev/full"].map(Path::new);
    if context.layers.has(Layer::Mount) {
        let own = [jail::WORK, "/tmp", "/dev/shm"].map(Path::new);
        let writable: Vec<&Path> = own.into_iter().chain(devices).collect();
        return landlock::restrict(&[Path::new("/")], &writable, network);
    }
    let system = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev", "/proc"];
    let own: Vec<PathBuf> = system.iter().map(PathBuf::from).chain(job.readonly.iter().cloned()).collect();
    let readable: Vec<&Path> = own.iter().map(PathBuf::as_path).collect();
    let writable: Vec<&Path> = std::iter::once(folder).chain(devices).collect();
    landlock::restrict(&readable, &writable, network)
}

fn limit(limits: &Limits) -> nix::Result<()> {
    let whole = |time: std::time::Duration| time.as_secs() + u64::from(time.subsec_nanos() > 0);
    let cpu = whole(limits.cpu).max(1);
    let set = [
        (Resource::RLIMIT_CORE, 0),
        (Resource::RLIMIT_FSIZE, limits.file_size),
        (Resource::RLIMIT_NOFILE, 256),
        (Resource::RLIMIT_MEMLOCK, 64 << 10),
        (Resource::RLIMIT_MSGQUEUE, 64 << 10),
        // Address space is more than memory: threads reserve stacks that they never touch.
        (Resource::RLIMIT_AS, limits.memory.saturating_mul(4)),
    ];
    for (resource, value) in set {
        setrlimit(resource, value, value)?;
    }
    setrlimit(Resource::RLIMIT_CPU, cpu, cpu + 1)?;
    // The first process counts too.
    let processes = u64::from(limits.processes) + 1;
    setrlimit(Resource::RLIMIT_NPROC, processes, processes)
}

/// The program's strings, made before the walls that could refuse memory.
struct Strings {
    program: CString,
    args: Vec<CString>,
    env: Vec<CString>,
}

impl Strings {
    fn of(job: &Job) -> io::Result<Self> {
        let string = |bytes: &[u8]| CString::new(bytes).map_err(io::Error::other);
        let program = string(job.program.as_os_str().as_bytes())?;
        let mut args = vec![program.clone()];
        for arg in &job.args {
            args.push(string(arg.as_bytes())?);
        }
        let result = ("FDSP_RESULT_FD".to_owned(), RESULT_FD.to_string());
        let mut env = Vec::new();
        for (name, value) in job.env.iter().chain([&result]) {
            env.push(string(format!("{name}={value}").as_bytes())?);
        }
        Ok(Self { program, args, env })
    }

    fn exec(&self) -> io::Error {
        match execve(&self.program, &self.args, &self.env) {
            Ok(never) => match never {},
            Err(error) => error.into(),
        }
    }
}
