//! The file system of the jail: an empty root on tmpfs, and in it only what is granted.
//!
//! Every granted path is opened once, without following a link, before anything is mounted; what is bound is what was
//! opened. Everything that is made is made before the first of them is attached, so that nothing can be made, or removed,
//! in something that was granted, whatever somebody does to it meanwhile.

mod copy;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsFd, AsRawFd as _, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, chmodat, mkdirat, mknodat, openat2, readlinkat,
    statx, symlinkat,
};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags,
    UnmountFlags, fsconfig_create, fsconfig_set_string, fsmount, fsopen, mount_bind, mount_change,
    move_mount, open_tree, unmount,
};
use rustix::process::{fchdir, getegid, geteuid, getpid};

use super::namespaces::HOST_NAME;
use super::step::Step;
use super::{During, Failed, image, system};
use crate::profile::{Delivery, PRIVATE_BYTES, PRIVATE_INODES, Profile, Right};
use crate::sys::mount::{Change, Reach, change};
use crate::wire::{Channel, Message};
use copy::Copies;

/// The finished root and the parts of it that later steps name.
#[derive(Debug)]
pub(crate) struct Built {
    /// The root itself, still writable until [`enter`].
    root: OwnedFd,
    /// Its `/proc`, still writable until [`enter`].
    proc: OwnedFd,
    /// Every part with a right of its own, for Landlock.
    pub(crate) parts: Vec<Part>,
}

/// A mount inside, and what may be done beneath it.
#[derive(Debug)]
pub(crate) struct Part {
    pub(crate) mount: OwnedFd,
    pub(crate) allowed: Allowed,
    pub(crate) directory: bool,
    /// Whether it is the jail's own, and nothing of the host is in it.
    pub(crate) private: bool,
    /// Whether it is read-only until the supervisor releases it.
    held: bool,
}

/// What may be done beneath a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Allowed {
    Read,
    Execute,
    Write,
    /// Both.
    Build,
    /// Read and write of one device.
    Device,
}

/// Links to repeat: where, and to what.
pub(super) type Links = Vec<(PathBuf, PathBuf)>;

/// A path of the host, opened before anything of the host is attached.
#[derive(Debug)]
pub(super) struct Source {
    /// Where it is inside.
    pub(super) path: PathBuf,
    pub(super) tree: OwnedFd,
    pub(super) directory: bool,
    pub(super) right: Right,
}

pub(super) const PLAIN: ResolveFlags = ResolveFlags::NO_SYMLINKS.union(ResolveFlags::NO_MAGICLINKS);

/// What is the same in every jail, and so can be laid before anything is known of one.
#[derive(Debug)]
pub(crate) struct Base {
    root: OwnedFd,
    proc: OwnedFd,
    /// The memory of the private places.
    private: OwnedFd,
    parts: Vec<Part>,
    /// The system's directories and files, where the jail has them, attached nowhere yet.
    system: Vec<Source>,
}

/// Where the new root is attached, in the old one: nothing beneath it is ever granted, and it is always there.
const BESIDE: &str = "/proc";

