//! Layers, one upon the other, become a directory (OCI image specification, "Layer"). A layer is a stranger's: every path is
//! looked up by the kernel within the directory (openat2(2), `RESOLVE_IN_ROOT`), so that no link leads out of it, and
//! what is no file, directory or link is refused.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, ResolveFlags, linkat, mkdirat, openat, openat2, readlinkat,
    statat, symlinkat, unlinkat,
};
use rustix::io::Errno;

use crate::install::InstallError;
use crate::install::tar::{Entry, Kind, Tar};
use crate::store::Limits;

/// What a whiteout's name begins with, and the one that hides all of a directory ("Whiteouts").
const WHITEOUT: &[u8] = b".wh.";
const OPAQUE: &[u8] = b".wh..wh..opq";
/// Places of the jail's own: what an image has there is never seen. Some bring devices.
const OWN: [&[u8]; 3] = [b"dev", b"proc", b"sys"];

const BELOW: ResolveFlags = ResolveFlags::IN_ROOT.union(ResolveFlags::NO_MAGICLINKS);
const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

/// The directory in the making.
pub(super) struct Root {
    root: OwnedFd,
    /// What may still come.
    room: Limits,
}

impl Root {
    /// An empty directory.
    pub(super) fn new(path: &Path, room: Limits) -> Result<Self, InstallError> {
        let root = openat2(CWD, path, FOLDER, Mode::empty(), ResolveFlags::NO_SYMLINKS)
            .map_err(|errno| InstallError::io("the image cannot be opened", errno))?;
        Ok(Self { root, room })
    }

    /// Takes away what a layer hides of those below it.
    pub(super) fn hide(&mut self, layer: &mut Tar<impl Read>) -> Result<(), InstallError> {
        while let Some(entry) = layer.next().map_err(unreadable)? {
            self.count(&entry)?;
            let Some((name, above)) = entry.path.split_last() else { continue };
            let Some(hidden) = name.strip_prefix(WHITEOUT) else { continue };
            if matches!(hidden, b"" | b"." | b"..") {
                return Err(refused(&entry.path, "hides what has no name"));
            }
            let folder = openat2(&self.root, joined(above), FOLDER, Mode::empty(), BELOW);
            let done = match folder {
                Ok(folder) if name == OPAQUE => empty(&folder, 0),
                Ok(folder) if !hidden.starts_with(WHITEOUT) => remove(&folder, OsStr::from_bytes(hidden), 0),
                // Nothing is below, or it is a mark of an older file system.
                _ => Ok(()),
            };
            done.map_err(|errno| InstallError::io("a layer cannot be opened", errno))?;
        }
        Ok(())
    }

    /// Puts what a layer holds there.
    pub(super) fn put(&mut self, layer: &mut Tar<impl Read>) -> Result<(), InstallError> {
        while let Some(entry) = layer.next().map_err(unreadable)? {
            self.count(&entry)?;
            let Some((name, above)) = entry.path.split_last() else { continue };
            let is_own = entry.path.first().is_some_and(|first| OWN.contains(&first.as_slice()));
            if is_own || name.starts_with(WHITEOUT) {
                continue;
            }
            let folder =
                self.folder(above).map_err(|errno| refused(&entry.path, stands_in_the_way(errno)))?;
            self.item(&folder, OsStr::from_bytes(name), &entry, layer)?;
        }
        Ok(())
    }

    /// Two passes look at each entry, so a hostile layer is short of twice as many.
    fn count(&mut self, entry: &Entry) -> Result<(), InstallError> {
        let items = self.room.items.checked_sub(1);
        self.room.items =
            items.ok_or_else(|| refused(&entry.path, "is one file more than any server has"))?;
        match entry.path.len() > self.room.depth {
            true => Err(refused(&entry.path, "lies deeper than any server goes")),
            false => Ok(()),
        }
    }

    /// The directory of these names, links within the image followed; what is missing of it is made.
    fn folder(&self, names: &[Vec<u8>]) -> Result<OwnedFd, Errno> {
        let open = || openat2(&self.root, joined(names), FOLDER, Mode::empty(), BELOW);
        match (open(), names.split_last()) {
            (Err(Errno::NOENT), Some((name, above))) => {
                mkdirat(self.folder(above)?, OsStr::from_bytes(name), Mode::from_raw_mode(0o755))?;
                open()
            }
            (opened, _) => opened,
        }
    }

