//! The private root, and the drop of ids: what the first process of a run does before it starts the program.
//!
//! As root the program becomes `nobody`; as an ordinary user it keeps that user's id outside and has another one
//! inside, without any capability. Mounts are bound before ids are dropped, so that an interpreter below a closed home
//! can be read.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::{Gid, Uid, chdir, chown, pivot_root, setgroups, setresgid, setresuid};

use super::super::job::{File, Job, Layer, Layers};
use super::sys;

/// The id inside, and outside where the caller is root.
pub const NOBODY: u32 = 65534;

pub const WORK: &str = "/work";

/// What every program needs of the system, as far as it is there.
const SYSTEM: [&str; 8] = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store"];

const SYSTEM_FILES: [&str; 8] = [
    "/etc/alternatives",
    "/etc/ca-certificates",
    "/etc/ld.so.cache",
    "/etc/ld.so.conf",
    "/etc/ld.so.conf.d",
    "/etc/localtime",
    "/etc/mime.types",
    "/etc/ssl/certs",
];

const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// Where the new root is put together; whatever was there is hidden, in this namespace alone.
const STAGES: [&str; 4] = ["/tmp", "/mnt", "/var", "/run"];

const READ_ONLY: u64 = libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV;

fn told(what: impl std::fmt::Display) -> impl FnOnce(io::Error) -> io::Error {
    move |error| io::Error::new(error.kind(), format!("{what}: {error}"))
}

fn folder(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o755).create(path).map_err(told(path.display()))
}

/// A path of the outside below the new root.
fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

/// Something of the outside that is to be seen inside, opened before the stage hides it.
struct Bound {
    path: PathBuf,
    tree: OwnedFd,
    folder: bool,
}

impl Bound {
    fn open(path: &Path) -> io::Result<Self> {
        let folder = fs::metadata(path).map_err(told(path.display()))?.is_dir();
        Ok(Self { path: path.to_owned(), tree: sys::open_tree(path).map_err(told(path.display()))?, folder })
    }

    fn attach(&self, root: &Path, attributes: u64) -> io::Result<()> {
        use std::os::fd::AsRawFd;
        let to = below(root, &self.path);
        if self.folder {
            folder(&to)?;
        } else {
            to.parent().map_or(Ok(()), folder)?;
            drop(fs::OpenOptions::new().create(true).append(true).open(&to).map_err(told(to.display()))?);
        }
        sys::mount_attributes(self.tree.as_raw_fd(), Path::new(""), attributes, true)
            .map_err(told(self.path.display()))?;
        sys::move_mount(&self.tree, &to).map_err(told(self.path.display()))
    }
}

/// What a link points to, and where it is made.
type Link = (PathBuf, PathBuf);

/// The system's folders; where one is a link (`/bin` to `/usr/bin`) the link is made again.
fn system(root: &Path) -> io::Result<(Vec<Bound>, Vec<Link>)> {
    let (mut bound, mut links) = (Vec::new(), Vec::new());
    for path in SYSTEM.iter().chain(&SYSTEM_FILES).map(Path::new) {
        let Ok(kind) = fs::symlink_metadata(path) else { continue };
        if kind.is_symlink() && SYSTEM.iter().any(|name| path == Path::new(name)) {
            links.push((fs::read_link(path)?, below(root, path)));
        } else {
            bound.push(Bound::open(path)?);
        }
    }
    Ok((bound, links))
}

