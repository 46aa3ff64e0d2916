//! cgroup v2, where it is delegated to us: a group for every run, which bounds memory and processes of the whole tree
//! between two looks of the monitor, and ends it at one stroke. Where there is none the monitor does what it does anyway.
//!
//! A group that holds processes cannot hand controllers on to groups below it (cgroups(7), "no internal processes"), so
//! the place for the runs' groups is our own group where it does so all the same (the root), else the one above it.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::sys::wait::waitpid;
use nix::unistd::{AccessFlags, Pid, access};

use super::super::job::Limits;
use super::sys;

/// What a run's group may take above the limits that the monitor watches: page cache of the private folders and the
/// kernel's own memory count here and not there. So the monitor's figures decide wherever it is in time.
const MEMORY_SLACK: u64 = 64 << 20;
const PROCESSES_SLACK: u32 = 16;

/// Groups are called `fdsp-SUPERVISOR-MONITOR`, by process ids.
const NAME: &str = "fdsp-";

/// A folder in which a supervisor can make groups for its runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    folder: PathBuf,
    supervisor: u32,
}

/// The folders of our own group and of the one above, by `/proc/self/cgroup` and `/proc/self/mountinfo`.
///
/// # Errors
/// Why there are none, in words.
fn folders(cgroup: &str, mounts: &str) -> Result<Vec<PathBuf>, String> {
    let own = cgroup.lines().find_map(|line| line.strip_prefix("0::")).ok_or("this system has no cgroup v2")?;
    let own = Path::new(own);
    if own.components().any(|part| part == Component::ParentDir) {
        return Err("our own group lies outside what is mounted".to_owned());
    }
    let mut reason = "no cgroup v2 is mounted".to_owned();
    for line in mounts.lines() {
        // proc_pid_mountinfo(5): … root, mount point, options, optional fields, `-`, type, source, options.
        let Some((before, after)) = line.split_once(" - ") else { continue };
        if after.split(' ').next() != Some("cgroup2") {
            continue;
        }
        let mut fields = before.split(' ').skip(3);
        let (Some(root), Some(point)) = (fields.next(), fields.next()) else { continue };
        let (root, point) = (unescaped(root), unescaped(point));
        let Ok(below) = own.strip_prefix(&root) else {
            reason = "our own group lies outside what is mounted".to_owned();
            continue;
        };
        let folder = if below.as_os_str().is_empty() { point.clone() } else { point.join(below) };
        let above = (folder != point).then(|| folder.parent().map(Path::to_owned)).flatten();
        return Ok(std::iter::once(folder).chain(above).collect());
    }
    Err(reason)
}

/// Blanks and the like are written as three octal digits after a backslash.
fn unescaped(field: &str) -> PathBuf {
    let bytes = field.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let code = bytes.get(at + 1..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.filter(|_| *byte == b'\\').and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(code) => {
                plain.push(code);
                at += 4;
            }
            None => {
                plain.push(*byte);
                at += 1;
            }
        }
    }
    PathBuf::from(std::ffi::OsStr::from_bytes(&plain))
}

/// Whether groups with limits can be made in a folder. Nothing is changed: what is not handed on already may be meant so,
/// and would stay changed when we are gone.
fn usable(folder: &Path) -> Result<(), String> {
    let shown = folder.display();
    for path in [folder.to_owned(), folder.join("cgroup.procs")] {
        access(&path, AccessFlags::W_OK).map_err(|error| format!("{} may not be written ({error})", path.display()))?;
    }
    let lacking = |file: &str| {
        let has = fs::read_to_string(folder.join(file)).map_err(|error| format!("{shown}/{file}: {error}"))?;
        let has: Vec<&str> = has.split_ascii_whitespace().collect();
        let lacking: Vec<&str> = ["memory", "pids"].into_iter().filter(|wanted| !has.contains(wanted)).collect();
        Ok::<_, String>(lacking.join(" and "))
    };
    let missing = lacking("cgroup.controllers")?;
    if !missing.is_empty() {
        return Err(format!("{shown} has no controller for {missing}"));
    }
    let missing = lacking("cgroup.subtree_control")?;
    if !missing.is_empty() {
        return Err(format!("{shown} does not hand on {missing}"));
    }
    Ok(())
}

impl Place {
    pub fn new(folder: PathBuf, supervisor: u32) -> Self {
        Self { folder, supervisor }
    }