    fn item(
        &mut self,
        folder: &OwnedFd,
        name: &OsStr,
        entry: &Entry,
        bytes: &mut impl Read,
    ) -> Result<(), InstallError> {
        let failed = |errno| refused(&entry.path, stands_in_the_way(errno));
        let there = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW).ok();
        let is_folder = there.is_some_and(|stat| FileType::from_raw_mode(stat.st_mode).is_dir());
        if is_folder && entry.kind == Kind::Directory {
            return Ok(());
        }
        // Found before what stands here is removed: it may be the same.
        let same = match &entry.kind {
            Kind::Same(of) => Some(
                self.plain_file(of)
                    .ok_or_else(|| refused(&entry.path, "is another name of what is no file before it"))?,
            ),
            _ => None,
        };
        if there.is_some() {
            remove(folder, name, 0).map_err(failed)?;
        }
        match (&entry.kind, same) {
            (Kind::Directory, _) => mkdirat(folder, name, Mode::from_raw_mode(0o755)).map_err(failed),
            (Kind::Link(target), _) => symlinkat(OsStr::from_bytes(target), folder, name).map_err(failed),
            (Kind::Same(_), Some((above, of))) => {
                linkat(above, of, folder, name, AtFlags::empty()).map_err(failed)
            }
            (Kind::File, _) => {
                let mode = if entry.is_executable { 0o755 } else { 0o644 };
                let flags =
                    OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                let file = openat(folder, name, flags, Mode::from_raw_mode(mode)).map_err(failed)?;
                let room = self.room.bytes.checked_sub(entry.size);
                self.room.bytes =
                    room.ok_or_else(|| refused(&entry.path, "makes it larger than any server is"))?;
                io::copy(bytes, &mut File::from(file)).map(drop).map_err(unreadable)
            }
            _ => Err(refused(&entry.path, "is a device, a pipe, or something else that no server needs")),
        }
    }

    /// A regular file of the image: its directory and its name. An attacker's second name of it would be its own.
    fn plain_file(&self, names: &[Vec<u8>]) -> Option<(OwnedFd, PathBuf)> {
        let (name, above) = names.split_last()?;
        let folder = openat2(&self.root, joined(above), FOLDER, Mode::empty(), BELOW).ok()?;
        let name = OsStr::from_bytes(name);
        let stat = statat(&folder, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        FileType::from_raw_mode(stat.st_mode).is_file().then(|| (folder, name.into()))
    }

    /// Links of an image begin at its root, those of a store's tree where they stand: they are written so. What still leads
    /// out of the tree then, the store refuses.
    pub(super) fn settle_links(&self) -> Result<(), InstallError> {
        self.settle(&self.root, &mut Vec::new())
            .map_err(|error| InstallError::io("the links of the image cannot be read", error))
    }

    fn settle(&self, folder: &OwnedFd, place: &mut Vec<Vec<u8>>) -> io::Result<()> {
        if place.len() > self.room.depth {
            return Err(crate::install::tar::bad("it lies deeper than any server goes"));
        }
        let entries: Vec<_> = Dir::read_from(folder)?.collect::<Result<_, _>>()?;
        for name in entries.iter().map(rustix::fs::DirEntry::file_name) {
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let stat = statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
            match FileType::from_raw_mode(stat.st_mode) {
                FileType::Directory => {
                    let below = openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
                    place.push(name.to_bytes().to_vec());
                    self.settle(&below, place)?;
                    place.pop();
                }
                FileType::Symlink => {
                    let target = readlinkat(folder, name, Vec::new())?;
                    if let Some(plain) = plainly(place, target.to_bytes(), |way| self.is_link(way)) {
                        unlinkat(folder, name, AtFlags::empty())?;
                        symlinkat(OsStr::from_bytes(&plain), folder, name)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_link(&self, names: &[Vec<u8>]) -> bool {
        let stat = statat(&self.root, joined(names), AtFlags::SYMLINK_NOFOLLOW);
        stat.is_ok_and(|stat| FileType::from_raw_mode(stat.st_mode).is_symlink())
    }
}

/// What a link in the directory of these names has to say, if that is something else than what it says: up to the root, if need be,
/// and down again.
fn plainly(place: &[Vec<u8>], target: &[u8], is_link: impl Fn(&[Vec<u8>]) -> bool) -> Option<Vec<u8>> {
    let is_absolute = target.starts_with(b"/");
    let mut at = if is_absolute { Vec::new() } else { place.to_vec() };
    let (mut has_gone_down, mut is_odd) = (false, is_absolute);
    for part in target.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                // Behind a link `..` is somewhere else: as it is, and refused.
                if has_gone_down && is_link(&at) {
                    return None;
                }
                // At the root there is nothing above.
                is_odd |= has_gone_down || at.pop().is_none();
                if has_gone_down {
                    at.pop();
                }
            }
            name => {
                has_gone_down = true;
                at.push(name.to_vec());
            }
        }
    }
    let shared = at.iter().zip(place).take_while(|(one, other)| one == other).count();
    let ups = std::iter::repeat_n(b"..".to_vec(), place.len() - shared);
    let plain = ups.chain(at.into_iter().skip(shared)).collect::<Vec<_>>().join(&b'/');
    is_odd.then(|| if plain.is_empty() { b".".to_vec() } else { plain })
}

fn joined(names: &[Vec<u8>]) -> PathBuf {
    // Nothing is the directory itself.
    let text = if names.is_empty() { b".".to_vec() } else { names.join(&b'/') };
    std::ffi::OsString::from_vec(text).into()
}

/// Removes what has this name, and everything in it.
fn remove(folder: &OwnedFd, name: &OsStr, depth: usize) -> Result<(), Errno> {
    match unlinkat(folder, name, AtFlags::empty()) {
        Err(Errno::ISDIR | Errno::PERM) => {
            empty(&openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?, depth + 1)?;
            unlinkat(folder, name, AtFlags::REMOVEDIR)
        }
        Err(Errno::NOENT) => Ok(()),
        removed => removed,
    }
}

fn empty(folder: &OwnedFd, depth: usize) -> Result<(), Errno> {
    if depth > Limits::TREE.depth {
        return Err(Errno::LOOP);
    }
    for entry in Dir::read_from(folder)? {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            remove(folder, OsStr::from_bytes(entry.file_name().to_bytes()), depth)?;
        }
    }
    Ok(())
}

fn stands_in_the_way(errno: Errno) -> &'static str {
    match errno {
        Errno::NOTDIR | Errno::EXIST | Errno::ISDIR => "is a file here and a directory there",
        Errno::LOOP => "lies behind links that lead nowhere",
        Errno::NAMETOOLONG => "is longer than any name",
        _ => "cannot be made",
    }
}

