//! Opens what decides, or what runs, so that nobody else had a hand in it: no link is followed, and neither the file nor
//! a directory above it can be changed by another account.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Component, Path, PathBuf};
use std::sync::OnceLock;

use rustix::fs::{CWD, FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;

/// Whose word a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Only root may be able to change it.
    Root,
    /// Root and this user may be able to change it.
    User,
}

/// Why a file is not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Untrusted {
    /// Nothing is there.
    #[error("`{}` does not exist", .0.display())]
    Missing(PathBuf),
    /// A symbolic link, which whoever placed it can point elsewhere.
    #[error("`{}` is a symbolic link; name what it leads to", .0.display())]
    Link(PathBuf),
    /// Another account owns it.
    #[error("`{}` belongs to user {owner}, who can change it at will; it has to belong to {}", path.display(), belongs(*whose))]
    Owner {
        /// What belongs to somebody else.
        path: PathBuf,
        /// The number of the account.
        owner: u32,
        /// Who may own it.
        whose: Whose,
    },
    /// The group or everybody may write it.
    #[error("others may write `{}` (mode {:03o}); `chmod go-w {}` mends that", path.display(), mode, path.display())]
    Writable {
        /// What they may write.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A directory, device, pipe or socket.
    #[error("`{}` is {is}, not {wanted}", path.display())]
    Kind {
        /// What it is.
        path: PathBuf,
        /// In words.
        is: &'static str,
        /// In words.
        wanted: &'static str,
    },
    /// Relative, or with `.` or `..` in it.
    #[error("`{}` is not an absolute path without `..`", .0.display())]
    Relative(PathBuf),
    /// Longer than anything of its kind.
    #[error("`{}` has more than {most} bytes", path.display())]
    Large {
        /// What is too long.
        path: PathBuf,
        /// The most that is read.
        most: u64,
    },
    /// The system's own words.
    #[error("`{}` cannot be read: {error}", path.display())]
    Io {
        /// What could not be read.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
}

const fn belongs(whose: Whose) -> &'static str {
    match whose {
        Whose::Root => "root",
        Whose::User => "you or root",
    }
}

/// Opens a regular file for reading.
///
/// Every directory from `/` on is opened without following links, and looked at through the descriptor that the next
/// step starts from, so nothing can be exchanged in between. A directory that everybody may write counts when its sticky
/// bit keeps others from replacing what is in it (`/tmp`).
///
/// # Errors
/// [`Untrusted`], by the first thing from `/` on that speaks against it.
pub fn file(path: &Path, whose: Whose) -> Result<File, Untrusted> {
    let (file, stat) = walk(path, whose)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(file.into()),
        kind => Err(Untrusted::Kind { path: path.into(), is: words(kind), wanted: "a regular file" }),
    }
}

/// Opens a regular file or a directory, as [`file()`] does.
///
/// # Errors
/// As [`file()`].
pub fn file_or_directory(path: &Path, whose: Whose) -> Result<(OwnedFd, Stat), Untrusted> {
    let (file, stat) = walk(path, whose)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile | FileType::Directory => Ok((file, stat)),
        kind => Err(Untrusted::Kind { path: path.into(), is: words(kind), wanted: "a file or directory" }),
    }
}