/// Lays the root beside the old one, of which nothing is changed, with the operating system's own files or without. What
/// is granted comes with [`furnish`].
pub(crate) fn lay(system: bool) -> Result<Base, Failed> {
    // A step that was lost before this one must not turn the machine's own root into a jail's: whoever is not the first
    // process of a pid namespace is in the supervisor's mount namespace too, for both are made in one call.
    if !getpid().is_init() {
        return Err(Errno::PERM).during(Step::Propagation);
    }
    mount_change("/", MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .during(Step::Propagation)?;
    let (system, links) = if system { system_sources()? } else { Default::default() };
    let devices = devices()?;
    let private = private_memory()?;
    let root = tmpfs(4 << 20, 10_000, "0755", MountAttrFlags::MOUNT_ATTR_NODEV)?;
    attach(&root, CWD, BESIDE).during(Step::Root)?;

    skeleton(&root)?;
    let mut parts = Vec::new();
    for (name, place) in PRIVATE {
        parts.push(private_place(&root, &private, name, Path::new(place))?);
    }
    for (place, mount) in devices {
        make_empty_file(&root, place, 0o666)?;
        attach_in_skeleton(&mount, &root, place).at(Step::Bind, place)?;
        parts.push(Part { mount, allowed: Allowed::Device, directory: false, private: false, held: false });
    }
    for (at, to) in links {
        make_link(&root, inside(&at), &to)?;
    }
    let proc = proc(&root)?;
    Ok(Base { root, proc, private, parts, system })
}

/// Puts what the profile names into the root.
pub(crate) fn furnish(base: Base, profile: &Profile) -> Result<Built, Failed> {
    let Base { root, proc, private, mut parts, system: mut sources } = base;
    sources.extend(granted(profile)?);
    let (of_image, image_links) = match &profile.image {
        Some(image) => image::open(image, &taken(profile))?,
        None => Default::default(),
    };
    sources.extend(of_image);
    sources.sort_by_key(|source| source.path.components().count());
    let copies = profile.view.iter().any(|view| view.right == Right::Copy);
    let mut copies = copies.then(|| Copies::beside_the_root(&private)).transpose()?;

    own_files(&root, profile)?;
    let home = inside(&profile.home);
    if !home.as_os_str().is_empty() {
        // It may lie in another private place.
        make_directories(&root, home)?;
        parts.push(private_place(&root, &private, HOME, home)?);
    }
    make_places(&root, &sources)?;
    for link in &profile.links {
        make_link(&root, inside(&link.at), &link.to)?;
    }
    // Behind everything else, so that none of them is on the way to what was granted.
    for (at, to) in image_links {
        make_link(&root, inside(&at), &to)?;
    }
    // From here on nothing is made: what is granted is in the root.
    for source in sources {
        parts.push(place(&root, source, profile.probation, copies.as_mut())?);
    }
    Ok(Built { root, proc, parts })
}

/// Makes the new root the only one, and read-only.
pub(crate) fn enter(built: &Built) -> Result<(), Failed> {
    let of_proc = MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC
        | MountAttrFlags::MOUNT_ATTR_RDONLY;
    // With what covers its entries.
    change(&built.proc, Change { set: u64::from(of_proc.bits()), clear: 0 }, Reach::Tree)
        .during(Step::Proc)?;
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

/// Writes one of the settings that belong to our own namespaces, before the root is entered.
pub(crate) fn write_own_sysctl(built: &Built, name: &str, value: &str) -> io::Result<()> {
    let file =
        openat2(&built.proc, format!("sys/{name}"), OFlags::WRONLY | OFlags::CLOEXEC, Mode::empty(), PLAIN)?;
    File::from(file).write_all(value.as_bytes())
}

/// Opens and clones what every jail shows of the system; and the links that stand for directories of it.
fn system_sources() -> Result<(Vec<Source>, Links), Failed> {
    let (mut sources, mut links) = (Vec::new(), Vec::new());
    let paths = system::PROGRAMS.iter().map(|path| (path, Right::Exec));
    for (path, right) in paths.chain(system::SETTINGS.iter().map(|path| (path, Right::Read))) {
        // A link, such as `/bin` into `/usr`, is repeated and not followed: what it leads to is granted by itself.
        match readlinkat(CWD, *path, Vec::new()) {
            Ok(target) => {
                links.push((path.into(), OsStr::from_bytes(target.as_bytes()).into()));
                continue;
            }
            Err(Errno::INVAL) => {}
            Err(Errno::NOENT | Errno::NOTDIR) => continue,
            Err(errno) => return Err(errno).at(Step::Source, path),
        }
        sources.push(open_system(Path::new(path), right)?);
    }
    Ok((sources, links))
}

/// Opens and clones every path that the profile grants.
fn granted(profile: &Profile) -> Result<Vec<Source>, Failed> {
    // What the system grant already gives for reading and executing is not narrowed by asking to read it.
    let given =
        |path: &Path| profile.system && system::PROGRAMS.iter().any(|system| path.starts_with(system));
    let views = profile.view.iter().filter(|view| view.right != Right::Read || !given(&view.path));
    views.map(|view| open(&view.path, view.right)).collect()
}

/// What of an image gives way: the jail's own files and places, and whatever was granted.
fn taken(profile: &Profile) -> Vec<PathBuf> {
    let own = ["dev", "proc", "sys", "run", "tmp", "var/tmp", "etc/mtab", "etc/passwd", "etc/group"];
    let made = MADE_UP.iter().map(|(path, _)| *path).chain(own).chain(["etc/hosts", "etc/hostname"]);
    let made = made.map(|path| Path::new("/").join(path));
    let granted = profile.view.iter().map(|view| view.path.clone());
    let links = profile.links.iter().map(|link| link.at.clone());
    made.chain([profile.home.clone()]).chain(granted).chain(links).collect()
}

/// A granted path, with no link in it.
fn open(path: &Path, right: Right) -> Result<Source, Failed> {
    if path.starts_with(BESIDE) {
        return Err(Errno::NOENT).at(Step::Source, path);
    }
    let opened =
        openat2(CWD, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), PLAIN).at(Step::Source, path)?;
    source(path, right, open_tree(opened, "", TREE | OpenTreeFlags::AT_EMPTY_PATH))
}

/// A path of the system's own, above which nobody but the machine's administrator lays a link.
fn open_system(path: &Path, right: Right) -> Result<Source, Failed> {
    source(path, right, open_tree(CWD, path, TREE | OpenTreeFlags::AT_SYMLINK_NOFOLLOW))
}

/// A detached copy, mounts beneath it included: the kernel does not let a user look behind them.
pub(super) const TREE: OpenTreeFlags =
    OpenTreeFlags::OPEN_TREE_CLONE.union(OpenTreeFlags::OPEN_TREE_CLOEXEC).union(OpenTreeFlags::AT_RECURSIVE);

fn source(path: &Path, right: Right, tree: Result<OwnedFd, Errno>) -> Result<Source, Failed> {
    let tree = tree.at(Step::Source, path)?;
    let status =
        statx(&tree, "", AtFlags::EMPTY_PATH, rustix::fs::StatxFlags::TYPE).at(Step::Source, path)?;
    let directory = FileType::from_raw_mode(status.stx_mode.into()).is_dir();
    Ok(Source { path: path.to_owned(), tree, directory, right })
}

/// Devices, and where they are inside.
fn devices() -> Result<Vec<(&'static str, OwnedFd)>, Failed> {
    let mut devices = Vec::new();
    for path in system::DEVICES {
        let tree = open_tree(CWD, *path, TREE | OpenTreeFlags::AT_SYMLINK_NOFOLLOW).at(Step::Source, path)?;
        let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
        change(&tree, Change { set: u64::from(flags.bits()), clear: 0 }, Reach::Tree).at(Step::Bind, path)?;
        devices.push((path.trim_start_matches('/'), tree));
    }
    Ok(devices)
}

/// Makes what the sources are attached to. What lies beneath another source is there with that one.
fn make_places(root: &OwnedFd, sources: &[Source]) -> Result<(), Failed> {
    for Source { path, directory, .. } in sources {
        let lies_beneath = |above: &Source| path != &above.path && path.starts_with(&above.path);
        let place = inside(path);
        if sources.iter().any(lies_beneath) {
            continue;
        }
        let parent = place.parent().unwrap_or(Path::new(""));
        // Most lie in `/etc`, which is there.
        if parent != Path::new("etc") {
            make_directories(root, parent)?;
        }
        if *directory { make_directory(root, place)? } else { make_empty_file(root, place, 0o600)? }
    }
    Ok(())
}

/// Attaches a source at its own path.
fn place(
    root: &OwnedFd,
    source: Source,
    probation: bool,
    copies: Option<&mut Copies>,
) -> Result<Part, Failed> {
    let Source { path, tree, directory, right } = source;
    let held = right == Right::Write && probation;
    let mut flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
    flags.set(MountAttrFlags::MOUNT_ATTR_NOEXEC, !matches!(right, Right::Exec | Right::Build));
    flags.set(
        MountAttrFlags::MOUNT_ATTR_RDONLY,
        held || matches!(right, Right::Read | Right::Exec | Right::Socket),
    );
    let tree = match copies {
        Some(copies) if right == Right::Copy => copies.of(&tree, directory, &path)?,
        _ => tree,
    };
    change(&tree, Change { set: u64::from(flags.bits()), clear: 0 }, Reach::Tree).at(Step::Bind, &path)?;
    attach(&tree, root.as_fd(), inside(&path)).at(Step::Bind, &path)?;
    let allowed = match right {
        Right::Read | Right::Socket => Allowed::Read,
        Right::Exec => Allowed::Execute,
        Right::Write | Right::Copy => Allowed::Write,
        Right::Build => Allowed::Build,
    };
    Ok(Part { mount: tree, allowed, directory, private: false, held })
}

/// Attaches `mount` at `place` beneath `at`, following no link.
fn attach(mount: &OwnedFd, at: BorrowedFd<'_>, place: impl AsRef<Path>) -> Result<(), Errno> {
    // A path of the old root is absolute, and a constant of ours.
    let resolve =
        if at.as_raw_fd() == CWD.as_raw_fd() { ResolveFlags::empty() } else { PLAIN | ResolveFlags::IN_ROOT };
    let target = openat2(at, place.as_ref(), OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve)?;
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(mount, "", target, "", flags)
}

/// The same at a place that we made, above which is nothing that was granted.
fn attach_in_skeleton(mount: &OwnedFd, root: &OwnedFd, place: &str) -> Result<(), Errno> {
    move_mount(mount, "", root, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
}

/// A detached copy of one directory of an attached tree of ours.
fn clone(tree: &OwnedFd, directory: &str) -> Result<OwnedFd, Errno> {
    open_tree(tree, directory, OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC)
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

/// The private writable places of every jail, open to everybody in it: directories of one memory, and where they are inside.
const PRIVATE: [(&str, &str); 3] = [("tmp", "tmp"), ("shm", "dev/shm"), ("var-tmp", "var/tmp")];
/// The home is one more directory of it, its owner's only.
const HOME: &str = "home";

/// One bounded memory for all private places. Nothing in it can be executed. It is attached beside the new root, in what
/// is left behind with the old one.
fn private_memory() -> Result<OwnedFd, Failed> {
    let memory = tmpfs(
        PRIVATE_BYTES,
        PRIVATE_INODES,
        "0700",
        MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOEXEC,
    )?;
    attach(&memory, CWD, BESIDE).during(Step::Private)?;
    mkdirat(&memory, HOME, Mode::RWXU).at(Step::Private, HOME)?;
    for (name, _) in PRIVATE {
        mkdirat(&memory, name, Mode::RWXU).at(Step::Private, name)?;
        chmodat(&memory, name, Mode::from_raw_mode(0o1777), AtFlags::empty()).at(Step::Private, name)?;
    }
    Ok(memory)
}

/// Attaches one directory of that memory.
fn private_place(root: &OwnedFd, private: &OwnedFd, name: &str, place: &Path) -> Result<Part, Failed> {
    let mount = clone(private, name).at(Step::Private, place)?;
    attach(&mount, root.as_fd(), place).at(Step::Private, place)?;
    Ok(Part { mount, allowed: Allowed::Write, directory: true, private: true, held: false })
}

/// Files that say how names are looked up.
const MADE_UP: [(&str, &str); 2] = [
    (
        "etc/nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n",
    ),
    ("etc/resolv.conf", "nameserver 127.0.0.53\noptions timeout:5 attempts:2\n"),
];

/// What every root has: directories, and the few files that say where one is, made up, for the host's own name
/// its hosts and resolvers. Nothing is attached yet, so no name here leads out of our own memory.
fn skeleton(root: &OwnedFd) -> Result<(), Failed> {
    for directory in
        ["dev", "dev/shm", "etc", "proc", "run", "run/empty", "run/secrets", "tmp", "var", "var/tmp"]
    {
        mkdirat(root, directory, Mode::from_raw_mode(0o755)).at(Step::Skeleton, directory)?;
    }
    make_empty_file(root, "run/nothing", 0o000)?;
    let hosts = format!("127.0.0.1 localhost {HOST_NAME}\n::1 localhost {HOST_NAME}\n");
    let host_name = format!("{HOST_NAME}\n");
    let names = [("etc/hosts", &*hosts), ("etc/hostname", &*host_name)];
    for (path, text) in names.iter().chain(&MADE_UP) {
        make_file(root, Path::new(path), text.as_bytes(), 0o644)?;
    }
    for (at, to) in system::DEVICE_LINKS.iter().chain(&[("etc/mtab", "/proc/self/mounts")]) {
        symlinkat(*to, root, *at).at(Step::Skeleton, at)?;
    }
    Ok(())
}

/// The files that are this jail's own: who one is, and its secrets. What was granted is not attached yet.
fn own_files(root: &OwnedFd, profile: &Profile) -> Result<(), Failed> {
    let (user, group) = (geteuid().as_raw(), getegid().as_raw());
    let home = profile.home.to_string_lossy().replace([':', '\n'], "");
    let name = if user == 0 { "root" } else { "user" };
    let passwd = format!("{name}:x:{user}:{group}::{home}:/bin/sh\n");
    make_file(root, Path::new("etc/passwd"), passwd.as_bytes(), 0o644)?;
    make_file(root, Path::new("etc/group"), format!("{name}:x:{group}:\n").as_bytes(), 0o644)?;
    for secret in profile.secrets.iter().filter(|secret| secret.delivery == Delivery::File) {
        let place = Path::new("run/secrets").join(&secret.name);
        make_file(root, &place, secret.value.as_bytes(), 0o400)?;
    }
    Ok(())
}

/// A fresh process file system, in which only the jail's own processes and a few counters are there.
fn proc(root: &OwnedFd) -> Result<OwnedFd, Failed> {
    let mount = || -> Result<OwnedFd, Errno> {
        let fs = fsopen("proc", FsOpenFlags::FSOPEN_CLOEXEC)?;
        fsconfig_create(fs.as_fd())?;
        fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::MOUNT_ATTR_NOSUID)
    };
    let mount = mount().during(Step::Proc)?;
    attach_in_skeleton(&mount, root, "proc").during(Step::Proc)?;

    // What is not on the list is covered, so that what a newer kernel adds is covered too.
    fchdir(root).during(Step::Proc)?;
    let listed =
        rustix::fs::openat(&mount, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .during(Step::Proc)?;
    for entry in rustix::fs::Dir::new(listed).during(Step::Proc)? {
        let entry = entry.during(Step::Proc)?;
        let name = entry.file_name().to_string_lossy();
        let own = name.starts_with('.') || name.bytes().all(|byte| byte.is_ascii_digit());
        if own || system::PROC.contains(&&*name) {
            continue;
        }
        let cover = if entry.file_type() == FileType::Directory { "run/empty" } else { "run/nothing" };
        mount_bind(cover, format!("proc/{name}")).at(Step::Proc, &*name)?;
    }
    Ok(mount)
}

/// A path of the host as a place beneath the new root.
fn inside(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

/// Makes a directory and those above it, where they are missing. Only before anything that was granted is attached: what
/// is there already, and no directory, makes attaching fail.
fn make_directories(root: &OwnedFd, place: &Path) -> Result<(), Failed> {
    if place.components().any(|component| !matches!(component, Component::Normal(_))) {
        return Err(Errno::INVAL).at(Step::Skeleton, place);
    }
    for above in
        place.ancestors().collect::<Vec<_>>().into_iter().rev().filter(|above| *above != Path::new(""))
    {
        make_directory(root, above)?;
    }
    Ok(())
}

fn make_directory(root: &OwnedFd, place: &Path) -> Result<(), Failed> {
    there(mkdirat(root, place, Mode::from_raw_mode(0o755))).at(Step::Skeleton, place)
}

/// What was there already is as good as made.
fn there(made: Result<(), Errno>) -> Result<(), Errno> {
    if made == Err(Errno::EXIST) { Ok(()) } else { made }
}

fn make_empty_file(root: &OwnedFd, place: impl AsRef<Path>, mode: u32) -> Result<(), Failed> {
    let place = place.as_ref();
    there(mknodat(root, place, FileType::RegularFile, Mode::from_raw_mode(mode), 0)).at(Step::Skeleton, place)
}

/// A file in the skeleton.
fn make_file(root: &OwnedFd, place: &Path, content: &[u8], mode: u32) -> Result<(), Failed> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = openat2(root, place, flags, Mode::from_raw_mode(mode), PLAIN).at(Step::Skeleton, place)?;
    File::from(file).write_all(content).at(Step::Skeleton, place)
}

fn make_link(root: &OwnedFd, place: &Path, target: &Path) -> Result<(), Failed> {
    make_directories(root, place.parent().unwrap_or(Path::new("")))?;
    there(symlinkat(target, root, place)).at(Step::Skeleton, place)
}