fn refused(path: &[Vec<u8>], why: &'static str) -> InstallError {
    let path = path.join(&b'/');
    InstallError::Archive { path: crate::visible(&String::from_utf8_lossy(&path)), why }
}

fn unreadable(error: io::Error) -> InstallError {
    InstallError::package("a layer of the image", format!("cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_an_image_are_written_as_links_of_a_tree() {
        let names = |path: &str| -> Vec<Vec<u8>> {
            path.split('/').filter(|name| !name.is_empty()).map(|name| name.as_bytes().to_vec()).collect()
        };
        let plain = |place: &str, target: &str| {
            let said = plainly(&names(place), target.as_bytes(), |way| way == names("odd"));
            said.map(|said| String::from_utf8(said).unwrap())
        };
        for (place, target, wanted) in [
            ("usr/bin", "/usr/local/bin/python3", "../local/bin/python3"),
            ("", "/usr/bin", "usr/bin"),
            ("usr", "/", ".."),
            ("", "/", "."),
            ("var", "../../../run", "../run"),
            ("usr/lib", "x/../y", "y"),
            ("usr", "/a//./b/", "../a/b"),
            ("usr", "/etc/../../etc/x", "../etc/x"),
        ] {
            assert_eq!(plain(place, target).as_deref(), Some(wanted), "{place} {target}");
        }
        for (place, target) in
            [("usr/bin", "python3"), ("usr/bin", "../lib/x"), ("", "odd/../x"), ("a", "/odd/../x")]
        {
            assert_eq!(plain(place, target), None, "{place} {target}");
        }
    }
}