/// Puts the new root together and moves into it. The second of the results says what could not be had.
pub fn build(job: &Job, owner: Option<(Uid, Gid)>) -> io::Result<()> {
    let none: Option<&Path> = None;
    mount(none, Path::new("/"), none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none).map_err(io::Error::from)?;
    let root = STAGES.iter().map(Path::new).find(|stage| stage.is_dir());
    let root = root.ok_or_else(|| io::Error::other(format!("none of {} is there", STAGES.join(" "))))?;
    let (system, links) = system(root)?;
    let devices = DEVICES.iter().map(|path| Bound::open(Path::new(path))).collect::<io::Result<Vec<_>>>()?;
    let mut own = Vec::new();
    for path in &job.readonly {
        if !SYSTEM.iter().any(|name| path.starts_with(name)) {
            own.push(Bound::open(path)?);
        }
    }
    // A folder below another is attached after it.
    own.sort_by(|a, b| a.path.cmp(&b.path));
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("none"), root, Some("tmpfs"), plain, Some("size=4m,mode=755")).map_err(io::Error::from)?;
    for bound in &system {
        bound.attach(root, READ_ONLY)?;
    }
    for (target, link) in links {
        symlink(target, link)?;
    }
    for device in &devices {
        device.attach(root, libc::MOUNT_ATTR_NOSUID)?;
    }
    furnish(root)?;
    private(root, job.limits.disk, owner)?;
    // After the private folders, which would hide what lies in the caller's /tmp.
    for bound in &own {
        bound.attach(root, READ_ONLY)?;
    }
    let proc = root.join("proc");
    folder(&proc)?;
    let sealed = plain | MsFlags::MS_NOEXEC;
    // Some containers do not let a process namespace have a /proc of its own; then there is none.
    let _ = mount(Some("proc"), &proc, Some("proc"), sealed, none);
    chdir(root).map_err(io::Error::from)?;
    pivot_root(".", ".").map_err(io::Error::from)?;
    umount2(".", MntFlags::MNT_DETACH).map_err(io::Error::from)?;
    sys::mount_attributes(libc::AT_FDCWD, Path::new("/"), READ_ONLY, false)?;
    chdir(WORK).map_err(io::Error::from)
}

/// The few files of `/etc` that programs ask for, with nothing of the caller's in them.
fn furnish(root: &Path) -> io::Result<()> {
    folder(&root.join("etc"))?;
    let files = [
        ("etc/passwd", "root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/work:/usr/sbin/nologin\n"),
        ("etc/group", "root:x:0:\nnogroup:x:65534:\n"),
        ("etc/hosts", "127.0.0.1 localhost\n::1 localhost\n"),
        ("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"),
        ("etc/resolv.conf", ""),
    ];
    for (path, text) in files {
        fs::write(root.join(path), text)?;
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(0o644))?;
    }
    for (name, target) in [("fd", "/proc/self/fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")] {
        symlink(target, root.join("dev").join(name))?;
    }
    Ok(())
}

/// `/work`, `/tmp` and `/dev/shm`: the only places that take bytes, under one limit together.
fn private(root: &Path, disk: u64, owner: Option<(Uid, Gid)>) -> io::Result<()> {
    let store = root.join("private");
    folder(&store)?;
    let options = format!("size={disk},nr_inodes=16384,mode=755");
    let plain = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("none"), &store, Some("tmpfs"), plain, Some(options.as_str())).map_err(io::Error::from)?;
    for (name, to) in [("work", "work"), ("tmp", "tmp"), ("shm", "dev/shm")] {
        let source = store.join(name);
        folder(&source)?;
        if let Some((uid, gid)) = owner {
            chown(&source, Some(uid), Some(gid)).map_err(io::Error::from)?;
        }
        folder(&root.join(to))?;
        sys::move_mount(&sys::open_tree(&source)?, &root.join(to))?;
    }
    // Its own place is not needed any more: what stays is reached by the three folders.
    umount2(&store, MntFlags::MNT_DETACH).map_err(io::Error::from)
}

/// Gives up every id and capability of the caller's that the namespaces left.
pub fn drop_ids(layers: Layers, root: bool) -> io::Result<()> {
    if root && layers.has(Layer::User) {
        setgroups(&[]).map_err(io::Error::from)?;
        let (uid, gid) = (Uid::from_raw(NOBODY), Gid::from_raw(NOBODY));
        setresgid(gid, gid, gid).map_err(io::Error::from)?;
        setresuid(uid, uid, uid).map_err(io::Error::from)?;
    }
    if layers.has(Layer::User) {
        sys::drop_capabilities()?;
    }
    Ok(())
}

/// Puts the job's files into the working folder, as the user that the program will be.
pub fn fill(work: &Path, files: &[File]) -> io::Result<()> {
    for file in files {
        let path = Path::new(&file.path);
        if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(io::Error::other(format!("`{}` leads out of the working folder", file.path)));
        }
        let path = work.join(path);
        if file.path.ends_with('/') {
            fs::create_dir_all(&path).map_err(told(&file.path))?;
        } else {
            path.parent().map_or(Ok(()), fs::create_dir_all).map_err(told(&file.path))?;
            fs::write(&path, &file.bytes).map_err(told(&file.path))?;
        }
    }
    Ok(())
}
