//! The file system of the jail: an empty root on tmpfs, and in it only what is granted.
//!
//! Every granted path is opened once, without following a link, before anything is mounted; what is bound is what was
//! opened. Directories are made in our own tmpfs only, never in something that was granted.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, openat2, readlinkat, statx, symlinkat};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags,
    UnmountFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount_change, move_mount, open_tree,
    unmount,
};
use rustix::process::{fchdir, getegid, geteuid};

use super::namespaces::HOST_NAME;
use super::step::Step;
use super::{During, Failed, system};
use crate::profile::{Delivery, PRIVATE_BYTES, PRIVATE_INODES, Profile, Right};
use crate::sys::mount::{Change, Reach, change};
use crate::wire::{Channel, Message};

/// The finished root and the parts of it that later steps name.
#[derive(Debug)]
pub(crate) struct Built {
    /// The root itself, still writable until [`enter`].
    root: OwnedFd,
    /// Every part with a right of its own, for Landlock.
    pub(crate) parts: Vec<Part>,
}

/// A mount inside, and what may be done beneath it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) mount: OwnedFd,
    pub(crate) allowed: Allowed,
    pub(crate) directory: bool,
    /// Whether it is read-only until the supervisor releases it.
    held: bool,
}

/// What may be done beneath a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Read,
    Execute,
    Write,
    /// Read and write of one device.
    Device,
}

/// Links to repeat: where, and to what.
type Links = Vec<(PathBuf, PathBuf)>;

/// A path of the host, opened before anything is mounted.
struct Source {
    path: PathBuf,
    tree: OwnedFd,
    directory: bool,
    right: Right,
}

const PLAIN: ResolveFlags = ResolveFlags::NO_SYMLINKS.union(ResolveFlags::NO_MAGICLINKS);

/// Builds the root beside the old one. Nothing of the old one is changed.
pub(crate) fn build(profile: &Profile) -> Result<Built, Failed> {
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .during(Step::Propagation)?;
    let (sources, links) = sources(profile)?;
    let devices = devices()?;

    let root = tmpfs(4 << 20, 10_000, "0755", MountAttrFlags::MOUNT_ATTR_NODEV)?;
    attach(&root, CWD, "/tmp").or_else(|_| attach(&root, CWD, "/proc")).during(Step::Root)?;
    let mut parts = Vec::new();

    for directory in ["dev", "dev/shm", "etc", "proc", "run", "run/secrets", "tmp", "var", "var/tmp"] {
        make_directories(&root, Path::new(directory))?;
    }
    for place in [Path::new("tmp"), Path::new("dev/shm"), Path::new("var/tmp"), inside(&profile.home)] {
        if place.as_os_str().is_empty() {
            continue;
        }
        // The home may lie in another of them.
        make_directories(&root, place)?;
        let mount = private(place)?;
        attach(&mount, root.as_fd(), place).at(Step::Private, place)?;
        parts.push(Part { mount, allowed: Allowed::Write, directory: true, held: false });
    }
    settings(&root, profile)?;
    for (name, mount) in devices {
        let place = Path::new("dev").join(name);
        make_file(&root, &place, b"", 0o666)?;
        attach(&mount, root.as_fd(), &place).at(Step::Bind, &place)?;
        parts.push(Part { mount, allowed: Allowed::Device, directory: false, held: false });
    }
    for (at, to) in links {
        make_link(&root, inside(&at), &to)?;
    }
    for source in sources {
        parts.push(place(&root, source, profile.probation)?);
    }
    for link in &profile.links {
        make_link(&root, inside(&link.at), &link.to)?;
    }
    proc(&root)?;
    Ok(Built { root, parts })
}

/// Makes the new root the only one, and read-only.
pub(crate) fn enter(built: &Built) -> Result<(), Failed> {
    change(&built.root, Change { set: u64::from(libc::MOUNT_ATTR_RDONLY as u32), clear: 0 }, Reach::Mount)
        .during(Step::Pivot)?;
    fchdir(&built.root).during(Step::Pivot)?;
    // The old root is stacked on the new one (pivot_root(2), "pivot_root(".", ".")") and taken off it.
    rustix::process::pivot_root(".", ".").during(Step::Pivot)?;
    unmount(".", UnmountFlags::DETACH).during(Step::Pivot)?;
    rustix::process::chdir("/").during(Step::Pivot)
}