/// The bytes of a regular file of at most `most` bytes, opened as [`file()`] does; `None` when nothing is there.
///
/// # Errors
/// As [`file()`], and when there are more bytes.
pub fn read(path: &Path, whose: Whose, most: u64) -> Result<Option<Vec<u8>>, Untrusted> {
    let file = match file(path, whose) {
        Ok(file) => file,
        Err(Untrusted::Missing(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    let read = file.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|error| Untrusted::Io { path: path.into(), error })?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > most {
        return Err(Untrusted::Large { path: path.into(), most });
    }
    Ok(Some(bytes))
}

fn walk(path: &Path, whose: Whose) -> Result<(OwnedFd, Stat), Untrusted> {
    let mut names = names(path)?.into_iter().peekable();
    let mut at = PathBuf::from("/");
    let mut here = open(None, OsStr::new("/"), &at, names.peek().is_some())?;
    let mut stat = examined(&here, &at, whose)?;
    while let Some(name) = names.next() {
        at.push(&name);
        here = open(Some(&here), &name, &at, names.peek().is_some())?;
        stat = examined(&here, &at, whose)?;
    }
    Ok((here, stat))
}

/// The names of an absolute path in which nothing has to be resolved.
fn names(path: &Path) -> Result<Vec<OsString>, Untrusted> {
    let relative = || Untrusted::Relative(path.into());
    let mut parts = path.components();
    if parts.next() != Some(Component::RootDir) {
        return Err(relative());
    }
    let name = |part| match part {
        Component::Normal(name) => Ok(name.to_owned()),
        _ => Err(relative()),
    };
    parts.map(name).collect()
}

fn open(above: Option<&OwnedFd>, name: &OsStr, at: &Path, is_on_the_way: bool) -> Result<OwnedFd, Untrusted> {
    // Neither a pipe nor a device may keep us waiting.
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
    let flags = flags | if is_on_the_way { passing() } else { OFlags::RDONLY };
    let opened = match above {
        Some(above) => openat(above, name, flags, Mode::empty()),
        None => openat(CWD, name, flags, Mode::empty()),
    };
    opened.map_err(|errno| match errno {
        Errno::NOENT => Untrusted::Missing(at.into()),
        Errno::LOOP => Untrusted::Link(at.into()),
        // A link to a directory is no directory (openat(2) with O_NOFOLLOW and O_DIRECTORY).
        Errno::NOTDIR if at.is_symlink() => Untrusted::Link(at.into()),
        Errno::NXIO => Untrusted::Kind { path: at.into(), is: "a socket", wanted: "a regular file" },
        errno => Untrusted::Io { path: at.into(), error: errno.into() },
    })
}

/// A directory that is only passed through need not be readable.
const fn passing() -> OFlags {
    #[cfg(target_os = "linux")]
    return OFlags::DIRECTORY.union(OFlags::PATH);
    #[cfg(not(target_os = "linux"))]
    return OFlags::DIRECTORY;
}

fn examined(file: &OwnedFd, at: &Path, whose: Whose) -> Result<Stat, Untrusted> {
    let stat = fstat(file).map_err(|errno| Untrusted::Io { path: at.into(), error: errno.into() })?;
    nobody_else(&stat, at, whose)?;
    Ok(stat)
}

/// Whether only `whose` can change what `stat` describes.
///
/// # Errors
/// [`Untrusted::Owner`] and [`Untrusted::Writable`].
pub(crate) fn nobody_else(stat: &Stat, at: &Path, whose: Whose) -> Result<(), Untrusted> {
    if !has_owner(stat, whose) {
        return Err(Untrusted::Owner { path: at.into(), owner: stat.st_uid, whose });
    }
    if has_other_writers(stat) {
        return Err(Untrusted::Writable { path: at.into(), mode: permissions(stat) });
    }
    Ok(())
}

/// The same, where nobody is told why not.
pub(crate) fn is_nobody_elses(stat: &Stat, whose: Whose) -> bool {
    has_owner(stat, whose) && !has_other_writers(stat)
}

fn has_owner(stat: &Stat, whose: Whose) -> bool {
    // Thousands of files are looked at in a launch, and nobody changes the account of this process.
    static OWN: OnceLock<u32> = OnceLock::new();
    let own = || *OWN.get_or_init(|| rustix::process::geteuid().as_raw());
    stat.st_uid == 0 || (whose == Whose::User && stat.st_uid == own())
}

fn has_other_writers(stat: &Stat) -> bool {
    let mode = Mode::from_raw_mode(stat.st_mode);
    let kind = FileType::from_raw_mode(stat.st_mode);
    let is_shared = kind == FileType::Directory && mode.contains(Mode::SVTX);
    // The mode of a link means nothing.
    kind != FileType::Symlink && mode.intersects(Mode::WGRP | Mode::WOTH) && !is_shared
}

/// The twelve permission bits.
pub(crate) fn permissions(stat: &Stat) -> u32 {
    let mode = stat.st_mode;
    #[cfg(not(target_os = "linux"))]
    let mode = u32::from(mode);
    mode & 0o7777
}

pub(crate) const fn words(kind: FileType) -> &'static str {
    match kind {
        FileType::RegularFile => "a regular file",
        FileType::Directory => "a directory",
        FileType::Symlink => "a symbolic link",
        FileType::Fifo => "a pipe",
        FileType::Socket => "a socket",
        FileType::CharacterDevice | FileType::BlockDevice => "a device",
        FileType::Unknown => "of an unknown kind",
    }
}
