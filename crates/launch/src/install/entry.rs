//! Files of a tree that say what is started in it. A package wrote them, so no link is followed and nothing outside counts.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Component, Path};

use super::InstallError;

/// Whether this relative path names a regular file below `root`, with no link on the way.
pub(super) fn reaches(root: &Path, relative: &str) -> bool {
    let mut at = root.to_path_buf();
    let mut parts = Path::new(relative).components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else { return false };
        at.push(name);
        let Ok(metadata) = fs::symlink_metadata(&at) else { return false };
        let fits = if parts.peek().is_some() { metadata.is_dir() } else { metadata.is_file() };
        if !fits {
            return false;
        }
    }
    at != root
}

/// The bytes of a file below `root`.
pub(super) fn read_in(root: &Path, relative: &str, most: u64) -> Result<Vec<u8>, InstallError> {
    let bad = |why: &str| InstallError::package(relative, why);
    if !reaches(root, relative) {
        return Err(bad("is not there as a plain file, so the installer did not do what it was asked"));
    }
    let file = File::open(root.join(relative))
        .map_err(|error| InstallError::io("a package cannot be read", error))?;
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| InstallError::io("a package cannot be read", error))?;
    match bytes.len() as u64 > most {
        true => Err(bad("is larger than any such file")),
        false => Ok(bytes),
    }
}