/// Tells the supervisor which mounts wait for its release.
pub(crate) fn announce_held(control: &Channel, built: &Built) -> Result<(), Failed> {
    let held: Vec<_> = built.parts.iter().filter(|part| part.held).map(|part| part.mount.as_fd()).collect();
    if held.is_empty() { Ok(()) } else { control.send(&Message::Held, &held).during(Step::Bind) }
}

/// Writes one of the settings that belong to our own namespaces, in the new root's `/proc` before it is entered.
pub(crate) fn write_own_sysctl(name: &str, value: &str) -> io::Result<()> {
    let fs = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
    fsconfig_create(fs.as_fd())?;
    let mount = fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?;
    let file =
        rustix::fs::openat(&mount, format!("sys/{name}"), OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty())?;
    File::from(file).write_all(value.as_bytes())
}

/// Opens and clones every path that is granted, parents first; and the links that stand for system directories.
fn sources(profile: &Profile) -> Result<(Vec<Source>, Links), Failed> {
    let (mut sources, mut links) = (Vec::new(), Vec::new());
    if profile.system {
        let paths = system::PROGRAMS.iter().map(|path| (path, Right::Exec));
        for (path, right) in paths.chain(system::SETTINGS.iter().map(|path| (path, Right::Read))) {
            match readlinkat(CWD, *path, Vec::new()) {
                Ok(target) if right == Right::Exec => {
                    let target =
                        PathBuf::from(std::ffi::OsString::from(target.to_string_lossy().into_owned()));
                    links.push((PathBuf::from(path), target));
                    continue;
                }
                // `/etc/localtime` is a link into the zone files, which are bound: the link itself is repeated.
                Ok(target) => {
                    links.push((PathBuf::from(path), PathBuf::from(target.to_string_lossy().into_owned())));
                    continue;
                }
                Err(Errno::INVAL) => {}
                Err(Errno::NOENT | Errno::NOTDIR) => continue,
                Err(errno) => return Err(errno).at(Step::Source, path),
            }
            sources.push(open(Path::new(path), right)?);
        }
    }
    for view in &profile.view {
        // What the system grant already gives for reading and executing is not narrowed by asking to read it.
        let given = profile.system && system::PROGRAMS.iter().any(|system| view.path.starts_with(system));
        if given && view.right == Right::Read {
            continue;
        }
        sources.push(open(&view.path, view.right)?);
    }
    sources.sort_by_key(|source| source.path.components().count());
    Ok((sources, links))
}

fn open(path: &Path, right: Right) -> Result<Source, Failed> {
    let opened =
        openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), PLAIN).at(Step::Source, path)?;
    let status =
        statx(&opened, "", AtFlags::EMPTY_PATH, rustix::fs::StatxFlags::TYPE).at(Step::Source, path)?;
    let directory = FileType::from_raw_mode(status.stx_mode.into()).is_dir();
    let tree = clone_tree(&opened).at(Step::Source, path)?;
    Ok(Source { path: path.to_owned(), tree, directory, right })
}

/// A detached copy of what `opened` is, mounts beneath it included: the kernel does not let a user look behind them.
fn clone_tree(opened: &OwnedFd) -> Result<OwnedFd, Errno> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE
        | OpenTreeFlags::OPEN_TREE_CLOEXEC
        | OpenTreeFlags::AT_EMPTY_PATH
        | OpenTreeFlags::AT_RECURSIVE;
    open_tree(opened, "", flags)
}

fn devices() -> Result<Vec<(&'static str, OwnedFd)>, Failed> {
    let mut devices = Vec::new();
    for name in system::DEVICES {
        let path = Path::new("/dev").join(name);
        let opened = openat2(CWD, &path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), PLAIN)
            .at(Step::Source, &path)?;
        let tree = clone_tree(&opened).at(Step::Source, &path)?;
        let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
        change(&tree, Change { set: u64::from(flags.bits()), clear: 0 }, Reach::Tree)
            .at(Step::Bind, &path)?;
        devices.push((*name, tree));
    }
    Ok(devices)
}

