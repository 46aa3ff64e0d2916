//! The warm supervisor: learns at start which walls stand here, then forks a monitor for every job it is handed.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use nix::cmsg_space;
use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, signal};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use nix::sys::wait::{WaitStatus, waitpid};

use super::super::job::{Job, Layer, Layers, Report};
use super::cgroup::Place;
use super::monitor::{Broken, Context, Work, monitor};
use super::seccomp::Filters;
use super::{attack, sys, wire};
use crate::core::execution::Level;

/// Runs until the caller's end of the control socket is closed.
pub fn main() -> ExitCode {
    match serve() {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn serve() -> io::Result<()> {
    // The caller's terminal is out of reach for everything below.
    let _ = nix::unistd::setsid();
    sys::close_from(3, &[])?;
    // SAFETY: descriptor 0 is the control socket that the caller put there; nothing else in this process owns it.
    let mut control = unsafe { UnixStream::from_raw_fd(0) };
    let wanted: Layers = wire::receive(&mut control)?;
    let (context, report) = learn(wanted);
    wire::send(&mut control, &report)?;
    // Monitors are reaped by the kernel.
    // SAFETY: ignoring a signal installs no handler.
    unsafe { signal(Signal::SIGCHLD, SigHandler::SigIgn) }.map_err(io::Error::from)?;
    while let Some(connection) = accept(control.as_raw_fd())? {
        if sys::fork(0)?.is_none() {
            // A parent's ignored SIGCHLD would take the monitor's own children from it.
            // SAFETY: the default action installs no handler.
            let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) };
            let _ = sys::die_with_parent();
            answer(&context, UnixStream::from(connection));
            sys::leave(0);
        }
    }
    if let Some(groups) = &context.groups {
        groups.sweep();
    }
    Ok(())
}

/// The next job's socket; `None` when the caller is gone.
fn accept(control: RawFd) -> io::Result<Option<OwnedFd>> {
    loop {
        let mut byte = [0];
        let mut slices = [io::IoSliceMut::new(&mut byte)];
        let mut space = cmsg_space!([RawFd; 1]);
        let flags = MsgFlags::MSG_CMSG_CLOEXEC;
        let message = match recvmsg::<()>(control, &mut slices, Some(&mut space), flags) {
            Ok(message) => message,
            Err(Errno::EINTR) => continue,
            Err(error) => return Err(error.into()),
        };
        for part in message.cmsgs().map_err(io::Error::from)? {
            if let ControlMessageOwned::ScmRights(fds) = part
                && let Some(fd) = fds.first()
            {
                // SAFETY: the kernel has just made this descriptor for us.
                return Ok(Some(unsafe { OwnedFd::from_raw_fd(*fd) }));
            }
        }
        if message.bytes == 0 {
            return Ok(None);
        }
    }
}

fn answer(context: &Context, mut connection: UnixStream) {
    let outcome = match wire::receive::<Job>(&mut connection) {
        Ok(job) => monitor(context, Work::Job(&job), Some(&connection)).map_err(|broken| broken.to_string()),
        Err(error) => Err(error.to_string()),
    };
    // A caller that is gone has no use for the outcome.
    let _ = wire::send(&mut connection, &outcome);
}

/// Tries the walls one by one, then all of them together under attack.
fn learn(wanted: Layers) -> (Context, Report) {
    let root = nix::unistd::geteuid().is_root();
    let mut missing: BTreeMap<Layer, String> = BTreeMap::new();
    let mut layers = wanted;
    for layer in Layer::EVERY {
        if !wanted.has(layer) {
            missing.insert(layer, "switched off".to_owned());
        }
    }
    for layer in [Layer::User, Layer::Mount, Layer::Pid, Layer::Net, Layer::Ipc] {
        if !layers.has(layer) {
            continue;
        }
        let user = if layers.has(Layer::User) { libc::CLONE_NEWUSER } else { 0 };
        if let Err(error) = try_fork(user | flags(Layers::ALL, layer)) {
            layers = layers.without(layer);
            missing.insert(layer, format!("the kernel refuses it ({error})"));
        }
    }
    let filters = Filters::new();
    let (filters, failed) = match filters {
        Ok(filters) => (Some(filters), None),
        Err(error) => (None, Some(error.to_string())),
    };
    if let Some(error) = failed {
        layers = layers.without(Layer::Seccomp);
        missing.insert(Layer::Seccomp, error);
    }
    // It is the monitor's help, and goes where the monitor goes.
    let groups = if wanted.has(Layer::Monitor) { Place::find() } else { Err("switched off".to_owned()) };
    let cgroup = groups.as_ref().map(|groups| groups.folder().to_owned()).map_err(Clone::clone);
    let mut context = Context { layers, root, filters, groups: groups.ok() };
    let mut breaches = Vec::new();
    if wanted == Layers::UNSANDBOXED {
        breaches.push("nothing holds the program back".to_owned());
    }
    // Every turn takes away a wall that could not be built, so it ends.
    for _ in Layer::EVERY.iter().filter(|_| wanted != Layers::UNSANDBOXED) {
        match attack::run(&context) {
            Ok(found) => {
                breaches = found;
                break;
            }
            Err(Broken { layer: Some(layer), reason }) if context.layers.has(layer) => {
                context.layers = context.layers.without(layer);
                missing.insert(layer, reason);
            }
            Err(Broken { reason, .. }) => {
                breaches = vec![format!("the attack at start could not be run: {reason}")];
                break;
            }
        }
    }
    let layers = Layer::EVERY.map(|layer| (layer, missing.remove(&layer).map_or(Ok(()), Err))).to_vec();
    let level = level(&layers, &breaches);
    (context, Report { level, layers, breaches, cgroup })
}

/// `full`: every wall stands and the attack got nowhere. `partial`: no namespaces, but files, system calls and
/// privileges are held. Everything else is `none`.
fn level(layers: &[(Layer, Result<(), String>)], breaches: &[String]) -> Level {
    let stands = |layer: Layer| layers.iter().any(|(known, state)| *known == layer && state.is_ok());
    let needed = [Layer::Seccomp, Layer::NoNewPrivs, Layer::Rlimits, Layer::Monitor];
    if layers.iter().all(|(_, state)| state.is_ok()) && breaches.is_empty() {
        Level::Full
    } else if needed.into_iter().all(stands) && (stands(Layer::Landlock) || stands(Layer::Mount)) {
        Level::Partial
    } else {
        Level::None
    }
}

fn try_fork(flags: libc::c_int) -> io::Result<()> {
    match sys::fork(flags)? {
        None => sys::leave(0),
        Some(child) => match waitpid(child, None).map_err(io::Error::from)? {
            WaitStatus::Exited(_, 0) => Ok(()),
            other => Err(io::Error::other(format!("{other:?}"))),
        },
    }
}

/// The clone flag of a layer, where it is one.
pub fn flags(layers: Layers, layer: Layer) -> libc::c_int {
    if !layers.has(layer) {
        return 0;
    }
    match layer {
        Layer::User => libc::CLONE_NEWUSER,
        Layer::Mount => libc::CLONE_NEWNS,
        Layer::Pid => libc::CLONE_NEWPID,
        Layer::Net => libc::CLONE_NEWNET,
        Layer::Ipc => libc::CLONE_NEWIPC | libc::CLONE_NEWUTS | libc::CLONE_NEWCGROUP,
        _ => 0,
    }
}