    /// Finds a place for this process, the supervisor, and proves it: a group is made, takes a process and is removed.
    /// What supervisors that are gone have left there is removed too.
    ///
    /// # Errors
    /// Why there is none, in words.
    pub fn find() -> Result<Self, String> {
        let read = |file: &str| fs::read_to_string(file).map_err(|error| format!("{file}: {error}"));
        let folders = folders(&read("/proc/self/cgroup")?, &read("/proc/self/mountinfo")?)?;
        let mut reasons = Vec::new();
        for folder in folders {
            let place = Self::new(folder, std::process::id());
            match usable(&place.folder).and_then(|()| place.prove().map_err(|error| error.to_string())) {
                Ok(()) => {
                    place.remove(|supervisor| !Path::new("/proc").join(supervisor.to_string()).exists());
                    return Ok(place);
                }
                Err(reason) => reasons.push(reason),
            }
        }
        Err(reasons.join("; "))
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn prove(&self) -> io::Result<()> {
        let group = self.group(&Limits::default())?;
        match sys::fork(0)? {
            None => {
                let _ = sys::die_with_parent();
                loop {
                    std::thread::sleep(Duration::from_secs(1));
                }
            }
            Some(child) => {
                let moved = group.take(child);
                let _ = kill(child, Signal::SIGKILL);
                let _ = waitpid(child, None);
                moved
            }
        }
    }

    /// A group for one run, made by its monitor: one process has one group at a time.
    pub fn group(&self, limits: &Limits) -> io::Result<Group> {
        let folder = self.folder.join(format!("{NAME}{}-{}", self.supervisor, std::process::id()));
        fs::create_dir(&folder)?;
        let group = Group { folder };
        group.set("memory.max", &(limits.memory + limits.disk + MEMORY_SLACK).to_string())?;
        group.set("pids.max", &(limits.processes + PROCESSES_SLACK).to_string())?;
        // Not every kernel accounts for swap, or ends a group as a whole.
        let _ = group.set("memory.swap.max", "0");
        let _ = group.set("memory.oom.group", "1");
        Ok(group)
    }

    /// Ends and removes what is left of this supervisor's runs.
    pub fn sweep(&self) {
        self.remove(|supervisor| supervisor == self.supervisor);
    }

    fn remove(&self, of: impl Fn(u32) -> bool) {
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let supervisor = name.to_str().and_then(|name| name.strip_prefix(NAME)?.split('-').next()?.parse().ok());
            if supervisor.is_some_and(&of) {
                drop(Group { folder: entry.path() });
            }
        }
    }
}

/// The group of one run; dropping it ends what is in it and removes it.
#[derive(Debug)]
pub struct Group {
    folder: PathBuf,
}

