//! Takes trees and files away. A read-only directory has to be made writable before it can be emptied.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::StoreError;

/// Removes everything in a directory.
pub(super) fn empty(directory: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(directory).map_err(|error| StoreError::io("listed", directory, error))? {
        let path = entry.map_err(|error| StoreError::io("listed", directory, error))?.path();
        wipe(&path).map_err(|error| StoreError::io("removed", &path, error))?;
    }
    Ok(())
}

/// Removes a published tree: in one step out of sight, then at leisure.
pub(super) fn remove(path: &Path, staging: &Path) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or_default();
    let out = staging.join(format!("removed-{}-{}", name.display(), std::process::id()));
    fs::rename(path, &out).map_err(|error| StoreError::io("removed", path, error))?;
    wipe(&out).map_err(|error| StoreError::io("removed", &out, error))
}

/// Removes what is there, following no link.
pub(super) fn wipe(path: &Path) -> io::Result<()> {
    if !fs::symlink_metadata(path)?.is_dir() {
        return fs::remove_file(path);
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            unlock(path)?;
            fs::remove_dir_all(path)
        }
        done => done,
    }
}

fn unlock(directory: &Path) -> io::Result<()> {
    fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            unlock(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes the files that are in no tree, and says how many and how large they were.
pub(super) fn unlinked(files: &Path) -> Result<(u64, u64), StoreError> {
    let (mut count, mut bytes) = (0, 0);
    let failed = |error| StoreError::io("listed", files, error);
    for shelf in fs::read_dir(files).map_err(failed)? {
        for file in fs::read_dir(shelf.map_err(failed)?.path()).map_err(failed)? {
            let path = file.map_err(failed)?.path();
            let failed = |error| StoreError::io("removed", &path, error);
            let metadata = fs::symlink_metadata(&path).map_err(failed)?;
            // One name is the one here.
            if metadata.nlink() == 1 {
                fs::remove_file(&path).map_err(failed)?;
                count += 1;
                bytes += metadata.size();
            }
        }
    }
    Ok((count, bytes))
}
