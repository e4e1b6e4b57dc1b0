//! Copy-on-write views: what a run changes stays in memory and goes with it.
//!
//! A directory gets an overlay whose lower layer is what was opened and whose upper layer is memory; a file is copied.
//! All of it is made beside the new root, in what is left behind with the old one, and all copies together have one
//! bounded memory. The overlay is mounted in the jail's own user namespace (`userxattr`), which turns redirections off:
//! no attribute of a hostile lower file can name another place, and renaming a directory of the lower layer answers
//! `EXDEV`, as between two file systems.

use std::fs::File;
use std::io::{self, Read as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, chmodat, fchmod, fstat, mkdirat, openat};
use rustix::io::Errno;
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_flag,
    fsconfig_set_string, fsmount, fsopen, open_tree,
};
use rustix::process::fchdir;

use super::super::step::Step;
use super::super::{During, Failed};
use super::{attach, tmpfs};
use crate::profile::{PRIVATE_BYTES, PRIVATE_INODES};

/// Without waiting, should it have become a pipe.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::CLOEXEC);

/// The memory that copies change, and how many there are.
#[derive(Debug)]
pub(super) struct Copies {
    memory: OwnedFd,
    made: u32,
}

impl Copies {
    /// Attaches the memory in that of the private places, at a directory that is in no jail.
    pub(super) fn beside_the_root(private: &OwnedFd) -> Result<Self, Failed> {
        const PLACE: &str = "copies";
        let memory = tmpfs(PRIVATE_BYTES, PRIVATE_INODES, "0700", MountAttrFlags::MOUNT_ATTR_NODEV)?;
        mkdirat(private, PLACE, Mode::RWXU).during(Step::Copy)?;
        attach(&memory, private.as_fd(), PLACE).during(Step::Copy)?;
        Ok(Self { memory, made: 0 })
    }

    /// A detached tree that looks like `tree`, a directory or a file, and whose changes go to memory.
    pub(super) fn of(&mut self, tree: &OwnedFd, directory: bool, path: &Path) -> Result<OwnedFd, Failed> {
        self.made = self.made.saturating_add(1);
        let name = |layer: &str| format!("{}.{layer}", self.made);
        if directory { self.directory(tree, name) } else { self.file(tree, name) }.at(Step::Copy, path)
    }

    fn directory(&self, tree: &OwnedFd, name: impl Fn(&str) -> String) -> io::Result<OwnedFd> {
        let [lower, upper, work] = ["lower", "upper", "work"].map(name);
        for layer in [&lower, &upper, &work] {
            mkdirat(&self.memory, layer, Mode::RWXU)?;
        }
        // An overlay takes only layers that are mounted where it is made. Where the host has mounted something beneath,
        // what that hides would show: then the kernel refuses (`EINVAL`).
        attach(tree, self.memory.as_fd(), &lower)?;
        // The root of an overlay is its upper layer's, for mode and owner.
        chmodat(&self.memory, &upper, mode(tree)?, AtFlags::empty())?;
        // Layers are named from the working directory: no name that somebody chose, nor `/proc`, is in them.
        fchdir(&self.memory)?;
        let fs = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC)?;
        for (layer, place) in [("lowerdir", lower), ("upperdir", upper), ("workdir", work)] {
            fsconfig_set_string(fs.as_fd(), layer, place)?;
        }
        fsconfig_set_flag(fs.as_fd(), "userxattr")?;
        fsconfig_create(fs.as_fd())?;
        Ok(fsmount(fs.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, MountAttrFlags::empty())?)
    }

    fn file(&self, tree: &OwnedFd, name: impl Fn(&str) -> String) -> io::Result<OwnedFd> {
        let [original, copy] = ["original", "copy"].map(name);
        let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        drop(openat(&self.memory, &original, new, Mode::RUSR)?);
        attach(tree, self.memory.as_fd(), &original)?;
        let original = File::from(openat(&self.memory, &original, READ, Mode::empty())?);
        let mut changed = File::from(openat(&self.memory, &copy, new, Mode::RUSR | Mode::WUSR)?);
        // More than there is room for ends in `ENOSPC`, also when somebody adds to it meanwhile.
        io::copy(&mut original.take(PRIVATE_BYTES.saturating_add(1)), &mut changed)?;
        fchmod(&changed, mode(tree)?)?;
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        Ok(open_tree(&self.memory, &copy, flags)?)
    }
}

/// Who may do what, without the bits that lend somebody's rights.
fn mode(tree: &OwnedFd) -> Result<Mode, Errno> {
    Ok(Mode::from_raw_mode(fstat(tree)?.st_mode) & (Mode::RWXU | Mode::RWXG | Mode::RWXO))
}
