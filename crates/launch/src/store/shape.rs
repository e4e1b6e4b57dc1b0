//! What a tree of the store may be made of, and the modes that everything in it has.

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::StoreError;

/// A file.
pub(super) const PLAIN: u32 = 0o444;
/// A file that may be executed, and a directory.
pub(super) const OPEN: u32 = 0o555;

/// How much one tree may be. Whatever is fetched, it ends somewhere.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Files, directories and links.
    pub items: u64,
    /// Bytes of all files.
    pub bytes: u64,
    /// Directories inside each other.
    pub depth: usize,
}

impl Limits {
    /// The largest servers with their models of today are a tenth of it.
    pub const TREE: Self = Self { items: 200_000, bytes: 4 << 30, depth: 64 };
}

/// Gives everything below `root` the modes of the store, directories last of all (they stay writable for now), and refuses
/// what no tree may hold. Nothing else may be writing there.
pub(super) fn settle(root: &Path, limits: Limits) -> Result<(), StoreError> {
    Settling { root, items: 0, bytes: 0, limits }.directory(&[], 0)
}

struct Settling<'a> {
    root: &'a Path,
    items: u64,
    bytes: u64,
    limits: Limits,
}

impl Settling<'_> {
    fn directory(&mut self, relative: &[u8], depth: usize) -> Result<(), StoreError> {
        let path = self.root.join(std::ffi::OsStr::from_bytes(relative));
        let failed = |error| StoreError::io("looked at", &path, error);
        if depth > self.limits.depth {
            return Err(StoreError::shape(relative, "lies deeper than any package goes"));
        }
        fs::set_permissions(&path, Permissions::from_mode(0o755)).map_err(failed)?;
        let mut seen = HashSet::new();
        for entry in fs::read_dir(&path).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let mut below = relative.to_vec();
            if !below.is_empty() {
                below.push(b'/');
            }
            below.extend(name.as_bytes());
            self.items += 1;
            if self.items > self.limits.items {
                return Err(StoreError::shape(b"the package", "holds more files than any server does"));
            }
            if !seen.insert(folded(name.as_bytes())) {
                return Err(StoreError::shape(
                    &below,
                    "differs from its neighbour in upper and lower case only: one file here, two there",
                ));
            }
            self.item(&entry.path(), &below, depth)?;
        }
        Ok(())
    }

    fn item(&mut self, path: &Path, relative: &[u8], depth: usize) -> Result<(), StoreError> {
        let failed = |error| StoreError::io("looked at", path, error);
        let metadata = fs::symlink_metadata(path).map_err(failed)?;
        let kind = metadata.file_type();
        if kind.is_dir() {
            return self.directory(relative, depth + 1);
        }
        if kind.is_symlink() {
            let target = fs::read_link(path).map_err(failed)?;
            return match stays_inside(relative, target.as_os_str().as_bytes()) {
                true => Ok(()),
                false => Err(StoreError::shape(relative, "is a link that leads out of the package")),
            };
        }
        if !kind.is_file() {
            return Err(StoreError::shape(relative, "is neither file, directory nor link"));
        }
        self.bytes = self.bytes.saturating_add(metadata.size());
        if self.bytes > self.limits.bytes {
            return Err(StoreError::shape(b"the package", "is larger than any server is"));
        }
        let mode = if metadata.mode() & 0o100 != 0 { OPEN } else { PLAIN };
        let follow = OFlags::NOFOLLOW | OFlags::NONBLOCK;
        let mut opening = File::options();
        opening.read(true).custom_flags(follow.bits().cast_signed());
        let mut file = opening.open(path);
        if file.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied) {
            // Nobody writes here but us: what was looked at is what is changed.
            fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(failed)?;
            file = opening.open(path);
        }
        file.and_then(|file| file.set_permissions(Permissions::from_mode(mode))).map_err(failed)
    }
}

/// Whether a link at `relative` that says `target` leads to a place in the tree: up some directories, all of the tree, then
/// down. `..` behind a name is refused: the name may be a link, and its parent anywhere. So whatever links a path passes
/// through, each of them ends inside, and so does the path.
pub(super) fn stays_inside(relative: &[u8], target: &[u8]) -> bool {
    let above = relative.iter().filter(|byte| **byte == b'/').count();
    let parts = || target.split(|byte| *byte == b'/').filter(|part| !matches!(*part, b"" | b"."));
    let ups = parts().take_while(|part| *part == b"..").count();
    let is_climbing_later = parts().skip(ups).any(|part| part == b"..");
    !target.is_empty() && !target.starts_with(b"/") && ups <= above && !is_climbing_later
}

/// A name as file systems that do not tell cases apart see it, as far as one can without their tables.
fn folded(name: &[u8]) -> Vec<u8> {
    match str::from_utf8(name) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => name.to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_stays_inside_or_is_refused() {
        for (at, target) in [("a", "b"), ("d/a", "../b"), ("d/a", "./x//y"), ("d/e/a", "../../b/c")] {
            assert!(stays_inside(at.as_bytes(), target.as_bytes()), "{at} -> {target}");
        }
        for (at, target) in [
            ("a", ""),
            ("a", "/etc/passwd"),
            ("a", ".."),
            ("a", "../x"),
            ("d/a", "../../x"),
            ("d/a", "x/../y"),
        ] {
            assert!(!stays_inside(at.as_bytes(), target.as_bytes()), "{at} -> {target}");
        }
    }
}