impl Group {
    fn set(&self, file: &str, value: &str) -> io::Result<()> {
        let path = self.folder.join(file);
        fs::write(&path, value).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Moves a process into the group; what it starts from then on is in it too.
    pub fn take(&self, process: Pid) -> io::Result<()> {
        self.set("cgroup.procs", &process.to_string())
    }

    /// Whether the kernel ended something in it for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        let events = fs::read_to_string(self.folder.join("memory.events")).unwrap_or_default();
        let kills = events.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse::<u64>().ok());
        kills.is_some_and(|kills| kills > 0)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let _ = self.set("cgroup.kill", "1");
        // What was killed is in the group until the kernel is done with it.
        for _ in 0..200 {
            match fs::remove_dir(&self.folder) {
                Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                    std::thread::sleep(Duration::from_millis(5));
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HYBRID: &str = "\
        24 1 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
        25 24 0:23 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
        26 24 0:24 / /sys/fs/cgroup/unified rw,nosuid shared:9 master:1 - cgroup2 cgroup2 rw\n";

    #[test]
    fn the_groups_folder_is_found_in_the_mounts() {
        let unified = |group: &str| folders(&format!("8:pids:/x\n0::{group}\n"), HYBRID);
        let path = |path: &str| PathBuf::from(path);
        assert_eq!(unified("/"), Ok(vec![path("/sys/fs/cgroup/unified")]));
        let (own, above) = ("/sys/fs/cgroup/unified/user.slice/a.scope", "/sys/fs/cgroup/unified/user.slice");
        assert_eq!(unified("/user.slice/a.scope"), Ok(vec![path(own), path(above)]));
        // A container's mount shows a part of the tree, and its name may hold blanks.
        let part = "30 1 0:24 /docker/ab /sys/fs/my\\040cgroup rw - cgroup2 cgroup rw\n";
        let found = folders("0::/docker/ab/c\n", part);
        assert_eq!(found, Ok(vec![path("/sys/fs/my cgroup/c"), path("/sys/fs/my cgroup")]));
        assert_eq!(folders("0::/docker/ab\n", part), Ok(vec![path("/sys/fs/my cgroup")]));
        for (cgroup, mounts, reason) in [
            ("4:memory:/x\n", HYBRID, "no cgroup v2"),
            ("0::/x\n", "25 24 0:23 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "no cgroup v2 is mounted"),
            ("0::/elsewhere\n", part, "outside what is mounted"),
            ("0::/../x\n", HYBRID, "outside what is mounted"),
            ("", "", "no cgroup v2"),
            ("0::/x\n", "rubbish - cgroup2\n1 2 3 - cgroup2 x\n", "no cgroup v2 is mounted"),
        ] {
            let error = folders(cgroup, mounts).expect_err(cgroup);
            assert!(error.contains(reason), "{cgroup}: {error}");
        }
    }

    /// A folder that looks like a group with these controllers, of which it hands some on.
    fn fake(controllers: &str, handed_on: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (file, text) in
            [("cgroup.controllers", controllers), ("cgroup.subtree_control", handed_on), ("cgroup.procs", "")]
        {
            fs::write(folder.path().join(file), text).unwrap();
        }
        folder
    }

    #[test]
    fn a_place_needs_both_controllers_handed_on() {
        let all = "cpu io memory pids\n";
        assert_eq!(usable(fake(all, "memory pids\n").path()), Ok(()));
        let half = fake(all, "memory\n");
        assert!(usable(half.path()).unwrap_err().ends_with("does not hand on pids"));
        assert_eq!(fs::read_to_string(half.path().join("cgroup.subtree_control")).unwrap(), "memory\n");
        assert!(usable(fake("hugetlb\n", "").path()).unwrap_err().ends_with("no controller for memory and pids"));
        let gone = tempfile::tempdir().unwrap();
        assert!(usable(gone.path()).unwrap_err().contains("cgroup.procs may not be written"));
    }

    #[test]
    fn a_group_is_made_with_room_above_the_monitors_limits() {
        let folder = fake("memory pids", "memory pids");
        let place = Place::new(folder.path().to_owned(), 4);
        let limits = Limits { memory: 100 << 20, disk: 10 << 20, processes: 8, ..Limits::default() };
        let group = place.group(&limits).unwrap();
        let said = |file: &str| fs::read_to_string(group.folder.join(file)).unwrap();
        assert_eq!((said("memory.max"), said("pids.max")), (((100 + 10 + 64) << 20).to_string(), "24".to_owned()));
        let name = group.folder.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(name, format!("fdsp-4-{}", std::process::id()));
        group.take(Pid::from_raw(42)).unwrap();
        assert_eq!(said("cgroup.procs"), "42");
        assert!(!group.ran_out_of_memory());
        fs::write(group.folder.join("memory.events"), "low 0\noom 3\noom_kill 1\noom_group_kill 1\n").unwrap();
        assert!(group.ran_out_of_memory());
        assert!(place.group(&limits).is_err(), "a group that is there is somebody's");
    }

    /// The kernel's part that needs no controller: to move a process, to end it, to remove the group.
    #[test]
    fn a_real_group_ends_its_processes_and_is_removed() {
        let found = fs::read_to_string("/proc/self/cgroup")
            .ok()
            .zip(fs::read_to_string("/proc/self/mountinfo").ok())
            .and_then(|(cgroup, mounts)| folders(&cgroup, &mounts).ok());
        let place = found.and_then(|folders| folders.into_iter().find(|it| access(it, AccessFlags::W_OK).is_ok()));
        let Some(place) = place else {
            eprintln!("skipped: no cgroup v2 that this user may write to");
            return;
        };
        let folder = place.join(format!("{NAME}test-{}", std::process::id()));
        fs::create_dir(&folder).unwrap();
        let group = Group { folder: folder.clone() };
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        let moved = group.take(Pid::from_raw(child.id() as i32));
        let kill = folder.join("cgroup.kill").exists();
        drop(group);
        if moved.is_err() || !kill {
            child.kill().unwrap();
            child.wait().unwrap();
            let _ = fs::remove_dir(&folder);
            eprintln!("skipped: this kernel has no cgroup.kill, or lets nobody move a process ({moved:?})");
        } else {
            use std::os::unix::process::ExitStatusExt;
            assert_eq!(child.wait().unwrap().signal(), Some(libc::SIGKILL));
        }
        assert!(!folder.exists(), "{} was left behind", folder.display());
    }
}
