//! The system calls that no crate here wraps, and forks. The only unsafe code of the sandbox that is not a crate's.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::unistd::Pid;

fn checked(result: libc::c_long) -> io::Result<libc::c_long> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

fn c_path(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes()).map_err(io::Error::other)
}

/// `fork`, with new namespaces by `flags`. `None` in the child.
///
/// Callers have one thread: the supervisor is a fresh process that never starts another.
pub fn fork(flags: libc::c_int) -> io::Result<Option<Pid>> {
    let flags = (flags | libc::SIGCHLD) as libc::c_long;
    // SAFETY: no new stack is given, so both sides go on as after fork(2); the process has a single thread.
    let pid = checked(unsafe { libc::syscall(libc::SYS_clone, flags, 0, 0, 0, 0) })?;
    Ok((pid != 0).then(|| Pid::from_raw(pid as i32)))
}

/// Ends this process without running anything of the parent's that was copied by a fork.
pub fn leave(code: i32) -> ! {
    // SAFETY: `_exit` has no preconditions.
    unsafe { libc::_exit(code) }
}

/// A detached copy of the mounts at `path`, itself and all below.
pub fn open_tree(path: &Path) -> io::Result<OwnedFd> {
    let path = c_path(path)?;
    let flags = libc::OPEN_TREE_CLONE | libc::OPEN_TREE_CLOEXEC | libc::AT_RECURSIVE as libc::c_uint;
    // SAFETY: `path` is a valid C string for the call; the result is a new descriptor that nobody else owns.
    let fd = checked(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, path.as_ptr(), flags) })?;
    // SAFETY: see above.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// Attaches a detached mount at `to`.
pub fn move_mount(from: &OwnedFd, to: &Path) -> io::Result<()> {
    let to = c_path(to)?;
    let flags = libc::MOVE_MOUNT_F_EMPTY_PATH;
    // SAFETY: both strings are valid C strings for the call.
    let result = unsafe {
        libc::syscall(libc::SYS_move_mount, from.as_raw_fd(), c"".as_ptr(), libc::AT_FDCWD, to.as_ptr(), flags)
    };
    checked(result).map(drop)
}

/// Sets mount attributes (`MOUNT_ATTR_*`) on a mount, and with `recursive` on all below it.
pub fn mount_attributes(fd: RawFd, path: &Path, set: u64, recursive: bool) -> io::Result<()> {
    let path = c_path(path)?;
    let attributes = libc::mount_attr { attr_set: set, attr_clr: 0, propagation: 0, userns_fd: 0 };
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: the path is a valid C string and the structure has the size that is told.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            fd,
            path.as_ptr(),
            flags,
            &raw const attributes,
            size_of::<libc::mount_attr>(),
        )
    };
    checked(result).map(drop)
}

/// Brings the loopback of this network namespace up.
pub fn loopback_up() -> io::Result<()> {
    // SAFETY: the structure is plain data, made of zeros and a name; the descriptor is closed with `socket`.
    unsafe {
        let fd = checked(libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0).into())?;
        let socket = OwnedFd::from_raw_fd(fd as RawFd);
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(b"lo") {
            *to = *from as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        checked(libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS as _, &raw mut request).into()).map(drop)
    }
}

fn prctl(option: libc::c_int, value: libc::c_ulong) -> io::Result<()> {
    // SAFETY: the options used here take one number.
    checked(unsafe { libc::prctl(option, value, 0, 0, 0) }.into()).map(drop)
}

/// This process is killed when its parent ends. To be asked again after a change of ids.
pub fn die_with_parent() -> io::Result<()> {
    prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong)
}

pub fn no_new_privileges() -> io::Result<()> {
    prctl(libc::PR_SET_NO_NEW_PRIVS, 1)
}

/// No core file, and no tracing by processes of the same user.
pub fn not_dumpable() -> io::Result<()> {
    prctl(libc::PR_SET_DUMPABLE, 0)
}

/// Orphans below this process become its children.
pub fn adopt_orphans() -> io::Result<()> {
    prctl(libc::PR_SET_CHILD_SUBREAPER, 1)
}

/// Takes every capability out of the sets and the bounding set.
pub fn drop_capabilities() -> io::Result<()> {
    for capability in 0..64 {
        // Past the last capability of this kernel the call fails, which is no failure.
        let _ = prctl(libc::PR_CAPBSET_DROP, capability);
    }
    #[repr(C)]
    struct Header {
        version: u32,
        pid: i32,
    }
    const VERSION_3: u32 = 0x2008_0522;
    let header = Header { version: VERSION_3, pid: 0 };
    let none = [0_u32; 6];
    // SAFETY: version 3 of the call reads a header and two triples of 32 bits.
    checked(unsafe { libc::syscall(libc::SYS_capset, &raw const header, none.as_ptr()) }).map(drop)
}

/// Closes every descriptor from `first` on, but for `keep`.
pub fn close_from(first: RawFd, keep: &[RawFd]) -> io::Result<()> {
    let mut keep: Vec<RawFd> = keep.iter().copied().filter(|fd| *fd >= first).collect();
    keep.sort_unstable();
    let mut from = first as libc::c_uint;
    for until in keep.into_iter().map(|fd| fd as libc::c_uint).chain([libc::c_uint::MAX]) {
        let last = if until == libc::c_uint::MAX { until } else { until.wrapping_sub(1) };
        if from <= last && until != from {
            // SAFETY: closes descriptors of this process, which goes on to use only those kept.
            checked(unsafe { libc::syscall(libc::SYS_close_range, from, last, 0) })?;
        }
        from = until.saturating_add(1);
    }
    Ok(())
}
