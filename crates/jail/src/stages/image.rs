//! The files of an image in the place of the operating system's.
//!
//! Every directory of it is bound as a whole where nothing else has to be beneath it; where something has (`/etc`, in which
//! the jail has files of its own), its entries are bound one by one. So nothing is made in the image, and nothing of it is
//! copied.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, openat, openat2, readlinkat, statat};
use rustix::io::Errno;
use rustix::mount::{OpenTreeFlags, open_tree};

use super::root::{Links, PLAIN, Source, TREE};
use super::step::Step;
use super::{During, Failed};
use crate::profile::Right;

/// Parts that one image comes in. Each is a mount and an open file.
const MOST: usize = 1000;
const DIRECTORY: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC).union(OFlags::NOFOLLOW);

/// Opens and clones what there is of the image beside what is `taken`; and the links at the places where it is split.
pub(super) fn open(image: &Path, taken: &[PathBuf]) -> Result<(Vec<Source>, Links), Failed> {
    let root = openat2(CWD, image, DIRECTORY, Mode::empty(), PLAIN).at(Step::Source, image)?;
    let mut split = Split { taken, sources: Vec::new(), links: Vec::new() };
    split.directory(&root, Path::new("/"))?;
    Ok((split.sources, split.links))
}

struct Split<'a> {
    taken: &'a [PathBuf],
    sources: Vec<Source>,
    links: Links,
}

impl Split<'_> {
    /// At most as deep as the deepest place that is taken.
    fn directory(&mut self, directory: &OwnedFd, place: &Path) -> Result<(), Failed> {
        let listed = openat(directory, ".", DIRECTORY, Mode::empty()).at(Step::Source, place)?;
        for entry in Dir::new(listed).at(Step::Source, place)? {
            let entry = entry.at(Step::Source, place)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            let path = place.join(name);
            if name == "." || name == ".." || self.taken.contains(&path) {
                continue;
            }
            if self.sources.len() + self.links.len() >= MOST {
                return Err(Errno::TOOBIG).at(Step::Source, path);
            }
            let status = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).at(Step::Source, &path)?;
            match FileType::from_raw_mode(status.st_mode) {
                FileType::Symlink => {
                    let target = readlinkat(directory, name, Vec::new()).at(Step::Source, &path)?;
                    self.links.push((path, OsStr::from_bytes(target.as_bytes()).into()));
                }
                FileType::Directory if self.taken.iter().any(|taken| taken.starts_with(&path)) => {
                    let below = openat(directory, name, DIRECTORY, Mode::empty()).at(Step::Source, &path)?;
                    self.directory(&below, &path)?;
                }
                kind @ (FileType::Directory | FileType::RegularFile) => {
                    let flags = TREE | OpenTreeFlags::AT_SYMLINK_NOFOLLOW;
                    let tree = open_tree(directory.as_fd(), name, flags).at(Step::Source, &path)?;
                    self.sources.push(Source { path, tree, directory: kind.is_dir(), right: Right::Exec });
                }
                // No store holds any of the rest.
                _ => {}
            }
        }
        Ok(())
    }
}
