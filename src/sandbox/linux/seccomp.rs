//! Seccomp: the system calls that lead out of a sandbox, or that no program under test needs, fail with EPERM; `clone3`
//! with ENOSYS, so that libc falls back to `clone`, whose flags a filter can see.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter,
};

/// Refused whatever the arguments are.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_acct,
    libc::SYS_add_key,
    libc::SYS_bpf,
    libc::SYS_chroot,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_fanotify_init,
    libc::SYS_finit_module,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fsopen,
    libc::SYS_fspick,
    libc::SYS_init_module,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_io_uring_setup,
    libc::SYS_kcmp,
    libc::SYS_kexec_load,
    libc::SYS_keyctl,
    libc::SYS_mount,
    libc::SYS_mount_setattr,
    libc::SYS_move_mount,
    libc::SYS_move_pages,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_open_tree,
    libc::SYS_perf_event_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_send_signal,
    libc::SYS_pivot_root,
    libc::SYS_process_madvise,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_ptrace,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_request_key,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_setns,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_userfaultfd,
    libc::SYS_vhangup,
];

/// The time namespace's flag, for which libc has no name.
const CLONE_NEWTIME: libc::c_int = 0x80;

const NAMESPACES: [libc::c_int; 8] = [
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWUTS,
    CLONE_NEWTIME,
];

fn when(argument: u8, operator: SeccompCmpOp, value: u64) -> Result<SeccompCondition, seccompiler::BackendError> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, operator, value)
}

fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    let one = |condition| SeccompRule::new(vec![condition]);
    let mut namespaces = Vec::new();
    for flag in NAMESPACES {
        namespaces.push(one(when(0, SeccompCmpOp::MaskedEq(flag as u64), flag as u64)?)?);
    }
    rules.insert(libc::SYS_clone, namespaces);
    let family = |number: libc::c_int| when(0, SeccompCmpOp::Ne, number as u64);
    let mut sockets =
        vec![SeccompRule::new(vec![family(libc::AF_UNIX)?, family(libc::AF_INET)?, family(libc::AF_INET6)?])?];
    sockets.push(one(when(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_RAW as u64)?)?);
    rules.insert(libc::SYS_socket, sockets);
    // Pushing characters into a terminal's input, and taking one over.
    let mut terminal = Vec::new();
    for request in [libc::TIOCSTI, libc::TIOCSCTTY, libc::TIOCLINUX] {
        terminal.push(one(when(1, SeccompCmpOp::Eq, request)?)?);
    }
    rules.insert(libc::SYS_ioctl, terminal);
    // A persona that switches address randomisation off.
    rules.insert(libc::SYS_personality, vec![one(when(0, SeccompCmpOp::Ne, 0xffff_ffff)?)?]);
    Ok(rules)
}

fn program(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> io::Result<BpfProgram> {
    let target = std::env::consts::ARCH.try_into().map_err(io::Error::other)?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno as u32), target);
    filter.map_err(io::Error::other)?.try_into().map_err(io::Error::other)
}

/// Built once by the supervisor, applied in every run.
pub struct Filters([BpfProgram; 2]);

impl Filters {
    pub fn new() -> io::Result<Self> {
        let none = BTreeMap::from([(libc::SYS_clone3, Vec::new())]);
        Ok(Self([program(rules().map_err(io::Error::other)?, libc::EPERM)?, program(none, libc::ENOSYS)?]))
    }

    pub fn apply(&self) -> io::Result<()> {
        self.0.iter().try_for_each(|filter| apply_filter(filter).map_err(io::Error::other))
    }
}
