//! Opens a zip archive into an empty directory. The archive is a stranger's: its names become paths only when every part
//! is plain, nothing in it is a link, and what it says of sizes is believed as far as bytes arrive.

use std::fs::{DirBuilder, File};
use std::io::{Read, copy};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use zip::ZipArchive;

use super::InstallError;
use crate::store::Limits;

/// The kind of a file in the mode that an archive gives it (stat(2), `S_IFMT`), and that of a plain one and a directory.
const KIND: u32 = 0o170_000;
const PLAIN: u32 = 0o100_000;
const FOLDER: u32 = 0o040_000;

/// Opens `archive` into `to`, which is empty.
pub(super) fn unzip(archive: File, to: &Path, limits: Limits) -> Result<(), InstallError> {
    let bad = |path: &str, why| InstallError::Archive { path: crate::visible(path), why };
    let whole = |error: zip::result::ZipError| {
        InstallError::package("the bundle", format!("is no zip archive: {error}"))
    };
    let mut archive = ZipArchive::new(archive).map_err(whole)?;
    if archive.len() as u64 > limits.items {
        return Err(bad("everything", "is more files than any server has"));
    }
    let mut room = limits.bytes;
    for nth in 0..archive.len() {
        let mut entry = archive.by_index(nth).map_err(whole)?;
        let name = entry.name().map_err(whole)?.into_owned();
        let kind = entry.unix_mode().map_or(0, |mode| mode & KIND);
        let path = name.strip_suffix('/').unwrap_or(&name).to_owned();
        if !is_plain(&path) {
            return Err(bad(&name, "leads out of it"));
        }
        if path.split('/').count() > limits.depth {
            return Err(bad(&name, "lies deeper than any server goes"));
        }
        let is_folder = name.ends_with('/');
        if kind != 0 && kind != if is_folder { FOLDER } else { PLAIN } {
            return Err(bad(&name, "is a link or a device"));
        }
        let at = to.join(&path);
        let folder = if is_folder { Some(at.as_path()) } else { at.parent() };
        let made = folder.map(|folder| DirBuilder::new().recursive(true).mode(0o755).create(folder));
        made.transpose().map_err(|_| bad(&name, "is a file here and a directory there"))?;
        if is_folder {
            continue;
        }
        let mode = if entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0) { 0o755 } else { 0o644 };
        let file = File::options().write(true).create_new(true).mode(mode).open(&at);
        let mut file = file.map_err(|_| bad(&name, "is in it twice"))?;
        let copied =
            copy(&mut entry.by_ref().take(room + 1), &mut file).map_err(|_| bad(&name, "is damaged"))?;
        room = room.checked_sub(copied).ok_or_else(|| bad(&name, "makes it larger than any server is"))?;
    }
    Ok(())
}

/// Names between single `/`, none of them `.` or `..`, without what another system takes for a separator or a drive.
fn is_plain(path: &str) -> bool {
    let is_name = |name: &str| {
        !matches!(name, "" | "." | "..") && !name.contains(['\\', ':', '\0']) && name.len() < 256
    };
    path.len() < 2048 && path.split('/').all(is_name)
}
