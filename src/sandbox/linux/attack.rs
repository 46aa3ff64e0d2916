//! The sandbox attacks itself once: what a hostile program would try first, without the harm. What gets through is told
//! in words, and lowers the level.

use std::fs;
use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::kill;
use nix::unistd::{Pid, Uid, geteuid, getpid, getuid, setuid};

use super::monitor::{Broken, Context, Work, monitor};
use super::wire;

/// What lies outside and must stay out of reach.
pub struct Targets {
    canary: PathBuf,
    port: u16,
    socket: PathBuf,
    abstract_name: Vec<u8>,
    supervisor: Pid,
}

const SECRET: &str = "canary";

/// Builds the targets, runs the attack in the sandbox, and looks at what is left of them.
pub fn run(context: &Context) -> Result<Vec<String>, Broken> {
    let outside = |error: io::Error| Broken { layer: None, reason: format!("the attack's targets: {error}") };
    let place = tempfile::tempdir().map_err(outside)?;
    let canary = place.path().join("canary");
    fs::write(&canary, SECRET).map_err(outside)?;
    let socket = place.path().join("socket");
    let _unix = UnixListener::bind(&socket).map_err(outside)?;
    // Open to every user: what hides them must be the walls, not that the program is another user.
    for (path, mode) in [(place.path(), 0o777), (canary.as_path(), 0o666), (socket.as_path(), 0o777)] {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(outside)?;
    }
    let abstract_name = format!("fdsp-canary-{}", getpid()).into_bytes();
    let address = SocketAddr::from_abstract_name(&abstract_name).map_err(outside)?;
    let _abstract = UnixListener::bind_addr(&address).map_err(outside)?;
    // Without a network of its own this machine has nothing that could be reached.
    let tcp = TcpListener::bind("127.0.0.1:0").ok();
    let port = tcp.as_ref().and_then(|tcp| tcp.local_addr().ok()).map_or(0, |address| address.port());
    let targets = Targets { canary: canary.clone(), port, socket, abstract_name, supervisor: getpid() };
    let outcome = monitor(context, Work::Attack(&targets), None)?;
    let mut breaches: Vec<String> = wire::open(&outcome.result.bytes)
        .map_err(|error| Broken { layer: None, reason: format!("it ended early ({:?}): {error}", outcome.end) })?;
    let left = fs::read_dir(place.path()).map_err(outside)?.count();
    if fs::read_to_string(&canary).ok().as_deref() != Some(SECRET) || left != 2 {
        breaches.push("a file outside was changed".to_owned());
    }
    Ok(breaches)
}

/// Runs in the place of the program, inside every wall. Returns what got through. Nothing here does harm where every
/// wall is down: it touches its own targets, and one file in the system's folders that it takes away again.
pub fn inside(targets: &Targets) -> Vec<String> {
    let abstract_socket =
        SocketAddr::from_abstract_name(&targets.abstract_name).and_then(|address| UnixStream::connect_addr(&address));
    let system = Path::new("/usr/fdsp-canary");
    let wrote_system = fs::write(system, SECRET).is_ok();
    if wrote_system {
        let _ = fs::remove_file(system);
    }
    let tries = [
        (fs::read(&targets.canary).is_ok(), "a file of the caller's was read"),
        (fs::write(&targets.canary, "gone").is_ok(), "a file of the caller's was written"),
        (fs::remove_file(&targets.canary).is_ok(), "a file of the caller's was deleted"),
        (fs::write(targets.canary.with_file_name("more"), "").is_ok(), "a file was made outside"),
        (wrote_system, "a file was made in the system's folders"),
        (connects(targets.port), "the host's loopback was reached"),
        (UnixStream::connect(&targets.socket).is_ok(), "a socket of the host's was reached"),
        (abstract_socket.is_ok(), "an abstract socket of the host's was reached"),
        (kill(targets.supervisor, None).is_ok(), "a process outside can be signalled"),
        (fs::read(format!("/proc/{}/environ", targets.supervisor)).is_ok(), "a process outside can be read"),
        (getuid().is_root() || geteuid().is_root(), "the program is root"),
        (setuid(Uid::from_raw(0)).is_ok(), "the program became root"),
        (holds_capabilities(), "the program holds capabilities"),
        (mounts(), "the program can mount"),
        (nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWUSER).is_ok(), "the program can make namespaces"),
    ];
    tries.into_iter().filter(|(through, _)| *through).map(|(_, what)| what.to_owned()).collect()
}

fn connects(port: u16) -> bool {
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], port));
    port != 0 && TcpStream::connect_timeout(&address, Duration::from_millis(200)).is_ok()
}

fn holds_capabilities() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let held =
        |line: &str| line.strip_prefix("CapEff:").is_some_and(|set| !set.trim().bytes().all(|digit| digit == b'0'));
    status.lines().any(held)
}

/// A file system that no kernel has: whoever may mount is told so only after the permission was checked, and nothing
/// is mounted even where nothing holds this process back.
fn mounts() -> bool {
    let none: Option<&Path> = None;
    let tried = nix::mount::mount(Some("none"), "/", Some("no-such-fs"), nix::mount::MsFlags::empty(), none);
    tried != Err(nix::Error::EPERM)
}

/// The breaches as the program's result.
pub fn tell(result: &mut impl Write, breaches: &[String]) -> io::Result<()> {
    result.write_all(&rmp_serde::to_vec(breaches).map_err(io::Error::other)?)
}