/// Attaches a source at its own path.
fn place(root: &OwnedFd, source: Source, probation: bool) -> Result<Part, Failed> {
    let Source { path, tree, directory, right } = source;
    let held = right == Right::Write && probation;
    let mut flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    flags.set(MountAttrFlags::MOUNT_ATTR_NOEXEC, right != Right::Exec);
    flags.set(
        MountAttrFlags::MOUNT_ATTR_RDONLY,
        held || matches!(right, Right::Read | Right::Exec | Right::Socket),
    );
    let tree = if right == Right::Copy { overlay(&tree, &path)? } else { tree };
    change(&tree, Change { set: u64::from(flags.bits()), clear: 0 }, Reach::Tree).at(Step::Bind, &path)?;
    let target = inside(&path);
    match exists(root, target) {
        true => {}
        false if directory => make_directories(root, target)?,
        false => make_file(root, target, b"", 0o600)?,
    }
    attach(&tree, root.as_fd(), target).at(Step::Bind, &path)?;
    let allowed = match right {
        Right::Read | Right::Socket => Allowed::Read,
        Right::Exec => Allowed::Execute,
        Right::Write | Right::Copy => Allowed::Write,
    };
    Ok(Part { mount: tree, allowed, directory, held })
}

/// A directory whose changes go to memory.
fn overlay(_lower: &OwnedFd, path: &Path) -> Result<OwnedFd, Failed> {
    Err(Errno::NOSYS).at(Step::Copy, path)
}

/// Attaches `mount` at `place` beneath `at`, following no link.
fn attach(mount: &OwnedFd, at: BorrowedFd<'_>, place: impl AsRef<Path>) -> Result<(), Errno> {
    let target = if at.as_fd().as_raw() == CWD.as_raw() {
        openat2(at, place.as_ref(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::empty())?
    } else {
        openat2(
            at,
            place.as_ref(),
            OFlags::PATH | OFlags::CLOEXEC,
            Mode::empty(),
            PLAIN | ResolveFlags::IN_ROOT,
        )?
    };
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount, "", target, "", flags)
}

/// The number of a descriptor, to tell the working directory's from a real one.
trait Raw {
    fn as_raw(&self) -> i32;
}

impl Raw for BorrowedFd<'_> {
    fn as_raw(&self) -> i32 {
        std::os::fd::AsRawFd::as_raw_fd(self)
    }
}

/// A tmpfs that is attached nowhere yet.
fn tmpfs(bytes: u64, inodes: u64, mode: &str, flags: MountAttrFlags) -> Result<OwnedFd, Failed> {
    let make = || {
        let fs = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_set_string(fs.as_fd(), "size", bytes.to_string())?;
        fsconfig_set_string(fs.as_fd(), "nr_inodes", inodes.to_string())?;
        fsconfig_set_string(fs.as_fd(), "mode", mode)?;
        fsconfig_create(fs.as_fd())?;
        fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, flags | MountAttrFlags::MOUNT_ATTR_NOSUID)
    };
    make().during(Step::Root)
}

/// A private writable place. Nothing in it can be executed.
fn private(place: &Path) -> Result<OwnedFd, Failed> {
    let mode = if place.ends_with("tmp") || place.ends_with("shm") { "1777" } else { "0700" };
    tmpfs(
        PRIVATE_BYTES,
        PRIVATE_INODES,
        mode,
        MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC,
    )
}

/// The few files that say who and where one is, made up: the host's own name its users, hosts and resolvers.
fn settings(root: &OwnedFd, profile: &Profile) -> Result<(), Failed> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let home = profile.home.to_string_lossy().replace([':', '\n'], "");
    let name = if user == 0 { "root" } else { "user" };
    let files = [
        ("etc/passwd", format!("{name}:x:{user}:{group}::{home}:/bin/sh\n")),
        ("etc/group", format!("{name}:x:{group}:\n")),
        ("etc/hosts", format!("127.0.0.1 localhost {HOST_NAME}\n::1 localhost {HOST_NAME}\n")),
        ("etc/hostname", format!("{HOST_NAME}\n")),
        (
            "etc/nsswitch.conf",
            "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n".to_owned(),
        ),
        ("etc/resolv.conf", "nameserver 127.0.0.53\noptions timeout:5 attempts:2\n".to_owned()),
    ];
    for (path, text) in files {
        make_file(root, Path::new(path), text.as_bytes(), 0o644)?;
    }
    for (at, to) in system::DEVICE_LINKS {
        make_link(root, Path::new(at), Path::new(to))?;
    }
    make_link(root, Path::new("etc/mtab"), Path::new("/proc/self/mounts"))?;
    for secret in profile.secrets.iter().filter(|secret| secret.delivery == Delivery::File) {
        let place = Path::new("run/secrets").join(&secret.name);
        make_file(root, &place, std::os::unix::ffi::OsStrExt::as_bytes(secret.value.as_os_str()), 0o400)?;
    }
    Ok(())
}

/// A fresh process file system, read-only, in which only the jail's own processes and a few counters are there.
fn proc(root: &OwnedFd) -> Result<(), Failed> {
    let mount = || -> Result<OwnedFd, Errno> {
        let fs = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_create(fs.as_fd())?;
        let flags = MountAttrFlags::MOUNT_ATTR_NOSUID
            | MountAttrFlags::MOUNT_ATTR_NODEV
            | MountAttrFlags::MOUNT_ATTR_NOEXEC
            | MountAttrFlags::MOUNT_ATTR_RDONLY;
        fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, flags)
    };
    let mount = mount().during(Step::Proc)?;
    attach(&mount, root.as_fd(), "proc").during(Step::Proc)?;

    // What is not on the list is covered, so that what a newer kernel adds is covered too.
    let listed =
        rustix::fs::openat(&mount, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .during(Step::Proc)?;
    let (mut file, mut directory) = (None, None);
    for entry in rustix::fs::Dir::read_from(&listed).during(Step::Proc)? {
        let entry = entry.during(Step::Proc)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let own = name.starts_with('.') || name.bytes().all(|byte| byte.is_ascii_digit());
        if own || system::PROC.contains(&name.as_str()) {
            continue;
        }
        let is_directory = entry.file_type() == FileType::Directory;
        let cover = if is_directory { &mut directory } else { &mut file };
        let cover: &OwnedFd = match cover {
            Some(cover) => cover,
            None => cover.insert(empty(root, is_directory)?),
        };
        let copy = open_tree(
            cover,
            "",
            OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC | OpenTreeFlags::AT_EMPTY_PATH,
        )
        .at(Step::Proc, &name)?;
        attach(&copy, mount.as_fd(), &name).at(Step::Proc, &name)?;
    }
    Ok(())
}

/// Something empty of our own root, to cover with.
fn empty(root: &OwnedFd, directory: bool) -> Result<OwnedFd, Failed> {
    let place = Path::new(if directory { "run/empty" } else { "run/nothing" });
    if directory {
        make_directories(root, place)?
    } else {
        make_file(root, place, b"", 0o000)?
    }
    openat2(root, place, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), PLAIN).at(Step::Skeleton, place)
}

/// A path of the host as a place beneath the new root.
fn inside(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

fn exists(root: &OwnedFd, place: &Path) -> bool {
    openat2(root, place, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), PLAIN | ResolveFlags::IN_ROOT).is_ok()
}

/// Makes a directory and those above it, where they are missing. Fails in what is not ours: that is mounted read-only or
/// exists already, because the source did.
fn make_directories(root: &OwnedFd, place: &Path) -> Result<(), Failed> {
    let mut at = PathBuf::new();
    for component in place.components() {
        let Component::Normal(name) = component else { return Err(Errno::INVAL).at(Step::Skeleton, place) };
        at.push(name);
        if exists(root, &at) {
            continue;
        }
        rustix::fs::mkdirat(root, &at, Mode::from_raw_mode(0o755)).at(Step::Skeleton, &at)?;
    }
    Ok(())
}

fn make_file(root: &OwnedFd, place: &Path, content: &[u8], mode: u32) -> Result<(), Failed> {
    if let Some(parent) = place.parent() {
        make_directories(root, parent)?;
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat2(root, place, flags, Mode::from_raw_mode(mode), PLAIN).at(Step::Skeleton, place)?;
    File::from(file).write_all(content).at(Step::Skeleton, place)
}

fn make_link(root: &OwnedFd, place: &Path, target: &Path) -> Result<(), Failed> {
    if exists(root, place) {
        return Ok(());
    }
    if let Some(parent) = place.parent() {
        make_directories(root, parent)?;
    }
    match symlinkat(target, root, place) {
        Ok(()) | Err(Errno::EXIST) => Ok(()),
        Err(errno) => Err(errno).at(Step::Skeleton, place),
    }
}
